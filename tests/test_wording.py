"""Two readings of one article: a theme changes what it shows where, a person changes words."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.wording import Likeness, compare, compare_words

LEAD = "Sáng 14/6, xã Bản Mẫu làm lễ khánh thành cây cầu qua suối Nà Khau."
FIRST = "Cây cầu bê tông dài 32 mét thay cho cầu tre đã cũ, vốn 2 tỷ đồng, xong sau năm tháng."
SECOND = "Bà Hoàng Thị Liên, Trưởng thôn Nà Khau, nói: “Mùa mưa này các cháu không phải nghỉ học”."
CAPTION = "Cầu Nà Khau ngày khánh thành. Ảnh: Trung tâm Văn hóa huyện"
FIGURE = f'<figure><img src="cau.jpg"><figcaption>{CAPTION}</figcaption></figure>'

SAME, SHORTER = Likeness(same=True, says_all=True), Likeness(same=True, says_all=False)
OTHER = Likeness(same=False, says_all=False)


def reading(**columns: Any) -> dict[str, Any]:
    return {
        "title": "Khánh thành cầu Nà Khau", "lead": LEAD, "body": f"{FIRST}\n\n{SECOND}",
        "author": "Ban Biên tập", "published_at": "2021-06-14T16:05:30+07:00",
        "body_html": f"{FIGURE}<p>{FIRST}</p><p>{SECOND}</p>", "category": "Tin trong huyện",
    } | columns  # fmt: skip


THEMES: dict[str, tuple[dict[str, Any], Likeness, Likeness]] = {
    "the lead stands in the text": (
        {"lead": None, "body": f"{LEAD}\n\n{FIRST}\n\n{SECOND}"}, SAME, SAME),
    "the summary is not shown": ({"lead": None}, SHORTER, SAME),
    "it is cut short": (
        {"lead": "Cây cầu bê tông dài 32 mét thay cho cầu tre […]"}, SHORTER, SAME),
    "the first paragraph is set apart": (
        {"lead": FIRST, "body": SECOND}, SHORTER, SAME),
    "the title stands in the text": (
        {"body": f"Khánh thành cầu Nà Khau\n\n{FIRST}\n\n{SECOND}"}, SAME, SAME),
    "a caption stands in the text": ({"body": f"{CAPTION}\n\n{FIRST}\n\n{SECOND}"}, SAME, SHORTER),
    "the author stands in the text": (
        {"body": f"{FIRST}\n\n{SECOND}\n\nTác giả: Ban Biên tập"}, SAME, SHORTER),
    "the author is not shown": ({"author": None}, SHORTER, SAME),
    "the day stands in the text": (
        {"body": f"Đăng ngày: 14/06/2021 16:05\n\n{FIRST}\n\n{SECOND}"}, SAME, SHORTER),
    "the day alone is shown": ({"published_at": "2021-06-14"}, SHORTER, SAME),
    "seconds are not shown": ({"published_at": "2021-06-14T16:05:00+07:00"}, SHORTER, SAME),
    "the time is told by another clock": (
        {"published_at": "2021-06-14T09:05:30+00:00"}, SAME, SAME),
    "tags stand in the text": (
        {"body": f"{FIRST}\n\n{SECOND}\n\nTừ khóa: cầu, suối"}, SAME, SHORTER),
    "the category stands in the text": (
        {"body": f"Tin trong huyện\n\n{FIRST}\n\n{SECOND}"}, SAME, SHORTER),
    "quotes are as they were typed": (
        {"body": f"{FIRST}\n\n{SECOND}".replace("“", '"').replace("”", '"')}, SAME, SAME),
    "lines are paragraphs": (
        {"body": f"{FIRST} {SECOND}"}, SAME, SAME),
    "it is named where it had no name": ({"title": "(Không có tiêu đề)"}, SHORTER, SAME),
}  # fmt: skip


@pytest.mark.parametrize("case", THEMES)
def test_what_a_theme_does_is_no_change_of_words(case: str) -> None:
    columns, there, back = THEMES[case]
    assert compare(reading(), reading(**columns)) == there
    assert compare(reading(**columns), reading()) == back


@pytest.mark.parametrize(
    "title", ["Untitled", "(no title)", "Chưa có tiêu đề", "#214", "Bài viết 12"]
)
def test_a_name_for_what_has_none_is_no_title(title: str) -> None:
    assert compare(reading(title=title), reading(title="Trang tin huyện Mẫu")).same


CHANGES: dict[str, dict[str, Any]] = {
    "a number": {"body": f"{FIRST.replace('32', '23')}\n\n{SECOND}"},
    "a mark": {"body": f"{FIRST}\n\n{SECOND.replace('Liên', 'Liến')}"},
    "a word": {"body": f"{FIRST.replace('năm tháng', 'sáu tháng')}\n\n{SECOND}"},
    "a paragraph less": {"body": FIRST},
    "a paragraph more": {"body": f"{FIRST}\n\n{SECOND}\n\nCầu thông xe cùng ngày."},
    "the order": {"body": f"{SECOND}\n\n{FIRST}"},
    "the title": {"title": "Khánh thành cầu Nà Khau sau năm tháng"},
    "the title of an article of a row": {"title": "Bài 2"},
    "the summary": {"lead": LEAD.replace("14/6", "15/6")},
    "the summary, which moves as well": {
        "lead": None, "body": f"{LEAD.replace('14/6', '15/6')}\n\n{FIRST}\n\n{SECOND}"},
    "the author": {"author": "Tổ Thông tin"},
    "the day": {"published_at": "2021-06-15T16:05:30+07:00"},
    "the hour": {"published_at": "2021-06-14T17:05:30+07:00"},
    "the minute": {"published_at": "2021-06-14T16:06:00+07:00"},
    "all of it": {"lead": None, "body": "Trang đang được nâng cấp."},
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_person_changes_is_a_change_of_words(change: str) -> None:
    changed = CHANGES[change]
    assert compare(reading(), reading(**changed)) == OTHER
    assert compare(reading(**changed), reading()) == OTHER


@pytest.mark.parametrize("line", ["Tác giả: {}", "Nguồn: {}", "Từ khóa: {}"])
def test_a_line_that_both_have_otherwise_has_changed(line: str) -> None:
    one, other = (
        reading(body=f"{FIRST}\n\n{SECOND}\n\n{line.format(name)}")
        for name in ("Báo Suối Mẫu", "Đài huyện Mẫu")
    )
    assert not compare(one, other).same


def test_an_author_read_from_a_line_of_the_text_is_no_other_one() -> None:
    body = f"{FIRST}\n\n{SECOND}\n\nTin, ảnh: Nông Văn Páo"
    assert compare(reading(body=body), reading(body=body, author="Nông Văn Páo")).same
    assert not compare(reading(body=body), reading(body=body, author="Lý Văn Sáng")).same


def test_a_name_that_only_one_reading_takes_for_the_author_s_is_placed_alike() -> None:
    body = f"Ban Biên tập\n\n{FIRST}\n\n{SECOND}"
    assert compare(reading(body=body), reading(body=body, author=None)).same


@pytest.mark.parametrize("text", ["." * 50_000 + "a", "!" * 50_000 + "a", " -" * 50_000])
def test_no_text_holds_it_up(text: str) -> None:
    for columns in ({"title": text}, {"lead": text}, {"body": text}):
        assert not compare(reading(), reading(**columns)).same


def test_two_without_words_in_common_are_never_one() -> None:
    one = reading(title="Untitled", lead=None, body=None)
    assert not compare(one, reading(lead=None, body=None)).same
    assert not compare_words(reading(body=None), reading(body=None, lead=None)).same


words = st.text("abcđêơ0123456789", min_size=1, max_size=6)
paragraphs = st.lists(
    st.lists(words, min_size=3, max_size=12).map(" ".join), min_size=2, max_size=6, unique=True
)


@given(paragraphs)
def test_a_theme_that_moves_the_lead_makes_no_revision(text: list[str]) -> None:
    apart = reading(lead=text[0], body="\n\n".join(text[1:]))
    within = reading(lead=None, body="\n\n".join(text))
    assert compare(apart, within) == compare(within, apart) == SAME


@given(paragraphs, st.data())
def test_any_changed_word_makes_one_wherever_a_theme_puts_it(
    text: list[str], data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(text) - 1))
    spaced = text[number].split()
    at = data.draw(st.integers(0, len(spaced) - 1))
    new = data.draw(words.filter(lambda word: word != spaced[at]))
    changed = [*text]
    changed[number] = " ".join([*spaced[:at], new, *spaced[at + 1 :]])
    if re.sub(r"\s", "", "".join(changed)) == re.sub(r"\s", "", "".join(text)):
        return  # the same letters, parted otherwise
    apart = reading(lead=text[0], body="\n\n".join(text[1:]))
    within = reading(lead=None, body="\n\n".join(changed))
    assert not compare(apart, within).same
    assert not compare(within, apart).same


@given(paragraphs, st.data())
def test_compared_with_itself_and_the_other_way_round(text: list[str], data: st.DataObject) -> None:
    one = reading(body="\n\n".join(text))
    other = reading(body="\n\n".join(data.draw(st.permutations(text))), lead=None)
    assert compare(one, one) == SAME
    assert compare(one, other).same == compare(other, one).same
