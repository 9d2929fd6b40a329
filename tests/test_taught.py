"""How a crawl reads by profiles, and what it makes of what was received before it had them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from archive import Archive
from crawler.page import Page
from crawler.profiles.profile import Profile, Rule
from crawler.visit import Visit
from crawler.vocabulary import PageKind, State
from tests.conftest import Archived, run
from tests.makers import Portal, Served, cells
from tests.raw import NOT_FOUND, ROBOTS, Asked, RawServer, answer, raw_server

PORTAL = cells.portal()
WRITTEN = Profile(
    name="written",
    title=(Rule("td.tieudetin"),),
    content=(Rule("td.noidungtin"),),
    lead=(Rule("td.trich"),),
    published=(Rule("td.ngaytin"),),
    category=(Rule("td.tenmuc"),),
    files=(Rule("table.bangtep a"),),
    listed=(Rule("a.tdlist"), Rule("a.khac", against=9)),
    dates_elsewhere=False,
)


def served(portal: Portal) -> Iterator[RawServer]:
    """Serve a portal of `tests.makers`."""

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        page = portal.pages.get(asked.target)
        return answer(page.body) if page else NOT_FOUND

    with raw_server(answered) as server:
        yield server


@pytest.fixture
def server() -> Iterator[RawServer]:
    yield from served(PORTAL)


def site_of(archived: Archived, server: RawServer, **keys: str) -> Archived:
    """Describe a portal of an unknown kind as the site of an archive."""
    archived.describe(server.url + "/", **({"cms": "generic"} | keys))
    return archived


def write(archived: Archived, *profiles: Profile) -> None:
    """Write profiles of the site beside its description."""
    folder = archived.folder / "sites" / "profiles"
    folder.mkdir(exist_ok=True)
    for profile in profiles:
        name = f"test.{profile.name}" if profile.name else "test"
        (folder / f"{name}.toml").write_text(profile.to_toml(), "utf-8")


def stories(portal: Portal) -> dict[str, Served]:
    return {path: page for path, page in portal.pages.items() if page.story}


def titles(archived: Archived) -> dict[str, str]:
    """Return the titles that are held, by the part of the address behind the host."""
    rows = archived.rows("SELECT url, title FROM articles")
    return {"/" + row["url"].split("/", 3)[3]: row["title"] for row in rows}


def proved(archived: Archived) -> None:
    """Hold it that what is held is what the captures say, and that reading them changes nothing."""
    sites = {"TINHUYEN_SITES": str(archived.folder / "sites")}
    checked = run("verify", "--db", archived.db, **sites)
    assert checked.code == 0, checked.out + checked.err
    again = run("reread", "--db", archived.db, "--json", **sites)
    assert (again.code, again.json()["changed"]) == (0, 0), again.out


TRUE = {path: page.story.title for path, page in stories(PORTAL).items() if page.story}


def test_a_profile_that_lies_beside_the_site_reads_its_pages(
    archived: Archived, server: RawServer
) -> None:
    write(site_of(archived, server), replace(WRITTEN, name="hai"))
    archived.crawl(code=None)
    assert titles(archived) == TRUE
    (row,) = archived.rows("SELECT * FROM profiles")
    assert (row["name"], row["from"], row["learnt_at"], row["is_applied"]) == (
        "test.hai", None, None, 1,
    )  # fmt: skip
    assert {r["profile"] for r in archived.rows("SELECT profile FROM articles")} == {"test.hai"}
    proved(archived)


def test_a_crawl_learns_on_from_a_profile_that_is_provisional(
    archived: Archived, server: RawServer
) -> None:
    """What was learnt of few pages takes the summary for the title."""
    poor = replace(WRITTEN, name="", title=(Rule("td.trich", 2),), pages=3, families_first=True)
    write(site_of(archived, server), replace(poor, provisional=True))
    archived.crawl(code=None)
    assert titles(archived) == TRUE
    proved(archived)


def test_what_was_received_is_read_again_by_a_profile_that_is_written_later(
    archived: Archived, server: RawServer
) -> None:
    """Nothing is asked for twice, no reading is a revision, and a code stays."""
    site_of(archived, server)
    write(
        archived, replace(WRITTEN, name="", title=(Rule("td.tenmuc"),), other=(Rule(".bangtep"),))
    )
    archived.crawl(code=None)
    before = {r["url"]: r["code"] for r in archived.rows("SELECT url, code FROM articles")}
    notices = {path for path, page in stories(PORTAL).items() if b"bangtep" in page.body}
    assert notices
    assert not notices & titles(archived).keys(), "they were taken for no article"
    asked = len([path for path in server.asked if "NewsViews" in path])
    write(archived, replace(WRITTEN, name=""))
    summary = archived.crawl(code=None)
    assert titles(archived) == TRUE
    assert len([path for path in server.asked if "NewsViews" in path]) == asked
    after = {r["url"]: r["code"] for r in archived.rows("SELECT url, code FROM articles")}
    assert after.items() >= before.items()
    assert {r["revision"] for r in archived.rows("SELECT revision FROM articles")} == {1}
    assert summary["new"] == len(notices)
    proved(archived)


def test_what_turns_out_to_be_no_article_is_held_no_more(
    archived: Archived, server: RawServer
) -> None:
    site_of(archived, server)
    write(archived, replace(WRITTEN, name=""))
    archived.crawl(code=None)
    (one,) = archived.rows("SELECT max(changed) AS changed FROM articles")
    lost = {path for path, page in stories(PORTAL).items() if b"bangtep" in page.body}
    codes = {
        row["code"]
        for row in archived.rows("SELECT url, code FROM articles")
        if "/" + row["url"].split("/", 3)[3] in lost
    }
    write(archived, replace(WRITTEN, name="", other=(Rule(".bangtep"),)))
    archived.crawl(code=None)
    assert titles(archived).keys() == TRUE.keys() - lost
    assert archived.urls("not_article") >= {server.url + path for path in lost}
    told = archived.rows("SELECT * FROM changes WHERE changed > ?", one["changed"])
    withdrawn = {row["code"] for row in told if row["change"] == "withdrawn"}
    assert withdrawn == codes
    with closing(sqlite3.connect(archived.db)) as db:
        assert not db.execute("PRAGMA foreign_key_check").fetchall()
    proved(archived)
    write(archived, replace(WRITTEN, name=""))  # and is there again, under its code
    archived.crawl(code=None)
    assert titles(archived) == TRUE
    assert codes <= {row["code"] for row in archived.rows("SELECT code FROM articles")}
    assert not archived.rows("SELECT * FROM aliases")
    proved(archived)


def test_what_is_taken_back_in_the_crawl_that_brought_it_was_not_new(
    archived: Archived, server: RawServer
) -> None:
    site_of(archived, server)
    write(archived, replace(WRITTEN, name=""))
    summary = archived.crawl(code=None)
    with Archive.open(archived.db) as archive:
        received = next(one for one in archive.lessons.to_read_again("test") if one.is_text)
        page = Page(PageKind.OTHER, profile="khác")
        visit = Visit(
            received.url, received.origin, received.capture.fetched_at, State.NOT_ARTICLE, 200,
            page=page, capture=received.capture,
        )  # fmt: skip
        archive.lessons.read_again(summary["run_id"], "test", visit)
        run = archive.runs.get(summary["run_id"])
    assert run["new"] == summary["new"] - 1 == len(archived.urls())


def test_a_reading_that_was_killed_goes_on(archived: Archived, server: RawServer) -> None:
    site_of(archived, server)
    write(archived, replace(WRITTEN, name="", title=(Rule("td.tenmuc"),)))
    archived.crawl(code=None)
    write(archived, replace(WRITTEN, name=""))
    with closing(sqlite3.connect(archived.db)) as db:  # as a crawl leaves it that was killed
        rules = replace(WRITTEN, name="test").to_toml()
        db.execute("UPDATE profiles SET rules = ?, is_applied = 0", [rules])
        db.commit()
    archived.crawl(code=None)
    assert titles(archived) == TRUE
    assert archived.rows("SELECT is_applied FROM profiles") == [{"is_applied": 1}]
    proved(archived)


@pytest.mark.parametrize(
    ("name", "toml", "message"),
    [
        ("other.toml", 'name = "x"', "no site is called 'other'"),
        ("test.toml", "pages = 3", "test.toml: lacks 'name'"),
        ("test.2019.toml", 'name = "x"\nsince = "gestern"', "'since' that is no day or time"),
    ],
)
def test_what_is_wrong_with_a_profile_beside_a_site_is_told(
    archived: Archived, name: str, toml: str, message: str
) -> None:
    archived.describe("https://huyen.example/")
    folder = archived.folder / "sites" / "profiles"
    folder.mkdir()
    (folder / name).write_text(toml, "utf-8")
    done = run("sites", TINHUYEN_SITES=str(archived.folder / "sites"))
    assert (done.code, message in done.err) == (2, True), done.err


def test_profiles_have_their_names_by_their_files(tmp_path: Path) -> None:
    from crawler.sites import all_sites

    archived = Archived(tmp_path)
    archived.describe("https://huyen.example/")
    write(archived, replace(WRITTEN, name="moi", since="2019-08-12"), replace(WRITTEN, name="cu"))
    site = all_sites(tmp_path / "sites")["test"]
    assert [one.name for one in site.profiles] == ["test.cu", "test.moi"]


def test_verify_names_the_profile_that_was_changed_since(
    archived: Archived, server: RawServer
) -> None:
    site_of(archived, server)
    write(archived, replace(WRITTEN, name=""))
    archived.crawl(code=None)
    sites = str(archived.folder / "sites")
    assert run("verify", "--db", archived.db, TINHUYEN_SITES=sites).code == 0
    write(archived, replace(WRITTEN, name="", title=(Rule("td.tenmuc"),)))

    changed = run("verify", "--db", archived.db, TINHUYEN_SITES=sites)

    told = "(profiles/test.toml changed since; to read by it: tinhuyen reread test)"
    assert changed.code == 1
    assert "its capture reads otherwise today: title" in changed.err + changed.out
    assert told in changed.err + changed.out
    assert run("reread", "test", "--db", archived.db, TINHUYEN_SITES=sites).code == 0
    assert run("verify", "--db", archived.db, TINHUYEN_SITES=sites).code == 0
