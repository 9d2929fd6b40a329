"""What a person typed into a search box, as values. Nothing that can be typed is an error.

- ``chợ đồn``: both words, anywhere in an article, in every spelling; as typed they rank first.
- ``"bão"``, ``"chợ đồn"``: exactly so, marks and all, the words side by side.
- ``-họp``, ``-"họp báo"``: not this; a word with marks in that spelling, one without in every one.
- ``bão OR lũ``, ``bão HOẶC lũ``, ``bão | lũ``: one of them. OR binds its neighbours only:
  ``bão OR lũ quét`` wants "quét" in any case. Brackets join more: ``(bão lớn) OR lũ``.
- ``khai*``, ``"khai gi"*``: words that begin so.
- ``30/2020/NĐ-CP``, ``30/2020/nd-cp``, ``06-ĐA/TU``, ``6 - ĐA / TU``: the number of a document, as
  it is cited or written, with or without marks and zeros before it.

Signs that join words, as in "NĐ-CP" or "huyen.example/tin", make a phrase of them. Whatever else is
typed is text. What was left out, or taken otherwise than it may have been meant, is told in
`Asked.notes`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, product
from math import prod
from typing import NamedTuple

from archive.search.words import has_marks, spellings
from crawler.text.citations.document_numbers import TYPES, Number, numbers
from crawler.vocabulary import AskedNote

MOST_CHARACTERS = 10_000
"""How far a query is read."""
MOST_WORDS = 32
"""Words that are looked for, those wanted and those unwanted each."""
MOST_GROUPS = 64
"""Groups that brackets may come to, once they are taken apart."""
DEEPEST = 8
"""Brackets within brackets that are read."""
_TOLD = 60
"""Characters of a query that a note repeats."""

_OR = ("OR", "HOẶC")
_OR_SIGN = "or"
_NO_OPERATORS = ("AND", "NOT", "VÀ")
_AS_TYPED = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # of full width
    | dict.fromkeys("“”„‟«»″〝〞", '"')
    | {"\u3000": " ", "\u2212": "-"}
)
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufe00-\ufe0f\ufeff]")
_TOKEN = re.compile(
    r"""(?P<minus>(?<![^\s(|])-(?=[^\s)|-]))?
    (?: "(?P<phrase>[^"]*)"(?P<star>\*?) | (?P<sign>[()|"]) | (?P<chunk>[^\s"()|]+) )""",
    re.VERBOSE,
)
_AT_THE_END = ".,;:!?…"
_ALONE = re.compile(r"[-*+]+")


class Note(NamedTuple):
    """What could not be understood, or was left out."""

    kind: AskedNote
    words: str
    """What it is about, as typed; of much its beginning."""


class Term(NamedTuple):
    """A word, or words side by side."""

    words: tuple[str, ...]
    """In their exact spelling (`archive.search.words`)."""
    exact: bool = False
    """Whether only this spelling is meant; else it is found in every one."""
    prefix: bool = False
    """Whether the last word is a beginning."""
    documents: tuple[str, ...] = ()
    """Where it is the number of a document, how citations of it begin (`Citation.key` up to its
    place): an article that cites it meets the term, too. Several where letters may be read so or
    so."""

    @property
    def is_marked(self) -> bool:
        """Whether it was typed with marks, so that its exact spelling comes first."""
        return any(map(has_marks, self.words))


class Asked(NamedTuple):
    """A query: what an article must have, and must not."""

    text: str
    """As typed."""
    wanted: tuple[tuple[Term, ...], ...] = ()
    """Every group must be met, by one of its alternatives. Without a group nothing is found."""
    unwanted: tuple[Term, ...] = ()
    """No article has one of these. What was typed with marks is `Term.exact`."""
    notes: tuple[Note, ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        """All that is wanted, each once, in the order in which it was typed."""
        return tuple(dict.fromkeys(chain.from_iterable(self.wanted)))

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents whose numbers are wanted."""
        return tuple(dict.fromkeys(key for term in self.terms for key in term.documents))


def as_typed(term: Term) -> str:
    """Return how a term may be typed: what `understood` takes for the same words, as exactly."""
    text = (" " if term.exact else "-").join(term.words)
    return (f'"{text}"' if term.exact else text) + "*" * term.prefix


def without_quotes(text: str) -> str:
    """Return a query of which what is wanted is found in every spelling."""
    return re.sub(r'(?<!-)"([^"]*)"', r"\1", _plain(text)).strip()


class _Unit(NamedTuple):
    """What is asked for between two signs."""

    terms: tuple[Term, ...]
    """It, and what else it may be written as."""
    typed: str
    is_unwanted: bool


_Groups = list[tuple[Term, ...]]


def understood(text: str | None) -> Asked:
    """Return what *text* asks for."""
    notes: dict[Note, None] = {}
    typed, beyond = (text or "")[:MOST_CHARACTERS], (text or "")[MOST_CHARACTERS:]
    plain = _plain(typed)
    tokens = [*_tokens(_numbers_in_one(plain), notes)]
    asked = [*_bounded(tokens, beyond, notes)]
    wanted = _wanted(asked, notes)
    unwanted = chain.from_iterable(
        unit.terms for unit in asked if isinstance(unit, _Unit) and unit.is_unwanted
    )
    _note_signs(plain, notes)
    if not wanted and typed.strip():
        _note(notes, AskedNote.NO_WORD, typed)
    return Asked(text or "", tuple(wanted), tuple(dict.fromkeys(unwanted)), tuple(notes))


def _note(notes: dict[Note, None], kind: AskedNote, words: str) -> None:
    words = " ".join(_plain(words).split())
    notes[Note(kind, words if len(words) <= _TOLD else words[:_TOLD].rstrip() + "…")] = None


def _plain(text: str) -> str:
    """Return a query in NFC, its quotes and full-width letters plain, without what is not seen."""
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text)).translate(_AS_TYPED)
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)


def _numbers_in_one(text: str) -> str:
    """Return a query with the numbers of documents without blanks: "06 - ĐA / TU"."""
    parts, end = [], 0
    for number in numbers(_upper(text)):
        if number.is_certain and text.count('"', 0, number.start) % 2 == 0:
            parts += [text[end : number.start], "".join(text[number.start : number.end].split())]
            end = number.end
    return "".join([*parts, text[end:]])


def _upper(text: str) -> str:
    """Return a text in capitals, letter for letter: no number of a document is told by its case."""
    return "".join(upper if len(upper := c.upper()) == 1 else c for c in text)


# From text to units and signs.


def _tokens(text: str, notes: dict[Note, None]) -> Iterator[_Unit | str]:
    """Yield the units of a query, and the signs "or", "(" and ")" between them."""
    unwanted_depth = depth = 0
    for found in _TOKEN.finditer(text):
        sign, chunk, phrase = found["sign"], found["chunk"], found["phrase"]
        if sign == "(":
            depth += 1
            unwanted_depth = unwanted_depth or (depth if found["minus"] else 0)
        elif sign == ")":
            unwanted_depth = unwanted_depth if depth > unwanted_depth else 0
            depth = max(0, depth - 1)
        if sign == '"':
            _note(notes, AskedNote.UNCLOSED_QUOTE, text[found.start() :])
        elif sign == "|" or chunk in _OR:
            yield _OR_SIGN
        elif sign:
            yield sign
        else:
            is_unwanted = bool(found["minus"] or unwanted_depth)
            if chunk in _NO_OPERATORS and not text.isupper():
                _note(notes, AskedNote.AS_A_WORD, chunk)
            unit = (
                _chunk(chunk, is_unwanted, notes)
                if chunk
                else _phrase(phrase, bool(found["star"]), is_unwanted)
            )
            if unit:
                yield unit


def _phrase(text: str, has_star: bool, is_unwanted: bool) -> _Unit | None:
    words = tuple(word.exact for word in spellings(text))
    term = Term(words, exact=True, prefix=has_star or text.rstrip().endswith("*"))
    return _Unit((term,), f'"{text}"', is_unwanted) if words else None


def _chunk(chunk: str, is_unwanted: bool, notes: dict[Note, None]) -> _Unit | None:
    """Return what is typed without a blank, as a unit; None if it has no word."""
    text = chunk.rstrip(_AT_THE_END)
    words = tuple(word.exact for word in spellings(text))
    if not words:
        if _ALONE.fullmatch(chunk):
            _note(notes, AskedNote.OPERATOR_ALONE, chunk)
        return None
    if "*" in text.rstrip("*"):
        _note(notes, AskedNote.STAR_INSIDE, chunk)
    exact = is_unwanted and any(map(has_marks, words))
    term = Term(words, exact, prefix=text.endswith("*"))
    number = next(numbers(_upper(text)), None)
    if number and not term.prefix and spellings(text[number.start : number.end]) == spellings(text):
        return _Unit(tuple(_writings(term, number)), chunk, is_unwanted)
    return _Unit((term,), chunk, is_unwanted)


def _writings(term: Term, number: Number) -> Iterator[Term]:
    """Yield the number of a document as it was typed, then with more or fewer zeros before it."""
    serial, rest = term.words[0], term.words[1:]
    bare = serial.lstrip("0") or "0"
    padded = bare.rjust(len(bare) + 1, "0") if sum(map(str.isdigit, bare)) == 1 else bare
    term = term._replace(documents=tuple(_keys(term, number)))
    for written in dict.fromkeys((serial, bare, padded)):
        yield term._replace(words=(written, *rest))


def _keys(term: Term, number: Number) -> Iterator[str]:
    """Yield how the citations of a document begin; typed without marks, "DA" may be "ĐA"."""
    if not number.type and not number.bodies:
        return
    key = number.written.lstrip("0")
    yield key
    if not term.is_marked:
        letters = next((part for part in re.split("[/-]", key) if part in TYPES), "")
        if letters.replace("D", "Đ") in TYPES.keys() - {letters}:
            yield key.replace(letters, letters.replace("D", "Đ"), 1)


def _bounded(
    tokens: Iterable[_Unit | str], beyond: str, notes: dict[Note, None]
) -> Iterator[_Unit | str]:
    """Yield as many of the tokens as are looked for, the same words once."""
    room = {False: MOST_WORDS, True: MOST_WORDS}
    known: set[_Unit] = set()
    left_out = []
    for token in tokens:
        if isinstance(token, str):
            yield token
            continue
        unit = token
        if unit not in known:
            length, left = len(unit.terms[0].words), room[unit.is_unwanted]
            room[unit.is_unwanted] = max(0, left - length)
            if length > left:
                left_out.append(unit.typed)
                unit = _shortened(unit, left)
        known.add(token)
        if unit.terms:
            yield unit
    if left_out or beyond.strip():
        _note(notes, AskedNote.CUT, " ".join([*left_out, beyond[:_TOLD]]))


def _shortened(unit: _Unit, words: int) -> _Unit:
    terms = (term._replace(words=term.words[:words], prefix=False) for term in unit.terms)
    return unit._replace(terms=tuple(dict.fromkeys(terms)) if words else ())


def _note_signs(text: str, notes: dict[Note, None]) -> None:
    """Note the signs that are no letters and part no words either, such as emoji."""
    signs = (c for c in text if unicodedata.category(c) in ("So", "Sc", "Sm", "Co", "Cn"))
    if left_out := "".join(dict.fromkeys(c for c in signs if c != "|")):
        _note(notes, AskedNote.SIGNS, left_out)


# From units and signs to groups of alternatives.


def _wanted(tokens: Sequence[_Unit | str], notes: dict[Note, None]) -> _Groups:
    """Return what is wanted as groups, of each of which one alternative must be met."""
    wanted = _without_unwanted(tokens, notes)
    if _OR_SIGN not in wanted:  # then brackets make no difference
        wanted = [token for token in wanted if isinstance(token, _Unit)]
    try:
        groups, end = _joined(wanted, 0, 0, notes)
        if end < len(wanted):
            raise _BracketsError
    except _BracketsError:
        _note(notes, AskedNote.BRACKETS, "( )")
        groups, _ = _joined([token for token in wanted if token not in ("(", ")")], 0, 0, notes)
    return [*dict.fromkeys(groups)]


def _without_unwanted(tokens: Iterable[_Unit | str], notes: dict[Note, None]) -> list[_Unit | str]:
    """Return the tokens without what is not wanted, each with one OR beside it."""
    wanted: list[_Unit | str] = []
    before: _Unit | None = None
    for token in tokens:
        if isinstance(token, _Unit) and token.is_unwanted:
            before = token
            if wanted[-1:] == [_OR_SIGN]:
                _note(notes, AskedNote.MINUS_OF_ALL, f"-{token.typed}")
                wanted.pop()
                before = None
        elif before and token == _OR_SIGN:
            _note(notes, AskedNote.MINUS_OF_ALL, f"-{before.typed}")
            before = None
        else:
            wanted.append(token)
            before = None
    return wanted


class _BracketsError(Exception):
    """Brackets that do not match, or that come to too much."""


def _joined(
    tokens: Sequence[_Unit | str], start: int, depth: int, notes: dict[Note, None]
) -> tuple[_Groups, int]:
    """Return the groups of the tokens from *start* up to the end of their bracket, and that end."""
    groups: _Groups = []
    operands: list[_Groups] = []
    is_or, place = False, start
    while place < len(tokens) and tokens[place] != ")":
        token = tokens[place]
        place += 1
        if token == _OR_SIGN:
            if not operands:
                _note(notes, AskedNote.OPERATOR_ALONE, _OR[0])
            is_or = bool(operands)
            continue
        if isinstance(token, _Unit):
            operand: _Groups = [token.terms]
        else:
            if depth == DEEPEST:
                raise _BracketsError
            operand, place = _joined(tokens, place, depth + 1, notes)
            if place == len(tokens):
                raise _BracketsError
            place += 1
        if not is_or:
            groups += _either(operands)
            operands = []
        operands += [operand] if operand else []
        is_or = False
    if is_or:
        _note(notes, AskedNote.OPERATOR_ALONE, _OR[0])
    return groups + _either(operands), place


def _either(operands: Sequence[_Groups]) -> _Groups:
    """Return the groups that are met where all groups of one of the operands are."""
    if prod(map(len, operands)) > MOST_GROUPS:
        raise _BracketsError
    choices = product(*operands) if operands else ()
    return [tuple(dict.fromkeys(chain.from_iterable(choice))) for choice in choices]
