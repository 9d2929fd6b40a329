"""The alarms of an archive, judged where a command has ended."""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

from filelock import Timeout
from rich.console import Console

from archive import Archive, ArchiveError, Finding, explain
from crawler.sites import SitesError
from crawler.vocabulary import AlarmKind
from crawler.vocabulary.sentences import AlarmMessage
from operation.alarms.config import AlarmsConfig, AlarmsError
from operation.alarms.judging import alarm_lock, judge, note
from operation.alarms.senders import send
from operation.alarms.wording import Message
from tinhuyen.cli import known_sites

_UNJUDGED = (ArchiveError, AlarmsError, SitesError, sqlite3.Error, OSError)
"""Why alarms may not be judged."""


def judge_alarms(db: Path, console: Console) -> bool:
    """Judge the alarms of an archive after a command; return whether that could be done, and all
    that was to be told was told. If not, a line says so.
    """
    return _done(
        lambda: _judged(db, lambda archive, config: judge(archive, config, known_sites())), console
    )


def note_verified(db: Path, faults: list[str], console: Console, *, whole: bool) -> bool:
    """Begin or end the alarm that an archive is not sound: it ends only where the *whole* of it was
    verified and no fault was found. Where the alarm cannot be kept, since the archive is damaged,
    it is told each time.
    """
    if not faults and not (whole and _is_said_to_be_damaged(db)):
        return True
    finding = _unsound(faults) if faults else None

    def noted(archive: Archive, config: AlarmsConfig) -> tuple[str, ...]:
        return note(archive, config, AlarmKind.VERIFY, finding)

    try:
        return _told(_judged(db, noted), console)
    except _UNJUDGED as error:
        is_told = finding is None or _done(lambda: _tell_unkept(finding), console)
        return is_told and _fail(error, console)


def tell_unsent(unsent: Iterable[str], console: Console) -> None:
    """Say which senders did not take what they were to tell."""
    for name in unsent:
        console.print(
            f"alarms: the sender {name!r} did not take what it was to tell; it is tried again "
            "next time. Try it: tinhuyen alarms --test",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip


def _judged(
    db: Path, judging: Callable[[Archive, AlarmsConfig], tuple[str, ...]]
) -> tuple[str, ...]:
    config = AlarmsConfig.read()
    with Archive.open(db) as archive, alarm_lock(db):
        return judging(archive, config)


def _done(judging: Callable[[], tuple[str, ...]], console: Console) -> bool:
    try:
        return _told(judging(), console)
    except _UNJUDGED as error:
        return _fail(error, console)


def _told(unsent: tuple[str, ...], console: Console) -> bool:
    tell_unsent(unsent, console)
    return not unsent


def _fail(error: Exception, console: Console) -> bool:
    match error:
        case Timeout():
            told = "another process tells of them; the next one tells the rest"
        case sqlite3.Error():
            told = explain(error)
        case _:
            told = str(error)
    console.print(f"alarms: not judged: {told}", markup=False, highlight=False, soft_wrap=True)
    return False


def _is_said_to_be_damaged(db: Path) -> bool:
    with Archive.open(db, read_only=True) as archive:
        return any(row["kind"] == AlarmKind.VERIFY for row in archive.alarms.current())


def _unsound(faults: list[str]) -> Finding:
    told = AlarmMessage.ONE_FAULT if len(faults) == 1 else AlarmMessage.FAULTS
    return Finding(AlarmKind.VERIFY, None, told.of(number=len(faults), fault=faults[0]))


def _tell_unkept(finding: Finding) -> tuple[str, ...]:
    """Tell what cannot be kept."""
    message = Message("Tin Huyện: the archive is not sound", finding.message)
    senders = AlarmsConfig.read().senders
    return tuple(name for name, url in senders.items() if not send(url, message))
