"""The districts as data: one TOML file a province, one table a district.

::

    province = "Bắc Kạn"

    [chodon]
    name = "Huyện Chợ Đồn"
    base_url = "https://chodon.backan.gov.vn/"
    cms = "newspaper"

The keys are the fields of `Site`.
"""

import math
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.bounds import NAMES as BOUNDS
from crawler.readers import CMS
from crawler.text.addresses import absolute, as_served, host_of, on_same_host
from crawler.text.places import elsewhere, is_below, is_within, place_of, spelled_as

SITES_DIR = Path(__file__).parent
"""Where the districts that come with Tin Huyện are described."""


class SitesError(ValueError):
    """A description of a site that cannot be used; the message names file, table and key."""


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
    cms: str
    """The page reader: a name of `crawler.readers.CMS`."""
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
    verify_certificate: bool = True
    """False for a portal whose TLS certificate is broken; what it sends may then be forged."""
    demo: bool = False
    """True for the demo portal, which a crawl serves itself and "all sites" leaves out."""
    bounds: tuple[tuple[str, int], ...] = ()
    """Bounds of its crawls that differ from the settings, by their names in `Bounds`."""

    taken: tuple[str, ...] = ()
    """What lies within its places and is another site's: places, too."""

    @property
    def places(self) -> tuple[str, ...]:
        """All start pages, that of today first; what lies below them belongs to the site."""
        return (self.base_url, *self.hosts)

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
_FIELDS = {f.name: f for f in fields(Site) if f.name not in ("key", "province", "taken")}
_A_HOST = (
    'a host such as "chodon.backan.gov.vn", or what lies below a path of one, '
    'such as "www.quangninh.gov.vn/donvi/vandon"'
)
_A_DAY = 'a date in quotes, such as "2025-06-30"'
_TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "active_from": (str, _A_DAY),
    "active_to": (str, _A_DAY),
    "hosts": (list, "a list of hosts"),
    "start_urls": (list, "a list of addresses"),
    "delay": ((int, float), "a number of seconds"),
    "verified": (bool, "true or false"),
    "verify_certificate": (bool, "true or false"),
    "demo": (bool, "true or false"),
    "bounds": (dict, "a table of bounds, such as {requests = 1000}"),
}


def all_sites(folder: Path = SITES_DIR) -> dict[str, Site]:
    """Return the sites that the TOML files of *folder* describe, by key, in alphabetical order.

    Raises `SitesError` for the first thing that is wrong.
    """
    if not folder.is_dir():
        raise SitesError(f"{folder}: no such folder of sites")
    sites: dict[str, Site] = {}
    files: dict[str, Path] = {}
    for file in sorted(folder.glob("*.toml")):
        for site in _read(file):
            if site.key in sites:
                raise SitesError(f"{file}: [{site.key}] is also in {files[site.key]}; rename one")
            sites[site.key], files[site.key] = site, file
    return {site.key: site for site in _parted(sorted(sites.values(), key=lambda s: s.key))}


def _parted(sites: Iterable[Site]) -> Iterator[Site]:
    """Yield sites that know what lies within their places and is another's."""
    by_host: dict[str, dict[str, None]] = {}
    sites = list(sites)
    for site in sites:
        for place in site.places:
            by_host.setdefault(host_of(place), {})[place] = None
    for site in sites:
        there = [place for host in site.host_names for place in by_host[host]]
        taken = (
            place
            for place in there
            if place not in site.places and any(is_within(place, own) for own in site.places)
        )
        yield replace(site, taken=tuple(taken))


def is_key(text: str) -> bool:
    """Whether a text may be the key of a site."""
    return bool(_KEY.fullmatch(text))


def _read(file: Path) -> Iterator[Site]:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SitesError(f"{file}: {error}") from error
    province = tables.pop("province", None)
    if not isinstance(province, str | None):
        raise SitesError(f'{file}: province is {province!r}; it must be text, as in "Bắc Kạn"')
    for key, table in tables.items():
        if not isinstance(table, dict):
            raise SitesError(
                f"{file}: {key!r} stands outside a table; known there: province. "
                f"A district's facts go below a line such as [chodon]"
            )
        yield _site(f"{file}: [{key}]", key, province, table)


def _site(where: str, key: str, province: str | None, table: dict[str, Any]) -> Site:
    if not is_key(key):
        raise SitesError(f"{where} is no key; use a-z, 0-9 and _, as in [chodon]")
    for name, value in table.items():
        if name not in _FIELDS:
            raise SitesError(f"{where} has unknown key {name!r}; known: {', '.join(_FIELDS)}")
        type_, expected = _TYPES.get(name, (str, "text"))
        if not isinstance(value, type_) or (type_ is not bool and isinstance(value, bool)):
            raise SitesError(f"{where} has {name} = {value!r}; it must be {expected}")
    for name, field in _FIELDS.items():
        if field.default is MISSING and name not in table:
            raise SitesError(f"{where} lacks {name!r}; every district needs it")
    _check(where, table)
    start_urls = tuple(table.pop("start_urls", ()))
    hosts = tuple(read_hosts(f"{where} has hosts with", table["base_url"], table.pop("hosts", ())))
    bounds = tuple(table.pop("bounds", {}).items())
    site = Site(
        key=key, province=province, hosts=hosts, start_urls=start_urls, bounds=bounds, **table
    )
    for url in start_urls:
        if not site.owns(url):
            places = " or ".join(site.places)
            raise SitesError(f"{where} has start_urls with {url!r}, not below {places}")
    return site


def read_hosts(where: str, base_url: str, hosts: Iterable[Any]) -> Iterator[str]:
    """Yield the start pages of further hosts, which may be written without scheme and last slash.

    They have the scheme of *base_url* then. Raises `SitesError`, which begins with *where*.
    """
    known = [base_url]
    for host in hosts:
        text = host if isinstance(host, str) else ""
        whole = text if "://" in text else f"{urlsplit(base_url).scheme}://{text}"
        whole = whole if whole.endswith("/") else f"{whole}/"
        if absolute(whole, whole) != whole or "?" in whole:
            raise SitesError(f"{where} {host!r}; each must be {_A_HOST}")
        if double := next((place for place in known if is_below(whole, place)), None):
            raise SitesError(f"{where} {host!r}, which lies below {double} already")
        known.append(whole)
        yield whole


def _check(where: str, table: dict[str, Any]) -> None:
    if table["cms"] not in CMS:
        raise SitesError(f"{where} has unknown cms {table['cms']!r}; known: {', '.join(CMS)}")
    if not table["name"].strip():
        raise SitesError(f"{where} has an empty name; it must be the body's name in full")
    base_url = table["base_url"]
    check_base_url(f"{where} has base_url =", base_url)
    for name, bound in table.get("bounds", {}).items():
        if name not in BOUNDS:
            raise SitesError(f"{where} has bounds with {name!r}; known: {', '.join(BOUNDS)}")
        if not isinstance(bound, int) or isinstance(bound, bool) or bound < 1:
            raise SitesError(f"{where} has bounds with {name} = {bound!r}; it must be 1 or more")
    for name in ("active_from", "active_to"):
        if name in table and not _is_day(table[name]):
            raise SitesError(f"{where} has {name} = {table[name]!r}; it must be {_A_DAY}")
    first, last = table.get("active_from"), table.get("active_to")
    if first and last and first > last:
        raise SitesError(f"{where} has active_from = {first!r}, after active_to = {last!r}")
    if not 0 < table.get("delay", 1) < math.inf:
        raise SitesError(f"{where} has delay = {table['delay']}; it must be above 0 seconds")
    for url in table.get("start_urls", ()):
        if not isinstance(url, str) or absolute(url, base_url) is None:
            raise SitesError(f"{where} has start_urls with {url!r}; each must be an address")


def check_base_url(where: str, base_url: str) -> None:
    """Raise `SitesError`, which begins with *where*, for an address that is no start page."""
    if absolute(base_url, base_url) != base_url or not base_url.endswith("/"):
        raise SitesError(
            f"{where} {base_url!r}; "
            'it must be an address such as "https://chodon.backan.gov.vn/", with the last slash'
        )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
