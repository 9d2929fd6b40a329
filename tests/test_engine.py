"""Both engines of search find the same, and count and order it as is promised."""

import json
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from archive.search import fallback
from archive.search.asked import understood
from archive.search.documents import UNNUMBERED, number_of_place, place_of_number
from archive.search.engine import Searcher
from archive.search.found import COUNTABLE, Filters, Found
from archive.search.words import has_marks, spellings
from archive.search.writing import bring_up
from crawler.country import communes, units
from crawler.text.fold import fold
from crawler.vocabulary import LeftOut, Order
from tests.test_archive import NOON, VIET_NAM, Held, a_visit, an_article

TEXTS = (
    ("Bão số 3 gây thiệt hại", "Cơn bão lớn quét qua xã Nghĩa Tá, gió giật mạnh."),
    ("Báo cáo kết quả", "Tờ báo đăng tin về bão, báo cáo theo số 30/2020/NĐ-CP."),
    ("Bao giờ có cầu", "Bao nhiêu hộ dân chờ cầu ở xã Nghĩa Tá."),
    ("Hoà bình trên quê hương", "Người dân mong hoà bình, uỷ ban họp bàn."),
    ("Lễ hội Hòa Bình", "Ủy ban tổ chức lễ hội; khai giảng năm học mới."),
    ("Triển khai đề án", "Đề án số 06-ĐA/TU được triển khai, khai mạc hội nghị."),
    ("Họp thôn", "Hội đồng họp bàn về nghị quyết, hội nghị họp báo."),
    ("Đường tới trường", "Con duong nho, đường liên xã, tình dương."),
    ("Không có ngày", "Bài không ghi ngày đăng, chữ bão ở cuối."),
    ("Công văn", "Trả lời công văn 6-ĐA/TU của huyện."),
)


UNFILTERED = Filters()
COMMUNE, DISTRICT = "02020", "064"
"""A commune of before July 2025, and the district of the portal."""


@dataclass
class Engines:
    """One archive, searched by its index and without it."""

    ranked: Searcher
    plain: Searcher
    db: Path

    def both(self, text: str, filters: Filters = UNFILTERED, **more: object) -> tuple[Found, Found]:
        found = (
            searcher.search(understood(text), filters, **more)  # type: ignore[arg-type]
            for searcher in (self.ranked, self.plain)
        )
        return next(found), next(found)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    folder = tmp_path_factory.mktemp("engines")
    held = Held(folder / "archive.db")
    for number, (title, text) in enumerate(TEXTS):
        day = datetime(2019 + number % 3, 5, 1 + number, 8, 30, tzinfo=VIET_NAM)
        article = an_article(
            title, text, lead=None, author=f"Tác giả {number % 2}", category=f"Mục {number % 4}",
            published_at=None if "ngày" in title.split() else day,
        )  # fmt: skip
        held.record(a_visit(f"bai-{number + 1}/", article, at=NOON + timedelta(minutes=number)))
    for row in held.archive.articles.rows([1, 4, 7]):
        place = {"kind": "commune", "name": "Nghĩa Tá", "position": 1, "how": "type"}
        held.archive.articles.put_places(row, [place | {"code": COMMUNE}])
    held.db.execute("UPDATE sites SET district = ?", [DISTRICT])
    held.close()
    bring_up(held.path)
    (folder / "plain").mkdir()
    shutil.copyfile(held.path, folder / "plain" / "archive.db")
    engines = Engines(
        Searcher.open(held.path), Searcher.open(folder / "plain" / "archive.db"), held.path
    )
    yield engines
    engines.ranked.close()
    engines.plain.close()


QUERIES = (
    *("bão", "báo", "bao", '"bão"', '"bao"', "bao cao", "hoà bình", "hòa bình", '"hoà bình"'),
    *("HÒA BÌNH", "uỷ ban", "ủy ban", '"ủy ban"', "đường", "duong", '"dương"', "Ðường", "hội nghị"),
    *("bão OR đường", "(bão số) OR họp", "bão -báo", "bao -bão", '-"họp báo" họp', "họp -hop"),
    *("khai*", '"khai gi"*', "hội ngh*", '"hội nghị h"*', "b*", "đư*", "30/2020/NĐ-CP"),
    *("30/2020/nd-cp", "06-ĐA/TU", "6-ĐA/TU", "6-da/tu", "khai mạc hội nghị", "nghĩa tá"),
    *("n*", "ng*", "d*", '"b*"', "họp -b*", "bão h* c*", '"họp b*"', "hội n*", "0*", "🙂*"),
    *("không", "xylocarpus", "", "***", "-bão", "🙂", "a" * 10_000, "ba\u0303o", "*" * 99, '"'),
    *(") OR (", "NEAR(bão, 2)", "title:bão", "bão AND cầu", "\x00bão", "' OR 1=1 --"),
)


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("text", QUERIES, ids=[f"query {n}" for n in range(len(QUERIES))])
def test_both_engines_find_and_count_the_same(engines: Engines, text: str, order: Order) -> None:
    ranked, plain = engines.both(text, order=order, limit=50, facets=COUNTABLE)
    assert (ranked.engine, ranked.left_out) == ("tantivy", ())
    assert (plain.engine, plain.left_out) == ("fts5", (LeftOut.NO_INDEX,))
    assert (ranked.total, ranked.exact) == (plain.total, plain.exact)
    assert ranked.facets == plain.facets
    assert {hit[:2] for hit in ranked.hits} == {hit[:2] for hit in plain.hits}
    assert len(ranked.hits) == len({hit.article_id for hit in ranked.hits}) == ranked.total
    if order != Order.BEST:
        assert [hit.article_id for hit in ranked.hits] == [hit.article_id for hit in plain.hits]


@pytest.mark.parametrize(
    "filters",
    [
        Filters(sites=("khuoisao",)),
        Filters(sites=("khong-co",)),
        Filters(provinces=("Bắc Kạn",)),
        Filters(provinces=("Hà Giang",)),
        Filters(years=("2020", "2021")),
        Filters(categories=("Mục 1", "Mục 2")),
        Filters(authors=("Tác giả 1",)),
        Filters(documents=("30/2020/NĐ-CP",)),
        Filters(since="2020-05-02"),
        Filters(until="2020-05-05"),
        Filters(since="2020-05-02", until="2020-05-05", categories=("Mục 1",)),
        Filters(spelling="exact"),
        Filters(places=("khong-co",)),
        Filters(places=("commune:00000",)),
        Filters(places=(f"commune:{COMMUNE}",)),
        Filters(places=(f"district:{DISTRICT}", "commune:00000")),
        Filters(places=("province:06",)),
        Filters(places=("province-since:19",)),
        Filters(places=("province-since:01",)),
    ],
    ids=lambda filters: ",".join(k for k, v in filters._asdict().items() if v not in ((), None)),
)
@pytest.mark.parametrize("text", ["bão", "họp OR khai", "", '"bão" -báo'])
def test_filters_leave_the_same(engines: Engines, text: str, filters: Filters) -> None:
    ranked, plain = engines.both(text, filters, limit=50, facets=COUNTABLE)
    assert (ranked.total, ranked.exact, ranked.facets) == (plain.total, plain.exact, plain.facets)
    assert {hit.article_id for hit in ranked.hits} == {hit.article_id for hit in plain.hits}


def test_each_place_that_a_text_may_name_has_a_number_of_its_own() -> None:
    named = [f"commune:{code}" for code in communes()] + [f"unit:{code}" for code in units()]
    numbers = [number_of_place(place) for place in named]
    assert UNNUMBERED not in numbers
    assert [*map(place_of_number, numbers)] == named
    assert len({*numbers}) == len(named) > 10_000
    for place in ("district:064", "commune:2071", "commune:0207a", "commune:٠٢٠٧١", "khác", ""):
        assert number_of_place(place) == UNNUMBERED


def test_of_a_place_that_has_no_number_it_is_said_that_not_all_is_counted(tmp_path: Path) -> None:
    held = Held(tmp_path / "archive.db")
    held.record(a_visit("bai-1/", an_article("Bão số 1", "Gió giật.")))
    held.db.execute("INSERT INTO places VALUES (1, 'commune', 'chưa rõ', 'Nghĩa Tá', 0, 'type')")
    held.close()
    bring_up(held.path)
    searcher = Searcher.open(held.path)
    found = searcher.search(understood("bão"), facets=("place",))
    searcher.close()
    assert (found.facets["place"], found.left_out) == ((), (LeftOut.FACETS,))


def test_a_unit_has_the_articles_of_what_went_into_it(engines: Engines) -> None:
    with closing(sqlite3.connect(engines.db)) as db:
        rows = db.execute("SELECT unit FROM successors WHERE commune = ?", [COMMUNE]).fetchall()
    assert rows
    for (unit,) in rows:
        ranked, plain = engines.both("", Filters(places=(f"unit:{unit}",)), limit=50)
        assert {hit.article_id for hit in ranked.hits} == {1, 4, 7}
        assert {hit.article_id for hit in plain.hits} == {1, 4, 7}


def titles(found: Found) -> list[str]:
    return [TEXTS[hit.article_id - 1][0] for hit in found.hits]


def test_the_exact_spelling_is_first_and_both_are_counted(engines: Engines) -> None:
    for found in engines.both("bão"):
        assert (found.total, found.exact) == (5, 3)
        assert [hit.exact for hit in found.hits] == [True, True, True, False, False]
        assert titles(found)[0] == "Bão số 3 gây thiệt hại"
        assert titles(found)[3] == "Bao giờ có cầu"
    for found in engines.both("bao"):
        assert (found.total, found.exact) == (5, None)
        assert all(hit.exact for hit in found.hits)
    for found in engines.both('"bao"'):
        assert titles(found) == ["Bao giờ có cầu"]
    for found in engines.both("bão", Filters(spelling="exact")):
        assert (found.total, found.exact) == (3, None)


def test_pages_cross_from_the_exact_spelling_to_the_others(engines: Engines) -> None:
    whole = engines.ranked.search(understood("bão"), limit=10).hits
    for size in (1, 2, 3):
        pages = [
            hit
            for offset in range(0, 6, size)
            for hit in engines.ranked.search(understood("bão"), offset=offset, limit=size).hits
        ]
        assert pages == [*whole], size


def test_the_place_of_a_tone_mark_makes_no_difference(engines: Engines) -> None:
    for text in ("hoà bình", "hòa bình", "HOÀ BÌNH"):
        for found in engines.both(text):
            assert (found.total, found.exact) == (2, 2)
        for found in engines.both(f'"{text}"'):
            assert found.total == 2


def both(folder: Path, texts: Sequence[tuple[str, str]]) -> Iterator[Searcher]:
    """Yield what searches an archive of these titles and texts: without its index, and by it."""
    held = Held(folder / "archive.db")
    for number, (title, text) in enumerate(texts):
        held.record(a_visit(f"{number}/", an_article(title, text, lead=None)))
    held.close()
    for engine in ("fts5", "tantivy"):
        if engine == "tantivy":
            bring_up(held.path)
        with closing(Searcher.open(held.path)) as searcher:
            assert searcher.search(understood("tin")).engine == engine
            yield searcher


def test_words_side_by_side_come_before_others(tmp_path: Path) -> None:
    held = Held(tmp_path / "archive.db")
    apart = "Nghị trường bàn về hội, rồi hội lại bàn chuyện nghị sự của làng."
    held.record(a_visit("xa/", an_article("Chuyện làng", apart, lead=None)))
    held.record(a_visit("gan/", an_article("Chuyện xã", f"{apart} Sau là hội nghị.", lead=None)))
    held.close()
    bring_up(held.path)
    searcher = Searcher.open(held.path)
    assert [hit.article_id for hit in searcher.search(understood("hội nghị")).hits] == [2, 1]
    searcher.close()


def test_a_word_that_most_articles_have_counts_for_hardly_anything(tmp_path: Path) -> None:
    """An article with nothing but "xã", which six of eleven have, is after one "lúa" of four."""
    of_it, of_the_other = "Xã. " * 30, "Lúa. " + "Tin. " * 29
    texts = [*["Tin của xã."] * 5, of_it, *[of_the_other] * 4, "Tin."]
    for engine in both(tmp_path, [("Tin", text) for text in texts]):
        hits = engine.search(understood("xã OR lúa")).hits
        assert {hit.article_id for hit in hits[:4]} == {7, 8, 9, 10}
        assert len(hits) == 10


def test_a_long_title_makes_no_article_long(tmp_path: Path) -> None:
    """As many words, and one of them is asked for: no matter how many are the title's."""
    texts = [
        (" ".join(["tin"] * title), " ".join(["bão", *["gió"] * (200 - title - 1)]))
        for title in (1, 4, 16, 20)
    ]
    short = ("tin", " ".join(["bão", *["gió"] * 99]))
    for engine in both(tmp_path, [*texts, short, *[("tin", "mưa")] * 6]):
        hits = engine.search(understood("bao")).hits
        assert hits[0].article_id == 5
        assert len({hit.score for hit in hits[1:]}) == 1, hits


def test_no_phrase_goes_from_a_title_into_the_text(engines: Engines) -> None:
    for found in engines.both('"thôn hội đồng"'):
        assert found.total == 0


def test_an_undated_article_is_last_in_both_orders(engines: Engines) -> None:
    for order in (Order.NEWEST, Order.OLDEST):
        for found in engines.both("bão", order=order):
            assert titles(found)[-1] == "Không có ngày"
            assert [hit.score for hit in found.hits] == [0.0] * found.total


def test_what_lies_too_deep_is_said(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = engines.ranked.search(understood("bão"), offset=10_000 * 20, limit=20)
    assert (deep.total, deep.hits, deep.left_out) == (5, (), ())
    monkeypatch.setattr("archive.search.engine.DEEPEST", 2)
    deep = engines.ranked.search(understood("bão"), offset=1, limit=20)
    assert (len(deep.hits), deep.total, deep.left_out) == (1, 5, (LeftOut.DEPTH,))


@pytest.mark.parametrize("letters", [1, 2, 3])
def test_all_that_begin_with_a_few_letters_are_found(engines: Engines, letters: int) -> None:
    """Beginnings of one and two letters are terms of the index, longer ones patterns."""
    written = [{*spellings(f"{title} {text}")} for title, text in TEXTS]
    for begun in {word.exact[:letters] for words in written for word in words}:
        alike, same = (
            sum(any(word[spelled].startswith(wanted) for word in words) for words in written)
            for spelled, wanted in ((1, fold(begun)), (0, begun))
        )
        found = engines.ranked.search(understood(f"{begun}*"))
        assert (found.total, found.exact) == (alike, same if has_marks(begun) else None), begun


def test_what_takes_too_long_is_given_up_and_said(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.search.fallback._STEPS", 1)
    monkeypatch.setattr("archive.search.engine._number", lambda *_: sleep(0.5) or 0)
    for db in (engines.db, engines.db.parent / "plain" / "archive.db"):
        hurried = Searcher.open(db, seconds=-1.0)
        found = hurried.search(understood("bão"))
        hurried.close()
        assert found.total == 0
        assert LeftOut.TIME in found.left_out


def test_what_is_given_up_half_way_claims_no_more_than_was_had(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = fallback._rows

    def too_late(*asked: Any, exact: bool) -> list[Any]:
        if exact:
            raise fallback._TimeUpError
        return rows(*asked, exact=exact)

    monkeypatch.setattr(fallback, "_rows", too_late)
    monkeypatch.setattr(fallback, "_MOST", 3)
    found = engines.plain.search(understood("bão"), limit=20)
    assert (found.total, len(found.hits), found.exact) == (3, 3, None)
    told = {LeftOut.NO_INDEX, LeftOut.ORDER, LeftOut.RANKING, LeftOut.COUNT}
    assert {*found.left_out} == told


def test_sql_is_told_that_a_search_takes_too_long(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.search.engine._number", lambda *_: sleep(0.2) or 0)
    hurried = Searcher.open(engines.db, seconds=-1.0)
    with pytest.raises(TimeoutError, match="too long"):
        hurried.ids("bão")
    hurried.close()


def test_very_many_endings_of_a_phrase_are_said_to_be_cut(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.search.query._PHRASE_ENDINGS", 1)
    found = engines.ranked.search(understood('"khai mạc h"*'))
    assert found.left_out == ()
    found = engines.ranked.search(understood('"bàn về n"*'))
    assert (found.total, found.left_out) == (1, ())
    found = engines.ranked.search(understood('"hội họp b"*'))
    assert found.left_out == (LeftOut.BEGINNINGS,)


def test_sql_gets_the_ranked_search(engines: Engines) -> None:
    ids = [hit.article_id for hit in engines.ranked.search(understood("bão")).hits]
    assert json.loads(engines.ranked.ids("bão")) == ids
    assert json.loads(engines.ranked.ids(None)) == []
    with closing(sqlite3.connect(engines.db)) as db:
        db.create_function("search", 1, engines.ranked.ids)
        sql = """
            SELECT articles.id FROM json_each(search(?)) JOIN articles ON articles.id = value
            ORDER BY json_each.key"""
        assert [row[0] for row in db.execute(sql, ["bão"])] == ids


def test_frequencies_are_told_of_any_spelling(engines: Engines) -> None:
    for searcher in (engines.ranked, engines.plain):
        counts = [searcher.frequency(word) for word in ("bão", "bao", "xylocarpus", '"')]
        assert counts == [5, 5, 0, 0]


def test_a_facet_that_is_none_is_a_mistake_of_whoever_asks(engines: Engines) -> None:
    with pytest.raises(ValueError, match="'colour'"):
        engines.ranked.search(understood("bão"), facets=("colour",))
