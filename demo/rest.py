"""The REST interface of WordPress, as far as it tells of posts (``/wp-json/wp/v2/``)."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from demo import district
from demo.answer import JSON, Answer
from demo.content import stored, stored_content, texturized
from demo.district import CATEGORIES, PAGES, TIMEZONE
from demo.portal import Portal, Post
from demo.theme import slug_of

ROUTE = "/wp-json/wp/v2/"
MOST_PER_PAGE = 100
Term = dict[str, Any]


class _RefusedError(Exception):
    """A request that WordPress answers with an error of this status, code and message."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def answer(portal: Portal, base: str, path: str, query: Mapping[str, str]) -> Answer:
    """Answer a request for `path` below ``/wp-json/`` with the parameters `query`."""
    try:
        return _answer(portal, base, path, query)
    except _RefusedError as error:
        return _error(error.status, error.code, error.message)


def forbidden() -> Answer:
    """Return the answer of a portal that keeps REST to those logged in."""
    return _error(
        HTTPStatus.UNAUTHORIZED, "rest_not_logged_in", "Bạn hiện chưa đăng nhập vào hệ thống."
    )


def _answer(portal: Portal, base: str, path: str, query: Mapping[str, str]) -> Answer:
    if path.rstrip("/") == "/wp-json":
        about = {"name": district.NAME, "description": district.TAGLINE, "url": base}
        return _json({**about, "timezone_string": "Asia/Ho_Chi_Minh", "namespaces": ["wp/v2"]})
    kind, _, number = path.removeprefix(ROUTE).strip("/").partition("/")
    if not path.startswith(ROUTE) or kind not in ("posts", *TERMS):
        raise _RefusedError(
            HTTPStatus.NOT_FOUND, "rest_no_route", "Không tìm thấy đường dẫn phù hợp với URL."
        )
    if kind != "posts":
        return _terms(TERMS[kind](portal, base), number, query)
    if number:
        post = portal.by_id(int(number)) if number.isdecimal() else None
        if post is None:
            raise _RefusedError(
                HTTPStatus.NOT_FOUND, "rest_post_invalid_id", "ID bài viết không đúng."
            )
        return _json(_fields(_post(portal, post, base, query), query))
    posts = _ordered(_selected(portal, query), query)
    shown, counts = _page(posts, query, base + path)
    return _json([_fields(_post(portal, post, base, query), query) for post in shown], counts)


def _selected(portal: Portal, query: Mapping[str, str]) -> list[Post]:
    """Return the posts that the parameters ask for."""
    if query.get("status", "publish") != "publish":
        raise _invalid("status")
    tests: list[Callable[[Post], bool]] = []
    if after := _moment(query, "after"):
        tests.append(lambda post: post.date > after)
    if before := _moment(query, "before"):
        tests.append(lambda post: post.date < before)
    if modified_after := _moment(query, "modified_after"):
        tests.append(lambda post: post.changed > modified_after)
    if modified_before := _moment(query, "modified_before"):
        tests.append(lambda post: post.changed < modified_before)
    if "slug" in query:
        tests.append(lambda post: post.slug in query["slug"].split(","))
    if "search" in query:
        tests.append(lambda post: query["search"].lower() in f"{post.title}\n{post.text}".lower())
    if include := _numbers(query, "include"):
        tests.append(lambda post: post.id in include)
    if exclude := _numbers(query, "exclude"):
        tests.append(lambda post: post.id not in exclude)
    if categories := _numbers(query, "categories"):
        tests.append(lambda post: _category_id(post.category) in categories)
    if tags := _numbers(query, "tags"):
        tests.append(lambda post: any(portal.tags[tag] in tags for tag in post.tags))
    return [post for post in portal.newest if all(test(post) for test in tests)]


def _ordered(posts: list[Post], query: Mapping[str, str]) -> list[Post]:
    orders: dict[str, Callable[[Post], Any]] = {
        "date": lambda post: (post.date, post.id),
        "modified": lambda post: (post.changed, post.id),
        "id": lambda post: post.id,
        "title": lambda post: post.title,
        "slug": lambda post: post.slug,
    }
    orderby, order = query.get("orderby", "date"), query.get("order", "desc")
    if orderby not in orders:
        raise _invalid("orderby")
    if order not in ("asc", "desc"):
        raise _invalid("order")
    return sorted(posts, key=orders[orderby], reverse=order == "desc")


def _page(
    found: list[Any], query: Mapping[str, str], address: str
) -> tuple[list[Any], dict[str, str]]:
    """Return the asked page of what was found, and the headers that count it."""
    size = _number(query, "per_page", 10)
    page = _number(query, "page", 1)
    if size > MOST_PER_PAGE:
        raise _invalid("per_page")
    pages = -(-len(found) // size)
    if page > max(pages, 1):
        raise _RefusedError(
            HTTPStatus.BAD_REQUEST,
            "rest_post_invalid_page_number",
            "Số trang yêu cầu lớn hơn số trang hiện có.",
        )
    links = [
        f'<{address}?{urlencode({**query, "page": number})}>; rel="{relation}"'
        for relation, number in (("prev", page - 1), ("next", page + 1))
        if 1 <= number <= pages
    ]
    counts = {"x-wp-total": str(len(found)), "x-wp-totalpages": str(pages)}
    return found[(page - 1) * size : page * size], counts | (
        {"link": ", ".join(links)} if links else {}
    )


def _post(portal: Portal, post: Post, base: str, query: Mapping[str, str]) -> dict[str, Any]:
    wanted = query.get("_fields")
    # Rendering the text costs the most: leave it out where nobody asks for it.
    rendered = (
        stored_content(post, base)
        if wanted is None or any(name.startswith("content") for name in wanted.split(","))
        else ""
    )
    author = post.author or district.EDITOR
    about: dict[str, Any] = {
        "id": post.id,
        "date": _local(post.date),
        "date_gmt": _gmt(post.date),
        "guid": {"rendered": f"{base}/?p={post.id}"},
        "modified": _local(post.changed),
        "modified_gmt": _gmt(post.changed),
        "slug": post.slug,
        "status": "publish",
        "type": "post",
        "link": base + post.path,
        "title": {"rendered": stored(post, texturized(post.title))},
        "content": {"rendered": rendered, "protected": False},
        "excerpt": {"rendered": stored(post, _excerpt(post)), "protected": False},
        "author": portal.authors[author],
        "featured_media": 0,
        "comment_status": "open",
        "ping_status": "closed",
        "sticky": False,
        "template": "",
        "format": "standard",
        "meta": [],
        "categories": [_category_id(post.category)],
        "tags": [portal.tags[tag] for tag in post.tags],
        "_links": {"self": [{"href": f"{base}{ROUTE}posts/{post.id}"}]},
    }
    if "_embed" in query:
        categories = [term for term in _categories(portal, base) if term["name"] == post.category]
        tags = [term for term in _tags(portal, base) if term["name"] in post.tags]
        users = [user for user in _users(portal, base) if user["name"] == author]
        about["_embedded"] = {"author": users, "wp:term": [categories, tags]}
    return about


def _excerpt(post: Post) -> str:
    """Return the lead; without one, the first 55 words, as WordPress makes do."""
    words = post.text.split()
    more = " [&hellip;]" if len(words) > 55 else ""
    return f"<p>{texturized(post.lead or ' '.join(words[:55]))}{'' if post.lead else more}</p>\n"


def _categories(portal: Portal, base: str) -> list[Term]:
    counts: dict[str, int] = {}
    for post in portal.posts:
        counts[post.category] = counts.get(post.category, 0) + 1
    return [
        {
            "id": _category_id(name),
            "count": counts[name],
            "name": name,
            "slug": slug,
            "taxonomy": "category",
            "link": f"{base}/category/{slug}/",
        }
        for name, slug in CATEGORIES.items()
        if name in counts
    ]


def _tags(portal: Portal, base: str) -> list[Term]:
    return [
        {
            "id": number,
            "name": name,
            "slug": slug_of(name),
            "taxonomy": "post_tag",
            "link": f"{base}/tag/{slug_of(name)}/",
        }
        for name, number in portal.tags.items()
    ]


def _users(portal: Portal, base: str) -> list[Term]:
    return [
        {
            "id": number,
            "name": name,
            "slug": slug_of(name),
            "link": f"{base}/author/{slug_of(name)}/",
        }
        for name, number in portal.authors.items()
    ]


def _pages(_: Portal, base: str) -> list[Term]:
    return [
        {
            "id": page.id,
            "slug": page.slug,
            "type": "page",
            "link": f"{base}/{page.slug}/",
            "title": {"rendered": texturized(page.title)},
            "content": {
                "rendered": "\n".join(f"<p>{texturized(text)}</p>" for text in page.paragraphs),
                "protected": False,
            },
        }
        for page in PAGES
    ]


TERMS: dict[str, Callable[[Portal, str], list[Term]]] = {
    "categories": _categories,
    "tags": _tags,
    "users": _users,
    "pages": _pages,
}


def _terms(terms: list[Term], number: str, query: Mapping[str, str]) -> Answer:
    if number:
        found = [term for term in terms if str(term["id"]) == number]
        if not found:
            raise _RefusedError(HTTPStatus.NOT_FOUND, "rest_term_invalid", "Không có mục này.")
        return _json(_fields(found[0], query))
    if include := _numbers(query, "include"):
        terms = [term for term in terms if term["id"] in include]
    shown, counts = _page(terms, query, "")
    return _json([_fields(term, query) for term in shown], counts)


def _category_id(name: str) -> int:
    return 2 + list(CATEGORIES).index(name)


def _fields(item: dict[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    """Keep the members that ``_fields`` names, such as ``id,title.rendered``."""
    wanted = query.get("_fields")
    if not wanted:
        return item
    kept: dict[str, Any] = {}
    for name in wanted.split(","):
        outer, _, inner = name.strip().partition(".")
        if outer not in item:
            continue
        if not inner:
            kept[outer] = item[outer]
        elif isinstance(item[outer], dict) and inner in item[outer]:
            kept.setdefault(outer, {})[inner] = item[outer][inner]
    return kept


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, str(default))
    if not value.isdecimal() or int(value) < 1:
        raise _invalid(name)
    return int(value)


def _numbers(query: Mapping[str, str], name: str) -> set[int]:
    values = [value for value in query.get(name, "").split(",") if value]
    if not all(value.isdecimal() for value in values):
        raise _invalid(name)
    return {int(value) for value in values}


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    """Read a date of ISO 8601, taken for the portal's own time where it has no offset."""
    value = query.get(name)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise _invalid(name) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=TIMEZONE)


def _invalid(name: str) -> _RefusedError:
    return _RefusedError(
        HTTPStatus.BAD_REQUEST, "rest_invalid_param", f"Tham số không hợp lệ: {name}"
    )


def _local(moment: datetime) -> str:
    return moment.astimezone(TIMEZONE).replace(tzinfo=None).isoformat()


def _gmt(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()


def _error(status: HTTPStatus, code: str, message: str) -> Answer:
    data = {"code": code, "message": message, "data": {"status": int(status)}}
    return Answer(json.dumps(data), JSON, status)


def _json(data: object, headers: dict[str, str] | None = None) -> Answer:
    return Answer(json.dumps(data), JSON, headers={"allow": "GET"} | (headers or {}))
