"""Deriving every article again with today's readers, from what was received when it was crawled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any

from archive import Archive
from archive.warc import WarcError
from crawler.page import Page
from crawler.sites import Site
from crawler.text.diff import Comparison, Run, compare, compare_rows
from crawler.vocabulary import Flag, PageKind
from curation import texts
from curation.derive import NotDerivedError, Received, derive
from curation.parallel import ALONE, Workers
from curation.texts import Holding, Reading, Task, Text, Today

_CONTEXT = 4
"""Words that are shown on each side of a change."""


@dataclass(frozen=True, slots=True)
class Change:
    """A column of a text that reads otherwise today."""

    revision: int
    column: str
    before: Any
    after: Any


@dataclass(slots=True)
class Reread:
    """What became of an article."""

    article_id: int
    url: str
    changes: list[Change] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Which of its texts cannot be read any more, and why; these stay as they are."""
    merged: int = 0
    """How many earlier texts read as one with what follows them, so that they became one."""
    underived: bool = False
    """Whether it has a text without a capture, or with one that is lost."""
    strangers: int = 0
    """How many of its last texts are another article, of whoever has its host since, and are set
    aside."""

    @property
    def record(self) -> str:
        """What the article is called in a message."""
        return f"article {self.article_id}, {self.url}"


def reread(
    archive: Archive,
    sites: Mapping[str, Site],
    ids: Sequence[int],
    *,
    dry_run: bool = False,
    workers: Workers = ALONE,
) -> Iterator[Reread]:
    """Derive the articles of these numbers again, and yield what became of each.

    *sites* are the descriptions of today. Pages are read by the *workers*. What reads otherwise is
    stored, one article a transaction; nothing is if *dry_run*. It may be ended at any time and
    begun again. The places that articles name are found anew, also where the texts stay, and what
    their pages link to is noted as a crawl does. At its end the sites are looked at for signs that
    their pages are read badly.
    """
    seen: set[str] = set()
    lost, accepted = archive.captures.flagged(Flag.LOST), archive.captures.flagged(Flag.ACCEPTED)
    work = texts.tasks(archive, ids, sites)
    for task, read in workers.do(texts.read_with_links, work):
        if not dry_run:
            _note_links(archive, task, read)
        for holding, reading in zip(task.holdings, read, strict=True):
            has_several = len(holding.texts) > 1
            if has_several and (own := archive.articles.strangers(holding.article_id)):
                seen.add(holding.site)
                yield _without_strangers(archive, task, holding, own, dry_run=dry_run)
                continue
            done, pages = _judged(archive, holding, reading.today, lost, accepted)
            seen.add(holding.site)
            if any(pages) and not dry_run:
                before = [text.columns for text in holding.texts]
                if archive.articles.reread(holding.article_id, before, pages):
                    revision = archive.articles.rows([holding.article_id])[0]["revision"]
                    done.merged = len(before) - revision
                else:
                    done.changes.clear()
            if not dry_run and reading.places != holding.places:
                archive.articles.put_places(holding.texts[-1].columns, reading.places)
            yield done
    for site in sorted(seen) if not dry_run else ():
        archive.runs.look_for_signs(site)


def _without_strangers(
    archive: Archive, task: Task, holding: Holding, own: int, *, dry_run: bool
) -> Reread:
    """Set aside what came after the first so many texts of an article, its *own*."""
    done = Reread(holding.article_id, holding.url)
    if own >= len(holding.texts):
        return done  # they came meanwhile
    original = holding.texts[own - 1].original
    if original is None:
        done.underived = True
        return done
    try:
        page = derive(Received(task.folder, original), task.site, task.profiles)
    except (NotDerivedError, WarcError, OSError) as error:
        done.problems.append(f"revision {own}: {error}")
        return done
    before = [text.columns for text in holding.texts]
    if dry_run or archive.articles.set_strangers_aside(holding.article_id, before, own, page):
        done.strangers = len(before) - own
    return done


def _note_links(archive: Archive, task: Task, read: Sequence[Reading]) -> None:
    """Note what the pages of articles link to, which no version before 0.3 did."""
    named = [
        (reading.links, holding.url, holding.texts[-1].original.capture.fetched_at)
        for holding, reading in zip(task.holdings, read, strict=True)
        if reading.links and holding.texts[-1].original
    ]
    if named:
        archive.linked.note(task.site.key, named)


def _judged(
    archive: Archive, holding: Holding, readings: list[Today], lost: set[int], accepted: set[int]
) -> tuple[Reread, list[Page | None]]:
    """Return what an article's texts read today, and the pages that say something else."""
    done = Reread(holding.article_id, holding.url)
    pages: list[Page | None] = []
    for text, reading in zip(holding.texts, readings, strict=True):
        ids = text.original.ids if text.original else set()
        pages.append(None)
        if not ids or ids & lost:
            done.underived = True
        elif isinstance(reading, str):
            done.problems.append(f"revision {text.columns['revision']}: {reading}")
        elif reading and reading.kind == PageKind.SPAM and not ids & accepted:
            reason = reading.evidence.get("suspicion", "it reads as spam")
            done.problems.append(f"revision {text.columns['revision']}: {reason}")
        elif reading and (changes := _changes(archive, holding.site, text, reading)):
            done.changes += changes
            pages[-1] = reading
    return done, pages


def _changes(archive: Archive, site: str, text: Text, page: Page) -> list[Change]:
    after = texts.derived(text, page) | texts.beside(text, page)
    before = text.columns | (text.parts or {})
    return [
        Change(text.columns["revision"], name, before[name], after[name])
        for name in texts.differing(text, page, partial(archive.ledger.resolve, site))
    ]


def describe_change(change: Change) -> str:
    """Return a change in words: what goes as ``[-…-]``, what comes as ``{+…+}``."""
    found = _compared(change.before, change.after)
    groups = [
        (is_same, "".join(map(_marked, runs)).split())
        for is_same, runs in groupby(_runs(found), lambda run: run.kind == "same")
    ]
    words = []
    for number, (is_same, group) in enumerate(groups):
        is_first, is_last = number == 0, number == len(groups) - 1
        words += _context(group, is_first=is_first, is_last=is_last) if is_same else group
    return " ".join(words) if found.is_complete else f"{' '.join(words)} (not compared in full)"


def _compared(before: Any, after: Any) -> Comparison:
    """Compare texts by their words, and what is a date, an address or a list by its rows."""
    if all(isinstance(value, str) and len(value.split()) != 1 for value in (before, after)):
        return compare(before, after)
    return compare_rows(_rows(before), _rows(after))


def _rows(value: Any) -> list[str]:
    if isinstance(value, list):
        return [" | ".join(str(each) for each in row if each is not None) for row in value]
    return [] if value is None else [str(value)]


def _runs(found: Comparison) -> Iterator[Run]:
    """Yield what was compared in one line."""
    for paragraph in found.paragraphs:
        yield from paragraph
        yield Run("same", " ")


def _marked(run: Run) -> str:
    if run.kind == "same":
        return run.text
    if run.kind == "del":
        return f" [-{run.text.strip()}-] "
    text = run.text.rstrip()
    return f"{{+{text}+}}{run.text[len(text) :]}"


def _context(words: list[str], *, is_first: bool, is_last: bool) -> list[str]:
    """Return of unchanged words those next to a change."""
    before = [] if is_first else words[:_CONTEXT]
    after = [] if is_last else words[-_CONTEXT:]
    if is_first or is_last or len(words) > 2 * _CONTEXT:
        return [*before, *["…"] * (not is_first and not is_last), *after]
    return words
