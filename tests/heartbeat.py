"""An extension of Scrapy's that tells how long a crawl's loop was held up, and the memory it took.

``-s EXTENSIONS={"tests.heartbeat.Heartbeat": 1}``; what it saw is written as JSON to the file that
``HEARTBEAT`` names. A pause is told by the processor time that the loop's thread takes between two
beats, which no load of the machine makes longer.
"""

import json
import os
import re
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from twisted.internet import reactor

_BEAT = 0.01
_LOOKED_AT = 0.3
"""Seconds of a pause after which it is noted where the loop's thread is."""


class Heartbeat:
    """Beats in the loop of a crawl."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.where = ""
        self.last = 0.0
        self.ends = threading.Event()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the extension of one crawl."""
        extension = cls()
        crawler.signals.connect(extension.opened, signals.spider_opened)
        crawler.signals.connect(extension.closed, signals.spider_closed)
        return extension

    def opened(self) -> None:
        """Begin."""
        self.clock = time.pthread_getcpuclockid(threading.get_ident())
        self.last = time.clock_gettime(self.clock)
        self.thread = threading.get_ident()
        threading.Thread(target=self._watch, daemon=True).start()
        self._beat()

    def _beat(self) -> None:
        now = time.clock_gettime(self.clock)
        self.longest = max(self.longest, now - self.last)
        self.last = now
        if not self.ends.is_set():
            reactor.callLater(_BEAT, self._beat)  # type: ignore[attr-defined]

    def _watch(self) -> None:
        while not self.ends.wait(_BEAT):
            paused = time.clock_gettime(self.clock) - self.last
            if paused > max(_LOOKED_AT, self.longest):
                frame = sys._current_frames().get(self.thread)
                self.where = "".join(traceback.format_stack(frame)[-12:])

    def closed(self) -> None:
        """Write down what was seen."""
        self._beat()
        self.ends.set()
        status = Path("/proc/self/status").read_text("ascii")
        peak = re.search(r"VmHWM:\s+(\d+)", status)
        seen = {
            "longest": self.longest,
            "where": self.where,
            "mib": int(peak[1]) >> 10 if peak else 0,
        }
        Path(os.environ["HEARTBEAT"]).write_text(json.dumps(seen), "utf-8")
