"""A paragraph that an article repeats is kept once; what repeats for a reason is kept."""

import re
from collections import Counter
from copy import deepcopy
from html import escape
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.page import Article, Block
from crawler.readers.body.fragment import read_fragment
from pipelines.clean import clean
from pipelines.dedupe import _TO_FILL_IN, dedupe
from tests.strategies import any_form
from tests.strategies import html as any_html

ONE = (
    "Các mô hình có sự đa dạng, thể hiện ở nhiều lĩnh vực gắn với nhiệm vụ chuyên môn và đời sống "
    "của Nhân dân, như cải cách thủ tục hành chính, an sinh xã hội và bảo đảm an ninh trật tự."
)
TWO = (
    "Toàn huyện đã có 808 mô hình đăng ký, trong đó có 179 mô hình cấp huyện được công nhận; chất "
    "lượng cải cách thủ tục hành chính được nâng lên, tội phạm ở một số nơi giảm rõ rệt."
)
THREE = (
    "Thời gian tới, huyện tiếp tục đẩy mạnh phong trào thi đua, nhân rộng những mô hình điển hình "
    "và biểu dương những tập thể, cá nhân tiêu biểu trong toàn thể cán bộ và Nhân dân."
)
SHORT = "Ban Biên tập"
LINES = [f"Thôn {number} góp {number} ngày công." for number in range(1, 21)]


def article(html: str, lead: str | None = None) -> Article:
    fragment = read_fragment(f"<div>{html}</div>", "https://chodon.gov.vn/tin-tuc/bai/")
    read = Article("Tiêu đề", lead, fragment.blocks, images=fragment.images)
    return clean(read)[0]


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{escape(text, quote=False)}</p>" for text in texts)


def kept(html: str, lead: str | None = None) -> tuple[list[str], Counter[str]]:
    """Return the texts of the blocks that are left, and the changes."""
    result, changes = dedupe(article(html, lead))
    return [block.text for block in result.blocks], changes


@pytest.mark.parametrize(
    ("texts", "expected", "rules"),
    [
        ([], [], {}),
        ([ONE, TWO, THREE], [ONE, TWO, THREE], {}),
        ([ONE, ONE], [ONE], {"paragraph": 1}),
        ([ONE, TWO, ONE], [ONE, TWO], {"paragraph": 1}),
        ([*LINES, ONE, TWO, ONE], [*LINES, ONE, TWO], {"paragraph": 1}),
        ([ONE, ONE, TWO, ONE], [ONE, TWO], {"paragraph": 2}),
        ([ONE, TWO, THREE, ONE, TWO], [ONE, TWO, THREE], {"paragraph": 2}),
        ([ONE, TWO, ONE, TWO, THREE], [ONE, TWO, THREE], {"paragraph": 2}),
        # short lines go with the long ones that they stood beside both times
        ([SHORT, ONE, TWO, SHORT, ONE], [SHORT, ONE, TWO], {"paragraph": 2}),
        ([ONE, SHORT, TWO, ONE, SHORT], [ONE, SHORT, TWO], {"paragraph": 2}),
        ([ONE, SHORT, TWO, ONE, "Hết."], [ONE, SHORT, TWO, "Hết."], {"paragraph": 1}),
        # but by themselves they may stand again
        ([SHORT, ONE, SHORT, TWO], [SHORT, ONE, SHORT, TWO], {}),
        (["***", ONE, "***", TWO, "***"], ["***", ONE, "***", TWO, "***"], {}),
        (["Hò ơi…", "Trâu ơi ta bảo", "Hò ơi…"], ["Hò ơi…", "Trâu ơi ta bảo", "Hò ơi…"], {}),
        # the same answer to another question
        (
            ["Câu 1: Khi nào làm đường?", ONE, "Câu 2: Khi nào có điện?", ONE],
            ["Câu 1: Khi nào làm đường?", ONE, "Câu 2: Khi nào có điện?", ONE],
            {},
        ),
        (
            ["Cử tri xã Nghĩa Tá.", f"Trả lời: {ONE}", "Cử tri xã Bằng Lãng.", f"Trả lời: {ONE}"],
            ["Cử tri xã Nghĩa Tá.", f"Trả lời: {ONE}", "Cử tri xã Bằng Lãng.", f"Trả lời: {ONE}"],
            {},
        ),
        (
            ["Hỏi?", ONE, "Hỏi?", ONE],
            ["Hỏi?", ONE],
            {"paragraph": 2},
        ),
        (["Nơi nhận:", ONE, "Kính gửi:", ONE], ["Nơi nhận:", ONE, "Kính gửi:", ONE], {}),
    ],
)
def test_repeats(texts: list[str], expected: list[str], rules: dict[str, int]) -> None:
    assert kept(paragraphs(*texts)) == (expected, rules)


FORM = "Họ và tên: …………… Sinh ngày: …… tháng …… năm …… Nơi cư trú: …………… thuộc thôn (bản) ……………"
TABLE = (
    "<table><tr><td>Xã Bản Mẫu</td><td>12 hộ</td></tr>"
    "<tr><td>Xã Nà Mẫu</td><td>9 hộ</td></tr></table>"
)
SIGNATURE = (
    "Mọi chi tiết xin liên hệ bộ phận tiếp nhận và trả kết quả của xã, tầng một trụ sở Ủy ban "
    "nhân dân xã, trong giờ hành chính các ngày làm việc."
)
PHONE = f"{ONE} Số điện thoại: 0209 3 000 000."
FOUR = "Cùng ngày, đoàn công tác đã đến thăm hai hộ có hoàn cảnh khó khăn ở thôn Nà Mẫu."


@pytest.mark.parametrize(
    "html",
    [
        paragraphs(ONE, FORM, TWO, FORM),
        paragraphs(ONE, SIGNATURE, TWO, SIGNATURE),
        paragraphs(ONE, PHONE, TWO, PHONE),
        paragraphs(ONE, TWO, THREE, TWO, FOUR, TWO, SHORT, TWO),  # a refrain
        paragraphs(ONE) + TABLE + paragraphs(TWO) + TABLE,
        f"<p>{ONE}</p><p>Gió lên rồi<br>Suối reo</p><p>{TWO}</p><p>Gió lên rồi<br>Suối reo</p>",
    ],
)
def test_what_repeats_for_a_reason_is_kept(html: str) -> None:
    before = article(html)
    after, changes = dedupe(before)
    assert (after, changes) == (before, {})
    assert after.repeats == 0


@pytest.mark.parametrize("beside", [TABLE, paragraphs(FORM), paragraphs(SIGNATURE)])
def test_beside_a_repeat_only_lines_go_with_it(beside: str) -> None:
    texts, changes = kept(paragraphs(ONE) + beside + paragraphs(TWO, ONE) + beside)
    assert changes == {"paragraph": 1}
    said = [block.text for block in article(beside).blocks]
    assert texts == [ONE, *said, TWO, *said]


@pytest.mark.parametrize(
    ("html", "lead", "repeats"),
    [
        (paragraphs(ONE, TWO), None, 0),
        (paragraphs(ONE, TWO, ONE), None, 1),
        (paragraphs(ONE, TWO + ONE, THREE, TWO), ONE, 3),
    ],
)
def test_what_is_left_out_is_counted(html: str, lead: str | None, repeats: int) -> None:
    after, _ = dedupe(article(html, lead))
    assert after.repeats == repeats
    assert dedupe(after)[0].repeats == repeats  # it is counted once


@pytest.mark.parametrize(
    ("texts", "expected", "rules"),
    [
        # glued to the end of a later one, as in the seed article, or to its beginning
        ([ONE, TWO + ONE, THREE], [ONE, TWO, THREE], {"glued": 1}),
        ([ONE, f"{TWO} {ONE}", THREE], [ONE, TWO, THREE], {"glued": 1}),
        ([ONE, f"{SHORT}.{ONE}"], [ONE, f"{SHORT}."], {"glued": 1}),
        ([ONE, f"“{TWO}”.{ONE}"], [ONE, f"“{TWO}”."], {"glued": 1}),
        ([ONE, f"Cần lưu ý:{ONE}"], [ONE, "Cần lưu ý:"], {"glued": 1}),
        ([ONE, THREE, ONE + TWO], [ONE, THREE, TWO], {"glued": 1}),
        ([ONE, TWO, ONE + THREE + TWO], [ONE, TWO, THREE], {"glued": 2}),
        # the other way round: it stood glued first, and alone later
        ([TWO + ONE, THREE, ONE], [TWO + ONE, THREE], {"glued": 1}),
        ([ONE + TWO, THREE, TWO], [ONE + TWO, THREE], {"glued": 1}),
        # what is left of a glued one may itself be a repeat
        ([ONE, TWO, ONE + TWO], [ONE, TWO], {"glued": 1, "paragraph": 1}),
        # no slip
        ([ONE, f"Điều này được nêu rõ: {ONE}"], [ONE, f"Điều này được nêu rõ: {ONE}"], {}),
        ([ONE, f"Vì sao? {ONE}"], [ONE, f"Vì sao? {ONE}"], {}),
        ([ONE, f"Theo đó, “{ONE}”"], [ONE, f"Theo đó, “{ONE}”"], {}),
        ([ONE, f"{TWO} {ONE} {THREE}"], [ONE, f"{TWO} {ONE} {THREE}"], {}),
        ([ONE[:-1], f"{ONE[:-1]} và du lịch."], [ONE[:-1], f"{ONE[:-1]} và du lịch."], {}),
        ([ONE[:-1], f"{ONE[:-1]}, Cao Bằng."], [ONE[:-1], f"{ONE[:-1]}, Cao Bằng."], {}),
        ([TWO + ONE, "Kết luận nêu:", ONE], [TWO + ONE, "Kết luận nêu:", ONE], {}),
        (["Hết.", f"{ONE} Hết."], ["Hết.", f"{ONE} Hết."], {}),
    ],
)
def test_glued(texts: list[str], expected: list[str], rules: dict[str, int]) -> None:
    assert kept(paragraphs(*texts)) == (expected, rules)


@pytest.mark.parametrize(
    "html",
    [
        f"<blockquote><p>{ONE}</p></blockquote>",
        f"<ul><li>{ONE}</li><li>{ONE}</li></ul>",
        f"<table><tr><td>{ONE}</td><td>{ONE}</td></tr><tr><td>{ONE}</td><td>1</td></tr></table>",
        f"<h2>{ONE}</h2>",
        f"<pre>{ONE}</pre>",
        f"<p>{ONE}<br>{TWO}</p>",  # verse, or an address
    ],
)
def test_only_plain_paragraphs_are_repeats(html: str) -> None:
    expected = [block.text for block in article(html * 2).blocks]
    assert len(expected) == 2
    assert kept(html * 2) == (expected, {})
    assert kept(html + paragraphs(ONE)) == ([expected[0], ONE], {})


def test_a_remnant_between_the_text_and_its_repeat_goes() -> None:
    texts = [ONE, TWO, "Lượt xem: 1.411", "Bài trướcChợ Đồn ra quân", ONE, TWO]
    assert kept(paragraphs(*texts)) == ([ONE, TWO], {"paragraph": 2, "counter": 1, "neighbour": 1})


def test_what_stands_around_a_repeat_both_times_goes_with_it() -> None:
    html = f"<h3>Kết quả</h3>{paragraphs(ONE)}<ul><li>Một</li></ul>"
    result, changes = dedupe(article(html + paragraphs(TWO) + html))
    assert [block.text for block in result.blocks] == ["Kết quả", ONE, "- Một", TWO]
    assert changes == {"paragraph": 3}


def test_a_glued_paragraph_leaves_its_markup_whole() -> None:
    html = (
        paragraphs(ONE)
        + f'<p>Theo <a href="/b/">báo cáo</a> &amp; <b>tổng kết</b>.<b>{ONE}</b></p>'
    )
    result, _ = dedupe(article(html))
    assert result.blocks[1] == Block(
        "paragraph",
        '<p>Theo <a href="https://chodon.gov.vn/b/" rel="nofollow noopener">báo cáo</a>'
        " &amp; <b>tổng kết</b>.</p>",
        "Theo báo cáo & tổng kết.",
    )


def test_a_glued_paragraph_of_which_the_html_is_parted_otherwise_is_written_anew() -> None:
    blocks = (
        Block("paragraph", f"<p>{ONE}</p>", ONE),
        Block("paragraph", f"<p>A &lt; B.{ONE.replace(' ', '<br>')}</p>", f"A < B.{ONE}"),
    )
    result, _ = dedupe(Article("Tiêu đề", blocks=blocks))
    assert result.blocks[1] == Block("paragraph", "<p>A &lt; B.</p>", "A < B.")


# The lead


def test_a_doubled_lead_is_the_lead_alone() -> None:
    assert kept(paragraphs(SHORT, ONE), lead=SHORT) == ([ONE], {"lead": 1})


def test_a_lead_that_stands_thrice_is_the_lead_alone() -> None:
    assert kept(paragraphs(SHORT, SHORT, ONE), lead=SHORT) == ([ONE], {"lead": 2})
    assert kept(paragraphs(ONE, TWO, ONE), lead=ONE) == ([TWO], {"paragraph": 1, "lead": 1})


def test_a_lead_doubled_below_the_picture() -> None:
    result, changes = dedupe(article('<img src="/a.jpg">' + paragraphs(ONE, TWO), lead=ONE))
    assert result.lead == ONE
    assert [block.kind for block in result.blocks] == ["figure", "paragraph"]
    assert changes == {"lead": 1}


def test_a_lead_that_is_all_there_is_is_the_text() -> None:
    for html in (paragraphs(ONE), '<img src="/a.jpg">' + paragraphs(ONE)):
        result, changes = dedupe(article(html, lead=ONE))
        assert (result.lead, result.body) == (None, ONE)
        assert changes == {"lead": 1}


def test_a_lead_stands_once_only_at_the_top() -> None:
    assert kept(paragraphs(TWO, SHORT), lead=SHORT) == ([TWO, SHORT], {})
    assert dedupe(article(paragraphs(TWO), lead=ONE))[0].lead == ONE
    assert dedupe(article("", lead=ONE))[0].lead == ONE


# The seed article


def test_the_seed_article(shared: Path) -> None:
    _, *texts = (shared / "seed" / "article.txt").read_text("utf-8").strip().split("\n\n")
    result, changes = dedupe(article(paragraphs(*texts)))
    assert changes == {"glued": 1}
    assert result.body.count("Các mô hình có sự đa dạng, thể hiện ở nhiều lĩnh vực") == 1
    assert "trong đời sống Nhân dân”.\n\n" in result.body


# Whatever comes


def washed(read: Article) -> Article:
    return dedupe(clean(read)[0])[0]


slips = st.lists(
    st.one_of(
        st.sampled_from([ONE, TWO, THREE, SHORT, "***", f"{TWO} {ONE}", ONE + THREE, "Vì sao?"]),
        any_form,
    ),
    max_size=8,
)


@given(
    st.one_of(slips.map(lambda texts: paragraphs(*texts)), any_html), st.sampled_from([None, ONE])
)
def test_washing_twice_is_washing_once(html: str, lead: str | None) -> None:
    once = washed(article(html, lead))
    assert washed(once) == once
    assert dedupe(once) == (once, {})


@given(slips)
def test_no_sentence_is_lost(texts: list[str]) -> None:
    read = article(paragraphs(*texts))
    body = dedupe(read)[0].body
    for sentence in (ONE, TWO, THREE, SHORT, "***", "Vì sao?"):
        assert (sentence in read.body) == (sentence in body)


@given(any_html)
def test_nothing_is_added(html: str) -> None:
    read = article(html * 2)
    result, _ = dedupe(read)
    left = iter(read.blocks)
    assert all(any(block.text in other.text for other in left) for block in result.blocks)


def test_an_article_is_not_changed_in_place() -> None:
    read = article(paragraphs(ONE, ONE, TWO + ONE))
    before = deepcopy(read)
    dedupe(read)
    assert read == before


TO_FILL_IN = re.compile(r"[.…_]{5,}|…[\s.]*…|[☐□▢❏]|\[\s*\]|\(\s{2,}\)")
"""What is to be filled in, as one would write it down."""


def test_what_is_to_be_filled_in_is_found_by_a_quicker_pattern() -> None:
    texts = ("".join(letters) for letters in product("._…☐[]() a", repeat=6))
    assert [t for t in texts if bool(_TO_FILL_IN.search(t)) != bool(TO_FILL_IN.search(t))] == []
