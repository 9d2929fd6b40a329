"""A new file of captures is begun where its dictionary saves more than it costs, and only there."""

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.warc import WarcFile, WarcWriter, read_blocks
from archive.warc.dictionaries import (
    FEWEST_PAGES,
    FINISHED_LEVEL,
    PACKED_LEVEL,
    chosen_for,
    would_pay,
)
from archive.warc.frames import compressed, compressor_with, packed
from crawler.exchange import Capture, Exchange

AT = datetime(2026, 1, 1, tzinfo=UTC)


def page(theme: int, number: int) -> bytes:
    """Return a page of a theme: 12 kB that all of its pages have, and some words of its own."""
    layout = random.Random(theme).randbytes(6000).hex().encode()
    words = random.Random(f"{theme}-{number}").randbytes(150).hex().encode()
    return b"<html>" + layout + b"<p>" + words + b"</p></html>"


def exchange(theme: int, number: int) -> Exchange:
    return Exchange(
        url=f"http://huyen.example/{theme}-{number}", at=AT, status=200,
        head=b"HTTP/1.1 200 OK\r\n\r\n", body=page(theme, number), request_head=b"GET / HTTP/1.1",
        content_type="text/html",
    )  # fmt: skip


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[WarcWriter]:
    with closing(WarcWriter(tmp_path, "test", {"software": "TinHuyen/1"}, [], [])) as writer:
        yield writer


def written(writer: WarcWriter, theme: int, pages: range) -> list[Capture]:
    return [writer.write(exchange(theme, number)) for number in pages]


def test_a_portal_that_stays_as_it_is_keeps_its_file(writer: WarcWriter) -> None:
    captures = written(writer, 1, range(300))
    files = [capture.warc_file for capture in captures]
    assert files.index(files[-1]) == FEWEST_PAGES, "the second one has the layout already"
    assert len({*files}) == 2
    assert captures[-1].warc_length < captures[0].warc_length / 10


def test_a_theme_that_changes_is_found_within_a_few_pages(
    writer: WarcWriter, tmp_path: Path
) -> None:
    written(writer, 1, range(100))
    before = writer.name
    captures = written(writer, 2, range(200))
    files = [capture.warc_file for capture in captures]
    assert files[0] == before
    assert len({*files}) == 2, "one is enough"
    assert captures[-1].warc_length < captures[0].warc_length / 10
    for capture in captures:
        assert page(2, int(capture.url.rpartition("-")[2])) in read_blocks(tmp_path, capture)[0]


def test_a_theme_that_changed_is_found_when_a_crawl_goes_on(
    writer: WarcWriter, tmp_path: Path
) -> None:
    written(writer, 1, range(40))
    captures = written(writer, 2, range(10))
    samples = [b"".join(read_blocks(tmp_path, capture)) for capture in captures]
    (*_, last) = writer.begun
    writer.close()
    size = (tmp_path / last.name).stat().st_size
    known = WarcFile(last.name, last.head_length, last.head_sha256, size)

    same = [page(1, number) for number in range(20)]
    for pages, goes_on in ((same, True), (samples * 2, False)):
        later = WarcWriter(tmp_path, "test", {"software": "TinHuyen/1"}, [known], pages)
        assert (later.file is not None) == goes_on
        later.close()


def test_it_is_asked_the_less_often_the_more_pages_there_were(
    writer: WarcWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To ask takes as long as to compress some eighty pages."""
    asked: list[tuple[str, int]] = []

    def counted(*of: Any) -> bool:
        asked.append((writer.name, writer.in_file))
        return would_pay(*of)

    monkeypatch.setattr("archive.warc.writing.would_pay", counted)
    written(writer, 1, range(200))
    written(writer, 2, range(400))
    first, second, third = dict.fromkeys(name for name, _ in asked)
    at = {name: [pages for of, pages in asked if of == name] for name in (first, second, third)}
    assert at == {first: [8], second: [8, 16, 32, 64, 128, 256], third: [132, 264]}


def test_without_enough_pages_there_is_none(tmp_path: Path) -> None:
    assert not would_pay([page(1, n) for n in range(FEWEST_PAGES - 1)], None, 7)
    assert chosen_for([], 0, [], 0).dictionary is None
    alone = chosen_for([[page(1, 1)]], 1, [], 0)
    assert alone.dictionary is None
    assert alone.bytes > 5000


def test_of_a_small_site_all_pages_are_the_dictionary() -> None:
    """Then a page takes little more than where it stands in it: 150 bytes of each are its own, and
    in the dictionary are in the file once."""
    pages = [[page(1, number)] for number in range(40)]
    chosen = chosen_for(pages, len(pages), [], 0)
    assert chosen.dictionary
    assert all(one in chosen.dictionary.dict_content for (one,) in pages)
    compressor = compressor_with(chosen.dictionary, FINISHED_LEVEL)
    frames = [len(compressed(compressor, one)) for (one,) in pages]
    assert max(frames) < 60
    assert chosen.bytes == pytest.approx(
        len(packed(chosen.dictionary, PACKED_LEVEL)) + sum(frames), rel=0.02
    )


def test_where_there_are_more_pages_it_is_judged_by_some_that_are_not_in_it() -> None:
    pages = [[page(1, number)] for number in range(40)]
    chosen = chosen_for(pages, 4000, [], 0)
    assert chosen.dictionary
    assert not all(one in chosen.dictionary.dict_content for (one,) in pages)
