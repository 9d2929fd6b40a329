"""How the records of WARC and ARC files begin, by which they are found again behind damage."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Beginning:
    """What stands at the beginning of a line where a record begins, and nowhere else."""

    pattern: re.Pattern[bytes]
    longest: int
    """Bytes that it has at most."""
    shortest: int
    """Bytes by which what is none is told, mostly."""


WARC: Final = Beginning(re.compile(rb"WARC/"), 5, 5)
ARC: Final = Beginning(
    re.compile(
        rb"(?P<url>(?:filedesc|https?|ftp|dns|nntp|mailto):[^\n]{0,4000}?) "
        rb"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*|-) "
        rb"(?P<date>\d{4,17}) (?:(?P<type>[^\n]{0,120}?) )??"
        rb"(?:(?:\d{3}|-) [^ \n]{1,100} [^ \n]{1,2000} \d{1,18} [^ \n]{1,500} )??"
        rb"(?P<length>\d{1,18})[ \t]*\r?\n",
        re.I,
    ),
    8 << 10,
    64,
)
"""The line of a record: address, IP address, date, media type and length; in files of version 2
result, checksum, location, offset and file name before the length.
"""
EITHER: Final = Beginning(
    re.compile(rb"%b|%b" % (WARC.pattern.pattern, ARC.pattern.pattern), re.I),
    ARC.longest,
    WARC.shortest,
)
