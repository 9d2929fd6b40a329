"""Running a survey: which hosts are to be asked, and keeping what they answer as it comes."""

import logging
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler
from scrapy.settings import Settings
from twisted.logger import globalLogBeginner

from archive import SITE_COLUMNS, Archive
from crawler.sites import Site
from crawler.spiders.survey import HoldingsSpider, Question, SurveySpider
from crawler.survey import LATELY, Holding, asked_again_at
from crawler.surveying.judging import Received, judge
from crawler.text.addresses import is_on_loopback
from crawler.web_archives.kinds import AnyWebArchive
from tinhuyen.asking import OUTSIDE_A_CRAWL
from tinhuyen.bar import bars
from tinhuyen.process import CrawlProcess
from tinhuyen.terminal import err

Key = tuple[str, str]
"""A site and one of its start pages."""

_SETTINGS: dict[str, Any] = {
    **OUTSIDE_A_CRAWL,
    "CONCURRENT_REQUESTS": 64,  # of many hosts: each has its turns
    "CONCURRENT_REQUESTS_PER_DOMAIN": 64,  # likewise: all go through one slot
    "DNS_TIMEOUT": 20,
    "REACTOR_THREADPOOL_MAXSIZE": 20,  # names are looked up in threads, and dead ones take long
}
_OF_ARCHIVES: dict[str, Any] = {"DOWNLOAD_TIMEOUT": 120, "RETRY_TIMES": 3}
"""A long list takes its time, and is worth it."""


def places_of(site: Site) -> tuple[str, ...]:
    """Return all start pages that are, were or may be those of a site's portal."""
    return tuple(dict.fromkeys((*site.places, *site.doubtful)))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be asked in a survey."""

    hosts: list[Question]
    lists: dict[str, list[Question]]
    """By the address of a web archive, of what it is to be asked what it has."""

    @property
    def addresses(self) -> list[str]:
        """All that is asked, so that whoever is asked can be told who asks."""
        lists = [address for address, questions in self.lists.items() if questions]
        return [*(question.url for question in self.hosts), *lists]


def planned(
    sites: Iterable[Site],
    archives: Collection[AnyWebArchive],
    surveys: Mapping[Key, Mapping[str, Any]],
    holdings: Mapping[tuple[str, str, str], Mapping[str, Any]],
    *,
    again: bool,
) -> Plan:
    """Return what of some sites is to be asked: what is not known, or not any more.

    *surveys* are the last ones of each site and start page, *holdings* what is known of those of
    each archive; if *again*, they count for nothing.
    """
    now = datetime.now(UTC)
    of_url: defaultdict[str, list[Site]] = defaultdict(list)
    for site in sites:
        for url in places_of(site):
            of_url[url].append(site)
    questions = [Question(url, tuple(those)) for url, those in of_url.items()]

    def is_due(site: Site, url: str) -> bool:
        known = surveys.get((site.key, url))
        return again or known is None or now >= asked_again_at(known)

    def is_list_due(site: Site, url: str, archive: AnyWebArchive) -> bool:
        known = holdings.get((site.key, url, archive.address))
        if again or known is None or known["error"]:
            return True
        return now >= datetime.fromisoformat(known["asked_at"]) + LATELY

    return Plan(
        [each for each in questions if any(is_due(site, each.url) for site in each.sites)],
        {
            archive.address: [
                each
                for each in questions
                if _may_have(archive, each.url)
                and any(is_list_due(site, each.url, archive) for site in each.sites)
            ]
            for archive in archives
        },
    )


def _may_have(archive: AnyWebArchive, url: str) -> bool:
    """Whether a web archive could have seen a host: what lies on this machine, one elsewhere has
    not.
    """
    return is_on_loopback(archive.address) or not is_on_loopback(url)


@dataclass(slots=True)
class Outcome:
    """What came of a survey, beside what it has found."""

    findings: int = 0
    holdings: int = 0
    left: dict[str, str] = field(default_factory=dict)
    """Why a host was not asked, by the address."""
    unheard: defaultdict[tuple[str, str], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """Of what a web archive was not heard, by its address and why."""
    failure: sqlite3.Error | OSError | None = None
    """Why nothing more could be stored."""


def run(plan: Plan, archives: Collection[AnyWebArchive], db: Path, settings: Settings) -> Outcome:
    """Ask all that is planned, and note each answer in the archive *db* as it comes.

    Raises what SQLite and the disk raise.
    """
    for name, value in _SETTINGS.items():
        settings.set(name, value, priority="project")
    _tell_nothing()
    outcome = Outcome()
    process = CrawlProcess(settings)
    with Archive.open(db, create=True) as archive, bars(err()) as tell:
        asked = [*plan.hosts, *(each for those in plan.lists.values() for each in those)]
        sites = {site.key: site for question in asked for site in question.sites}
        archive.surveys.know(
            {name: getattr(site, name) for name in SITE_COLUMNS} for site in sites.values()
        )
        wanted = sum(map(len, plan.lists.values()))

        def stored(error: sqlite3.Error | OSError) -> None:
            outcome.failure = outcome.failure or error
            process.wind_up()

        def keep(question: Question, received: Received) -> None:
            try:
                archive.surveys.note(judge(site, received) for site in question.sites)
            except (sqlite3.Error, OSError) as error:
                return stored(error)
            outcome.findings += 1
            tell("hosts", outcome.findings, len(plan.hosts))
            return None

        def leave(question: Question, why: str) -> None:
            outcome.left[question.url] = why

        def keep_holding(question: Question, holding: Holding) -> None:
            keys = [site.key for site in question.sites]
            try:
                archive.surveys.note_holding(keys, question.url, holding)
            except (sqlite3.Error, OSError) as error:
                return stored(error)
            outcome.holdings += 1
            if holding.error:
                outcome.unheard[holding.archive, holding.error].append(question.url)
            tell("web archives", outcome.holdings, wanted)
            return None

        if plan.hosts:
            crawler = process.create_crawler(SurveySpider)
            _set(crawler, DOWNLOAD_VERIFY_CERTIFICATES=False)  # they are looked at by themselves
            process.crawl(crawler, questions=plan.hosts, keep=keep, leave=leave)
        for web_archive in archives:
            if questions := plan.lists[web_archive.address]:
                crawler = process.create_crawler(HoldingsSpider)
                _set(crawler, **_OF_ARCHIVES)
                process.crawl(crawler, archive=web_archive, questions=questions, keep=keep_holding)
        process.run(err())
    if outcome.failure:
        raise outcome.failure
    return outcome


def _tell_nothing() -> None:
    """Have nobody log: what failed is told in words, and is what is asked for.

    Twisted calls it critical that a certificate names no host, and writes that to standard error
    unless told where to.
    """
    for name in ("scrapy", "twisted"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    globalLogBeginner.beginLoggingTo((), discardBuffer=True, redirectStandardIO=False)


def _set(crawler: Crawler, **settings: Any) -> None:
    for name, value in settings.items():
        crawler.settings.set(name, value, priority="spider")  # the process sets its own once more
