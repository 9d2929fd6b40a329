"""Lines that say when an article was published: "Ngày đăng: 14/06/2021 | 08:30", "Posted on …"."""

from dataclasses import dataclass
from datetime import datetime

from crawler.text.dates import Moment, dates_in, flat, has_year, parse_short
from crawler.text.patterns import lazily


@dataclass(frozen=True, slots=True)
class Dateline:
    """What a short line says of dates."""

    published: Moment | None
    modified: Moment | None
    labelled: bool
    """Whether it says that the date is that of publication."""
    words: int
    """How many words it has that tell nothing of the date: names, categories, counters."""


_PUBLISHED = (
    "ngày đăng", "đăng ngày", "đăng lúc", "đăng vào", "đã đăng", "đăng tải", "đăng tin", "đăng bởi",
    "thời gian đăng", "xuất bản", "gửi lúc", "gửi ngày", "ngày gửi", "ngày viết", "viết ngày",
    "ngày tạo", "đưa tin", "ngày đưa",
    r"(?<!last )posted", r"published", "publish date", "publication date", "release date",
    "date posted", "pubdate", "submitted", "created", "written on", "first seen",
    "veröffentlicht", "veröffentlichung", "erschienen", "erstellt", "geschrieben", "publiziert",
    "verfasst", "eingestellt", "written", "gepostet", "online seit",
    "publié", "mis en ligne", "publicad[oa]", "publicación", "publicação", "pubblicat[oa]",
    "geplaatst", "gepubliceerd", "opublikowan[oaey]", "dodano", "опубликован[оа]?", "размещено",
    "発行", "公開", "投稿", "掲載", "配信", "发布", "發布", "发表", "게시", "입력", "등록",
)  # fmt: skip
_MODIFIED = (
    "cập nhật", "sửa đổi", "chỉnh sửa", "sửa lúc", "sửa ngày", "lần cuối",
    "updated?", "last posted", "modified", "edited", "revised", "last change", "changed",
    "aktualisiert", "aktualisierung", "letzte änderung", "zuletzt", "geändert", "bearbeitet",
    r"stand\s*:", "mis à jour", "mise à jour", "modifié", "actualizad[oa]", "atualizad[oa]",
    "aggiornat[oa]", "bijgewerkt", "gewijzigd", "aktualizacja", "обновлен[оа]", "изменен[оа]",
    "更新", "수정",
)  # fmt: skip
_OTHER = (
    "gpđkkd", "thiết lập", "bây giờ", "today is", "current time", "ban hành", "hiệu lực",
    "hết hạn", "hạn nộp", "hạn chót", "diễn ra", "khai mạc", "bắt đầu", "kết thúc", "thời hạn",
    "ngày sinh", "sinh ngày", "tham gia", "từ ngày", "đến ngày", r"số\s*:?\s*\d",
    r"(?:nghị quyết|quyết định|kế hoạch|công văn|chỉ thị|thông báo|đề án|tờ trình|báo cáo)"
    r"(?=[^|,–-]*\bngày\b)",
    "expires?", "deadline", "starts?", "ends?", "valid", "effective", "founded", "joined",
    "member since", "registered", "born", "died", "geboren", "beginn", "gültig", "événement",
    "event", "veranstaltung", "termin", "upcoming", "kommentar", "comment(?:ed)? (?:by|on)",
    "retrieved", "accessed", "abgerufen", "zugriff",
)  # fmt: skip


def _any_of(words: tuple[str, ...]) -> str:
    return "|".join(rf"(?<!\w){word}" for word in words)


_ROLES = lazily(
    f"(?P<modified>{_any_of(_MODIFIED)})|(?P<other>{_any_of(_OTHER)})"
    f"|(?P<published>{_any_of(_PUBLISHED)})"
)
_NOTICE = lazily(r"giấy phép|bản quyền|copyright|©|licen[cs]e|hôm nay")
_PLACE = lazily(r"[^\W\d][^,|:–-]{1,30}, ngày$")
WEEKDAY = (
    r"\b(?:thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ nhật|t[2-7]|cn"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)\b"
)
"""A pattern of the names of weekdays, in small letters."""
_WEEKDAY = lazily(WEEKDAY)
_RANGE = lazily(r"\s*(?:-|–|—|đến|to|bis|until|à|al?|～|~)\s*")
_WORD = lazily(r"[^\W\d_]+")
_SMALL_WORDS = frozenset(
    ["ngày", "lúc", "vào", "by", "bởi", "on", "at", "am", "um", "uhr", "den", "der", "the", "in",
     "von", "vom", "le", "du", "à", "el", "de", "la", "del", "il", "di", "ore", "h", "gmt", "utc",
     "phút", "giờ", "giây", "sáng", "chiều", "tối", "sa", "ch", "pm", "tháng", "năm", "date",
     "datum", "and", "và"]
)  # fmt: skip
_BESIDE = lazily(
    r"(?<!\w)(?:tác giả|người (?:đăng|viết|gửi)|viết bởi|nguồn(?: tin)?|chuyên mục|danh mục"
    r"|(?:số )?lượt (?:xem|đọc|truy cập)|đã xem|xem|bình luận|phản hồi|cỡ chữ"
    r"|in (?:bài viết|trang|tin)|bản in|gửi (?:email|bài viết|mail)|chia sẻ)(?!\w)"
)
"""What datelines say beside the date, which names neither a person nor a heading."""
_STRONG = (
    "ngày đăng", "đăng ngày", "đăng lúc", "đăng vào", "đăng tải", "ngày xuất bản",
    "thời gian đăng", "ngày đưa tin",
    "published", "publication date", "date posted", "posted on", "release date",
    "veröffentlicht", "erschienen", "erstellt", "dieser beitrag wurde", "dieser artikel wurde",
    "dieser eintrag wurde", "publié", "mis en ligne", "publicado", "pubblicato", "publicação",
    "geplaatst", "opublikowano", "опубликовано", "発行", "公開日", "掲載日", "发布时间", "发布日期",
)  # fmt: skip
_UP_TO_DATE = lazily(rf"(?:[\s:|,–-]|ngày|lúc|vào|on|at|am|den|le|el|il|op|{WEEKDAY})*")
_REACH, _MOST_LABELS = 60, 50
"""Characters behind a label in which its date and time stand, and how often it is looked for."""


def labelled_dates(text: str, american: bool = False) -> dict[Moment, str]:
    """Return the dates directly behind such words of a long text as surely mean publication.

    Each comes with the words that tell it. *american* is that of `dates_in`.
    """
    text = flat(text)
    found: dict[Moment, str] = {}
    for label in _STRONG:
        at = -1
        for _ in range(_MOST_LABELS):
            if (at := text.find(label, at + 1)) < 0:
                break
            behind = text[at + len(label) : at + len(label) + _REACH]
            dated = next(iter(dates_in(behind, american)), None)
            if dated and dated.moment and _UP_TO_DATE.fullmatch(behind[: dated.start]):
                found.setdefault(dated.moment, f"{label}{behind}")
    return found


_LABEL = lazily(rf"(?:{_any_of(_STRONG)})\s*:?\s*")
_AHEAD = lazily(rf"(?:{_LABEL.pattern})?(?:{WEEKDAY}\s*[,.|-]?\s*)?(?:ngày\s+)?")


def read_short(raw: str) -> Moment | None:
    """Return the moment of a line that is a date as `parse_short` reads it, behind its label and
    its weekday."""
    return parse_short(_AHEAD.sub("", flat(raw), count=1))


def is_of_another_moment(raw: str) -> bool:
    """Whether a line has the label of another moment than that of publication."""
    return any(found.lastgroup != "published" for found in _ROLES.finditer(flat(raw)))


def begins_with_label(raw: str) -> bool:
    """Whether a line begins with such words as surely mean publication."""
    return _LABEL.match(flat(raw)) is not None


_AS_CLOCKS = lazily(
    r"(?:hôm nay\W*)?(?:thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ nhật)\W+(?:ngày )?"
    r"\d{1,2}(?: ?[/.-] ?\d{1,2} ?[/.-] ?| tháng \d{1,2}\W+(?:năm )?)\d{2}(?:\d{2})?\W*"
)


def is_as_clocks(raw: str) -> bool:
    """Whether a line has the form in which portals show today: a weekday with its date, and neither
    a time of day nor a word more."""
    return _AS_CLOCKS.fullmatch(flat(raw)) is not None


_LONGEST = 10_000
"""Characters of a line in which dates are looked for."""


def read_dateline(raw: str, american: bool = False) -> Dateline | None:
    """Return what a line says of dates, or None if it says nothing of an article's own.

    *american* is that of `dates_in`. A label holds for the dates behind it up to the next label.
    What is longer than any line says nothing: it is a text, or made to keep us busy.
    """
    if len(raw) > _LONGEST or not has_year(raw):
        return None
    line = flat(raw)
    dates = dates_in(line, american)
    if not dates or _NOTICE.search(line):
        return None
    role, labelled = "published", False
    said: dict[str, Moment] = {}
    between, start = [], 0
    for dated in dates:
        before = line[start : dated.start]
        between.append(before)
        for label in _ROLES.finditer(before):
            role = str(label.lastgroup)
            labelled = labelled or role == "published"
        timed = isinstance(dated.moment, datetime)  # which the head of a document is not
        of_document = not timed and _PLACE.search(before.rstrip()) and not _WEEKDAY.search(before)
        of_range = start and _RANGE.fullmatch(before)
        if role == "other" or (not labelled and (of_document or of_range)):
            return None
        if dated.moment is None:
            return None
        said.setdefault(role, dated.moment)
        start = dated.end
    rest = _WEEKDAY.sub(" ", " | ".join([*between, line[start:]]))
    rest = _ROLES.sub(" ", _BESIDE.sub(" ", rest))
    words = sum(word not in _SMALL_WORDS for word in _WORD.findall(rest))
    return Dateline(said.get("published"), said.get("modified"), labelled, words)
