"""What is not merged: a clear line, and nothing is changed, here or there."""

import hashlib
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest
from filelock import FileLock

from archive import ArchiveError, LockedError, RefusedError
from curation.merging import merge
from tests.content import content_hash
from tests.test_merge_both import Portal, faults, rows
from tests.test_old_archives import unpacked


def digests(folder: Path) -> dict[str, str]:
    """Return what stands in each file of a folder, but for locks and what SQLite has beside."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith((".lock", "-wal", "-shm"))
    }


def newer(source: Path) -> None:
    with closing(connect(source)) as db, db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('tinhuyen', 'add_quantum_search', '2031-01-01')"
        )


def without_urls(source: Path) -> None:
    with closing(connect(source)) as db, db:
        db.execute("DROP TABLE urls")


def half(source: Path) -> None:
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])


def without_captures(source: Path) -> None:
    shutil.rmtree(source.parent / "captures")


def another_byte(source: Path) -> None:
    (file,) = source.parent.glob("captures/*/*.warc.zst")
    data = bytearray(file.read_bytes())
    data[-40] ^= 1
    file.write_bytes(data)


def of_no_file(source: Path) -> None:
    with closing(connect(source)) as db, db:
        db.execute("UPDATE captures SET warc_file = replace(warc_file, '.warc', '-2.warc')")


def no_archive(source: Path) -> None:
    source.write_text("một bài viết", encoding="utf-8")


def of_others(source: Path) -> None:
    source.unlink()
    with closing(connect(source)) as db, db:
        db.execute("CREATE TABLE notes (text)")


def nowhere(source: Path) -> None:
    source.unlink()


REFUSED: dict[Callable[[Path], None], str] = {
    newer: "made by a newer version",
    without_urls: "the table urls is missing",
    half: "is damaged",
    without_captures: "is missing, and 1 captures with it",
    another_byte: "is damaged: its bytes at",
    of_no_file: "knows of, but 1 captures are said to lie in it",
    no_archive: "no SQLite database; name an archive.db",
    of_others: "no archive of Tin Huyện",
    nowhere: "no such archive",
}


@pytest.mark.parametrize("damage", REFUSED, ids=lambda damage: damage.__name__)
def test_what_cannot_be_merged_changes_nothing(
    damage: Callable[[Path], None], tmp_path: Path
) -> None:
    mine, theirs = (
        Portal(tmp_path / "1", ("a", 1, "Một.")),
        Portal(tmp_path / "2", ("b", 2, "Hai.")),
    )
    damage(theirs.db)
    before, there, here = content_hash(mine.db), digests(theirs.db.parent), digests(mine.db.parent)
    with pytest.raises(ArchiveError, match=REFUSED[damage]) as error:
        merge(mine.db, theirs.db)
    assert str(theirs.db.parent) in str(error.value)
    assert "--db" not in str(error.value).partition("tinhuyen verify")[0], "it names no FROM"
    assert content_hash(mine.db) == before
    assert digests(theirs.db.parent) == there
    assert digests(mine.db.parent / "captures") == {
        name.removeprefix("captures/"): digest
        for name, digest in here.items()
        if name.startswith("captures/")
    }


@pytest.mark.parametrize("damage", REFUSED, ids=lambda damage: damage.__name__)
def test_what_cannot_be_merged_makes_no_archive(
    damage: Callable[[Path], None], tmp_path: Path
) -> None:
    theirs = Portal(tmp_path / "1", ("b", 2, "Hai."))
    damage(theirs.db)
    (tmp_path / "new").mkdir()
    with pytest.raises(ArchiveError, match=REFUSED[damage]):
        merge(tmp_path / "new" / "archive.db", theirs.db)
    left = {path.name for path in (tmp_path / "new").iterdir() if path.suffix != ".lock"}
    assert left == set()


@pytest.mark.parametrize("is_here", [True, False])
def test_what_is_being_crawled_is_not_merged(is_here: bool, tmp_path: Path) -> None:
    mine, theirs = (
        Portal(tmp_path / "1", ("a", 1, "Một.")),
        Portal(tmp_path / "2", ("b", 2, "Hai.")),
    )
    before = content_hash(mine.db)
    lock = FileLock(f"{(mine if is_here else theirs).db}.khuoisao.lock")
    with lock, pytest.raises(LockedError, match="khuoisao"):
        merge(mine.db, theirs.db)
    assert content_hash(mine.db) == before
    assert merge(mine.db, theirs.db).new == 1


def test_an_archive_is_not_merged_into_itself(tmp_path: Path) -> None:
    mine = Portal(tmp_path / "1", ("a", 1, "Một."))
    with pytest.raises(RefusedError, match="is the archive that is merged into"):
        merge(mine.db, mine.db.parent)


def test_one_of_an_older_version_is_brought_up_to_date_in_a_copy(tmp_path: Path) -> None:
    old = unpacked("0.2-history", tmp_path / "old")
    before = digests(old.folder)
    db = tmp_path / "new" / "archive.db"
    db.parent.mkdir()
    merged = merge(db, old.folder)
    assert digests(old.folder) == before
    assert (merged.new, merge(db, old.folder).merged) == (6, 0)
    assert rows(db, "SELECT count(*) FROM revisions") == [(2,)]
    assert not faults(db)
    assert not [*db.parent.glob(".merging-*")]
