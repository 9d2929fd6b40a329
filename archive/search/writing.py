"""Bringing the index up to the archive: after changes, from nothing, and held against it.

It is read off the archive what changed since (``articles.changed``, ``aliases``), whoever changed
it. So nobody who writes to an archive needs to know of the index, and what one did not do, because
it was killed or could not, the next one does.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import tantivy
from tantivy import Query

from archive.reading import reading_address
from archive.search.documents import (
    CHANGED,
    CODE,
    FORMAT,
    GRADE,
    ID,
    KIND,
    STATE,
    Source,
    document,
    schema,
    sources,
)
from archive.search.files import clear_the_way, damaged, share
from archive.search.folder import (
    IndexDamagedError,
    Opened,
    State,
    current,
    index_of,
    is_of_index,
    made,
    opened,
    remove_others,
    state_document,
    state_of,
    use,
    writing,
)
from crawler.vocabulary.soundness import SearchFault

Tell = Callable[[int, int], None]
"""Is told how many articles were done, and of how many."""

_BATCH = 500
_MANY = 20_000
"""Changes after which what was done is committed, so that a kill costs no more."""
_LITTLE, _MUCH = 24_000_000, 256_000_000
"""Bytes that a writer takes: for what a crawl brings, and to make an index."""
_MOST_THREADS = 4
_LAST = 16
"""Articles by which an index knows its archive again."""
_TIMEOUT = 60

_AFTER = """
    SELECT changed, code, id FROM articles WHERE changed > :after AND changed <= :until
    UNION ALL
    SELECT changed, code, NULL FROM aliases WHERE changed > :after AND changed <= :until
    ORDER BY changed LIMIT :most"""
_NEWEST = "SELECT value FROM counters WHERE name = 'changed'"
_IDENTITY = """
    SELECT min(applied_at) || ' ' ||
           (SELECT name FROM _sqlite_migrations WHERE migration_set = 'tinhuyen'
            ORDER BY id DESC LIMIT 1)
    FROM _sqlite_migrations WHERE migration_set = 'tinhuyen'"""
_LAST_CHANGED = """
    SELECT code, changed, substr(text_sha256, 1, 16) FROM articles
    WHERE changed <= ? ORDER BY changed DESC LIMIT ?"""
_INDEXED = """
    SELECT count(*), coalesce(sum(changed), 0), coalesce(sum(id), 0) FROM articles
    WHERE id NOT IN (SELECT article_id FROM withheld WHERE grade = 'all')"""

_WITHHELD_SINCE = """
    SELECT 1 FROM withheld JOIN articles ON articles.id = article_id WHERE changed > ? LIMIT 1"""


class Brought(NamedTuple):
    """What was done to bring an index up to its archive."""

    changes: int
    """Changes that were taken into it."""
    articles: int
    """Articles that it holds."""
    seconds: float
    rebuilt: str | None
    """Why it was made anew, None if it was not."""


def bring_up(
    db: Path,
    *,
    rebuild: bool = False,
    thorough: bool = False,
    most_anew: int | None = None,
    wait: float = 0.0,
    tell: Tell = lambda done, of: None,
) -> Brought:
    """Bring the index of the archive *db* up to it; make it anew if it cannot be used, or if asked
    to *rebuild* it.

    *thorough* holds the numbers of all articles against the archive, too, and the bytes of its
    files against their checksums, which is to be done now and then: at a start, not after each
    change. An archive of more than *most_anew* articles is not
    indexed anew: that raises `IndexDamagedError`, and is for somebody with more time. Others who
    write to the index are waited for so many seconds (*wait*). Raises `IndexBusyError` if they go
    on, OSError or ValueError if nothing can be written, sqlite3.Error if the archive cannot be
    read.
    """
    began = monotonic()
    folder = index_of(db)
    with writing(folder, wait), closing(writing_beside(db)) as connection:
        why = "as asked" if rebuild else None
        try:
            held = opened(folder)
            why = why or _unusable(connection, held)
            if why is None:
                done = _caught_up(connection, held, tell)
                why = _unusable(connection, held, thorough=thorough)
        except IndexDamagedError as error:
            why = why or str(error)
        except BaseException as error:
            place = current(folder)
            if not is_of_index(error) or place is None or not damaged(place):
                raise
            why = "its files are damaged"
        if why is not None:
            if most_anew is not None and _articles(connection) > most_anew:
                raise IndexDamagedError(why)
            remove_others(folder)  # of those who were killed while they made one
            held, done = _made_anew(connection, folder, tell)
        held.index.reload()
        articles = held.index.searcher().num_docs - 1
    return Brought(done, articles, monotonic() - began, why)


def connected(db: Path, *, any_thread: bool = False) -> sqlite3.Connection:
    """Open an archive to be read; its connection belongs to this thread, or to *any_thread*."""
    return sqlite3.connect(
        reading_address(db), timeout=_TIMEOUT, isolation_level=None, uri=True,
        check_same_thread=not any_thread,
    )  # fmt: skip


def writing_beside(db: Path) -> sqlite3.Connection:
    """Open an archive to be read by whoever may write beside it: the last one to close it folds its
    log, which one that is opened to be read leaves lying about.
    """
    if not os.access(db.parent, os.W_OK) or not os.access(db, os.W_OK):
        return connected(db)
    address = f"{db.resolve().as_uri()}?mode=rw"  # which makes none
    connection = sqlite3.connect(address, timeout=_TIMEOUT, isolation_level=None, uri=True)
    connection.execute("PRAGMA query_only = ON")
    return connection


def newest(connection: sqlite3.Connection) -> int:
    """Return the number of the archive's last change; 0 if it counts none yet."""
    found = connection.execute(_NEWEST).fetchone()
    return int(found[0]) if found else 0


def _articles(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])


def is_behind(db: Path) -> bool:
    """Whether the index of an archive is missing, is another archive's (as that of one that was
    lost and is made again), or does not know its last change.
    """
    with closing(writing_beside(db)) as connection:
        try:
            held = opened(index_of(db))
            state = state_of(held.index.searcher())
        except IndexDamagedError:
            return True
        is_foreign = why_foreign(connection, state) is not None
        return is_foreign or state.uncleared or state.seen != newest(connection)


def may_hold_withheld(db: Path) -> bool:
    """Whether words that are withheld may lie in the index of an archive."""
    folder = index_of(db)
    if current(folder) is None:
        return False
    try:
        with closing(writing_beside(db)) as connection:
            state = state_of(opened(folder).index.searcher())
            return state.uncleared or _is_withheld_since(connection, state)
    except (IndexDamagedError, sqlite3.Error):
        return True


def _is_withheld_since(connection: sqlite3.Connection, state: State) -> bool:
    return connection.execute(_WITHHELD_SINCE, [state.seen]).fetchone() is not None


def _unusable(
    connection: sqlite3.Connection, held: Opened, *, thorough: bool = False
) -> str | None:
    """Return why an index cannot be brought up, but has to be made anew; None if it can."""
    held.index.reload()
    searcher = held.index.searcher()
    state = state_of(searcher)
    if foreign := why_foreign(connection, state):
        return foreign
    if state.uncleared:
        return "words that are withheld were in it"
    if thorough and not _holds_all(connection, state, searcher):
        return "it does not hold the articles that the archive has"
    if thorough and damaged(held.place):
        return "its files are damaged"
    return None


def why_foreign(connection: sqlite3.Connection, state: State) -> str | None:
    """Return why an index is not that of an archive as it is or was before; None if it is."""
    if state.identity != _identity(connection):
        return SearchFault.OTHERS
    if state.seen > newest(connection) or not _has_seen(connection, state):
        return SearchFault.RESTORED
    return None


def why_unsearchable(connection: sqlite3.Connection, state: State) -> str | None:
    """Return why an index must not answer a search of an archive, since it would find what the
    archive does not have, or not show; None if it may.
    """
    try:
        if _is_withheld_since(connection, state):
            return "it does not know yet what is withheld"
        return why_foreign(connection, state)
    except sqlite3.OperationalError as error:  # an archive of an older version has no index
        return f"it is not that of this archive: {error}"


def _identity(connection: sqlite3.Connection) -> str:
    return str(connection.execute(_IDENTITY).fetchone()[0])


def _has_seen(connection: sqlite3.Connection, state: State) -> bool:
    """Whether what changed last, when the index was written, is so yet or has changed since."""
    sql = """
        SELECT changed, substr(text_sha256, 1, 16) FROM articles WHERE code = :code
        UNION ALL SELECT changed, NULL FROM aliases WHERE code = :code"""
    for code, number, digest in state.last:
        rows = connection.execute(sql, {"code": code}).fetchall()
        if not any(now > state.seen or (now, text) == (number, digest) for now, text in rows):
            return False
    return True


def _holds_all(connection: sqlite3.Connection, state: State, searcher: tantivy.Searcher) -> bool:
    """Whether the numbers of all articles are in the index; True where it cannot be told, since
    the archive has changed meanwhile.
    """
    with reading(connection):
        if newest(connection) != state.seen:
            return True
        wanted = connection.execute(_INDEXED).fetchone()
    return tuple(map(int, wanted)) == _holdings(searcher)


@contextmanager
def reading(connection: sqlite3.Connection) -> Iterator[None]:
    """Read the archive as it is at one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.rollback()


def _holdings(searcher: tantivy.Searcher) -> tuple[int, int, int]:
    sums = searcher.aggregate(
        Query.all_query(),
        {name: {"stats": {"field": name}} for name in (CHANGED, ID)},
    )
    return (
        int(sums[ID]["count"]),
        int(sums[CHANGED]["sum"] or 0),
        int(sums[ID]["sum"] or 0),
    )


# Writing


def _caught_up(connection: sqlite3.Connection, held: Opened, tell: Tell) -> int:
    """Take into an index what changed since it was written; return how many changes that were."""
    searcher = held.index.searcher()
    state = state_of(searcher)
    if state.seen == newest(connection):
        return 0
    done = 0
    with _writer(held, _LITTLE, threads=1) as writer:
        while state.seen < (until := newest(connection)):
            count, state = _take(connection, writer, searcher, state, until, tell)
            done += count
            # What is withheld next may be what was just taken in: it is looked for in the index.
            _commit(writer, state)
            held.index.reload()
            searcher = held.index.searcher()
    return done


@contextmanager
def _writer(held: Opened, memory: int, *, threads: int) -> Iterator[tantivy.IndexWriter]:
    """Write to an index; what was not committed when something goes wrong is undone."""
    clear_the_way(held.place)
    writer = held.index.writer(memory, num_threads=threads)
    try:
        yield writer
    except BaseException:
        writer.rollback()
        raise
    finally:
        writer.wait_merging_threads()
        share(held.place)


def _take(
    connection: sqlite3.Connection,
    writer: tantivy.IndexWriter,
    searcher: tantivy.Searcher,
    state: State,
    until: int,
    tell: Tell,
) -> tuple[int, State]:
    """Take the next changes of an archive into an index that may hold what they are of."""
    done, uncommitted = 0, 0
    while True:
        with reading(connection):
            changes = _changes(connection, state.seen, until)
            held = [article_id for _, _, article_id in changes if article_id is not None]
            found = [*sources(connection, held)]
        if not changes:
            return done, _at(connection, state, until)
        uncleared = state.uncleared or any(
            source.grade is not None and was_whole(searcher, source) for source in found
        )
        for _, code, _ in changes:
            writer.delete_documents_by_term(CODE, code)
        _add(writer, found)
        state = state._replace(seen=changes[-1][0], uncleared=uncleared)
        done += len(changes)
        uncommitted += len(changes)
        tell(done, done)
        if uncommitted >= _MANY:
            _commit(writer, _at(connection, state, state.seen))
            uncommitted = 0


def _changes(
    connection: sqlite3.Connection, after: int, until: int
) -> list[tuple[int, str, int | None]]:
    wanted = {"after": after, "until": until, "most": _BATCH}
    return connection.execute(_AFTER, wanted).fetchall()


def was_whole(searcher: tantivy.Searcher, source: Source) -> bool:
    """Whether an index holds words of an article that is withheld by now."""
    query = Query.boolean_query(
        [
            (tantivy.Occur.Must, Query.term_query(schema(), CODE, source.code)),
            (tantivy.Occur.MustNot, Query.term_query(schema(), GRADE, source.grade or "")),
        ]
    )
    return bool(searcher.search(query, 1).hits)


def _add(writer: tantivy.IndexWriter, found: list[Source]) -> None:
    for source in found:
        if source.is_shown:
            writer.add_document(document(source))


def _at(connection: sqlite3.Connection, state: State, seen: int) -> State:
    """Return the state of an index that has seen all changes up to a number."""
    last = tuple(connection.execute(_LAST_CHANGED, [seen, _LAST]).fetchall())
    return state._replace(seen=seen, last=last)


def _commit(writer: tantivy.IndexWriter, state: State) -> None:
    writer.delete_documents_by_term(KIND, STATE)
    writer.add_document(state_document(state))
    writer.commit()


def _made_anew(connection: sqlite3.Connection, folder: Path, tell: Tell) -> tuple[Opened, int]:
    """Make an index from nothing beside the one in use, and put it in its place."""
    made_now = made(folder)
    state = State(FORMAT, _identity(connection), 0, (), uncleared=False)
    threads = max(1, min(_MOST_THREADS, os.cpu_count() or 1))
    try:
        with _writer(made_now, _MUCH, threads=threads) as writer:
            until = newest(connection)
            total, done = _articles(connection), 0
            # What changes meanwhile takes a later number, so that nothing here comes twice.
            while changes := _changes_of_held(connection, state.seen, until):
                with reading(connection):
                    found = [*sources(connection, [article_id for _, article_id in changes])]
                _add(writer, [source for source in found if source.changed <= until])
                state = state._replace(seen=changes[-1][0])
                done += len(changes)
                tell(done, total)
            _commit(writer, _at(connection, state, until))
        made_now.index.reload()
        done += _caught_up(connection, made_now, tell)
    except BaseException:
        remove_others(folder)
        raise
    use(folder, made_now.place)
    return made_now, done


def _changes_of_held(
    connection: sqlite3.Connection, after: int, until: int
) -> list[tuple[int, int]]:
    sql = """
        SELECT changed, id FROM articles WHERE changed > ? AND changed <= ?
        ORDER BY changed LIMIT ?"""
    return connection.execute(sql, [after, until, _BATCH]).fetchall()
