"""What an address tells of where a link leads: on to an article, or to something else."""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from crawler.text.addresses import on_same_host, urlkey

_PAGE_KEY = re.compile(
    r"(?:.*_)?(?:page\w*|paged\w*|pg|pn|trang|seite|start|limitstart|offset|cur|cpage|pageindex)",
    re.IGNORECASE,
)
_PAGE_PATH = re.compile(
    r"/(?:page|trang|seite|p|comment-page)[-_/]?\d{1,4}(?:\.\w+)?/?$", re.IGNORECASE
)
_DATE_PATH = re.compile(r"/(?:19|20)\d\d(?:/(?:0?[1-9]|1[0-2])(?:/[0-3]?\d)?)?/?$")
_NUMBERED = re.compile(r"(?P<words>.*?)(?:[-_,.]?\d{1,3})?(?:\.[a-z]\w{1,4})?")
_SEVERAL_WORDS = re.compile(r"[^\W\d_][-_][^\W\d_]")
_NO_ARTICLES = frozenset(
    [
        *("tag", "tags", "category", "categories", "author", "authors", "search", "archive"),
        *("archives", "feed", "rss", "login", "wp-login.php", "wp-admin", "attachment", "gallery"),
        *("photo-gallery", "photos", "slideshow", "wp-content", "chuyen-muc", "danh-muc"),
        *("tu-khoa", "tac-gia", "tim-kiem", "thu-vien-anh", "share", "sharer", "sharer.php"),
    ]
)
_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|pdf|docx?|xlsx?|pptx?|zip|rar|mp[34]|xml|rss|js|css)$",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)  # a page's own address is compared with those of many links
def _parts(url: str) -> tuple[str, str, dict[str, str]]:
    parts = urlsplit(url)
    return parts.netloc, parts.path.rstrip("/"), dict(parse_qsl(parts.query, True))


def is_same_article(url: str, own: str) -> bool:
    """Whether *url* is the page *own* itself, one of its pages, or what stands above or below it:
    its comments, its pictures, its printed form, its section, the start page."""
    if urlkey(url) == urlkey(own):
        return True
    if not on_same_host(url, own):
        return False
    (_, path, query), (_, own_path, own_query) = _parts(url), _parts(own)
    if path == own_path:
        query, own_query = _without_page(query), _without_page(own_query)
        return query.items() <= own_query.items() or own_query.items() <= query.items()
    above = bool(path or not query) and own_path.startswith(f"{path}/")
    below = bool(own_path) and path.startswith(f"{own_path}/")
    return above or below


def _without_page(query: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in query.items() if not _is_page_number(key, value)}


def _is_page_number(key: str, value: str) -> bool:
    return value.isdecimal() and _PAGE_KEY.fullmatch(key) is not None


def page_number(url: str, number: int, own: str) -> int | None:
    """Return which page of an article *own* is, if *url* is that of its page *number*.

    ``?page=2``, ``/page/2``, ``/trang-2``, ``/2/`` and ``-2.html`` are read as numbers, and an
    address without one as page 1.
    """
    stems = {stem for stem, found in _as_page(url) if found == number}
    numbers = [found for stem, found in _as_page(own) if stem in stems and found != number]
    return max(numbers, default=None)


_Stem = tuple[str, str, tuple[tuple[str, str], ...]]
_LAST_NUMBER = re.compile(r"/(\d{1,2})$|[-_](\d{1,2})(?=(?:\.[a-z]\w{1,4})?$)", re.IGNORECASE)
_OF_COMMENTS = re.compile(r"comment|cpage", re.IGNORECASE)


def _as_page(url: str) -> list[tuple[_Stem, int]]:
    """Return how an address can be read: what it is a page of, and which."""
    host, path, query = _parts(url)
    if _OF_COMMENTS.search(path) or any(map(_OF_COMMENTS.search, query)):
        return []
    rest = tuple(query.items())
    read: list[tuple[_Stem, int]] = [((host, path, rest), 1)]
    for key, value in rest:
        if _is_page_number(key, value) and len(value) < _LONGEST_NUMBER:
            stem = (host, path, tuple(pair for pair in rest if pair[0] != key))
            read += [(stem, int(value)), (stem, int(value) + 1)]  # counted from 1, or from 0
    if match := _PAGE_PATH.search(path):
        read.append(((host, path[: match.start()], rest), int(re.findall(r"\d+", match[0])[0])))
    if match := _LAST_NUMBER.search(path):
        stem = (host, path[: match.start()] + path[match.end() :], rest)
        read.append((stem, int(match[1] or match[2])))
    return read


_LONGEST_NUMBER = 4


def may_be_its_page(url: str, own: str) -> bool:
    """Whether two addresses differ in a small number at the end only, as ``bai-viet.html`` and
    ``bai-viet-2.html``: pages of one article, or articles of one title."""
    (host, path, query), (own_host, own_path, own_query) = _parts(url), _parts(own)
    folder, _, name = path.rpartition("/")
    own_folder, _, own_name = own_path.rpartition("/")
    if (host, folder, query) != (own_host, own_folder, own_query):
        return False
    match, own_match = _NUMBERED.fullmatch(name), _NUMBERED.fullmatch(own_name)
    if match is None or own_match is None or match["words"] != own_match["words"]:
        return False
    return _SEVERAL_WORDS.search(match["words"]) is not None


def leads_elsewhere(url: str, own: str) -> bool:
    """Whether *url* is that of a listing, an archive of a month, a gallery, a file, a form to
    share the page; words that the address *own* has, too, prove nothing."""
    (_, path, query), (_, own_path, _) = _parts(url), _parts(own)
    if not path and not query:
        return True
    if _FILE.search(path) or any("://" in value for value in query.values()):
        return True
    if any(_is_page_number(key, value) for key, value in query.items()) or "cat" in query:
        return True
    if query.get("m", "").isdecimal() and len(query) == 1:  # WordPress: the archive of a month
        return True
    for archive in (_PAGE_PATH, _DATE_PATH):
        if archive.search(path) and not archive.search(own_path):
            return True
    words = _NO_ARTICLES & set(path.lower().split("/"))
    return bool(words) and not words <= set(own_path.lower().split("/"))
