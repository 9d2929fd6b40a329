"""The places that articles name, as an archive has them: found by whoever stores an article."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from archive import Archive, places_today
from archive.connection import Connection
from archive.schema import migrations
from crawler.page import Article
from crawler.vocabulary import FaultKind, Grade
from curation.verify import Verification
from tests.test_archive import NOON, SITE, Held, a_visit, an_article

CHO_DON = SITE | {"district": "064", "province": "Bắc Kạn"}
WORDS = (
    "SELECT substr(title || char(10, 10) || coalesce(lead, '') || char(10, 10)"
    " || coalesce(body, ''), position, length(name)) AS words, name"
    " FROM places JOIN articles ON id = article_id"
)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    held = Held(tmp_path / "archive.db")
    held.run_id = held.archive.runs.start(CHO_DON)
    yield held
    held.close()


def naming(*texts: str, **more: Any) -> Article:
    return an_article("Ra quân làm đường ở xã Nghĩa Tá", *texts, **({"lead": None} | more))


def named(held: Held) -> list[tuple[Any, ...]]:
    rows = held.rows("SELECT kind, code, name, how FROM places ORDER BY article_id, position")
    return [tuple(row.values()) for row in rows]


def name_again(held: Held) -> None:
    """Find once more what the first article names, as a reread does."""
    (row,) = held.archive.articles.rows([1])
    site = held.archive.runs.site(row["site"])
    held.archive.articles.put_places(row, places_today(row, site))


NGHIA_TA = ("commune", "02071", "Nghĩa Tá", "type")
BINH_TRUNG = ("commune", "02080", "Bình Trung", "list")
HA_HIEU = ("commune", "01897", "Hà Hiệu", "beside")


def test_what_an_article_names_is_stored_with_where_it_stands(held: Held) -> None:
    held.record(
        a_visit(
            article=naming("Xã Nghĩa Tá, Bình Trung đón xã Hà Hiệu, huyện Ba Bể.", lead="Sáng.")
        )
    )
    assert named(held) == [NGHIA_TA, BINH_TRUNG, HA_HIEU]
    assert all(row["words"] == row["name"] for row in held.rows(WORDS))


def test_an_article_that_says_something_else_names_something_else(held: Held) -> None:
    held.record(a_visit(article=naming("Xã Bình Trung.")))
    held.record(a_visit(article=naming("Đã xong."), at=NOON + timedelta(days=1)))
    assert named(held) == [NGHIA_TA]


def test_the_day_decides_between_the_commune_and_the_unit(held: Held) -> None:
    day = datetime(2025, 8, 1, 8, tzinfo=UTC)
    held.record(a_visit("a/", naming(published_at=day)))
    held.record(a_visit("b/", naming(published_at=None)))
    assert named(held) == [("unit", "02071", "Nghĩa Tá", "type")]


def test_a_reading_with_another_day_names_another_place(held: Held) -> None:
    held.record(a_visit(article=naming(published_at=None)))
    assert named(held) == []
    (row,) = held.archive.articles.rows([1])
    page = a_visit(article=naming()).page
    held.archive.articles.reread(1, held.archive.articles.texts(1), [page])
    assert row["published_at"] is None
    assert named(held) == [NGHIA_TA]


def test_what_was_found_by_other_rules_is_found_anew(held: Held) -> None:
    held.record(a_visit(article=naming()))
    held.db.execute("UPDATE places SET code = '02020'")
    name_again(held)
    assert named(held) == [NGHIA_TA]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM places WHERE name = 'Bình Trung'", "lacking Bình Trung (commune 02080)"),
        (
            "UPDATE places SET code = '02020' WHERE name = 'Nghĩa Tá'",
            "lacking Nghĩa Tá (commune 02071); no more Nghĩa Tá (commune 02020)",
        ),
        ("UPDATE places SET position = 99 WHERE name = 'Bình Trung'", "today (was"),
    ],
)
@pytest.mark.parametrize("is_hidden", [False, True])
def test_verify_holds_the_places_against_the_words(
    held: Held, statement: str, told: str, is_hidden: bool
) -> None:
    held.record(a_visit(article=naming("Xã Bình Trung.")))
    (row,) = held.rows("SELECT url, code FROM articles")
    assert list(Verification(held.archive, {}).of_texts()) == []
    held.db.execute(statement)
    if is_hidden:
        held.archive.withheld.hide(row["code"], Grade.ALL, "theo yêu cầu")
    (fault,) = Verification(held.archive, {}).of_texts()
    assert (fault.kind, fault.record) == (FaultKind.ARTICLE, f"article 1, {row['url']}")
    assert told in fault.message
    name_again(held)
    assert list(Verification(held.archive, {}).of_texts()) == []


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(held: Held) -> None:
    held.record(a_visit(article=naming()))
    (row,) = held.archive.articles.rows([1])
    held.archive.articles.put_places(row | {"text_sha256": "x"}, [])
    assert named(held) == [NGHIA_TA]


def test_a_site_that_turns_out_to_be_another_district_s_names_its_own(held: Held) -> None:
    held.record(a_visit(article=naming("Xã Yên Thịnh, xã Yên Phong.")))
    assert [code for _, code, *_ in named(held)] == ["02071", "02044", "02083"]
    held.archive.runs.start(CHO_DON | {"district": "394"})
    assert [code for _, code, *_ in named(held)] == ["15436", "15427"]


def test_what_is_withheld_names_nothing_and_is_as_it_was_when_shown(held: Held) -> None:
    held.record(a_visit(article=naming("Xã Bình Trung.")))
    before = named(held)
    (row,) = held.rows("SELECT code FROM articles")
    held.archive.withheld.hide(row["code"], Grade.ALL, "theo yêu cầu")
    assert named(held) == []
    name_again(held)
    assert named(held) == []
    held.record(a_visit(article=naming("Xã Bình Trung."), at=NOON + timedelta(days=1)))
    assert named(held) == []
    held.archive.withheld.show(row["code"])
    assert named(held) == before


def test_an_older_archive_names_its_places_when_it_is_opened(held: Held) -> None:
    held.record(a_visit("a/", naming()))
    held.record(a_visit("b/", naming("Xã Hà Hiệu, huyện Ba Bể.")))
    (row,) = held.rows("SELECT code FROM articles WHERE id = 2")
    held.archive.withheld.hide(row["code"], Grade.TEXT, "theo yêu cầu")
    held.close()
    with closing(sqlite3.connect(held.path)) as connection:
        connection.execute("DROP VIEW place_articles")
        connection.execute("DROP INDEX sites_by_unit")
        connection.execute("DROP TABLE places")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'name_places'")
        connection.commit()
        assert [m.name for m in migrations.pending(Connection(connection))] == ["name_places"]
    with Archive.open(held.path, read_only=True) as archive:
        assert list(archive.damage()) == []
    held.archive = Archive.open(held.path)
    held.db = Database(sqlite3.connect(held.path, isolation_level=None))
    assert named(held) == [NGHIA_TA]
    held.archive.withheld.show(row["code"])
    assert named(held) == [NGHIA_TA, NGHIA_TA, HA_HIEU]
