"""Import of what others wrote otherwise than the standards have it, or than most do."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive import Archive
from archive.warc import parted, read_blocks, read_head, zstd
from curation.importing.beginnings import ARC, WARC
from curation.importing.checked_records import Record, records
from curation.importing.damage import DamageError
from curation.importing.moments import NoMomentError, moment
from curation.importing.streams import Meter, MeteredFile, stream_of
from tests.test_import import BASE, LONG, Box, box, news, per_record, wacz
from tests.warcs import Seen, page, plain, write_arc
from tinhuyen.cli import main

__all__ = ["box"]

BODY = news("mot").body


def warc(
    block: bytes,
    url: str = f"{BASE}/mot/",
    date: str = "2014-03-09T02:15:00Z",
    kind: str = "application/http; msgtype=response",
    version: str = "1.0",
    type_: str = "response",
    more: str = "",
) -> bytes:
    """Return a record as a tool of its own kind writes it."""
    head = (
        f"WARC/{version}\r\nWARC-Type: {type_}\r\nWARC-Target-URI: {url}\r\nWARC-Date: {date}\r\n"
        f"WARC-Record-ID: <urn:uuid:6f0c1d6e-5a5e-4b3f-9d0e-0c2f5a1f7a01>\r\n{more}"
    )
    head += f"Content-Type: {kind}\r\n" if kind else ""
    return f"{head}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"


def arc(*blocks: bytes, version: int = 1, gaps: bytes = b"\n", kind: str = "text/html") -> bytes:
    """Return an ARC file, version 2 with the five fields that 1 does not have."""
    about = b"%d 0 thu vien\nURL IP-address Archive-date Content-type Archive-length\n" % version
    more = " 200 2fmb5tzk - 4711 thu.arc" if version == 2 else ""
    file = f"filedesc://thu.arc 0.0.0.0 20081103 text/plain{more and ' 200 - - 0 thu.arc'} "
    data = file.encode() + b"%d\n" % len(about) + about + gaps
    for number, block in enumerate(blocks):
        line = f"{BASE}/bai-{number}/ 203.0.113.7 20081103090807 {kind}{more} {len(block)}\n"
        data += line.encode() + block + gaps
    return data


OK = "HTTP/1.1 200 OK"
HTML = "Content-Type: text/html; charset=utf-8"


def lines(*those: str, end: str = "\r\n", charset: str = "utf-8") -> bytes:
    return end.join([*those, "", ""]).encode(charset)


# Heads

HEADS = {
    "line feeds": lines(OK, "Server: nginx/0.7", HTML, end="\n"),
    "carriage returns": lines(OK, HTML, "X-Powered-By: ASP.NET", end="\r"),
    "a line feed ends it": lines(OK, HTML)[:-2] + b"\n",
    "one line of it by a line feed": b"HTTP/1.1 200 OK\nServer: x\r\n" + lines(HTML),
    "HTTP/2": lines("HTTP/2 200", HTML.lower()),
    "HTTP/2.0 with a reason": lines("HTTP/2.0 200 OK", HTML),
    "HTTP/3": lines("HTTP/3 200", HTML),
    "fields of HTTP/2": lines(":status: 200", HTML.lower(), "server: cloud"),
    "no version": lines("HTTP 200 OK", HTML),
    "no reason": lines("HTTP/1.0 200", HTML),
    "a reason in Vietnamese": lines("HTTP/1.1 200 Thành công", HTML),
    "two blanks": lines("HTTP/1.1  200  OK", HTML),
    "small letters": lines("http/1.1 200 ok", HTML),
    "folded": lines(OK, "Content-Type: text/html;", "\tcharset=utf-8", "Server: x"),
    "folded line feeds": lines(OK, "Content-Type: text/html;", " charset=utf-8", end="\n"),
    "Latin-1": lines(OK, "X-Ten: huy\xean", HTML, charset="latin-1"),
    "UTF-8": lines(OK, "X-Ten: Huyện Thử", HTML),
    "a blank before the colon": lines(OK, HTML.replace(":", " :")),
    "a line that is no field": lines(OK, "<!-- proxy -->", HTML),
    "no fields": lines(OK),
    "no head at all": b"",
}


@pytest.mark.parametrize("form", ["warc", "arc"])
@pytest.mark.parametrize("head", HEADS)
def test_a_head_is_read_however_its_lines_are(box: Box, head: str, form: str) -> None:
    block = HEADS[head] + BODY
    file = box.file(f"a.{form}", warc(block) if form == "warc" else arc(block))

    box.take(file)

    assert box.texts() == ["Bài mot"]
    (row,) = box.rows("SELECT body FROM articles")
    assert row["body"].split() == LONG.split()
    with Archive.open(box.db, read_only=True) as archive:
        (capture,) = archive.captures.of_site("test", 9)
        assert block in read_blocks(archive.folder, capture)[0], "kept as it was written"
    assert box.take(file, "--json") == ""
    assert json.loads(box.said)["sites"][0]["known"] == 1


@pytest.mark.parametrize("head", HEADS)
def test_what_was_imported_is_sound_and_can_be_derived_again(box: Box, head: str) -> None:
    box.take(box.file("a.warc", warc(HEADS[head] + BODY)))

    done = CliRunner().invoke(main, ["verify", "--db", str(box.db)])

    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("message", "status", "fields", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nx", 200, [("A", "b")], b"x"),
        (b"HTTP/1.1 404\nA: b\nC:d\n\n\nx", 404, [("A", "b"), ("C", "d")], b"\nx"),
        (b"HTTP/1.0 302 Found\rA: b\r\rx\r\n\r\ny", 302, [("A", "b")], b"x\r\n\r\ny"),
        (b"HTTP/2 204\r\n\r\n", 204, [], b""),
        (b"HTTP/1.1 304 Not Modified\r\nA: b", 304, [("A", "b")], b""),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n  c\r\n\td\r\n\r\n", 200, [("A", "b c d")], b""),
        (b"HTTP/1.1 200 OK\r\nA: b: c\r\n: d\r\nE\r\nF:\r\n\r\n", 200, [("A", "b: c"), ("F", "")],
         b""),
        (b"HTTP/1.1 2000 OK\r\nA: b\r\n\r\n", None, [("A", "b")], b""),
        (b"ICY 200 OK\r\nA: b\r\n\r\n", 200, [("A", "b")], b""),
    ],
)  # fmt: skip
def test_a_message_is_parted(
    message: bytes, status: int | None, fields: list[tuple[str, str]], body: bytes
) -> None:
    head, rest = parted(message)

    read = read_head(head)
    assert (read.status, [*read.fields], rest) == (status, fields, body)
    assert head + rest == message


# Bodies


def chunked(body: bytes, size: int = 700) -> bytes:
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%X\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])


CHUNKED = "Transfer-Encoding: chunked"
GZIPPED = "Content-Encoding: gzip"
BODIES = {
    "chunked": (lines(OK, HTML, CHUNKED), chunked(BODY)),
    "chunked, a head of line feeds": (lines(OK, HTML, CHUNKED, end="\n"), chunked(BODY)),
    "chunked by name only": (lines(OK, HTML, CHUNKED), BODY),
    "gzipped by name only": (lines("HTTP/2 200", HTML, GZIPPED), BODY),
    "chunked with a length": (lines(OK, HTML, CHUNKED, "Content-Length: 99999"), chunked(BODY)),
    "gzipped with the length of the page": (
        lines(OK, HTML, GZIPPED, f"Content-Length: {len(BODY)}"), gzip.compress(BODY),
    ),
    "gzipped and chunked, folded": (
        lines(OK, HTML, "Transfer-Encoding:", "  chunked", GZIPPED), chunked(gzip.compress(BODY)),
    ),
    "a length that is too short": (lines(OK, HTML, "Content-Length: 10"), BODY),
    "a length that is no number": (lines(OK, HTML, "Content-Length: nhiều"), BODY),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_read_whatever_its_head_says_of_it(box: Box, name: str) -> None:
    head, body = BODIES[name]

    box.take(box.file("a.warc", warc(head + body)))

    assert box.texts() == ["Bài mot"]


CUT = {
    "shorter than it claims": (lines(OK, HTML, f"Content-Length: {len(BODY) + 9}"), BODY, ""),
    "cut in its encoding": (
        lines(OK, HTML, GZIPPED, f"Content-Length: {len(BODY)}"), gzip.compress(BODY)[:-9], "",
    ),
    "cut by its word": (lines(OK, HTML), BODY, "WARC-Truncated: length\r\n"),
    "the first of several records": (lines(OK, HTML), BODY, "WARC-Segment-Number: 1\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", CUT)
def test_a_part_of_a_page_is_passed_over(box: Box, name: str) -> None:
    head, body, more = CUT[name]
    file = box.file("a.warc", warc(head + body, more=more) + warc(lines(OK, HTML) + BODY, BASE))

    box.take(file, "--json")

    assert json.loads(box.said)["files"][0]["skipped"] == {"cut off": 1}


# What is no message of HTTP


@pytest.mark.parametrize(
    ("kind", "type_", "block"),
    [
        ("text/html", "response", BODY),
        ("text/html", "response", lines(OK, HTML) + BODY),
        ("", "response", lines("HTTP/2 200", HTML) + BODY),
        ("application/octet-stream", "response", lines(OK, HTML) + BODY),
        ("APPLICATION/HTTP;msgtype=response", "response", lines(OK, HTML) + BODY),
        ("text/html; charset=utf-8", "resource", BODY),
        ("application/http", "response", b"\xef\xbb\xbf" + BODY),
    ],
)
def test_a_page_is_one_whatever_its_record_is_called(
    box: Box, kind: str, type_: str, block: bytes
) -> None:
    box.take(box.file("a.warc", warc(block, kind=kind, type_=type_)))

    assert box.texts() == ["Bài mot"]


def test_records_of_other_kinds_are_passed_over(box: Box) -> None:
    data = warc(lines(OK, HTML) + BODY)
    data += warc(b"20140309021500\n203.0.113.7", "dns:thu.example", kind="text/dns")
    data += warc(b"fetchTimeMs: 9\r\n", kind="application/warc-fields", type_="metadata")
    data += warc(b"%PDF-1.4", f"{BASE}/a.pdf", kind="application/pdf", type_="resource")
    data += warc(BODY, kind="text/plain", type_="conversion")
    data += warc(b"x", kind="", type_="la-lung")

    box.take(box.file("a.warc", data), "--json")

    (file,) = json.loads(box.said)["files"]
    assert (file["pages"], file["skipped"]) == ({"test": 1}, {"other hosts": 1, "not HTML": 1})


def test_what_cannot_be_read_is_counted_named_and_costs_the_exit_code(box: Box) -> None:
    garbage = warc(b"\x00\x01\x02 khong phai HTTP", f"{BASE}/hong/")
    broken = warc(lines(OK, HTML, GZIPPED) + b"\x1f\x8b\x08 hong", f"{BASE}/nen-hong/")
    sound = warc(lines(OK, HTML) + BODY)

    box.take(box.file("a.warc", sound + garbage + broken), code=1)

    assert "passed over: 1 unreadable" in box.said
    assert f"cannot be read: the record at byte {len(sound)} ({BASE}/hong/)" in box.said
    assert f"test: cannot be read: {BASE}/nen-hong/ of 2014-03-09T02:15:00Z" in box.said
    assert box.texts() == ["Bài mot"]


@pytest.mark.parametrize("version", ["0.17", "0.18", "1.0", "1.1"])
def test_drafts_of_warc_are_read(box: Box, version: str) -> None:
    box.take(box.file("a.warc", warc(lines(OK, HTML) + BODY, version=version)))

    assert box.texts() == ["Bài mot"]


# Dates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2013", "2013-01-01T00:00:00"),
        ("2013-08", "2013-08-01T00:00:00"),
        ("2013-8-3", "2013-08-03T00:00:00"),
        ("2013-08-21", "2013-08-21T00:00:00"),
        ("2013-08-21T17:05Z", "2013-08-21T17:05:00"),
        ("2013-08-21T17:05:09Z", "2013-08-21T17:05:09"),
        ("2013-08-21t17:05:09z", "2013-08-21T17:05:09"),
        ("2013-08-21T17:05:09.5Z", "2013-08-21T17:05:09.500000"),
        ("2013-08-21T17:05:09.123456789Z", "2013-08-21T17:05:09.123456"),
        ("2013-08-21T17:05:09,25+07:00", "2013-08-21T10:05:09.250000"),
        ("2013-08-21T17:05:09+0700", "2013-08-21T10:05:09"),
        ("2013-08-21T17:05:09-05", "2013-08-21T22:05:09"),
        ("2013-08-21T17:05:09", "2013-08-21T17:05:09"),
        ("2013-08-21 17:05:09 UTC", "2013-08-21T17:05:09"),
        ("2012-06-30T23:59:60Z", "2012-06-30T23:59:59"),
        ("20130821170509", "2013-08-21T17:05:09"),
        ("20130821170509345", "2013-08-21T17:05:09.345000"),
        ("20130821", "2013-08-21T00:00:00"),
        ("201308", "2013-08-01T00:00:00"),
        ("20130821T170509Z", "2013-08-21T17:05:09"),
        ("Wed, 21 Aug 2013 17:05:09 GMT", "2013-08-21T17:05:09"),
        ("Wed, 21 Aug 2013 17:05:09 +0700", "2013-08-21T10:05:09"),
    ],
)
def test_a_date_is_read_in_any_of_its_forms(text: str, expected: str) -> None:
    assert moment(text) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "nay", "2013-13", "2013-02-30", "20131301", "13", "0000", "2013-08-21T25:00:00Z",
     "2013-08-21T17:05:61Z", "2013-08-21T17:05:09+99:00", "0001-01-01T00:00:00+23:00", "2" * 40,
     "21/08/2013"],
)  # fmt: skip
def test_what_is_no_date_is_told(text: str) -> None:
    with pytest.raises(NoMomentError):
        moment(text)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2013", "2013-01-01T00:00:00Z"),
        ("2013-08", "2013-08-01T00:00:00Z"),
        ("20130821170509", "2013-08-21T17:05:09Z"),
        ("2013-08-21T17:05:09.734+07:00", "2013-08-21T10:05:09Z"),
    ],
)
def test_a_page_is_of_the_day_that_its_record_names(box: Box, date: str, expected: str) -> None:
    box.take(box.file("a.warc", warc(lines(OK, HTML) + BODY, date=date)))

    assert box.rows("SELECT fetched_at FROM captures") == [{"fetched_at": expected}]


# ARC


def answers(*names: str) -> list[bytes]:
    return [lines(OK, HTML, end="\n") + news(name).body for name in names]


@pytest.mark.parametrize("gaps", [b"\n", b"\r\n", b"", b"\n\n"])
@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_of_arc_are_read(box: Box, version: int, gaps: bytes) -> None:
    data = arc(*answers("mot", "hai", "ba"), version=version, gaps=gaps)

    box.take(box.file("a.arc", data))

    assert box.texts() == ["Bài mot", "Bài hai", "Bài ba"]


def test_a_media_type_with_blanks_does_not_hide_a_record(box: Box) -> None:
    box.take(box.file("a.arc", arc(*answers("mot"), kind="text/html; charset=utf-8")))

    assert box.texts() == ["Bài mot"]


def test_a_record_cut_out_of_an_arc_file_is_read(box: Box) -> None:
    data = arc(*answers("mot", "hai"))

    box.take(box.file("a.arc", data[data.index(b"http://") :]))

    assert box.texts() == ["Bài mot", "Bài hai"]


def lying(data: bytes, change: int) -> bytes:
    """Return an ARC file whose second page claims another length."""
    start = data.index(f"{BASE}/bai-1/".encode())
    line, end, rest = data[start:].partition(b"\n")
    fields, _, length = line.rpartition(b" ")
    return data[:start] + b"%b %d" % (fields, int(length) + change) + end + rest


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "too long": lambda data: lying(data, 9),
    "too short": lambda data: lying(data, -90),
    "far too long": lambda data: lying(data, 10**9),
    "no length": lambda data: data.replace(b"/bai-1/ 203.0.113.7", b"/bai-1/ o dau"),
    "a line of garbage": lambda data: data.replace(
        f"{BASE}/bai-1/".encode(), b"\x00\xff rac\n" + f"{BASE}/bai-1/".encode()
    ),
}


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("name", SPOILT)
def test_what_follows_a_damaged_record_of_an_arc_file_is_salvaged(
    box: Box, name: str, version: int
) -> None:
    data = SPOILT[name](arc(*answers("mot", "hai", "ba", "bon"), version=version))
    file = box.file("a.arc", data)

    said = box.take(file, code=2)
    assert said.startswith(f"Error: {file}: the record at byte ")
    assert said.endswith("nothing was imported. --salvage takes what is whole\n")
    box.take(file, "--salvage", code=1)

    assert {"Bài mot", "Bài ba", "Bài bon"} <= set(box.texts())
    assert "left out: " in box.said


def test_what_follows_a_damaged_member_of_an_arc_file_is_salvaged(box: Box) -> None:
    pages = [news(name) for name in ("mot", "hai", "ba")]
    data = bytearray(write_arc(box.folder / "a.arc.gz", pages).read_bytes())
    members = [i for i in range(len(data)) if data.startswith(b"\x1f\x8b\x08", i)]
    for at in range(members[2] + 40, members[2] + 60):
        data[at] ^= 0x3C
    file = box.file("a.arc.gz", bytes(data))

    box.take(file, code=2)
    box.take(file, "--salvage", code=1)

    assert set(box.texts()) == {"Bài mot", "Bài ba"}


def test_cut_at_any_byte_the_whole_records_of_an_arc_file_are_read() -> None:
    data = arc(b"mot hai", lines(OK) + b"ba bon nam", b"sau")
    starts = [i for i in range(len(data)) if ARC.pattern.match(data, i)]
    ends = [*starts[1:], len(data)]
    for cut in range(starts[1], len(data)):
        damages: list[DamageError] = []

        whole = _records(data[:cut], damages)

        assert len(whole) == sum(end - 1 <= cut for end in ends), cut
        assert bool(damages) != (cut in ends or cut + 1 in ends), cut


def _records(data: bytes, damages: list[DamageError]) -> list[Record]:
    file = MeteredFile(io.BytesIO(data), lambda _: None)
    return list(records(stream_of(file, Meter()), lambda _: True, damages.append))


@pytest.mark.parametrize("distance", [1, 200_000, 262_144 - 40, 262_144, 700_000])
def test_the_next_record_is_found_wherever_a_piece_of_the_file_ends(distance: int) -> None:
    for beginning, record in ((ARC, arc(b"hai", b"ba")), (WARC, warc(b"hai") + warc(b"ba"))):
        first = record[: record.rindex(b"http://thu" if beginning is ARC else b"WARC/")]
        rest = record[len(first) :]
        damages: list[DamageError] = []

        read = _records(first + b"x" * distance + b"\n" + rest, damages)

        assert read[-1].block == b"ba", (beginning, distance)
        assert damages


# Compressed otherwise


@pytest.mark.parametrize("size", [1, 50, 333, 4096])
@pytest.mark.parametrize("form", ["gz", "zst"])
def test_members_may_end_anywhere(box: Box, size: int, form: str) -> None:
    data = plain([news("mot", "Ngắn."), news("hai", "Ngắn.")], box.folder)
    pack = gzip.compress if form == "gz" else zstd.compress
    pieces = [data[i : i + size] for i in range(0, len(data), size)]

    box.take(box.file(f"a.warc.{form}", b"".join(pack(p) + pack(b"") for p in pieces)))

    assert box.texts() == ["Bài hai", "Bài mot"]


def test_a_damaged_member_that_has_a_part_of_a_record_costs_what_lies_in_it(box: Box) -> None:
    data = plain([news(name) for name in ("mot", "hai", "ba")], box.folder, requests=False)
    middle = data.index(f"{BASE}/hai/".encode()) + 400
    pieces = [data[:middle], data[middle : middle + 100], data[middle + 100 :]]
    first, second, third = map(gzip.compress, pieces)
    spoilt = second[:20] + b"\xff\xff\xff" + second[23:]
    # Behind the damage the rest of a record comes first, then a whole one.
    file = box.file("a.warc.gz", first + spoilt + third)

    box.take(file, "--salvage", code=1)

    assert "Bài mot" in box.texts()
    assert "left out: " in box.said


# Zip files


def packed(*parts: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("datapackage.json", '{"profile": "multi-wacz-package"}')
        for name, data in parts:
            archive.writestr(name, data)
    return file.getvalue()


def part(folder: Path, *names: str) -> bytes:
    return wacz(per_record(plain([news(name) for name in names], folder), gzip.compress))


DEFLATED = zipfile.ZIP_DEFLATED
PACKAGES: dict[str, Callable[[bytes, bytes], bytes]] = {
    "stored": lambda a, b: packed(("a.wacz", a), ("b.wacz", b)),
    "in folders": lambda a, b: packed(("phan/mot/a.wacz", a), ("phan/hai/b.WACZ", b)),
    "deflated": lambda a, b: packed(("a.wacz", a), ("b.wacz", b), method=DEFLATED),
    "one in the other": lambda a, b: packed(("b.wacz", b), ("c.wacz", packed(("a.wacz", a)))),
    "deflated outside": lambda a, b: packed(
        ("c.wacz", packed(("a.wacz", a), ("b.wacz", b))), method=DEFLATED
    ),
}


@pytest.mark.parametrize("name", PACKAGES)
def test_wacz_files_in_a_wacz_file_are_read(box: Box, name: str) -> None:
    data = PACKAGES[name](part(box.folder, "mot", "hai"), part(box.folder, "ba"))

    box.take(box.file("nhieu.wacz", data))

    assert box.texts() == ["Bài ba", "Bài hai", "Bài mot"]


def test_a_zip_file_may_hold_both(box: Box) -> None:
    data = plain([news("mot")], box.folder)

    box.take(box.file("a.wacz", packed(("x.warc", data), ("y.wacz", part(box.folder, "hai")))))

    assert box.texts() == ["Bài hai", "Bài mot"]


def test_a_damaged_part_is_told_and_the_others_are_salvaged(box: Box) -> None:
    sound, cut = part(box.folder, "mot"), part(box.folder, "hai", "ba")[:-200]
    file = box.file("a.wacz", packed(("hong.wacz", cut), ("tot.wacz", sound)))

    assert "hong.wacz, the zip file (WACZ) is damaged or cut off" in box.take(file, code=2)
    box.take(file, "--salvage", code=1)

    assert box.texts() == ["Bài ba", "Bài hai", "Bài mot"]
    assert "left out: hong.wacz, the zip file (WACZ) is damaged" in box.said


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (
            lambda inner: packed(("4.wacz", packed(("3.wacz", packed(("2.wacz", inner)))))),
            "more than 3 zip files lie one in the other",
        ),
        (
            lambda inner: packed(
                ("3.wacz", packed(("2.wacz", inner), method=DEFLATED)), method=DEFLATED
            ),
            "compressed in what is compressed",
        ),
        (
            lambda inner: packed(("2.wacz", bytes(200 << 20)), method=DEFLATED),
            "a decompression bomb",
        ),
    ],
    ids=["deep", "compressed twice", "zeros"],
)
def test_zip_files_in_zip_files_are_no_trap(
    box: Box, make: Callable[[bytes], bytes], told: str
) -> None:
    assert told in box.take(box.file("a.wacz", make(part(box.folder, "mot"))), code=2)
    assert not box.db.exists()


def test_a_package_whose_parts_lie_elsewhere_names_them(box: Box) -> None:
    described = {
        "profile": "multi-wacz-package",
        "resources": [{"name": "mot.wacz", "path": "https://kho.example/mot.wacz"}],
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("datapackage.json", json.dumps(described))

    said = box.take(box.file("a.wacz", file.getvalue()), code=2)

    assert "several parts, which are not in it: 'https://kho.example/mot.wacz'" in said


def test_an_index_that_lies_is_nobodys_business(box: Box) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/a.warc", plain([news("mot")], box.folder))
        archive.writestr("indexes/index.cdx", 'example,thu)/hai/ 2014 {"offset": "99999"}\n')
        archive.writestr("pages/pages.jsonl", "khong phai JSON")

    box.take(box.file("a.wacz", file.getvalue()))

    assert box.texts() == ["Bài mot"]


def test_a_page_that_says_no_more_than_the_address_is_still_passed_over(box: Box) -> None:
    redirect = Seen(f"{BASE}/cu/", "302", (("Location", f"{BASE}/mot/"),), b"")
    missing = replace(page(f"{BASE}/mat/", b"<html>"), status="404")

    box.take(box.warc(redirect, missing, news("mot")), "--json")

    skipped = json.loads(box.said)["files"][0]["skipped"]
    assert skipped == {"redirects": 1, "errors": 1}
