"""Whether a list goes on by scripts only, or by forms: nobody here runs or sends them.

::

    <a href="javascript:__doPostBack('ctl00$tin','Page$2')">2</a>
    <span onclick="phanTrang(2)">2</span> <span onclick="phanTrang(3)">3</span>
    <button data-url="/api/tin?page=2">Xem thêm</button>
    <form method="post"><input type="submit" name="sau" value="Trang sau"></form>
    Trang <select onchange="toi(this.value)"><option>1</option><option>2</option></select>

"Next" alone stands on the arrow of many a moving picture, and "more" at the end of many a summary:
what is repeated on a page, unfolds something, or leads to a place in it, is no pager.
"""

import re
from collections import Counter
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from crawler.readers.finding.pager import (
    EDGES,
    LONGEST_LABEL,
    MOST_LINKS,
    NUMBER,
    is_calendar,
    own_mark,
    row_of,
)
from crawler.readers.page.document import Document

_CONTROLS = (
    "a, button, input[type=submit], input[type=button], span[onclick], li[onclick], div[onclick],"
    " td[onclick]"
)
_ONWARD = re.compile(
    r"trang (?:sau|tiếp|kế)(?: theo| tiếp)?|next page|older (?:posts|entries|articles)"
    r"|(?:(?:các )?(?:tin|bài)(?: viết| đăng)? )cũ hơn",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"(?:xem|tải|hiển thị|hiện) thêm(?: (?:các )?(?:tin|bài|nội dung)(?: tức| viết| bài)?)?"
    r"|(?:load|show|view) more(?: (?:posts|news|articles))?",
    re.IGNORECASE,
)
_MOST_MORE = 2
"""How often a page shows the words of a button that has a list go on: above it, and below."""
_OF_A_LIST = re.compile(r"'Page\$(?:Next|Last|[0-9]+)'|[?&]Paged=TRUE", re.IGNORECASE)
"""The scripts of ASP.NET's and SharePoint's own lists."""
_PAGING = re.compile(r"pag(?:e|ing|in)|trang", re.IGNORECASE)
_NO_PAGES = re.compile(
    r"danh-?gia|rating|rate|vote|star|survey|binh-?chon|slick|swiper|owl|carousel|slide|banner",
    re.IGNORECASE,
)
"""What has numbers, too: marks that readers give, and moving pictures."""
_UNFOLDING = ("data-toggle", "data-bs-toggle", "aria-controls", "aria-expanded", "data-target")
_ADDED_TO = ", ".join(
    f'[{name}*="{part}" i]:not(a)'
    for name in ("class", "id")
    for part in ("infinite-scroll", "infinitescroll", "load-more", "loadmore", "load_more")
)
"""What says that scripts add more of the list where it stands."""
_MENUS = frozenset(["nav", "header", "footer"])
_MENU = re.compile(r"menu|nav(?:bar|igation)?\b", re.IGNORECASE)
_NEAR = 6
"""How many elements around a button tell whether it is one of a menu."""
_NEXT = ("data-next", "data-next-url", "data-next-page")
_MOST_OPTIONS = 2000


def is_scripted(document: Document) -> bool:
    """Whether a page shows a pager that leads nowhere but by its scripts, or by a form."""
    rows: dict[int, tuple[LexborNode, set[int]]] = {}
    more: Counter[str] = Counter()
    for node in document.css(_CONTROLS)[:MOST_LINKS]:
        if (script := _script(node)) is None or _is_disabled(node):
            continue
        label = _label(node)
        if _OF_A_LIST.search(script) or (script and _ONWARD.fullmatch(label)):
            return True
        if _MORE.fullmatch(label) and not (_unfolds(node) or _is_of_menu(node)):
            more[label.lower()] += 1
        match = NUMBER.fullmatch(label)
        if match and (row := row_of(node, _CONTROLS)) is not None and _is_of_pages(script, row):
            rows.setdefault(row.mem_id, (row, set()))[1].add(int(match[1]))
    return (
        any(0 < count <= _MOST_MORE for count in more.values())
        or any(_counts(row, numbers) for row, numbers in rows.values())
        or any(map(_chooses_page, document.css("select")[:50]))
        or document.css_first(_ADDED_TO) is not None
        or any(map(_names_next, document.css(", ".join(f"[{name}]" for name in _NEXT))))
    )


def _script(node: LexborNode) -> str | None:
    """Return what an element runs or sends that leads nowhere by itself, None if it leads somewhere
    or does nothing.
    """
    attributes = node.attributes
    href = (attributes.get("href") or "").strip()
    told = [attributes.get("onclick") or "", *_data(node)]
    script = " ".join(told).strip()
    if node.tag == "a":
        if href.lower().startswith("javascript:"):
            return f"{href} {script}"
        leads = bool(href.lstrip("#")) and not (href.startswith("#") and attributes.get("onclick"))
        return None if leads or not (href or script) else script
    if node.tag in ("button", "input"):
        return f"{script} {attributes.get('name') or ''}"
    return script


def _data(node: LexborNode) -> Iterator[str]:
    """Yield what an element says to scripts."""
    for name, value in node.attributes.items():
        if name.startswith("data-"):
            yield f"{name[5:]} {value or ''}"


def _is_disabled(node: LexborNode) -> bool:
    """Whether an element says that it does nothing here, as at the end of a list."""
    around = (node, node.parent) if node.parent is not None else (node,)
    return "disabled" in node.attributes or any(
        "disabled" in (one.attributes.get("class") or "").lower().split() for one in around
    )


def _label(node: LexborNode) -> str:
    text = node.attributes.get("value") if node.tag == "input" else node.text()
    return " ".join((text or "")[: 4 * LONGEST_LABEL].split()).strip(EDGES)


def _unfolds(node: LexborNode) -> bool:
    """Whether an element shows more of what stands on the page already."""
    attributes = node.attributes
    return any(name in attributes for name in _UNFOLDING)


def _is_of_menu(node: LexborNode) -> bool:
    """Whether an element stands in a menu, of which it shows more."""
    element: LexborNode | None = node
    for _ in range(_NEAR):
        if element is None or element.tag == "body":
            return False
        if element.tag in _MENUS or _MENU.search(_names(element)):
            return True
        element = element.parent
    return False


def _is_of_pages(script: str, row: LexborNode) -> bool:
    """Whether a number is that of a page, by what it runs and the names of what it stands in."""
    names = _names(row) + (_names(row.parent) if row.parent is not None else "")
    if _NO_PAGES.search(names):
        return False
    return _PAGING.search(f"{script} {names}") is not None or row.tag == "form"


def _names(node: LexborNode) -> str:
    attributes = node.attributes
    told = (attributes.get(name) or "" for name in ("class", "id", "name"))
    return " ".join(text[:200] for text in told)


def _counts(row: LexborNode, numbers: set[int]) -> bool:
    if is_calendar(row):
        return False
    return {2, 3} <= numbers or (2 in numbers and own_mark(row) == 1)


def _chooses_page(select: LexborNode) -> bool:
    """Whether a box lets one choose a page of the list: it has their numbers, from one on."""
    options = [" ".join(option.text().split()) for option in select.css("option")[:_MOST_OPTIONS]]
    if len(options) < 2 or options != [str(n) for n in range(1, len(options) + 1)]:
        return False
    before = select.prev
    text = (before.text_content or "") if before is not None and before.is_text_node else ""
    script = select.attributes.get("onchange") or ""
    return _PAGING.search(f"{_names(select)} {script} {text[-_MOST_OPTIONS:]}") is not None


def _names_next(node: LexborNode) -> bool:
    """Whether an element says to scripts at which address more of the list is."""
    return any(set(node.attributes.get(name) or "") & set("/?") for name in _NEXT)
