"""Archives that were crawled apart, merged: what one crawl would have made, whoever comes first."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest

from archive.merging.texts import Texts
from curation.merging import merge
from demo.portal import Portal
from demo.server import Server, serving
from tests.conftest import run
from tests.content import content_hash, writing
from tests.room_sample import opened

SITES = ("a", "b", "c")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(Portal.scaled(12, page_bytes=0), host="0.0.0.0") as server:
        yield server


def described(folder: Path, server: Server) -> Path:
    """Describe three sites, each with a host of its own, and return the folder of it."""
    (folder / "sites").mkdir()
    port = urlsplit(server.url).port
    tables = (
        f'[{key}]\nname = "Huyện {key}"\nbase_url = "http://127.0.0.{number}:{port}/"\n'
        f'cms = "newspaper"\ndelay = 0.001'
        for number, key in enumerate(SITES, 2)
    )
    (folder / "sites" / "thu.toml").write_text("\n\n".join(tables), "utf-8")
    return folder / "sites"


def crawl(sites: Path, db: Path, *keys: str) -> None:
    db.parent.mkdir(exist_ok=True)
    done = run("crawl", *keys, "--db", db, "--media", TINHUYEN_SITES=str(sites),
               TINHUYEN_CONTACT="https://tinhuyen.example/contact")  # fmt: skip
    assert done.code == 0, done.out + done.err


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Path:
    """A folder with each site crawled by itself, and all of them together."""
    folder = tmp_path_factory.mktemp("crawled")
    sites = described(folder, server)
    crawl(sites, folder / "whole" / "archive.db", *SITES)
    for key in SITES:
        crawl(sites, folder / key / "archive.db", key)
    return folder


def verify(db: Path, sites: Path) -> None:
    done = run("verify", "--db", db, TINHUYEN_SITES=str(sites))
    assert done.code == 0, done.out + done.err


def test_what_was_crawled_apart_is_what_one_crawl_makes(crawled: Path, tmp_path: Path) -> None:
    db = tmp_path / "archive.db"
    for key in SITES:
        merged = merge(db, crawled / key)
        assert (merged.sites, merged.merged, merged.new, merged.changed) == (1, 1, 12, 0)
    assert content_hash(db) == content_hash(crawled / "whole" / "archive.db")
    verify(db, crawled / "sites")
    before = content_hash(db)
    for key in SITES:
        assert merge(db, crawled / key).merged == 0
    assert content_hash(db) == before


def test_only_the_sites_are_looked_at_that_have_changed(crawled: Path, tmp_path: Path) -> None:
    source, db = tmp_path / "source" / "archive.db", tmp_path / "archive.db"
    shutil.copytree(crawled / "whole", source.parent)
    merge(db, source)
    with writing(source) as tables:
        (article_id, *_) = tables.articles.ids(["b"])
        tables.articles.withdraw(article_id)
    assert merge(db, source).merged == 1
    assert content_hash(db) == content_hash(source), "what was withdrawn there is withdrawn here"
    verify(db, crawled / "sites")


def test_a_reader_reads_on_while_archives_are_merged(crawled: Path, tmp_path: Path) -> None:
    db = tmp_path / "archive.db"
    merge(db, crawled / "a")
    with closing(sqlite3.connect(f"{db.as_uri()}?mode=ro", uri=True)) as reader:
        reader.execute("BEGIN")
        counted = "SELECT count(*) FROM articles"
        assert reader.execute(counted).fetchone() == (12,)
        merge(db, crawled / "b")
        assert reader.execute(counted).fetchone() == (12,)
        reader.rollback()
        assert reader.execute(counted).fetchone() == (24,)


async def test_the_reading_room_answers_while_a_site_is_merged_and_has_it_then(
    crawled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked in the midst of a site's transaction, of which it must see nothing."""
    db = tmp_path / "archive.db"
    merge(db, crawled / "a")
    counted = "/archive.json?sql=SELECT count(*) AS n FROM articles&_shape=array"
    index = Texts.index
    in_midst, go_on = Event(), Event()

    def waiting(self: Texts, ids: list[int], tell: Callable[[int], None]) -> None:
        index(self, ids, tell)
        in_midst.set()
        assert go_on.wait(60)

    monkeypatch.setattr(Texts, "index", waiting)
    async with opened(db) as room:
        merging = asyncio.create_task(asyncio.to_thread(merge, db, crawled / "b"))
        try:
            assert await asyncio.to_thread(in_midst.wait, 60)
            assert (await room.client.get(counted)).json() == [{"n": 12}]
            assert (await room.client.get("/")).status_code == 200
        finally:
            go_on.set()
        assert (await merging).new == 12
        assert (await room.client.get(counted)).json() == [{"n": 24}]


def test_the_command_tells_what_was_merged_and_the_index_knows_it(
    crawled: Path, tmp_path: Path
) -> None:
    db = tmp_path / "archive.db"
    done = run("merge", crawled / "a", crawled / "b" / "archive.db", "--db", db, "--json")
    assert done.code == 0, done.err
    assert [(one["merged"], one["new"], one["captures"]) for one in done.json()] == [
        (1, 12, 27)
    ] * 2
    done = run("merge", crawled / "c", "--db", db)
    assert done.code == 0, done.err
    assert done.out.split("\n")[0].split()[:4] == ["FROM", "SITES", "MERGED", "NEW"]
    assert run("index", "--check", "--db", db).code == 0
