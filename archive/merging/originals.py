"""What was received, brought from the files of another archive to ours.

A file of captures is never changed but at its end, where a crawl goes on with the newest one of its
site. So a whole file that ours lacks is linked, which costs neither time nor room, unless somebody
may go on writing to it, here or there: those are copied. Of one that ours has in part the missing
records follow in the copy, which has the dictionary that they are compressed with.
"""

import hashlib
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, NamedTuple

from archive.connection import Connection, composed
from archive.disk import sync_folder
from archive.errors import ArchiveError
from archive.flags import carries
from archive.merging import at_hand
from archive.merging.numbers import LACKING
from archive.tables.captures import CaptureQueries
from archive.warc import WarcFile
from archive.warc.files import SUFFIX
from crawler.vocabulary import Flag

_PART = ".merging"
_CHUNK = 1 << 20

_PLACED = """
    CREATE TEMP TABLE IF NOT EXISTS placed (
        source INTEGER PRIMARY KEY, file TEXT NOT NULL, "offset" INTEGER NOT NULL)"""
_BEGUN = """
    CREATE TEMP TABLE IF NOT EXISTS begun (
        file TEXT PRIMARY KEY, site TEXT NOT NULL, begun_at TEXT NOT NULL,
        head_length INTEGER NOT NULL, head_sha256 TEXT NOT NULL)"""


class Record(NamedTuple):
    """A capture of another archive whose bytes ours lacks."""

    site: str
    id: int
    file: str
    offset: int
    length: int
    sha256: str
    is_lost: int
    """Whether the other archive has lost them, too."""


@dataclass(slots=True)
class Brought:
    """What was brought."""

    linked: int = 0
    copied: int = 0
    """How many whole files."""
    bytes: int = 0
    """That were written."""
    records: int = 0
    files: list[str] = field(default_factory=list)
    """The names of the files that were made or have grown."""

    def __add__(self, other: "Brought") -> "Brought":
        """Return what was brought by both."""
        return Brought(
            self.linked + other.linked, self.copied + other.copied, self.bytes + other.bytes,
            self.records + other.records, [*self.files, *other.files],
        )  # fmt: skip


class Originals:
    """Brings the files of sites. Nobody writes of these meanwhile, here or there."""

    def __init__(self, db: Connection, theirs: CaptureQueries, folder: Path, source: Path) -> None:
        self._db = db
        self._ours = CaptureQueries(db)
        self._theirs = theirs
        self._folder = folder
        """Of our files."""
        self._source = source
        """Of theirs."""

    def check(self, sites: Collection[str]) -> None:
        """Read all that would be brought. Raises `ArchiveError` if it is not as it was written."""
        for site, lacking in self._lacking(sites):
            files = {file.name: file for file in self._theirs.files(site)}
            for name, records in lacking.items():
                if name not in files:
                    raise ArchiveError(
                        f"{self._source / name}: is no file of {site!r} that the archive knows of, "
                        f"but {len(records)} captures are said to lie in it; restore the archive "
                        "from a backup, or see docs/keeping.md"
                    )
                if whole := [record for record in records if not record.is_lost]:
                    self._check_file(files[name], whole)

    def _check_file(self, file: WarcFile, records: list[Record]) -> None:
        path = self._source / file.name
        try:
            with path.open("rb") as content:
                if hashlib.sha256(content.read(file.head_length)).hexdigest() != file.head_sha256:
                    raise _damaged(path, 0)
                for record in records:
                    content.seek(record.offset)
                    data = content.read(record.length)
                    if hashlib.sha256(data).hexdigest() != record.sha256:
                        raise _damaged(path, record.offset)
        except FileNotFoundError:
            raise ArchiveError(
                f"{path}: is missing, and {len(records)} captures with it; put it back, from a "
                "backup or the disk that holds it"
            ) from None
        except OSError as error:
            raise ArchiveError(f"{path}: cannot be read: {error.strerror or error}") from error

    def bring(self, sites: Collection[str]) -> Brought:
        """Bring what is lacking, and have it on the disk; where it lies is noted in temporary
        tables, for the transaction that stores it. Raises OSError.
        """
        for sql in (_PLACED, _BEGUN, "DELETE FROM temp.placed", "DELETE FROM temp.begun"):
            self._db.execute(sql)
        brought = Brought()
        for site, lacking in self._lacking(sites):
            self._bring_site(site, lacking, brought)
        for folder in {(self._folder / name).parent for name in brought.files}:
            sync_folder(folder)
        return brought

    def _bring_site(self, site: str, lacking: dict[str, list[Record]], brought: Brought) -> None:
        self._remove_parts(site)
        begun_at = self._begun_at("source", site)
        newest_here = max(self._begun_at("main", site).values(), default="")
        last = max(begun_at, key=lambda name: (begun_at[name], name))
        # The newest first: a file is linked only if ours has one that is begun later to go on with.
        for file in sorted(self._theirs.files(site), key=lambda f: begun_at[f.name], reverse=True):
            if file.name in lacking:
                is_settled = file.name != last and begun_at[file.name] < newest_here
                self._bring(site, file, lacking[file.name], brought, may_link=is_settled)
                newest_here = max(newest_here, begun_at[file.name])

    def _lacking(self, sites: Collection[str]) -> Iterator[tuple[str, dict[str, list[Record]]]]:
        """Yield what is lacking of each of these sites of which something is, by its files."""
        at_hand.take(self._db, sites)
        rows = [*map(Record._make, self._db.execute(LACKING))]
        for site, records in groupby(rows, key=lambda record: record.site):
            files = groupby(records, key=lambda record: record.file)
            yield site, {name: [*of_file] for name, of_file in files}

    def _begun_at(self, schema: str, site: str) -> dict[str, str]:
        sql = f"SELECT file, begun_at FROM {schema}.warcs WHERE site = ?"  # noqa: S608
        return dict(self._db.execute(sql, [site]).fetchall())

    def _bring(
        self, site: str, file: WarcFile, records: list[Record], brought: Brought, *, may_link: bool
    ) -> None:
        whole = [record for record in records if not record.is_lost]
        ours = self._with_head(site, file)
        is_all = len(whole) == self._count(file)
        if whole and ours and (place := self._appended(ours, file, whole, brought)):
            name, offset = place
        elif whole and is_all:
            name = self._whole(file, brought, may_link=may_link)
            self._begin(name, file)
            self._place([(record.id, name, record.offset) for record in records])
            brought.records += len(whole)
            return
        elif whole:
            name, offset = self._parted(file, whole, brought), file.head_length
            self._begin(name, file)
        else:  # nothing is left of it there, either
            name, offset = ours.name if ours else self._free(file.name), file.head_length
            if not ours:
                self._begin(name, file)
        places = []
        for record in records:
            places.append((record.id, name, record.offset if record.is_lost else offset))
            offset += 0 if record.is_lost else record.length
        self._place(places)
        brought.records += len(whole)

    def _count(self, file: WarcFile) -> int:
        """Return how many records that are not lost a file of theirs has."""
        sql = composed(
            "SELECT count(*) FROM source.captures AS captures WHERE warc_file = ? AND NOT {lost}",
            lost=carries(Flag.LOST),
        )
        return int(self._db.execute(sql, [file.name]).fetchone()[0])

    def _with_head(self, site: str, file: WarcFile) -> WarcFile | None:
        """Return the newest file of ours that is, or goes on from, a copy of one of theirs."""
        same = [
            ours for ours in self._ours.files(site) if ours.head_sha256 == file.head_sha256
        ]  # fmt: skip
        return same[-1] if same else None

    def _appended(
        self, ours: WarcFile, file: WarcFile, records: list[Record], brought: Brought
    ) -> tuple[str, int] | None:
        """Append records to a file of ours, and return its name and where they begin.

        None if that cannot be: it is another archive's, too, or something else stands at its end.
        What an earlier merge that was killed has written is gone on with.
        """
        path = self._folder / ours.name
        with suppress(FileNotFoundError), path.open("r+b") as target:
            state = os.fstat(target.fileno())
            if state.st_nlink > 1 or state.st_size < ours.end:
                return None
            target.seek(ours.end)
            left = state.st_size - ours.end
            with (self._source / file.name).open("rb") as source:
                for data in _bytes_of(source, records):
                    there = target.read(min(left, len(data)))
                    left -= len(there)
                    if not data.startswith(there):
                        return None
                    target.write(data[len(there) :])
                    brought.bytes += len(data) - len(there)
            if left:
                return None
            target.flush()
            os.fsync(target.fileno())
            brought.files.append(ours.name)
            return ours.name, ours.end
        return None

    def _whole(self, file: WarcFile, brought: Brought, *, may_link: bool) -> str:
        """Have a whole file of theirs here, and return its name."""
        source = self._source / file.name
        name = self._free(file.name, is_same=lambda path: _is_copy(path, source, file.end))
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        brought.files.append(name)
        if path.exists():
            return name  # of an earlier merge that was killed
        if may_link and source.stat().st_size == file.end:
            with suppress(OSError):  # on another disk
                path.hardlink_to(source)
                brought.linked += 1
                return name

        def write(target: BinaryIO) -> None:
            with source.open("rb") as content:
                _copy(content, target, file.end)

        with self._written(path, write) as part:
            part.replace(path)
        brought.copied += 1
        brought.bytes += file.end
        return name

    def _parted(self, file: WarcFile, records: list[Record], brought: Brought) -> str:
        """Write the records of a file that are lacking to one of their own, with its head."""

        def write(target: BinaryIO) -> None:
            with (self._source / file.name).open("rb") as content:
                _copy(content, target, file.head_length)
                for data in _bytes_of(content, records):
                    target.write(data)
            brought.bytes += target.tell()

        with self._written(self._folder / file.name, write) as part:
            size = part.stat().st_size
            name = self._free(file.name, is_same=lambda path: _is_copy(path, part, size))
            part.replace(self._folder / name)
        brought.files.append(name)
        return name

    def _free(self, name: str, is_same: Callable[[Path], bool] = lambda _: False) -> str:
        """Return the name of a file, or the next one to it that nobody has here; one that is the
        *same* and that nobody knows is what was left by an earlier merge.
        """
        known = "SELECT 1 FROM main.warcs WHERE file = :name UNION ALL SELECT 1 FROM temp.begun " \
                "WHERE file = :name"  # fmt: skip
        stem, number = name.removesuffix(SUFFIX), 1
        while True:
            path = self._folder / name
            is_known = self._db.execute(known, {"name": name}).fetchone()
            if not is_known and (not path.exists() or is_same(path)):
                return name
            number += 1
            name = f"{stem}-{number}{SUFFIX}"

    @contextmanager
    def _written(self, path: Path, write: Callable[[BinaryIO], None]) -> Iterator[Path]:
        """Write a file beside *path*, to be put in its place when it is whole."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}{_PART}")
        try:
            with part.open("wb") as target:
                write(target)
                target.flush()
                os.fsync(target.fileno())
            yield part
        finally:
            part.unlink(missing_ok=True)

    def _remove_parts(self, site: str) -> None:
        for path in (self._folder / site).glob(f".*{_PART}"):  # of a merge that was killed
            path.unlink()

    def _begin(self, name: str, file: WarcFile) -> None:
        self._db.execute(
            "INSERT INTO temp.begun SELECT ?, site, begun_at, head_length, head_sha256 "
            "FROM source.warcs WHERE file = ?",
            [name, file.name],
        )

    def _place(self, places: list[tuple[int, str, int]]) -> None:
        self._db.conn.executemany("INSERT INTO temp.placed VALUES (?, ?, ?)", places)


def _damaged(path: Path, offset: int) -> ArchiveError:
    return ArchiveError(
        f"{path}: is damaged: its bytes at {offset} are not those that were written; restore it "
        "from a backup, or see docs/keeping.md"
    )


def _bytes_of(source: BinaryIO, records: list[Record]) -> Iterator[bytes]:
    for record in records:
        source.seek(record.offset)
        yield source.read(record.length)


def _copy(source: BinaryIO, target: BinaryIO, length: int) -> None:
    while length and (data := source.read(min(_CHUNK, length))):
        target.write(data)
        length -= len(data)


def _is_copy(path: Path, source: Path, length: int) -> bool:
    """Whether a file is just what another one begins with."""
    if path.stat().st_size != length:
        return False
    with path.open("rb") as one, source.open("rb") as other:
        while length:
            data = one.read(min(_CHUNK, length))
            if data != other.read(len(data)) or not data:
                return False
            length -= len(data)
    return True
