"""The words of texts and of what is typed: one spelling for what is only written otherwise."""

import unicodedata

import pytest

from archive.search.words import LONGEST, begins, has_marks, spelling, spellings, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hoà bình", "hòa bình"),
        ("HOÀ BÌNH", "hòa bình"),
        ("uỷ ban", "ủy ban"),
        ("Thuỷ lợi khoẻ", "thủy lợi khỏe"),
        ("tòan hòan", "toàn hoàn"),
        ("qúy", "quý"),
        ("gìa gíup", "già giúp"),
        ("thủơ", "thuở"),
        ("Ðồn ð HÐND", "Đồn đ HĐND"),
        ("D\u0335a\u0323m", "Đạm"),
        (unicodedata.normalize("NFD", "Chợ Đồn, huyện"), "chợ đồn huyện"),
        ("huy\u00adện b\u200bão", "huyện bão"),
    ],
)
def test_what_is_only_written_otherwise_is_one_spelling(one: str, other: str) -> None:
    assert spellings(one) == spellings(other)


@pytest.mark.parametrize(
    "word",
    [
        "hòa",
        "hoàn",
        "hoài",
        "loại",
        "lìa",
        "gì",
        "gìn",
        "giếng",
        "quyển",
        "khuỷu",
        "thuở",
        "nước",
        "người",
        "mừa",
        "của",
        "tiếng",
        "yến",
        "xoăn",
        "xoong",
        "ngoằn",
        "nghiêng",
        "rượu",
        "cứu",
        "hươu",
        "đường",
        "oái",
        "ý",
        "quốc",
        "quạ",
        "gửi",
        "mùa",
        "thuế",
        "khuya",
    ],
)
def test_the_usual_spelling_is_kept(word: str) -> None:
    assert spelling(word).exact == word


@pytest.mark.parametrize(("one", "other"), [("bão", "báo"), ("má", "mà"), ("dương", "đường")])
def test_other_words_are_told_apart_by_their_exact_spelling_alone(one: str, other: str) -> None:
    assert spelling(one).exact != spelling(other).exact
    assert spelling(one).folded == spelling(other).folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30/2020/NĐ-CP", ["30", "2020", "nđ", "cp"]),
        ("a_b c.d", ["a", "b", "c", "d"]),
        ("café Ångström naïve", ["café", "ångström", "naïve"]),
        ("120m² №5", ["120m²", "5"]),
        ("ភាសាខ្មែរ", ["ភាសាខ្មែរ"]),
        ("🙂 — … \u0301", []),
    ],
)
def test_a_text_is_taken_apart_at_what_is_no_letter(text: str, expected: list[str]) -> None:
    assert [word.exact for word in words(text)] == expected


def test_the_folded_spelling_is_as_people_type() -> None:
    assert [word.folded for word in spellings("Chợ Đồn 120m²")] == ["cho", "don", "120m2"]
    assert [*map(has_marks, ("đi", "cho", "2020"))] == [True, False, False]


@pytest.mark.parametrize(
    ("beginning", "begun", "others"),
    [
        ("toà", ("tòa", "toàn", "toàng"), ("tán", "tờ", "toa")),
        ("tò", ("tò", "tòa", "toàn"), ("tờ", "tón")),
        ("ủ", ("ủy", "ủng"), ("ử", "uy", "úy")),
        ("ho", ("hoa", "hòa", "hoàn", "hong"), ("hồng", "hò", "hơ")),
        ("hoàn", ("hoàn", "hoàng"), ("hòa", "hoán")),
        ("thú", ("thú", "thúy"), ("thuế", "thứ")),
        ("gi", ("gi", "già", "giáp"), ("gì", "gỉ")),
        ("2", ("2020",), ("1",)),
        ("ếch", ("ếch",), ("êch",)),
    ],
)
def test_a_beginning_has_its_tone_where_the_word_will(
    beginning: str, begun: tuple[str, ...], others: tuple[str, ...]
) -> None:
    for word in begun:
        assert begins(spelling(word).exact, spelling(beginning).exact), word
    for word in others:
        assert not begins(spelling(word).exact, spelling(beginning).exact), word


def test_a_word_says_where_it_stands_in_the_text_as_it_was_given() -> None:
    text = "“" + unicodedata.normalize("NFD", "Hoà Bình") + "” (2020)"
    found = [*words(text)]
    assert [text[word.start : word.end] for word in found] == [
        unicodedata.normalize("NFD", "Hoà"), unicodedata.normalize("NFD", "Bình"), "2020",
    ]  # fmt: skip
    assert [word.exact for word in found] == ["hòa", "bình", "2020"]


def test_a_boundless_word_is_compared_by_its_beginning() -> None:
    (word,) = words("ă" * 10_000)
    assert (len(word.exact), word.end) == (LONGEST, 10_000)


@pytest.mark.parametrize("text", ["İstanbul", "ﬁ", "ǅ", "ß", "Ａ", "가나", "e\u0301\u0323"])
def test_spelling_twice_changes_nothing(text: str) -> None:
    for word in spellings(text):
        assert spelling(word.exact) == word
