"""Three workers, a real PostgreSQL and a real S3 server, and all that may befall them.

``python bench/machines.py --help`` tells the options; bench/README.md what is proved.
"""

import argparse
import resource
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from stage import Verdict, perform

from archive import Archive
from demo.server import Server
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
JOBS = 2
"""Of a worker at once."""
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
    servers: dict[str, Server]
    lease: float

    def wait_for_some(self) -> None:
        """Wait until articles lie in the store, and the first worker is at others."""
        articles = "SELECT 1 FROM fleet.generations WHERE articles > 0 LIMIT 1"
        self.fleet.wait_for(lambda: self.fleet.rows(articles) and self.behind_snapshots() > 0)

    def behind_snapshots(self) -> int:
        """Return how many pages the first worker has asked for that no snapshot has: so many may
        be asked for again if it ends, and one of each of its jobs that is under way.
        """
        newest = "SELECT site, articles FROM fleet.generations ORDER BY number"
        held = {row["site"]: row["articles"] for row in self.fleet.rows(newest)}
        asked = {
            site: pages(server)
            for site, server in self.servers.items()
            if askers(server)[-1:] == [WORKERS[0]]
        }
        return sum(number - held.get(site, 0) for site, number in asked.items())


def undisturbed(trial: Trial) -> int:
    """Leave it in peace."""
    return 0


def a_worker_killed(trial: Trial) -> int:
    """Kill a worker, with all that it has begun."""
    trial.wait_for_some()
    trial.workers[0].send(signal.SIGKILL)
    trial.workers[0].process.wait()
    return trial.behind_snapshots() + JOBS


def postgres_gone(trial: Trial) -> int:
    """Have PostgreSQL end at once, and come back."""
    trial.wait_for_some()
    trial.database.stop()
    time.sleep(AWAY)
    trial.database.start()
    return 0


def store_gone(trial: Trial) -> int:
    """Have the S3 server end at once, and come back."""
    trial.wait_for_some()
    trial.store.stop()
    time.sleep(AWAY)
    trial.store.start()
    return 0


def a_worker_paused(trial: Trial) -> int:
    """Stop a worker with all that it has begun for longer than its lease, and wake it."""
    trial.wait_for_some()
    trial.workers[0].send(signal.SIGSTOP)
    behind = trial.behind_snapshots()
    time.sleep(1.5 * trial.lease)
    trial.workers[0].send(signal.SIGCONT)
    return behind + JOBS


DISTURBANCES: dict[str, Callable[[Trial], int]] = {
    each.__name__: each
    for each in (undisturbed, a_worker_killed, postgres_gone, store_gone, a_worker_paused)
}
"""What may befall it; each returns how many pages may be asked for again."""


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
                again = disturb(
                    fleet, DISTURBANCES[told], options, verdict, database, store, servers
                )
                judge(fleet, servers, whole, again, options, verdict)


def disturb(
    fleet: Fleet,
    disturbance: Callable[[Trial], int],
    options: argparse.Namespace,
    verdict: Verdict,
    database: Postgres,
    store: ObjectStore,
    servers: dict[str, Server],
) -> int:
    """Have all districts crawled by three workers, one of which may come to grief; return how many
    pages may have been asked for again.
    """
    fleet.say("init", "--store", fleet.store)
    fleet.say("enqueue")
    began, spent = time.monotonic(), ended_processes()
    with ExitStack() as stack:
        words = ("--lease", str(options.lease), "--every", str(options.every))
        words += ("--jobs", str(JOBS))
        workers = [stack.enter_context(fleet.worker(*words, name=name)) for name in WORKERS]
        again = disturbance(Trial(fleet, workers, database, store, servers, options.lease))
        fleet.wait_for(lambda: fleet.has_done(options.districts))
        verdict.tell("  all done after", f"{time.monotonic() - began:.0f} s")
    if disturbance is undisturbed:  # else a killed one is not counted, or a server is
        usage = ended_processes()
        cpu = usage.ru_utime + usage.ru_stime - spent.ru_utime - spent.ru_stime
        a_district = f"{cpu / options.districts:.1f} s"
        verdict.tell("  processor time of workers and crawls, a district", a_district)
    return again


def ended_processes() -> resource.struct_rusage:
    """Return what our processes have used that have ended, and theirs that they waited for."""
    return resource.getrusage(resource.RUSAGE_CHILDREN)


def judge(
    fleet: Fleet,
    servers: dict[str, Server],
    whole: str,
    again: int,
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
    verdict.judge("  pages fetched again", str(fetched), f"at most {again}", fetched <= again)


if __name__ == "__main__":
    main()
