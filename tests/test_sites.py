"""The districts as data: those that come with Tin Huyện load, and every mistake is told."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from crawler import settings
from crawler.bounds import NAMES
from crawler.readers import CMS
from crawler.sites import SITES_DIR, Site, SitesError, all_sites, own_folder, without_host

SITES = all_sites()

KEYS = (
    "name, base_url, hosts, cms, district, unit, active_from, active_to, verified, note, "
    "start_urls, delay, cadence, verify_certificate, networks, demo, bounds, alarms, "
    "expect_articles, expect_newest"
)
A_TABLE = "a table of bounds, such as {requests = 1000}"
GOOD = {"name": '"Huyện Thử"', "base_url": '"https://thu.gov.vn/"', "cms": '"newspaper"'}


def table(**changes: str | None) -> str:
    """Return the TOML of a district, with some keys written otherwise, or left out (None)."""
    lines = [f"{key} = {value}" for key, value in (GOOD | changes).items() if value is not None]
    return "[thu]\n" + "\n".join(lines) + "\n"


# Those that come with Tin Huyện


@pytest.mark.parametrize("site", SITES.values(), ids=SITES.keys())
def test_a_bundled_site_is_whole(site: Site) -> None:
    assert site.cms in CMS or (site.composed and site.cms is None)
    assert site.name.strip() == site.name
    assert site.province
    assert site.owns(site.base_url)
    assert all(site.owns(url) for url in site.start_urls)
    assert (site.delay or settings.DOWNLOAD_DELAY) >= 1 or site.demo
    assert site.note
    if site.active_to:
        assert date.fromisoformat(site.active_from or "1997-01-01") < date.fromisoformat(
            site.active_to
        )


@pytest.mark.parametrize("file", sorted(SITES_DIR.glob("*.toml")), ids=lambda file: file.name)
def test_a_bundled_file_describes_some_site(file: Path) -> None:
    keys = re.findall(r"^\[(.+)\]$", file.read_text("utf-8"), re.MULTILINE)
    assert keys
    assert set(keys) <= SITES.keys()


def test_the_districts_of_bac_kan_are_there() -> None:
    districts = {key for key, site in SITES.items() if site.province == "Bắc Kạn"}
    assert districts == {
        "babe", "bachthong", "backan", "chodon", "chomoi", "nari", "nganson", "pacnam",
    }  # fmt: skip
    assert SITES["chodon"].name == "Huyện Chợ Đồn"


def test_sites_are_in_alphabetical_order_and_hosts_are_not_shared() -> None:
    assert list(SITES) == sorted(SITES)
    assert len({site.base_url for site in SITES.values()}) == len(SITES)


# A folder of one's own


def test_a_site_as_its_table_describes_it(tmp_path: Path) -> None:
    (tmp_path / "tinh.toml").write_text(
        'province = "Tỉnh Thử"\n'
        + table(
            active_from='"2015-01-05"',
            hosts='["thu.tinh.gov.vn", "http://tinh.gov.vn:8080/donvi/thu"]',
            start_urls='["https://thu.gov.vn/tin-tuc/", "http://thu.tinh.gov.vn/tin/"]',
            delay="2",
            verify_certificate="false",
        ),
        encoding="utf-8",
    )
    assert all_sites(tmp_path) == {
        "thu": Site(
            key="thu",
            name="Huyện Thử",
            province="Tỉnh Thử",
            base_url="https://thu.gov.vn/",
            cms="newspaper",
            active_from="2015-01-05",
            hosts=("https://thu.tinh.gov.vn/", "http://tinh.gov.vn:8080/donvi/thu/"),
            start_urls=("https://thu.gov.vn/tin-tuc/", "http://thu.tinh.gov.vn/tin/"),
            delay=2,
            verify_certificate=False,
        )
    }


def test_no_files_are_no_sites(tmp_path: Path) -> None:
    assert all_sites(tmp_path) == {}


@pytest.mark.parametrize(
    ("base_url", "url", "owned"),
    [
        ("https://thu.gov.vn/", "https://thu.gov.vn/", True),
        ("https://thu.gov.vn/", "http://www.thu.gov.vn/bai/", True),
        ("https://thu.gov.vn/", "https://tin.thu.gov.vn/bai/", False),
        ("https://thu.gov.vn/", "https://khac.gov.vn/", False),
        ("https://tinh.gov.vn/thu/", "https://tinh.gov.vn/thu/bai/", True),
        ("https://tinh.gov.vn/thu/", "https://tinh.gov.vn/khac/bai/", False),
        ("https://tinh.gov.vn/thu/", "https://tinh.gov.vn/thu-duc/", False),
        ("https://tinh.gov.vn/thu/", "https://tinh.gov.vn/thu", True),
        ("https://tinh.gov.vn/thu/", "https://tinh.gov.vn/", False),
        ("https://tinh.gov.vn/donvi/thu/", "http://www.tinh.gov.vn/DonVi/Thu/Trang/a.aspx", True),
        ("https://tinh.gov.vn/donvi/thu/", "https://tinh.gov.vn/donvi/th%75/bai/", True),
        ("https://tinh.gov.vn/donvi/thu/", "https://tinh.gov.vn/donvi/khac/../thu/bai/", True),
        ("https://tinh.gov.vn/donvi/thu/", "https://tinh.gov.vn/donvi/thu/../khac/bai/", False),
        ("https://tinh.gov.vn/donvi/thu/", "https://tinh.gov.vn/donvi/thu/%2e%2E/khac/bai/", False),
        ("https://tinh.gov.vn/donvi/thu/", "https://tinh.gov.vn//donvi/thu/", False),
        ("https://tinh.gov.vn/donvi/thu/", "https://tinh.gov.vn/bai/?tro=/donvi/thu/", False),
    ],
)
def test_what_lies_on_a_site(base_url: str, url: str, owned: bool) -> None:
    site = Site(key="thu", name="Huyện Thử", base_url=base_url, cms="newspaper")
    assert site.owns(url) is owned


MOVED = Site(
    key="thu",
    name="Huyện Thử",
    base_url="https://thu.tinh.gov.vn/",
    hosts=("https://www.tinh.gov.vn/donvi/thu/", "http://thu.gov.vn:8080/"),
    cms="newspaper",
)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://thu.tinh.gov.vn/bai/", "https://thu.tinh.gov.vn/"),
        ("https://tinh.gov.vn/donvi/thu/bai/", "https://www.tinh.gov.vn/donvi/thu/"),
        ("https://tinh.gov.vn/donvi/khac/bai/", None),
        ("http://thu.gov.vn:8080/bai/", "http://thu.gov.vn:8080/"),
        ("http://thu.gov.vn/bai/", None),
        ("https://gov.vn/", None),
    ],
)
def test_a_site_owns_what_lies_on_all_its_hosts(url: str, place: str | None) -> None:
    assert MOVED.place_of(url) == place
    assert MOVED.owns(url) is (place is not None)


@pytest.mark.parametrize(
    ("url", "by", "served"),
    [
        # the host that names it shows by which form it serves
        ("https://thu.tinh.gov.vn/a/", "http://www.thu.tinh.gov.vn/", "http://www.thu.tinh.gov.vn/a/"),
        # of another host, the form is unknown
        ("http://thu.gov.vn:8080/a/", "https://thu.tinh.gov.vn/", "http://thu.gov.vn:8080/a/"),
        # the path of the place is spelled as where it was served
        (
            "https://www.tinh.gov.vn/DonVi/THU/Trang/A.aspx?Id=7",
            "http://tinh.gov.vn/donvi/Thu/",
            "http://tinh.gov.vn/donvi/Thu/Trang/A.aspx?Id=7",
        ),
        ("https://tinh.gov.vn/DonVi/thu", "https://tinh.gov.vn/donvi/thu/", "https://tinh.gov.vn/donvi/thu"),
        (
            "https://www.tinh.gov.vn/DonVi/thu/a",
            "https://thu.tinh.gov.vn/",
            "https://www.tinh.gov.vn/DonVi/thu/a",
        ),
        ("https://www.tinh.gov.vn/donvi/khac/a", "https://www.tinh.gov.vn/donvi/thu/", None),
        ("https://khac.gov.vn/", "https://thu.tinh.gov.vn/", None),
        (None, "https://thu.tinh.gov.vn/", None),
    ],
)  # fmt: skip
def test_an_address_has_the_form_in_which_its_host_serves(
    url: str | None, by: str, served: str | None
) -> None:
    assert MOVED.ours(url, by) == served


def test_a_page_has_an_address_on_each_host_of_its_site() -> None:
    query = "Trang/ChiTiet.aspx?nid=7&p=%C4%90"
    here, below, old = (f"{place}{query}" for place in MOVED.places)
    assert MOVED.elsewhere(here.replace("https", "http")) == (below, old)
    assert MOVED.elsewhere(below.replace("donvi", "DonVi")) == (here, old)
    assert MOVED.elsewhere(old) == (here, below)
    assert MOVED.elsewhere("https://khac.gov.vn/a") == ()


def test_what_lies_within_a_site_and_is_another_s_is_that_one_s(tmp_path: Path) -> None:
    facts = 'name = "Huyện {0}"\nbase_url = "https://tinh.gov.vn/{1}"\ncms = "newspaper"\n'
    rows = {"tren": "", "thu": "donvi/thu/", "khac": "donvi/khac/", "sau": "donvi/khac/"}
    described = [f"[{key}]\n{facts.format(key, path)}" for key, path in rows.items()]
    (tmp_path / "a.toml").write_text("\n".join(described), encoding="utf-8")
    sites = all_sites(tmp_path)
    assert sites["tren"].taken == (
        "https://tinh.gov.vn/donvi/khac/",
        "https://tinh.gov.vn/donvi/thu/",
    )
    assert not sites["thu"].taken
    assert not sites["khac"].taken, "two bodies had one place, one after the other"
    for path, owners in {
        "bai/": ["tren"],
        "donvi/": ["tren"],
        "donvi/thu/bai/": ["thu"],
        "donvi/khac/bai/": ["khac", "sau"],
    }.items():
        owning = [key for key, site in sites.items() if site.owns(f"https://tinh.gov.vn/{path}")]
        assert owning == owners, path


ADDRESS = 'it must be an address such as "https://chodon.backan.gov.vn/", with the last slash'
HOST = (
    'each must be a host such as "chodon.backan.gov.vn", or what lies below a path of one, '
    'such as "www.quangninh.gov.vn/donvi/vandon"'
)
DAY = 'it must be a date in quotes, such as "2025-06-30"'
OUTSIDE = (
    "stands outside a table; known there: province. "
    "A district's facts go below a line such as [chodon]"
)


def told(folder: Path, toml: str) -> str:
    """Return what is said of a file tinh.toml with a mistake, without its folder."""
    (folder / "tinh.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(SitesError) as caught:
        all_sites(folder)
    return str(caught.value).removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("province = 3", 'tinh.toml: province is 3; it must be text, as in "Bắc Kạn"'),
        ("delay = 2\n" + table(), f"tinh.toml: 'delay' {OUTSIDE}"),
        (table().replace("[thu]", "[[thu]]"), f"tinh.toml: 'thu' {OUTSIDE}"),
        *[
            (
                table().replace("[thu]", f'["{key}"]'),
                f"tinh.toml: [{key}] is no key; use a-z, 0-9 and _, as in [chodon]",
            )
            for key in ("Chợ Đồn", "2thu", "thu.xa", "")
        ],
    ],
)
def test_a_mistake_in_a_file_is_told(toml: str, message: str, tmp_path: Path) -> None:
    assert told(tmp_path, toml) == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        # the keys
        ({"tille": '"x"'}, f"has unknown key 'tille'; known: {KEYS}"),
        ({"key": '"x"'}, f"has unknown key 'key'; known: {KEYS}"),
        ({"xa.name": '"x"'}, f"has unknown key 'xa'; known: {KEYS}"),
        ({"name": None}, "lacks 'name'; every district needs it"),
        ({"base_url": None}, "lacks 'base_url'; every district needs it"),
        ({"cms": None}, "lacks 'cms'; every district needs it"),
        # their values
        ({"hosts": '"x"'}, "has hosts = 'x'; it must be a list of hosts"),
        *[
            ({"hosts": f"[{json.dumps(host)}]"}, f"has hosts with {host!r}; {HOST}")
            for host in (
                3, "", "Thu.gov.vn", "ftp://thu.gov.vn/", "thu.gov.vn:443", "thu.gov.vn/?a=b",
                "thu.gov.vn/#a", "thu gov.vn", "http://[/", "/donvi/thu",
            )
        ],
        *[
            (
                {"hosts": f'["khac.gov.vn", "{host}"]'},
                f"has hosts with '{host}', which lies below {double} already",
            )
            for host, double in {
                "www.thu.gov.vn": "https://thu.gov.vn/",
                "http://thu.gov.vn/donvi/": "https://thu.gov.vn/",
                "khac.gov.vn": "https://khac.gov.vn/",
            }.items()
        ],
        ({"name": "3"}, "has name = 3; it must be text"),
        ({"name": '" "'}, "has an empty name; it must be the body's name in full"),
        ({"note": "[]"}, "has note = []; it must be text"),
        ({"cms": '"newspapr"'}, f"has unknown cms 'newspapr'; known: {', '.join(CMS)}"),
        *[
            ({"base_url": f'"{url}"'}, f"has base_url = {url!r}; {ADDRESS}")
            for url in (
                "", "thu.gov.vn", "https://thu.gov.vn", "ftp://thu.gov.vn/", "http://[/",
                "https://thu.gov.vn/#a/", "https://Thu.gov.vn/", "https://thu.gov.vn:443/",
                "https://thu.gov.vn/a",
            )
        ],
        *[
            ({"active_to": f'"{day}"'}, f"has active_to = {day!r}; {DAY}")
            for day in ("30/06/2025", "2025-02-30", "20250630", "2025-W27-1", "2025", "")
        ],
        ({"active_from": "2025-06-30"}, f"has active_from = datetime.date(2025, 6, 30); {DAY}"),
        (
            {"active_from": '"2025-07-01"', "active_to": '"2025-06-30"'},
            "has active_from = '2025-07-01', after active_to = '2025-06-30'",
        ),
        *[
            ({"delay": delay}, f"has delay = {delay}; it must be above 0 seconds")
            for delay in ("0", "-1.5", "nan", "inf")
        ],
        ({"delay": '"1"'}, "has delay = '1'; it must be a number of seconds"),
        ({"delay": "true"}, "has delay = True; it must be a number of seconds"),
        ({"verified": '"có"'}, "has verified = 'có'; it must be true or false"),
        ({"verified": "1"}, "has verified = 1; it must be true or false"),
        ({"demo": "0"}, "has demo = 0; it must be true or false"),
        ({"bounds": "{depth = 3}"}, f"has bounds with 'depth'; known: {', '.join(NAMES)}"),
        ({"bounds": "{copies = 0}"}, "has bounds with copies = 0; it must be 1 or more"),
        (
            {"alarms": "7"},
            "has alarms = 7; it must be a table of thresholds, such as {silent_days = 60}",
        ),
        ({"alarms": "{gaps = -1}"}, "has alarms with gaps = -1; it must be 1 or more, or 0 to "
         "turn its rule off"),
        ({"expect_articles": "0"}, "has expect_articles = 0; it must be a number of articles, "
         "1 or more"),
        ({"expect_newest": '"2025"'}, "has expect_newest = '2025'; it must be a date in quotes, "
         'such as "2025-06-30"'),
        ({"bounds": "7"}, f"has bounds = 7; it must be {A_TABLE}"),
        ({"start_urls": '"x"'}, "has start_urls = 'x'; it must be a list of addresses"),
        ({"start_urls": "[3]"}, "has start_urls with 3; each must be an address"),
        ({"start_urls": '["http://["]'}, "has start_urls with 'http://['; each must be an address"),
        (
            {"start_urls": '["https://khac.gov.vn/"]'},
            "has start_urls with 'https://khac.gov.vn/', not below https://thu.gov.vn/",
        ),
        (
            {"start_urls": '["https://khac.gov.vn/"]', "hosts": '["thu.vn"]'},
            "has start_urls with 'https://khac.gov.vn/', "
            "not below https://thu.gov.vn/ or https://thu.vn/",
        ),
    ],
)  # fmt: skip
def test_a_mistake_in_a_table_is_told(
    changes: dict[str, str | None], message: str, tmp_path: Path
) -> None:
    assert told(tmp_path, table(**changes)) == f"tinh.toml: [thu] {message}"


@pytest.mark.parametrize("toml", ["[thu", table() + table(), "province = Bắc Kạn", "\x00"])
def test_a_file_that_is_no_toml_is_told_with_the_place(toml: str, tmp_path: Path) -> None:
    message = r"tinh\.toml: .+ \(at (line \d+, column \d+|end of document)\)"
    assert re.fullmatch(message, told(tmp_path, toml))


def test_a_key_in_two_files_is_told(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(table(), encoding="utf-8")
    message = f"{tmp_path}/b.toml: [thu] is also in {tmp_path}/a.toml; rename one"
    with pytest.raises(SitesError, match=f"^{re.escape(message)}$"):
        all_sites(tmp_path)


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "tinh.toml").write_bytes(table().encode("utf-16"))
    with pytest.raises(SitesError, match=r"tinh\.toml: 'utf-8' codec can't decode"):
        all_sites(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "khong-co"
    with pytest.raises(SitesError, match=f"^{re.escape(str(folder))}: no such folder of sites$"):
        all_sites(folder)


# What the map tells, and what an operator says beyond


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of an operator's own sites."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "tinhuyen" / "sites"
    folder.mkdir(parents=True)
    assert own_folder() == folder
    return folder / "rieng.toml"


def test_an_entry_of_one_s_own_goes_before_the_one_that_comes_with_us(own: Path) -> None:
    own.write_text("[chodon]\ndelay = 5\nverified = false\n", encoding="utf-8")
    before, now = SITES["chodon"], all_sites()["chodon"]
    assert (before.delay, before.verified) == (None, True)
    assert now == replace(before, delay=5, verified=False)


def test_an_entry_of_one_key_says_that_one_thing(own: Path) -> None:
    assert SITES["mongcai"].composed
    own.write_text('[mongcai]\ncms = "liferay"\n', encoding="utf-8")
    assert all_sites()["mongcai"] == replace(SITES["mongcai"], cms="liferay", composed=False)
    own.write_text("[mongcai]\n", encoding="utf-8")
    assert all_sites()["mongcai"] == replace(SITES["mongcai"], composed=False)


def test_a_start_page_that_is_corrected_is_where_the_portal_lay(own: Path) -> None:
    old = SITES["mongcai"].places
    own.write_text('[mongcai]\nbase_url = "https://mongcai.example/"\n', encoding="utf-8")
    assert all_sites()["mongcai"].places == ("https://mongcai.example/", *old)
    own.write_text('[mongcai]\nbase_url = "http://www.mongcai.gov.vn/"\n', encoding="utf-8")
    assert all_sites()["mongcai"].places == ("http://www.mongcai.gov.vn/", old[0])
    own.write_text('[mongcai]\nhosts = ["mongcai.example"]\n', encoding="utf-8")
    assert all_sites()["mongcai"].places == (old[0], "https://mongcai.example/")


@pytest.mark.parametrize(
    ("says", "is_doubtful"),
    [
        ("delay = 2", True),
        ("verified = false", True),
        ("verified = true", False),
        ('base_url = "http://lambinh.tuyenquang.gov.vn/"', False),
        ('base_url = "https://lambinh.example/"', False),
    ],
)
def test_who_vouches_for_a_host_clears_it_of_doubt(own: Path, says: str, is_doubtful: bool) -> None:
    assert SITES["lambinh"].doubt
    own.write_text(f"[lambinh]\n{says}\n", encoding="utf-8")
    site = all_sites()["lambinh"]
    assert bool(site.doubt) == is_doubtful
    assert ("https://lambinh.tuyenquang.gov.vn/" in site.doubtful) == (
        is_doubtful or "example" in says
    )
    assert not any(place in site.doubtful for place in site.places) or is_doubtful


def test_a_doubtful_host_that_one_names_is_the_district_s(own: Path) -> None:
    assert SITES["vandon"].doubtful == ("https://vandon.quangninh.gov.vn/",)
    own.write_text('[vandon]\nhosts = ["vandon.quangninh.gov.vn"]\n', encoding="utf-8")
    site = all_sites()["vandon"]
    assert site.hosts == ("https://vandon.quangninh.gov.vn/",)
    assert not site.doubtful


def test_a_district_without_a_host_gets_one(own: Path) -> None:
    assert "chu" in without_host()
    own.write_text('[chu]\nbase_url = "https://chu.example/"\n', encoding="utf-8")
    site = all_sites()["chu"]
    assert (site.name, site.district, site.active_to) == ("Thị xã Chũ", "224", "2025-06-30")
    assert "chu" not in without_host()
    own.write_text('[chu]\ncms = "generic"\n', encoding="utf-8")
    with pytest.raises(SitesError, match=re.escape(f"{own}: [chu] lacks 'base_url'; every")):
        all_sites()


def test_a_body_is_named_by_its_code(tmp_path: Path) -> None:
    says = 'base_url = "https://a.example/{0}/"\ncms = "nukeviet"\n'
    (tmp_path / "a.toml").write_text(
        f'[cu]\ndistrict = "064"\n{says.format("cu")}'
        f'[moi]\nunit = "02071"\n{says.format("moi")}'
        f'[tinh]\nunit = "19"\n{says.format("tinh")}'
        f'[hue]\nunit = "46"\nactive_from = "2025-01-01"\n{says.format("hue")}'
        f'[som]\ndistrict = "762"\nname = "Quận Thủ Đức cũ"\n{says.format("som")}',
        encoding="utf-8",
    )
    old, new, early = (all_sites(tmp_path)[key] for key in ("cu", "moi", "som"))
    assert (old.name, old.province, old.district) == ("Huyện Chợ Đồn", "Bắc Kạn", "064")
    assert (old.active_from, old.active_to) == (None, "2025-06-30")
    assert (new.name, new.province, new.unit) == ("Xã Nghĩa Tá", "Thái Nguyên", "02071")
    assert (new.active_from, new.active_to) == ("2025-07-01", None)
    province, hue = (all_sites(tmp_path)[key] for key in ("tinh", "hue"))
    assert (province.name, province.province) == ("Tỉnh Thái Nguyên", "Thái Nguyên")
    assert (province.unit, province.active_from) == ("19", "2025-07-01")
    assert (hue.name, hue.active_from) == ("Thành phố Huế", "2025-01-01")
    assert (early.name, early.province, early.active_to) == ("Quận Thủ Đức cũ", "Hồ Chí Minh", None)
    assert not old.hosts, "it has those of its entry"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"district": '"64"'}, "has district = '64'; no district has this code"),
        ({"unit": '"00001"'}, "has unit = '00001'; no unit has this code"),
        ({"unit": '"06"'}, "has unit = '06'; Bắc Kạn went into Thái Nguyên, which is 19"),
        ({"unit": '"99"'}, "has unit = '99'; no unit has this code"),
        ({"district": "64"}, "has district = 64; it must be text"),
        (
            {"district": '"064"', "unit": '"02071"'},
            "has a district and a unit; a body is one of them",
        ),
    ],
)
def test_a_code_that_is_none_is_told(
    changes: dict[str, str | None], message: str, tmp_path: Path
) -> None:
    assert told(tmp_path, table(**changes)) == f"tinh.toml: [thu] {message}"


@pytest.mark.parametrize(
    ("says", "message"),
    [
        ('district = "065"', "has district = '065', but by its key it is '064'"),
        ('district = "999"', "has district = '999'; no district has this code"),
        ('unit = "02071"', "has a district and a unit; a body is one of them"),
    ],
)
def test_a_district_of_the_map_is_no_other_body(own: Path, says: str, message: str) -> None:
    own.write_text(f"[chodon]\n{says}\n", encoding="utf-8")
    with pytest.raises(SitesError, match=re.escape(f"{own}: [chodon] {message}")):
        all_sites()


@pytest.mark.parametrize(
    ("key", "base_url", "district"),
    [
        ("chodon", "http://www.chodon.gov.vn/", "064"),
        ("chodon", "https://chodon.example/", None),
        ("khac", "https://chodon.gov.vn/", None),
    ],
)
def test_in_a_folder_of_its_own_a_district_is_known_by_key_and_host(
    key: str, base_url: str, district: str | None, tmp_path: Path
) -> None:
    toml = f'[{key}]\nname = "Huyện"\nbase_url = "{base_url}"\ncms = "generic"\n'
    (tmp_path / "a.toml").write_text(toml, encoding="utf-8")
    site = all_sites(tmp_path)[key]
    assert (site.district, site.province, site.active_to) == (district, None, None)


def test_without_a_home_there_is_nothing_of_one_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/khong/co")
    assert all_sites() == SITES
