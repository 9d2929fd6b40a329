"""An ``archive.db``: opening it, its transactions, its runs, and the visits that fill it."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self, cast

from sqlite_utils import Database

from archive.connection import Connection
from archive.errors import ArchiveError, explain
from archive.reading import reading_address
from archive.schema import APPLICATION_ID, MIGRATION_NAMES, migrations
from archive.tables.articles import Articles, columns_of
from archive.tables.articles_fts import Index
from archive.tables.captures import Captures
from archive.tables.problems import Problems
from archive.tables.revisions import Standing
from archive.tables.routes import Routes
from archive.tables.urls import Ledger
from archive.times import utc
from archive.visits import Visits
from archive.warc import (
    DICTIONARY_PAGES,
    Mended,
    WarcError,
    WarcWriter,
    folder_of,
    is_sample,
    mend,
    read_blocks,
    read_bytes,
)
from crawler.exchange import Capture, Exchange
from crawler.page import Page, RoutePage
from crawler.visit import Origin, Visit
from crawler.vocabulary import Discovery, Flag, Outcome, ProblemKind, ReadFrom, RunOutcome, State

SITE_COLUMNS = (
    "key", "name", "province", "cms", "base_url", "active_from", "active_to", "note",
)  # fmt: skip

_LOCK_SECONDS = 60  # how long another writer is waited for
_HEADS_A_RUN = 10  # a portal that shows no neighbours has as many heads as articles
_COUNTED = frozenset(Outcome) - {Outcome.OTHER}


class Archive:
    """An ``archive.db``. One connection, one thread; many may have the file open at once."""

    def __init__(self, db: Database, path: Path) -> None:
        self.db = db
        self.path = path
        self.ledger = Ledger(db)
        self.articles = Articles(db)
        self.routes = Routes(db, self.ledger)
        self.captures = Captures(db)
        self._problems = Problems(db)
        self._visits = Visits(
            self.ledger, self.articles, self.captures, self.routes, self._problems
        )
        self.folder = folder_of(path)
        """Where the files with what was received lie."""
        self.taking: Taking | None = None
        """Set while a crawl or an import keeps what it receives."""

    @classmethod
    def open(cls, path: Path | str, *, read_only: bool = False, create: bool = False) -> Self:
        """Open the archive *path* and bring its schema up to date.

        With *create* it is made if it is missing: that is for what fills it, a crawl or an import.
        If *read_only* nothing is written, and the file may lie where nothing can be.
        Raises `ArchiveError` if it is missing, no archive of ours, from a newer version, broken, or
        cannot be written.
        """
        path = Path(path)
        if path.is_dir():
            raise ArchiveError(f"{path}: a folder; name a file in it with --db")
        if not create and not path.exists():
            raise ArchiveError(f"{path}: no such archive; {_how_to_make(path)}")
        if not path.parent.is_dir():
            raise ArchiveError(f"{path}: its folder does not exist; make it first")
        address = reading_address(path) if read_only else path
        try:
            # Autocommit: transactions are begun and ended here alone, by _transaction.
            connection = sqlite3.connect(
                address, timeout=_LOCK_SECONDS, isolation_level=None, uri=read_only
            )
            archive = cls(Connection(connection), path)
            archive._refuse_others()
            if not create:
                archive._refuse_empty()
            if read_only:
                archive._refuse_older()
            else:
                archive._prepare()
        except sqlite3.Error as error:
            raise ArchiveError(f"{path}: {explain(error)}") from error
        return archive

    def _refuse_empty(self) -> None:
        if not self.db.table_names():
            raise ArchiveError(f"{self.path}: an empty file; {_how_to_make(self.path)}")

    def _refuse_older(self) -> None:
        if migrations.pending(self.db):
            raise ArchiveError(
                f"{self.path}: made by an older version of Tin Huyện; "
                "the next crawl into it brings it up to date"
            )

    def _prepare(self) -> None:
        self.db.execute("PRAGMA foreign_keys = ON")
        self._enable_wal()
        if migrations.pending(self.db):
            with self._transaction():  # two crawls may make the same archive
                migrations.apply(self.db)
        # What was reported as stored must survive a power cut: it is never asked for again.
        self.db.execute("PRAGMA synchronous = FULL")

    def _enable_wal(self) -> None:
        deadline = monotonic() + _LOCK_SECONDS
        while True:
            try:
                return self.db.enable_wal()
            except sqlite3.OperationalError as error:
                # Of two that do this at once SQLite tells one "locked", and heeds no timeout.
                if "locked" not in str(error) or monotonic() > deadline:
                    raise
            sleep(0.05)

    def _refuse_others(self) -> None:
        tables = self.db.table_names()
        if tables and self.db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise ArchiveError(
                f"{self.path}: a database, but no archive of Tin Huyện (it has the table "
                f"{tables[0]!r}); name another file with --db"
            )
        newer = {migration.name for migration in migrations.applied(self.db)} - MIGRATION_NAMES
        if newer:
            raise ArchiveError(
                f"{self.path}: made by a newer version of Tin Huyện (it has {min(newer)!r}); "
                "use that version, or a newer one"
            )

    def ensure_writable(self) -> None:
        """Raise `ArchiveError` if nothing can be written to the archive."""
        try:
            with self._transaction():
                pass
        except sqlite3.Error as error:
            raise ArchiveError(f"{self.path}: {explain(error)}") from error

    def close(self) -> None:
        """Close the archive, folding its write-ahead log into the one file."""
        if self.taking:
            self.taking.writer.close()
        with suppress(sqlite3.Error):  # a reader may hold it: the log then stays, which is no harm
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing. IMMEDIATE: one that reads first and then writes would lose to others."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            if self.taking:
                self._keep(self.taking)
            yield
            self.db.commit()
        except BaseException:
            self.db.rollback()
            raise
        if self.taking:
            self.taking.noted()

    # Curation

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read the archive as it is now, whatever is written to it meanwhile."""
        self.db.execute("BEGIN")
        try:
            yield
        finally:
            self.db.rollback()

    def damage(self, *, quick: bool = False) -> Iterator[tuple[str, str]]:
        """Yield what SQLite finds wrong with the file, each with what it concerns.

        If *quick*, indexes are not held against their tables.
        """
        check = "quick_check" if quick else "integrity_check"
        for (message,) in self.db.execute(f"PRAGMA {check}"):
            if message != "ok":
                yield self.path.name, message
        for table, row, parent, _ in self.db.execute("PRAGMA foreign_key_check"):
            yield f"{table}, row {row}", f"it names a row of {parent} that does not exist"

    def reread(
        self, article_id: int, standings: list[Standing], pages: Sequence[Page | None]
    ) -> bool:
        """Store how the texts of an article read today; no revision is added.

        *standings* are its texts, oldest first, as they were when they were read; *pages* what each
        says today, None for one that stays as it is. False, and nothing is stored, if the article
        is another one by now: who wrote it read it today, too.
        """
        with self._transaction():
            rows = self.articles.rows([article_id])
            before = [*self.articles.revisions.rows(article_id), *rows]
            if [_whence(row) for row in before] != [_whence(row) for row in standings]:
                return False
            earlier = [
                standing | columns_of(page.article) if page and page.article else standing
                for standing, page in zip(before[:-1], pages[:-1], strict=True)
            ]
            self._reread(rows[0], pages[-1], earlier)
            return True

    def _reread(self, row: dict[str, Any], page: Page | None, earlier: list[Standing]) -> None:
        if page is None or page.article is None:
            self.articles.set_earlier(row["id"], earlier)
            return
        links = {}
        if row["read_from"] == ReadFrom.PAGE:
            links = {
                "prev_url": page.prev_url and self.ledger.resolve(page.prev_url),
                "next_url": page.next_url and self.ledger.resolve(page.next_url),
                "canonical_url": page.canonical_url,
                "charset": page.charset,
            }
            named = Visit(row["url"], Origin(Discovery.SEED), datetime.now(UTC), State.HELD)
            self.ledger.discover_neighbours(row["site"], page, named)
        self.articles.reread(row["id"], page.article, links)
        self.articles.set_earlier(row["id"], earlier)

    def accept(self, capture: Capture, page: Page) -> Outcome:
        """Store the article of a *page* that was flagged, because a person vouches for it."""
        assert page.article
        assert capture.id
        with self._transaction():
            row, known = self.captures.row(capture.id), self.ledger.known(capture.url)
            assert row
            self.captures.flag(capture.id, Flag.ACCEPTED)
            origin = Origin(Discovery.SEED)
            if known:
                origin = Origin(Discovery(known["found_by"]), known["found_on"])
            visit = Visit(
                capture.url, origin, capture.fetched_at, State.HELD, capture.status,
                page=page, capture=capture, is_accepted=True,
            )  # fmt: skip
            outcome = self._visits.hold(row["run_id"], row["site"], visit, page, page.article)
            self.ledger.discover_neighbours(row["site"], page, visit)
            return outcome

    def rebuild_index(self, tell: Callable[[int], None]) -> None:
        """Make the full-text index anew; *tell* is told how many articles were done."""
        with self._transaction():
            Index(self.db).rebuild(tell)

    # Runs

    def start_run(self, site: Mapping[str, str | None], now: datetime | None = None) -> int:
        """Note that a crawl of *site* (its `SITE_COLUMNS`) begins, and return the run's id.

        Whoever calls it holds the site's lock: a run of it without an end was killed.
        """
        key = site["key"]
        with self._transaction():
            self.db.table("sites").upsert({c: site[c] for c in SITE_COLUMNS}, pk="key")
            self.db.execute(
                "UPDATE runs SET outcome = ? WHERE site = ? AND outcome IS NULL",
                [RunOutcome.KILLED, key],
            )
            run = {"site": key, "started_at": utc(now or datetime.now(UTC))}
            return cast(int, self.db.table("runs").insert(run, pk="id").last_pk)

    def finish_run(self, run_id: int, outcome: str, requests: int, received: int) -> None:
        """Note how a run ended: *outcome* (`RunOutcome`, or as Scrapy's own settings had it),
        its *requests*, and the bytes *received*.
        """
        with self._transaction():
            self.db.table("runs").update(
                run_id,
                {
                    "finished_at": utc(datetime.now(UTC)),
                    "outcome": outcome,
                    "requests": requests,
                    "bytes": received,
                },
            )

    def run(self, run_id: int) -> dict[str, Any]:
        """Return a row of ``runs``."""
        return dict(self.db.table("runs").get(run_id))

    def problems(self, run_id: int) -> list[dict[str, Any]]:
        """Return the rows of ``problems`` of a run, oldest first."""
        return self._problems.of_run(run_id)

    def note_problem(
        self, run_id: int, kind: ProblemKind, message: str, url: str | None = None
    ) -> None:
        """Add a row to ``problems``."""
        self._problems.note(run_id, kind, message, url)

    def site(self, key: str) -> dict[str, Any]:
        """Return a row of ``sites``."""
        return dict(self.db.table("sites").get(key))

    def coverage(self, site: str) -> dict[str, Any] | None:
        """Return the row of the view ``coverage``, None for a site that was never crawled."""
        return next(self.db.query("SELECT * FROM coverage WHERE site = ?", [site]), None)

    def all_coverage(self) -> list[dict[str, Any]]:
        """Return the rows of the view ``coverage``, by site."""
        return list(self.db.query("SELECT * FROM coverage ORDER BY site"))

    def gaps(self, site: str) -> list[dict[str, Any]]:
        """Return the rows of the view ``gaps``: what is missing, and why."""
        return list(self.db.query("SELECT * FROM gaps WHERE site = ? ORDER BY state, url", [site]))

    def is_whole(self, site: str) -> bool:
        """Whether nothing says that a portal has more than is known.

        It is what the portal itself claims to have, if it does; else a chain without a break, and a
        second route that was walked to its end.
        """
        row = self.coverage(site)
        if row is None:
            return False
        if row["claimed"] is not None:
            return bool(row["claimed"] <= row["articles"] + row["missing"])
        walked = any(route.walked for route in self.routes.states(site).values())
        chained = "SELECT 1 FROM articles WHERE site = ? AND prev_url IS NOT NULL LIMIT 1"
        broken = "SELECT 1 FROM gaps WHERE site = ? AND state = 'broken' LIMIT 1"
        return (
            walked
            and self.db.execute(chained, [site]).fetchone() is not None
            and self.db.execute(broken, [site]).fetchone() is None
        )

    def seed(self, site: str, url: str) -> dict[str, Any]:
        """Return the ledger's row of an address to start from; make it if there is none."""
        with self._transaction():
            self.ledger.discover(site, url, Origin(Discovery.SEED), datetime.now(UTC))
        row = self.ledger.known(url)
        assert row
        return row

    def recheck_heads(self, site: str) -> None:
        """Have the newest articles asked for again that had no newer neighbour when last seen."""
        with self._transaction():
            for url in self.articles.heads(site, _HEADS_A_RUN):
                self.ledger.recheck(url, "newest")

    # What was received

    def begin_captures(self, run_id: int, site: str, info: Mapping[str, str]) -> list[str]:
        """Get ready to keep what a run of a site receives; return what had to be mended, in words.

        *info* is written into the files: who took what they hold, and how. Whoever calls it holds
        the site's lock. Raises OSError if the files cannot be written.
        """
        self._find_lost(site)
        files, told = self.captures.files(site), []
        for file in files:
            if mended := mend(self.folder, file):
                told.append(mended.message)
                self._note_mended(run_id, site, mended)
        files = self.captures.files(site)
        samples = self._samples(site) if files else []
        writer = WarcWriter(self.folder, site, info, files, samples)
        self.taking = Taking(run_id, site, writer)
        return told

    def _note_mended(self, run_id: int, site: str, mended: Mended) -> None:
        with self._transaction():
            for capture in mended.adopted:
                if capture.warc_offset in mended.revisits:
                    holder = self.captures.holder(capture)
                    capture.refers_to = holder.id if holder else None
                self.captures.flag(self.captures.add(run_id, site, capture), Flag.UNREAD)
            for url in self.captures.lose(mended.file, mended.end):
                self.ledger.recheck(url, "its capture is lost")
                self.articles.media.ask_again(url)
            kind = ProblemKind.CAPTURES if mended.is_damage else ProblemKind.MENDED
            self.note_problem(run_id, kind, mended.message)

    def _find_lost(self, site: str) -> None:
        """Take back that captures are lost whose bytes are there again."""
        for capture in self.captures.lost(site):
            with suppress(OSError):
                stored = read_bytes(self.folder, capture)
                if hashlib.sha256(stored).hexdigest() == capture.warc_sha256 and capture.id:
                    with self._transaction():
                        self.captures.unflag(capture.id, Flag.LOST)

    def _samples(self, site: str) -> list[bytes]:
        """Return the records of the newest pages of a site, oldest first."""
        samples: list[bytes] = []
        for capture in self.captures.of_site(site, most=DICTIONARY_PAGES):
            if is_sample(capture.status, capture.content_type, capture.bytes):
                with suppress(OSError, WarcError):
                    samples.insert(0, b"".join(read_blocks(self.folder, capture)))
        return samples

    def capture(self, exchange: Exchange, revisits: Capture | None = None) -> Capture:
        """Keep an exchange in a file; the next transaction notes where. Raises OSError.

        *revisits* is a capture that is known to hold the same body; else the newest may.
        """
        assert self.taking
        earlier = revisits or self.captures.newest(exchange.url)
        digest = hashlib.sha256(exchange.body).hexdigest()
        unchanged = earlier and (exchange.status == 304 or _is_same(earlier, exchange, digest))
        same = earlier if revisits or unchanged else None
        capture = self.taking.writer.write(exchange, same, digest)
        self.taking.pending.append(capture)
        return capture

    def _keep(self, taking: "Taking") -> None:
        """Note what was kept in files since the last transaction, once it is on the disk."""
        taking.writer.sync()
        for file in taking.writer.begun:
            self.captures.begin_file(taking.site, file, datetime.now(UTC))
        for capture in taking.pending:
            self.captures.add(taking.run_id, taking.site, capture)

    # Second routes

    def begin_route(self, run_id: int, site: str, route: Discovery, url: str) -> None:
        """Note that a walk of a second route begins at *url*."""
        with self._transaction():
            self.routes.begin(run_id, site, route, url, datetime.now(UTC))

    def note_route(self, site: str, route: Discovery, **columns: Any) -> None:
        """Write columns of a route's row."""
        with self._transaction():
            self.routes.note(site, route, datetime.now(UTC), **columns)

    def store_route(
        self, run_id: int, site: str, route: Discovery, url: str, page: RoutePage
    ) -> None:
        """Store what one answer of a route lists, and where it goes on, in one transaction."""
        with self._transaction():
            self.routes.store(run_id, site, route, url, page, datetime.now(UTC))

    # Visits

    def record(self, run_id: int, site: str, visit: Visit) -> Outcome:
        """Store what came of a visit, whole, in one transaction; say what it meant."""
        with self._transaction():
            outcome = self._visits.record(run_id, site, visit)
            if outcome in _COUNTED:
                self.db.execute(
                    f"UPDATE runs SET {outcome} = {outcome} + 1 WHERE id = ?",  # noqa: S608
                    [run_id],
                )
            return outcome


@dataclass(slots=True)
class Taking:
    """The files that a run writes to, and what it has written that no transaction has noted."""

    run_id: int
    site: str
    writer: WarcWriter
    pending: list[Capture] = field(default_factory=list)

    def noted(self) -> None:
        """Forget what a transaction has noted."""
        self.writer.begun.clear()
        self.pending.clear()


def _whence(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return by what is seen that a text is still the one that was read."""
    return row["capture_id"], row["read_from"], row["text_sha256"], row["revision"]


def _is_same(earlier: Capture, exchange: Exchange, digest: str) -> bool:
    """Whether an exchange brought what an earlier one did, so that it need not be kept twice."""
    return bool(exchange.body) and (earlier.payload_sha256, earlier.status) == (
        digest,
        exchange.status,
    )


def _how_to_make(path: Path) -> str:
    option = "" if path == Path("archive.db") else f" --db {path}"
    return f"make one with: tinhuyen crawl demo{option}"
