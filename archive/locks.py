"""Who may write of a site to an archive: one crawl or import at a time."""

from pathlib import Path

from filelock import FileLock


def site_lock(db: Path | str, site: str) -> FileLock:
    """Return the lock of a site in an archive; taking it raises `filelock.Timeout` at once."""
    return FileLock(f"{db}.{site}.lock", timeout=0)


def backup_lock(db: Path | str) -> FileLock:
    """Return the lock of whoever makes a backup of an archive; it is taken likewise."""
    return FileLock(f"{db}.backup.lock", timeout=0)
