"""A fleet in small: real PostgreSQL, a real store, workers as processes."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.settings import CONCURRENT_REQUESTS
from pipelines.batch import MOST_VISITS
from tests.conftest import run
from tests.content import content_hash
from tests.fleets import Fleet, alone, askers, collection_killed, pages, portals, postgres_apart
from tests.object_store import BUCKET, object_store
from tests.postgres import Postgres

ARTICLES = 8
AGAIN = CONCURRENT_REQUESTS + MOST_VISITS
"""How many pages whoever goes on may ask for again: what was under way, and a batch."""
LEASE = ("--lease", "20", "--every", "1")
"""Short, so that a test need not wait for long."""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres_apart() as running:
        yield running


@pytest.fixture
def fleet(server: Postgres, tmp_path: Path) -> Fleet:
    made = Fleet(tmp_path, server.database(), str(tmp_path / "store"))
    made.say("init", "--store", made.store)
    return made


def test_a_district_is_crawled_and_lies_in_the_store(fleet: Fleet) -> None:
    with portals("mot") as servers:
        urls = {key: server.url for key, server in servers.items()}
        fleet.describe(urls)
        assert fleet.say("enqueue").out == "1 enqueued\n"
        assert fleet.say("enqueue").out == "0 enqueued; 1 not due, or under way\n"
        with fleet.worker("--every", "1"):
            fleet.wait_for(lambda: fleet.has_done(1))
        assert content_hash(fleet.restored("mot")) == alone(fleet.folder, urls)
    (district,) = fleet.rows("SELECT * FROM fleet.districts")
    assert (district["outcome"], district["failures"]) == ("finished", 0)
    assert district["due_at"] is not None
    assert not fleet.rows("SELECT * FROM fleet.leases WHERE until > now()"), "it is given back"
    assert not fleet.rows("SELECT * FROM fleet.workers")
    assert not [*(fleet.folder / "scratch").iterdir()], "nothing is left on the worker's disk"
    assert run("verify", "--db", fleet.folder / "mot-back" / "archive.db").code == 0


def test_who_was_killed_or_paused_is_succeeded_and_harms_nothing(fleet: Fleet) -> None:
    """One worker is killed with all its processes, the next one paused for longer than its lease
    and woken, the third ends what they began.
    """
    with portals("mot", articles=60) as servers:
        portal = servers["mot"]
        urls = {"mot": portal.url}
        fleet.describe(urls, delay=0.3)
        fleet.say("enqueue")
        with fleet.worker(*LEASE, name="giet") as killed:
            fleet.wait_for(lambda: articles_of(fleet) >= 3)
            killed.send(signal.SIGKILL)
            killed.process.wait()
        with fleet.worker(*LEASE, name="dung") as paused:
            fleet.wait_for(lambda: "dung" in askers(portal) and articles_of(fleet) >= 10)
            paused.send(signal.SIGSTOP)
            with fleet.worker(*LEASE, name="ke"):
                fleet.wait_for(lambda: "ke" in askers(portal))
                paused.send(signal.SIGCONT)
                assert paused.process.wait(120) == 75, fleet.log()
                fleet.wait_for(lambda: fleet.has_done(1))
        assert askers(portal) == ["giet", "dung", "ke"], "never two at a time"
        assert content_hash(fleet.restored("mot")) == alone(fleet.folder, urls)
    assert run("verify", "--db", fleet.folder / "mot-back" / "archive.db").code == 0
    tokens = fleet.rows("SELECT token, number FROM fleet.generations ORDER BY number")
    assert [row["token"] for row in tokens] == sorted(row["token"] for row in tokens)
    assert "ends, and is to be begun anew" in fleet.log()


def articles_of(fleet: Fleet) -> int:
    """Return how many articles the newest generation has."""
    rows = fleet.rows("SELECT coalesce(max(articles), 0) AS articles FROM fleet.generations")
    return int(rows[0]["articles"])


def test_of_one_host_districts_are_crawled_one_after_another(fleet: Fleet) -> None:
    with portals("chung", articles=ARTICLES) as servers:
        portal = servers["chung"]
        fleet.describe({"mot": portal.url, "hai": portal.url}, delay=0.1)
        fleet.say("enqueue")
        with fleet.worker(*LEASE, "--jobs", "1", name="a"), fleet.worker(*LEASE, name="b"):
            fleet.wait_for(lambda: fleet.has_done(2))
        assert len(askers(portal)) <= 2, "one had waited for the other"
    held = fleet.rows("SELECT articles FROM fleet.generations JOIN fleet.districts USING (site)"
                      " WHERE number = generation")  # fmt: skip
    assert [row["articles"] for row in held] == [ARTICLES, ARTICLES]


def test_a_worker_that_is_told_to_end_hands_back_what_it_has(fleet: Fleet) -> None:
    with portals("mot", articles=40) as servers:
        portal = servers["mot"]
        fleet.describe({"mot": portal.url}, delay=0.3)
        fleet.say("enqueue")
        with fleet.worker("--every", "600", name="a") as worker:
            fleet.wait_for(lambda: pages(portal) >= 5)
            worker.process.send_signal(signal.SIGTERM)
            assert worker.process.wait(120) == 0, fleet.log()
        assert articles_of(fleet) >= 4, "though no snapshot was due"
        (job,) = fleet.rows("SELECT status FROM procrastinate_jobs WHERE task_name = 'crawl'")
        assert job["status"] == "todo"
        fleet.describe({"mot": portal.url})
        with fleet.worker(name="b"):
            fleet.wait_for(lambda: fleet.has_done(1))
        assert pages(portal) <= 40 + AGAIN


def test_postgresql_may_go_and_come_back(server: Postgres, fleet: Fleet) -> None:
    with portals("mot", articles=30) as servers:
        portal = servers["mot"]
        fleet.describe({"mot": portal.url}, delay=0.3)
        fleet.say("enqueue")
        with fleet.worker("--lease", "60", "--every", "1"):
            fleet.wait_for(lambda: articles_of(fleet) >= 3)
            server.stop()
            time.sleep(5)
            server.start()
            fleet.wait_for(lambda: fleet.has_done(1))
        assert pages(portal) == 30, "nothing was asked for again"
        assert content_hash(fleet.restored("mot")) == alone(fleet.folder, {"mot": portal.url})


@pytest.mark.long
def test_an_s3_server_may_go_and_come_back(
    server: Postgres,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        object_store(tmp_path_factory.mktemp("weed")) as store,
        portals("mot", articles=30) as all_,
    ):
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        fleet = Fleet(tmp_path, server.database(), f"s3://{BUCKET}/doi", store.environment)
        fleet.say("init", "--store", fleet.store)
        fleet.describe({"mot": all_["mot"].url}, delay=0.3)
        fleet.say("enqueue")
        with fleet.worker("--lease", "60", "--every", "1"):
            fleet.wait_for(lambda: articles_of(fleet) >= 3)
            store.stop()
            time.sleep(5)
            store.start()
            fleet.wait_for(lambda: fleet.has_done(1))
        assert f"s3://{BUCKET}/doi/mot: cannot be reached" in fleet.log(), "it was missed"
        assert pages(all_["mot"]) == 30, "nothing was asked for again"
        assert content_hash(fleet.restored("mot")) == alone(tmp_path, {"mot": all_["mot"].url})


def test_drained_workers_begin_nothing(fleet: Fleet) -> None:
    with portals("mot", articles=2) as servers:
        fleet.describe({"mot": servers["mot"].url})
        fleet.say("drain")
        fleet.say("enqueue")
        with fleet.worker():
            fleet.wait_for(lambda: fleet.rows("SELECT * FROM procrastinate_workers"))
            time.sleep(3)
            assert not servers["mot"].log
            assert fleet.say("drain", "--end").out == "workers begin jobs again\n"
            fleet.wait_for(lambda: fleet.has_done(1))


@pytest.mark.parametrize(
    ("dsn", "told"),
    [
        ("postgresql://tinhuyen:mat-khau-sai@127.0.0.1:{port}/postgres", "does not let us in"),
        ("postgresql://tinhuyen:mat-khau-thu@127.0.0.1:{port}/khong", "no such database"),
        ("postgresql://tinhuyen:mat-khau-thu@127.0.0.1:1/x", "cannot be reached"),
        ("postgresql://tinhuyen:mat-khau-thu@127.0.0.1:{port}/postgres", "no tables of a fleet"),
    ],
)
def test_what_hinders_is_a_line_without_the_password(
    server: Postgres, tmp_path: Path, dsn: str, told: str
) -> None:
    lost = Fleet(tmp_path, dsn.format(port=server.port), "")
    done = lost.say("drain", code=1)
    assert told in done.err
    assert "mat-khau" not in done.err
    assert done.err.count("\n") == 1


def test_a_mistake_is_refused_without_the_password(fleet: Fleet, tmp_path: Path) -> None:
    wrong = Fleet(tmp_path, "mat-khau-thu@o dau do", "")
    done = wrong.say("drain", code=2)
    assert "is no address of a PostgreSQL" in done.err
    assert "mat-khau" not in done.err
    assert done.err.startswith("Error: TINHUYEN_FLEET_DSN: ")
    by_option = fleet.say("drain", "--dsn", "mat-khau-thu@o dau do", code=2)
    assert by_option.err.startswith("Error: --dsn: is no address")
    assert "mat-khau" not in by_option.err
    other = fleet.say("init", "--store", tmp_path / "khac", code=2)
    assert f"lie in {fleet.store}" in other.err
    assert fleet.say("init", "--store", fleet.store).out.endswith(f"lie in {fleet.store}\n")


def test_a_store_that_cannot_be_written_is_told_before_there_is_a_fleet(
    server: Postgres, tmp_path: Path
) -> None:
    new = Fleet(tmp_path, server.database(), "")
    (tmp_path / "file").write_bytes(b"")
    done = new.say("init", "--store", tmp_path / "file" / "store", code=1)
    assert f"{tmp_path}/file/store" in done.err
    assert "has no tables of a fleet" in new.say("drain", code=1).err
    new.say("init", "--store", tmp_path / "store")
    assert not [*(tmp_path / "store").iterdir()], "what was tried is gone"


def test_what_is_collected_is_what_one_machine_has(fleet: Fleet) -> None:
    """Collections that were killed are gone on with; what is held already is not brought again."""
    db = fleet.folder / "archive.db"
    with portals("mot", "hai", "ba", articles=4) as servers:
        urls = {key: server.url for key, server in servers.items()}
        fleet.describe(urls)
        fleet.say("enqueue")
        with fleet.worker():
            fleet.wait_for(lambda: fleet.has_done(3))
        killed = [collection_killed(fleet, db) for _ in range(2)]
        done = fleet.say("collect", "--db", db, "--json").json()
        assert (done["districts"], done["problems"]) == (3 - sum(killed), [])
        assert content_hash(db) == alone(fleet.folder, urls)
        assert fleet.say("collect", "--db", db, "--json").json()["districts"] == 0
        slug = servers["hai"].portal.newest[0].slug
        servers["hai"].portal.edit(slug, title="Tiêu đề mới")
        fleet.rows("UPDATE fleet.districts SET due_at = NULL WHERE site = 'hai' RETURNING site")
        assert fleet.say("enqueue", "hai").out == "1 enqueued\n"
        with fleet.worker():
            fleet.wait_for(lambda: fleet.has_done(4))
        status = fleet.say("status", "--db", db, "--json").json()
        assert status["behind"] == ["hai"]
        assert (status["held"], status["articles"]) == (3, 12)
        assert fleet.say("collect", "--db", db, "--json").json()["districts"] == 1
    assert run("verify", "--db", db).code == 0
    assert not [*fleet.folder.glob(".archive.db.collecting*")]
    assert "0 districts have newer" in fleet.say("status", "--db", db).out
