"""Two bodies at one host, below paths of it or at the very same addresses: each holds its own."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser as Page

from archive import Archive, ArchiveError
from archive.connection import Connection
from archive.tables.captures import CaptureQueries
from archive.tables.problems import Problems
from archive.tables.urls import UrlQueries
from crawler.sites import Site
from crawler.vocabulary import Flag, ProblemKind
from curation.importing.pages import Owners
from demo.faults import Fault, Faults
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, Run, long, run
from tests.content import content_hash, writing
from tests.room_sample import opened
from tests.test_crawl import article, environment, listing
from tests.test_old_archives import holdings, pending, unpacked
from tests.test_quarantine import SPAM
from tests.test_room_pages import get

BOTH = ("cu", "moi")
"""The keys of two sites."""
ON_PAGES_ONLY: dict[str, Any] = {"rest": "absent", "feeds": False, "sitemap": False}
PER_SITE = "SELECT site, url, title, code, revision, text_sha256 FROM articles ORDER BY site, url"


def describe(archived: Archived, **base_urls: str) -> None:
    """Write the sites of these names."""
    sites = archived.folder / "sites"
    sites.mkdir(exist_ok=True)
    tables = [
        f'[{key}]\nname = "Huyện {key}"\nbase_url = {json.dumps(url)}\ncms = "newspaper"\n'
        "delay = 0.001\n"
        for key, url in base_urls.items()
    ]
    (sites / "thu.toml").write_text("\n".join(tables), encoding="utf-8")


def commanded(archived: Archived, *arguments: str | Path, code: int | None = 0) -> Run:
    folder = str(archived.folder / "sites")
    done = run(*arguments, "--db", archived.db, TINHUYEN_SITES=folder)
    assert "Traceback" not in done.err, done.err
    assert code is None or done.code == code, done.out + done.err
    return done


def in_one_process(archived: Archived) -> None:
    commanded(archived, "crawl", *BOTH)


def in_two_processes(archived: Archived) -> None:
    begun = [
        subprocess.Popen(
            [sys.executable, "-m", "tinhuyen", "crawl", key, "--db", str(archived.db)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(archived),
        )
        for key in BOTH
    ]  # fmt: skip
    for process in begun:
        out, _ = process.communicate(timeout=180)
        assert process.returncode == 0, out


def in_turn(archived: Archived) -> None:
    for key in BOTH:
        commanded(archived, "crawl", key)


def held(archived: Archived) -> dict[str, list[str]]:
    """Return the addresses of the articles that each site holds."""
    found: dict[str, list[str]] = {}
    for row in archived.rows("SELECT site, url FROM articles ORDER BY site, url"):
        found.setdefault(row["site"], []).append(row["url"])
    return found


def assert_apart(archived: Archived) -> None:
    """Fail unless all that a site holds hangs together by itself, and the archive is sound."""
    for what in (
        "articles JOIN captures ON captures.id = capture_id WHERE captures.site <> articles.site",
        "captures JOIN captures other ON other.id IN (captures.refers_to, captures.part_of) "
        "WHERE other.site <> captures.site",
        "captures JOIN warcs ON file = warc_file WHERE warcs.site <> captures.site",
        "media JOIN captures ON captures.id = capture_id WHERE captures.site <> media.site",
        "urls JOIN runs ON runs.id = run_id WHERE runs.site <> urls.site",
        "articles WHERE NOT EXISTS (SELECT 1 FROM urls WHERE urls.url = articles.url "
        "AND urls.site = articles.site AND state IN ('held', 'gone'))",
    ):
        assert archived.rows(f"SELECT 1 FROM {what}") == []
    commanded(archived, "verify")


# Crawled at once and in turn, at the same addresses and below a path of the other's


@pytest.mark.parametrize("crawl", [in_one_process, long(in_two_processes), long(in_turn)])
def test_at_the_very_same_addresses(crawl: Callable[[Archived], None], archived: Archived) -> None:
    portal = Portal.scaled(8, page_bytes=0)
    with serving(portal, Faults(**ON_PAGES_ONLY)) as server:
        describe(archived, **dict.fromkeys(BOTH, f"{server.url}/"))

        crawl(archived)

        urls = sorted(server.url + post.path for post in portal.posts)
    assert held(archived) == dict.fromkeys(BOTH, urls)
    codes = archived.rows("SELECT DISTINCT code FROM articles")
    assert len(codes) == 2 * len(urls)
    assert archived.rows("SELECT site, missing, chain_breaks FROM coverage ORDER BY site") == [
        {"site": key, "missing": 0, "chain_breaks": 0} for key in BOTH
    ]
    pictures = archived.rows("SELECT site, count(*) AS n FROM media GROUP BY site")
    assert [row["site"] for row in pictures] == [*BOTH]
    assert len({row["n"] for row in pictures}) == 1
    assert_apart(archived)


@pytest.mark.parametrize("crawl", [in_one_process, long(in_two_processes), long(in_turn)])
@pytest.mark.long
def test_one_below_a_path_of_the_other(
    crawl: Callable[[Archived], None], archived: Archived
) -> None:
    with serving(Portal(()), Faults(**ON_PAGES_ONLY)) as server:
        above, below = [f"/{n}/" for n in range(3)], [f"/xa/{n}/" for n in range(3)]
        server.faults.paths["/"] = listing(*above, *below)
        server.faults.paths["/xa/"] = listing(*below, *above)
        chain = (*above, *below)
        for path, prev in zip(chain, (None, *chain), strict=False):
            server.faults.paths[path] = article(f"Bài {path}", prev=prev)
        describe(archived, cu=f"{server.url}/", moi=f"{server.url}/xa/")

        crawl(archived)

        def at(paths: list[str]) -> list[str]:
            return sorted(server.url + path for path in paths)

        assert held(archived) == {"cu": at(above), "moi": at(below)}
    assert_apart(archived)


# One after the other: the host was taken over by another body


@pytest.fixture(scope="module")
def taken_over(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Archived, Portal]]:
    """A host that a second body has taken over, with the software of the first: some of its
    articles stand at the addresses of the first's, one is gone, one is spam, one does not answer.
    """
    archived = Archived(tmp_path_factory.mktemp("taken_over"))
    portal = Portal.scaled(8, page_bytes=0)
    with serving(portal, Faults(**ON_PAGES_ONLY, counter=False)) as server:
        archived.server = server
        describe(archived, **dict.fromkeys(BOTH, f"{server.url}/"))
        commanded(archived, "crawl", "cu", "--media")
        for post in portal.newest[:2]:
            portal.edit(post.slug, title=f"Cơ quan mới: {post.title}")
        portal.edit(portal.newest[2].slug, title="Nhà cái uy tín: casino, nổ hũ", body=SPAM)
        server.faults.paths[portal.newest[3].path] = Fault(status=410)
        server.faults.paths[portal.newest[4].path] = Fault(status=403)
        commanded(archived, "crawl", "moi", "--media", code=1)
        yield archived, portal


def copied(archived: Archived, folder: Path) -> Archived:
    """Return a copy of an archive, to be written to."""
    subprocess.run(["cp", "-r", f"{archived.folder}/.", folder], check=True)
    return Archived(folder, archived.server)


Taken = tuple[Archived, Portal]


def test_the_first_keeps_what_it_had(taken_over: Taken) -> None:
    archived, portal = taken_over
    rows = archived.rows("SELECT title, revision FROM articles WHERE site = 'cu'")
    assert len(rows) == len(portal.posts)
    assert not [row for row in rows if row["title"].startswith("Cơ quan mới")]
    assert {row["revision"] for row in rows} == {1}
    states = archived.rows("SELECT DISTINCT state FROM urls WHERE site = 'cu' AND url <> found_on")
    assert "gone" not in {row["state"] for row in states}
    assert_apart(archived)


def test_the_second_has_its_own(taken_over: Taken) -> None:
    archived, portal = taken_over
    rows = archived.rows("SELECT title, revision FROM articles WHERE site = 'moi'")
    assert len(rows) == len(portal.posts) - 3
    assert len([row for row in rows if row["title"].startswith("Cơ quan mới")]) == 2
    kept = archived.rows("SELECT site, count(*) AS n FROM media WHERE state = 'held' GROUP BY site")
    assert [row["site"] for row in kept] == [*BOTH]
    named = archived.rows(
        "SELECT site, images.sha256 IS NULL AS lacks, count(*) AS n FROM images "
        "JOIN articles ON articles.id = article_id GROUP BY 1, 2"
    )
    assert {(row["site"], row["lacks"]) for row in named} == {(key, 0) for key in BOTH}


def test_gaps_and_quarantine_tell_them_apart(taken_over: Taken) -> None:
    archived, portal = taken_over
    first, second = commanded(archived, "gaps", "--json", code=None).json()
    assert (first["site"], first["gaps"], first["gone"]) == ("cu", [], 0)
    assert second["site"] == "moi"
    assert archived.server
    missing = {
        (gap["state"], gap["url"].partition(archived.server.url)[2]) for gap in second["gaps"]
    }
    assert missing >= {("gone", portal.newest[3].path), ("refused", portal.newest[4].path)}
    assert commanded(archived, "quarantine", "cu").out == "Nothing is in quarantine.\n"
    (row,) = commanded(archived, "quarantine", "moi", "--json").json()
    assert row["url"].endswith(portal.newest[2].path)
    told = commanded(archived, "quarantine").out
    assert f"moi: {row['reason']}" in told


@pytest.mark.long
def test_what_is_accepted_of_one_is_not_of_the_other(taken_over: Taken, tmp_path: Path) -> None:
    archived = copied(taken_over[0], tmp_path)
    (row,) = commanded(archived, "quarantine", "--json").json()
    before = archived.rows("SELECT * FROM articles WHERE site = 'cu' ORDER BY id")

    commanded(archived, "accept", str(row["capture_id"]))

    assert archived.rows("SELECT * FROM articles WHERE site = 'cu' ORDER BY id") == before
    (new,) = archived.rows("SELECT title FROM articles WHERE site = 'moi' AND url = ?", row["url"])
    assert new["title"].startswith("Nhà cái")
    with Archive.open(archived.db, read_only=True) as archive:
        assert archive.captures.is_accepted("moi", row["url"], Flag.SPAM)
        assert not archive.captures.is_accepted("cu", row["url"], Flag.SPAM)
    assert_apart(archived)


@pytest.mark.long
def test_reread_mends_that_which_is_wrong(taken_over: Taken, tmp_path: Path) -> None:
    archived = copied(taken_over[0], tmp_path)
    before = content_hash(archived.db)
    title = "SELECT id FROM articles WHERE site = 'moi' ORDER BY url LIMIT 1"
    with closing(sqlite3.connect(archived.db)) as connection:
        connection.execute(f"UPDATE articles SET author = 'ai đó' WHERE id = ({title})")
        connection.commit()
    assert content_hash(archived.db) != before

    done = commanded(archived, "reread")

    assert done.out == "13 articles read again; 1 changed.\n"
    assert content_hash(archived.db) == before
    assert_apart(archived)


def importing(archived: Archived, exported: Path, folder: Path, *options: str) -> Archived:
    """Import a file into an archive of its own that knows the same sites."""
    into = Archived(folder)
    subprocess.run(["cp", "-r", archived.folder / "sites", folder], check=True)
    commanded(into, "import", exported, *options)
    return into


@pytest.mark.parametrize("ending", ["warc.gz", long("wacz")])
def test_an_export_that_is_imported_gives_each_its_own(
    ending: str, taken_over: Taken, tmp_path: Path
) -> None:
    archived, _ = taken_over
    exported = tmp_path / f"all.{ending}"
    commanded(archived, "export", ending.partition(".")[0], exported)

    into = importing(archived, exported, tmp_path)

    assert into.rows(PER_SITE) == archived.rows(PER_SITE)
    assert_apart(into)


@pytest.mark.long
def test_of_an_export_of_both_one_alone_can_be_imported(taken_over: Taken, tmp_path: Path) -> None:
    archived, _ = taken_over
    exported = tmp_path / "all.warc.gz"
    commanded(archived, "export", "warc", exported)
    for site in BOTH:
        folder = tmp_path / site
        folder.mkdir()

        into = importing(archived, exported, folder, "--site", site)

        of_site = [row for row in archived.rows(PER_SITE) if row["site"] == site]
        assert into.rows(PER_SITE) == of_site


def test_a_file_whose_beginning_is_damaged_stays_its_own_site_s(
    taken_over: Taken, tmp_path: Path
) -> None:
    archived = copied(taken_over[0], tmp_path)
    file = archived.rows("SELECT * FROM warcs WHERE site = 'moi' ORDER BY file")[0]
    with (tmp_path / "captures" / file["file"]).open("r+b") as opened_file:
        opened_file.seek(file["head_length"] - 20)
        opened_file.write(bytes(20))
    exported, folder = tmp_path / "all.warc.gz", tmp_path / "into"
    commanded(archived, "export", "warc", exported, code=1)
    folder.mkdir()

    into = importing(archived, exported, folder)

    assert into.rows(PER_SITE) == archived.rows(PER_SITE)


def test_an_export_of_one_is_of_that_one(taken_over: Taken, tmp_path: Path) -> None:
    archived, _ = taken_over
    for site in BOTH:
        out = tmp_path / f"{site}.jsonl"
        commanded(archived, "export", "jsonl", out, site)
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        wanted = [row["code"] for row in archived.rows(PER_SITE) if row["site"] == site]
        assert sorted(row["code"] for row in rows) == sorted(wanted)
        pages = tmp_path / f"{site}.wacz"
        commanded(archived, "export", "wacz", pages, site)
        assert pages.stat().st_size > 0


async def test_pages_tell_them_apart_and_name_the_other(taken_over: Taken) -> None:
    archived, portal = taken_over
    assert archived.server
    url = archived.server.url + portal.newest[0].path
    first, second = archived.rows(
        "SELECT id, code, title, capture_id FROM articles WHERE url = ? ORDER BY site", url
    )
    async with opened(archived.db) as room:
        for own, other, site in ((first, second, "moi"), (second, first, "cu")):
            page = Page(await get(room, f"/a/{own['code']}"))
            told = page.css_first(".provenance:not(.history)")
            assert told
            links = {link.attributes["href"] for link in told.css("a")}
            assert f"/a/{other['code']}" in links
            assert f"· Huyện {site}" in " ".join(told.text().split())
            assert len(told.css(".captures li")) == 1
            for link in page.css(".neighbour a"):
                code = str(link.attributes["href"]).removeprefix("/a/")
                (row,) = archived.rows("SELECT site FROM articles WHERE code = ?", code)
                assert row["site"] != site
            page = Page(await get(room, f"/captures/{own['capture_id']}"))
            told = page.css_first("dl.facts")
            assert told
            assert "Đây là bản chụp duy nhất" in told.text()
            assert f"Huyện {site} cũng có địa chỉ này" in told.text()
        query = f"/archive/captures_of_address.json?url={url}&_shape=array"
        found = (await room.client.get(query)).json()
        assert {row["site"] for row in found} == {*BOTH}
        found = (await room.client.get(f"{query}&site=moi")).json()
        assert {row["site"] for row in found} == {"moi"}
        shown = (await room.client.get("/coverage/cu.json")).json()
        assert (shown["gaps"], shown["quarantine"], shown["tombstones"]) == ([], [], 0)
        shown = (await room.client.get("/coverage/moi.json")).json()
        assert len(shown["quarantine"]) == 1
        for query in ("quarantined", "broken_chains", "tombstones", "media_not_held"):
            rows = (await room.client.get(f"/archive/{query}.json?_shape=array")).json()
            assert {row["site"] for row in rows} <= {"moi"}, query
            for row in rows:
                if row.get("article_id"):
                    (of,) = archived.rows(
                        "SELECT site FROM articles WHERE id = ?", row["article_id"]
                    )
                    assert of["site"] == row["site"], query


# Which of several sites a page of somebody else's file is of


def a_site(key: str, base_url: str, **days: str) -> Site:
    return Site(key=key, name=key, base_url=base_url, cms="newspaper", **days)


OLD = a_site("cu", "http://huyen.example/", active_to="2019-12-31")
NEW = a_site("moi", "https://www.huyen.example/", active_from="2020-01-01", active_to="2025-06-30")
BELOW = a_site("xa", "http://huyen.example/xa/")


@pytest.mark.parametrize(
    ("path", "day", "received_for", "keys"),
    [
        ("bai/", "2015-06-01", None, ["cu"]),
        ("bai/", "2019-12-31", None, ["cu"]),
        ("bai/", "2020-01-01", None, ["moi"]),
        ("bai/", "2026-01-01", None, ["moi"]),  # the portal outlived its body
        ("bai/", "2015-06-01", "moi", ["moi"]),
        ("bai/", "2015-06-01", "ai_do", ["cu"]),  # a key that nobody knows tells nothing
        ("bai/", "2015-06-01", "bo_qua", []),  # of one whose pages are not wanted
        ("bai/", "2015-06-01", "xa", []),
        ("xa/bai/", "2015-06-01", None, ["xa"]),
        ("xa/bai/", "2015-06-01", "cu", ["cu"]),
    ],
)
def test_whose_a_page_is(path: str, day: str, received_for: str | None, keys: list[str]) -> None:
    owners = Owners({site.key: site for site in (BELOW, NEW, OLD)}, ["bo_qua"])
    noon = datetime.fromisoformat(f"{day}T12:00:00+07:00")
    found = owners.of_page(f"http://huyen.example/{path}", noon, received_for)
    assert [site.key for site in found] == keys


def test_a_page_of_which_no_day_decides_is_of_each() -> None:
    sites = [a_site(key, "http://huyen.example/") for key in BOTH]
    owners = Owners({site.key: site for site in sites})
    assert owners.of_page("http://huyen.example/bai/", datetime.now(UTC)) == sites


# Older archives


def with_two_sites(folder: Path) -> tuple[Archived, dict[str, str]]:
    """Return an archive of 0.1 with a second site on the host of the first, as it came out there:
    one article went to the second, which its ledger did not; another names it as its neighbour.
    """
    old = unpacked("0.1-demo", folder)
    with closing(sqlite3.connect(old.db)) as db:
        (site,) = db.execute("SELECT key FROM sites").fetchone()
        columns = "name, province, cms, base_url, active_from, active_to, note"
        db.execute(f"INSERT INTO sites (key, {columns}) SELECT 'moi', {columns} FROM sites")
        chain = db.execute(
            "SELECT url, prev_url, next_url FROM articles "
            "WHERE prev_url IS NOT NULL AND next_url IS NOT NULL "
            "AND id IN (SELECT article_id FROM images) ORDER BY published_at LIMIT 1"
        ).fetchone()
        db.execute("UPDATE articles SET site = 'moi' WHERE url = ?", chain[:1])
        moved = "UPDATE urls SET state = 'elsewhere', moved_to = ?, site = 'moi' WHERE url = ?"
        (other,) = db.execute("SELECT url FROM urls WHERE state = 'not_article'").fetchone()
        db.execute(moved, [chain[1], other])
        db.commit()
    return old, dict(zip(("taken", "prev", "next"), chain, strict=True)) | {"site": site}


def test_an_older_archive_gives_each_what_it_could_not_note(tmp_path: Path) -> None:
    old, which = with_two_sites(tmp_path)
    before = holdings(old.db)

    Archive.open(old.db).close()

    assert not pending(old.db)
    after = holdings(old.db, before)
    for table in before.keys() - {"urls", "media"}:
        assert after[table] == before[table], table
    known = {(row["site"], row["url"]): row for row in old.rows("SELECT * FROM urls")}
    assert known["moi", which["taken"]]["state"] == "held"
    again = known[which["site"], which["taken"]]
    assert (again["state"], again["run_id"], again["tries"]) == ("waiting", None, 0)
    for side in ("prev", "next"):
        row = known["moi", which[side]]
        assert (row["state"], row["found_on"]) == ("waiting", which["taken"]), side
        assert (row["found_by"]) == side
    missing = {(row["site"], row["url"]) for row in old.rows("SELECT site, url FROM gaps")}
    assert {("moi", which["prev"]), ("moi", which["next"])} <= missing
    assert (which["site"], which["taken"]) in missing
    lost = {*before["urls"]} - {*after["urls"]}
    assert len(lost) == 1, "that of the article that went to the other"
    assert {*before["media"]} <= {*after["media"]}
    pictures = old.rows("SELECT state FROM media WHERE site = 'moi'")
    assert pictures
    assert {row["state"] for row in pictures} == {"waiting"}
    with Archive.open(old.db, read_only=True) as archive:
        assert list(archive.damage()) == []


def test_interrupted_in_the_middle_it_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, which = with_two_sites(tmp_path)
    before, waiting = holdings(old.db), pending(old.db)

    def stop(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("archive.shared_addresses.on_same_host", stop)
        with pytest.raises(ArchiveError):
            Archive.open(old.db)
    assert pending(old.db) == waiting
    assert holdings(old.db) == before
    Archive.open(old.db).close()
    assert old.rows("SELECT state FROM urls WHERE site = 'moi' AND url = ?", which["taken"])


# No look-up may read all that a site has


def test_no_look_up_of_an_address_reads_a_whole_site(tmp_path: Path) -> None:
    """Whatever is asked by site and address is asked by the address first."""
    path, url, now = tmp_path / "archive.db", "http://huyen.example/bai/", datetime.now(UTC)
    Archive.open(path, create=True).close()
    seen: list[str] = []
    with writing(path) as tables:
        db = tables.urls._db
        db.conn.set_trace_callback(seen.append)
        urls = [f"{url}{n}/" for n in range(300)]
        tables.urls.read("cu", urls)
        tables.urls.resolve("cu", url)
        tables.urls.held_leading_to("cu", url)
        UrlQueries(db).known("cu", url)
        tables.articles.get("cu", url)
        tables.articles.near("cu", url)
        tables.articles.readdress("cu", url, f"{url}moi/")
        tables.articles.sightings("cu", url)
        db.select("media", url=urls, site="cu")
        tables.media.ask_again("cu", url)
        captures = CaptureQueries(db)
        captures.newest("cu", url)
        captures.same("cu", url, now, "")
        captures.nearest("cu", url, now + timedelta(days=1))
        captures.is_accepted("cu", url, Flag.SPAM)
        Problems(db).is_noted("cu", url, ProblemKind.DATE, "")
        tables.takedowns.of_address("cu", url)
        tables.takedowns.at_address(url)
        db.conn.set_trace_callback(None)
        asked = [sql for sql in seen if " WHERE " in " ".join(sql.split())]
        assert len(asked) >= 15
        for sql in asked:
            assert_by_address(db, sql)


@pytest.mark.parametrize("view", ["gaps", "chain_breaks", "coverage"])
def test_views_find_an_article_by_its_address(view: str, tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    Archive.open(path, create=True).close()
    with closing(sqlite3.connect(path)) as db:
        plan = db.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {view} WHERE site = 'cu'").fetchall()
    steps = [step for *_, step in plan]
    by_address = [step for step in steps if "(url=? AND site=?)" in step]
    assert by_address, steps


def assert_by_address(db: Connection, sql: str) -> None:
    for *_, step in db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall():
        if re.match(r"(SEARCH|SCAN) (urls|articles|media|captures|problems|other|here|near)", step):
            keys = re.search(r"\((.*)\)$", step)
            assert keys, f"{step}\n{sql}"
            by_site_alone = re.match(r"site=\?(?! AND prev_url)", keys[1])
            assert not by_site_alone, f"{step}\n{sql}"
