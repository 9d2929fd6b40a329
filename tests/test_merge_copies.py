"""Copies of one archive that went on apart: for a merge they are one archive, by its identity."""

import shutil
from itertools import permutations
from pathlib import Path

import pytest

from crawler.vocabulary import Grade
from curation.merging import merge
from tests.conftest import run
from tests.content import content_hash, writing
from tests.test_archive import BASE
from tests.test_merge_both import Portal, faults, rows

WORDS = "riêng tư.".encode()


def copied(portal: Portal, to: Path) -> Portal:
    """Copy an archive as a file manager does."""
    shutil.copytree(portal.db.parent, to)
    copy = Portal.__new__(Portal)
    copy.db = to / portal.db.name
    return copy


def require_hidden(db: Path, grade: Grade) -> None:
    assert rows(db, "SELECT grade FROM withheld") == [(grade,)]
    assert rows(db, "SELECT count(*) FROM articles") == [(2,)]
    assert (WORDS in db.read_bytes()) == (not grade.takes_out)
    assert not faults(db)


@pytest.fixture
def portal(tmp_path: Path) -> Portal:
    return Portal(tmp_path / "one", ("a", 1, "Điều riêng tư."), ("b", 2, "Hai."))


@pytest.mark.parametrize("were_merged", [False, True])
@pytest.mark.parametrize("grade", Grade)
def test_what_is_hidden_in_one_stays_hidden_when_the_other_comes_over_it(
    portal: Portal, grade: Grade, were_merged: bool, tmp_path: Path
) -> None:
    copy = copied(portal, tmp_path / "other")
    if were_merged:
        merge(portal.db, copy.db)
        merge(copy.db, portal.db)
    portal.hide("a", grade)
    merge(portal.db, copy.db)
    require_hidden(portal.db, grade)
    merge(copy.db, portal.db)
    require_hidden(copy.db, grade)
    merge(portal.db, copy.db)
    require_hidden(portal.db, grade)


@pytest.mark.parametrize("grade", Grade)
@pytest.mark.parametrize("order", [*permutations("hid")], ids="".join)
def test_a_third_archive_hides_it_in_whatever_order_they_come(
    portal: Portal, grade: Grade, order: tuple[str, ...], tmp_path: Path
) -> None:
    """One that *h*ides, one that was copied before (*i*), and one that went on by itself (*d*)."""
    sources = {
        "h": portal,
        "i": copied(portal, tmp_path / "idle"),
        "d": copied(portal, tmp_path / "other"),
    }
    portal.hide("a", grade)
    sources["d"].see(("a", 5, "Điều riêng tư."))
    db = tmp_path / "third" / "archive.db"
    db.parent.mkdir()
    for name in (*order, *order):
        merge(db, sources[name].db)
    require_hidden(db, grade)


def test_what_was_withdrawn_in_one_and_comes_back_from_an_older_copy_is_told(
    portal: Portal, tmp_path: Path
) -> None:
    copy = copied(portal, tmp_path / "other")
    ((article_id,),) = rows(portal.db, "SELECT id FROM articles WHERE url = ?", f"{BASE}a/")
    with writing(portal.db) as tables:
        tables.articles.withdraw(article_id)
    done = run("merge", copy.db, "--db", portal.db)
    assert done.code == 0, done.err
    assert f"{copy.db}: 1 articles that were withdrawn here" in done.out
    assert rows(portal.db, "SELECT count(*) FROM articles") == [(2,)]
    assert not faults(portal.db)
    before = content_hash(portal.db)
    again = run("merge", copy.db, "--db", portal.db, "--json").json()
    assert (again[0]["returned"], content_hash(portal.db)) == (0, before)
