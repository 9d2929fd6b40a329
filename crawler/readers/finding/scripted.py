"""What a page of a list says of further pages to which nothing leads that could be asked for::

    <a href="javascript:__doPostBack('ctl00$tin','Page$2')">2</a>
    <a href="#" onclick="phanTrang(2)">2</a> <span data-trang="3">3</span>
    <button type="button" data-url="/api/tin?page=2">Xem thêm</button>
    <form method="post"><input type="hidden" name="trang" value="2"><input value="Trang sau" ...
    Trang 3/5

Such a list may go on, and is not known to be whole.
"""

import re

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

_WORDS = re.compile(
    r"trang (?:sau|tiếp|kế)(?: theo| tiếp)?|next page|older (?:posts|entries|articles)"
    r"|(?:(?:các )?(?:tin|bài)(?: viết| đăng)? )?cũ hơn",
    re.IGNORECASE,
)
"""What a pager says; "next" alone stands on the arrow of many a moving picture."""
_MORE = re.compile(
    r"(?:xem|tải|hiển thị|hiện) thêm(?: (?:các )?(?:tin|bài|mục|kết quả|nội dung)(?: \w+){0,2})?"
    r"|(?:load|show|view) more(?: \w+){0,2}",
    re.IGNORECASE,
)
"""What the button below a list says; the same below a text or a menu unfolds it."""
_OF_A_PAGER = re.compile(r"'Page\$(?:Next|Last|[0-9]+)'|[?&]Paged=TRUE", re.IGNORECASE)
"""The scripts of ASP.NET's and SharePoint's own lists."""
_PAGING = re.compile(r"pag(?:e|in)|trang", re.IGNORECASE)
_ENDLESS = re.compile(r"infinite(?:[-_]?scroll)?|(?:js[-_])?load[-_]?more", re.IGNORECASE)
"""Names of what loads the rest of a list as one scrolls on."""
_ABOUT_PAGES = re.compile(r"data-(?:p|page|trang|next|url|href|offset)(?:$|[-_])", re.IGNORECASE)
_RUNS = (
    'a, button, input[type="submit" i], input[type="button" i], [onclick], '
    "[data-page], [data-trang], [data-p]"
)
_FURNITURE = 'nav, header, footer, aside, [class*="menu" i], [class*="slide" i], [class*="nav" i]'
_NEAR = 3
_OF_ALL = r"\s*(?:/|of|trên|của|trong)(?: tổng)?(?: số)?\s*"
_POSITION = re.compile(
    rf"\b(?:trang(?: số)?|page)[:\s]*(\d{{1,5}}){_OF_ALL}(\d{{1,5}})(?![\d/])"
    r"|\b(?:hiển thị|showing|từ|bài)(?: từ)?\s*\d{1,6}\s*(?:[-–]|đến|tới|to)\s*(\d{1,6})"
    rf"{_OF_ALL}(\d{{1,6}})(?![\d/])",
    re.IGNORECASE,
)
"""Where in a list a page says that it is: "Trang 3/5", "Hiển thị 21 - 30 trong tổng số 48"."""


def is_scripted(document: Document) -> bool:
    """Whether a page shows a pager, or a button for more, that leads nowhere but by scripts or by
    what a form sends.
    """
    rows: dict[int, tuple[LexborNode, set[int]]] = {}
    for node in document.css(_RUNS)[:MOST_LINKS]:
        if (script := _script(node)) is None:
            continue
        label = _label(node)
        if _OF_A_PAGER.search(script) or _WORDS.fullmatch(label):
            return True
        if _MORE.fullmatch(label) and _is_below_list(node, document):
            return True
        match = NUMBER.fullmatch(label)
        row = row_of(node) if match else None
        if match and row is not None and _is_about_pages(node, script, row):
            rows.setdefault(row.mem_id, (row, set()))[1].add(int(match[1]))
    leads_on = any(
        {2, 3} <= numbers or (2 in numbers and own_mark(row) == 1)
        for row, numbers in rows.values()
        if not is_calendar(row)
    )
    return leads_on or any(
        _ENDLESS.fullmatch(name)
        for node in document.css('[class*="infinite" i], [class*="load" i][class*="more" i]')
        for name in (node.attributes.get("class") or "").split()
    )


def is_unfinished(document: Document) -> bool:
    """Whether a page of a list says that there is more behind it."""
    body = document.tree.body
    said = " ".join(body.text(separator=" ").split()) if body is not None else ""
    return any(
        int(page or to) < int(pages or total) for page, pages, to, total in _POSITION.findall(said)
    )


def _script(node: LexborNode) -> str | None:
    """Return what an element runs, or tells its scripts of pages, that leads nowhere by itself;
    None if it leads somewhere, or runs nothing.
    """
    attributes = node.attributes
    href, onclick = ((attributes.get(name) or "").strip() for name in ("href", "onclick"))
    told = " ".join(f"{name}={value}" for name, value in attributes.items()
                    if _ABOUT_PAGES.match(name))  # fmt: skip
    if node.tag != "a":
        return f"{onclick} {told}"
    if href.lower().startswith("javascript:"):
        return f"{href} {onclick} {told}"
    runs = (onclick or told) and (not href or href.startswith("#"))
    return f"{onclick} {told}" if runs else None


def _label(node: LexborNode) -> str:
    shown = node.attributes.get("value") or "" if node.tag == "input" else node.text()
    return " ".join(shown[: 4 * LONGEST_LABEL].split()).strip(EDGES)


def _is_about_pages(node: LexborNode, script: str, row: LexborNode) -> bool:
    """Whether a number stands for a page: what it runs, or the row that it is of, speaks of pages;
    and nothing else sends a form with a number on it.
    """
    names = f"{row.attributes.get('class') or ''} {row.attributes.get('id') or ''}"
    return node.tag == "input" or _PAGING.search(f"{script} {names}") is not None


def _is_below_list(node: LexborNode, document: Document) -> bool:
    """Whether an element stands below links of the page, and in none of its frames."""
    frames = {frame.mem_id for frame in document.css(_FURNITURE)}
    element: LexborNode | None = node
    is_below, height = False, 0
    while element is not None and element.tag not in ("body", "html"):
        if element.mem_id in frames:
            return False
        before = element.prev
        while height < _NEAR and before is not None and not is_below:
            is_below = before.is_element_node and len(before.css("a[href]")) > 1
            before = before.prev
        element, height = element.parent, height + 1
    return is_below
