"""What was lost is noticed: a database that is gone, files that go while they are written to."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive import Archive, ArchiveError
from archive.warc import WarcWriter, forgotten
from crawler import settings
from crawler.exchange import Exchange
from curation.exporting.output import atomic_write
from demo.portal import Portal
from tests.conftest import Archived, RawPortal, Run, Serve, long, run
from tests.raw import NOT_FOUND, QUICK, ROBOTS, Asked, answer, chain, held, listing
from tests.test_archive import BASE, NOON, SITE, a_visit
from tinhuyen.cli import main

POSTS = 12
COMMANDS = {
    "crawl": ("test",), "gaps": (), "verify": (), "reread": (), "quarantine": (),
    "accept": ("1",), "hide": (), "export": ("jsonl",),
}  # fmt: skip
"""What opens an archive, with what it has to be told."""


def tinhuyen(archived: Archived, command: str, *arguments: str | Path) -> Run:
    """Run a command on the archive."""
    sites = str(archived.folder / "sites")
    done = run(command, *arguments, "--db", archived.db, TINHUYEN_SITES=sites)
    assert "Traceback" not in done.err, done.err
    return done


def lose_database(archived: Archived) -> None:
    for file in archived.folder.glob("archive.db*"):
        file.unlink()


def captures(archived: Archived) -> list[Path]:
    return sorted((archived.folder / "captures").glob("*/*.warc.zst"))


EDITED = "\n\n".join(f"Đoạn {n} của bài đã được sửa lại cho đúng số liệu." for n in range(30))
TEXTS = (
    "SELECT code, url, title, body, author, published_at, text_sha256 FROM articles ORDER BY url"
)
RECEIVED = """
    SELECT url, fetched_at, status, bytes, payload_sha256, warc_file, warc_offset, warc_sha256
    FROM captures ORDER BY warc_file, warc_offset"""


# A database that is gone


def test_a_database_that_is_gone_is_told_and_made_again(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = Portal.scaled(POSTS, page_bytes=0)
    archived = serve(portal)
    archived.crawl()
    portal.edit(portal.newest[3].slug, body=EDITED)
    archived.crawl("--full")
    before = [archived.rows(sql) for sql in (TEXTS, RECEIVED)]
    revisions = archived.rows("SELECT body FROM revisions")
    files = {file: file.read_bytes() for file in captures(archived)}
    lose_database(archived)
    monkeypatch.setattr(settings, "SITES_DIR", str(archived.folder / "sites"))

    for left in ("nothing", "an empty file"):
        for command, arguments in COMMANDS.items():
            more = [str(archived.folder / "x.jsonl")] if command == "export" else []
            asked = [command, *arguments, *more, "--db", str(archived.db)]
            done = CliRunner().invoke(main, asked)
            assert done.exit_code == 2, (left, command, done.output)
            (told,) = done.stderr.splitlines()
            assert f"captures/ holds {len(files)} files of what one has received" in told
            assert f"tinhuyen import --db {archived.db} {archived.folder}/captures/*/*" in told
            assert not archived.db.exists() or not archived.db.stat().st_size
        archived.db.touch()

    done = tinhuyen(archived, "import", *files)

    assert done.code == 0, done.out + done.err
    assert [archived.rows(sql) for sql in (TEXTS, RECEIVED)] == before
    assert archived.rows("SELECT body FROM revisions") == revisions
    assert {file: file.read_bytes() for file in captures(archived)} == files, "in their place"
    verified = tinhuyen(archived, "verify")
    assert verified.code == 0, verified.out
    assert archived.crawl()["new"] == 0
    assert len(archived.urls()) == POSTS


def test_what_was_imported_is_asked_for_once(serve: Serve) -> None:
    """However it became known: the crawl after that leaves it alone."""
    archived = serve(Portal.scaled(POSTS, page_bytes=0))
    archived.crawl()
    lose_database(archived)
    assert tinhuyen(archived, "import", *captures(archived)).code == 0
    waiting = "SELECT count(*) AS n FROM urls WHERE recheck = 'imported'"
    assert archived.rows(waiting) == [{"n": POSTS}]
    archived.crawl()
    assert archived.rows(waiting) == [{"n": 0}]
    assert archived.server
    archived.server.log.clear()
    archived.crawl()
    asked = {request.target.strip("/") for request in archived.server.log}
    assert len(asked & {*archived.server.portal.slugs}) <= 1, "the newest one, at most"


def test_what_came_after_a_backup_of_the_database_is_taken_in(serve: Serve) -> None:
    """Younger files are as little known to it as what stands behind the end of one."""
    archived = serve(Portal.scaled(POSTS, page_bytes=0))
    archived.crawl("--limit", "1", code=None)
    assert len(captures(archived)) == 1
    backup = archived.folder / "backup.db"
    shutil.copy(archived.db, backup)
    archived.crawl()
    received = archived.rows(RECEIVED)
    lose_database(archived)
    shutil.move(backup, archived.db)

    summary = archived.crawl("--limit", "1", code=None)

    (younger,) = captures(archived)[1:]
    told = summary["problems"][-1]
    assert told.startswith(f"test/{younger.name}: adopted ")
    assert told.endswith(f"; what they say is read by: tinhuyen import {younger}")
    assert archived.rows(RECEIVED)[: len(received)] == received
    assert tinhuyen(archived, "verify").code == 0
    done = tinhuyen(archived, "import", *captures(archived))
    assert done.code == 0, done.err
    assert len(archived.urls()) == POSTS


def test_a_database_that_is_gone_beside_what_is_withheld_is_made_by_nobody(serve: Serve) -> None:
    archived = serve(Portal.scaled(6, page_bytes=0))
    archived.crawl()
    (code,) = {row["code"] for row in archived.rows("SELECT code FROM articles LIMIT 1")}
    assert tinhuyen(archived, "hide", code, "--reason", "thử").code == 0
    withheld = archived.folder / "withheld.db"
    lose_database(archived)
    before = withheld.read_bytes()

    for command in (("crawl", "test"), ("import", *captures(archived)), ("verify",)):
        done = tinhuyen(archived, *command)  # type: ignore[arg-type]
        assert done.code == 2, command
        assert "withheld.db holds texts that one withholds" in done.err

    assert withheld.read_bytes() == before
    assert not archived.db.exists()
    # As docs/keeping.md says: what was hidden is hidden again, by its code.
    with closing(sqlite3.connect(withheld)) as connection:
        codes = [row[0] for row in connection.execute("SELECT DISTINCT code FROM documents")]
    assert codes == [code]
    withheld.rename(archived.folder / "withheld-before.db")
    assert tinhuyen(archived, "import", *captures(archived)).code == 0
    assert tinhuyen(archived, "hide", code, "--reason", "thử").code == 0


def test_files_of_others_and_torn_ones_are_not_taken_in(tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    (folder / "test").mkdir(parents=True)
    ours = {"software": "TinHuyen/1", "isPartOf": "Huyện Thử (test)"}
    for number, info in enumerate(
        [ours, ours | {"software": "khac/1"}, ours | {"isPartOf": "Huyện (khac)"}, {}]
    ):
        writer = WarcWriter(folder, "test", info, [], [])
        writer.serial = number
        writer._file()
        writer.close()
    torn = folder / "test" / "test-0.warc.zst"
    torn.write_bytes(next(iter(folder.glob("*/*.zst"))).read_bytes()[:30])
    (folder / "test" / "empty.warc.zst").touch()

    (found,) = forgotten(folder, "test", [])

    assert found[0].name.endswith("-00001.warc.zst")
    assert found[0].end == (folder / found[0].name).stat().st_size
    assert [*forgotten(folder, "test", [found[0].name])] == []


def test_to_begin_anew_the_folder_is_moved_away(tmp_path: Path) -> None:
    db = tmp_path / "archive.db"
    file = tmp_path / "captures" / "test" / "test-1.warc.zst"
    file.parent.mkdir(parents=True)
    file.touch()
    with pytest.raises(ArchiveError, match="captures/ holds 1 files"):
        Archive.open(db, create=True)

    file.unlink()

    Archive.open(db, create=True).close()


KEEPING = (Path(__file__).parents[1] / "docs" / "keeping.md").read_text("utf-8")


def shell(archived: Archived, *sections: str) -> subprocess.CompletedProcess[str]:
    """Run what docs/keeping.md shows, where a person would."""
    tool = archived.folder / "bin" / "tinhuyen"
    tool.parent.mkdir(exist_ok=True)
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m tinhuyen "$@"\n')
    tool.chmod(0o755)
    environment = {"TINHUYEN_SITES": str(archived.folder / "sites")}
    environment["PATH"] = f"{tool.parent}:{os.environ['PATH']}"
    environment["PYTHONPATH"] = str(Path(__file__).parents[1])
    return subprocess.run(
        ["sh", "-e", "-c", "\n".join(sections)],
        cwd=archived.folder, env=os.environ | environment,
        capture_output=True, text=True, timeout=170,
    )  # fmt: skip


def test_what_the_docs_show_saves_a_damaged_database(serve: Serve) -> None:
    archived = serve(Portal.scaled(POSTS, page_bytes=0))
    archived.crawl()
    texts = archived.rows(TEXTS)
    chapter = KEEPING.partition("## A database that is gone or damaged")[2]
    blocks = re.findall(r"```console\n(.*?)```", chapter, re.S)
    again, dump = (next(b for b in blocks if words in b) for words in ("import", ".dump"))
    data = bytearray(archived.db.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    for text in texts[::3]:
        page = data.index(text["body"][:60].encode()) // size
        data[page * size : page * size + 200] = os.urandom(200)
    archived.db.write_bytes(data)
    assert tinhuyen(archived, "verify").code in (1, 2)

    done = shell(archived, again)

    assert done.returncode == 0, done.stdout + done.stderr
    assert archived.rows(TEXTS) == texts
    if not shutil.which("sqlite3"):
        pytest.skip("sqlite3 is not installed; .ci/run installs it")
    dumped = shell(archived, dump)
    assert dumped.returncode == 0, dumped.stderr
    assert "INSERT INTO runs" in (archived.folder / "damaged" / "archive.sql").read_text(
        "utf-8", "replace"
    )


# What goes while it is written to


CHAIN = 40


class Harm:
    """A portal that does harm to the archive when its 25th page is asked for."""

    def __init__(self) -> None:
        self.pages = chain(CHAIN)
        self.do: Callable[[], None] | None = None

    def __call__(self, asked: Asked) -> bytes:
        if asked.path == f"/tin/bai-{CHAIN - 25}.html" and self.do:
            self.do()
            self.do = None
        if asked.path == "/robots.txt":
            return ROBOTS
        pages = self.pages | {"/": listing([f"/tin/bai-{CHAIN}.html"])}
        return answer(pages[asked.target]) if asked.target in pages else NOT_FOUND


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def replaced(file: Path) -> None:
    copy = file.with_name("copy")
    shutil.copy(file, copy)
    copy.replace(file)


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(Path.unlink, id="deleted"),
        long(cut, id="cut"),
        long(replaced, id="replaced"),
    ],
)
def test_a_file_of_captures_that_goes_ends_the_crawl_and_is_told_again(
    portal: RawPortal, harm: Callable[[Path], None]
) -> None:
    harmful = Harm()
    archived, _ = portal(harmful)
    harmed: list[Path] = []

    def do() -> None:
        harmed.append(captures(archived)[-1])
        harm(harmed[0])

    harmful.do = do
    summary = archived.crawl(*QUICK, code=1)
    assert summary["outcome"] == "archive"
    (file,) = harmed
    assert f"{file}: was deleted, replaced or cut while it was written to" in str(summary)
    assert held(archived) < CHAIN
    assert archived.rows("SELECT outcome FROM runs") == [{"outcome": "archive"}]

    following = archived.crawl(*QUICK, code=None)

    # What was noted is there, or the next crawl says that it is not, and has it again if it can.
    told = [p for p in following["problems"] if file.name in p and "adopted" not in p]
    assert bool(told) == (harm is not replaced), following
    assert held(archived) == CHAIN
    if harm is not Path.unlink:  # which may be put back, and is told until it is
        assert tinhuyen(archived, "verify").code == 0
        assert archived.crawl(*QUICK, code=None)["problems"] == []


@pytest.mark.parametrize("how", ["deleted", "replaced by another"])
def test_a_database_that_goes_ends_the_crawl(portal: RawPortal, how: str) -> None:
    harmful = Harm()
    archived, _ = portal(harmful)
    other = archived.folder / "other.db"
    Archive.open(other, create=True).close()

    def do() -> None:
        archived.db.unlink()
        if how == "replaced by another":
            other.replace(archived.db)

    harmful.do = do
    summary = archived.crawl(*QUICK, code=1)

    assert summary["outcome"] == "archive"
    assert f"{archived.db}: was deleted, replaced or cut while" in str(summary["problems"])
    if how == "deleted":
        assert not archived.db.exists()
        assert not summary["readable"]
        assert summary["told"] == (
            "the archive cannot be read any more, so that nothing is known of what it holds"
        )
        following = tinhuyen(archived, "crawl", "test")
        assert following.code == 2
        assert "captures/ holds" in following.err
    else:
        assert archived.rows("SELECT * FROM runs") == []


def test_an_import_notices_that_its_database_goes(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive.db", create=True) as archive:
        archive.runs.start(SITE)
        archive.path.rename(tmp_path / "elsewhere.db")

        with pytest.raises(OSError, match="Stale") as caught:
            archive.runs.start(SITE)

    assert caught.value.filename == str(archive.path)


# Figures of a run that was killed


def test_the_figures_of_a_killed_run_are_what_it_did(portal: RawPortal) -> None:
    harmful = Harm()
    archived, _ = portal(harmful)
    at_last = archived.folder / "kill"

    def kill() -> None:
        while held(archived) < 10:  # the last batch is stored within a second
            time.sleep(0.02)
        os.kill(int(at_last.read_text()), signal.SIGKILL)

    harmful.do = kill
    process = subprocess.Popen(
        [sys.executable, "-m", "tinhuyen", "crawl", "test", "--db", str(archived.db)],
        env=os.environ | {"TINHUYEN_SITES": str(archived.folder / "sites")},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    at_last.write_text(str(process.pid))

    assert process.wait(120) == -signal.SIGKILL
    (killed,) = archived.rows("SELECT * FROM runs")
    (kept,) = archived.rows("SELECT sum(bytes) n FROM captures")
    assert killed["new"] == held(archived) > 0
    assert killed["requests"] >= killed["new"]
    assert killed["bytes"] >= kept["n"] > 0
    archived.crawl("--limit", "1", code=None)
    first = archived.rows("SELECT * FROM runs ORDER BY id")[0]
    assert first == killed | {"outcome": "killed"}


def test_a_killed_import_has_what_it_kept(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive.db", create=True) as archive:
        run_id = archive.runs.start(SITE)
        archive.captures.begin(run_id, SITE["key"], {})
        archive.captures.keep(
            Exchange(f"{BASE}mot/", NOON, 200, b"HTTP/1.1 200 OK\r\n\r\n", b"<p>mot hai ba</p>")
        )

        archive.visits.record(run_id, SITE["key"], a_visit("mot"))
        archive.runs.start(SITE)

        assert archive.runs.get(run_id)["bytes"] == len(b"<p>mot hai ba</p>")


# Parts of exports that were killed


def test_the_part_of_an_export_that_was_killed_goes_with_the_next_one(tmp_path: Path) -> None:
    target = tmp_path / "a.jsonl"
    code = (
        "import sys; from pathlib import Path; from curation.exporting.output import *\n"
        "with atomic_write(Path(sys.argv[1])) as file:\n"
        "    file.write(b'x'); file.flush(); print(file.name, flush=True); sys.stdin.read()"
    )
    killed, other = (
        subprocess.Popen(
            [sys.executable, "-c", code, str(target)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    )  # fmt: skip
    assert killed.stdout
    assert other.stdout
    names = [
        Path(process.stdout.readline().strip()).name
        for process in (killed, other)
        if process.stdout
    ]
    killed.kill()
    killed.communicate()
    anothers = tmp_path / ".b.jsonl.1.part"
    anothers.touch()

    with atomic_write(target) as file:
        file.write(b"mot")
        own = Path(file.name).name
        parts = {path.name for path in tmp_path.iterdir()}

    assert parts == {anothers.name, own, names[1]}
    assert target.read_bytes() == b"mot"
    other.communicate("")
    assert target.read_bytes() == b"x"
    assert {p.name for p in tmp_path.iterdir()} == {anothers.name, "a.jsonl", "a.jsonl.sha256"}
