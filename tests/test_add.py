"""``tinhuyen add`` and ``tinhuyen inspect``, against portals served on loopback and saved pages."""

import gzip
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.sites import all_sites
from demo.faults import Fault, Faults
from demo.portal import Portal
from demo.server import Server, serving
from tests.conftest import Run, run
from tests.test_crawl import article, listing

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
