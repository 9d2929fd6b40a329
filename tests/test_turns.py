"""A host is asked by one rule, whoever asks it: seen from its side, and as arithmetic."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.robotstxt import ProtegoRobotParser

from archive import SITE_COLUMNS, Archive, HostTurns
from crawler.middlewares.robots import delay_asked
from crawler.text.addresses import host_of
from crawler.turn import Asker, HostState
from demo.faults import Faults
from demo.portal import Portal
from demo.server import Request, Server, serving
from tests.conftest import Archived, Run, Serve, long, run
from tests.test_crawl import article, listing, small

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
HOUR, DAY, YEAR = 3600.0, 86_400.0, 365 * 86_400.0
HOST = "thu.example"


# The rule


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def granted(state: HostState, asker: Asker, now: float) -> HostState:
    turn, state = state.turn(asker, now)
    assert turn.is_now
    return state


def test_a_host_that_was_never_asked_may_be_asked_now() -> None:
    state = granted(HostState.unknown(NOON), Asker(delay=2), NOON)
    assert (state.requests, state.next_at, state.delay) == (1, NOON + 2, 2)


@pytest.mark.parametrize(
    ("first", "second", "robots", "wait"),
    [
        (2, 2, None, 2),
        (0.5, 3, None, 3),
        (3, 0.5, None, 3),
        (1, 1, 10, 10),
        (10, 10, 1, 10),
        (1, 5, 3, 5),
        (0, 0, None, 0),
    ],
)
def test_the_longest_of_what_is_asked_lies_between_two_requests(
    first: float, second: float, robots: float | None, wait: float
) -> None:
    state = HostState.unknown(NOON).asked_by_robots(robots, NOON)
    state = granted(state, Asker(first), NOON)
    turn, _ = state.turn(Asker(second), NOON)
    assert turn.wait == pytest.approx(wait)
    granted(state, Asker(second), NOON + wait)


def test_what_robots_txt_asks_holds_for_the_request_that_went_before() -> None:
    state = granted(HostState.unknown(NOON), Asker(1), NOON)  # for robots.txt
    state = state.asked_by_robots(20, NOON + 0.1)
    assert state.turn(Asker(1), NOON + 5)[0].wait == pytest.approx(15)


def test_a_host_that_asks_to_wait_is_left_alone_by_all_and_the_longest_wait_counts() -> None:
    state = granted(HostState.unknown(NOON), Asker(1), NOON)
    state = state.left_alone(NOON + HOUR, NOON).left_alone(NOON + 5, NOON)
    turn, after = state.turn(Asker(1), NOON + 60)
    assert (turn.wait, turn.is_asked, turn.used_up) == (HOUR - 60, True, None)
    assert after.requests == 1
    state = granted(state, Asker(1), NOON + HOUR)
    assert not state.turn(Asker(1), NOON + HOUR)[0].is_now, "and then one by one"


def test_what_is_used_up_is_so_until_the_next_day() -> None:
    asker = Asker(0, requests_a_day=2)
    state = granted(granted(HostState.unknown(NOON), asker, NOON), asker, NOON)
    turn, state = state.turn(asker, NOON)
    assert turn.used_up == "the 2 requests a day that it bears are used up"
    assert turn.wait == 12 * HOUR
    assert not state.turn(asker, NOON + 12 * HOUR - 1)[0].is_now
    state = granted(state, asker, NOON + 12 * HOUR)
    assert (state.day, state.requests) == ("2026-03-02", 1)
    assert state.turn(Asker(0), NOON)[0].is_now, "who has no such bound is not bound"


def test_bytes_are_counted_a_day_too() -> None:
    asker = Asker(0, bytes_a_day=1000)
    state = HostState.unknown(NOON).received(600, NOON).received(399, NOON)
    state = granted(state, asker, NOON).received(1, NOON)
    turn, _ = state.turn(asker, NOON)
    assert turn.used_up == "the 1000 bytes a day that it may send are used up"
    granted(state, asker, NOON + DAY)


def test_a_clock_that_is_set_back_holds_up_nothing_for_longer() -> None:
    future = NOON + YEAR
    state = granted(HostState.unknown(future), Asker(2, requests_a_day=9), future)
    assert state.turn(Asker(2), NOON)[0].wait == pytest.approx(2, abs=1e-3)
    state = state.left_alone(future + HOUR, future)
    turn, state = state.turn(Asker(2), NOON)
    assert turn.wait == pytest.approx(HOUR, abs=1e-3)
    state = granted(state, Asker(2), NOON + HOUR + 0.01)
    assert state.requests == 2, "what a host was asked is not forgotten by that"


@given(st.lists(st.tuples(st.floats(0, 20), st.sampled_from([0.5, 1.0, 4.0]))))
def test_whoever_tries_when_the_gaps_are_kept(tries: list[tuple[float, float]]) -> None:
    now, state, had = NOON, HostState.unknown(NOON), list[tuple[float, float]]()
    for later, delay in tries:
        now += later
        turn, state = state.turn(Asker(delay), now)
        if turn.is_now:
            had.append((now, delay))
        else:
            assert 0 < turn.wait <= 4
    for (one, first), (two, second) in pairwise(had):
        assert two - one >= max(first, second) - 1e-6


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.chodon.example/tin/", "chodon.example"),
        ("http://chodon.example:80/", "chodon.example"),
        ("https://chodon.example:443/", "chodon.example"),
        ("http://chodon.example:8080/a?b", "chodon.example:8080"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("http://127.0.0.1/", "127.0.0.1"),
    ],
)
def test_all_forms_of_a_host_are_one(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("rules", "delay"),
    [
        ("Disallow: /a/", None),
        ("Crawl-delay: 10", 10),
        ("Crawl-delay: 0.5", 0.5),
        ("Crawl-delay: 0", None),
        ("Crawl-delay: lâu", None),
        ("Crawl-delay: -3", None),
        ("Request-rate: 1/30", 30),
        ("Request-rate: 5/1m", 12),
        ("Request-rate: 1/5 0600-0845", 5),
        ("Request-rate: 0/5", None),
        ("Crawl-delay: 3\nRequest-rate: 1/7", 7),
        ("Disallow: /a/\n\nUser-agent: Khac\nCrawl-delay: 9", None),
    ],
)
def test_how_long_robots_txt_asks_to_wait(rules: str, delay: float | None) -> None:
    parser = ProtegoRobotParser(f"User-agent: *\n{rules}\n".encode(), None)
    assert delay_asked(parser, "TinHuyen") == delay


# In the archive


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "archive.db"
    Archive.open(path, create=True).close()
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def two(db: Path, clock: Clock) -> Iterator[tuple[HostTurns, HostTurns]]:
    """Two crawls of one archive, which have their clock from the test."""
    one, other = (HostTurns.open(db, clock) for _ in range(2))
    yield one, other
    for turns in (one, other):
        with suppress(sqlite3.ProgrammingError):  # the test has closed it
            turns.close()


def stored(db: Path) -> dict[str, object]:
    with closing(sqlite3.connect(db)) as connection:
        connection.row_factory = sqlite3.Row
        return dict(connection.execute("SELECT * FROM hosts").fetchone())


Two = tuple[HostTurns, HostTurns]


def test_of_two_that_ask_at_once_one_has_the_turn(two: Two, clock: Clock, db: Path) -> None:
    asker = Asker(delay=3)
    had = []
    for _ in range(4):
        turns = [crawl.take(HOST, asker) for crawl in two]
        had.append([turn.is_now for turn in turns])
        clock.now += 3
    assert had == [[True, False]] * 4
    assert stored(db) == {
        "host": HOST, "next_at": "2026-03-01T12:00:12.000000Z", "delay": 3.0, "crawl_delay": None,
        "day": "2026-03-01", "requests": 4, "bytes": 0, "until": None,
        "noted_at": "2026-03-01T12:00:09.000000Z",
    }  # fmt: skip


def test_a_crawl_that_is_killed_takes_no_turn_with_it(db: Path, clock: Clock) -> None:
    killed = HostTurns.open(db, clock)
    assert killed.take(HOST, Asker(5)).is_now
    next_one = HostTurns.open(db, clock)
    assert next_one.take(HOST, Asker(5)).wait == 5
    clock.now += 5
    assert next_one.take(HOST, Asker(5)).is_now
    killed.close()
    next_one.close()


def test_what_one_is_told_the_other_keeps_to(two: Two, clock: Clock) -> None:
    one, other = two
    one.leave_alone(HOST, HOUR)
    one.obey(HOST, 30)
    turn = other.take(HOST, Asker(1))
    assert (turn.is_asked, turn.wait) == (True, HOUR)
    clock.now += HOUR
    assert other.take(HOST, Asker(1)).is_now
    assert one.take(HOST, Asker(1)).wait == 30


def test_what_hosts_sent_is_written_with_the_next_turn_or_at_the_end(two: Two, db: Path) -> None:
    one, other = two
    one.take(HOST, Asker(0))
    one.done(HOST, 700)
    one.done(HOST, 300)
    assert one.take(HOST, Asker(0, bytes_a_day=1000)).used_up
    assert one.take(HOST, Asker(0)).is_now
    assert other.take(HOST, Asker(0, bytes_a_day=1000)).used_up
    other.done(HOST, 50)
    other.done("khac.example", 1)
    other.close()
    assert stored(db)["bytes"] == 1050


def test_a_clock_set_back_is_written_down(two: Two, clock: Clock) -> None:
    one, other = two
    clock.now = NOON + YEAR
    assert one.take(HOST, Asker(4)).is_now
    one.leave_alone(HOST, 60)
    clock.now = NOON
    assert other.take(HOST, Asker(4)).wait == pytest.approx(60, abs=0.01)
    clock.now += 61
    assert other.take(HOST, Asker(4)).is_now, "it is not set back again and again"


def test_another_writer_is_not_waited_for_and_nothing_is_forgotten(two: Two, db: Path) -> None:
    one, other = two
    with closing(sqlite3.connect(db, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        turn = one.take(HOST, Asker(1))
        one.leave_alone(HOST, HOUR)
        assert 0 < turn.wait < 1
        assert not turn.is_asked
        assert one.take(HOST, Asker(1)).is_asked, "who was told keeps to it"
        writer.execute("ROLLBACK")
    assert not other.take("khac.example", Asker(1)).wait
    one.close()
    assert other.take(HOST, Asker(1)).is_asked


# From the side of the host

DELAY = 0.4


def describe(archived: Archived, server: Server, **delays: float) -> None:
    """Write the sites of these names below paths of one host, each a chain of four articles."""
    sites = archived.folder / "sites"
    sites.mkdir(exist_ok=True)
    tables = []
    for key, delay in delays.items():
        base = f"{server.url}/{key}/"
        paths = [f"/{key}/{n}/" for n in range(4)]
        server.faults.paths[f"/{key}/"] = listing(*paths)
        for older, path, newer in zip([None, *paths], paths, [*paths[1:], None], strict=False):
            server.faults.paths[path] = article(f"Bài {path}", prev=older, next=newer)
        tables.append(
            f'[{key}]\nname = "Huyện {key}"\nbase_url = "{base}"\ncms = "newspaper"\n'
            f"delay = {delay}\n"
        )
    (sites / "thu.toml").write_text("\n".join(tables), encoding="utf-8")


@pytest.fixture
def host() -> Iterator[Server]:
    """A host of several sites, which lists nothing for programs."""
    with serving(Portal(()), Faults(rest="absent", feeds=False, sitemap=False)) as server:
        yield server


def crawl(archived: Archived, *arguments: str) -> Run:
    return run(
        "crawl", "--db", archived.db, "--json", *arguments,
        TINHUYEN_SITES=str(archived.folder / "sites"),
    )  # fmt: skip


def assert_apart(log: Sequence[Request], delay: float) -> None:
    """Fail unless requests lay so many seconds apart. What arrives late only makes it longer, but
    for the first: what comes after it was let go while it was on its way.
    """
    assert len(log) > 4
    assert log[-1].time - log[0].time >= delay * (len(log) - 2)


def held(archived: Archived) -> dict[str, int]:
    rows = archived.rows("SELECT site, count(*) AS n FROM articles GROUP BY site")
    return {row["site"]: row["n"] for row in rows}


@pytest.mark.long
def test_two_sites_of_a_host_in_one_process(archived: Archived, host: Server) -> None:
    describe(archived, host, mot=DELAY, hai=DELAY)

    done = crawl(archived, "mot", "hai")

    assert done.code == 0, done.out + done.err
    assert held(archived) == {"mot": 4, "hai": 4}
    assert_apart(host.log, DELAY)
    (row,) = archived.rows("SELECT * FROM hosts")
    assert row["requests"] == len(host.log)
    assert row["bytes"] > 8 * 200
    assert archived.rows("SELECT site FROM host_sites") == [{"site": "hai"}, {"site": "mot"}]
    sites = ["mot" if "/mot/" in r.target else "hai" for r in host.log if "/" in r.target[1:]]
    assert sites.index("mot") < len(sites) - sites[::-1].index("hai")
    assert sites.index("hai") < len(sites) - sites[::-1].index("mot"), "neither waits for the other"


def test_two_sites_of_a_host_in_two_processes(archived: Archived, host: Server) -> None:
    describe(archived, host, mot=DELAY, hai=DELAY)

    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda key: crawl(archived, key), ["mot", "hai"]))

    assert [d.code for d in done] == [0, 0], [d.out + d.err for d in done]
    assert held(archived) == {"mot": 4, "hai": 4}
    assert_apart(host.log, DELAY)
    assert archived.rows("SELECT requests FROM hosts") == [{"requests": len(host.log)}]


def test_two_sites_of_a_host_in_two_processes_of_a_crawl(archived: Archived, host: Server) -> None:
    describe(archived, host, mot=DELAY, hai=DELAY)

    done = crawl(archived, "mot", "hai", "--processes", "2")

    assert done.code == 0, done.out + done.err
    assert held(archived) == {"mot": 4, "hai": 4}
    assert_apart(host.log, DELAY)
    assert archived.rows("SELECT requests FROM hosts") == [{"requests": len(host.log)}]


def test_a_site_and_a_web_archive_on_one_host(archived: Archived, host: Server) -> None:
    describe(archived, host, mot=DELAY, hai=DELAY)

    with ThreadPoolExecutor() as pool:
        live = pool.submit(crawl, archived, "mot")
        old = pool.submit(crawl, archived, "hai", "--wayback", f"{host.url}/kho/")

    assert live.result().code == 0, live.result().out
    assert "Traceback" not in old.result().err
    asked = [r for r in host.log if r.target.startswith("/kho/")]
    assert asked, "the web archive was asked"
    assert_apart(host.log, DELAY)
    assert archived.rows("SELECT requests FROM hosts") == [{"requests": len(host.log)}]


def at(seconds: float) -> str:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def set_host(archived: Archived, **columns: object) -> None:
    """Write columns of the one host of the archive."""
    changes = ", ".join(f"{column} = ?" for column in columns)
    with closing(sqlite3.connect(archived.db)) as connection:
        connection.execute(f"UPDATE hosts SET {changes}", [*columns.values()])
        connection.commit()


@pytest.mark.long
def test_the_delay_holds_over_a_restart(archived: Archived, host: Server) -> None:
    describe(archived, host, mot=0.01)
    assert crawl(archived, "mot").code == 0
    before = len(host.log)
    not_before = time.monotonic() + 6
    set_host(archived, next_at=at(6))

    assert crawl(archived, "mot").code == 0

    assert len(host.log) > before
    assert host.log[before].time >= not_before - 0.1


def test_what_is_asked_outside_a_crawl_waits_its_turn_too(archived: Archived, host: Server) -> None:
    describe(archived, host, mot=0.01)
    assert crawl(archived, "mot").code == 0
    before = len(host.log)
    not_before = time.monotonic() + 6
    set_host(archived, next_at=at(6))

    done = run("inspect", f"{host.url}/mot/1/", cwd=archived.folder)

    assert (done.code, "Bài /mot/1/" in done.out) == (0, True), done.err
    assert len(host.log) == before + 2, "robots.txt and the page"
    assert host.log[before].time >= not_before - 0.1
    assert archived.rows("SELECT requests FROM hosts") == [{"requests": before + 2}]


@pytest.mark.parametrize("rule", ["Crawl-delay: 0.4", long("Request-rate: 5/2")])
def test_the_delay_that_robots_txt_asks_for_is_kept(serve: Serve, rule: str) -> None:
    archived = serve(small(4), Faults(robots=f"User-agent: *\n{rule}\n"))

    archived.crawl()

    assert_apart(archived.server.log, 0.4)
    assert archived.rows("SELECT crawl_delay FROM hosts") == [{"crawl_delay": 0.4}]

    archived.server.faults.robots = "User-agent: *\nDisallow: /wp-admin/\n"
    archived.crawl()
    assert archived.rows("SELECT crawl_delay FROM hosts") == [{"crawl_delay": None}]


def test_robots_txt_is_given_so_much_and_no_more(serve: Serve) -> None:
    robots = "User-agent: *\nCrawl-delay: 86400\n"
    archived = serve(small(4), Faults(robots=robots))
    archived.crawl("-s", "CRAWL_DELAY_MAX=0.05")
    assert archived.rows("SELECT crawl_delay FROM hosts") == [{"crawl_delay": 0.05}]


def test_a_host_bears_so_many_requests_a_day(archived: Archived, host: Server) -> None:
    describe(archived, host, mot=0.01, hai=0.01)

    done = crawl(archived, "mot", "hai", "-s", "HOST_REQUESTS_A_DAY=9")

    assert done.code == 1
    assert len(host.log) == 9
    told = [summary for summary in done.json() if summary["outcome"] == "not now"]
    assert told
    for summary in told:
        assert "the 9 requests a day that it bears are used up" in summary["problems"][-1]
    assert not archived.rows("SELECT 1 FROM urls WHERE state = 'failed'")
    assert not archived.rows("SELECT 1 FROM problems")

    again = crawl(archived, "mot", "-s", "HOST_REQUESTS_A_DAY=9")
    assert (again.code, again.json()[0]["outcome"]) == (1, "not now")
    assert len(host.log) == 9, "not even robots.txt"

    set_host(archived, day="2020-02-02")
    done = crawl(archived, "mot", "hai", "-s", "HOST_REQUESTS_A_DAY=900")
    assert done.code == 0, done.out
    assert held(archived) == {"mot": 4, "hai": 4}, "what was open stayed so"


def test_all_hosts_together_are_sent_so_many_requests_a_day(
    archived: Archived, host: Server
) -> None:
    describe(archived, host, mot=0.01, hai=0.01)
    db = ("-s", "REQUESTS_A_DAY=9")
    with Archive.open(archived.db, create=True):
        pass
    turns = HostTurns.open(archived.db)
    for _ in range(4):
        assert turns.take("khac.example", Asker(delay=0)).is_now
    turns.close()

    done = crawl(archived, "mot", "hai", *db)

    assert done.code == 1
    assert len(host.log) == 5
    told = [summary for summary in done.json() if summary["outcome"] == "not now"]
    assert told
    for summary in told:
        assert "the 9 requests a day to all hosts are used up" in summary["problems"][-1]
    assert not archived.rows("SELECT 1 FROM urls WHERE state = 'failed'")


@pytest.mark.parametrize(
    ("bounds", "requests", "received", "told"),
    [
        ({}, 10**9, 10**9, None),
        ({"all_requests_a_day": 5}, 4, 10**9, None),
        ({"all_requests_a_day": 5}, 5, 0, "the 5 requests a day"),
        ({"all_bytes_a_day": 5}, 10**9, 4, None),
        ({"all_bytes_a_day": 5}, 0, 6, "the 5 bytes a day"),
    ],
)
def test_what_all_hosts_bear_is_arithmetic(
    bounds: dict[str, int], requests: int, received: int, told: str | None
) -> None:
    asker = Asker(delay=1, **bounds)
    assert asker.is_bound_for_all == bool(bounds)
    used_up = asker.used_up_of_all(requests, received)
    assert (used_up or "").startswith(told or "")
    assert bool(used_up) == bool(told)


def test_a_host_sends_so_many_bytes_a_day(serve: Serve) -> None:
    archived = serve(small(30), Faults(rest="absent"))

    summary = archived.crawl("-s", "HOST_BYTES_A_DAY=200000", code=1)

    assert summary["outcome"] == "not now"
    assert "the 200000 bytes a day that it may send are used up" in summary["problems"][-1]
    (row,) = archived.rows("SELECT bytes, requests FROM hosts")
    assert row["bytes"] >= 200_000
    assert row["requests"] == len(archived.server.log)
    archived.crawl()
    assert len(archived.urls()) == 30


# Several sites of one host

SITES = ("mot", "hai", "ba")


@pytest.fixture
def three(db: Path, clock: Clock) -> Iterator[dict[str, HostTurns]]:
    """Crawls of three sites that ask one host."""
    with Archive.open(db) as archive:
        for key in SITES:
            place = {"base_url": f"https://{key}.example/", "name": key}
            archive.runs.start(dict.fromkeys(SITE_COLUMNS) | {"key": key, "hosts": ()} | place)
    crawls = {site: HostTurns.open(db, clock) for site in SITES}
    yield crawls
    for turns in crawls.values():
        with suppress(sqlite3.ProgrammingError):
            turns.close()


def who_is_let(
    crawls: dict[str, HostTurns], clock: Clock, order: Sequence[str], **bounds: int
) -> str | None:
    """Have sites try in an order until one has the turn, and return which; None if none has."""
    for _ in range(200):
        for site in order:
            if crawls[site].take(HOST, Asker(1, site, **bounds)).is_now:
                return site
        clock.now += 0.05
    return None


@pytest.mark.parametrize("order", [SITES, SITES[::-1], ("hai", "mot", "ba")])
def test_sites_that_wait_for_a_host_have_their_turns_round_and_round(
    three: dict[str, HostTurns], clock: Clock, order: Sequence[str]
) -> None:
    had = [who_is_let(three, clock, order) for _ in range(12)]
    assert [had[n : n + 3] for n in range(0, 12, 3)] == [had[:3]] * 4
    assert {*had} == {*SITES}


def test_nobody_waits_for_long_for_a_site_that_was_killed(
    three: dict[str, HostTurns], clock: Clock
) -> None:
    for _ in range(3):
        who_is_let(three, clock, SITES)
    clock.now += 0.5
    three["mot"].take(HOST, Asker(1, "mot"))  # it waits, and is never heard of again
    began = clock.now

    had = [who_is_let(three, clock, ("hai", "ba")) for _ in range(4)]

    assert {*had} == {"hai", "ba"}
    assert clock.now - began < 8


def test_what_a_host_bears_a_day_is_shared(three: dict[str, HostTurns], clock: Clock) -> None:
    for site in SITES:
        three[site].take(HOST, Asker(1, site))
        clock.now += 1
    had = [who_is_let(three, clock, SITES, requests_a_day=30) for _ in range(40)]
    counted = [had.count(site) for site in SITES]
    assert sum(counted) == 27, "three were had before"
    assert max(counted) - min(counted) <= 1


def test_a_site_that_was_cut_short_has_its_share_the_next_day_whoever_comes_first(
    three: dict[str, HostTurns], db: Path, clock: Clock
) -> None:
    bound = {"requests_a_day": 9}
    assert [who_is_let(three, clock, ["mot"], **bound) for _ in range(9)] == ["mot"] * 9
    assert [who_is_let(three, clock, [site], **bound) for site in SITES] == [None] * 3
    for turns in three.values():
        turns.close()
    for _ in range(5):  # days, over which each crawl ends and begins again
        clock.now += DAY
        crawls = {site: HostTurns.open(db, clock) for site in SITES}
        for site in SITES:  # one after another, as a machine's scheduler runs them
            had = [who_is_let(crawls, clock, [site], **bound) for _ in range(9)]
            assert had.count(site) == 3
            assert crawls[site].take(HOST, Asker(1, site, **bound)).used_up
        for turns in crawls.values():
            turns.close()


def test_what_a_site_that_is_done_leaves_is_the_others(
    three: dict[str, HostTurns], clock: Clock
) -> None:
    bound = {"requests_a_day": 9}
    for site in SITES:
        assert who_is_let(three, clock, [site], **bound) == site
    three["mot"].close()
    three["ba"].close()
    assert [who_is_let(three, clock, ["hai"], **bound) for _ in range(7)].count("hai") == 6


def test_a_site_that_never_came_back_is_left_no_share_for_ever(
    three: dict[str, HostTurns], clock: Clock
) -> None:
    bound = {"requests_a_day": 8}
    for site in SITES:
        assert who_is_let(three, clock, [site], **bound) == site
    clock.now += 8 * DAY
    assert [who_is_let(three, clock, ["hai"], **bound) for _ in range(9)].count("hai") == 8


def test_who_asks_for_several_sites_leaves_none_of_them_waiting(
    three: dict[str, HostTurns], db: Path, clock: Clock
) -> None:
    for site in SITES:  # one after another, by one that asks for all, as a survey does
        assert who_is_let({site: three["mot"]}, clock, [site], requests_a_day=9) == site
    three["mot"].close()
    with closing(sqlite3.connect(db)) as connection:
        rows = connection.execute("SELECT site, is_open, requests FROM host_sites ORDER BY site")
        assert rows.fetchall() == [("ba", 0, 1), ("hai", 0, 1), ("mot", 0, 1)]


def test_bytes_are_shared_too(three: dict[str, HostTurns], clock: Clock) -> None:
    bound = {"bytes_a_day": 900}
    for site in SITES:
        assert who_is_let(three, clock, [site], **bound) == site
    three["mot"].done(HOST, 400)
    clock.now += 1
    turn = three["mot"].take(HOST, Asker(1, "mot", **bound))
    assert turn.used_up == "its share of the 900 bytes a day, of 3 sites, is used up"
    assert who_is_let(three, clock, ["hai", "ba"], **bound)
