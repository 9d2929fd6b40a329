"""What links between articles are called: "Bài trước", "Next post", "Những tin cũ hơn", "‹ Trước".

A label names an article and a direction ("Bài tiếp theo"), or only a direction ("Tiếp"), which may
as well be said of pictures, months, or pages of the same article.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from crawler.text.lookalikes import as_shown
from crawler.text.remembering import remembered

Side = Literal["prev", "next"]
"""Which neighbour: the older ("prev") or the newer ("next")."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a label says."""

    side: Side
    names_article: bool
    """Whether it says what it leads to: "Bài trước", not only "Trước"."""
    text: str
    """Its words, as they stand there."""


ARTICLE = (
    "bài(?: viết| đăng| báo)?", "tin(?: bài| tức)?", "bản tin", "chương", "tập",
    "blog(?: ?post| entry)?", "news(?: item| story| article)?", "article", "post(?:ing|agem)?",
    "entry", "story", "chapter", "episode",
    "(?:blog-?)?(?:beitrag|artikel|eintrag)", "meldung", "nachricht", "kapitel",
    "billet", "actualité", "publication", "chapitre",
    "artículo", "entrada", "noticia", "publicación", "artigo", "notícia", "publicação",
    "articolo", "notizia", "bericht", "wpis", "artykuł", "запись", "статья", "новость", "пост",
    "の?(?:記事|投稿)", "篇(?:文章)?", "글",
)  # fmt: skip
OLDER = (
    "trước(?: đó)?", "kế trước", "liền trước", "cũ hơn", "previous", "prev", "preceding", "older",
    "earlier", "vor(?:her)?ige[nrs]?", "vorherg?ehende[nrs]?", "ältere[nrs]?", "précédente?",
    "anterior", "precedente", "vorige?", "poprzedni[ae]?", "предыдущ(?:ая|ий|ее)", "上一?", "前",
    "이전",
)  # fmt: skip
NEWER = (
    "tiếp(?: theo| sau)?", "kế(?: tiếp| sau)?", "sau(?: đó)?", "liền sau", "mới hơn", "next",
    "following", "newer", "nächste[nrs]?", "(?:nach)?folgende[nrs]?", "neuere[nrs]?", "suivante?",
    "siguiente", "seguinte", "próxim[ao]", "prossim[ao]", "successiv[ao]", "seguente", "volgende?",
    "następn[aey]", "следующ(?:ая|ий|ее)", "下一?", "次", "다음",
)  # fmt: skip
OLDER_ALONE = ("zurück", "vorher", "назад")
NEWER_ALONE = ("weiter", "danach", "vor", "вперёд")
"""The words of labels, as patterns: what is named, and the direction, which may stand alone."""
_OTHER_THING = (
    "trang", "ảnh", "hình(?: ảnh)?", "tháng", "tuần", "ngày", "năm", "bình luận", "bước",
    "pages?", "photos?", "images?", "pictures?", "slides?", "videos?", "months?", "weeks?",
    "days?", "years?", "comments?", "steps?", "products?", "posts", "entries", "articles",
    "stories", "questions?", "results?", "seiten?", "bild(?:er)?", "fotos?", "monat", "kommentare?",
    "beiträge", "einträge", "produkt", "página", "pagina", "entradas", "mes", "ページ", "页", "頁",
)  # fmt: skip
_SEVERAL = ("những", "các", "một số")
_BEFORE = ("xem", "đọc", "read", "view", "see", "go to", "to the", "the", "zum", "zur")


def _any(*words: str) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_DIRECTION = f"(?:(?P<prev>{_any(*OLDER)})|(?P<next>{_any(*NEWER)}))"
_LABEL = re.compile(
    rf"(?:(?:(?P<verb>{_any(*_BEFORE)})|{_any(*OLDER_ALONE, *NEWER_ALONE)})\s+)?"
    rf"(?:(?P<before>{_any(*ARTICLE)})\s?)?{_DIRECTION}(?:\s?(?P<after>{_any(*ARTICLE)}))?",
    re.IGNORECASE,
)
_ALONE = re.compile(f"(?P<prev>{_any(*OLDER_ALONE)})|(?P<next>{_any(*NEWER_ALONE)})", re.IGNORECASE)
_SEVERAL_ARTICLES = f"{_any(*ARTICLE)}|articles|posts|stories|entries"
_HEADING = re.compile(
    rf"(?:(?P<several>{_any(*_SEVERAL)})\s+)?(?:{_SEVERAL_ARTICLES})\s+"
    rf"(?:(?P<prev>cũ hơn|đã đưa|đã đăng|(?(several)trước(?: đó)?|(?!)))|(?P<next>mới hơn))"
    rf"|(?:(?P<older>older|previous|earlier)|(?P<newer>newer))\s+(?:{_SEVERAL_ARTICLES})",
    re.IGNORECASE,
)
_OTHER = re.compile(
    rf"(?:(?:{_any(*_BEFORE)})\s+)?"
    rf"(?:(?:{_any(*_OTHER_THING)})\s+(?:{_any(*OLDER, *NEWER)})"
    rf"|(?:{_any(*OLDER, *NEWER)})\s*(?:{_any(*_OTHER_THING)}))\b",
    re.IGNORECASE,
)


def _read(text: str) -> str:
    return as_shown(unicodedata.normalize("NFC", text))


_LEFT, _RIGHT = "«‹←❮◀◄⟵⇐<", "»›→❯▶►⟶⇒>"
_EDGES = " \t\r\n\xa0:：;,.…|/-–—•·*+()[]\"'“”" + _LEFT + _RIGHT


@remembered  # the links of menus, on each page of a site
def label(text: str) -> Label | None:
    """Return what a link says of its direction, as its whole text or before a title.

    A title may be glued to the label ("Bài trướcChợ Đồn phát hiện…"); a label that names no
    article counts before a title only where a mark parts them ("Next: …").
    """
    text = _read(text).strip(_EDGES)
    match = _LABEL.match(text) or _ALONE.fullmatch(text)
    if match is None:
        return None
    groups, rest = match.groupdict(), text[match.end() :]
    names_article = bool(groups.get("before") or groups.get("after"))
    if rest and not _begins_title(rest, names_article):
        return None
    if groups.get("verb") and not names_article:  # "Read next" recommends something
        return None
    return Label("prev" if groups["prev"] else "next", names_article, match[0])


def _begins_title(rest: str, names_article: bool) -> bool:
    title = rest.lstrip(_EDGES)
    if title == rest:  # glued
        return rest[0].isupper() or (names_article and rest[0].isdigit())
    if names_article:
        return not title[:1].islower() or rest.lstrip()[0] in _EDGES
    return rest.lstrip()[0] in _EDGES


@remembered
def heading(text: str) -> Side | None:
    """Return the direction in which a list of articles goes that stands under this heading."""
    match = _HEADING.fullmatch(_read(text).strip(_EDGES))
    if match is None:
        return None
    return "prev" if match["prev"] or match["older"] else "next"


_RELATED = re.compile(
    r"(?:mời (?:bạn )?)?(?:(?:các )?(?:tin|bài)(?: tức| bài)?(?: viết)? "
    r"(?:liên quan|khác|cùng chuyên mục|cùng chủ đề|mới(?: nhất)?|đọc nhiều|nổi bật)"
    r"|có thể bạn quan tâm|(?:xem|đọc) thêm|xem ngay|related (?:articles|posts|news)|see also"
    r"|read more|more news)",
    re.IGNORECASE,
)


def names_related(text: str) -> bool:
    """Whether a text is the heading of a list of related articles: "Tin liên quan", "Xem thêm:"."""
    return _RELATED.fullmatch(_read(text).strip(_EDGES)) is not None


_LEADS_ON = re.compile(
    r"(?:(?:để|xem|đọc|tải|bấm|nhấn|nhấp|kích|chi tiết|nội dung|toàn văn|đầy đủ|cụ thể|thêm|tiếp|về"
    r"|xuống|văn bản|tài liệu|tập tin|tệp|file|đính kèm|kèm theo|mời|quý vị|bạn đọc|xin|vui lòng"
    r"|link|vào|click|download|details?|full text)[\s:,.…]+)*"
    r"(?:(?:tại|ở|vào)\s+(?:đây|link (?:này|sau))|here|(?:xem|đọc) (?:chi tiết|tiếp|thêm)|chi tiết"
    r"|(?:read|see) more|tải (?:về|xuống)|download)",
    re.IGNORECASE,
)
_LONGEST_LEADING, _LONGEST_WORD = 80, 24
_LAST_WORDS = (
    "đây",
    "này",
    "sau",
    "here",
    "tiết",
    "tiếp",
    "thêm",
    "về",
    "xuống",
    "more",
    "download",
)


def leads_on(text: str) -> bool:
    """Whether a text says nothing but where something else is: "Xem chi tiết tại đây"."""
    if len(text) > _LONGEST_LEADING:
        return False
    end = _read(text[-_LONGEST_WORD:]).rstrip(_EDGES + "!").lower()
    if not end.endswith(_LAST_WORDS):
        return False
    text = " ".join(_read(text).split()).strip(_EDGES + "!")
    return _LEADS_ON.fullmatch(text) is not None


def arrow(text: str) -> Side | None:
    """Return the direction of the one arrow at the edge of a text."""
    text = text.strip()
    left = text[:1] in _LEFT or text[-1:] in _LEFT
    right = text[:1] in _RIGHT or text[-1:] in _RIGHT
    if not text or left == right or ("«" in text and "»" in text):  # the latter are quotes
        return None
    return "prev" if left else "next"


def names_other_things(text: str) -> bool:
    """Whether a text leads on to pages, pictures, months and the like: "Trang sau"."""
    return _OTHER.match(text.strip(_EDGES)) is not None
