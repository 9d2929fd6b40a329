"""Leases, and what who lost one does too late: no order of events does harm."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from click.testing import CliRunner

from archive import Archive
from crawler import leash
from curation.backup import manifest as manifests
from curation.backup.folder import Folder
from curation.backup.making import Made, make_next
from curation.backup.manifest import Manifest
from curation.backup.restoring import faults, restore
from curation.backup.store import BLOCKS, MANIFESTS, StoreError
from curation.backup.succession import remove, sweep
from demo.portal import Portal
from demo.server import serving
from fleet import generations
from fleet.crawling import database_in
from fleet.database import MOST_CONNECTIONS, Database, Dsn, opened
from fleet.errors import BusyError, FleetRefusedError, LostLeaseError
from fleet.job import Pace
from fleet.keeping import Keeping
from fleet.leases import leased
from fleet.places import place_at, require_writable
from fleet.queue import enqueue, queue_of, take_again
from fleet.schema import MIGRATIONS, make_tables, require_tables
from fleet.worker import work
from tests.conftest import Archived
from tests.content import content_hash
from tests.fleets import postgres_apart
from tests.postgres import Postgres
from tests.test_backup import THEN, told
from tinhuyen.cli import main

FOR_EVER = 3600.0


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres_apart() as running:
        yield running


@pytest_asyncio.fixture
async def database(server: Postgres) -> AsyncIterator[Database]:
    async with opened(Dsn(server.database())) as database:
        await make_tables(database, "noi-nao-do")
        yield database


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Archived:
    with serving(Portal.scaled(4, page_bytes=0)) as server:
        archived = Archived(tmp_path_factory.mktemp("district"), server)
        archived.describe(server.url + "/")
        archived.crawl("--limit", "2")
    return archived


async def expire(database: Database) -> None:
    """Let the time pass for which leases hold."""
    await database.write("UPDATE fleet.leases SET until = clock_timestamp() - interval '1 second'")


def lease_of(database: Database, site: str, *hosts: str, job: int = 1) -> Any:
    return leased(database, site, hosts, worker=site, job=job, seconds=FOR_EVER)


async def test_a_district_and_a_host_are_one_workers_at_a_time(database: Database) -> None:
    async with lease_of(database, "mot", "a.example", "b.example") as first:
        with pytest.raises(BusyError, match="mot: another worker has it"):
            async with lease_of(database, "mot"):
                pass
        with pytest.raises(BusyError, match=r"b\.example: another worker has it"):
            async with lease_of(database, "hai", "b.example", "c.example"):
                pass
        async with lease_of(database, "ba", "c.example") as third:
            assert third.token > first.token, "what is not had in whole is not had at all"
    async with lease_of(database, "hai", "b.example", "c.example"):
        pass


async def test_who_lost_a_lease_renews_and_registers_nothing(
    database: Database, archived: Archived, tmp_path: Path
) -> None:
    await database.write("INSERT INTO fleet.districts (site) VALUES ('mot')")
    store, made = Folder(tmp_path / "mot"), []
    with Archive.open(archived.db) as archive:
        for writer in ("1", "2"):
            made.append(make_next(archive, store, THEN, None, writer, told, reads_again=False))
    async with lease_of(database, "mot", "a.example") as late:
        await expire(database)
        async with lease_of(database, "mot", "a.example") as successor:
            assert successor.token > late.token
            done = await generations.register(database, successor, "mot", made[1], None, "hai")
            ended = []
            late.followers.append(lambda: ended.append(late.is_lost))
            with pytest.raises(LostLeaseError):
                await generations.register(database, late, "mot", made[0], None, "mot")
            assert ended == [True], "its crawl is ended"
            again = await generations.register(database, successor, "mot", made[1], None, "hai")
            assert again.generation == done.generation, "what is done twice is done once"
            with pytest.raises(LostLeaseError, match="has registered generation 1"):
                await generations.register(database, successor, "mot", made[0], None, "hai")
    assert await generations.newest(database, "mot") == done.generation


async def test_who_was_away_and_has_no_successor_goes_on(database: Database) -> None:
    async with lease_of(database, "mot", "a.example") as lease:
        await expire(database)
        async with database.transaction() as connection:
            await lease.renewed_in(connection)
        with pytest.raises(BusyError):
            async with lease_of(database, "mot"):
                pass


async def test_a_lease_of_which_a_part_is_taken_is_lost(database: Database) -> None:
    async with lease_of(database, "mot", "a.example") as lease:
        await expire(database)
        async with lease_of(database, "hai", "a.example"):
            with pytest.raises(LostLeaseError):
                async with database.transaction() as connection:
                    await lease.renewed_in(connection)
    assert lease.is_lost


async def test_jobs_that_nobody_is_at_are_taken_again(database: Database) -> None:
    queue = await queue_of(database)
    for site in ("mot", "hai", "ba"):
        assert await enqueue(queue, site)
    assert not await enqueue(queue, "mot"), "it waits already"
    worker = await queue.job_manager.register_worker()
    begun = [await queue.job_manager.fetch_job(None, worker) for _ in range(3)]
    jobs = {job.lock: job.id for job in begun if job}
    assert await enqueue(queue, "ba"), "it is begun, so that another may wait"
    async with lease_of(database, "hai", job=jobs["hai"] or 0):
        assert await take_again(database, 3600) == []
        assert {*await take_again(database, 0)} == {jobs["mot"], jobs["ba"]}
        assert await take_again(database, 0) == []
    rows = await database.rows("SELECT lock, status::text FROM procrastinate_jobs ORDER BY id")
    states = [(row["lock"], row["status"]) for row in rows]
    assert states == [("mot", "todo"), ("hai", "doing"), ("ba", "failed"), ("ba", "todo")]


async def test_a_worker_that_cannot_look_after_others_any_more_ends(
    server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would go on crawling, seem to be gone, and take no job again of who is."""

    async def broken(database: Database, lease: float) -> list[int]:
        raise RuntimeError("a mishap")

    monkeypatch.setattr("fleet.worker.take_again", broken)
    dsn = Dsn(server.database())
    async with opened(dsn) as database:
        await make_tables(database, str(tmp_path / "store"))
    with pytest.raises(RuntimeError, match="a mishap"):
        async with asyncio.timeout(60):
            await work(dsn, None, {}, tmp_path, 1, Pace(lease=0.4))


async def test_however_much_is_at_work_a_process_has_few_connections(database: Database) -> None:
    for _ in range(3):  # each time more wait for one than there are
        await asyncio.gather(*(database.rows("SELECT pg_sleep(0.05)") for _ in range(60)))
    sql = "SELECT count(*) AS ours FROM pg_stat_activity WHERE datname = current_database()"
    assert (await database.rows(sql))[0]["ours"] <= MOST_CONNECTIONS == 8


async def test_tables_are_made_once_and_those_of_a_newer_version_refused(
    database: Database,
) -> None:
    assert await make_tables(database, "noi-nao-do") == []
    assert await require_tables(database) == "noi-nao-do"
    with pytest.raises(FleetRefusedError, match="lie in noi-nao-do"):
        await require_tables(database, "noi-khac")
    last = [*MIGRATIONS][-1]
    await database.write("UPDATE fleet.migrations SET name = 'x' WHERE name = %s", [last])
    with pytest.raises(FleetRefusedError, match="newer version"):
        await make_tables(database, "noi-nao-do")


# In the store


def next_of(archived: Archived, store: Folder, before: Made | None, writer: int) -> Made:
    with Archive.open(archived.db) as archive:
        return make_next(
            archive, store, THEN, before.manifest if before else None, str(writer), told,
            reads_again=True,
        )  # fmt: skip


def keys(manifest: Manifest) -> set[str]:
    return {block.key for file in manifest.files for block in file.blocks}


def test_a_successor_writes_what_it_does_not_know_to_stay(
    archived: Archived, tmp_path: Path
) -> None:
    """What an earlier writer left and nobody registered may be gone at any time."""
    store = Folder(tmp_path / "mot")
    first = next_of(archived, store, None, 1)
    assert keys(next_of(archived, store, first, 2).manifest) == keys(first.manifest)
    assert not keys(next_of(archived, store, None, 3).manifest) & keys(first.manifest)
    assert not [*faults(store, told)]


def test_late_removals_meet_nothing_of_a_successors(archived: Archived, tmp_path: Path) -> None:
    """The first writer has decided what to remove, is paused, and removes it when the second has
    registered a backup that says the same.
    """
    store = Folder(tmp_path / "mot")
    left = next_of(archived, store, None, 1)  # by somebody who was killed
    first = next_of(archived, store, None, 2)
    second = next_of(archived, store, first, 3)
    fresh = next_of(archived, store, None, 4)
    assert sweep(store, [first.name], "2") > 0
    assert left.name not in manifests.names(store)
    remove(store, [left.name], [first.name])
    assert not [*faults(store, told)], "nothing is missing of what the others have"
    remove(store, [first.name], [second.name])
    for name in (second.name, fresh.name):
        restore(store, name, tmp_path / name, told)
        assert content_hash(tmp_path / name / "archive.db") == content_hash(archived.db)
    assert sweep(store, [second.name], "4") == 0, "who is later is let be"
    assert sweep(store, [second.name], "5") > 0
    assert {*store.sizes(BLOCKS)} == keys(second.manifest)
    assert {*store.sizes(MANIFESTS)} == {second.name}


async def test_of_two_snapshots_of_one_second_the_registered_one_stays(
    database: Database, archived: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one of a job may follow another at once, and hold the same: they have one name."""

    class Still(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return THEN

    monkeypatch.setattr("fleet.keeping.datetime", Still)
    await database.write("INSERT INTO fleet.districts (site) VALUES ('mot')")
    store, job = tmp_path / "store", tmp_path / "job"
    shutil.copytree(archived.folder, database_in(job).parent)
    async with lease_of(database, "mot") as lease:
        keeping = Keeping(database, str(store), "mot", lease, "mot", job)
        await keeping.snapshot()
        await keeping.snapshot(is_last=True)
    newest = await generations.newest(database, "mot")
    assert newest
    assert newest.number == 1
    restore(place_at(str(store), "mot"), newest.name, tmp_path / "back", told)
    assert content_hash(tmp_path / "back" / "archive.db") == content_hash(archived.db)


async def test_what_no_crawl_has_begun_in_is_no_generation(
    database: Database, tmp_path: Path
) -> None:
    await database.write("INSERT INTO fleet.districts (site) VALUES ('mot')")
    job = tmp_path / "job"
    database_in(job).parent.mkdir(parents=True)
    with Archive.open(database_in(job), create=True):
        pass  # as a worker that was told to end at once leaves it
    async with lease_of(database, "mot") as lease:
        await Keeping(database, str(tmp_path / "store"), "mot", lease, "mot", job).snapshot()
    assert await generations.newest(database, "mot") is None
    assert not (tmp_path / "store").exists()


# The store


@pytest.mark.parametrize("verb", ["put", "sizes", "get", "remove"])
def test_a_store_is_none_in_which_something_cannot_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    def refused(*_: object) -> None:
        raise StoreError(f"no {verb}")

    with monkeypatch.context() as patched:
        patched.setattr(Folder, verb, refused)
        with pytest.raises(StoreError, match=f"no {verb}"):
            require_writable(str(tmp_path))
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(left) == (verb == "remove")


# The leash


@pytest.mark.parametrize("written", ["nan", "inf", "-inf", "", "mai mai"])
def test_a_leash_until_no_time_has_ended(tmp_path: Path, written: str) -> None:
    rope = tmp_path / "leash"
    rope.write_text(written, encoding="ascii")
    assert leash.has_ended(rope)


@pytest.mark.parametrize("until", [float("nan"), float("inf")])
def test_no_leash_is_without_end(tmp_path: Path, until: float) -> None:
    with pytest.raises(ValueError, match="would never end"):
        leash.lengthen(tmp_path / "leash", until)
    assert not (tmp_path / "leash").exists()


@pytest.mark.parametrize("option", ["--lease", "--every"])
@pytest.mark.parametrize("seconds", ["nan", "inf", "0", "lâu"])
def test_a_worker_is_told_a_time_that_ends(option: str, seconds: str) -> None:
    done = CliRunner().invoke(main, ["fleet", "worker", option, seconds])
    assert done.exit_code == 2
    assert option in done.output
    assert seconds in done.output


@pytest.mark.parametrize("dsn", ["u:mat@khau@h/x", "u:mat/khau@h/x", "u:ma@1:khau@h/x"])
def test_no_part_of_a_password_that_is_not_escaped_is_told(dsn: str) -> None:
    done = CliRunner().invoke(main, ["fleet", "drain", "--dsn", f"postgresql://{dsn}"])
    assert (done.exit_code, "in a password write %40 for @" in done.output) == (2, True)
    assert "khau" not in done.output


@pytest.mark.parametrize("port", ["khong", "99999"])
def test_a_port_that_is_none_is_told(port: str) -> None:
    done = CliRunner().invoke(main, ["fleet", "drain", "--dsn", f"host=127.0.0.1 port={port}"])
    assert (done.exit_code, "its port is none; see to --dsn" in done.output) == (1, True)


@pytest.mark.parametrize("ended", ["over", "gone", "unreadable"])
def test_a_crawl_whose_leash_has_ended_asks_nothing(
    archived: Archived, tmp_path: Path, ended: str
) -> None:
    rope = tmp_path / "leash"
    if ended != "gone":
        rope.write_text("0" if ended == "over" else "mai mai", encoding="ascii")
    with serving(Portal.scaled(2, page_bytes=0)) as server:
        mine = Archived(tmp_path, server)
        mine.describe(server.url + "/")
        summary = mine.crawl("--set", f"LEASH={rope}", code=1)
        assert not server.log
        assert summary["outcome"] == "not now"
        leash.lengthen(rope, leash.now() + 3600)
        assert mine.crawl("--set", f"LEASH={rope}")["held"] == 2


def test_a_leash_ends_when_it_is_said(tmp_path: Path) -> None:
    rope = tmp_path / "leash"
    leash.lengthen(rope, leash.now() + 0.05)
    while not leash.has_ended(rope):
        time.sleep(0.01)
    leash.lengthen(rope, leash.now() + 3600)
    assert not leash.has_ended(rope)
