"""Sending a message to the operator, by Apprise: e-mail, ntfy, webhook, Telegram, and others.

Addresses hold passwords. So what fails is told by the sender's name alone, and nothing is logged
while one is at work.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from urllib.request import Request, urlopen

from operation.alarms.wording import Message

_PATIENCE = 30
"""Seconds that a dead man's switch has to answer."""


def send(address: str, message: Message) -> bool:
    """Send a message to an address of Apprise's; return whether it was taken."""
    # It takes half a second to import, and most who judge alarms have nothing to tell.
    from apprise import Apprise, AppriseAsset, NotifyFormat
    from apprise.common import PersistentStoreMode

    with _nothing_logged():
        try:
            asset = AppriseAsset(
                app_id="TinHuyen",  # it becomes a header of HTTP
                app_desc="Tin Huyện",
                app_url="",
                async_mode=False,
                storage_mode=PersistentStoreMode.MEMORY,
                plugin_paths=[],
            )
            apprise = Apprise(asset=asset)
            return apprise.add(address) and bool(
                apprise.notify(
                    title=message.title, body=message.body, body_format=NotifyFormat.TEXT
                )
            )
        except Exception:  # of whatever service: it was not told, and says no more
            return False


def beat(address: str) -> bool:
    """Ask a dead man's switch for its address, which rings when nobody has for too long; return
    whether it took that. Whoever has to tell that a machine is dead is none of that machine.
    """
    try:
        request = Request(address, headers={"User-Agent": "TinHuyen"})  # noqa: S310 - http or https
        with urlopen(request, timeout=_PATIENCE):  # noqa: S310 - by `AlarmsConfig`
            return True
    except (OSError, HTTPException, ValueError):
        return False


@contextmanager
def _nothing_logged() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
