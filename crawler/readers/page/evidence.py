"""What was read together with the rule by which it was: the one form in which finders return it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from crawler.page import Evidence

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Read(Generic[T_co]):
    """A value, and what held it: a selector, or a rule in words."""

    value: T_co
    by: str


def value_of(read: Read[T_co] | None) -> T_co | None:
    """Return what was read, None if nothing was."""
    return read.value if read else None


def evidence(**reads: Read[object] | None) -> Evidence:
    """Return the rules of what was read, under the names of what it is."""
    return Evidence({name: read.by for name, read in reads.items() if read})
