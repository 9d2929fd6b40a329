"""What a list of captures says, and which of them are lists for programs themselves."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from crawler.mementos import Archived
from crawler.page import Found, RoutePage
from crawler.text.addresses import absolute, as_served, urlkey
from crawler.text.media_types import HTML
from crawler.text.patterns import lazily
from crawler.web_archives.choice import ranked

KEPT_TYPES = "text/html|application/xhtml.*|.*json.*|.*xml.*|text/plain"
"""The media types that are asked about, as a regular expression that all CDX servers read alike."""
KEPT_STATUSES = "200|30[12378]"
_MOST_OF_ONE = 12
"""Captures of one address that are kept in mind, the best of them."""
_NO_PAGE = lazily(
    r"/wp-(?:admin|content|includes|json|login)\b|/xmlrpc\.php"
    r"|/(?:feed|embed|trackback)/?(?:$|\?)|[?&](?:s|feed|rest_route)="
)
"""What WordPress serves as HTML beside its pages."""
_FOR_PROGRAMS = lazily(
    r"/wp-json/wp/v2/posts/?(?:$|\?)|[?&]rest_route=/wp/v2/posts/?(?:$|&)"
    r"|(?<!/comments)/(?:feed|rss|atom)(?:\.xml|\.aspx)?/?(?:$|\?)|[?&]feed=(?:rss2?|atom)(?:$|&)"
    r"|/[^/?]*sitemap[^/?]*\.(?:xml|txt)(?:$|\?)|/feeds/posts/default|\.rss$",
    re.IGNORECASE,
)
_MARKUP = lazily(r"json|xml|text/plain", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CapturesPage(RoutePage):
    """What one answer of a list of captures says; its ``found`` are the pages among them."""

    captures: tuple[Archived, ...] = ()


def is_for_programs(capture: Archived) -> bool:
    """Whether a capture is of REST, a feed or a sitemap, of which articles can be learnt."""
    return capture.status == 200 and _FOR_PROGRAMS.search(unquote(capture.url)) is not None


def is_page(capture: Archived) -> bool:
    """Whether a capture is of a page that may be an article, or name some."""
    is_html = capture.content_type in HTML
    return capture.status == 200 and is_html and not _NO_PAGE.search(capture.url)


def page_of(
    captures: Iterable[Archived], base_url: str, wanted: datetime, more_urls: tuple[str, ...] = ()
) -> CapturesPage:
    """Return what a list names, each page in the form in which the host of *base_url* serves, with
    the time of its best capture.
    """
    by_key: dict[str, list[Archived]] = {}
    for one in captures:
        served = replace(one, url=as_served(one.url, base_url))
        is_of_use = is_page(served) or is_for_programs(served) or served.status != 200
        if is_of_use and not (served.status != 200 and _NO_PAGE.search(served.url)):
            by_key.setdefault(urlkey(served.url), []).append(served)
    kept, found = [], []
    for some in by_key.values():
        best = _different(ranked(some, wanted))[:_MOST_OF_ONE]
        kept += best
        if is_page(best[0]):
            found.append(Found(best[0].url, captured_at=best[0].at))
    return CapturesPage(tuple(found), more_urls=more_urls, captures=tuple(kept))


def _different(captures: list[Archived]) -> list[Archived]:
    """Return captures without those whose body is that of a better one."""
    seen: set[str] = set()
    kept = []
    for one in captures:
        if one.digest is None or one.digest not in seen:
            kept.append(one)
        seen |= {one.digest} - {None}  # type: ignore[arg-type]
    return kept


def archived(row: Any, web_archive: str) -> Archived | None:
    """Return the capture that a row of a CDX server tells of, None if it is of no use.

    Raises ValueError for what is no row.
    """
    if not (isinstance(row, dict) and "timestamp" in row and row.keys() & {"original", "url"}):
        raise ValueError("no row")  # {"error": "..."} is not that there is nothing
    url = absolute(str(row.get("original") or row.get("url") or ""), "")
    at = parse_timestamp(str(row.get("timestamp")))
    kind = str(row.get("mimetype") or row.get("mime") or HTML[0]).lower()
    status = str(row.get("statuscode") or row.get("status") or 200)
    if not (url and at and re.fullmatch(KEPT_STATUSES, status)):
        return None
    if status == "200" and kind not in HTML and not _MARKUP.search(kind):
        return None
    digest = row.get("digest")
    return Archived(
        web_archive=web_archive, url=url, at=at, status=int(status), content_type=kind,
        digest=digest if isinstance(digest, str) and digest != "-" else None,
        place=_place(row), is_cut=bool(row.get("truncated")),
    )  # fmt: skip


def _place(row: dict[str, Any]) -> str | None:
    """Return where a record lies in a file, as ``name offset length``, if the row says so."""
    name, offset, length = (str(row.get(key) or "") for key in ("filename", "offset", "length"))
    whole = re.fullmatch(r"[\w./-]+\.w?arc\.gz", name) and ".." not in name
    numbers = all(re.fullmatch(r"\d{1,15}", number) for number in (offset, length))
    return f"{name} {offset} {length}" if whole and numbers else None


def parse_timestamp(text: str) -> datetime | None:
    """Return the moment of a timestamp of 14 digits, UTC; None if it is none."""
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
