"""``tinhuyen index``, and the index that every command which writes leaves in step."""

import json
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from time import monotonic, sleep

import pytest
from click.testing import CliRunner, Result

from archive.search.asked import understood
from archive.search.checking import faults
from archive.search.engine import Searcher
from archive.search.folder import index_of, writing
from archive.search.following import following
from archive.search.writing import bring_up, is_behind
from crawler.vocabulary import LeftOut
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, run
from tests.test_archive import Held, a_visit, an_article
from tinhuyen.cli import main
from tinhuyen.indexing import WRITING


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    with serving(Portal.scaled(6, page_bytes=0)) as server:
        archived = Archived(tmp_path_factory.mktemp("crawled"), server)
        archived.describe(server.url + "/")
        archived.crawl()
        yield archived


@pytest.fixture
def archived(crawled: Archived, tmp_path: Path) -> Archived:
    shutil.copytree(crawled.folder, tmp_path / "copy")
    return Archived(tmp_path / "copy", crawled.server)


def execute(archived: Archived, sql: str) -> None:
    with closing(sqlite3.connect(archived.db)) as connection, connection:
        connection.execute(sql)


def is_in_step(db: Path) -> bool:
    return not is_behind(db) and not [*faults(db)]


def test_a_crawl_leaves_the_index_in_step_and_nothing_lying_about(crawled: Archived) -> None:
    assert is_in_step(crawled.db)
    assert not [file.name for file in crawled.folder.glob("archive.db-*")]


def test_every_command_that_changes_articles_leaves_the_index_in_step(archived: Archived) -> None:
    code = archived.rows("SELECT code FROM articles ORDER BY id")[1]["code"]
    for arguments in (
        ["hide", code, "--reason", "theo yêu cầu"],
        ["hide", code, "--undo"],
        ["reread"],
    ):
        assert arguments[0] in WRITING
        execute(archived, "UPDATE articles SET author = 'Người khác' WHERE id = 1")
        before = archived.rows("SELECT value FROM counters")
        done = run(*arguments, "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
        assert done.code == 0, done.err
        assert archived.rows("SELECT value FROM counters") != before, arguments
        assert not is_behind(archived.db), arguments
    assert is_in_step(archived.db)


def test_it_says_what_it_did(archived: Archived) -> None:
    folder = index_of(archived.db)
    shutil.rmtree(folder)
    made = run("index", "--db", archived.db)
    assert made.code == 0
    assert made.out.startswith(f"{folder}: Made anew (there is none yet): 6 articles in ")
    assert run("index", "--db", archived.db).out == f"{folder}: Nothing has changed: 6 articles.\n"
    told = json.loads(run("index", "--rebuild", "--json", "--db", archived.db).out)
    assert (told["articles"], told["rebuilt"]) == (6, "as asked")
    assert (
        run("index", "--check", "--db", archived.db).out
        == "The index holds what the archive does.\n"
    )


def test_what_is_wrong_is_told_by_check_and_by_verify_with_what_to_do(archived: Archived) -> None:
    execute(archived, "UPDATE articles SET title = 'Tiêu đề khác' WHERE id = 2")
    checked = run("index", "--check", "--db", archived.db)
    assert checked.code == 1
    assert checked.out == (
        "article 2: the index holds it otherwise than the archive; "
        "make the index anew with: tinhuyen index --rebuild\n"
    )
    told = json.loads(run("index", "--check", "--json", "--db", archived.db).out)
    assert [fault["article"] for fault in told["faults"]] == [2]
    for option in ((), ("--fast",)):
        verified = run("verify", *option, "--db", archived.db)
        assert verified.code == 1
        assert "tinhuyen index --rebuild" in verified.out, verified.out
    shutil.rmtree(index_of(archived.db))
    assert "tinhuyen index" not in run("verify", "--db", archived.db).out, "it is no fault"


def test_who_is_busy_with_it_is_let_be(archived: Archived, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhuyen.commands.index._PATIENCE", 0.0)
    with writing(index_of(archived.db)):
        done = run("index", "--db", archived.db)
    assert (done.code, done.out) == (os.EX_TEMPFAIL, "")
    assert "another process is writing to it" in done.err


def test_an_index_that_cannot_be_written_fails_no_crawl_and_is_told(archived: Archived) -> None:
    folder = index_of(archived.db)
    shutil.rmtree(folder)
    folder.write_text("no folder")
    done = run("crawl", "test", "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
    assert done.code == 0, done.err
    assert f"{folder}: cannot be written" in done.err
    assert run("index", "--db", archived.db).code == 1
    searcher = Searcher.open(archived.db)
    answer = searcher.search(understood("bài"))
    assert (answer.engine, answer.left_out) == ("fts5", (LeftOut.NO_INDEX,))
    searcher.close()
    folder.unlink()
    assert run("index", "--db", archived.db).code == 0


def test_hide_is_not_done_while_its_words_are_in_the_index(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinhuyen.indexing._LONG_PATIENCE", 0.0)
    one, other = [row["code"] for row in archived.rows("SELECT code FROM articles ORDER BY id")][:2]
    folder = index_of(archived.db)
    left = f"{folder}: words of what is hidden may be left in it until: tinhuyen index\n"

    def done(*arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--db", str(archived.db)])

    with writing(folder):
        hidden = done("hide", one, "--reason", "theo yêu cầu")
        assert (hidden.exit_code, left in hidden.stderr) == (1, True), hidden.stderr
        assert "another process writes to it" in hidden.stderr
        assert archived.rows("SELECT code FROM articles WHERE body IS NULL") == [{"code": one}]
        assert done("hide").exit_code == 1, "nor was it done meanwhile"
    assert done("index").exit_code == 0
    with writing(folder):
        assert done("hide").exit_code == 0

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("archive.search.writing.made", full)
        hidden = done("hide", other, "--reason", "theo yêu cầu")
        assert (hidden.exit_code, left in hidden.stderr) == (1, True), hidden.stderr
        assert "cannot be written ([Errno 28] No space left on device)" in hidden.stderr
        checked = done("index", "--check")
        assert checked.exit_code == 1
        assert "words that are withheld may lie in its files" in checked.stdout
    assert done("hide", "--clear").exit_code == 0, "which does what was left"
    assert done("index", "--check").exit_code == 0
    shutil.rmtree(folder)
    folder.write_text("no folder")
    shown = done("hide", one, "--undo")
    assert (shown.exit_code, left in shown.stderr) == (0, False), "no index has words of it"


def wait_until(met: Event) -> None:
    assert met.wait(60)


def test_an_open_room_takes_in_what_another_process_has_stored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    held = Held(tmp_path / "archive.db")
    held.record(a_visit("mot/", an_article("Bài một")))
    searcher = Searcher.open(held.path)

    def total_of(text: str, wanted: int) -> None:
        until = monotonic() + 60
        while True:
            answer = searcher.search(understood(text))
            if (answer.engine, answer.total, answer.left_out) == ("tantivy", wanted, ()):
                return
            assert monotonic() < until, answer
            sleep(0.02)

    with following(held.path, every=0.02, at_once=True):
        total_of("bài", 1)
        held.record(a_visit("hai/", an_article("Bài hai")))
        total_of("bài", 2)
        (index_of(held.path) / "current").unlink()
        held.record(a_visit("ba/", an_article("Bài ba")))
        total_of("bài", 3)
    searcher.close()
    assert not caplog.messages
    held.close()


def test_a_large_archive_is_not_indexed_anew_beside_a_crawl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.search.following._FEW", 1)
    ended = Event()
    monkeypatch.setattr(
        "archive.search.following.bring_up",
        lambda *arguments, **more: [ended.set(), bring_up(*arguments, **more)],
    )
    held = Held(tmp_path / "archive.db")
    for number in range(2):
        held.record(a_visit(f"bai-{number}/", an_article(f"Bài {number}")))
    with following(held.path, every=0.01):
        wait_until(ended)
    assert is_behind(held.path)
    held.close()
