"""Verifying an archive: database, index, captures and texts against each other.

Nothing is written, so that an archive may be verified where it cannot be. What was proved of its
texts before need not be worked out again: `curation.verified`.
"""

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from math import ceil
from pathlib import Path
from typing import TypeVar

from archive import Archive, hash_of
from archive.search.checking import faults as search_faults
from archive.search.folder import index_of
from archive.warc.files import SUFFIX
from crawler.exchange import Capture
from crawler.sites import Site
from crawler.vocabulary import FaultKind, Flag
from crawler.vocabulary.soundness import CaptureFault, Record, Said, TextFault
from curation import fixity, picture_pages, texts
from curation.derive import changed_profiles, site_of
from curation.parallel import ALONE, Workers
from curation.progress import Tell
from curation.texts import Holding, Reading, Task, Text, Today
from curation.verified import Verified

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written."""

    kind: FaultKind
    record: str
    """Which: a table, a file of captures with the place in it, an article."""
    message: str

    def __str__(self) -> str:
        return Said.OF.of(record=self.record, what=self.message)


@dataclass
class Verification:
    """One look at an archive; `faults` takes it, and the counts say what it has covered."""

    archive: Archive
    sites: Mapping[str, Site]
    """The descriptions of today."""
    only: Collection[str] = ()
    """The keys of the sites to look at; all if empty. Database and index are looked at whole."""
    sample: int | None = None
    """How many captures and articles to look at; all if None."""
    tell: Tell = lambda what, done, total: None
    workers: Workers = ALONE
    """Who looks at captures, articles and indexes."""
    verified: Verified | None = None
    """What was proved before, which is told what is now; None: everything is worked out."""
    checked: Counter[str] = field(default_factory=Counter)
    """How many files, captures, articles and earlier texts were looked at."""
    total: Counter[str] = field(default_factory=Counter)
    """How many there are."""
    lost: int = 0
    """Captures that are known to be lost, since a file was cut short."""
    underived: int = 0
    """Texts that have no capture to be derived from, or a lost one."""
    unchanged: int = 0
    """Articles whose texts were derived before, and all that decides how they read is as it was."""

    def __post_init__(self) -> None:
        self._damaged: set[int] = set()
        self._sound: set[int] = set()
        """The captures whose every byte was held against what is known of them."""
        self._changed: dict[str, list[str]] = {}
        self._misplaced: dict[str, bool] = {}
        self._keys: list[str | None] = [*self.only] or [None]

    @cached_property
    def _lost(self) -> set[int]:
        return self.archive.captures.flagged(Flag.LOST)

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong, each thing once, as it is found."""
        with self.archive.snapshot():
            if self.workers.processes > 1:
                # They are asked first, and heard last: nothing else takes as long in one piece.
                indexes = [self.workers.begin(_of_index, (of, self.archive.path, self.sample))
                           for of in _INDEXES]  # fmt: skip
                yield from self.of_database()
                yield from self.of_files()
                yield from self.of_texts()
                yield from self.of_picture_pages()
                for found in indexes:
                    yield from map(self._of_index, found())
                return
            yield from self.of_database()
            yield from self.of_index()
            yield from self.of_files()
            yield from self.of_texts()
            yield from self.of_picture_pages()

    def of_database(self) -> Iterator[Fault]:
        """Yield what SQLite finds wrong."""
        for record, message in self.archive.damage(quick=self.sample is not None):
            yield Fault(FaultKind.DATABASE, record, message)
        for record, message in self.archive.withheld.faults():
            yield Fault(FaultKind.DATABASE, record, message)

    def of_index(self) -> Iterator[Fault]:
        """Yield the articles that the full-text index, or that of ranked search, has otherwise than
        they are.
        """
        for faults in _INDEXES:
            yield from map(self._of_index, faults(self.archive, self.sample, self.tell))

    def _of_index(self, found: "_InIndex") -> Fault:
        index, article_id, message = found
        if article_id is None:
            return Fault(FaultKind.INDEX, index, message)
        rows = self.archive.articles.rows([article_id])
        if not rows:
            return Fault(FaultKind.INDEX, Record.NOT_HELD.of(code=article_id), message)
        record = Record.AT_URL.of(code=article_id, url=rows[0]["url"])
        return Fault(FaultKind.INDEX, record, message)

    # Files and captures

    def of_files(self) -> Iterator[Fault]:
        """Yield what is wrong with files and captures, and the files that nobody knows."""
        found: list[Fault] = []  # about files, while their captures are looked at elsewhere
        heads = set()
        total = sum(self.archive.captures.count(key) for key in self._keys)
        self.total["captures"] = total
        self._rate = min(1.0, self.sample / max(1, total)) if self.sample else 1.0
        for task, result in self.workers.do(fixity.check, self._files(found)):
            yield from found
            found.clear()
            name = task.file.name
            if result.head:
                heads.add(name)
                yield Fault(FaultKind.FILE, Record.IN_FILE.of(file=name, code=0), result.head)
            self._damaged |= result.damaged.keys() | result.unreadable.keys()
            messages = result.damaged
            if name not in heads:  # else it was named why they cannot be read
                messages = messages | result.unreadable
            for capture in task.captures:
                assert capture.id is not None
                if message := messages.get(capture.id) or self._misled(capture):
                    where = Record.CAPTURE.of(file=name, code=capture.warc_offset, url=capture.url)
                    yield Fault(FaultKind.CAPTURE, where, message)
                elif name not in heads:
                    self._sound.add(capture.id)
            self.checked["captures"] += len(task.captures)
            total = ceil(self.total["captures"] * self._rate)
            self.tell("captures", self.checked["captures"], total)
        yield from found
        yield from self._orphans()

    def _files(self, found: list[Fault]) -> Iterator[fixity.Task]:
        """Yield what is to be checked in each file; add what is wrong with it to *found*."""
        captures, folder = self.archive.captures, self.archive.folder
        for file in (file for key in self._keys for file in captures.files(key)):
            self.total["files"] += 1
            stored = list(captures.in_file(file.name))
            whole = [capture for capture in stored if capture.id not in self._lost]
            self.lost += len(stored) - len(whole)
            try:
                size = (folder / file.name).stat().st_size
            except OSError as error:
                self._damaged.update(capture.id for capture in whole if capture.id)
                site = file.name.partition("/")[0]
                if site not in self._misplaced:
                    self._misplaced[site] = self._has_others(site)
                message = CaptureFault.NOT_REACHED.of(
                    error=error.strerror or error, number=len(whole)
                )
                if self._misplaced[site]:
                    message = f"{message}; {CaptureFault.OTHERS_THERE}"
                found.append(Fault(FaultKind.FILE, file.name, message))
                continue
            self.checked["files"] += 1
            messages = fixity.misplaced(file, whole, size)
            found += (Fault(FaultKind.FILE, file.name, message) for message in messages)
            yield from fixity.tasks(folder, file, _chosen(whole, ceil(len(whole) * self._rate)))

    def _has_others(self, site: str) -> bool:
        """Whether files of a site that nobody knows lie where others are missing: so it is where a
        database of before `recompress` was put back alone.
        """
        known = {file.name for file in self.archive.captures.files(site)}
        known |= self.archive.recompressed.files()
        there = {f"{site}/{path.name}" for path in (self.archive.folder / site).glob(f"*{SUFFIX}")}
        return bool(there - known)

    def _misled(self, capture: Capture) -> str | None:
        """Return what is wrong with that which a revisit refers to."""
        if capture.refers_to is None:
            return None
        holder = self.archive.captures.get(capture.refers_to)
        if holder is None:
            return CaptureFault.HOLDER_GONE.of(code=capture.refers_to)
        if holder.refers_to is not None:
            return CaptureFault.HOLDER_EMPTY.of(code=holder.id)
        return None

    def _orphans(self) -> Iterator[Fault]:
        folder = self.archive.folder
        known = {file.name for file in self.archive.captures.files()}
        known |= self.archive.recompressed.files()
        for start in [folder / key for key in self.only] or [folder]:
            for path in sorted(start.rglob("*")):
                name = path.relative_to(folder).as_posix()
                if path.is_file() and name not in known:
                    yield Fault(FaultKind.FILE, name, CaptureFault.UNKNOWN)

    # Texts

    def of_texts(self) -> Iterator[Fault]:
        """Yield the texts that are not what their captures say."""
        unreadable = self.archive.withheld.unreadable()  # it was told of these what is wrong
        ids = [each for each in self.archive.articles.ids(self.only) if each not in unreadable]
        self.total["articles"] = len(ids)
        chosen = _chosen(ids, len(ids) if self.sample is None else self.sample)
        found: list[Fault] = []  # of what need not be read, while others are
        digests: dict[int, bytes] = {}
        work = self._to_read(texts.tasks(self.archive, chosen, self.sites), digests, found)
        for task, read in self.workers.do(texts.read_again, work):
            yield from found
            found.clear()
            for holding, reading in zip(task.holdings, read, strict=True):
                faults = [*self._of_reading(holding, reading)]
                yield from faults
                digest = digests.pop(holding.article_id, None)
                if self.verified and digest and not faults and reading == _as_held(holding):
                    self.verified.note(digest)
            self.checked["articles"] += len(task.holdings)
            self.tell("articles", self.checked["articles"], len(chosen))
        yield from found

    def of_picture_pages(self) -> Iterator[Fault]:
        """Yield the pages about pictures that do not say what they are held to say."""
        pages = self.archive.media.pages(self.only)
        if not pages:
            return
        self.total["pages about pictures"] = len(pages)
        chosen = _chosen(pages, len(pages) if self.sample is None else self.sample)
        for told in picture_pages.read_again(self.archive, chosen):
            self.checked["pages about pictures"] += 1
            record = Record.PICTURE_PAGE.of(url=told.page.url)
            if isinstance(told.today, str):
                if told.page.capture_id not in self._damaged:
                    yield Fault(FaultKind.ARTICLE, record, told.today)
            elif told.differing:
                columns, why = ", ".join(told.differing), TextFault.UPDATED
                message = TextFault.OTHERWISE.of(columns=columns, why=why)
                yield Fault(FaultKind.ARTICLE, record, message)

    def _to_read(
        self, tasks: Iterator[Task], digests: dict[int, bytes], found: list[Fault]
    ) -> Iterator[Task]:
        """Yield what of the tasks has to be read, and put the digests of these articles into
        *digests*; of what was proved before, add to *found* what is wrong without reading it.
        """
        for task in tasks:
            unknown = []
            for holding in task.holdings:
                digest = self._digest_of(task, holding)
                if self.verified and digest and self.verified.knows(digest):
                    found += self._of_reading(holding, _as_held(holding))
                    self.verified.note(digest)
                    self.unchanged += 1
                    self.checked["articles"] += 1
                    continue
                unknown.append(holding)
                if digest:
                    digests[holding.article_id] = digest
            if unknown:
                yield replace(task, holdings=unknown)

    def _digest_of(self, task: Task, holding: Holding) -> bytes | None:
        """Return the digest of all that decides how an article reads; None where its captures were
        not all looked at just now, and found sound: what is known of them might not be so.
        """
        whence = (text.original.ids for text in holding.texts if text.original)
        if self.verified and all(ids <= self._sound for ids in whence):
            return self.verified.digest_of(task, holding)
        return None

    def _of_reading(self, holding: Holding, reading: Reading) -> Iterator[Fault]:
        yield from self._of_article(holding, reading.today)
        if message := _of_places(holding, reading):
            yield Fault(FaultKind.ARTICLE, holding.record, message)

    def _of_article(self, holding: Holding, readings: list[Today]) -> Iterator[Fault]:
        *earlier, newest = holding.texts
        numbers = [text.columns["revision"] for text in holding.texts]
        if numbers != [*range(1, len(numbers) + 1)]:
            message = TextFault.NUMBERS.of(numbers=", ".join(map(str, numbers)))
            yield Fault(FaultKind.ARTICLE, holding.record, message)
        self.checked["earlier texts"] += len(earlier)
        for text, reading in zip(holding.texts, readings, strict=True):
            record = holding.record
            if text is not newest:
                record = holding.record_of(text.columns["revision"])
            if fault := self._of_text(holding.site, text, reading):
                yield Fault(FaultKind.ARTICLE, record, fault)

    def _of_text(self, site: str, text: Text, reading: Today) -> str | None:
        row = text.columns
        if hash_of(row) != row["text_sha256"]:
            return TextFault.WORDS
        if text.original is None:
            if row["capture_id"] is not None:
                return TextFault.NO_CAPTURE.of(code=row["capture_id"])
            self.underived += 1
            return None
        if text.original.ids & self._lost:
            self.underived += 1
            return None
        if isinstance(reading, str):
            return None if text.original.ids & self._damaged else reading
        if reading is None:
            return None
        differing = texts.differing(text, reading, partial(self.archive.ledger.resolve, site))
        if not differing:
            return None
        return TextFault.OTHERWISE.of(columns=", ".join(differing), why=self._why_otherwise(site))

    def _why_otherwise(self, site: str) -> str:
        """Return why pages of a site may read otherwise, and what to do, in words."""
        if site not in self._changed:
            self._changed[site] = changed_profiles(
                self.archive, site_of(self.archive, site, self.sites)
            )
        if names := self._changed[site]:
            files = " and ".join(f"profiles/{name}.toml" for name in names)
            return TextFault.PROFILES.of(profiles=files, site=site)
        return TextFault.UPDATED


_InIndex = tuple[str, int | None, str]
"""A fault of an index: what the index is called, the number of the article, what is wrong."""


def _in_full_text(archive: Archive, sample: int | None, tell: Tell) -> Iterator[_InIndex]:
    ids = archive.articles.ids()
    found = archive.articles.index_faults(
        lambda done: tell("index", done, len(ids)),
        None if sample is None else _chosen(ids, sample),
    )
    for article_id, message in found:
        yield "articles_fts", article_id, message


def _in_search(archive: Archive, sample: int | None, tell: Tell) -> Iterator[_InIndex]:
    folder = index_of(archive.path)
    if not folder.exists():  # without it search is slower, and finds the same
        return
    tell_of_it = partial(tell, "search index")
    for article_id, message in search_faults(archive.path, sample, tell_of_it):
        yield folder.name, article_id, message


_Find = Callable[[Archive, int | None, Tell], Iterator[_InIndex]]
_INDEXES: tuple[_Find, ...] = (_in_full_text, _in_search)
"""What finds the faults of each index."""


def _of_index(asked: tuple[_Find, Path, int | None]) -> list[_InIndex]:
    """Return what is wrong with an index, as another process finds it, which has nothing open."""
    find, db, sample = asked
    with Archive.open(db, read_only=True) as archive, archive.snapshot():
        return [*find(archive, sample, lambda *_: None)]


def _as_held(holding: Holding) -> Reading:
    """Return how an article reads whose texts are what its captures say."""
    return Reading([None] * len(holding.texts), holding.places)


def _of_places(holding: Holding, reading: Reading) -> str | None:
    """Return what is wrong with the communes and units that an article is said to name."""
    if reading.places == holding.places:
        return None
    today, held = (
        [
            TextFault.PLACE.of(place=each["name"], place_kind=each["kind"], code=each["code"])
            for each in places
        ]
        for places in (reading.places, holding.places)
    )
    beside = {
        TextFault.LACKING: [name for name in today if name not in held],
        TextFault.NO_MORE: [name for name in held if name not in today],
    }
    parts = [told.of(where=", ".join(names)) for told, names in beside.items() if names]
    if not parts:
        return TextFault.PLACES.of(why=TextFault.UPDATED)
    return TextFault.SUCH_PLACES.of(what="; ".join(parts), why=TextFault.UPDATED)


def _chosen(of: Sequence[T], number: int) -> list[T]:
    """Return so many of them at random, in their order; all if there are no more."""
    if number >= len(of):
        return list(of)
    return [of[index] for index in sorted(random.sample(range(len(of)), number))]
