"""Bringing files in order that a crash or a damage has left, or that the database has forgotten."""

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path

from fastwarc.warc import WarcRecord

from archive.warc.files import SUFFIX, WarcFile
from archive.warc.frames import FRAME, WarcError, frames
from archive.warc.reading import body_of, parse
from archive.warc.records import REPLACES, SOURCE
from crawler.exchange import Capture
from crawler.vocabulary import Source
from crawler.vocabulary.sentences import Mending
from crawler.vocabulary.soundness import Said


@dataclass(frozen=True, slots=True)
class Mended:
    """What was wrong with a file, and what came of it."""

    file: str
    end: int
    """Where the records end now that are there."""
    adopted: list[Capture]
    """Whole records that no transaction had noted: of answers that were under way, or of a time
    that the database has forgotten."""
    revisits: frozenset[int]
    """Where the adopted ones stand that are revisits; which captures hold their bodies is not known
    here."""
    message: str
    is_damage: bool
    """Whether something is gone that was noted; else a crash explains it."""


def mend(folder: Path, file: WarcFile) -> Mended | None:
    """Bring the end of a file in order: adopt whole records, cut off a torn one.

    None if nothing is wrong. A file that ends before it should is cut after its last whole record;
    what is whole is never cut, and what may hold something whole is set aside in a file of its own.
    A file that is missing may come back, and nothing of it is given up. Raises OSError if the file
    can be neither read nor cut.
    """
    path = folder / file.name
    if not path.exists():
        message = Mending.MISSING.of(file=file.name)
        return Mended(file.name, file.end, [], frozenset(), message, is_damage=True)
    size = path.stat().st_size
    if size == file.end:
        return None
    start = file.end if size > file.end else 0
    if size < file.head_length:
        message = Mending.NO_BEGINNING.of(file=file.name)
        return Mended(file.name, size, [], frozenset(), message, is_damage=True)
    if start:
        adopted, revisits, end = _adopted(path, file, start)
    else:
        adopted, revisits, end = [], frozenset[int](), _end_of_whole(path, file.head_length)
    told = [_cut(path, end, size)] if end < size else []
    if adopted:
        several = Mending.ADOPTED_ONE if len(adopted) == 1 else Mending.ADOPTED
        told.append(several.of(number=len(adopted)))
    told += [Mending.SHORTENED.of(number=file.end - end)] if end < file.end else []
    message = Said.OF.of(record=file.name, what="; ".join(told) or Mending.WHOLE)
    return Mended(file.name, end, adopted, revisits, message, is_damage=end < file.end)


def forgotten(folder: Path, site: str, known: Iterable[str]) -> Iterator[tuple[WarcFile, datetime]]:
    """Yield the files of a site that are none of the *known* ones, each as if it ended behind its
    head, and when it was begun.

    One that stands in the place of *known* ones is none of them: what is in it is known.
    They are of a database that is gone, or younger than the backup of it that was put back. What
    others have put there, and what has no whole head, is left to `verify`. Raises OSError.
    """
    names = {*known}
    for path in sorted((folder / site).glob(f"*{SUFFIX}")):
        name = f"{site}/{path.name}"
        if name not in names and (begun := _begun(path, name, site, names)):
            yield begun


_REPLACED = re.compile(rb"(?m)^%b: (\S+)" % REPLACES.encode())
_OURS = re.compile(rb"(?m)^software: TinHuyen/")


def _begun(
    path: Path, name: str, site: str, known: Collection[str]
) -> tuple[WarcFile, datetime] | None:
    """Return a file of ours as its head tells of it, None if it is none, or is in the place of one
    that is known.
    """
    with suppress(WarcError):
        infos = [*takewhile(lambda frame: _INFO in frame[2][:200], _readable(path))]
        offset, length, data = infos[-1] if infos else (0, 0, b"")
        replaced = {
            f"{site}/{file.decode()}" for _, _, info in infos for file in _REPLACED.findall(info)
        }
        if not replaced.isdisjoint(known):
            return None
        is_part = re.search(rb"(?m)^isPartOf: .*\(%b\)\r?$" % re.escape(site.encode()), data)
        if is_part and _OURS.search(data):
            end = offset + length
            with path.open("rb") as file:
                digest = hashlib.sha256(file.read(end)).hexdigest()
            return WarcFile(name, end, digest, end), WarcRecord.from_bytes(infos[0][2]).record_date
    return None


def _readable(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Yield the records of a file as `frames` does, up to the first that is not whole."""
    with suppress(WarcError):
        yield from frames(path)


def _end_of_whole(path: Path, end: int) -> int:
    """Return where the last whole answer of a file ends with its request, or its head, at *end*."""
    for offset, length, request_length, _ in _answers(path, end):
        end = offset + length + request_length
    return end


def _cut(path: Path, end: int, size: int) -> str:
    """Cut a file off at *end*; say what became of the rest."""
    with path.open("rb") as file:
        file.seek(end)
        rest = file.read()
    told = Mending.TORN.of(number=size - end)
    # Unless it is an answer, whole or not, and what there is of its request, it may be no tail of a
    # crash, but damage with whole records behind it.
    if FRAME in rest[_torn(path, end) + 1 :]:
        aside = path.with_name(f"{path.name}.cut-{end}")
        aside.write_bytes(rest)
        told = Mending.SET_ASIDE.of(number=size - end, file=aside.name)
    os.truncate(path, end)
    return told


def _torn(path: Path, end: int) -> int:
    """Return how long the answer is that begins at *end*, 0 if it is not whole."""
    with suppress(WarcError):
        _, length, _ = next(frames(path, end), (end, 0, b""))
        return length
    return 0


def _adopted(path: Path, file: WarcFile, start: int) -> tuple[list[Capture], frozenset[int], int]:
    """Return the captures that the records from *start* on amount to, where those among them stand
    that are revisits, and where the last of them ends.
    """
    captures: list[Capture] = []
    revisits: set[int] = set()
    end = start
    with suppress(WarcError):
        for offset, length, request_length, data in _answers(path, start):
            captures.append(_capture(path, file.name, offset, length, request_length, data))
            if _REVISIT in data[:200]:
                revisits.add(offset)
            end = offset + length + request_length
    return captures, frozenset(revisits), end


def _answers(path: Path, start: int) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield where each whole answer from *start* on stands, how long it is and how long the request
    behind it, and its record.

    An answer of a live crawl whose request is missing, at the end of the file, is torn: they are
    written together, and it is asked for again.
    """
    last: tuple[int, int, bytes] | None = None
    with suppress(WarcError):
        for offset, length, data in frames(path, start):
            is_request = _REQUEST in data[:200]
            if last:
                yield last[0], last[1], length if is_request else 0, last[2]
            last = None if is_request else (offset, length, data)
    if last and WarcRecord.from_bytes(last[2]).headers.get(SOURCE):
        yield last[0], last[1], 0, last[2]


_REQUEST, _REVISIT = b"WARC-Type: request", b"WARC-Type: revisit"
_INFO = b"WARC-Type: warcinfo"


def _capture(
    path: Path, name: str, offset: int, length: int, request_length: int, data: bytes
) -> Capture:
    record = parse(data)
    stored = WarcRecord.from_bytes(data)
    source = Source(stored.headers.get(SOURCE) or Source.LIVE)
    stated = (stored.headers.get("WARC-Payload-Digest") or "").removeprefix("sha256:")
    body = body_of(stored)
    with path.open("rb") as file:
        file.seek(offset)
        raw = file.read(length + request_length)
    return Capture(
        url=record.url,
        fetched_at=record.at,
        status=record.status,
        content_type=record.content_type,
        bytes=len(body),
        payload_sha256=stated if record.type == "revisit" else hashlib.sha256(body).hexdigest(),
        warc_file=name,
        warc_offset=offset,
        warc_length=length,
        request_length=request_length,
        warc_sha256=hashlib.sha256(raw).hexdigest(),
        source=source,
    )
