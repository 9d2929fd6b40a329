"""Charts as SVG: whatever the numbers are, they are drawn within their bounds, and legible."""

import re
from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reading_room.charts import NARROW, WIDE, Category, Chart, Series, Shape, Unit, draw, standalone
from reading_room.charts.canvas import MARKERS
from reading_room.charts.chart import MOST_SERIES
from reading_room.charts.drawing import STYLE
from reading_room.charts.scales import (
    GAP,
    LETTER,
    marks,
    placed,
    shortened,
    told_marks,
    told_number,
    width_of,
)
from reading_room.charts.strip import LEVELS, bounds, level
from reading_room.language import speaking

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script>&\"'\x00\x08\ud800]]> Nà Lẹng"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def chart(shape: Shape, *series: list[float | None], **more: Any) -> Chart:
    names = more.pop("names", None) or [str(1990 + n) for n in range(len(series[0]))]
    return Chart(
        name="trial",
        title=more.pop("title", "Số bài theo năm"),
        told="Từ năm này đến năm kia.",
        shape=shape,
        heading="Năm",
        categories=tuple(Category(name, name, name) for name in names),
        series=tuple(Series(f"s{n}", f"Loạt {n}", tuple(each)) for n, each in enumerate(series)),
        **more,
    )


def boxes(svg: str) -> list[tuple[float, float, float, float, str]]:
    """Return where each text of a drawing stands at most: left, top, right, bottom; and itself."""
    found = []
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        said = text.text or ""
        x, y, width = float(text.attrib["x"]), float(text.attrib["y"]), width_of(said)
        left = x - {"middle": width / 2, "end": width}.get(text.attrib.get("text-anchor", ""), 0)
        found.append((left, y - LETTER, left + width, y + LETTER / 4, said))
    return found


def assert_legible(svg: str, width: int) -> None:
    root = ElementTree.fromstring(svg)
    _, _, wide, high = map(float, root.attrib["viewBox"].split())
    assert wide == width
    assert "nan" not in svg.lower().replace("banan", "")
    assert "inf" not in re.sub(r"<(title|desc|text)[^>]*>[^<]*", "", svg)
    for left, top, right, bottom, said in boxes(svg):
        assert left >= -0.1, said
        assert right <= wide + 0.1, said
        assert top >= -0.1, said
        assert bottom <= high + 0.1, said
    for one, other in combinations(boxes(svg), 2):
        is_clear = (
            one[2] <= other[0] + 0.1
            or other[2] <= one[0] + 0.1
            or one[3] <= other[1] + 2
            or other[3] <= one[1] + 2
        )
        assert is_clear, (one, other)
    for element in root.iter(f"{SVG}rect"):
        at = {name: float(element.attrib[name]) for name in ("x", "y", "width", "height")}
        assert min(at.values()) >= 0
        assert at["x"] + at["width"] <= wide + 0.1
        assert at["y"] + at["height"] <= high + 0.1
    for element in root.iter(f"{SVG}path"):
        if re.search(r"[a-z]\d", element.attrib["d"]):
            continue  # a mark, around a point
        numbers = [float(number) for number in NUMBER.findall(element.attrib["d"])]
        assert min(numbers) >= 0
        assert max(numbers) <= max(wide, high) + 0.1


counts = st.one_of(
    st.integers(0, 10**15), st.integers(0, 12), st.just(0), st.floats(0, 1e12, allow_subnormal=True)
)
shares = st.floats(0, 1)
sizes = st.sampled_from([1, 2, 3, 12, 25, 60])


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    shape, unit = draw(st.sampled_from(Shape)), draw(st.sampled_from(Unit))
    size = 12 * draw(st.integers(1, 6)) if shape == Shape.STRIP else draw(sizes)
    if shape == Shape.ROWS:
        size = min(size, 25)
    number = 1 if shape == Shape.STRIP else draw(st.integers(1, MOST_SERIES))
    value = shares if unit == Unit.SHARE and shape != Shape.STRIP else counts
    value = st.one_of(st.none(), value) if shape in (Shape.LINES, Shape.STRIP) else value
    series = [draw(st.lists(value, min_size=size, max_size=size)) for _ in range(number)]
    names = draw(st.sampled_from([None, [f"{n % 12 + 1}/{2001 + n // 12}" for n in range(size)]]))
    if shape == Shape.ROWS:
        names = draw(
            st.lists(st.text(max_size=40) | st.just("Thành phố Phan Rang - Tháp Chàm"),
                     min_size=size, max_size=size)
        )  # fmt: skip
    unit = Unit.NUMBER if shape == Shape.STRIP else unit
    return chart(shape, *series, names=names, unit=unit)


@given(charts(), st.sampled_from([WIDE, NARROW]), st.sampled_from(["vi", "en"]))
def test_whatever_is_drawn_lies_within_its_bounds(drawn: Chart, width: int, spoken: str) -> None:
    with speaking(spoken):
        assert_legible(draw(drawn, width), width)
        ElementTree.fromstring(standalone(drawn, width))


@pytest.mark.parametrize("shape", [Shape.COLUMNS, Shape.LINES])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_thousands_of_points_are_few_elements(shape: Shape, width: int) -> None:
    drawn = chart(shape, [float(n * 7919 % 1000) for n in range(3000)])
    svg = draw(drawn, width)
    assert svg == draw(drawn, width)
    assert_legible(svg, width)
    assert len(list(ElementTree.fromstring(svg).iter())) < 60


@pytest.mark.parametrize("shape", Shape)
def test_nothing_is_said_to_be_nothing(shape: Shape) -> None:
    size = 12 if shape == Shape.STRIP else 3
    for values in ([0.0] * size, [None] * size):
        svg = draw(chart(shape, [*values]))
        assert [said for *_, said in boxes(svg)] == ["Chưa có gì để vẽ."]
    if shape != Shape.STRIP:
        assert chart(shape, []).is_empty


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, 1e19])
def test_what_cannot_be_drawn_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="trial: s0 has numbers that cannot be drawn"):
        chart(Shape.COLUMNS, [value])


def test_series_that_cannot_be_told_apart_are_refused() -> None:
    assert len(MARKERS) == MOST_SERIES
    with pytest.raises(ValueError, match="more than 6 series"):
        chart(Shape.LINES, *[[1.0]] * 7)
    with pytest.raises(ValueError, match="in whole years"):
        chart(Shape.STRIP, [1.0] * 13)
    with pytest.raises(ValueError, match="not a number for each category"):
        chart(Shape.ROWS, [1.0, 2.0], [1.0])


def test_a_hostile_text_is_only_text() -> None:
    drawn = chart(Shape.ROWS, [1.0], names=[HOSTILE], title=HOSTILE)
    for svg in (draw(drawn), standalone(drawn)):
        root = ElementTree.fromstring(svg)
        assert not list(root.iter(f"{SVG}script"))
        assert "<script>" not in svg
        assert "Nà Lẹng" in "".join(root.itertext())


def test_who_does_not_see_it_is_told() -> None:
    svg = ElementTree.fromstring(draw(chart(Shape.COLUMNS, [1.0, 5.0], of="Huyện Nà Lạng")))
    assert svg.attrib["role"] == "img"
    ids = svg.attrib["aria-labelledby"].split()
    told = {e.attrib["id"]: e.text for e in svg if "id" in e.attrib}
    assert [told[each] for each in ids] == [
        "Số bài theo năm · Huyện Nà Lạng",
        "Từ năm này đến năm kia.",
    ]
    assert [title.text for title in svg.iter(f"{SVG}title")][1:] == ["1990: 1", "1991: 5"]


def test_a_file_brings_its_colours_and_asks_for_nothing() -> None:
    svg = standalone(chart(Shape.COLUMNS, [1.0, 5.0], [2.0, 3.0], notes=("Không tính 3 bài.",)))
    assert "var(" not in svg
    assert "@media (prefers-color-scheme: dark)" in svg
    assert "#7a1f1f" in svg
    assert "#e39a8c" in svg
    assert "Không tính 3 bài." in svg
    assert set(re.findall(r"\w+://[^\"]+", svg)) == {"http://www.w3.org/2000/svg"}
    used = {kind for kinds in re.findall(r'class="([^"]+)"', svg) for kind in kinds.split()}
    assert used >= {"s0", "s1", "rule", "base", "paper", "heading"}


def test_the_style_sheet_knows_all_that_is_drawn() -> None:
    style = STYLE.read_text("utf-8")
    kinds = ["rule", "base", "paper", "heading", "line", "mark", "whole"]
    kinds += [*(f"s{n}" for n in range(MOST_SERIES)), *(f"h{n}" for n in range(LEVELS + 1))]
    for kind in kinds:
        assert re.search(rf"^\.drawing .*\.{kind}\b", style, re.MULTILINE), kind
    light, dark, print_ = (
        set(re.findall(r"(--[\w-]+):", block)) for block in re.findall(r":root \{([^}]*)\}", style)
    )
    assert light == dark == print_


@given(st.one_of(st.floats(0, 1e18), st.integers(0, 10**18)), st.sampled_from(Unit))
def test_marks_are_round_and_reach_the_top(top: float, unit: Unit) -> None:
    at = marks(top, unit)
    assert at[0] == 0
    assert 2 <= len(at) <= 5 + (unit == Unit.NUMBER and top < 5)
    assert at[-1] >= top * (1 - 1e-9)
    steps = [after - before for before, after in pairwise(at)]
    assert max(steps) <= min(steps) * (1 + 1e-9)
    assert unit == Unit.SHARE or all(step >= 1 for step in steps)
    assert len(set(told_marks(at, unit))) == len(at) or top > 1e15


@pytest.mark.parametrize(
    ("top", "unit", "vi", "en"),
    [
        (0, Unit.NUMBER, ("0", "1"), ("0", "1")),
        (3, Unit.NUMBER, ("0", "1", "2", "3"), ("0", "1", "2", "3")),
        (21, Unit.NUMBER, ("0", "10", "20", "30"), ("0", "10", "20", "30")),
        (4100, Unit.NUMBER, ("0", "2.000", "4.000", "6.000"), ("0", "2,000", "4,000", "6,000")),
        (12_500_000, Unit.NUMBER, ("0", "5 Tr", "10 Tr", "15 Tr"), ("0", "5M", "10M", "15M")),
        (0.11, Unit.SHARE, ("0%", "5%", "10%", "15%"), ("0%", "5%", "10%", "15%")),
        (0.0011, Unit.SHARE, ("0,00%", "0,05%", "0,10%", "0,15%"),
         ("0.00%", "0.05%", "0.10%", "0.15%")),
    ],
)  # fmt: skip
def test_marks_are_written_as_the_language_does(
    top: float, unit: Unit, vi: tuple[str, ...], en: tuple[str, ...]
) -> None:
    for spoken, told in (("vi", vi), ("en", en)):
        with speaking(spoken):
            said = told_marks(marks(top, unit), unit)
            assert tuple(text.replace("\u00a0", " ") for text in said) == told


def test_numbers_are_written_as_the_language_does() -> None:
    for spoken, number, share in (("vi", "1.234.567", "0,25%"), ("en", "1,234,567", "0.25%")):
        with speaking(spoken):
            assert told_number(1_234_567) == number
            assert told_number(0.0025, Unit.SHARE) == share
            assert told_number(0, Unit.SHARE) == "0%"


@given(st.lists(st.text(max_size=12), max_size=40), st.floats(20, 800))
def test_names_at_an_axis_never_touch(names: list[str], end: float) -> None:
    at = [(end * (n + 0.5) / len(names), name) for n, name in enumerate(names)]
    found = placed(at, 0, end)
    for (before, one), (after, other) in pairwise(found):
        assert after - before >= (width_of(one) + width_of(other)) / 2 + GAP
    for middle, name in found:
        assert width_of(name) / 2 - 1e-6 <= middle <= end - width_of(name) / 2 + 1e-6


def test_round_years_are_named() -> None:
    years = [(n * 12.0, str(2003 + n)) for n in range(23)]
    assert [name for _, name in placed(years, 0, 276)] == ["2005", "2010", "2015", "2020", "2025"]


@given(st.text(), st.floats(0, 200))
def test_a_text_that_is_cut_fits(text: str, room: float) -> None:
    cut = shortened(text, room)
    assert width_of(cut) <= room or cut == text == ""
    assert cut == text or cut == "" or cut.endswith("…")


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=300))
def test_the_most_is_darkest_and_nothing_is_empty(values: list[int]) -> None:
    levels = bounds(values)
    assert level(max(values), levels) == LEVELS
    assert level(0, levels) == 0
    shades = [level(value, levels) for value in sorted(values)]
    assert shades == sorted(shades)
    assert min(shades) >= 1
