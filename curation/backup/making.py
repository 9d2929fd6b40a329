"""Making a backup: the databases as they are at one moment, and what they name of the captures.

The databases come first. What they name is on the disk by then, and files of captures only grow:
so every capture that the copied database names is in the backup, whatever is written meanwhile.
Until the manifest is written, as the last thing, there is no backup; what was written by then is
found by the next one, or removed as belonging to none.
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from math import inf
from pathlib import Path
from typing import Final

from filelock import Timeout

from archive import Archive, ArchiveError, LockedError, explain_os, utc
from archive.locks import backup_lock
from archive.warc import WarcFile, zstd
from crawler.exchange import Capture
from crawler.vocabulary import Flag
from crawler.vocabulary.soundness import BackupTrouble, CaptureFault, Record, Said
from curation import fixity
from curation.backup import manifest as manifests
from curation.backup.generations import Keep, kept
from curation.backup.manifest import Block, DamagedBackupError, File, Manifest
from curation.backup.store import ABOUT, BLOCKS, LOCK, MANIFESTS, Store, StoreError
from curation.progress import Tell

BLOCK_BYTES: Final = 4 << 20
"""Bytes of a file that make a block; its last one has fewer."""
READ_AGAIN: Final = 31
"""Of so many blocks that earlier backups have, each backup reads one again: by a prime number of
days, so that all had their turn after so many of them, made daily or weekly."""
_ABOUT = """\
Backups of an archive of Tin Huyen, made by: tinhuyen backup

They are read by: tinhuyen restore FROM TO
By hand: each file in backups/ is a backup. It lists files, each with the blocks of which it is
made: data/XX/SHA256, where XX are the first two letters of the digest. A file is its blocks one
behind the other; where it is "packed", each of them is decompressed by zstd first.
"""


class NotHereError(ArchiveError):
    """A place where this archive's backups cannot lie; the message says why."""


@dataclass
class Made:
    """A backup that was made."""

    name: str
    manifest: Manifest
    written: int = 0
    """How many bytes were new."""
    removed: list[str] = field(default_factory=list)
    """The earlier backups that were removed, by their names."""
    mended: int = 0
    """How many blocks of earlier backups had changed in their places, and were written anew."""
    damaged: list[str] = field(default_factory=list)
    """What is damaged, of the archive or of earlier backups, in words."""

    @property
    def ok(self) -> bool:
        """Whether it was made whole and sound."""
        return not self.damaged


def make(archive: Archive, store: Store, at: datetime, keep: Keep, tell: Tell) -> Made:
    """Make a backup *at* this time, and remove earlier ones that are not to be kept.

    Raises `NotHereError` if the store has something else, `ArchiveError` if the database is
    damaged, `LockedError`, `StoreError`; then there is no new backup, and the earlier ones stay.
    """
    with _alone(archive), store.locked():
        maker = _Maker(archive, store, tell)
        made = maker.make(at)
        if not maker.doubts:  # what belongs to one, and which is the newest, is not known
            try:
                made.removed = prune(store, keep)
            except StoreError as error:  # the new one is there all the same
                made.damaged.append(BackupTrouble.NOT_REMOVED.of(why=error))
        return made


def make_next(
    archive: Archive,
    store: Store,
    at: datetime,
    before: Manifest | None,
    writer: str,
    tell: Tell,
    *,
    reads_again: bool,
) -> Made:
    """Make the backup that follows *before* in a store that several write to in turn; remove none.

    *writer* is the number of whoever has the turn, greater than those of all before
    (`curation.backup.succession` tells why). With *reads_again* it is the turn of some of the
    blocks that are there, to be read. Raises as `make` does.
    """
    with _alone(archive), store.locked():
        return _Maker(archive, store, tell, writer).make_next(at, before, reads_again=reads_again)


def prune(store: Store, keep: Keep) -> list[str]:
    """Remove the backups that are not to be kept, and the blocks that belong to none.

    Whoever calls it has the store alone. Return the names of those that were removed. Raises
    `DamagedBackupError` if one of those that are kept is: what belongs to it is not known.
    """
    names = manifests.names(store)
    staying = kept(names, keep)
    belonging = {
        block.key
        for name in staying
        for file in manifests.read(store, name).files
        for block in file.blocks
    }
    removed = [name for name in names if name not in staying]
    for name in removed:  # first: what has no manifest is no backup
        store.remove(f"{MANIFESTS}/{name}")
    for key in store.sizes(BLOCKS).keys() - belonging:
        store.remove(f"{BLOCKS}/{key}")
    return removed


@contextmanager
def _alone(archive: Archive) -> Iterator[None]:
    lock = backup_lock(archive.path)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(f"{archive.path}: another backup of it is being made") from None
    try:
        yield
    finally:
        lock.release()


class _Maker:
    """Makes one backup."""

    def __init__(self, archive: Archive, store: Store, tell: Tell, writer: str = "") -> None:
        self.archive = archive
        self.store = store
        self.tell = tell
        self.writer = writer
        self.doubts: list[str] = []
        """What is wrong with earlier backups, in words; as long as it is, none is removed."""
        self.present: dict[str, int] = {}
        """The blocks that the store has, and their bytes."""
        self.changed: set[Block] = set()
        """The blocks that are not as they were written, until they are written anew."""
        self.known: dict[str, Block] = {}
        """The blocks that are there under names of other writers, by their SHA-256."""
        self.mended = 0
        self.written = 0
        self.turn = 0
        self.damaged: list[str] = []

    def make(self, at: datetime) -> Made:
        """Make it."""
        self.turn = at.toordinal() % READ_AGAIN
        self._claim()
        earlier = self._earlier()
        if earlier and earlier.made_at > at:
            self.doubts.append(self._of_store(BackupTrouble.LATER.of(time=utc(earlier.made_at))))
        return self._written(at, earlier)

    def make_next(self, at: datetime, before: Manifest | None, *, reads_again: bool) -> Made:
        """Make the one that follows *before*, of which alone the blocks count as being there."""
        self.turn = at.toordinal() % READ_AGAIN if reads_again else -1
        files = before.files if before else ()
        self.known = {block.sha256: block for file in files for block in file.blocks}
        self.present = {block.key: block.bytes for block in self.known.values()}
        if before is None:
            self.store.put(ABOUT, _ABOUT.encode())
        return self._written(at, before)

    def _written(self, at: datetime, earlier: Manifest | None) -> Made:
        if earlier and earlier.archive != self.archive.copies.identity:
            raise NotHereError(self._of_store(BackupTrouble.OTHERS))
        with self._staging() as folder:
            copies = self.archive.copies.copy_to(
                folder, lambda done, total: self.tell("database", done, total)
            )
            files = [self._database(copy) for copy in copies]
            with Archive.open(copies[0], read_only=True) as copy:
                files += self._captures(copy, earlier)
                manifest = Manifest(
                    format=manifests.FORMAT,
                    archive=copy.copies.identity,
                    made_at=at,
                    software=f"TinHuyen/{version('tinhuyen')}",
                    articles=copy.copies.articles(),
                    captures=copy.captures.count(),
                    files=tuple(files),
                    damaged=tuple(self.damaged),
                )
        self.damaged += [
            self._of_store(BackupTrouble.BLOCK_LOST.of(block=block.name, dest=self.store.name))
            for block in sorted(self.changed, key=lambda block: block.key)
        ]
        self.store.require_lock()
        name = manifests.write(self.store, manifest, self.writer)
        return Made(
            name, manifest, self.written, mended=self.mended,
            damaged=[*self.damaged, *self.doubts],
        )  # fmt: skip

    def _of_store(self, what: str) -> str:
        return Said.OF.of(record=self.store.name, what=what)

    def _claim(self) -> None:
        """See to it that backups lie here, and nothing else."""
        there = self.store.sizes("")
        below = f"{BLOCKS}/"
        self.present = {
            name.removeprefix(below): size for name, size in there.items() if name.startswith(below)
        }
        if ABOUT not in there:
            if others := sorted(there.keys() - {LOCK}):
                raise NotHereError(self._of_store(BackupTrouble.OCCUPIED.of(name=others[0])))
            self.store.put(ABOUT, _ABOUT.encode())

    def _earlier(self) -> Manifest | None:
        """Return the newest backup that is sound, if there is one."""
        newest = None
        for name in manifests.names(self.store):
            try:
                newest = manifests.read(self.store, name)
            except DamagedBackupError as error:
                self.doubts.append(BackupTrouble.BY_HAND.of(why=error))
        return newest

    @contextmanager
    def _staging(self) -> Iterator[Path]:
        """Give an empty folder with room for the databases."""
        beside = self.archive.path.with_name(f".{self.archive.path.name}.backup")
        folder = self.store.staging or beside
        try:
            shutil.rmtree(folder, ignore_errors=True)  # of one that was killed
            folder.mkdir(mode=0o700)
            yield folder
        except OSError as error:
            where = error.filename or folder
            raise StoreError(Said.OF.of(record=where, what=explain_os(error))) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    # Files

    def _database(self, copy: Path) -> File:
        compressor = zstd.ZstdCompressor()
        blocks = []
        size = copy.stat().st_size
        with copy.open("rb") as file:
            while data := file.read(BLOCK_BYTES):
                packed = compressor.compress(data, zstd.ZstdCompressor.FLUSH_FRAME)
                blocks.append(self._put(packed))
                self.tell(f"{copy.name} to {self.store.name}", file.tell(), size)
        return File(copy.name, size, tuple(blocks), packed=True)

    def _captures(self, copy: Archive, earlier: Manifest | None) -> Iterator[File]:
        """Yield the files of captures, as far as the copied database names what is in them."""
        files = copy.captures.files()
        lost = copy.captures.flagged(Flag.LOST)
        for number, file in enumerate(files, 1):
            known = [*copy.captures.in_file(file.name)]
            captures = [capture for capture in known if capture.id not in lost]
            path = f"{self.archive.folder.name}/{file.name}"
            before = earlier.file(path) if earlier else None
            if before and len(captures) < len(known) and self._has_all(before, file, known):
                yield before  # what was lost since, too
            else:
                yield self._warc(path, file, captures, before)
            self.tell("files of captures", number, len(files))

    def _warc(
        self, path: str, file: WarcFile, captures: list[Capture], earlier: File | None
    ) -> File:
        blocks = self._unchanged(file, captures, earlier) if earlier else []
        start = sum(block.bytes for block in blocks)
        damaged = [*self._damages(file, captures, start)] if start < file.end else []
        self.damaged += damaged
        source = self.archive.folder / file.name
        if start < file.end:
            try:
                with source.open("rb") as content:
                    content.seek(start)
                    while data := content.read(min(BLOCK_BYTES, file.end - start)):
                        blocks.append(self._put(data))
                        start += len(data)
            except OSError as error:
                if not damaged:
                    self.damaged.append(_unread(source, error))
        sound = start == file.end and not damaged
        return File(
            path, start, tuple(blocks), ledger=_ledger(file, captures, file.end) if sound else ""
        )

    def _has_all(self, before: File, file: WarcFile, known: list[Capture]) -> bool:
        """Whether an earlier backup has of a file all that was ever known to be in it."""
        return (
            before.ledger == _ledger(file, known, before.bytes) == _ledger(file, known)
            and all(self._is_there(block) for block in before.blocks)
        )  # fmt: skip

    def _unchanged(self, file: WarcFile, captures: list[Capture], earlier: File) -> list[Block]:
        """Return the blocks that an earlier backup has of a file, and that are as they would be."""
        if not earlier.ledger or earlier.ledger != _ledger(file, captures, earlier.bytes):
            return []
        blocks = []
        for block in earlier.blocks:
            is_whole = block.bytes == BLOCK_BYTES or earlier.bytes == file.end
            if not is_whole or not self._is_there(block):
                break
            blocks.append(block)
        return blocks

    def _is_there(self, block: Block) -> bool:
        """Whether the store has a block, and as it was written as far as it is its turn today."""
        if self.present.get(block.key) != block.bytes:
            return False
        if int(block.sha256[:8], 16) % READ_AGAIN != self.turn:
            return True
        if _is_as_written(self.store, block):
            return True
        del self.present[block.key]
        self.changed.add(block)
        return False

    def _damages(self, file: WarcFile, captures: list[Capture], start: int) -> Iterator[str]:
        """Yield what is wrong with the part of a file that is to be copied."""
        where = self.archive.folder / file.name
        if not where.exists():
            yield Said.OF.of(record=where, what=BackupTrouble.MISSING)
            return
        if start < file.head_length and (
            message := fixity.damage_of_head(self.archive.folder, file)
        ):
            yield Said.OF.of(record=where, what=message)
        for capture in captures:
            if capture.warc_offset + capture.warc_length + capture.request_length > start:
                try:
                    message = fixity.damage(self.archive.folder, capture)
                except OSError as error:
                    message = CaptureFault.UNREADABLE.of(why=error.strerror or error)
                if message:
                    record = Record.CAPTURE.of(
                        file=where, code=capture.warc_offset, url=capture.url
                    )
                    yield Said.OF.of(record=record, what=message)

    def _put(self, data: bytes) -> Block:
        """Write a block, unless it is there, and read it back."""
        digest = hashlib.sha256(data).hexdigest()
        block = self.known.get(digest) or Block(digest, len(data), self.writer)
        if not self._is_there(block):
            if block.writer != self.writer:  # its name is not ours to write
                self.changed.discard(block)
                self.mended += 1
                block = self.known[digest] = Block(digest, len(data), self.writer)
            self.store.put(block.name, data)
            if not _is_as_written(self.store, block):
                raise StoreError(self._of_store(BackupTrouble.GIVES_OTHER))
            self.present[block.key] = block.bytes
            self.written += block.bytes
            self.mended += block in self.changed
            self.changed.discard(block)
        return block


def _unread(file: Path, error: OSError) -> str:
    why = CaptureFault.UNREADABLE.of(why=error.strerror or error)
    return Said.OF.of(record=file, what=why)


def _is_as_written(store: Store, block: Block) -> bool:
    try:
        manifests.stored(store, block)
    except DamagedBackupError:
        return False
    return True


def _ledger(file: WarcFile, captures: list[Capture], end: float = inf) -> str:
    """Return the SHA-256 of what the database says of a file up to *end*, or of all of it."""
    digest = hashlib.sha256(f"{file.head_length} {file.head_sha256}\n".encode())
    for capture in captures:
        length = capture.warc_length + capture.request_length
        if capture.warc_offset + length <= end:
            digest.update(f"{capture.warc_offset} {length} {capture.warc_sha256}\n".encode())
    return digest.hexdigest()
