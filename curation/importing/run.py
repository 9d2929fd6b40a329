"""An import from its first look at the files to its last page."""

from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from archive import SITE_COLUMNS, Archive, LockedError, utc
from archive.locks import site_lock
from crawler.sites import Site
from crawler.vocabulary import RunOutcome, Untaken
from curation.importing.damage import DamageError
from curation.importing.files import read_file
from curation.importing.inventory import Advance, Inventory, refused, take_inventory
from curation.importing.pages import Finder, Found, Owners
from curation.importing.reading import Read, Unread, read_all
from curation.importing.streams import Meter
from curation.importing.taking import SiteTaking
from curation.parallel import ALONE, Workers

_MOST_OPEN = 8
"""Sites whose files are open at a time; each holds a dictionary and samples for the next one."""

_MOST_UNREAD = 100
_TOGETHER, _TOGETHER_BYTES = 8, 1 << 20
"""Pages that are read together, and their bytes."""

_Name = tuple[str, str, datetime]
"""The key of a site, an address and when it was captured."""


@dataclass(slots=True)
class SiteResult:
    """What an import found of one site."""

    site: str
    run_id: int | None = None
    pages: int = 0
    bytes: int = 0
    """Of the pages' bodies, as they are in the files."""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    other: int = 0
    """Listings and other pages that are no articles."""
    known: int = 0
    """Pages that an earlier import took."""
    failed: int = 0
    """Pages that stand in an article's place, and articles of which a part is missing."""
    unreadable: int = 0
    """Bodies that cannot be decoded or are empty, and revisits whose original is nowhere."""
    unread: list[str] = field(default_factory=list)
    """Their addresses, the first hundred."""
    mended: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the result for a program."""
        return asdict(self)


def check(
    paths: Sequence[Path],
    sites: Mapping[str, Site],
    *,
    salvage: bool,
    advance: Advance,
    others: Collection[str] = (),
    workers: Workers = ALONE,
) -> list[Inventory]:
    """Read all files to their ends before anything is stored; say what they hold.

    *others* are the keys of sites that are known, too, and whose pages are not wanted. Several
    *workers* read a file each, and *advance* is told when one is read. Raises `ImportRefusedError`.
    """
    owners = Owners(sites, others)
    if workers.processes == 1 or len(paths) == 1:
        return [take_inventory(path, owners, salvage=salvage, advance=advance) for path in paths]
    found = []
    look = partial(_inventory, owners=owners, salvage=salvage)
    for _, (inventory, read) in workers.do(look, paths):
        advance(read)
        found.append(inventory)
    return found


def _inventory(path: Path, owners: Owners, *, salvage: bool) -> tuple[Inventory, int]:
    """Return what a file holds, and how many bytes of it were read."""
    read = 0

    def advance(count: int) -> None:
        nonlocal read
        read += count

    return take_inventory(path, owners, salvage=salvage, advance=advance), read


class Import:
    """Takes the pages of files that were checked into an archive."""

    def __init__(
        self,
        db: Path,
        sites: Mapping[str, Site],
        inventories: Sequence[Inventory],
        *,
        salvage: bool,
        others: Collection[str] = (),
        workers: Workers = ALONE,
    ) -> None:
        """*workers* read the pages; all that is stored is stored by this process, in the order of
        the files.
        """
        self.workers = workers
        self.db = db
        self.salvage = salvage
        self.inventories = [s for s in inventories if s.pages]
        keys = sorted({key for s in inventories for key in s.pages})
        self.sites = {key: sites[key] for key in keys}
        self.owners = Owners(sites, others)
        self.results = {key: SiteResult(key) for key in keys}
        self.open: OrderedDict[str, SiteTaking] = OrderedDict()

    def run(self, advance: Advance) -> list[SiteResult]:
        """Import. Raises `LockedError` before anything is stored; `ArchiveError`, sqlite3.Error
        and OSError where the archive cannot be written, and
        `concurrent.futures.process.BrokenProcessPool` where a worker was killed: what was stored
        until then stays, and the same import again goes on.
        """
        with ExitStack() as stack:
            for key in self.sites:
                stack.enter_context(_locked(site_lock(self.db, key), key))
            try:
                self._take_all(advance)
            except BaseException as error:
                with suppress(Exception):  # where nothing can be stored, neither can this
                    self._finish(_outcome_of(error))
                raise
            self._finish(RunOutcome.IMPORT)
        return list(self.results.values())

    def _take_all(self, advance: Advance) -> None:
        late = [(s, self._take_file(s, advance)) for s in self.inventories]
        for s, left in late:  # what they need is known now, if it is in any file
            if left:
                self._take_file(s, lambda _: None, left)

    def _take_file(
        self, of: Inventory, advance: Advance, only: set[_Name] | None = None
    ) -> set[_Name]:
        """Take the pages of a file, or of them *only* those that were left; return what is left."""
        left: set[_Name] = set()

        def damaged(error: DamageError) -> None:
            if not self.salvage:
                raise refused(of.path, error)  # it was whole a moment ago: somebody writes to it
            finder.received_for = None

        finder = Finder(self.owners)
        records = read_file(of.path, finder.wants, damaged, Meter(advance))
        pages = (
            found
            for _, found in finder.pages(records)
            if isinstance(found, Found) and (only is None or _name(found) in only)
        )
        for found, says in self._read(pages):
            if not self._take(found, says, last=only is not None):
                left.add(_name(found))
        return left

    def _read(self, pages: Iterable[Found]) -> Iterator[tuple[Found, Read | None]]:
        """Yield pages with what they say, as far as they can be read before they are taken."""
        waiting: deque[list[tuple[Found, bool]]] = deque()

        def tasks() -> Iterator[list[Unread]]:
            for some in _batches(pages):
                unread = [self._of(found.site.key).unread(found) for found in some]
                waiting.append(
                    [(found, one is not None) for found, one in zip(some, unread, strict=True)]
                )
                yield [one for one in unread if one]

        for _, read in self.workers.do(read_all, tasks()):
            said = iter(read)
            for found, is_read in waiting.popleft():
                yield found, next(said) if is_read else None

    def _take(self, found: Found, says: Read | None, *, last: bool) -> bool:
        """Take a page; False if it is left for later."""
        result = self.results[found.site.key]
        taken = self._of(found.site.key).take(found, says, last=last)
        if taken == Untaken.LATER:
            return False
        result.pages += 1
        result.bytes += len(found.exchange.body)
        setattr(result, taken, getattr(result, taken) + 1)
        if taken == Untaken.UNREADABLE and len(result.unread) < _MOST_UNREAD:
            result.unread.append(f"{found.exchange.url} of {utc(found.exchange.at)}")
        return True

    def _of(self, key: str) -> SiteTaking:
        if key in self.open:
            self.open.move_to_end(key)
            return self.open[key]
        while len(self.open) >= _MOST_OPEN:
            _, oldest = self.open.popitem(last=False)
            oldest.archive.close()
        site, result = self.sites[key], self.results[key]
        archive = Archive.open(self.db, create=True, from_captures=True)
        if result.run_id is None:
            result.run_id = archive.runs.start({c: getattr(site, c) for c in SITE_COLUMNS})
        result.mended += archive.captures.begin(result.run_id, key, _info(site), imports=True)
        self.open[key] = SiteTaking(archive, site, result.run_id)
        return self.open[key]

    def _finish(self, outcome: RunOutcome) -> None:
        while self.open:
            self.open.popitem()[1].archive.close()
        begun = [result for result in self.results.values() if result.run_id is not None]
        if begun:
            with Archive.open(self.db) as archive:
                for result in begun:
                    assert result.run_id is not None
                    archive.linked.forget_known(result.site)  # the files may have had it, too
                    archive.runs.finish(result.run_id, outcome, 0, result.bytes)


def _outcome_of(error: BaseException) -> RunOutcome:
    """Return how an import ended that something has broken off."""
    match error:
        case KeyboardInterrupt():
            return RunOutcome.SHUTDOWN
        case BrokenProcessPool():
            return RunOutcome.KILLED
    return RunOutcome.ARCHIVE


def _name(found: Found) -> _Name:
    return found.site.key, found.exchange.url, found.exchange.at


def _batches(pages: Iterable[Found]) -> Iterator[list[Found]]:
    """Yield pages in lists that it pays to hand to another process, and that fill no memory."""
    some: list[Found] = []
    size = 0
    for found in pages:
        some.append(found)
        size += len(found.exchange.body)
        if len(some) >= _TOGETHER or size >= _TOGETHER_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


@contextmanager
def _locked(lock: FileLock, key: str) -> Iterator[None]:
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(f"another crawl or import of {key!r} is running") from None
    try:
        yield
    finally:
        lock.release()


def _info(site: Site) -> dict[str, str]:
    """Return what the files of captures say of who made them, and how."""
    return {
        "software": f"TinHuyen/{version('tinhuyen')}",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/"
        "warc-1.1/",
        "isPartOf": f"{site.name} ({site.key})",
        "description": f"pages of {site.base_url}, imported from other archives",
    }
