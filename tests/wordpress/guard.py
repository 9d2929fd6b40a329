"""Runs a server that must not outlive the test run: `python guard.py FOLDER COMMAND…`.

The command gets its own process group. When our standard input closes, as it does however the
test run ends, or when the command ends by itself, the whole group is ended and FOLDER removed.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
from contextlib import suppress

GRACE = 20
"""Seconds that the command has to end by itself before it is killed."""


def guard(folder: str, command: list[str]) -> int:
    """Run `command` until standard input closes; return its exit code, negative for a signal."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    select.select([sys.stdin, os.pidfd_open(process.pid)], [], [])
    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(GRACE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)
    return process.wait()


if __name__ == "__main__":
    sys.exit(guard(sys.argv[1], sys.argv[2:]))
