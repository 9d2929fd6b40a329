"""Every command over archives damaged in many ways: a line, the right code, no traceback."""

import random
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click
import pytest
import uvicorn
from click.testing import CliRunner, Result

from curation import parallel
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, long, run
from tinhuyen.cli import main
from tinhuyen.commands import serve

POSTS = 12
EDITED = [f"Đoạn {n} của bài viết đã được biên tập lại cho đúng số liệu." for n in range(1, 21)]
WAY_OUT = re.compile(r"--db|backup|docs/keeping\.md|verify|crawl|use that version")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Archived:
    """An archive of a portal that was crawled, and captures of it that can be imported."""
    portal = Portal.scaled(POSTS, page_bytes=0)
    with serving(portal) as server:
        archived = Archived(tmp_path_factory.mktemp("sound"), server)
        archived.describe(server.url + "/")
        archived.crawl()
        portal.edit(portal.newest[3].slug, body="\n\n".join(EDITED))
        archived.crawl("--full")
    done = run("export", "warc", "--db", archived.db, archived.folder / "all.warc.gz")
    assert done.code == 0, done.err
    return archived


@pytest.fixture
def archived(sound: Archived, tmp_path: Path) -> Archived:
    """A copy of it, to be damaged."""
    shutil.copytree(sound.folder, tmp_path / "copy")
    shutil.copytree(sound.folder, tmp_path / "copy" / "other")
    return Archived(tmp_path / "copy")


# Damages

Damage = Callable[[Path], None]


def flipped(seed: int, number: int) -> Damage:
    """Change so many bytes anywhere behind the header of the file."""

    def damage(db: Path) -> None:
        chance, data = random.Random(seed), bytearray(db.read_bytes())
        for _ in range(number):
            data[chance.randrange(100, len(data))] ^= chance.randrange(1, 256)
        db.write_bytes(data)

    return damage


def changed(*statements: str) -> Damage:
    """Change an archive by other means than ours."""

    def damage(db: Path) -> None:
        with closing(sqlite3.connect(db, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)

    return damage


def half(db: Path) -> None:
    data = db.read_bytes()
    db.write_bytes(data[: len(data) // 2])


def headless(db: Path) -> None:
    db.write_bytes(bytes(100) + db.read_bytes()[100:])


def folder(db: Path) -> None:
    db.unlink()
    db.mkdir()


def empty(db: Path) -> None:
    db.write_bytes(b"")


def text(db: Path) -> None:
    db.write_text("Kính gửi UBND huyện,\n" * 500, encoding="utf-8")


def of_another_program(db: Path) -> None:
    db.unlink()
    changed("CREATE TABLE invoices (id INTEGER)")(db)


TABLES = ("articles", "articles_fts", "captures", "revisions", "urls")
NEWER = (
    "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
    "VALUES ('tinhuyen', 'add_quantum_search', '2031-01-01')"
)
DAMAGED: dict[str, Damage] = {
    **{
        f"{number} bytes, {seed}": flipped(seed, number) for number in (3, 400) for seed in range(4)
    },
    "half": half,
    **{f"without {table}": changed(f"DROP TABLE {table}") for table in TABLES},
    "without an index": changed("DROP INDEX articles_by_date"),
    "without its migrations": changed("DROP TABLE _sqlite_migrations"),
    "a day that is none": changed("UPDATE captures SET fetched_at = 'hôm nào đó'"),
    "no JSON": changed("UPDATE routes SET pending = '['"),
    "a state that is none": changed(
        "PRAGMA ignore_check_constraints = 1", "UPDATE urls SET state = 'mất'"
    ),
}
"""What is an archive still, by its first bytes, and damaged."""
REFUSED: dict[str, Damage] = {
    "headless": headless,
    "empty": empty,
    "folder": folder,
    "text": text,
    "another program's": of_another_program,
    "newer": changed(NEWER),
}
"""What no command takes for an archive that it can work on."""
HIDDEN = ("3 bytes", "a day", "no JSON", "a state")
"""What SQLite keeps no sum of, so that it may be where nothing can be held against it."""
COMMANDS: dict[str, list[str]] = {
    "serve": [],
    "gaps": [],
    "export warc": ["{out}.warc.gz"],
    "export wacz": ["{out}.wacz"],
    "export jsonl": ["--revisions", "{out}.jsonl"],
    "export csv": ["{out}.csv"],
    "export parquet": ["{out}.parquet"],
    "export static": ["{out}.static"],
    "status": [],
    "alarms": [],
    "alarms --check": [],
    "export wxr": ["{out}.xml"],
    "index": [],
    "index --check": [],
    "verify": [],
    "verify --fast": [],
    "quarantine": [],
    "reread --dry-run": [],
    "reread": ["--reindex"],
    "accept": ["1"],
    "hide": [],
    "review": [],
    "review --json": ["3"],
    "backup": ["{out}"],
    "recompress --dry-run": [],
    "recompress": [],
    "release": ["{out}"],
    "owner": ["test"],
    "import": ["{warc}"],
    "merge": ["{source}"],
}
WRITING = (
    *("reread", "recompress", "accept", "import", "merge", "crawl", "backup", "verify", "alarms"),
)
UNTOUCHED = (
    *("sites", "add", "inspect", "learn", "demo", "crawl", "survey", "restore", "schedule"),
    "fleet",
)
"""They know of no archive, or only ask one how a site is read; what asks hosts or a PostgreSQL,
which wants a process of its own, has tests of its own.
"""


def test_every_command_is_walked() -> None:
    context = click.Context(main)
    walked = {name.split()[0] for name in COMMANDS}
    assert walked | set(UNTOUCHED) == set(main.list_commands(context))


@pytest.fixture(autouse=True)
def alone(sound: Archived, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run all of a command in this process, and serve nothing."""
    monkeypatch.setattr(parallel, "cores", lambda: 1)
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: None)
    monkeypatch.setattr(serve, "_listen", lambda host, port: None)
    monkeypatch.setattr("crawler.settings.SITES_DIR", str(sound.folder / "sites"))
    monkeypatch.setattr("os.nice", lambda _: 0)


def of(command: str, archived: Archived, out: Path) -> Result:
    arguments = [
        argument.format(
            out=out, warc=archived.folder / "all.warc.gz", source=archived.folder / "other"
        )
        for argument in COMMANDS[command]
    ]
    return CliRunner().invoke(main, [*command.split(), "--db", str(archived.db), *arguments])


def content(db: Path) -> bytes | None:
    return db.read_bytes() if db.is_file() else None


def assert_told(done: Result, db: Path, command: str, *codes: int) -> None:
    """Require that a command ended by itself, and that a mistake is a line with a way out."""
    told = f"{command}: {done.output}"
    assert done.exception is None or isinstance(done.exception, SystemExit), (
        f"{command}: {done.exception!r}"
    )
    assert done.exit_code in codes, told
    assert "Traceback" not in done.output, told
    if done.exit_code == 2:
        assert done.stderr.count("\n") == 1, told
        assert done.stderr.startswith("Error: "), told
        assert str(db) in done.stderr, told
        assert WAY_OUT.search(done.stderr), told
    elif done.exit_code == 1:
        assert done.output.strip(), told


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_archive_is_refused(kind: str, archived: Archived, tmp_path: Path) -> None:
    REFUSED[kind](archived.db)
    before = content(archived.db)
    for number, command in enumerate(COMMANDS):
        if (kind, command) in {("empty", "import"), ("empty", "merge")}:
            continue  # which make archives
        assert_told(of(command, archived, tmp_path / f"{number}"), archived.db, command, 2)
        assert content(archived.db) == before, command


@pytest.mark.parametrize(
    "kind", [long(k) if k.endswith((", 1", ", 2", ", 3")) else k for k in DAMAGED]
)
def test_a_damaged_archive_is_told_in_a_line(kind: str, archived: Archived, tmp_path: Path) -> None:
    DAMAGED[kind](archived.db)
    before = content(archived.db)
    assert before
    for number, command in enumerate(COMMANDS):
        done = of(command, archived, tmp_path / f"{number}")
        finds = command.startswith("verify") and not kind.startswith(HIDDEN)
        codes = (1, 2) if finds else (0, 1, 2)
        assert_told(done, archived.db, command, *codes)
        if command.split()[0] not in WRITING or "--dry-run" in command:
            assert content(archived.db) == before, command
        else:
            for file in archived.folder.glob("archive.db-*"):
                file.unlink()
            archived.db.write_bytes(before)


@pytest.mark.parametrize("kind", ["400 bytes, 0", "without articles", "a day that is none", "half"])
def test_a_crawl_of_a_damaged_archive_ends_with_a_line(kind: str, archived: Archived) -> None:
    """Its portal does not answer any more."""
    DAMAGED[kind](archived.db)
    done = run(
        "crawl", "test", "--db", archived.db, "-s", "RETRY_TIMES=0",
        TINHUYEN_SITES=str(archived.folder / "sites"),
    )  # fmt: skip
    assert done.code in (1, 2), done.out + done.err
    assert "Traceback" not in done.out + done.err
    if done.code == 2:
        assert done.err.splitlines()[-1].startswith(f"Error: {archived.db}: ")


@pytest.mark.parametrize("command", COMMANDS)
def test_only_a_crawl_and_an_import_make_an_archive(
    command: str, archived: Archived, tmp_path: Path
) -> None:
    missing = Archived(tmp_path / "missing")
    missing.folder.mkdir()
    shutil.copy(archived.folder / "all.warc.gz", missing.folder)
    done = of(command, missing, tmp_path / "out")
    if command == "import":
        assert (done.exit_code, missing.db.exists()) == (0, True), done.output
        return
    lacking, way_out = missing.db, f"make one with: tinhuyen crawl demo --db {missing.db}"
    if command == "merge":  # it would make one, but of another, which is missing, too
        lacking = missing.folder / "other"
        way_out = "name an archive.db that was made by tinhuyen crawl, or the folder that holds it"
    assert done.exit_code == 2
    assert done.stderr == f"Error: {lacking}: no such archive; {way_out}\n"
    assert [file.name for file in missing.folder.iterdir()] == ["all.warc.gz"]
