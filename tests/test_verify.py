"""verify: whatever is not as it was written is named, and nothing is written by it."""

import os
import random
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from archive import Archive
from archive.warc import read_bytes
from crawler.exchange import Capture
from crawler.sites import Site, all_sites
from crawler.vocabulary import FaultKind
from curation import fixity
from curation.parallel import Workers
from curation.verify import Fault, Verification
from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, Serve, run
from tests.content import content_hash, writing
from tinhuyen.commands.verify import _until_it_breaks

POSTS = 24
AFTER = [f"Đoạn {n} của bài viết đã được biên tập lại cho đúng số liệu." for n in range(1, 21)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Archived:
    """An archive of a portal that was crawled three times: unchanged, then one article edited."""
    portal = Portal.scaled(POSTS, page_bytes=0)
    with serving(portal, Faults(counter=False)) as server:
        archived = Archived(tmp_path_factory.mktemp("verify"), server)
        archived.describe(server.url + "/")
        archived.crawl()
        archived.crawl("--full")
        portal.edit(portal.newest[3].slug, body="\n\n".join(AFTER))
        archived.crawl("--full")
    return archived


@pytest.fixture
def archived(written: Archived, tmp_path: Path) -> Archived:
    """A copy of it, to be damaged."""
    shutil.copytree(written.folder, tmp_path / "copy")
    return Archived(tmp_path / "copy")


def sites(archived: Archived) -> dict[str, Site]:
    return all_sites(archived.folder / "sites")


def faults(
    archived: Archived,
    look: Callable[[Verification], Iterator[Fault]] = Verification.faults,
    **options: Any,
) -> list[Fault]:
    with Archive.open(archived.db, read_only=True) as archive:
        return list(look(Verification(archive, sites(archived), **options)))


def verify(archived: Archived, *arguments: str) -> Any:
    folder = str(archived.folder / "sites")
    return run("verify", "--db", archived.db, *arguments, TINHUYEN_SITES=folder)


def change(archived: Archived, sql: str, *parameters: Any) -> None:
    with closing(sqlite3.connect(archived.db)) as connection:
        connection.execute(sql, parameters)
        connection.commit()


def files(archived: Archived) -> list[Path]:
    return sorted((archived.folder / "captures").rglob("*.warc.zst"))


def flip(path: Path, offset: int, bits: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ bits]))


# What is sound


def test_a_sound_archive_has_no_fault(archived: Archived) -> None:
    assert faults(archived) == []


def test_the_archive_has_all_that_is_to_be_verified(archived: Archived) -> None:
    assert archived.rows("SELECT count(*) AS n FROM revisions") == [{"n": 1}]
    revisits = "SELECT count(*) AS n FROM captures WHERE refers_to IS NOT NULL"
    assert archived.rows(revisits)[0]["n"] >= POSTS
    assert len(files(archived)) >= 2, "the second has a dictionary"


def test_the_command_says_what_it_has_checked(written: Archived) -> None:
    done = verify(written)
    assert done.code == 0, done.out + done.err
    assert "Everything is as it was written." in done.out
    summary = verify(written, "test", "--json").json()
    assert summary["faults"] == []
    assert summary["checked"]["articles"] == summary["total"]["articles"] == POSTS
    assert summary["checked"]["captures"] == summary["total"]["captures"] > 2 * POSTS
    assert summary["checked"]["earlier texts"] == 1


def test_a_sample_is_a_sample(archived: Archived) -> None:
    with Archive.open(archived.db, read_only=True) as archive:
        verification = Verification(archive, sites(archived), sample=10)
        assert list(verification.faults()) == []
    assert verification.checked["articles"] == 10
    assert 10 <= verification.checked["captures"] <= 10 + verification.total["files"]


def test_nothing_is_written(archived: Archived) -> None:
    def content() -> dict[Path, bytes]:
        found = (path for path in archived.folder.rglob("*") if path.is_file())
        # What SQLite lays beside a file that it reads holds nothing.
        return {p: p.read_bytes() for p in found if not p.name.endswith(("-shm", "-wal"))}

    before = content()
    faults(archived)
    faults(archived, sample=5)
    assert content() == before


def test_an_unknown_site_or_archive_is_a_mistake_in_usage(written: Archived) -> None:
    assert verify(written, "tset").code == 2
    done = run("verify", "--db", written.folder / "no.db")
    assert (done.code, done.err.count("\n")) == (2, 1)


# Captures


def test_one_byte_anywhere_in_the_files_is_noticed_and_named(archived: Archived) -> None:
    captures = archived.rows("SELECT * FROM captures ORDER BY warc_file, warc_offset")
    chance = random.Random(20250701)
    for path in files(archived):
        name = path.relative_to(archived.folder / "captures").as_posix()
        size = path.stat().st_size
        inside = [c for c in captures if c["warc_file"] == name]
        head = inside[0]["warc_offset"]
        starts = [c["warc_offset"] for c in inside[:3]]
        requests = [c["warc_offset"] + c["warc_length"] for c in inside[:3]]
        places = {0, 4, 9, head - 1, size - 1, *starts, *(s + 4 for s in starts), *requests}
        for offset in sorted(places | {chance.randrange(size) for _ in range(12)}):
            bits = 1 << chance.randrange(8)
            flip(path, offset, bits)
            found = faults(archived, Verification.of_files)
            flip(path, offset, bits)
            if offset < head:
                assert [(f.kind, f.record) for f in found] == [("file", f"{name} at 0")]
            else:
                hit = max((c for c in inside if c["warc_offset"] <= offset), key=_offset)
                record = f"{name} at {hit['warc_offset']}, {hit['url']}"
                assert [(f.kind, f.record) for f in found] == [("capture", record)], offset
    assert faults(archived) == []


def _offset(capture: dict[str, Any]) -> int:
    return int(capture["warc_offset"])


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("url", "https://khac.example/", "another address"),
        ("fetched_at", "2020-01-01T00:00:00Z", "another time"),
        ("status", 404, "another status"),
        ("bytes", 7, "bytes, not 7"),
        ("payload_sha256", "0" * 64, "not that of its digest"),
        ("warc_sha256", "0" * 64, "not those that were written"),
        ("warc_length", 40, "bytes"),
        ("request_length", 3, "bytes"),
    ],
)
def test_what_the_archive_says_of_a_capture_is_held_against_it(
    column: str, value: Any, message: str, archived: Archived
) -> None:
    (row,) = archived.rows("SELECT * FROM captures WHERE refers_to IS NULL ORDER BY id LIMIT 1")
    change(archived, f"UPDATE captures SET {column} = ? WHERE id = ?", value, row["id"])
    found = [fault for fault in faults(archived) if fault.kind == "capture"]
    assert [f for f in found if f" at {row['warc_offset']}, " in f.record and message in f.message]


def test_a_capture_is_read_once_to_be_verified(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Counter[int | None]()

    def counted(folder: Path, capture: Capture) -> bytes:
        read[capture.id] += 1
        return read_bytes(folder, capture)

    monkeypatch.setattr(fixity, "read_bytes", counted)
    assert faults(archived, Verification.of_files) == []
    assert {*read.values()} == {1}
    assert len(read) == archived.rows("SELECT count(*) AS n FROM captures")[0]["n"]


def test_several_processes_find_what_one_does(archived: Archived) -> None:
    """A fault of each kind; those of the index are told last, for they take longest."""
    change(archived, "DELETE FROM articles_fts_docsize WHERE id = 2")
    change(archived, "UPDATE articles SET title = 'Tựa khác' WHERE id = 3")
    change(archived, "UPDATE captures SET status = 404 WHERE id = 4")
    (archived.folder / "captures" / "lạ").write_bytes(b"")
    one = faults(archived)
    with Workers(2) as workers:
        two = faults(archived, workers=workers)
    assert {fault.kind for fault in one} >= {*FaultKind} - {FaultKind.DATABASE}
    assert sorted(map(str, two)) == sorted(map(str, one))
    assert two[-1].kind == FaultKind.INDEX


def test_a_process_that_is_killed_is_told_and_is_a_fault(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too little memory is no verdict on an archive, and a look that was not taken no clean one."""

    me = os.getpid()

    def killed(*_: object) -> None:
        assert os.getpid() != me
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(fixity, "damage_of_head", killed)  # which a copy of this process has, too
    with Workers(2) as workers, Archive.open(archived.db, read_only=True) as archive:
        verification = Verification(archive, sites(archived), workers=workers)
        (*_, last) = _until_it_breaks(verification, archived.db)
    assert "was killed (too little memory?); not all was checked" in str(last)


def test_a_missing_file_is_one_fault(archived: Archived) -> None:
    path = files(archived)[0]
    path.unlink()
    (fault,) = faults(archived)
    assert (fault.kind, fault.record) == ("file", f"test/{path.name}")
    assert "No such file" in fault.message


def test_a_file_that_is_cut_short_and_one_that_is_torn_are_named(archived: Archived) -> None:
    first, *_, last = files(archived)
    with last.open("ab") as file:
        file.write(b"\x28\xb5\x2f\xfd torn")
    (fault,) = faults(archived)
    assert fault.record == f"test/{last.name}"
    assert "belong to nothing" in fault.message
    whole = first.read_bytes()
    first.write_bytes(whole[:-10])
    found = {(fault.kind, fault.record.partition(",")[0]) for fault in faults(archived)}
    (newest,) = archived.rows(
        "SELECT max(warc_offset) AS at FROM captures WHERE warc_file = ?", f"test/{first.name}"
    )
    assert ("file", f"test/{first.name}") in found
    assert ("capture", f"test/{first.name} at {newest['at']}") in found


def test_a_file_that_nobody_knows_is_named(archived: Archived) -> None:
    (archived.folder / "captures" / "test" / "khac.warc.zst").write_bytes(b"?")
    (fault,) = faults(archived)
    assert str(fault) == "test/khac.warc.zst: the archive does not know this file"
    assert faults(archived, only=["test"]) == [fault]


def test_bytes_between_two_captures_are_named(archived: Archived) -> None:
    (row,) = archived.rows("SELECT * FROM captures WHERE refers_to IS NOT NULL ORDER BY id LIMIT 1")
    change(archived, "DELETE FROM captures WHERE id = ?", row["id"])
    message = f"bytes {row['warc_offset']} to "
    assert any(f.message.startswith(message) for f in faults(archived) if f.kind == "file")


def test_a_revisit_without_what_it_revisits_is_named(archived: Archived) -> None:
    (row,) = archived.rows("SELECT * FROM captures WHERE refers_to IS NOT NULL LIMIT 1")
    change(archived, "UPDATE captures SET refers_to = 99999 WHERE id = ?", row["id"])
    found = faults(archived)
    assert any("99999, is missing" in f.message and f.kind == "capture" for f in found)
    assert any(f.record.startswith("captures, row") for f in found if f.kind == "database")


def test_what_is_known_to_be_lost_is_no_new_fault(archived: Archived) -> None:
    *_, last = files(archived)
    name = f"test/{last.name}"
    change(archived, "UPDATE captures SET flags = 'lost' WHERE warc_file = ?", name)
    (row,) = archived.rows("SELECT head_length FROM warcs WHERE file = ?", name)
    last.write_bytes(last.read_bytes()[: row["head_length"]])
    with Archive.open(archived.db, read_only=True) as archive:
        verification = Verification(archive, sites(archived))
        assert list(verification.faults()) == []
    (count,) = archived.rows("SELECT count(*) AS n FROM captures WHERE warc_file = ?", name)
    assert verification.lost == count["n"]
    assert verification.underived > 0
    assert f"{count['n']} captures are known to be lost" in verify(archived).out


def test_a_file_that_was_cut_is_put_in_order_once(serve: Serve) -> None:
    archived = serve(Portal.scaled(10, page_bytes=0))
    archived.crawl()
    last = files(archived)[-1]
    last.write_bytes(last.read_bytes()[:-3000])
    assert verify(archived).code == 1
    (problem,) = archived.crawl(code=None)["problems"]
    assert "bytes are missing at its end" in problem
    archived.crawl()
    done = verify(archived)
    assert done.code == 0, done.out
    assert "captures are known to be lost." in done.out
    assert not archived.crawl()["problems"]


# Texts


@pytest.mark.parametrize(
    "column",
    ["title", "lead", "body", "body_html", "author", "category", "published_at", "published_raw",
     "published_by", "published_confidence", "modified_at", "language", "words", "text_sha256",
     "charset", "source", "prev_url", "next_url", "canonical_url"],
)  # fmt: skip
def test_one_letter_in_an_article_is_noticed_and_named(column: str, archived: Archived) -> None:
    chance = random.Random(column)
    for row in chance.sample(archived.rows("SELECT * FROM articles"), 3):
        value = row[column]
        changed: Any = f"{value or 'https://khac.example/'}"
        place = chance.randrange(len(changed))
        changed = changed[:place] + chr(ord(changed[place]) ^ 1) + changed[place + 1 :]
        change(archived, f"UPDATE articles SET {column} = ? WHERE id = ?", changed, row["id"])
        found = faults(archived)
        change(archived, f"UPDATE articles SET {column} = ? WHERE id = ?", value, row["id"])
        record = f"article {row['id']}, {row['url']}"
        assert record in {f.record for f in found if f.kind == "article"}
        assert {f.record for f in found} <= {record, "articles_fts"}  # its average lengths
    assert faults(archived) == []


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM images WHERE article_id = :id AND position = 1",
        "UPDATE images SET caption = 'khác' WHERE article_id = :id",
        "INSERT INTO attachments (article_id, position, url) VALUES (:id, 9, 'https://a.example')",
        "DELETE FROM article_tags WHERE article_id = :id",
    ],
)
def test_parts_of_an_article_are_verified(statement: str, archived: Archived) -> None:
    (row,) = archived.rows(
        "SELECT id, url FROM articles WHERE id IN (SELECT article_id FROM images) "
        "AND id IN (SELECT article_id FROM article_tags) LIMIT 1"
    )
    with closing(sqlite3.connect(archived.db)) as connection:
        connection.execute(statement, {"id": row["id"]})
        connection.commit()
    (fault,) = faults(archived)
    assert fault.record == f"article {row['id']}, {row['url']}"


@pytest.mark.parametrize(
    "column", ["title", "lead", "body", "body_html", "author", "published_at", "text_sha256"]
)
def test_one_letter_in_an_earlier_text_is_noticed_and_named(
    column: str, archived: Archived
) -> None:
    change(archived, f"UPDATE revisions SET {column} = substr({column}, 2) || 'x'")
    if column == "lead":
        change(archived, "UPDATE revisions SET lead = 'Một lời dẫn khác.'")
    (row,) = archived.rows("SELECT article_id, url FROM revisions JOIN articles ON id = article_id")
    (fault,) = faults(archived)
    assert fault.record == f"article {row['article_id']}, {row['url']}, revision 1"


def test_a_missing_revision_is_named(archived: Archived) -> None:
    change(archived, "DELETE FROM revisions")
    (fault,) = faults(archived)
    assert "revisions are numbered [2]" in fault.message


def test_a_text_without_its_capture_is_named(archived: Archived) -> None:
    change(archived, "UPDATE articles SET capture_id = 99999 WHERE id = 1")
    assert [fault.message for fault in faults(archived) if fault.kind == "article"] == [
        "its capture, 99999, is missing, or a part of it"
    ]


# The index


def shadows(archived: Archived) -> Iterator[tuple[str, str, Any, str, bytes]]:
    for table, key, column in (
        ("articles_fts_data", "id", "block"),
        ("articles_fts_docsize", "id", "sz"),
    ):
        for row in archived.rows(f"SELECT {key} AS k, {column} AS v FROM {table}"):
            yield table, key, row["k"], column, row["v"]


def answers(archived: Archived) -> list[dict[str, Any]]:
    """Return all that the index can answer: which word stands where in which article."""
    with closing(sqlite3.connect(archived.db)) as connection:
        connection.execute(
            "CREATE VIRTUAL TABLE temp.w USING fts5vocab(main, articles_fts, instance)"
        )
        return connection.execute("SELECT * FROM temp.w ORDER BY 1, 2, 3, 4").fetchall()


@pytest.mark.long
def test_one_byte_in_the_index_is_noticed(archived: Archived) -> None:
    chance = random.Random(20250702)
    blobs = [blob for blob in shadows(archived) if blob[4]]
    sound = answers(archived)
    unnoticed = 0
    for _ in range(80):
        table, key, number, column, value = chance.choice(blobs)
        flipped = bytearray(value)
        flipped[chance.randrange(len(value))] ^= 1 << chance.randrange(8)
        update = f"UPDATE {table} SET {column} = ? WHERE {key} = ?"
        change(archived, update, bytes(flipped), number)
        if not faults(archived, Verification.of_index):
            unnoticed += 1  # some bits, such as those of a cookie, mean nothing
            assert answers(archived) == sound
        change(archived, update, value, number)
    assert unnoticed <= 4
    assert faults(archived) == []


def test_words_of_another_article_in_the_index_name_both(archived: Archived) -> None:
    one, other = archived.rows("SELECT * FROM articles ORDER BY id LIMIT 2")
    with writing(archived.db) as tables:
        tables.articles.unindex(one["id"], one)
        tables.articles.index(one["id"], other)
    fault, *others = faults(archived)
    assert fault.record == f"article {one['id']}, {one['url']}"
    assert "does not find it by exactly its words" in fault.message
    assert {other.record for other in others} <= {"articles_fts"}  # its average lengths
    assert any(f.kind == "index" for f in faults(archived, sample=1000))


def test_an_article_that_the_index_does_not_know_is_named(archived: Archived) -> None:
    (row,) = archived.rows("SELECT * FROM articles LIMIT 1")
    with writing(archived.db) as tables:
        tables.articles.unindex(row["id"], row)
    (fault, *_) = faults(archived)
    assert fault.record == f"article {row['id']}, {row['url']}"


def test_a_damaged_index_is_made_anew(archived: Archived) -> None:
    change(archived, "UPDATE articles_fts_data SET block = zeroblob(40) WHERE id > 10")
    assert [fault for fault in faults(archived) if fault.kind == "index"]
    before = content_hash_of_texts(archived)
    folder = str(archived.folder / "sites")
    done = run("reread", "--db", archived.db, "--reindex", TINHUYEN_SITES=folder)
    assert done.code == 0, done.out + done.err
    assert faults(archived) == []
    assert content_hash_of_texts(archived) == before
    content_hash(archived.db)  # it can be searched


def content_hash_of_texts(archived: Archived) -> list[dict[str, Any]]:
    return archived.rows("SELECT * FROM articles ORDER BY id")


# The database


def test_a_row_that_names_none_is_named(archived: Archived) -> None:
    change(archived, "INSERT INTO article_tags VALUES (1, 99999)")
    (fault,) = [fault for fault in faults(archived) if fault.kind == "database"]
    assert fault.record.startswith("article_tags, row ")
    assert fault.message == "it names a row of tags that does not exist"


def test_a_damaged_database_is_told_in_a_line(archived: Archived) -> None:
    chance = random.Random(7)
    size = archived.db.stat().st_size
    for _ in range(400):
        flip(archived.db, chance.randrange(4096, size), 0xFF)
    done = verify(archived)
    assert done.code == 1, done.out + done.err
    assert "Traceback" not in done.err
    assert "malformed" in done.out + done.err
