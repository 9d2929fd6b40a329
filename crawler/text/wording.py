"""Whether two readings of an article say the same: its words, wherever a theme puts them.

A theme sets the summary apart or leaves it out, shows a caption, an author or a date in the text,
prints dates without the time, names what has no title: none of that is the writer's. What a person
wrote and changed is: a word, a number, a mark, a paragraph more or less.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

from crawler.text.bylines import is_labelled, read_byline
from crawler.text.datelines import read_dateline
from crawler.text.patterns import lazily

_MARKS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        "\u2026": "...",
    }
)
"""Quotes, dashes and dots, which WordPress prints otherwise than they were typed, if it is to."""
_SPACES = lazily(r"\s+")
_WORD = lazily(r"\w+")
_UNTITLED = lazily(
    r"\W*(?:untitled|no title|(?:không|chưa)(?: có| đặt)? (?:tiêu đề|tên)"
    r"|(?:(?:bài viết|post|article|node) )?(?:số )?#?\d*)\W*",
    re.IGNORECASE,
)
_CUT = lazily(r"(?:\s*(?:\[(?:\.{3}|&hellip;)\]|\.{3}))+\W*$")
_CAPTION = lazily(r"<figcaption>(.*?)</figcaption>|<img [^>]*\balt=\"([^\"]*)\"", re.DOTALL)
_TAG = lazily(r"<[^>]+>")
_TERMS = lazily(
    r"(?:thẻ|tags?|từ kh(?:óa|oá)|chuyên mục|danh mục|categor(?:y|ies)|posted in|filed under)\s*:",
    re.IGNORECASE,
)
_CUT_SHORT = "cut"
_MOST_WORDS, _LONGEST_LINE = 25, 300
"""A line of more words, or characters, is no author's name, date or list of tags."""
_LONGEST_NAME = 60
"""Characters of what is printed in the place of a title, or behind what was cut."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two readings of an article have in common."""

    same: bool
    """Whether they say the same, but for what a theme makes of it."""
    says_all: bool
    """Whether the newer one says all that the older says."""


def compare(older: Mapping[str, Any], newer: Mapping[str, Any]) -> Likeness:
    """Compare two readings: rows with ``title``, ``lead``, ``body``, ``author`` and
    ``published_at``, and with ``body_html`` and ``category`` where that is known.
    """
    words = compare_words(older, newer)
    if not (words.same and _same_author(older, newer) and _same_moment(older, newer)):
        return Likeness(same=False, says_all=False)
    return Likeness(same=True, says_all=words.says_all and _is_as_precise(older, newer))


def compare_words(older: Mapping[str, Any], newer: Mapping[str, Any]) -> Likeness:
    """Compare what two readings say in title, lead and text alone."""
    one, other = _Reading.of(older), _Reading.of(newer)
    left = [(line, one.kind(line, other)) for line in one.lines_beside(other)]
    right = [(line, other.kind(line, one)) for line in other.lines_beside(one)]
    kinds, other_kinds = ({kind for _, kind in beside if kind} for beside in (left, right))
    is_told_twice = not {*one.lines}.isdisjoint(other.lines)
    same = (
        # Where nothing is said twice, nothing shows that it is one text.
        (is_told_twice or not (kinds | other_kinds or one.title != other.title))
        and (one.title == other.title or one.is_untitled or other.is_untitled)
        # The rest is the text itself, which may be parted otherwise.
        and _joined(line for line, kind in left if kind is None)
        == _joined(line for line, kind in right if kind is None)
        # Of what is on both sides, one is not put elsewhere: it has changed.
        and not kinds & other_kinds - {_CUT_SHORT}
        and one.order(other) == other.order(one)
    )
    loses = kinds - {_CUT_SHORT} or (other.is_untitled and not one.is_untitled)
    return Likeness(same, same and not loses)


def share_words(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two readings have anything in common: the title, or a line of the text."""
    first, second = _Reading.of(one), _Reading.of(other)
    return first.title == second.title or not {*first.lines}.isdisjoint(second.lines)


def are_two_articles(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two readings are of two articles, and not of one that was edited: of another title,
    another text and another day. Rows as `compare` takes them.
    """
    if _of_one_day(one["published_at"], other["published_at"]):
        return False
    if _share(_words(one["title"]), _words(other["title"])) >= _TITLE_KEPT:
        return False
    texts = ({*_runs(each["lead"]), *_runs(each["body"])} for each in (one, other))
    return _share(*texts) < _TEXT_KEPT


_TITLE_KEPT = 0.5
"""The share of its words by which a title is told to be the same one, edited."""
_TEXT_KEPT = 0.1
"""The share of what a text says that is in its edited form, too; less is in any two texts of an
office, which are full of its forms of address."""
_RUN = 4
"""Words in a row that two texts hardly have in common by chance."""


def _of_one_day(one: str | None, other: str | None) -> bool:
    return bool(one and other and one[:10] == other[:10])


def _share(one: set[str], other: set[str]) -> float:
    """Return how much of the smaller of two sets is in the other; 0.0 where there is nothing."""
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0


def _words(text: str | None) -> set[str]:
    return {*_WORD.findall(_plain(text).casefold())}


def _runs(text: str | None) -> set[str]:
    """Return the runs of words of a text, whatever stands between them."""
    words = _WORD.findall(_plain(text).casefold())
    return {" ".join(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)}


@dataclass(frozen=True, slots=True)
class _Reading:
    """A reading, its words as they are compared."""

    title: str
    is_untitled: bool
    lead: tuple[str, ...]
    lines: tuple[str, ...]
    """Of lead and text, without those that repeat the title."""
    captions: frozenset[str]
    facts: frozenset[str]
    """What it says of itself elsewhere: author, category."""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "_Reading":
        title = _plain(row["title"])
        lead = tuple(_lines(row["lead"]))
        text = _lines(row["body"])
        facts = (row.get("author"), row.get("category"), row.get("source"))
        return cls(
            title=title,
            is_untitled=len(title) <= _LONGEST_NAME and _UNTITLED.fullmatch(title) is not None,
            lead=lead,
            lines=tuple(line for line in (*lead, *text) if line != title),
            captions=frozenset(_captions(row.get("body_html") or "")),
            facts=frozenset(_plain(fact) for fact in facts if fact),
        )

    def lines_beside(self, other: "_Reading") -> list[str]:
        """Return the lines that the other has not, or not as often."""
        more = Counter(self.lines) - Counter(other.lines)
        repeats = {*other.lines, other.title}
        found = []
        for line in self.lines:
            if more[line] > 0:
                more[line] -= 1
                # The lead may stand in the text once more.
                if not (line in repeats and (line in self.lead or line in other.lead)):
                    found.append(line)
        return found

    def kind(self, line: str, other: "_Reading") -> str | None:
        """Return what a line is that the other has not, None if it is the text itself."""
        if line in self.lead:
            if self.is_cut(line, other):
                return _CUT_SHORT
            own = [lead for lead in other.lead if not other.is_cut(lead, self)]
            if {*own} <= {*self.lines}:
                return "lead"
        if line in other.captions:
            return "caption"
        if line in self.facts | other.facts or line == other.title:
            return "fact"
        return _kind_of_line(line)

    def is_cut(self, lead: str, other: "_Reading") -> bool:
        """Whether a lead is no more than the beginning of the text, which a theme has cut."""
        begun = lead[:-_LONGEST_NAME] + _CUT.sub("", lead[-_LONGEST_NAME:])
        if begun == lead:
            return False
        texts = (_joined(line for line in of.lines if line != lead) for of in (self, other))
        return any(text.startswith(_joined([begun])) for text in texts)

    def order(self, other: "_Reading") -> str:
        """Return the lines that both have, in their order, but for those that a theme places."""
        placed = {*self.lead, *other.lead} | self.captions | other.captions
        placed |= self.facts | other.facts
        both = {*self.lines} & {*other.lines}
        text = (line for line in self.lines if line in both and line not in placed)
        return _joined(line for line in dict.fromkeys(text) if _kind_of_line(line) is None)


def _kind_of_line(line: str) -> str | None:
    """Return what a line of a page is, by itself, if it is none of a text."""
    if len(line) > _LONGEST_LINE or len(line.split()) > _MOST_WORDS:
        return None
    dated = read_dateline(line)
    if dated and dated.words == 0:
        return "date"
    byline = read_byline(line)
    if byline.author or (is_labelled(line) and ":" in line):
        return "author"
    if byline.source:
        return "source"
    return "terms" if _TERMS.match(line) else None


def _plain(text: str | None) -> str:
    return _SPACES.sub(" ", (text or "").translate(_MARKS)).strip()


def _lines(text: str | None) -> list[str]:
    return [line for each in (text or "").split("\n") if (line := _plain(each))]


def _joined(lines: Iterable[str]) -> str:
    """Return lines as one, however they are parted."""
    return "".join(lines).replace(" ", "")


def _captions(html: str) -> set[str]:
    """Return what an article's HTML says under its pictures, and in their place."""
    said = (caption or alt for caption, alt in _CAPTION.findall(html))
    return {_plain(unescape(_TAG.sub("", text))) for text in said} - {""}


def _same_author(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two readings name one author, or one of them names none, or takes the name from a
    line that both have in their texts.
    """
    names = _plain(one["author"]), _plain(other["author"])
    if names[0] == names[1] or not all(names):
        return True
    both = {*_lines(one["body"])} & {*_lines(other["body"])}
    told = (line for line in both if len(line.split()) <= _MOST_WORDS)
    return any(name in line and _kind_of_line(line) == "author" for line in told for name in names)


def _same_moment(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two readings are of one moment, however precisely they tell it."""
    moments = one["published_at"], other["published_at"]
    shorter, longer = sorted((moment or "" for moment in moments), key=len)
    if longer.startswith(shorter):
        return True  # a day, or nothing, and the time of it
    try:
        first, second = map(datetime.fromisoformat, moments)
        return first == second or _minute(first) == _minute(second) in (first, second)
    except (TypeError, ValueError):
        return False


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _is_as_precise(older: Mapping[str, Any], newer: Mapping[str, Any]) -> bool:
    """Whether a newer reading names the author and the moment as well as the older one."""
    is_as_precise = _precision(newer["published_at"]) >= _precision(older["published_at"])
    return is_as_precise and (bool(newer["author"]) or not older["author"])


def _precision(moment: str | None) -> int:
    if not moment or len(moment) <= len("2021-05-28"):
        return int(bool(moment))
    return 2 + (moment[17:19] not in ("", "00"))
