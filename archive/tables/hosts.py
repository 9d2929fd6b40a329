"""The hosts: when each may be asked, what it was asked today, and for which sites."""

from datetime import UTC, datetime

from archive.connection import Connection, Row
from crawler.turn import HostState, Use


class Hosts:
    """Reads and writes ``hosts`` and ``host_sites``. Whoever writes has begun the transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def state(self, host: str) -> HostState | None:
        """Return what is known of a host, None if nothing is."""
        rows = self._db.select("hosts", host=host)
        return _state(rows[0]) if rows else None

    def today(self, now: float) -> tuple[int, int]:
        """Return the requests and the bytes of all hosts of this day (UTC)."""
        day = datetime.fromtimestamp(now, UTC).date().isoformat()
        sql = "SELECT coalesce(sum(requests), 0), coalesce(sum(bytes), 0) FROM hosts WHERE day = ?"
        requests, received = self._db.execute(sql, [day]).fetchone()
        return requests, received

    def put(self, host: str, state: HostState) -> None:
        """Write down what is known of a host."""
        self._db.upsert("hosts", {"host": host} | _row(state), key=("host",))

    def use(self, host: str, site: str, now: float) -> Use:
        """Return what a site has had of a host."""
        rows = self._db.select("host_sites", host=host, site=site)
        return _use(rows[0]) if rows else Use.unknown(now)

    def others(self, host: str, site: str) -> list[Use]:
        """Return what other sites have had of a host."""
        rows = self._db.select("host_sites", host=host)
        return [_use(row) for row in rows if row["site"] != site]

    def waiting(self, host: str, site: str, now: float) -> list[Use]:
        """Return what those of the others have had that wait for a turn."""
        sql = "SELECT * FROM host_sites WHERE host = ? AND site <> ? AND wants_until > ?"
        return [_use(row) for row in self._db.query(sql, [host, site, _written(now)])]

    def put_use(self, host: str, site: str, use: Use) -> None:
        """Write down what a site has had of a host, which has a row."""
        row = {
            "host": host, "site": site, "last_at": _written(use.last_at) if use.last_at else None,
            "wants_until": _written(use.wants_until) if use.wants_until else None,
            "is_open": use.is_open, "day": use.day, "requests": use.requests, "bytes": use.bytes,
        }  # fmt: skip
        self._db.upsert("host_sites", row, key=("host", "site"))

    def forget_wishes(self, host: str) -> None:
        """Forget until when sites wait for a host: the clock by which that was written is wrong."""
        self._db.update("host_sites", {"wants_until": None}, host=host)


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


def _use(row: Row) -> Use:
    return Use(
        day=row["day"],
        last_at=_seconds(row["last_at"]) if row["last_at"] else 0.0,
        wants_until=_seconds(row["wants_until"]) if row["wants_until"] else 0.0,
        is_open=bool(row["is_open"]),
        requests=row["requests"],
        bytes=row["bytes"],
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
