"""What the archive's charts are of, in pages and as files."""

import csv
import io
import json
import re
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from datasette.app import Datasette
from datasette.database import Database
from selectolax.lexbor import LexborHTMLParser as Page

from archive import Archive
from reading_room.asking.queries import rows
from reading_room.charts import NARROW, WIDE
from reading_room.figures import FIGURES
from reading_room.figures import words as figures_of_words
from reading_room.figures.articles import MONTH
from reading_room.figures.asked import Asked, counted_by
from reading_room.figures.ledger import age_of
from reading_room.figures.period import (
    by_year,
    drawable,
    month_categories,
    months_of,
    told_peak,
    year_categories,
    years_of,
)
from reading_room.figures.words import MOST_WORDS, asked_words, query_of, search_for
from reading_room.language import speaking
from tests.room_sample import SITES, build_archive, opened

MONTHS = {"2021-03": 2, "2021-09": 1, "2022-02": 3}


def article(number: int, title: str, published_at: str | None, **more: Any) -> dict[str, Any]:
    url = f"https://chodon.example/{number}/"
    return {"url": url, "title": title, "body": "Tin.", "published_at": published_at, **more}


ARTICLES: Sequence[Mapping[str, Any]] = (
    article(1, "Ứng phó bão số 3", "2021-03-01T08:00:00+07:00"),
    article(2, "Báo cáo quý", "2021-03-31T23:30:00+07:00"),
    article(3, "Lũ quét sau bão", "2021-09-05"),
    *(article(n, "Họp giao ban", "2022-02-10T08:00:00+07:00") for n in (4, 5)),
    article(6, "Báo in", "2022-02-11T08:00:00+07:00"),
    article(7, "Không ngày tháng", None),
    article(8, "Ngày lạ", "0202-02-11T08:00:00+07:00"),
    article(9, "Xã khác", "2020-05-05", url="https://nalang.example/9/", site="nalang"),
    article(
        10,
        "Tin của cơ quan khác, từ khi huyện không còn",
        "2025-08-20",
        site="nalang",
        url="https://nalang.example/10/",
        first_seen_at="2025-08-21T00:00:00Z",
    ),
)
MISSING: Sequence[Mapping[str, Any]] = (
    {"url": "https://chodon.example/mat/", "state": "gone", "found_by": "next",
     "found_on": "https://chodon.example/3/"},
    {"url": "https://chodon.example/cho/", "state": "waiting", "found_by": "listing",
     "found_on": "https://chodon.example/tin/"},
    {"url": "https://chodon.example/khac/", "state": "not_article", "found_by": "listing"},
    {"url": "https://chodon.example/1/?khac", "state": "failed", "found_by": "next",
     "found_on": "https://chodon.example/5/"},
)  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sites = [
        {**SITES[0], "district": "064"},
        {**SITES[1], "district": "061", "active_to": "2025-06-30"},
    ]
    folder = tmp_path_factory.mktemp("figures")
    path = build_archive(folder / "archive.db", ARTICLES, sites, MISSING)
    with Archive.open(path):
        pass  # which writes the map
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "INSERT INTO citations VALUES (1, 1, 'Nghị định', '30/2020/NĐ-CP', NULL, NULL, '',"
            " '30/2020/NĐ-CP')"
        )
        db.execute("INSERT INTO places VALUES (1, 'commune', '02071', 'Nghĩa Tá', 1, 'type')")
    return path


@pytest.fixture
async def room(path: Path) -> AsyncIterator[Datasette]:
    async with opened(path) as room:
        yield room


async def numbers(room: Datasette, address: str) -> dict[str, list[float | None]]:
    answer = await room.client.get(f"/charts/{address}", headers={"accept-language": "en"})
    assert answer.status_code == 200, answer.text
    return {row["key"]: [*row["values"].values()] for row in answer.json()["rows"]}


async def test_articles_are_counted_by_year_and_by_month(room: Datasette) -> None:
    assert await numbers(room, "years.json") == {
        "2020": [1], "2021": [3], "2022": [3], "2023": [0], "2024": [0], "2025": [1],
    }  # fmt: skip
    assert await numbers(room, "years.json?site=chodon") == {"2021": [3], "2022": [3]}
    months = await numbers(room, "months.json?site=chodon")
    assert len(months) == 12
    assert {month: n for month, (n,) in months.items() if n} == MONTHS
    assert (await numbers(room, "months.json?place=district:061")) == {"2020-05": [1]}


@pytest.mark.parametrize(
    "place", ["district:061", "district:064", "province:06", "province-since:19", "commune:02071"]
)
async def test_the_articles_of_a_place_are_those_of_the_view(room: Datasette, place: str) -> None:
    found = await rows(
        room.get_database("archive"),
        "SELECT count(DISTINCT article_id) AS n FROM place_articles"
        " WHERE kind || ':' || code = :place",
        place=place,
    )
    db = room.get_database("archive")
    told = await counted_by(db, Asked(place=place), MONTH)
    assert sum(told.numbers.values()) == found[0]["n"] > 0


async def test_what_is_not_counted_is_told(room: Datasette) -> None:
    told = (await room.client.get("/charts/years.json?site=chodon")).json()["notes"]
    assert told == [
        "Không tính 1 bài không rõ ngày.",
        "Không tính 1 bài có ngày tháng không thể đúng.",
    ]


async def test_silent_months_are_those_between(room: Datasette) -> None:
    silence = await numbers(room, "silence.json?site=chodon")
    assert len(silence) == 24
    assert [month for month, (n,) in silence.items() if n == 0][:2] == ["2021-04", "2021-05"]
    assert sum(n == [0] for n in silence.values()) == 9
    assert silence["2021-02"] == silence["2022-03"] == [None]


async def test_what_is_not_held_stands_at_the_year_of_what_names_it(room: Datasette) -> None:
    answer = (await room.client.get("/charts/held.json?site=chodon")).json()
    assert [*answer["series"]] == ["held", "waiting", "gone", "failed"]
    found = {row["key"]: row["values"] for row in answer["rows"]}
    assert found == {
        "2021": {"held": 3, "waiting": 0, "gone": 1, "failed": 0},
        "2022": {"held": 3, "waiting": 0, "gone": 0, "failed": 1},
        "": {"held": 2, "waiting": 1, "gone": 0, "failed": 0},
    }
    assert "Kho giữ 8 bài; còn 3 địa chỉ" in answer["told"]


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({}, "There is nothing to draw yet."),
        ({"2021": 3}, "All in 2021: 3."),
        ({"2021": 3, "2022": 0}, "All in 2021: 3."),
        ({"2021": 3, "2022": 4}, "From 2021 to 2022; most in 2022: 4."),
    ],
)
def test_when_most_was_is_told_of_more_than_one_time(counts: dict[str, int], told: str) -> None:
    with speaking("en"):
        assert told_peak(counts, {"2021": "2021", "2022": "2022"}) == told


async def test_portals_are_told_apart_by_age(room: Datasette) -> None:
    found = await numbers(room, "freshness.json")
    assert sum(n for n, _ in found.values() if n) == len(SITES)
    assert sum(n for _, n in found.values() if n) == len(SITES)
    assert found["never"] == [0, 1], "the second portal was never crawled"


@pytest.mark.parametrize(
    ("written", "age"),
    [
        (None, "never"),
        ("", "never"),
        ("hôm qua", "never"),
        ("2026-03-11T00:00:00Z", "1 d"),
        ("2026-03-10T00:00:00+07:00", "1 d"),
        ("2026-03-09", "7 d"),
        ("2026-02-20", "31 d"),
        ("2025-06-30T10:00:00+07:00", "366 d"),
        ("2011-06-30", "more"),
    ],
    ids=lambda value: repr(value)[:12],
)
def test_an_age_is_told_in_steps(written: str | None, age: str) -> None:
    assert age_of(written, datetime(2026, 3, 10, 12, tzinfo=UTC)) == age


async def test_places_are_told_by_how_many_articles_they_have(room: Datasette) -> None:
    assert await numbers(room, "places.json") == {"province:06": [10]}
    assert await numbers(room, "places.json?place=province:06") == {
        "district:064": [8],
        "district:061": [2],
    }
    communes = await numbers(room, "places.json?place=district:064")
    assert communes == {"commune:02071": [1]}


async def test_a_word_with_marks_is_counted_as_it_is_spelled(room: Datasette) -> None:
    words = quote("bão, báo,bao, khôngcó")
    found = await numbers(room, f"words.json?q={words}&site=chodon")
    assert found == {
        "2021": pytest.approx([2 / 3, 1 / 3, 1, 0]),
        "2022": pytest.approx([0, 1 / 3, 1 / 3, 0]),
    }
    side_by_side = await numbers(room, f"words.json?q={quote('bão số')},{quote('số bão')},lu*")
    assert side_by_side["2021"] == pytest.approx([1 / 3, 0, 1 / 3])


@pytest.mark.parametrize(
    ("q", "wanted", "too_many"),
    [
        ("", 0, 0),
        (" , ;, ", 0, 0),
        ("bão", 1, 0),
        ("bão; lũ,  bão , nông  thôn mới", 3, 0),
        ("a,b,c,d,e,f,g", MOST_WORDS, 2),
        ("x" * 10_000, 1, 0),
    ],
    ids=["none", "blank", "one", "several", "many", "long"],
)
def test_words_stand_between_commas(q: str, wanted: int, too_many: int) -> None:
    found = asked_words(q)
    assert [len(part) for part in found] == [wanted, too_many]
    assert all(len(word) <= 100 for word in found[0])


@pytest.mark.parametrize("q", ["bao", "khongco,bao"])
async def test_of_words_that_took_too_long_it_is_not_said_that_no_article_has_them(
    room: Datasette, monkeypatch: pytest.MonkeyPatch, q: str
) -> None:
    counted = figures_of_words._counts

    async def too_slow(db: Database, asked: Asked, word: str) -> dict[str, int] | None:
        return None if word == "bao" else await counted(db, asked, word)

    monkeypatch.setattr(figures_of_words, "_counts", too_slow)
    page = (await room.client.get(f"/words?q={q}", headers={"accept-language": "en"})).text
    assert "No dated article" not in page
    assert "too busy for a chart" in page
    drawn = await room.client.get(f"/charts/words.svg?q={q}")
    assert drawn.status_code == 503
    assert "<svg" not in drawn.text


async def test_where_no_word_is_found_those_left_out_are_told(room: Datasette) -> None:
    page = await room.client.get(
        "/words?q=khonga,khongb,khongc,khongd,khonge,bao", headers={"accept-language": "en"}
    )
    assert "No dated article has any of these words." in page.text
    assert "More than 5 words were asked for; left out: bao." in page.text


async def test_of_four_hundred_words_five_are_counted_and_few_of_the_others_named(
    room: Datasette,
) -> None:
    q = ",".join(["bao", "lu", *(f"tu{number}" for number in range(398))])
    answer = await room.client.get(f"/charts/words.json?q={q}", headers={"accept-language": "en"})
    told = answer.json()
    assert len(told["series"]) == MOST_WORDS
    note = told["notes"][0]
    named = ", ".join(f"tu{number}" for number in range(3, 13))
    assert note == (
        f"More than 5 words were asked for; left out: {named}. 385 more were left out, too."
    )


async def test_words_are_counted_by_month_as_by_year(room: Datasette) -> None:
    """In the fixture's articles, each in its month, what a year has is the sum of its months."""
    q = quote("bão,báo,bao")
    by_month = await numbers(room, f"words.json?q={q}&site=chodon&by=month")
    articles = await numbers(room, "months.json?site=chodon")
    assert [*by_month] == [*articles], "every month has a row, also one without an article"
    by_year = await numbers(room, f"words.json?q={q}&site=chodon")
    of_year = await numbers(room, "years.json?site=chodon")
    for n in range(3):
        counts: Counter[str] = Counter()
        for month, shares in by_month.items():
            assert (shares[n] is None) == (articles[month] == [0])
            counts[month[:4]] += round((shares[n] or 0) * articles[month][0])
        for year, shares in by_year.items():
            assert counts[year] == round((shares[n] or 0) * of_year[year][0])
    drawn = await room.client.get(
        f"/charts/words.json?q={q}&site=chodon&by=month", headers={"accept-language": "en"}
    )
    held = [number for (number,) in articles.values() if number]
    assert all(number < 10 for number in held)
    assert drawn.json()["notes"] == [
        f"Of {len(held)} of the {len(held)} spans of time fewer than 10 articles are held; their"
        " shares say little."
    ]
    page = await room.client.get(f"/words?q={q}&by=month", headers={"accept-language": "en"})
    assert "Share of the articles of each month" in page.text
    assert (await room.client.get("/words?q=bao&by=day")).status_code == 404


def test_a_word_leads_to_its_articles() -> None:
    assert search_for("bão lũ") == '"bão lũ"'
    assert search_for("bao lu") == "bao lu"
    assert not query_of("***").wanted
    assert query_of("khai gi*").wanted[0][0].prefix


@pytest.mark.parametrize(
    "address",
    [
        "words.svg", "held.svg", "khac.svg", "years.png", "years.svg?place=khac:1",
        "years.svg?place=district:999", "years.svg?site=khac", "freshness.svg?site=chodon",
        "places.csv?place=commune:02071", "words.csv?q=a&place=district:064",
    ],
)  # fmt: skip
async def test_what_there_is_not_is_not_found(room: Datasette, address: str) -> None:
    assert (await room.client.get(f"/charts/{address}")).status_code == 404


async def test_a_chart_is_to_be_had_as_a_file(room: Datasette) -> None:
    addresses = {
        "years": "", "months": "?site=chodon", "silence": "?site=chodon",
        "held": "?site=chodon", "freshness": "", "places": "",
        "words": "?q=%3D1%2B1,bao",
    }  # fmt: skip
    assert [*addresses] == [*FIGURES]
    for name, query in addresses.items():
        drawn = await room.client.get(f"/charts/{name}.svg{query}")
        assert drawn.headers["content-type"].startswith("image/svg+xml")
        assert drawn.text.startswith("<svg ")
        told = (await room.client.get(f"/charts/{name}.json{query}")).json()
        table = await room.client.get(f"/charts/{name}.csv{query}")
        assert table.text.startswith("\ufeff")
        head, *lines = csv.reader(io.StringIO(table.text[1:]))
        assert head[:2] == ["key", "name"]
        assert [[None if n == "" else float(n) for n in line[2:]] for line in lines] == [
            [*row["values"].values()] for row in told["rows"]
        ]
    assert head[2:] == ["'=1+1", "bao"], "no spreadsheet takes a word for a formula"


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("/", ["years", "places"]),
        ("/coverage/chodon", ["months", "silence", "held"]),
        ("/places/district/064", ["months", "places"]),
        ("/documents/30/2020/NĐ-CP", ["years"]),
        ("/status", ["freshness"]),
        ("/words?q=bao,lu", ["words"]),
    ],
    ids=["front", "site", "place", "document", "status", "words"],
)
async def test_the_table_of_a_page_says_what_its_chart_does(
    room: Datasette, page: str, names: list[str]
) -> None:
    shown = Page((await room.client.get(page, headers={"accept-language": "en"})).text)
    figures = shown.css("figure.chart")
    headings = [node.attributes["id"] for node in shown.css(":is(h2, h3):has(+ figure.chart)")]
    assert headings == [f"chart-{name}" for name in names]
    for name, figure in zip(names, figures, strict=True):
        drawn = re.findall(r'viewBox="0 0 (\d+) [\d.]+" role="img"', figure.html or "")
        assert [*map(int, drawn)] == [WIDE, NARROW]
        assert len({node.attributes["id"] for node in figure.css("svg [id]")}) == 4
        links = [link.attributes["href"] or "" for link in figure.css("details p a")]
        told = (await room.client.get(links[1], headers={"accept-language": "en"})).json()
        cells = [float(td.text().replace(",", "").rstrip("%") or 0) for td in figure.css("td")]
        values = [n or 0 for row in told["rows"] for n in row["values"].values()]
        per = 100 if told["unit"] == "share" else 1
        assert sorted(cells) == pytest.approx(sorted(per * n for n in values), rel=0.02), name
        for link in figure.css("tbody a")[:1]:
            assert (await room.client.get(link.attributes["href"] or "")).status_code == 200


async def test_the_link_of_a_month_finds_as_many_as_are_told(room: Datasette) -> None:
    page = Page((await room.client.get("/charts/months.svg?site=chodon")).text)
    assert page.css_first("rect")
    shown = Page((await room.client.get("/coverage/chodon")).text)
    links = shown.css("#chart-months + figure tbody a")
    for link in links:
        row = link.parent.parent if link.parent else None
        assert row
        href = (link.attributes["href"] or "").replace("/articles?", "/articles.json?")
        found = await room.client.get(f"{href}&_shape=array")
        assert str(len(found.json())) == row.css_first("td").text(), link.text()


async def test_an_archive_without_articles_has_no_charts(tmp_path: Path) -> None:
    path = build_archive(tmp_path / "archive.db", articles=(), sites=SITES, urls=())
    async with opened(path) as room:
        for page in ("/", "/coverage/chodon", "/words?q=bao"):
            shown = await room.client.get(page)
            assert shown.status_code == 200
            assert "<svg" not in shown.text
        svg = await room.client.get("/charts/months.svg?site=chodon")
        assert "Chưa có gì để vẽ." in svg.text


def test_every_month_and_year_between_is_there() -> None:
    assert years_of(MONTHS) == ["2021", "2022"]
    assert months_of(MONTHS)[0] == "2021-03"
    assert len(months_of(MONTHS)) == 12
    assert by_year(MONTHS) == {"2021": 3, "2022": 3}
    assert years_of({}) == months_of({}) == []


def test_odd_days_are_left_out_and_counted() -> None:
    odd = {"0001-01": 1, "2999-01": 2, "2021-13": 4, "abcd-ef": 8, "1950": 16, "2027-01": 32}
    kept, left_out = drawable(MONTHS | odd, date(2026, 6, 1))
    assert kept == MONTHS | {"2027-01": 32}
    assert left_out == 1 + 2 + 4 + 8 + 16


def test_months_are_named_in_the_language_of_the_page() -> None:
    with speaking("vi"):
        (december,) = month_categories(["2021-12"])
    with speaking("en"):
        assert month_categories(["2021-12"])[0].label == "Dec 2021"
    assert december.label == december.tick == "12/2021"
    assert dict(december.filters) == {
        "published_at__gte": "2021-12",
        "published_at__lt": "2022-01",
    }
    many = month_categories([f"{y}-{m:02}" for y in (2020, 2021) for m in range(1, 13)])
    assert [each.tick for each in many if each.tick] == ["2020", "2021"]
    assert year_categories(["2020"])[0].filters == (("year", "2020"),)


async def test_what_is_asked_of_is_told_to_programs(room: Datasette) -> None:
    told = (await room.client.get("/charts/years.json?site=chodon")).json()
    assert told["of"] == {"site": "chodon"}
    assert told["title"] == f"Số bài theo năm · {SITES[0]['name']}"
    assert json.dumps(Asked(q="bão").address)
    with pytest.raises(Exception, match="No such place"):
        Asked(place="khac:1")
