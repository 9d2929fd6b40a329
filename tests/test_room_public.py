"""The room in public: what a stranger may do to it, and what goes on all the while."""

import json
import os
import platform
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote, urljoin, urlsplit

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as Page

from reading_room import reading_room
from reading_room.asking import lanes
from reading_room.asking.bounds import HEAP, LIMITS, LONGEST_ANSWER, MIB
from reading_room.asking.lanes import Workers
from reading_room.asking.worker import Question
from reading_room.visitors.guard import (
    BURST,
    Allowance,
    Turnstile,
    asks_archive,
    is_host_known,
    neighbourhood,
    robots_txt,
)
from reading_room.visitors.rules import Robots
from tests.conftest import long, run
from tests.room_sample import build_archive, with_originals

ARTICLE = "/a/dprpfn556z3ed"
"""The page of the first article of the tests' archive."""
ROOM_UNIT = Path(__file__).parents[1] / "deploy" / "systemd" / "tinhuyen-room.service"
PATIENCE = 300.0
"""Seconds after which a room that says nothing is given up, on a machine that is busy."""
AT_REST = 300 * MIB
"""What the room and its two workers take together."""
MOST_MEMORY = AT_REST + 2 * (HEAP + 2 * LONGEST_ANSWER)
"""The same, while each worker has filled what SQLite may take, and has an answer on its way."""


HOSTILE = (
    "select randomblob(1000000000)",
    "select hex(zeroblob(30000000))",
    "select replace(hex(zeroblob(9000000)), '00', hex(zeroblob(9000000)))",
    "select instr(hex(zeroblob(8000000)), hex(zeroblob(4000000)) || 'a')",
    " union all ".join(f"select printf('%.*c', {30_000_000 - less}, 'x')" for less in range(9)),
    "select group_concat(x, x) from (with recursive n(i, x) as (select 1, hex(zeroblob(99999))"
    " union all select i + 1, x from n) select x from n)",
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
    "with recursive n(x) as (select randomblob(9999999) union all select randomblob(9999999)"
    " from n) select count(*) from (select x from n order by x)",
    "with recursive n(x) as (select randomblob(9999999) union all select randomblob(9999999)"
    " from n) select x from n",
    "select " + ", ".join(["randomblob(30000000)"] * 99),
    "select " + "(" * 900 + "1" + ")" * 900,
    "select " + " + ".join(["1"] * 900),
    " union all ".join(["select 1"] * 400),
    "select count(*) from articles a, articles b, articles c, articles d, articles e, articles f,"
    " articles g, articles h, articles i, articles j where fold(a.body || b.body) like '%x%y%z%'",
    "select '" + "a" * 9000 + "' like '" + "%a" * 4000 + "b'",
)


class Served:
    """A room that ``tinhuyen serve`` has opened."""

    def __init__(self, process: "subprocess.Popen[str]", url: str, log: Path) -> None:
        self.process, self.log = process, log
        self.url = url
        self.client = httpx.Client(base_url=url, timeout=PATIENCE, headers={"connection": "close"})

    def get(self, path: str, **headers: str) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(path, headers=names)

    def memory(self) -> int:
        """Return the bytes that the room and its workers hold."""
        pids = [self.process.pid]
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            pids += map(int, (task / "children").read_text().split())
        held = 0
        for pid in pids:
            with suppress(OSError):
                pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                held += pages * os.sysconf("SC_PAGE_SIZE")
        return held


@contextmanager
def served(db: Path, *options: str) -> Iterator[Served]:
    """Run ``tinhuyen serve`` on a free port; it must say nothing, and end well."""
    log = db.with_name("serve.log")
    with log.open("w") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "tinhuyen", "serve", "--db", db, "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
        )
    assert process.stdout
    try:
        told = re.search(r"http://\S+", process.stdout.readline())
        assert told, log.read_text()
        yield Served(process, told[0].removesuffix("/"), log)
        assert log.read_text() == ""
    finally:
        process.send_signal(signal.SIGINT)
        process.stdout.close()
        assert process.wait(60) == 0


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_originals(build_archive(tmp_path_factory.mktemp("public") / "archive.db"))


@pytest.fixture(scope="module")
def room(archive: Path) -> Iterator[Served]:
    with served(
        archive, "--sql-seconds", "3", "--rate", "0", "--allow-host", "tin.example"
    ) as room:
        yield room


# One request stops the room for nobody


@pytest.mark.parametrize("hostile", [HOSTILE[:4], long(HOSTILE[4:])], ids=["some", "others"])
def test_hostile_queries_end_and_pages_are_answered_meanwhile(
    room: Served, hostile: tuple[str, ...]
) -> None:
    asked = [f"/archive.json?sql={quote(sql)}&_shape=array" for sql in hostile]
    with ThreadPoolExecutor(len(asked)) as executor:
        waiting = [executor.submit(room.get, path) for path in asked]
        most, pages = 0, 0
        while not all(future.done() for future in waiting):
            for path in (ARTICLE, "/", "/coverage", "/search?q=duong"):
                answer = room.get(path)
                assert answer.status_code == 200, path
                pages += 1
            most = max(most, room.memory())
            wait(waiting, timeout=0.1)
        answers = [future.result() for future in waiting]
    assert [answer.status_code for answer in answers] == [400] * len(hostile)
    assert pages > len(hostile), "pages do not wait for questions"
    assert most < MOST_MEMORY
    assert room.get("/archive.json?sql=select+7&_shape=arrays").json()["rows"] == [[7]]


def test_what_visitors_ask_is_answered_as_before(room: Served) -> None:
    """By a worker: the rows, their names, and whether there are more."""
    found = room.get("/archive/articles.json?_size=2&_shape=objects&_sort=id").json()
    assert [row["id"] for row in found["rows"]] == [1, 2]
    assert found["next"]
    assert found["facet_results"]["site"]["results"][0]["value"] == "chodon"
    sql = (
        "with recursive n(i) as (select 1 union all select i + 1 from n limit 1200) select i from n"
    )
    many = room.get(f"/archive.json?sql={quote(sql)}").json()
    assert (len(many["rows"]), many["truncated"]) == (1000, True)
    found = room.get("/archive.json?sql=select+search('duong')&_shape=arrays").json()
    assert json.loads(found["rows"][0][0])[:1]
    page = room.get("/archive/changed_lately?site=chodon").text
    assert "Đề án phát triển cây hồng không hạt" in page
    assert "Chợ Đồn" in room.get("/archive/sites.csv").text


async def test_a_worker_that_cannot_work_is_not_taken_for_a_slow_question(
    archive: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("reading_room.asking.lanes._CODE", "raise SystemExit(3)")
    workers = Workers(archive, 1)
    with pytest.raises(sqlite3.OperationalError, match=r"has ended \(3\)"):
        await workers.ask(Question("select 1", {}, 1000, None))
    workers.close()
    assert "ended by itself, with 3" in caplog.text


async def test_a_worker_that_cannot_be_begun_is_told_and_tried_again(
    archive: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    workers, question = Workers(archive, 1), Question("select 7", {}, 1000, None)
    with monkeypatch.context() as patched:
        patched.setattr("sys.executable", str(archive.parent / "nothing"))
        with pytest.raises(sqlite3.OperationalError, match="no process can be begun"):
            await workers.ask(question)
    found = await workers.ask(question)
    workers.close()
    assert [tuple(row) for row in found.rows] == [(7,)]
    assert "can be begun: " in caplog.text


WALLED_OFF = """
import ctypes, struct
filters = struct.pack("HBBI", 0x20, 0, 0, 0)  # load the number of the system call
for number in (141, 160, 203):  # setpriority, setrlimit, sched_setaffinity
    filters += struct.pack("HBBI", 0x15, 0, 1, number) + struct.pack("HBBI", 0x06, 0, 0, 0x50001)
filters += struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000)
held = ctypes.create_string_buffer(filters)
program = struct.pack("HxxxxxxP", len(filters) // 8, ctypes.addressof(held))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
"""
"""Takes the system calls of ``@resources`` from a process, with "not permitted", as the unit in
``deploy/systemd`` does."""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="system calls are numbered otherwise")
async def test_a_worker_works_within_the_walls_of_a_service(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "SystemCallFilter=~@privileged @resources" in ROOM_UNIT.read_text("utf-8")
    forbidden = "import os\ntry: os.nice(1)\nexcept OSError: pass\nelse: raise SystemExit(4)\n"
    monkeypatch.setattr("reading_room.asking.lanes._CODE", WALLED_OFF + forbidden + lanes._CODE)
    workers = Workers(archive, 1)
    found = await workers.ask(Question("select 7", {}, 1000, None))
    workers.close()
    assert [tuple(row) for row in found.rows] == [(7,)]


def test_datasette_itself_opens_it_with_the_same_limits(archive: Path) -> None:
    """As ``datasette archive.db -m …`` does, by a connection of its own."""
    with closing(sqlite3.connect(archive)) as connection:
        reading_room(archive)._prepare_connection(connection, "archive")
        assert {kind: connection.getlimit(kind) for kind in LIMITS} == LIMITS
        with pytest.raises(sqlite3.DataError, match="too big"):
            connection.execute("select zeroblob(100000000)")


# Odd requests

ODD = ("", "x", "-1", "9" * 30, "1e999", "%00", "%FF", "%ED%A0%80", "%27", "{}", "a" * 5000, "😀")
PARAMETERS = (
    *("_size", "_sort", "_sort_desc", "_next", "_search", "_where", "_facet", "_facet_date"),
    *("_facet_array", "_facet_size", "_col", "_nocol", "_shape", "_labels", "_ttl", "_timelimit"),
    *("_json", "_json_infinity", "_through", "_extra", "_extras", "id", "id__gt", "id__in"),
    *("published_at__date", "tags__arraycontains", "nosuch", "_blob_column", "_trace"),
)
PATHS = (
    *("/{}", "/archive/{}", "/archive/articles/{}", "/archive/articles/1.{}", "/static/{}"),
    *("/archive/captures/{}", "/archive/revisions/{}", "/archive/images/{}", "/-/{}"),
    *("/archive?sql={}", "/archive.json?sql=select+:a&a={}", "/search?q={}"),
    *("/search?q=a&page={}&from_year={}", "/archive/not_held?site={}&state={}"),
    *("/archive/first_seen_lately?days={}", "/archive/articles_of_place?place={}"),
    *("/coverage?page={}", "/coverage/{}", "/coverage/chodon?state={}&page={}", "/places?name={}"),
    *("/places/{}", "/place/province/{}", "/changes/{}/2", "/changes/1/{}", "/badge/{}.svg"),
)


def test_no_odd_request_is_a_fault_of_ours(room: Served) -> None:
    """The room says nothing of any of them on its terminal, either: `served` looks."""
    odd = [f"/archive/articles.json?{name}={value}" for name in PARAMETERS for value in ODD]
    odd += [path.replace("{}", value) for path in PATHS for value in ODD]
    odd += [f"/archive/articles{end}?{name}=%00" for name in PARAMETERS for end in ("", ".csv")]
    with ThreadPoolExecutor(4) as executor:
        answers = [*executor.map(room.get, odd)]
    faults = {
        answer.url.raw_path[:99]: answer.status_code
        for answer in answers
        if answer.status_code not in (200, 301, 302, 400, 403, 404) or "Traceback" in answer.text
    }
    assert not faults


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_the_room_can_only_be_read(room: Served, method: str) -> None:
    answer = room.client.request(method, "/-/messages", content=b"a=1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/", ARTICLE, "/archive", "/coverage"])
def test_a_head_is_the_head_of_the_page(room: Served, path: str) -> None:
    head = room.client.head(path)
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("page", ["databases", "threads", "messages", "permissions", "auth-token"])
def test_pages_that_tell_of_the_machine_are_not_there(room: Served, page: str) -> None:
    assert room.get(f"/-/{page}").status_code == 404
    assert room.get(f"/-/{page}.json").status_code == 404


# Its host


@pytest.mark.parametrize(
    ("header", "is_ours"),
    [
        *((host, True) for host in ("127.0.0.1", "127.0.0.1:81", "localhost:8001", "[::1]:81")),
        *((host, True) for host in ("tin.example", "TIN.example:443", "tin.example.")),
        *((host, True) for host in ("192.0.2.7", "[2001:db8::1]", "a.localhost")),
        *((host, False) for host in ("evil.example", "tin.example.evil.example", "")),
        *((host, False) for host in ("xtin.example", "127.0.0.1.evil.example", "localhost.x")),
        *((host, False) for host in ("[tin.evil.example]", "a b", ":", "[]")),
    ],
)  # fmt: skip
def test_a_host_is_ours_or_not(header: str, is_ours: bool) -> None:
    assert is_host_known(header, frozenset({"tin.example"})) is is_ours
    assert is_host_known(header, None)


def test_who_asks_for_another_host_is_told_so(room: Served) -> None:
    for path in ("/", "/archive.json?sql=select+1", "/static/reading-room.css", "/health"):
        assert room.get(path, host="tin.example").status_code in (200, 503)
        refused = room.get(path, host="rebound.example:8001")
        assert refused.status_code == 400
        assert "Misdirected" in refused.text
        assert refused.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in refused.headers["content-security-policy"]


# How much is asked


def test_an_address_has_a_burst_and_then_so_many_a_minute() -> None:
    now = [0.0]
    allowance = Allowance(60, clock=lambda: now[0])
    assert [allowance.wait("a") for _ in range(BURST)] == [0.0] * BURST
    assert allowance.wait("a") == pytest.approx(1.0)
    assert allowance.wait("b") == 0.0
    now[0] = 0.5
    assert allowance.wait("a") == pytest.approx(0.5)
    now[0] = 1.0
    assert allowance.wait("a") == 0.0
    now[0] = 9999.0
    assert [allowance.wait("a") for _ in range(BURST + 1)][-1] > 0, "no more is saved up"


def test_of_many_addresses_those_that_asked_last_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reading_room.visitors.guard.ADDRESSES_KEPT", 2)
    allowance = Allowance(60, clock=lambda: 0.0)
    for address in [*"a" * BURST, "b", "a", "c", "d"]:
        allowance.wait(address)
    assert allowance.wait("a") == 0.0, "forgotten"


def test_one_address_leaves_places_to_others() -> None:
    turnstile = Turnstile(most=3, of_one=2)
    with ExitStack() as stack:
        has_place = [stack.enter_context(turnstile.passed(address)) for address in "aaabc"]
    assert has_place == [True, True, False, True, False]
    with turnstile.passed("a") as again:
        assert again


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", None),
        ("::1", None),
        ("unix", None),
        ("", None),
    ],
)
def test_by_what_an_address_is_counted(address: str, counted_as: str | None) -> None:
    assert neighbourhood(address) == counted_as


@pytest.mark.parametrize(
    ("path", "is_free"),
    [
        *((path, True) for path in ("archive", "archive.json", "~61rchive", "archive/articles")),
        *((path, True) for path in ("archive/articles.csv", "archive/-/query")),
        *((path, False) for path in ("", "search", "archive/articles/1")),
        *((path, False) for path in ("search.json", "archived", "coverage/archive")),
    ],
)
def test_what_is_asked_in_a_visitors_own_words(path: str, is_free: bool) -> None:
    assert asks_archive(path) is is_free


def test_who_asks_too_much_waits_if_the_proxy_says_who_it_is(archive: Path) -> None:
    options = ("--behind-proxy", "--rate", "1", "--no-sql", "--contact", "toi@tin.example")
    with served(archive, *options) as room:
        many = [room.get("/robots.txt", x_forwarded_for="203.0.113.7") for _ in range(BURST + 9)]
        assert {answer.status_code for answer in many} == {200}, "what a page brings along is free"
        many = [room.get("/coverage.json", x_forwarded_for="203.0.113.7") for _ in range(BURST + 9)]
        assert [answer.status_code for answer in many] == [200] * BURST + [429] * 9
        assert int(many[-1].headers["retry-after"]) > 30
        assert room.get("/coverage.json", x_forwarded_for="203.0.113.8").status_code == 200
        assert room.get("/coverage.json").status_code == 200, "this machine itself"
        # and SQL is closed; ready questions and facets are not
        for path in (
            "/archive?sql=select+1",
            "/archive/articles?_where=1",
            "/archive.csv?sql=select+1",
        ):
            assert room.get(path).status_code == 403, path
        assert "<textarea" not in room.get("/archive").text
        ready = ("/archive/changed_lately?site=", "/archive/articles?_facet=category")
        for path in (*ready, "/search?q=duong"):
            assert room.get(path).status_code == 200, path


def test_without_a_proxy_nobody_says_who_they_are(room: Served) -> None:
    answer = room.get("/archive/articles.json?_size=1", x_forwarded_proto="https",
                      x_forwarded_for="203.0.113.7")  # fmt: skip
    assert answer.json()["next_url"].startswith("http://")


# robots.txt


def may(robots: Robots, path: str, prefix: str = "/") -> bool:
    """Whether a program may read a path, as Scrapy's own reader of ``robots.txt`` has it."""
    from protego import Protego

    parsed = Protego.parse(robots_txt(robots, prefix))
    return bool(parsed.can_fetch(f"https://tin.example{path}", "Nguoidoc"))


PAGES = ("", "archive/articles/1", "coverage", "places", "a/k3m", "static/reading-room.css")
COMPUTED = (
    *("archive", "archive?sql=select+1", "archive/articles?_facet=site", "archive/articles.json"),
    *("search?q=a", "coverage.json", "coverage?page=2", "-/versions"),
)


@pytest.mark.parametrize("prefix", ["/", "/tin-huyen/"])
def test_programs_read_all_or_pages_or_nothing(prefix: str) -> None:
    pages = [prefix + path for path in PAGES]
    computed = [prefix + path for path in COMPUTED]
    assert all(may(Robots.ALL, path, prefix) for path in pages + computed)
    assert [path for path in pages if not may(Robots.ARTICLES, path, prefix)] == []
    assert [path for path in computed if may(Robots.ARTICLES, path, prefix)] == []
    assert not any(may(Robots.NONE, path, prefix) for path in pages + computed)


def test_the_room_says_it(room: Served) -> None:
    answer = room.get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == robots_txt(Robots.ARTICLES, "/")


# Behind a proxy, beneath a path


@contextmanager
def proxied(room: str, prefix: str, *, is_stripped: bool) -> Iterator[str]:
    """Stand before a room at a path of a host, and nowhere else; yield the address of that host.

    The path goes to the room as it was asked for, or without the prefix: proxies do either.
    """

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith(prefix):
                self.send_error(404, "not the room's")
                return
            path = f"/{self.path.removeprefix(prefix)}" if is_stripped else self.path
            told = {"host": "tin.example", "x-forwarded-proto": "https"}
            told |= {"x-forwarded-for": "203.0.113.9"}
            answer = httpx.get(room + path, headers=told, timeout=PATIENCE)
            self.send_response(answer.status_code)
            for name in ("content-type", "location", "link"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_request(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


LINKS = {"a": "href", "link": "href", "script": "src", "form": "action", "img": "src"}
ROOT = "https://tin.example"


def kind_of(path: str) -> str:
    """Return what stands for all the pages of one kind, of which one is looked at: of a table, a
    canned query, a row and a portal, with parameters and without.
    """
    address, _, query = path.partition("?")
    kind = re.sub(
        r"/(a|archive|coverage|place|places|badge|changes|documents)/[^/.]+", r"/\1/#", address
    )
    return re.sub(r"\d+", "#", kind) + " ".join(re.findall(r"\b(?:_facet_size|_next|sql)=", query))


def dead_ends(outside: str, prefix: str) -> dict[str, str]:
    """Follow the links of a room's pages, one of a kind; return what does not lead on, and why."""
    starts = [f"{prefix}{path}" for path in ("", "archive/districts", "archive/changed_lately")]
    waiting, known = dict.fromkeys(starts, "the test"), {kind_of(prefix)}
    found: dict[str, str] = {}
    while waiting:
        path, named_by = waiting.popitem()
        answer = httpx.get(outside + path, timeout=PATIENCE)
        if answer.status_code not in (200, 302):
            found[path] = f"{answer.status_code}, named by {named_by}"
        named = [answer.headers["location"]] if "location" in answer.headers else []
        if answer.headers.get("content-type", "").startswith("text/html"):
            page = Page(answer.text)
            for tag, attribute in LINKS.items():
                named += [
                    node.attributes[attribute] or "" for node in page.css(f"{tag}[{attribute}]")
                ]
        for link in named:
            there = urlsplit(urljoin(ROOT + path, link))
            if there.netloc != "tin.example":
                continue  # the portals'
            further = there.path + (f"?{there.query}" if there.query else "")
            if not there.path.startswith(prefix) or there.scheme != "https":
                found[link] = f"outside, named by {path}"
            elif kind_of(further) not in known:
                known.add(kind_of(further))
                waiting[further] = path
    assert len(known) > 20, known
    return found


def test_beneath_a_path_of_a_proxy_everything_leads_to_where_it_is(archive: Path) -> None:
    prefix = "/tin-huyen/"
    options = ("--behind-proxy", "--rate", "0", "--base-url", f"{ROOT}{prefix}")
    options = (*options, "--sql-seconds", "1")
    with served(archive, *options) as room:
        inside = room.url.removesuffix(prefix.rstrip("/"))
        assert inside != room.url
        with proxied(inside, prefix, is_stripped=True) as outside:
            assert dead_ends(outside, prefix) == {}
        with proxied(inside, prefix, is_stripped=False) as outside:
            for path in ("", ARTICLE[1:], "archive?sql=select+1", "static/icon.svg"):
                assert httpx.get(f"{outside}{prefix}{path}", timeout=PATIENCE).status_code == 200, (
                    path
                )
            told = httpx.get(
                f"{outside}{prefix}archive/articles.json?_size=1", timeout=PATIENCE
            ).json()
            assert told["next_url"].startswith(f"{ROOT}{prefix}archive/articles.json?")
            robots = httpx.get(f"{outside}{prefix}robots.txt", timeout=PATIENCE).text
            assert f"Disallow: {prefix}archive\n" in robots
            # none of Datasette's parameters gets round the workers by the longer path
            assert (
                httpx.get(
                    f"{outside}{prefix}archive?sql=" + quote(HOSTILE[3]), timeout=PATIENCE
                ).status_code
                == 400
            )


# What whoever runs it may say


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("--base-url", value) for value in ("tin.example", "ftp://tin.example/", "https://", "")),
        *(("--base-url", value) for value in ("https://x/?a=1", "/tin huyện/", "https://a@x/")),
        *(("--base-url", value) for value in ("https://tin.example/a/../", "/./")),
        *(("--allow-host", value) for value in ("https://tin.example", "a:81", "*.example", "")),
        *(("--robots", "some"), ("--rate", "-1"), ("--sql-seconds", "0")),
    ],
)
def test_an_option_that_cannot_be_is_refused(archive: Path, option: str, value: str) -> None:
    done = run("serve", "--db", archive, option, value)
    assert (done.code, done.out) == (2, "")
    assert option in done.err
