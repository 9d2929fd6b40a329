"""The districts as sites: what the map knows of each, and what TOML files say beyond.

Every district that `crawler.country` knows a host of is a site; what is known beyond (the CMS, a
delay, a correction) stands in a TOML file, one table a district::

    [chodon]
    cms = "newspaper"
    verified = true

The keys are the fields of `Site`. A body that the map does not know is described whole. Beside the
files, in the folder ``profiles``, lies how the pages of sites are read of which somebody wrote it
down: ``profiles/chodon.toml`` is a `Profile` of the site ``chodon``, and so is
``profiles/chodon.2019.toml``, of another time.
"""

import os
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from crawler.country import District, by_key, district_at
from crawler.profiles.profile import Profile
from crawler.reach import Reach
from crawler.sites.composing import check_body, facts_of_body, facts_of_district
from crawler.sites.entries import (
    SitesError,
    check_base_url,
    check_facts,
    check_table,
    read_hosts,
)
from crawler.sites.written import profiles_beside
from crawler.text.addresses import as_served, host_of, on_same_host
from crawler.text.places import elsewhere, is_below, is_within, place_of, spelled_as

__all__ = [
    "SITES_DIR",
    "Site",
    "SitesError",
    "all_sites",
    "check_base_url",
    "is_key",
    "own_folder",
    "read_hosts",
    "sites_at",
    "without_host",
]

SITES_DIR = Path(__file__).parent
"""Where that is said of districts which comes with Tin Huyện, beyond the map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The portal of one body, on all hosts that it ever had, as its TOML table describes it."""

    key: str
    """The table's name: the site's name on the command line and in the archive."""
    name: str
    """The body's name in full: "Huyện Chợ Đồn"."""
    province: str | None = None
    base_url: str
    """The start page; what lies below it belongs to the site."""
    hosts: tuple[str, ...] = ()
    """Where else the portal lies or lay: start pages, written as ``base_url`` is."""
    cms: str | None
    """The page reader to try first: a name of `crawler.readers.CMS`; None where it is unknown."""
    district: str | None = None
    """The code of the district whose portal it is, as `crawler.country` has it."""
    unit: str | None = None
    """The code of the unit or the province since July 2025 whose portal it is."""
    active_from: str | None = None
    """The first day of the body, ISO 8601."""
    active_to: str | None = None
    """The last day of the body, ISO 8601."""
    verified: bool = False
    """Whether somebody has seen the portal at this address."""
    note: str | None = None
    start_urls: tuple[str, ...] = ()
    """Further addresses to start from, articles or listings."""
    delay: float | None = None
    """Seconds between two requests to the host, at least; None to go by ``DOWNLOAD_DELAY``."""
    cadence: float | None = None
    """Hours between two crawls, if ``crawl --due`` is not to learn them from its history."""
    verify_certificate: bool = True
    """False for a portal whose TLS certificate is broken; what it sends may then be forged."""
    networks: tuple[str, ...] = ()
    """Networks beyond the public internet in which its hosts may lie: ``10.0.0.0/8``."""
    demo: bool = False
    """True for the demo portal, which a crawl serves itself and "all sites" leaves out."""
    bounds: tuple[tuple[str, int], ...] = ()
    """Bounds of its crawls that differ from the settings, by their names in `Bounds`."""
    alarms: tuple[tuple[str, int], ...] = ()
    """Thresholds of its alarms that differ from the operator's, by their names in `Thresholds`."""
    expect_articles: int | None = None
    """How many articles must be held of it, at least."""
    expect_newest: str | None = None
    """A day, ISO 8601: something must be held that was published then or later."""

    profiles: tuple[Profile, ...] = ()
    """How its pages are read, as somebody wrote it down, oldest first."""
    taken: tuple[str, ...] = ()
    """What lies within its places and is another site's: places, too."""
    doubtful: tuple[str, ...] = ()
    """Places of which it is doubtful whether they are this body's: no crawl asks them."""
    composed: bool = False
    """Whether the map alone tells of it, and no TOML table does."""

    @property
    def places(self) -> tuple[str, ...]:
        """All start pages, that of today first; what lies below them belongs to the site."""
        return (self.base_url, *self.hosts)

    @property
    def reach(self) -> Reach:
        """What of its hosts may be connected to, though it is not public."""
        return Reach.of((*self.places, *self.doubtful), self.networks)

    @property
    def doubt(self) -> str | None:
        """Why it is not to be crawled: nobody knows whether its start page is this body's."""
        if not self.is_doubtful:
            return None
        return (
            f"{self.key}: nobody knows whether {self.base_url} is, or was, the portal of "
            f"{self.name} ({self.note}) See what it says: tinhuyen survey {self.key}. If you have "
            f"seen that it is: tinhuyen add {self.base_url}"
        )

    @property
    def is_doubtful(self) -> bool:
        """Whether nobody knows whether its start page is this body's."""
        return self.base_url in self.doubtful

    @property
    def host_names(self) -> tuple[str, ...]:
        """All hosts that it lies on, each once, as `host_of` names them."""
        return tuple(dict.fromkeys(map(host_of, self.places)))

    def place_of(self, url: str) -> str | None:
        """Return the place of the site on which an address lies, None if on none."""
        own = place_of(url, self.places)
        inner = place_of(url, self.taken) if own and self.taken else None
        return None if own and inner and is_within(inner, own) else own

    def owns(self, url: str) -> bool:
        """Whether an address lies on the site: on one of its hosts, below its start page there."""
        return self.place_of(url) is not None

    def has_host_of(self, url: str) -> bool:
        """Whether an address lies on one of its hosts, be it above its start page there."""
        return any(on_same_host(url, place) for place in self.places)

    def ours(self, url: str | None, by: str) -> str | None:
        """Return an address in the form in which the host serves the page *by* that names it.

        None for an address off the site.
        """
        if not url:
            return None
        served = as_served(url, by)
        place = self.place_of(served)
        if place is None:
            return None
        return spelled_as(served, by, place) if is_below(by, place) else served

    def as_asked(self, url: str) -> str:
        """Return an address in the form in which its host is asked for the start page."""
        return as_served(url, self.place_of(url) or self.base_url)

    def elsewhere(self, url: str) -> tuple[str, ...]:
        """Return the addresses that a page of the site has where else the portal lies."""
        own = self.place_of(url)
        return tuple(elsewhere(url, own, other) for other in self.places if own and other != own)


_KEY = re.compile(r"[a-z][a-z0-9_]*")


class _Table(NamedTuple):
    """A table of a TOML file."""

    file: Path
    key: str
    says: dict[str, Any]

    @property
    def where(self) -> str:
        return f"{self.file}: [{self.key}]"


def own_folder() -> Path:
    """Return the folder in which an operator's own TOML files are looked for."""
    # Path.home() raises an error for a user who has none.
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111
    return Path(home) / "tinhuyen" / "sites"


def sites_at(folder: str) -> dict[str, Site]:
    """Return the sites as the setting ``SITES_DIR`` names them: a folder, or nothing for all."""
    return all_sites(Path(folder) if folder else None)


def all_sites(folder: Path | None = None) -> dict[str, Site]:
    """Return the sites by key, in alphabetical order.

    They are the districts of the country with a known host, and what is described in the TOML files
    that come with Tin Huyện and in the operator's own (`own_folder`), which go before these. With a
    *folder* they are those that its TOML files describe, and no others.

    Raises `SitesError` for the first thing that is wrong.
    """
    if folder:
        sites = {table.key: _site(table, None) for table in _tables(folder)}
        folders: tuple[Path, ...] = (folder,)
    else:
        sites = dict(_districts())
        for key, tables in _layered().items():
            sites[key] = _of_layers(tables, by_key().get(key))
        folders = (SITES_DIR, own_folder())
    for beside in folders:
        for key, profiles in profiles_beside(beside, sites).items():
            sites[key] = replace(sites[key], profiles=profiles)
    return {site.key: site for site in _parted(sorted(sites.values(), key=lambda s: s.key))}


def without_host() -> dict[str, Site]:
    """Return the districts of which no host is known yet, as sites whose start page is "".

    Raises `SitesError` as `all_sites` does.
    """
    known = {*_districts(), *_layered()}
    return {
        key: Site(key=key, composed=True, **{"cms": None, "base_url": ""} | facts_of_district(of))
        for key, of in by_key().items()
        if key not in known
    }


@cache
def _districts() -> Mapping[str, Site]:
    """Return the sites of which the map alone tells."""
    facts = {key: facts_of_district(district) for key, district in by_key().items()}
    return {
        key: Site(key=key, composed=True, **{"cms": None, **told})
        for key, told in facts.items()
        if "base_url" in told
    }


def _layered() -> dict[str, list[_Table]]:
    """Return the tables of each site, those that come with Tin Huyện before the operator's own."""
    own = own_folder()
    layers: dict[str, list[_Table]] = defaultdict(list)
    for folder in (SITES_DIR, own) if own.is_dir() else (SITES_DIR,):
        for table in _tables(folder):
            layers[table.key].append(table)
    return layers


def _of_layers(tables: list[_Table], district: District | None) -> Site:
    """Return the site of which several tables tell, the last of which goes before the others."""
    says = {name: value for table in tables for name, value in table.says.items()}
    return _site(tables[-1]._replace(says=says), district)


def _parted(sites: Iterable[Site]) -> Iterator[Site]:
    """Yield sites that know what lies within their places and is another's."""
    by_host: dict[str, dict[str, None]] = {}
    sites = list(sites)
    for site in sites:
        for place in site.places:
            by_host.setdefault(host_of(place), {})[place] = None
    for site in sites:
        there = [place for host in site.host_names for place in by_host[host]]
        taken = tuple(
            place
            for place in there
            if place not in site.places and any(is_within(place, own) for own in site.places)
        )
        yield replace(site, taken=taken) if taken else site


def is_key(text: str) -> bool:
    """Whether a text may be the key of a site."""
    return bool(_KEY.fullmatch(text))


def _tables(folder: Path) -> Iterator[_Table]:
    """Yield the tables of the TOML files of a folder, whose keys and types are right."""
    if not folder.is_dir():
        raise SitesError(f"{folder}: no such folder of sites")
    files: dict[str, Path] = {}
    for file in sorted(folder.glob("*.toml")):
        for table in _read(file):
            if table.key in files:
                raise SitesError(f"{file}: [{table.key}] is also in {files[table.key]}; rename one")
            files[table.key] = file
            yield table


def _read(file: Path) -> Iterator[_Table]:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SitesError(f"{file}: {error}") from error
    province = tables.pop("province", None)
    if not isinstance(province, str | None):
        raise SitesError(f'{file}: province is {province!r}; it must be text, as in "Bắc Kạn"')
    for key, says in tables.items():
        if not isinstance(says, dict):
            raise SitesError(
                f"{file}: {key!r} stands outside a table; known there: province. "
                f"A district's facts go below a line such as [chodon]"
            )
        table = _Table(file, key, says)
        if not is_key(key):
            raise SitesError(f"{table.where} is no key; use a-z, 0-9 and _, as in [chodon]")
        check_table(table.where, says)
        yield table._replace(says=({"province": province} if province else {}) | says)


def _site(table: _Table, district: District | None) -> Site:
    """Return the site of which a table tells, and the map if it is that of a *district*."""
    says, where = table.says, table.where
    check_body(where, says, district)
    facts = facts_of_district(district) if district else facts_of_body(says)
    whole = {**facts, **says}
    check_facts(where, whole, of_country=bool(district))
    given = tuple(read_hosts(f"{where} has hosts with", whole["base_url"], says.get("hosts", ())))
    known = (facts["base_url"], *facts["hosts"]) if "base_url" in facts else ()
    doubtful = facts.get("doubtful", ())
    if "hosts" not in says:  # a start page that was corrected is still where the portal lay
        trusted = (place for place in known if place not in doubtful)
        given = tuple(place for place in trusted if not is_below(place, whole["base_url"]))
    vouched = [*given, *([whole["base_url"]] if "base_url" in says or says.get("verified") else [])]
    whole |= {
        "cms": whole.get("cms"),
        "hosts": given,
        "start_urls": tuple(whole.get("start_urls", ())),
        "bounds": tuple(whole.get("bounds", {}).items()),
        "networks": tuple(whole.get("networks", ())),
        "alarms": tuple(whole.get("alarms", {}).items()),
        "doubtful": tuple(p for p in doubtful if not any(is_below(p, own) for own in vouched)),
    }
    if not whole.keys() & {"district", "unit"}:  # of a folder that says all itself
        of = district_at(table.key, whole["base_url"])
        whole["district"] = of.code if of else None
    site = Site(key=table.key, **whole)
    for url in site.start_urls:
        if not site.owns(url):
            places = " or ".join(site.places)
            raise SitesError(f"{where} has start_urls with {url!r}, not below {places}")
    return site
