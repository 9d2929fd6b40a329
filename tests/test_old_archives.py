"""Archives as older versions made them: the next command brings them up to date, without loss.

``tests/fixtures/archives/`` holds archives of 0.1 and 0.2, each with its site: crawls of the demo
portal, of one whose articles changed, went and turned into spam, and of a real WordPress (without
its captures, which are pages of somebody else's theme). The one of 0.2 is of a portal of six
articles, of which two were edited.
"""

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from archive import Archive, ArchiveError
from archive.connection import Connection
from archive.schema import migrations
from archive.tables.articles_fts import Index
from crawler.text.fold import fold
from tests.conftest import Archived, Run, long, run
from tests.content import content_hash

FOLDER = Path(__file__).parent / "fixtures" / "archives"
NAMES = sorted(file.name.removesuffix(".tar.xz") for file in FOLDER.glob("*.tar.xz"))
READING = {"gaps": None, "quarantine": 0, "verify": 0, "export jsonl": 0, "export csv": 0}
"""Commands that only read, and their exit codes; that of ``gaps`` is by the verdict."""
OURS = ("_sqlite_migrations", "sqlite_")
"""How tables begin whose rows are no holdings."""

Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(params=NAMES)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Archived:
    return unpacked(request.param, tmp_path)


def unpacked(name: str, folder: Path) -> Archived:
    with tarfile.open(FOLDER / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return Archived(folder)


def commanded(archived: Archived, command: str) -> Run:
    out = [archived.folder / "out"] if command.startswith("export") else []
    sites = str(archived.folder / "sites")
    return run(*command.split(), "--db", archived.db, *out, TINHUYEN_SITES=sites)


def pending(db: Path) -> list[str]:
    with closing(sqlite3.connect(db)) as connection:
        return [migration.name for migration in migrations.pending(Connection(connection))]


def holdings(db: Path, like: Rows | None = None) -> Rows:
    """Return all rows of all tables; of an archive brought up to date, the columns it had."""
    with closing(sqlite3.connect(db)) as connection:
        tables = like or [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith(OURS) and "_fts" not in name
        ]
        found: Rows = {}
        for table in tables:
            columns = list(like[table][0]) if like else _columns(connection, table)
            listed = ", ".join(columns)
            rows = connection.execute(f"SELECT {listed} FROM {table} ORDER BY {listed}")
            found[table] = [tuple(columns), *rows]
        return found


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_xinfo({table})")]


def test_there_are_archives_of_each_kind() -> None:
    assert NAMES == ["0.1-demo", "0.1-history", "0.1-wordpress", "0.2-history"]


def test_they_are_older_and_hold_what_is_to_be_kept(tmp_path: Path) -> None:
    for name in NAMES:
        assert pending(unpacked(name, tmp_path / name).db), f"{name} is of this version"
    with closing(sqlite3.connect(tmp_path / "0.1-history" / "archive.db")) as connection:

        def number(sql: str) -> int:
            return int(connection.execute(sql).fetchone()[0])

        assert number("SELECT count(*) FROM revisions") == 2
        assert number("SELECT count(*) FROM quarantine") == 2
        assert number("SELECT count(*) FROM urls WHERE gone_since IS NOT NULL") == 2
        assert number("SELECT count(*) FROM media WHERE state = 'held'") > 0
    with closing(sqlite3.connect(tmp_path / "0.2-history" / "archive.db")) as connection:
        assert number("SELECT count(*) FROM articles") == 6
        assert number("SELECT count(*) FROM revisions") == 2


@pytest.mark.parametrize("command", [c if c in ("gaps", "verify") else long(c) for c in READING])
def test_the_next_command_brings_it_up_to_date(command: str, old: Archived) -> None:
    before, digest = holdings(old.db), content_hash(old.db)
    done = commanded(old, command)
    has_captures = (old.folder / "captures").is_dir()
    if command != "verify" or has_captures:
        assert done.code == READING[command] or command == "gaps", done.out + done.err
    assert not pending(old.db)
    assert holdings(old.db, before) == before
    assert content_hash(old.db) == digest


@pytest.mark.parametrize("name", ["0.1-demo", "0.1-history", "0.2-history"])
def test_it_reads_as_it_did(name: str, tmp_path: Path) -> None:
    """What this version cleans out of a text that 0.1 did not, a reread brings."""
    old = unpacked(name, tmp_path)
    commanded(old, "gaps")
    digest = content_hash(old.db)
    done = commanded(old, "reread")
    assert done.code == 0, done.err
    assert content_hash(old.db) == digest
    assert commanded(old, "verify").code == 0


class StoppedError(Exception):
    """The machine goes down."""


@pytest.mark.parametrize("read_only", [True, False])
def test_an_interrupted_migration_leaves_what_was_there(
    read_only: bool, old: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, waiting = holdings(old.db), pending(old.db)

    def stop(db: Connection) -> None:
        migrations.pending(db)[0].fn(db)
        raise StoppedError

    with monkeypatch.context() as patched:
        patched.setattr(migrations, "apply", stop)
        with pytest.raises(StoppedError):
            Archive.open(old.db, read_only=read_only)
    assert pending(old.db) == waiting
    assert holdings(old.db) == before
    Archive.open(old.db, read_only=read_only).close()
    assert not pending(old.db)
    assert holdings(old.db, before) == before


def test_one_that_cannot_be_written_is_told(old: Archived, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(db: Connection) -> None:
        raise sqlite3.OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(migrations, "apply", full)
    with pytest.raises(ArchiveError, match="made by an older version of Tin Huyện") as told:
        Archive.open(old.db, read_only=True)
    assert str(old.db) in str(told.value)
    assert "copy it to where you may write" in str(told.value)


def test_look_alikes_are_found_in_an_older_archive(tmp_path: Path) -> None:
    """What the index of 0.1 held for Ð and m² is replaced, and nothing else."""
    old = unpacked("0.1-demo", tmp_path)
    body, folded = "Ðường vào Nà Lẹng rộng 120m².", "Ðuong vao Na Leng rong 120m²."
    delete = (
        "INSERT INTO articles_fts (articles_fts, rowid, title, lead, body, exact)"
        " VALUES ('delete', ?, ?, ?, ?, ?)"
    )
    index = "INSERT INTO articles_fts (rowid, title, lead, body, exact) VALUES (?, ?, ?, ?, ?)"
    with closing(sqlite3.connect(old.db)) as connection, connection:
        number, title, lead, text = connection.execute(
            "SELECT id, title, coalesce(lead, ''), coalesce(body, '') FROM articles LIMIT 1"
        ).fetchone()
        before = [fold(title), fold(lead)]
        was = "\n".join([title, lead, text])
        connection.execute(delete, [number, *before, fold(text), was])
        connection.execute("UPDATE articles SET body = ? WHERE id = ?", [body, number])
        connection.execute(index, [number, *before, folded, "\n".join([title, lead, body])])
    Archive.open(old.db).close()
    sql = "SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? AND rowid = ?"
    with closing(sqlite3.connect(old.db)) as connection:
        for query in ("duong", "120m2", '"duong vao na leng"'):
            assert connection.execute(sql, [f"body : {query}", number]).fetchall(), query
        assert not connection.execute(sql, ["body : Ðuong", number]).fetchall()
        assert not list(Index(Connection(connection)).faults(lambda count: None))
