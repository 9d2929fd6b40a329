"""How often Python looks for objects that only hold each other."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS = 5000
"""How many more objects there are before that. By itself Python looks after 700: 300 times while
the libraries of a crawl are read, several times a page, and now and then through all that was ever
loaded."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look seldom for objects that only hold each other."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
