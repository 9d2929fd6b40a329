"""Lines of a crontab, and the block in which they stand among those of others."""

import shlex

from operation.job import LONGEST_HOURS, Job


class CrontabError(ValueError):
    """A crontab in which it cannot be told what is ours."""


def begin_mark(name: str) -> str:
    """Return the line before what is ours."""
    return f"# BEGIN {name}: made by tinhuyen schedule, which writes anew what stands until END"


def _end_mark(name: str) -> str:
    return f"# END {name}"


def crawl_line(job: Job) -> str:
    """Return the line that crawls. What a run says is appended to a log beside the archive; where
    cron can send mail, it does when a run failed. That something is missing somewhere (1) would be
    said every hour, and that another run is at it (75) is no failure.
    """
    # What makes no progress ends itself; this ends one that cannot even do that.
    command = ["timeout", "--kill-after=60", f"{LONGEST_HOURS}h", *job.words]
    log = job.db.with_name(f"{job.db.name}.crawl.log")
    told = shlex.quote(f"{job.name}: the crawl failed; see the end of {log}; exit code")
    shell = (
        f"{_assigned(job)}{shlex.join(command)} >> {shlex.quote(str(log))} 2>&1; "
        f"code=$?; [ $code -le 1 ] || [ $code -eq 75 ] || echo {told} $code"
    )
    return f"{job.minute} {job.hours} * * * {_escaped(shell)}"


def check_line(job: Job) -> str:
    """Return the line that judges alarms. It says something, which cron sends by mail, only where
    that could not be done, or a sender did not take what it was to tell.
    """
    command = shlex.join(["timeout", "--kill-after=60", "30m", *job.check])
    # What was ended from outside (124 and above) could say nothing itself.
    told = shlex.quote(f"{job.name}: alarms were not judged; exit code")
    shell = (
        f"[ ! -e {shlex.quote(str(job.db))} ] || {{ {_assigned(job)}{command} > /dev/null; "
        f"code=$?; [ $code -lt 124 ] || echo {told} $code; exit $code; }}"
    )
    return f"{job.minute_of_check} * * * * {_escaped(shell)}"


def crontab_lines(job: Job) -> str:
    """Return both lines."""
    return f"{crawl_line(job)}\n{check_line(job)}\n"


def _assigned(job: Job) -> str:
    return "".join(f"{name}={shlex.quote(value)} " for name, value in job.environment)


def _escaped(shell: str) -> str:
    """Return a command for cron, to which a percent sign is a line break: crontab(5)."""
    return shell.replace("%", "\\%")


def with_block(crontab: str, job: Job) -> str:
    """Return a crontab with the lines of a job: where its block was, else at the end."""
    before, after = _parted(crontab, job.name)
    block = f"{begin_mark(job.name)}\n{crontab_lines(job)}{_end_mark(job.name)}\n"
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
