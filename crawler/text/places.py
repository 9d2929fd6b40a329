"""Places: where a portal lies, a whole host or what is below a path of one.

A place is written as its start page, with the last slash: ``https://babe.gov.vn/`` or
``https://www.quangninh.gov.vn/donvi/vandon/``.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote, urlsplit, urlunsplit

from crawler.text.addresses import on_same_host, urlkey


def is_below(url: str, place: str) -> bool:
    """Whether an address lies on a place.

    Upper and lower case are one in the path of the place: the servers of portals that share a host
    are mostly IIS, which sees no difference, and links to them are written either way. What leads
    out again (``/donvi/vandon/../campha/``) lies where it leads to.
    """
    directory = directory_of(place)
    if directory == "/" or not on_same_host(url, place):
        return on_same_host(url, place)
    return f"{_folded(urlsplit(url).path).rstrip('/')}/".startswith(directory)


def place_of(url: str, places: Iterable[str]) -> str | None:
    """Return the place on which an address lies, of several the innermost; None if on none."""
    around = (place for place in places if is_below(url, place))
    return max(around, key=lambda place: len(directory_of(place)), default=None)


@lru_cache(maxsize=4096)
def directory_of(place: str) -> str:
    """Return the path of a place as paths are compared: ``/donvi/vandon/``."""
    return f"{_folded(urlsplit(place).path).rstrip('/')}/"


def is_within(place: str, other: str) -> bool:
    """Whether a place is a part of another one, and not the same."""
    return is_below(place, other) and directory_of(place) != directory_of(other)


def elsewhere(url: str, place: str, other: str) -> str:
    """Return the address that one on a *place* has on the *other*, if the portal moved there.

    Where the path of the place is written with dots or empty parts, it is the address itself.
    """
    parts, here, there = urlsplit(url), urlsplit(place).path, urlsplit(other)
    rest = parts.path.split("/")[here.count("/") :]
    if _folded(parts.path.removesuffix("/".join(rest))).rstrip("/") + "/" != directory_of(place):
        return url
    path = there.path + "/".join(rest)
    return urlunsplit((there.scheme, there.netloc, path, parts.query, ""))


def spelled_as(url: str, by: str, place: str) -> str:
    """Return an address on a place whose path is spelled as in the address *by*, on it likewise.

    A page that was just served proves which spelling its host answers to.
    """
    if directory_of(place) == "/":
        return url
    depth = urlsplit(place).path.count("/")
    parts = urlsplit(url)
    own, other = parts.path.split("/"), urlsplit(by).path.split("/")[:depth]
    if own[:depth] == other or _folded("/".join(own[:depth])) != _folded("/".join(other)):
        return url
    return urlunsplit(parts._replace(path="/".join([*other, *own[depth:]])))


def key_without_case(url: str) -> str | None:
    """Return the ``urlkey`` of an address without upper case, None for one that shows no IIS.

    Only letters of ASCII are changed, as SQLite's ``lower`` does.
    """
    lower = "".join(c.lower() if c.isascii() else c for c in urlkey(url))
    return lower if IIS in lower else None


IIS = ".asp"
"""What is in the address of a page that IIS makes: ``.asp``, ``.aspx``."""


@lru_cache(maxsize=4096)
def _folded(path: str) -> str:
    """Return a path as paths are compared: decoded, without dots and upper case."""
    parts: list[str] = []
    for part in unquote(path, errors="backslashreplace").replace("\\", "/").split("/")[1:]:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return unicodedata.normalize("NFC", "/".join(["", *parts])).casefold()
