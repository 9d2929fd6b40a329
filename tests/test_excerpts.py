"""The passage beside a hit: of the stored text, with what was looked for marked and all escaped."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.search.asked import understood
from reading_room.search import excerpts
from reading_room.search.excerpts import WORDS_SHOWN, Mark, excerpt, marked


@pytest.mark.parametrize(
    ("asked", "text", "shown"),
    [
        ("bão", "Bão số 3, báo cáo", "[Bão] số 3, (báo) cáo"),
        ('"bão"', "Bão số 3, báo cáo", "[Bão] số 3, báo cáo"),
        ("bao", "Bão, báo, bao", "[Bão], [báo], [bao]"),
        ("hoà bình", "Tỉnh Hòa Bình", "Tỉnh [Hòa Bình]"),
        ('"hoà bình"', "Tỉnh Hòa Bình, hòa", "Tỉnh [Hòa Bình], hòa"),
        ("ng*", "người nghèo, gà", "[người nghèo], gà"),
        ('"khai gi"*', "khai giảng, khai mạc", "[khai giảng], khai mạc"),
        ("06-ĐA/TU", "Đề án số 6 - ĐA/TU.", "Đề án số [6 - ĐA/TU]."),
        ("30/2020/nd-cp", "NĐ 30/2020/NĐ-CP", "NĐ [30/2020/NĐ-CP]"),
        ("a OR b", "a b c", "[a b] c"),
        ("bao* bão", "bão", "[bão]"),
        ("x", "<b>x</b> & y", "<b>[x]</b> & y"),
        ("bão", "ba\u0303o", "[ba\u0303o]"),
        ("đồn", "chợ Ðồn", "chợ [Ðồn]"),
        ("x", "", ""),
    ],
)
def test_what_was_looked_for_is_marked(asked: str, text: str, shown: str) -> None:
    """Square brackets stand for what is spelled as typed, round ones for other spellings."""
    html = str(marked(text, understood(asked).terms).html)
    for tag, sign in [("<mark>", "["), ('<mark class="other">', "(")]:
        while tag in html:
            before, _, after = html.partition(tag)
            html = before + sign + after.replace("</mark>", "]" if sign == "[" else ")", 1)
    for entity, sign in [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]:
        html = html.replace(entity, sign)
    assert html == shown


FILLER = "Sáng nay huyện họp giao ban. " * 30


def test_the_passage_with_most_of_the_words_is_shown() -> None:
    text = (
        f"{FILLER}\n{FILLER} Lũ lên. {FILLER}\n{FILLER} Bão gây lũ quét ở Nà Lạng. {FILLER}\nBão."
    )
    shown = excerpt(text, understood("lu bao").terms)
    assert "Bão gây lũ quét" in shown.text
    assert shown.text.startswith("… ")
    assert shown.text.endswith(" …")
    assert [shown.text[start:end] for start, end, _ in shown.marks] == ["Bão", "lũ"]
    assert len(shown.text.split()) <= WORDS_SHOWN + 2


def test_the_spelling_as_typed_is_shown_before_others() -> None:
    text = f"Huyện báo cáo. {FILLER}\n{FILLER}\n{FILLER} Bão lớn."
    assert "Bão lớn" in excerpt(text, understood("bão").terms).text
    assert "báo cáo" in excerpt(text, understood("báo").terms).text


def test_of_a_text_without_the_words_the_beginning_is_shown() -> None:
    shown = excerpt(f"\n\nĐầu bài. {FILLER}", understood("bão").terms)
    assert shown.text.startswith("Đầu bài.")
    assert shown.marks == ()
    assert excerpt("", understood("bão").terms).html == ""
    assert excerpt("...\n***", understood("bão").terms).text == ""


def test_the_passage_is_found_as_fast_wherever_else_its_words_stand() -> None:
    class Marks(list[Mark]):
        looked_at = 0

        def __getitem__(self, key: Any) -> Any:
            got = super().__getitem__(key)
            self.looked_at += len(got) if isinstance(key, slice) else 1
            return got

        def __iter__(self) -> Iterator[Mark]:
            for mark in super().__iter__():
                self.looked_at += 1
                yield mark

    (term,) = understood("0").terms
    marks = Marks(Mark(2 * n, 2 * n + 1, n, term, is_exact=True) for n in range(20_000))
    assert [mark.first for mark in excerpts._densest(marks)] == [*range(WORDS_SHOWN - 8)]
    assert marks.looked_at < 100_000, "not all of them for each"


def test_scripts_in_a_text_are_words_like_others() -> None:
    shown = excerpt('<script>alert(1)</script> "bão" <i>', understood("alert bão").terms).html
    assert shown == (
        "&lt;script&gt;<mark>alert</mark>(1)&lt;/script&gt; &#34;<mark>bão</mark>&#34; &lt;i&gt;"
    )


@given(st.text(max_size=400), st.text(alphabet='bão "*-đ1', max_size=20))
def test_a_passage_is_of_the_text_and_its_marks_lie_in_it(text: str, typed: str) -> None:
    terms = understood(typed or text[:30]).terms
    shown = excerpt(text, terms)
    assert shown.text.removeprefix("… ").removesuffix(" …") in text
    end = 0
    for start, stop, _ in (*shown.marks, *marked(text, terms).marks[:0]):
        assert end <= start < stop <= len(shown.text)
        end = stop
