"""Writing a site's finished files of captures anew, smaller, and removing the old ones at last.

A crawl compresses as pages come, against a dictionary of pages that it has seen by then. Once they
are there, a dictionary made of all of them, and more time a page, take far less.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Final

from filelock import Timeout

from archive import Archive, LockedError
from archive.locks import backup_lock, site_lock
from archive.warc import (
    Chosen,
    Rewritten,
    Source,
    WarcError,
    chosen_for,
    is_anew,
    is_sample,
    name_of,
    read_blocks,
    rewrite,
)
from crawler.exchange import Capture
from crawler.vocabulary import Flag
from curation import fixity
from curation.progress import Tell

TOGETHER: Final = 64 << 20
"""Bytes of old files that become one: so much room, and no more, is needed beside them."""
WORTH: Final = 0.95
"""What a new file may take of the old ones at most, to be written at all."""
_SAMPLE_BYTES = 24 << 20
_MOST_PAGES = 256
_MOST_OTHERS = 12
Clock = Callable[[], datetime]


@dataclass(slots=True)
class Done:
    """What came of some files of a site that belong together."""

    site: str
    files: list[str]
    captures: int
    before: int
    """Bytes of the old files."""
    expected: int
    """Bytes that a new one was expected to have."""
    after: int | None = None
    """Bytes of the new one, None if none was written."""
    name: str | None = None
    settled: bool = False
    """Whether it was not tried: but for less than is worth it, this version wrote them anew before.
    """
    left: list[str] = field(default_factory=list)
    """Why files were left as they are that should not be, in words."""

    @property
    def is_worth_it(self) -> bool:
        """Whether it takes so much less that it is written."""
        return bool(self.files) and self.expected <= self.before * WORTH


def recompress(
    archive: Archive, site: str, clock: Clock, tell: Tell, *, dry_run: bool = False
) -> Iterator[Done]:
    """Write the files of a site anew, some at a time, and yield what came of each such step.

    If *dry_run* nothing is written. Raises `LockedError` if a crawl or an import has the site,
    OSError if there is no room for a new file: then the old ones are as they were.
    """
    lock = site_lock(archive.path, site)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(f"{site}: another crawl or import of it is running") from None
    try:
        if not dry_run:
            archive.recompressed.abandon(site)
        known = archive.recompressed.sources(site)
        for group in _groups(known):
            if _is_settled(archive.folder, group):
                yield replace(_done(site, group), settled=True)
                continue
            sources, damages = _sound(archive, site, group, tell)
            if damages:
                yield Done(site, [], 0, 0, 0, left=damages)
            if sources:
                yield _step(archive, site, sources, clock, tell, dry_run=dry_run)
    finally:
        lock.release()


def _step(
    archive: Archive,
    site: str,
    group: Sequence[Source],
    clock: Clock,
    tell: Tell,
    *,
    dry_run: bool,
) -> Done:
    chosen = chosen_of(archive.folder, group)
    done = replace(_done(site, group), expected=chosen.bytes)
    if dry_run or not done.is_worth_it:
        return done
    _require_room(archive.folder, chosen.bytes)
    try:
        rewritten = _replaced(archive, site, group, chosen, clock, tell)
    except WarcError as error:
        done.left.append(str(error))
        return done
    done.name, done.after = rewritten.file.name, rewritten.file.end
    return done


def _done(site: str, group: Sequence[Source]) -> Done:
    """Return that some files stay as they are."""
    before = sum(source.file.end for source in group)
    captures = sum(len(source.captures) for source in group)
    return Done(site, [source.file.name for source in group], captures, before, expected=before)


def _is_settled(folder: Path, group: Sequence[Source]) -> bool:
    """Whether it could not be worth it to write some files anew, even if all that this version has
    not written anew yet took nothing. What comes later makes it worth a try again, and so does a
    newer version.
    """
    sizes = [source.file.end for source in group if source.captures]
    anew = [source.file.end for source in group
            if source.captures and is_anew(folder, source.file)]  # fmt: skip
    return bool(anew) and sum(anew) > sum(sizes) * WORTH


def _replaced(
    archive: Archive,
    site: str,
    group: Sequence[Source],
    chosen: Chosen,
    clock: Clock,
    tell: Tell,
) -> Rewritten:
    """Write a file in the place of others, and let the archive read what is in it from there."""
    begun = clock()
    name = name_of(archive.folder, site, len(archive.captures.files(site)) + 1, begun)
    archive.recompressed.begin(site, group, name)
    try:
        rewritten = rewrite(
            archive.folder, name, group, chosen.dictionary,
            lambda written, total: tell(f"{site}: captures", written, total),
        )  # fmt: skip
        found = fixity.check(
            fixity.Task(archive.folder, rewritten.file, [*rewritten.captures], begins=True)
        )
        if message := next(_told(rewritten.file.name, found), None):
            raise WarcError(message)
        archive.recompressed.replace(site, group, rewritten, clock())
    except Exception:
        archive.recompressed.abandon(site)
        raise
    return rewritten


def _sound(
    archive: Archive, site: str, known: Sequence[Source], tell: Tell
) -> tuple[list[Source], list[str]]:
    """Return the files of which every byte is as it was written, and what is wrong with the others:
    these are left as they are, for what is left of them may be mended.
    """
    sources, damages = [], []
    lost = archive.captures.flagged(Flag.LOST)
    for number, source in enumerate(known, 1):
        tell(f"{site}: files", number, len(known))
        messages = [*_wrong_with(archive.folder, source, lost)]
        if messages:
            damages.append(f"{source.file.name}: is left as it is: {messages[0]}")
        elif source.captures:
            sources.append(source)
    return sources, damages


def _wrong_with(folder: Path, source: Source, lost: set[int]) -> Iterator[str]:
    if any(capture.id in lost for capture in source.captures):
        yield "captures of it are lost"
        return
    try:
        size = (folder / source.file.name).stat().st_size
    except OSError as error:
        yield f"it cannot be read: {error.strerror or error}"
        return
    yield from fixity.misplaced(source.file, source.captures, size)
    for task in fixity.tasks(folder, source.file, source.captures):
        yield from _told(source.file.name, fixity.check(task))


def _told(name: str, found: fixity.Found) -> Iterator[str]:
    if found.head:
        yield found.head
    for number, message in (found.damaged | found.unreadable).items():
        yield f"{name}, capture {number}: {message}"


def _groups(sources: Sequence[Source]) -> Iterator[list[Source]]:
    """Yield the files in their order, as many together as become one."""
    group: list[Source] = []
    for source in sources:
        if group and sum(each.file.end for each in group) + source.file.end > TOGETHER:
            yield group
            group = []
        group.append(source)
    if group:
        yield group


def chosen_of(folder: Path, group: Sequence[Source]) -> Chosen:
    """Return how some files are best compressed, by pages of all of them."""
    captures = [capture for source in group for capture in source.captures]
    pages = [each for each in captures if _is_page(each)]
    others = [each for each in captures if not _is_page(each)]
    mean = sum(each.bytes for each in pages) / len(pages) if pages else 0
    most = min(_MOST_PAGES, max(16, int(_SAMPLE_BYTES // mean))) if mean else 0
    return chosen_for(
        [read_blocks(folder, each) for each in _spread(pages, most)], len(pages),
        [read_blocks(folder, each) for each in _spread(others, _MOST_OTHERS)], len(others),
    )  # fmt: skip


def _is_page(capture: Capture) -> bool:
    return capture.refers_to is None and is_sample(
        capture.status, capture.content_type, capture.bytes
    )


def _spread(captures: Sequence[Capture], most: int) -> list[Capture]:
    """Return so many captures at most, evenly from all of them."""
    count = min(most, len(captures))
    return [captures[number * len(captures) // count] for number in range(count)]


def _require_room(folder: Path, expected: int) -> None:
    """Raise OSError (ENOSPC) unless a new file has room beside the old ones."""
    if shutil.disk_usage(folder).free < expected * 2:  # it is an estimate, and others write, too
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def remove_former(
    archive: Archive, now: datetime, without: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """Remove the old files that nothing needs any more; return which, and why others stay, in
    words.

    One needs a backup of what came in its place wherever there are backups, but for the places
    *without*, and what came in its place to be as it was written. Raises `LockedError` if a backup
    is being made, OSError.
    """
    lock = backup_lock(archive.path)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(f"{archive.path}: a backup of it is being made") from None
    try:
        removed, staying = [], []
        damage_of = cache(partial(_damage_of, archive))  # several may have become one
        for former in archive.recompressed.former(without):
            if former.awaited:
                places = ", ".join(former.awaited)
                staying.append(f"{former.file} stays until there is a new backup in {places}")
            elif now < former.rests_until:
                staying.append(f"{former.file} stays until {former.rests_until:%Y-%m-%d %H:%M} UTC")
            elif message := damage_of(former.place):
                staying.append(f"{former.file} stays: in its place stands {message}")
            else:
                archive.recompressed.remove(former, now)
                removed.append(former.file)
        return removed, staying
    finally:
        lock.release()


def _damage_of(archive: Archive, name: str) -> str | None:
    """Return what is wrong with a file of the archive, None if all of it is as it was written."""
    lost = archive.captures.flagged(Flag.LOST)
    for file in archive.captures.files(name.partition("/")[0]):
        if file.name == name:
            source = Source(file, [*archive.captures.in_file(name)])
            message = next(_wrong_with(archive.folder, source, lost), None)
            return f"{name}: {message}" if message else None
    return f"{name}, which the archive does not know"
