"""``tinhuyen alarms``: what is wrong, and telling of it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from filelock import Timeout

from operation.alarms.wording import Message
from tinhuyen.cli import db_option, known_sites
from tinhuyen.errors import Refused
from tinhuyen.terminal import err, out

if TYPE_CHECKING:
    from operation.alarms.config import AlarmsConfig


_TEST = Message(
    "Tin Huyện: a test",
    "Alarms reach you by this sender. Nothing is wrong: somebody has run tinhuyen alarms --test.",
)


@click.command("alarms")
@db_option
@click.option("--check", is_flag=True, help="Judge all alarms now, and tell of them.")
@click.option(
    "--acknowledge",
    "numbers",
    type=int,
    multiple=True,
    metavar="N",
    help="Note that you know of the alarm with this number; several, if given several times.",
)
@click.option("--by", metavar="NAME", help="Who acknowledges; stored, and shown to readers.")
@click.option("--test", "is_test", is_flag=True, help="Send a test message to all senders.")
@click.option("--json", "as_json", is_flag=True, help="Print the alarms for a program.")
def command(
    db: Path, check: bool, numbers: tuple[int, ...], by: str | None, is_test: bool, as_json: bool
) -> None:
    """List what is wrong, judge it, and say that you know of it.

    Alarms are judged at the end of each crawl and verification. That a crawl did not happen none of
    these can tell: let the machine's scheduler run "--check" once an hour. Whom to tell, at which
    hours, and from where on something is an alarm stands in alarms.toml: docs/alarms.md.

    \b
    Examples:
      tinhuyen alarms
      tinhuyen alarms --check
      tinhuyen alarms --acknowledge 7 --by operator
      tinhuyen alarms --test

    \b
    Exit codes:
      0   nothing is wrong of which nobody knows; with --check, all was judged and told
      1   something is, or a sender did not take what it was to tell, or no alarm has that number
      2   wrong usage or configuration, or an archive that is gone or damaged
    """
    from archive import Archive
    from operation.alarms.config import AlarmsConfig, AlarmsError
    from operation.alarms.senders import beat
    from tinhuyen.alarms import tell_unsent

    if sum((check, bool(numbers), is_test)) > 1:
        raise Refused("--check, --acknowledge or --test: it is one of them")
    if bool(numbers) != bool(by):
        raise Refused("--acknowledge says what, --by says who: say both")
    try:
        config = AlarmsConfig.read()
    except AlarmsError as error:
        raise Refused(str(error)) from None
    if is_test:
        _test(config)
        return
    if by:
        _acknowledge(db, numbers, by)
        return
    unsent = _judged(db, config) if check else ()
    with Archive.open(db, read_only=True) as archive:
        current = archive.alarms.current()
    if as_json:
        click.echo(json.dumps(current, ensure_ascii=False, indent=2))
    else:
        _print(current)
    tell_unsent(unsent, err())
    switch = config.heartbeat if check and not unsent else None
    is_unheard = switch is not None and not beat(switch)
    if is_unheard:
        click.echo("alarms: the heartbeat was not taken; it is tried at the next check", err=True)
    unknown = [row for row in current if row["acknowledged_by"] is None]
    if unsent or is_unheard or (unknown and not check):
        raise SystemExit(1)


def _judged(db: Path, config: "AlarmsConfig") -> tuple[str, ...]:
    from archive import Archive, ArchiveError
    from operation.alarms.judging import alarm_lock, judge, tell_unopened
    from tinhuyen.alarms import tell_unsent

    try:
        with Archive.open(db) as archive, alarm_lock(db):
            return judge(archive, config, known_sites())
    except ArchiveError as error:
        tell_unsent(tell_unopened(db, config, str(error)), err())
        raise
    except Timeout as error:
        raise click.ClickException(
            "another process has told of alarms for a minute; the next check tells the rest"
        ) from error


def _test(config: "AlarmsConfig") -> None:
    from operation.alarms.config import config_file
    from operation.alarms.senders import beat, send

    if not config.senders and not config.heartbeat:
        raise Refused(f"{config_file()}: names no sender; see docs/alarms.md")
    took = {name: send(address, _TEST) for name, address in config.senders.items()}
    if config.heartbeat:
        took["heartbeat"] = beat(config.heartbeat)
    for name, taken in took.items():
        click.echo(f"{name}: {'took it' if taken else 'did not take it'}")
    if not all(took.values()):
        raise SystemExit(1)


def _acknowledge(db: Path, numbers: tuple[int, ...], by: str) -> None:
    from archive import Archive

    with Archive.open(db) as archive:
        strange = archive.alarms.acknowledge(numbers, by, datetime.now(UTC))
    for number in numbers:
        told = "no current alarm has this number" if number in strange else f"acknowledged by {by}"
        click.echo(f"{number}: {told}")
    if strange:
        raise SystemExit(1)


def _print(alarms: list[dict[str, Any]]) -> None:
    from operation.alarms.wording import alarm_line

    console = out()
    for row in alarms:
        console.print(alarm_line(row), markup=False, highlight=False, soft_wrap=True)
    if not alarms:
        console.print("Nothing is wrong.")
