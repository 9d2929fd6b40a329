"""What is withheld is elsewhere: no question to the served file, and no byte of it, gives it."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from archive import Archive, ArchiveError
from archive.vault import Vault, vault_of
from archive.withholding import NotHiddenError
from crawler.page import AboutPicture, Article, Attachment, Image
from crawler.text.fold import fold
from crawler.visit import Origin, Visit
from crawler.vocabulary import Change, Grade, State
from tests.conftest import long
from tests.content import content_hash, writing
from tests.test_archive import BASE, NOON, SITE, Held, a_visit, an_article

DAY = timedelta(days=1)
HERE = BASE + "cau-na-leng/"
TITLE = "Zanthoxylum"
SECRETS = {
    "lead": "Quercetin",
    "text": "Xylocarpus",
    "earlier": "Wrightia",
    "caption": "Vernicia",
    "alt": "Ficuspumila",
    "label": "Jasminum",
    "tag": "Kandelia",
    "raw": "Oroxylum",
    "picture": "gnetumleaf",
    "thumbnail": "salaccaleaf",
    "upload": "nypaleaf",
    "page": "arecaleaf",
    "shown": "corymbosaleaf",
    "told": "Dipterocarpus",
}
"""Words that stand nowhere but in the article that is hidden."""


def secret(text: str = SECRETS["text"]) -> Article:
    return an_article(
        f"Bài {TITLE}",
        f"Đoạn {text} theo Nghị định 30/2020/NĐ-CP của Chính phủ.",
        "Họp tại xã Nghĩa Tá, huyện Chợ Đồn.",
        lead=f"Lời {SECRETS['lead']}.",
        tags=(SECRETS["tag"], "chung"),
        published_raw=f"ngày {SECRETS['raw']}",
        images=(
            Image(
                BASE + f"{SECRETS['picture']}.jpg",
                SECRETS["caption"],
                SECRETS["alt"],
                None,
                None,
                BASE + f"{SECRETS['thumbnail']}.jpg",
                BASE + f"{SECRETS['upload']}.jpg",
                BASE + f"{SECRETS['page']}/",
            ),
        ),
        attachments=(Attachment(BASE + "van-ban.pdf", SECRETS["label"]),),
    )


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    """Three articles, of which one has an earlier text, a picture, a file and tags."""
    held = Held(tmp_path / "archive.db")
    held.record(a_visit("khac/", an_article("Bài khác", "Chữ của bài khác.", tags=("chung",))))
    held.record(a_visit(article=secret(SECRETS["earlier"]), prev_url=BASE + "khac/"))
    held.record(a_visit(article=secret(), at=NOON + DAY, prev_url=BASE + "khac/"))
    about = AboutPicture(BASE + f"{SECRETS['shown']}.jpg", SECRETS["told"])
    page = a_visit(f"{SECRETS['page']}/")
    held.record(replace(page, page=None, is_media=True, about=about))
    held.record(a_visit("sau/", an_article("Bài sau", "Chữ sau."), prev_url=HERE))
    yield held
    held.close()


def code(held: Held, url: str = HERE) -> str:
    (row,) = held.rows("SELECT code FROM articles WHERE url = ?", url)
    return str(row["code"])


def documents(held: Held) -> set[int]:
    return Vault(held.path).ids()


def told(db: Path) -> set[str]:
    """Return all that any table, view or index of an archive answers, without marks and cases."""
    found: set[str] = set()
    with closing(sqlite3.connect(db)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
        ).fetchall()
        assert len(names) > 30
        connection.execute("CREATE VIRTUAL TABLE temp.w USING fts5vocab(main, articles_fts, row)")
        for (name,) in [*names, ("temp.w",)]:
            for row in connection.execute(f"SELECT * FROM {name}"):
                for value in row:
                    if isinstance(value, bytes):
                        found.add(value.decode("utf-8", "replace"))
                    elif value is not None:
                        found.add(str(value))
    return {fold(text).lower() for text in found}


def words_in(db: Path) -> set[str]:
    """Return which of the secret words are to be had of an archive."""
    texts = told(db)
    words = {*SECRETS.values(), TITLE}
    return {word for word in words if any(word.lower() in text for text in texts)}


def words_in_bytes(db: Path) -> set[str]:
    """Return which of them stand in the bytes of its file and its log."""
    data = b"".join(
        file.read_bytes().lower() for file in db.parent.glob(f"{db.name}*") if file.is_file()
    )
    return {word for word in {*SECRETS.values(), TITLE} if word.lower().encode() in data}


def shown_at(grade: Grade) -> set[str]:
    return {TITLE} if grade == Grade.TEXT else set()


OUT = [grade for grade in Grade if grade.takes_out]


@pytest.mark.parametrize("grade", OUT)
def test_no_question_finds_what_is_withheld(held: Held, grade: Grade) -> None:
    assert words_in(held.path) == {*SECRETS.values(), TITLE}
    held.archive.withheld.hide(code(held), grade, "theo yêu cầu")
    assert words_in(held.path) == shown_at(grade)
    assert held.found("xylocarpus") == []
    assert len(held.found("zanthoxylum")) == (grade == Grade.TEXT)
    (row,) = held.rows("SELECT * FROM articles WHERE url = ?", HERE)
    assert (row["body"], row["body_html"], row["lead"], row["words"]) == (None, None, None, 0)
    assert row["prev_url"] == BASE + "khac/"
    assert row["change"] == Change.HIDDEN
    assert [each.change for each in held.archive.changes.after(0)][-1] == Change.HIDDEN
    assert held.archive.withheld.clear()
    assert list(held.archive.withheld.faults()) == []


@pytest.mark.parametrize("grade", OUT)
def test_no_byte_of_the_served_file_is_of_it(held: Held, grade: Grade) -> None:
    """Not in free pages, the index's old segments, or the log: also of what was cut out before."""
    held.db.close()
    held.archive.withheld.hide(code_of_closed(held), grade, "theo yêu cầu")
    assert held.archive.withheld.clear()
    assert words_in_bytes(held.path) == shown_at(grade)
    assert not held.archive.withheld.uncleared()
    held.archive.close()
    assert words_in_bytes(held.path) == shown_at(grade)
    assert SECRETS["text"].encode() in vault_of(held.path).read_bytes()
    held.db = held.archive  # type: ignore[assignment]


def code_of_closed(held: Held) -> str:
    with closing(sqlite3.connect(held.path)) as connection:
        sql = "SELECT code FROM articles WHERE url = ?"
        return str(connection.execute(sql, [HERE]).fetchone()[0])


def everything(held: Held) -> list[str]:
    """Return all that an archive says of its articles, but for the numbers of changes."""
    tables = {
        "articles": "SELECT * FROM articles ORDER BY id",
        "revisions": "SELECT * FROM revisions ORDER BY article_id, revision",
        "images": "SELECT * FROM images ORDER BY article_id, position",
        "attachments": "SELECT * FROM attachments ORDER BY article_id, position",
        "citations": "SELECT * FROM citations ORDER BY article_id, position",
        "places": "SELECT * FROM places ORDER BY article_id, position",
        "tags": "SELECT article_id, name FROM article_tags JOIN tags ON id = tag_id ORDER BY 1, 2",
        "media": "SELECT url, state, sha256, kind FROM media ORDER BY url",
    }  # fmt: skip
    return [
        f"{table} {[value for name, value in row.items() if name not in ('changed', 'change')]}"
        for table, sql in tables.items()
        for row in held.rows(sql)
    ]


@pytest.mark.parametrize("grades", [OUT, OUT[::-1], [*Grade], [Grade.ALL, Grade.MARKED]])
def test_what_is_shown_again_is_as_it_was(held: Held, grades: list[Grade]) -> None:
    before, digest = everything(held), content_hash(held.path)
    here = code(held)
    for grade in grades:
        held.archive.withheld.hide(here, grade, "theo yêu cầu", by="Ban Biên tập")
        if grade.takes_out:
            assert words_in(held.path) <= {TITLE}
    lifted = held.archive.withheld.show(here, by="Ban Biên tập")
    assert len(lifted) == len(grades)
    assert everything(held) == before
    assert content_hash(held.path) == digest
    assert held.found("xylocarpus") == [f"Bài {TITLE}"]
    assert documents(held) == set()
    assert SECRETS["text"].encode() not in vault_of(held.path).read_bytes()
    (change,) = (c for c in held.archive.changes.after(0) if c.code == here)
    assert change.change == Change.SHOWN
    log = held.archive.withheld.takedowns(in_force=False)
    assert [each.lifted_by for each in log] == ["Ban Biên tập"] * len(grades)
    assert held.archive.withheld.takedowns() == []


def test_the_strongest_takedown_in_force_holds(held: Held) -> None:
    held.archive.withheld.hide(HERE, Grade.ALL, "địa chỉ")
    held.archive.withheld.hide(code(held), Grade.TEXT, "bài")
    assert held.rows("SELECT grade FROM withheld") == [{"grade": "all"}]
    assert words_in(held.path) == set()


def test_a_mark_takes_nothing_out(held: Held) -> None:
    held.archive.withheld.hide(code(held), Grade.MARKED, "bài đã cải chính")
    assert words_in(held.path) == {*SECRETS.values(), TITLE}
    assert held.rows("SELECT grade, document FROM withheld") == [
        {"grade": "marked", "document": None}
    ]
    assert not vault_of(held.path).exists()
    assert list(held.archive.withheld.faults()) == []


# It holds over time


@pytest.mark.parametrize("grade", OUT)
def test_a_later_crawl_does_not_bring_it_back(held: Held, grade: Grade) -> None:
    here = code(held)
    held.archive.withheld.hide(here, grade, "theo yêu cầu")
    held.begin_run()
    outcomes = [
        held.record(a_visit(article=secret(), at=NOON + 2 * DAY, prev_url=BASE + "khac/")),
        held.record(a_visit(article=secret("Ylangylang"), at=NOON + 3 * DAY)),
        held.record(a_visit(article=secret(SECRETS["earlier"]), at=NOON + 4 * DAY)),
        held.record(a_visit(article=secret("Usnea"), at=NOON - 2 * DAY)),  # an older archive
    ]
    assert outcomes == ["unchanged", "changed", "changed", "changed"]
    assert words_in(held.path) == shown_at(grade)
    assert not any("ylangylang" in text or "usnea" in text for text in told(held.path))
    (row,) = held.rows("SELECT revision, last_seen_at FROM articles WHERE code = ?", here)
    assert row == {"revision": 5, "last_seen_at": "2025-07-04T05:00:00Z"}
    held.archive.withheld.show(here)
    bodies = [row["body"].split()[1] for row in held.rows(
        "SELECT body FROM history WHERE article_id = 2 ORDER BY revision")]  # fmt: skip
    assert bodies == ["Usnea", "Wrightia", "Xylocarpus", "Ylangylang", "Wrightia"]
    assert held.found("wrightia") == [f"Bài {TITLE}"]
    assert list(held.archive.damage()) == []


def test_a_lost_and_found_article_stays_hidden(held: Held) -> None:
    here = code(held)
    held.archive.withheld.hide(here, Grade.ALL, "theo yêu cầu")
    for day in (2, 3):
        held.begin_run()
        held.record(Visit(HERE, Origin("seed"), NOON + day * DAY, State.GONE, 404))
    held.begin_run()
    held.record(a_visit(article=secret(), at=NOON + 5 * DAY))
    assert words_in(held.path) == set()
    assert held.archive.withheld.clear()
    assert list(held.archive.withheld.faults()) == []


def test_a_page_that_shrinks_is_judged_by_what_is_withheld(held: Held) -> None:
    long = an_article("Bài dài", *(f"Đoạn {n} có nhiều chữ hơn." for n in range(40)))
    held.record(a_visit("dai/", long))
    held.archive.withheld.hide(BASE + "dai/", Grade.ALL, "theo yêu cầu")
    held.begin_run()
    held.record(a_visit("dai/", an_article("Bài dài", "Ngắn."), at=NOON + DAY))
    (row,) = held.rows("SELECT reason FROM urls WHERE url = ?", BASE + "dai/")
    assert "shrank" in row["reason"] or row["reason"] is None
    assert held.rows("SELECT message FROM problems WHERE message LIKE '%shrank%'")


@pytest.mark.parametrize("grade", OUT)
def test_an_address_that_is_hidden_before_it_comes_is_hidden_when_it_comes(
    held: Held, grade: Grade
) -> None:
    takedown = held.archive.withheld.hide(BASE + "sau-nua/", grade, "theo yêu cầu")
    assert (takedown.code, takedown.held_as) == (None, None)
    assert takedown.is_cleared
    held.record(a_visit("sau-nua/", an_article(f"Bài {TITLE}X", "Đoạn Ylangylang.")))
    assert not any("ylangylang" in text for text in told(held.path))
    (takedown,) = held.archive.withheld.takedowns()
    assert takedown.held_as == BASE + "sau-nua/"
    (change,) = (c for c in held.archive.changes.after(0) if c.code == takedown.code)
    assert change.change == Change.HIDDEN
    assert held.archive.withheld.uncleared() == []
    held.archive.withheld.show(BASE + "sau-nua/")
    assert held.found("ylangylang") == [f"Bài {TITLE}X"]


@pytest.mark.parametrize(
    "variant", ["http://khuoisao.example/cau-na-leng", "https://www.khuoisao.example/cau-na-leng/"]
)
def test_an_address_is_hidden_in_whatever_form_it_is_written(held: Held, variant: str) -> None:
    held.archive.withheld.hide(variant, Grade.ALL, "theo yêu cầu")
    assert words_in(held.path) == set()
    assert held.archive.withheld.show(variant)
    assert words_in(held.path) == {*SECRETS.values(), TITLE}


def test_all_takedowns_of_an_address_are_those_of_what_comes_there(held: Held) -> None:
    for grade in (Grade.TEXT, Grade.ALL, Grade.MARKED):
        held.archive.withheld.hide(BASE + "sau-nua/", grade, "theo yêu cầu")
    held.record(a_visit("sau-nua/", an_article("Bài", "Đoạn Ylangylang.")))
    assert held.rows("SELECT grade FROM withheld") == [{"grade": "all"}]
    assert len(held.archive.withheld.show(code(held, BASE + "sau-nua/"))) == 3
    assert held.found("ylangylang") == ["Bài"]
    held.archive.close()
    held.archive = Archive.open(held.path)
    assert held.found("ylangylang") == ["Bài"]


def test_an_address_is_hidden_of_each_body_that_had_it(held: Held) -> None:
    """Also of one whose article comes when that of the other one is hidden already."""
    other = held.archive.runs.start(SITE | {"key": "khac", "name": "Huyện Khác"})
    held.archive.visits.record(other, "khac", a_visit(article=secret("Ylangylang")))
    first, second = (row["code"] for row in held.rows(
        "SELECT code FROM articles WHERE url = ? ORDER BY site", HERE))  # fmt: skip
    held.archive.withheld.hide(HERE, Grade.ALL, "theo yêu cầu")
    assert words_in(held.path) == set()
    assert not any("ylangylang" in text for text in told(held.path))
    third = held.archive.runs.start(SITE | {"key": "ba", "name": "Huyện Ba"})
    held.archive.visits.record(third, "ba", a_visit(article=secret("Usnea")))
    assert not any("usnea" in text for text in told(held.path))
    codes = {each.code for each in held.archive.withheld.takedowns()}
    assert {first, second} < codes
    assert len(codes) == 3
    assert held.archive.withheld.clear()
    assert list(held.archive.withheld.faults()) == []
    assert len(held.archive.withheld.show(HERE)) == 3
    assert len(held.found("zanthoxylum")) == 3


def test_the_article_of_one_body_is_hidden_alone(held: Held) -> None:
    other = held.archive.runs.start(SITE | {"key": "khac", "name": "Huyện Khác"})
    held.archive.visits.record(other, "khac", a_visit(article=an_article("Khác", "Ylangylang.")))
    (row,) = held.rows("SELECT code FROM articles WHERE site = 'khac'")
    held.archive.withheld.hide(row["code"], Grade.ALL, "theo yêu cầu")
    assert held.found("ylangylang") == []
    assert words_in(held.path) == {*SECRETS.values(), TITLE}


def test_what_an_address_leads_to_is_hidden(held: Held) -> None:
    held.archive.withheld.hide(BASE + "?p=119", Grade.ALL, "theo yêu cầu")
    held.record(
        Visit(BASE + "?p=119", Origin("seed"), NOON, State.ELSEWHERE, 301, moved_to=BASE + "moi/")
    )
    held.record(a_visit("moi/", an_article("Bài mới", "Đoạn Ylangylang.")))
    assert not any("ylangylang" in text for text in told(held.path))


def test_a_hidden_article_that_moves_stays_hidden(held: Held) -> None:
    here = code(held)
    held.archive.withheld.hide(HERE, Grade.ALL, "theo yêu cầu")
    held.begin_run()
    held.record(
        Visit(HERE, Origin("seed"), NOON + 2 * DAY, State.ELSEWHERE, 301, moved_to=BASE + "moi/")
    )
    held.record(a_visit("moi/", secret(), at=NOON + 2 * DAY))
    assert held.rows("SELECT url, title FROM articles WHERE code = ?", here) == [
        {"url": BASE + "moi/", "title": ""}
    ]
    assert words_in(held.path) == set()
    held.archive.withheld.show(BASE + "moi/")
    assert held.found("xylocarpus") == [f"Bài {TITLE}"]


@pytest.mark.parametrize("which", ["a/", "b/"])
@pytest.mark.parametrize("way", [("a/", "b/"), ("b/", "a/")])
def test_of_two_that_are_one_both_are_hidden_if_either_is(
    held: Held, which: str, way: tuple[str, str]
) -> None:
    for path, text in (("a/", "Ylangylang"), ("b/", "Usnea")):
        held.record(a_visit(path, an_article("Bài đôi", f"Đoạn {text}.")))
    held.archive.withheld.hide(BASE + which, Grade.TEXT, "theo yêu cầu")
    here = code(held, BASE + which)
    with writing(held.path) as tables:
        tables.articles.merge(SITE["key"] or "", BASE + way[0], BASE + way[1])
    assert not any("ylangylang" in text or "usnea" in text for text in told(held.path))
    assert held.rows("SELECT url FROM articles JOIN withheld ON article_id = id") == [
        {"url": BASE + way[1]}
    ]
    assert list(held.archive.damage()) == []
    held.archive.withheld.clear()
    assert list(held.archive.withheld.faults()) == []
    held.archive.withheld.show(here)
    assert (
        len(held.rows("SELECT * FROM history WHERE body LIKE 'Đoạn %' AND title = 'Bài đôi'")) == 2
    )
    assert held.found("usnea OR ylangylang") == ["Bài đôi"]


def test_media_that_only_it_names_are_withheld_and_others_stay(held: Held) -> None:
    picture = Image(BASE + "chung.jpg", "Ảnh chung", None, None, None)
    held.record(a_visit("x/", an_article("X", "Chữ x.", images=(picture,))))
    held.record(a_visit("y/", an_article("Y", "Chữ y.", images=(picture,))))
    held.archive.withheld.hide(BASE + "x/", Grade.ALL, "theo yêu cầu")
    held.archive.withheld.hide(HERE, Grade.ALL, "theo yêu cầu")
    assert [row["url"] for row in held.rows("SELECT url FROM media")] == [BASE + "chung.jpg"]
    held.archive.withheld.show(HERE)
    assert len(held.rows("SELECT url FROM media")) == 7


@pytest.mark.parametrize("form", ["thumbnail", "upload", "page"])
def test_a_form_of_a_picture_that_another_article_has_stays(held: Held, form: str) -> None:
    url = BASE + SECRETS[form] + ("/" if form == "page" else ".jpg")
    picture = Image(BASE + "khac.jpg", **{form: url})
    held.record(a_visit("x/", an_article("X", "Chữ x.", images=(picture,))))
    held.archive.withheld.hide(HERE, Grade.ALL, "theo yêu cầu")
    shown = {BASE + f"{SECRETS['shown']}.jpg"} if form == "page" else set()
    left = {row["url"] for row in held.rows("SELECT url FROM media")}
    assert left == {url, BASE + "khac.jpg", *shown}
    held.archive.withheld.hide(BASE + "x/", Grade.ALL, "theo yêu cầu")
    assert held.rows("SELECT url FROM media") == []


def test_no_note_tells_a_date_that_is_withheld(held: Held) -> None:
    dated = "2021-06-14"
    held.record(a_visit("cu/", an_article("Cũ", "Chữ."), next_url=BASE + "sau-cu/"))
    early = an_article("Sau cũ", "Chữ khác.", published_at=NOON - 9000 * DAY)
    held.record(a_visit("sau-cu/", early, prev_url=BASE + "cu/"))
    notes = "SELECT message FROM problems WHERE kind = 'date'"
    assert [dated in row["message"] for row in held.rows(notes)] == [True]
    held.archive.withheld.hide(BASE + "cu/", Grade.ALL, "theo yêu cầu")
    assert held.rows(notes) == []
    held.begin_run()
    held.record(a_visit("cu/", an_article("Cũ", "Chữ."), at=NOON + DAY, next_url=BASE + "sau-cu/"))
    assert held.rows(notes) == []


# Whatever is killed


@pytest.mark.parametrize("moment", ["before the vault", "after the vault", "after the archive"])
@pytest.mark.parametrize("what", ["hide", "show"])
def test_killed_at_any_moment_nothing_is_lost_and_nothing_hidden_is_served(
    held: Held, moment: str, what: str
) -> None:
    """A process is killed in the middle; the next one to open the archive finds it in order."""
    here = code(held)
    before = everything(held)
    if what == "show":
        held.archive.withheld.hide(here, Grade.ALL, "theo yêu cầu")
    held.archive.close()
    script = f"""
import os, signal
from archive import Archive
from archive.tables.withheld import Withheld
from crawler.vocabulary import Grade
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
archive = Archive.open({str(held.path)!r})
moment, save = {moment!r}, Withheld.save
if moment == "before the vault":
    Withheld.save = die
elif moment == "after the vault":
    def both(self):
        save(self)
        die()
    Withheld.save = both
else:
    Withheld.stored = die
if {what!r} == "hide":
    archive.withheld.hide({here!r}, Grade.ALL, "theo yêu cầu")
else:
    archive.withheld.show({here!r})
"""
    done = subprocess.run([sys.executable, "-c", script], env={**os.environ}, timeout=60)
    assert done.returncode == -signal.SIGKILL
    is_hidden = (what == "hide") == (moment == "after the archive")
    assert words_in(held.path) == (set() if is_hidden else {*SECRETS.values(), TITLE})
    held.archive = Archive.open(held.path)
    assert words_in(held.path) == (set() if is_hidden else {*SECRETS.values(), TITLE})
    assert len(documents(held)) == is_hidden
    if is_hidden:
        held.archive.withheld.show(here)
    assert everything(held) == before
    assert held.archive.withheld.clear()
    assert list(held.archive.withheld.faults()) == []


LOOP = """
import sys
from archive import Archive
from crawler.vocabulary import Grade
from tests.test_archive import Held, NOON, a_visit
from tests.test_withheld import DAY, secret
from pathlib import Path
held, code, first = Held(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
for n in range(first, first + 1000):
    print(n, flush=True)
    if n % 3 == 0:
        held.archive.withheld.hide(code, [Grade.ALL, Grade.TEXT][n % 2], "theo yêu cầu")
    elif n % 3 == 1:
        held.record(a_visit(article=secret(f"Xylocarpus {n}"), at=NOON + n * DAY))
    else:
        held.archive.withheld.show(code)
    print("done", n, flush=True)
"""


@pytest.mark.parametrize("seed", [0, *(long(seed) for seed in range(1, 10))])
def test_killed_at_random_an_article_is_hidden_or_shown_and_whole(held: Held, seed: int) -> None:
    here, chance, number = code(held), random.Random(seed), 3
    held.archive.close()
    for _ in range(3):
        command = [sys.executable, "-c", LOOP, str(held.path), here, str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            lines = [process.stdout.readline() for _ in range(chance.randrange(2, 12))]
            time.sleep(chance.random() / 50)
            process.kill()
            lines += process.stdout.readlines()
        said = [line.split() for line in lines if line.endswith("\n")]
        done = [int(words[1]) for words in said if words[0] == "done"]
        number = int(said[-1][-1])  # what was under way is done once more
        held.archive = Archive.open(held.path)
        assert held.archive.withheld.clear()
        assert list(held.archive.withheld.faults()) == []
        (mark,) = held.rows("SELECT count(*) AS n FROM withheld")
        assert words_in(held.path) & {*SECRETS.values()} == (
            set() if mark["n"] else {*SECRETS.values()}
        )
        assert len(documents(held)) == mark["n"]
        revisions = len(held.archive.articles.earlier(2))
        seen = sum(each % 3 == 1 for each in range(3, max(done, default=3) + 1))
        assert 1 + seen <= revisions <= 2 + seen
        if number % 3 == (0 if mark["n"] else 2):
            number += 1
        held.archive.close()
    held.archive = Archive.open(held.path)


MAKING = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode = DELETE")
db.execute("BEGIN IMMEDIATE")
db.execute("PRAGMA application_id = 1")
db.execute("CREATE TABLE documents (id INTEGER)")
os._exit(0)
"""


def test_killed_while_the_file_was_made_the_next_command_makes_it(held: Held) -> None:
    """It had no byte, and whoever wrote was told that the archive was damaged."""
    held.archive.close()
    vault = vault_of(held.path)
    subprocess.run([sys.executable, "-c", MAKING, str(vault)], check=True)
    assert vault.stat().st_size == 0
    held.archive = Archive.open(held.path)
    assert documents(held) == set()
    held.archive.withheld.hide(HERE, Grade.ALL, "theo yêu cầu")
    assert held.archive.withheld.clear()
    assert not words_in(held.path) & {*SECRETS.values()}
    assert list(held.archive.withheld.faults()) == []


def test_damage_of_the_file_is_told_by_its_own_name(held: Held) -> None:
    """Who was told to restore the archive might have lost what was hidden since."""
    held.archive.withheld.hide(HERE, Grade.TEXT, "theo yêu cầu")
    held.archive.close()
    vault = vault_of(held.path)
    vault.write_bytes(vault.read_bytes()[:4096] + b"\x07" * 3000)
    with pytest.raises(ArchiveError, match=r"withheld\.db: is damaged"):
        documents(held)
    held.archive = Archive.open(held.path, read_only=True)


def test_of_an_article_that_is_hidden_whole_the_index_has_no_fault(held: Held) -> None:
    held.archive.withheld.hide(HERE, Grade.ALL, "theo yêu cầu")
    ids = held.archive.articles.ids()
    assert list(held.archive.articles.index_faults(lambda _: None, ids)) == []


def test_a_transaction_that_comes_to_nothing_changes_nothing(held: Held) -> None:
    held.archive.withheld.hide(HERE, Grade.ALL, "theo yêu cầu")
    ids = documents(held)
    (article_id,) = (row["id"] for row in held.rows("SELECT id FROM articles WHERE url = ?", HERE))
    with suppress(ZeroDivisionError), writing(held.path) as tables:
        tables.revisions.replace(article_id, [])
        raise ZeroDivisionError
    assert documents(held) == ids
    assert len(held.archive.articles.earlier(article_id)) == 1


def test_the_next_command_clears_what_could_not_be_cleared(held: Held) -> None:
    held.archive.withheld.hide(HERE, Grade.ALL, "theo yêu cầu")
    reader = sqlite3.connect(held.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM articles").fetchone()
    assert not held.archive.withheld.clear(patience=0)
    assert any("bytes" in message for _, message in held.archive.withheld.faults())
    reader.close()
    held.db.close()
    held.archive.close()
    held.archive = Archive.open(held.path)
    assert held.archive.withheld.uncleared() == []
    assert words_in_bytes(held.path) == set()
    held.db = held.archive  # type: ignore[assignment]


# Both sides


def test_without_what_is_withheld_an_archive_is_not_written_to(held: Held) -> None:
    held.archive.withheld.hide(HERE, Grade.ALL, "theo yêu cầu")
    held.archive.close()
    vault_of(held.path).unlink()
    with pytest.raises(ArchiveError, match=r"withheld\.db: is missing"):
        Archive.open(held.path)
    with Archive.open(held.path, read_only=True) as archive:
        assert any("missing" in message for _, message in archive.withheld.faults())
        assert archive.withheld.unreadable() == {2}


def test_a_damaged_document_is_named(held: Held) -> None:
    held.archive.withheld.hide(HERE, Grade.ALL, "theo yêu cầu")
    with closing(sqlite3.connect(vault_of(held.path))) as connection:
        connection.execute("UPDATE documents SET document = replace(document, 'Xylo', 'Zylo')")
        connection.commit()
    messages = [message for _, message in held.archive.withheld.faults()]
    assert any("not as it was written" in message for message in messages)


def test_what_the_archive_shows_beyond_its_grade_is_named(held: Held) -> None:
    held.archive.withheld.hide(HERE, Grade.ALL, "theo yêu cầu")
    held.db.execute("UPDATE articles SET lead = 'Lại hiện' WHERE url = ?", [HERE])
    held.db.execute("UPDATE withheld SET grade = 'text'")
    messages = [message for _, message in held.archive.withheld.faults()]
    assert any("shows other things" in message and "lead" in message for message in messages)
    assert any("takedowns say all" in message for message in messages)


def test_what_cannot_be_hidden_or_shown_is_refused(held: Held) -> None:
    with pytest.raises(NotHiddenError, match="no article has the code"):
        held.archive.withheld.hide("khong-co", Grade.ALL, "theo yêu cầu")
    with pytest.raises(NotHiddenError, match="is not hidden"):
        held.archive.withheld.show(code(held))
    assert held.rows("SELECT * FROM takedowns") == []
