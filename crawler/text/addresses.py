"""Addresses: which variants are one and the same page, and which belong to a portal."""

import re
import unicodedata
from collections.abc import Collection
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

from crawler.text.patterns import lazily

_TRACKING = lazily(
    r"utm_\w+|fbclid|gclid|yclid|msclkid|dclid|zarsrc|mc_[ce]id|_ga|igshid|share|replytocom|amp"
    r"|showComment"  # Blogger: the page of an article, at one comment
    # Liferay: how a page is laid out, and where one came from. It prints a new address each time.
    r"|p_p_(?:auth|state|mode|lifecycle|col_id|col_pos|col_count)|p_auth|_\w+_redirect"
)
_SESSION_IN_PATH = lazily(
    r";(?:jsessionid|phpsessid|sessionid|sid|cfid|cftoken)(?:=[^/;]*)?", re.IGNORECASE
)
_SESSION = lazily(
    r";?(?:jsessionid|phpsessid|aspsessionid\w*|oscsid|zenid|xtcsid|cftoken)", re.IGNORECASE
)
_SESSION_BY_VALUE = lazily(r"s|sid|cfid|sess|sessid|sess_?id|session|session_?id", re.IGNORECASE)
"""Names that a section or a search may have, too: what they say must look like chance."""
_RANDOM = lazily(r"(?=\D*\d)(?:[0-9a-f-]{16,}|[0-9a-z]{20,})", re.IGNORECASE)
_SESSION_OF_ASP = lazily(r"/\((?:[A-Z]\([^()/]*\))+\)(?=/|$)")
"""ASP.NET's, without which such a server only leads to another one: it is asked with it."""
_DOTS = lazily(r"(?:^|/)(?:\.|%2e){1,2}(?=/|$)", re.IGNORECASE)
_UP = lazily(r"(?:\.|%2e){2}", re.IGNORECASE)
_HERE = lazily(r"\.|%2e", re.IGNORECASE)
_LONGEST = 8_000
"""Characters of an address; no server takes more."""
_HOST = lazily(r"[a-z0-9_.-]+|[0-9a-f:.]+")
_ABSOLUTE = lazily(
    r"https?://[a-z0-9.-]+(?::[1-5][0-9]{4})?(?:/(?!\.\.?(?:/|\Z))[A-Za-z0-9._~-]*)+"
)
"""Most addresses on a portal: there is nothing in them that would have to be changed."""
_ROOTED = lazily(r"/|(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+/?")
"""Most links of a portal to itself, likewise; no part of such a path begins with a dot."""
_ODD = lazily(r"[;(%]|/\.")
"""What a path has that names a session, climbs, or has a slash that parts nothing."""
_SLASH = lazily(r"%2F", re.IGNORECASE)
_SITE = lazily(r"https?://[a-z0-9.-]+(?::[1-5][0-9]{4})?(?=/)")
DEFAULT_PORTS = {"http": 80, "https": 443}


def absolute(href: str, base: str) -> str | None:
    """Return the http(s) address that *href* on the page *base* leads to, or None if it has none.

    Fragment, tracking parameters and what names a session are dropped, dot segments resolved, the
    host is lower-cased, and what a browser would percent-encode is encoded; the rest is left as it
    is, since the server may care.
    """
    if len(href) > _LONGEST:
        return None
    if _ABSOLUTE.fullmatch(href):
        return href
    if _ROOTED.fullmatch(href) and (site := _SITE.match(base)):
        return site[0] + href
    if not href and _ABSOLUTE.fullmatch(base):
        return base
    return _resolved(href, base)


@lru_cache(maxsize=1024)  # a page's links are asked for again by each who looks at them
def _resolved(href: str, base: str) -> str | None:
    """Return the address that any *href* leads to, however it is written."""
    before_query, *query = re.split(r"(?=[?#])", href.strip(), maxsplit=1)
    href = before_query.replace("\\", "/") + "".join(query)  # as browsers do
    try:
        if not href.isprintable():  # what is dropped from it may leave what `urljoin` drops
            href = safe_url_string(href)
        parts = urlsplit(safe_url_string(urljoin(base, href)))
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme not in DEFAULT_PORTS or not _HOST.fullmatch(host):
        return None
    host = f"[{host}]" if ":" in host else host
    netloc = host if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    path = _SESSION_IN_PATH.sub("", _without_dots(parts.path)) or "/"
    return urlunsplit((parts.scheme, netloc, path, _untracked(parts.query), ""))


def _without_dots(path: str) -> str:
    """Return a path without the segments "." and "..", in whatever form, as browsers ask for it."""
    if not _DOTS.search(path):
        return path
    kept: list[str] = []
    *segments, last = path.split("/")
    for segment in segments:
        if _UP.fullmatch(segment):
            del kept[max(1, len(kept) - 1) :]
        elif not _HERE.fullmatch(segment):
            kept.append(segment)
    if _UP.fullmatch(last):
        del kept[max(1, len(kept) - 1) :]
        last = ""
    elif _HERE.fullmatch(last):
        last = ""
    return "/".join([*kept, last])


def _untracked(query: str) -> str:
    kept = [p for p in query.split("&") if p and not _is_of_visit(*p.partition("=")[::2])]
    return "&".join(kept)


def _is_of_visit(name: str, value: str) -> bool:
    """Whether a parameter says who asks, or where they come from, and not what is asked for."""
    if _TRACKING.fullmatch(name) or _SESSION.fullmatch(name):
        return True
    return _SESSION_BY_VALUE.fullmatch(name) is not None and _RANDOM.fullmatch(value) is not None


@lru_cache(maxsize=4096)  # each address is compared some ten times, then never again
def urlkey(url: str) -> str:
    """Return what identifies *url*: the same for http and https, with or without "www." and a
    trailing slash, in any order of the parameters, and in whatever session.

    The host's labels are reversed, as in the keys of CDX indexes (SURT), so that one portal's
    addresses sort together: ``vn,gov,backan,chodon)/tin-tuc?page=2``.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    labels = host if ":" in host else ",".join(reversed(host.split(".")))
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    # Bytes that are no UTF-8 stay apart from each other: those of old charsets name pages, too.
    path = parts.path
    if _ODD.search(path):
        path = _SESSION_OF_ASP.sub("", _SESSION_IN_PATH.sub("", _without_dots(path)))
        path = _SLASH.sub("%252F", path)  # it parts nothing: /a%2Fb is another page than /a/b
    path = unicodedata.normalize("NFC", unquote(path, errors="backslashreplace")).rstrip("/")
    query = sorted(
        parse_qsl(_untracked(parts.query), keep_blank_values=True, errors="backslashreplace")
    )
    return f"{labels}{port}){path or '/'}" + (f"?{urlencode(query)}" if query else "")


def parameters(url: str) -> dict[str, str]:
    """Return the parameters of an address that has each of them once, else none."""
    query = urlsplit(url).query
    pairs = parse_qsl(query, keep_blank_values=True, errors="backslashreplace") if query else []
    return dict(pairs) if len(dict(pairs)) == len(pairs) else {}


def without(url: str, names: Collection[str]) -> str:
    """Return an address without the parameters of these names."""
    if "?" not in url or not names:
        return url
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if _name_of(pair) not in names]
    return urlunsplit(parts._replace(query="&".join(kept)))


def _name_of(pair: str) -> str:
    return next((name for name, _ in parse_qsl(pair, keep_blank_values=True)), "")


def host_of(url: str) -> str:
    """Return the host that an address asks, and its port if it is no usual one.

    With or without "www.", by http or https, it is one: ``chodon.backan.gov.vn``.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, *DEFAULT_PORTS.values()) else f"{host}:{parts.port}"


def on_same_host(url: str, other: str) -> bool:
    """Whether two addresses name one host and port, with or without "www.", by http or https."""
    return urlkey(url).partition(")")[0] == urlkey(other).partition(")")[0]


def as_served(url: str, by: str) -> str:
    """Return *url*, if it is on the host of *by*, with the scheme and host of *by*.

    A page that was just served proves which of "http", "https", "www." its host answers to;
    following its links in that form saves a redirect each.
    """
    if not on_same_host(url, by):
        return url
    served = urlsplit(by)
    return urlunsplit((served.scheme, served.netloc, *urlsplit(url)[2:]))


def is_on_loopback(url: str) -> bool:
    """Whether an address is served by this machine, so that nobody else needs to know who asks."""
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
