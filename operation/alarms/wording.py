"""What an operator is told: one message of all that began and ended since the last one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.vocabulary import AlarmKind
from crawler.vocabulary.words import word

_MOST = 20
"""Alarms of one sort that a message names."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent."""

    title: str
    body: str


def message_of(
    alarms: Sequence[Mapping[str, Any]], standing: Sequence[Mapping[str, Any]] = ()
) -> Message:
    """Return what to tell of alarms (rows of ``alarms``) of which a beginning or an end is untold,
    and of those that are *standing* beside them.
    """
    parts = {
        "began": [row for row in alarms if row["until"] is None],
        "ended": [row for row in alarms if row["until"] is not None],
    }
    title = ", ".join(_counted(len(rows), how) for how, rows in parts.items() if rows)
    body = [line for rows in parts.values() for line in _lines(rows)]
    if standing:
        body += ["", "Still so:", *_lines(standing)]
    return Message(f"Tin Huyện: {title}", "\n".join([*body, "", "All of them: tinhuyen alarms"]))


def in_a_line(row: Mapping[str, Any]) -> str:
    """Return an alarm in a line: its site, what it is about, its message."""
    place = row["site"] or "the archive"
    kind, since = word(AlarmKind(row["kind"]), "en"), f"{row['since'][:16]}Z"
    if row["until"] is None:
        return f"{place}: {kind}: {row['message']}"
    if row["told_at"] is None:  # nobody was awake, or none could be reached
        return f"{place}: {kind} from {since} to {row['until'][:16]}Z: {row['message']}"
    return f"{place}: no more, since {since}: {kind}"


def _counted(number: int, how: str) -> str:
    return f"{number} alarm{'' if number == 1 else 's'} {how}"


def _lines(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    by_kind: dict[str, list[str]] = {}
    for row in rows:
        by_kind.setdefault(row["kind"], []).append(in_a_line(row))
    lines: list[str] = []
    for of_kind in by_kind.values():
        lines += of_kind[:_MOST]
        if len(of_kind) > _MOST:
            lines.append(f"and {len(of_kind) - _MOST} more like these")
    return lines


def alarm_line(row: Mapping[str, Any]) -> str:
    """Return what an alarm says in a line: number, since when (UTC), of what, which, and why."""
    place, kind = row["site"] or "the archive", word(AlarmKind(row["kind"]), "en")
    known = f" (acknowledged by {row['acknowledged_by']})" if row["acknowledged_by"] else ""
    return f"{row['id']:4}  {row['since'][:16]}Z  {place}: {kind}: {row['message']}{known}"
