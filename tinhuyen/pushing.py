"""Handing live pages to a service that archives them, too, as "Save Page Now 2" of the Wayback
Machine does: ``POST /save``, then ``GET /save/status/JOB``.

It comes after a crawl, takes its turns at the service's host like any crawl of the archive, and
never fails the crawl: what cannot be handed in is told, and is due again.
https://docs.google.com/document/d/1Nsv52MvSjbLb2PCpHlat0gkzw0EvtSgpKHu4mk0MnrA
"""

import json
import os
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from archive import Archive, ArchiveError, HostTurns
from crawler import settings
from crawler.middlewares.backoff import seconds_asked
from crawler.text.addresses import host_of, is_on_loopback
from crawler.turn import Asker
from crawler.vocabulary import PushState, Reason
from crawler.vocabulary.soundness import PushTrouble
from tinhuyen.errors import Refused
from tinhuyen.heartbeat import EVERY, tell_systemd

_TIMEOUT: Final = 60.0
_PATIENCE: Final = 120.0
"""Seconds for which the service is waited for, if it asks to wait; else the next crawl goes on."""
_WAIT: Final = 60.0
"""Seconds for which it is left alone if it does not say for how long."""
_LONGEST_ANSWER: Final = 1 << 16
_FORGOTTEN_AFTER: Final = timedelta(days=2)
"""After which nothing is expected any more of what it was to archive."""
_MOST_FAILURES: Final = 3
_JOB = re.compile(r"[\w-]{1,100}")
_AT = re.compile(r"\d{14}")
_FULL = ("too-many", "session-limit", "user-limit", "bandwidth")
"""Words in ``status_ext`` by which the service says that it takes no more for now."""


class _EnoughError(Exception):
    """Why nothing more is handed in; the message says it."""


class _NotTakenError(Exception):
    """Why a page was not taken; the message says it."""


@dataclass
class Pushed:
    """What came of it."""

    counts: Counter[PushState] = field(default_factory=Counter)
    why_not_more: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A service that archives what it is handed."""

    url: str
    """Of ``/save``."""
    key: str = ""
    """What is sent as authorization, ``ACCESS:SECRET``; nothing if there is none."""
    delay: float = 10.0
    """Seconds between two requests, at least."""

    @classmethod
    def of_words(cls, url: str, delay: float) -> "Service":
        """Return the service at an address, with the key that the environment has.

        Raises `Refused` if it is no address, or the key would be sent where others read it.
        """
        try:
            parts = urlsplit(url)
            is_host = bool(parts.netloc) and parts.port != 0  # raises where there is no such port
        except ValueError:
            is_host = False
        if not is_host or parts.scheme not in ("http", "https") or parts.query:
            raise Refused(f"--push-to {url}: is no address; write https://web.archive.org/save")
        key = os.environ.get("TINHUYEN_PUSH_KEY", "")
        if key and parts.scheme == "http" and not is_on_loopback(url):
            raise Refused(f"--push-to {url}: the key is sent over https alone")
        return cls(url.rstrip("/"), key, delay)


def push(db: Path, sites: Iterable[str], service: Service, most: int) -> Pushed:
    """Hand the live pages of sites to a service, at most so many, and note what came of it.

    Whatever goes wrong is told in `Pushed.why_not_more`, and nothing is raised.
    """
    pushed = Pushed()
    try:
        with Archive.open(db) as archive, _turns(db) as turns:
            _Pusher(archive, turns, service, pushed).push([*sites], most)
    except (_EnoughError, ArchiveError) as error:
        pushed.why_not_more = str(error)
    except (sqlite3.Error, OSError) as error:
        pushed.why_not_more = f"the archive cannot be written: {error}"
    return pushed


@contextmanager
def _turns(db: Path) -> Iterator[HostTurns]:
    turns = HostTurns.open(db)
    try:
        yield turns
    finally:
        turns.close()


class _NoRedirect(HTTPRedirectHandler):
    """A service that leads elsewhere is not followed: the key is for it alone."""

    def redirect_request(self, *_: Any) -> None:
        return None


class _Pusher:
    def __init__(
        self, archive: Archive, turns: HostTurns, service: Service, pushed: Pushed
    ) -> None:
        self.archive = archive
        self.turns = turns
        self.service = service
        self.pushed = pushed
        self.host = host_of(service.url)
        self.open = build_opener(_NoRedirect).open

    def push(self, sites: list[str], most: int) -> None:
        """Ask what came of earlier pages, hand in new ones, and ask once what came of these."""
        earlier = self.archive.pushes.unsettled(self.service.url)
        self._settle(earlier)
        failures = 0
        for site in sites:
            for url in self.archive.pushes.due(site, self.service.url, most):
                state = self._hand_in(site, url)
                failures = failures + 1 if state == PushState.FAILED else 0
                if failures == _MOST_FAILURES:
                    raise _EnoughError(f"{_MOST_FAILURES} pages in a row were not taken")
                most -= 1
        known = {row["id"] for row in earlier}
        rows = self.archive.pushes.unsettled(self.service.url)
        self._settle([row for row in rows if row["id"] not in known])

    def _hand_in(self, site: str, url: str) -> PushState:
        state, job, message = PushState.ASKED, None, None
        try:
            answer = self._ask(self.service.url, {"url": url, "skip_first_archive": "1"})
            job = str(answer.get("job_id") or "")
            if not _JOB.fullmatch(job):
                raise _NotTakenError(_said(answer) or PushTrouble.NO_JOB)
        except _NotTakenError as error:
            state, job, message = PushState.FAILED, None, str(error)
        self.archive.pushes.note(site, url, self.service.url, state, job=job, message=message)
        self.pushed.counts[state] += 1
        return state

    def _settle(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Ask once what came of each of these."""
        for row in rows:
            state, memento, message = PushState.ASKED, None, None
            try:
                answer = self._ask(f"{self.service.url}/status/{quote(row['job'])}")
                at = str(answer.get("timestamp") or "")
                if answer.get("status") == "success" and _AT.fullmatch(at):
                    if at < _digits(row["revised_at"]):  # it takes a page only every so often
                        raise _NotTakenError(PushTrouble.OLDER.of(stamp=at))
                    state, memento = PushState.KEPT, self._memento(at, row["url"])
                elif answer.get("status") == "error":
                    raise _NotTakenError(_said(answer))
            except _NotTakenError as error:
                state, message = PushState.FAILED, str(error)
            if state == PushState.ASKED and _is_forgotten(row["at"]):
                state, message = PushState.FAILED, PushTrouble.FORGOTTEN
            if state != PushState.ASKED:
                self.archive.pushes.settle(row["id"], state, memento=memento, message=message)
                self.pushed.counts[PushState.ASKED] -= 1
                self.pushed.counts[state] += 1

    def _memento(self, at: str, url: str) -> str:
        parts = urlsplit(self.service.url)
        return f"{parts.scheme}://{parts.netloc}/web/{at}/{url}"

    def _ask(self, url: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Ask the service when it may be asked; raise `_EnoughError` if it is not to be any more,
        `_NotTakenError` if it refuses this.
        """
        self._wait()
        headers = {"Accept": "application/json", "User-Agent": settings.USER_AGENT}
        if self.service.key:
            headers["Authorization"] = f"LOW {self.service.key}"
        data = urlencode(form).encode() if form else None
        try:
            request = Request(url, data, headers)  # noqa: S310 - http or https: `Service.of_words`
            with self.open(request, timeout=_TIMEOUT) as answer:
                said = answer.read(_LONGEST_ANSWER)
        except HTTPError as error:
            return self._refused(error)
        except (OSError, HTTPException, UnicodeError) as error:
            raise _EnoughError(f"it cannot be reached: {error}") from error
        self.turns.done(self.host, len(said))
        return self._read(said)

    def _read(self, said: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(said)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise _NotTakenError(PushTrouble.NO_JSON)
        if any(word in str(answer.get("status_ext")) for word in _FULL):
            self.turns.leave_alone(self.host, _WAIT)
            raise _EnoughError(f"it takes no more for now: {_said(answer)}")
        return answer

    def _refused(self, error: HTTPError) -> dict[str, Any]:
        with error:
            if error.code in (401, 403):
                raise _EnoughError(f"it refuses us ({error.code}); see to TINHUYEN_PUSH_KEY")
            if error.code in (429, 503):
                asked = seconds_asked(error.headers.get("Retry-After") or "")
                seconds = _WAIT if asked is None else asked
                self.turns.leave_alone(self.host, seconds)
                raise _EnoughError(f"it asks to wait {seconds:.0f} seconds ({error.code})")
            raise _NotTakenError(Reason.STATUS.of(status=error.code))

    def _wait(self) -> None:
        """Wait for a turn at the service's host, which others may ask, too."""
        while not (turn := self.turns.take(self.host, Asker(self.service.delay))).is_now:
            if turn.wait > _PATIENCE:
                raise _EnoughError(f"it asked to be left alone, for {turn.wait:.0f} seconds more")
            tell_systemd()
            time.sleep(min(turn.wait, EVERY))


def _said(answer: Mapping[str, Any]) -> str:
    told = answer.get("message") or answer.get("exception") or answer.get("status_ext") or ""
    return " ".join(str(told).split())[:300]


def _digits(at: str | None) -> str:
    """Return a time as archives of the web write it."""
    return f"{datetime.fromisoformat(at):%Y%m%d%H%M%S}" if at else ""


def _is_forgotten(at: str) -> bool:
    return datetime.now(UTC) - datetime.fromisoformat(at) > _FORGOTTEN_AFTER
