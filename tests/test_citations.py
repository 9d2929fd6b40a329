"""Official documents that texts cite: number, type, issuer and date, on a gold in our own words."""

import tomllib
import unicodedata
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.citations import Citation, citations
from crawler.text.citations.document_numbers import TYPES
from crawler.text.citations.issuers import LETTERS, STATED, by_letters, stated
from tests.strategies import texts

GOLD = tomllib.loads(Path(__file__).with_name("citations_gold.toml").read_text())["case"]
MENTIONS = [mention for case in GOLD for mention in case["cites"]]


def said(citation: Citation) -> str:
    """Return a citation as the gold writes it."""
    day = citation.date.isoformat() if citation.date else "-"
    return " | ".join((citation.type or "-", citation.number, citation.issuer or "-", day))


def test_precision_and_recall() -> None:
    """A mention is right if its type, number, issuer and date all are."""
    found, right = 0, 0
    for case in GOLD:
        given_ = Counter(map(said, citations(case["text"])))
        found += given_.total()
        right += (given_ & Counter(case["cites"])).total()
    assert len(MENTIONS) >= 200
    assert right / found >= 0.97
    assert right / len(MENTIONS) >= 0.97


def test_the_gold_covers_what_there_is() -> None:
    kinds = {mention.split(" | ")[0] for mention in MENTIONS}
    assert len(kinds) >= 25
    assert sum(not case["cites"] for case in GOLD) >= 30


@pytest.mark.parametrize("case", [c for c in GOLD if not c["cites"]], ids=lambda c: c["text"][:40])
def test_what_is_no_document_is_not_cited(case: dict[str, str]) -> None:
    assert citations(case["text"]) == []


@pytest.mark.parametrize("case", GOLD, ids=lambda c: c["text"][:40])
def test_a_mention_stands_where_it_says(case: dict[str, str]) -> None:
    found = citations(case["text"])
    for citation in found:
        written = " ".join(case["text"][citation.position :].split())
        assert written.startswith(citation.text)
        assert citation.text.strip(" ,;") == citation.text
    assert [c.position for c in found] == sorted(c.position for c in found)


@pytest.mark.parametrize("case", GOLD, ids=lambda c: c["text"][:40])
def test_the_form_of_the_letters_makes_no_difference(case: dict[str, str]) -> None:
    assert citations(unicodedata.normalize("NFD", case["text"])) == citations(case["text"])


def test_a_citation_is_whole() -> None:
    text = "Căn cứ Quyết định số  0125/QĐ – UBND, ngày 5/3/2020 của UBND tỉnh Bắc Kạn về đơn giá."
    assert citations(text) == [
        Citation(
            position=7,
            type="Quyết định",
            number="0125/QĐ-UBND",
            issuer="Ủy ban nhân dân tỉnh Bắc Kạn",
            date=date(2020, 3, 5),
            text="Quyết định số 0125/QĐ – UBND, ngày 5/3/2020 của UBND tỉnh Bắc Kạn",
            key="125/QĐ-UBND, Bắc Kạn",
        )
    ]


@pytest.mark.parametrize(
    ("text", "province", "issuer", "key"),
    [
        ("Đề án 06-ĐA/TU", None, "Tỉnh ủy", "6-ĐA/TU"),
        ("Đề án 06-ĐA/TU", "Bắc Kạn", "Tỉnh ủy Bắc Kạn", "6-ĐA/TU, Bắc Kạn"),
        ("Đề án số 6-ĐA/TU", "Bắc Kạn", "Tỉnh ủy Bắc Kạn", "6-ĐA/TU, Bắc Kạn"),
        ("Đề án 06-ĐA/TU", "Cao Bằng", "Tỉnh ủy Cao Bằng", "6-ĐA/TU, Cao Bằng"),
        # what the text says goes before where it is from
        ("Đề án 06-ĐA/TU của Tỉnh ủy Cao Bằng", "Bắc Kạn", "Tỉnh ủy Cao Bằng", "6-ĐA/TU, Cao Bằng"),
        ("Kế hoạch 5/KH-UBND của UBND tỉnh", "Bắc Kạn", "Ủy ban nhân dân tỉnh Bắc Kạn",
         "5/KH-UBND, Bắc Kạn"),
        # of which level it is, nobody says
        ("Kế hoạch 5/KH-UBND", "Bắc Kạn", "Ủy ban nhân dân (Bắc Kạn)", "5/KH-UBND, (Bắc Kạn)"),
        ("Kế hoạch 5/KH-UBND của UBND huyện Ba Bể", "Bắc Kạn", "Ủy ban nhân dân huyện Ba Bể",
         "5/KH-UBND, huyện Ba Bể"),
        # of the whole country
        ("Nghị định 30/2020/NĐ-CP", "Bắc Kạn", "Chính phủ", "30/2020/NĐ-CP"),
        ("Chỉ thị 05-CT/TW của Bộ Chính trị", "Bắc Kạn", "Bộ Chính trị", "5-CT/TW"),
        ("Chỉ thị 05-CT/TW", None, "Trung ương Đảng", "5-CT/TW"),
    ],
)  # fmt: skip
def test_the_same_number_of_two_provinces_is_two_documents(
    text: str, province: str | None, issuer: str, key: str
) -> None:
    [citation] = citations(text, province)
    assert (citation.issuer, citation.key) == (issuer, key)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("30/2020/NĐ-CP", "30/2020/NĐ-CP"),
        ("30 / 2020 / NĐ - CP", "30/2020/NĐ-CP"),
        ("30/2020/NĐ–CP", "30/2020/NĐ-CP"),
        ("30/2020/NĐ—CP", "30/2020/NĐ-CP"),
        ("30/2020/NĐ‑CP", "30/2020/NĐ-CP"),
        ("30/2020/nđ-cp", "30/2020/NĐ-CP"),
        ("30/2020/ND-CP", "30/2020/NĐ-CP"),
        ("30/2020/NÐ-CP", "30/2020/NĐ-CP"),  # U+00D0
        ("12/QĐ.UBND", "12/QĐ-UBND"),
        ("12/QD-TTG", "12/QĐ-TTg"),
        ("06 - ĐA / TU", "06-ĐA/TU"),
        ("06 –ĐA/TU", "06-ĐA/TU"),
        ("06ĐA/TU", "06-ĐA/TU"),
        ("11-TTR/HU", "11-TTr/HU"),
        ("12/KH-UBND-VX", "12/KH-UBND-VX"),
        ("12/KH-UBND - UBND xã", "12/KH-UBND"),
        ("12/KH-UBND. Sau đó", "12/KH-UBND"),
        ("3735/UBND – THKH", "3735/UBND-THKH"),
        ("30a/2008/NQ-CP", "30a/2008/NQ-CP"),
    ],
)
def test_numbers_come_in_one_spelling(written: str, number: str) -> None:
    assert [c.number for c in citations(f"Theo Nghị quyết số {written}")] == [number]


@pytest.mark.parametrize(
    ("text", "issuer"),
    [
        ("Chỉ thị 40 của Ban bí thư TW Đảng", "Ban Bí thư Trung ương Đảng"),
        ("Chỉ thị 40 của ban Bí thư TƯ", "Ban Bí thư Trung ương"),
        ("Nghị quyết 3 của HĐND TP. Cần Thơ", "Hội đồng nhân dân thành phố Cần Thơ"),
        ("Nghị quyết số 3 của Uỷ  ban nhân dân thị xã Phú Thọ", "Ủy ban nhân dân thị xã Phú Thọ"),
        ("Nghị quyết số 3 của BAN THƯỜNG VỤ HUYỆN ỦY BA BỂ", "Ban Thường vụ Huyện ủy Ba Bể"),
        ("Công văn số 3 của Sở Kế hoạch và Đầu tư", "Sở Kế hoạch và Đầu tư"),
        ("Quyết định số 8 của UBND TP Hồ Chí Minh", "Ủy ban nhân dân thành phố Hồ Chí Minh"),
        # whose own name follows
        ("Quyết định số 8 do Chủ tịch UBND tỉnh Hậu Giang Ông Bà ký",
         "Chủ tịch Ủy ban nhân dân tỉnh Hậu Giang"),
    ],
)  # fmt: skip
def test_issuers_come_in_one_spelling(text: str, issuer: str) -> None:
    assert [c.issuer for c in citations(text)] == [issuer]


@pytest.mark.parametrize(
    "text",
    ["số 5/QĐ-UBND{}, ngày", "Luật Đất đai{}, năm", "Luật Đất đai{}({}số{}45/2013/QH13",
     "Quyết định{}số{}5/QĐ-UBND của{}UBND{}tỉnh{}Bắc", "số 5, {}6, 7/QĐ-UBND", "Luật{}Đất"],
)  # fmt: skip
def test_long_gaps_take_no_long_time(text: str) -> None:
    citations(text.replace("{}", " " * 50_000))  # which would take minutes if each were tried


def test_what_is_stated_of_no_day_has_no_date() -> None:
    for day in ("31/02/2021", "14/12", "tháng 5/2021", "2021", "00/01/2020"):
        assert [c.date for c in citations(f"Quyết định số 1/QĐ-UBND ngày {day}")] == [None]


@pytest.mark.parametrize("letters", sorted(LETTERS))
def test_every_body_is_known_by_letters_and_by_name(letters: str) -> None:
    body = by_letters(letters)
    assert body is not None
    found = STATED.match(str(body))
    assert found is not None
    assert str(stated(found)) == str(body)
    assert stated(found).is_local == body.is_local


@pytest.mark.parametrize(("letters", "name"), sorted(TYPES.items()))
def test_every_type_is_known(letters: str, name: str) -> None:
    assert [c.type for c in citations(f"theo {name} số 12/{letters}-UBND")] == [name]
    assert [c.type for c in citations(f"theo số 12/{letters}-UBND")] == [name]
    assert [c.type for c in citations(f"theo 12-{letters}/TU,")] == [name]


@given(
    st.lists(st.one_of(
        texts,
        st.sampled_from([*(case["text"] for case in GOLD[:40]), "số ", "/", "-", "12", "QĐ-UBND",
                         "Luật ", "ngày ", "của UBND ", "Nghị định ", "2020", ", ", " và ",
                         "ſố 1", "Luật đấT đaı",
                         "Sở Tàİ chính"]),
    ), max_size=8).map("".join)
)  # fmt: skip
def test_any_text_is_read(text: str) -> None:
    for citation in citations(text, "Bắc Kạn"):
        assert citation.number
        assert 0 <= citation.position < len(unicodedata.normalize("NFC", text))


def test_a_text_is_read_for_citations_as_far_as_any_report_goes() -> None:
    found = citations("Quyết định số 12/2012/QĐ-UBND; " * 20_000)
    assert len(found) == 1_000
    assert citations("x " * 200_000 + "Quyết định số 12/2012/QĐ-UBND") == []
