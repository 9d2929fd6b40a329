"""How a site is crawled, by what its hosts were found to be: live, from web archives, or not."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from archive import Archive
from crawler.sites import Site
from crawler.survey import LATELY
from crawler.text.addresses import host_of
from crawler.vocabulary import RunOutcome, Says, Way
from crawler.vocabulary.words import reason_in_words, word
from crawler.web_archives.kinds import DEFAULTS
from tinhuyen.surveying import due_at, places_of

Survey = Mapping[str, Any]
"""The row of the last survey of a host."""

_BETWEEN_CRAWLS = timedelta(days=1)


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
    archives: Mapping[str, Mapping[str, int]]
    """Of how many addresses each web archive that was asked has a page, by site; nothing where none
    has any and one could not be heard.
    """
    runs: Mapping[str, Mapping[str, Any]]
    """The last run of each site."""

    @classmethod
    def of(cls, db: Path) -> Self:
        """Read what the archive *db* knows, which may not be there yet."""
        surveys: defaultdict[str, dict[str, Survey]] = defaultdict(dict)
        archives: defaultdict[str, Counter[str]] = defaultdict(Counter)
        runs: Mapping[str, Mapping[str, Any]] = {}
        if db.exists():
            with Archive.open(db, create=True) as archive:  # an empty file may be one yet
                for row in archive.surveys.last():
                    surveys[row["site"]][row["url"]] = row
                unheard: set[str] = set()
                for row in archive.surveys.holdings():
                    archives[row["site"]][row["archive"]] += row["pages"] or 0
                    if row["pages"] is None:
                        unheard.add(row["site"])
                for key in unheard:
                    if not any(archives[key].values()):
                        del archives[key]  # what was not heard may have what the others have not
                runs = archive.runs.last()
        return cls(surveys, archives, runs)

    def decided(self, site: Site, usual: tuple[str, ...] = DEFAULTS) -> Decision:
        """Return how a site is crawled; *usual* are the web archives to ask if none was asked."""
        surveys, archives = self.surveys.get(site.key, {}), self.archives.get(site.key, {})
        return decided(site, surveys, archives, usual)


def decide(
    sites: Iterable[Site], known: Known, *, live: bool, wayback: tuple[str, ...]
) -> list[Decision]:
    """Return how sites are crawled by what is known of their hosts.

    What was said on the command line goes before: *live*, or addresses of web archives.
    """
    if live or wayback:
        way = Way.LIVE if live else Way.ARCHIVES
        return [Decision(site=site, way=way, archives=wayback) for site in sites]
    return [known.decided(site) for site in sites]


def due_sites(sites: Iterable[Site], known: Known, most: int) -> list[Site]:
    """Return the sites that are due, those that were never crawled first, then those of which it is
    longest ago.

    Live ones are due a day after their last crawl, those that came whole from web archives when
    these may have more; those of which nothing is to be had when a host is to be asked again.
    """
    now = datetime.now(UTC)
    begun = {key: datetime.fromisoformat(run["started_at"]) for key, run in known.runs.items()}

    def is_due(site: Site) -> bool:
        way, surveys = known.decided(site).way, known.surveys.get(site.key, {})
        if way in (Way.NOTHING, Way.LATER):
            return any(url not in surveys or now >= due_at(surveys[url]) for url in places_of(site))
        if site.key not in begun:
            return True
        is_had = way == Way.ARCHIVES and known.runs[site.key]["outcome"] == RunOutcome.FINISHED
        return now >= begun[site.key] + (LATELY if is_had else _BETWEEN_CRAWLS)

    due = [site for site in sites if not site.demo and is_due(site)]
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(due, key=lambda s: (begun.get(s.key, never), s.composed, s.key))[:most]


def decided(
    site: Site,
    surveys: Mapping[str, Survey],
    archives: Mapping[str, int],
    usual: tuple[str, ...] = DEFAULTS,
) -> Decision:
    """Return how a site is crawled.

    *surveys* are the last ones of its hosts, by their start pages; *archives* of how many addresses
    each web archive that was asked has a page, *usual* those to ask if none was.
    """
    base = surveys.get(site.base_url)
    if site.demo or (base is None and not site.doubt):
        return Decision(site=site, way=Way.LIVE)
    if own := _own(site, surveys):
        return _live(_at(site, own, surveys), surveys, surveys[own])
    if site.doubt:
        return Decision(site=site, way=Way.NOTHING, why=site.doubt)
    assert base is not None
    says = Says(base["says"])
    if says == Says.UNKNOWN:
        return _live(site, surveys, base)
    if says == Says.SILENT and not base["is_dead"]:
        again = f"{_told(base)}; it is asked again from {due_at(base).date()}"
        return Decision(site=site, way=Way.LATER, why=again)
    return _from_archives(site, archives, _told(base), usual)


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
    site: Site, archives: Mapping[str, int], why: str, usual: tuple[str, ...]
) -> Decision:
    if archives and not any(archives.values()):
        told = f"{why}; no web archive that was asked has a page of it"
        return Decision(site=site, way=Way.NOTHING, why=told)
    full = sorted((root for root in archives if archives[root]), key=lambda r: -archives[r])
    return Decision(site=site, way=Way.ARCHIVES, why=why, archives=tuple(full) or usual)


def _told(survey: Survey) -> str:
    """Return what a host was found to be, and when."""
    says = Says(survey["says"])
    told = "dead" if survey["is_dead"] else word(says, "en")
    evidence = reason_in_words(survey["evidence"], "en") or survey["evidence"]
    return f"{survey['host']} is {told}, as of {survey['asked_at'][:10]} ({evidence})"
