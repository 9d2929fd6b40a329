"""Axes: round numbers to mark them at, how wide a text is, and which names have room."""

import math
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from babel.numbers import format_compact_decimal, format_decimal, format_percent

from reading_room.charts.chart import Unit
from reading_room.language import language

LETTER = 12
"""Pixels of the letters of a chart."""
GAP = 8
"""Pixels that are free between two names at an axis, at least."""

_LONG = 9
"""Letters of a number that is told in short at an axis: "1,5 Tr"."""
_LEAST = {Unit.NUMBER: 1.0, Unit.SHARE: 1e-6}
_STRIDES = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2500, 5000, 10_000)


def told_number(value: float, unit: Unit = Unit.NUMBER) -> str:
    """Return a number as it is written in the language of the page: "1.234", "12,5%"."""
    if unit == Unit.NUMBER:
        return str(format_decimal(value, locale=language()))
    digits = _digits(value) if value else 0
    return str(format_percent(value, format=_percent(digits), locale=language()))


def _digits(share: float) -> int:
    """Return how many digits behind the point a share in hundredths needs, to tell two of it."""
    return min(6, max(0, 1 - math.floor(math.log10(share * 100))))


def _percent(digits: int) -> str:
    return "0" + ("." + "#" * digits if digits else "") + "%"


def marks(top: float, unit: Unit = Unit.NUMBER, most: int = 5) -> tuple[float, ...]:
    """Return round numbers from 0 up to *top* or above it, at most *most*, evenly spaced."""
    top = max(top, _LEAST[unit])
    raw = top / (most - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(round_ for n in (1, 2, 2.5, 5, 10, 20) if (round_ := n * power) * (most - 1) >= top)
    if unit == Unit.NUMBER:
        step = float(math.ceil(step))
    return tuple(n * step for n in range(math.ceil(top / step * (1 - 1e-12)) + 1))


def told_marks(at: Sequence[float], unit: Unit = Unit.NUMBER) -> tuple[str, ...]:
    """Return how the numbers at an axis are written: with equally many digits, large ones short."""
    if unit == Unit.SHARE:
        step = at[1] * 100
        digits = next((d for d in range(7) if abs(step * 10**d - round(step * 10**d)) < 1e-6), 6)
        form = _percent(digits).replace("#", "0")
        return tuple(str(format_percent(each, format=form, locale=language())) for each in at)
    told = tuple(told_number(each) for each in at)
    if max(map(len, told)) <= _LONG:
        return told
    return tuple(
        str(format_compact_decimal(each, locale=language(), fraction_digits=1)) for each in at
    )


def width_of(text: str) -> float:
    """Return how many pixels a text takes at most, in whatever font without serifs is shown."""
    return sum(map(_width, text)) * LETTER


def _width(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.1
    if letter in "mwMW@%—…":
        return 1
    if letter in "il.,:;'|! ":
        return 0.36
    return 0.78 if letter.isupper() else 0.63


def shortened(text: str, room: float) -> str:
    """Return a text that fits into so many pixels, cut with "…" where it has to be."""
    if width_of(text) <= room:
        return text
    while text and width_of(f"{text}…") > room:
        text = text[:-1]
    return f"{text.rstrip()}…" if text else ""


def placed(
    names: Sequence[tuple[float, str]], start: float, end: float
) -> Sequence[tuple[float, str]]:
    """Return those of the *names* at an axis for which there is room, each with its middle.

    They are every second one, every fifth …, of numbers those that are round, so that none touches
    another and none reaches beyond *start* and *end*.
    """
    for chosen in _choices(names):
        found = [(_inside(at, name, start, end), name) for at, name in chosen]
        if all(
            after - before >= (width_of(one) + width_of(other)) / 2 + GAP
            for (before, one), (after, other) in pairwise(found)
        ) and all(width_of(name) <= end - start for _, name in found):
            return found
    return ()


def _choices(names: Sequence[tuple[float, str]]) -> Iterator[list[tuple[float, str]]]:
    are_numbers = all(name.isdecimal() for _, name in names)
    for stride in _STRIDES:
        if are_numbers:
            yield [(at, name) for at, name in names if int(name) % stride == 0]
        else:
            yield [*names[::stride]]


def _inside(at: float, name: str, start: float, end: float) -> float:
    half = width_of(name) / 2
    return min(max(at, start + half), end - half)
