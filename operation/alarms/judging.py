"""Judging the alarms of an archive, and telling of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock

from archive import Archive, Finding
from crawler.sites import Site
from crawler.vocabulary import AlarmKind
from operation.alarms.config import AlarmsConfig
from operation.alarms.rules import Expected, findings
from operation.alarms.senders import send
from operation.alarms.wording import Message, message_of

OF_FACTS = frozenset(kind for kind in AlarmKind if kind.is_of_facts)
"""What an archive is judged by itself for."""
_PATIENCE = 60
"""Seconds that another process is waited for that tells of alarms."""

_REMIND_AFTER = timedelta(days=1)

Send = Callable[[str, Message], bool]


def alarm_lock(db: Path) -> FileLock:
    """Return the lock of whoever judges the alarms of an archive and tells of them, so that two
    processes tell nobody the same. No site has a key with a dot in it.
    """
    return FileLock(f"{db}.alarms.told.lock", timeout=_PATIENCE)


def tell_unopened(
    db: Path,
    config: AlarmsConfig,
    why: str,
    *,
    now: datetime | None = None,
    sender: Send = send,
) -> tuple[str, ...]:
    """Tell that an archive cannot be opened, and so can judge and keep no alarm; return the senders
    that did not take it.

    A file beside it remembers for a day that all took it, so that they are not told every hour.
    """
    if not config.senders:
        return ()
    at = now or datetime.now(UTC)
    remembered = _unopened_file(db)
    with suppress(OSError, ValueError):
        if abs(at - datetime.fromisoformat(remembered.read_text("ascii"))) < _REMIND_AFTER:
            return ()
    message = Message("Tin Huyện: the archive cannot be opened", why)
    unsent = tuple(name for name, address in config.senders.items() if not sender(address, message))
    if not unsent:
        with suppress(OSError):
            remembered.write_text(at.isoformat(), "ascii")
    return unsent


def _unopened_file(db: Path) -> Path:
    return db.with_name(f"{db.name}.alarms.unopened")


def judge(
    archive: Archive,
    config: AlarmsConfig,
    sites: Mapping[str, Site],
    *,
    now: datetime | None = None,
    sender: Send = send,
) -> tuple[str, ...]:
    """Judge an archive by what it says of itself, and tell of what began and ended; return the
    senders that did not take it (`tell`).

    Whoever calls it holds `alarm_lock`.
    """
    at = now or datetime.now(UTC)
    _unopened_file(archive.path).unlink(missing_ok=True)
    expected = {key: _expected(site, config) for key, site in sites.items()}
    found = findings(archive.alarms.facts(at), expected, config.thresholds)
    archive.alarms.judge(found, OF_FACTS, at)
    return tell(archive, config, at, sender)


def note(
    archive: Archive,
    config: AlarmsConfig,
    kind: AlarmKind,
    finding: Finding | None,
    *,
    now: datetime | None = None,
    sender: Send = send,
) -> tuple[str, ...]:
    """Begin or end the alarm of a *kind* that nothing in the archive tells of, by what somebody
    found who looked, and tell of it, as `judge` does.
    """
    at = now or datetime.now(UTC)
    archive.alarms.judge([finding] if finding else [], [kind], at)
    return tell(archive, config, at, sender)


def tell(
    archive: Archive, config: AlarmsConfig, at: datetime, sender: Send = send
) -> tuple[str, ...]:
    """Tell each sender what it was not told yet, if it is the time for it; return those that did
    not take it.

    It is noted after it was sent: whoever is killed between the two tells it again, which is
    better than never. A sender that fails is tried again next time, and the others are not.
    """
    untold = archive.alarms.to_tell(at)
    unsent = []
    for name, address in config.senders.items():
        last = archive.alarms.last_telling(name, at)
        if not config.is_time(at, datetime.fromisoformat(last) if last else None):
            continue
        new = [row for row in untold if not _was_told(archive, row, name)]
        if not new:
            continue
        if sender(address, message_of(new, _standing(archive, new, config))):
            archive.alarms.note_telling(_tellings(new), name, config.senders, at)
        else:
            unsent.append(name)
    return tuple(unsent)


def _expected(site: Site, config: AlarmsConfig) -> Expected:
    return Expected(
        limits=config.thresholds.changed(site.alarms),
        articles=site.expect_articles,
        newest=site.expect_newest,
    )


def _was_told(archive: Archive, row: Mapping[str, Any], sender: str) -> bool:
    """Whether a sender has told the last that there is to tell of an alarm, or need not any more,
    since all that there were then had told it.
    """
    is_end = row["until"] is not None
    if not is_end and row["told_at"] is not None:
        return True
    return sender in archive.alarms.told_to(row["id"], is_end=is_end)


def _standing(
    archive: Archive, new: Sequence[Mapping[str, Any]], config: AlarmsConfig
) -> list[Mapping[str, Any]]:
    """Return what a digest tells beside what is new: all that nobody has acknowledged."""
    if config.digest is None:
        return []
    told = {row["id"] for row in new}
    return [
        row
        for row in archive.alarms.current()
        if row["id"] not in told and row["acknowledged_by"] is None
    ]


def _tellings(rows: Collection[Mapping[str, Any]]) -> list[tuple[int, bool]]:
    """Return what was told with some alarms: of one that has ended, its beginning, too."""
    ended = [(row["id"], True) for row in rows if row["until"] is not None]
    return [*((row["id"], False) for row in rows if row["told_at"] is None), *ended]
