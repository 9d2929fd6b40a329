"""How two texts differ: a table, both texts whole in every comparison, and bounded cost."""

import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.diff import MOST_STEPS, Kind, Paragraph, Run, compare, compare_rows


def shown(paragraphs: list[Paragraph]) -> list[str]:
    """Return paragraphs as text, with what went as -these- and what came as +these+."""
    signs = {"same": "", "del": "-", "ins": "+"}
    return ["".join(f"{signs[k]}{t}{signs[k]}" for k, t in paragraph) for paragraph in paragraphs]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Ngày 5 tháng 9.", "Ngày 6 tháng 9.", ["Ngày -5 -+6 +tháng 9."]),
        ("Trồng 50 ha.\n\nHết.", "Trồng 60 ha.\n\nHết.", ["Trồng -50 -+60 +ha.", "Hết."]),
        ("Nghị định 30/2020/NĐ-CP.", "Nghị định 31/2020/NĐ-CP.",
         ["Nghị định -30/2020/NĐ-CP-+31/2020/NĐ-CP+."]),
        ("Ông nói: 3,5 tấn", "Ông nói: 3,6 tấn", ["Ông nói: -3,5 -+3,6 +tấn"]),
        # Words are whole, though they differ by a mark only, and composed or not.
        ("Xã Bằng Lũng", "Xã Bằng Lùng", ["Xã Bằng -Lũng-+Lùng+"]),
        ("Xã Ba\u0300n", "Xã Ba\u0301n", ["Xã -Ba\u0300n-+Ba\u0301n+"]),
        # Paragraphs that came, went, were joined or parted.
        ("Một.", "Một.\n\nHai.", ["Một.", "+Hai.+"]),
        ("Một.\n\nHai.", "Hai.", ["-Một.-", "Hai."]),
        ("Xã này có chợ. Chợ họp sớm.", "Xã này có chợ.\n\nChợ họp sớm.",
         ["Xã này có chợ.+¶+", "Chợ họp sớm."]),
        ("Xã này có chợ.\n\nChợ họp sớm.", "Xã này có chợ. Chợ họp sớm.",
         ["Xã này có chợ. -¶-", "Chợ họp sớm."]),
        # What has little in common is not taken apart.
        ("Trời mưa và lạnh", "Hội nghị bàn và quyết", ["-Trời mưa và lạnh-",
                                                      "+Hội nghị bàn và quyết+"]),
        ("Huyện mở hội xuân và thi hát ở chợ trung tâm, người dân các xã về dự",
         "Huyện tổ chức lễ và trao quà ở chợ trung tâm, người dân các xã về dự",
         ["Huyện -mở hội xuân và thi hát -+tổ chức lễ và trao quà +"
          "ở chợ trung tâm, người dân các xã về dự"]),
        # What stayed keeps away from what went.
        ("Các xã họp chợ ở huyện", "Các xã họp chợ", ["Các xã họp chợ- ở huyện-"]),
        ("", "Có chữ", ["+Có chữ+"]),
        ("Có chữ", "", ["-Có chữ-"]),
        ("", "", []),
        ("Cách  quãng\n\n\n khác.", "Cách  quãng\n\nkhác.", ["Cách  quãng", "khác."]),
    ],
)  # fmt: skip
def test_the_words_that_differ_are_found(old: str, new: str, expected: list[str]) -> None:
    assert shown(compare(old, new).paragraphs) == expected


texts = st.lists(
    st.lists(st.sampled_from(["xã", "bản", "chợ", "12", "và", "hội", ",", "."]), max_size=12)
    .map(" ".join),
    max_size=5,
).map("\n\n".join)  # fmt: skip


@given(texts, texts, st.sampled_from([0, 20, MOST_STEPS]))
def test_both_texts_are_in_a_comparison_whole(old: str, new: str, most_steps: int) -> None:
    found = compare(old, new, most_steps)
    for text, other in ((old, "ins"), (new, "del")):
        left = "".join(run.text for run in found.runs() if run.kind != other)
        assert left.replace("¶", "").replace(" ", "") == "".join(text.split())
    if old == new:
        assert all(run.kind == "same" for run in found.runs())


@given(texts, texts)
def test_without_what_went_the_new_text_is_left_to_the_letter(old: str, new: str) -> None:
    joined = ""
    for paragraph in compare(old, new).paragraphs:
        joined += "".join(run.text for run in paragraph if run.kind != "del").replace("¶", "")
        joined += "" if Run("del", "¶") in paragraph else "\n\n"
    assert in_paragraphs(joined) == in_paragraphs(new)


def in_paragraphs(text: str) -> list[str]:
    return [paragraph.strip() for paragraph in text.split("\n\n") if paragraph.strip()]


@given(
    st.lists(st.sampled_from("abcde"), max_size=12), st.lists(st.sampled_from("abxyz"), max_size=12)
)
def test_no_more_goes_or_comes_than_must(old: list[str], new: list[str]) -> None:
    found = compare_rows(old, new)
    assert found.is_complete
    assert [run.text for run in found.runs() if run.kind != "ins"] == old
    assert [run.text for run in found.runs() if run.kind != "del"] == new
    assert found.words("same") == longest_common(old, new)


def longest_common(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many elements two sequences have in common in order: the textbook's table."""
    row = [0] * (len(new) + 1)
    for x in old:
        above = row
        row = [0]
        for j, y in enumerate(new):
            row.append(above[j] + 1 if x == y else max(above[j + 1], row[j]))
    return row[-1]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (["a | b", "c"], ["a | d", "c"], ["-a | b-", "+a | d+", "c"]),
        ([], ["a"], ["+a+"]),
        (["a"], [], ["-a-"]),
        (["b", "a"], ["a", "b"], ["-b-", "a", "+b+"]),
        ([], [], []),
    ],
)
def test_rows_stay_go_or_come_as_they_are(
    old: list[str], new: list[str], expected: list[str]
) -> None:
    assert shown(compare_rows(old, new).paragraphs) == expected


def test_what_would_take_too_long_is_shown_as_replaced_and_said() -> None:
    old, new = "một hai ba bốn năm sáu", "sáu năm bốn ba hai một"
    assert compare(old, new).is_complete
    found = compare(old, new, most_steps=3)
    assert not found.is_complete
    assert shown(found.paragraphs) == [f"-{old}-", f"+{new}+"]
    assert compare(old, old, most_steps=0).is_complete, "nothing had to be looked for"
    assert compare(old, "khác hẳn", most_steps=0).is_complete, "nothing is in both"


WORDS = 20_000


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        (["xã"] * WORDS, ["xã"] * (WORDS - 1), 1),
        (range(WORDS), ["mới" if i % 200 == 0 else i for i in range(WORDS)], 100),
        ([f"cũ{i}" for i in range(WORDS)], [f"mới{i}" for i in range(WORDS)], WORDS),
        (["a", "b"] * (WORDS // 2), ["b", "a", "c"] * (WORDS // 3), None),
        (["a", "b", "c", "d"] * (WORDS // 4), ["d", "c", "b", "a"] * (WORDS // 4), None),
    ],
    ids=["one gone", "some", "all", "repeated", "reversed"],
)  # fmt: skip
@pytest.mark.parametrize("space", [" ", "\n\n"], ids=["one paragraph", "a paragraph a word"])
def test_a_long_text_is_compared_in_bounded_time(
    old: list[object], new: list[object], changed: int | None, space: str
) -> None:
    found = compare(space.join(map(str, old)), space.join(map(str, new)))
    gone = found.words("del")
    assert changed is None or gone == changed
    for text, kind in ((old, "ins"), (new, "del")):
        kept: list[Kind] = ["same", "ins" if kind == "del" else "del"]
        assert sum(found.words(each) for each in kept) == len(text)


def test_a_comparison_that_is_given_up_took_little_memory() -> None:
    old, new = (" ".join(letters * 500) for letters in ("abcdefgh", "hgfedcba"))
    tracemalloc.start()
    found = compare(old, new, most_steps=50_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not found.is_complete
    assert peak < 3_000_000, "the way back holds a number or two a step"
