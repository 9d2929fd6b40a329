"""The hosts: when each may be asked, what it was asked today, and for which sites."""

from datetime import UTC, datetime

from archive.connection import Connection, Row
from crawler.turn import HostState


class Hosts:
    """Reads and writes ``hosts`` and ``host_sites``. Whoever writes has begun the transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def state(self, host: str) -> HostState | None:
        """Return what is known of a host, None if nothing is."""
        rows = self._db.select("hosts", host=host)
        return _state(rows[0]) if rows else None

    def put(self, host: str, state: HostState) -> None:
        """Write down what is known of a host."""
        self._db.upsert("hosts", {"host": host} | _row(state), key=("host",))

    def add_site(self, host: str, site: str) -> None:
        """Note that a host, which has a row, is asked for a site."""
        self._db.insert_all("host_sites", [{"host": host, "site": site}], if_new=True)


def _state(row: Row) -> HostState:
    return HostState(
        noted_at=_seconds(row["noted_at"]),
        day=row["day"],
        next_at=_seconds(row["next_at"]),
        delay=row["delay"],
        crawl_delay=row["crawl_delay"],
        requests=row["requests"],
        bytes=row["bytes"],
        until=_seconds(row["until"]) if row["until"] else None,
    )


def _row(state: HostState) -> Row:
    return {
        "next_at": _written(state.next_at),
        "delay": state.delay,
        "crawl_delay": state.crawl_delay,
        "day": state.day,
        "requests": state.requests,
        "bytes": state.bytes,
        "until": None if state.until is None else _written(state.until),
        "noted_at": _written(state.noted_at),
    }


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _written(seconds: float) -> str:
    """Return a time as the archive writes it, with the fraction of the second."""
    moment = datetime.fromtimestamp(max(0.0, seconds), UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
