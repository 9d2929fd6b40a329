"""Which store a name means."""

from importlib import import_module
from pathlib import Path

from archive import RefusedError
from curation.backup.folder import Folder
from curation.backup.store import Store

BUCKETS = ("s3://", "az://")


def store_at(name: str) -> Store:
    """Return the store of a name: a folder, ``s3://BUCKET/PREFIX`` or ``az://CONTAINER/PREFIX``.

    Raises `RefusedError` if there is no such kind, or what it needs is not installed.
    """
    if name.startswith(BUCKETS):
        try:
            import_module("obstore")
        except ImportError as error:
            raise RefusedError(
                f"{name}: needs obstore, which is not installed: pip install 'tinhuyen[s3]'"
            ) from error
        from curation.backup.bucket import Bucket

        return Bucket(name)
    if "://" in name:
        raise RefusedError(
            f"{name}: backups go to a folder, s3://BUCKET/PREFIX or az://CONTAINER/PREFIX"
        )
    return Folder(Path(name))
