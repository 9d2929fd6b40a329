"""How often Python looks for objects that only hold each other, and that it does not in the end."""

import atexit
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


def not_taken_apart() -> None:
    """Let all that is loaded lie when Python ends: the memory goes back as a whole. By itself
    Python looks through it, twice, and takes it down one by one, a sixth of the start of a crawl.

    Whoever writes a file closes it: what then only hold each other would not write it out.
    """
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
