"""A site has all hosts that its portal ever had: what is held of it, whichever is met first."""

import json
import socket
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import permutations
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import Archive
from crawler.page import Image
from crawler.visit import Origin, Visit
from crawler.vocabulary import Change, State
from demo.faults import Fault, Faults
from demo.portal import Portal
from demo.server import Server, serving
from tests.conftest import Archived, costly, run
from tests.content import let_pass, writing
from tests.test_archive import NOON, SITE, a_visit, an_article, gone
from tests.test_archive import Held as HeldByOne
from tests.test_crawl import CHAIN_ONLY, article, listing, small
from tests.test_turns import assert_apart
from tests.warcs import THEN, fetch, write_warc
from tests.web_archive import remembering

NEW, BELOW, OLD = (
    "https://thu.tinh.example/", "https://tinh.example/donvi/thu/", "http://thu.example:8080/",
)  # fmt: skip
THREE = SITE | {"base_url": NEW, "hosts": (BELOW, OLD)}


# What is held


class Held(HeldByOne):
    """An archive of a site on three hosts, with a run begun."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.begin_run()

    def begin_run(self) -> None:
        self.run_id = self.archive.runs.start(THREE)

    def articles(self) -> list[str]:
        return [row["url"] for row in self.rows("SELECT url FROM articles ORDER BY url")]

    def ledger(self) -> dict[str, tuple[str, str | None]]:
        rows = self.rows("SELECT url, state, moved_to FROM urls")
        return {row["url"]: (row["state"], row["moved_to"]) for row in rows}


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    held = Held(tmp_path / "archive.db")
    yield held
    held.close()


@pytest.mark.parametrize("in_one_run", [True, False])
@pytest.mark.parametrize("order", [*permutations([NEW, BELOW, OLD])])
def test_one_text_on_three_hosts_is_one_article_whichever_is_met_first(
    held: Held, order: Sequence[str], in_one_run: bool
) -> None:
    page = "Trang/ChiTietTinTuc.aspx?nid=7"
    for base in order:
        if not in_one_run:
            held.begin_run()
        held.record(a_visit(page, base=base))
        # Of each host the next article names the one beside it there.
        beside = an_article("Bài sau", "Lời khác.")
        held.record(a_visit("sau.aspx", beside, base=base, prev_url=base + page))

    assert held.articles() == [NEW + page, NEW + "sau.aspx"]
    rows = held.rows("SELECT id, prev_url FROM articles ORDER BY id")
    assert rows == [{"id": 1, "prev_url": None}, {"id": 2, "prev_url": NEW + page}]
    assert held.ledger() == {
        NEW + page: ("held", None),
        BELOW + page: ("elsewhere", NEW + page),
        OLD + page: ("elsewhere", NEW + page),
        NEW + "sau.aspx": ("held", None),
        BELOW + "sau.aspx": ("elsewhere", NEW + "sau.aspx"),
        OLD + "sau.aspx": ("elsewhere", NEW + "sau.aspx"),
    }
    assert held.rows("SELECT sum(new) AS n FROM runs") == [{"n": 2}], "nothing is counted twice"
    assert held.rows("SELECT * FROM aliases") == [], "no other code was ever given"
    (row,) = held.archive.ledger.all_coverage()
    assert (row["articles"], row["missing"], row["chain_breaks"]) == (2, 0, 0)
    assert held.due() == []


@pytest.mark.parametrize("order", [(NEW, OLD), (OLD, NEW)])
def test_a_portal_that_calls_its_former_addresses_its_own_is_held_where_it_is(
    held: Held, order: Sequence[str]
) -> None:
    for base in order:
        held.record(a_visit("a/", base=base, canonical_url=OLD + "a/" if base == NEW else None))
    held.begin_run()
    held.record(a_visit("a/", base=NEW, canonical_url=OLD + "a/"))
    assert held.articles() == [NEW + "a/"]
    assert held.ledger() == {NEW + "a/": ("held", None), OLD + "a/": ("elsewhere", NEW + "a/")}
    assert held.rows("SELECT * FROM problems") == []


def test_addresses_of_iis_are_looked_up_by_their_index(held: Held) -> None:
    traced: list[str] = []
    held.record(a_visit("Trang/A.aspx", base=NEW))
    with writing(held.path) as tables:
        tables.urls._db.conn.set_trace_callback(traced.append)
        rows = tables.urls.variants(SITE["key"] or "", [NEW + "trang/a.ASPX"])
    assert [row["url"] for row in rows] == [NEW + "Trang/A.aspx"]
    (statement,) = [sql for sql in traced if "lower(urlkey)" in sql]
    plan = held.db.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
    assert any("urls_without_case" in row[-1] for row in plan), plan


PAGES = st.sampled_from([NEW, BELOW, OLD]).flatmap(
    lambda base: st.sampled_from([base + path for path in ("a/", "b/", "a.aspx", "A.ASPX")])
)


@costly
@given(st.lists(PAGES, max_size=14), st.sets(st.integers(0, 13)))
def test_however_hosts_are_met_an_article_is_held_once(
    tmp_path_factory: pytest.TempPathFactory, visits: list[str], runs: set[int]
) -> None:
    held = Held(tmp_path_factory.mktemp("held") / "archive.db")
    try:
        for number, url in enumerate(visits):
            if number in runs:
                held.begin_run()
            path = url.rpartition("/")[2] or url.split("/")[-2]
            held.record(a_visit(url, an_article(path.lower()), base=""))
        ledger = held.ledger()
        best: dict[str, int] = {}
        for url in visits:
            base = next(base for base in (NEW, BELOW, OLD) if url.startswith(base))
            page = url.removeprefix(base).lower()
            best[page] = min(best.get(page, 9), (NEW, BELOW, OLD).index(base))
        articles = held.articles()
        bases = (NEW, BELOW, OLD)
        found = {
            url.removeprefix(base).lower(): rank
            for url in articles
            for rank, base in enumerate(bases)
            if url.startswith(base)
        }
        assert len(articles) == len(best)
        assert found == best
        assert {url for url, (state, _) in ledger.items() if state == "held"} == {*articles}
        for state, moved_to in ledger.values():
            assert state == "held" or (state, moved_to in articles) == ("elsewhere", True)
        held.db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")
    finally:
        held.close()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(NEW + "a/", OLD + "b/", id="another path"),
        pytest.param(NEW + "a/?id=1", OLD + "a/?id=2", id="another query"),
        pytest.param(NEW + "a/", NEW + "b/", id="one host"),
        pytest.param(NEW + "a/", NEW + "A/", id="another case where it may make a difference"),
        pytest.param(NEW + "donvi/thu/a/", BELOW + "a/", id="a path that only looks alike"),
        pytest.param(NEW + "a/", "https://khac.example/a/", id="a host of others"),
    ],
)
def test_what_may_be_two_articles_is_not_joined(held: Held, one: str, other: str) -> None:
    for url in (one, other):
        held.record(a_visit(url, base=""))
    assert held.articles() == sorted([one, other])


def test_an_article_that_was_edited_on_its_way_is_two_until_both_say_the_same(held: Held) -> None:
    held.record(a_visit("a/", base=OLD))
    held.record(a_visit("a/", an_article("Khánh thành cầu Nà Lẹng", "Bài đã sửa."), base=NEW))
    assert held.articles() == [OLD + "a/", NEW + "a/"]
    codes = held.rows("SELECT code FROM articles ORDER BY id")
    held.begin_run()
    held.record(a_visit("a/", base=NEW, at=NOON.replace(day=29)))  # an archive has it
    assert len(held.articles()) == 2, "what it says today decides"
    held.begin_run()
    held.record(a_visit("a/", base=NEW, at=NOON.replace(month=7, day=1)))
    assert held.articles() == [NEW + "a/"]
    assert held.rows("SELECT id, code FROM articles") == [{"id": 1, "code": codes[0]["code"]}]
    assert held.archive.changes.resolve(codes[1]["code"]) == codes[0]["code"]
    assert held.ledger()[OLD + "a/"] == ("elsewhere", NEW + "a/")


def test_a_text_that_was_edited_before_the_portal_moved_back_is_known(held: Held) -> None:
    held.record(a_visit("a/", base=NEW))
    held.begin_run()
    edited = an_article("Khánh thành cầu Nà Lẹng", "Bài đã sửa.")
    held.record(a_visit("a/", edited, base=NEW, at=NOON.replace(month=7, day=1)))
    held.record(a_visit("a/", base=OLD))
    assert held.articles() == [NEW + "a/"]


def test_an_article_that_one_host_has_no_more_is_held_where_another_has_it(held: Held) -> None:
    held.record(a_visit("a/", base=NEW))
    for day in (1, 2):
        held.begin_run()
        held.record(gone("a/", at=NOON.replace(month=7, day=day), base=NEW))
    assert held.ledger()[NEW + "a/"][0] == "gone"
    held.record(a_visit("a/", base=OLD, at=NOON.replace(month=7, day=2)))
    assert held.articles() == [OLD + "a/"]
    assert held.ledger() == {NEW + "a/": ("elsewhere", OLD + "a/"), OLD + "a/": ("held", None)}
    assert [told.change for told in held.archive.changes.after(0)] == [Change.MOVED]


def test_an_older_page_of_a_host_that_has_it_no_more_is_the_article_s_all_the_same(
    held: Held,
) -> None:
    held.record(a_visit("a/", base=NEW))
    held.record(gone("a/", at=NOON, base=OLD))
    held.record(a_visit("a/", base=OLD, at=NOON.replace(day=1)))
    assert held.articles() == [NEW + "a/"]
    assert held.ledger()[OLD + "a/"][0] == "gone"


# Hosts that become known later


def test_what_led_to_a_host_is_asked_for_when_it_is_known_as_the_site_s(tmp_path: Path) -> None:
    archive = Archive.open(tmp_path / "archive.db", create=True)
    with closing(archive), closing(sqlite3.connect(archive.path)) as db:
        site = SITE | {"base_url": NEW}
        run_id = archive.runs.start(site)

        def record(*visits: Visit) -> None:
            for visit in visits:
                archive.visits.record(run_id, SITE["key"] or "", visit)

        def due() -> list[tuple[str, str]]:
            rows: list[dict[str, Any]] = []
            while row := archive.ledger.due(
                SITE["key"] or "", run_id, NOON, full=False, revisits=0,
                skip={row["id"] for row in rows},
            ):  # fmt: skip
                rows.append(row)
            return [(row["why"], row["url"].removeprefix(NEW)) for row in rows]

        off = Visit(NEW + "off/", Origin("seed"), NOON, State.ELSEWHERE, 301, f"leads to {OLD}")
        picture = an_article("Bài đầu", images=(Image(OLD + "a.jpg"), Image("http://x.example/b")))
        record(
            off,
            a_visit("a/", picture, base=NEW, next_url=NEW + "b/"),
            a_visit(
                "b/", an_article("Bài giữa"), base=NEW, prev_url=NEW + "a/", next_url=NEW + "c/"
            ),
            a_visit("c/", an_article("Bài cuối"), base=NEW, prev_url=NEW + "b/"),
            a_visit("d/", an_article("Không có bài bên"), base=NEW),
        )
        run_id = archive.runs.start(site)
        assert due() == []
        run_id = archive.runs.start(site | {"hosts": (OLD,)})
        assert due() == [("waiting", "off/"), ("recheck", "a/"), ("recheck", "c/")]
        states = dict(db.execute("SELECT url, state FROM media"))
        assert states == {OLD + "a.jpg": "waiting", "http://x.example/b": "elsewhere"}
        record(off)
        run_id = archive.runs.start(site | {"hosts": (OLD,)})
        assert [why for why, _ in due()] == ["recheck", "recheck"], "once, and no more"


@pytest.mark.parametrize("answers", [True, False])
def test_where_the_portal_lies_today_is_where_its_articles_are_held(
    held: Held, answers: bool
) -> None:
    held.record(a_visit("a/", base=NEW))
    held.record(a_visit("a/", base=OLD))
    held.run_id = held.archive.runs.start(THREE | {"base_url": OLD, "hosts": (NEW,)})
    assert [row["url"] for row in held.due()] == [OLD + "a/"]
    held.record(a_visit("a/", base=OLD) if answers else gone("a/", base=OLD))
    first, other = (OLD, NEW) if answers else (NEW, OLD)
    assert held.articles() == [first + "a/"]
    assert held.ledger() == {
        first + "a/": ("held", None),
        other + "a/": ("elsewhere", first + "a/"),
    }
    (row,) = held.archive.ledger.all_coverage()
    assert (row["articles"], row["missing"]) == (1, 0)


# Crawls


def describe(archived: Archived, sites: dict[str, dict[str, Any]]) -> None:
    """Write the TOML of sites by key."""
    facts = {"name": "Huyện Thử", "cms": "newspaper", "delay": 0.001}
    text = "".join(
        f"[{key}]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in (facts | site).items())
        for key, site in sites.items()
    )
    (archived.folder / "sites").mkdir(exist_ok=True)
    (archived.folder / "sites" / "thu.toml").write_text(text, encoding="utf-8")


def crawl(archived: Archived, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    done = run(
        "crawl", "--db", archived.db, "--json", *arguments,
        TINHUYEN_SITES=str(archived.folder / "sites"),
    )  # fmt: skip
    assert done.code == code, done.out + done.err
    assert "Traceback" not in done.err, done.err
    summaries: list[dict[str, Any]] = done.json()
    return summaries


@pytest.fixture
def two() -> Iterator[tuple[Server, Server]]:
    """A portal that moved in the middle of its chain: the new host, and the old one."""
    faults = Faults(**CHAIN_ONLY), Faults(**CHAIN_ONLY)
    with serving(Portal([]), faults[0]) as new, serving(Portal([]), faults[1]) as old:
        new.faults.paths = {
            "/": listing("/4/"),
            "/4/": article("Bài bốn", prev="/3/"),
            "/3/": article("Bài ba", prev=f"{old.url}/2/", next="/4/"),
        }
        old.faults.paths = {
            "/": listing("/2/"),
            "/2/": article("Bài hai", prev="/1/", next=f"{new.url}/3/"),
            "/1/": article("Bài một", next="/2/"),
        }
        yield new, old


def asked(server: Server) -> list[str]:
    return [request.target for request in server.log]


def test_a_chain_is_walked_from_host_to_host(
    archived: Archived, two: tuple[Server, Server]
) -> None:
    new, old = two
    archived.describe(new.url + "/", hosts=[old.url])
    summary = archived.crawl()
    assert (summary["new"], summary["outcome"], summary["verdict"]) == (4, "finished", "unproven")
    rows = archived.rows("SELECT url, prev_url FROM articles ORDER BY title DESC")
    held = {row["url"]: row["prev_url"] for row in rows}
    assert held == {
        f"{new.url}/4/": f"{new.url}/3/",
        f"{new.url}/3/": f"{old.url}/2/",
        f"{old.url}/2/": f"{old.url}/1/",
        f"{old.url}/1/": None,
    }
    assert asked(old)[0] == asked(new)[0] == "/robots.txt"
    assert asked(old).count("/") == 1
    sites = archived.rows("SELECT host, site FROM host_sites ORDER BY host")
    hosts = sorted(server.url.removeprefix("http://") for server in two)
    assert sites == [{"host": host, "site": "test"} for host in hosts]

    before = len(old.log)
    assert archived.crawl()["new"] == 0
    assert len(old.log) == before, "what is new is not there"
    archived.crawl("--full")
    assert asked(old)[before:].count("/") == 1


@pytest.mark.long
def test_the_routes_of_a_former_host_do_not_stand_for_those_of_today(archived: Archived) -> None:
    portal = small(12)
    with serving(Portal([]), Faults(**CHAIN_ONLY)) as new, serving(portal) as old:
        new.faults.paths = {"/": listing("/moi-1/"), "/moi-1/": article("Bài mới một")}
        archived.describe(new.url + "/", hosts=[old.url])
        archived.crawl(code=None)
        assert len(archived.urls()) == 13, "the list of the former host is walked to its end"
        routes = archived.rows("SELECT route, url FROM routes WHERE state = 'open'")
        assert not [row for row in routes if (row["url"] or "").startswith(old.url)]
        new.faults.paths["/"] = listing("/moi-2/", "/moi-1/")
        new.faults.paths["/moi-2/"] = article("Bài mới hai")
        before = len(old.log)
        assert archived.crawl(code=None)["new"] == 1
        assert len(old.log) == before


@pytest.mark.long
def test_a_list_of_a_host_that_is_gone_does_not_stand_before_that_of_today(
    archived: Archived,
) -> None:
    with serving(Portal([]), Faults(**CHAIN_ONLY)) as new, serving(small(25)) as old:
        new.faults.paths = {"/": listing("/moi-1/"), "/moi-1/": article("Bài mới một")}
        old.faults.paths["/page/3/"] = Fault(status=503, retry_after=7200)
        archived.describe(new.url + "/", hosts=[old.url])
        archived.crawl("--limit", "21", code=None)
        pending = "SELECT pending FROM routes WHERE route = 'listing'"
        assert f"{old.url}/page/" in archived.rows(pending)[0]["pending"]
        let_pass(archived.db)
        old.faults.everywhere, old.faults.paths = Fault(status=503), {}
        new.faults.paths["/"] = listing("/moi-2/", "/moi-1/")
        new.faults.paths["/moi-2/"] = article("Bài mới hai")
        for _ in range(2):
            archived.crawl("-s", "RETRY_TIMES=0", code=1)
        assert f"{new.url}/moi-2/" in {r["url"] for r in archived.rows("SELECT url FROM articles")}
        assert f"{old.url}/page/" in archived.rows(pending)[0]["pending"], "it stays open"


def test_robots_txt_of_a_host_is_its_own(archived: Archived, two: tuple[Server, Server]) -> None:
    new, old = two
    old.faults.robots = "User-agent: *\nDisallow: /1/\n"
    archived.describe(new.url + "/", hosts=[old.url])
    archived.crawl(code=None)
    assert archived.rows("SELECT url, reason FROM urls WHERE state = 'refused'") == [
        {"url": f"{old.url}/1/", "reason": "robots.txt forbids it"}
    ]
    assert len(archived.urls()) == 3


@pytest.mark.long
def test_a_portal_that_moved_whole_is_held_once(archived: Archived) -> None:
    portal = small(6)
    with serving(portal) as new, serving(portal) as old:
        archived.describe(old.url + "/")
        assert archived.crawl("--media")["new"] == 6
        codes = archived.rows("SELECT code, id FROM articles ORDER BY id")
        archived.describe(new.url + "/", hosts=[old.url])
        summary = archived.crawl("--media")
        assert (summary["new"], summary["changed"], summary["complete"]) == (0, 0, True)
        assert archived.rows("SELECT code, id FROM articles ORDER BY id") == codes
        held = {row["url"] for row in archived.rows("SELECT url FROM articles")}
        assert held == {new.url + post.path for post in portal.posts}
        led = archived.rows("SELECT url, moved_to FROM urls WHERE state = 'elsewhere'")
        assert {row["url"]: row["moved_to"] for row in led} == {
            old.url + post.path: new.url + post.path for post in portal.posts
        }
        named = {
            row[side]
            for row in archived.rows("SELECT prev_url, next_url FROM articles")
            for side in ("prev_url", "next_url")
        }
        assert named - {None} <= held
        before = {server.url: len(server.log) for server in (new, old)}
        archived.crawl()
        assert len(old.log) == before[old.url], "its articles are at the new host"
        for command in ("verify", "reread"):
            done = run(command, "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
            assert done.code == 0, done.out + done.err


def test_pictures_are_taken_from_all_hosts(archived: Archived, two: tuple[Server, Server]) -> None:
    new, old = two
    portal = Portal.embedded()
    post = next(post for post in portal.posts if post.images)
    path = post.images[0].path
    with serving(portal) as pictures:
        pictures.faults.paths = {"/": listing()}
        body = f'<p>Một bài.</p><p><img src="{pictures.url}{path}" alt=""></p>'
        new.faults.paths["/4/"] = article("Bài bốn", body, prev="/3/")
        archived.describe(new.url + "/", hosts=[old.url])
        archived.crawl("--media")
        sql = f"SELECT state FROM media WHERE url = '{pictures.url}{path}'"
        assert archived.rows(sql) == [{"state": "elsewhere"}]
        archived.describe(new.url + "/", hosts=[old.url, pictures.url])
        archived.crawl("--media", code=None)
        assert archived.rows(sql) == [{"state": "held"}]


# A host that cannot be had


def test_a_host_that_is_gone_holds_up_no_other(
    archived: Archived, two: tuple[Server, Server]
) -> None:
    new, _ = two
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        archived.describe(new.url + "/", hosts=[gone])
        summary = archived.crawl("-s", "RETRY_TIMES=0", code=1)
    assert (summary["new"], summary["outcome"]) == (2, "no robots.txt")
    failed = archived.rows("SELECT url, reason FROM urls WHERE state = 'failed'")
    assert failed == [
        {
            "url": gone + "/",
            "reason": "robots.txt could not be had: the host refused the connection",
        }
    ]


@pytest.mark.long
def test_a_host_of_which_all_is_held_may_be_gone(
    archived: Archived, two: tuple[Server, Server]
) -> None:
    new, old = two
    archived.describe(new.url + "/", hosts=[old.url])
    archived.crawl()
    old.faults.everywhere, old.faults.paths = Fault(status=503), {}
    with closing(sqlite3.connect(archived.db)) as db:
        db.execute("UPDATE urls SET next_try_at = '2020-01-01T00:00:00Z' WHERE state = 'held'")
        db.commit()
    new.faults.paths["/4/"] = article("Bài bốn", prev="/3/", next="/5/")
    new.faults.paths["/5/"] = article("Bài năm", prev="/4/")
    summary = archived.crawl("-s", "RETRY_TIMES=0")
    assert (summary["new"], summary["outcome"], summary["verdict"]) == (1, "finished", "unproven")
    assert asked(old)[-1] == "/robots.txt"


@pytest.mark.long
def test_a_host_that_is_not_to_be_asked_now_is_left_for_another_crawl(
    archived: Archived, two: tuple[Server, Server]
) -> None:
    new, old = two
    old.faults.paths["/"] = Fault(status=503, retry_after=7200)
    archived.describe(new.url + "/", hosts=[old.url])
    summary = archived.crawl(code=1)
    assert (summary["new"], summary["outcome"]) == (2, "not now")
    assert "asks to wait" in "".join(summary["problems"])
    open_ = archived.rows("SELECT url, state FROM urls WHERE state IN ('waiting', 'failed')")
    assert {row["url"]: row["state"] for row in open_} == {
        f"{old.url}/": "failed", f"{old.url}/2/": "waiting",
    }  # fmt: skip
    let_pass(archived.db)
    old.faults.paths["/"] = listing("/2/")
    summary = archived.crawl()
    assert (summary["new"], summary["outcome"]) == (2, "finished")


@pytest.mark.long
def test_a_host_that_falls_silent_is_left(archived: Archived, two: tuple[Server, Server]) -> None:
    new, old = two
    old.faults.paths["/"] = listing(*(f"/im-{n}/" for n in range(9)))
    old.faults.paths |= {f"/im-{n}/": Fault(cut=0) for n in range(9)}
    archived.describe(new.url + "/", hosts=[old.url])
    summary = archived.crawl("-s", "RETRY_TIMES=0", "-s", "MOST_FAILURES_IN_A_ROW=3", code=1)
    assert summary["outcome"] == "no answer"
    assert {f"{new.url}/4/", f"{new.url}/3/"} <= {
        row["url"] for row in archived.rows("SELECT url FROM articles")
    }
    states = archived.rows("SELECT state FROM urls WHERE url LIKE '%/im-%'")
    assert {row["state"] for row in states} == {"failed", "waiting"}


# Hosts that are shared


@pytest.mark.long
def test_seventeen_sites_below_paths_of_one_host_hold_what_is_theirs(archived: Archived) -> None:
    keys = [f"huyen{n}" for n in range(17)]
    faults = Faults(**CHAIN_ONLY)
    for number, key in enumerate(keys):
        base, beside = f"/donvi/{key}/Trang/", f"/donvi/{keys[number - 1]}/Trang/"
        page = f"{base}ChiTietTinTuc.aspx?nid="
        in_capitals = page.replace("/donvi/", "/DonVi/").replace(key, key.upper())
        faults.paths |= {
            f"/donvi/{key}/": listing(f"{in_capitals}1", f"{page}2", f"{beside}Khac.aspx?nid=9"),
            f"{page}1": article(f"Bài một của {key}", next=f"{in_capitals}2"),
            f"{page}2": article(f"Bài hai của {key}", prev=f"{page}1", next=f"/donvi/{key}/../"),
        }
    delay = 0.03
    with serving(Portal([]), faults) as server:
        bases = {key: f"{server.url}/donvi/{key}/" for key in keys}
        describe(archived, {key: {"base_url": bases[key], "delay": delay} for key in keys})
        summaries = crawl(archived)
    assert {summary["site"]: summary["new"] for summary in summaries} == dict.fromkeys(keys, 2)
    rows = archived.rows("SELECT site, url FROM articles UNION ALL SELECT site, url FROM urls")
    assert {row["site"] for row in rows if not row["url"].startswith(bases[row["site"]])} == set()
    assert len(archived.urls()) == 34
    assert_apart(server.log, delay)
    assert not any("Khac" in target for target in asked(server))
    assert archived.rows("SELECT count(*) AS n FROM hosts") == [{"n": 1}]
    assert archived.rows("SELECT count(*) AS n FROM host_sites") == [{"n": 17}]


@pytest.mark.long
def test_two_bodies_had_one_host_in_turn(archived: Archived) -> None:
    faults = Faults(**CHAIN_ONLY)
    for key in ("cu", "moi"):
        faults.paths |= {
            f"/{key}/": listing(f"/{key}/2/"),
            f"/{key}/2/": article(f"Bài hai của {key}", prev=f"/{key}/1/"),
            f"/{key}/1/": article(f"Bài một của {key}", next=f"/{key}/2/"),
        }
    with serving(Portal([]), faults) as server:
        days = {"cu": {"active_to": "2019-12-31"}, "moi": {"active_from": "2020-01-01"}}
        sites = {k: {"base_url": f"{server.url}/{k}/"} | more for k, more in days.items()}
        describe(archived, sites)
        for key in days:
            assert crawl(archived, key)[0]["new"] == 2
        rows = archived.rows("SELECT site, url FROM articles ORDER BY id")
        assert rows == [
            {"site": key, "url": f"{server.url}/{key}/{n}/"} for key in days for n in (2, 1)
        ]
        told = archived.rows("SELECT key, active_from, active_to FROM sites ORDER BY key")
        assert told == [
            {"key": key, "active_from": None, "active_to": None} | days[key] for key in days
        ]


# From web archives


@pytest.mark.parametrize("has_cdx", [True, False])
def test_a_web_archive_is_asked_for_what_it_has_of_every_host(
    archived: Archived, two: tuple[Server, Server], has_cdx: bool
) -> None:
    new, old = two
    del new.faults.paths["/3/"]  # the chain does not lead from the one to the other
    new.faults.paths["/4/"] = article("Bài bốn")
    seen = fetch(new.url, ["/", "/4/"], THEN) + fetch(old.url, ["/", "/2/", "/1/"], THEN)
    archived.describe(new.url + "/", hosts=[old.url])
    before = [len(server.log) for server in two]
    with remembering(seen) as machine:
        machine.has_cdx = has_cdx
        summary = archived.crawl("--wayback", machine.url, code=None)
        assert summary["outcome"] == "finished"
        lists = [target for target in machine.log if target.startswith("/cdx/search/cdx?")]
    assert {row["url"] for row in archived.rows("SELECT url FROM articles")} == {
        f"{new.url}/4/", f"{old.url}/2/", f"{old.url}/1/",
    }  # fmt: skip
    if has_cdx:
        asked_of = {parse_qs(urlsplit(target).query)["url"][0] for target in lists}
        assert {f"{new.url}/", f"{old.url}/"} <= asked_of
    assert [len(server.log) for server in two] == before, "the portal is not asked"


@pytest.mark.long
def test_a_host_that_a_web_archive_lists_nothing_of_holds_up_no_other(
    archived: Archived, two: tuple[Server, Server]
) -> None:
    new, old = two
    with serving(Portal([])) as older:
        older.faults.paths["/"] = listing("/0/")
        older.faults.paths["/0/"] = article("Bài không")
        seen = fetch(new.url, ["/4/"], THEN) + fetch(older.url, ["/0/"], THEN)
        archived.describe(new.url + "/", hosts=[old.url, older.url])
    with remembering(seen) as machine:
        machine.blocked = {urlsplit(old.url).netloc}
        for _ in range(2):
            archived.crawl("--wayback", machine.url, code=1)
    assert {row["url"] for row in archived.rows("SELECT url FROM articles")} == {
        f"{new.url}/4/", f"{older.url}/0/",
    }  # fmt: skip
    (row,) = archived.rows("SELECT state, reason FROM urls WHERE url = ?", f"{old.url}/")
    assert row == {"state": "failed", "reason": "not in the web archive"}
    assert archived.rows("SELECT pending FROM routes") == [{"pending": "[]"}]


def test_pages_of_every_host_are_imported(archived: Archived, two: tuple[Server, Server]) -> None:
    new, old = two
    archived.describe(new.url + "/", hosts=[old.url])
    seen = fetch(new.url, ["/4/", "/3/"], THEN) + fetch(old.url, ["/2/", "/1/"], THEN)
    file = write_warc(archived.folder / "old.warc.gz", seen)
    done = run("import", file, "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
    assert done.code == 0, done.out + done.err
    assert len(archived.urls()) == 4
