"""The pictures and files that articles name, and what became of each."""

from collections.abc import Sequence

from archive.connection import Connection, composed
from archive.tables.sites import Sites
from archive.times import utc
from crawler.text.addresses import on_same_host
from crawler.visit import Visit
from crawler.vocabulary import MediaState, State

_DUE = ("state = 'waiting'", "state = 'failed' AND coalesce(run_id, 0) < ?")


class MediaQueries:
    """Reads ``media``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def due(self, site: str, run_id: int, skip: set[str]) -> str | None:
        """Return the next address to ask for, None if there is none.

        What failed in an earlier run is asked for again, once a run.
        """
        for condition in _DUE:
            sql = composed(
                "SELECT url FROM media WHERE site = ? AND {condition} LIMIT ?", condition=condition
            )
            parameters = [site, *([run_id] if "?" in condition else []), len(skip) + 1]
            for (url,) in self._db.execute(sql, parameters):
                if url not in skip:
                    return str(url)
        return None

    def counts(self, run_id: int) -> dict[str, int]:
        """Return how many a run has asked for, by what came of it."""
        sql = "SELECT state, count(*) FROM media WHERE run_id = ? GROUP BY state ORDER BY state"
        return dict(self._db.execute(sql, [run_id]).fetchall())


class Media(MediaQueries):
    """Reads and writes ``media``. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection, sites: Sites) -> None:
        super().__init__(db)
        self._sites = sites

    def discover(self, site: str, urls: Sequence[str]) -> dict[str, str | None]:
        """Note addresses of pictures and files, to be asked for, unless they are known; return
        those that are, with the ``sha256`` of what is held.

        What lies on another host is not the portal's to give, and is noted as elsewhere.
        """
        if not urls:
            return {}
        known = {row["url"]: row["sha256"] for row in self._db.select("media", url=urls)}
        base_url = self._sites.row(site)["base_url"]
        new = []
        for url in urls:
            if url not in known:
                ours = on_same_host(url, base_url)
                state = MediaState.WAITING if ours else MediaState.ELSEWHERE
                new.append({"site": site, "url": url, "state": state})
        self._db.insert_all("media", new, if_new=True)
        return known

    def ask_again(self, url: str) -> None:
        """Have a picture or file asked for again whose capture is lost."""
        self._db.update("media", {"state": MediaState.WAITING}, url=url, state=MediaState.HELD)

    def note_visit(self, run_id: int, visit: Visit) -> None:
        """Write what came of a request for a picture or file.

        One that is held stays so: a portal may lose it, but the archive does not.
        """
        capture = visit.capture
        held = capture if visit.state == State.HELD else None
        for known in self._db.select("media", url=visit.url):
            if known["state"] != MediaState.HELD:
                row = {
                    "state": visit.state,
                    "status": visit.status,
                    "reason": visit.reason,
                    "sha256": held.payload_sha256 if held else None,
                    "bytes": held.bytes if held else None,
                    "content_type": held.content_type if held else None,
                    "capture_id": capture.id if capture else None,
                    "tries": known["tries"] + 1,
                    "tried_at": utc(visit.at),
                    "run_id": run_id,
                }
                self._db.update("media", row, id=known["id"])
        if held:
            for table in ("images", "attachments"):
                self._db.update(table, {"sha256": held.payload_sha256}, url=visit.url)
