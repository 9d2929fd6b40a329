"""Archives that know one article by other codes, addresses or captures than ours does."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from crawler.vocabulary import Flag
from curation.merging import merge
from tests.content import content_hash, writing
from tests.test_archive import BASE, KEY
from tests.test_merge_both import Portal, faults, merged, rows, texts

A, B = f"{BASE}a/", f"{BASE}b/"


def code_of(db: Path, url: str) -> str:
    ((code,),) = rows(db, "SELECT code FROM articles WHERE url = ?", url)
    return str(code)


def leads_to(db: Path, code: str) -> str | None:
    """Return the code that a code leads to in the end, or none if it leads nowhere."""
    while found := rows(db, "SELECT leads_to FROM aliases WHERE code = ?", code):
        ((code,),) = found
        if code is None:
            return None
    return code


def a_copy(of: Portal, folder: Path) -> Portal:
    """Have what an archive has in another one."""
    folder.mkdir()
    merge(folder / "archive.db", of.db)
    return Portal(folder)


def join(portal: Portal) -> None:
    """Make one article of the two at A and B, which stays at B."""
    with writing(portal.db) as tables:
        tables.articles.merge(KEY, A, B)


@pytest.fixture
def one(tmp_path: Path) -> Portal:
    return Portal(tmp_path / "one", ("a", 1, "Một."), ("b", 2, "Hai."))


@pytest.mark.parametrize("joined_here", [True, False])
def test_two_articles_that_are_one_in_either_archive_are_one(
    one: Portal, joined_here: bool, tmp_path: Path
) -> None:
    other = a_copy(one, tmp_path / "other")
    codes = [code_of(one.db, url) for url in (A, B)]
    join(other if joined_here else one)
    # What was seen since makes of the merge a joining: nothing is only replaced.
    one.see(("c", 5, "Ba."))
    other.see(("d", 6, "Bốn."))
    merge(other.db, one.db)
    assert rows(other.db, "SELECT url FROM articles WHERE url IN (?, ?)", A, B) == [(B,)]
    assert [text for text, *_ in texts(other.db, "b")] == ["Một.", "Hai."]
    held = code_of(other.db, B)
    assert {leads_to(other.db, code) for code in codes} == {held}
    assert not faults(other.db)
    before = content_hash(other.db)
    merge(other.db, one.db)
    assert content_hash(other.db) == before


def test_the_codes_of_archives_that_were_never_one_lead_to_what_both_hold(tmp_path: Path) -> None:
    """Each gave the article a code of its own, or the same by its address."""
    one, other = Portal(tmp_path / "1", ("a", 1, "Một.")), Portal(tmp_path / "2", ("b", 1, "Hai."))
    with closing(sqlite3.connect(one.db)) as db, db:
        db.execute("UPDATE articles SET code = 'khac23'")
    other.see(("a", 2, "Một."))
    here = code_of(other.db, A)
    merge(other.db, one.db)
    assert (code_of(other.db, A), leads_to(other.db, "khac23")) == (here, here)
    assert not faults(other.db)


def test_what_one_has_withdrawn_and_the_other_holds_is_held_with_its_code(
    one: Portal, tmp_path: Path
) -> None:
    other = a_copy(one, tmp_path / "other")
    code = code_of(one.db, A)
    with writing(other.db) as tables:
        tables.articles.withdraw(tables.articles.get(KEY, A)["id"])  # type: ignore[index]
    assert leads_to(other.db, code) is None
    one.see(("a", 5, "Một."))
    other.see(("d", 6, "Bốn."))
    merge(other.db, one.db)
    assert code_of(other.db, A) == code
    assert rows(other.db, "SELECT code FROM aliases WHERE leads_to IS NULL") == []
    assert not faults(other.db)


@pytest.mark.parametrize("form", [A.removesuffix("/"), A.replace("https:", "http:")])
def test_another_form_of_an_address_is_the_same_article(form: str, tmp_path: Path) -> None:
    """Whoever asked last has the form that the archive goes on with, and the chain leads there."""
    one, other = Portal(tmp_path / "1", ("a", 1, "Một.")), Portal(tmp_path / "2", ("b", 1, "Hai."))
    with closing(sqlite3.connect(one.db)) as written, written:
        for table in ("articles", "urls"):
            written.execute(f"UPDATE {table} SET url = ? WHERE url = ?", [form, A])
    other.see(("a", 3, "Một đã sửa."))
    for name, sources in (("x", (one, other)), ("y", (other, one))):
        db = merged(tmp_path / name, *sources)
        assert rows(db, "SELECT count(*) FROM articles WHERE url IN (?, ?)", A, form) == [(1,)]
        ((known,),) = rows(db, "SELECT url FROM urls WHERE url IN (?, ?)", A, form)
        assert rows(db, "SELECT url FROM articles WHERE url IN (?, ?)", A, form) == [(known,)]
        assert rows(db, "SELECT body FROM revisions") == [("Một.",)]


def lose(portal: Portal) -> None:
    """Lose all that was received, as a disk does: of the file its head is left."""
    with closing(sqlite3.connect(portal.db)) as db, db:
        db.execute("UPDATE captures SET flags = 'lost'")
        for file, length in db.execute("SELECT file, head_length FROM warcs").fetchall():
            os.truncate(portal.db.parent / "captures" / file, length)


@pytest.mark.parametrize("lost_here", [True, False])
def test_a_capture_that_one_has_lost_is_brought_from_the_other(
    one: Portal, lost_here: bool, tmp_path: Path
) -> None:
    other = a_copy(one, tmp_path / "other")
    lose(other if lost_here else one)
    one.see(("c", 5, "Ba."))
    merge(other.db, one.db)
    assert rows(other.db, "SELECT flags FROM captures") == [("",)] * 3
    assert not faults(other.db)


def test_what_both_have_lost_stays_told(one: Portal, tmp_path: Path) -> None:
    other = a_copy(one, tmp_path / "other")
    for portal in (one, other):
        lose(portal)
    one.see(("c", 5, "Ba."))
    merge(other.db, one.db)
    assert rows(other.db, "SELECT flags FROM captures ORDER BY fetched_at") == [
        (Flag.LOST,)
    ] * 2 + [("",)]
