"""The map as data: its counts, its codes, who went into whom; in the package and in an archive."""

import csv
import re
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from archive import Archive
from crawler import country
from crawler.country import communes, districts, portals, provinces, successions, units
from crawler.readers import CMS
from crawler.sites import Site, all_sites, is_key, without_host
from crawler.text.fold import fold
from crawler.vocabulary import BodyType, Confidence, Went
from tests.conftest import SHARED, Archived, run
from tests.room_sample import opened
from tests.test_old_archives import unpacked
from tests.warcs import page, write_warc

ROOT = Path(__file__).parents[1]
LAST_DAY = "2025-07-01"
LEFT = {code: d for code, d in districts().items() if d.dissolved_on == LAST_DAY}
"""The districts that were there on the last day."""
DOCS = (ROOT / "docs" / "country.md").read_text("utf-8")


# The map


def test_there_are_as_many_as_there_were() -> None:
    assert len(provinces()) == 63
    assert len({province.code_after for province in provinces().values()}) == 34
    assert (len(LEFT), len(districts())) == (696, 715)
    assert len(communes()) == 10_047
    assert len(units()) == 3_321
    assert Counter(unit.type for unit in units().values()) == {
        BodyType.COMMUNE: 2621, BodyType.WARD: 687, BodyType.SPECIAL_ZONE: 13,
    }  # fmt: skip
    assert sum(commune.went == Went.PARTS for commune in communes().values()) == 441


@pytest.mark.parametrize(
    ("table", "digits"), [(provinces(), 2), (districts(), 3), (communes(), 5), (units(), 5)]
)
def test_a_code_is_a_text_of_its_digits_and_a_name_is_clean(
    table: dict[str, country.Unit], digits: int
) -> None:
    for code, body in table.items():
        assert re.fullmatch(rf"\d{{{digits}}}", code)
        assert body.code == code
        assert body.name == " ".join(body.name.split())
        assert body.name[0].isupper() or body.name[0].isdecimal()


def test_every_code_that_is_named_is_there() -> None:
    for province in provinces().values():
        assert province.code_after in provinces()
    for district in districts().values():
        assert district.province in provinces()
        assert bool(district.merged_into) == (district.dissolved_on < LAST_DAY)
        assert district.merged_into is None or district.merged_into in LEFT
    for commune in communes().values():
        assert commune.district in LEFT
        assert commune.units
        assert {*commune.units} <= units().keys()
    for unit in units().values():
        assert any(province.code_after == unit.province for province in provinces().values())
        assert unit.district is None or unit.district in LEFT
    assert portals().keys() <= LEFT.keys()


def test_a_province_since_has_one_name() -> None:
    names = {(province.code_after, province.name_after) for province in provinces().values()}
    assert len(names) == 34


def test_no_unit_is_without_a_past_and_no_commune_without_a_future() -> None:
    known = [*successions()]
    assert {succession.unit for succession in known} == units().keys()
    assert {s.commune for s in known if s.commune} == communes().keys()
    assert {succession.district for succession in known} == LEFT.keys()
    assert len(known) == len({*known})
    bare = {s.district for s in known if s.commune is None}
    assert bare == {"318", "471", "498", "536", "755"}
    assert not bare & {commune.district for commune in communes().values()}


def test_a_unit_lies_in_the_province_that_its_districts_province_became() -> None:
    for unit, district, _, _ in successions():
        now = provinces()[districts()[district].province].code_after
        assert units()[unit].province == now, (unit, district)


def test_what_went_whole_went_into_one_unit() -> None:
    for commune in communes().values():
        if commune.went == Went.WHOLE:
            assert len(commune.units) == 1, commune


@pytest.mark.parametrize("code", ["07693", "16387", "20674", "25186"])
def test_what_is_left_over_of_older_lists_is_told(code: str) -> None:
    assert code in communes()
    assert code in DOCS


def test_the_days_of_a_district_end_where_it_is_known_when() -> None:
    assert districts()["064"].active_to == "2025-06-30"
    assert districts()["762"].dissolved_on == "2021-01-01"
    assert districts()["762"].active_to is None, "the resolution may be older"
    assert date.fromisoformat(LAST_DAY) == country.REFORM


def test_values_are_frozen_and_read_once() -> None:
    assert districts() is districts()
    with pytest.raises(TypeError):
        districts()["064"] = districts()["065"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        districts()["064"].name = "x"  # type: ignore[misc]


def test_it_agrees_with_what_was_gathered() -> None:
    """Of the same files in other columns; nothing was lost or added in copying them."""
    folder = SHARED / "country"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not at hand")

    def rows(name: str) -> list[dict[str, str]]:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            return [*csv.DictReader(file)]

    for row in rows("communes_before.csv"):
        commune = communes()[row["code"]]
        told = (row["name"].replace("é Tòng", "É Tòng"), row["type"], row["district_code"])
        assert commune[1:4] == told
        assert (commune.went, " ".join(commune.units)) == (row["went"], row["codes_after"])
    pairs = {(row["district_code"], row["code"]) for row in rows("communes_after.csv")}
    assert {(s.district, s.unit) for s in successions()} == pairs
    hosts = {(row["district_code"], row["host"]) for row in rows("portals.csv")}
    assert {(p.district, p.host) for known in portals().values() for p in known} == hosts
    assert {(d.code, d.name, d.dissolved_on) for d in districts().values()} == {
        (row["code"], row["name"], row["dissolved_on"]) for row in rows("districts.csv")
    }


# Districts as sites

SITES = all_sites()
OF_DISTRICTS = {site.district: site for site in SITES.values() if site.district}


def test_every_district_with_a_host_is_a_site_and_the_others_are_named() -> None:
    assert len(OF_DISTRICTS) == 693
    assert OF_DISTRICTS.keys() == portals().keys()
    assert {key: district.name for key, district in without_host().items()} == {
        "vanban": "Huyện Văn Bàn", "chu": "Thị xã Chũ", "ninhgiang": "Huyện Ninh Giang",
    }  # fmt: skip
    for key in without_host():
        assert f"(`{key}`)" in DOCS


def bare(name: str) -> str:
    """Return the name of a district as its key is made of it, without what it is."""
    words = re.sub(r"^(Thành phố|Thị xã|Huyện|Quận(?! \d)) ", "", name)
    return re.sub("[^a-z0-9]", "", fold(words).lower())


def test_a_key_is_the_name_and_the_code_where_several_have_it() -> None:
    keys = [district.key for district in LEFT.values()]
    assert all(key and is_key(key) for key in keys)
    assert len({*keys}) == 696
    named = Counter(bare(district.name) for district in LEFT.values())
    for code, district in LEFT.items():
        shared = named[bare(district.name)] > 1 and district.key != "chomoi"
        assert district.key == bare(district.name) + (f"_{code}" if shared else "")
    assert not [d for d in districts().values() if d.key and d.code not in LEFT]


def test_those_that_were_described_before_are_what_they_were() -> None:
    """Archives have these keys, and captures lie in folders of their names."""
    assert {
        key: (site.base_url, site.cms, site.verified)
        for key, site in SITES.items()
        if not site.composed and not site.demo
    } == {
        "babe": ("https://babe.gov.vn/", "wordpress", True),
        "bachthong": ("https://bachthong.gov.vn/", "wordpress", True),
        "backan": ("https://backancity.gov.vn/", "wordpress", True),
        "chodon": ("https://chodon.gov.vn/", "newspaper", True),
        "chomoi": ("https://chomoi.backan.gov.vn/", "wordpress", True),
        "nari": ("https://nari.backan.gov.vn/", "wordpress", False),
        "nganson": ("https://nganson.backan.gov.vn/", "wordpress", True),
        "pacnam": ("https://pacnam.gov.vn/", "wordpress", True),
    }


def test_a_site_has_all_hosts_of_its_district_and_those_that_are_doubtful_apart() -> None:
    for code, known in portals().items():
        site = OF_DISTRICTS[code]
        sure = [f"https://{p.host}/" for p in known if p.confidence != Confidence.LOW]
        doubtful = [f"https://{p.host}/" for p in known if p.confidence == Confidence.LOW]
        assert list(site.doubtful) == doubtful
        assert list(site.places) == (sure or doubtful[:1])
        assert bool(site.doubt) == (not sure)
        assert all(p.host in site.note for p in known) or not site.composed
        assert {p.cms for p in known} <= {None, *CMS}
    assert sum(len(known) > 1 for known in portals().values()) == 130
    assert sum(site.doubt is not None for site in SITES.values()) == 79


def test_the_readme_tells_how_many_can_be_crawled() -> None:
    doubtful = sum(site.doubt is not None for site in OF_DISTRICTS.values())
    told = re.search(
        r"All (\d+) districts .* and (\d+) can be crawled with nothing written: of (\d+)\s"
        r"each host that is known may be somebody else's by now, and of (\d+) none is known",
        (ROOT / "README.md").read_text("utf-8"),
    )
    assert told
    assert [*map(int, told.groups())] == [
        len(LEFT), len(OF_DISTRICTS) - doubtful, doubtful, len(without_host()),
    ]  # fmt: skip


def test_no_place_is_of_two_districts() -> None:
    places = Counter(place for site in SITES.values() for place in site.places)
    assert not [place for place, sites in places.items() if sites > 1]


def test_a_portal_below_a_path_has_that_path_alone() -> None:
    site = SITES["vandon"]
    assert site.base_url == "https://www.quangninh.gov.vn/donvi/vandon/"
    assert site.owns("http://quangninh.gov.vn/DonVi/VanDon/Trang/ChiTietTinTuc.aspx?nid=1")
    assert not site.owns("https://www.quangninh.gov.vn/donvi/campha/")


@pytest.mark.parametrize("site", OF_DISTRICTS.values(), ids=lambda site: site.key)
def test_a_district_has_its_province_and_its_last_day(site: Site) -> None:
    district = districts()[site.district or ""]
    assert site.name == district.name
    assert site.province == provinces()[district.province].name
    assert site.active_to == "2025-06-30"


# In an archive


def numbers(db: Path) -> dict[str, int]:
    tables = ("provinces", "districts", "communes", "units", "successors")
    with closing(sqlite3.connect(db)) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in tables
        }


WHOLE = {
    "provinces": 63, "districts": 715, "communes": 10_047, "units": 3_321,
    "successors": len([*successions()]),
}  # fmt: skip


def test_an_archive_has_the_map(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(path, create=True) as archive:
        assert list(archive.damage()) == []
    assert numbers(path) == WHOLE
    with closing(sqlite3.connect(path)) as connection:
        (row,) = connection.execute("SELECT * FROM districts WHERE code = '762'").fetchall()
        assert row == ("762", "Quận Thủ Đức", "quận", "79", "2021-01-01", "769", None)
        sql = """
            SELECT communes.name, went FROM units JOIN successors ON unit = units.code
            JOIN communes ON communes.code = commune
            WHERE units.name = 'Chợ Đồn' ORDER BY communes.code"""
        assert connection.execute(sql).fetchall() == [
            ("Bằng Lũng", "whole"), ("Phương Viên", "whole"), ("Ngọc Phái", "whole"),
            ("Bằng Lãng", "whole"),
        ]  # fmt: skip


async def test_a_province_since_has_the_name_that_it_has_now(tmp_path: Path) -> None:
    """Its code is that of one before, which has another name: nothing may lead from here to there,
    for the reading room shows what a reference leads to by its name."""
    path = tmp_path / "archive.db"
    Archive.open(path, create=True).close()
    with closing(sqlite3.connect(path)) as connection:
        told = connection.execute("SELECT DISTINCT province, province_name FROM units").fetchall()
    assert {*told} == {(p.code_after, p.name_after) for p in provinces().values()}
    assert ("52", "Gia Lai") in told
    async with opened(path) as room:
        for page in ("/archive/units?province=52", "/archive/provinces?code=64"):
            shown = (await room.client.get(page)).text
            assert "Gia Lai" in shown
            assert "Bình Định</a>" not in shown, page


def test_an_archive_of_an_older_version_gets_it_and_loses_nothing(tmp_path: Path) -> None:
    old = unpacked("0.1-demo", tmp_path)
    with closing(sqlite3.connect(old.db)) as connection:
        portal = "VALUES (?, 'Huyện', 'wordpress', ?)"
        insert = f"INSERT INTO sites (key, name, cms, base_url) {portal}"
        rows = [
            ("chodon", "https://chodon.gov.vn/"),
            ("vandon", "http://quangninh.gov.vn/donvi/vandon/"),
            ("babe", "https://babe.example/"),
        ]
        connection.executemany(insert, rows)
        connection.commit()
    with Archive.open(old.db) as archive:
        assert list(archive.damage()) == []
    assert numbers(old.db) == WHOLE
    told = dict(r.values() for r in old.rows("SELECT key, district FROM sites WHERE key <> 'test'"))
    assert told == {"chodon": "064", "vandon": "203", "babe": None}, (
        "another host is another portal"
    )
    assert old.rows("SELECT cms FROM sites WHERE key = 'babe'") == [{"cms": "wordpress"}]


def test_it_is_written_when_the_facts_are_newer_and_not_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "archive.db"
    Archive.open(path, create=True).close()

    def set_back(to: int) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE communes SET name = 'x' WHERE code = '02071'")
            connection.execute(f"PRAGMA user_version = {to}")
            connection.commit()

    def name() -> str:
        with closing(sqlite3.connect(path)) as connection:
            sql = "SELECT name FROM communes WHERE code = '02071'"
            return str(connection.execute(sql).fetchone()[0])

    set_back(int(f"{country.FACTS_OF:%Y%m%d}"))
    Archive.open(path).close()
    assert name() == "x", "facts of the same day are not written again"
    set_back(20991231)
    Archive.open(path).close()
    assert name() == "x", "newer facts are not taken back"
    set_back(20251129)
    Archive.open(path, read_only=True).close()
    assert name() == "x", "who only reads writes nothing"
    with monkeypatch.context() as patched:
        patched.setattr("archive.tables.country.successions", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            Archive.open(path)
    assert numbers(path) == WHOLE, "all of it, or nothing"
    Archive.open(path).close()
    assert name() == "Nghĩa Tá"
    assert numbers(path) == WHOLE


FACTS = {date(2026, 11, 29): "d2c99306927368b3"}
"""The digest of what an archive has of the facts of a day."""


def test_facts_that_have_changed_are_of_another_day() -> None:
    """Else archives would never take them: raise FACTS_OF, and name the digest here."""
    names = ("provinces", "districts", "communes", "units")
    files = (ROOT / "crawler" / "country" / f"{name}.csv" for name in names)
    digest = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    assert {country.FACTS_OF: digest[:16]} == FACTS


def test_the_day_of_the_facts_is_that_of_the_docs() -> None:
    day = country.FACTS_OF
    assert f"Facts of {day.day} {day:%B %Y}" in DOCS


def sql_examples() -> list[str]:
    blocks = re.findall(r"```sql\n(.*?)```", DOCS, re.DOTALL)
    return [sql.strip() for block in blocks for sql in block.split(";") if sql.strip()]


@pytest.mark.parametrize("sql", sql_examples())
def test_the_joins_of_the_docs_run(sql: str, tmp_path: Path) -> None:
    Archive.open(tmp_path / "archive.db", create=True).close()
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
        found = connection.execute(sql).fetchall()
    assert found or "articles" in sql


def test_the_python_of_the_docs_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    exec(code)


# On the command line


def test_a_district_without_a_host_is_refused_in_a_sentence() -> None:
    done = run("crawl", "vanban")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "Error: vanban: no host of Huyện Văn Bàn is known yet; "
        "if you know one: tinhuyen add URL --key vanban\n"
    )


@pytest.mark.parametrize("wayback", [(), ("--wayback", "http://127.0.0.1:9/")])
def test_a_host_that_may_be_a_stranger_s_is_not_crawled(
    wayback: tuple[str, ...], tmp_path: Path
) -> None:
    done = run("crawl", "lambinh", *wayback, "--db", tmp_path / "archive.db")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(
        "Error: lambinh: nobody knows whether https://lambinh.tuyenquang.gov.vn/ is, or was, "
        "the portal of Huyện Lâm Bình (lambinh.tuyenquang.gov.vn: low confidence, by passive-dns;"
    )
    assert "tinhuyen add https://lambinh.tuyenquang.gov.vn/" in done.err
    assert not (tmp_path / "archive.db").exists()


def test_a_file_that_names_no_site_brings_nothing_of_a_host_that_may_be_a_stranger_s(
    tmp_path: Path,
) -> None:
    body = """<html><head><title>Xã Bản Mẫu họp dân</title></head><body><article>
        <h1>Xã Bản Mẫu họp dân</h1><time datetime="2021-06-14">14/06/2021</time>
        <p>Sáng 14/6, xã Bản Mẫu họp dân bàn việc làm cầu mới qua suối, thay cầu tre đã cũ.</p>
        </article></body></html>"""
    warc = write_warc(
        tmp_path / "a.warc.gz",
        [page("https://lambinh.tuyenquang.gov.vn/tin/hop-dan-7.html", body.encode())],
    )
    archive = tmp_path / "archive.db"
    done = run("import", "--db", archive, warc)
    assert done.code == 1
    assert "no page of a known site; it has lambinh.tuyenquang.gov.vn" in done.out
    assert not archive.exists() or not Archived(tmp_path).rows("SELECT * FROM articles")
    done = run("import", "--db", archive, "--site", "lambinh", warc)
    assert done.code == 0, done.err
    assert Archived(tmp_path).rows("SELECT key, district, cms FROM sites") == [
        {"key": "lambinh", "district": "071", "cms": None}
    ]
