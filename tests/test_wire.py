"""What comes off the wire without measure is taken as far as its bound, and in bounded memory."""

import base64
import gzip
import stat
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from scrapy.exceptions import DownloadCancelledError
from twisted.internet.testing import StringTransport
from twisted.web._newclient import Request as WireRequest
from twisted.web.http_headers import Headers

from archive.disk import write_whole
from archive.vault import Vault
from crawler.download import _LONGEST_HEAD, ForgivingProtocol
from crawler.encodings import EncodingError, TooLargeError, uncompressed, zstd
from crawler.spiders.district import _MOST_COOKIES, _together
from curation.exporting.output import atomic_write
from tests.conftest import RawPortal
from tests.raw import NOT_FOUND, QUICK, ROBOTS, Asked, answer, chain, held, listing

MIB = 1 << 20
BOMB = 64 * MIB
MOST = 4 * MIB
ZEROS_IN_BROTLI = base64.b64decode(
    "y///P/gnAOKxQCD3/o///3/wTwDEYRGA7v0f////4J8AiMMCAN37P/7//8E/ARCHBQC693/8//+DfwIgDgsAdO//+P//"
    "B/8EQBwWAOje//H//w/+CYA4LADQvf/j//8f/BMAcVgAoHv/Nw=="
)
"""As many as `BOMB`: what packs them is no dependency."""


def deflated(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
    "gzip, gzip": lambda body: gzip.compress(gzip.compress(body)),
    "br": lambda body: ZEROS_IN_BROTLI,
    "zstd, deflate": lambda body: zlib.compress(zstd.compress(body)),
}


@pytest.mark.parametrize("encoding", PACKED)
def test_a_bomb_is_given_up_before_it_is_unpacked(encoding: str) -> None:
    packed = PACKED[encoding](bytes(BOMB))
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            uncompressed(packed, encoding, MOST)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * MOST


def test_a_bomb_of_small_members_and_one_without_a_wrapper_are_given_up_too() -> None:
    with pytest.raises(TooLargeError):
        uncompressed(gzip.compress(bytes(MIB)) * 64, "gzip", MOST)
    with pytest.raises(TooLargeError):
        uncompressed(deflated(bytes(BOMB)), "deflate", MOST)


def test_a_window_larger_than_a_browser_takes_is_refused() -> None:
    """A frame's head that asks for two gibibytes before a byte was sent."""
    head = b"\x28\xb5\x2f\xfd" + bytes([0x00, (31 - 10) << 3]) + b"\x01\x00\x00"
    with pytest.raises(EncodingError):
        uncompressed(head, "zstd", MOST)


# Heads


def parsing() -> tuple[ForgivingProtocol, list[BaseException]]:
    """Return a protocol that awaits an answer, and what became of it."""
    protocol, failed = ForgivingProtocol(), []
    protocol.makeConnection(StringTransport())
    sent = protocol.request(WireRequest(b"GET", b"/", Headers({b"Host": [b"huyen.example"]}), None))
    sent.addErrback(lambda failure: failed.extend(r.value for r in failure.value.reasons))
    protocol.dataReceived(b"HTTP/1.1 200 OK\r\n")
    return protocol, failed


LINES = {
    "fields": b"X-%d: x\r\n",
    "lines of one field": b" con nua %d\r\n",
    "no fields": b"khong co hai cham %d\r\n",
    "long fields": b"X: " + b"y" * 9999 + b"%d\r\n",
}


@pytest.mark.parametrize("line", LINES.values(), ids=[*LINES])
def test_a_head_without_end_is_given_up(line: bytes) -> None:
    protocol, failed = parsing()
    protocol.dataReceived(b"X-Dau: 1\r\n")
    came = number = 0
    while not failed and came < 2 * _LONGEST_HEAD:
        lines = b"".join(line % (number + n) for n in range(100))
        came, number = came + len(lines), number + 100
        protocol.dataReceived(lines)
    assert came < 1.5 * _LONGEST_HEAD
    assert failed


def test_why_a_head_was_given_up_is_told() -> None:
    protocol, failed = parsing()
    for _ in range(3):
        protocol.dataReceived(b"X: " + b"y" * 900_000 + b"\r\n")
    assert any(isinstance(error, DownloadCancelledError) for error in failed)


def test_a_portal_whose_heads_have_no_end_holds_up_nobody(portal: RawPortal) -> None:
    endless = b"HTTP/1.1 200 OK\r\n" + b"X-Dau: 1\r\n" * (3 * _LONGEST_HEAD // 10)

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path == "/":
            return answer(listing([*chain(3), "/tin/dai.html"]))
        return answer(chain(3)[asked.path]) if asked.path in chain(3) else endless

    archived, _ = portal(answered)
    archived.crawl(*QUICK, code=1)
    assert held(archived) == 3
    (row,) = archived.rows("SELECT state, reason FROM urls WHERE url LIKE '%/dai.html'")
    assert row == {"state": "failed", "reason": "the answer is larger than the limit"}


def test_cookies_do_not_pile_up() -> None:
    cookies: dict[str, str] = {}
    for number in range(1000):
        cookies = _together(cookies, {f"c{number}": "1", "phien": str(number)})
    assert len(cookies) == _MOST_COOKIES
    assert cookies["phien"] == "999"
    assert "c999" in cookies


# Lengths


def test_a_page_that_breaks_off_is_asked_for_once_more(portal: RawPortal) -> None:
    """A length that is too short cuts a page, and nobody sees it but by where the page ends."""
    pages = chain(4)
    never_closed = pages["/tin/bai-3.html"].replace("</div></div></body></html>", "")

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path == "/":
            return answer(listing([*pages]))
        if asked.path == "/tin/bai-3.html":
            return answer(never_closed)
        if asked.path == "/tin/bai-2.html" and asked.count == 1:
            body = pages[asked.path].encode()
            half = f"Content-Length: {body.index(b'post-navigation') + 20}"
            return answer(body, "text/html; charset=utf-8", "200 OK", half, 'ETag: "mot"')
        if asked.headers.get("if-none-match") == '"mot"':
            return answer("", None, "304 Not Modified")
        return answer(pages[asked.path]) if asked.path in pages else NOT_FOUND

    archived, server = portal(answered)
    archived.crawl(*QUICK, code=None)
    cut = "SELECT prev_url FROM articles WHERE url LIKE '%/bai-2.html'"
    assert archived.rows(cut) == [{"prev_url": None}]
    rechecks = "SELECT url FROM urls WHERE recheck = 'it breaks off' ORDER BY url"
    assert [row["url"][-10:] for row in archived.rows(rechecks)] == ["bai-2.html", "bai-3.html"]
    archived.crawl(*QUICK, code=None)
    assert archived.rows(cut) == [{"prev_url": f"{server.url}/tin/bai-1.html"}]
    assert archived.rows(rechecks) == []
    server.asked.clear()
    archived.crawl(*QUICK, code=None)
    assert not {"/tin/bai-2.html", "/tin/bai-3.html"} & {*server.asked}


# Files


def test_what_is_withheld_is_its_owners_alone(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "archive.db")
    vault.add("c7k2m9x4q1w8z", {"article": {}})
    seen = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    vault.commit()
    vault.close()
    assert seen == {"withheld.db": 0o600, "withheld.db-journal": 0o600}


def test_a_file_is_not_written_through_a_link_that_somebody_laid(tmp_path: Path) -> None:
    """Names of parts are chance: in a folder that others may write to, nobody can lay one."""
    names = set()
    for _ in range(2):
        with atomic_write(tmp_path / "ra.jsonl") as file:
            names |= {one.name for one in tmp_path.glob(".*.part")}
            file.write(b"x")
    assert len(names) == 2
    write_whole(tmp_path / "tinh.toml", b"[thu]")
    write_whole(tmp_path / "tinh.toml", b"[thu]\n")
    assert {one.name for one in tmp_path.iterdir()} == {"ra.jsonl", "ra.jsonl.sha256", "tinh.toml"}
