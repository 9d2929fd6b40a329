"""Services of systemd and their timers. What each line does stands in systemd.exec(5) and
systemd.timer(5).
"""

from collections.abc import Iterable
from pathlib import Path

from operation.job import LONGEST_HOURS, Job

MARK = "# Made by tinhuyen schedule, which writes it anew; put changes into a drop-in"
"""The first line of what is ours to write over, and to remove."""
_HOMES = ("/home", "/root", "/run/user")

_FILTERED = (
    ("NoNewPrivileges", "yes"),
    ("LockPersonality", "yes"),
    ("MemoryDenyWriteExecute", "yes"),
    ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
    ("RestrictNamespaces", "yes"),
    ("RestrictRealtime", "yes"),
    ("RestrictSUIDSGID", "yes"),
    ("SystemCallArchitectures", "native"),
    ("SystemCallFilter", "@system-service"),
    ("SystemCallFilter", "~@privileged @resources"),
    ("SystemCallErrorNumber", "EPERM"),
    ("UMask", "0027"),
)
"""What the kernel refuses to a process that has given up its privileges."""
_WALLED = (
    ("CapabilityBoundingSet", ""),
    ("AmbientCapabilities", ""),
    ("DevicePolicy", "closed"),
    ("KeyringMode", "private"),
    ("PrivateDevices", "yes"),
    ("PrivateTmp", "yes"),
    ("PrivateUsers", "yes"),
    ("ProcSubset", "pid"),
    ("ProtectClock", "yes"),
    ("ProtectControlGroups", "yes"),
    ("ProtectHostname", "yes"),
    ("ProtectKernelLogs", "yes"),
    ("ProtectKernelModules", "yes"),
    ("ProtectKernelTunables", "yes"),
    ("ProtectProc", "invisible"),
    ("ProtectSystem", "strict"),
    ("RemoveIPC", "yes"),
)
"""What only the system's own manager can wall off."""


def crawl_service(job: Job, user: str | None) -> str:
    """Return the text of the service that crawls, which runs as *user*; None for a service of one's
    own user, whose manager cannot wall it off as far.
    """
    more = [
        "# Another crawl is at it: nothing has failed.",
        "SuccessExitStatus=75",
        "# A run that makes no progress ends itself; these end one that cannot even do that.",
        "WatchdogSec=30min",
        "NotifyAccess=main",
        f"RuntimeMaxSec={LONGEST_HOURS}h",
    ]
    return _service(job, user, "crawl what is due", job.words, more)


def check_service(job: Job, user: str | None) -> str:
    """Return the text of the service that judges alarms; *user* as in `crawl_service`."""
    # Percent signs alone mean something in a path that stands for itself.
    is_there = f"ConditionPathExists={str(job.db).replace('%', '%%')}"
    return _service(job, user, "judge alarms", job.check, ["RuntimeMaxSec=30min"], [is_there])


def _service(
    job: Job,
    user: str | None,
    what: str,
    words: Iterable[str],
    more: Iterable[str],
    when: Iterable[str] = (),
) -> str:
    lines = [
        *_head(what),
        "Wants=network-online.target",
        "After=network-online.target",
        "# Without its disk a crawl would begin a new archive in an empty folder.",
        f"RequiresMountsFor={_quoted(str(job.db.parent))}",
        *when,
        "",
        "[Service]",
        "Type=exec",
        # The colon: nothing is put in for what begins with a dollar.
        f"ExecStart=:{' '.join(map(_quoted, words))}",
        *(f"Environment={_quoted(f'{name}={value}')}" for name, value in job.environment),
        *more,
        "TimeoutStopSec=2min",
        "Nice=10",
        "IOSchedulingClass=idle",
        "MemoryHigh=1G",
        "MemoryMax=2G",
        "TasksMax=128",
        "LimitCORE=0",
        *(f"{name}={value}" for name, value in _FILTERED),
    ]
    if user is not None:
        lines += [
            f"User={user}",
            *(f"{name}={value}" for name, value in _WALLED),
            f"ProtectHome={'read-only' if _is_at_home(job) else 'yes'}",
            *(f"ReadWritePaths={_quoted(str(folder))}" for folder in job.writes),
        ]
    return _text(lines)


def _timer(what: str, hours: str, minute: int) -> str:
    return _text(
        [
            *_head(what),
            "",
            "[Timer]",
            f"OnCalendar=*-*-* {hours}:{minute:02}:00",
            "RandomizedDelaySec=10min",
            "# What the machine slept through is made up for.",
            "Persistent=true",
            "",
            "[Install]",
            "WantedBy=timers.target",
        ]
    )


def units(job: Job, user: str | None) -> dict[str, str]:
    """Return the texts of the units by the names of their files."""
    return {
        f"{job.name}.service": crawl_service(job, user),
        f"{job.name}.timer": _timer("when to crawl what is due", job.hours, job.minute),
        f"{job.name}-alarms.service": check_service(job, user),
        f"{job.name}-alarms.timer": _timer("when to judge alarms", "*", job.minute_of_check),
    }


def _head(what: str) -> list[str]:
    return [MARK, "[Unit]", f"Description=Tin Huyện: {what}"]


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _quoted(word: str) -> str:
    """Return a word as systemd reads it: systemd.syntax(7), and systemd.unit(5) for the percent."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _is_at_home(job: Job) -> bool:
    """Whether it needs something that lies where people are at home."""
    needed = (job.db, job.python, *job.writes, *job.reads)
    return any(path.is_relative_to(home) for path in map(Path, needed) for home in _HOMES)
