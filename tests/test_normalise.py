"""Normalisation of what editors and systems leave in a text."""

import sys
import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.lookalikes import LOOK_ALIKES, STROKES
from crawler.text.normalise import is_normal, normalise, normalise_html
from tests.strategies import any_form, html


@pytest.mark.parametrize(
    ("text", "expected", "rules"),
    [
        ("Ủy ban nhân dân huyện", "Ủy ban nhân dân huyện", {}),
        ("", "", {}),
        (unicodedata.normalize("NFD", "Chợ Đồn"), "Chợ Đồn", {"nfc": 1}),
        ("Chơ\u0323 Đô\u0300n", "Chợ Đồn", {"nfc": 1}),  # as windows-1258 decodes
        ("ngày 14/12/ 2017", "ngày 14/12/ 2017", {}),
        ("808 mô hình  đăng ký", "808 mô hình đăng ký", {"spaces": 1}),
        ("  Ban Dân vận huyện ủy ", "Ban Dân vận huyện ủy", {"spaces": 1}),
        ("\tThông báo\t", "Thông báo", {"spaces": 1}),
        ("Huyện ủy\u00a0Chợ Đồn", "Huyện ủy Chợ Đồn", {"nbsp": 1}),
        ("Huyện ủy \u00a0 Chợ Đồn", "Huyện ủy Chợ Đồn", {"nbsp": 1, "spaces": 1}),
        ("1\u202f000\u2009ha", "1 000 ha", {"nbsp": 1}),
        ("Kinh\u3000tế", "Kinh tế", {"nbsp": 1}),
        ("xã\u200b Nghĩa Tá", "xã Nghĩa Tá", {"invisible": 1}),
        ("\ufeffThông báo", "Thông báo", {"invisible": 1}),
        ("nông\u00adthôn", "nôngthôn", {"invisible": 1}),
        ("\u202eThông báo\u202c", "Thông báo", {"invisible": 1}),
        ("kết\x00 quả\x07", "kết quả", {"invisible": 1}),
        ("Văn hóa&nbsp;- Xã hội", "Văn hóa - Xã hội", {"entity": 1, "nbsp": 1}),
        ("Văn hóa&amp;nbsp;- Xã hội", "Văn hóa - Xã hội", {"entity": 2, "nbsp": 1}),
        ("&ldquo;Dân vận khéo&rdquo;", "“Dân vận khéo”", {"entity": 1}),
        ("&#272;&#7891;n", "Đồn", {"entity": 1}),
        ("&#x110;ồn", "Đồn", {"entity": 1}),
        ("Ð&agrave;o tạo", "Đào tạo", {"entity": 1, "lookalike": 1}),
        ("Ðồn Ðèn, Ðắk Lắk", "Đồn Đèn, Đắk Lắk", {"lookalike": 1}),
        ("Ðoàn xã", "Đoàn xã", {"lookalike": 1}),
        ("15/QÐ-UBND, HÐND", "15/QĐ-UBND, HĐND", {"lookalike": 1}),
        ("Ɖường d\u0335i d\u0336ến ɖồi", "Đường đi đến đồi", {"lookalike": 1}),
        ("Sigurður Þórðarson", "Sigurður Þórðarson", {}),
        ("Reyðarfjörður", "Reyðarfjörður", {}),
        ("120m²", "120m²", {}),
        ("Nông nghiệp &amp; Môi trường", "Nông nghiệp & Môi trường", {"entity": 1}),
        ("Nông nghiệp & Môi trường", "Nông nghiệp & Môi trường", {}),
        ("&khongbiet; &lạ;", "&khongbiet; &lạ;", {}),
        ("?a=1&copy=2", "?a=1&copy=2", {}),
        ("Dòng một\nDòng hai", "Dòng một\nDòng hai", {}),
        ("Dòng một \n\n  Dòng hai", "Dòng một\nDòng hai", {"spaces": 1}),
        ("Dòng một\r\nDòng hai", "Dòng một\nDòng hai", {"spaces": 1}),
        ("Dòng một\u2028Dòng hai", "Dòng một\nDòng hai", {"spaces": 1}),
        ("👨\u200d👩\u200d👧 gia đình", "👨\u200d👩\u200d👧 gia đình", {}),  # joins one picture
        ("hoà, hòa, uỷ, ủy", "hoà, hòa, uỷ, ủy", {}),  # a writer's choice, not ours
    ],
)
def test_text(text: str, expected: str, rules: dict[str, int]) -> None:
    changes: Counter[str] = Counter()
    assert normalise(text, changes) == expected
    assert changes == rules


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("<p>Xã&nbsp;Nghĩa Tá</p>", "<p>Xã Nghĩa Tá</p>"),
        ("<p>Xã&amp;nbsp;Nghĩa Tá</p>", "<p>Xã Nghĩa Tá</p>"),
        ("<p>1 &lt; 2 &amp; 3 &gt; 2</p>", "<p>1 &lt; 2 &amp; 3 &gt; 2</p>"),
        ("<p>&amp;lt;script&amp;gt;</p>", "<p>&lt;script&gt;</p>"),
        ("<p>một\n  hai</p>", "<p>một hai</p>"),
        ("<p>Chơ\u0323 \u200bĐô\u0300n</p>", "<p>Chợ Đồn</p>"),
        ('<a href="/?a=1&amp;b=2">x</a>', '<a href="/?a=1&amp;b=2">x</a>'),
    ],
)
def test_html(fragment: str, expected: str) -> None:
    assert normalise_html(fragment) == expected


@given(st.one_of(any_form, st.text()))
def test_twice_is_once(text: str) -> None:
    once = normalise(text)
    changes: Counter[str] = Counter()
    assert normalise(once, changes) == once
    assert not changes


@given(st.one_of(html, st.text()))
def test_html_twice_is_once(fragment: str) -> None:
    once = normalise_html(fragment)
    assert normalise_html(once) == once


@given(any_form)
def test_what_is_left_is_nfc_in_single_spaces(text: str) -> None:
    lines = normalise(text).split("\n")
    assert all(unicodedata.is_normalized("NFC", line) for line in lines)
    assert all(line == " ".join(line.split()) for line in lines)


@given(any_form)
def test_nfc_and_nfd_come_out_the_same(text: str) -> None:
    forms = {normalise(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")}
    assert len(forms) == 1


def test_all_white_space_but_the_plain_is_looked_at() -> None:
    """The set in which it is named is that of Python, so that nothing goes by for normal."""
    unusual = [letter for letter in map(chr, range(sys.maxunicode + 1)) if letter.isspace()]
    assert len(unusual) > 20
    assert [letter for letter in unusual if is_normal(f"a{letter}b")] == [" "]
    assert not any(is_normal(f"a{letter}b") for letter in (*LOOK_ALIKES, *STROKES, "&"))
