"""The archive: the one module that writes SQL. Everything else calls it by a verb."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import astuple, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self, cast

from sqlite_utils import Database

from crawler.items import Article, Origin, Page, State, Visit
from crawler.text.addresses import urlkey
from crawler.text.dates import Moment
from crawler.text.fold import fold
from pipelines.schema import APPLICATION_ID, MIGRATION_NAMES, migrations

SITE_COLUMNS = (
    "key", "name", "province", "cms", "base_url", "active_from", "active_to", "note",
)  # fmt: skip

_LOCK_SECONDS = 60  # how long another writer is waited for
_HEADS_A_RUN = 10  # a portal that shows no neighbours has as many heads as articles


class ArchiveError(Exception):
    """An archive that cannot be opened or written; the message names the file and the way out."""


class Outcome(StrEnum):
    """What a visit meant for the archive."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    GONE = "gone"
    FAILED = "failed"
    OTHER = "other"


_COUNTED = frozenset({"new", "changed", "unchanged", "gone", "failed"})


class Archive:
    """An ``archive.db``. One connection, one thread; many may have the file open at once."""

    def __init__(self, db: Database, path: Path) -> None:
        self.db = db
        self.path = path

    @classmethod
    def open(cls, path: Path | str, *, create: bool = True) -> Self:
        """Open the archive *path*, bringing its schema up to date; make it unless not *create*.

        Raises `ArchiveError` if it is missing, no archive of ours, from a newer version, broken, or
        cannot be written.
        """
        path = Path(path)
        if path.is_dir():
            raise ArchiveError(f"{path}: a folder; name a file in it with --db")
        if not create and not path.exists():
            raise ArchiveError(f"{path}: no such archive; make one with: tinhuyen crawl demo")
        if not path.parent.is_dir():
            raise ArchiveError(f"{path}: its folder does not exist; make it first")
        try:
            # Autocommit: transactions are begun and ended here alone, by _transaction.
            connection = sqlite3.connect(path, timeout=_LOCK_SECONDS, isolation_level=None)
            archive = cls(Database(connection), path)
            archive._prepare()
        except sqlite3.Error as error:
            raise ArchiveError(f"{path}: {explain(error)}") from error
        return archive

    def _prepare(self) -> None:
        self._refuse_others()
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
            yield
            self.db.commit()
        except BaseException:
            self.db.rollback()
            raise

    # Runs

    def start_run(self, site: Mapping[str, str | None], now: datetime | None = None) -> int:
        """Note that a crawl of *site* (its `SITE_COLUMNS`) begins, and return the run's id."""
        with self._transaction():
            self.db.table("sites").upsert({c: site[c] for c in SITE_COLUMNS}, pk="key")
            run = {"site": site["key"], "started_at": utc(now or datetime.now(UTC))}
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

    # The frontier

    def counts(self, site: str) -> dict[str, int]:
        """Return how many addresses of a site are in which state."""
        sql = "SELECT state, count(*) FROM urls WHERE site = ? GROUP BY state"
        return dict(self.db.execute(sql, [site]).fetchall())

    def waiting(self, site: str) -> Iterator[tuple[str, Origin]]:
        """Yield the addresses of a site that are waiting or failed, and how each became known."""
        sql = """
            SELECT url, found_by, found_on FROM urls
            WHERE site = ? AND state IN ('waiting', 'failed') ORDER BY id"""
        for url, found_by, found_on in self.db.execute(sql, [site]).fetchall():
            yield url, Origin(found_by, found_on)

    def heads(self, site: str) -> list[str]:
        """Return the newest articles of a site that had no newer neighbour when last seen."""
        sql = """
            SELECT url FROM articles WHERE site = ? AND next_url IS NULL
            ORDER BY published_at DESC LIMIT ?"""
        return [row[0] for row in self.db.execute(sql, [site, _HEADS_A_RUN])]

    def held(self, site: str) -> Iterator[str]:
        """Yield the addresses of the articles of a site, oldest first."""
        sql = "SELECT url FROM articles WHERE site = ? ORDER BY published_at"
        yield from (row[0] for row in self.db.execute(sql, [site]).fetchall())

    def is_open(self, url: str) -> bool:
        """Whether an address is unknown, waiting or failed."""
        sql = "SELECT state IN ('waiting', 'failed') FROM urls WHERE urlkey = ?"
        row = self.db.execute(sql, [urlkey(url)]).fetchone()
        return row is None or bool(row[0])

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
        if visit.moved_to and urlkey(self._resolve(visit.moved_to)) == urlkey(visit.url):
            reason = f"redirects in a circle, to {visit.moved_to}"
            visit = replace(visit, state=State.FAILED, reason=reason, moved_to=None)
        if visit.state == State.HELD and visit.page and visit.page.article:
            outcome = self._hold(run_id, site, visit, visit.page, visit.page.article)
        else:
            self._settle(site, visit, visit.url)
            outcome = _outcome_of(visit.state)
        if visit.state in (State.FAILED, State.REFUSED):
            self.note_problem(run_id, visit.state, visit.reason or "", visit.url)
        if visit.page:
            self._discover(site, _neighbours(visit.page), visit)
        elif visit.moved_to:
            self._discover(site, [(visit.origin.found_by, visit.moved_to)], visit)
        return outcome

    def _settle(self, site: str, visit: Visit, url: str) -> None:
        """Write the row of an address. An article once held stays held until it is gone."""
        known = self._known(url)
        at = utc(visit.at)
        if known is None:
            self.db.execute(
                """
                INSERT INTO urls (site, url, urlkey, found_by, found_on, found_at, state, status,
                                  reason, moved_to, tries, tried_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)""",
                [site, url, urlkey(url), visit.origin.found_by, visit.origin.found_on, at,
                 visit.state, visit.status, visit.reason, visit.moved_to, at],
            )  # fmt: skip
            return
        state = visit.state
        if known["state"] == State.HELD and state not in (State.GONE, State.ELSEWHERE):
            state = State.HELD
        if visit.state != State.HELD:
            url = known["url"]  # only an article proves a new form of its address
        settled_before = state == known["state"] and state != State.FAILED
        self.db.execute(
            """
            UPDATE urls SET url = ?, state = ?, status = ?, reason = ?, moved_to = ?, tries = ?,
                            tried_at = ?
            WHERE id = ?""",
            [url, state, visit.status, visit.reason, visit.moved_to,
             known["tries"] if settled_before else known["tries"] + 1, at, known["id"]],
        )  # fmt: skip
        if url != known["url"]:
            self.db.execute("UPDATE articles SET url = ? WHERE url = ?", [url, known["url"]])
            self._readdress(known["url"], url)
        if visit.moved_to:
            self._readdress(url, visit.moved_to)

    def _known(self, url: str) -> dict[str, Any] | None:
        rows = self.db.query(
            "SELECT id, url, state, tries, moved_to FROM urls WHERE urlkey = ?", [urlkey(url)]
        )
        return next(iter(rows), None)

    def _readdress(self, old: str, new: str) -> None:
        """Let neighbours point at the address under which an article is held."""
        self.db.execute("UPDATE articles SET prev_url = ? WHERE prev_url = ?", [new, old])
        self.db.execute("UPDATE articles SET next_url = ? WHERE next_url = ?", [new, old])

    def _discover(self, site: str, found: Iterable[tuple[str, str]], visit: Visit) -> None:
        """Note the addresses that a visit led to and that are not known yet."""
        for found_by, url in found:
            self.db.execute(
                """
                INSERT INTO urls (site, url, urlkey, found_by, found_on, found_at, state)
                VALUES (?, ?, ?, ?, ?, ?, 'waiting') ON CONFLICT DO NOTHING""",
                [site, url, urlkey(url), found_by, visit.url, utc(visit.at)],
            )

    def _hold(self, run_id: int, site: str, visit: Visit, page: Page, article: Article) -> Outcome:
        address = self._address(run_id, visit, page, article)
        if urlkey(address) != urlkey(visit.url):
            moved = Visit(
                visit.url, visit.origin, visit.at, State.ELSEWHERE, visit.status,
                "the page names another address as its own", address,
            )  # fmt: skip
            self._settle(site, moved, visit.url)
        self._settle(site, visit, address)
        return self._put(site, address, visit.at, page, article)

    def _address(self, run_id: int, visit: Visit, page: Page, article: Article) -> str:
        """Return the address to keep an article under: its canonical one, if that is credible.

        It is if the same text is held there already. To believe a page that gives as its own the
        address of another article, or of none, would lose one.
        """
        if not page.canonical_url or urlkey(page.canonical_url) == urlkey(visit.url):
            return visit.url
        canonical = self._resolve(page.canonical_url)
        sql = "SELECT text_sha256 FROM articles WHERE url = ?"
        other = self.db.execute(sql, [canonical]).fetchone()
        if other is None:
            return visit.url
        if other[0] != text_sha256(article):
            message = f"the page calls {canonical} its own address, which is another article"
            self.note_problem(run_id, "canonical", message, visit.url)
            return visit.url
        return canonical

    def _resolve(self, url: str) -> str:
        """Return the address under which *url* is known, following where it has moved to."""
        for _ in range(5):
            known = self._known(url)
            if known is None:
                return url
            url = known["url"]
            if known["state"] != State.ELSEWHERE or not known["moved_to"]:
                return url
            url = known["moved_to"]
        return url

    # Articles

    def _put(self, site: str, url: str, at: datetime, page: Page, article: Article) -> Outcome:
        """Write an article, if it differs from what is held of it."""
        row = _row(article) | {
            "site": site,
            "url": url,
            "prev_url": page.prev_url and self._resolve(page.prev_url),
            "next_url": page.next_url and self._resolve(page.next_url),
        }
        columns = ", ".join(("id", "revision", *row))
        old = next(
            iter(self.db.query(f"SELECT {columns} FROM articles WHERE url = ?", [url])),  # noqa: S608
            None,
        )
        if old is None:
            return self._insert(row, at, article)
        article_id, revision = old.pop("id"), old.pop("revision")
        if old == row and self._parts(article_id) == _parts(article):
            self._update(article_id, {"last_seen_at": utc(at)})
            return Outcome.UNCHANGED
        text_changed = any(
            old[c] != row[c] for c in ("title", "lead", "body", "author", "published_at")
        )
        row |= {"last_seen_at": utc(at), "revision": revision + text_changed}
        if text_changed:
            self._unindex(article_id, old)
            self._index(article_id, row)
        self._update(article_id, row)
        self._replace_parts(article_id, article)
        return Outcome.CHANGED if text_changed else Outcome.UNCHANGED

    def _insert(self, row: dict[str, Any], at: datetime, article: Article) -> Outcome:
        row = row | {"first_seen_at": utc(at), "last_seen_at": utc(at)}
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        cursor = self.db.execute(
            f"INSERT INTO articles ({columns}) VALUES ({marks})",  # noqa: S608
            list(row.values()),
        )
        article_id = int(cursor.lastrowid or 0)
        self._index(article_id, row)
        self._add_parts(article_id, article)
        return Outcome.NEW

    def _update(self, article_id: int, row: dict[str, Any]) -> None:
        assignments = ", ".join(f"{column} = ?" for column in row)
        self.db.execute(
            f"UPDATE articles SET {assignments} WHERE id = ?",  # noqa: S608
            [*row.values(), article_id],
        )

    def _index(self, article_id: int, row: dict[str, Any]) -> None:
        self.db.execute(
            "INSERT INTO articles_fts (rowid, title, lead, body, exact) VALUES (?, ?, ?, ?, ?)",
            [article_id, *_indexed(row)],
        )

    def _unindex(self, article_id: int, row: dict[str, Any]) -> None:
        self.db.execute(
            """
            INSERT INTO articles_fts (articles_fts, rowid, title, lead, body, exact)
            VALUES ('delete', ?, ?, ?, ?, ?)""",
            [article_id, *_indexed(row)],
        )

    # The parts of an article: pictures, files, tags

    def _parts(self, article_id: int) -> dict[str, list[tuple[Any, ...]]]:
        def rows(sql: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in self.db.execute(sql, [article_id])]

        return {
            "images": rows(
                "SELECT url, caption, alt, width, height FROM images WHERE article_id = ? "
                "ORDER BY position"
            ),
            "attachments": rows(
                "SELECT url, label FROM attachments WHERE article_id = ? ORDER BY position"
            ),
            "tags": rows(
                "SELECT name FROM tags JOIN article_tags ON tag_id = tags.id WHERE article_id = ? "
                "ORDER BY name"
            ),
        }

    def _add_parts(self, article_id: int, article: Article) -> None:
        for position, image in zip(count(1), article.images):
            self.db.execute(
                """
                INSERT INTO images (article_id, position, url, caption, alt, width, height)
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
                [article_id, position, *astuple(image)],
            )
        for position, attachment in zip(count(1), article.attachments):
            self.db.execute(
                "INSERT INTO attachments (article_id, position, url, label) VALUES (?, ?, ?, ?)",
                [article_id, position, attachment.url, attachment.label],
            )
        for tag in article.tags:
            self.db.execute("INSERT OR IGNORE INTO tags (name) VALUES (?)", [tag])
            self.db.execute(
                "INSERT INTO article_tags SELECT ?, id FROM tags WHERE name = ?", [article_id, tag]
            )

    def _replace_parts(self, article_id: int, article: Article) -> None:
        for table in ("images", "attachments", "article_tags"):
            self.db.execute(f"DELETE FROM {table} WHERE article_id = ?", [article_id])  # noqa: S608
        self._add_parts(article_id, article)


def utc(moment: datetime) -> str:
    """Return a time of crawling as the archive writes it: ``2025-06-30T01:02:03Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def text_sha256(article: Article) -> str:
    """Return the SHA-256 of an article's words: title, lead and body, parted by blank lines."""
    words = "\n\n".join((article.title, article.lead or "", article.body))
    return hashlib.sha256(words.encode()).hexdigest()


def _neighbours(page: Page) -> Iterator[tuple[str, str]]:
    """Yield the addresses that a page names, each with what it is to the page."""
    if page.prev_url:
        yield "prev", page.prev_url
    if page.next_url:
        yield "next", page.next_url
    for url in page.links:
        yield "listing", url


def _outcome_of(state: State) -> Outcome:
    if state == State.GONE:
        return Outcome.GONE
    return Outcome.FAILED if state == State.FAILED else Outcome.OTHER


def _row(article: Article) -> dict[str, Any]:
    """Return the columns of ``articles`` that an article alone decides."""
    body = article.body
    return {
        "title": article.title,
        "lead": article.lead,
        "body": body or None,
        "body_html": article.body_html or None,
        "author": article.author,
        "category": article.category,
        "published_at": _iso(article.published_at),
        "published_raw": article.published_raw,
        "published_by": article.published_by,
        "modified_at": _iso(article.modified_at),
        "language": article.language,
        "words": len(body.split()),
        "text_sha256": text_sha256(article),
    }


def _iso(moment: Moment | None) -> str | None:
    return moment.isoformat() if moment else None


def _indexed(row: dict[str, Any]) -> list[str]:
    """Return the columns of ``articles_fts`` for a row: three without marks, one as written."""
    texts = [row["title"], row["lead"] or "", row["body"] or ""]
    return [*map(fold, texts), "\n".join(texts)]


def _parts(article: Article) -> dict[str, list[tuple[Any, ...]]]:
    return {
        "images": [astuple(image) for image in article.images],
        "attachments": [astuple(attachment) for attachment in article.attachments],
        "tags": sorted((tag,) for tag in article.tags),
    }


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
    if "locked" in told:
        return "another program keeps it locked; close that program and try again"
    return told
