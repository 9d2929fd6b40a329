"""What a page of a list claims of the list: how many pages it has, or articles::

Trang 2/7      Tổng số: 40 bài viết      Hiển thị 11 - 20 trong tổng số 40
"""

import re

from crawler.page import Claim
from crawler.readers.page.document import Document

_MOST = 200_000
"""Characters of a page in which it is looked for."""
_NUMBER = r"(\d{1,3}(?:[.,]\d{3})+|\d{1,6})"
_ITEMS = r"(?:tin|bài|bản ghi|kết quả|mục|văn bản|items?|results?|records?|posts?|articles?)\b"
_NO_OTHER_WORD = "(?<!nghĩa )(?<!khang )(?<!thời )"
_PAGES = re.compile(
    rf"{_NO_OTHER_WORD}\b(?:trang|page)(?: số)?\s*:?\s*{_NUMBER}\s*(?:/|trên|trong|of)\s*"
    rf"(?:tổng (?:số|cộng)\s*)?{_NUMBER}(?![/\d])",
    re.IGNORECASE,
)
_RANGE = re.compile(
    rf"\b(?:hiển thị|kết quả|bản ghi|bài|showing|results?)\s*:?\s*(?:từ\s*)?{_NUMBER}"
    rf"\s*(?:-|–|đến|to)\s*{_NUMBER}\s*(?:/|trên|trong|của|of)\s*(?:tổng (?:số|cộng)\s*)?:?\s*"
    rf"{_NUMBER}(?![/\d])",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    rf"\b(?:tổng (?:số|cộng)|có tất cả|total)(?:\s+(?:có|tin|bài|bản ghi))*\s*:?\s*{_NUMBER}\s*"
    rf"{_ITEMS}",
    re.IGNORECASE,
)


def claim(document: Document) -> Claim | None:
    """Return what a page says of the list that it is a page of, None if it says nothing."""
    body = document.tree.body
    text = " ".join(body.text(separator=" ")[:_MOST].split()) if body is not None else ""
    pages = [_numbers(found) for found in _PAGES.findall(text)]
    ranges = [_numbers(found) for found in _RANGE.findall(text)]
    totals = [_numbers((found,)) for found in _TOTAL.findall(text)]
    page = next(((own, most) for own, most in pages if 0 < own <= most), None)
    shown = next(((last, most) for one, last, most in ranges if 0 < one <= last <= most), None)
    total = next((number for (number,) in totals), None)
    return Claim(page, shown, total) if page or shown or total else None


def _numbers(found: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(int(re.sub(r"[.,]", "", number)) for number in found)
