"""The files of captures: what a crash leaves of them is mended, and nothing whole is lost."""

import gzip
import hashlib
import os
import random
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.warc import (
    WarcFile,
    WarcWriter,
    as_kept,
    frames,
    mend,
    read_body,
    read_bytes,
    read_record,
    zstd,
)
from crawler.encodings import LARGEST_BODY, EncodingError, uncompressed, untransferred
from crawler.exchange import Capture, Exchange

THEN = datetime(2025, 6, 30, 1, 2, 3, tzinfo=UTC)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"


def exchange(number: int, **keys: object) -> Exchange:
    text = " ".join(hashlib.sha256(b"%d" % number).hexdigest()[n : n + 5] for n in range(40))
    body = f"<html><body><h1>Bài {number}</h1><p>{text}</p></body></html>".encode()
    url = f"http://thu.example/{number}/"
    asked = b"GET /%d/ HTTP/1.1\r\nHost: thu.example\r\n\r\n" % number
    at = THEN + timedelta(seconds=number)
    known = {"request_head": asked, "content_type": "text/html"}
    return Exchange(url, at, 200, HEAD, body, **(known | keys))  # type: ignore[arg-type]


class Written:
    """A file with captures, as a crash may find it."""

    def __init__(self, folder: Path, count: int, dictionary: bool) -> None:
        samples = list(_samples()) if dictionary else []
        self.folder = folder
        writer = WarcWriter(folder, "thu", {"software": "a test"}, [], samples)
        self.captures = [writer.write(exchange(n)) for n in range(count)]
        writer.close()
        (self.begun,) = writer.begun
        self.path = folder / self.begun.name
        self.whole = self.path.read_bytes()

    def noted(self, count: int) -> WarcFile:
        """Return the file as the archive knows it that has noted the first *count* captures."""
        end = self.ends[count]
        return WarcFile(self.begun.name, self.begun.head_length, self.begun.head_sha256, end)

    @property
    def ends(self) -> list[int]:
        """Where the head and each capture end."""
        lengths = [c.warc_offset + c.warc_length + c.request_length for c in self.captures]
        return [self.begun.head_length, *lengths]


def _samples() -> Iterator[bytes]:
    for number in range(100, 110):
        found = exchange(number)
        yield HEAD + found.body


@pytest.fixture(params=[False, True], ids=["plain", "dictionary"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Written:
    return Written(tmp_path, 4, request.param)


def check_whole(written: Written, captures: list[Capture]) -> None:
    """Read captures as the archive would."""
    for capture in captures:
        number = int(capture.url.rstrip("/").rpartition("/")[2])
        assert read_record(written.folder, capture).body == exchange(number).body
        digest = hashlib.sha256(read_bytes(written.folder, capture)).hexdigest()
        assert digest == capture.warc_sha256


def test_there_is_nothing_to_mend_in_a_whole_file(written: Written) -> None:
    assert mend(written.folder, written.noted(4)) is None
    assert written.path.read_bytes() == written.whole


def test_cut_at_any_byte_of_the_last_two_nothing_whole_is_lost(written: Written) -> None:
    """Of four the archive has noted two; what came after is adopted as far as it is whole."""
    for size in range(written.ends[2], written.ends[4]):
        written.path.write_bytes(written.whole[:size])
        whole = sum(end <= size for end in written.ends) - 1

        mended = mend(written.folder, written.noted(2))

        if size == written.ends[2]:
            assert mended is None
            continue
        assert mended
        assert mended.end == written.ends[whole], size
        assert written.path.read_bytes() == written.whole[: mended.end]
        assert mended.adopted == written.captures[2:whole], size
        torn = size - mended.end
        assert (f"cut off a torn record of {torn} bytes" in mended.message) == bool(torn)
        several = "capture" if whole == 3 else "captures"
        told = f"adopted {whole - 2} {several} that the database did not know"
        assert (told in mended.message) == ("adopted" in mended.message) == (whole > 2)
    assert [*written.path.parent.glob("*.cut-*")] == [], "what is torn is not set aside"
    check_whole(written, written.captures[:3])


def test_cut_at_any_byte_of_what_was_noted_the_loss_is_told(written: Written) -> None:
    for size in range(written.begun.head_length, written.ends[4]):
        written.path.write_bytes(written.whole[:size])

        mended = mend(written.folder, written.noted(4))

        assert mended
        assert mended.adopted == []
        assert mended.end == max(end for end in written.ends if end <= size), "no half of an answer"
        assert written.path.read_bytes() == written.whole[: mended.end]
        missing = written.ends[4] - mended.end
        assert f"{missing} bytes are missing at its end" in mended.message
    assert [*written.path.parent.glob("*.cut-*")] == [], "what is torn is not set aside"


def test_cut_at_any_byte_of_its_head_a_file_is_left_as_it_is(written: Written) -> None:
    for size in range(written.begun.head_length):
        written.path.write_bytes(written.whole[:size])

        for noted in (0, 4):
            mended = mend(written.folder, written.noted(noted))
            assert mended
            assert "its beginning is lost; left as it is" in mended.message
            assert mended.end == size
        assert written.path.read_bytes() == written.whole[:size]


def test_a_file_that_is_gone_may_come_back_and_nothing_of_it_is_given_up(written: Written) -> None:
    written.path.unlink()

    mended = mend(written.folder, written.noted(4))

    assert mended
    assert mended.is_damage
    assert "is missing; put it back" in mended.message
    assert mended.end == written.noted(4).end


def test_a_flipped_byte_in_what_was_not_noted_costs_at_most_what_follows(written: Written) -> None:
    chance = random.Random(3)
    for at in range(written.ends[2], written.ends[4]):
        spoilt = bytearray(written.whole)
        spoilt[at] ^= 1 << chance.randrange(8)
        written.path.write_bytes(spoilt)
        whole = sum(end <= at for end in written.ends) - 1

        mended = mend(written.folder, written.noted(2))

        assert mended
        assert mended.end >= written.ends[whole]
        assert mended.adopted[: whole - 2] == written.captures[2:whole]
        assert written.path.read_bytes() == spoilt[: mended.end]
        check_whole(written, mended.adopted)  # Zstandard heeds not every bit of a frame


def test_a_flipped_byte_in_what_was_noted_loses_nothing_that_was_noted(written: Written) -> None:
    chance = random.Random(4)
    for at in chance.sample(range(written.ends[2]), 100):
        spoilt = bytearray(written.whole)
        spoilt[at] ^= 0x20
        written.path.write_bytes(spoilt)

        mended = mend(written.folder, written.noted(2))

        assert mended
        assert mended.end >= written.ends[2]
        assert written.path.read_bytes()[: written.ends[2]] == spoilt[: written.ends[2]]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\0",
        bytes(4096),
        b"\x28\xb5\x2f\xfd",
        b"\x28\xb5\x2f\xfd" + bytes(100),
        b"\x5d\x2a\x4d\x18\x08\x00\x00\x00",
        b"\x28\xb5\x2f\xfd\x00\x58" + (b"\x02\x00\x10\x00") * 100_000,  # 12 GiB of zeros
        b"WARC/1.1\r\n" * 20,
        os.urandom(300),
    ],
    ids=["a zero", "zeros", "magic", "a frame", "a dictionary", "a bomb", "text", "random"],
)
@pytest.mark.parametrize("noted", [0, 2, 4])
def test_garbage_at_the_end_is_cut_off(written: Written, garbage: bytes, noted: int) -> None:
    written.path.write_bytes(written.whole + garbage)

    mended = mend(written.folder, written.noted(noted))

    assert mended
    assert mended.end == len(written.whole)
    assert mended.adopted == written.captures[noted:]
    assert f"cut off a torn record of {len(garbage)} bytes" in mended.message
    assert written.path.read_bytes() == written.whole


def test_a_record_without_its_request_is_torn(written: Written) -> None:
    last = written.captures[3]
    size = last.warc_offset + last.warc_length
    written.path.write_bytes(written.whole[:size])

    mended = mend(written.folder, written.noted(3))

    assert mended
    assert (mended.end, mended.adopted) == (written.ends[3], [])


def test_records_of_an_import_are_adopted_too(tmp_path: Path) -> None:
    written = Written(tmp_path, 2, dictionary=False)
    writer = WarcWriter(tmp_path, "thu", {}, [written.noted(2)], [])
    imported = writer.write(exchange(2, source="import"))
    writer.close()

    mended = mend(tmp_path, written.noted(2))

    assert mended
    assert mended.adopted == [imported]
    assert not mended.is_damage


def test_revisits_are_adopted_too(tmp_path: Path) -> None:
    """As after a backup of the database was put back beside newer files."""
    written = Written(tmp_path, 3, dictionary=False)
    writer = WarcWriter(tmp_path, "thu", {}, [written.noted(3)], [])
    revisit = writer.write(exchange(1), written.captures[1])
    fresh = writer.write(exchange(5))
    writer.close()
    whole = written.path.read_bytes()

    mended = mend(tmp_path, written.noted(3))

    assert mended
    assert written.path.read_bytes() == whole
    assert [capture.warc_sha256 for capture in mended.adopted] == [
        revisit.warc_sha256, fresh.warc_sha256,
    ]  # fmt: skip
    assert mended.revisits == {revisit.warc_offset}
    assert mended.adopted[0].payload_sha256 == written.captures[1].payload_sha256


def test_whole_records_behind_a_damaged_one_are_set_aside_not_cut(written: Written) -> None:
    spoilt = bytearray(written.whole)
    spoilt[written.ends[2] + 30] ^= 0xFF
    written.path.write_bytes(spoilt)

    mended = mend(written.folder, written.noted(2))

    assert mended
    (aside,) = written.path.parent.glob("*.cut-*")
    assert aside.name in mended.message
    assert written.path.read_bytes() + aside.read_bytes() == spoilt


def test_a_mended_file_is_written_on(written: Written) -> None:
    written.path.write_bytes(written.whole[:-10])
    mended = mend(written.folder, written.noted(2))
    assert mended
    file = written.noted(3)

    writer = WarcWriter(written.folder, "thu", {}, [file], [])
    capture = writer.write(exchange(9))
    writer.close()

    assert capture.warc_file == file.name
    assert capture.warc_offset == mended.end
    check_whole(written, [*written.captures[:3], capture])


def test_frames_of_a_file_are_its_records(written: Written) -> None:
    kinds = [
        next(line for line in data.split(b"\r\n") if line.startswith(b"WARC-Type"))
        for _, _, data in frames(written.path)
    ]
    assert kinds == [b"WARC-Type: warcinfo", *[b"WARC-Type: response", b"WARC-Type: request"] * 4]


# Bodies


def test_a_body_is_kept_with_its_encodings_and_read_without(tmp_path: Path) -> None:
    page = exchange(1).body
    body = b"%x;a=b\r\n%b\r\n0\r\n\r\n" % (len(gzip.compress(page)), gzip.compress(page))
    head = HEAD[:-2] + b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    writer = WarcWriter(tmp_path, "thu", {}, [], [])
    capture = writer.write(_with(head, body))
    writer.close()

    assert read_body(tmp_path, capture) == body
    assert read_record(tmp_path, capture).body == page
    assert as_kept(_with(head, body)).body == page
    assert as_kept(_with(head, page)).body == page  # another archive has undone them


def _with(head: bytes, body: bytes) -> Exchange:
    return Exchange("http://thu.example/1/", THEN, 200, head, body, content_type="text/html")


def _gzipped(data: bytes) -> bytes:
    """Return the same bytes at any time: workers tell each other tests by their parameters."""
    return gzip.compress(data, mtime=0)


def _deflated(data: bytes, wbits: int) -> bytes:
    packer = zlib.compressobj(wbits=wbits)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", _gzipped(b"mot hai")),
        ("x-gzip", _gzipped(b"mot ") + _gzipped(b"hai") + b"\n"),
        ("deflate", _deflated(b"mot hai", 15)),
        ("deflate", _deflated(b"mot hai", -15)),
        ("zstd", zstd.compress(b"mot hai")),
        ("zstd", b"\x5a*M\x18\x01\0\0\0x" + zstd.compress(b"mot ") + zstd.compress(b"hai")),
        ("br", b"\x0b\x03\x80mot hai\x03"),
        ("identity", b"mot hai"),
        ("", b"mot hai"),
        ("gzip, zstd", zstd.compress(_gzipped(b"mot hai"))),
    ],
)
def test_a_content_encoding_is_undone(encoding: str, body: bytes) -> None:
    assert uncompressed(body, encoding) == b"mot hai"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", _gzipped(b"mot hai")[:-3]),
        ("gzip", b"mot hai"),
        ("gzip", _gzipped(b"mot ") + _gzipped(b"hai")[:12] + b"\xff" * 20),
        ("deflate", b"mot hai"),
        ("zstd", zstd.compress(b"mot hai")[:-3]),
        ("zstd", zstd.compress(b"mot ") + zstd.compress(b"hai")[:4] + b"\xff" * 20),
        ("br", b"mot hai"),
        ("utf-8", b"mot hai"),
        ("gzip", _gzipped(bytes(LARGEST_BODY + 1))),
        ("zstd", zstd.compress(bytes(LARGEST_BODY + 1))),
    ],
)
def test_a_content_encoding_that_cannot_be_undone_is_told(encoding: str, body: bytes) -> None:
    with pytest.raises(EncodingError):
        uncompressed(body, encoding)


@pytest.mark.parametrize(
    "body",
    [
        b"4\r\nmot \r\n3\r\nhai\r\n0\r\n\r\n",
        b"04;a=b\r\nmot \r\n3 \r\nhai\r\n0\r\nTrailer: x\r\n\r\n",
        b"4\nmot \n3\nhai\n0\n\n",
        b"7\r\nmot hai\r\n",
    ],
)
def test_chunks_are_joined(body: bytes) -> None:
    assert untransferred(body, "chunked") == b"mot hai"


@pytest.mark.parametrize("body", [b"mot hai", b"8\r\nmot hai", b"", b"f" * 99, b"4\r\nmot \r\nx"])
def test_chunks_that_are_damaged_are_told(body: bytes) -> None:
    with pytest.raises(EncodingError):
        untransferred(body, "chunked")
