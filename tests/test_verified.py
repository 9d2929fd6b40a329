"""What `verify` has proved is not worked out again, until anything that it rests on has changed."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest

from archive import Archive
from crawler.exchange import Capture
from crawler.profiles.profile import Profile, Rule
from crawler.sites import Site, all_sites
from curation import derive, texts, verified
from curation.parallel import Workers
from curation.verified import Verified, digest_of_reader, verified_of
from curation.verify import Verification
from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving
from pipelines.tidy import tidy
from tests.conftest import Archived, run

POSTS = 12
AFTER = [f"Đoàn công tác đến xã Bản Thi, huyện Chợ Đồn, lần thứ {n}." for n in range(1, 21)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Archived:
    """An archive with an earlier text and a place, all of which was proved."""
    portal = Portal.scaled(POSTS, page_bytes=0)
    with serving(portal, Faults(counter=False)) as server:
        archived = Archived(tmp_path_factory.mktemp("verified"), server)
        archived.describe(server.url + "/", district="065")
        archived.crawl()
        portal.edit(portal.newest[3].slug, body="\n\n".join(AFTER))
        archived.crawl("--full")
    found = look(archived)
    assert (found.faults, found.unchanged) == ([], 0)
    return archived


@pytest.fixture
def archived(written: Archived, tmp_path: Path) -> Archived:
    """A copy of it, to be changed."""
    shutil.copytree(written.folder, tmp_path / "copy")
    return Archived(tmp_path / "copy")


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a look."""

    faults: list[str]
    unchanged: int
    troubles: list[str]


Change = Callable[[dict[str, Site]], dict[str, Site]]


def look(
    archived: Archived,
    change: Change = lambda sites: sites,
    *,
    anew: bool = False,
    processes: int = 1,
    **options: Any,
) -> Found:
    """Verify an archive as the command does, whose sites are described in another way."""
    sites = change(all_sites(archived.folder / "sites"))
    known = Verified(verified_of(archived.db), anew=anew)
    with Workers(processes) as workers, Archive.open(archived.db, read_only=True) as archive:
        one = Verification(archive, sites, verified=known, workers=workers, **options)
        faults = [str(fault) for fault in one.faults() if fault.kind != "index"]
    known.keep(whole=not options)
    return Found(faults, one.unchanged, known.troubles)


def change(archived: Archived, sql: str, *parameters: Any) -> None:
    with closing(sqlite3.connect(archived.db)) as connection:
        assert connection.execute(sql, parameters).rowcount > 0, "nothing was changed"
        connection.commit()


# What is unchanged


@pytest.mark.parametrize("processes", [1, 2])
def test_what_was_proved_is_not_read_again(
    processes: int, archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(task: texts.Task) -> list[texts.Reading]:
        raise AssertionError("it was read")

    monkeypatch.setattr(texts, "read_again", read)
    assert look(archived, processes=processes) == Found([], POSTS, [])


def test_the_archive_has_all_that_a_reading_rests_on(archived: Archived) -> None:
    for table in ("revisions", "places", "images", "links"):
        assert archived.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"], table


def test_all_is_derived_if_asked_for_anew(archived: Archived) -> None:
    assert look(archived, anew=True) == Found([], 0, [])
    assert look(archived) == Found([], POSTS, [])


def test_a_part_of_an_archive_leaves_what_is_known_of_the_rest(archived: Archived) -> None:
    before = verified_of(archived.db).read_bytes()
    look(archived, sample=3)
    assert verified_of(archived.db).read_bytes() == before
    assert look(archived, only=["test"]).unchanged == POSTS


def test_of_captures_that_were_not_looked_at_nothing_is_believed(archived: Archived) -> None:
    """What the archive says of their bytes may be so or not."""
    known = Verified(verified_of(archived.db))
    with Archive.open(archived.db, read_only=True) as archive:
        one = Verification(archive, all_sites(archived.folder / "sites"), verified=known)
        assert list(one.of_texts()) == []
    assert one.unchanged == 0


# What has changed


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE articles SET title = title || '.' WHERE id = 5",
        "UPDATE articles SET author = 'x' WHERE id = 2",
        "UPDATE articles SET next_url = 'https://example.org/x' WHERE id = 2",
        "UPDATE articles SET text_sha256 = 'x' WHERE id = 2",
        "UPDATE revisions SET body = body || '.'",
        "UPDATE images SET alt = 'x' WHERE rowid = (SELECT min(rowid) FROM images)",
        "UPDATE places SET position = position + 1"
        " WHERE rowid = (SELECT min(rowid) FROM places)",
        "DELETE FROM places WHERE rowid = (SELECT min(rowid) FROM places)",
    ],
)  # fmt: skip
def test_a_row_that_is_otherwise_is_derived_again_and_found(sql: str, archived: Archived) -> None:
    change(archived, sql)
    found = look(archived)
    assert len(found.faults) == 1
    assert found.unchanged == POSTS - 1
    assert look(archived).faults == found.faults, "what is wrong is never proved"


def test_a_capture_of_which_a_byte_is_otherwise_is_found(archived: Archived) -> None:
    (row,) = archived.rows(
        "SELECT c.* FROM articles a JOIN captures c ON c.id = a.capture_id WHERE a.id = 2"
    )
    path = archived.folder / "captures" / row["warc_file"]
    data = bytearray(path.read_bytes())
    data[row["warc_offset"] + row["warc_length"] // 2] ^= 1
    path.write_bytes(data)
    found = look(archived)
    assert found.faults
    assert found.unchanged == POSTS - 1


def test_a_text_that_is_said_to_come_from_another_page_is_read_again(archived: Archived) -> None:
    one, other = archived.rows("SELECT id, capture_id FROM articles WHERE id IN (5, 6) ORDER BY id")
    change(archived, "UPDATE articles SET capture_id = ? WHERE id = ?", other["capture_id"], 5)
    found = look(archived)
    assert one["capture_id"] != other["capture_id"]
    assert len(found.faults) == 1
    assert found.unchanged == POSTS - 1


@pytest.mark.parametrize("column", [each.name for each in fields(Capture)])
def test_whatever_is_known_of_a_capture_counts(column: str, archived: Archived) -> None:
    known = Verified(verified_of(archived.db))
    with Archive.open(archived.db, read_only=True) as archive:
        (task,) = texts.tasks(archive, [5], all_sites(archived.folder / "sites"))
    (holding,) = task.holdings
    (text,) = holding.texts
    assert text.original
    for place in ("capture", "holder"):
        other = replace(getattr(text.original, place), **{column: "another"})
        exchanged = replace(text, original=replace(text.original, **{place: other}))
        digest = known.digest_of(task, replace(holding, texts=[exchanged]))
        assert digest
        assert not known.knows(digest)
    digest = known.digest_of(task, holding)
    assert digest
    assert known.knows(digest)


def test_what_no_crawl_writes_is_read_again(archived: Archived) -> None:
    change(archived, "UPDATE articles SET author = x'00ff' WHERE id = 5")
    found = look(archived)
    assert len(found.faults) == 1
    assert found.unchanged == POSTS - 1


def test_a_site_that_is_described_otherwise_is_read_again(archived: Archived) -> None:
    found = look(archived, lambda sites: {
        key: replace(site, note="moved") for key, site in sites.items()
    })  # fmt: skip
    assert found == Found([], 0, [])


def test_a_profile_that_is_written_meanwhile_is_read_by(archived: Archived) -> None:
    one = Profile(name="test", title=(Rule("h2"),), content=(Rule("body"),))
    found = look(archived, lambda sites: {
        key: replace(site, profiles=(one,)) for key, site in sites.items()
    })  # fmt: skip
    assert found.unchanged == 0
    assert "profiles/test.toml changed since" in found.faults[0]


def test_a_row_of_the_site_that_is_otherwise_has_it_read_again(archived: Archived) -> None:
    change(archived, "UPDATE sites SET district = NULL")
    assert look(archived).unchanged == 0


def test_other_readers_read_all_again_and_what_they_find_is_told(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verified, "digest_of_reader", lambda: "another")

    def tidied(page: Any) -> Any:
        page, *rest = tidy(page)
        return replace(page, article=replace(page.article, title="Tựa khác")), *rest

    monkeypatch.setattr(derive, "tidy", tidied)
    found = look(archived)
    assert found.unchanged == 0
    assert len(found.faults) == POSTS + 1, "the earlier text, too"


@pytest.mark.parametrize(
    "name",
    ["crawler/readers/layout.py", "crawler/country/communes.csv", "pipelines/clean.py",
     "curation/derive.py", "archive/tables/places.py"],
)  # fmt: skip
def test_the_digest_of_the_readers_is_of_each_of_their_files(name: str, tmp_path: Path) -> None:
    root = Path(verified.__file__).parents[1]
    for package in ("archive", "crawler", "pipelines", "curation"):
        shutil.copytree(root / package, tmp_path / package)
    before = digest_of_reader(tmp_path)
    assert before == digest_of_reader(root)
    path = tmp_path / name
    path.write_bytes(path.read_bytes() + b"\n")
    assert digest_of_reader(tmp_path) != before


def test_the_digest_of_the_readers_is_of_the_libraries_and_of_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest_of_reader()
    with monkeypatch.context() as patch:
        (tmp_path / "lxml-999.dist-info").mkdir()
        patch.syspath_prepend(tmp_path)
        assert digest_of_reader() != before
    monkeypatch.setattr(sys, "version", "4.0")
    assert digest_of_reader() != before


def test_readers_that_change_meanwhile_prove_nothing(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = verified_of(archived.db).read_bytes()
    answers = iter(["one", "another"])
    monkeypatch.setattr(verified, "digest_of_reader", lambda: next(answers))
    found = look(archived)
    assert found.unchanged == 0
    assert "meanwhile" in found.troubles[0]
    assert verified_of(archived.db).read_bytes() == before


# The file


def _of_other_version(data: bytes) -> bytes:
    return data.replace(b" 1\n", b" 2\n", 1)


@pytest.mark.parametrize(
    ("made", "told", "is_ours"),
    [
        (lambda data: data[:50] + bytes([data[50] ^ 1]) + data[51:], "damaged", True),
        (lambda data: data[:-1], "damaged", True),
        (lambda data: data[:25], "damaged", True),
        (lambda data: data + b"x", "damaged", True),
        (_of_other_version, "version", False),
        (lambda data: b"", "none of ours", False),
        (lambda data: b"my own notes", "none of ours", False),
    ],
)
def test_a_file_that_is_not_as_it_was_written_is_told_and_not_believed(
    made: Callable[[bytes], bytes], told: str, is_ours: bool, archived: Archived
) -> None:
    path = verified_of(archived.db)
    data = path.read_bytes()
    path.write_bytes(made(data))
    found = look(archived)
    assert (found.faults, found.unchanged) == ([], 0)
    assert told in found.troubles[0]
    assert path.read_bytes() == (data if is_ours else made(data))


def test_a_folder_in_its_place_is_left_as_it_is(archived: Archived) -> None:
    path = verified_of(archived.db)
    path.unlink()
    path.mkdir()
    assert "none of ours" in look(archived).troubles[0]
    assert path.is_dir()


def test_the_file_of_another_archive_is_of_no_use(archived: Archived) -> None:
    """It names nothing that is in this one."""
    strange = b"tinhuyen verified 1\n" + b"".join(
        sorted(hashlib.sha256(b"%d" % n).digest() for n in range(50))
    )
    verified_of(archived.db).write_bytes(strange + hashlib.sha256(strange).digest())
    assert look(archived) == Found([], 0, [])
    assert look(archived) == Found([], POSTS, [])


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    known = Verified(tmp_path / "gone" / "archive.verified")
    known.note(bytes(32))
    known.keep(whole=True)
    assert "cannot be written" in known.troubles[0]


# The command


def command(archived: Archived, *arguments: str) -> Any:
    folder = str(archived.folder / "sites")
    return run("verify", "--db", archived.db, *arguments, TINHUYEN_SITES=folder)


def test_the_command_says_what_was_derived(archived: Archived) -> None:
    assert f"those of {POSTS} are unchanged" in command(archived).out
    assert command(archived, "--json").json()["unchanged"] == POSTS
    assert f"of {POSTS} articles were derived again" in command(archived, "--anew").out
    verified_of(archived.db).write_bytes(b"")
    done = command(archived)
    assert done.code == 0, "what was proved before is no part of the archive"
    assert "archive.verified is left as it is: it is none of ours." in " ".join(done.out.split())


def test_two_at_once_do_no_harm(archived: Archived) -> None:
    verified_of(archived.db).unlink()
    environment = os.environ | {"TINHUYEN_SITES": str(archived.folder / "sites")}
    arguments = [sys.executable, "-m", "tinhuyen", "verify", "--db", str(archived.db)]
    both = [subprocess.Popen([*arguments, "--processes", "1"], env=environment,
                             stdout=subprocess.DEVNULL) for _ in range(2)]  # fmt: skip
    assert [each.wait() for each in both] == [0, 0]
    assert look(archived) == Found([], POSTS, [])
    assert not [path for path in archived.folder.iterdir() if path.name.endswith(".new")]
