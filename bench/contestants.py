"""Who reads the saved pages of `bench.saved`: ours, and libraries that do the same."""

import hashlib
import importlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from bench.saved import Sample
from crawler.readers import read_page
from crawler.text.charset import decode
from crawler.vocabulary import PageKind


@dataclass(frozen=True)
class Reading:
    """What a reader saw in a page."""

    is_article: bool = True
    title: str | None = None
    date: str | None = None
    """In ISO 8601."""
    authors: Sequence[str] = ()
    body: str = ""
    lead: str | None = None
    """The summary, where the reader sets it apart from the body."""
    neighbours: tuple[str | None, str | None] = (None, None)
    """The older and the newer one, absolute."""
    failure: str | None = None
    """The error that it raised instead."""


Reader = Callable[[Sample], Reading]


def read_ours(sample: Sample) -> Reading:
    """Read a page as the crawler does."""
    page = read_page(sample.body, sample.url)
    neighbours = (page.prev_url, page.next_url)
    if (article := page.article) is None:
        return Reading(is_article=page.kind == PageKind.PROTECTED, neighbours=neighbours)
    published = article.published_at
    return Reading(
        is_article=page.kind == PageKind.ARTICLE,
        title=article.title,
        date=published.isoformat() if published else None,
        authors=[article.author] if article.author else [],
        body=article.body,
        lead=article.lead,
        neighbours=neighbours,
    )


def trafilatura() -> Reader:
    """Return a reader that asks trafilatura."""
    library = importlib.import_module("trafilatura")

    def read(sample: Sample) -> Reading:
        seen = library.bare_extraction(sample.body, url=sample.url, with_metadata=True)
        if seen is None:
            return Reading(is_article=False)
        authors = (seen.author or "").split("; ")
        return Reading(title=seen.title, date=seen.date, authors=authors, body=seen.text or "")

    return read


def newspaper4k() -> Reader:
    """Return a reader that asks newspaper4k."""
    library = importlib.import_module("newspaper")

    def read(sample: Sample) -> Reading:
        seen = library.Article(sample.url, fetch_images=False)
        seen.download(input_html=decode(sample.body)[0])
        seen.parse()
        published = seen.publish_date.isoformat() if seen.publish_date else None
        return Reading(title=seen.title, date=published, authors=seen.authors, body=seen.text)

    return read


def readability() -> Reader:
    """Return a reader that asks readability-lxml, which looks for title and text only."""
    library = importlib.import_module("readability")
    lxml = importlib.import_module("lxml.html")

    def read(sample: Sample) -> Reading:
        seen = library.Document(decode(sample.body)[0], url=sample.url)
        text = lxml.fromstring(seen.summary()).text_content()
        return Reading(title=seen.short_title(), body=text)

    return read


LIBRARIES: dict[str, tuple[str, Callable[[], Reader]]] = {
    "trafilatura": ("trafilatura", trafilatura),
    "newspaper4k": ("newspaper4k", newspaper4k),
    "readability": ("readability-lxml", readability),
}
"""By the name in the table: the name of the package, and what makes its reader."""


def contestants(tell: Callable[[str], None]) -> Iterator[tuple[str, Reader]]:
    """Yield our reader and those of the libraries that are installed."""
    yield "ours", read_ours
    for name, (package, make) in LIBRARIES.items():
        try:
            yield name, remembering(make(), f"{package} {version(package)}")
        except ImportError as error:
            tell(f"{name} is not installed, so it is not compared: {error}")


def guarded(reader: Reader) -> Reader:
    """Return a reader that tells of an error instead of raising it."""

    def read(sample: Sample) -> Reading:
        try:
            return reader(sample)
        except Exception as error:
            return Reading(is_article=False, failure=f"{type(error).__name__}: {error}")

    return read


KEPT = Path(tempfile.gettempdir()) / "tinhuyen-quality"
"""Where readings of libraries are kept: they are the same until the library is another."""


def remembering(reader: Reader, name: str, folder: Path = KEPT) -> Reader:
    """Return a reader that keeps its readings in *folder*, by its *name* and the page."""
    read_now = guarded(reader)

    def read(sample: Sample) -> Reading:
        key = hashlib.sha256(b"\0".join([name.encode(), sample.url.encode(), sample.body]))
        file = folder / f"{key.hexdigest()}.json"
        try:
            said = json.loads(file.read_text("utf-8"))
            return Reading(**said | {"neighbours": tuple(said["neighbours"])})
        except (OSError, ValueError, TypeError, KeyError):
            pass  # not read yet, or by another version of this bench
        reading = read_now(sample)
        folder.mkdir(parents=True, exist_ok=True)
        written = file.with_suffix(f".{os.getpid()}")
        written.write_text(json.dumps(asdict(reading)), "utf-8")
        written.replace(file)
        return reading

    return read
