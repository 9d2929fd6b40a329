"""A merge that is killed at any moment, and done again, is whole."""

import subprocess
import sys
from pathlib import Path

import pytest

from curation.merging import merge
from tests.content import content_hash
from tests.test_merge_both import Portal, faults, rows

KILLED = 9
_PROGRAM = """
import os, sys
from pathlib import Path
from archive import connection
from curation.merging import merge

left = float(sys.argv[3])
steps = 0

def counted(step):
    def stepped(*arguments, **keys):
        global steps
        steps += 1
        if steps > left:
            os._exit(9)
        return step(*arguments, **keys)
    return stepped

connection.Connection.execute = counted(connection.Connection.execute)
os.fsync = counted(os.fsync)
Path.replace = counted(Path.replace)
Path.hardlink_to = counted(Path.hardlink_to)
merge(Path(sys.argv[1]), Path(sys.argv[2]))
print(steps)
"""
"""Merges, and ends as a process does that is killed, after so many statements and files."""


def stopped(db: Path, source: Path, after: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _PROGRAM, str(db), str(source), str(after)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def portals(tmp_path_factory: pytest.TempPathFactory) -> tuple[Portal, Portal]:
    """Two archives of one portal, one of which withholds an article."""
    folder = tmp_path_factory.mktemp("portals")
    mine = Portal(folder / "mine", ("a", 1, "Một."), ("b", 2, "Hai."))
    theirs = Portal(folder / "theirs", ("b", 3, "Hai đã sửa."), ("c", 4, "Ba."), ("d", 5, "Bốn."))
    theirs.see(("a", 6, "Một đã sửa."))
    theirs.hide("d")
    return mine, theirs


def test_what_was_killed_is_gone_on_with(portals: tuple[Portal, Portal], tmp_path: Path) -> None:
    mine, theirs = portals
    whole = tmp_path / "whole" / "archive.db"
    whole.parent.mkdir()
    merge(whole, mine.db)
    done = stopped(whole, theirs.db, float("inf"))
    assert done.returncode == 0, done.stderr
    steps, expected = int(done.stdout), content_hash(whole)
    assert steps > 200, "it was not counted"
    counts = "SELECT (SELECT count(*) FROM captures), (SELECT count(*) FROM warcs)"
    for number, part in enumerate((0.4, 0.6, 0.9)):
        db = tmp_path / f"killed{number}" / "archive.db"
        db.parent.mkdir()
        merge(db, mine.db)
        assert stopped(db, theirs.db, steps * part).returncode == KILLED
        merge(db, theirs.db)
        assert content_hash(db) == expected, part
        assert rows(db, counts) == rows(whole, counts), part
        assert not faults(db), part
        known = {name for (name,) in rows(db, "SELECT file FROM warcs")}
        folder = db.parent / "captures"
        there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
        assert there == known, part
