"""Three workers, a real PostgreSQL and a real S3 server, and all that may befall them.

``python bench/fleet.py --help`` tells the options; bench/README.md what is proved.
"""

import argparse
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from stage import Verdict, perform

from archive import Archive
from crawler.settings import CONCURRENT_REQUESTS
from demo.server import Server
from pipelines.batch import MOST_VISITS
from tests.content import content_hash
from tests.fleets import (
    Fleet,
    Worker,
    alone,
    askers,
    collection_killed,
    pages,
    portals,
    postgres_apart,
)
from tests.object_store import BUCKET, ObjectStore, object_store
from tests.postgres import Postgres
from tests.processes import run

WORKERS = ("mot", "hai", "ba")
AWAY = 5.0
"""Seconds for which a server is gone."""
COLLECTIONS_KILLED = 2


@dataclass(frozen=True)
class Trial:
    """A fleet at work, and what may be done to it."""

    fleet: Fleet
    workers: list[Worker]
    database: Postgres
    store: ObjectStore
    lease: float

    def wait_for_some(self) -> None:
        """Wait until districts lie in the store, and others are being crawled."""
        self.fleet.wait_for(
            lambda: (
                self.fleet.rows("SELECT 1 FROM fleet.generations LIMIT 1")
                and self.workers[0].crawls()
            )
        )


def undisturbed(trial: Trial) -> None:
    """Leave it in peace."""


def a_worker_killed(trial: Trial) -> None:
    """Kill a worker, with all that it has begun."""
    trial.wait_for_some()
    trial.workers[0].send(signal.SIGKILL)


def postgres_gone(trial: Trial) -> None:
    """Have PostgreSQL end at once, and come back."""
    trial.wait_for_some()
    trial.database.stop()
    time.sleep(AWAY)
    trial.database.start()


def store_gone(trial: Trial) -> None:
    """Have the S3 server end at once, and come back."""
    trial.wait_for_some()
    trial.store.stop()
    time.sleep(AWAY)
    trial.store.start()


def a_worker_paused(trial: Trial) -> None:
    """Stop a worker with all that it has begun for longer than its lease, and wake it."""
    trial.wait_for_some()
    trial.workers[0].send(signal.SIGSTOP)
    time.sleep(1.5 * trial.lease)
    trial.workers[0].send(signal.SIGCONT)


DISTURBANCES: dict[str, Callable[[Trial], None]] = {
    each.__name__: each
    for each in (undisturbed, a_worker_killed, postgres_gone, store_gone, a_worker_paused)
}


def main() -> None:
    """Run the proof."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--districts", type=int, default=30, help="(30)")
    parser.add_argument("--articles", type=int, default=40, help="of each (40)")
    parser.add_argument("--lease", type=float, default=20.0, help="seconds that it holds (20)")
    parser.add_argument("--every", type=float, default=5.0, help="seconds between snapshots (5)")
    parser.add_argument("--delay", type=float, default=0.5, help="seconds between requests (0.5)")
    parser.add_argument("--only", choices=DISTURBANCES, help="this disturbance alone")
    parser.add_argument("--quick", action="store_true", help="6 districts of 12 articles")
    options = parser.parse_args()
    if options.quick:
        options.districts, options.articles, options.lease, options.every = 6, 12, 8.0, 1.0
    perform(prove, options)


def prove(options: argparse.Namespace, verdict: Verdict) -> None:
    """Disturb a fleet in each way; what it has collected must be what one machine has."""
    keys = [f"huyen{number:02}" for number in range(1, options.districts + 1)]
    with (
        TemporaryDirectory(prefix="bench-") as name,
        portals(*keys, articles=options.articles) as servers,
        postgres_apart() as database,
    ):
        folder = Path(name)
        (folder / "weed").mkdir()
        with object_store(folder / "weed") as store:
            urls = {key: server.url for key, server in servers.items()}
            whole = alone(folder, urls)
            for told in [options.only] if options.only else DISTURBANCES:
                fleet = Fleet(
                    folder / told, database.database(), f"s3://{BUCKET}/{told}", store.environment
                )
                fleet.folder.mkdir()
                fleet.describe(urls, delay=options.delay)
                for server in servers.values():
                    server.log.clear()
                print(f"{told}:", flush=True)
                disturb(fleet, DISTURBANCES[told], options, verdict, database, store)
                judge(fleet, servers, whole, told, options, verdict)


def disturb(
    fleet: Fleet,
    disturbance: Callable[[Trial], None],
    options: argparse.Namespace,
    verdict: Verdict,
    database: Postgres,
    store: ObjectStore,
) -> None:
    """Have all districts crawled by three workers, one of which may come to grief."""
    fleet.say("init", "--store", fleet.store)
    fleet.say("enqueue")
    began = time.monotonic()
    with ExitStack() as stack:
        words = ("--lease", str(options.lease), "--every", str(options.every), "--jobs", "2")
        workers = [stack.enter_context(fleet.worker(*words, name=name)) for name in WORKERS]
        disturbance(Trial(fleet, workers, database, store, options.lease))
        fleet.wait_for(lambda: fleet.has_done(options.districts))
    verdict.tell("  all done after", f"{time.monotonic() - began:.0f} s")


def judge(
    fleet: Fleet,
    servers: dict[str, Server],
    whole: str,
    told: str,
    options: argparse.Namespace,
    verdict: Verdict,
) -> None:
    """Collect, killed twice; hold what was collected against what one machine has."""
    db = fleet.folder / "archive.db"
    killed = sum(collection_killed(fleet, db) for _ in range(COLLECTIONS_KILLED))
    fleet.say("collect", "--db", db)
    articles = options.districts * options.articles
    with Archive.open(db) as archive:
        held = archive.copies.articles()
    verdict.judge("  articles collected", str(held), f"{articles}", held == articles)
    verdict.tell("  collections killed before", str(killed))
    same = content_hash(db) == whole
    verdict.judge("  content", "same" if same else "other", "as of one machine", same)
    clean = run("verify", "--db", db).code == 0
    verdict.judge("  verify", "clean" if clean else "faults", "clean", clean)
    orders = [askers(server) for server in servers.values()]
    met = sum(len(order) > len({*order}) for order in orders)
    verdict.judge("  hosts asked by two workers at a time", str(met), "0", met == 0)
    fetched = sum(map(pages, servers.values())) - articles
    kills = 2 if told in ("a_worker_killed", "a_worker_paused") else 0  # so many jobs it had
    a_snapshot = int(options.every / options.delay) + CONCURRENT_REQUESTS + MOST_VISITS
    most = kills * a_snapshot
    verdict.judge("  pages fetched again", str(fetched), f"at most {most}", fetched <= most)


if __name__ == "__main__":
    main()
