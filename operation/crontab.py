"""A line of a crontab, and the block in which it stands among those of others."""

import shlex

from operation.job import LONGEST_HOURS, Job


class CrontabError(ValueError):
    """A crontab in which it cannot be told what is ours."""


def begin_mark(name: str) -> str:
    """Return the line before what is ours."""
    return f"# BEGIN {name}: made by tinhuyen schedule, which writes anew what stands until END"


def _end_mark(name: str) -> str:
    return f"# END {name}"


def crontab_line(job: Job) -> str:
    """Return the line. What a run says is appended to a log beside the archive; where cron can send
    mail, it does when a run failed. That something is missing somewhere (1) would be said every
    hour, and that another run is at it (75) is no failure.

    A percent sign would be a line break to cron: crontab(5).
    """
    assigned = [f"{name}={shlex.quote(value)}" for name, value in job.environment]
    # What makes no progress ends itself; this ends one that cannot even do that.
    command = ["timeout", "--kill-after=60", f"{LONGEST_HOURS}h", *job.words]
    log = job.db.with_name(f"{job.db.name}.crawl.log")
    told = shlex.quote(f"{job.name}: the crawl failed; see the end of {log}; exit code")
    shell = (
        f"{' '.join([*assigned, shlex.join(command)])} >> {shlex.quote(str(log))} 2>&1; "
        f"code=$?; [ $code -le 1 ] || [ $code -eq 75 ] || echo {told} $code"
    )
    return f"{job.minute} {job.hours} * * * {shell.replace('%', chr(92) + '%')}"


def with_block(crontab: str, job: Job) -> str:
    """Return a crontab with the line of a job: where its block was, else at the end."""
    before, after = _parted(crontab, job.name)
    block = f"{begin_mark(job.name)}\n{crontab_line(job)}\n{_end_mark(job.name)}\n"
    return f"{before}{block}{after}"


def without_block(crontab: str, name: str) -> str:
    """Return a crontab without the block of a job; all else is as it was."""
    return "".join(_parted(crontab, name))


def _parted(crontab: str, name: str) -> tuple[str, str]:
    """Return what stands before our block and after it, or all and nothing.

    Raises `CrontabError` where a block has no end, or there are several.
    """
    lines = crontab.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    bare = [line.rstrip() for line in lines]
    begun = [n for n, line in enumerate(bare) if line.startswith(f"# BEGIN {name}:")]
    ended = [n for n, line in enumerate(bare) if line == _end_mark(name)]
    if not begun and not ended:
        return "".join(lines), ""
    if len(begun) != 1 or len(ended) != 1 or ended < begun:
        raise CrontabError(
            f"the crontab has no whole block between '# BEGIN {name}:' and '{_end_mark(name)}'; "
            "mend it by hand: crontab -e"
        )
    return "".join(lines[: begun[0]]), "".join(lines[ended[0] + 1 :])
