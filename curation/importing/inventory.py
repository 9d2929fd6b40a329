"""The first look at a file: whether it is whole, and what of it is of a known site."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crawler.vocabulary import Skipped
from curation.importing.checked_records import Record
from curation.importing.damage import DamageError, ImportRefusedError
from curation.importing.files import read_file
from curation.importing.pages import Finder, Found, Owners, address_of, host_of
from curation.importing.streams import Meter

_MOST_HOSTS = 10_000
_MOST_NAMED = 20
_MOST_DAMAGES = 1_000
_MOST_DAMAGED = 10_000

Advance = Callable[[int], None]
"""Told of the bytes that were read."""


@dataclass(slots=True)
class Inventory:
    """What a file holds."""

    path: Path
    records: int = 0
    pages: Counter[str] = field(default_factory=Counter)
    """By the key of the site."""
    skipped: Counter[Skipped] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)
    """Those that no site has, with their records."""
    damaged: int = 0
    damages: list[str] = field(default_factory=list)
    """What cannot be read, the first thousand."""
    unreadable: list[str] = field(default_factory=list)
    """The records of known sites that hold no answer that can be read, the first thousand."""

    @property
    def hosts_named(self) -> str:
        """The hosts of other portals in words, those with most records first."""
        named = [_spelled(host) for host, _ in self.hosts.most_common(_MOST_NAMED)]
        more = len(self.hosts) - len(named)
        return ", ".join(named) + (f" and {more} more" if more else "")


def _spelled(host: str) -> str:
    labels, _, port = host.partition(":")
    return ".".join(reversed(labels.split(","))) + (f":{port}" if port else "")


def take_inventory(path: Path, owners: Owners, *, salvage: bool, advance: Advance) -> Inventory:
    """Read a file to its end and say what it holds; nothing is stored.

    Raises `ImportRefusedError` for one that cannot be read, and unless *salvage* for the first
    thing in it that is wrong.
    """
    result = Inventory(path)

    def damaged(error: DamageError) -> None:
        result.damaged += 1
        finder.received_for = None  # what is lost may have been the word for whom the next ones are
        if result.damaged <= _MOST_DAMAGES:
            result.damages.append(str(error))
        if not salvage:
            raise refused(path, error)
        if result.damaged > _MOST_DAMAGED:
            raise ImportRefusedError(
                f"{path}: more than {_MOST_DAMAGED} records are damaged; nothing was imported"
            )

    finder = Finder(owners)

    def counted(records: Iterator[Record]) -> Iterator[Record]:
        for record in records:
            result.records += 1
            yield record

    records = counted(read_file(path, finder.wants, damaged, Meter(advance)))
    for record, found in finder.pages(records):
        if isinstance(found, Found):
            result.pages[found.site.key] += 1
        else:
            result.skipped[found] += 1
            _note_host(result, record)
            if found == Skipped.UNREADABLE and len(result.unreadable) < _MOST_DAMAGES:
                result.unreadable.append(f"the record at {record.place} ({record.url}): no answer")
    return result


def _note_host(result: Inventory, record: Record) -> None:
    address = address_of(record)
    host = host_of(address.url) if address else ""
    if host and (host in result.hosts or len(result.hosts) < _MOST_HOSTS):
        result.hosts[host] += 1


def refused(path: Path, error: DamageError) -> ImportRefusedError:
    """Return the refusal of a file for something in it that is wrong."""
    return ImportRefusedError(
        f"{path}: {error}; nothing was imported. --salvage takes what is whole"
    )
