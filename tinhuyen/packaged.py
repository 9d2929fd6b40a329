"""Pages that lie in web archives' files (WARC, ARC, WACZ), as samples of a portal."""

import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urljoin

from archive.warc import WarcError, as_kept
from crawler.profiles.learning import Sample
from crawler.sites import Site
from curation.importing.damage import DamageError
from curation.importing.files import FILES, read_file
from curation.importing.pages import Finder, Found, Owners, host_of
from curation.importing.streams import Meter
from tinhuyen.asking import probed
from tinhuyen.errors import Refused
from tinhuyen.terminal import err

BEGINNINGS = (b"WARC/", b"filedesc://", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18")
"""How such files begin: WARC, ARC, zip (WACZ), WARC in Zstandard, behind a dictionary or not."""
_LONGEST = 512 << 10
"""Bytes of a page from which something is learnt."""


def is_package(path: Path) -> bool:
    """Whether a file is a web archive's, by its name or how it begins."""
    if path.name.lower().endswith(FILES):
        return True
    with suppress(OSError, EOFError, zlib.error), path.open("rb") as file:
        head = file.read(16)
        if head.startswith(b"\x1f\x8b"):
            file.seek(0)
            with gzip.open(file) as unpacked:
                head = unpacked.read(16)
        return head.startswith(BEGINNINGS)
    return False


def packaged_pages(paths: Sequence[Path], site: Site | None, most: int) -> list[Sample]:
    """Return pages of a portal in the files of web archives, no more than *most*: of each third of
    them as many, one after another, so that they lead to each other.

    They are those of *site*; where nobody says which it is, of the host that has most. What is
    damaged is told, and the rest read. Raises `Refused` where there are none, and
    `ImportRefusedError` for a file that is none of a web archive.
    """
    owners = Owners({site.key: site}) if site else _Anybody()
    hosts = Counter(host_of(sample.url) for sample in _pages(paths, owners, is_first=True))
    if not hosts:
        whose = f" of {site.base_url}" if site else ""
        raise Refused(f"{', '.join(map(str, paths))}: no page{whose} can be read")
    portal, _ = hosts.most_common(1)[0]
    number = hosts.total() if site else hosts[portal]
    if not site and len(hosts) > 1:
        told = (
            f"{hosts.total() - number} pages of other hosts are left out; SITE or --url names one"
        )
        err().print(told, highlight=False, soft_wrap=True)
    own = (sample for sample in _pages(paths, owners) if site or host_of(sample.url) == portal)
    chosen = {*_spread(number, most)}
    return [sample for place, sample in enumerate(own) if place in chosen]


class _Anybody(Owners):
    """Takes each page for one of a portal at its host, while nobody knows which is looked for."""

    def __init__(self) -> None:
        super().__init__({})

    def own(self, url: str) -> bool:
        return True

    def of_page(self, url: str, at: object, received_for: str | None = None) -> list[Site]:
        return [probed(urljoin(url, "/"))]


def _pages(paths: Iterable[Path], owners: Owners, *, is_first: bool = False) -> Iterator[Sample]:
    """Yield the pages of these sites; only the *first* time it is told what is damaged."""
    for path in paths:

        def damaged(error: DamageError, path: Path = path) -> None:
            if is_first:
                err().print(f"{path}: {error}", markup=False, highlight=False, soft_wrap=True)

        finder = Finder(owners)
        for _, found in finder.pages(read_file(path, finder.wants, damaged, Meter())):
            if not isinstance(found, Found) or found.refers:
                continue
            with suppress(WarcError):
                exchange, body = found.exchange, as_kept(found.exchange).body
                if body.strip() and len(body) <= _LONGEST:
                    yield Sample(exchange.url, body, exchange.content_type, exchange.at)


def _spread(number: int, most: int) -> Iterator[int]:
    """Yield the places of no more than *most* of so many: the first, the middle, the last."""
    if number <= most:
        yield from range(number)
        return
    part = most // 3
    middle = (number - part) // 2
    for begin in (0, middle, number - part):
        yield from range(begin, begin + part)
