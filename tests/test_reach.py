"""Nothing gets in: no connection is made but to the public internet, and to what a person named."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock

from crawler.download import GuardedReactor, _written
from crawler.reach import Reach, is_network, is_public
from crawler.vocabulary import Reason
from tests.conftest import Archived, RawPortal, run
from tests.raw import (
    NOT_FOUND,
    QUICK,
    Asked,
    RawServer,
    answer,
    article,
    chain,
    held,
    listing,
    problems,
    raw_server,
)
from tests.resolver import ALLOWED, TAKEN

PUBLIC = ["113.160.20.5", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1",
          "169.253.1.1", "198.20.0.1", "223.255.255.254", "2405:4800::1"]  # fmt: skip
NOT_PUBLIC = {
    "this host": ["0.0.0.0", "0.1.2.3", "::"],
    "loopback": ["127.0.0.1", "127.255.0.9", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.1", "192.168.1.1", "fc00::1", "fdab::1"],
    "link-local": ["169.254.1.1", "fe80::1", "fe80::1%eth0"],
    "metadata": ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192",
                 "168.63.129.16"],
    "carriers' NAT": ["100.64.0.1", "100.127.255.254"],
    "multicast": ["224.0.0.1", "239.255.255.250", "ff02::1"],
    "reserved": ["240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "2001:db8::1"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:113.160.20.5", "::127.0.0.1"],
    "translated": ["64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:1::1"],
    "none": ["", "khong", "1.2.3", "127.1", "999.1.1.1", "fe80::1%"],
}  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public(address: str) -> None:
    assert is_public(address)
    assert Reach().allows("huyen.example", address)


@pytest.mark.parametrize("address", [one for those in NOT_PUBLIC.values() for one in those])
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)
    assert not Reach().allows("huyen.example", address)
    assert not Reach().allows(address, address)


HERE = "http://127.0.0.1:8765/"


@pytest.mark.parametrize(
    ("urls", "networks", "host", "address", "is_allowed"),
    [
        ([HERE], [], "127.0.0.1", "127.0.0.1", True),
        ([HERE], [], "127.0.0.2", "127.0.0.2", False),
        ([HERE], [], "huyen.example", "127.0.0.1", False),
        ([HERE], [], "localhost", "127.0.0.1", False),
        ([HERE], [], "huyen.example", "113.160.20.5", True),
        (["http://[::1]:8765/"], [], "::1", "::1", True),
        (["http://[::1]:8765/"], [], "::ffff:127.0.0.1", "::ffff:127.0.0.1", False),
        (["http://localhost:8765/"], [], "localhost", "127.0.0.1", True),
        (["http://localhost:8765/"], [], "localhost", "10.0.0.1", False),
        (["http://localhost:8765/"], [], "127.0.0.1", "127.0.0.1", False),
        (["http://huyen.example/"], [], "huyen.example", "10.0.0.1", False),
        (["http://huyen.example/"], ["10.0.0.0/8"], "huyen.example", "10.0.0.1", True),
        (["http://huyen.example/"], ["10.0.0.0/8"], "huyen.example", "192.168.0.1", False),
        (["http://huyen.example/"], ["10.0.0.0/8"], "huyen.example", "::ffff:10.0.0.1", False),
        (["http://huyen.example/"], ["fd00::/8", "127.0.0.1"], "huyen.example", "fd00::9", True),
        (["http://huyen.example/"], ["fd00::/8", "127.0.0.1"], "huyen.example", "127.0.0.1", True),
    ],
)
def test_what_is_not_public_is_asked_where_a_person_named_it(
    urls: list[str], networks: list[str], host: str, address: str, is_allowed: bool
) -> None:
    assert Reach.of(urls, networks).allows(host, address) == is_allowed
    assert Reach.of(urls).beyond(networks).allows(host, address) == is_allowed


def test_networks_are_written_as_such() -> None:
    assert all(map(is_network, ["10.0.0.0/8", "127.0.0.1", "fd00::/8", "::1"]))
    assert not any(map(is_network, ["", "10.0.0.1/8", "10.0.0.0/33", "mang-noi-bo", "10.0.0.0-9"]))


@pytest.mark.parametrize(
    ("host", "written"),
    [
        ("127.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.0.0.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("10.1.2.3", "10.1.2.3"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("LOCALHOST.", "127.0.0.1"),
        ("kho.localhost", "127.0.0.1"),
        ("huyen.example", None),
        ("localhost.huyen.example", None),
    ],
)
def test_an_address_is_known_however_it_is_written(host: str, written: str | None) -> None:
    """Behind a proxy, which looks names up, that is all that can be judged."""
    assert _written(host) == written


# The connection


class Names:
    """A name service that gives each time what it was told to."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = [*answers]

    def resolveHostName(  # noqa: N802
        self,
        receiver: Any,
        host: str,
        portNumber: int = 0,  # noqa: N803
        *how: Any,
    ) -> None:
        receiver.resolutionBegan(None)
        for address in self.answers.pop(0):
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, portNumber))
        receiver.resolutionComplete()


def connected(reactor: MemoryReactorClock, reach: Reach) -> tuple[GuardedReactor, Any]:
    """Connect to a host once; return by what, and what came of it."""
    guard = GuardedReactor(reactor, reach)
    outcome: list[Any] = []
    HostnameEndpoint(guard, "huyen.example", 80).connect(Factory()).addBoth(outcome.append)
    reactor.advance(2)
    return guard, outcome


def test_a_connection_is_made_to_the_address_that_was_judged_and_to_no_other() -> None:
    reactor = MemoryReactorClock()
    reactor.nameResolver = Names(["10.0.0.1", "113.160.20.5", "::1"])
    guard, _ = connected(reactor, Reach())
    assert [client[0] for client in reactor.tcpClients] == ["113.160.20.5"]
    assert guard.refused is None
    assert reactor.nameResolver.answers == [], "the name was looked up once"


def test_a_name_that_turns_to_another_address_is_judged_again() -> None:
    reactor = MemoryReactorClock()
    reactor.nameResolver = Names(["113.160.20.5"], ["169.254.169.254"])
    connected(reactor, Reach())
    guard, outcome = connected(reactor, Reach())
    assert [client[0] for client in reactor.tcpClients] == ["113.160.20.5"]
    assert guard.refused == "169.254.169.254"
    assert outcome


# A hostile portal


@pytest.fixture
def inside() -> Iterator[RawServer]:
    """A server of this machine that is nobody's business, and answers all."""
    with raw_server(lambda _: answer(article(1))) as server:
        yield server


def forbidden(port: str | int) -> list[str]:
    """Return addresses that no portal may have anybody ask; those with *port* would answer."""
    local = ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]",
             "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "127.0.0.2", "noi-bo.example",
             "localhost."]  # fmt: skip
    return [
        *(f"http://{host}:{port}/bi-mat/bai-9.html" for host in local),
        "http://169.254.169.254/latest/meta-data/iam/",
        "http://10.0.0.1/",
        "http://192.168.1.1/quan-tri/",
        "http://100.64.0.1/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/latest/",
        "http://[64:ff9b::7f00:1]/",
        "http://224.0.0.1/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/bi-mat",
        "s3://kho/bi-mat",
        "data:text/html,<h1>Tin</h1>",
        "gopher://127.0.0.1:70/_x",
        "javascript:alert(1)",
        f"//127.0.0.1:{port}/bi-mat/bai-9.html",
        f"http://NGUOI:MAT-KHAU@127.0.0.1:{port}/bi-mat/bai-9.html",
        f"http://127.0.0.1:{port}\\@huyen.example/bi-mat",
    ]


WAYS = ("noi-302", "noi-refresh", "noi-meta", "noi-script", "noi-frame")
"""How a page leads on; the addresses are of one form."""


class Hostile:
    """A portal that names them in every place that is followed on some portal."""

    def __init__(self, port: int) -> None:
        self.named = forbidden(port)
        self.pages = chain(3)

    def __call__(self, asked: Asked) -> bytes:
        path, own = asked.path, asked.url
        if path.startswith("/dan/"):  # each way by which a server leads on
            return self._led(path.rpartition("-")[2], int(path.split("/")[2]))
        match path:
            case "/robots.txt":
                maps = "".join(f"Sitemap: {url}\n" for url in self.named)
                return answer(f"User-agent: *\nDisallow:\n{maps}", "text/plain")
            case "/sitemap.xml":
                entries = "".join(f"<url><loc>{self._xml(url)}</loc></url>" for url in self.named)
                return answer(f"<urlset>{entries}</urlset>", "application/xml")
            case "/sitemap_index.xml":
                entries = "".join(
                    f"<sitemap><loc>{self._xml(url)}</loc></sitemap>" for url in self.named
                )
                return answer(f"<sitemapindex>{entries}</sitemapindex>", "application/xml")
            case "/feed/":
                items = "".join(
                    f"<item><link>{self._xml(u)}</link><guid>{self._xml(u)}</guid>"
                    f'<enclosure url="{self._xml(u)}"/></item>'
                    for u in self.named
                )
                return answer(f"<rss><channel>{items}</channel></rss>", "application/rss+xml")
            case "/wp-json/wp/v2/posts":
                posts = [self._post(number, url) for number, url in enumerate(self.named)]
                return answer(json.dumps(posts), "application/json", "200 OK", "X-WP-TotalPages: 1")
            case "/":
                leads = [f"/dan/{n}/{way}" for n in range(len(self.named)) for way in WAYS]
                head = "".join(
                    f'<link rel="{rel}" type="application/rss+xml" href="{url}">'
                    for url in self.named
                    for rel in ("alternate", "https://api.w.org/", "next", "canonical", "sitemap")
                )
                more = "".join(f'<a rel="next" href="{url}">Trang sau</a>' for url in self.named)
                return answer(listing([*self.pages, *self.named, *leads], more, head))
            case "/kieu.css":
                urls = "".join(f'@import "{u}"; i {{ background: url("{u}") }}' for u in self.named)
                return answer(urls, "text/css")
        if path in self.pages:
            return answer(self._article(self.pages[path], own))
        return NOT_FOUND

    def _post(self, number: int, url: str) -> dict[str, Any]:
        at, shown = "2019-03-01T08:00:00", f'<p>Tin</p><img src="{url}">'
        return {
            "id": number, "link": url, "guid": {"rendered": url}, "date": at, "modified": at,
            "title": {"rendered": "Tin"}, "content": {"rendered": shown},
        }  # fmt: skip

    def _led(self, way: str, number: int) -> bytes:
        url = self.named[number]
        match way:
            case "302":
                return answer("", "text/html", "302 Found", f"Location: {url}")
            case "refresh":
                return answer("<p>x</p>", "text/html", "200 OK", f"Refresh: 0; url={url}")
            case "meta":
                return answer(f'<meta http-equiv="refresh" content="0;url={url}"><p>x</p>')
            case "script":
                return answer(f'<script>window.location.href = "{url}";</script>')
        return answer(f'<frameset><frame src="{url}"></frameset>')

    def _article(self, page: str, own: str) -> str:
        head = f'<link rel="stylesheet" href="{own}/kieu.css">' + "".join(
            f'<link rel="{rel}" href="{url}">'
            for url in self.named
            for rel in ("canonical", "prev", "next", "amphtml", "shortlink", "stylesheet", "icon")
        )
        named = "".join(
            f'<a href="{u}">Tin liên quan</a><img src="{u}" data-src="{u}" srcset="{u} 2x">'
            f'<iframe src="{u}"></iframe><picture><source srcset="{u} 1024w"></picture>'
            f'<video src="{u}" poster="{u}"></video><a href="{u}.pdf">Tệp</a>'
            f'<p style="background:url({u})">Ảnh</p><form action="{u}"></form>'
            for u in self.named
        )
        page = page.replace("</head>", f"{head}</head>")
        return page.replace("</div></div></body>", f"{named}</div></div></body>")

    def _xml(self, url: str) -> str:
        return url.replace("&", "&amp;").replace("<", "&lt;")


def logged(file: Path) -> set[str]:
    return set(file.read_text("utf-8").splitlines()) if file.exists() else set()


def crawl(archived: Archived, *arguments: str, code: int | None = None) -> tuple[Any, set[str]]:
    """Crawl; return the summary, and whom it connected to and which names it looked up."""
    log = archived.folder / "connections"
    log.unlink(missing_ok=True)
    done = run(
        "crawl", "test", "--db", archived.db, "--json", *QUICK, *TAKEN,
        "-s", 'EXTENSIONS={"tests.connections.Log": 1}', *arguments,
        TINHUYEN_SITES=str(archived.folder / "sites"), CONNECTIONS=str(log),
        TINHUYEN_CONTACT="https://tinhuyen.example/contact",
    )  # fmt: skip
    assert "Traceback" not in done.err, done.err
    assert code is None or done.code == code, done.out + done.err
    return done.json()[0], logged(log)


def test_a_hostile_portal_has_nobody_asked_but_itself(portal: RawPortal, inside: RawServer) -> None:
    archived, server = portal(Hostile(urlsplit(inside.url).port or 0), delay=0.001)
    for _ in range(2):  # the second one knows the routes, and asks again for what failed
        _, seen = crawl(archived, "--media", "--full")
        host, port = server.url.removeprefix("http://").split(":")
        assert seen == {f"connect {host} {port}"}, "and no name was looked up by anybody"
    assert inside.asked == []
    assert held(archived) == 3
    named = archived.rows("SELECT url, state FROM urls")
    assert all(row["url"].startswith(server.url) for row in named), named
    led = {row["url"].rpartition("/")[2] for row in named if "/dan/" in row["url"]}
    assert {*WAYS} <= led
    for table in ("media", "captures"):
        rows = archived.rows(f"SELECT url FROM {table}")
        assert all(row["url"].startswith(server.url) for row in rows), table


def of_name(portal: RawPortal, name: str, **keys: Any) -> tuple[Archived, RawServer]:
    """Serve a portal of which the entry knows a name."""
    archived, server = portal(lambda asked: pages(asked))
    archived.describe(f"http://{name}:{urlsplit(server.url).port}/", cms="generic", **keys)
    return archived, server


def pages(asked: Asked) -> bytes:
    if asked.path == "/":
        return answer(listing([*chain(3)]))
    return answer(chain(3)[asked.path]) if asked.path in chain(3) else NOT_FOUND


def test_a_name_that_leads_inside_is_told_and_nothing_is_asked(portal: RawPortal) -> None:
    archived, server = of_name(portal, "huyen.example")
    summary, seen = crawl(archived, code=1)
    assert server.asked == []
    assert seen == set()
    why = Reason.NOT_PUBLIC.of(address="127.0.0.1")
    assert summary["outcome"] == "no robots.txt"
    (row,) = archived.rows("SELECT state, reason FROM urls")
    assert row == {"state": "failed", "reason": Reason.NO_ROBOTS.of(why=why)}
    assert any(why in message for _, message in problems(archived))


def test_an_entry_may_say_that_its_hosts_lie_inside(portal: RawPortal) -> None:
    archived, server = of_name(portal, "huyen.example", networks=["127.0.0.1/32"])
    _, seen = crawl(archived)
    assert held(archived) == 3
    assert seen == {f"connect 127.0.0.1 {urlsplit(server.url).port}"}


def test_a_name_that_turns_in_mid_crawl_is_asked_no_more(portal: RawPortal) -> None:
    """The answers end their connections, so that each request asks for the name."""
    archived, server = of_name(portal, "turning.example", networks=["127.0.0.1/32"])
    _, seen = crawl(archived, code=1)
    assert server.asked == ["/robots.txt"]
    assert seen == {f"connect 127.0.0.1 {urlsplit(server.url).port}"}
    reasons = {row["reason"] for row in archived.rows("SELECT reason FROM urls WHERE reason <> ''")}
    assert reasons == {Reason.NOT_PUBLIC.of(address="127.0.0.2")}


def test_a_survey_asks_nobody_inside(portal: RawPortal) -> None:
    archived, server = of_name(portal, "huyen.example")
    log = archived.folder / "connections"
    settings = (
        'EXTENSIONS={"tests.connections.Log": 1}',
        "ASYNCIO_EVENT_LOOP=asyncio.SelectorEventLoop",
    )
    done = run(
        "survey", "test", "--db", archived.db, *TAKEN, "--wayback", server.url,
        *(word for setting in settings for word in ("-s", setting)),
        TINHUYEN_SITES=str(archived.folder / "sites"), CONNECTIONS=str(log),
        TINHUYEN_CONTACT="https://tinhuyen.example/contact",
    )  # fmt: skip
    assert "Traceback" not in done.err, done.err
    (row,) = archived.rows("SELECT says, evidence FROM surveys")
    assert row == {"says": "silent", "evidence": Reason.NOT_PUBLIC.of(address="127.0.0.1")}
    assert logged(log) <= {f"connect 127.0.0.1 {urlsplit(server.url).port}"}
    assert {target.partition("?")[0] for target in server.asked} <= {
        "/robots.txt",
        "/cdx/search/cdx",
    }


@pytest.mark.parametrize("command", ["inspect", "add", "learn"])
def test_commands_that_ask_a_portal_ask_nobody_inside(
    portal: RawPortal, inside: RawServer, command: str
) -> None:
    hidden = urlsplit(inside.url).port
    archived, server = portal(
        lambda asked: answer("", "text/html", "302 Found", f"Location: {inside.url}/bi-mat")
    )
    clean = {"TINHUYEN_SITES": str(archived.folder / "sites"),
             "TINHUYEN_CONTACT": "https://tinhuyen.example/contact"}  # fmt: skip
    for url in (
        f"{server.url}/tin.html",
        f"http://127.1:{hidden}/",
        f"http://2130706433:{hidden}/tin.html",
    ):
        done = run(command, url, *(["--dry-run"] if command == "add" else []), **clean)
        assert done.code != 0, done.out
        assert "Traceback" not in done.err, done.err
    assert inside.asked == []


def test_networks_are_checked_before_anything_is_asked(portal: RawPortal) -> None:
    archived, server = of_name(portal, "huyen.example", networks=["mang-noi-bo"])
    told = run("sites", TINHUYEN_SITES=str(archived.folder / "sites"))
    assert told.code == 2
    assert "[test] has networks with 'mang-noi-bo'; each must be a network" in told.err
    archived.describe(server.url + "/")
    sites = str(archived.folder / "sites")
    done = run("crawl", "test", "-s", "NETWORKS=10.0.0.1/8", TINHUYEN_SITES=sites)
    assert done.code == 2
    assert "it must be networks such as 10.0.0.0/8" in done.err
    done = run("crawl", "test", TINHUYEN_SITES=sites, TINHUYEN_NETWORKS="noi-bo")
    assert done.code == 2
    assert "TINHUYEN_NETWORKS has 'noi-bo'" in done.err
    assert server.asked == []
    assert ALLOWED[:2] == TAKEN
