"""``tinhuyen add`` and ``tinhuyen inspect``, against portals served on loopback and saved pages."""

import codecs
import gzip
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from crawler.appraisal import one_of_all
from crawler.page import Article
from crawler.profiles.profile import Profile
from crawler.readers import read_page
from crawler.recognition import Recognition
from crawler.sites import SITES_DIR, Site, all_sites
from crawler.spiders.probe import Fetch
from crawler.text.dates import parse_iso
from crawler.vocabulary import Field
from demo.faults import Fault, Faults
from demo.portal import Portal
from demo.server import Server, serving
from tests.conftest import Run, long, run
from tests.makers import portals
from tests.raw import NOT_FOUND, Asked, RawServer, answer, raw_server
from tests.test_crawl import article, listing
from tinhuyen.asking import in_chains, probed
from tinhuyen.candidates import Candidate, Told, candidate, known_sites
from tinhuyen.entries import write_entry
from tinhuyen.errors import Refused
from tinhuyen.portal_files import rows

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def portal() -> Iterator[Server]:
    with serving(Portal.embedded()) as server:
        yield server


def add(folder: Path, *arguments: str) -> Run:
    sites = folder / "sites"
    sites.mkdir(exist_ok=True)
    return run("add", *arguments, TINHUYEN_SITES=str(sites))


def test_a_portal_is_recognised_read_and_added_and_can_be_crawled(
    portal: Server, tmp_path: Path
) -> None:
    done = add(tmp_path, portal.url, "--key", "thu", "--province", "Bắc Kạn")
    assert done.code == 0, done.err
    for told in ("newspaper", "rest: 100 articles of 120", "2025-06-30", "Ban Biên tập"):
        assert told in done.out
    assert "tinhuyen crawl thu" in done.out

    entry = tomllib.loads((tmp_path / "sites" / "bac_kan.toml").read_text("utf-8"))
    assert entry == {
        "province": "Bắc Kạn",
        "thu": {
            "name": "Huyện Khuổi Sao",
            "base_url": portal.url + "/",
            "cms": "newspaper",
            "verified": True,
        },
    }
    site = all_sites(tmp_path / "sites")["thu"]
    assert site.province == "Bắc Kạn"
    assert len(portal.log) <= 16, "a few requests suffice"

    crawled = run(
        "crawl", "thu", "--db", tmp_path / "archive.db", "--json", "--limit", "5",
        "-s", "DOWNLOAD_DELAY=0.01", TINHUYEN_SITES=str(tmp_path / "sites"),
    )  # fmt: skip
    assert crawled.json()[0]["new"] >= 5


def test_an_article_is_as_good_a_start(portal: Server, tmp_path: Path) -> None:
    article = Portal.embedded().posts[7].path
    done = add(tmp_path, portal.url + article, "--json", "--dry-run")
    assert done.code == 0, done.err
    told = done.json()
    assert told["base_url"] == portal.url + "/"
    assert told["cms"] == "newspaper"
    assert told["routes"]["rest"] == {"articles": 100, "total": 120}
    assert told["faults"] == []
    assert len(told["articles"]) == 5
    assert told["articles"][0]["url"] == portal.url + article
    chained = [row["prev_url"] for row in told["articles"][:-1]]
    assert chained == [row["url"] for row in told["articles"][1:]], "it follows the chain"
    assert not list((tmp_path / "sites").iterdir()), "a dry run writes nothing"


def test_entries_of_one_province_share_a_file_which_keeps_what_it_says(
    portal: Server, tmp_path: Path
) -> None:
    file = tmp_path / "sites" / "bac_kan.toml"
    file.parent.mkdir()
    before = '# do not lose me\nprovince = "Bắc Kạn"\n\n[khac]\nname = "Huyện Khác"\n'
    before += 'base_url = "https://khac.example/"\ncms = "wordpress"\n'
    file.write_text(before, encoding="utf-8")
    done = add(
        tmp_path, portal.url, "--key", "thu", "--province", "Bắc Kạn", "--name", 'Huyện "Thử"'
    )
    assert done.code == 0, done.err
    assert file.read_text("utf-8").startswith(before)
    assert all_sites(file.parent)["thu"].name == 'Huyện "Thử"'


def test_what_is_known_already_is_not_added_twice(portal: Server, tmp_path: Path) -> None:
    assert add(tmp_path, portal.url, "--key", "thu").code == 0
    asked = len(portal.log)
    again = add(tmp_path, portal.url + "/bat-ky/", "--key", "khac")
    assert again.code == 2
    assert "belongs to 'thu' already" in again.err
    assert len(portal.log) == asked, "nothing is asked of a portal that is known"


def test_a_key_that_is_taken_or_wrong_is_refused_and_nothing_is_written(
    portal: Server, tmp_path: Path
) -> None:
    file = tmp_path / "sites" / "added.toml"
    file.parent.mkdir()
    file.write_text('[thu]\nname = "A"\nbase_url = "https://a.example/"\ncms = "wordpress"\n')
    before = file.read_bytes()
    for key in ("thu", "Thử"):
        done = add(tmp_path, portal.url, "--key", key)
        assert done.code == 2
        assert "--key" in done.err
        assert "Traceback" not in done.err
        assert file.read_bytes() == before


def test_a_portal_that_moved_is_added_with_the_host_that_it_left(
    portal: Server, tmp_path: Path
) -> None:
    with serving(Portal.embedded()) as old:
        done = add(tmp_path, portal.url, "--host", old.url.removeprefix("http://"))
        assert done.code == 0, done.err
        site = all_sites(tmp_path / "sites")["site_127"]
        assert site.places == (f"{portal.url}/", f"{old.url}/")
        assert add(tmp_path, f"{old.url}/bat-ky/").err.count("belongs to 'site_127' already") == 1
        shown = run("sites", TINHUYEN_SITES=str(tmp_path / "sites")).out
        assert portal.url in shown
        assert old.url in shown
        # A page may lead from one host of a known site to another, and to no stranger's.
        path = Portal.embedded().posts[7].path
        old.faults.paths[path] = Fault(status=301, location=portal.url + path)
        told = run("inspect", old.url + path, "--json", TINHUYEN_SITES=str(tmp_path / "sites"))
        assert told.json()["url"] == portal.url + path
        assert "leads off the site" in run("inspect", old.url + path).err


def test_a_portal_below_a_path_is_added_as_that(tmp_path: Path) -> None:
    faults = Faults(rest="absent", sitemap=False, feeds=False)
    for here, other in (("thu", "khac"), ("khac", "thu")):
        base = f"/donvi/{here}/"
        faults.paths |= {
            base: listing(f"{base}1.html", f"{base}2.html", f"/donvi/{other}/1.html"),
            f"{base}1.html": article(f"Bài một của {here}", next=f"{base}2.html"),
            f"{base}2.html": article(f"Bài hai của {here}", prev=f"{base}1.html"),
        }
    with serving(Portal([]), faults) as server:
        base_url = f"{server.url}/donvi/thu/"
        arguments = "--base-url", base_url, "--name", "Huyện Thử"
        done = add(tmp_path, f"{base_url}1.html", *arguments)
        assert done.code == 0, done.err
        asked = {request.target for request in server.log}
        assert not any(target.startswith("/donvi/khac") for target in asked)
        assert all_sites(tmp_path / "sites")["thu"].base_url == base_url
        done = add(tmp_path, f"{server.url}/donvi/khac/", *arguments)
        assert done.code == 2
        assert f"{server.url}/donvi/khac/ is not below --base-url {base_url}" in done.err


@pytest.mark.parametrize(
    ("faults", "told"),
    [
        (Faults(everywhere=Fault(status=403)), "HTTP 403"),
        (Faults(everywhere=Fault(body=b"<html><body></body></html>")), "no article could be read"),
        (Faults(robots="User-agent: *\nDisallow: /\n"), "robots.txt forbids it"),
    ],
    ids=["refused", "empty", "robots"],
)
def test_a_portal_that_cannot_be_read_says_what_is_missing(
    faults: Faults, told: str, tmp_path: Path
) -> None:
    with serving(Portal.embedded(), faults) as server:
        done = add(tmp_path, server.url, "--key", "thu")
    assert done.code == 1, done.err
    assert told in done.err
    assert "Nothing was written" in done.err
    assert "Traceback" not in done.err
    assert not list((tmp_path / "sites").iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["inspect", "khong-co.html"], "khong-co.html: no such file, and no address; one begins"),
        (["inspect", "/tmp/x/khong-co"], "/tmp/x/khong-co: no such file, and no address; one"),
        (["inspect", "chodon"], "chodon: no such file, and no address; one begins with https://"),
        (["inspect", "mailto:ubnd@a.example"], "mailto:ubnd@a.example: no such file, and no"),
        (
            ["add", "chodon"],
            "chodon: is no address; name one such as https://chodon.backan.gov.vn/",
        ),
        (["add", "ftp://cong.example/"], "ftp://cong.example/: is no address; name one such as"),
        (["add", "cong.example", "--key", "Chợ Đồn"], "--key Chợ Đồn: is no key; use a-z, 0-9 and"),
    ],
)
def test_what_was_typed_is_looked_at_before_a_contact_is_asked_for(
    arguments: list[str], message: str
) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"Error: {message}")
    assert done.err.count("\n") == 1


def test_nobody_at_home_is_told_in_one_line(tmp_path: Path) -> None:
    done = add(tmp_path, "http://127.0.0.1:9/", "--key", "thu")
    assert done.code == 1
    assert "no article could be read" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("command", ["add", "inspect"])
def test_a_real_portal_must_know_who_asks(command: str, tmp_path: Path) -> None:
    done = run(command, "https://chodon.example/", TINHUYEN_SITES=str(tmp_path))
    assert done.code == 2
    assert "TINHUYEN_CONTACT" in done.err


# inspect


def test_a_page_is_shown_at_a_glance(portal: Server) -> None:
    post = Portal.embedded().posts[7]
    done = run("inspect", portal.url + post.path)
    assert done.code == 0, done.err
    for told in (post.title, "newspaper", "h1.entry-title", "high", "utf-8", "older", "newer"):
        assert told in done.out


def test_a_page_is_told_to_a_program(portal: Server) -> None:
    post = Portal.embedded().posts[7]
    told = run("inspect", portal.url + post.path, "--json").json()
    assert told["kind"] == "article"
    assert told["article"]["title"] == post.title
    assert told["article"]["published_at"].endswith("+07:00")
    assert told["article"]["body"]
    assert told["evidence"]["title"]
    assert told["prev_url"].startswith(portal.url)
    assert isinstance(told["citations"], list)


def test_a_file_is_read_as_if_it_were_served(tmp_path: Path) -> None:
    page = (FIXTURES / "newspaper" / "classic.html").read_bytes()
    told = json.loads((FIXTURES / "newspaper" / "classic.json").read_text("utf-8"))
    packed = tmp_path / "trang.html.gz"
    packed.write_bytes(gzip.compress(page))
    for file in (FIXTURES / "newspaper" / "classic.html", packed):
        read = run("inspect", file, "--url", told["url"], "--json").json()
        assert read["url"] == told["url"]
        assert read["article"]["title"] in json.dumps(told, ensure_ascii=False)


def test_what_is_no_article_is_said_and_exits_with_1(portal: Server) -> None:
    done = run("inspect", portal.url + "/")
    assert done.code == 1
    assert "listing" in done.out


@pytest.mark.parametrize("page", ["khong-co.html", "http://127.0.0.1:9/", "http://"])
def test_a_page_that_is_not_there_is_told_in_one_line(page: str) -> None:
    done = run("inspect", page)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert len(done.err.strip().splitlines()) <= 4


# Where the operator keeps his sites


def test_it_is_written_where_the_operator_keeps_his_sites(portal: Server, tmp_path: Path) -> None:
    bundled = {file: file.read_bytes() for file in sorted(SITES_DIR.rglob("*.*"))}
    home = {"XDG_CONFIG_HOME": str(tmp_path)}
    done = run("add", portal.url, "--key", "vanban", **home)
    assert done.code == 0, done.err
    file = tmp_path / "tinhuyen" / "sites" / "lao_cai.toml"
    assert f"Added to {file}. Crawl it: tinhuyen crawl vanban" in done.out
    assert tomllib.loads(file.read_text("utf-8")) == {
        "province": "Lào Cai",
        "vanban": {"base_url": f"{portal.url}/", "cms": "newspaper", "verified": True},
    }, "the map tells the rest"
    (site,) = run("sites", "văn bàn", "--json", **home).json()
    assert (site["name"], site["district"]) == ("Huyện Văn Bàn", "089")
    assert (site["base_url"], site["composed"]) == (f"{portal.url}/", False)
    assert {f: f.read_bytes() for f in sorted(SITES_DIR.rglob("*.*"))} == bundled

    again = run("add", f"{portal.url}/x/", "--key", "khac", **home)
    assert "belongs to 'vanban' already" in again.err
    taken = run("add", "https://huyen.example/", "--key", "chodon", **home)
    assert taken.code == 2
    assert "chodon is Huyện Chợ Đồn at https://chodon.gov.vn/; name another with" in taken.err
    chance = run("add", "https://mongcai.example/", **home)
    assert chance.code == 2
    assert "say so with --key mongcai, else name another" in chance.err


def test_of_a_district_of_the_map_only_what_is_known_beyond_is_written() -> None:
    known = told("https://mongcai.quangninh.gov.vn/tin/1.html")
    assert known.key == "mongcai"
    entry = known.entry(Recognition(known.portal.base_url))
    assert entry == {"cms": "generic", "verified": True}
    entry = known.entry(Recognition("http://mongcai.quangninh.gov.vn/"))
    assert entry["base_url"] == "http://mongcai.quangninh.gov.vn/", "it is asked otherwise"
    other = told("http://mongcai.example/", key="mongcai", hosts=("moncay.example",))
    found = Recognition(other.portal.base_url, other.portal.hosts)
    assert other.entry(found) == {
        "base_url": "http://mongcai.example/",
        "hosts": ("http://moncay.example/", *SITES["mongcai"].places),
        "cms": "generic",
        "verified": True,
    }
    below = told("https://www.quangninh.gov.vn/donvi/vandon/Trang/ChiTiet.aspx?nid=7")
    assert (below.key, below.portal.base_url) == ("vandon", SITES["vandon"].base_url)
    assert below.entry(Recognition(below.portal.base_url)) == {"cms": "generic", "verified": True}


SITES = all_sites()


def told(url: str, **says: Any) -> Candidate:
    return candidate(Told(url=url, **says), SITES)


def test_many_are_added_and_those_that_cannot_be_are_named(portal: Server, tmp_path: Path) -> None:
    sites = tmp_path / "sites"
    sites.mkdir()
    kept = '# của riêng tôi\nprovince = "Bắc Kạn"\n\n[khac] # chưa xem\nname = "Huyện Khác"\n'
    kept += 'base_url = "https://khac.example/"\ncms = "wordpress"\n'
    (sites / "bac_kan.toml").write_text(kept, encoding="utf-8")
    file = tmp_path / "huyen.csv"
    file.write_text(
        "\ufeffurl,key,name,province,cms,district,hosts,note\n"
        f'{portal.url},thu,"Huyện ""Thử""",Bắc Kạn,,,,\n'
        "https://chodon.example/,chodon,,Bắc Kạn,newspaper,064,cu.example a.cu.example/x,Đã xem.\n"
        "http://127.0.0.1:9/,chet,,,,,,\n"
        f"{portal.url}/tin/,lai,,,,,,\n"
        "ftp://a.example/,a,,,,,,\n"
        "https://b.example/,b,,,newspapr,,,\n"
        "https://c.example/,c,,,wordpress\n"
        "https://d.example/,Đ,,,wordpress,,,\n"
        "https://khac.example/tin/,e,,,wordpress,,,\n"
        "https://f.example/,f,,,wordpress,999,,\n"
        "https://g.example/,,Huyện Giấy,,wordpress,,,\n",
        encoding="utf-8",
    )
    done = run("add", "--from", file, TINHUYEN_SITES=str(sites))
    assert done.code == 1
    assert "Traceback" not in done.err
    assert "3 of 11 portals added" in done.err
    for line, told in {
        4: "no article could be read",
        5: "belongs to 'thu' already",
        6: "column url ftp://a.example/: is no address",
        7: "b: not added: ",
        8: "has not as many cells as the header",
        9: "column key Đ: is no key",
        10: "https://khac.example/tin/ belongs to 'khac' already",
        11: "no district has this code",
    }.items():
        (named,) = [row for row in done.err.splitlines() if row.startswith(f"{file}, line {line}:")]
        assert told in named
    assert sorted(row.split()[0] for row in done.out.splitlines()) == ["chodon", "g", "thu"]
    text = (sites / "bac_kan.toml").read_text("utf-8")
    assert text.startswith(kept), "comments stay"
    known = all_sites(sites)
    assert known.keys() == {"khac", "thu", "chodon", "g"}
    assert known["thu"].verified
    assert known["thu"].name == 'Huyện "Thử"'
    chodon = known["chodon"]
    assert (chodon.name, chodon.district, chodon.verified) == ("Huyện Chợ Đồn", "064", False)
    assert chodon.hosts == ("https://cu.example/", "https://a.cu.example/x/")
    assert chodon.note == "Đã xem."
    assert known["g"].name == "Huyện Giấy"
    assert {file.name for file in sites.iterdir()} == {"added.toml", "bac_kan.toml"}

    asked = len(portal.log)
    again = run("add", "--from", file, "--json", "--dry-run", TINHUYEN_SITES=str(sites))
    assert again.code == 1
    assert [row["line"] for row in again.json()] == [*range(2, 13)]
    assert all(row["faults"] or row["key"] in ("b", "f") for row in again.json())
    assert len(portal.log) == asked


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("key,cms\na,wordpress\n", "has no column 'url'; known: url, key, name"),
        ("url,colour\nhttps://a.example/,đỏ\n", "has the column 'colour'; known: url, key"),
        ("url,url\na,b\n", "has the column 'url'; known: url"),
        ("", "has no column 'url'"),
        (
            'url\nhttps://a.example/\n\n"a\nb',
            "line 4: a quotation mark is opened in this row and never",
        ),
    ],
)
def test_a_file_that_is_none_of_portals_is_refused(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(text, encoding="utf-8")
    done = run("add", "--from", file, TINHUYEN_SITES=str(tmp_path))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"Error: {file}")
    assert message in done.err


_TABLE = (
    "url,key,name",
    'https://a.example/,mau,"Huyện Mẫu, phần mới"',
    "",
    "https://b.example/,,",
)


@pytest.mark.parametrize(
    "written",
    [
        "\n".join(_TABLE).encode(),
        "\r\n".join(_TABLE).encode("utf-8-sig"),
        "\n".join(_TABLE).encode("utf-16"),
        codecs.BOM_UTF16_BE + "\r\n".join(_TABLE).encode("utf-16-be"),
        '"url"\t"key"\t"name"\nhttps://a.example/\tmau\tHuyện Mẫu, phần mới\n\n'
        "https://b.example/\t\t\n".encode("utf-16"),
        "url;key;name\nhttps://a.example/;mau;Huyện Mẫu, phần mới\n\nhttps://b.example/;;\n".encode(),
    ],
)
def test_a_file_of_portals_is_read_as_people_write_it(written: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(written)
    told = [(line, one.url, one.key, one.name) for line, one in rows(file) if one]
    assert told == [
        (2, "https://a.example/", "mau", "Huyện Mẫu, phần mới"),
        (4, "https://b.example/", None, None),
    ]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("url\nhttps://a.example/\n".encode("utf-16-le"), ": is no text, or one in UTF-16 without"),
        ("url,name\nhttps://a.example/,Huyện Mẫu\n".encode("windows-1258", "replace")
         + b"https://b.example/,Ch\xf4\n", ", line 3: is not written in UTF-8; save it as UTF-8"),
    ],
)  # fmt: skip
def test_a_file_of_portals_that_cannot_be_read_is_told_so(
    written: bytes, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(written)
    with pytest.raises(Refused) as refused:
        list(rows(file))
    assert refused.value.message.startswith(f"{file}{message}")


def test_a_row_begins_where_its_line_does(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('url,note\nhttps://a.example/,"hai\ndòng"\nhttps://b.example/,\n', "utf-8")
    assert [line for line, _ in rows(file)] == [2, 4]


def test_the_example_of_the_docs_may_be_added(tmp_path: Path) -> None:
    (text,) = re.findall(
        r"\$ cat huyen\.csv\n(.*?)\$ tinhuyen add",
        (Path(__file__).parents[1] / "docs" / "sites.md").read_text("utf-8"), re.DOTALL,
    )  # fmt: skip
    file = tmp_path / "huyen.csv"
    file.write_text(text, "utf-8")
    known = known_sites()
    found = [candidate(told, known) for _, told in rows(file) if told]
    assert [one.key for one in found] == ["mau", "thu"]


@pytest.mark.parametrize(
    ("province", "key", "is_refused"),
    [
        ("Lạng Sơn", None, False),
        (None, None, True),
        ("Bắc Kạn", None, True),
        (None, "bacson", False),
    ],
)
def test_a_name_on_the_map_needs_a_province_or_a_key(
    province: str | None, key: str | None, is_refused: bool
) -> None:
    known = {name: site for name, site in known_sites().items() if site.composed}
    assert known["bacson"].province == "Lạng Sơn"
    told = Told(url="https://bacson.example/", province=province, key=key, is_row=True)
    if is_refused:
        with pytest.raises(Refused, match="say so with column key bacson"):
            candidate(told, known)
    else:
        assert candidate(told, known).key == "bacson"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name one portal by its URL, or many with --from FILE.csv"),
        (["https://a.example/", "--from", __file__], "name one portal by its URL, or many with"),
        (["--from", __file__, "--key", "a"], "what a portal is stands in it: url, key, name"),
    ],
)
def test_one_portal_or_many(arguments: list[str], message: str) -> None:
    done = run("add", *arguments)
    assert done.code == 2
    assert message in done.err


def test_portals_of_one_host_are_asked_one_after_another() -> None:
    def site(*places: str) -> Site:
        return probed(places[0], places[1:])

    async def nothing(fetch: Fetch) -> None:
        pass

    hosts = [
        ("https://a.example/",), ("https://b.example/x/",), ("https://c.example/",),
        ("https://b.example/y/",), ("http://d.example/", "http://www.a.example/z/"),
        ("https://c.example/1/", "https://b.example/2/"),
    ]  # fmt: skip
    chains = in_chains([(site(*places), nothing) for places in hosts])
    assert [[s.base_url for s, _ in chain] for chain in chains] == [
        ["https://a.example/", "http://d.example/"],
        [
            "https://b.example/x/", "https://b.example/y/", "https://c.example/",
            "https://c.example/1/",
        ],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# chỉ có chú thích\n",
        'province = "Bắc Kạn"\n\n[a] # chưa xem\nname = "n"',
        '[a]\nname = "n"\n\n\n# hết\n',
        '[a]\r\nname = "n"\r\n',
        "[a]\nb.c = 1\n[a.d]\ne = 2\n",
    ],
)
def test_what_a_file_says_already_stays_letter_by_letter(
    before: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinhuyen.entries.sites_at", lambda folder: {})
    monkeypatch.setattr("crawler.settings.SITES_DIR", str(tmp_path))
    (tmp_path / "bac_kan.toml").write_bytes(before.encode())
    file = write_entry("thu", {"name": 'Huyện "Thử"', "hosts": ("a", "b")}, "Bắc Kạn")
    after = file.read_bytes().decode()
    assert after.startswith(before)
    added = {"thu": {"name": 'Huyện "Thử"', "hosts": ["a", "b"]}}
    head = {} if tomllib.loads(before) else {"province": "Bắc Kạn"}
    assert tomllib.loads(after) == tomllib.loads(before) | head | added
    with pytest.raises(Refused, match=r"\[thu\] is there already"):
        write_entry("thu", {}, "Bắc Kạn")
    assert file.read_bytes().decode() == after


def test_an_entry_that_cannot_be_used_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.settings.SITES_DIR", str(tmp_path))
    says = {"name": "Huyện", "base_url": "https://a.example/", "cms": "newspapr"}
    with pytest.raises(Refused, match=r"thu: not added: .*unknown cms 'newspapr'"):
        write_entry("thu", says, None)
    assert not list(tmp_path.iterdir())
    write_entry("thu", says | {"cms": "wordpress"}, None)
    before = (tmp_path / "added.toml").read_bytes()
    with pytest.raises(Refused, match="khac: not added"):
        write_entry("khac", says, None)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [
        ("added.toml", before)
    ]


# Portals that no family knows


@contextmanager
def served(pages: Mapping[str, str | bytes]) -> Iterator[RawServer]:
    def answered(asked: Asked) -> bytes:
        page = pages.get(asked.target)
        return answer(page) if page is not None else NOT_FOUND

    with raw_server(answered) as server:
        yield server


@pytest.mark.parametrize("name", ["cells", long("cards"), long("rows"), long("hashes")])
def test_a_portal_that_no_family_knows_is_learnt_and_added_with_its_profile(
    name: str, tmp_path: Path
) -> None:
    made = next(portal for portal in portals() if portal.name == name)
    with served({path: page.body for path, page in made.pages.items()}) as server:
        done = add(tmp_path, server.url, "--key", "thu")
        assert done.code == 0, done.err
        file = tmp_path / "sites" / "profiles" / "thu.toml"
        assert f"and its profile to {file}. Crawl it: tinhuyen crawl thu" in done.out
        assert "profile learnt from " in done.out
        assert len(server.asked) <= 26
        profile = Profile.from_toml(file.read_text("utf-8"))
        assert (profile.name, profile.provisional) == ("thu", True)
        (site,) = (s for s in all_sites(tmp_path / "sites").values() if s.key == "thu")
        assert site.cms == "generic"
        true = {page.story.title for page in made.pages.values() if page.story}
        read = {
            page.article.title
            for path, served in made.pages.items()
            if served.story
            and (page := read_page(served.body, server.url + path, profile=profile)).article
        }
        assert read == true
        crawled = run(
            "crawl", "thu", "--db", tmp_path / "archive.db", "--json", "--limit", "12",
            "-s", "DOWNLOAD_DELAY=0.01", TINHUYEN_SITES=str(tmp_path / "sites"),
        )  # fmt: skip
        assert crawled.json()[0]["new"] >= 10, crawled.err


def test_an_entry_under_which_all_titles_are_one_is_not_written(tmp_path: Path) -> None:
    """Nothing tells the titles: the links say "Xem tiếp", the addresses numbers."""
    made = next(portal for portal in portals() if portal.name == "cells")
    stories = [page for page in made.pages.values() if page.story and page.story.paragraphs][:5]
    pages = {
        f"/tin/{number}": re.sub(
            r'<a class="khac".*</a>',
            f'Bài trước: <a rel="prev" href="/tin/{number + 1}">Xem tiếp</a>',
            page.body.decode(),
        )
        for number, page in enumerate(stories)
    }
    first, *_, last = [page.story.title for page in stories if page.story]
    with served({"/": "<p>Chào mừng</p>", **pages}) as server:
        done = add(tmp_path, f"{server.url}/tin/0", "--key", "thu")
        assert done.code == 1, done.out
        assert "none of 5 articles has a title that can be read; say what it is on" in done.err
        assert f"tinhuyen learn {server.url}/ --title WORDS --output FILE, and name" in done.err
        assert "Nothing was written" in done.err
        assert not list((tmp_path / "sites").iterdir())
        file = tmp_path / "thu.toml"
        addresses = [server.url + path for path in pages]
        told = run("learn", *addresses, "--title", first, "--output", file)
        assert told.code == 0, told.err
        done = add(tmp_path, addresses[0], "--key", "thu", "--profile", str(file))
        assert done.code == 0, done.err
        for title in (first, last):
            assert title in done.out
        written = (tmp_path / "sites" / "profiles" / "thu.toml").read_text("utf-8")
        assert not Profile.from_toml(written).provisional
        assert Profile.from_toml(written).title[0].selector == "td.tieudetin"


@pytest.mark.parametrize(
    ("shown", "same"),
    [
        (["A", "A"], [Field.TITLE]),
        (["A", "B"], []),
        (["A"], []),
        (["A", "B", "C 2020-01-01T08:30", "D 2020-01-01T08:30"], []),
        ([f"{n} 2020-01-01T08:30" for n in "ABC"], [Field.PUBLISHED]),
        ([f"{n} 2020-01-01" for n in "ABCD"], []),
        ([f"{n} 2020-01-01" for n in "ABCDE"], [Field.PUBLISHED]),
    ],
)
def test_what_all_articles_have_in_common_is_none_of_them(
    shown: list[str], same: list[Field]
) -> None:
    articles = [
        Article(title=title, published_at=parse_iso(date) if date else None)
        for title, _, date in (one.partition(" ") for one in shown)
    ]
    assert [*one_of_all(articles)] == same


def test_what_learning_wrote_and_its_entry_are_taken_back_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.settings.SITES_DIR", str(tmp_path))
    says = {"name": "Huyện", "base_url": "https://a.example/", "cms": "generic"}
    with pytest.raises(Refused, match="thu: not added"):
        write_entry("thu", says, None, "name = 7")
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
