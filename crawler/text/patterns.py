"""Patterns that are compiled when they are first used: all of them together take a tenth of the
start of a crawl, and most pages need few.
"""

import re
from typing import Any, AnyStr, cast


def lazily(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what `re.compile` does, compiled when it is first used.

    It is for modules that have much to compile. What is wrong with a pattern is said no sooner, and
    the ``re`` of a match is the compiled one: which pattern it is of, its ``re.pattern`` tells.
    """
    return cast("re.Pattern[AnyStr]", _Lazy(pattern, flags))


class _Lazy:
    """A pattern that is not compiled yet, or hands over what the compiled one can do."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        compiled = re.compile(self.pattern, self._flags)
        for each in dir(compiled):
            if not each.startswith("_"):
                setattr(self, each, getattr(compiled, each))  # is found at once from now on
        try:
            return vars(self)[name]
        except KeyError:
            raise AttributeError(name) from None
