"""What an operator has decided about alarms: whom to tell, when, and from where on.

It stands in ``alarms.toml`` in the operator's own folder, with addresses that hold passwords: what
is wrong in it is told without them, and nothing of it is stored, shown or logged anywhere else.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from crawler.sites import own_folder
from crawler.text.shown import web_address
from crawler.thresholds import DEFAULT, Thresholds, mistaken

VARIABLE = "TINHUYEN_ALARMS"
"""The variable of the environment that names another file."""
_KEYS = ("senders", "heartbeat", "zone", "quiet", "digest", "thresholds")
_USUAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_A_TIME = 'such as "07:00"'


class AlarmsError(ValueError):
    """An ``alarms.toml`` that cannot be used; the message names file and key, and no address."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of each day, which may lie over midnight."""

    begin: time
    end: time

    def holds(self, at: time) -> bool:
        """Whether a time of the day lies in it."""
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmsConfig:
    """Whom to tell of alarms, and when."""

    senders: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Addresses of Apprise's, each by a name of the operator's own, which may be shown."""
    heartbeat: str | None = field(default=None, repr=False)
    """The address of a dead man's switch, which holds its secret."""
    zone: ZoneInfo = _USUAL_ZONE
    quiet: Hours | None = None
    """When nobody is told anything, in the zone."""
    digest: time | None = None
    """When everything is told together, once a day, in the zone; None to tell at once."""
    thresholds: Thresholds = DEFAULT

    @classmethod
    def read(cls, file: Path | None = None) -> Self:
        """Read it; as if it said nothing where there is none. Raises `AlarmsError`."""
        file = file or config_file()
        try:
            told = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            if VARIABLE in os.environ:
                raise AlarmsError(f"{file}: no such file, but {VARIABLE} names it") from None
            return cls()
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else _place_of(error)
            raise AlarmsError(f"{file}: {reason}") from None  # the cause may hold an address
        return cls._of(str(file), told)

    @classmethod
    def _of(cls, where: str, told: Mapping[str, Any]) -> Self:
        for name in told:
            if name not in _KEYS:
                raise AlarmsError(f"{where} has unknown key {name!r}; known: {', '.join(_KEYS)}")
        senders, thresholds = (_table(where, told, name) for name in ("senders", "thresholds"))
        for name, address in senders.items():
            if not isinstance(address, str) or "://" not in address:
                raise AlarmsError(f"{where}: the sender {name!r} must be an address of Apprise's")
        if wrong := mistaken(thresholds):
            raise AlarmsError(f"{where} has thresholds with {wrong}")
        return cls(
            senders=senders,
            heartbeat=_web_address(where, told["heartbeat"]) if "heartbeat" in told else None,
            zone=_zone(where, told.get("zone", _USUAL_ZONE.key)),
            quiet=_hours(where, told["quiet"]) if "quiet" in told else None,
            digest=_time(where, "digest", told["digest"]) if "digest" in told else None,
            thresholds=DEFAULT.changed(thresholds.items()),
        )

    def is_quiet(self, at: datetime) -> bool:
        """Whether nobody is to be told anything at a time."""
        return self.quiet is not None and self.quiet.holds(at.astimezone(self.zone).time())

    def is_time(self, at: datetime, last: datetime | None) -> bool:
        """Whether at a time a sender may tell something, that told something *last* then."""
        if self.is_quiet(at):
            return False
        if self.digest is None:
            return True
        here = at.astimezone(self.zone)
        due = here.replace(
            hour=self.digest.hour, minute=self.digest.minute, second=0, microsecond=0
        )
        due = due if due <= here else due - timedelta(days=1)
        return last is None or last < due


def config_file() -> Path:
    """Return where an operator's decisions are looked for."""
    return Path(os.environ.get(VARIABLE) or own_folder().parent / "alarms.toml")


def _place_of(error: Exception) -> str:
    """Return where a file is no TOML, without what stands there."""
    told = str(error).rpartition("(")[2].rstrip(")")
    return f"it is no TOML ({told})" if told.startswith("at ") else "it is no TOML in UTF-8"


def _table(where: str, told: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = told.get(name, {})
    if not isinstance(table, dict):
        raise AlarmsError(f"{where}: {name} must be a table, below a line [{name}]")
    return table


def _zone(where: str, name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (ValueError, KeyError, OSError):
        raise AlarmsError(
            f'{where} has zone = {name!r}; it must be one of the IANA, such as "Asia/Ho_Chi_Minh"'
        ) from None


def _web_address(where: str, told: object) -> str:
    if not isinstance(told, str) or not web_address(told):
        raise AlarmsError(f"{where}: heartbeat must be an address that begins with https://")
    return told


def _hours(where: str, told: object) -> Hours:
    begin, dash, end = str(told).partition("-")
    if not dash:
        raise AlarmsError(f'{where} has quiet = {told!r}; it must be such as "22:00-06:30"')
    return Hours(_time(where, "quiet", begin), _time(where, "quiet", end))


def _time(where: str, name: str, told: object) -> time:
    try:
        return time.fromisoformat(str(told).strip()).replace(tzinfo=None)
    except ValueError:
        raise AlarmsError(
            f"{where} has {name} = {told!r}; times of the day must be {_A_TIME}"
        ) from None
