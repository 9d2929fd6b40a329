"""The texts that an archive holds, and whether they can be derived again from their captures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from archive import Archive, Parts, columns_today, parts_of, places_today, utc
from archive.warc import WarcError
from crawler.appraisal import KnownLinks
from crawler.page import Page
from crawler.profiles.periods import Profiles
from crawler.sites import Site
from crawler.text.addresses import urlkey
from crawler.vocabulary import PageKind, ReadFrom, Source
from crawler.vocabulary.soundness import Record, TextFault
from curation.derive import (
    NotDerivedError,
    Original,
    Received,
    derive,
    links,
    original,
    profiles_of,
    site_of,
)

BATCH = 64
"""Articles a task: enough that handing it to another process costs little."""

_LINKS = ("prev_url", "next_url")


@dataclass(frozen=True, slots=True)
class Text:
    """A text of an article, as the archive holds it, and where it comes from."""

    columns: dict[str, Any]
    """A row of ``articles``, or of ``revisions`` if it is an earlier text."""
    parts: Parts | None
    """The pictures, files and tags; None of an earlier text, which has none."""
    original: Original | None
    """None if it has no capture, or the archive does not know it any more."""

    @property
    def tells_links(self) -> bool:
        """Whether what it leads to is what its capture says: a page that was seen later, and said
        no more than that, may have led elsewhere.
        """
        if self.original is None or self.columns["read_from"] != ReadFrom.PAGE:
            return False
        return bool(utc(self.original.capture.fetched_at) >= self.columns["last_seen_at"])


@dataclass(frozen=True, slots=True)
class Holding:
    """An article as the archive holds it."""

    article_id: int
    url: str
    site: str
    texts: list[Text]
    """Oldest first; the last is the newest."""
    places: list[dict[str, Any]]
    """The communes and units that it names, as the archive has them."""

    @property
    def record(self) -> str:
        """What the article is called in a message."""
        return Record.AT_URL.of(code=self.article_id, url=self.url)

    def record_of(self, revision: int) -> str:
        """What an earlier text of it is called in a message."""
        return Record.REVISION.of(code=self.article_id, url=self.url, number=revision)


@dataclass(frozen=True, slots=True)
class Task:
    """Articles of one site, to be derived again in another process."""

    folder: Path
    site: Site
    home: Mapping[str, Any]
    """The row of the site, by which places are found."""
    profiles: Profiles
    holdings: list[Holding]


Today = Page | str | None
"""How a text reads today: None is as it is held, words are why it cannot be read."""


def tasks(archive: Archive, ids: Sequence[int], sites: Mapping[str, Site]) -> Iterator[Task]:
    """Yield the articles of these numbers, by site and in batches.

    *sites* are the descriptions of today; of a site that has none, the archive's own is taken.
    """
    remaining = iter(ids)
    while batch := list(islice(remaining, BATCH)):
        by_site: dict[str, list[Holding]] = {}
        for row in archive.articles.rows(batch):
            by_site.setdefault(row["site"], []).append(_holding(archive, row))
        for key, holdings in by_site.items():
            site = site_of(archive, key, sites)
            home = archive.runs.site(key)
            yield Task(archive.folder, site, home, profiles_of(archive, site), holdings)


def _holding(archive: Archive, row: dict[str, Any]) -> Holding:
    url = row["url"]

    def whence(columns: Mapping[str, Any]) -> Original | None:
        capture_id = columns["capture_id"]
        return capture_id and original(archive, url, capture_id, columns["read_from"])

    earlier = [Text(r, None, whence(r)) for r in archive.articles.earlier(row["id"])]
    newest = Text(row, archive.articles.parts(row["id"]), whence(row))
    places = archive.articles.places(row["id"])
    return Holding(row["id"], url, row["site"], [*earlier, newest], places)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the texts of an article read today, and what its page links to."""

    today: list[Today]
    places: list[dict[str, Any]]
    """The communes and units that the newest text names, as it is held."""
    links: tuple[str, ...] = ()
    """What the page of the newest text links to that may be articles, too."""


def read_again(task: Task) -> list[Reading]:
    """Return how the texts of each article read today, and which places it names."""
    return [_read(task, holding, None) for holding in task.holdings]


def read_with_links(task: Task) -> list[Reading]:
    """Return the same, and what the page of each article links to."""
    known = KnownLinks(task.site)
    return [_read(task, holding, known) for holding in task.holdings]


def _read(task: Task, holding: Holding, known: KnownLinks | None) -> Reading:
    """Return how an article reads today, and by what is *known* of links what its page links to."""
    whence = [Received(task.folder, one.original) if one.original else None
              for one in holding.texts]  # fmt: skip
    pairs = zip(holding.texts, whence, strict=True)
    return Reading(
        [_today(task, text, received) for text, received in pairs],
        places_today(holding.texts[-1].columns, task.home),
        _links(whence[-1], known) if known else (),
    )


def _links(received: Received | None, known: KnownLinks) -> tuple[str, ...]:
    # Of a web archive's pages no crawl notes them: it lists all that it has.
    if received is None or received.original.capture.source == Source.WAYBACK:
        return ()
    try:
        return links(received, known)
    except (WarcError, OSError):  # it is told where the text itself is read
        return ()


def _today(task: Task, text: Text, received: Received | None) -> Today:
    if received is None:
        return None
    try:
        page = derive(received, task.site, task.profiles)
    except NotDerivedError as error:
        return str(error)
    except WarcError as error:
        return TextFault.NOT_READ.of(why=error)
    except OSError as error:
        return TextFault.NOT_READ.of(why=error.strerror or error)
    except Exception as error:  # a reader's mistake must not end the work on all the others
        return TextFault.BROKE_READER.of(error=repr(error))
    return page if page.kind == PageKind.SPAM or differing(text, page) else None


def differing(text: Text, page: Page, resolve: Callable[[str], str] = str) -> list[str]:
    """Return the columns by which a text differs from how it reads today.

    A neighbour may have moved since: *resolve* says to where.
    """
    held, today = text.columns, derived(text, page)
    names = [name for name, value in today.items() if name in held and held[name] != value]
    if text.parts is None:
        return names
    for name, value in beside(text, page).items():
        if name in text.parts:
            differs = text.parts[name] != value
        else:
            links = (held[name], value)
            differs = len({urlkey(resolve(link)) if link else None for link in links}) > 1
        names += [name] * differs
    return names


def derived(text: Text, page: Page) -> dict[str, Any]:
    """Return what a page says today, in the columns of ``articles`` without the neighbours."""
    columns = columns_today(page, text.columns)
    if text.columns["read_from"] == ReadFrom.PAGE:
        columns |= {"charset": page.charset, "profile": page.profile}
    if text.tells_links:
        columns |= {"canonical_url": page.canonical_url}
    return columns


def beside(text: Text, page: Page) -> dict[str, Any]:
    """Return what stands beside the text on a page: pictures, files, tags and neighbours."""
    assert page.article
    parts: dict[str, Any] = {**parts_of(page.article)}
    if text.tells_links:
        parts |= {name: getattr(page, name) for name in _LINKS}
    return parts
