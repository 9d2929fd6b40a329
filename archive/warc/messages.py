"""Messages of HTTP as archives hold them, whoever wrote them.

A server of the 2000s ended the lines of its head with a bare line feed, some with a bare carriage
return; a browser that spoke HTTP/2 writes a head that never went over the wire. They are read as
they are, and kept so.
"""

import re
from dataclasses import dataclass

_LONGEST_HEAD = 256 << 10
_STATUS = re.compile(rb"[ \t]*(?:HTTP(?:/\d(?:\.\d+)?)?|ICY)[ \t]+(\d{3})(?!\d)", re.I)
_PSEUDO_STATUS = re.compile(rb"[ \t]*:status:[ \t]*(\d{3})(?!\d)", re.I)
"""As some write what HTTP/2 has in place of a status line (RFC 9113, 8.3.2)."""
_END = re.compile(rb"\r?\n\r?\n")
_END_OF_RETURNS = re.compile(rb"\r\r")
_LINES = re.compile(rb"\r?\n")
_FOLDED = re.compile(rb"\r?\n[ \t]+")
"""How a field goes on in a further line (obs-fold of RFC 9112, 5.2)."""


@dataclass(frozen=True, slots=True)
class Head:
    """A status line and the fields that follow it."""

    status: int | None
    """None if the message begins with no status line."""
    fields: tuple[tuple[str, str], ...]
    """Names as they were written, and values, read as Latin-1."""

    def get(self, name: str) -> str | None:
        """Return the first field of a name, None if there is none."""
        wanted = name.lower()
        return next((value for known, value in self.fields if known.lower() == wanted), None)


def has_status(message: bytes) -> bool:
    """Whether bytes begin as an answer of HTTP does."""
    return _status(message) is not None


def parted(message: bytes) -> tuple[bytes, bytes]:
    """Return the head of a message, with the empty line that ends it, and the body.

    Without such a line all of it is head if it is as short as one: an answer without a body.
    """
    found = (_END_OF_RETURNS if _has_bare_returns(message) else _END).search(
        message, 0, _LONGEST_HEAD
    )
    if found:
        return message[: found.end()], message[found.end() :]
    return (message, b"") if len(message) <= _LONGEST_HEAD else (b"", message)


def read_head(head: bytes) -> Head:
    """Return what a head says; what is no field in it is left out."""
    if _has_bare_returns(head):
        head = head.replace(b"\r", b"\n")
    lines = _LINES.split(_FOLDED.sub(b" ", head.strip(b"\r\n")))
    fields = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if colon and name.strip() and not _STATUS.match(line):
            fields.append((name.strip().decode("latin-1"), value.strip().decode("latin-1")))
    return Head(_status(head), tuple(fields))


def _status(message: bytes) -> int | None:
    found = _STATUS.match(message) or _PSEUDO_STATUS.match(message)
    return int(found[1]) if found else None


def _has_bare_returns(message: bytes) -> bool:
    """Whether the lines of a head end with a carriage return and nothing else, by its first."""
    end = message.find(b"\r", 0, _LONGEST_HEAD)
    return end >= 0 and message[end + 1 : end + 2] != b"\n" and b"\n" not in message[:end]
