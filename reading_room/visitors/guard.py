"""What is asked of a request before any page sees it: its host, its method, whose it is.

All of these are pure: what a request says goes in, whether it may pass comes out.
"""

import ipaddress
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from datasette.utils import tilde_decode

from reading_room.visitors.rules import Robots

ADDRESSES_KEPT = 10_000
"""Addresses of which is known how much they asked lately; those that asked least are forgotten."""
BURST = 60
"""Requests that an address may make at once."""

QUESTIONS_AT_ONCE = 24
"""Pages in visitors' own words that are answered or wait."""
OF_ONE_ADDRESS = 6
"""So many of them may be those of one address."""


def is_host_known(header: str, names: frozenset[str] | None) -> bool:
    """Whether a room that is had by these *names* is what a ``Host`` header means.

    An address is no name: a page elsewhere whose name leads to this machine ("DNS rebinding") asks
    by its own name. All names mean it if *names* is None.
    """
    if names is None:
        return True
    host = header.strip().lower()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    host = host.removesuffix(".")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost") or host in names
    return True


def asks_archive(path: str) -> bool:
    """Whether a path beneath the room's own is one of Datasette's pages on which visitors
    say what is looked for: the database with its SQL, a table with its filters, a canned query.
    """
    first, *further = path.split("/")
    if tilde_decode(first.partition(".")[0]) != "archive":
        return False
    # with further parts it is a row, or a page of Datasette 1.0 for SQL
    return len(further) < 2 or further[0] == "-"


def neighbourhood(address: str) -> str | None:
    """Return by what an address is counted: an IPv6 one by its network, as one home has many.

    None for this machine's own, and for what is no address.
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped
    if known.is_loopback:
        return None
    return str(known if known.version == 4 else ipaddress.ip_network(f"{known}/64", strict=False))


class Allowance:
    """How many requests each address may make: so many a minute, and `BURST` at once."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_second = a_minute / 60
        self._clock = clock
        self._known: dict[str, tuple[float, float]] = {}
        """What each has left, and when that was reckoned; those that asked last stand last."""

    def wait(self, address: str) -> float:
        """Take one request off what an address has left; return the seconds until it may ask, 0 if
        it may now.
        """
        now = self._clock()
        left, then = self._known.pop(address, (float(BURST), now))
        left = min(float(BURST), left + (now - then) * self._a_second)
        may = left >= 1
        self._known[address] = (left - 1 if may else left, now)
        if len(self._known) > ADDRESSES_KEPT:
            del self._known[next(iter(self._known))]
        return 0.0 if may else (1 - left) / self._a_second


class Turnstile:
    """How many may be answered at once, of all and of one address."""

    def __init__(self, most: int = QUESTIONS_AT_ONCE, of_one: int = OF_ONE_ADDRESS) -> None:
        self._most, self._of_one = most, of_one
        self._inside: Counter[str] = Counter()

    @contextmanager
    def passed(self, address: str) -> Iterator[bool]:
        """Hold a place for *address* meanwhile; False where there is none."""
        has_room = self._inside.total() < self._most and self._inside[address] < self._of_one
        if not has_room:
            yield False
            return
        self._inside[address] += 1
        try:
            yield True
        finally:
            self._inside[address] -= 1
            self._inside += Counter()  # which forgets those of whom none is inside


def robots_txt(robots: Robots, prefix: str) -> str:
    """Return what ``/robots.txt`` says, by RFC 9309: of two rules that fit the longer one holds."""
    lines = {
        Robots.ALL: ["Allow: /"],
        Robots.ARTICLES: [
            f"Allow: {prefix}",
            f"Allow: {prefix}archive/articles/",
            f"Disallow: {prefix}archive",
            f"Disallow: {prefix}search",
            f"Disallow: {prefix}captures/",
            f"Disallow: {prefix}-/",
            f"Disallow: {prefix}*?",
            f"Disallow: {prefix}*.json$",
            f"Disallow: {prefix}*.csv$",
            f"Allow: {prefix}-/static/",
            f"Allow: {prefix}static/",
        ],
        Robots.NONE: ["Disallow: /"],
    }[robots]
    return "\n".join(["User-agent: *", *lines, ""])
