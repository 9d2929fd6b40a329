"""Bringing the index up to the archive: after changes, from nothing, and held against it.

It is read off the archive what changed since (``articles.changed``, ``aliases``), whoever changed
it. So nobody who writes to an archive needs to know of the index, and what one did not do, because
it was killed or could not, the next one does.
"""

import json
import os
import sqlite3
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import tantivy
from tantivy import FieldType, Query

from archive.reading import reading_address
from archive.search.documents import (
    CHANGED,
    CODE,
    DIGEST,
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
_TRAILER = struct.Struct("<II")
_MAGIC = 1337
"""What a file of Tantivy's ends with: how long its footer is, and this."""
_PIECE = 1 << 20

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
            if not is_of_index(error) or place is None or all(map(_is_intact, _files(place))):
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
    if thorough and not all(map(_is_intact, _files(held.place))):
        return "its files are damaged"
    return None


def why_foreign(connection: sqlite3.Connection, state: State) -> str | None:
    """Return why an index is not that of an archive as it is or was before; None if it is."""
    if state.identity != _identity(connection):
        return "it is that of another archive, or of one before its schema changed"
    if state.seen > newest(connection) or not _has_seen(connection, state):
        return "the archive was restored to an earlier state"
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
    with _reading(connection):
        if newest(connection) != state.seen:
            return True
        wanted = connection.execute(_INDEXED).fetchone()
    return tuple(map(int, wanted)) == _holdings(searcher)


@contextmanager
def _reading(connection: sqlite3.Connection) -> Iterator[None]:
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
    with _writer(held.index, _LITTLE, threads=1) as writer:
        while state.seen < (until := newest(connection)):
            count, state = _take(connection, writer, searcher, state, until, tell)
            done += count
            # What is withheld next may be what was just taken in: it is looked for in the index.
            _commit(writer, state)
            held.index.reload()
            searcher = held.index.searcher()
    return done


@contextmanager
def _writer(index: tantivy.Index, memory: int, *, threads: int) -> Iterator[tantivy.IndexWriter]:
    """Write to an index; what was not committed when something goes wrong is undone."""
    writer = index.writer(memory, num_threads=threads)
    try:
        yield writer
    except BaseException:
        writer.rollback()
        raise
    finally:
        writer.wait_merging_threads()


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
        with _reading(connection):
            changes = _changes(connection, state.seen, until)
            held = [article_id for _, _, article_id in changes if article_id is not None]
            found = [*sources(connection, held)]
        if not changes:
            return done, _at(connection, state, until)
        uncleared = state.uncleared or any(
            source.grade is not None and _was_whole(searcher, source) for source in found
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


def _was_whole(searcher: tantivy.Searcher, source: Source) -> bool:
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
        with _writer(made_now.index, _MUCH, threads=threads) as writer:
            until = newest(connection)
            total, done = _articles(connection), 0
            # What changes meanwhile takes a later number, so that nothing here comes twice.
            while changes := _changes_of_held(connection, state.seen, until):
                with _reading(connection):
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


# Checking


def faults(
    db: Path, sample: int | None = None, tell: Tell = lambda done, of: None
) -> Iterator[tuple[int | None, str]]:
    """Yield what is wrong with the index of an archive, each with the article's id, None for the
    index as a whole. Nothing is written.

    All its files are held against their checksums, and each article's document against what the
    archive says; of so many as *sample* it is asked, too, whether they are found by their words.
    What the index has not seen yet is no fault of it, unless it is that something is withheld.
    """
    try:
        held = opened(index_of(db))
        searcher = held.index.searcher()
        state = state_of(searcher)
    except IndexDamagedError as error:
        yield None, f"{error}; make it with: tinhuyen index"
        return
    damaged = [file.name for file in _files(held.place) if not _is_intact(file)]
    for name in damaged:
        yield None, f"{name} is damaged; make it anew with: tinhuyen index --rebuild"
    if damaged:
        return
    with closing(writing_beside(db)) as connection, _reading(connection):
        if why := why_foreign(connection, state):
            yield None, f"{why}; make it anew with: tinhuyen index --rebuild"
            return
        if state.uncleared:
            yield None, "words that are withheld may lie in its files; to clear it: tinhuyen index"
        yield from _compared(connection, searcher, state, sample, tell)


def _files(place: Path) -> Iterator[Path]:
    """Yield the files of an index that Tantivy puts a checksum into."""
    for file in sorted(place.iterdir()):
        if file.suffix and not file.name.startswith(".") and file.suffix != ".json":
            yield file


def _is_intact(file: Path) -> bool:
    """Whether a file of Tantivy's has the checksum that stands in its footer."""
    with file.open("rb") as opened_file:
        size = opened_file.seek(0, os.SEEK_END)
        try:
            opened_file.seek(-_TRAILER.size, os.SEEK_END)
            length, magic = _TRAILER.unpack(opened_file.read())
            opened_file.seek(size - _TRAILER.size - length)
            footer = json.loads(opened_file.read(length))
            left, checksum = size - _TRAILER.size - length, 0
            opened_file.seek(0)
            while left > 0 and (piece := opened_file.read(min(left, _PIECE))):
                checksum = zlib.crc32(piece, checksum)
                left -= len(piece)
            return bool(magic == _MAGIC and left == 0 and checksum == footer["crc"])
        except (OSError, struct.error, ValueError, KeyError):
            return False


def _compared(
    connection: sqlite3.Connection,
    searcher: tantivy.Searcher,
    state: State,
    sample: int | None,
    tell: Tell,
) -> Iterator[tuple[int | None, str]]:
    ids = [row[0] for row in connection.execute("SELECT id FROM articles ORDER BY id")]
    looked_for = max(1, len(ids) // sample) if sample else 1
    told = "; make the index anew with: tinhuyen index --rebuild"
    to_come = "; bring the index up to it with: tinhuyen index"
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        first, last = (
            (start and some[0]),
            (ids[start + _BATCH] - 1 if start + _BATCH < len(ids) else None),
        )
        held = _digests(searcher, first, last)
        for source in sources(connection, some):
            indexed = held.pop(source.id, [])
            if source.changed > state.seen:
                if source.grade is not None and _was_whole(searcher, source):
                    yield source.id, f"the index has it as before it was hidden{to_come}"
                continue
            if source.is_shown and len(indexed) != 1:
                yield source.id, f"the index holds it {len(indexed)} times{told}"
            elif indexed and (not source.is_shown or indexed != [source.digest]):
                yield source.id, f"the index holds it otherwise than the archive{told}"
            elif source.is_shown and source.id % looked_for == 0:
                yield from _unfound(searcher, source, told)
        for article_id in sorted(held):
            if state.seen == newest(connection):
                yield article_id, f"the index holds it, and the archive does not{told}"
        tell(min(start + _BATCH, len(ids)), len(ids))


def _digests(searcher: tantivy.Searcher, first: int, last: int | None) -> dict[int, list[int]]:
    """Return the digests that the index has of the articles of these numbers."""
    query = Query.range_query(schema(), ID, FieldType.Unsigned, first, last)
    found: dict[int, list[int]] = {}
    hits = searcher.search(query, max(1, searcher.num_docs), order_by_field=ID).hits
    addresses = [address for _, address in hits]
    values = zip(
        *(searcher.fast_field_values(name, addresses) for name in (ID, DIGEST)), strict=True
    )
    for article_id, digest in values:
        found.setdefault(int(article_id or 0), []).append(int(digest or 0))
    return found


def _unfound(
    searcher: tantivy.Searcher, source: Source, told: str
) -> Iterator[tuple[int | None, str]]:
    """Yield that an article is not found by its words, exactly or folded, if that is so."""
    from archive.search.words import spellings

    words = [word for text in source[4:7] if text for word in spellings(text)]
    terms = {("exact", word.exact) for word in words} | {("folded", word.folded) for word in words}
    queries = [Query.term_query(schema(), ID, source.id)]
    queries += [Query.term_query(schema(), name, word) for name, word in terms]
    query = Query.boolean_query([(tantivy.Occur.Must, each) for each in queries])
    if not searcher.search(query, 1).hits:
        yield source.id, f"the index does not find it by its words{told}"
