"""Signs of life: told to systemd, which ends a service that gives none, and looked for by ourselves
where nothing else does.
"""

import asyncio
import faulthandler
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_STDERR = 2
EVERY = 60.0
"""Seconds between two signs of life; the watchdog of a unit waits for many of them."""


def tell_systemd(what: str = "WATCHDOG=1") -> None:
    """Tell systemd's manager something, if it is who runs this: sd_notify(3)."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.sendto(what.encode(), address.replace("@", "\0", 1))


@contextmanager
def beating(loop: asyncio.AbstractEventLoop, blocked_after: float) -> Iterator[None]:
    """Give signs of life as long as the loop goes on.

    If it does not for *blocked_after* seconds (0 for any time), the process ends at once with exit
    code 1, and says where it stood.
    """
    timer: asyncio.TimerHandle | None = None

    def beat() -> None:
        nonlocal timer
        tell_systemd()
        if blocked_after:
            faulthandler.dump_traceback_later(blocked_after, exit=True, file=_STDERR)
        every = min(EVERY, blocked_after / 4) if blocked_after else EVERY
        timer = loop.call_later(every, beat)

    beat()
    try:
        yield
    finally:
        if timer:
            timer.cancel()
        faulthandler.cancel_dump_traceback_later()
