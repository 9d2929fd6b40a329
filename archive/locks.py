"""Who may write of a site to an archive: one crawl or import at a time."""

from pathlib import Path

from filelock import FileLock


def site_lock(db: Path | str, site: str) -> FileLock:
    """Return the lock of a site in an archive; taking it raises `filelock.Timeout` at once."""
    return FileLock(_file_of(db, site), timeout=0)


def was_locked(db: Path | str, site: str) -> bool:
    """Whether the lock of a site was ever taken: where it was not, nobody has it."""
    return _file_of(db, site).exists()


def _file_of(db: Path | str, site: str) -> Path:
    return Path(f"{db}.{site}.lock")


def backup_lock(db: Path | str) -> FileLock:
    """Return the lock of whoever makes a backup of an archive; it is taken likewise."""
    return FileLock(f"{db}.backup.lock", timeout=0)
