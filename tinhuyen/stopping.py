"""Being told to stop: by Ctrl-C, or by whoever runs the machine."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console


@contextmanager
def told_to_stop(console: Console, stop: Callable[[int], None]) -> Iterator[None]:
    """Call *stop* at each Ctrl-C or SIGTERM, with the how-manieth it is; say so at the first."""
    asked = 0

    def heard(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            console.print("Stopping: what is under way has a few seconds (Ctrl-C: none).")
        stop(asked)

    before = {n: signal.signal(n, heard) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
