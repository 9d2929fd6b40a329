"""Every command, and each exit code that its help names: what is documented is what happens."""

import os
import re
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import click
import pytest
from filelock import FileLock

from demo.faults import Fault, Faults
from demo.portal import Portal
from demo.server import Server, serving
from tests.conftest import Archived, run
from tests.fleets import postgres_apart
from tests.makers import portals
from tests.postgres import Postgres
from tests.raw import bare, of_pages, raw_server
from tests.test_quarantine import SPAM
from tests.test_taught import served
from tests.warcs import page, write_warc
from tinhuyen.cli import main

POSTS = 4
NOTHING = ("--db", "none.db")
"""An archive that is not there."""


@dataclass(frozen=True)
class Place:
    """A copy of a sound archive, the portal that it is of, and what a case needs beside."""

    archived: Archived
    portal: Server
    stack: ExitStack
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def db(self) -> tuple[str, str]:
        return "--db", str(self.archived.db)

    @property
    def article(self) -> str:
        (row, *_) = self.archived.rows("SELECT url FROM articles ORDER BY id")
        return str(row["url"])

    def change(self, sql: str) -> None:
        """Change the archive by other means than ours."""
        with closing(sqlite3.connect(self.archived.db)) as connection, connection:
            connection.execute(sql)

    def lock(self) -> None:
        """Hold the site as another crawl of it does."""
        self.stack.enter_context(FileLock(f"{self.archived.db}.test.lock"))

    def without(self, program: str) -> tuple[str, ...]:
        """Let a program of the machine's do nothing but fail."""
        file = Path(self.file(f"bin/{program}", "#!/bin/sh\nexit 1\n"))
        file.chmod(0o755)
        self.environment["PATH"] = f"{file.parent}:{os.environ['PATH']}"
        return ()

    def file(self, name: str, content: str | bytes = "") -> str:
        path = self.archived.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)


Case = Callable[[Place], tuple[str, ...]]
"""Brings about what an exit code stands for, and returns what to call a command with."""


def missing(*arguments: str) -> Case:
    return lambda place: (*arguments, *NOTHING)


def plain(*arguments: str) -> Case:
    return lambda place: (*arguments, *place.db)


def without_db(*arguments: str) -> Case:
    return lambda place: arguments


def dead_portal(place: Place) -> tuple[str, ...]:
    place.archived.describe("http://127.0.0.1:1/")
    return ("test", *place.db, "-s", "RETRY_TIMES=0")


def busy(*arguments: str) -> Case:
    def case(place: Place) -> tuple[str, ...]:
        place.lock()
        return (*arguments, *place.db)

    return case


def index_behind(place: Place) -> tuple[str, ...]:
    place.change("UPDATE articles SET title = 'Tiêu đề khác'")
    return ("--check", *place.db)


def index_busy(place: Place) -> tuple[str, ...]:
    place.stack.enter_context(FileLock(place.archived.folder / "archive.index" / "writer.lock"))
    return place.db


def set_aside(place: Place) -> tuple[str, ...]:
    """Have the archive set a page aside that was an article."""
    body = f"<html><body><h1>Khuyến mãi</h1><p>{SPAM}</p></body></html>".encode()
    path = place.article.removeprefix(place.portal.url)
    place.portal.faults.paths[path] = Fault(body=body)
    place.archived.crawl("--full", code=None)
    place.portal.faults.paths.clear()
    (row, *_) = place.archived.rows("SELECT capture_id FROM quarantine")
    return (str(row["capture_id"]), *place.db)


def of_taught(place: Place) -> tuple[str, ...]:
    portal = next(one for one in portals() if one.name == "cells")
    server = next(generator := served(portal))
    place.stack.callback(generator.close)
    return (server.url + "/",)


def of_bare(place: Place) -> tuple[str, ...]:
    server = place.stack.enter_context(raw_server(of_pages({"/": bare()})))
    return (server.url + "/",)


def in_question(place: Place) -> tuple[str, ...]:
    place.change(
        "INSERT INTO takeovers (site, host, since, gone, strangers, message) "
        "VALUES ('test', 'huyen.example', '2026-01-01T00:00:00Z', 9, 9, 'người lạ')"
    )
    return ("test", *place.db)


def another_portal(place: Place) -> tuple[str, ...]:
    server = place.stack.enter_context(serving(Portal.scaled(POSTS, page_bytes=0)))
    return (server.url + "/", "--dry-run")


def unfinished(place: Place) -> tuple[str, ...]:
    """Let nothing have been crawled for years."""
    long_ago = "'2020-01-01T00:00:00Z'"
    place.change(f"UPDATE runs SET started_at = {long_ago}, finished_at = {long_ago}")
    place.change(f"UPDATE routes SET checked_at = {long_ago}, walked_at = {long_ago}")
    return place.db


def unproved(place: Place) -> tuple[str, ...]:
    place.change("DELETE FROM routes")
    return place.db


def lost(place: Place) -> tuple[str, ...]:
    """Lose all that was received."""
    for file in (place.archived.folder / "captures").rglob("*.warc*"):
        file.unlink()
    return place.db


def changed(place: Place) -> tuple[str, ...]:
    place.change("UPDATE articles SET body = 'Không ai viết câu này.' WHERE id = 1")
    return place.db


def nothing_held(kind: str) -> Case:
    def case(place: Place) -> tuple[str, ...]:
        for table in ("revisions", "articles"):
            place.change(f"DELETE FROM {table}")
        place.change("DELETE FROM captures")
        return (str(place.archived.folder / f"out.{kind}"), *place.db)

    return case


def exported(kind: str) -> Case:
    return lambda place: (str(place.archived.folder / f"out.{kind}"), *place.db)


def file_of(host: str) -> Case:
    """Return what imports a file with a page of a host."""

    def case(place: Place) -> tuple[str, ...]:
        url = f"{place.portal.url if host == 'test' else host}/bai-cu/"
        body = b"<html><body><h1>B&agrave;i c&#361;</h1><p>N&#7897;i dung.</p></body></html>"
        file = write_warc(place.archived.folder / "old.warc.gz", [page(url, body)])
        return (str(file), *place.db)

    return case


def another_s_port(place: Place) -> tuple[str, ...]:
    taken = place.stack.enter_context(socket.socket())
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    return ("--port", str(taken.getsockname()[1]))


def backed_up(place: Place) -> str:
    """Return where a backup of the archive lies."""
    dest = str(place.archived.folder / "backup")
    assert not run("backup", dest, *place.db).code
    return dest


def backup_under_way(place: Place) -> tuple[str, ...]:
    dest = backed_up(place)
    place.stack.enter_context(FileLock(f"{dest}/tinhuyen-backup.lock"))
    return (dest, *place.db)


def restored(place: Place) -> tuple[str, ...]:
    return (backed_up(place), str(place.archived.folder / "restored"))


def damaged_backup(place: Place) -> tuple[str, ...]:
    source, to = restored(place)
    next(Path(source).glob("data/*/*")).unlink()
    return (source, to)


_OF_A_MODULE = ExitStack()


@cache
def fleet_server() -> Postgres:
    """A PostgreSQL for the cases of this module that need one."""
    return _OF_A_MODULE.enter_context(postgres_apart())


def in_a_fleet(*arguments: str) -> Case:
    def case(place: Place) -> tuple[str, ...]:
        place.environment["TINHUYEN_FLEET_DSN"] = fleet_server().database()
        store = ("--store", str(place.archived.folder / "store"))
        done = run("fleet", "init", *store, **place.environment)
        assert done.code == 0, done.err
        return (*arguments, *(store if arguments == () else ()))

    return case


def unreachable(*arguments: str) -> Case:
    return lambda place: (*arguments, "--dsn", "postgresql://127.0.0.1:1/khong")


def collecting(place: Place) -> tuple[str, ...]:
    place.stack.enter_context(FileLock(f"{place.archived.db}.collecting.lock"))
    return (*in_a_fleet("collect")(place)[1:], *place.db)


def another_archive(place: Place) -> str:
    """Return where another archive lies that can be merged."""
    other = place.archived.folder / "other"
    shutil.copytree(place.archived.folder, other)
    return str(other)


def merge_into_a_file(place: Place) -> tuple[str, ...]:
    place.file("new-captures")
    return (another_archive(place), "--db", "new.db")


CASES: dict[str, dict[int, Case]] = {
    "fleet init": {
        0: in_a_fleet(), 1: unreachable("--store", "noi-nao"), 2: without_db("--store", "x"),
    },
    "fleet enqueue": {0: in_a_fleet("test"), 1: unreachable("test"), 2: without_db("test")},
    "fleet worker": {1: unreachable(), 2: without_db()},
    "fleet collect": {0: in_a_fleet("--json"), 1: unreachable(), 2: without_db(), 75: collecting},
    "fleet status": {0: in_a_fleet("--json"), 1: unreachable(), 2: without_db()},
    "fleet drain": {0: in_a_fleet("--no-wait"), 1: unreachable(), 2: without_db()},
    "alarms": {
        0: plain("--check"),
        1: lambda place: (
            in_question(place), ("--acknowledge", "99", "--by", "operator", *place.db),
        )[1],
        2: missing(),
    },
    "accept": {0: set_aside, 1: plain("999999"), 2: missing("1")},
    "add": {
        0: another_portal,
        1: lambda place: ("--from", place.file("many.csv", "url\nhttp://127.0.0.1:1/\n")),
        2: without_db(),
    },
    "review": {
        0: plain("2"),
        1: plain("--found", "khongcobainay", "right"),
        2: missing(),
    },
    "backup": {
        0: exported("d"),
        1: lambda place: (str(place.archived.folder / "none" / "backup"), *place.db),
        2: missing("backup"), 75: backup_under_way,
    },
    "crawl": {0: plain("test"), 1: dead_portal, 2: plain("khong_co"), 75: busy("test")},
    "export csv": {0: exported("csv"), 1: nothing_held("csv"), 2: missing("x.csv")},
    "export jsonl": {0: exported("jsonl"), 1: nothing_held("jsonl"), 2: missing("x.jsonl")},
    "export parquet": {0: exported("parquet"), 1: nothing_held("parquet"), 2: missing("x.parquet")},
    "export static": {0: exported("static"), 1: nothing_held("static"), 2: missing("x.static")},
    "export wacz": {0: exported("wacz"), 1: nothing_held("wacz"), 2: missing("x.wacz")},
    "export warc": {0: exported("warc.gz"), 1: nothing_held("warc.gz"), 2: missing("x.warc.gz")},
    "export wxr": {0: exported("xml"), 1: nothing_held("xml"), 2: missing("x.xml")},
    "gaps": {0: plain("test"), 1: unproved, 2: missing()},
    "hide": {
        0: lambda place: (place.article, "--reason", "thử", *place.db),
        1: plain("c000000000000", "--reason", "thử"),
        2: missing(),
    },
    "merge": {
        0: lambda place: (another_archive(place), *place.db),
        1: merge_into_a_file,
        2: plain("nowhere/archive.db"),
        75: lambda place: (place.lock(), (another_archive(place), *place.db))[1],
    },
    "import": {
        0: file_of("test"), 1: file_of("https://cua-ai.example"), 2: plain("khong-co.warc.gz"),
        75: lambda place: (place.lock(), file_of("test")(place))[1],
    },
    "inspect": {
        0: lambda place: (place.article,),
        1: lambda place: (place.portal.url + "/",),
        2: without_db("khong-co.html"),
    },
    "learn": {0: of_taught, 1: of_bare, 2: without_db("http://127.0.0.1:1/")},
    "owner": {0: plain("test"), 1: in_question, 2: missing("test")},
    "quarantine": {0: plain(), 2: missing()},
    "release": {0: exported("release"), 1: nothing_held("release"), 2: missing("x.release")},
    "recompress": {0: plain(), 1: lost, 2: missing(), 75: busy()},
    "reread": {0: plain(), 1: lost, 2: missing()},
    "restore": {
        0: restored,
        1: lambda place: (str(place.archived.folder / "none"), "to"),
        2: damaged_backup,
    },
    "schedule cron": {
        0: plain(), 1: lambda place: ("--install", *place.without("crontab"), *place.db),
        2: plain("--", "--khong-co"),
    },
    "schedule github": {0: plain(), 2: plain("--every", "5")},
    "schedule systemd": {
        0: plain("--user"),
        1: lambda place: ("--user", "--install", *place.without("systemctl"), *place.db),
        2: plain("--system", "--user"),
    },
    "serve": {2: missing()},
    "demo": {2: another_s_port},
    "sites": {0: without_db("test"), 1: without_db("khong-dau-co"), 2: without_db("--khong-co")},
    "survey": {
        0: plain("test", "--no-archives"),
        1: plain("test", "--wayback", "http://127.0.0.1:1/", "-s", "RETRY_TIMES=0"),
        2: plain("khong_co"),
    },
    "status": {0: plain("test"), 1: unfinished, 2: missing()},
    "index": {0: plain(), 1: index_behind, 2: missing(), 75: index_busy},
    "verify": {0: plain(), 1: changed, 2: missing()},
}  # fmt: skip
ENDED_BY_A_PERSON = {("serve", 0), ("demo", 0), ("fleet worker", 0)}
"""What goes on until somebody ends it: `tests/test_cli.py` and `tests/test_fleet.py` do."""


def commands(group: click.Group, *above: str) -> Iterator[tuple[str, click.Command]]:
    """Yield all commands, each with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)
        else:
            yield " ".join((*above, name)), command


def documented(command: click.Command) -> set[int]:
    """Return the exit codes that the help of a command names."""
    told = (command.help or "").partition("Exit codes:")[2]
    return {int(code) for code in re.findall(r"(?:^|;|\n)\s*([0-9]+)\s", told)}


def test_every_command_documents_its_exit_codes_and_each_has_a_case() -> None:
    told = {name: documented(command) for name, command in commands(main)}
    cases = {name: {*codes} for name, codes in CASES.items()}
    for name, code in ENDED_BY_A_PERSON:
        cases[name].add(code)
    assert told == cases


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    """A portal that was crawled, and is still there."""
    with serving(Portal.scaled(POSTS, page_bytes=0), Faults()) as server:
        archived = Archived(tmp_path_factory.mktemp("sound"), server)
        archived.describe(server.url + "/")
        archived.crawl()
        yield archived


@pytest.fixture(scope="module", autouse=True)
def closed() -> Iterator[None]:
    yield
    _OF_A_MODULE.close()
    fleet_server.cache_clear()


@pytest.fixture
def place(sound: Archived, tmp_path: Path) -> Iterator[Place]:
    shutil.copytree(sound.folder, tmp_path / "copy")
    assert sound.server
    with ExitStack() as stack:
        yield Place(Archived(tmp_path / "copy", sound.server), sound.server, stack)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param(name, code, id=f"{name} {code}")
        for name, codes in CASES.items()
        for code in codes
    ],
)
def test_what_is_documented_is_what_happens(place: Place, name: str, code: int) -> None:
    arguments = CASES[name][code](place)
    done = run(
        *name.split(), *arguments, cwd=place.archived.folder,
        TINHUYEN_SITES=str(place.archived.folder / "sites"),
        TINHUYEN_CONTACT="https://tinhuyen.example/contact", **place.environment,
    )  # fmt: skip
    assert done.code == code, done.out + done.err
    assert "Traceback" not in done.err
    assert done.out or done.err, "whatever a code says is said in words"
