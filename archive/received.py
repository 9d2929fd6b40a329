"""What is received: kept in files as it comes, and noted by the next transaction."""

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote

from archive.connection import Connection
from archive.disk import sync
from archive.recompressed import abandon
from archive.tables import Tables
from archive.tables.captures import CaptureQueries
from archive.transactions import Transactions
from archive.warc import (
    DICTIONARY_PAGES,
    Mended,
    WarcError,
    WarcWriter,
    forgotten,
    is_sample,
    mend,
    read_blocks,
    read_bytes,
)
from crawler.exchange import Capture, Exchange
from crawler.vocabulary import Flag, ProblemKind, Recheck
from crawler.vocabulary.sentences import Mending

_NOT_MODIFIED = 304


@dataclass(slots=True)
class _Taking:
    """The files that a run writes to, and what it has written that no transaction has noted."""

    run_id: int
    site: str
    writer: WarcWriter
    pending: list[Capture] = field(default_factory=list)
    files_synced: int = 0
    """How many of the files that were begun are known to be on the disk."""
    captures_synced: int = 0
    """How many of the pending captures are."""
    files_noted: int = 0
    captures_noted: int = 0


@dataclass(frozen=True, slots=True)
class Unsynced:
    """What a run has written up to a moment, to be had on the disk."""

    files: int
    """How many files it had begun."""
    captures: int
    """How many captures it had kept."""
    written: int
    """How often its writer had written something."""
    handle: int | None
    """Of the file to wait for, if there is one."""

    def sync(self) -> None:
        """Wait until it is on the disk; in any thread, once. Raises OSError."""
        if self.handle is not None:
            try:
                sync(self.handle)
            finally:
                os.close(self.handle)


class Received(CaptureQueries):
    """The captures of an archive, and the files that hold them."""

    def __init__(
        self, db: Connection, tables: Tables, transactions: Transactions, folder: Path
    ) -> None:
        super().__init__(db)
        self._tables = tables
        self._transactions = transactions
        self._folder = folder
        self._taking: _Taking | None = None
        """Set while a crawl or an import keeps what it receives."""

    def begin(
        self, run_id: int, site: str, info: Mapping[str, str], *, imports: bool = False
    ) -> list[str]:
        """Get ready to keep what a run of a site receives; return what had to be mended, in words.

        *info* is written into the files: who took what they hold, and how. One that *imports* may
        read what is adopted, others do not. Whoever calls it holds the site's lock. Raises OSError
        if the files cannot be written.
        """
        abandon(self._folder, self._tables, self._transactions, site)
        self._find_lost(site)
        new = self._take_in_forgotten(site)
        files, told = self.files(site), []
        for file in files:
            if mended := mend(self._folder, file):
                if file.name in new and not imports:
                    command = f"tinhuyen import {quote(str(self._folder / file.name))}"
                    hint = f"; {Mending.READ_BY.of(command=command)}"
                    mended = replace(mended, message=mended.message + hint)
                told.append(mended.message)
                self._note_mended(run_id, site, mended)
        files = self.files(site)
        samples = self._samples(site) if files else []
        writer = WarcWriter(self._folder, site, info, files, samples)
        self._taking = _Taking(run_id, site, writer)
        self._transactions.first, self._transactions.last = self._note, self._noted
        return told

    def keep(self, exchange: Exchange, revisits: Capture | None = None) -> Capture:
        """Keep an exchange in a file; the next transaction notes where. Raises OSError.

        *revisits* is a capture that is known to hold the same body; else the newest may.
        """
        assert self._taking
        earlier = revisits or self.newest(self._taking.site, exchange.url)
        digest = hashlib.sha256(exchange.body).hexdigest()
        unchanged = earlier and (
            exchange.status == _NOT_MODIFIED or _is_same(earlier, exchange, digest)
        )
        same = earlier if revisits or unchanged else None
        capture = self._taking.writer.write(exchange, same, digest)
        self._taking.pending.append(capture)
        return capture

    def unnoted(self) -> int:
        """Return how many captures are kept that no transaction has noted."""
        return len(self._taking.pending) if self._taking else 0

    def has_begun_file(self) -> bool:
        """Whether a file was begun that no transaction has noted: killed now, nothing in it would
        be adopted.
        """
        return bool(self._taking and self._taking.writer.begun)

    def unsynced(self) -> Unsynced:
        """Return what was written until now, for another thread to wait for the disk."""
        assert self._taking
        taking, writer = self._taking, self._taking.writer
        files = taking.files_noted + len(writer.begun)
        captures = taking.captures_noted + len(taking.pending)
        return Unsynced(files, captures, writer.written, writer.handle())

    def is_synced(self, what: Unsynced) -> None:
        """Take it that something is on the disk, and may be noted."""
        assert self._taking
        taking = self._taking
        taking.files_synced = max(0, what.files - taking.files_noted)
        taking.captures_synced = max(0, what.captures - taking.captures_noted)
        taking.writer.synced = max(taking.writer.synced, what.written)

    def close(self) -> None:
        """End the files that are being written."""
        if self._taking:
            self._taking.writer.close()

    def _note(self, sync: bool) -> None:
        """Note what was kept in files since the last transaction, if it is on the disk."""
        assert self._taking
        taking, captures = self._taking, self._tables.captures
        if taking.pending or taking.writer.begun:
            taking.writer.require_there()
        if sync:
            taking.writer.sync()
            taking.files_synced = len(taking.writer.begun)
            taking.captures_synced = len(taking.pending)
        for file in taking.writer.begun[: taking.files_synced]:
            captures.begin_file(taking.site, file, datetime.now(UTC))
        for capture in taking.pending[: taking.captures_synced]:
            captures.add(taking.run_id, taking.site, capture)

    def _noted(self) -> None:
        """Forget what a transaction has noted."""
        assert self._taking
        taking = self._taking
        del taking.writer.begun[: taking.files_synced]
        del taking.pending[: taking.captures_synced]
        taking.files_noted += taking.files_synced
        taking.captures_noted += taking.captures_synced
        taking.files_synced = taking.captures_synced = 0

    def _note_mended(self, run_id: int, site: str, mended: Mended) -> None:
        captures = self._tables.captures
        with self._transactions.begin():
            for capture in mended.adopted:
                if capture.warc_offset in mended.revisits:
                    holder = captures.holder(site, capture)
                    capture = _revisiting(capture, holder) if holder else capture
                captures.flag(captures.add(run_id, site, capture), Flag.UNREAD)
            for url in captures.lose(mended.file, mended.end):
                self._tables.urls.recheck(site, url, Recheck.CAPTURE_LOST)
                self._tables.media.ask_again(site, url)
            kind = ProblemKind.CAPTURES if mended.is_damage else ProblemKind.MENDED
            self._tables.problems.note(run_id, kind, mended.message)

    def _take_in_forgotten(self, site: str) -> set[str]:
        """Note the files of a site that the database does not know, and return their names; what
        they hold is adopted as what stands behind the end of one that it knows.
        """
        known = [file.name for file in self.files(site)]
        known += [row["file"] for row in self._tables.former_warcs.there(site)]
        found = [*forgotten(self._folder, site, known)]
        with self._transactions.begin():
            for file, begun_at in found:
                self._tables.captures.begin_file(site, file, begun_at)
        return {file.name for file, _ in found}

    def _find_lost(self, site: str) -> None:
        """Take back that captures are lost whose bytes are there again."""
        for capture in self.lost(site):
            with suppress(OSError):
                stored = read_bytes(self._folder, capture)
                if hashlib.sha256(stored).hexdigest() == capture.warc_sha256 and capture.id:
                    with self._transactions.begin():
                        self._tables.captures.unflag(capture.id, Flag.LOST)

    def _samples(self, site: str) -> list[bytes]:
        """Return the records of the newest pages of a site, oldest first."""
        samples: list[bytes] = []
        for capture in self.of_site(site, most=DICTIONARY_PAGES):
            if is_sample(capture.status, capture.content_type, capture.bytes):
                with suppress(OSError, WarcError):
                    samples.insert(0, b"".join(read_blocks(self._folder, capture)))
        return samples


def _revisiting(capture: Capture, holder: Capture) -> Capture:
    """Return a revisit as one of *holder*, whose body it stands for unless it was not sent one."""
    size = capture.bytes if capture.status == _NOT_MODIFIED else holder.bytes
    return replace(capture, refers_to=holder.id, bytes=size)


def _is_same(earlier: Capture, exchange: Exchange, digest: str) -> bool:
    """Whether an exchange brought what an earlier one did, so that it need not be kept twice."""
    return bool(exchange.body) and (earlier.payload_sha256, earlier.status) == (
        digest,
        exchange.status,
    )
