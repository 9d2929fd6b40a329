"""What the archive keeps in sentences: each is of a set, known by its form, told in two languages.

That nothing else is kept is read off the source: whatever is handed to what keeps sentences is
followed to where it is made, and must come from a set there.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from markupsafe import Markup, escape

from crawler.vocabulary import PageKind, Reason, RunOutcome, Sentence, Trade
from crawler.vocabulary.sentences import AlarmMessage, HostEvidence, ListDamage, Notice, StandIn
from crawler.vocabulary.words import LANGUAGES, kept_sentences, recognised, sentence_in_words

ROOT = Path(__file__).parents[1]
PACKAGES = ("archive", "crawler", "curation", "operation", "pipelines", "tinhuyen")

_VARYING = {
    "code": "03", "status": "418", "before": "90", "now": "3", "number": "1,234", "most": "12",
    "least": "7", "file": "a/b.warc.zst", "trade": Trade.LOANS, "kind": PageKind.SPAM,
    "outcome": RunOutcome.STUCK, "span": "3 days", "usual": "2 days", "sign": StandIn.COOKIE,
    "claim": "“<claim>”", "other_claim": "“<other_claim>”",
}  # fmt: skip
"""What a sentence is filled with, where not anything will do."""


def filled(sentence: Sentence) -> tuple[str, dict[str, str]]:
    """Return a sentence as it may be kept, and what fills it."""
    names = re.findall(r"{(\w+)}", sentence)
    varying = {name: str(_VARYING.get(name, f"<{name}>")) for name in names}
    return sentence.of(**varying), varying


@pytest.mark.parametrize(
    "sentence", kept_sentences(), ids=lambda each: f"{type(each).__name__}.{each.name}"
)
def test_a_sentence_is_known_by_its_form_and_told_in_both_languages(sentence: Sentence) -> None:
    kept, varying = filled(sentence)

    found = recognised(kept)
    told = [sentence_in_words(kept, language) for language in LANGUAGES]
    has_words = re.search("[a-z]{2}", re.sub(r"{\w+}", "", sentence))

    assert found
    assert (str(found[0]), found[1]) == (str(sentence), varying)
    assert all(told)
    assert len({*told}) == len(LANGUAGES) or not has_words, told
    assert not any("{" in str(each) for each in told)


@pytest.mark.parametrize(
    ("kept", "vietnamese"),
    [
        (
            Reason.LIST_PAGE.of(url="https://a.example/2", why=Reason.NOT_FOUND),
            "trang https://a.example/2 của nó: cổng báo không có trang này (HTTP 404)",
        ),
        (
            Notice.NOTHING_READ.of(
                what=ListDamage.XML.of(what=f"{ListDamage.AMPERSAND}, {ListDamage.CUT}")
            ),
            "chưa đúng hẳn là XML: dấu & lẻ, bị cắt giữa chừng; không đọc được gì trong đó",
        ),
        (
            HostEvidence.CALLED.of(
                claim=HostEvidence.QUOTED.of(words="Huyện A", where=HostEvidence.TITLE)
            ),
            "tự gọi là “Huyện A” ở tiêu đề trang",
        ),
        (
            HostEvidence.CALLED.of(
                claim=HostEvidence.QUOTED.of(
                    words="A, but also B", where=HostEvidence.META.of(meta="og:title")
                )
            ),
            "tự gọi là “A, but also B” ở thẻ og:title",
        ),
        (
            AlarmMessage.FAILED.of(
                number=1200, day="2026-11-30", outcome=AlarmMessage.NOT_HAD.of(number=3), site="a"
            ),
            "1.200 lần thu thập gần nhất đều không thành, lần cuối vào 30/11/2026: 3 địa chỉ "
            "không lấy được. Xem máy chủ hiện là gì: tinhuyen survey a",
        ),
        (
            StandIn.SPAM.of(trade=Trade.GAMBLING, words="a challenge page, its title"),
            "dấu hiệu cờ bạc: a challenge page, its title",
        ),
    ],
)
def test_a_sentence_within_a_sentence_is_told_but_no_quoted_one(kept: str, vietnamese: str) -> None:
    assert sentence_in_words(kept, "vi") == vietnamese


_OURS = (
    *("why", "what", "where", "how", "sign", "signs", "outcome", "span", "usual"),
    *("claim", "other_claim", "kind", "trade"),
)
"""What in a sentence may be of a set of ours."""


@pytest.mark.parametrize("word", ["spam", "other", "empty", "no answer"])
def test_what_others_say_in_a_sentence_is_told_as_they_said_it(word: str) -> None:
    told = {}
    for sentence in kept_sentences():
        _, varying = filled(sentence)
        for name in varying.keys() - {*_OURS}:
            kept = sentence.of(**varying | {name: word})
            found = recognised(kept)
            if found and found[0] is sentence and found[1][name] == word:
                told[kept] = sentence_in_words(kept, "vi") or ""
    assert len(told) > 9
    assert [kept for kept, said in told.items() if word not in said] == []


def test_what_others_say_in_a_sentence_is_marked_and_escaped() -> None:
    kept = StandIn.CLOSED.of(words="<b>bảo trì</b>")
    told = sentence_in_words(kept, "en", escape, lambda text: Markup("<q>{}</q>").format(text))
    assert told == "a closed site: <q>&lt;b&gt;bảo trì&lt;/b&gt;</q>"


@pytest.mark.parametrize(
    "text",
    [
        *("", "foo; bar", "timeout: 3", ", ", "x: y; z: w", "\n" * 9),
        *("spam, other", "HTTP 404; empty", "login, 1 hour", "it calls itself spam"),
    ],
)
def test_what_is_no_sentence_is_none(text: str) -> None:
    assert sentence_in_words(text, "vi") is None


# What is kept, as the source has it

_POSITIONS = {
    "Finding": 2, "Question": 3, "Mended": 4, "_Judged": 1, "_tell_bound": 0, "tell_bound": 0,
    "_visit": 3,
    "note_problem": 2, "AskedMemento": 2, "_cut": 1, "_stuck": 2, "_broken": 2,
    "_stop": 0, "IgnoreRequest": 0, "NoRobotsError": 0, "BrokenAnswerError": 0,
    "BoundReachedError": 0, "EncodingError": 0, "_Line": 0,
}  # fmt: skip
"""What is given a sentence that the archive keeps, by its name, and the place among arguments."""
_KEYWORDS = ("reason", "damage", "message")
"""The names under which it is given one."""
_NOT_KEPT = {"crawler/spiders/probe.py"}
"""Whose reasons are told to who waits for them, and kept nowhere."""
_HOLDING_OTHERS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(eq=False)
class Source:
    """A module, and what is made in it."""

    path: str
    tree: ast.Module
    functions: dict[str, list[ast.AST]] = field(default_factory=dict)
    """By their names, which several classes may have."""

    def __post_init__(self) -> None:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self.functions.setdefault(node.name, []).append(node)


@cache
def sources() -> tuple[Source, ...]:
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return tuple(
        Source(str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))) for path in paths
    )


def given(scope: ast.AST) -> Iterator[ast.expr]:
    """Yield what is given to be kept within a function."""
    for node in ast.walk(scope):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        place = _POSITIONS.get(name)
        if name in ("note", "tell"):  # which others are called, too
            whose = ast.unparse(node.func)
            place = 2 if "problems" in whose else 1 if "frontier" in whose else None
        if place is not None and len(node.args) > place:
            yield node.args[place]
        yield from (each.value for each in node.keywords if each.arg in _KEYWORDS)


def made(
    source: Source, scope: ast.AST, value: ast.expr, seen: frozenset[str]
) -> Iterator[ast.expr]:
    """Yield the texts that *value* may be, as far as they are written in the module."""
    match value:
        case ast.Constant(value=str()) | ast.JoinedStr() | ast.BinOp(op=ast.Add() | ast.Mod()):
            yield value
        case ast.IfExp(body=one, orelse=other):
            yield from made(source, scope, one, seen)
            yield from made(source, scope, other, seen)
        case ast.BoolOp(values=values) | ast.Tuple(elts=values):
            for each in values:
                yield from made(source, scope, each, seen)
        case ast.Name(id=name) if name not in seen:
            for where in (scope, source):
                for each in assigned(where).get(name, ()):
                    yield from made(source, scope, each, seen | {name})
        case ast.Subscript(value=ast.Name(id=name)) if name not in seen:
            for each in assigned(source).get(name, ()):
                values = each.values if isinstance(each, ast.Dict) else []
                for one in values:
                    yield from made(source, scope, one, seen | {name})
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            for called in source.functions.get(name, ()) if name not in seen else ():
                for node in ast.walk(called):
                    if isinstance(node, ast.Return) and node.value:
                        yield from made(source, called, node.value, seen | {name})


@cache
def assigned(scope: ast.AST | Source) -> dict[str, list[ast.expr]]:
    """Return what names are set to in a function, or in a module outside of functions."""
    found: dict[str, list[ast.expr]] = {}
    nodes = scope.tree.body if isinstance(scope, Source) else ast.walk(scope)
    for node in nodes:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(value, ast.expr):
                found.setdefault(target.id, []).append(value)
    return found


def is_written_there(text: ast.expr) -> bool:
    """Whether it is a sentence in the place of one of a set: words, and no mere name or mark."""
    if isinstance(text, ast.Constant):
        return " " in str(text.value)
    return any(
        isinstance(node, ast.Constant) and isinstance(node.value, str)
        and re.search("[a-z]{2}", node.value)
        for node in ast.walk(text)
    )  # fmt: skip


def written(source: Source) -> Iterator[str]:
    """Yield where a module makes a sentence that is kept and that no set has, or has it from whom
    nobody has looked at.
    """
    found: dict[str, None] = {}
    scopes = [(name, each) for name, several in source.functions.items() for each in several]
    outside = [each for each in source.tree.body if not isinstance(each, _HOLDING_OTHERS)]
    for name, scope in [*scopes, ("the module", ast.Module(outside, []))]:
        for value in given(scope):
            if is_handed_on(scope, value) and name not in _POSITIONS:
                found[f"{source.path}:{value.lineno}: what {name} is given"] = None
            for text in made(source, scope, value, frozenset()):
                if is_written_there(text):
                    found[f"{source.path}:{text.lineno}: {ast.unparse(text)}"] = None
    yield from found


def is_handed_on(scope: ast.AST, value: ast.expr) -> bool:
    """Whether a function has a value from whoever calls it: then its name is in `_POSITIONS`, so
    that these are looked at; or it has it by a name by which it is looked at anyway.
    """
    taken = {node.arg for node in ast.walk(scope) if isinstance(node, ast.arg)} - {*_KEYWORDS}
    return isinstance(value, ast.Name) and value.id in taken - assigned(scope).keys()


def test_nothing_is_kept_that_no_set_has() -> None:
    found = {
        place for source in sources() if source.path not in _NOT_KEPT for place in written(source)
    }
    assert found == set()


def test_the_walk_finds_what_is_written_in_place() -> None:
    text = """
def outer(self):
    why = "a b" if self else f"ab {self}"
    self.frontier.tell(KIND, why)
    self._problems.note(1, KIND, inner())
    return Visit(reason=WORDS[1])
def inner():
    return "c d"
WORDS = {1: "e f", 2: Reason.NOT_FOUND}
def handing(why):
    self.frontier.tell(KIND, why)
"""
    source = Source("x.py", ast.parse(text))
    assert [place.partition(": ")[2] for place in written(source)] == [
        "'a b'", "f'ab {self}'", "'c d'", "'e f'", "what handing is given",
    ]  # fmt: skip
