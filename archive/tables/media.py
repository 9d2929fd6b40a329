"""The pictures and files that articles name, and what became of each."""

from sqlite_utils import Database

from archive.times import utc
from crawler.text.addresses import on_same_host
from crawler.visit import Visit
from crawler.vocabulary import MediaState, State


class Media:
    """Reads and writes ``media``. Whoever calls it has begun the transaction."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.base_urls: dict[str, str] = {}

    def discover(self, site: str, urls: list[str]) -> None:
        """Note addresses of pictures and files, to be asked for, unless they are known.

        What lies on another host is not the portal's to give, and is noted as elsewhere.
        """
        for url in urls:
            ours = on_same_host(url, self._base_url(site))
            state = MediaState.WAITING if ours else MediaState.ELSEWHERE
            self.db.execute(
                "INSERT OR IGNORE INTO media (site, url, state) VALUES (?, ?, ?)",
                [site, url, state],
            )

    def _base_url(self, site: str) -> str:
        if site not in self.base_urls:
            sql = "SELECT base_url FROM sites WHERE key = ?"
            self.base_urls[site] = str(self.db.execute(sql, [site]).fetchone()[0])
        return self.base_urls[site]

    def due(self, site: str, run_id: int, skip: set[str]) -> str | None:
        """Return the next address to ask for, None if there is none.

        What failed in an earlier run is asked for again, once a run.
        """
        for condition in ("state = 'waiting'", "state = 'failed' AND coalesce(run_id, 0) < ?"):
            sql = f"SELECT url FROM media WHERE site = ? AND {condition} LIMIT ?"  # noqa: S608
            parameters = [site, *([run_id] if "?" in condition else []), len(skip) + 1]
            for (url,) in self.db.execute(sql, parameters):
                if url not in skip:
                    return str(url)
        return None

    def counts(self, run_id: int) -> dict[str, int]:
        """Return how many a run has asked for, by what came of it."""
        sql = "SELECT state, count(*) FROM media WHERE run_id = ? GROUP BY state ORDER BY state"
        return dict(self.db.execute(sql, [run_id]).fetchall())

    def ask_again(self, url: str) -> None:
        """Have a picture or file asked for again whose capture is lost."""
        self.db.execute(
            "UPDATE media SET state = 'waiting' WHERE url = ? AND state = 'held'", [url]
        )

    def note_visit(self, run_id: int, visit: Visit) -> None:
        """Write what came of a request for a picture or file.

        One that is held stays so: a portal may lose it, but the archive does not.
        """
        capture = visit.capture
        held = capture if visit.state == State.HELD else None
        row = {
            "state": visit.state,
            "status": visit.status,
            "reason": visit.reason,
            "sha256": held.payload_sha256 if held else None,
            "bytes": held.bytes if held else None,
            "content_type": held.content_type if held else None,
            "capture_id": capture.id if capture else None,
            "tried_at": utc(visit.at),
            "run_id": run_id,
        }
        assignments = ", ".join(f"{column} = ?" for column in row)
        self.db.execute(
            f"UPDATE media SET {assignments}, tries = tries + 1 "  # noqa: S608
            "WHERE url = ? AND state <> 'held'",
            [*row.values(), visit.url],
        )
        if held:
            for table in ("images", "attachments"):
                self.db.execute(
                    f"UPDATE {table} SET sha256 = ? WHERE url = ?",  # noqa: S608
                    [held.payload_sha256, visit.url],
                )
