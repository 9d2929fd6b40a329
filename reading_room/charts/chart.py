"""What a chart shows: named categories, and for each of them a number of every series."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

GREATEST = 10**18
"""The greatest number that is drawn."""
MOST_SERIES = 6
"""Series that can be told apart by their colours and dashes."""


class Shape(StrEnum):
    """How a chart is drawn."""

    COLUMNS = "columns"
    """Bars that stand on a line of time; several series are stacked."""
    ROWS = "rows"
    """Bars that lie, each beside its name; several series lie side by side."""
    LINES = "lines"
    STRIP = "strip"
    """A row of twelve months for each year; the more in a month, the darker it is."""


class Unit(StrEnum):
    """What its numbers are."""

    NUMBER = "number"
    SHARE = "share"
    """Parts of 1, told in hundredths."""


@dataclass(frozen=True, slots=True)
class Category:
    """What the numbers at one place of a chart are of: a month, a province."""

    key: str
    """What programs are told: "2021-03"."""
    label: str
    """What people are told: "3/2021"."""
    tick: str | None = None
    """What it is called at the axis, where there is room; None where it need not be named."""
    filters: tuple[tuple[str, str], ...] = ()
    """By what the articles that it counts are found in their table; none where that is not told."""


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one kind, one a category; None where there is nothing to tell."""

    key: str
    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Something to be looked at. Raises `ValueError` of numbers that cannot be drawn."""

    name: str
    """By which it is addressed: ``/charts/NAME.svg``."""
    title: str
    told: str
    """What there is to see, in a sentence or two, for who does not see it."""
    shape: Shape
    heading: str
    """What its categories are: "Month"."""
    categories: tuple[Category, ...]
    series: tuple[Series, ...]
    of: str = ""
    """The site or place that it is of; "" where it is of the whole archive."""
    unit: Unit = Unit.NUMBER
    at: datetime | None = None
    """Of when it is, where that is not now."""
    notes: tuple[str, ...] = ()
    """What it does not count, and what a reader might take it for."""

    def __post_init__(self) -> None:
        if len(self.series) > MOST_SERIES:
            raise ValueError(f"{self.name}: more than {MOST_SERIES} series")
        if self.shape == Shape.STRIP and (len(self.categories) % 12 or len(self.series) != 1):
            raise ValueError(f"{self.name}: a strip is of one series, in whole years")
        for series in self.series:
            if len(series.values) != len(self.categories):
                raise ValueError(f"{self.name}: {series.key} has not a number for each category")
            if not all(v is None or 0 <= v <= GREATEST for v in series.values):
                raise ValueError(f"{self.name}: {series.key} has numbers that cannot be drawn")

    @property
    def full_title(self) -> str:
        """The title, with what it is of."""
        return f"{self.title} · {self.of}" if self.of else self.title

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not any(value for series in self.series for value in series.values)

    @property
    def top(self) -> float:
        """The greatest number that is drawn: of columns, the greatest sum."""
        columns = zip(*(series.values for series in self.series), strict=True)
        if self.shape == Shape.COLUMNS:
            return max((sum(filter(None, column)) for column in columns), default=0)
        return max((value or 0 for column in columns for value in column), default=0)
