"""What the archive keeps in sentences: each is of a set, known by its form, told in two languages.

That nothing else is kept is read off the source: whatever is handed to what keeps sentences is
followed to where it is made, and must come from a set there.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
from markupsafe import Markup, escape

from crawler.vocabulary import Grade, PageKind, PlaceKind, Reason, RunOutcome, Sentence, Trade
from crawler.vocabulary.sentences import AlarmMessage, HostEvidence, ListDamage, Notice, StandIn
from crawler.vocabulary.words import LANGUAGES, kept_sentences, recognised, sentence_in_words

ROOT = Path(__file__).parents[1]
PACKAGES = ("archive", "crawler", "curation", "operation", "pipelines", "tinhuyen")

_VARYING = {
    "code": "03", "status": "418", "before": "90", "now": "3", "number": "1,234", "most": "12",
    "least": "7", "file": "a/b.warc.zst", "trade": Trade.LOANS, "kind": PageKind.SPAM,
    "outcome": RunOutcome.STUCK, "span": "3 days", "usual": "2 days", "sign": StandIn.COOKIE,
    "claim": "“<claim>”", "other_claim": "“<other_claim>”", "what": StandIn.COOKIE,
    "first": "5", "last": "9", "stamp": "20250630", "size": "12", "place_kind": PlaceKind.UNIT,
    "grade": Grade.TEXT, "other_grade": Grade.ALL, "record": "archive.db",
    "profile": "profiles/b.toml", "profiles": "profiles/a.toml",
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
            "2 faults found, such as: archive.db: article 17, https://a.example/1:8080, "
            "revision 2: its capture reads otherwise today: title, body (profiles/a.toml and "
            "profiles/b.toml changed since; to read by it: tinhuyen reread a). What to do: "
            "docs/keeping.md",
            "thấy 2 chỗ hỏng, trong đó có: archive.db: bài 17, https://a.example/1:8080, bản "
            "thứ 2: bản chụp của bài nay đọc ra khác: title, body (profiles/a.toml và "
            "profiles/b.toml đã thay đổi; để đọc theo đó: tinhuyen reread a). Cách xử lý: "
            "docs/keeping.md",
        ),
        (
            "1 fault found, such as: archive.db: a/a.warc.zst: No such file or directory; it "
            "held 3 captures; files that this database does not know lie there instead: was it "
            "put back without the captures that it belongs to "
            "(docs/keeping.md#after-a-recompress)?. What to do: docs/keeping.md",
            "thấy 1 chỗ hỏng: archive.db: a/a.warc.zst: không còn tệp này; trong đó có 3 bản "
            "chụp; thay vào đó là những tệp mà cơ sở dữ liệu này không biết: có phải nó được "
            "đặt lại mà thiếu các bản chụp đi cùng (docs/keeping.md#after-a-recompress)?. Cách "
            "xử lý: docs/keeping.md",
        ),
        (
            "archive.db: /a b/archive.db: is damaged (database disk image is malformed); "
            "restore it from a backup, or see docs/keeping.md; what comes after was not checked",
            "archive.db: /a b/archive.db: bị hỏng (database disk image is malformed); hãy phục "
            "hồi từ bản sao lưu, hoặc xem docs/keeping.md; phần sau đó chưa được kiểm tra",
        ),
        (
            "article 7, https://a.example/7: it names other places today: lacking Xã A "
            "(commune 12), Xã B (unit 7); no more Xã C (commune 9) (was Tin Huyện updated? "
            "then: tinhuyen reread)",
            "bài 7, https://a.example/7: bài nay nêu những nơi khác: kho còn thiếu Xã A (xã "
            "trước 7/2025 12), Xã B (xã, phường, đặc khu từ 7/2025 7); nay không còn Xã C "
            "(xã trước 7/2025 9) (Tin Huyện vừa được nâng cấp chăng? nếu vậy: tinhuyen reread)",
        ),
        (
            "120 articles, 130 captures, 1,234,567 bytes, of which 0 are new, 2 older ones "
            "removed; /a/captures/a/a.warc.zst at 12, https://a.example/: its 50 bytes are not "
            "those that were written; s3://b/c: backups/1.json: is not as it was written; "
            "remove it by hand, so that old ones are removed again",
            "120 bài, 130 bản chụp, 1.234.567 byte, trong đó 0 byte mới, đã xóa 2 bản sao lưu "
            "cũ hơn; /a/captures/a/a.warc.zst, từ byte 12, https://a.example/: 50 byte không "
            "còn như lúc ghi; s3://b/c: backups/1.json: không còn như lúc ghi; hãy tự tay xóa "
            "để các bản cũ lại được dọn",
        ),
        (
            "/mnt/usb/tin huyen: is not there; is the disk in its place, and does its folder "
            "exist?",
            "/mnt/usb/tin huyen: không thấy; ổ đĩa đã cắm chưa, và thư mục chứa nó có tồn tại "
            "không?",
        ),
        (
            "archive-index: its files hold other documents than they say; make it anew with: "
            "tinhuyen index --rebuild",
            "archive-index: các tệp của chỉ mục không chứa đúng những bài mà chúng nêu; hãy "
            "tạo lại bằng: tinhuyen index --rebuild",
        ),
        (
            "it has it as of 20250630120000, before the text changed",
            "nơi ấy chỉ có bản lúc 20250630120000, trước khi bài thay đổi",
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
    *("claim", "other_claim", "kind", "trade", "fault", "instead"),
    *("grade", "other_grade", "place_kind"),
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
    "Fault": (1, 2), "StoreError": 0, "DamagedBackupError": 0, "NotHereError": 0,
    "ArchiveError": 0, "WarcError": 0, "NotDerivedError": 0, "_NotTakenError": 0,
    "IndexDamagedError": 0, "_of_vault": 0, "of_this": 0, "_of_store": 0, "_Looked": 2,
}  # fmt: skip
"""What is given a sentence that the archive keeps, by its name, and the place among arguments."""
_KEYWORDS = ("reason", "damage", "message")
"""The names under which it is given one."""
_PLACES = ("damaged", "doubts", "head", "unreadable")
"""Attributes by which they are kept until they are told."""
_GATHERED = ("damaged", "doubts", "whole")
"""Lists to which they are appended."""
_TELLING = {
    "archive/archive.py": ("damage",),
    "archive/errors.py": ("explain", "explain_os"),
    "archive/holdings.py": ("index_faults",),
    "archive/search/checking.py": ("faults", "_compared", "_unfound"),
    "archive/search/writing.py": ("why_foreign",),
    "archive/schema.py": ("missing_from",),
    "archive/tables/articles_fts.py": ("faults", "sampled_faults", "message"),
    "archive/tables/loose_ends.py": ("faults",),
    "archive/vault.py": ("damage", "altered"),
    "archive/withholding.py": ("faults", "_faults_of"),
    "curation/backup/making.py": ("_damages", "_unread"),
    "curation/fixity.py": (
        *("misplaced", "damage_of_head", "damage", "_damage", "_contradiction", "_other_body"),
    ),
    "curation/texts.py": ("record", "record_of", "_today"),
    "curation/verify.py": (
        *("_misled", "_of_text", "_why_otherwise", "_of_places", "_in_full_text", "_in_search"),
    ),
    "tinhuyen/commands/backup.py": ("_said",),
}
"""Functions that yield or return them, by their modules."""
_HANDING_ON = {
    *("str", "of", "join", "get", "as_posix", "make", "in_a_line", "search_faults"),
    *chain(*_TELLING.values()),
}
"""Where what `_JUDGED` modules tell may come from: what looks at others' words, and `_TELLING`."""
_JUDGED = ("curation/verify.py", "curation/backup/making.py", "tinhuyen/commands/backup.py")
"""Modules that hand on to be kept what others tell them; whom they ask is looked at."""
_NOT_KEPT = (
    *("archive/lessons.py:_body", "archive/merging/", "archive/opening.py:_refuse_missing"),
    *("archive/opening.py:opened", "archive/opening.py:require_ours"),
    *("archive/search/writing.py:bring_up", "archive/search/writing.py:_unusable"),
    *("archive/warc/rewriting.py", "crawler/spiders/probe.py"),
    *("curation/backup/manifest.py:stored", "curation/backup/restoring.py"),
    *("curation/exporting/", "curation/importing/inventory.py", "tinhuyen/commands/owner.py"),
)
"""Modules, and functions, whose reasons are told to who waits for them, and kept nowhere."""
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


def given(scope: ast.AST, *, is_telling: bool = False) -> Iterator[ast.expr]:
    """Yield what is given to be kept within a function; all that it tells if that is kept."""
    for node in ast.walk(scope):
        match node:
            case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
                if is_telling:
                    yield value
            case (
                ast.Assign(targets=[target], value=value)
                | ast.AugAssign(target=target, value=value)
            ):
                if is_place(target):
                    yield value
            case ast.Call(func=ast.Attribute(value=target, attr="append"), args=[value]):
                if getattr(target, "attr", getattr(target, "id", "")) in _GATHERED:
                    yield value
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        place = _POSITIONS.get(name)
        if name in ("note", "tell"):  # which others are called, too
            whose = ast.unparse(node.func)
            place = 2 if "problems" in whose else 1 if "frontier" in whose else None
        places = place if isinstance(place, tuple) else () if place is None else (place,)
        yield from (node.args[each] for each in places if each < len(node.args))
        yield from (each.value for each in node.keywords if each.arg in _KEYWORDS)


def is_place(target: ast.expr) -> bool:
    """Whether what is written there is gathered to be told."""
    if isinstance(target, ast.Subscript):
        return is_place(target.value)
    return isinstance(target, ast.Attribute) and target.attr in _PLACES


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
        case ast.ListComp(elt=one) | ast.GeneratorExp(elt=one):
            yield from made(source, scope, one, seen)
        case ast.BoolOp(values=values) | ast.Tuple(elts=values) | ast.List(elts=values):
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
        case ast.Call(func=ast.Attribute(value=whose, attr="of"), keywords=words):
            yield from made(source, scope, whose, seen)
            if ast.unparse(whose) == "Said.OF":  # which says nothing itself
                for word in words:
                    yield from made(source, scope, word.value, seen)
        case ast.Call(func=ast.Attribute(attr="join"), args=[several]):
            yield from made(source, scope, several, seen)
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            for called in source.functions.get(name, ()) if name not in seen else ():
                for node in ast.walk(called):
                    if isinstance(node, ast.Return | ast.Yield) and node.value:
                        yield from made(source, called, node.value, seen | {name})


@cache
def assigned(scope: ast.AST | Source) -> dict[str, list[ast.expr]]:
    """Return what names are set to in a function, or in a module outside of functions, and what is
    appended to lists of these names.
    """
    found: dict[str, list[ast.expr]] = {}
    nodes = scope.tree.body if isinstance(scope, Source) else ast.walk(scope)
    pairs: list[tuple[ast.expr | None, ast.expr | None]]
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                pairs = [*zip(targets, values, strict=True)]
            case ast.Assign(targets=targets, value=value):
                pairs = [(target, value) for target in targets]
            case ast.Call(func=ast.Attribute(value=target, attr="append"), args=[value]):
                pairs = [(target, value)]
            case _:
                pairs = [(getattr(node, "target", None), getattr(node, "value", None))]
        for name, given_it in pairs:
            if isinstance(name, ast.Name) and isinstance(given_it, ast.expr):
                found.setdefault(name.id, []).append(given_it)
    return found


def asked(source: Source, scope: ast.AST, value: ast.expr) -> Iterator[str]:
    """Yield the names of functions of others from which a value comes."""
    match value:
        case ast.Name(id=name):
            for each in assigned(scope).get(name, ()):
                if not isinstance(each, ast.Name):
                    yield from asked(source, scope, each)
            for node in ast.walk(scope):
                if isinstance(node, ast.For | ast.comprehension) and name in {
                    part.id for part in ast.walk(node.target) if isinstance(part, ast.Name)
                }:
                    yield from asked(source, scope, node.iter)
        case ast.BoolOp(values=values) | ast.Tuple(elts=values):
            for each in values:
                yield from asked(source, scope, each)
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            if name not in source.functions:
                yield name


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
        if f"{source.path}:{name}".startswith(_NOT_KEPT):
            continue
        is_telling = name in _TELLING.get(source.path, ())
        for value in given(scope, is_telling=is_telling):
            if is_handed_on(scope, value) and name not in _POSITIONS:
                found[f"{source.path}:{value.lineno}: what {name} is given"] = None
            for whom in asked(source, scope, value) if source.path in _JUDGED else ():
                if whom not in _HANDING_ON:
                    found[f"{source.path}:{value.lineno}: what {whom} tells"] = None
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
    found = {place for source in sources() for place in written(source)}
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
