"""Absence: what a host shows, with status 200, at an address where it has nothing.

Foremost on such a page, in its title or a heading, stands that there is no such page, and hardly
anything else: a title that only speaks of one is news.
"""

import re
import unicodedata

from crawler.page import Page
from crawler.readers.page.document import Document, line_of
from crawler.vocabulary import Confidence

_THING = r"(?:trang|bài(?: viết)?|nội dung|đường dẫn|liên kết|địa chỉ|tin(?: tức)?|url|tài nguyên)"
_WANTED = (
    r"(?: này| web| mà| bạn| quý vị| yêu cầu| cần tìm| đang tìm| tìm kiếm| tìm| muốn xem| truy cập"
    r"| kiếm| xem)*"
)
_SAYS = re.compile(
    r"(?:(?:lỗi|error|http|oops)[ !:-]*)*404"
    r"(?:[ :!.-]*(?:lỗi|error|(?:page |file )?not found|không tìm thấy(?: trang)?))?"
    rf"|(?:(?:xin lỗi|rất tiếc)[,.!]? )?(?:chúng tôi )?không (?:thể )?tìm (?:thấy|được)"
    rf" {_THING}{_WANTED}"
    rf"|{_THING}{_WANTED} (?:hiện )?(?:không (?:còn )?(?:tồn tại|được tìm thấy|tìm thấy)"
    r"|đã bị (?:xóa|xoá|gỡ)(?: bỏ)?)"
    r"|(?:sorry, |oops!? )?(?:the |this |that )?(?:requested )?"
    r"(?:page|file|resource|url|article|content)(?: you(?:['’]re| are)? (?:requested|looking for))?"
    r" (?:was not|is not|could not|cannot|can not|can['’]t|could ?n['’]t|does not|does ?n['’]t)"
    r"(?: be)? (?:found|exist)"
    r"|(?:oops!? )?(?:page |file )?not found|nothing here"
)
_PARTS = re.compile(r"\s+[|–—•·:»›/\\-]+\s+|\s*[|»›]\s*|:\s+")
_MOST_TEXT = 1_200
"""Characters of a text beside which no such word stands foremost."""
_MOST_HEADINGS, _LONGEST_SHOWN, _LONGEST = 12, 500, 120


def absence(document: Document, page: Page) -> str | None:
    """Return by which words a page says that there is no such page, None if it does not."""
    article = page.article
    if page.prev_url or page.next_url or len(article.body if article else "") > _MOST_TEXT:
        return None
    if article and article.published_at and article.published_confidence == Confidence.HIGH:
        return None
    shown = document.tree.css("title, h1, h2, h3")[:_MOST_HEADINGS]
    for line in (line_of(node)[:_LONGEST_SHOWN] for node in shown):
        words = unicodedata.normalize("NFC", line).lower()
        for part in (words, *_PARTS.split(words)):
            if len(part) <= _LONGEST and _SAYS.fullmatch(part.strip(" .!…?-–")):
                return part
    return None
