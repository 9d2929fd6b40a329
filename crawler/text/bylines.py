"""Lines that say who wrote an article and where it was taken from: "Tin, ảnh: …", "Theo Báo …"."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.text.datelines import WEEKDAY
from crawler.text.dates import dates_in, flat
from crawler.text.lookalikes import as_vietnamese
from crawler.text.patterns import lazily


@dataclass(frozen=True, slots=True)
class Byline:
    """Who wrote an article, and which body or medium had it first."""

    author: str | None = None
    source: str | None = None


_KIND = r"(?:tin|bài(?: viết)?|ảnh|hình(?: ảnh)?|clip|video)"
_AUTHOR = (
    rf"(?:tin|bài(?: viết)?)(?:\s*(?:,|và|\+|-|–|/|&|\s)\s*{_KIND})*|tác giả(?: bài viết)?"
    r"|người (?:viết|đăng|gửi|đưa tin)|(?:nhóm )?thực hiện|t/h|ctv|đưa tin|biên soạn|tổng hợp"
    r"|(?:đăng|viết) bởi|text|author|written by|posted by|autor(?:in)?|auteur"
)
_SOURCE = r"(?:trích )?nguồn(?: tin| bài viết| trích dẫn)?|trích từ|source|quelle|fuente|fonte"
_LABELLED = lazily(
    rf"\(?\s*(?:(?P<author>{_AUTHOR})|(?P<source>{_SOURCE}))\s*:\s*(?P<name>\S.*)", re.IGNORECASE
)
_AFTER = lazily(r"\(?\s*theo\s*:?\s+(?P<name>[^\W\d].*)", re.IGNORECASE)
_AT_END = lazily(
    rf"(?:[.!?”…)]|\./\.)\s*(?P<line>\(?(?:(?:{_AUTHOR}|{_SOURCE})\s*:|theo\s)[^.:!?]{{2,80}}"
    r"(?:\.\w{2,4})*\)?\.?)$",
    re.IGNORECASE,
)
_NO_SOURCE = lazily(
    r"(?:nghị (?:quyết|định)|quyết định|luật|kế hoạch|điều|đề án|công văn|thông (?:báo|tư)|chỉ thị"
    r"|đồng chí|ông|bà|anh|chị|đó|chương trình|quy (?:định|hoạch)|báo cáo|số liệu|thống kê)\b",
    re.IGNORECASE,
)
_NEXT_LABEL = lazily(rf"\s*[;,.|/(–-]?\s*(?:{_KIND}|nguồn|biên tập)(?: ảnh)?\s*:", re.IGNORECASE)
_LABEL_ABOVE = lazily(
    r"(?:tác giả(?: bài viết)?|người (?:viết|đăng|gửi|đưa tin)|(?:được )?(?:đăng|viết|gửi) bởi|bởi"
    r"|post author|(?:written |posted |created |published |submitted |a post )?by|author"
    r"|(?:geschrieben |erstellt |verfasst |ein beitrag )?von|vom|autor(?:in|en)?"
    r"|(?:publié )?par|por|door|autore|auteur|автор|作者|記者|기자)(?:\s*:\s*|\s+|$)",
    re.IGNORECASE,
)
_FOLLOWING = lazily(r"\s+[|·•]\s+|\s+[–—-]\s+(?=(?:(?!\s[–—-]\s).)*[\d:])")
"""What ends a name: a dash only before what is no name, for bodies have dashes in theirs."""
_BEFORE_DATE = lazily(
    rf"\s+(?:in|unter|trong|dans|en)\s.*$|(?:[\s,]+(?:vào|lúc|ngày|on|am|le|el|at|{WEEKDAY}))+[\s,]*$",
    re.IGNORECASE,
)
_SPAN = lazily(
    r"\d\s+(?:năm|tháng|tuần|ngày|giờ|phút|years?|months?|weeks?|days?|hours?|minutes?)\b"
)
"""What an element says when rather than by whom: "đã sửa đổi 2 năm trước"."""
_LONG_NAME, _LONGEST_NAME, _MOST_WORDS = 60, 90, 16
_LONGEST_LINE, _LAST_LINES = 300, 3
_ACCOUNT = lazily(
    r"(?:admin(?:istrator)?|web ?master|super ?user|root|editor|host|quan ?tri|quản trị(?: viên)?"
    r"|bien ?tap|user|guest|default|system|unknown|anonymous)[\s_.-]*\d*",
    re.IGNORECASE,
)


def is_account(name: str) -> bool:
    """Whether a name is that of a system's account, which tells nobody who wrote: "admin"."""
    return _ACCOUNT.fullmatch(name.strip()) is not None


def read_byline(line: str) -> Byline:
    """Return what a line at the end of an article says; nothing unless it says what it names.

    "Ảnh: …" names no author, and "Theo kế hoạch, …" no source.
    """
    line = " ".join(as_vietnamese(unicodedata.normalize("NFC", line[:_LONGEST_LINE])).split())
    if found := _LABELLED.match(line):
        name = _name(_NEXT_LABEL.split(found["name"])[0])
        return Byline(name, None) if found["author"] else Byline(None, name)
    if (found := _AFTER.match(line)) and _is_source(found["name"]):
        return Byline(None, _name(found["name"]))
    return Byline()


def read_end(lines: Sequence[str]) -> Byline:
    """Return what the last lines of an article say of its author and source."""
    author = source = None
    last = [line for line in lines if line.strip()][-_LAST_LINES:]
    for line in reversed(last):
        tail = _AT_END.search(line[-_LONGEST_LINE:])
        byline = read_byline(line if tail is None else tail["line"])
        author, source = author or byline.author, source or byline.source
    return Byline(author, source)


def _is_source(raw: str) -> bool:
    """Whether what follows "Theo" is the name of a medium, not of a sentence's ground."""
    is_named = raw[0].isupper() or re.fullmatch(r"[\w-]+(?:\.[\w-]+)+\W*", raw) is not None
    is_sentence = re.search(r"[,;:]|\.\s", raw) is not None
    return is_named and not is_sentence and len(raw.split()) <= 8 and not _NO_SOURCE.match(raw)


def is_labelled(line: str) -> bool:
    """Whether a line near a title begins as one that names the author: "By …", "Tác giả: …"."""
    return _LABEL_ABOVE.match(line) is not None


def read_name(raw: str) -> str | None:
    """Return the name in an element that is known to name the author: "Tác giả: …", "By … | …".

    The texts of the elements inside are parted by newlines; what stands behind a name of some
    length on a line of its own tells about it.
    """
    pieces = [
        " ".join(piece.split())
        for piece in as_vietnamese(unicodedata.normalize("NFC", raw)).split("\n")
    ]
    name = _without_labels(" ".join(filter(None, pieces)))
    if len(name) > _LONG_NAME:
        name = next(filter(None, map(_without_labels, pieces)), "")
    return None if _SPAN.search(name) else _name(name)


def _without_labels(text: str) -> str:
    while label := _LABEL_ABOVE.match(text):
        text = text[label.end() :]
    if dates := dates_in(flat(text)):
        text = _BEFORE_DATE.sub("", text[: dates[0].start])
    return re.sub(r"\s+,", ",", _FOLLOWING.split(text, maxsplit=1)[0]).strip()


def _name(raw: str) -> str | None:
    text = raw.strip(" \t.,;:|/-–—()[]*\u00a0")
    is_name = 2 <= len(text) <= _LONGEST_NAME and len(text.split()) <= _MOST_WORDS
    is_link = text.startswith(("@", "http://", "https://")) and " " not in text
    return text if is_name and not is_link and any(map(str.isalpha, text)) else None
