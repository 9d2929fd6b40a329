"""How an article is cited: for people, and as programs for references take it.

All of these are made of one value, `Cited`. They name the portal's own address, where the article
was published, and the copy that is held here: its permanent code, the digest of the text that was
read, and its address in this reading room where others reach that. What is not known is left out,
and a date that is doubtful is said to be.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from babel.dates import format_date
from markupsafe import Markup

from crawler.text.dates import VIET_NAM
from crawler.text.shown import called, web_address
from crawler.vocabulary import Confidence
from reading_room.articles.addresses import DIGITS
from reading_room.language import gettext as _
from reading_room.language import language, moment_of

ARCHIVE = "Tin Huyện"
"""What this archive is called in references."""

_DAYS = {"vi": "dd/MM/yyyy", "en": "d MMMM yyyy"}
_OF_ADDRESSES = "/:?#[]@!$&'()*+,;=%~"
_BIBTEX = str.maketrans({
    **{sign: f"\\{sign}" for sign in "#$%&_"},
    **{"{": r"\{", "}": r"\}", "\\": r"\textbackslash{}"},
    **{"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
})  # fmt: skip
_LANGUAGES = {"vi": "vietnamese", "en": "english"}
"""What babel and polyglossia call languages that are met."""
_IN_SCRIPTS = str.maketrans({
    **{sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"},
})  # fmt: skip


@dataclass(frozen=True)
class Cited:
    """One text of an article, as it is cited."""

    title: str
    authors: tuple[str, ...]
    byline: str | None
    """The authors as the page gives them."""
    site: str
    """The portal's name."""
    published: str | None
    """ISO 8601: a moment with its offset or a day."""
    is_doubtful: bool
    """Whether that may be another day."""
    url: str | None
    """Where the portal published it."""
    code: str
    """The permanent code; of an older archive, the number in it."""
    digest: str
    """SHA-256 of the text."""
    seen: date
    """The last day on which the archive saw this text, in Viet Nam's time."""
    address: str | None
    """Where this very text is in the reading room; None if nobody else reaches that."""
    language: str
    lead: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    modified: str | None = None

    @property
    def day(self) -> date | None:
        """The day on which it was published: that which its page shows."""
        moment = moment_of(self.published)
        return moment.date() if moment else None


def cited(
    text: Mapping[str, Any], site: str, address: str | None, tags: tuple[str, ...] = ()
) -> Cited:
    """Return how a text is cited, by its row of ``articles`` or ``revisions``, which has the
    article's ``id``, ``code``, ``url`` and ``language``, too.
    """
    seen = datetime.fromisoformat(text["last_seen_at"])
    return Cited(
        title=_line(called(text["title"], text["lead"], text["body"])),
        authors=tuple(authors(text["author"])),
        byline=_line(text["author"]) or None,
        site=_line(site),
        published=text["published_at"],
        is_doubtful=text.get("published_confidence") == Confidence.LOW,
        url=_as_uri(web_address(text["url"])),
        code=text.get("code") or str(text["id"]),
        digest=text["text_sha256"],
        seen=(seen.replace(tzinfo=seen.tzinfo or UTC)).astimezone(VIET_NAM).date(),
        address=address,
        language=text.get("language") or "vi",
        lead=_line(text["lead"]) or None,
        category=_line(text.get("category")) or None,
        tags=tags,
        modified=text.get("modified_at"),
    )


def authors(byline: str | None) -> Iterator[str]:
    """Yield the authors that a byline names.

    It is parted where what stands between commas or semicolons are names and nothing else: each of
    two words or more, all of which begin with a capital.
    """
    line = _line(byline)
    names = [name.strip() for name in re.split(r"[,;]", line)]
    if all(len(words := name.split()) > 1 and _are_capital(words) for name in names):
        yield from names
    elif line:
        yield line


def _are_capital(words: list[str]) -> bool:
    return all(word[0].isupper() for word in words)


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _as_uri(url: str | None) -> str | None:
    return url and quote(url, safe=_OF_ADDRESSES)


def said_day(day: date) -> str:
    """Return a day as the language of the page writes it in a reference."""
    return format_date(day, _DAYS[language()], locale=language())


def plain(text: Cited) -> str:
    """Return a citation in words: author, title, portal, day, address, and the copy held here."""
    day = said_day(text.day) if text.day else _("date unknown")
    if text.day and text.is_doubtful:
        day = _("%(day)s (date doubtful)") % {"day": day}
    parts = (text.byline, f"“{text.title}”", text.site, day, text.url)
    return f"{', '.join(part for part in parts if part)}. {copy(text)}"


def copy(text: Cited) -> str:
    """Return in words which copy is held here: its code, its digest, its address, and of when."""
    parts = (
        _("article %(code)s") % {"code": text.code},
        f"SHA-256 {text.digest[:DIGITS]}…",
        text.address,
        _("as seen on %(day)s") % {"day": said_day(text.seen)},
    )
    said = ", ".join(part for part in parts if part)
    return _("Archived by %(archive)s: %(copy)s") % {"archive": ARCHIVE, "copy": said}


def _note(text: Cited) -> str:
    doubtful = _("date of publication doubtful") if text.day and text.is_doubtful else None
    return "; ".join(part for part in (copy(text), doubtful) if part)


def bibtex(text: Cited) -> str:
    """Return an entry for BibLaTeX and BibTeX: ``@online``, which styles that do not know it take
    for ``@misc``. Authors are kept whole, for no program knows the order of Vietnamese names.
    """
    day = text.day
    fields = {
        "author": " and ".join(f"{{{_escaped(name)}}}" for name in text.authors),
        "title": f"{{{_escaped(text.title)}}}",
        "organization": f"{{{_escaped(text.site)}}}",
        "howpublished": _escaped(text.site),
        "date": day.isoformat() if day else "",
        "year": str(day.year) if day else "",
        "month": str(day.month) if day else "",
        "url": re.sub(r"[{}\\]", lambda sign: quote(sign[0]), text.url or ""),
        "urldate": text.seen.isoformat(),
        "langid": _LANGUAGES.get(text.language.partition("-")[0].lower(), ""),
        "note": _escaped(_note(text)),
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@online{{{text.code},\n{lines}}}\n"


def _escaped(text: str) -> str:
    return text.translate(_BIBTEX)


def ris(text: Cited) -> str:
    """Return a reference in RIS, as an electronic source."""
    day = text.day
    fields = [
        ("TY", "ELEC"),
        *(("AU", name.replace(", ", " – ").replace(",", " – ")) for name in text.authors),
        ("TI", text.title),
        ("T2", text.site),
        ("PY", f"{day:%Y}" if day else None),
        ("DA", f"{day:%Y/%m/%d}/" if day else None),
        ("AB", text.lead),
        *(("KW", _line(tag)) for tag in text.tags),
        ("LA", text.language),
        ("DB", ARCHIVE),
        ("AN", text.code),
        ("N1", _note(text)),
        ("UR", text.url),
        ("UR", text.address),
        ("Y2", f"{text.seen:%Y/%m/%d}/"),
        ("ER", ""),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in fields if value is not None)


def csl(text: Cited) -> list[dict[str, Any]]:
    """Return a reference in CSL-JSON 1.0.2, the input of citation styles."""
    day = text.day
    issued: dict[str, Any] = {"date-parts": [[day.year, day.month, day.day]]} if day else {}
    if issued and text.is_doubtful:
        issued["circa"] = True
    seen = {"date-parts": [[text.seen.year, text.seen.month, text.seen.day]]}
    item = {
        "id": text.code,
        "type": "webpage",
        "title": text.title,
        "author": [{"literal": name} for name in text.authors],
        "container-title": text.site,
        "issued": issued,
        "accessed": seen,
        "abstract": text.lead,
        "language": text.language,
        "URL": text.url,
        "archive": ARCHIVE,
        "archive_location": text.address or text.code,
        "note": _note(text),
    }
    return [{name: value for name, value in item.items() if value}]


def json_ld(text: Cited, page: str) -> Markup:
    """Return what the article is in the words of schema.org, to be put between ``<script>`` and
    ``</script>``: nothing in it ends that. *page* is the address of its page.
    """
    said = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": page,
        "mainEntityOfPage": page,
        "headline": text.title,
        "description": text.lead,
        "author": list(text.authors),
        "publisher": {"@type": "Organization", "name": text.site},
        "datePublished": None if text.is_doubtful else text.published,
        "dateModified": text.modified,
        "articleSection": text.category,
        "keywords": list(text.tags),
        "inLanguage": text.language,
        "url": text.url,
        "archivedAt": page,
        "identifier": text.code,
    }
    known = {name: value for name, value in said.items() if value}
    written = json.dumps(known, ensure_ascii=False).translate(_IN_SCRIPTS)
    return Markup(written)  # noqa: S704 - no sign of markup is left in it


def metas(text: Cited, page: str) -> Iterator[tuple[str, str, str]]:
    """Yield what the head of a page says to programs that take references (Highwire's names, as
    Zotero reads them, and Dublin Core's) and to those that show links (Open Graph): each as the
    attribute that names it, its name, and its content. *page* is the address of the page.
    """
    moment = None if text.is_doubtful else text.published
    day = text.day if moment else None
    told = [
        ("name", "description", text.lead),
        ("name", "citation_title", text.title),
        *(("name", "citation_author", name) for name in text.authors),
        ("name", "citation_publication_date", f"{day:%Y/%m/%d}" if day else None),
        ("name", "citation_language", text.language),
        ("name", "citation_public_url", page),
        # Without it Zotero takes whatever has a citation_title for an article of a journal.
        ("name", "DC.type", "webpage"),
        ("name", "prism.publicationName", text.site),
        ("name", "DC.source", text.url),
        ("property", "og:type", "article"),
        ("property", "og:title", text.title),
        ("property", "og:description", text.lead),
        ("property", "og:url", page),
        ("property", "og:site_name", ARCHIVE),
        ("property", "og:locale", "vi_VN" if text.language.startswith("vi") else None),
        ("property", "article:published_time", moment),
        ("property", "article:modified_time", text.modified),
        ("property", "article:section", text.category),
        *(("property", "article:tag", tag) for tag in text.tags),
    ]
    yield from ((kind, name, content) for kind, name, content in told if content)
