"""Bringing a backup back, and seeing whether those that there are could be."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from archive import RefusedError
from archive.warc import zstd
from curation.backup import manifest as manifests
from curation.backup.manifest import Block, DamagedBackupError, File, Manifest
from curation.backup.store import BLOCKS, Store
from curation.folders import atomic_folder, require_free
from curation.progress import Tell


class RestoreRefusedError(RefusedError):
    """Something that cannot be brought back as it was asked for; the message says why."""


def chosen(store: Store, at: datetime | None) -> str:
    """Return the name of the newest backup, or of the newest that was begun before *at* ended.

    Raises `RestoreRefusedError` if there is none, `StoreError`.
    """
    names = manifests.names(store)
    if not names:
        raise RestoreRefusedError(f"{store.name}: has no backup")
    wanted = [name for name in names if at is None or manifests.time_of(name) <= at]
    if not wanted:
        oldest = manifests.time_of(names[0])
        raise RestoreRefusedError(
            f"{store.name}: has no backup of that time; the oldest is of {oldest:%Y-%m-%d %H:%M:%S}"
        )
    return wanted[-1]


def restore(store: Store, name: str, to: Path, tell: Tell) -> Manifest:
    """Bring a backup back into the folder *to*, which gets its name when all is there.

    Raises `RefusedError` if there is something, `DamagedBackupError` if the backup is not as
    it was written, `StoreError`, OSError.
    """
    manifest = manifests.read(store, name)
    require_free(to)
    _require_there(store, manifest)
    total = sum(file.bytes for file in manifest.files)
    done = 0
    with atomic_folder(to, mode=0o700) as folder:
        for file in manifest.files:
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as written:
                for block in file.blocks:
                    try:
                        data = read_block(store, block, packed=file.packed)
                    except DamagedBackupError as error:
                        raise DamagedBackupError(_damage(store, name, file, str(error))) from error
                    written.write(data)
                    done += len(data)
                    tell("bytes", done, total)
                if written.tell() != file.bytes:
                    message = f"has {written.tell()} of its {file.bytes} bytes"
                    raise DamagedBackupError(_damage(store, name, file, message))
                written.flush()
                os.fsync(written.fileno())
    return manifest


def faults(store: Store, tell: Tell) -> Iterator[str]:
    """Yield what is wrong with the backups in a store, each with the file that it concerns.

    All that belongs to any of them is read. Raises `StoreError`.
    """
    blocks: dict[tuple[Block, bool], tuple[str, File]] = {}
    for name in manifests.names(store):
        try:
            for file in manifests.read(store, name).files:
                for block in file.blocks:
                    blocks[block, file.packed] = name, file
        except DamagedBackupError as error:
            yield str(error)
    present = store.sizes(BLOCKS)
    for number, ((block, packed), (name, file)) in enumerate(blocks.items(), 1):
        try:
            if block.key not in present:
                raise DamagedBackupError(f"{block.name} is missing")
            read_block(store, block, packed=packed)
        except DamagedBackupError as error:
            yield _damage(store, name, file, str(error))
        tell("blocks", number, len(blocks))


def read_block(store: Store, block: Block, *, packed: bool) -> bytes:
    """Return what a block holds of its file. Raises `DamagedBackupError`, `StoreError`."""
    data = manifests.stored(store, block)
    try:
        return zstd.decompress(data) if packed else data
    except zstd.ZstdError as error:
        raise DamagedBackupError(f"{block.name}: {error}") from error


def _damage(store: Store, name: str, file: File, message: str) -> str:
    at = manifests.time_of(name)
    return f"{store.name}: backup of {at:%Y-%m-%dT%H:%M:%SZ}, {file.path}: {message}"


def _require_there(store: Store, manifest: Manifest) -> None:
    """Refuse a backup of which something is missing, before anything is written."""
    present = store.sizes(BLOCKS)
    for file in manifest.files:
        for block in file.blocks:
            if present.get(block.key) != block.bytes:
                at = f"{manifest.made_at:%Y-%m-%dT%H:%M:%SZ}"
                told = "is cut short" if block.key in present else "is missing"
                raise DamagedBackupError(
                    f"{store.name}: backup of {at}, {file.path}: {block.name} {told}"
                )
