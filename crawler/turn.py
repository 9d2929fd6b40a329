"""When a host may be asked: the one rule of whoever asks it, as arithmetic on frozen values.

What is known of a host is a `HostState`. A turn is a time and no lock: nothing is held by who has
it, and nothing is lost with a crawl that is killed. It is taken at the moment of asking, so that
what came late, or waited for a web page to be read, makes no gap shorter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

_FORGOTTEN_AFTER = 7 * 86_400.0
"""Seconds after which a site that was cut short, and was not crawled since, is left no share."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants to ask a host, and how hard at most."""

    delay: float
    """Seconds between two requests, at least."""
    site: str | None = None
    """The key of the site that it is asked for, None outside any crawl."""
    requests_a_day: int = 0
    """How many requests a host bears a day, whoever sends them; 0 for any number."""
    bytes_a_day: int = 0
    """How many bytes it may be made to send a day; 0 for any number."""
    all_requests_a_day: int = 0
    """How many requests all hosts together are sent a day; 0 for any number."""
    all_bytes_a_day: int = 0
    """How many bytes all of them may be made to send a day; 0 for any number."""

    @property
    def is_bound_for_all(self) -> bool:
        """Whether it matters what other hosts were asked today."""
        return bool(self.all_requests_a_day or self.all_bytes_a_day)

    def used_up_of_all(self, requests: int, received: int) -> str | None:
        """Return what all hosts together have used up today, in words, None if nothing."""
        if 0 < self.all_requests_a_day <= requests:
            return f"the {self.all_requests_a_day} requests a day to all hosts are used up"
        if 0 < self.all_bytes_a_day <= received:
            return f"the {self.all_bytes_a_day} bytes a day from all hosts are used up"
        return None


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes of wanting to ask a host."""

    wait: float = 0.0
    """Seconds after which to try again; 0 if it may be asked now, and that is written down."""
    is_asked: bool = False
    """Whether the host itself asks to wait."""
    used_up: str | None = None
    """What is used up for today, in words."""

    @property
    def is_now(self) -> bool:
        """Whether the host may be asked now."""
        return not self.wait


@dataclass(frozen=True, slots=True)
class Use:
    """What a site has had of a host, and whether it wants more. Times as in `HostState`."""

    day: str
    """The day of which requests and bytes are counted, ISO 8601."""
    last_at: float = 0.0
    """When it last had a turn."""
    wants_until: float = 0.0
    """Until when it is believed to wait for one, though nothing more is heard of it."""
    is_open: bool = True
    """Whether it wants more of the host, today or another day."""
    requests: int = 0
    bytes: int = 0

    @classmethod
    def unknown(cls, now: float) -> "Use":
        """Return what a site has had of a host that was never asked for it."""
        return cls(_day(now))

    def at(self, now: float) -> "Use":
        """Return it at a later time: a new day begins with nothing had."""
        day = _day(now)
        return replace(self, day=day, requests=0, bytes=0) if day > self.day else self

    def waits(self, now: float) -> bool:
        """Whether the site waits for a turn."""
        return now < self.wants_until

    def is_awaited(self, now: float) -> bool:
        """Whether the site is to be left its share of the day: it wants more, and was heard of."""
        return self.is_open and now - max(self.last_at, self.wants_until) < _FORGOTTEN_AFTER


@dataclass(frozen=True, slots=True)
class HostState:
    """What is known of a host. Times are seconds since 1970, UTC; so is the day."""

    noted_at: float
    """When this was written down."""
    day: str
    """The day of which requests and bytes are counted, ISO 8601."""
    next_at: float = 0.0
    """The end of the delay that follows the last turn."""
    delay: float = 0.0
    """The delay of the last turn, in seconds."""
    crawl_delay: float | None = None
    """The delay that its robots.txt asks for, in seconds, if it asks for any."""
    requests: int = 0
    bytes: int = 0
    until: float | None = None
    """Until when it asked to be left alone, if ever."""

    @classmethod
    def unknown(cls, now: float) -> "HostState":
        """Return the state of a host that was never asked."""
        return cls(now, _day(now))

    def at(self, now: float) -> "HostState":
        """Return the state at a later time: a new day begins with nothing used.

        Where the clock was set back, all times are set back with it, so that a host is not waited
        for longer than it was to be. A count is never begun anew by that.
        """
        back = max(0.0, self.noted_at - now)
        counts = {"requests": 0, "bytes": 0} if _day(now) > self.day else {}
        return replace(
            self, noted_at=now, day=_day(now), next_at=self.next_at - back,
            until=None if self.until is None else self.until - back, **counts,
        )  # fmt: skip

    def turn(self, asker: Asker, now: float) -> tuple[Turn, "HostState"]:
        """Return what comes of wanting to ask, and the state after it.

        Between two requests lies the longer of the delays of those who send them, and at least what
        robots.txt asks for.
        """
        state = self.at(now)
        if used_up := state._used_up(asker):
            return Turn(seconds_to_midnight(now), used_up=used_up), state
        if state.until is not None and state.until > now:
            return Turn(state.until - now, is_asked=True), state
        delay = max(asker.delay, state.crawl_delay or 0.0)
        due = state.next_at + max(0.0, delay - state.delay)
        if due > now:
            return Turn(due - now), state
        requests = state.requests + 1
        return Turn(), replace(state, next_at=now + delay, delay=delay, requests=requests)

    def _used_up(self, asker: Asker) -> str | None:
        if 0 < asker.requests_a_day <= self.requests:
            return f"the {asker.requests_a_day} requests a day that it bears are used up"
        if 0 < asker.bytes_a_day <= self.bytes:
            return f"the {asker.bytes_a_day} bytes a day that it may send are used up"
        return None

    def shared(self, asker: Asker, mine: Use, others: Sequence[Use], now: float) -> str | None:
        """Return what a site has used up of what a host bears today, in words, None if nothing.

        A site may use what the others that want more of the host, now or since they were cut short,
        leave of their equal shares; a share that is not used by the end of the day is lost.
        """
        awaited = [use.at(now) for use in others if use.is_awaited(now)]
        for bound, what in ((asker.requests_a_day, "requests"), (asker.bytes_a_day, "bytes")):
            if not bound or not awaited:
                continue
            share = -(-bound // (len(awaited) + 1))
            kept = sum(max(0, share - getattr(use, what)) for use in awaited)
            had, all_had = getattr(mine.at(now), what), getattr(self.at(now), what)
            if had >= share and all_had + kept >= bound:
                sites = len(awaited) + 1
                return f"its share of the {bound} {what} a day, of {sites} sites, is used up"
        return None

    def left_alone(self, until: float, now: float) -> "HostState":
        """Return the state of a host that asked to be left alone; the longest of it counts."""
        state = self.at(now)
        return replace(state, until=max(until, state.until or 0.0))

    def received(self, count: int, now: float) -> "HostState":
        """Return the state of a host that has sent so many bytes more."""
        state = self.at(now)
        return replace(state, bytes=state.bytes + count)

    def asked_by_robots(self, crawl_delay: float | None, now: float) -> "HostState":
        """Return the state of a host whose robots.txt asks for a delay, or for none."""
        return replace(self.at(now), crawl_delay=crawl_delay)


def comes_before(other: Use, mine: Use, now: float) -> bool:
    """Whether a site is to have a turn before another: it waits, and its last one is longer ago."""
    return other.waits(now) and other.last_at < mine.last_at


def _day(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).date().isoformat()


def seconds_to_midnight(now: float) -> float:
    """Return how long it is until the next day begins, UTC."""
    at = datetime.fromtimestamp(now, UTC)
    midnight = datetime.combine(at.date() + timedelta(days=1), datetime.min.time(), UTC)
    return (midnight - at).total_seconds()
