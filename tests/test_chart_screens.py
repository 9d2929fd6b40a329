"""Charts in a real browser: with real letters nothing is cut off and nothing covers another."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from reading_room.charts import NARROW, WIDE, Category, Chart, Series, Shape, Unit, draw
from reading_room.charts.chart import MOST_SERIES
from reading_room.charts.drawing import STYLE
from reading_room.charts.strip import LEVELS
from reading_room.language import speaking
from tests.browsers import chromium

LONG = "Thị xã Mường Lay - Nậm Nhùn, WWW MMM ƯỞNG"
YEARS = tuple(Category(str(year), str(year), str(year)) for year in range(2004, 2026))
MONTHS = tuple(
    Category(f"{year}-{month}", f"{month}/{year}", str(year) if month == 1 else None)
    for year in range(2011, 2026)
    for month in range(1, 13)
)
CHARTS = (
    (Shape.COLUMNS, YEARS, 1, 99_999, Unit.NUMBER),
    (Shape.COLUMNS, YEARS, 5, 3_000_000, Unit.NUMBER),
    (Shape.COLUMNS, MONTHS, 1, 40, Unit.NUMBER),
    (Shape.LINES, YEARS, 5, 0.001, Unit.SHARE),
    (Shape.LINES, YEARS[:1], MOST_SERIES, 1, Unit.SHARE),
    (Shape.ROWS, YEARS[:8], 2, 1_000_000, Unit.NUMBER),
    (Shape.STRIP, tuple(Category(c.key, c.label, c.key[:4]) for c in MONTHS), 1, 999, Unit.NUMBER),
)


def _chart(number: int) -> Chart:
    shape, categories, series, top, unit = CHARTS[number]
    if shape == Shape.ROWS:
        categories = tuple(Category(c.key, LONG[: 3 + 5 * n]) for n, c in enumerate(categories))
    values = [
        tuple(top * ((n * 37 + s * 11) % 23) / 22 for n, _ in enumerate(categories))
        for s in range(series)
    ]
    if unit == Unit.NUMBER:
        values = [tuple(float(round(value)) for value in each) for each in values]
    return Chart(
        name=f"trial{number}",
        title="Số bài",
        told="Thử",
        shape=shape,
        heading="Năm",
        categories=categories,
        series=tuple(Series(str(n), f"{LONG} {n}"[-12 * n - 4 :], v) for n, v in enumerate(values)),
        unit=unit,
    )


def _page(spoken: str) -> str:
    with speaking(spoken):
        drawn = "".join(
            f'<figure class="chart"><div class="wide">{draw(chart, WIDE)}</div>'
            f'<div class="narrow">{draw(chart, NARROW)}</div></figure>'
            for chart in map(_chart, range(len(CHARTS)))
        )
    style = STYLE.read_text("utf-8")
    return (
        '<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f"<style>body {{ margin: 16px; background: var(--chart-paper) }} {style}</style>{drawn}"
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def opened(browser: Browser, width: int, colours: str, spoken: str = "vi") -> Page:
    page = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if colours == "dark" else "light",
    ).new_page()
    page.set_content(_page(spoken))
    return page


BADLY_PLACED = """() => {
  const bad = [];
  for (const svg of document.querySelectorAll("svg.drawing")) {
    if (!svg.checkVisibility()) continue;
    const frame = svg.getBoundingClientRect();
    if (frame.right > innerWidth) bad.push("drawing wider than the window");
    const texts = [...svg.querySelectorAll("text")].map((text) => {
      const { left, right, top, bottom } = text.getBoundingClientRect();
      const high = (bottom - top) * 0.2;  // letters do not fill their line
      return { said: text.textContent, left, right, top: top + high, bottom: bottom - high };
    });
    texts.forEach((one, n) => {
      if (one.left < frame.left - 1 || one.right > frame.right + 1 ||
          one.top < frame.top - 1 || one.bottom > frame.bottom + 1) bad.push("cut " + one.said);
      for (const other of texts.slice(n + 1))
        if (one.left < other.right && other.left < one.right &&
            one.top < other.bottom && other.top < one.bottom)
          bad.push(one.said + " over " + other.said);
    });
  }
  return bad;
}"""


@pytest.mark.parametrize("width", [390, 700, 1280])
def test_no_letter_is_cut_off_or_covered(browser: Browser, width: int) -> None:
    page = opened(browser, width, "light", "en" if width == 700 else "vi")
    shown = page.locator("svg.drawing:visible")
    assert shown.count() == len(CHARTS)
    assert {svg.get_attribute("viewBox").split()[2] for svg in shown.all()} == {  # type: ignore[union-attr]
        str(WIDE if width > 700 else NARROW)
    }
    assert page.evaluate(BADLY_PLACED) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.context.close()


def test_a_printed_page_shows_the_wide_drawing_in_ink(browser: Browser) -> None:
    page = opened(browser, 390, "dark")
    page.emulate_media(media="print")
    widths = {svg.get_attribute("viewBox").split()[2] for svg in  # type: ignore[union-attr]
              page.locator("svg.drawing:visible").all()}  # fmt: skip
    assert widths == {str(WIDE)}
    assert page.evaluate(FILL, "text") == "rgb(51, 51, 51)"
    page.context.close()


FILL = """kind => getComputedStyle(document.querySelector("svg.drawing " + kind)).fill"""
CONTRASTS = """() => {
  // WCAG 2.2: 1.4.3 for texts, also on a shade; 1.4.11 for bars, lines and marks.
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const paper = numbers(getComputedStyle(document.body).backgroundColor);
  const look = (kind) => getComputedStyle(document.querySelector("svg.drawing " + kind));
  const filled = (kind) => {
    const { fill, fillOpacity } = look(kind);
    return numbers(fill).slice(0, 3).map((c, n) => c * fillOpacity + paper[n] * (1 - fillOpacity));
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.map((c) => c / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const found = { text: contrast(filled("text:not([class])"), paper) };
  for (let n = 0; n < SERIES; n++) found["s" + n] = contrast(filled(".mark.s" + n), paper);
  found.h0 = contrast(numbers(look(".h0").stroke).slice(0, 3), paper);
  for (let n = 1; n <= LEVELS; n++)
    found["on-h" + n] = contrast(filled(".on-h" + n), filled("rect.h" + n));
  return found;
}""".replace("SERIES", str(MOST_SERIES)).replace("LEVELS", str(LEVELS))


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_what_is_drawn_stands_out(browser: Browser, colours: str) -> None:
    page = opened(browser, 1280, colours)
    found: dict[str, float] = page.evaluate(CONTRASTS)
    assert len(found) == 2 + MOST_SERIES + LEVELS
    for kind, contrast in found.items():
        assert contrast >= (3 if kind.startswith(("s", "h")) else 4.5), (kind, contrast)
    page.context.close()
