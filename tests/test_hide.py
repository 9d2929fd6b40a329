"""``tinhuyen hide``: what is hidden leaves the archive by no door, and comes back whole."""

import gzip
import json
import random
import re
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive import Archive
from archive.giving import plain, words_of
from archive.vault import vault_of
from crawler.exchange import Exchange
from crawler.visit import Origin, Visit
from crawler.vocabulary import RunOutcome, State
from curation.verify import Verification
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, Run, long, run
from tests.content import content_hash
from tests.test_archive import BASE, NOON, SITE, Held, a_visit

SECRET = "Xylocarpus"
TEXT = (
    f"Sáng nay cụ {SECRET} ở thôn Nà Lẹng kể lại cho lũ trẻ trong bản nghe chuyện con chim lạc "
    "bay qua suối rồi đậu xuống mái nhà sàn cũ."
)
TITLE = "Cụ Zanthoxylum kể chuyện chim lạc bên bếp lửa"
EXPORTS = {
    "warc": "out.warc.gz",
    "wacz": "out.wacz",
    "jsonl": "out.jsonl",
    "csv": "out.csv",
    "parquet": "out.parquet",
}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    """A portal of which one article has words that no other one has; REST gave it, too."""
    portal = Portal.scaled(12, page_bytes=0)
    portal.edit(portal.newest[3].slug, title=TITLE, body=f"{TEXT}\n\nĐoạn sau.")
    with serving(portal) as server:
        archived = Archived(tmp_path_factory.mktemp("crawled"), server)
        archived.describe(server.url + "/")
        archived.crawl("--rescue", "--media")
        yield archived


@pytest.fixture
def archived(crawled: Archived, tmp_path: Path) -> Archived:
    shutil.copytree(crawled.folder, tmp_path / "copy")
    return Archived(tmp_path / "copy", crawled.server)


def here(archived: Archived) -> str:
    (row,) = archived.rows("SELECT code FROM articles WHERE title = ?", TITLE)
    return str(row["code"])


def hide(archived: Archived, *arguments: str) -> Run:
    return run("hide", "--db", archived.db, *arguments)


def hidden(archived: Archived, grade: str = "text") -> str:
    code = here(archived)
    done = hide(archived, code, "--grade", grade, "--reason", "theo yêu cầu")
    assert done.code == 0, done.err
    return code


def keep(archived: Archived, path: str, compressed: bytes) -> None:
    """Keep an answer as a crawl does."""
    assert archived.server
    (site,) = archived.rows("SELECT * FROM sites")
    url, now = archived.server.url + path, datetime.now(UTC)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: deflate\r\n\r\n"
    with Archive.open(archived.db) as archive:
        run_id = archive.runs.start(site | {"hosts": ()})
        archive.captures.begin(run_id, "test", {})
        archive.captures.keep(Exchange(url, now, 200, head, compressed, content_type="text/html"))
        archive.runs.finish(run_id, RunOutcome.FINISHED, 1, len(compressed))


def written(path: Path) -> str:
    """Return all that an export says, unpacked."""
    if path.suffix == ".wacz":
        with zipfile.ZipFile(path) as package:
            parts = [package.read(name) for name in package.namelist()]
    elif path.suffix == ".parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        parts = [json.dumps(parquet.read_table(path).to_pylist(), default=str).encode()]
    else:
        parts = [path.read_bytes()]
    data = b"".join(gzip.decompress(p) if p.startswith(b"\x1f\x8b") else p for p in parts)
    return data.decode("utf-8", "replace")


@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("grade", ["text", "all"])
def test_no_export_gives_what_is_hidden(archived: Archived, name: str, grade: str) -> None:
    if name == "parquet":
        pytest.importorskip("pyarrow")
    out = archived.folder / EXPORTS[name]
    assert run("export", name, "--db", archived.db, out).code == 0
    before = written(out)
    assert SECRET in before
    assert "Zanthoxylum" in before
    hidden(archived, grade)
    done = run("export", name, "--db", archived.db, out, "--force", "--json")
    assert done.code == 0, done.err
    after, told = written(out), done.json()
    assert SECRET not in after
    assert ("Zanthoxylum" in after) == (grade == "text" and name in ("warc", "wacz"))
    assert told["withheld"] == 1 if name in ("jsonl", "csv", "parquet") else told["withheld"] >= 2
    done = run("export", name, "--db", archived.db, out, "--force")
    assert f"{told['withheld']} more are withheld, or give what is withheld" in done.out


def test_only_who_asks_for_it_is_given_the_captures_of_what_is_hidden(archived: Archived) -> None:
    out = archived.folder / "out.warc.gz"
    run("export", "warc", "--db", archived.db, out)
    before = out.read_bytes()
    hidden(archived, "all")
    done = run("export", "warc", "--db", archived.db, out, "--force", "--withheld")
    assert done.code == 0
    assert out.read_bytes() == before


def test_without_what_is_withheld_no_captures_are_given(archived: Archived) -> None:
    """What is to be left out cannot be known; articles are exported all the same."""
    hidden(archived)
    vault_of(archived.db).unlink()
    out = archived.folder / "out.warc.gz"
    done = run("export", "warc", "--db", archived.db, out)
    assert (done.code, out.exists()) == (2, False)
    assert "withheld.db: is missing" in done.err
    done = run("export", "jsonl", "--db", archived.db, archived.folder / "out.jsonl")
    assert done.code == 0
    assert "Wrote 11 articles" in done.out
    done = run("export", "warc", "--db", archived.db, out, "--withheld")
    assert done.code == 0


def test_other_captures_are_given_all_the_same(archived: Archived) -> None:
    """An answer of REST and a list go with the article; the pages of other articles do not."""
    out = archived.folder / "out.warc.gz"
    hidden(archived, "text")
    told = run("export", "warc", "--db", archived.db, out, "--json").json()
    pages = archived.rows("SELECT url FROM articles WHERE title <> ?", TITLE)
    text = written(out)
    assert len(pages) == 11
    assert all(f"WARC-Target-URI: {page['url']}\r\n" in text for page in pages)
    assert told["withheld"] < told["captures"]


def test_an_address_that_is_hidden_has_no_captures_to_give(archived: Archived) -> None:
    (row,) = archived.rows("SELECT url FROM articles WHERE title = ?", TITLE)
    archived_files = archived.rows("SELECT id FROM captures WHERE url = ?", row["url"])
    assert archived_files
    out = archived.folder / "out.warc.gz"
    hide(archived, row["url"], "--reason", "theo yêu cầu")
    run("export", "warc", "--db", archived.db, out)
    assert f"WARC-Target-URI: {row['url']}\r\n" not in written(out)


def test_an_answer_that_cannot_be_decoded_is_not_given(archived: Archived) -> None:
    """It would be given as it was kept, and half of it may be enough to read what is hidden."""
    out = archived.folder / "out.warc.gz"
    half = zlib.compress(f"<p>{TEXT}</p>".encode() + random.Random(1).randbytes(9000))[:4000]
    assert SECRET.encode() in zlib.decompressobj().decompress(half)
    keep(archived, "/tin-cut/", half)
    assert run("export", "warc", "--db", archived.db, out).code == 0
    assert "/tin-cut/" in written(out)
    hidden(archived)
    assert run("export", "warc", "--db", archived.db, out, "--force").code == 0
    assert "/tin-cut/" not in written(out)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (f"<p>Sáng <b>nay</b> cụ {SECRET} ở thôn&nbsp;Nà Lẹng</p>", "text/html"),
        (f'{{"rendered":"<p>Sáng nay cụ {SECRET}<\\/p>\\nở thôn Nà Lẹng"}}', "application/json"),
        ("<d>&lt;p&gt;S&amp;aacute;ng nay cụ Xylocarpus ở thôn Nà Lẹng&lt;/p&gt;</d>", "text/xml"),
        (json.dumps(f"Sáng nay cụ {SECRET} ở thôn Nà Lẹng"), "application/json"),
    ],
)
def test_a_text_is_found_in_whatever_form_it_was_sent(body: str, kind: str) -> None:
    expected = ["sang", "nay", "cu", "xylocarpus", "o", "thon", "na", "leng"]
    words = words_of(plain(body.encode(), kind))
    assert " ".join(expected) in " ".join(words)


# Over time, by the commands


@pytest.mark.parametrize("grade", [long("text"), "all"])
def test_a_crawl_a_reread_and_an_import_do_not_bring_it_back(
    archived: Archived, grade: str, tmp_path: Path
) -> None:
    digest = content_hash(archived.db)
    all_of_it = archived.folder / "all.warc.gz"
    assert run("export", "warc", "--db", archived.db, all_of_it).code == 0
    code = hidden(archived, grade)
    assert archived.server
    sites = {"TINHUYEN_SITES": str(archived.folder / "sites")}
    archived.crawl("--full")
    for command in (
        ["reread", "--db", archived.db, "--reindex"],
        ["import", "--site", "test", "--db", archived.db, all_of_it],
        ["verify", "--db", archived.db],
    ):
        done = run(*command, **sites)
        assert done.code == 0, done.out + done.err
    with closing(sqlite3.connect(archived.db)) as connection:
        dump = "\n".join(connection.iterdump())
    assert SECRET not in dump
    assert "xylocarpus" not in dump
    assert ("Zanthoxylum" in dump) == (grade == "text")
    done = hide(archived, code, "--undo")
    assert done.code == 0
    assert content_hash(archived.db) == digest
    done = run("verify", "--db", archived.db, **sites)
    assert done.code == 0, done.out


def test_an_import_obeys_an_address_that_is_hidden(archived: Archived, tmp_path: Path) -> None:
    (row,) = archived.rows("SELECT url FROM articles WHERE title = ?", TITLE)
    exported = archived.folder / "all.warc.gz"
    run("export", "warc", "--db", archived.db, exported)
    other = Archived(tmp_path / "other")
    other.folder.mkdir()
    Archive.open(other.db, create=True).close()
    assert hide(other, row["url"], "--reason", "theo yêu cầu", "--grade", "all").code == 0
    done = run(
        "import", "--site", "test", "--db", other.db, exported,
        TINHUYEN_SITES=str(archived.folder / "sites"),
    )  # fmt: skip
    assert done.code == 0, done.err
    assert len(other.rows("SELECT * FROM articles")) == 12
    assert SECRET.encode() not in other.db.read_bytes()
    assert SECRET.encode() in vault_of(other.db).read_bytes()


def test_verify_holds_what_is_withheld_against_its_capture(archived: Archived) -> None:
    hidden(archived, "all")
    with Archive.open(archived.db, read_only=True) as archive:
        verification = Verification(archive, {})
        assert list(verification.faults()) == []
        assert verification.checked["articles"] == 12
    vault_of(archived.db).unlink()
    done = run("verify", "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
    assert done.code == 1
    assert "withheld.db: is missing" in done.out
    assert "Checked" in done.out
    assert "11 of 11 articles" in done.out


# What the command says


@pytest.mark.long
def test_the_list_says_what_is_hidden_since_when_and_why(archived: Archived) -> None:
    assert hide(archived).out == "Nothing is hidden.\n"
    code = hidden(archived)
    lines = hide(archived).out.splitlines()
    assert re.match(rf"\d{{4}}-\S+Z  without its text  {code}  http://", lines[0])
    assert lines[1].strip() == "theo yêu cầu"
    (told,) = json.loads(hide(archived, "--json").out)
    assert (told["code"], told["grade"], told["is_cleared"]) == (code, "text", True)
    assert hide(archived, code, "--undo", "--by", "Ban Biên tập").code == 0
    assert hide(archived).out == "Nothing is hidden.\n"
    assert "shown again" in hide(archived, "--all").out


def test_what_is_shown_again_is_told_once(archived: Archived) -> None:
    (row,) = archived.rows("SELECT code, url FROM articles WHERE title = ?", TITLE)
    nowhere = f"{row['url'].rpartition('/')[0]}khong-co/"
    for target in (row["code"], row["url"], row["url"], nowhere, nowhere):
        assert hide(archived, target, "--reason", "theo yêu cầu").code == 0
    done = hide(archived, row["url"], "--undo")
    assert done.out == f"{row['code']}: shown again: {row['url']}\n"
    done = hide(archived, nowhere, "--undo")
    assert done.out == f"{nowhere}: no article is held there; one that comes is shown\n"
    assert hide(archived).out == "Nothing is hidden.\n"


def test_a_milder_takedown_says_what_is_still_hidden(archived: Archived) -> None:
    code = hidden(archived, "all")
    done = hide(archived, code, "--grade", "marked", "--reason", "sẽ đính chính")
    assert done.code == 0
    told, why = done.out.splitlines()
    assert told.startswith(f"{code}: shown not at all: http://")
    assert "goes further" in why


def test_the_same_text_under_another_code_is_named(archived: Archived) -> None:
    code = here(archived)
    with closing(sqlite3.connect(archived.db)) as connection:
        connection.execute(
            "UPDATE articles SET text_sha256 = (SELECT text_sha256 FROM articles WHERE code = ?)"
            " WHERE id = (SELECT max(id) FROM articles WHERE code <> ?)",
            [code, code],
        )
        connection.commit()
    done = hide(archived, code, "--reason", "theo yêu cầu")
    assert "the same text is held as" in done.out


def test_the_same_text_of_another_body_is_hidden_with_it(tmp_path: Path) -> None:
    """Also where the address that is named leads to one that both have."""
    held = Held(tmp_path / "archive.db")
    old = Visit(BASE + "?p=1", Origin("seed"), NOON, State.ELSEWHERE, 301, moved_to=BASE + "moi/")
    for key in ("khac", "ba"):
        run_id = held.archive.runs.start(SITE | {"key": key})
        for visit in (old, a_visit("moi/")):
            held.archive.visits.record(run_id, key, visit)
    first, second = (row["code"] for row in held.rows("SELECT code FROM articles ORDER BY id"))
    held.close()
    done = run("hide", "--db", held.path, BASE + "?p=1", "--reason", "theo yêu cầu")
    assert done.out.startswith(f"{first}: ")
    assert f"with the same text of another body: {second}" in done.out
    assert "stays as it is" not in done.out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["khong-co", "--reason", "x"], 1, "no article has the code"),
        (["khong-co", "--undo"], 1, "khong-co is not hidden"),
        (["khong-co"], 2, "give --reason"),
        (["khong-co", "--reason", "  "], 2, "give --reason"),
        (["--undo"], 2, "name what to hide or show"),
        (["ftp://x/y", "--reason", "x"], 2, "is no address"),
        (["x", "--grade", "some", "--reason", "x"], 2, "some"),
    ],
)
def test_a_mistake_is_a_line(
    archived: Archived, arguments: list[str], code: int, message: str
) -> None:
    done = hide(archived, *arguments)
    assert (done.code, "Traceback" in done.err) == (code, False)
    assert message in done.err
