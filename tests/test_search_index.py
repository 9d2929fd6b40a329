"""The index of ranked search: what it holds follows from the archive, whatever befell either."""

import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import tantivy

from archive import Archive
from archive.search import writing
from archive.search.asked import understood
from archive.search.checking import faults
from archive.search.documents import DIGEST, ID
from archive.search.engine import Searcher
from archive.search.folder import (
    IndexBusyError,
    IndexDamagedError,
    current,
    index_of,
    opened,
    state_of,
)
from archive.search.folder import writing as being_the_writer
from archive.search.writing import bring_up, is_behind
from crawler.vocabulary import Grade, LeftOut
from tests.content import writing as changing
from tests.test_archive import BASE, NOON, Held, a_visit, an_article


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    held = Held(tmp_path / "archive.db")
    for number, word in enumerate(("trúc", "tre", "nứa")):
        held.record(a_visit(f"bai-{number}/", an_article(f"Rừng {word}", f"Cây {word} mọc.")))
    yield held
    held.close()


def contents(db: Path) -> set[tuple[int, int]]:
    """Return number and digest of every document of an index."""
    searcher = opened(index_of(db)).index.searcher()
    hits = searcher.search(tantivy.Query.all_query(), searcher.num_docs or 1).hits
    addresses = [address for _, address in hits]
    values = (searcher.fast_field_values(name, addresses) for name in (ID, DIGEST))
    pairs = [*zip(*values, strict=True)]
    assert len({*pairs}) == len(pairs)
    return {(int(number), int(digest or 0)) for number, digest in pairs if number is not None}


def found(db: Path, text: str) -> list[int]:
    searcher = Searcher.open(db)
    answer = searcher.search(understood(text))
    searcher.close()
    assert (answer.engine, answer.left_out) == ("tantivy", ())
    return sorted(hit.article_id for hit in answer.hits)


def test_an_index_lies_beside_its_archive() -> None:
    assert index_of(Path("a/archive.db")) == Path("a/archive.index")
    assert index_of(Path("bac_kan.db")) == Path("bac_kan.index")
    assert index_of(Path("bac_kan.sqlite")) == Path("bac_kan.sqlite.index")


def test_what_changes_is_taken_into_the_index_and_nothing_else(held: Held) -> None:
    brought = bring_up(held.path)
    assert (brought.changes, brought.articles, brought.rebuilt) == (3, 3, "there is none yet")
    place = current(index_of(held.path))
    assert found(held.path, "trúc") == [1]
    held.record(a_visit("bai-0/", an_article("Rừng lim", "Cây lim."), at=NOON + timedelta(days=1)))
    held.record(a_visit("bai-3/", an_article("Rừng sến", "Cây sến.")))
    assert is_behind(held.path)
    brought = bring_up(held.path, thorough=True)
    assert (brought.changes, brought.articles, brought.rebuilt) == (2, 4, None)
    assert current(index_of(held.path)) == place, "it is the same one"
    assert (found(held.path, "trúc"), found(held.path, "lim")) == ([], [1])
    assert not is_behind(held.path)
    assert bring_up(held.path).changes == 0
    assert not [*faults(held.path)]


def test_the_answer_says_that_the_archive_has_changed_since(held: Held) -> None:
    bring_up(held.path)
    searcher = Searcher.open(held.path)
    before = searcher.search(understood("rừng"))
    held.record(a_visit("bai-3/", an_article("Rừng sến")))
    behind = searcher.search(understood("rừng"))
    assert (before.total, before.left_out) == (3, ())
    assert (behind.total, behind.left_out, behind.as_of) == (3, (LeftOut.BEHIND,), before.as_of)
    bring_up(held.path)
    after = searcher.search(understood("rừng"))  # the same one, which looks by itself
    assert (after.total, after.left_out) == (4, ())
    assert after.as_of == held.archive.changes.newest()
    bring_up(held.path, rebuild=True)
    assert searcher.search(understood("rừng")).total == 4
    searcher.close()


def test_what_is_joined_or_withdrawn_leaves_the_index(held: Held) -> None:
    bring_up(held.path)
    with changing(held.path) as tables:
        tables.articles.merge("khuoisao", BASE + "bai-0/", BASE + "bai-1/")
        tables.articles.withdraw(3)
    brought = bring_up(held.path, thorough=True)
    assert (brought.articles, brought.rebuilt) == (1, None)
    assert (found(held.path, "tre"), found(held.path, "trúc")) == ([1], [])
    assert found(held.path, "nứa") == []
    assert not [*faults(held.path)]


def test_no_word_of_what_is_withheld_stays_in_it(held: Held) -> None:
    bring_up(held.path)
    (code,) = (row["code"] for row in held.rows("SELECT code FROM articles WHERE id = 2"))

    def has_word(word: str) -> bool:
        return bool(opened(index_of(held.path)).index.searcher().terms_with_prefix("exact", word))

    assert has_word("tre")
    held.archive.withheld.hide(code, Grade.TEXT, "theo yêu cầu")
    assert bring_up(held.path).rebuilt == "words that are withheld were in it"
    assert found(held.path, "mọc") == [1, 3]
    assert found(held.path, "tre") == [2], "its title is shown"
    held.archive.withheld.hide(code, Grade.ALL, "theo yêu cầu")
    brought = bring_up(held.path)
    assert brought.articles == 2
    assert brought.rebuilt == "words that are withheld were in it"
    assert not has_word("tre")
    assert not [*faults(held.path)]
    held.archive.withheld.show(code)
    bring_up(held.path)
    assert found(held.path, "tre") == [2]
    assert not [*faults(held.path)]


def test_what_is_withheld_while_it_is_taken_in_leaves_no_word_either(held: Held) -> None:
    bring_up(held.path)
    held.record(a_visit("bai-3/", an_article("Rừng sến", "Cây sến mọc.")))
    (code,) = (row["code"] for row in held.rows("SELECT code FROM articles WHERE id = 4"))

    def hide(done: int, of: int) -> None:
        if not held.archive.withheld.takedowns():
            held.archive.withheld.hide(code, Grade.ALL, "theo yêu cầu")

    assert bring_up(held.path, tell=hide).rebuilt == "words that are withheld were in it"
    searcher = opened(index_of(held.path)).index.searcher()
    assert not searcher.terms_with_prefix("exact", "sến")
    assert not is_behind(held.path)


def test_words_that_are_withheld_and_not_cleared_are_a_fault(held: Held) -> None:
    bring_up(held.path)
    codes = [row["code"] for row in held.rows("SELECT code FROM articles ORDER BY id")]
    held.record(a_visit("bai-3/", an_article("Rừng sến")))
    assert not [*faults(held.path)], "that it is behind is none"
    held.archive.withheld.hide(codes[1], Grade.TEXT, "theo yêu cầu")
    held.archive.withheld.hide(codes[2], Grade.ALL, "theo yêu cầu")
    told = "the index has it as before it was hidden; bring the index up to it with: tinhuyen index"
    assert [*faults(held.path)] == [(2, told), (3, told)]
    with pytest.raises(IndexDamagedError, match="words that are withheld were in it"):
        bring_up(held.path, most_anew=0)  # they are not found any more, and in its files yet
    assert [*faults(held.path)] == [
        (None, "words that are withheld may lie in its files; to clear it: tinhuyen index")
    ]
    bring_up(held.path)
    assert not [*faults(held.path)]


def test_places_that_are_found_anew_are_in_the_index(held: Held) -> None:
    bring_up(held.path)
    (row,) = held.archive.articles.rows([1])
    held.archive.articles.put_places(
        row,
        [{"code": "01840", "kind": "commune", "name": "Nghĩa Tá", "position": 3, "how": "type"}],
    )
    assert bring_up(held.path).changes == 1
    assert not [*faults(held.path)]


def restored(held: Held, earlier: Path) -> None:
    """Put an earlier state of the archive in the place of its file, as somebody might."""
    held.close()
    for file in held.path.parent.glob("archive.db-*"):
        file.unlink()
    shutil.copyfile(earlier, held.path)


@pytest.mark.parametrize("more", [0, 5], ids=["fewer changes", "more changes since"])
def test_an_archive_that_was_restored_is_indexed_anew(
    tmp_path: Path, held: Held, more: int
) -> None:
    held.archive.close()
    shutil.copyfile(held.path, tmp_path / "earlier.db")
    other = Held(held.path)
    other.record(a_visit("mot/", an_article("Một bài", "Cây gạo.")))
    other.record(a_visit("hai/", an_article("Hai bài", "Cây gạo.")))
    bring_up(held.path)
    restored(other, tmp_path / "earlier.db")
    again = Held(held.path)
    for number in range(more):
        again.record(a_visit(f"khac-{number}/", an_article(f"Bài khác {number}", "Cây đa.")))
    brought = bring_up(held.path, thorough=True)
    assert brought.rebuilt == "the archive was restored to an earlier state"
    assert (found(held.path, "gạo"), len(found(held.path, "đa"))) == ([], more)
    again.close()


def test_the_index_of_another_archive_is_none_of_this_one(tmp_path: Path, held: Held) -> None:
    bring_up(held.path)
    other = Held(tmp_path / "other.db")
    for number in range(9):
        other.record(a_visit(f"khac-{number}/", an_article(f"Bài khác {number}")))
    shutil.copytree(index_of(held.path), index_of(other.path))
    ((_, told),) = faults(other.path)
    assert told.startswith("it is that of another archive")
    assert (bring_up(other.path).rebuilt or "").startswith("it is that of another archive")
    assert not [*faults(other.path)]
    other.close()


def answered_by(searcher: Searcher, text: str) -> tuple[str, list[int]]:
    answer = searcher.search(understood(text))
    assert (LeftOut.NO_INDEX in answer.left_out) == (answer.engine == "fts5")
    return answer.engine, sorted(hit.article_id for hit in answer.hits)


def test_who_searches_gets_no_answer_of_another_archives_index(tmp_path: Path, held: Held) -> None:
    bring_up(held.path)
    other = Held(tmp_path / "other.db")
    for number in range(3):  # as many changes as the other one has
        other.record(a_visit(f"khac-{number}/", an_article(f"Bài khác {number}", "Cây gạo.")))
    shutil.copytree(index_of(held.path), index_of(other.path))
    with closing(Searcher.open(other.path)) as searcher:
        assert answered_by(searcher, "tre") == ("fts5", [])
        assert answered_by(searcher, "gạo") == ("fts5", [1, 2, 3])
        assert searcher.frequency("tre") == 0
        bring_up(other.path)
        assert answered_by(searcher, "gạo") == ("tantivy", [1, 2, 3])
    other.close()


def test_who_searches_gets_no_answer_of_what_was_there_before_a_restore(
    tmp_path: Path, held: Held
) -> None:
    held.archive.close()
    shutil.copyfile(held.path, tmp_path / "earlier.db")
    other = Held(held.path)
    other.record(a_visit("mot/", an_article("Một bài", "Cây gạo.")))
    bring_up(held.path)
    restored(other, tmp_path / "earlier.db")
    with closing(Searcher.open(held.path)) as searcher:
        assert answered_by(searcher, "gạo") == ("fts5", [])
        bring_up(held.path)
        assert answered_by(searcher, "tre") == ("tantivy", [2])


@pytest.mark.parametrize("grade", [Grade.TEXT, Grade.ALL])
def test_nothing_is_found_by_words_that_are_withheld_before_the_index_knows(
    held: Held, grade: Grade
) -> None:
    bring_up(held.path)
    (code,) = (row["code"] for row in held.rows("SELECT code FROM articles WHERE id = 2"))
    with closing(Searcher.open(held.path)) as searcher:
        assert answered_by(searcher, "mọc") == ("tantivy", [1, 2, 3])
        held.archive.withheld.hide(code, grade, "theo yêu cầu")
        assert answered_by(searcher, "mọc") == ("fts5", [1, 3])
        assert searcher.frequency("moc") == 2
        bring_up(held.path)
        assert answered_by(searcher, "mọc") == ("tantivy", [1, 3])
        held.archive.withheld.hide(code, Grade.MARKED, "theo yêu cầu")
        assert answered_by(searcher, "mọc")[1] == [1, 3]


def test_an_index_that_lacks_an_article_is_noticed_at_a_start(held: Held) -> None:
    bring_up(held.path)
    index = opened(index_of(held.path)).index
    writer = index.writer(15_000_000, num_threads=1)
    (code,) = (row["code"] for row in held.rows("SELECT code FROM articles WHERE id = 2"))
    writer.delete_documents_by_term("code", code)
    writer.commit()
    writer.wait_merging_threads()
    told = [(number, message.partition(";")[0]) for number, message in faults(held.path)]
    assert told == [(2, "the index holds it 0 times")]
    assert bring_up(held.path).rebuilt is None, "not after each change"
    brought = bring_up(held.path, thorough=True)
    assert brought.rebuilt == "it does not hold the articles that the archive has"
    assert not [*faults(held.path)]


def test_a_text_that_the_index_has_otherwise_is_a_fault(held: Held) -> None:
    bring_up(held.path)
    held.db.execute("UPDATE articles SET body = 'Cây khác.' WHERE id = 3")
    told = [(number, message.partition(";")[0]) for number, message in faults(held.path)]
    assert told == [(3, "the index holds it otherwise than the archive")]


@pytest.mark.parametrize("suffix", ["idx", "term", "fast", "store", "pos", "fieldnorm"])
def test_a_damaged_file_is_told_and_is_no_error_for_a_reader(held: Held, suffix: str) -> None:
    bring_up(held.path)
    place = current(index_of(held.path))
    assert place
    for file in place.glob(f"*.{suffix}"):
        data = bytearray(file.read_bytes())
        data[: len(data) // 2] = bytes(len(data) // 2)
        file.write_bytes(data)
    told = [message for _, message in faults(held.path)]
    assert told, suffix
    assert all("tinhuyen index" in message for message in told)
    searcher = Searcher.open(held.path)
    answer = searcher.search(understood("rừng"))
    assert answer.engine == "tantivy" or (answer.total, answer.left_out) == (3, (LeftOut.NO_INDEX,))
    searcher.close()
    held.record(a_visit("bai-0/", an_article("Rừng lim", "Cây lim."), at=NOON + timedelta(days=1)))
    assert bring_up(held.path, thorough=True).rebuilt
    assert not [*faults(held.path)]
    assert found(held.path, "lim") == [1]


@pytest.mark.parametrize("what", ["current", "meta.json", "all"])
def test_what_is_missing_is_made_anew(held: Held, what: str) -> None:
    bring_up(held.path)
    folder = index_of(held.path)
    place = current(folder)
    assert place
    if what == "all":
        shutil.rmtree(folder)
    else:
        (place if what == "meta.json" else folder).joinpath(what).unlink()
    searcher = Searcher.open(held.path)
    answer = searcher.search(understood("rừng"))
    assert (answer.total, answer.engine, answer.left_out) == (3, "fts5", (LeftOut.NO_INDEX,))
    assert is_behind(held.path)
    assert bring_up(held.path).rebuilt
    assert searcher.search(understood("rừng")).engine == "tantivy"
    searcher.close()
    assert [file.name for file in folder.iterdir() if file.is_dir()] == [current(folder).name]  # type: ignore[union-attr]


def test_an_index_of_another_version_is_made_anew(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up(held.path)
    monkeypatch.setattr("archive.search.folder.FORMAT", 999)
    monkeypatch.setattr("archive.search.writing.FORMAT", 999)
    assert bring_up(held.path).rebuilt == "it was made by another version of Tin Huyện"
    assert found(held.path, "tre") == [2]


def test_one_writes_at_a_time_and_the_other_is_told(held: Held) -> None:
    with being_the_writer(index_of(held.path)), pytest.raises(IndexBusyError):
        bring_up(held.path)
    assert bring_up(held.path).articles == 3


def test_who_reads_goes_on_while_another_index_is_made(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up(held.path)
    searcher = Searcher.open(held.path)
    answers = []

    def tell(done: int, of: int) -> None:
        held.record(a_visit("giua-chung/", an_article("Giữa chừng", "Cây bưởi.")))
        answers.append(searcher.search(understood("rừng")).total)

    assert bring_up(held.path, rebuild=True, tell=tell).articles == 4
    assert answers[:1] == [3]
    assert found(held.path, "bưởi") == [4], "what changed meanwhile is in it"
    assert searcher.search(understood("rừng")).total == 3
    searcher.close()


KILLED = """
import os, sys
from pathlib import Path
from archive.search import writing
where = sys.argv[2]
original = getattr(writing, where)
def killed(*arguments, **more):
    if where != "_add":
        original(*arguments, **more)
    os._exit(9)
setattr(writing, where, killed)
writing.bring_up(Path(sys.argv[1]), rebuild=sys.argv[3] == "anew")
"""


@pytest.mark.parametrize("where", ["_add", "_commit", "use"])
@pytest.mark.parametrize("how", ["anew", "on"])
def test_whoever_is_killed_the_next_one_makes_it_right(held: Held, where: str, how: str) -> None:
    bring_up(held.path)
    held.record(a_visit("bai-0/", an_article("Rừng lim", "Cây lim."), at=NOON + timedelta(days=1)))
    command = [sys.executable, "-c", KILLED, str(held.path), where, how]
    done = subprocess.run(command, timeout=60, check=False)
    assert done.returncode == 9 or (where, how) == ("use", "on")
    bring_up(held.path, thorough=True)
    assert found(held.path, "lim") == [1]
    assert not [*faults(held.path)]
    folders = [each for each in index_of(held.path).iterdir() if each.is_dir()]
    assert len(folders) == 1 or how == "anew"
    bring_up(held.path, rebuild=True)
    assert len([each for each in index_of(held.path).iterdir() if each.is_dir()]) == 1


@pytest.mark.parametrize("seed", range(3))
def test_an_index_brought_up_step_by_step_is_one_made_anew(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    held = Held(tmp_path / "archive.db")
    paths = [f"bai-{number}/" for number in range(12)]
    for step in range(60):
        path, other = chance.sample(paths, 2)
        at = NOON + timedelta(hours=step)
        match chance.randrange(8):
            case 0:
                with changing(held.path) as tables:
                    tables.articles.merge("khuoisao", BASE + path, BASE + other)
            case 1:
                rows = held.rows("SELECT id FROM articles WHERE url = ?", BASE + path)
                if rows:
                    with changing(held.path) as tables:
                        tables.articles.withdraw(rows[0]["id"])
            case 2:
                for row in held.rows("SELECT code FROM articles WHERE url = ?", BASE + path):
                    grade = chance.choice([*Grade])
                    held.archive.withheld.hide(row["code"], grade, "lý do", by=None)
            case 3:
                for takedown in held.archive.withheld.takedowns()[:1]:
                    held.archive.withheld.show(takedown.code or takedown.url or "")
            case 4:
                bring_up(held.path)
            case _:
                words = f"Xã Nghĩa Tá {chance.randrange(5)} theo số {step}/2020/NĐ-CP"
                held.record(a_visit(path, an_article(f"Bài {step}", words), at=at))
    bring_up(held.path, thorough=True)
    stepwise = contents(held.path)
    assert [*faults(held.path)] == []
    bring_up(held.path, rebuild=True)
    assert contents(held.path) == stepwise
    assert len(stepwise) == len(held.rows(
        "SELECT 1 FROM articles WHERE id NOT IN "
        "(SELECT article_id FROM withheld WHERE grade = 'all')"
    ))  # fmt: skip
    held.close()


def test_much_is_committed_piece_by_piece(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    bring_up(held.path)
    monkeypatch.setattr(writing, "_BATCH", 2)
    monkeypatch.setattr(writing, "_MANY", 4)
    for number in range(11):
        held.record(a_visit(f"them-{number}/", an_article(f"Bài thêm {number}", "Cây sim.")))
    seen = []
    commit = writing._commit
    monkeypatch.setattr(
        writing, "_commit", lambda writer, state: (seen.append(state.seen), commit(writer, state))
    )
    bring_up(held.path)
    assert seen == [7, 11, 14]
    assert len(found(held.path, "sim")) == 11
    assert not [*faults(held.path)]


def test_an_archive_of_nothing_has_an_index_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    Archive.open(path, create=True).close()
    assert bring_up(path).articles == 0
    assert found(path, "rừng") == []
    assert not [*faults(path)]


def test_an_index_says_what_it_has_seen(held: Held) -> None:
    bring_up(held.path)
    state = state_of(opened(index_of(held.path)).index.searcher())
    assert state.seen == held.archive.changes.newest() == 3
    assert [number for _, number, _ in state.last] == [3, 2, 1]
    with closing(sqlite3.connect(held.path)) as db:
        (made,) = db.execute("SELECT min(applied_at) FROM _sqlite_migrations").fetchone()
    assert state.identity.startswith(made)
    assert datetime.fromisoformat(made).tzinfo or datetime.now(UTC)
