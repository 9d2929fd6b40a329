"""The language in which a page is written: Vietnamese or English, one at a time.

Templates and plugins are written in English, ``{{ _("Search the archive") }}``; the Vietnamese
stands in ``catalogues/vi/LC_MESSAGES/room.po``. Which one is shown is decided for each request and
holds while it is answered (:func:`speaking`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from crawler.text.dates import VIET_NAM
from crawler.vocabulary.catalogue import translations
from crawler.vocabulary.words import LANGUAGES, Words

CATALOGUES, DOMAIN = Path(__file__).parent / "catalogues", "room"

DEFAULT = "vi"
"""The language of who asks for none that we have: the archive's own."""

SOURCE = "en"
"""The language that templates and plugins are written in, which needs no catalogue."""

NAMES = {"vi": "Tiếng Việt", "en": "English"}
"""What each language is called in itself."""

_VIETNAMESE_MARKS = str.maketrans(",.", ".,")

_language = ContextVar("language", default=DEFAULT)


def language() -> str:
    """Return the language of the page that is being made, one of `LANGUAGES`."""
    return _language.get()


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Have all that is said meanwhile be said in a language, one of `LANGUAGES`."""
    token = _language.set(chosen)
    try:
        yield
    finally:
        _language.reset(token)


def chosen_language(remembered: str | None, accepted: str) -> str:
    """Return the language to answer in: the *remembered* one, if it is one of ours, else the one
    of ours that the value of an ``Accept-Language`` header likes best, else `DEFAULT`.
    """
    if remembered in LANGUAGES:
        return remembered
    return max(_accepted(accepted), key=lambda liked: liked[1], default=(DEFAULT, 0.0))[0]


def _accepted(header: str) -> Iterator[tuple[str, float]]:
    """Yield our languages that an ``Accept-Language`` header names (RFC 9110), each with how much
    it is liked, from above 0 to 1; of equals, the first is liked best.
    """
    for part in header[:1000].split(","):
        tag, _, parameter = part.partition(";")
        main = tag.strip().lower().partition("-")[0]
        name, _, weight = parameter.strip().partition("=")
        try:
            liked = float(weight) if name.strip().lower() == "q" else 1.0
        except ValueError:
            continue
        if main in LANGUAGES and 0 < liked <= 1:
            yield main, liked


def _translations() -> NullTranslations | GNUTranslations:
    spoken = language()
    return NullTranslations() if spoken == SOURCE else translations(CATALOGUES, spoken, DOMAIN)


def gettext(message: str) -> str:
    """Return what *message*, in English, is in the language of the page."""
    return _translations().gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return the form for *number* of a message in the language of the page."""
    return _translations().ngettext(singular, plural, number)


def pgettext(context: str, message: str) -> str:
    """Return what *message* is where *context* tells which of its meanings is meant."""
    return _translations().pgettext(context, message)


def npgettext(context: str, singular: str, plural: str, number: int) -> str:
    """Return the form for *number* of a message whose meaning *context* tells."""
    return _translations().npgettext(context, singular, plural, number)


def N_(message: str) -> str:  # noqa: N802 - the name that extractors of messages look for
    """Return *message*; it is translated where it is shown."""
    return message


def number(value: float) -> str:
    """Return a number as the language of the page writes it: 12.345 or 12,345."""
    written = f"{value:,}"
    return written.translate(_VIETNAMESE_MARKS) if language() == "vi" else written


def day(moment: date) -> str:
    """Return a day as the language of the page writes it: 14/06/2021 or 14 June 2021."""
    return f"{moment:%d/%m/%Y}" if language() == "vi" else _written(moment, "d MMMM y")


def moment_of(value: object) -> datetime | None:
    """Return the moment that an ISO 8601 time tells, or the beginning of a day, as pages show it:
    what is told in UTC in Viet Nam's time. None for what is no such time.
    """
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.astimezone(VIET_NAM) if moment.tzinfo is UTC else moment


def month(moment: date) -> str:
    """Return a month as the language of the page writes it: tháng 6/2021 or June 2021."""
    if language() == "vi":
        return f"tháng {moment.month}/{moment.year}"
    return _written(moment, "MMMM y")


def _written(moment: date, pattern: str) -> str:
    from babel.dates import format_date

    return str(format_date(moment, pattern, locale=language()))


def told(words: Words | Mapping[str, str] | str | None) -> str:
    """Return what stands in both languages in that of the page: `Words`, or the ``{vi, en}`` of
    ``metadata.yaml``. What stands in one only is returned as it is, and of None nothing.
    """
    if isinstance(words, Words):
        return str(getattr(words, language()))
    if isinstance(words, Mapping):
        return words[language()]
    return words or ""
