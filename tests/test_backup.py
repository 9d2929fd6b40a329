"""``tinhuyen backup`` and ``restore``: what was copied while others wrote comes back whole."""

import json
import os
import resource
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from archive import Archive, ArchiveError, LockedError, RefusedError
from crawler.sites import all_sites
from curation.backup import making
from curation.backup import manifest as manifests
from curation.backup.folder import Folder
from curation.backup.generations import Keep, kept
from curation.backup.making import Made, NotHereError, make
from curation.backup.manifest import DamagedBackupError
from curation.backup.restoring import RestoreRefusedError, chosen, faults, restore
from curation.backup.store import LOCK, StoreError
from curation.verify import Verification
from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, Serve, long, run
from tests.content import content_hash

POSTS = 12
THEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
AFTER = "Bài viết này đã được biên tập lại sau lần sao lưu thứ nhất."


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    """A portal that was crawled, of which one article is hidden, and that is still there."""
    portal = Portal.scaled(POSTS, page_bytes=0)
    with serving(portal, Faults(counter=False)) as server:
        archived = Archived(tmp_path_factory.mktemp("backup"), server)
        archived.describe(server.url + "/")
        archived.crawl()
        (row, *_) = archived.rows("SELECT code FROM articles ORDER BY id")
        assert not run("hide", row["code"], "--reason", "thử", "--db", archived.db).code
        yield archived


@pytest.fixture
def archived(crawled: Archived, tmp_path: Path) -> Archived:
    """A copy of it."""
    shutil.copytree(crawled.folder, tmp_path / "copy")
    return Archived(tmp_path / "copy", crawled.server)


def told(what: str, done: int, total: int) -> None:
    assert done <= total, what


def backed_up(
    archived: Archived, dest: Path, at: datetime = THEN, keep: Keep | None = None
) -> Made:
    with Archive.open(archived.db) as archive:
        return make(archive, Folder(dest), at, keep or Keep(), told)


def restored(source: Path, to: Path, at: datetime | None = None) -> Archived:
    store = Folder(source)
    restore(store, chosen(store, at), to, told)
    return Archived(to)


def files(folder: Path) -> dict[str, bytes]:
    """Return what was received and what is withheld, byte for byte."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and (path.name.endswith(".zst") or path.name == "withheld.db")
    }


def blocks(dest: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (dest / "data").rglob("*") if path.is_file()}


def found_wrong(archived: Archived, of: Archived) -> list[str]:
    with Archive.open(archived.db, read_only=True) as archive:
        sites = all_sites(of.folder / "sites")
        return [f"{one.record}: {one.message}" for one in Verification(archive, sites).faults()]


def test_a_backup_comes_back_byte_for_byte_and_a_crawl_goes_on_from_it(
    archived: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backed_up(archived, tmp_path / "dest")
    assert made.ok
    assert made.manifest.articles == POSTS
    back = restored(tmp_path / "dest", tmp_path / "back")
    assert files(back.folder) == files(archived.folder)
    assert content_hash(back.db) == content_hash(archived.db)
    assert "withheld.db" in files(back.folder)
    assert not found_wrong(back, archived)
    shutil.copytree(archived.folder / "sites", back.folder / "sites")
    summary = back.crawl("--full")
    assert (summary["outcome"], summary["new"]) == ("finished", 0)


def test_nobody_else_may_read_what_was_copied(archived: Archived, tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    backed_up(archived, dest)
    modes = {path.stat().st_mode & 0o777 for path in (dest / "data").rglob("*") if path.is_file()}
    assert modes == {0o600}
    back = restored(dest, tmp_path / "back")
    assert {each.stat().st_mode & 0o777 for each in (dest, back.folder)} == {0o700}


def test_what_is_new_alone_is_written(archived: Archived, tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    first = backed_up(archived, dest)
    before = blocks(dest)
    again = backed_up(archived, dest, THEN + timedelta(hours=1))
    assert again.written == 0
    assert blocks(dest) == before
    archived.crawl("--full")
    third = backed_up(archived, dest, THEN + timedelta(hours=2), Keep(daily=9))
    captures = [file for file in first.manifest.files if file.path.startswith("captures/")]
    assert captures
    assert third.written
    assert files(restored(dest, tmp_path / "back").folder) == files(archived.folder)


def test_of_a_file_that_has_grown_the_tail_alone_is_read_again(
    archived: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is with files of many blocks."""
    monkeypatch.setattr(making, "BLOCK_BYTES", 4096)
    monkeypatch.setattr(os, "fsync", lambda _: None)  # there are hundreds
    dest = tmp_path / "dest"
    first = backed_up(archived, dest)
    kept_file = max(first.manifest.files[2:], key=lambda file: file.bytes)
    archived.crawl("--full")
    second = backed_up(archived, dest, THEN + timedelta(days=1))
    grown = second.manifest.file(kept_file.path)
    assert grown
    whole = kept_file.bytes // 4096
    assert whole
    assert grown.blocks[:whole] == kept_file.blocks[:whole]
    assert files(restored(dest, tmp_path / "back").folder) == files(archived.folder)
    old = restored(dest, tmp_path / "old", THEN)
    for path, content in files(old.folder).items():
        assert (archived.folder / path).read_bytes().startswith(content)


def test_bytes_that_came_in_the_place_of_others_are_copied_anew(
    archived: Archived, tmp_path: Path
) -> None:
    """A file that was cut, and written to again, may be as long as it was."""
    dest = tmp_path / "dest"
    backed_up(archived, dest)
    (row, *_) = archived.rows("SELECT * FROM captures ORDER BY id DESC")
    with closing(sqlite3.connect(archived.db)) as connection, connection:
        connection.execute(
            "UPDATE captures SET warc_sha256 = ? WHERE id = ?", ["0" * 64, row["id"]]
        )
    made = backed_up(archived, dest, THEN + timedelta(hours=1))
    assert [line for line in made.damaged if row["url"] in line], "the file is looked at again"


def test_what_is_written_meanwhile_is_not_in_it(
    archived: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every capture that the copied database names is there, whatever comes to the files."""
    real = making._Maker._captures

    def crawls_first(maker: making._Maker, *arguments: object) -> object:
        archived.crawl("--full")
        return real(maker, *arguments)  # type: ignore[arg-type]

    before = archived.rows("SELECT count(*) AS captures FROM captures")
    sizes = {path: len(content) for path, content in files(archived.folder).items()}
    monkeypatch.setattr(making._Maker, "_captures", crawls_first)
    made = backed_up(archived, tmp_path / "dest")
    monkeypatch.undo()
    assert made.ok
    back = restored(tmp_path / "dest", tmp_path / "back")
    assert back.rows("SELECT count(*) AS captures FROM captures") == before
    assert {path: len(content) for path, content in files(back.folder).items()} == sizes
    assert len(archived.rows("SELECT id FROM captures")) > before[0]["captures"]
    assert not found_wrong(back, archived)


@pytest.mark.long
def test_each_backup_of_a_crawl_that_goes_on_is_sound_and_complete(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as there is time for; each holds what the archive named when it was begun."""
    archived = serve(Portal.scaled(30, page_bytes=20_000), delay=0.02)
    Archive.open(archived.db, create=True).close()
    thread = threading.Thread(target=archived.crawl)
    thread.start()
    number, least = 0, 0
    try:
        while thread.is_alive() or not number:
            at = THEN + timedelta(days=number)
            made = backed_up(archived, tmp_path / "dest", at, Keep(99, 0, 0))
            assert made.ok, made.damaged
            assert made.manifest.captures >= least
            (row,) = archived.rows("SELECT count(*) AS captures FROM captures")
            number, least = number + 1, made.manifest.captures
            assert row["captures"] >= least
    finally:
        thread.join()
    assert len({*manifests.names(Folder(tmp_path / "dest"))}) == number > 2
    assert least, "there was something to be copied while it went on"
    for day in range(0, number, max(1, number // 4)):
        back = restored(tmp_path / "dest", tmp_path / f"back{day}", THEN + timedelta(days=day))
        assert not found_wrong(back, archived)


@pytest.mark.long
def test_the_two_databases_are_of_one_moment(archived: Archived, tmp_path: Path) -> None:
    """Whoever hides or shows waits while what is withheld is copied."""
    (row, *_) = archived.rows("SELECT code, url FROM articles ORDER BY id DESC")
    stop = threading.Event()

    def change_of_mind() -> None:
        while not stop.is_set():
            for options in (["--reason", "thử"], ["--undo"]):
                run("hide", row["code"], *options, "--db", archived.db)

    thread = threading.Thread(target=change_of_mind)
    thread.start()
    try:
        for number in range(4):
            at = THEN + timedelta(days=number)
            assert backed_up(archived, tmp_path / "dest", at).ok
            back = restored(tmp_path / "dest", tmp_path / f"back{number}", at)
            with Archive.open(back.db, read_only=True) as archive:
                assert not [*archive.withheld.faults()][1:], "at most bytes are left in the file"
                assert not archive.withheld.unreadable()
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("stage", [long("_database"), long("_captures"), "_put"])
def test_a_backup_that_was_cut_off_is_none_and_the_next_goes_on(
    archived: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    dest = tmp_path / "dest"
    backed_up(archived, dest)
    archived.crawl("--full")
    calls = 0
    real = getattr(making._Maker, stage)

    def cut(maker: making._Maker, *arguments: object) -> object:
        nonlocal calls
        calls += 1
        if stage != "_put" or calls > 2:
            raise KeyboardInterrupt
        return real(maker, *arguments)

    monkeypatch.setattr(making._Maker, stage, cut)
    with pytest.raises(KeyboardInterrupt):
        backed_up(archived, dest, THEN + timedelta(days=1))
    monkeypatch.undo()
    assert [manifests.time_of(name) for name in manifests.names(Folder(dest))] == [THEN]
    assert not [*faults(Folder(dest), told)]
    assert backed_up(archived, dest, THEN + timedelta(days=2)).ok
    assert files(restored(dest, tmp_path / "back").folder) == files(archived.folder)
    assert not (dest / ".tinhuyen-staging").exists()


def test_a_backup_that_has_no_manifest_yet_is_cleared_away(
    archived: Archived, tmp_path: Path
) -> None:
    dest = tmp_path / "dest"
    backed_up(archived, dest)
    Folder(dest).put("data/ab/" + "ab" * 32, b"of one that was killed")
    (dest / ".tinhuyen-staging").mkdir()
    (dest / ".tinhuyen-staging" / "archive.db").write_bytes(b"half of it")
    backed_up(archived, dest, THEN + timedelta(days=1))
    assert "ab" * 32 not in blocks(dest)


def test_two_at_once_are_refused(archived: Archived, tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    backed_up(archived, dest)
    for lock in (f"{archived.db}.backup.lock", dest / LOCK):
        with FileLock(lock), pytest.raises(LockedError, match="another backup"):
            backed_up(archived, dest)


def test_another_archive_and_other_things_are_left_alone(
    archived: Archived, tmp_path: Path
) -> None:
    dest = tmp_path / "dest"
    backed_up(archived, dest)
    (tmp_path / "other").mkdir()
    other = Archived(tmp_path / "other")
    Archive.open(other.db, create=True).close()
    with pytest.raises(NotHereError, match="another archive"):
        backed_up(other, dest)
    (tmp_path / "photos" / "staging").mkdir(parents=True)
    for name in ("anh.jpg", ".phim.part", "staging/x"):
        (tmp_path / "photos" / name).write_bytes(b"jpg")
    with pytest.raises(NotHereError, match="something else"):
        backed_up(archived, tmp_path / "photos")
    left = {path.relative_to(tmp_path / "photos") for path in (tmp_path / "photos").rglob("*")}
    assert {*map(str, left)} == {"anh.jpg", ".phim.part", "staging", "staging/x", LOCK}


def test_a_damaged_database_is_not_copied(archived: Archived, tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    backed_up(archived, dest)
    with closing(sqlite3.connect(archived.db, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'links'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    data = bytearray(archived.db.read_bytes())
    data[(page - 1) * size : page * size] = b"\x77" * size
    archived.db.write_bytes(data)
    with pytest.raises(ArchiveError, match="damaged"):
        backed_up(archived, dest, THEN + timedelta(days=1))
    assert len(manifests.names(Folder(dest))) == 1


@pytest.mark.parametrize("how", ["altered", "page"])
def test_what_is_withheld_is_not_copied_when_it_is_damaged(
    archived: Archived, tmp_path: Path, how: str
) -> None:
    dest = tmp_path / "dest"
    backed_up(archived, dest)
    vault = archived.folder / "withheld.db"
    content = vault.read_bytes()
    if how == "altered":
        vault.write_bytes(content.replace(b'"body"', b'"bodY"', 1))
    else:
        vault.write_bytes(content[:-4096] + b"\x77" * 4096)
    with pytest.raises(ArchiveError, match=r"withheld\.db: is damaged .*not copied"):
        backed_up(archived, dest, THEN + timedelta(days=1))
    assert len(manifests.names(Folder(dest))) == 1, "which has what is withheld"


@pytest.mark.parametrize("how", ["gone", "flipped", "cut"])
def test_captures_that_are_damaged_are_named_and_the_rest_is_copied(
    archived: Archived, tmp_path: Path, how: str
) -> None:
    (path, *_) = (archived.folder / "captures").rglob("*.zst")
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "cut":
        path.write_bytes(content[:-40])
    else:
        path.write_bytes(content[:-40] + bytes([content[-40] ^ 1]) + content[-39:])
    made = backed_up(archived, tmp_path / "dest")
    assert not made.ok
    assert any(path.name in line for line in made.damaged)
    path.write_bytes(content)
    made = backed_up(archived, tmp_path / "dest", THEN + timedelta(days=1))
    assert made.ok, "what is put back is looked at again"
    assert files(restored(tmp_path / "dest", tmp_path / "back").folder) == files(archived.folder)


def test_what_was_sound_stays_in_later_backups_when_the_archive_loses_it(
    archived: Archived, tmp_path: Path
) -> None:
    dest = tmp_path / "dest"
    backed_up(archived, dest)
    before = files(archived.folder)
    (path, *_) = (archived.folder / "captures").rglob("*.zst")
    path.unlink()
    assert backed_up(archived, dest, THEN + timedelta(days=1)).ok
    assert files(restored(dest, tmp_path / "back").folder) == before


def test_what_a_crawl_found_to_be_lost_stays_in_later_backups_and_is_taken_back(
    archived: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dest = tmp_path / "dest"
    backed_up(archived, dest)
    path = min((archived.folder / "captures").rglob("*.zst"))
    before = path.read_bytes()
    path.write_bytes(before[:-40])
    with pytest.raises(AssertionError, match="bytes are missing"):
        archived.crawl()
    lost = "SELECT id FROM captures WHERE flags LIKE '%lost%'"
    assert archived.rows(lost)
    for day in (1, 2):
        assert backed_up(archived, dest, THEN + timedelta(days=day)).ok
    back = restored(dest, tmp_path / "back")
    assert files(back.folder)[path.relative_to(archived.folder).as_posix()] == before
    shutil.copytree(archived.folder / "sites", back.folder / "sites")
    back.crawl()
    assert not back.rows(lost)
    assert not found_wrong(back, archived)


@pytest.mark.parametrize("how", ["gone", "flipped", "cut", "manifest"])
def test_a_damaged_backup_is_refused_naming_the_file(
    archived: Archived, tmp_path: Path, how: str
) -> None:
    dest = tmp_path / "dest"
    made = backed_up(archived, dest)
    file = next(file for file in made.manifest.files if file.path.startswith("captures/"))
    path = dest / file.blocks[0].name
    name = file.path
    if how == "manifest":
        path, name = dest / "backups" / made.name, made.name
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "cut":
        path.write_bytes(content[:-1])
    else:
        path.write_bytes(content[:-40] + bytes([content[-40] ^ 1]) + content[-39:])
    with pytest.raises(DamagedBackupError, match=name):
        restored(dest, tmp_path / "back")
    assert not [*tmp_path.glob("*back*")], "nothing is left"
    assert any(name in line for line in faults(Folder(dest), told))
    again = backed_up(archived, dest, THEN + timedelta(days=1), Keep(9, 9, 9))
    if how == "manifest":
        assert not again.ok, "it is told, and nothing is removed that may belong to it"
    elif how != "flipped":
        assert files(restored(dest, tmp_path / "back").folder) == files(archived.folder)


@pytest.mark.parametrize("has_source", [True, False], ids=["mended", "told"])
def test_a_block_that_changed_in_its_place_is_found_within_so_many_backups(
    archived: Archived, tmp_path: Path, *, has_source: bool
) -> None:
    dest = tmp_path / "dest"
    made = backed_up(archived, dest)
    file = next(file for file in made.manifest.files if file.path.startswith("captures/"))
    path = dest / file.blocks[0].name
    content = path.read_bytes()
    path.write_bytes(content[:-40] + bytes([content[-40] ^ 1]) + content[-39:])
    source = archived.folder / file.path
    if not has_source:
        source.rename(tmp_path / "aside")
    backups = [
        backed_up(archived, dest, THEN + timedelta(days=7 * week), Keep(99, 99, 99))
        for week in range(1, making.READ_AGAIN + 1)
    ]
    if has_source:
        assert [made.mended for made in backups].count(1) == 1
        assert all(made.ok for made in backups)
        assert path.read_bytes() == content
        assert not [*faults(Folder(dest), told)]
        return
    told_of = [made.ok for made in backups]
    assert told_of == sorted(told_of, reverse=True), "once found, it is told each time"
    assert not told_of[-1]
    assert any(str(source) in line for line in backups[-1].damaged)


def test_a_manifest_of_others_writes_nothing_outside(archived: Archived, tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    made = backed_up(archived, dest)
    data = json.loads((dest / "backups" / made.name).read_bytes())
    for path in ("../x", "/x", "a/../../x", "C:\\x", "", "..\\x"):
        data["files"][0]["path"] = path
        text = json.dumps(data).encode()
        stamp = made.name.partition("-")[0]
        (dest / "backups" / f"{stamp}-{manifests._mark(text)}.json").write_bytes(text)
        name = f"{stamp}-{manifests._mark(text)}.json"
        with pytest.raises(DamagedBackupError):
            restore(Folder(dest), name, tmp_path / "back", told)


def test_nothing_is_restored_over_something(archived: Archived, tmp_path: Path) -> None:
    backed_up(archived, tmp_path / "dest")
    with pytest.raises(RefusedError, match="not empty"):
        restored(tmp_path / "dest", archived.folder)
    (tmp_path / "empty").mkdir()
    assert restored(tmp_path / "dest", tmp_path / "empty").db.is_file()
    with pytest.raises(RestoreRefusedError, match="no backup of that time"):
        restored(tmp_path / "dest", tmp_path / "x", THEN - timedelta(seconds=1))
    with pytest.raises(StoreError, match="is not there"):
        restored(tmp_path / "none", tmp_path / "x")


@pytest.mark.parametrize(
    ("keep", "days"),
    [
        (Keep(daily=3, weekly=0, monthly=0), [60, 61, 62]),
        (Keep(daily=0, weekly=0, monthly=0), [62]),
        (Keep(daily=1, weekly=3, monthly=0), [52, 59, 62]),
        (Keep(daily=0, weekly=0, monthly=12), [30, 58, 62]),
        (Keep(daily=99, weekly=99, monthly=99), [*range(63)]),
    ],
)
def test_of_days_weeks_and_months_the_newest_is_kept(keep: Keep, days: list[int]) -> None:
    """Two backups a day from 1 January 2026, a Thursday, to 4 March, a Wednesday."""
    first = datetime(2026, 1, 1, tzinfo=UTC)
    hours = [day * 24 + hour for day in range(63) for hour in (3, 21)]
    names = [f"{first + timedelta(hours=hour):%Y%m%dT%H%M%SZ}-{'0' * 16}.json" for hour in hours]
    staying = sorted(manifests.time_of(name) for name in kept(names, keep))
    assert staying == [first + timedelta(days=day, hours=21) for day in days]


def test_old_backups_are_removed_with_what_belongs_to_them_alone(
    archived: Archived, tmp_path: Path
) -> None:
    dest = tmp_path / "dest"
    backed_up(archived, dest)
    archived.crawl("--full")
    only = Keep(daily=1, weekly=0, monthly=0)
    made = backed_up(archived, dest, THEN + timedelta(days=1), only)
    assert len(made.removed) == 1
    assert {*blocks(dest)} == {b.sha256 for file in made.manifest.files for b in file.blocks}
    assert not [*faults(Folder(dest), told)]
    assert files(restored(dest, tmp_path / "back").folder) == files(archived.folder)


def test_a_clock_that_went_back_is_told_and_the_new_backup_is_not_removed(
    archived: Archived, tmp_path: Path
) -> None:
    dest = tmp_path / "dest"
    backed_up(archived, dest)
    archived.crawl("--full")
    made = backed_up(archived, dest, THEN - timedelta(hours=1), Keep(daily=1, weekly=0, monthly=0))
    assert made.name in manifests.names(Folder(dest))
    assert not made.removed
    assert [line for line in made.damaged if "see to the clock" in line and "05:06:07" in line]


def test_a_full_disk_leaves_the_earlier_backups(
    archived: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dest = tmp_path / "dest"
    backed_up(archived, dest)
    archived.crawl("--full")

    def full(folder: Folder, name: str, data: bytes) -> None:
        raise folder._told(OSError(28, "No space left on device"))

    monkeypatch.setattr(Folder, "put", full)
    with pytest.raises(StoreError, match="the disk is full"):
        backed_up(archived, dest, THEN + timedelta(days=1))
    monkeypatch.undo()
    assert len(manifests.names(Folder(dest))) == 1
    assert not [*faults(Folder(dest), told)]


def test_a_copy_that_has_no_room_is_told(archived: Archived, tmp_path: Path) -> None:
    """No file may grow beyond a megabyte, and the database is of more."""
    dest = tmp_path / "dest"
    with Archive.open(archived.db) as archive:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
        try:
            with pytest.raises(StoreError, match=str(dest)):
                make(archive, Folder(dest), THEN, Keep(), told)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert backed_up(archived, dest).ok


def test_what_hinders_removing_is_told_and_the_new_backup_is_there(
    archived: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dest = tmp_path / "dest"
    backed_up(archived, dest)

    def refusing(folder: Folder, name: str) -> None:
        raise StoreError(f"{folder.name}: may not be written")

    monkeypatch.setattr(Folder, "remove", refusing)
    made = backed_up(archived, dest, THEN + timedelta(hours=1))
    assert [line for line in made.damaged if "could not be removed" in line]
    assert made.name in manifests.names(Folder(dest))


# The commands


def test_the_commands_tell_what_they_did(archived: Archived, tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    done = run("backup", dest, "--db", archived.db, "--json")
    assert done.code == 0, done.err
    report = done.json()
    assert (report["ok"], report["articles"], report["damaged"]) == (True, POSTS, [])
    (row,) = archived.rows("SELECT * FROM backups")
    assert (row["at"], row["dest"], row["ok"]) == (report["at"], str(dest), 1)
    assert row["bytes"] == report["bytes"] == sum(map(len, blocks(dest).values()))
    assert run("backup", "--list", dest).out.startswith(f"{report['at']}  {POSTS} articles")
    assert run("backup", "--check", dest).code == 0
    done = run("restore", dest, tmp_path / "back", "--at", report["at"][:10])
    assert done.code == 0, done.err
    assert f"tinhuyen verify --db {tmp_path / 'back' / 'archive.db'}" in done.out


def test_a_backup_that_failed_is_noted(archived: Archived, tmp_path: Path) -> None:
    done = run("backup", tmp_path / "none" / "dest", "--db", archived.db)
    assert done.code == 1
    assert "is not there" in done.err
    (row,) = archived.rows("SELECT * FROM backups")
    assert (row["ok"], row["bytes"]) == (0, None)
    assert "is not there" in row["message"]


def test_a_place_in_the_archive_is_refused(archived: Archived) -> None:
    done = run("backup", archived.folder / "captures" / "x", "--db", archived.db)
    assert (done.code, "part of the archive" in done.err) == (2, True)


@pytest.mark.parametrize("last", [long(1), 2, long(3), long(5), long(8)])
def test_whenever_a_backup_is_killed_the_earlier_one_is_whole(
    archived: Archived, tmp_path: Path, last: int
) -> None:
    """A process of its own that ends at its Nth write, without a word."""
    dest = tmp_path / "dest"
    backed_up(archived, dest)
    archived.crawl("--full")
    child = os.fork()
    if not child:
        writes = 0
        put = Folder.put

        def dying(folder: Folder, name: str, data: bytes) -> None:
            nonlocal writes
            writes += 1
            if writes == last:
                (folder.path / name).parent.mkdir(exist_ok=True)
                (folder.path / name).with_name(".torn.tinhuyen-part").write_bytes(data[:-1])
                os._exit(9)
            put(folder, name, data)

        Folder.put = dying  # type: ignore[method-assign]
        try:
            backed_up(archived, dest, THEN + timedelta(days=1))
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 9)
    assert not [*faults(Folder(dest), told)]
    assert files(restored(dest, tmp_path / "old", THEN).folder)
    assert backed_up(archived, dest, THEN + timedelta(days=2), Keep(1, 0, 0)).ok
    assert files(restored(dest, tmp_path / "back").folder) == files(archived.folder)
    assert not [*dest.rglob("*.tinhuyen-part")], "what was torn is cleared away"
