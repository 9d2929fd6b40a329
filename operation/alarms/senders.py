"""Sending a message to the operator, by Apprise: e-mail, ntfy, webhook, Telegram, and others.

Addresses hold passwords. So what fails is told by the sender's name alone, and nothing is logged
while one is at work.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from operation.alarms.wording import Message


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


@contextmanager
def _nothing_logged() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
