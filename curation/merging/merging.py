"""A merge from its first look at another archive to the last site of it."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from filelock import FileLock, Timeout

from archive import Archive, LockedError, RefusedError, Source, opened_source
from archive.locks import site_lock, was_locked
from curation.progress import Tell


@dataclass(slots=True)
class Merged:
    """What came of the merge of one archive."""

    source: str
    sites: int = 0
    """That it has."""
    merged: int = 0
    """Of these, those that were looked at; of the others it says what it said before."""
    new: int = 0
    """Articles that were not here."""
    changed: int = 0
    """Articles that are others than before: by texts, or by when they were seen."""
    same: int = 0
    """Articles that are as they were."""
    captures: int = 0
    """That were not here."""
    linked: int = 0
    """Files of captures that both archives have from now on, which costs no room."""
    copied: int = 0
    bytes: int = 0
    """That were written of files of captures."""
    returned: int = 0
    """Articles that were withdrawn here, and are here again, since that archive holds them."""
    takedowns: int = 0
    """That were not known here."""
    is_cleared: bool = True
    """Whether nothing that is withheld is left in the bytes of the file that is served."""

    def as_dict(self) -> dict[str, Any]:
        """Return it for a program."""
        return asdict(self)


def merge(target: Path, source: Path, tell: Tell = lambda what, done, total: None) -> Merged:
    """Merge the archive *source* into *target*, which is made if it is missing.

    *source* is an ``archive.db`` with its captures beside it, or a folder that holds one; nothing
    is written to it. Sites are joined by portions, each in one transaction: whatever is killed, the
    same merge again goes on. What was merged before is passed over. *tell* is told how far it is.

    Raises `ArchiveError` if *source* is missing, damaged or from a newer version, and `LockedError`
    if either is being crawled, before anything is stored; sqlite3.Error and OSError if *target*
    cannot be written: what was stored until then stays.
    """
    path = archive_at(source)
    if target.exists() and path.exists() and target.samefile(path):
        raise RefusedError(f"{source}: is the archive that is merged into; name another one")
    if not target.absolute().parent.is_dir():
        raise RefusedError(f"{target}: its folder does not exist; make it first")
    with opened_source(path, target.absolute().parent) as opened:
        _require_settled(path, opened)
        merging = _Merge(target, opened, path, tell)
        with _as_it_is(target) as archive:
            new = merging.check(archive)
        with Archive.open(target, create=True) as archive:
            return merging.join(archive, new)


def archive_at(place: Path) -> Path:
    """Return the archive that is named, or that lies in the folder that is."""
    return place / "archive.db" if place.is_dir() else place


@contextmanager
def _as_it_is(target: Path) -> Iterator[Archive]:
    """Open the archive that is merged into, or one as empty if it is missing: it is made no sooner
    than all was looked at that is merged.
    """
    with ExitStack() as stack:
        place = target
        if not target.exists():
            folder = TemporaryDirectory(prefix=".merging-", dir=target.absolute().parent)
            place = Path(stack.enter_context(folder)) / target.name
        yield stack.enter_context(Archive.open(place, create=True))


class _Merge:
    """Merges one archive."""

    def __init__(self, target: Path, source: Source, path: Path, tell: Tell) -> None:
        self._target = target
        self._source = source
        self._path = path
        self._tell = tell

    def check(self, archive: Archive) -> list[str]:
        """Look at what would be merged, and return the sites of which something is new."""
        with archive.merging.of(self._source) as joining:
            sites = self._source.sites()
            known = joining.known(sites)
            new = [site for site in sites if site not in known]
            if new:
                self._source.require_sound()
            done = 0
            for portion in joining.portions(new):
                with _still(self._target, portion), _still(self._path, portion):
                    joining.check(portion)
                self._tell("checked", done := done + len(portion), len(new))
        return new

    def join(self, archive: Archive, new: list[str]) -> Merged:
        """Merge the sites that were looked at."""
        merged = Merged(str(self._path), sites=len(self._source.sites()))
        with archive.merging.of(self._source) as joining:
            merged.takedowns = joining.begin()
            for portion in joining.portions(new):
                with self._locked(portion):
                    joined = joining.join(portion, lambda done: None)
                merged.merged += len(portion)
                merged.new += joined.merged.new
                merged.changed += joined.merged.changed
                merged.same += joined.merged.same
                merged.captures += joined.merged.captures
                merged.returned += joined.merged.returned
                merged.linked += joined.brought.linked
                merged.copied += joined.brought.copied
                merged.bytes += joined.brought.bytes
                self._tell("sites", merged.merged, len(new))
            joining.end()
        merged.is_cleared = archive.withheld.clear()
        return merged

    @contextmanager
    def _locked(self, sites: Collection[str]) -> Iterator[None]:
        """Have sites of both archives alone."""
        with ExitStack() as stack:
            for site in sites:
                stack.enter_context(_taken(site_lock(self._target, site), self._target, site))
            stack.enter_context(_still(self._path, sites))
            yield


def _require_settled(path: Path, source: Source) -> None:
    """Raise `LockedError` if a site of the archive is being crawled."""
    for site in source.sites():
        with _still(path, [site]):
            pass


@contextmanager
def _still(db: Path, sites: Collection[str]) -> Iterator[None]:
    """Have those sites of an archive alone that were ever written to in it, to look at them. Where
    no lock was ever taken nobody crawls, and none is left there; where none can be taken, neither
    can anybody else.
    """
    with ExitStack() as stack:
        for site in sites:
            if was_locked(db, site):
                with suppress(OSError):
                    stack.enter_context(_taken(site_lock(db, site), db, site))
        yield


@contextmanager
def _taken(lock: FileLock, db: Path, site: str) -> Iterator[None]:
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(f"{db}: another crawl or import of {site!r} is running") from None
    try:
        yield
    finally:
        lock.release()
