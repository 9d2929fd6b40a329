"""A crawl goes by what hosts were found to be: live, from web archives, or not at all."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from archive import Archive, Freshness
from crawler.cadence import UNLEARNT
from crawler.country import districts
from crawler.sites import Site
from crawler.survey import Finding, Holding
from crawler.vocabulary import NameAnswer, Says, Way
from crawler.web_archives.kinds import DEFAULTS, address_of
from tests.conftest import Archived, Run, run
from tests.raw import NOT_FOUND, QUICK, ROBOTS, Asked, RawServer, answer, chain, listing, raw_server
from tests.resolver import ALLOWED
from tests.warcs import THEN, page
from tests.web_archive import Machine, remembering
from tinhuyen.offers import MOST_NEW
from tinhuyen.ways import Known, decided, due_sites

BASE, NEW, DOUBTFUL = "https://cu.example/", "https://moi.example/", "https://ngo.example/"
SITE = Site(key="thu", name="Huyện Thử", base_url=BASE, hosts=(NEW,), cms=None)
IN_DOUBT = Site(
    key="thu", name="Huyện Thử", base_url=DOUBTFUL, doubtful=(DOUBTFUL,), cms=None, note="x"
)
AT = datetime.now(UTC) - timedelta(hours=2)


def survey(url: str, says: str, *, is_dead: bool = False) -> dict[str, Any]:
    """Return the row of a survey."""
    return {
        "host": url.split("/")[2], "url": url, "says": says, "is_dead": is_dead, "evidence": "x",
        "asked_at": AT.isoformat(),
    }  # fmt: skip


def surveys(**says: str) -> dict[str, dict[str, Any]]:
    """Return surveys by the beginnings of hosts; "dead" is silent on two days."""
    urls = {url.split("/")[2].partition(".")[0]: url for url in (BASE, NEW, DOUBTFUL)}
    return {
        urls[host]: survey(urls[host], word.replace("dead", "silent"), is_dead=word == "dead")
        for host, word in says.items()
    }


NOTHING = {address_of(url): 0 for url in DEFAULTS}
CASES: list[tuple[Site, dict[str, str], dict[str, int], Way, str, tuple[str, ...]]] = [
    (SITE, {}, {}, Way.LIVE, BASE, ()),
    (SITE, {"cu": "own"}, {}, Way.LIVE, BASE, ()),
    (SITE, {"cu": "unknown"}, {}, Way.LIVE, BASE, ()),
    (SITE, {"cu": "own", "moi": "other"}, {}, Way.LIVE, BASE, ("moi.example",)),
    (SITE, {"cu": "own", "moi": "dead"}, {}, Way.LIVE, BASE, ("moi.example",)),
    (SITE, {"cu": "own", "moi": "silent"}, {}, Way.LIVE, BASE, ()),
    (SITE, {"cu": "moved", "moi": "own"}, {}, Way.LIVE, NEW, ()),
    (SITE, {"cu": "gambling", "moi": "own"}, {}, Way.LIVE, NEW, ("cu.example",)),
    (SITE, {"cu": "other"}, {"https://a/": 3, "https://b/": 7}, Way.ARCHIVES, BASE, ()),
    (SITE, {"cu": "gambling"}, {}, Way.ARCHIVES, BASE, ()),
    (SITE, {"cu": "refusing"}, {"https://a/": 3}, Way.ARCHIVES, BASE, ()),
    (SITE, {"cu": "dead"}, {"https://a/": 3}, Way.ARCHIVES, BASE, ()),
    (
        SITE,
        {"cu": "dead"},
        {"https://a/": 3, "https://b/": 0, "https://c/": 5},
        Way.ARCHIVES,
        BASE,
        (),
    ),
    (SITE, {"cu": "dead"}, {"https://a/": 0}, Way.ARCHIVES, BASE, ()),
    (SITE, {"cu": "dead"}, NOTHING, Way.NOTHING, BASE, ()),
    (SITE, {"cu": "silent"}, {"https://a/": 3}, Way.LATER, BASE, ()),
    (IN_DOUBT, {}, {}, Way.NOTHING, DOUBTFUL, ()),
    (IN_DOUBT, {"ngo": "unknown"}, {}, Way.NOTHING, DOUBTFUL, ()),
    (IN_DOUBT, {"ngo": "other"}, {"https://a/": 3}, Way.NOTHING, DOUBTFUL, ()),
    (IN_DOUBT, {"ngo": "own"}, {}, Way.LIVE, DOUBTFUL, ()),
]


@pytest.mark.parametrize(("site", "says", "archives", "way", "base", "avoided"), CASES)
def test_a_site_is_crawled_by_what_its_hosts_are(
    site: Site,
    says: dict[str, str],
    archives: dict[str, int],
    way: Way,
    base: str,
    avoided: tuple[str, ...],
) -> None:
    found = decided(site, surveys(**says), archives)
    assert (found.way, found.site.base_url, found.avoided) == (way, base, avoided)
    assert {*found.site.places} | {*found.site.doubtful} == {*site.places} | {*site.doubtful}
    assert bool(found.why) == bool(says) or site.doubt
    full = tuple(sorted(filter(archives.get, archives), key=lambda root: -archives[root]))
    assert found.archives == ((*full, *DEFAULTS) if way == Way.ARCHIVES else ())
    assert way in (Way.NOTHING, Way.LATER) or not found.site.doubt


@pytest.mark.parametrize(
    ("says", "run", "is_due"),
    [
        ({}, None, True),
        ({"cu": "own", "moi": "own"}, None, True),
        ({"cu": "own"}, (2, "finished"), False),
        ({"cu": "own"}, (30, "finished"), True),
        ({"cu": "other"}, (30, "finished"), False),
        ({"cu": "other"}, (30, "shutdown"), True),
        ({"cu": "other"}, (24 * 31, "finished"), True),
        ({"cu": "silent", "moi": "silent"}, None, False),
        ({"cu": "silent"}, None, True),
    ],
)
def test_a_site_is_due_when_something_may_be_had(
    says: dict[str, str], run: tuple[int, str] | None, is_due: bool
) -> None:
    freshness = {}
    if run:
        hours, outcome = run
        begun = datetime.now(UTC) - timedelta(hours=hours)
        freshness["thu"] = Freshness(
            site="thu", name="x", way=Way.LIVE, begun=begun, outcome=outcome,
            learnt_cadence=UNLEARNT,
        )  # fmt: skip
    known = Known({"thu": surveys(**says)}, {"thu": {"https://a/": 3}}, freshness)
    assert bool(due_sites([SITE], known).sites) == is_due


@pytest.mark.parametrize("name", ["", "c"])
def test_where_a_web_archive_was_not_heard_it_is_not_said_that_none_has_a_page(
    tmp_path: Path, name: str
) -> None:
    lost = Finding(
        site="thu", url=BASE, asked_at=AT, says=Says.OTHER, evidence="x", dns=NameAnswer.FOUND
    )
    empty = Holding(archive="https://a/x/", asked_at=AT)
    failed = Holding(archive=f"https://{name or 'a'}/x/", asked_at=AT, error="HTTP 503")
    with Archive.open(tmp_path / "archive.db", create=True) as archive:
        archive.surveys.know([{"key": "thu", "name": "x", "base_url": BASE}])
        archive.surveys.note([lost])
        archive.surveys.note_holding(["thu"], BASE, empty)
        usual = ("https://a/x/",)
        assert Known.of(archive.path).decided(SITE, usual).way == Way.NOTHING
        archive.surveys.note_holding(["thu"], NEW, failed)
        found = Known.of(archive.path).decided(SITE, usual)
    assert (found.way, found.archives) == (Way.ARCHIVES, (f"https://{name or 'a'}/x/",))


def test_a_web_archive_that_nobody_has_heard_is_asked_after_those_that_have_pages() -> None:
    lost = surveys(cu="other")
    wayback, common_crawl = map(address_of, DEFAULTS)
    heard: dict[str, int | None] = {"https://a/": 3, wayback: 7}
    assert decided(SITE, lost, heard).archives == (wayback, "https://a/", DEFAULTS[1])
    assert decided(SITE, lost, {wayback: 0}).archives == (DEFAULTS[1],)
    assert decided(SITE, lost, {wayback: 0, common_crawl: 4}).archives == (common_crawl,)
    assert decided(SITE, lost, {wayback: 0, common_crawl: None}).archives == (DEFAULTS[1],)
    assert decided(SITE, lost, {wayback: 0, common_crawl: 0}).way == Way.NOTHING


def test_so_many_of_the_country_are_due_after_all_that_somebody_has_described() -> None:
    described = [replace(SITE, key=f"mot{n:02}") for n in range(30)]
    country = [replace(SITE, key=f"hai{n:02}", composed=True) for n in range(30)]
    begun = datetime.now(UTC) - timedelta(days=3)
    fresh = Freshness(
        site="mot03", name="x", way=Way.LIVE, begun=begun, outcome="finished",
        learnt_cadence=UNLEARNT,
    )  # fmt: skip
    known = Known({}, {}, {"mot03": fresh})
    due = due_sites([*country, *described], known)
    assert [*map(attrgetter("key"), due.sites)] == [
        *(f"mot{n:02}" for n in range(30) if n != 3),
        "mot03",
        *(f"hai{n:02}" for n in range(MOST_NEW)),
    ]
    assert due.waiting == 30 - MOST_NEW
    assert due.crawled_on == {"mot03": begun.date().isoformat()}
    due = due_sites([*country, *described], known, most=2)
    assert [site.key for site in due.sites] == ["mot00", "hai00"], "in turn"
    assert due.waiting == 58


# A crawl of hosts that became this and that


@dataclass
class Hosts:
    """Some hosts, a web archive, and an archive."""

    folder: Path
    server: RawServer
    machine: Machine
    pages: dict[str, str] = field(default_factory=dict)
    """The title of each host that answers, by the beginning of its name."""
    asked: Counter[str] = field(default_factory=Counter)
    """How many addresses but robots.txt each host was asked for."""

    @property
    def archived(self) -> Archived:
        return Archived(self.folder)

    def url(self, name: str) -> str:
        return f"http://{name}.example:{self.server.url.rpartition(':')[2]}/"

    def describe(self, **hosts: str) -> None:
        """Describe sites, each with its district's code, start page and other hosts."""
        tables = []
        for key, names in hosts.items():
            code, base, *others = names.split()
            lines = [f"[{key}]", f'district = "{code}"', f'base_url = "{self.url(base)}"']
            lines += ['cms = "generic"', f"hosts = {json.dumps([*map(self.url, others)])}"]
            tables.append("\n".join(lines))
        (self.folder / "sites").mkdir(exist_ok=True)
        (self.folder / "sites" / "huyen.toml").write_text("\n\n".join(tables), encoding="utf-8")

    def crawl(self, *arguments: str, code: int | None = 0) -> Run:
        done = run(
            "crawl", "--db", self.archived.db, *QUICK, "-s", "DOWNLOAD_DELAY=0.01",
            *ALLOWED, *arguments,
            TINHUYEN_SITES=str(self.folder / "sites"),
            TINHUYEN_CONTACT="https://tinhuyen.example/contact",
        )  # fmt: skip
        assert "Traceback" not in done.err, done.err
        assert code is None or done.code == code, done.out + done.err
        return done

    def note(self, site: str, says: dict[str, Says], **pages: int) -> None:
        """Note what hosts were found to be, and what a web archive has of the first, which no other
        has.
        """
        with Archive.open(self.archived.db, create=True) as archive:
            archive.surveys.know([{"key": site, "name": "x", "base_url": "x"}])
            at = datetime.now(UTC)
            for name, word in says.items():
                archive.surveys.note(
                    [
                        Finding(
                            site=site, url=self.url(name), asked_at=when, says=word, evidence="x",
                            dns=NameAnswer.FOUND,
                        )
                        for when in (at - timedelta(days=2), at)
                    ]
                )  # fmt: skip
            first = self.url(next(iter(says)))
            holding = Holding(archive=f"{self.machine.url}web/", asked_at=at, **pages)
            empty = [Holding(archive=name, asked_at=at) for name in NOTHING]
            for each in (holding, *empty):
                archive.surveys.note_holding([site], first, each)


ARTICLES = chain(4)


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    with ExitStack() as stack:

        def answered(asked: Asked) -> bytes:
            name = asked.headers["host"].partition(".")[0]
            if asked.path == "/robots.txt":
                return ROBOTS
            found.asked[name] += 1
            if asked.path == "/":
                title = found.pages.get(name, "Trang chủ")
                return answer(listing([*ARTICLES]).replace("Huyện Mẫu", title, 1))
            return answer(ARTICLES[asked.path]) if asked.path in ARTICLES else NOT_FOUND

        server = stack.enter_context(raw_server(answered))
        machine = stack.enter_context(remembering([]))
        found = Hosts(tmp_path, server, machine)
        yield found


def remember(hosts: Hosts, name: str) -> None:
    base = hosts.url(name).rstrip("/")
    hosts.machine.seen += [
        page(f"{base}{path}", html.encode(), THEN) for path, html in ARTICLES.items()
    ]


def held(hosts: Hosts) -> Counter[str]:
    rows = hosts.archived.rows("SELECT site FROM articles")
    return Counter(row["site"] for row in rows)


def test_what_is_due_is_surveyed_first_and_crawled_by_that(hosts: Hosts) -> None:
    hosts.describe(
        own="064 song", taken="062 xa", gone="065 bo", moved="063 cu moi", dead="061 dead"
    )
    hosts.pages |= {
        "song": "Cổng thông tin điện tử huyện Chợ Đồn",
        "xa": "UBND xã Nghĩa Tá",
        "bo": "UBND xã Nghĩa Tá",
        "cu": "UBND xã Nghĩa Tá",
    }
    hosts.pages["moi"] = f"Cổng thông tin điện tử {districts()['063'].name}"
    remember(hosts, "xa")

    done = hosts.crawl("--wayback", hosts.machine.url, code=None)

    assert "Due, described, and never crawled: dead, gone, moved, own, taken\n" in done.err
    assert "wait" not in done.err
    assert held(hosts) == {"own": 4, "taken": 4, "moved": 4}
    assert hosts.asked["xa"] == hosts.asked["bo"] == hosts.asked["cu"] == 1, "the survey's"
    told = {line.partition(":")[0]: line for line in done.err.splitlines() if ".example" in line}
    assert told["own"].startswith("own: live: song.example")
    assert told["taken"].startswith("taken: from web archives: xa.example")
    assert told["gone"].startswith("gone: nothing to be had: bo.example")
    assert told["moved"].startswith("moved: live: moi.example")
    assert "cu.example" in told["moved"].partition("; ")[2]
    assert told["dead"].startswith("dead: later: dead.example")
    assert done.code == 0, done.out + done.err

    asked = hosts.asked.copy()
    again = hosts.crawl("--due", "--wayback", hosts.machine.url)
    assert "Nothing is due" in again.err
    assert hosts.asked == asked, "nothing is due"


def test_so_many_sites_at_most_are_taken(hosts: Hosts) -> None:
    hosts.describe(a="064 mot", b="062 hai", c="061 ba")
    archive = ("--wayback", hosts.machine.url)
    done = hosts.crawl("--due", "--sites", "2", *archive, code=None)
    assert "1 more site waits for the next run" in done.err
    assert len(held(hosts)) == 2
    hosts.crawl("--due", "--sites", "2", *archive, code=None)
    assert len(held(hosts)) == 3


def test_what_is_due_and_lost_does_not_keep_the_live_ones_from_being_rescued(hosts: Hosts) -> None:
    hosts.describe(own="064 song", taken="062 xa")
    remember(hosts, "xa")
    hosts.note("own", {"song": Says.OWN})
    hosts.note("taken", {"xa": Says.OTHER}, pages=4)
    done = hosts.crawl("--due", "--rescue", "--wayback", hosts.machine.url, code=None)
    assert "taken: from web archives" in done.err
    assert held(hosts) == {"own": 4, "taken": 4}


def test_who_asked_a_web_archive_is_told_of_others(hosts: Hosts) -> None:
    hosts.describe(own="064 song")
    hosts.machine.broken.add("/")
    done = hosts.crawl("own", "--wayback", hosts.machine.url, code=1)
    assert "no article is held" in done.out
    assert "another web archive" in done.out
    assert "ask a web archive" not in done.out


def test_a_site_of_which_a_survey_says_otherwise_is_taken_from_where_it_is(hosts: Hosts) -> None:
    hosts.describe(taken="062 xa", none="061 bo")
    remember(hosts, "xa")
    hosts.note("taken", {"xa": Says.OTHER}, pages=4)
    hosts.note("none", {"bo": Says.SILENT})

    done = hosts.crawl("taken", code=None)
    assert "taken: from web archives" in done.err
    assert (held(hosts), hosts.asked["xa"]) == ({"taken": 4}, 0)
    done = hosts.crawl("none", code=1)
    assert "none: nothing to be had: bo.example" in done.err
    assert "is dead" in done.err
    assert hosts.asked["bo"] == 0
    refused = hosts.crawl("taken", "--rescue", code=2)
    assert "--live" in refused.err

    hosts.crawl("none", "--live", code=None)
    assert held(hosts)["none"] == 4


def test_a_host_that_is_another_s_is_not_asked_beside_the_own_one(hosts: Hosts) -> None:
    hosts.describe(two="062 song xa")
    hosts.note("two", {"song": Says.OWN, "xa": Says.GAMBLING})
    hosts.crawl("two", code=None)
    assert held(hosts) == {"two": 4}
    assert hosts.asked["song"]
    assert hosts.asked["xa"] == 0


def test_what_cannot_be_together_is_refused(hosts: Hosts) -> None:
    hosts.describe(own="064 song")
    for arguments in (
        ["--due", "own"],
        ["--due", "--live"],
        ["--live"],
        ["--sites", "3", "own"],
        ["--live", "--wayback", "https://web.archive.org/"],
    ):
        assert hosts.crawl(*arguments, code=2).err.startswith("Error: --")
