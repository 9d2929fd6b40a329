"""The next page of a list, whatever its address looks like::

    <div class="pages">Trang: <b>1</b> <a href="?p=10">2</a> <a href="?p=20">3</a>
      <a href="?p=10">Trang sau</a> <a href="?p=90">Cuối</a></div>

What the page says to programs comes first (``rel="next"``), then what it says to people in words,
then the numbers: the one after that of the page at hand, which is marked, no link, or leads here.
"""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from crawler.readers.page.document import Document, text_of
from crawler.readers.page.evidence import Read
from crawler.text.addresses import absolute, on_same_host, urlkey
from crawler.text.paging import page_number

MOST_LINKS = 4000
LONGEST_LABEL = 40
EDGES = " \t\r\n\xa0[](){}|.:;,-–—_«»‹›<>→⇒…"
_WORDS = re.compile(
    r"(?:(?:sang |đến |xem )?trang )?(?:sau|tiếp(?: theo)?|kế(?: tiếp)?)"
    r"|trang (?:sau|tiếp|kế)(?: theo| tiếp)?|next(?: page)?|older(?: posts| entries| articles)?"
    r"|(?:(?:các )?(?:tin|bài)(?: viết| đăng)?,? )?(?:cũ hơn|trước đó)",
    re.IGNORECASE,
)
_SIGNS = (">", "›", "→", "⇒", "»", ">>")
"""What stands for "on"; the last two may stand for "to the end", and count where nothing else does.
"""
NUMBER = re.compile(r"(?:(?:trang|page)\s*)?(\d{1,4})", re.IGNORECASE)
_MARKS = frozenset(["current", "active", "selected", "on", "now", "disabled", "pageactive"])
_CALENDAR = re.compile(r"calend|(?:^|[\W_])lich(?:$|[\W_])|datepick", re.IGNORECASE)
_HIGHEST = 4
_MOST_NODES = 400
_MOST_BOXES = 50
_ADDRESS = re.compile(r"(?:https?:/)?/|\?|[\w-]+\.(?:html?|aspx?|php|jsp)\b", re.IGNORECASE)
"""How the value of an option begins that is an address."""
_LEADS = re.compile(r"location(?:\.href)?\s*=\s*['\"]([^'\"]*)['\"]\s*\+\s*this\.")
"""A script that leads to an address that ends in what is chosen."""
_REL_NEXT = 'link[rel~="next" i][href], a[rel~="next" i][href]'


def next_page(document: Document) -> Read[str] | None:
    """Return the address of the next page of the list that a page is, if it names one."""
    for node in document.css(_REL_NEXT)[:10]:
        if url := _address(node, document):
            return Read(url, 'rel="next"')
    links = list(_links(document))
    for node, label, url in links:
        if _WORDS.fullmatch(label.strip(EDGES)) or _WORDS.fullmatch(_told(node)):
            return Read(url, "a link that says so")
    if (numbered := _by_number(document, links)) is not None:
        return numbered
    for sign in _SIGNS:
        for _, label, url in links:
            if label.strip() == sign:
                return Read(url, f"a link that says {sign}")
    return None


def numbered_pages(document: Document) -> dict[int, str]:
    """Return the further pages of a list that its pager names, by their numbers."""
    own, numbers = _pager(document, list(_links(document))) or (0, {})
    return {number: url for number, url in numbers.items() if number > own}


def _links(document: Document) -> Iterator[tuple[LexborNode, str, str]]:
    """Yield the links with short labels that lead to another page of the host."""
    for node in document.css("a[href]")[:MOST_LINKS]:
        label = node.text() if node.first_child is not None else ""
        told = _told(node)
        if len(label) > 4 * LONGEST_LABEL or not (label.strip() or told):
            continue
        label = " ".join(label.split())
        if len(label) <= LONGEST_LABEL and (url := _address(node, document)):
            yield node, label, url


def _told(node: LexborNode) -> str:
    attributes = node.attributes
    told = attributes.get("aria-label") or attributes.get("title") or ""
    return " ".join(told[: 2 * LONGEST_LABEL].split()).strip(EDGES)


def _address(node: LexborNode, document: Document) -> str | None:
    href = (node.attributes.get("href") or "").strip()
    url = absolute(href, document.base) if href and not href.startswith("#") else None
    if url is None or urlkey(url) == urlkey(document.url):
        return None
    return url if on_same_host(url, document.url) else None


def _by_number(document: Document, links: list[tuple[LexborNode, str, str]]) -> Read[str] | None:
    """Return the page of the next number."""
    if (found := _pager(document, links)) is None:
        return None
    own, numbers = found
    return Read(numbers[own + 1], f"the number after {own}")


def _pager(
    document: Document, links: list[tuple[LexborNode, str, str]]
) -> tuple[int, dict[int, str]] | None:
    """Return the number of the page at hand, and the pages that the numbers beside it lead to, of
    the first row of numbers that is a pager: the next one is among them.
    """
    rows: dict[int, tuple[LexborNode, dict[int, str]]] = {}
    for node, label, url in links:
        match = NUMBER.fullmatch(label.strip(EDGES))
        if match and (row := row_of(node)) is not None and not is_calendar(row):
            rows.setdefault(row.mem_id, (row, {}))[1].setdefault(int(match[1]), url)
    for row, numbers in rows.values():
        own = _own_number(row, document, numbers)
        if own + 1 in numbers:
            return own, numbers
    return _of_options(document)


def _of_options(document: Document) -> tuple[int, dict[int, str]] | None:
    """Return the same of a box to choose from::

    <select …><option value="/tin?trang=2">2</option></select>
    <select onchange="location.href='/tin?trang='+this.value"><option>2</option></select>
    """
    for select in document.css("select")[:_MOST_BOXES]:
        numbers: dict[int, str] = {}
        own = 1
        for option in select.css("option")[:MOST_LINKS]:
            match = NUMBER.fullmatch(" ".join(option.text()[:LONGEST_LABEL].split()))
            url = chosen(option, document) or _led_to(select, option, document)
            if match is None or url is None:
                continue
            if "selected" in option.attributes or urlkey(url) == urlkey(document.url):
                own = int(match[1])
            numbers.setdefault(int(match[1]), url)
        if own + 1 in numbers and not is_calendar(select):
            return own, numbers
    return None


def chosen(option: LexborNode, document: Document) -> str | None:
    """Return where an option of a box leads, None if its value is no address of the host."""
    value = (option.attributes.get("value") or "").strip()
    if not _ADDRESS.match(value):
        return None
    url = absolute(value, document.base)
    return url if url and on_same_host(url, document.url) else None


def _led_to(select: LexborNode, option: LexborNode, document: Document) -> str | None:
    """Return where a box leads that puts what is chosen behind an address."""
    leads = _LEADS.search(select.attributes.get("onchange") or "")
    value = option.attributes.get("value") or text_of(option)
    url = absolute(leads[1] + value.strip(), document.base) if leads else None
    is_of_list = url is not None and urlsplit(url)[:3] == urlsplit(document.url)[:3]
    return url if is_of_list else None


def row_of(node: LexborNode, beside: str = "a[href]") -> LexborNode | None:
    """Return the element that holds a number and those beside it, which a selector finds."""
    row = node.parent
    for _ in range(_HIGHEST):
        if row is None or row.tag in ("body", "html"):
            return row
        if len(row.css(beside)) > 1 or own_mark(row) is not None:
            return row.parent if row.tag in ("li", "td", "tr") else row
        row = row.parent
    return row


def is_calendar(row: LexborNode) -> bool:
    """Whether numbers are the days of a month."""
    element: LexborNode | None = row
    for _ in range(_HIGHEST):
        if element is None:
            return False
        attributes = element.attributes
        names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
        if _CALENDAR.search(names[:500]):
            return True
        element = element.parent
    return False


def _own_number(row: LexborNode, document: Document, numbers: dict[int, str]) -> int:
    """Return which page of its list the page at hand is."""
    marked = own_mark(row)
    if marked is not None:
        return marked
    for number, url in sorted(numbers.items()):
        if own := page_number(url, number, document.url):
            return own
    for link in row.css("a[href]")[:100]:
        match = NUMBER.fullmatch(text_of(link).strip(EDGES))
        target = absolute(link.attributes.get("href") or "", document.base)
        if match and target and urlkey(target) == urlkey(document.url):
            return int(match[1])
    return min(numbers) - 1 if min(numbers) > 1 else 1


def own_mark(row: LexborNode) -> int | None:
    """Return the number in a row that is marked as the one at hand, or is no link."""
    plain: int | None = None
    for node in islice(row.traverse(include_text=True), _MOST_NODES):
        if node.is_element_node and node.tag != "a":
            classes = set((node.attributes.get("class") or "").lower().split())
            match = NUMBER.fullmatch(text_of(node).strip(EDGES)) if classes & _MARKS else None
            if match:
                return int(match[1])
        if node.tag == "a":
            classes = set((node.attributes.get("class") or "").lower().split())
            match = NUMBER.fullmatch(text_of(node).strip(EDGES)) if classes & _MARKS else None
            if match and (classes & _MARKS) != {"on"}:
                return int(match[1])
        elif node.is_text_node and plain is None and not _is_in_link(node, row):
            match = NUMBER.fullmatch((node.text_content or "").strip(EDGES))
            plain = int(match[1]) if match else None
    return plain


def _is_in_link(node: LexborNode, row: LexborNode) -> bool:
    element = node.parent
    while element is not None and element.mem_id != row.mem_id:
        if element.tag == "a" and element.attributes.get("href") is not None:
            return True
        element = element.parent
    return element is not None and element.tag == "a"
