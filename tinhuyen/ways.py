"""How a site is crawled, by what its hosts were found to be: live, from web archives, or not."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, Self

from archive import Archive, Freshness, archives_of, next_at
from crawler.cadence import UNLEARNT
from crawler.sites import Site
from crawler.survey import asked_again_at, way_of
from crawler.text.addresses import host_of
from crawler.vocabulary import Says, Way
from crawler.vocabulary.words import sentence_or_as_it_stands, word
from crawler.web_archives.kinds import DEFAULTS, address_of
from tinhuyen.offers import MOST_NEW
from tinhuyen.surveying import places_of

Survey = Mapping[str, Any]
"""The row of the last survey of a host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How a site is crawled, and why."""

    site: Site
    """As it is crawled: its start page on a host that is its own."""
    way: Way
    why: str | None = None
    """In words; None where no survey has a say in it."""
    avoided: tuple[str, ...] = ()
    """The hosts of the site that a live crawl is not to ask: they are others' by now, or dead."""
    archives: tuple[str, ...] = ()
    """The web archives that are asked, in this order."""

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments of its spider by which it is crawled so, whatever else is asked for."""
        told = {"wayback": " ".join(self.archives), "avoid": " ".join(self.avoided)}
        return told | ({"rescue": ""} if self.archives else {})  # REST is the portal's own


@dataclass(frozen=True, slots=True)
class Known:
    """What an archive knows of the hosts of sites, and of their crawls."""

    surveys: Mapping[str, Mapping[str, Survey]]
    """The last ones, by site and start page."""
    archives: Mapping[str, Mapping[str, int | None]]
    """Of how many addresses each web archive that was asked has a page, by site; None of one that
    could not be heard.
    """
    freshness: Mapping[str, Freshness] = field(default_factory=dict)
    """When each site that was crawled is due again, and why then."""

    @classmethod
    def of(cls, db: Path) -> Self:
        """Read what the archive *db* knows, which may not be there yet."""
        if not db.exists():
            return cls({}, {})
        surveys: dict[str, dict[str, Survey]] = {}
        holdings: dict[str, list[Survey]] = {}
        with Archive.open(db, create=True) as archive:  # an empty file may be one yet
            for row in archive.surveys.last():
                surveys.setdefault(row["site"], {})[row["url"]] = row
            for row in archive.surveys.holdings():
                holdings.setdefault(row["site"], []).append(row)
            freshness = archive.freshness(datetime.now(UTC))
        archives = {key: archives_of(rows) for key, rows in holdings.items()}
        return cls(surveys, archives, {fresh.site: fresh for fresh in freshness})

    def decided(self, site: Site, usual: tuple[str, ...] = DEFAULTS) -> Decision:
        """Return how a site is crawled; *usual* are the web archives to ask beside those that were
        heard.
        """
        surveys, archives = self.surveys.get(site.key, {}), self.archives.get(site.key, {})
        return decided(site, surveys, archives, usual)


def decide(
    sites: Iterable[Site], db: Path, *, live: bool, wayback: tuple[str, ...]
) -> list[Decision]:
    """Return how sites are crawled by what the archive *db* knows of their hosts.

    What was said on the command line goes before: *live*, or addresses of web archives. Then
    nothing of that is read.
    """
    if live or wayback:
        way = Way.LIVE if live else Way.ARCHIVES
        return [Decision(site=site, way=way, archives=wayback) for site in sites]
    known = Known.of(db)
    return [known.decided(site) for site in sites]


@dataclass(frozen=True, slots=True)
class Due:
    """The sites that are due."""

    sites: tuple[Site, ...]
    """Those that this run takes, in the order in which it does."""
    waiting: int
    """How many wait for another run."""
    crawled_on: Mapping[str, str]
    """The day of the last crawl of those that were crawled, by site, ISO 8601."""


def due_sites(
    sites: Iterable[Site],
    known: Known,
    usual: tuple[str, ...] = DEFAULTS,
    *,
    most: int | None = None,
) -> Due:
    """Return the sites that are due: those that somebody has described first, then the country's.

    Of each, those that were never crawled come first, then those that have been due for longest. Of
    the country's `MOST_NEW` are taken; if *most* is given, so many of all, from both in turn, so
    that neither keeps the other waiting for ever. *usual* are the web archives to ask beside those
    that were heard.

    How often each is crawled is learnt from its history (`crawler.cadence`), unless its entry says
    so; those of which nothing is to be had are due when a host is to be asked again.
    """
    now = datetime.now(UTC)
    always = datetime.min.replace(tzinfo=UTC)

    def due_since(site: Site) -> datetime | None:
        """Return since when a site is due, None if it is not."""
        way, surveys = known.decided(site, usual).way, known.surveys.get(site.key, {})
        told = [surveys[url] for url in places_of(site) if url in surveys]
        is_asked = len(told) == len(places_of(site))
        if way in (Way.NOTHING, Way.LATER) and not is_asked:
            return always
        fresh = known.freshness.get(site.key)
        due = next_at(
            way,
            told,
            begun=fresh.begun if fresh else None,
            outcome=fresh.outcome if fresh else None,
            cadence=_cadence(site, fresh),
            left_until=fresh.left_until if fresh else None,
        )
        return (due or always) if due is None or due <= now else None

    due = {
        site.key: (since, site)
        for site in sites
        if not site.demo and (since := due_since(site)) is not None
    }
    in_order = sorted(due.values(), key=lambda each: (each[0], each[1].key))
    described = [site for _, site in in_order if not site.composed]
    country = [site for _, site in in_order if site.composed]
    taken = [*described, *country[:MOST_NEW]]
    if most is not None:
        in_turn = chain.from_iterable(zip_longest(described, country))
        taken = [site for site in in_turn if site][:most]
    begun = {site.key: known.freshness[site.key].begun for site in taken
             if site.key in known.freshness}  # fmt: skip
    days = {key: moment.date().isoformat() for key, moment in begun.items() if moment}
    return Due(tuple(taken), len(in_order) - len(taken), days)


def _cadence(site: Site, fresh: Freshness | None) -> timedelta:
    if site.cadence is not None:
        return timedelta(hours=site.cadence)
    return fresh.learnt_cadence if fresh else UNLEARNT


def decided(
    site: Site,
    surveys: Mapping[str, Survey],
    archives: Mapping[str, int | None],
    usual: tuple[str, ...] = DEFAULTS,
) -> Decision:
    """Return how a site is crawled.

    *surveys* are the last ones of its hosts, by their start pages; *archives* of how many addresses
    each web archive that was asked has a page, None of one that could not be heard; *usual* those
    to ask beside them, by the addresses that a person types.
    """
    if site.demo:
        return Decision(site=site, way=Way.LIVE)
    surveys = {url: surveys[url] for url in places_of(site) if url in surveys}
    base, own = surveys.get(site.base_url), _own(site, surveys)
    wanted = {address_of(url): url for url in usual}
    way = way_of(site.base_url, surveys, archives, wanted, is_doubtful=site.is_doubtful)
    if way == Way.LIVE:
        if own:
            return _live(_at(site, own, surveys), surveys, surveys[own])
        return _live(site, surveys, base) if base else Decision(site=site, way=way)
    if site.doubt:
        of_base = f"{_told(base)}; nobody knows whether it was {site.name}'s" if base else None
        why = of_base or site.doubt.removeprefix(f"{site.key}: ")
        return Decision(site=site, way=way, why=why)
    assert base is not None
    if way == Way.LATER:
        again = f"{_told(base)}; it is asked again from {asked_again_at(base).date()}"
        return Decision(site=site, way=way, why=again)
    return _from_archives(site, way, archives, _told(base), wanted)


def _own(site: Site, surveys: Mapping[str, Survey]) -> str | None:
    """Return the start page, of all hosts that are the body's own, that comes first."""
    found = (url for url in places_of(site) if url in surveys)
    return next((url for url in found if surveys[url]["says"] == Says.OWN), None)


def _at(site: Site, own: str, surveys: Mapping[str, Survey]) -> Site:
    """Return a site whose start page is on a host of its own; those that turned out to be its own
    are no more in doubt.
    """
    doubtful = tuple(
        url for url in site.doubtful if url not in surveys or surveys[url]["says"] != Says.OWN
    )
    others = [url for url in places_of(site) if url != own and url not in doubtful]
    return replace(site, base_url=own, hosts=tuple(others), doubtful=doubtful)


def _live(site: Site, surveys: Mapping[str, Survey], by: Survey) -> Decision:
    own = host_of(site.base_url)
    lost = (host_of(url) for url in site.hosts if url in surveys and _is_lost(surveys[url]))
    avoided = tuple(dict.fromkeys(host for host in lost if host != own))
    beside = f"; {', '.join(avoided)} not asked" if avoided else ""
    return Decision(site=site, way=Way.LIVE, why=f"{_told(by)}{beside}", avoided=avoided)


def _is_lost(survey: Survey) -> bool:
    says = Says(survey["says"])
    return bool(survey["is_dead"]) if says == Says.SILENT else says.is_lost


def _from_archives(
    site: Site,
    way: Way,
    archives: Mapping[str, int | None],
    why: str,
    wanted: Mapping[str, str],
) -> Decision:
    """Return that a site is crawled from the web archives that have most of it, then from those of
    which that is not known. *wanted* are those to ask, and what a person types for them.
    """
    if way == Way.NOTHING:
        told = f"{why}; no web archive that was asked has a page of it"
        return Decision(site=site, way=way, why=told)
    heard = Counter({name: pages for name, pages in archives.items() if pages is not None})
    full = [name for name, pages in heard.most_common() if pages]
    unheard = [name for name in dict.fromkeys([*wanted, *archives]) if name not in heard]
    asked = (*full, *(wanted.get(name, name) for name in unheard))
    return Decision(site=site, way=way, why=why, archives=asked)


def _told(survey: Survey) -> str:
    """Return what a host was found to be, and when."""
    says = Says(survey["says"])
    told = "dead" if survey["is_dead"] else word(says, "en")
    evidence = sentence_or_as_it_stands(survey["evidence"], "en")
    return f"{survey['host']} is {told}, as of {survey['asked_at'][:10]} ({evidence})"
