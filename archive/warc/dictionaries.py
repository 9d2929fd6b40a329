"""The dictionaries with which files of captures begin: of what they are made, and whether one pays.

A dictionary costs what it takes in its file, and saves a little with each page. So none is chosen
by a rule of thumb: pages that are in none of them are compressed with each, and counted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, chain
from statistics import fmean
from typing import Final

from archive.warc.frames import LEVEL, compressed, compressor_with, packed, zstd

FEWEST_PAGES: Final = 8
"""Of how many pages a dictionary is made at least."""
_ROOM: Final = 2 << 20
"""Bytes of pages that a crawl puts into a dictionary: it holds one for each site at a time."""
_JUDGES: Final = 8
"""How many of the newest pages a crawl keeps out of a dictionary to try it on."""

FINISHED_LEVEL: Final = 12
"""For what is written anew, at three times the processor time of a crawl; level 19 would make it
a fifteenth smaller for 25 times the time again."""
PACKED_LEVEL: Final = 19
"""For the dictionary of what is written anew: it is packed once, and is most of a small file."""
_ROOMS: Final = (256 << 10, 1 << 20, 2 << 20, 4 << 20)
"""Bytes of pages that are tried as a dictionary. Whoever reads a capture unpacks one first."""
_TRAINED: Final = (128 << 10, 512 << 10)
"""Bytes of dictionaries that zstd's trainer is asked for."""
_FEWEST_TO_TRAIN: Final = 32
_TRIED: Final = 24
"""On how many pages each is tried, at most."""

Blocks = Sequence[bytes]
"""The records of one capture: of the answer and, if there is one, of the request."""


def made_of(pages: Sequence[bytes], room: int = _ROOM) -> "zstd.ZstdDict | None":
    """Return a dictionary made of the newest pages, in the format that the IIPC asks for."""
    chosen: list[bytes] = []
    for page in reversed(pages):
        if len(page) <= room:
            chosen.insert(0, page)  # what is last is found at the least cost: the newest
            room -= len(page)
    return _of_content(chosen) if len(chosen) >= FEWEST_PAGES else None


def would_pay(pages: Sequence[bytes], known: "zstd.ZstdDict | None", written: int) -> bool:
    """Whether a dictionary of these pages, the newest last, is worth a file of its own.

    It is tried on the newest, which are not in it, against the one that is *known*. A portal of
    which so many pages were *written* has about as many more: so much is counted for it. A theme
    that has changed is found by that as well as a dictionary that was made of too few pages.
    """
    if known is None:
        return len(pages) >= FEWEST_PAGES
    judges = pages[-_JUDGES:]
    candidate = made_of(pages[:-_JUDGES])
    if candidate is None:
        return False
    saved = sum(_length(judges, known)) - sum(_length(judges, candidate))
    # Packed last: that takes a third of the whole, and half of the candidates save nothing.
    return saved > 0 and saved / len(judges) * written > len(packed(candidate))


def _length(pages: Sequence[bytes], dictionary: "zstd.ZstdDict") -> Iterator[int]:
    compressor = compressor_with(dictionary)
    for page in pages:
        yield len(compressed(compressor, page))


@dataclass(frozen=True, slots=True)
class Chosen:
    """How captures are written anew, and what they are expected to take."""

    dictionary: "zstd.ZstdDict | None"
    bytes: int
    """Of the dictionary and all captures."""


def chosen_for(pages: Sequence[Blocks], of: int, others: Sequence[Blocks], beside: int) -> Chosen:
    """Return the dictionary with which captures take least, or none.

    *pages* are some of the *of* pages that there are, and *others* some of the captures *beside*
    them, each from all over. Where there are no other pages, and they have room, one is made of
    all: then nothing is guessed of pages to come, and each takes next to nothing beside it.
    """
    judges = pages[:: max(3, len(pages) // _TRIED)]
    pool = [page for number, page in enumerate(pages) if number % max(3, len(pages) // _TRIED)]
    expected = partial(_expected, judges=judges, of=of, others=others, beside=beside)
    candidates = chain(_candidates(pool), _of_all(pages) if len(pages) == of else ())
    best = min(candidates, key=lambda one: expected(*one, level=LEVEL, packed_at=FINISHED_LEVEL))
    return Chosen(best[0], expected(*best, level=FINISHED_LEVEL, packed_at=PACKED_LEVEL))


def _of_all(pages: Sequence[Blocks]) -> Iterator[tuple["zstd.ZstdDict | None", Sequence[Blocks]]]:
    """Yield a dictionary that is all pages, if there are enough of them and they have room."""
    joined = [b"".join(page) for page in pages]
    if len(joined) >= FEWEST_PAGES and sum(map(len, joined)) <= _ROOMS[-1]:
        yield _of_content(joined), pages


def _candidates(
    pool: Sequence[Blocks],
) -> Iterator[tuple["zstd.ZstdDict | None", Sequence[Blocks]]]:
    """Yield dictionaries, each with the pages that stand in it whole."""
    yield None, ()
    joined = [b"".join(page) for page in pool]
    tried = set[int]()
    for room in _ROOMS:
        whole = _spread(joined, room)
        if len(whole) >= FEWEST_PAGES and len(whole) not in tried:
            tried.add(len(whole))
            dictionary = _of_content([joined[number] for number in whole])
            yield dictionary, [pool[number] for number in whole]
    if len(pool) >= _FEWEST_TO_TRAIN:
        for size in _TRAINED:
            if size * 8 <= sum(map(len, joined)):  # of less the trainer makes a poor one
                yield zstd.train_dict(joined, size), ()


def _spread(pages: Sequence[bytes], room: int) -> list[int]:
    """Return which pages, evenly from all of them, have room together."""
    mean = fmean(map(len, pages)) if pages else 1
    step = max(1.0, len(pages) * mean / room)
    numbers = dict.fromkeys(int(place * step) for place in range(int(len(pages) / step)))
    lengths = accumulate(len(pages[number]) for number in numbers)
    return [number for number, end in zip(numbers, lengths, strict=True) if end <= room]


def _expected(
    dictionary: "zstd.ZstdDict | None",
    inside: Sequence[Blocks],
    *,
    judges: Sequence[Blocks],
    of: int,
    others: Sequence[Blocks],
    beside: int,
    level: int,
    packed_at: int,
) -> int:
    """Return how many bytes all would take: those that were not tried like those that were."""
    compressor = compressor_with(dictionary, level)

    def each(captures: Sequence[Blocks]) -> float:
        lengths = [
            sum(len(compressed(compressor, block)) for block in blocks) for blocks in captures
        ]
        return fmean(lengths) if lengths else 0.0

    few = inside[:: max(1, len(inside) // _JUDGES)]
    head = len(packed(dictionary, packed_at)) if dictionary else 0
    fresh = max(0, of - len(inside))
    return round(head + each(few) * len(inside) + each(judges) * fresh + each(others) * beside)


def _of_content(pages: Sequence[bytes]) -> "zstd.ZstdDict":
    """Return a dictionary that is these pages, with the statistics of how they compress."""
    raw = zstd.ZstdDict(b"".join(pages), is_raw=True)
    return zstd.finalize_dict(raw, pages, len(raw.dict_content) + (64 << 10), LEVEL)
