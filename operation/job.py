"""What is to be run unattended: a crawl of what is due, every so many hours, and once an hour a
look at what is wrong, since no crawl can tell that it did not happen.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

EVERY = (1, 2, 3, 4, 6, 8, 12, 24)
"""Of how many hours a day is made up, so that a crawl is always at the same hours."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")
LONGEST_HOURS = 23
"""How long a run may take, whatever it does: those that make no progress end themselves before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A crawl of what is due into one archive, as a scheduler runs it."""

    db: Path
    """The archive, an absolute path."""
    python: Path
    """The interpreter that has Tin Huyện, an absolute path."""
    options: tuple[str, ...] = ()
    """What is said to ``crawl`` beside ``--due`` and ``--db``."""
    every: int = 1
    """Hours between two runs, one of `EVERY`."""
    name: str = "tinhuyen"
    """What its units, or its lines, are called."""
    environment: tuple[tuple[str, str], ...] = ()
    """The variables that it needs, each with its value."""
    writes: tuple[Path, ...] = ()
    """The folders that it writes into."""
    reads: tuple[Path, ...] = ()
    """Files and folders that it needs to read, wherever they are."""

    def __post_init__(self) -> None:
        """Raise ValueError for what cannot be scheduled."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"{self.name!r} is no name; use a-z, 0-9 and -, as in tinhuyen-bac-kan"
            )
        if self.every not in EVERY:
            raise ValueError(f"every {self.every} hours: it must be one of {EVERY}")
        texts = (str(self.db), str(self.python), *self.options, *map(str, self.writes))
        for text in (*texts, *(value for _, value in self.environment)):
            if any(ord(character) < 32 or ord(character) == 127 for character in text):
                raise ValueError(f"{text!r}: no scheduler takes a control character")

    @property
    def words(self) -> tuple[str, ...]:
        """The command that is run."""
        crawl = ("-m", "tinhuyen", "crawl", "--due", "--db", str(self.db))
        return (str(self.python), *crawl, *self.options)

    @property
    def check(self) -> tuple[str, ...]:
        """The command that judges all alarms, and tells of them."""
        return (str(self.python), "-m", "tinhuyen", "alarms", "--check", "--db", str(self.db))

    @property
    def minute(self) -> int:
        """The minute at which it is run: another one on most machines, and always the same."""
        return int(hashlib.sha256(str(self.db).encode()).hexdigest(), 16) % 60

    @property
    def minute_of_check(self) -> int:
        """The minute of each hour at which alarms are judged: between two crawls."""
        return (self.minute + 30) % 60

    @property
    def hours(self) -> str:
        """The hours at which it is run, as cron and systemd write them."""
        return "*" if self.every == 1 else ",".join(map(str, range(0, 24, self.every)))
