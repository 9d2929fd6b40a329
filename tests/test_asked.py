"""What a person types is understood, whatever it is, and what was left out is told."""

import unicodedata
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.search.asked import (
    DEEPEST,
    MOST_GROUPS,
    MOST_WORDS,
    Asked,
    Term,
    as_typed,
    understood,
    without_quotes,
)
from archive.search.words import spellings
from crawler.text.fold import fold
from crawler.vocabulary import AskedNote
from crawler.vocabulary.words import LANGUAGES, word


def told(asked: Asked) -> str:
    """Return a query as its parts, in a form of its own: groups parted by "+", "|" within one."""

    def term(one: Term) -> str:
        text = " ".join(one.words)
        return (f'"{text}"' if one.exact else text) + "*" * one.prefix

    groups = [" | ".join(map(term, group)) for group in asked.wanted]
    return " + ".join([*groups, *(f"-{term(one)}" for one in asked.unwanted)])


def kinds(text: str) -> list[AskedNote]:
    """Return what kinds of notes a query has."""
    return [note.kind for note in understood(text).notes]


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("chợ đồn", "chợ + đồn"),
        ("CHỢ  Đồn", "chợ + đồn"),
        ('"chợ đồn"', '"chợ đồn"'),
        ("“chợ đồn”", '"chợ đồn"'),
        ("„chợ đồn‟ «bão»", '"chợ đồn" + "bão"'),
        ("bão -họp -hop", 'bão + -"họp" + -hop'),
        ('bão -"họp báo"', 'bão + -"họp báo"'),
        ('bão -"hop bao"', 'bão + -"hop bao"'),
        ("bão −lũ", 'bão + -"lũ"'),
        ("bão – lũ", "bão + lũ"),
        ("bão -(họp báo) lũ", 'bão + lũ + -"họp" + -"báo"'),
        ("-(họp (báo cáo)) lũ", 'lũ + -"họp" + -"báo" + -"cáo"'),
        ("thu-chi", "thu chi"),
        ("a OR b", "a | b"),
        ("a|b", "a | b"),
        ("a || b", "a | b"),
        ("a HOẶC b HOẶC c", "a | b | c"),
        ("a hoặc b", "a + hoặc + b"),
        ("a or b", "a + or + b"),
        ("a OR b c OR d", "a | b + c | d"),
        ('"a b" OR c', '"a b" | c'),
        ("(a b) OR c", "a | c + b | c"),
        ("(a OR b) (c OR d)", "a | b + c | d"),
        ("(a OR (b c)) d", "a | b + a | c + d"),
        ("(a b c)", "a + b + c"),
        ("hội nghị (lần 2)", "hội + nghị + lần + 2"),
        ("() OR a", "a"),
        ("ng*", "ng*"),
        ("-ng*", "-ng*"),
        ('"khai gi"*', '"khai gi"*'),
        ('"khai gi*"', '"khai gi"*'),
        ("khai*, giảng", "khai* + giảng"),
        ("hoà bình", "hòa + bình"),
        ("uỷ ban", "ủy + ban"),
        ("Ðồn ðồn Đồn", "đồn"),
        ("ＣＨỢ　Đồｎ", "chợ + đồn"),
        ("１２ ＂bão＂", '12 + "bão"'),
        (unicodedata.normalize("NFD", "chợ đồn HOẶC bão"), "chợ + đồn | bão"),
        ("30/2020/NĐ-CP", "30 2020 nđ cp"),
        ("30/2020/ND-CP", "30 2020 nd cp"),
        ("030/2020/NĐ-CP", "030 2020 nđ cp | 30 2020 nđ cp"),
        ("06-ĐA/TU", "06 đa tu | 6 đa tu"),
        ("6-ĐA/TU", "6 đa tu | 06 đa tu"),
        ("6-ÐA/TU", "6 đa tu | 06 đa tu"),
        ("06 - đa / tu, họp", "06 đa tu | 6 đa tu + họp"),
        ("số 6-ĐA/TU.", "số + 6 đa tu | 06 đa tu"),
        ("-06-ĐA/TU bão", 'bão + -"06 đa tu" + -"6 đa tu"'),
        ("06-ĐA/TU OR bão", "06 đa tu | 6 đa tu | bão"),
        ('"06-ĐA/TU"', '"06 đa tu"'),
        ("2020/30", "2020 30"),
        ("title:bão", "title bão"),
        ("{bão} [lũ] ^a", "bão + lũ + a"),
        ("huyen.example/tin?a=1", "huyen example tin a 1"),
        ("bão bão BÃO", "bão"),
        ("", ""),
        ("   ", ""),
        ("-", ""),
        ("***", ""),
        ("-họp", '-"họp"'),
        ("🎉", ""),
        ('"', ""),
        ('""', ""),
        ("OR", ""),
        ("x\x00y\x07z", "x + y + z"),
        ("ch\u200bợ", "chợ"),
    ],
)
def test_what_is_typed_is_taken_as_it_is_meant(typed: str, means: str) -> None:
    assert told(understood(typed)) == means


@pytest.mark.parametrize(
    ("typed", "note", "words"),
    [
        ("-họp", AskedNote.NO_WORD, "-họp"),
        ("?!", AskedNote.NO_WORD, "?!"),
        ('bão "lũ quét', AskedNote.UNCLOSED_QUOTE, '"lũ quét'),
        ("bão -", AskedNote.OPERATOR_ALONE, "-"),
        ("bão OR", AskedNote.OPERATOR_ALONE, "OR"),
        ("| bão", AskedNote.OPERATOR_ALONE, "OR"),
        ("bão OR (lũ", AskedNote.BRACKETS, "( )"),
        ("bão OR lũ) quét", AskedNote.BRACKETS, "( )"),
        ("b*o", AskedNote.STAR_INSIDE, "b*o"),
        ("*bão", AskedNote.STAR_INSIDE, "*bão"),
        ("bão OR -lũ", AskedNote.MINUS_OF_ALL, "-lũ"),
        ("-lũ OR bão", AskedNote.MINUS_OF_ALL, "-lũ"),
        ("bão AND lũ", AskedNote.AS_A_WORD, "AND"),
        ("🎉 bão 🎉 ₫", AskedNote.SIGNS, "🎉₫"),
    ],
)
def test_what_is_left_out_or_taken_otherwise_is_told(
    typed: str, note: AskedNote, words: str
) -> None:
    notes = understood(typed).notes
    assert [(one.kind, one.words) for one in notes] == [(note, words)]
    assert all(
        word(one.kind, language).format(words=one.words) for one in notes for language in LANGUAGES
    )


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "chợ đồn",
        '"bão" -lũ',
        "a OR b",
        "hội nghị (lần 2)",
        "((a",
        "HỢP TÁC VÀ PHÁT TRIỂN",
        "khai*",
        "06-ĐA/TU",
        "50% (năm 2020), 1.000 ha!",
        "-(họp báo) tin",
        "bão – lũ",
    ],
)
def test_what_is_understood_has_no_notes(typed: str) -> None:
    assert kinds(typed) == []


@pytest.mark.parametrize(
    ("typed", "documents"),
    [
        ("30/2020/NĐ-CP", ("30/2020/NĐ-CP",)),
        ("30/2020/nd-cp", ("30/2020/NĐ-CP",)),
        ("nghị định 030/2020/nđ-cp", ("30/2020/NĐ-CP",)),
        ("06-ĐA/TU", ("6-ĐA/TU",)),
        ("06 - da / tu", ("6-DA/TU", "6-ĐA/TU")),
        ("123/qd-ubnd 45/KH-UBND", ("123/QĐ-UBND", "45/KH-UBND")),
        ("31/2024/qh15", ("31/2024/QH15",)),
        ('"30/2020/NĐ-CP"', ()),
        ("-30/2020/NĐ-CP bão", ()),
        ("20/11 24/7 3/b", ()),
    ],
)
def test_the_number_of_a_document_is_known_however_it_is_typed(
    typed: str, documents: tuple[str, ...]
) -> None:
    assert understood(typed).documents == documents


def test_of_more_words_than_are_looked_for_the_first_are() -> None:
    many = understood(" ".join(f"từ{number}" for number in range(MOST_WORDS + 3)))
    assert len(many.wanted) == MOST_WORDS
    assert [(note.kind, note.words) for note in many.notes] == [
        (AskedNote.CUT, " ".join(f"từ{number}" for number in range(MOST_WORDS, MOST_WORDS + 3)))
    ]
    phrase = understood(f'bão "{"rất " * 100}"')
    assert [len(term.words) for term in phrase.terms] == [1, MOST_WORDS - 1]
    assert AskedNote.CUT in kinds(f'bão "{"rất " * 100}"')
    assert kinds("từ " * 1000) == []
    assert kinds("a" * 10_001) == [AskedNote.CUT]
    assert len(understood(" ".join(f"-a{n}" for n in range(100)) + " b").unwanted) == MOST_WORDS


def test_brackets_that_come_to_too_much_are_as_if_not_there() -> None:
    deep = "(" * (DEEPEST + 2) + "a OR b" + ")" * (DEEPEST + 2)
    wide = " OR ".join(["(a b c d)", "(e f g h)", "(i j k l)", "(m n o p)"])
    for typed in (deep, wide, "(" * 5000 + "a OR b", ")" * 5000 + "a OR b"):
        assert AskedNote.BRACKETS in kinds(typed)
        assert understood(typed).wanted
        assert len(understood(typed).wanted) <= MOST_GROUPS


SIGNS = 'chợ đồn"-*()|[]{}:^+/\\\x00\n\t“”«ANDORHOẶC🎉６６-ĐA/TU'


@given(st.one_of(st.text(), st.text(alphabet=SIGNS, max_size=80)))
def test_nothing_that_is_typed_is_an_error(text: str) -> None:
    asked = understood(text)
    assert asked.text == text
    assert all(group and all(term.words for term in group) for group in asked.wanted)
    assert all(term.words for term in asked.unwanted)
    for term in (*asked.terms, *asked.unwanted):
        assert all(one.exact == one.exact.lower() for one in spellings(" ".join(term.words)))
    if text.strip():
        assert bool(asked.wanted) is not (AskedNote.NO_WORD in kinds(text))
    assert len(asked.wanted) <= MOST_GROUPS
    assert sum(len(group) for group in asked.wanted) <= MOST_GROUPS * MOST_WORDS * 3


WORDS = st.lists(
    st.sampled_from(["bão", "báo", "bao", "đường", "hoà", "nghị", "Đồn", "m2", "30"]),
    min_size=1,
    max_size=8,
)


@given(WORDS, st.sampled_from(["NFC", "NFD"]), st.sampled_from([" ", "\u3000", "\t", ", "]))
def test_the_form_in_which_words_are_typed_makes_no_difference(
    words: list[str], form: str, between: str
) -> None:
    plain = understood(" ".join(words))
    other = understood(unicodedata.normalize(form, between.join(words).upper()))  # type: ignore[arg-type]
    assert (other.wanted, other.notes) == (plain.wanted, plain.notes)
    assert [fold(word) for word in dict.fromkeys(chain(*(t.words for t in plain.terms)))] == [
        fold(word.lower())
        for word in dict.fromkeys(spelt.exact for spelt in spellings(" ".join(words)))
    ]


@given(WORDS, WORDS)
def test_what_is_quoted_is_exact_and_what_is_excluded_is_not_wanted(
    quoted: list[str], excluded: list[str]
) -> None:
    asked = understood(" ".join([f'"{" ".join(quoted)}"', *(f"-{word}" for word in excluded)]))
    assert [term.exact for term in asked.terms] == [True]
    assert asked.terms[0].words == tuple(word.exact for word in spellings(" ".join(quoted)))
    assert {term.words for term in asked.unwanted} == {
        (word.exact,) for word in spellings(" ".join(excluded))
    }


@pytest.mark.parametrize(
    "typed", ["bão", '"bão"', '"chợ đồn"', "ng*", '"khai gi"*', "thu-chi", "06-ĐA/TU", "x" * 90]
)
def test_a_term_can_be_typed_again(typed: str) -> None:
    term = understood(typed).terms[0]
    again = understood(as_typed(term)).terms[0]
    assert again._replace(documents=()) == term._replace(documents=())


def test_without_quotes_words_are_found_in_every_spelling() -> None:
    assert without_quotes('“chợ đồn” -"bão"') == 'chợ đồn -"bão"'
