"""What a backup says of itself: its files, and of which blocks each is made."""

import hashlib
import re
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Final

import msgspec

from crawler.vocabulary.soundness import BackupTrouble, Said
from curation.backup.store import BLOCKS, MANIFESTS, Store, StoreError

FORMAT: Final = 1
_NAME = re.compile(r"(\d{8}T\d{6}Z)-([0-9a-f]{16})(?:\.(\d+))?\.json")
_TIME = "%Y%m%dT%H%M%SZ"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WRITER = re.compile(r"\d*")


class DamagedBackupError(Exception):
    """A backup, or a part of one, that is not as it was written; the message names it."""


class Block(msgspec.Struct, frozen=True, omit_defaults=True):
    """A piece of a file, as it lies in the store."""

    sha256: str
    """Of its bytes as they lie there; it is called by it."""
    bytes: int
    writer: str = ""
    """The number of whoever wrote it, where several write to a store in turn
    (`curation.backup.succession`).
    """

    @property
    def name(self) -> str:
        """Where it lies."""
        return f"{BLOCKS}/{self.key}"

    @property
    def key(self) -> str:
        """Where it lies among the blocks."""
        return f"{self.sha256[:2]}/{self.sha256}{f'.{self.writer}' if self.writer else ''}"


class File(msgspec.Struct, frozen=True):
    """A file of an archive, made of its blocks one behind the other."""

    path: str
    """Where it belongs, relative to the folder of the archive, with "/"."""
    bytes: int
    blocks: tuple[Block, ...]
    packed: bool = False
    """Whether each block is compressed with Zstandard."""
    ledger: str = ""
    """Of a file of captures: SHA-256 of what the database says of the records in it; empty if
    these are not all as it says."""


class Manifest(msgspec.Struct, frozen=True):
    """A backup."""

    format: int
    archive: str
    """The identity of the archive that it is of."""
    made_at: datetime
    software: str
    articles: int
    captures: int
    files: tuple[File, ...]
    damaged: tuple[str, ...] = ()
    """What was found to be damaged or missing in the archive itself, in words."""

    @property
    def bytes(self) -> int:
        """How much it holds as it lies in the store."""
        return sum(
            {block.sha256: block.bytes for file in self.files for block in file.blocks}.values()
        )

    def file(self, path: str) -> File | None:
        """Return one of its files."""
        return next((file for file in self.files if file.path == path), None)


def stored(store: Store, block: Block) -> bytes:
    """Return the bytes of a block as they lie in a store. Raises `DamagedBackupError` if they are
    not those that were written, `StoreError`.
    """
    data = store.get(block.name)
    if len(data) != block.bytes or hashlib.sha256(data).hexdigest() != block.sha256:
        raise DamagedBackupError(f"{block.name} is not as it was written")
    return data


def names(store: Store) -> list[str]:
    """Return the names of the backups in a store, oldest first."""
    return sorted(name for name in store.sizes(MANIFESTS) if _NAME.fullmatch(name))


def writer_of(name: str) -> str:
    """Return the number of whoever wrote the backup of a name, where several do in turn."""
    found = _NAME.fullmatch(name)
    return (found[3] if found else None) or ""


def time_of(name: str) -> datetime:
    """Return when the backup of a name was begun."""
    return datetime.strptime(name.partition("-")[0], _TIME).replace(tzinfo=UTC)


def read(store: Store, name: str) -> Manifest:
    """Return a backup by its name. Raises `DamagedBackupError`, `StoreError`."""
    where = f"{MANIFESTS}/{name}"

    def of_this(what: object) -> str:
        return Said.OF.of(record=store.name, what=Said.OF.of(record=where, what=what))

    data = store.get(f"{MANIFESTS}/{name}")
    found = _NAME.fullmatch(name)
    if not found or found[2] != _mark(data):
        raise DamagedBackupError(of_this(BackupTrouble.NOT_AS_WRITTEN))
    try:
        known = msgspec.json.decode(data, type=_Versioned).format
        if known != FORMAT:
            raise StoreError(of_this(BackupTrouble.NEWER))
        manifest = msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError as error:
        raise DamagedBackupError(of_this(error)) from error
    for file in manifest.files:
        if not _is_below(file.path) or not all(map(_is_named, file.blocks)):
            told = BackupTrouble.NO_FILE_OF_OURS.of(name=repr(file.path))
            raise DamagedBackupError(of_this(told))
    return manifest


def write(store: Store, manifest: Manifest, writer: str = "") -> str:
    """Write a backup down, by which it becomes one; return its name. Raises `StoreError`."""
    data = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    end = f".{writer}.json" if writer else ".json"
    name = f"{manifest.made_at:{_TIME}}-{_mark(data)}{end}"
    store.put(f"{MANIFESTS}/{name}", data)
    if store.get(f"{MANIFESTS}/{name}") != data:
        store.remove(f"{MANIFESTS}/{name}")
        raise StoreError(Said.OF.of(record=store.name, what=BackupTrouble.GIVES_OTHER))
    return name


class _Versioned(msgspec.Struct):
    format: int


def _mark(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _is_named(block: Block) -> bool:
    """Whether a block has a name that we give."""
    return bool(_SHA256.fullmatch(block.sha256) and _WRITER.fullmatch(block.writer))


def _is_below(path: str) -> bool:
    """Whether a path stays below the folder that it is relative to."""
    parts = PurePosixPath(path).parts
    is_plain = all(part not in ("..", "/", "") and "\\" not in part for part in parts)
    return bool(parts) and is_plain and ":" not in parts[0]
