"""What is told of an index: damage where there is some, and none where somebody writes, or was
killed at it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from archive.search.asked import understood
from archive.search.checking import faults
from archive.search.engine import Searcher
from archive.search.files import META, damaged, named
from archive.search.folder import current, index_of
from archive.search.writing import bring_up
from crawler.vocabulary import LeftOut
from tests.test_archive import Held, a_visit, an_article

SUFFIXES = ("fast", "fieldnorm", "idx", "pos", "store", "term")
KILLS = 4


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of an archive with an index of several segments, in one of which one is deleted."""
    held = Held(tmp_path_factory.mktemp("indexed") / "archive.db")
    for number in range(4):
        held.record(a_visit(f"bai-{number}/", an_article(f"Rừng {number}", "Cây trúc mọc.")))
    bring_up(held.path)
    held.record(a_visit("bai-4/", an_article("Rừng tre", "Cây tre mọc.")))
    bring_up(held.path)
    held.close()
    return held.path.parent


@pytest.fixture
def held(indexed: Path, tmp_path: Path) -> Iterator[Held]:
    shutil.copytree(indexed, tmp_path, dirs_exist_ok=True)
    held = Held(tmp_path / "archive.db")
    yield held
    held.close()


def place_of(held: Held) -> Path:
    place = current(index_of(held.path))
    assert place
    return place


def file_of(held: Held, suffix: str) -> Path:
    """Return the largest file of a kind that the index has."""
    place = place_of(held)
    files = [place / name for name in named(place) if name.endswith(f".{suffix}")]
    return max(files, key=lambda file: file.stat().st_size)


def told(held: Held) -> list[str]:
    return [message for _, message in faults(held.path)]


def answered_by(db: Path) -> str:
    searcher = Searcher.open(db)
    answer = searcher.search(understood("rừng"))
    searcher.close()
    assert (answer.engine == "fts5") == (LeftOut.NO_INDEX in answer.left_out)
    return answer.engine


# What is no damage


HARMLESS = {
    "a torn file of a writer that was killed": lambda place: (
        place / f"{'0' * 32}.idx"
    ).write_bytes(b"\x00" * 99),
    "an empty file of one that writes": lambda place: (place / f"{'1' * 32}.term").touch(),
    "a draft of what belongs to it": lambda place: (place / ".tmpAbC123").write_bytes(b'{"segm'),
    "another index, half made": lambda place: (place.parent / "5c2b").mkdir(),
    "a file of the owner's": lambda place: (place / "ghi chú.txt").write_text("của tôi"),
    "no list of files to be removed": lambda place: (place / ".managed.json").unlink(),
    "no file of locks": lambda place: (place / ".tantivy-meta.lock").unlink(),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_lies_beside_the_files_of_an_index_is_no_damage(held: Held, what: str) -> None:
    HARMLESS[what](place_of(held))
    assert told(held) == []
    assert answered_by(held.path) == "tantivy"
    assert bring_up(held.path, thorough=True).rebuilt is None


WRITER = """
import sys, sqlite3
from pathlib import Path
from archive.search.writing import bring_up
from tests.test_archive import Held, a_visit, an_article
held = Held(Path(sys.argv[1]))
first, every = int(sys.argv[2]), int(sys.argv[3])
for number in range(first, 1_000_000):
    held.record(a_visit(f"moi-{number}/", an_article(f"Rừng mới {number}", "Cây " * 50)))
    bring_up(held.path, rebuild=every and number % every == every - 1)
    print(number, flush=True)
"""


class Writer:
    """A process that stores articles and takes each into the index, until it is killed."""

    def __init__(self, db: Path, first: int, *, anew_every: int = 0) -> None:
        command = [sys.executable, "-c", WRITER, str(db), str(first), str(anew_every)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.last = first
        self.wait_for_one()

    def wait_for_one(self) -> None:
        assert self._process.stdout
        self.last = int(self._process.stdout.readline())

    def kill(self) -> None:
        self._process.kill()
        rest, _ = self._process.communicate()
        self.last = int(([str(self.last), *rest.split()])[-1])


def test_a_writer_that_is_killed_at_any_moment_leaves_no_damage(held: Held) -> None:
    first = 0
    moments = Random(7)
    for _ in range(KILLS):
        writer = Writer(held.path, first)
        with suppress(subprocess.TimeoutExpired):
            writer._process.wait(moments.uniform(0.0, 0.2))
        writer.kill()
        first = writer.last + 2
        assert told(held) == []
        assert answered_by(held.path) == "tantivy"
    assert bring_up(held.path, thorough=True).rebuilt is None
    assert told(held) == []


def test_a_commit_that_was_never_finished_is_not_in_the_way_of_the_next(held: Held) -> None:
    """As of a writer that was killed just before, or in a copy that was taken just then."""
    place = place_of(held)
    meta = json.loads((place / META).read_bytes())
    segments = {name.partition(".")[0] for name in named(place)}
    left = [
        place / f"{segment}.{meta['opstamp'] + ahead}.del"
        for segment in segments
        for ahead in range(1, 20)
    ]
    for file in left:
        file.write_bytes(b"half of a file")
    held.record(a_visit("bai-0/", an_article("Rừng lim", "Cây lim mọc.")))
    assert bring_up(held.path).rebuilt is None
    assert told(held) == []
    written = {file.name for file in left if file.exists()}
    assert written, "the next commit has such names"
    assert written <= {*named(place)}


def test_nothing_is_told_of_an_index_that_is_written_and_made_anew_meanwhile(held: Held) -> None:
    writer = Writer(held.path, 0, anew_every=3)
    try:
        while writer.last < 8:  # so that it was made anew twice, however slow either of them is
            for _ in range(3):
                assert all("was not checked" in message for message in told(held))
            writer.wait_for_one()
    finally:
        writer.kill()
    assert told(held) == []


def test_a_copy_that_was_taken_while_it_was_written_is_whole_or_said_not_to_be(
    held: Held, tmp_path: Path
) -> None:
    writer = Writer(held.path, 0, anew_every=7)
    folder = tmp_path / "bản chép"
    folder.mkdir()
    try:
        for number in range(10):
            copy = folder / f"{number}.db"
            held.db.execute("VACUUM INTO ?", [str(copy)])
            with suppress(shutil.Error, OSError):  # files that go while they are copied
                shutil.copytree(index_of(held.path), index_of(copy))
    finally:
        writer.kill()
    for copy in folder.glob("*.db"):
        is_ahead = "restored to an earlier state"
        found = [message for _, message in faults(copy)]
        assert (answered_by(copy) == "fts5") == bool(found), found
        place = current(index_of(copy))
        assert bool(found) == (
            place is None or bool(damaged(place)) or any(is_ahead in each for each in found)
        )
        bring_up(copy, thorough=True)
        assert [*faults(copy)] == []


def test_an_index_that_never_stays_as_it_is_is_said_not_to_be_checked(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter(range(1_000))
    monkeypatch.setattr(
        "archive.search.checking.stamp_of", lambda folder: ("", next(moments), 0, 0)
    )
    file_of(held, "idx").unlink()
    (message,) = told(held)
    assert "was not checked" in message


# What may be read only


READ = """
import sys
from pathlib import Path
from archive.search.asked import understood
from archive.search.checking import faults
from archive.search.engine import Searcher
db = Path(sys.argv[1])
try:
    (db.parent / "x").touch()
except OSError:
    searcher = Searcher.open(db)
    found = searcher.search(understood("rừng"))
    print(found.engine, found.total, found.left_out, [*faults(db)])
"""
MOUNTED = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'


def test_a_disk_that_is_mounted_to_be_read_is_searched_by_the_index(held: Held) -> None:
    held.close()
    mounting = ["unshare", "-m", "sh", "-c", MOUNTED, "sh", str(held.path.parent)]
    if not shutil.which("unshare") or subprocess.run([*mounting, "true"], check=False).returncode:
        pytest.skip("needs the right to mount a disk")
    script = [sys.executable, "-c", READ, str(held.path)]
    done = subprocess.run([*mounting, *script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("tantivy 5 () []\n", "")


def test_an_index_in_a_folder_to_be_read_is_followed_as_others_write_to_it(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that one machine writes and another reads."""
    monkeypatch.setattr("archive.search.folder._may_be_written", lambda *_: False)
    searcher = Searcher.open(held.path)
    before = searcher.search(understood("rừng"))
    monkeypatch.undo()
    held.record(a_visit("bai-5/", an_article("Rừng sến", "Cây sến.")))
    bring_up(held.path)
    bring_up(held.path, rebuild=True)
    held.record(a_visit("bai-6/", an_article("Rừng lim", "Cây lim.")))
    monkeypatch.setattr("archive.search.folder._may_be_written", lambda *_: False)
    behind = searcher.search(understood("rừng"))
    monkeypatch.undo()
    bring_up(held.path)
    monkeypatch.setattr("archive.search.folder._may_be_written", lambda *_: False)
    after = searcher.search(understood("rừng"))
    searcher.close()
    told_of = [(each.engine, each.total, each.left_out) for each in (before, behind, after)]
    assert told_of == [
        ("tantivy", 5, ()),
        ("tantivy", 6, (LeftOut.BEHIND,)),
        ("tantivy", 7, ()),
    ]


def test_where_no_link_can_be_made_the_slower_search_answers(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr("archive.search.folder._may_be_written", lambda *_: False)
    monkeypatch.setattr("archive.search.folder.tempfile.TemporaryDirectory", full)
    assert answered_by(held.path) == "fts5"


@pytest.mark.skipif(os.name != "posix", reason="a file has no modes")
def test_whoever_may_read_the_folder_of_an_index_may_read_its_files(held: Held) -> None:
    place = place_of(held)
    held.record(a_visit("bai-5/", an_article("Rừng sến", "Cây sến.")))
    for mode in (0o755, 0o750):
        place.chmod(mode)
        (place / META).chmod(0o600)
        bring_up(held.path)
        held.record(a_visit(f"bai-{mode}/", an_article("Rừng lim", "Cây lim.")))
        bring_up(held.path)
        assert (place / META).stat().st_mode & 0o777 == 0o600 | (mode & 0o444)


# What is damage


def _changed(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 1
    file.write_bytes(data)


HARM: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "empty": lambda file: file.write_bytes(b""),
    "shorter by a byte": lambda file: os.truncate(file, file.stat().st_size - 1),
    "cut in half": lambda file: os.truncate(file, file.stat().st_size // 2),
    "longer by a byte": lambda file: file.write_bytes(file.read_bytes() + b"\x00"),
    "with a byte changed": _changed,
}


@pytest.mark.parametrize("suffix", [*SUFFIXES])
@pytest.mark.parametrize("how", HARM)
def test_a_file_of_it_that_is_not_as_it_was_written_is_named(
    held: Held, how: str, suffix: str
) -> None:
    file = file_of(held, suffix)
    HARM[how](file)
    assert [message.partition(" ")[0] for message in told(held)] == [file.name]
    assert "tinhuyen index --rebuild" in told(held)[0]
    assert bring_up(held.path, thorough=True).rebuilt
    assert told(held) == []


@pytest.mark.parametrize("how", ["gone", "empty", "cut in half"])
def test_a_list_of_its_files_that_is_damaged_is_told(held: Held, how: str) -> None:
    HARM[how](place_of(held) / META)
    assert told(held), how
    assert answered_by(held.path) == "fts5"
    assert bring_up(held.path, thorough=True).rebuilt
    assert told(held) == []


@pytest.mark.parametrize("change", [-1, 1, 5])
def test_a_list_of_its_files_that_counts_otherwise_is_told(held: Held, change: int) -> None:
    meta = place_of(held) / META
    said = json.loads(meta.read_bytes())
    segment = next(each for each in said["segments"] if not each["deletes"])
    segment["max_doc"] += change
    meta.write_text(json.dumps(said))
    assert told(held)


@pytest.mark.parametrize("seed", range(40))
def test_whichever_byte_of_whichever_file_is_changed_is_told(held: Held, seed: int) -> None:
    """But for the footer, in which the checksum stands beside Tantivy's version."""
    random = Random(seed)
    place = place_of(held)
    file = place / random.choice(named(place))
    data = bytearray(file.read_bytes())
    at = random.randrange(data.rindex(b'{"version"'))
    data[at] ^= 1 << random.randrange(8)
    file.write_bytes(data)
    assert [message.partition(" ")[0] for message in told(held)] == [file.name]


def test_an_index_that_names_none_says_so(held: Held) -> None:
    (index_of(held.path) / "current").write_text("khongco\n")
    (message,) = told(held)
    assert message.startswith("its file current names none that is there; make it with")
    assert bring_up(held.path).rebuilt == "its file current names none that is there"
    assert told(held) == []
