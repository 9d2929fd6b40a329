"""An ``archive.db``: opening it, its transactions, its runs, and the visits that fill it."""

import errno
import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self, cast

from sqlite_utils import Database

from crawler.items import Article, Capture, Exchange, Origin, Page, RoutePage, State, Visit
from crawler.text.addresses import urlkey
from crawler.text.dates import VIET_NAM, Moment
from pipelines.archive.articles import Articles, Outcome, columns_of, text_sha256
from pipelines.archive.captures import Captures
from pipelines.archive.connection import Connection
from pipelines.archive.index import Index
from pipelines.archive.ledger import Ledger
from pipelines.archive.revisions import Standing
from pipelines.archive.routes import Routes
from pipelines.archive.times import utc
from pipelines.schema import APPLICATION_ID, MIGRATION_NAMES, migrations
from pipelines.warc import (
    DICTIONARY_PAGES,
    Mended,
    WarcError,
    WarcWriter,
    folder_of,
    is_sample,
    mend,
    read_blocks,
)

SITE_COLUMNS = (
    "key", "name", "province", "cms", "base_url", "active_from", "active_to", "note",
)  # fmt: skip

_LOCK_SECONDS = 60  # how long another writer is waited for
_HEADS_A_RUN = 10  # a portal that shows no neighbours has as many heads as articles
_SHRUNK = 0.1  # of its words: what is left is no article any more
_FEWEST_WORDS = 50  # a short notice may well become a shorter one
_NO_ARTICLE = (State.NOT_ARTICLE, State.GONE)
_ANOTHER_CALLED_ITS_OWN = "the page calls another address its own"
_COUNTED = frozenset({"new", "changed", "unchanged", "gone", "failed"})


class ArchiveError(Exception):
    """An archive that cannot be opened or written; the message names the file and the way out."""


class Archive:
    """An ``archive.db``. One connection, one thread; many may have the file open at once."""

    def __init__(self, db: Database, path: Path) -> None:
        self.db = db
        self.path = path
        self.ledger = Ledger(db)
        self.articles = Articles(db)
        self.routes = Routes(db, self.ledger)
        self.captures = Captures(db)
        self.folder = folder_of(path)
        """Where the files with what was received lie."""
        self.taking: Taking | None = None
        """Set while a crawl or an import keeps what it receives."""

    @classmethod
    def open(cls, path: Path | str, *, read_only: bool = False) -> Self:
        """Open the archive *path*: make it if it is missing, bring its schema up to date.

        If *read_only* nothing is written, and the file may lie where nothing can be.
        Raises `ArchiveError` if it is missing, no archive of ours, from a newer version, broken, or
        cannot be written.
        """
        path = Path(path)
        if path.is_dir():
            raise ArchiveError(f"{path}: a folder; name a file in it with --db")
        if read_only and not path.exists():
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
            if read_only:
                archive._refuse_unfinished()
            else:
                archive._prepare()
        except sqlite3.Error as error:
            raise ArchiveError(f"{path}: {explain(error)}") from error
        return archive

    def _refuse_unfinished(self) -> None:
        if not self.db.table_names():
            raise ArchiveError(f"{self.path}: an empty file; {_how_to_make(self.path)}")
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
        if row["read_from"] == "page":
            links = {
                "prev_url": page.prev_url and self.ledger.resolve(page.prev_url),
                "next_url": page.next_url and self.ledger.resolve(page.next_url),
                "canonical_url": page.canonical_url,
                "charset": page.charset,
            }
            named = Visit(row["url"], Origin("seed"), datetime.now(UTC), State.HELD)
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
            self.captures.flag(capture.id, "accepted")
            origin = Origin(known["found_by"], known["found_on"]) if known else Origin("seed")
            visit = Visit(
                capture.url, origin, capture.fetched_at, State.HELD, capture.status,
                page=page, capture=capture, is_accepted=True,
            )  # fmt: skip
            outcome = self._hold(row["run_id"], row["site"], visit, page, page.article)
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
                "UPDATE runs SET outcome = 'killed' WHERE site = ? AND outcome IS NULL", [key]
            )
            run = {"site": key, "started_at": utc(now or datetime.now(UTC))}
            return cast(int, self.db.table("runs").insert(run, pk="id").last_pk)

    def finish_run(self, run_id: int, outcome: str, requests: int, received: int) -> None:
        """Note how a run ended: *outcome* in a word, its *requests*, and the bytes *received*."""
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
        return list(self.db.query("SELECT * FROM problems WHERE run_id = ? ORDER BY id", [run_id]))

    def note_problem(self, run_id: int, kind: str, message: str, url: str | None = None) -> None:
        """Add a row to ``problems``."""
        row = {"run_id": run_id, "url": url, "kind": kind, "message": message}
        self.db.table("problems").insert(row | {"at": utc(datetime.now(UTC))})

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
        walked = any(route.walked for route in self.routes.of(site).values())
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
            self.ledger.discover(site, url, Origin("seed"), datetime.now(UTC))
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
                self.captures.add(run_id, site, capture)
            for url in self.captures.lose(mended.file, mended.end):
                self.ledger.recheck(url, "its capture is lost")
            self.note_problem(run_id, "captures", mended.message)

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

    def begin_route(self, run_id: int, site: str, route: str, url: str) -> None:
        """Note that a walk of a second route begins at *url*."""
        with self._transaction():
            self.routes.begin(run_id, site, route, url, datetime.now(UTC))

    def note_route(self, site: str, route: str, **columns: Any) -> None:
        """Write columns of a route's row."""
        with self._transaction():
            self.routes.note(site, route, datetime.now(UTC), **columns)

    def store_route(self, run_id: int, site: str, route: str, url: str, page: RoutePage) -> None:
        """Store what one answer of a route lists, and where it goes on, in one transaction."""
        with self._transaction():
            self.routes.store(run_id, site, route, url, page, datetime.now(UTC))

    # Visits

    def record(self, run_id: int, site: str, visit: Visit) -> Outcome:
        """Store what came of a visit, whole, in one transaction; say what it meant."""
        with self._transaction():
            outcome = self._record(run_id, site, visit)
            if outcome in _COUNTED:
                self.db.execute(
                    f"UPDATE runs SET {outcome} = {outcome} + 1 WHERE id = ?",  # noqa: S608
                    [run_id],
                )
            return outcome

    def _record(self, run_id: int, site: str, visit: Visit) -> Outcome:
        if visit.is_media:
            self.articles.media.settle(run_id, visit)
            return Outcome.OTHER
        told_later = self.ledger.tells_later(visit)
        if visit.state == State.ELSEWHERE and not told_later:
            visit = self._moved(self.ledger.follow(site, visit))
        visit = self._unless_shrunk(self._if_accepted(visit))
        if visit.state == State.HELD and visit.page and visit.page.article:
            outcome = self._hold(run_id, site, visit, visit.page, visit.page.article)
        else:
            outcome = Outcome.OTHER if told_later else _outcome_of(visit.state)
            if told_later:
                self.ledger.note_asked(run_id, visit)
            else:
                self.ledger.settle(run_id, site, visit)
                if visit.state in _NO_ARTICLE:
                    self._take_over(run_id, visit, None)
        if visit.flag and visit.capture and visit.capture.id:
            self.captures.flag(visit.capture.id, visit.flag)
            self.captures.join(visit.capture, visit.parts)
            self.note_problem(run_id, "quarantine", visit.reason or visit.flag, visit.url)
        elif visit.state in (State.FAILED, State.REFUSED):
            self.note_problem(run_id, visit.state, visit.reason or "", visit.url)
        if visit.page:
            self.ledger.discover_neighbours(site, visit.page, visit)
        return outcome

    def _if_accepted(self, visit: Visit) -> Visit:
        """Take for an article what a person has accepted as one, though a reader flags it still."""
        read = visit.page and visit.page.article
        if not (visit.flag and read and self.captures.is_accepted(visit.url, visit.flag)):
            return visit
        return replace(visit, state=State.HELD, reason=None, flag=None)

    def _unless_shrunk(self, visit: Visit) -> Visit:
        """Refuse a page that says almost nothing of what the article said that is held."""
        if visit.flag or not visit.page or visit.state not in (State.HELD, State.NOT_ARTICLE):
            return visit
        held = self.articles.get(self.ledger.resolve(visit.url))
        is_static = visit.page.kind == "other" and visit.state == State.NOT_ARTICLE
        is_none = visit.page.article is None or is_static
        if held and is_none:
            reason = f"held as an article, but reads as {visit.page.kind}"
            return replace(visit, state=State.FAILED, reason=reason, flag="empty", page=None)
        if is_none or visit.page.article is None:
            return visit
        if not held or held["words"] < _FEWEST_WORDS:
            return visit
        words = len(visit.page.article.body.split())
        if words > _SHRUNK * held["words"]:
            return visit
        if utc(visit.at) < held["last_seen_at"]:
            return visit  # an older archive has it: it grew
        reason = f"its text shrank from {held['words']} words to {words}"
        return replace(visit, state=State.FAILED, reason=reason, flag="shrunk", page=None)

    def _moved(self, visit: Visit) -> Visit:
        """Judge a redirect away from an article that is held.

        WordPress answers for a deleted article with the one whose address looks most alike, other
        systems with their start page: that is no new address of it, but a refusal. Where it leads
        to what was not read yet, `_take_over` judges in its turn.
        """
        if visit.moved_to is None:
            return visit
        known = self.ledger.known(visit.url)
        held = known and self.articles.get(known["url"])
        if not known or not held:
            self.articles.readdress(visit.url, visit.moved_to)
            return visit
        url = self.ledger.resolve(visit.moved_to)
        target, article = self.ledger.known(url), self.articles.get(url)
        if article and _same(held, article):
            self._merge(known, url, reason=visit.reason)
        elif article or (target and target["state"] in _NO_ARTICLE):
            return replace(visit, state=State.GONE, reason=_instead(url), moved_to=None)
        return visit

    def _hold(self, run_id: int, site: str, visit: Visit, page: Page, article: Article) -> Outcome:
        sha256 = text_sha256(article)
        twin = self._held_as(run_id, site, visit, page, sha256)
        if twin:
            moved = replace(
                visit, state=State.ELSEWHERE, reason=_ANOTHER_CALLED_ITS_OWN, moved_to=twin
            )
            self.ledger.settle(run_id, site, moved)
            return Outcome.OTHER
        if visit.read_from == "rest":
            self.ledger.discover(site, visit.url, visit.origin, visit.at)
        known = self.ledger.known(visit.url)
        told_later = self.ledger.tells_later(visit)
        if not told_later:
            self._take_over(run_id, visit, article)
        if visit.read_from == "page":
            if told_later and known and known["state"] == State.HELD:
                self.ledger.note_asked(run_id, visit)
            else:
                self.ledger.settle(run_id, site, visit, visit.url)
            if not (told_later or self.routes.tell_changes(site)):
                self.ledger.schedule(visit.url, visit.at, _age(article.published_at, visit.at))
            if visit.origin.found_by == "import" and _is_unseen(known):
                self.ledger.recheck(visit.url, "imported")  # what the portal says of it now
            if known and known["url"] != visit.url:
                self.articles.readdress(known["url"], visit.url)
        elif known:
            if known["state"] == State.HELD:
                return Outcome.UNCHANGED  # the page has been read, or will be
            self.ledger.update(known["id"], {"state": State.HELD, "recheck": "read from REST"})
        outcome = self.articles.put(
            site, visit.url, visit.at, article,
            prev_url=page.prev_url and self.ledger.resolve(page.prev_url),
            next_url=page.next_url and self.ledger.resolve(page.next_url),
            canonical_url=page.canonical_url,
            charset=page.charset,
            capture_id=visit.capture.id if visit.capture else None,
            read_from=visit.read_from,
            accepted=visit.is_accepted,
        )  # fmt: skip
        if visit.capture and visit.parts:
            self.captures.join(visit.capture, visit.parts)
        for duplicate, its_sha256 in self.articles.calling_themselves(site, visit.url):
            if its_sha256 != sha256:
                if outcome == Outcome.NEW:
                    self._note_mistake(run_id, duplicate, visit.url)
            elif row := self.ledger.known(duplicate):
                self._merge(row, visit.url, reason=_ANOTHER_CALLED_ITS_OWN)
                outcome = Outcome.UNCHANGED if outcome == Outcome.NEW else outcome
        if visit.read_from == "page":
            self._note_against_chain(run_id, visit.url)
            if outcome == Outcome.NEW:
                self._recheck_neighbours(run_id, visit.url, page)
        return outcome

    def _note_against_chain(self, run_id: int, url: str) -> None:
        """Note, once, an article dated later than its newer neighbour or earlier than its older.

        Nothing is mended: either date may be the true one, or the portal's order may be another.
        """
        for older, newer in self.articles.against_chain(url):
            message = (
                f"dated {older['published_at']}, but the newer neighbour that its portal names, "
                f"{newer['url']}, is dated {newer['published_at']}"
            )
            if not self._is_noted(older["url"], "date", message):
                self.note_problem(run_id, "date", message, older["url"])

    def _is_noted(self, url: str, kind: str, message: str) -> bool:
        sql = "SELECT 1 FROM problems WHERE url = ? AND kind = ? AND message = ? LIMIT 1"
        return self.db.execute(sql, [url, kind, message]).fetchone() is not None

    def _held_as(self, run_id: int, site: str, visit: Visit, page: Page, sha256: str) -> str | None:
        """Return the address under which the article of a page is held already, by its own word.

        A page that gives as its own the address of another article is mistaken: to believe it would
        lose one of the two.
        """
        canonical = page.canonical_url
        if not canonical or urlkey(canonical) == urlkey(visit.url):
            return None
        self.ledger.discover(site, canonical, Origin(visit.origin.found_by, visit.url), visit.at)
        other = self.articles.get(self.ledger.resolve(canonical))
        if other is None or other["url"] == visit.url:
            return None
        if other["text_sha256"] != sha256:
            self._note_mistake(run_id, visit.url, canonical)
            return None
        return str(other["url"])

    def _note_mistake(self, run_id: int, url: str, canonical: str) -> None:
        message = f"the page calls {canonical} its own address, which is another article"
        self.note_problem(run_id, "canonical", message, url)

    def _merge(self, known: dict[str, Any], url: str, *, reason: str | None) -> None:
        """Hold an article under another address than that of the row *known* of the ledger."""
        row = {"state": State.ELSEWHERE, "moved_to": url, "reason": reason, "recheck": None}
        self.ledger.update(known["id"], row)
        self.articles.merge(known["url"], url)

    def _take_over(self, run_id: int, visit: Visit, article: Article | None) -> None:
        """Settle the held articles whose addresses lead to the page of a visit.

        They were renamed if it shows the same *article*; else the portal no longer has them.
        """
        for known in self.ledger.held_leading_to(visit.url):
            held = self.articles.get(known["url"])
            shown = article and {"title": article.title, "text_sha256": text_sha256(article)}
            if held and shown and _same(held, shown):
                self._merge(known, visit.url, reason=known["reason"])
            else:
                row = self.ledger.refused_again(known, run_id, visit.at)
                row |= {"moved_to": None, "reason": _instead(visit.url)}
                self.ledger.update(known["id"], row)

    def _recheck_neighbours(self, run_id: int, url: str, page: Page) -> None:
        """Have the neighbours of a new article asked for again that do not know of it yet."""
        for neighbour, link in ((page.prev_url, "next_url"), (page.next_url, "prev_url")):
            held = neighbour and self.articles.get(self.ledger.resolve(neighbour))
            if held and held[link] != url:
                known = self.ledger.known(held["url"])
                if known and known["run_id"] != run_id:
                    self.ledger.recheck(held["url"], "a new neighbour")


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


def _same(held: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two articles are one: the same words, or at least the same title."""
    return bool(held["text_sha256"] == other["text_sha256"] or held["title"] == other["title"])


def _is_unseen(known: Mapping[str, Any] | None) -> bool:
    """Whether the portal was never asked for an address, or could not say what became of it."""
    if known is None or known["recheck"]:
        return True
    return known["state"] not in (State.HELD, State.GONE)


def _instead(url: str) -> str:
    return f"answered with something else, {url}"


def _outcome_of(state: State) -> Outcome:
    if state == State.GONE:
        return Outcome.GONE
    return Outcome.FAILED if state == State.FAILED else Outcome.OTHER


def _age(published_at: Moment | None, now: datetime) -> timedelta:
    if published_at is None:
        return timedelta(0)
    if not isinstance(published_at, datetime):
        published_at = datetime.combine(published_at, time(), VIET_NAM)
    return now - published_at


def reading_address(path: Path) -> str:
    """Return the SQLite URI by which an archive is opened to be read."""
    # In WAL mode even a reader writes beside the file, unless told that nobody writes at all; and
    # then it would not see what only the log holds.
    log, index = (path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))
    in_use = index.exists() or (log.exists() and log.stat().st_size > 0)
    how = "mode=ro" if in_use or os.access(path.parent, os.W_OK) else "immutable=1"
    return f"{path.resolve().as_uri()}?{how}"


def _how_to_make(path: Path) -> str:
    option = "" if path == Path("archive.db") else f" --db {path}"
    return f"make one with: tinhuyen crawl demo{option}"


def explain(error: sqlite3.Error) -> str:
    """Return what is wrong with a database file, and what to do."""
    told = str(error)
    if "not a database" in told:
        return "no SQLite database; name another file with --db"
    if "unable to open" in told:
        return "cannot be opened; does its folder exist, and may you write there?"
    if "readonly" in told:
        return "cannot be written; change its permissions or name another file with --db"
    if "full" in told:
        return "the disk is full; free some space and run the same command again"
    if "I/O" in told:
        return (
            "cannot be read or written: the disk is full, over quota or failing; "
            "see to it and run the same command again"
        )
    if "locked" in told:
        return "another program keeps it locked; close that program and try again"
    return told


def explain_os(error: OSError) -> str:
    """Return what is wrong with a file, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space and run the same command again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "cannot be written; change its permissions or name another archive with --db"
    return f"cannot be written: {os.strerror(error.errno) if error.errno else error}"
