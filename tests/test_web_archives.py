"""Several web archives, Common Crawl among them, asked for one portal or for many."""

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import Archive
from archive.warc import read_blocks
from crawler.mementos import Archived as Listed
from crawler.survey import WEB_ARCHIVES
from crawler.web_archives.choice import ranked, untried
from crawler.web_archives.common_crawl import CommonCrawl
from crawler.web_archives.kinds import DEFAULTS, addresses, web_archive_at
from crawler.web_archives.wayback import WebArchive
from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving
from tests.common_crawl import crawling_all
from tests.conftest import Archived, run
from tests.content import writing
from tests.test_wayback import archive_of, base_of, held, remembered, state
from tests.warcs import Seen, at, fetch, moved, page
from tests.web_archive import Machine, remembering

WANTED = datetime(2025, 6, 30, 16, 59, 59, tzinfo=UTC)
THEN = datetime(2021, 1, 18, 2, 35, 12, tzinfo=UTC)
CRAWL, EARLIER = "CC-MAIN-2021-04", "CC-MAIN-2019-30"


@pytest.fixture
def portal() -> Portal:
    return Portal.scaled(8, page_bytes=0)


@pytest.fixture
def seen(portal: Portal) -> list[Seen]:
    """The start page and all articles of a portal that is gone."""
    return at(remembered(portal), THEN)


@pytest.fixture
def served() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def crawl(archived: Archived, *archives: str, code: int | None = 0) -> dict[str, Any]:
    options = [word for url in archives for word in ("--wayback", url)]
    return archived.crawl(*options, code=code)


def pages_asked(machine: Machine) -> int:
    """Return how many mementos of pages were asked for."""
    return machine.asked("id_/http") - machine.asked("/style.css")


# Common Crawl


def test_a_portal_is_archived_from_common_crawl_whole(
    archived: Archived, seen: list[Seen], served: ExitStack
) -> None:
    archived.describe(base_of(seen) + "/")
    crawls = served.enter_context(crawling_all((CRAWL, seen), (EARLIER, [])))

    summary = crawl(archived, crawls.collections)

    assert held(archived) == summary["new"] == 8
    assert crawls.asked("/crawl-data/") == 9, "the start page and each article, once"
    # robots.txt, the list of crawls, the index of each, and how many pages the one has
    assert len(crawls.log) == 9 + 1 + 1 + 2 + 1
    captures = archived.rows(
        "SELECT source, fetched_at AS at, count(*) AS n FROM captures "
        "WHERE source <> 'live' GROUP BY 1, 2"
    )
    assert captures == [{"source": "wayback", "at": "2021-01-18T02:35:12Z", "n": 9}]
    (row,) = archived.rows("SELECT DISTINCT web_archive FROM mementos WHERE asked_at > ''")
    assert row["web_archive"] == crawls.url
    assert archived.rows("SELECT count(*) AS n FROM mementos WHERE reason > ''") == [{"n": 0}]

    asked = len(crawls.log)
    assert crawl(archived, crawls.collections)["requests"] == len(crawls.log) - asked == 0


def test_a_record_is_kept_as_it_was_received(
    archived: Archived, seen: list[Seen], served: ExitStack
) -> None:
    archived.describe(base_of(seen) + "/")
    crawls = served.enter_context(crawling_all((CRAWL, seen)))
    crawl(archived, crawls.collections)

    with Archive.open(archived.db, read_only=True) as archive:
        capture = archive.captures.newest("test", seen[1].url)
        assert capture
        (record,) = read_blocks(archive.folder, capture)
    head, _, content = record.partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")
    assert content.startswith(seen[1].body)
    assert head + b"\r\n\r\n" == seen[1].head
    assert (capture.url, capture.fetched_at, capture.status) == (seen[1].url, THEN, 200)
    done = run("verify", "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
    assert done.code == 0, done.out


def test_an_index_is_walked_page_by_page_and_once_for_all(
    archived: Archived, seen: list[Seen], served: ExitStack
) -> None:
    archived.describe(base_of(seen) + "/")
    crawls = served.enter_context(crawling_all((CRAWL, seen)))
    crawls.page_rows = 4  # of 9

    crawl(archived, crawls.collections)

    assert held(archived) == 8
    pages = re.findall(r"page=(\d)", " ".join(sorted(t for t in crawls.log if "page=" in t)))
    assert pages == ["0", "1", "2"]
    crawls.add("CC-MAIN-2021-10", [])
    with closing(sqlite3.connect(archived.db)) as db:  # a month later
        db.execute("UPDATE memento_lists SET checked_at = '2020-01-01T00:00:00Z'")
        db.commit()
    crawls.log.clear()
    crawl(archived, crawls.collections)
    assert [target.partition("?")[0] for target in crawls.log] == [
        "/robots.txt", "/collinfo.json", "/CC-MAIN-2021-10-index",
    ]  # fmt: skip


def test_what_common_crawl_kept_a_part_of_is_told_and_never_held(
    archived: Archived, seen: list[Seen], served: ExitStack
) -> None:
    archived.describe(base_of(seen) + "/")
    crawls = served.enter_context(crawling_all())
    cut, wrong, mended = (one.url for one in seen[2:5])
    crawls.add(CRAWL, seen, cut={cut: 900, mended: 900}, wrong=[wrong])
    crawls.add(EARLIER, at([one for one in seen if one.url == mended], THEN - timedelta(days=500)))

    crawl(archived, crawls.collections, code=1)

    assert held(archived) == 6
    assert state(archived, mended)["state"] == "held", "what is whole comes first"
    assert state(archived, cut)["reason"] == "the web archive kept a part of the page only"
    told = "the record in the web archive is not what its digest says"
    assert state(archived, wrong)["reason"] == told
    kept = archived.rows("SELECT bytes FROM captures WHERE url = ?", cut)
    assert kept == [{"bytes": 900}]
    reasons = archived.rows("SELECT url, reason FROM mementos WHERE reason > '' ORDER BY id")
    assert {row["url"]: row["reason"] for row in reasons} == {
        cut: "the web archive kept a part of the page only", wrong: told,
    }  # fmt: skip
    asked = crawls.asked("/crawl-data/")
    crawl(archived, crawls.collections, code=1)
    assert crawls.asked("/crawl-data/") == asked, "nothing is asked for twice"


def test_common_crawl_that_asks_to_slow_down_is_asked_later(
    archived: Archived, seen: list[Seen], served: ExitStack
) -> None:
    archived.describe(base_of(seen) + "/")
    crawls = served.enter_context(crawling_all((CRAWL, seen)))
    crawls.busy.update({"/crawl-data/": 2, "-index": 1})
    options = ("-s", "BACKOFF_START=0.01")
    archived.crawl("--wayback", crawls.collections, *options)
    assert held(archived) == 8


def test_an_index_that_refuses_is_walked_another_day(
    archived: Archived, seen: list[Seen], served: ExitStack
) -> None:
    archived.describe(base_of(seen) + "/")
    crawls = served.enter_context(crawling_all((CRAWL, seen[:5]), (EARLIER, seen[5:])))
    crawls.refused.add(EARLIER)
    options = ("-s", "BACKOFF_START=0.01", "-s", "RETRY_TIMES=1")

    archived.crawl("--wayback", crawls.collections, *options, code=1)
    crawls.refused.clear()
    archived.crawl("--wayback", crawls.collections, *options)

    assert held(archived) == 8


INDEX = "https://index.commoncrawl.org/"


@pytest.mark.parametrize(
    ("url", "root", "store"),
    [
        (INDEX, INDEX, "https://data.commoncrawl.org/"),
        (f"{INDEX}collinfo.json", INDEX, "https://data.commoncrawl.org/"),
        ("http://127.0.0.1:9/cc/collinfo.json", "http://127.0.0.1:9/cc/", "http://127.0.0.1:9/cc/"),
    ],
)
def test_common_crawl_is_known_by_its_address(url: str, root: str, store: str) -> None:
    archive = web_archive_at(url, WANTED, ("https://huyen.example/",))
    assert isinstance(archive, CommonCrawl)
    assert (archive.root, archive.store) == (root, store)
    assert archive.lists(archive.start_urls("https://huyen.example/")[0])
    assert archive.lists(f"{root}CC-MAIN-2021-04-index?url=x")
    assert not archive.lists(f"{store}crawl-data/a.warc.gz")


def test_only_crawls_within_the_days_of_the_body_are_looked_into() -> None:
    archive = CommonCrawl.at(INDEX, WANTED, ("https://huyen.example/",), "2012-05-01")
    names = ["CC-MAIN-2027-05", "CC-MAIN-2025-26", "CC-MAIN-2012", "CC-MAIN-2009-2010"]
    told = [{"id": name, "cdx-api": f"{INDEX}{name}-index"} for name in names]
    told.append(
        {"id": "X", "cdx-api": f"{INDEX}X-index", "from": "2011-01-01T0", "to": "2012-06-02T1"}
    )
    told.append({"id": "khac", "cdx-api": "https://khac.example/khac-index"})
    found = archive.read(json.dumps(told).encode(), archive.start_urls("")[0], {})
    assert found
    asked = [re.findall(r"/([\w-]+)-index\?", url)[0] for url in found.more_urls]
    assert asked == ["CC-MAIN-2025-26", "CC-MAIN-2012", "X"]


@pytest.mark.parametrize("body", [b"", b"<html>", b"3", b"[1]", b"\xff", b"{}", b"[" * 9000])
@pytest.mark.parametrize("at", ["collinfo.json", "CC-MAIN-2021-04-index?url=x&showNumPages=true"])
def test_what_is_no_list_of_common_crawl_is_none(body: bytes, at: str) -> None:
    archive = CommonCrawl.at(INDEX, WANTED, ("https://huyen.example/",))
    assert archive.read(body, INDEX + at, {}) is None


@pytest.mark.parametrize("body", [b"{}", b'{"message": "ask later"}', b'{"url": "http://a.vn/"}'])
def test_a_message_in_place_of_an_index_is_not_that_it_has_nothing(body: bytes) -> None:
    archive = CommonCrawl.at(INDEX, WANTED, ("https://huyen.example/",))
    at = f"{INDEX}CC-MAIN-2021-04-index?url=https://huyen.example/&page=0"
    assert archive.captures_in(body, at) is None
    assert archive.read(body, at, {}) is None


@pytest.mark.parametrize("told", [[], [{"id": "X", "cdx-api": "https://moved.example/X-index"}]])
def test_a_list_that_names_no_index_is_not_that_there_is_nothing(told: list[Any]) -> None:
    archive = CommonCrawl.at(INDEX, WANTED, ("https://huyen.example/",))
    assert archive.read(json.dumps(told).encode(), archive.start_urls("")[0], {}) is None


def test_a_place_that_no_file_can_have_is_none() -> None:
    archive = CommonCrawl.at(INDEX, WANTED, ("https://huyen.example/",))
    row = {
        "timestamp": "20210118023512", "url": "https://huyen.example/a", "mime": "text/html",
        "status": "200", "offset": "5", "length": "7", "filename": "crawl-data/a.warc.gz",
    }  # fmt: skip
    rows = [row, *(row | more for more in (
        {"filename": "../a.warc.gz"}, {"filename": "https://x/a.warc.gz"}, {"offset": "-1"},
        {"length": ""}, {"length": "9" * 20},
    ))]  # fmt: skip
    body = "\n".join(map(json.dumps, rows)).encode()
    found = archive.read(body, f"{INDEX}CC-MAIN-2021-04-index?url=https://huyen.example/", {})
    assert found
    assert [one.place for one in found.captures] == ["crawl-data/a.warc.gz 5 7"]
    asked, headers = archive.request("https://huyen.example/a", WANTED, found.captures[0].place)
    assert asked == "https://data.commoncrawl.org/crawl-data/a.warc.gz"
    assert headers["Range"] == "bytes=5-11"


# Several


def test_a_portal_of_which_each_archive_has_a_part_becomes_one(
    archived: Archived, seen: list[Seen], served: ExitStack
) -> None:
    archived.describe(base_of(seen) + "/")
    first = served.enter_context(remembering(seen[:4]))
    second = served.enter_context(remembering(seen[3:7]))
    crawls = served.enter_context(crawling_all((CRAWL, seen[6:])))

    summary = crawl(archived, first.url, second.url, crawls.collections)

    assert held(archived) == summary["new"] == 8
    asked = pages_asked(first) + pages_asked(second) + crawls.asked("/crawl-data/")
    assert asked == 9, "each address of the one that has it"
    before = [len(one.log) for one in (first, second, crawls)]
    crawl(archived, first.url, second.url, crawls.collections)
    assert [len(one.log) for one in (first, second, crawls)] == [
        before[0] + 2,
        before[1] + 2,
        before[2],
    ]


def test_what_one_archive_serves_badly_comes_from_the_next(
    archived: Archived, seen: list[Seen], served: ExitStack
) -> None:
    archived.describe(base_of(seen) + "/", active_to="2021-03-01")
    url = seen[2].url
    notice = "<html><head><title>Thông báo</title></head><body><h1>Cổng đã dừng hoạt động</h1>"
    bad = page(url, f"{notice}</body></html>".encode(), THEN + timedelta(days=9))
    first = served.enter_context(remembering([bad, *(one for one in seen if one.url != url)]))
    broken = seen[4].url
    first.broken.add(f"id_/{broken}")
    second = served.enter_context(remembering(seen))

    archived.crawl(
        "--wayback", first.url, "--wayback", second.url, "-s", "BACKOFF_START=0.01",
        "-s", "RETRY_TIMES=1",
    )  # fmt: skip

    assert held(archived) == 8
    assert pages_asked(second) == 2
    rows = archived.rows("SELECT web_archive, reason FROM mementos WHERE url = ? ORDER BY id", url)
    assert [(row["web_archive"], bool(row["reason"])) for row in rows] == [
        (f"{first.url}web/", True), (f"{second.url}web/", False),
    ]  # fmt: skip


@pytest.mark.parametrize("most", [1, 3])
def test_of_an_address_no_more_mementos_are_read_than_the_bound(
    archived: Archived, seen: list[Seen], served: ExitStack, most: int
) -> None:
    archived.describe(base_of(seen) + "/", active_to="2021-03-01")
    url, notice = seen[2].url, "<html><head><title>Thông báo</title></head><body>{}</body></html>"
    closed = "<h1>Cổng đã dừng hoạt động từ {} giờ</h1>"
    bad = [
        page(url, notice.format(closed.format(n)).encode(), THEN + timedelta(days=n))
        for n in range(6)
    ]
    others = [one for one in seen if one.url != url]
    machine = served.enter_context(remembering([*others, *bad]))

    archived.crawl("--wayback", machine.url, "-s", f"MEMENTOS_MAX={most}", code=None)

    assert machine.asked(f"id_/{url}") == most
    assert held(archived) == 7
    asked = "SELECT reason FROM mementos WHERE url = ? AND asked_at IS NOT NULL"
    rows = archived.rows(asked, url)
    assert len(rows) == most
    assert all(row["reason"] for row in rows)


def test_an_archive_that_is_added_later_is_asked_for_what_is_missing_only(
    archived: Archived, seen: list[Seen], served: ExitStack
) -> None:
    archived.describe(base_of(seen) + "/")
    first = served.enter_context(remembering(seen[:6]))
    crawl(archived, first.url, code=1)
    missing = archived.rows("SELECT count(*) AS n FROM urls WHERE state = 'failed'")[0]["n"]
    assert missing
    second = served.enter_context(remembering(seen))
    first.log.clear()

    crawl(archived, first.url, second.url)

    assert held(archived) == 8
    assert not first.asked("id_/"), "it has said that it has none"
    assert pages_asked(second) == 3


def test_an_archive_that_asks_to_wait_for_long_leaves_the_others_to_be_asked(
    archived: Archived, seen: list[Seen], served: ExitStack
) -> None:
    archived.describe(base_of(seen) + "/")
    first = served.enter_context(remembering(seen[:4]))
    crawls = served.enter_context(crawling_all((CRAWL, seen[4:])))
    first.busy["id_/"] = 9_999
    first.retry_after = "7200"

    summary = crawl(archived, first.url, crawls.collections, code=1)

    assert summary["outcome"] == "not now"
    assert held(archived) == 5
    assert first.asked("id_/") <= 4
    asked = len(first.log)
    first.busy.clear()
    assert crawl(archived, first.url, crawls.collections, code=1)["outcome"] == "not now"
    assert len(first.log) == asked, "it is not asked before that, by no crawl"


# Many sites


def crawl_all(archived: Archived, keys: Sequence[str], *options: str) -> Any:
    return run(
        "crawl", *keys, "--db", archived.db, "--json", *options,
        TINHUYEN_SITES=str(archived.folder / "sites"),
    )  # fmt: skip


def test_sites_of_one_archive_share_its_days_until_all_is_had(
    archived: Archived, seen: list[Seen], served: ExitStack
) -> None:
    bases = [f"http://huyen{number}.example" for number in range(3)]
    keys = archived.describe_all(f"{base}/" for base in bases)
    machine = served.enter_context(
        remembering([one for base in bases for one in moved(seen, base)])
    )
    options = (
        "--wayback",
        machine.url,
        "-s",
        "HOST_REQUESTS_A_DAY=18",
        "-s",
        "DOWNLOAD_DELAY=0.02",
    )
    days, counted = 0, []
    while days < 9:
        days += 1
        before = len(machine.log)
        done = crawl_all(archived, keys, *options)
        assert "Traceback" not in done.err
        assert len(machine.log) - before <= 18
        outcomes = {summary["outcome"] for summary in done.json()}
        counted.append([row["n"] for row in archived.rows(
            "SELECT (SELECT count(*) FROM articles WHERE site = key) AS n FROM sites ORDER BY key"
        )])  # fmt: skip
        if done.code == 0:
            break
        assert "not now" in outcomes
        with closing(sqlite3.connect(archived.db)) as db:  # a day later
            db.execute("UPDATE hosts SET day = '2020-01-01', requests = 0")
            db.execute("UPDATE host_sites SET day = '2020-01-01', requests = 0")
            db.commit()
    assert counted[-1] == [8, 8, 8]
    assert max(counted[0]) - min(counted[0]) <= 2, "none takes all"
    mementos = [target for target in machine.log if "id_/http" in target]
    assert len(mementos) == len({*mementos}), "nothing is asked for twice"


# What is chosen, before anything is asked for


def listed(stamp: str, **more: Any) -> Listed:
    moment = datetime.strptime(stamp, "%Y%m%d").replace(tzinfo=UTC)
    return Listed(web_archive="kho", url="https://huyen.example/a", at=moment, **more)


def test_the_best_memento_is_an_answer_whole_its_own_and_of_before_the_end() -> None:
    captures = [
        listed("20250801"),
        listed("20250629", status=302),
        listed("20250628", is_cut=True),
        listed("20250627", alike=9),
        listed("20250701"),
        listed("20200101"),
        listed("20240101"),
    ]
    order = [f"{one.at:%Y%m%d}" for one in ranked(captures, WANTED)]
    assert order == [
        "20240101", "20200101", "20250701", "20250801", "20250627", "20250628", "20250629",
    ]  # fmt: skip


def test_of_what_was_tried_nothing_alike_is_tried_again() -> None:
    one, same, other = (listed(f"2020010{n}", digest=d) for n, d in ((1, "A"), (2, "A"), (3, "B")))
    assert untried([one, same, other], [one], WANTED) == [other]
    assert untried([one, same, other], [], WANTED) == [other, same, one]


def test_what_stands_at_many_addresses_is_asked_for_last(
    archived: Archived, seen: list[Seen], served: ExitStack
) -> None:
    later = THEN + timedelta(days=90)
    challenge = b"<html><head><title>Just a moment...</title></head><body>wait</body></html>"
    stand_ins = [page(one.url, challenge, later) for one in seen[1:]]
    archived.describe(base_of(seen) + "/", active_to="2021-12-31")
    machine = served.enter_context(remembering([*seen, *stand_ins]))

    crawl(archived, machine.url)

    assert held(archived) == 8
    assert pages_asked(machine) == 9, "no challenge was asked for"


# What the portal listed for programs


def test_archived_rest_feeds_and_sitemaps_name_what_the_chain_lost(
    archived: Archived, served: ExitStack
) -> None:
    portal = Portal.scaled(9, page_bytes=0)
    with serving(portal, Faults(counter=False)) as server:
        base = server.url
        lists = fetch(base, ["/feed/", "/wp-json/wp/v2/posts?per_page=100"], THEN)
        seen = archive_of(portal, base)
    gone = [one.url for one in seen[4:6]]
    archived.describe(base + "/")
    machine = served.enter_context(
        remembering(at([*lists, *(one for one in seen if one.url not in gone)], THEN))
    )

    crawl(archived, machine.url, code=None)

    named = {row["url"] for row in archived.rows("SELECT url FROM urls")}
    assert {*gone} <= named
    taken = archived.rows("SELECT url, reason FROM mementos WHERE is_list")
    assert taken
    assert not [row for row in taken if row["reason"]]
    assert archived.rows(
        "SELECT count(*) AS n FROM mementos WHERE is_list AND asked_at IS NULL"
    ) == [{"n": 0}]
    rows = archived.rows(
        "SELECT DISTINCT state FROM urls WHERE found_by IN ('rest', 'sitemap', 'feed')"
    )
    assert "gone" not in {row["state"] for row in rows}
    assert archived.rows("SELECT 1 FROM routes WHERE proves AND route <> 'wayback'") == []
    asked = len(machine.log)
    crawl(archived, machine.url, code=None)
    assert len(machine.log) - asked == 2, "robots.txt and the list"


def test_such_lists_are_found_without_reading_all_that_web_archives_list(tmp_path: Path) -> None:
    path, traced = tmp_path / "archive.db", list[str]()
    Archive.open(path, create=True).close()
    with writing(path) as tables:
        tables.mementos._db.conn.set_trace_callback(traced.append)
        assert tables.mementos.lists_for_programs("test", ["https://a.example/"]) == []
    (statement,) = [sql for sql in traced if "is_list" in sql]
    with closing(sqlite3.connect(path)) as db:
        plan = db.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
    assert any("mementos_to_list" in row[-1] for row in plan), plan


def test_no_more_of_such_lists_are_asked_for_than_the_bound(
    archived: Archived, served: ExitStack
) -> None:
    portal = Portal.scaled(9, page_bytes=0)
    with serving(portal, Faults(counter=False)) as server:
        base = server.url
        named = ["/feed/", "/wp-json/wp/v2/posts?per_page=100"]
        seen = at([*fetch(base, named, THEN), *archive_of(portal, base)], THEN)
    archived.describe(base + "/")
    machine = served.enter_context(remembering(seen))
    taken = "SELECT count(*) AS n FROM mementos WHERE is_list AND asked_at IS NOT NULL"

    counts = []
    for _ in range(3):
        crawl_of_lists = archived.crawl(
            "--wayback", machine.url, "-s", "ARCHIVED_LISTS_MAX=1", code=None
        )
        assert crawl_of_lists["held"] == 9
        counts.append(archived.rows(taken)[0]["n"])

    assert counts == [1, 2, 2], "the next crawl goes on with the other one"


# Where they are named


def test_the_usual_ones_are_named_by_a_word() -> None:
    assert addresses("https://kho.example/ default") == ("https://kho.example/", *DEFAULTS)
    assert {url: web_archive_at(url, WANTED).address for url in DEFAULTS} == WEB_ARCHIVES
    kinds = [type(web_archive_at(url, WANTED)) for url in DEFAULTS]
    assert kinds == [WebArchive, CommonCrawl]
