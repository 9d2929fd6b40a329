"""Communes and units that texts name, on a gold in our own words."""

import tomllib
import unicodedata
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.country import REFORM, communes, units
from crawler.country.mentions import Place, places
from crawler.country.names import area_of, key_of, spelling_of
from crawler.vocabulary import Naming, PlaceKind
from tests.strategies import texts

GOLD = tomllib.loads(Path(__file__).with_name("places_gold.toml").read_text())["case"]
SEEN, KEPT = GOLD[::2], GOLD[1::2]
"""The half that may be looked at while the finder is worked on, and the other."""


def found(case: dict[str, Any]) -> list[Place]:
    day = date.fromisoformat(case["day"]) if case["day"] else None
    return places(case["text"], case["district"] or None, day=day)


def said(places_: list[Place]) -> Counter[str]:
    return Counter(f"{place.kind} {place.code}" for place in places_)


def wanted(case: dict[str, Any]) -> Counter[str]:
    return Counter(" ".join(name.split()[:2]) for name in case["names"])


@pytest.mark.parametrize("half", [SEEN, KEPT], ids=["seen", "kept"])
def test_precision_and_recall(half: list[dict[str, Any]]) -> None:
    given = [(said(found(case)), wanted(case)) for case in half]
    right = sum((is_ & gold).total() for is_, gold in given)
    assert right / sum(is_.total() for is_, _ in given) >= 0.97
    assert right / sum(gold.total() for _, gold in given) >= 0.97


def test_the_gold_is_large_and_of_all_kinds() -> None:
    assert len(GOLD) >= 200
    assert sum(not case["names"] for case in GOLD) >= 40
    assert len({case["district"] for case in GOLD}) >= 10
    assert sum("unit" in " ".join(case["names"]) for case in GOLD) >= 12
    assert {place.how for case in GOLD for place in found(case)} == {*Naming}


@pytest.mark.parametrize("case", GOLD, ids=lambda c: c["text"][:40])
def test_a_place_stands_where_it_says(case: dict[str, Any]) -> None:
    named = found(case)
    for place in named:
        assert case["text"][place.position :].startswith(place.name)
        known = communes() if place.kind == PlaceKind.COMMUNE else units()
        assert key_of(place.name) == key_of(known[place.code].name)
    assert [place.position for place in named] == sorted(place.position for place in named)
    assert len({(place.kind, place.code) for place in named}) == len(named)


@pytest.mark.parametrize("case", GOLD, ids=lambda c: c["text"][:40])
def test_the_form_of_the_letters_makes_no_difference(case: dict[str, Any]) -> None:
    assert found(case | {"text": unicodedata.normalize("NFD", case["text"])}) == found(case)


def test_where_a_tone_mark_stands_makes_no_difference() -> None:
    for text in ("xã Định Hòa", "xã Định Hoà", "XÃ ĐỊNH HÒA", "XÃ ĐỊNH HOÀ"):
        assert [place.code for place in places(text, "394", day=date(2020, 1, 1))] == ["15448"]
    assert key_of("Thuỷ Nguyên") == key_of("THỦY  NGUYÊN") != key_of("Thúy Nguyên")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Đắk Long", "Đăk Long"), ("Đắc Lắc", "Đắk Lắk"), ("Bắc Cạn", "Bắc Kạn"),
        ("Ea KNuec", "Eaknuếc"), ("K' Dang", "K Dang"), ("Ea H’leo", "EA HLEO"),
        ("Mĩ Quí", "Mỹ Quý"), ("NT Liên Sơn", "Nông trường Liên Sơn"), ("N.T Phong Hải",
        "Nông Trường Phong Hải"),
    ],
)  # fmt: skip
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoa Lộc", "Hòa Lộc"), ("Bình An", "Bình Ân"), ("Bình An B", "Bình Ân B"),
        ("Đông Thạnh", "Đông Thành"), ("Tân An", "Tânan"), ("Quyết Tiến", "Quyết Tiên"),
        ("Phường II", "Phường III"),
    ],
)  # fmt: skip
def test_names_that_differ_in_a_mark_are_two(one: str, other: str) -> None:
    assert key_of(one) != key_of(other)


def test_no_two_communes_of_a_district_are_one_by_their_spelling() -> None:
    named = Counter((c.district, c.type, key_of(c.name), spelling_of(c.name))
                    for c in communes().values())  # fmt: skip
    alike = Counter(key[:3] for key in named)
    assert [key for key, number in alike.items() if number > 1] == [("632", "xã", "iabang")]


@pytest.mark.parametrize(
    ("day", "kind"),
    [("2025-06-30", "commune"), ("2025-07-01", "unit"), ("2012-01-01", "commune")],
)
def test_one_name_is_told_apart_by_the_day(day: str, kind: str) -> None:
    [place] = places("Xã Nghĩa Tá", "064", day=date.fromisoformat(day))
    assert (place.kind, place.code) == (kind, "02071")


def test_the_portal_of_a_unit_is_at_home_where_it_came_from() -> None:
    since = date(2025, 9, 1)
    [place] = places("Xã Nghĩa Tá khai giảng.", None, "02071", since)
    assert (place.kind, place.code) == (PlaceKind.UNIT, "02071")
    [place] = places("Xã Lương Bằng cũ.", None, "02071", since)
    assert (place.kind, place.code) == (PlaceKind.COMMUNE, "02062")
    assert places("Xã Hà Hiệu cũ.", None, "02071", since) == []


def test_the_portal_of_a_province_is_at_home_in_all_that_went_into_it() -> None:
    since = date(2025, 9, 1)
    [place] = places("Xã Nghĩa Tá khai giảng.", None, "19", since)
    assert (place.kind, place.code) == (PlaceKind.UNIT, "02071")
    assert places("Xã Nghĩa Tá khai giảng.", None, "08", since) == []
    assert area_of(None, "19").provinces == {"06", "19"}
    alike = Counter(u.name for u in units().values() if u.province == "19" and u.type == "xã")
    assert set(alike.values()) == {1}, "else a name would be of several"


@given(texts, st.sampled_from([None, "064", "645", "755"]), st.sampled_from([None, REFORM]))
def test_any_text_is_read(text: str, district: str | None, day: date | None) -> None:
    places(text, district, day=day)


def test_a_long_text_is_read_in_time_that_grows_with_it() -> None:
    """Counted, not timed: a name is looked at so many times and no more."""
    text = "Các xã " + ", ".join(["Nghĩa Tá", "Rã Bản", "Bình Trung"] * 20_000)
    named = places(text, "064", day=date(2020, 1, 1))
    assert [place.name for place in named] == ["Nghĩa Tá", "Bình Trung"]


@pytest.mark.parametrize(
    ("text", "district", "names"),
    [
        ("Các xã: Yên Mỹ (15 hộ), Bản Thi (12 hộ), Đại Sảo", "064", "Yên Mỹ|Bản Thi|Đại Sảo"),
        ("Các xã Nghĩa Tá 15 hộ, Bình Trung 12 hộ và Yên Mỹ", "064", "Nghĩa Tá|Bình Trung|Yên Mỹ"),
        ("Phường 4, 5, 6 quận 8", "776", "4|5|6"),
        ("Các phường 4, 5 và 15 hộ dân", "776", "4|5"),
        ("Xã nông thôn mới nâng cao Phương Viên", "064", "Phương Viên"),
        ("phường Sông Cầu, thành phố Bắc Kạn, phường Đức Xuân", "064", "Sông Cầu|Đức Xuân"),
        ("XÃ YÊN MỸ: KHỞI SẮC", "064", "YÊN MỸ"),
        ("Xã Nghĩa-Tá, xã Yên‑Mỹ", "064", "Nghĩa-Tá|Yên‑Mỹ"),
        ("Đường liên xã Nghĩa Tá-Lương Bằng", "064", "Nghĩa Tá|Lương Bằng"),
        ("Đường liên xã Trang-Glar", "626", "Trang|Glar"),
        ("Đường liên xã Không Có-Nghĩa Tá", "064", "Nghĩa Tá"),
        ("Phường 4-5, phường 6-Quận 8", "776", "4|6"),
    ],
)  # fmt: skip
def test_lists_as_portals_write_them(text: str, district: str, names: str) -> None:
    named = places(text, district, day=date(2021, 6, 14))
    assert "|".join(place.name for place in named) == names
