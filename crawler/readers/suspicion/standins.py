"""Stand-ins: what a server or its guard sends, with status 200, in the place of a portal's page.

They are all alike in this: hardly any text, and hardly a link to the rest of the portal. Whatever
has more is a page of the portal, whatever its words; only then do the words and the markup count.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from crawler.page import Page
from crawler.readers.page.document import Document
from crawler.vocabulary import Confidence, PageKind
from crawler.vocabulary.sentences import StandIn

_MOST_BYTES = 500_000
_MOST_NODES = 3_000
_MOST_TEXT = 200_000
"""Characters, those of scripts included."""
_SPACE = re.compile(r"\s+")


@dataclass(slots=True)
class Glance:
    """A page at a glance: what it says, in small letters, white space folded."""

    title: str = ""
    headings: str = ""
    text: str = ""
    """What all can see, headings included."""
    unscripted: str = ""
    """What those see who run no scripts."""
    scripts: str = ""
    marks: str = ""
    """Identifiers, classes and addresses of the elements."""
    own_links: int = 0
    """How many links lead to the same host."""
    framed: bool = False
    """Whether there is a frame, a film or the like."""
    pictured: bool = False
    refreshed: bool = False
    """Whether the page sends the browser on."""
    unlisted: bool = False
    """Whether it asks not to be found by search."""
    is_whole: bool = True
    """Whether this is all of it, or the page holds more than a stand-in does."""

    @property
    def words(self) -> int:
        """How many words all can see."""
        return len(self.text.split())


_MARKING = ("id", "class", "src", "href", "action", "data-src")
_FRAMES = frozenset(["frame", "iframe", "object", "embed", "video", "audio"])
_UNSEEN = frozenset(["style", "template", "textarea", "select", "option", "svg"])
_KINDS = {
    "title": "title", "h1": "headings", "h2": "headings", "h3": "headings",
    "noscript": "unscripted", "script": "scripts",
}  # fmt: skip
"""As what the text counts that stands in an element."""


def glance(document: Document) -> Glance:
    """Look through a page once, as far as a stand-in may go."""
    seen = Glance()
    strings: defaultdict[str, list[str]] = defaultdict(list)
    host = urlsplit(document.url).hostname
    size = 0
    for count, (node, kind) in enumerate(_walk(document.tree.root)):
        if count > _MOST_NODES or size >= _MOST_TEXT:
            seen.is_whole = False
            break
        if node.is_text_node:
            text = (node.text_content or "")[:_MOST_TEXT]
            size += len(text)
            strings[kind].append(text)
            if kind == "headings":
                strings["text"].append(text)
        elif node.is_element_node:
            strings["marks"] += _marks(node)
            _note(node, seen, host)
    for kind, parts in strings.items():
        setattr(seen, kind, _plain(" ".join(parts)))
    return seen


def _plain(text: str) -> str:
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text).lower()).strip()


def _walk(root: LexborNode | None) -> Iterator[tuple[LexborNode, str]]:
    """Yield the nodes in the order of the page, each with the kind of text that it stands in."""
    waiting = [(root, "text")] if root is not None else []
    while waiting:
        node, kind = waiting.pop()
        if node.next is not None:
            waiting.append((node.next, kind))
        tag = node.tag or ""
        if tag not in _UNSEEN:
            yield node, kind
            if node.child is not None:
                waiting.append((node.child, _KINDS.get(tag, kind)))


def _marks(node: LexborNode) -> list[str]:
    attributes, tag = node.attributes, node.tag or ""
    marks = [value for name in _MARKING if (value := attributes.get(name))]
    return [*marks, tag] if "-" in tag else marks  # an element of the page's own: <app-root>


def _note(node: LexborNode, seen: Glance, host: str | None) -> None:
    attributes, tag = node.attributes, node.tag
    seen.framed |= tag in _FRAMES
    seen.pictured |= tag == "img"
    if tag == "a" and (href := attributes.get("href")) and not href.startswith("#"):
        seen.own_links += (_host(href) or host) == host
    elif tag == "meta":
        seen.refreshed |= (attributes.get("http-equiv") or "").lower() == "refresh"
        name, content = attributes.get("name") or "", attributes.get("content") or ""
        seen.unlisted |= name.lower() == "robots" and "noindex" in content.lower()


def _host(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        return parts.hostname if parts.scheme in ("http", "https", "") else "elsewhere"
    except ValueError:
        return "elsewhere"


def may_stand_in(document: Document, page: Page) -> bool:
    """Whether a page may be a stand-in at all: the quick test.

    It may not if it knows the portal: the neighbours of an article, the articles of a listing, or
    a menu.
    """
    if page.prev_url or page.next_url or len(page.links) > _MOST_ARTICLES:
        return False
    if len(document.tree.raw_html) > _MOST_BYTES:
        return False
    title = document.tree.css_first("title")
    if title is not None and _SERVERS.match(_plain(title.text()[:_LONGEST_TITLE])):
        return True
    return len(document.tree.css("a[href]")) <= _MOST_LINKS


def stand_in(seen: Glance, page: Page) -> tuple[PageKind, str] | None:
    """Return what stands in the place of the page that was read as *page*, and why, else None."""
    if not seen.is_whole:
        return None
    if server := _SERVERS.match(seen.title) or _SERVERS.match(seen.headings):
        return PageKind.CLOSED, StandIn.SERVER.of(words=server[0])
    if seen.own_links > _MOST_OWN_LINKS or seen.words > _MOST_WORDS:
        return None
    return _challenge(seen) or (None if _is_dated(page) else _closed(seen)) or _shell(seen, page)


_LONGEST_TITLE = 500
_MOST_ARTICLES = 4
_MOST_LINKS = 25
_MOST_WORDS = 220
_MOST_OWN_LINKS = 10


def _is_dated(page: Page) -> bool:
    """Whether it is an article of a day: a portal has news of closed sites, too."""
    article = page.article
    return bool(article and article.published_at and article.published_confidence != Confidence.LOW)


# Servers as they are installed, and what they list where there is no page

_SERVERS = re.compile(
    r"welcome to (?:nginx|openresty|centos|caddy|tengine|apache)|iis windows|iis ?\d+(?:\.\d)?$"
    r"|internet information services"
    r"|apache2? (?:\S+ )?default page|(?:apache |nginx )?http server test page"
    r"|test page for the|it works!?$|default web ?site page|domain default page"
    r"|web server's default page|default (?:parallels )?plesk|apache is functioning normally"
    r"|account suspended|index of /"
)

# Guards that want to see a browser, or a person

_WALLS = {
    "Cloudflare": r"_cf_chl_|/orchestrate/|cf-browser-verif|cf-error-details|challenge-running",
    "DDoS-Guard": r"ddos-guard",
    "Sucuri": r"sucuri_cloudproxy|sucuri-firewall|sucuri\.net",
    "Imperva Incapsula": r"_incapsula_resource",
    "Akamai": r"errors\.edgesuite\.net|bm-verify",
    "AWS WAF": r"awswafcookie|\.awswaf\.com|gokuprops",
    "DataDome": r"captcha-delivery\.com",
    "PerimeterX": r"px-captcha|_pxappid",
    "Imunify360": r"imunify360|wsidchk",
    "LiteSpeed": r"lsrecap",
    "Anubis": r"anubis_challenge|/\.within\.website/",
    "Yunsuo": r"yunsuo|security_session_verify",
    "testcookie": r"slowaes",
}
"""Marks that these leave on pages of their own, and not on those that they let through."""
_WALL = re.compile("|".join(f"({pattern})" for pattern in _WALLS.values()))
_WIDGETS = re.compile(r"g-recaptcha|recaptcha/api|h-captcha|hcaptcha\.com|cf-turnstile|turnstile/")
_ASKS = re.compile(
    r"just a moment|attention required|one moment, please|checking your browser|ddos protection by"
    r"|checking if the site connection is secure|verify(?:ing)? (?:that )?you.{0,12}"
    r"(?:human|robot|bot\b)|human verification|recaptcha verification|security check\b"
    r"|enable javascript and cookies|request is being verified|you have been blocked"
    r"|access (?:to this page has been )?denied|has been limited by the site owner"
    r"|request unsuccessful\. incapsula|requested url was rejected|web page blocked"
    r"|request rejected|are you a robot|not a bot\b"
    r"|kiểm tra trình duyệt|kiểm tra bảo mật"
    r"|xác minh.{0,30}(?:con người|người máy|người thật|robot)"
    r"|không phải (?:là )?(?:người máy|robot|bot\b)|(?:bật|kích hoạt) javascript"
    r"|truy cập (?:của bạn )?(?:đã )?bị (?:chặn|từ chối|hạn chế)|tính bảo mật kết nối"
    r"|安全检查|安全验证|人机验证|访问被拒绝|正在检查"
)
_SETS_COOKIE = re.compile(r"document\.cookie ?=")
_GOES_ON = re.compile(r"location\.(?:reload|replace|assign)|(?:location|\.href) ?= ?")
_FEW_WORDS = 30
_FEW_SENTENCES = 100
"""Words."""


def _challenge(seen: Glance) -> tuple[PageKind, str] | None:
    """Tell a challenge by at least two signs, one of which says what it is."""
    wall = _WALL.search(seen.marks) or _WALL.search(seen.scripts) or _WALL.search(seen.unscripted)
    asked = _ASKS.search(seen.title) or _ASKS.search(seen.headings)
    told = asked or _ASKS.search(seen.text) or _ASKS.search(seen.unscripted)
    sets_cookie = _SETS_COOKIE.search(seen.scripts) and _GOES_ON.search(seen.scripts)
    cookie = bool(sets_cookie and seen.words < _FEW_WORDS and not seen.own_links)
    points = 2 * bool(wall) + bool(asked) + bool(told) + 2 * cookie
    if not points:
        return None
    points += bool(_WIDGETS.search(seen.marks)) + seen.unlisted
    points += seen.refreshed or bool(_GOES_ON.search(seen.scripts))
    if points < 2:
        return None
    if wall:
        name = list(_WALLS)[(wall.lastindex or 1) - 1]
        return PageKind.CHALLENGE, StandIn.CHALLENGE.of(sign=name)
    if told:
        return PageKind.CHALLENGE, StandIn.CHALLENGE.of(sign=told[0])
    return PageKind.CHALLENGE, StandIn.CHALLENGE.of(sign=StandIn.COOKIE)


# Sites that are closed, for a while or for good

_SITE = (
    r"(?:web ?site|trang (?:web|tin|chủ|này|thông tin)|cổng (?:thông tin|ttđt|dịch vụ)|hệ thống"
    r"|site|tên miền|hosting|tài khoản|máy chủ)"
)
_STATE = (
    r"(?:đang (?:được |trong quá trình |tạm thời )?(?:bảo trì|bảo dưỡng|nâng cấp|xây dựng|sửa chữa"
    r"|tạm (?:dừng|ngừng|ngưng|đóng|khóa|khoá))"
    r"|(?:tạm(?: thời)?|chính thức|đã) (?:bị )?(?:dừng|ngừng|ngưng) (?:hoạt động|cung cấp)"
    r"|(?:đã |bị )+(?:tạm )?(?:đóng|khóa|khoá|đình chỉ)|tạm (?:khóa|khoá|đóng cửa)|đã hết hạn"
    r"|bị tạm (?:dừng|ngừng|ngưng)"
    r"|(?:đã|được) (?:được )?chuyển (?:sang|đến|về|tới|qua))"
)
_CLOSED = re.compile(
    rf"{_SITE}(?:[^.!?]|[.!?](?=\S)){{0,70}}? {_STATE}"  # in one sentence
    r"|(?:site|domain|account|hosting)(?: (?:is|has(?: been)?))?(?: \w+)?"
    r" (?:suspended|closed|offline|expired|down for"
    r"|under (?:maintenance|construction))|under construction|coming soon"
    r"|(?:unavailable|down) for (?:scheduled )?maintenance"
)
_PARKED = re.compile(
    r"sedoparking|parkingcrew|bodis\.com|parklogic|hugedomains|parking-lander|adsense/domains"
    r"|suspendedpage\.cgi|defaultwebpage\.cgi|window\.park ?=|iisstart"
)
_FOR_SALE = re.compile(
    r"(?:domain|website|domain name) (?:is|may be) for sale|buy this domain|domain is parked"
    r"|domain (?:name )?has expired|parked (?:free|domain)|tên miền (?:này )?(?:đang )?được rao bán"
)
_BROKEN = re.compile(
    r"establishing a database connection|database error|kết nối (?:tới |đến |với )?cơ sở dữ liệu"
    r"|server error in '/|bandwidth limit exceeded|resource limit is reached|runtime error"
    r"|internal server error|service unavailable|bad gateway|web server is down"
)


def _closed(seen: Glance) -> tuple[PageKind, str] | None:
    """Tell a closed site by what it says of itself, foremost or alone."""
    if parked := _PARKED.search(seen.marks) or _PARKED.search(seen.scripts):
        return PageKind.CLOSED, StandIn.PARKED.of(words=parked[0])
    if offered := _FOR_SALE.search(seen.title) or _FOR_SALE.search(seen.text):
        return PageKind.CLOSED, StandIn.PARKED.of(words=offered[0])
    if broken := _BROKEN.search(seen.title) or _BROKEN.search(seen.headings):
        return PageKind.CLOSED, StandIn.ERROR.of(words=broken[0])
    said = _CLOSED.search(seen.title) or _CLOSED.search(seen.headings)
    if said is None and seen.words <= _FEW_SENTENCES:
        said = _CLOSED.search(seen.text)
    return (PageKind.CLOSED, StandIn.CLOSED.of(words=said[0])) if said else None


# Pages without a text

_APP = re.compile(r"(?:^| )(?:root|app|app-root|__next|__next_data__|__nuxt)(?: |$)")


def _shell(seen: Glance, page: Page) -> tuple[PageKind, str] | None:
    waits = _APP.search(seen.marks)
    if page.kind not in (PageKind.OTHER, PageKind.LISTING) and not waits:
        return None
    if page.links or seen.own_links:
        return None
    if page.article and len(page.article.body.split()) > _FEW_WORDS:
        return None  # the page tells programs what its script would show
    if seen.words > (_FEW_WORDS if waits else 0) or (seen.pictured and not waits):
        return None
    if waits:
        return PageKind.OTHER, StandIn.SCRIPTED
    return PageKind.OTHER, StandIn.FRAMED if seen.framed else StandIn.SHELL
