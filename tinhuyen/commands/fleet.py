"""``tinhuyen fleet``: one archive by many machines."""

import asyncio
import json
import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

import click

from tinhuyen.bar import bars
from tinhuyen.cli import db_option, known_sites, require_contact, require_sites
from tinhuyen.errors import Commands, Refused
from tinhuyen.indexing import index_kept_up
from tinhuyen.terminal import err

if TYPE_CHECKING:
    from archive import Held
    from crawler.sites import Site
    from fleet.collecting import Collected
    from fleet.database import Dsn
    from fleet.status import Status
    from tinhuyen.ways import Decision

_LOOK_EACH = 1.0
"""Seconds between two looks at what is under way."""
_NEEDED = ("obstore", "procrastinate", "psycopg", "psycopg_pool")


def _dsn_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--dsn",
        envvar="TINHUYEN_FLEET_DSN",
        metavar="DSN",
        help="The PostgreSQL of the fleet: postgresql://USER@HOST/DATABASE. Best told by "
        "TINHUYEN_FLEET_DSN, which no list of processes shows.",
    )(command)


def _store_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--store",
        metavar="URL",
        help="Where the districts lie, as said to init: s3://BUCKET/PREFIX, az://…, or a folder.",
    )(command)


class _Seconds(click.FloatRange):
    """So many seconds at least, and an end: "nan" and "inf" are numbers, and no time at all."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return how many. Fails for what is no such number."""
        seconds = float(super().convert(value, param, ctx))
        if not math.isfinite(seconds):
            self.fail(f"{value!r} is no number of seconds", param, ctx)
        return seconds


def _seconds(name: str, default: float, told: str) -> Callable[[Callable[..., Any]], Any]:
    return click.option(
        f"--{name}", type=_Seconds(min=1), default=default, show_default=True,
        metavar="SECONDS", help=told,
    )  # fmt: skip


def _json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Print it for a program.")(command)


class _Fleet(Commands):
    """Says first what is not installed; keeps up the index of what is collected into."""

    def invoke(self, ctx: click.Context) -> object:
        missing = []
        for name in _NEEDED:
            try:
                import_module(name)
            except ImportError:
                missing.append(name)
        if missing:
            raise Refused(
                f"tinhuyen fleet needs {', '.join(missing)}, not installed: "
                "pip install 'tinhuyen[fleet]'"
            )
        with index_kept_up(ctx):
            return super().invoke(ctx)


@click.group("fleet", cls=_Fleet)
def command() -> None:
    """Crawl by many machines: jobs in PostgreSQL, districts in an object store.

    Each worker takes a district from the store, crawls it as "tinhuyen crawl" does, and puts it
    back every minute; "collect" brings all of them into one archive, to be served: docs/fleet.md.
    """


@command.command("init")
@_dsn_option
@_store_option
def init(dsn: str | None, store: str | None) -> None:
    """Make the tables in PostgreSQL, or bring them up to this version.

    What workers do in the store is tried first: something is written to it, read and removed.

    \b
    Examples:
      tinhuyen fleet init --store s3://my-bucket/tinhuyen
      tinhuyen fleet init --store /mnt/shared/tinhuyen --dsn postgresql://tinhuyen@db/tinhuyen

    \b
    Exit codes:
      0   done
      1   PostgreSQL or the store cannot be reached, or lets us not in
      2   wrong usage or configuration
    """
    address = _required(dsn)
    if not store:
        raise Refused("--store says where districts lie: s3://BUCKET/PREFIX, az://…, or a folder")
    place = _checked(store)

    async def make() -> None:
        from fleet.database import opened
        from fleet.places import require_writable
        from fleet.schema import make_tables

        async with opened(address) as database:
            await asyncio.to_thread(require_writable, place)
            done = await make_tables(database, place)
            made = f"made {', '.join(done)}" if done else "all tables are there"
            click.echo(f"{database.name}: {made}; districts lie in {place}")

    asyncio.run(make())


@command.command("enqueue")
@click.argument("sites", nargs=-1, metavar="[SITE]...")
@_dsn_option
@db_option
@click.option("--archived", is_flag=True, help="From web archives, whatever a survey has found.")
@click.option("--all", "everything", is_flag=True, help="All that are known, due or not.")
def enqueue(
    sites: tuple[str, ...], dsn: str | None, db: Path, archived: bool, everything: bool
) -> None:
    """Have districts crawled: those named, else those that are due.

    What was enqueued once is crawled from then on as often as it has news. The surveys in the
    archive, where there is one, decide whether a district is crawled live, from web archives, or
    not at all.

    \b
    Examples:
      tinhuyen fleet enqueue
      tinhuyen fleet enqueue chodon babe
      tinhuyen fleet enqueue --archived chodon
      tinhuyen fleet enqueue --all

    \b
    Exit codes:
      0   done
      1   PostgreSQL or the store cannot be reached, or lets us not in
      2   wrong usage or configuration
    """
    if sites and everything:
        raise Refused("--all takes all there are: leave it out, or SITE")
    chosen = require_sites(sites) or known_sites()
    decisions = _decided(chosen.values(), db, archived=archived)
    require_contact(url for each in decisions for url in each.archives or each.site.places)
    address = _required(dsn)

    async def put() -> tuple[int, int, int]:
        from fleet import districts
        from fleet.database import opened
        from fleet.queue import enqueue, queue_of
        from fleet.schema import require_tables

        async with opened(address) as database:
            await require_tables(database)
            queue = await queue_of(database)
            for each in decisions:
                await districts.enter(database, each.site.key, each.archives)
            due = {key for key, _ in await districts.due(database, datetime.now(UTC))}
            named = [each for each in decisions if sites or everything or each.site.key in due]
            new = [await enqueue(queue, each.site.key, each.archives) for each in named]
            return sum(new), len(new) - sum(new), len(decisions) - len(named)

    new, waiting, not_due = asyncio.run(put())
    left = len(chosen) - len(decisions)
    said = [f"{new} enqueued"]
    said += [f"{waiting} wait already"] if waiting else []
    said += [f"{not_due} not due, or under way"] if not_due else []
    said += [f"{left} not to be crawled by what is known of their hosts"] if left else []
    click.echo("; ".join(said))


@command.command("worker")
@_dsn_option
@_store_option
@click.option(
    "--jobs", type=click.IntRange(1), default=4, show_default=True, metavar="N",
    help="So many districts at once.",
)  # fmt: skip
@click.option(
    "--scratch", type=click.Path(path_type=Path), metavar="FOLDER",
    help="Where districts lie while they are crawled; the system's folder for what passes.",
)  # fmt: skip
@_seconds("lease", 60, "How long a district waits for a worker that was killed.")
@_seconds("every", 60, "Between two snapshots: so much a kill undoes.")
def worker(
    dsn: str | None, store: str | None, jobs: int, scratch: Path | None, lease: float, every: float
) -> None:
    """Crawl what is in the queue, until SIGTERM or Ctrl-C ends it in order.

    \b
    Examples:
      tinhuyen fleet worker
      tinhuyen fleet worker --jobs 16 --scratch /var/lib/tinhuyen/scratch

    \b
    Exit codes:
      0   done
      1   PostgreSQL or the store cannot be reached, or lets us not in
      2   wrong usage or configuration
    """
    sites = known_sites()
    require_contact(url for site in sites.values() for url in site.places)
    address = _required(dsn)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("fleet").setLevel(logging.INFO)

    async def run() -> None:
        from fleet.job import Pace
        from fleet.worker import work

        room = scratch or Path(gettempdir()) / "tinhuyen-fleet"
        await work(address, store, sites, room, jobs, Pace(lease=lease, snapshot=every))

    asyncio.run(run())


@command.command("drain")
@_dsn_option
@click.option("--end", is_flag=True, help="Have workers begin jobs again.")
@click.option("--no-wait", is_flag=True, help="Do not wait until those under way have ended.")
def drain(dsn: str | None, end: bool, no_wait: bool) -> None:
    """Have no worker begin a job any more, and wait until those under way have ended.

    \b
    Examples:
      tinhuyen fleet drain
      tinhuyen fleet drain --end

    \b
    Exit codes:
      0   done
      1   PostgreSQL or the store cannot be reached, or lets us not in
      2   wrong usage or configuration
    """
    address = _required(dsn)

    async def run() -> None:
        from fleet.database import opened
        from fleet.queue import at_work, drain
        from fleet.schema import require_tables

        async with opened(address) as database:
            await require_tables(database)
            await drain(database, draining=not end)
            if end:
                click.echo("workers begin jobs again")
                return
            while (left := await at_work(database)) and not no_wait:
                await asyncio.sleep(_LOOK_EACH)
            more = f"; {left} are still under way" if left else ""
            click.echo(f"no job is begun until: tinhuyen fleet drain --end{more}")

    asyncio.run(run())


@command.command("collect")
@_dsn_option
@db_option
@_json_option
def collect(dsn: str | None, db: Path, as_json: bool) -> None:
    """Bring into the archive what workers hold, as far as that is newer.

    \b
    Examples:
      tinhuyen fleet collect
      tinhuyen fleet collect --db /srv/tinhuyen/archive.db

    \b
    Exit codes:
      0   done
      1   PostgreSQL or the store cannot be reached, or a district could not be brought in. Or
          bytes of what is hidden may be left in the archive's file or in the index of search
      2   wrong usage or configuration
      75  another collection into the archive is under way
    """
    address = _required(dsn)

    async def run() -> "Collected":
        from archive import Archive
        from fleet.collecting import collect
        from fleet.database import opened
        from fleet.noting import note
        from fleet.schema import require_tables
        from fleet.status import status_of

        async with opened(address) as database:
            store = await require_tables(database)
            with bars(err()) as tell:
                done = await collect(database, store, db, tell)
            _tell(done, db, as_json=as_json)  # what is done, is, whatever befalls PostgreSQL now
            with Archive.open(db) as archive:
                note(archive, await status_of(database, archive.collected.held()))
            return done

    done = asyncio.run(run())
    if done.problems or not done.is_cleared:
        raise SystemExit(1)


@command.command("status")
@_dsn_option
@click.option(
    "--db", type=click.Path(path_type=Path), metavar="PATH",
    help="The archive that is collected into: which districts have newer than it.",
)  # fmt: skip
@_json_option
def status(dsn: str | None, db: Path | None, as_json: bool) -> None:
    """Tell of workers, jobs, and what is behind.

    \b
    Examples:
      tinhuyen fleet status
      tinhuyen fleet status --db /srv/tinhuyen/archive.db

    \b
    Exit codes:
      0   done
      1   PostgreSQL or the store cannot be reached, or lets us not in
      2   wrong usage or configuration
    """
    held = _held_by(db) if db else None
    address = _required(dsn)

    async def ask() -> "Status":
        from fleet.database import opened
        from fleet.schema import require_tables
        from fleet.status import status_of

        async with opened(address) as database:
            await require_tables(database)
            return await status_of(database, held)

    found = asyncio.run(ask())
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(found.lines()))


def _tell(done: "Collected", db: Path, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(done), ensure_ascii=False, indent=2))
    else:
        click.echo(
            f"{db}: {done.districts} districts brought up, {done.new} articles new, "
            f"{done.changed} changed"
        )
        for line in done.problems:
            click.echo(f"  {line}", err=True)
    if not done.is_cleared:
        from tinhuyen.commands.merge import LEFT

        click.echo(LEFT.format(db=db), err=True)


def _held_by(db: Path) -> "Held":
    from archive import Archive

    with Archive.open(db, read_only=True) as archive:
        return archive.collected.held()


def _required(dsn: str | None) -> "Dsn":
    from fleet.database import VARIABLE, Dsn

    if not dsn:
        raise Refused(
            f"which PostgreSQL? say --dsn postgresql://USER@HOST/DATABASE, or set {VARIABLE}"
        )
    said = click.get_current_context().get_parameter_source("dsn")
    return Dsn(dsn, "--dsn" if said == click.core.ParameterSource.COMMANDLINE else VARIABLE)


def _checked(store: str) -> str:
    """Return the name of a store, a folder by its whole path; refuse what is none."""
    from curation.backup.places import store_at

    store_at(store)
    return store if "://" in store else str(Path(store).absolute())


def _decided(sites: "Iterable[Site]", db: Path, *, archived: bool) -> "list[Decision]":
    """Return how sites are crawled that are to be crawled at all."""
    from crawler.vocabulary import Way
    from crawler.web_archives.kinds import DEFAULTS
    from tinhuyen.ways import Known, decide

    asked = [site for site in sites if not site.demo]
    if archived:
        return decide(asked, db, live=False, wayback=DEFAULTS)
    known = Known.of(db)
    decisions = [known.decided(site) for site in asked]
    return [each for each in decisions if each.way in (Way.LIVE, Way.ARCHIVES)]
