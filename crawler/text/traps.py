"""Addresses that lead ever deeper and nowhere, told by how they look."""

from urllib.parse import urlsplit

from crawler.vocabulary.sentences import Trap

_LONGEST_ROUND = 6
"""Parts of a path that may follow upon themselves: ``/a/b/a/b/`` is two."""


def trap(url: str, *, depth: int, length: int, repeated: int) -> str | None:
    """Return why an address is not asked for, in words, None if nothing is wrong with it.

    It is longer than *length* characters, its path has more than *depth* parts, or parts of it
    follow upon themselves more than *repeated* times, as where a link without its first slash meets
    a server that answers at any depth.
    """
    if len(url) > length:
        return Trap.LONG.of(number=f"{length:,}")
    parts = [part for part in urlsplit(url).path.split("/") if part]
    if len(parts) > depth:
        return Trap.DEEP.of(number=depth)
    if round_ := _repeated(parts, repeated):
        return Trap.ROUND.of(path=f"/{'/'.join(round_)}")
    return None


def _repeated(parts: list[str], most: int) -> list[str] | None:
    """Return the parts that follow upon themselves more than *most* times; numbers may, as days."""
    for size in range(1, min(_LONGEST_ROUND, len(parts) // (most + 1)) + 1):
        same = 0  # how many parts in a row are as the one a round before
        for at in range(size, len(parts)):
            same = same + 1 if parts[at] == parts[at - size] else 0
            if same >= size * most:
                found = parts[at - size + 1 : at + 1]
                if not all(part.isdecimal() for part in found):
                    return found
    return None
