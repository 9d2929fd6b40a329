"""Articles as WordPress takes them in: "WordPress eXtended RSS" 1.2, for its importer.

The importer knows a post again by title and date, so that no two have both; it makes users of
logins in ASCII; and it takes what has no date for published today, so that such articles come as
drafts.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from archive.selection import Selected
from crawler.text.dates import VIET_NAM
from crawler.text.fold import fold
from crawler.text.shown import called, web_address
from curation.exporting.output import Exported, counted_articles
from curation.exporting.warc import SOFTWARE, Sink
from curation.progress import Tell
from pipelines.clean import sanitised

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no document of XML 1.0 may have."""
_BETWEEN = re.compile(r"[^a-z0-9]+")
_LONGEST_SLUG: Final = 60
_HEAD: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"
 xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
"""
_TAIL: Final = "</channel>\n</rss>\n"
_UNSIGNED: Final = "tin-huyen"
"""The login of the author of what names none."""


def write(selected: Selected, file: Sink, tell: Tell) -> Exported:
    """Write the articles that are selected; raises OSError."""
    exported = Exported()
    portals = [*selected.portals()]
    authors = _named(selected.values("author"), "tac-gia")
    categories = _named(selected.values("category"), "muc")
    tags = _named(selected.tags(), "the")
    file.write(_HEAD.encode())
    file.write(_channel(portals, authors, categories, tags).encode())
    taken: set[tuple[str, str]] = set()
    for article in counted_articles(selected, exported, tell):
        file.write(_item(article, authors, categories, tags, taken).encode())
        if article["published_at"] is None:
            exported.counts["drafts"] += 1
    file.write(_TAIL.encode())
    return exported


def _named(names: Iterable[str], stead: str) -> dict[str, str]:
    """Return a name in ASCII, and of its own, for each name of people."""
    slugs: dict[str, str] = {}
    taken: set[str] = {_UNSIGNED}
    for name in names:
        slug = _BETWEEN.sub("-", fold(name).lower()).strip("-")[:_LONGEST_SLUG].strip("-") or stead
        unique, number = slug, 1
        while unique in taken:
            number += 1
            unique = f"{slug[: _LONGEST_SLUG - 8]}-{number}"
        taken.add(unique)
        slugs[name] = unique
    return slugs


def _channel(
    portals: list[dict[str, Any]],
    authors: Mapping[str, str],
    categories: Mapping[str, str],
    tags: Mapping[str, str],
) -> str:
    base = next((web_address(portal["base_url"]) for portal in portals), None) or ""
    title = portals[0]["name"] if len(portals) == 1 else SOFTWARE
    lines = [
        _element("title", title),
        _element("link", base),
        _element("description", f"{SOFTWARE}: {len(portals)} cổng thông tin"),
        _element("language", "vi"),
        _element("wp:wxr_version", "1.2"),
        _element("wp:base_site_url", base),
        _element("wp:base_blog_url", base),
    ]
    for number, (name, login) in enumerate([(SOFTWARE, _UNSIGNED), *authors.items()], 1):
        lines.append(
            "<wp:author>"
            + _element("wp:author_id", str(number))
            + _element("wp:author_login", login)
            + _element("wp:author_email", "")
            + _element("wp:author_display_name", name)
            + "</wp:author>"
        )
    for number, (name, slug) in enumerate(categories.items(), 1):
        lines.append(
            "<wp:category>"
            + _element("wp:term_id", str(number))
            + _element("wp:category_nicename", slug)
            + _element("wp:category_parent", "")
            + _element("wp:cat_name", name)
            + "</wp:category>"
        )
    for number, (name, slug) in enumerate(tags.items(), len(categories) + 1):
        lines.append(
            "<wp:tag>"
            + _element("wp:term_id", str(number))
            + _element("wp:tag_slug", slug)
            + _element("wp:tag_name", name)
            + "</wp:tag>"
        )
    return "".join(f"{line}\n" for line in lines)


def _item(
    article: dict[str, Any],
    authors: Mapping[str, str],
    categories: Mapping[str, str],
    tags: Mapping[str, str],
    taken: set[tuple[str, str]],
) -> str:
    title = called(article["title"], article["lead"], article["body"]) or ""
    at = _moment(article["published_at"])
    while at and (title, f"{at:%Y%m%d%H%M%S}") in taken:
        at += timedelta(seconds=1)
    if at:
        taken.add((title, f"{at:%Y%m%d%H%M%S}"))
    known = {
        "tinhuyen_code": article["code"],
        "tinhuyen_url": article["url"],
        "tinhuyen_site": article["site"],
        "tinhuyen_published_at": article["published_at"],
        "tinhuyen_source": article["source"],
        "tinhuyen_text_sha256": article["text_sha256"],
    }
    lines = [
        _element("title", title),
        _element("link", web_address(article["url"]) or ""),
        *([_element("pubDate", f"{at.astimezone(UTC):%a, %d %b %Y %H:%M:%S} +0000")] if at else []),
        _element("dc:creator", authors.get(article["author"], _UNSIGNED)),
        _element("guid", article["url"], ' isPermaLink="false"'),
        _element("description", ""),
        _element("content:encoded", _content(article)),
        _element("excerpt:encoded", article["lead"] or ""),
        _element("wp:post_id", str(article["id"])),
        _element("wp:post_date", _stored(at and at.astimezone(VIET_NAM))),
        _element("wp:post_date_gmt", _stored(at and at.astimezone(UTC))),
        _element("wp:comment_status", "closed"),
        _element("wp:ping_status", "closed"),
        _element("wp:post_name", article["code"]),
        _element("wp:status", "publish" if at else "draft"),
        _element("wp:post_parent", "0"),
        _element("wp:menu_order", "0"),
        _element("wp:post_type", "post"),
        _element("wp:post_password", ""),
        _element("wp:is_sticky", "0"),
    ]
    if article["category"]:
        lines.append(_term("category", categories[article["category"]], article["category"]))
    lines += [_term("post_tag", tags[name], name) for name in article["tags"]]
    lines += [
        "<wp:postmeta>"
        + _element("wp:meta_key", key)
        + _element("wp:meta_value", value)
        + "</wp:postmeta>"
        for key, value in known.items()
        if value
    ]
    return "".join(f"{line}\n" for line in ("<item>", *lines, "</item>"))


def _content(article: dict[str, Any]) -> str:
    """Return the text with its pictures, as HTML that is safe whatever the archive's file holds."""
    if article["body_html"]:
        return sanitised(article["body_html"])
    paragraphs = (article["body"] or "").split("\n\n")
    return "\n".join(f"<p>{escape(text)}</p>" for text in paragraphs if text.strip())


def _moment(published: str | None) -> datetime | None:
    """Return when an article was published; of a day without an hour its beginning."""
    if not published:
        return None
    at = datetime.fromisoformat(published)
    return at if at.tzinfo else at.replace(tzinfo=VIET_NAM)


def _stored(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else "0000-00-00 00:00:00"


def _element(name: str, text: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{escape(_NOT_XML.sub('�', text))}</{name}>"


def _term(domain: str, slug: str, name: str) -> str:
    return _element("category", name, f' domain="{domain}" nicename={quoteattr(slug)}')
