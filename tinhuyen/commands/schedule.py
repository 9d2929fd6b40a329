"""``tinhuyen schedule``: what the machine's own scheduler runs."""

import os
import pwd
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from operation import crontab, systemd
from operation.job import EVERY, Job
from operation.workflow import workflow_text
from tinhuyen.cli import VARIABLES, db_option, require_contact
from tinhuyen.commands.crawl import command as crawl_command
from tinhuyen.errors import Refused
from tinhuyen.installing import (
    SYSTEM_UNITS,
    ask_systemd,
    made_by_us,
    put_crontab,
    remove_units,
    user_units,
    write_units,
)
from tinhuyen.installing import crontab as own_crontab
from tinhuyen.terminal import err

_PATHS = ("TINHUYEN_SITES", "TINHUYEN_ALARMS", "XDG_CONFIG_HOME")
"""The variables that name a file or a folder."""
_EVERYWHERE = "https://portal.example/"
"""What stands for all portals that may be due."""


@click.group("schedule")
def command() -> None:
    """Have what is due crawled by the machine's own scheduler.

    It runs "tinhuyen crawl --due", which crawls each site as often as its history suggests, and
    once an hour "tinhuyen alarms --check": docs/running.md. Without --install it is only printed.
    """


def _options(of: Callable[..., Any]) -> Callable[..., Any]:
    """Add what all schedulers have in common."""
    for add in (
        click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[-- CRAWL_OPTION...]"),
        db_option,
        click.option(
            "--every",
            type=click.Choice([str(hours) for hours in EVERY]),
            default="1",
            show_default=True,
            metavar="HOURS",
            help=f"Hours between two runs: {', '.join(map(str, EVERY))}.",
        ),
        click.option(
            "--name", default="tinhuyen", show_default=True, help="What it is called there."
        ),
    ):
        of = add(of)
    return of


def _installing(of: Callable[..., Any]) -> Callable[..., Any]:
    for add in (
        click.option("--uninstall", is_flag=True, help="Take out what was installed."),
        click.option("--install", is_flag=True, help="Install it; again after an update."),
    ):
        of = add(of)
    return of


@command.command("systemd")
@_options
@_installing
@click.option("--system", "of_system", is_flag=True, help="For the system: the default of root.")
@click.option("--user", "of_user", is_flag=True, help="For your own user: else the default.")
@click.option(
    "--as", "user", metavar="NAME", help="Who it runs as, with --system: the folder's owner."
)
@click.option(
    "--to", "folder", type=click.Path(path_type=Path, file_okay=False), help="Write the units here."
)
def for_systemd(
    options: tuple[str, ...],
    db: Path,
    every: str,
    name: str,
    install: bool,
    uninstall: bool,
    of_system: bool,
    of_user: bool,
    user: str | None,
    folder: Path | None,
) -> None:
    """Make services of systemd and their timers.

    One crawls, one judges alarms. For the system, they are walled off from all but the folder of
    the archive, and run as the owner of that folder. What follows "--" is said to the crawl.

    \b
    Examples:
      tinhuyen schedule systemd --db /srv/tinhuyen/archive.db
      sudo -E tinhuyen schedule systemd --db /srv/tinhuyen/archive.db --install
      tinhuyen schedule systemd --user --install -- --sites 5 -s HOST_REQUESTS_A_DAY=5000
      tinhuyen schedule systemd --uninstall

    \b
    Exit codes:
      0   done
      1   systemd could not do what it was asked to
      2   wrong usage, or a unit of that name is somebody else's
    """
    _refuse_both(install, uninstall)
    if of_system and of_user:
        raise Refused("--system or --user: it is one or the other")
    of_user = of_user or not (of_system or os.geteuid() == 0)
    if of_user and user:
        raise Refused("--as goes with --system: a service of your own runs as you")
    place = folder or (user_units() if of_user else SYSTEM_UNITS)
    job = _job(db, options, every, name, checked=not uninstall)
    owner = None if of_user else user or ("" if uninstall else _owner(job))
    texts = systemd.units(job, owner)
    timers = [unit for unit in texts if unit.endswith(".timer")]
    if uninstall:
        there = made_by_us(place, texts)
        running = [timer for timer in timers if timer in there]
        if folder is None and running:
            ask_systemd("disable", "--now", *running, of_user=of_user)
        remove_units(place, there)
        if folder is None:
            ask_systemd("daemon-reload", of_user=of_user)
    elif install or folder:
        write_units(place, texts)
        if install and folder is None:
            ask_systemd("daemon-reload", of_user=of_user)
            ask_systemd("enable", "--now", *timers, of_user=of_user)
        for unit in texts:
            err().print(f"{place / unit}: written", markup=False, highlight=False, soft_wrap=True)
    else:
        for unit, text in texts.items():
            click.echo(f"# {place / unit}\n{text}")


@command.command("cron")
@_options
@_installing
def for_cron(
    options: tuple[str, ...],
    db: Path,
    every: str,
    name: str,
    install: bool,
    uninstall: bool,
) -> None:
    """Make two lines of a crontab.

    One crawls, one judges alarms. What others wrote into the crontab stays as it is. What a crawl
    says is appended to a file beside the archive. What follows "--" is said to it.

    \b
    Examples:
      tinhuyen schedule cron --db /srv/tinhuyen/archive.db
      tinhuyen schedule cron --db /srv/tinhuyen/archive.db --every 6 --install
      tinhuyen schedule cron --install -- --sites 5
      tinhuyen schedule cron --uninstall

    \b
    Exit codes:
      0   done
      1   there is no cron, or it did not take the crontab
      2   wrong usage, or a crontab in which it cannot be told what is ours
    """
    _refuse_both(install, uninstall)
    job = _job(db, options, every, name, checked=not uninstall)
    if not (install or uninstall):
        click.echo(crontab.crontab_lines(job), nl=False)
        return
    before = own_crontab()
    try:
        after = (
            crontab.without_block(before, job.name)
            if uninstall
            else crontab.with_block(before, job)
        )
    except crontab.CrontabError as error:
        raise Refused(str(error)) from error
    if after != before:
        put_crontab(after)
    told = "is not in it any more" if uninstall else "is in it"
    err().print(f"crontab: {job.name} {told}", highlight=False)


@command.command("github")
@_options
def for_github(options: tuple[str, ...], db: Path, every: str, name: str) -> None:
    """Print a workflow of GitHub Actions, for a repository that has Tin Huyện in it, as a fork has.

    The archive is kept as assets of a release. What follows "--" is said to the crawl.

    \b
    Examples:
      tinhuyen schedule github > .github/workflows/crawl.yml
      tinhuyen schedule github --every 12 -- --sites 5

    \b
    Exit codes:
      0   done
      2   wrong usage
    """
    job = _job(db, options, every, name)
    try:
        click.echo(workflow_text(job), nl=False)
    except ValueError as error:
        raise Refused(str(error)) from error


def _refuse_both(install: bool, uninstall: bool) -> None:
    if install and uninstall:
        raise Refused("--install or --uninstall: it is one or the other")


def _job(db: Path, options: tuple[str, ...], every: str, name: str, *, checked: bool = True) -> Job:
    """Return what is to be run; if *checked*, refuse what could not be run."""
    db = Path(os.path.abspath(db))  # noqa: PTH100 - links stay: what they lead to may change
    if checked:
        if not db.parent.is_dir():
            raise Refused(f"{db}: its folder does not exist; make it first")
        _check_options(db, options)
        require_contact([_EVERYWHERE])
    environment = _environment()
    try:
        return Job(
            db=db,
            python=Path(sys.executable),
            options=options,
            every=int(every),
            name=name,
            environment=tuple(environment.items()),
            writes=(db.parent,),
            reads=tuple(Path(environment[key]) for key in _PATHS if key in environment),
        )
    except ValueError as error:
        raise Refused(str(error)) from error


def _environment() -> dict[str, str]:
    """Return what a run of a scheduler must be told that this process was."""
    from crawler.sites import own_folder

    told = {name: os.environ[name] for name in VARIABLES if os.environ.get(name)}
    own = own_folder().parent  # sites and alarms of the operator's, whoever runs it
    if own.is_dir():
        told["XDG_CONFIG_HOME"] = str(own.parent)
    return told | {name: str(Path(told[name]).absolute()) for name in _PATHS if name in told}


def _check_options(db: Path, options: tuple[str, ...]) -> None:
    """Refuse what the crawl would refuse every hour."""
    words = ["--due", "--db", str(db), *options]
    told = crawl_command.make_context("crawl", words).params
    if told["sites"] or told["url"] or told["live"] or Path(told["db"]) != db:
        raise Refused("a scheduled crawl takes what is due into the archive that --db names here")


def _owner(job: Job) -> str:
    """Return the name of the owner of the archive's folder; refuse root."""
    owner = job.db.parent.stat().st_uid
    if owner == 0:
        raise Refused(
            f"{job.db.parent} belongs to root, and a crawl must not run as root. Make it a user of "
            f"its own: useradd --system tinhuyen; chown -R tinhuyen {job.db.parent}; or say --as"
        )
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError as error:
        raise Refused(
            f"{job.db.parent} belongs to nobody who is known here; name one: --as"
        ) from error
