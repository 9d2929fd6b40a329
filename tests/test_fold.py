"""Folding: Vietnamese without its marks."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.fold import fold

ALPHABET = (
    "aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Chợ Đồn", "Cho Don"),
        (unicodedata.normalize("NFD", "Chợ Đồn"), "Cho Don"),
        ("đường ĐƯỜNG dương", "duong DUONG duong"),
        ("Ủy ban nhân dân huyện", "Uy ban nhan dan huyen"),
        ("Nghị định số 30/2020/NĐ-CP", "Nghi dinh so 30/2020/ND-CP"),
        ("Phó Bí thư Đảng ủy xã Nghĩa Tá", "Pho Bi thu Dang uy xa Nghia Ta"),
        ("Kế hoạch 06-ĐA/TU", "Ke hoach 06-DA/TU"),
        ("hoà hòa uỷ ủy", "hoa hoa uy uy"),
        ("plain ASCII", "plain ASCII"),
        ("", ""),
        ("“Dân vận khéo” – 2021…", "“Dan van kheo” – 2021…"),
        ("café, naïve", "cafe, naive"),
        ("Ðồn Ðèn, ɖi d\u0335ến", "Don Den, di den"),
        ("120m², 5 km³, H₂O", "120m2, 5 km3, H2O"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_every_letter_of_the_alphabet_becomes_ascii() -> None:
    for letters in (ALPHABET, ALPHABET.upper()):
        assert re.fullmatch(r"[a-zA-Z]+", fold(letters))
        assert len(fold(letters)) == len(letters)


@given(st.text())
def test_twice_is_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=ALPHABET + ALPHABET.upper() + " ,.-/0123456789\n"))
def test_words_stay_words(text: str) -> None:
    assert [fold(word) for word in text.split()] == fold(text).split()
    assert len(re.findall(r"\w+", text)) == len(re.findall(r"\w+", fold(text)))


@given(st.text())
def test_both_forms_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))
