"""A leash: until when a crawl may ask, in a file that whoever has begun the crawl writes anew.

Where several machines crawl, a host is one's for a time that is renewed. A crawl that does not hear
of it, since the machine that renews it is gone or was paused, must not go on asking: so it looks
before each request. Without the file, or with something else in it, nothing may be asked.
"""

import math
import time
from pathlib import Path

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""The same for all processes of a machine; where there is one, it goes on while that sleeps."""


def now() -> float:
    """Return the time by the clock of leashes, seconds."""
    return time.clock_gettime(_CLOCK)


def lengthen(path: Path, until: float) -> None:
    """Let a crawl ask until then, which must come: no leash is without end. Raises OSError."""
    if not math.isfinite(until):
        raise ValueError(f"a leash until {until} would never end")
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(repr(until), encoding="ascii")
    draft.replace(path)


def has_ended(path: Path) -> bool:
    """Whether nothing may be asked any more."""
    try:
        until = float(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return True
    return not (math.isfinite(until) and now() < until)  # "nan" is before and after nothing
