"""WordPress REST: a hundred articles a request, with what the portal claims to have.

::

    GET /wp-json/wp/v2/posts?per_page=100&orderby=modified&order=desc&_fields=id,link,modified_gmt
    X-WP-Total: 2935
    X-WP-TotalPages: 30

    [{"id": 812, "link": "https://…/slug/", "modified_gmt": "2021-05-28T03:00:00"}, …]

The newest change comes first: a walk may end where nothing is new, and an article that changes
during a walk moves to the front, so that none is passed over.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from crawler.answers.objects import Objects
from crawler.bounds import DEFAULT, Bounds
from crawler.page import Article, Found, RoutePage
from crawler.readers.body.fragment import read_fragment
from crawler.readers.page.document import plain_text
from crawler.text.addresses import absolute
from crawler.text.dates import Moment, is_of_web, offset_near, parse_iso
from crawler.vocabulary.sentences import ListDamage

_LIST = "id,link,modified_gmt"
_WHOLE = f"{_LIST},modified,date,date_gmt,title,content,categories,tags,author,_links,_embedded"
_LONGEST_NUMBER = 10  # digits
_USUAL_PAGE = 10
_QUERY = {"per_page": "100", "orderby": "modified", "order": "desc"}


def start_urls(base_url: str) -> list[str]:
    """Return the list of posts, by its pretty address and by the one that always works."""
    return _start_urls(base_url, _QUERY | {"_fields": _LIST})


def rescue_urls(base_url: str) -> list[str]:
    """Return the list of posts with their whole text."""
    return _start_urls(base_url, _QUERY | {"_fields": _WHOLE, "_embed": "author,wp:term"})


def urls_below(root: str) -> list[str]:
    """Return the list of posts below the *root* of REST that a page names."""
    parts = urlsplit(root)
    query = dict(parse_qsl(parts.query))
    if "rest_route" in query:
        query["rest_route"] = "/wp/v2/posts"
        whole = urlencode(query | _QUERY | {"_fields": _LIST})
        return [urlunsplit(parts._replace(query=whole))]
    path = parts.path.rstrip("/") + "/wp/v2/posts"
    whole = urlencode(_QUERY | {"_fields": _LIST})
    return [urlunsplit(parts._replace(path=path, query=whole))]


def divided_urls(listed: str) -> str:
    """Return the list of the posts that ``<!--nextpage-->`` divides, beside the list of all.

    The search looks into the text as it is stored, where the mark stands.
    """
    parts = urlsplit(listed)
    query = dict(parse_qsl(parts.query)) | _QUERY | {"search": "nextpage", "_fields": "id,link"}
    query.pop("_embed", None)
    return urlunsplit(parts._replace(query=urlencode(query)))


def read_divided(
    body: bytes, url: str, headers: Mapping[str, str]
) -> tuple[dict[str, str], str | None]:
    """Return where REST has each post of a list whole, by the post's address; and where the list
    goes on.
    """
    whole: dict[str, str] = {}
    count = 0
    for post in Objects(body, headers.get("content-type"), DEFAULT.json_entries):
        count += 1
        link, number = _string(post.get("link")), post.get("id")
        address = absolute(link, url) if link else None
        if address and isinstance(number, int) and 0 < number < 10**_LONGEST_NUMBER:
            whole[address] = _single(url, number)
    return whole, _next_page(url, headers, count)


def _single(listed: str, number: int) -> str:
    parts = urlsplit(listed)
    query = {"_fields": "id,link,title,content"}
    if route := dict(parse_qsl(parts.query)).get("rest_route"):
        query = {"rest_route": f"{route}/{number}"} | query
        return urlunsplit(parts._replace(query=urlencode(query)))
    path = f"{parts.path.rstrip('/')}/{number}"
    return urlunsplit(parts._replace(path=path, query=urlencode(query)))


def read_single(body: bytes, url: str) -> Article | None:
    """Return the article of an answer that is one post, None if it is none or has no text."""
    try:
        post = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return _article(post, url) if isinstance(post, dict) else None


def _start_urls(base_url: str, query: dict[str, str]) -> list[str]:
    plain = {"rest_route": "/wp/v2/posts"} | query
    return [
        urljoin(base_url, f"wp-json/wp/v2/posts?{urlencode(query)}"),
        urljoin(base_url, f"?{urlencode(plain)}"),
    ]


def read(body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
    """Read a page of posts."""
    return read_within(body, url, headers, DEFAULT)


def read_within(
    body: bytes, url: str, headers: Mapping[str, str], bounds: Bounds
) -> RoutePage | None:
    """Read an answer as `read` does, as far as *bounds* allow."""
    posts = Objects(body, headers.get("content-type"), bounds.json_entries)
    if posts.start is None:
        return RoutePage(is_cut=True, damage=ListDamage.NO_POSTS) if posts.is_error else None
    found: list[Found] = []
    count = 0
    for post in posts:
        count += 1
        link = _string(post.get("link"))
        address = absolute(link, url) if link else None
        if address is None:
            continue
        modified = _string(post.get("modified_gmt"))
        modified = f"{modified}Z" if modified else None
        found.append(Found(address, modified, _article(post, address)))
    return RoutePage(
        tuple(found),
        _next_page(url, headers, count),
        total=_number(headers.get("x-wp-total")),
        is_cut=posts.is_cut,
        damage=posts.damage,
    )


def _next_page(url: str, headers: Mapping[str, str], count: int) -> str | None:
    """Return where a list goes on behind a page with so many posts, None if it ends there."""
    pages, number = _number(headers.get("x-wp-totalpages")), _page_number(url)
    # Some servers in between take the headers away: a full page has another one behind it.
    goes_on = bool(count) and (number < pages if pages is not None else count >= _per_page(url))
    return _with_page(url, number + 1) if goes_on else None


def _number(value: str | None) -> int | None:
    return int(value) if value and value.isdecimal() and len(value) < _LONGEST_NUMBER else None


def _page_number(url: str) -> int:
    return _number(dict(parse_qsl(urlsplit(url).query)).get("page")) or 1


def _per_page(url: str) -> int:
    return _number(dict(parse_qsl(urlsplit(url).query)).get("per_page")) or _USUAL_PAGE


def _with_page(url: str, number: int) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | {"page": str(number)}
    return urlunsplit(parts._replace(query=urlencode(query)))


def _article(post: dict[str, Any], url: str) -> Article | None:
    """Return the article of a post that came with its text, else None."""
    content, title = _rendered(post, "content"), _rendered(post, "title")
    if not content or title is None or post["content"].get("protected"):
        return None
    fragment = read_fragment(content, url)
    published = _local(post, "date")
    terms = list(_terms(post))
    categories = [name for taxonomy, name in terms if taxonomy == "category"]
    return Article(
        title=plain_text(title),
        blocks=fragment.blocks,
        author=_author(post),
        category=categories[-1] if categories else None,
        tags=tuple(name for taxonomy, name in terms if taxonomy == "post_tag"),
        published_at=published,
        published_raw=post["date"] if published else None,
        published_by="REST date" if published else None,
        modified_at=_local(post, "modified"),
        images=fragment.images,
        attachments=fragment.attachments,
    )


def _rendered(post: dict[str, Any], name: str) -> str | None:
    value = post.get(name)
    return _string(value.get("rendered")) if isinstance(value, dict) else None


def _string(value: object) -> str | None:
    """Return a string of JSON, which may hold halves of characters that nothing can write."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None


def _local(post: dict[str, Any], name: str) -> Moment | None:
    """Return a date with the portal's offset, which is how far it is ahead of its ``_gmt``."""
    local, gmt = _moment(post.get(name)), _moment(post.get(f"{name}_gmt"))
    if local is None or gmt is None:
        return local
    # One that no place on earth has is no offset: the date itself is what the portal shows.
    offset = offset_near(local - gmt)
    return local.replace(tzinfo=offset) if offset else local


def _moment(raw: object) -> datetime | None:
    moment = parse_iso(raw) if isinstance(raw, str) else None
    return moment if isinstance(moment, datetime) and is_of_web(moment) else None


def _terms(post: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for group in _embedded(post, "wp:term"):
        for term in group if isinstance(group, list) else []:
            if isinstance(term, dict) and (name := _string(term.get("name"))):
                yield str(term.get("taxonomy")), plain_text(name)


def _author(post: dict[str, Any]) -> str | None:
    for author in _embedded(post, "author"):
        if isinstance(author, dict) and (name := _string(author.get("name"))):
            return plain_text(name)
    return None


def _embedded(post: dict[str, Any], name: str) -> list[Any]:
    embedded = post.get("_embedded")
    values = embedded.get(name) if isinstance(embedded, dict) else None
    return values if isinstance(values, list) else []
