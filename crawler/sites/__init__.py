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
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.readers import CMS
from crawler.text.addresses import absolute, as_served, on_same_host

SITES_DIR = Path(__file__).parent
"""Where the districts that come with Tin Huyện are described."""


class SitesError(ValueError):
    """A description of a site that cannot be used; the message names file, table and key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A portal of one body for one period, as its TOML table describes it."""

    key: str
    """The table's name: the site's name on the command line and in the archive."""
    name: str
    """The body's name in full: "Huyện Chợ Đồn"."""
    province: str | None = None
    base_url: str
    """The start page; what lies below it belongs to the site."""
    cms: str
    """The page reader: a name of `crawler.readers.CMS`."""
    active_from: str | None = None
    """The first day of the portal, ISO 8601."""
    active_to: str | None = None
    """The last day on which the body existed, ISO 8601."""
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

    def owns(self, url: str) -> bool:
        """Whether an address lies on the site: on its host, below its start page."""
        base = urlsplit(self.base_url).path.rpartition("/")[0] + "/"
        return on_same_host(url, self.base_url) and urlsplit(url).path.startswith(base)

    def ours(self, url: str | None, by: str) -> str | None:
        """Return an address in the form in which the host serves the page *by* that names it.

        None for an address off the site.
        """
        served = as_served(url, by) if url else None
        return served if served and self.owns(served) else None


_KEY = re.compile(r"[a-z][a-z0-9_]*")
_FIELDS = {f.name: f for f in fields(Site) if f.name not in ("key", "province")}
_A_DAY = 'a date in quotes, such as "2025-06-30"'
_TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "active_from": (str, _A_DAY),
    "active_to": (str, _A_DAY),
    "start_urls": (list, "a list of addresses"),
    "delay": ((int, float), "a number of seconds"),
    "verified": (bool, "true or false"),
    "verify_certificate": (bool, "true or false"),
    "demo": (bool, "true or false"),
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
    return dict(sorted(sites.items()))


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
    site = Site(key=key, province=province, start_urls=start_urls, **table)
    for url in start_urls:
        if not site.owns(url):
            raise SitesError(f"{where} has start_urls with {url!r}, not below {site.base_url}")
    return site


def _check(where: str, table: dict[str, Any]) -> None:
    if table["cms"] not in CMS:
        raise SitesError(f"{where} has unknown cms {table['cms']!r}; known: {', '.join(CMS)}")
    if not table["name"].strip():
        raise SitesError(f"{where} has an empty name; it must be the body's name in full")
    base_url = table["base_url"]
    if absolute(base_url, base_url) != base_url or not base_url.endswith("/"):
        raise SitesError(
            f"{where} has base_url = {base_url!r}; "
            'it must be an address such as "https://chodon.backan.gov.vn/", with the last slash'
        )
    for name in ("active_from", "active_to"):
        if name in table and not _is_day(table[name]):
            raise SitesError(f"{where} has {name} = {table[name]!r}; it must be {_A_DAY}")
    if not 0 < table.get("delay", 1) < math.inf:
        raise SitesError(f"{where} has delay = {table['delay']}; it must be above 0 seconds")
    for url in table.get("start_urls", ()):
        if not isinstance(url, str) or absolute(url, base_url) is None:
            raise SitesError(f"{where} has start_urls with {url!r}; each must be an address")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
