"""Near words: what may have been meant by a word that no article has."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.search.asked import understood
from archive.search.near import A_WORD, SUGGESTIONS, near_words, suggestions
from archive.search.words import spelling

ARTICLES = {
    **{"cho": 90, "don": 50, "dong": 40, "duong": 30, "bao": 20, "nghi": 9, "hoi": 8, "truong": 7},
    **{"huyen": 99, "quyet": 6, "lu": 5, "ho": 2, "2020": 3},
}


def frequency(word: str) -> int:
    """Tell in how many articles of a small archive a word is."""
    return ARTICLES.get(word, 0)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("chợ đồnn", ["chợ đồn"]),
        ("hộii nhgị", ["hội nghị"]),
        ("huyn", ["huyen"]),
        ("chợ đồn", []),
        ("đuờng", []),  # found in every spelling
        ("xyzxyz", []),
        ("chợx xyzxyz", []),
        ('"chợx đồn" -bãoo', ['"chợ đồn" -bãoo']),
        ("hoii OR bãoo", ["hoi OR bão"]),
        ("ddoongf", ["đồng"]),
        ("chowj ddoofn", ["chợ đồn"]),
        ("dduwowngf truwowngf", ["đường trường"]),
        ("huyeejn", ["huyện"]),
        ("quyeets", ["quyết"]),
        ("bax", ["bao"]),
        ("baox lux", ["bão lũ"]),
        ("d9o6ng2 huye65n", ["đồng huyện"]),
        ("DDOONGF", ["đồng"]),
        ("20200", []),
        ("", []),
        ("***", []),
        (" ".join(f"q{n}" for n in range(9)), []),
    ],
)
def test_a_word_that_no_article_has_is_taken_for_a_near_one(typed: str, meant: list[str]) -> None:
    found = suggestions(understood(typed), frequency)
    assert found[: len(meant)] == meant
    assert bool(found) == bool(meant)


def test_more_frequent_words_are_suggested_first_and_few() -> None:
    assert near_words("dôngx", frequency) == ["dông"]
    assert near_words("hoq", frequency) == ["hoi", "ho"]
    assert len(suggestions(understood("hoq hoq2"), frequency)) <= SUGGESTIONS


@given(st.text(max_size=40))
@example("ÌÛ")  # read as "iû̀", of three characters, since the mark of the tone moves
@example(":ÈÛ")
def test_whatever_is_typed_each_suggestion_has_only_words_that_articles_have(text: str) -> None:
    def odd(word: str) -> int:
        return len(word) % 2

    asked = understood(text)
    assert len(suggestions(asked, odd)) <= SUGGESTIONS
    for word in (word for term in asked.terms for word in term.words):
        for near in near_words(word, odd):
            assert odd(spelling(near).folded)
            assert len(near) <= len(word) + 1
    for term in asked.terms:
        assert len(near_words(term.words[0], frequency)) <= A_WORD
