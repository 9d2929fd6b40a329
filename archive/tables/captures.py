"""Where what was received is kept: the files and their records."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from archive.connection import Connection, Row, composed
from archive.flags import carries
from archive.times import utc
from archive.warc import WarcFile
from crawler.exchange import Capture
from crawler.vocabulary import Flag

_COLUMNS = (
    "id, url, fetched_at, status, content_type, bytes, payload_sha256, warc_file, warc_offset, "
    "warc_length, request_length, warc_sha256, source, refers_to"
)
_IS_WHOLE = f"NOT {carries(Flag.LOST)}"


class CaptureQueries:
    """Reads ``captures`` and ``warcs``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def files(self, site: str | None = None) -> list[WarcFile]:
        """Return the files of a site, or of all, oldest first."""
        files = """
            SELECT file, head_length, head_sha256,
                   coalesce((SELECT warc_offset + warc_length + request_length FROM captures
                             WHERE warc_file = file AND {whole}
                             ORDER BY warc_offset DESC LIMIT 1),
                            head_length)
            FROM warcs WHERE site = coalesce(?, site) ORDER BY site, begun_at, file"""
        sql = composed(files, whole=_IS_WHOLE)
        return [WarcFile(*row) for row in self._db.execute(sql, [site])]

    def count(self, site: str | None = None) -> int:
        """Return how many captures there are, of a site or of all."""
        sql = "SELECT count(*) FROM captures WHERE site = coalesce(?, site)"
        return int(self._db.execute(sql, [site]).fetchone()[0])

    def flagged(self, word: Flag) -> set[int]:
        """Return the numbers of the captures with a word among their flags."""
        sql = composed("SELECT id FROM captures WHERE flags <> '' AND {has}", has=carries(word))
        return {row[0] for row in self._db.execute(sql)}

    def is_flagged(self, capture: Capture, word: Flag) -> bool:
        """Whether a word is among the flags of a capture."""
        row = self.row(capture.id) if capture.id else None
        return row is not None and word in row["flags"].split()

    def quarantine(self, site: str | None = None) -> list[Row]:
        """Return the rows of the view ``quarantine``, of a site or of all, oldest first."""
        sql = "SELECT * FROM quarantine WHERE site = coalesce(?, site) ORDER BY capture_id"
        return list(self._db.query(sql, [site]))

    def row(self, capture_id: int) -> Row | None:
        """Return the whole row of a capture, flags and all."""
        return next(iter(self._db.select("captures", id=capture_id)), None)

    def get(self, capture_id: int) -> Capture | None:
        """Return a capture by its id."""
        return next(self._select("id = ?", [capture_id]), None)

    def newest(self, site: str, url: str) -> Capture | None:
        """Return the newest capture that a site has of an address and that holds a body."""
        return next(self.holding(site, url), None)

    def same(self, site: str, url: str, at: datetime, payload_sha256: str) -> Capture | None:
        """Return the capture that a site has of an address, a time (to the second) and a body."""
        condition = "url = ? AND site = ? AND fetched_at = ? AND payload_sha256 = ?"
        return next(self._select(condition, [url, site, utc(at), payload_sha256]), None)

    def holding(self, site: str, url: str) -> Iterator[Capture]:
        """Yield the captures that a site has of an address and that hold a body, newest first."""
        condition = f"refers_to IS NULL AND {_IS_WHOLE} ORDER BY fetched_at DESC"
        return self._select(f"url = ? AND site = ? AND {condition}", [url, site])

    def nearest(self, site: str, url: str, at: datetime) -> Capture | None:
        """Return the capture that a site has of an address next to a time, and that is no part of
        an article yet.
        """
        condition = (
            f"url = ? AND site = ? AND part_of IS NULL AND status = 200 AND {_IS_WHOLE} "
            "ORDER BY abs(julianday(fetched_at) - julianday(?)) LIMIT 1"
        )
        return next(self._select(condition, [url, site, utc(at)]), None)

    def parts(self, capture_id: int) -> list[Capture]:
        """Return the captures of the further parts of a divided article, in order."""
        return list(self._select("part_of = ? ORDER BY id", [capture_id]))

    def in_file(self, name: str) -> Iterator[Capture]:
        """Yield the captures of a file in the order in which they stand there."""
        return self._select("warc_file = ? ORDER BY warc_offset", [name])

    def of_site(self, site: str, most: int) -> Iterator[Capture]:
        """Yield the newest captures of a site, newest first."""
        return self._select("site = ? ORDER BY fetched_at DESC, id DESC LIMIT ?", [site, most])

    def with_bodies(self, site: str) -> Iterator[Capture]:
        """Yield the captures of a site that hold a body, file by file, as they stand there."""
        return self._select(
            f"site = ? AND refers_to IS NULL AND {_IS_WHOLE} ORDER BY warc_file, warc_offset",
            [site],
        )

    def is_accepted(self, site: str, url: str, flag: Flag) -> bool:
        """Whether a person has accepted a page of a site's address that had this flag."""
        sql = composed(
            "SELECT 1 FROM captures WHERE url = ? AND site = ? AND {had} AND {accepted} LIMIT 1",
            had=carries(flag), accepted=carries(Flag.ACCEPTED),
        )  # fmt: skip
        return self._db.execute(sql, [url, site]).fetchone() is not None

    def lost(self, site: str) -> list[Capture]:
        """Return the captures of a site that are flagged as lost."""
        return list(self._select(f"site = ? AND {carries(Flag.LOST)}", [site]))

    def holder(self, site: str, revisit: Capture) -> Capture | None:
        """Return the capture of a site that holds the body of a revisit that does not say which."""
        held = "refers_to IS NULL AND payload_sha256 = ? ORDER BY id DESC LIMIT 1"
        sought = [revisit.url, site, revisit.payload_sha256]
        return next(self._select(f"url = ? AND site = ? AND {held}", sought), None)

    def _select(self, condition: str, parameters: list[Any]) -> Iterator[Capture]:
        sql = composed(
            "SELECT {columns} FROM captures WHERE {condition}",
            columns=_COLUMNS, condition=condition,
        )  # fmt: skip
        for row in self._db.query(sql, parameters):
            row["fetched_at"] = datetime.fromisoformat(row["fetched_at"])
            yield Capture(**row)


class Captures(CaptureQueries):
    """Reads and writes ``captures`` and ``warcs``. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection) -> None:
        super().__init__(db)
        self._added: dict[tuple[str, int], int] = {}
        """The ids that this transaction gave, by file and offset."""

    def forget(self) -> None:
        """Forget what another transaction added."""
        self._added.clear()

    def add(self, run_id: int, site: str, capture: Capture) -> int:
        """Note a capture, and return its id."""
        row = {
            "url": capture.url,
            "site": site,
            "run_id": run_id,
            "fetched_at": utc(capture.fetched_at),
            "status": capture.status,
            "content_type": capture.content_type,
            "bytes": capture.bytes,
            "payload_sha256": capture.payload_sha256,
            "warc_file": capture.warc_file,
            "warc_offset": capture.warc_offset,
            "warc_length": capture.warc_length,
            "request_length": capture.request_length,
            "warc_sha256": capture.warc_sha256,
            "source": capture.source,
            "refers_to": capture.refers_to,
        }
        number = self._db.insert("captures", row)
        self._added[capture.warc_file, capture.warc_offset] = number
        return number

    def noted(self, capture: Capture) -> Capture:
        """Return a capture with its id, which it did not have when it was written."""
        if capture.id is not None:
            return capture
        number = self._added.get((capture.warc_file, capture.warc_offset))
        if number is None:
            sql = "SELECT max(id) FROM captures WHERE warc_file = ? AND warc_offset = ?"
            row = self._db.execute(sql, [capture.warc_file, capture.warc_offset]).fetchone()
            number = row[0]
        return replace(capture, id=number)

    def begin_file(self, site: str, file: WarcFile, at: datetime) -> None:
        """Note that a file of a site was begun."""
        row = {
            "file": file.name,
            "site": site,
            "begun_at": utc(at),
            "head_length": file.head_length,
            "head_sha256": file.head_sha256,
        }
        self._db.insert("warcs", row)

    def move(self, before: Capture, now: Capture) -> None:
        """Note that a capture stands elsewhere *now*, in a file that is known."""
        place = {
            "warc_file": now.warc_file,
            "warc_offset": now.warc_offset,
            "warc_length": now.warc_length,
            "request_length": now.request_length,
            "warc_sha256": now.warc_sha256,
        }
        known = {name: getattr(before, name) for name in ("id", *place)}
        if self._db.update("captures", place, **known) != 1:
            raise RuntimeError(f"capture {before.id} is not where it was any more")

    def end_file(self, name: str) -> None:
        """Forget a file in which no capture stands any more."""
        self._db.delete("warcs", file=name)

    def join(self, whole: Capture, parts: Sequence[Capture]) -> None:
        """Note which captures are the further parts of the article that another begins."""
        for part in parts:
            self._db.update("captures", {"part_of": whole.id}, id=part.id)

    def flag(self, capture_id: int, word: Flag) -> None:
        """Add a word to the flags of a capture."""
        sql = composed(
            "UPDATE captures SET flags = trim(flags || ' ' || ?) WHERE id = ? AND NOT {has}",
            has=carries(word),
        )
        self._db.execute(sql, [word, capture_id])

    def lose(self, name: str, end: int) -> list[str]:
        """Flag as lost what stood in a file beyond *end*; return the addresses."""
        beyond = """
            SELECT id, url FROM captures
            WHERE warc_file = ? AND warc_offset + warc_length + request_length > ?"""
        rows = self._db.execute(beyond, [name, end]).fetchall()
        for capture_id, _ in rows:
            self.flag(capture_id, Flag.LOST)
        return list(dict.fromkeys(url for _, url in rows))

    def unflag(self, capture_id: int, word: Flag) -> None:
        """Take a word from the flags of a capture."""
        self._db.execute(
            "UPDATE captures SET flags = trim(replace(' ' || flags || ' ', ?, ' ')) "
            "WHERE id = ? AND flags <> ''",
            [f" {word} ", capture_id],
        )
