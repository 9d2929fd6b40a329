"""``tinhuyen recompress``: what was received takes less and is the same, whatever befalls it."""

import hashlib
import os
import random
import shutil
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator
from hypothesis import given
from hypothesis import strategies as st

from archive import Archive, LockedError
from archive.locks import site_lock
from archive.recompressed import REST, Recompressed
from archive.tables.captures import Captures
from archive.tables.former_warcs import FormerWarcs
from archive.warc import (
    Source,
    WarcError,
    WarcWriter,
    chosen_for,
    forgotten,
    name_of,
    read_blocks,
    read_infos,
    rewrite,
    rewriting,
)
from archive.warc.frames import compressed
from crawler.exchange import Capture, Exchange
from curation import fixity
from curation.backup.folder import Folder
from curation.backup.generations import Keep
from curation.backup.making import make
from curation.backup.restoring import chosen, restore
from curation.recompress import Done, recompress, remove_former
from curation.verify import Verification
from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, costly, long, run
from tests.test_old_archives import NAMES, commanded, unpacked

THEN = datetime(2026, 1, 1, 8, tzinfo=UTC)
SITE = "test"
Records = dict[int, list[bytes]]


def told(*_: object) -> None:
    """Tell nobody."""


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    """The demo portal, crawled: to be copied, not to be changed."""
    with serving(Portal.embedded(), Faults(counter=False)) as server:
        archived = Archived(tmp_path_factory.mktemp("recompress"), server)
        archived.describe(server.url + "/")
        archived.crawl()
        yield archived


@pytest.fixture
def archived(crawled: Archived, tmp_path: Path) -> Archived:
    """A copy of it."""
    shutil.copytree(crawled.folder, tmp_path / "copy")
    return Archived(tmp_path / "copy", crawled.server)


def recompressed(archived: Archived, *, dry_run: bool = False) -> list[Done]:
    with Archive.open(archived.db) as archive:
        return [*recompress(archive, SITE, lambda: THEN, told, dry_run=dry_run)]


def records(archived: Archived) -> Records:
    """Return the records of all captures, uncompressed, by the number of the capture."""
    found: Records = {}
    with Archive.open(archived.db, read_only=True) as archive:
        for row in archived.rows("SELECT id FROM captures"):
            capture = archive.captures.get(row["id"])
            assert capture
            found[row["id"]] = read_blocks(archive.folder, capture)
    return found


def infos(archived: Archived) -> list[bytes]:
    with Archive.open(archived.db, read_only=True) as archive:
        files = archive.captures.files()
        return [info for file in files for info in read_infos(archive.folder, file)]


def kept(archived: Archived) -> int:
    return sum(row["n"] for row in archived.rows(
        "SELECT sum(warc_length + request_length) AS n FROM captures"
        " UNION ALL SELECT sum(head_length) FROM warcs"
    ))  # fmt: skip


def on_disk(archived: Archived) -> set[str]:
    folder = archived.folder / "captures"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def verified(archived: Archived) -> None:
    """Require that database and files are whole, and that nothing else lies beside them."""
    with Archive.open(archived.db, read_only=True) as archive:
        verification = Verification(archive, {})
        faults = [*verification.of_database(), *verification.of_files()]
        assert [str(fault) for fault in faults] == []


def begun(archived: Archived) -> None:
    """Begin as a crawl does, which takes in what it does not know; require that there is nothing.

    What was begun and not ended is gone then.
    """
    with Archive.open(archived.db) as archive:
        count = archive.captures.count()
        assert archive.captures.begin(1, SITE, {}) == []
        assert archive.captures.count() == count


def test_every_record_is_the_same_in_far_fewer_bytes(archived: Archived) -> None:
    before, were, bytes_before = records(archived), infos(archived), kept(archived)
    rows = "SELECT id, url, fetched_at, bytes, payload_sha256, refers_to, flags FROM captures"
    captures = archived.rows(rows)

    (done,) = recompressed(archived)

    assert len(done.files) >= 2
    assert done.name
    assert done.after
    assert records(archived) == before
    assert archived.rows(rows) == captures
    assert infos(archived)[1:] == were, "who took what is in it, as each file told"
    assert kept(archived) == done.after == (archived.folder / "captures" / done.name).stat().st_size
    assert done.after < bytes_before * 0.6
    assert abs(done.after - done.expected) < done.expected * 0.1, "it was told truly beforehand"
    verified(archived)


def test_a_dry_run_writes_nothing_and_a_second_run_finds_nothing(archived: Archived) -> None:
    there, bytes_before = on_disk(archived), archived.db.read_bytes()
    (would,) = recompressed(archived, dry_run=True)
    assert would.is_worth_it
    assert (on_disk(archived), archived.rows("SELECT * FROM former_warcs")) == (there, [])
    done = run("recompress", "--dry-run", "--db", archived.db)
    assert done.code == 0, done.err
    assert f"anew about {would.expected:,}" in done.out
    assert archived.db.read_bytes() == bytes_before
    (first,) = recompressed(archived)
    (second,) = recompressed(archived)
    assert (first.after is None, second.after, second.is_worth_it) == (False, None, False)


def test_what_was_written_anew_is_not_tried_again_until_more_has_come(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = recompressed(archived)

    def tried(*_: object) -> None:
        raise AssertionError("it was tried")

    monkeypatch.setattr("curation.recompress.chosen_of", tried)
    (second,) = recompressed(archived)
    assert (second.files, second.settled) == ([first.name], True)
    assert (second.before, second.expected) == (first.after, first.after)
    done = run("recompress", "--db", archived.db)
    assert (done.code, "were written anew before" in done.out) == (0, True), done.err
    # Beside what came since it is worth a look again; and for a newer version.
    monkeypatch.setattr("curation.recompress.WORTH", 1.0)
    with pytest.raises(AssertionError, match="it was tried"):
        recompressed(archived)
    monkeypatch.undo()
    monkeypatch.setattr(rewriting, "_software", lambda: "TinHuyen/99.0 (tinhuyen recompress)")
    (again,) = recompressed(archived)
    assert not again.settled


def test_others_read_the_new_file(archived: Archived) -> None:
    """FastWARC, which finds the dictionary by itself."""
    before = [hashlib.sha256(block).digest() for each in records(archived).values()
              for block in each]  # fmt: skip
    (done,) = recompressed(archived)
    assert done.name
    bodies, kinds = 0, []
    for record in ArchiveIterator(str(archived.folder / "captures" / done.name), parse_http=False):
        kinds.append(record.headers["WARC-Type"])
        if kinds[-1] == "response":
            record.parse_http()
            assert record.verify_payload_digest()
            bodies += 1
    assert bodies >= 120
    assert len(kinds) - kinds.count("warcinfo") == len(before)
    first = kinds.index("response")
    assert kinds[:first] == ["warcinfo"] * (1 + len(done.files))


def test_a_crawl_goes_on_from_it(archived: Archived) -> None:
    count = archived.rows("SELECT count(*) AS n FROM captures")[0]["n"]
    before = records(archived)
    recompressed(archived)
    archived.crawl("--full")
    assert archived.rows("SELECT count(*) AS n FROM captures")[0]["n"] > count
    assert {number: records(archived)[number] for number in before} == before
    verified(archived)


# Whenever it is killed

Steps = tuple[type[Any] | Any, str, int, bool]
MOMENTS: dict[str, Steps] = {
    "before it is noted": (FormerWarcs, "begin", 1, False),
    "when it is noted": (Recompressed, "begin", 1, True),
    "at its head": (rewriting, "compressed", 1, False),
    "in the middle": (rewriting, "compressed", 90, False),
    "when it is written": (rewriting, "_require_same", 1, True),
    "as the first capture moves": (Captures, "move", 1, True),
    "as the last captures move": (Captures, "move", 120, True),
    "as an old file is forgotten": (Captures, "end_file", 1, True),
    "when it is done": (Recompressed, "replace", 1, True),
}


@pytest.mark.parametrize(
    "moment",
    [
        *("when it is noted", "in the middle", "as the last captures move", "when it is done"),
        *map(long, ("before it is noted", "at its head", "when it is written")),
        *map(long, ("as the first capture moves", "as an old file is forgotten")),
    ],
)
def test_whenever_it_is_killed_all_is_there_once(archived: Archived, moment: str) -> None:
    """A process of its own that ends at that moment, without a word."""
    before = records(archived)
    place, name, number, after = MOMENTS[moment]
    child = os.fork()
    if not child:
        with suppress(BaseException):
            setattr(place, name, dying(getattr(place, name), number, after=after))
            recompressed(archived)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 9, "it was to be killed"

    assert records(archived) == before
    verified(archived)
    begun(archived)
    known = {row["file"] for row in archived.rows("SELECT file FROM warcs")}
    old = {row["file"] for row in archived.rows("SELECT file FROM former_warcs")}
    assert on_disk(archived) == known | old
    recompressed(archived)
    assert records(archived) == before
    verified(archived)


def dying(function: Callable[..., Any], number: int, *, after: bool) -> Callable[..., Any]:
    """Return a function that ends the process at its so-manieth call, before or after its work."""
    calls = 0

    def call(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number and not after:
            os._exit(9)
        result = function(*arguments, **named)
        if calls == number:
            os._exit(9)
        return result

    return call


# What goes wrong


def test_a_full_disk_is_told_and_leaves_all_as_it_was(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, there = records(archived), on_disk(archived)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        recompressed(archived)
    monkeypatch.undo()
    assert (records(archived), on_disk(archived)) == (before, there)
    usage = shutil.disk_usage(archived.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(OSError, match="No space"):
        recompressed(archived)
    assert on_disk(archived) == there


def test_a_new_file_that_differs_is_given_up(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, there = records(archived), on_disk(archived)

    def forgetful(compressor: Any, record: bytes) -> bytes:
        return compressed(
            compressor, record.replace(b"Nginx", b"nginx").replace(b"GET /", b"PUT /")
        )

    monkeypatch.setattr(rewriting, "compressed", forgetful)
    (done,) = recompressed(archived)
    assert done.after is None
    assert "does not give back the records" in done.left[0]
    assert (records(archived), on_disk(archived)) == (before, there)


def test_a_damaged_file_is_left_as_it_is_and_told(archived: Archived) -> None:
    """In its dictionary, too: the other one is written anew without it."""
    _, second = sorted((archived.folder / "captures" / SITE).glob("*.zst"))[:2]
    data = bytearray(second.read_bytes())
    assert struct.unpack("<I", data[:4])[0] == 0x184D2A5D
    data[60] ^= 1  # in the frame of the dictionary
    second.write_bytes(data)

    done = run("recompress", "--db", archived.db)

    assert done.code == 1
    assert f"{SITE}/{second.name}: is left as it is" in done.err
    assert "dictionary" in done.err
    assert second.read_bytes() == data
    names = {row["file"] for row in archived.rows("SELECT file FROM former_warcs")}
    assert f"{SITE}/{second.name}" not in names


def test_a_damage_of_the_new_dictionary_is_found_and_the_old_files_stay(
    archived: Archived,
) -> None:
    (done,) = recompressed(archived)
    assert done.name
    path = archived.folder / "captures" / done.name
    data = bytearray(path.read_bytes())
    data[60] ^= 1
    path.write_bytes(data)
    with Archive.open(archived.db, read_only=True) as archive:
        faults = [str(fault) for fault in Verification(archive, {}).of_files()]
    assert any("dictionary" in fault for fault in faults)
    with Archive.open(archived.db) as archive:
        removed, staying = remove_former(archive, THEN + 2 * REST)
    assert removed == []
    assert done.name in staying[0]
    assert {*done.files} <= on_disk(archived)


def test_a_site_that_is_being_crawled_is_left_alone(archived: Archived) -> None:
    there = on_disk(archived)
    with site_lock(archived.db, SITE):
        with pytest.raises(LockedError):
            recompressed(archived)
        done = run("recompress", "--db", archived.db)
    assert (done.code, "try again later" in done.err) == (75, True)
    assert on_disk(archived) == there


def test_a_site_of_which_nothing_was_received_is_refused(archived: Archived) -> None:
    done = run("recompress", "chodon", "--db", archived.db)
    assert (done.code, "nothing was received" in done.err) == (2, True)
    done = run("recompress", "khong_co", "--db", archived.db)
    assert (done.code, "no site is called 'khong_co'" in done.err) == (2, True)


# The old files


def backed_up(archived: Archived, dest: Path, at: datetime) -> None:
    with Archive.open(archived.db) as archive:
        made = make(archive, Folder(dest), at, Keep(), told)
        archive.copies.note(at, str(dest), ok=made.ok, size=made.manifest.bytes, message="")
        assert made.ok


def test_old_files_go_when_every_place_of_backups_has_the_new_ones(
    archived: Archived, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    before = records(archived)
    for dest in (one, two):
        backed_up(archived, dest, THEN - timedelta(days=1))
    (done,) = recompressed(archived)

    def gone(at: datetime, *without: str) -> tuple[list[str], list[str]]:
        with Archive.open(archived.db) as archive:
            return remove_former(archive, at, without)

    backed_up(archived, one, THEN + timedelta(hours=2))
    removed, staying = gone(THEN + 2 * REST)
    assert removed == []
    assert all(str(two) in line and str(one) not in line for line in staying)
    assert gone(THEN + timedelta(hours=3), str(two))[0] == [], "who reads may have begun before"
    backed_up(archived, two, THEN + timedelta(days=1))
    assert {*gone(THEN + 2 * REST)[0]} == {*done.files}
    assert on_disk(archived) == {done.name}
    assert records(archived) == before
    verified(archived)

    for dest, at in ((one, None), (two, None), (two, THEN - timedelta(days=1))):
        back = tmp_path / f"back-{dest.name}-{at is None}"
        restore(Folder(dest), chosen(Folder(dest), at), back, told)
        assert records(Archived(back)) == before, "backups of before and after come back whole"


def test_a_place_of_backups_that_is_no_more_is_not_waited_for(
    archived: Archived, tmp_path: Path
) -> None:
    backed_up(archived, tmp_path / "gone", THEN - timedelta(days=9))
    (done,) = recompressed(archived)
    waiting = run("recompress", "--db", archived.db)
    assert f"new backup in {tmp_path / 'gone'}" in waiting.out
    assert {*done.files} <= on_disk(archived)
    run("recompress", "--db", archived.db, "--without", str(tmp_path / "gone"))
    assert on_disk(archived) == {done.name}
    assert all(row["removed_at"] for row in archived.rows("SELECT removed_at FROM former_warcs"))


def test_a_backup_removes_what_nothing_needs_any_more(archived: Archived, tmp_path: Path) -> None:
    backed_up(archived, tmp_path / "dest", THEN - timedelta(days=9))
    (done,) = recompressed(archived)
    made = run("backup", tmp_path / "dest", "--db", archived.db)
    assert made.code == 0, made.err
    assert on_disk(archived) == {done.name}
    verified(archived)


def test_what_several_files_became_is_read_once_before_they_are_removed(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    (done,) = recompressed(archived)
    assert len(done.files) > 1
    heads: list[str] = []

    def check(task: fixity.Task) -> fixity.Found:
        if task.begins:
            heads.append(task.file.name)
        return real(task)

    real = fixity.check
    monkeypatch.setattr(fixity, "check", check)
    with Archive.open(archived.db) as archive:
        removed, _ = remove_former(archive, THEN + 2 * REST)
    assert {*removed} == {*done.files}
    assert heads == [done.name]


def test_a_database_of_before_does_not_take_the_new_file_for_something_else(
    archived: Archived, tmp_path: Path
) -> None:
    """The old database is put back beside the new files."""
    shutil.copy(archived.db, tmp_path / "old.db")
    before = records(archived)
    (done,) = recompressed(archived)
    shutil.copy(tmp_path / "old.db", archived.db)
    with Archive.open(archived.db) as archive:
        assert done.name
        known = [file.name for file in archive.captures.files()]
        assert [*forgotten(archive.folder, SITE, known)] == []
        assert [file.name for file, _ in forgotten(archive.folder, SITE, [])].count(done.name) == 1
    assert records(archived) == before


def test_a_database_of_before_that_was_put_back_alone_is_told_the_way_out(
    archived: Archived, tmp_path: Path
) -> None:
    """The way that its manual tells is gone, and all that was received is there again."""
    shutil.copy(archived.db, tmp_path / "old.db")
    urls = archived.rows("SELECT url, title, code FROM articles ORDER BY url")
    assert run("verify", "--db", archived.db).err.count("that it belongs to") == 0
    (done,) = recompressed(archived)
    with Archive.open(archived.db) as archive:
        removed = remove_former(archive, THEN + 2 * REST)[0]
    assert removed == list(done.files)
    for beside in archived.folder.glob("archive.db*"):
        beside.unlink() if beside.is_file() else shutil.rmtree(beside)
    shutil.copy(tmp_path / "old.db", archived.db)
    found = run("verify", "--db", archived.db)
    assert found.code == 1
    for name in done.files:
        (line,) = [line for line in (found.out + found.err).splitlines() if name in line]
        assert "docs/keeping.md#after-a-recompress" in line
    (archived.folder / "before").mkdir()
    for beside in archived.folder.glob("archive.db*"):
        beside.rename(archived.folder / "before" / beside.name)
    taken = run("import", archived.folder / "captures" / str(done.name), "--db", archived.db,
                TINHUYEN_SITES=str(archived.folder / "sites"))  # fmt: skip
    assert taken.code == 0, taken.out + taken.err
    assert archived.rows("SELECT url, title, code FROM articles ORDER BY url") == urls
    verified(archived)


# What is withheld, and older archives


def test_what_is_withheld_stays_withheld(archived: Archived, tmp_path: Path) -> None:
    (article,) = archived.rows("SELECT url, code FROM articles ORDER BY id LIMIT 1 OFFSET 9")
    hidden = run("hide", "--db", archived.db, article["code"], "--reason", "thử")
    assert hidden.code == 0, hidden.err
    before = exported(archived, tmp_path / "before.warc.gz")
    recompressed(archived)
    verified(archived)
    assert exported(archived, tmp_path / "after.warc.gz") == before
    assert article["url"] not in before
    assert len(before) > 100


def exported(archived: Archived, out: Path) -> set[str]:
    """Return the addresses of what is given to others."""
    assert run("export", "warc", "--db", archived.db, out).code == 0
    records = ArchiveIterator(str(out), parse_http=False)
    return {record.headers.get("WARC-Target-URI") or "" for record in records}


@pytest.mark.parametrize("name", NAMES)
def test_an_archive_of_an_older_version_is_brought_up_without_loss(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However small it is."""
    old = unpacked(name, tmp_path)
    with Archive.open(old.db):
        before = records(old) if (tmp_path / "captures").is_dir() else {}
    monkeypatch.setattr("curation.recompress.WORTH", 99)
    with Archive.open(old.db) as archive:
        sites = {file.name.partition("/")[0] for file in archive.captures.files()}
        steps = [done for site in sites for done in recompress(archive, site, lambda: THEN, told)]
    if not before:  # its files are not in the fixture
        assert all(done.left and done.after is None for done in steps)
        return
    assert all(done.after for done in steps)
    assert records(old) == before
    commanded(old, "reread")
    assert commanded(old, "verify").code == 0


# Any records

bodies = st.one_of(
    st.binary(max_size=400),
    st.integers(0, 20).map(lambda n: b"<html><h1>Tin %d</h1>" % n + b"<p>Xin chao</p>" * (n * 9)),
    st.integers(0, 3).map(lambda n: random.Random(n).randbytes(5000)),
)


@costly
@given(st.lists(st.tuples(bodies, st.sampled_from([200, 404]), st.booleans()), max_size=40),
       st.integers(1, 9))  # fmt: skip
def test_any_captures_come_back_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory,
    drawn: list[tuple[bytes, int, bool]],
    files: int,
) -> None:
    folder = tmp_path_factory.mktemp("any")
    sources: list[Source] = []
    for number in range(files):
        part = drawn[number::files]
        writer = WarcWriter(folder, SITE, {"software": "TinHuyen/1"}, [], [])
        writer.serial = 100 * number
        captures: list[Capture] = []
        for at, (body, status, asked) in enumerate(part):
            captures.append(writer.write(_exchange(f"{number}-{at}", body, status, asked=asked)))
        begun = {file.name: file for file in writer.begun}
        writer.close()
        for name, file in begun.items():
            inside = [capture for capture in captures if capture.warc_file == name]
            sources.append(Source(file, inside))
    if not sources:
        return
    blocks = [read_blocks(folder, each) for source in sources for each in source.captures]
    choice = chosen_for(blocks, len(blocks), [], 0)

    name = name_of(folder, SITE, 1, THEN)
    done = rewrite(folder, name, sources, choice.dictionary, told)

    assert [read_blocks(folder, each) for each in done.captures] == blocks
    path = folder / name
    assert done.file.end == path.stat().st_size
    if done.captures:
        data = bytearray(path.read_bytes())
        data[done.file.head_length + 6] ^= 1
        path.write_bytes(data)
        with pytest.raises(WarcError):
            rewriting._require_same(folder, sources, done)
    shutil.rmtree(folder)


def _exchange(path: str, body: bytes, status: int, *, asked: bool) -> Exchange:
    return Exchange(
        url=f"http://huyen.example/{path}",
        at=THEN,
        status=status,
        head=b"HTTP/1.1 %d OK\r\nContent-Type: text/html\r\nServer: Nginx\r\n\r\n" % status,
        body=body,
        request_head=b"GET /%s HTTP/1.1\r\n\r\n" % path.encode() if asked else None,
        content_type="text/html",
    )
