"""Portals that may become sites: what an operator tells of each, and what was known before."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from crawler import settings
from crawler.country import Unit, provinces_since, units
from crawler.recognition import Recognition
from crawler.sites import (
    Site,
    SitesError,
    check_base_url,
    is_key,
    read_hosts,
    sites_at,
    without_host,
)
from crawler.text.fold import fold
from tinhuyen.asking import probed, require_address
from tinhuyen.errors import Refused

_KIND_WORDS = re.compile(r"^(?:www|portal|cong|trang)\.")
_FACTS = ("district", "unit", "active_from", "active_to", "note")
COLUMNS = ("url", "key", "name", "base_url", "hosts", "province", "cms", *_FACTS)
"""The columns that a file of portals may have; it must have the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an operator tells of a portal, by options or in a row of a file."""

    url: str
    """Its start page, or one of its articles."""
    key: str | None = None
    name: str | None = None
    base_url: str | None = None
    hosts: tuple[str, ...] = ()
    province: str | None = None
    cms: str | None = None
    """The page reader, of a portal that is not to be asked."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Further keys of its entry."""

    @property
    def unit(self) -> Unit | None:
        """The unit since July 2025 whose portal it is, if it is one's. `Refused` if there is none
        of its code.
        """
        code = self.facts.get("unit")
        if code is not None and code not in units():
            raise Refused(f"--unit {code}: no commune, ward or special zone has this code")
        return units()[code] if code else None

    def may_share(self, site: Site) -> bool:
        """Whether it may have a host in common with a site: it is a unit's, and that a district's
        that was there before.
        """
        return self.unit is not None and site.unit is None and site.district is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A portal that may be added."""

    told: Told
    key: str
    address: str
    portal: Site
    """Where it lies."""
    district: Site | None
    """The site of this key, if it is a district of which the map alone tells: its entry says what
    is known beyond."""

    @property
    def province(self) -> str | None:
        """The province whose file the entry stands in."""
        if self.told.unit:
            return self.told.province or provinces_since()[self.told.unit.province]
        return self.told.province or (self.district.province if self.district else None)

    def name(self, found: Recognition) -> str:
        """Return the name of the body."""
        known = self.told.name or (self.district.name if self.district else None)
        return known or found.name or self.key

    def entry(self, found: Recognition) -> dict[str, Any]:
        """Return what is to be written of what was *found*: nothing that the map tells as well."""
        told, district = self.told, self.district
        says: dict[str, Any] = {}
        if told.name or not (district or {"district", "unit"} & told.facts.keys()):
            says["name"] = self.name(found)
        if not district or district.base_url != found.base_url:
            says["base_url"] = found.base_url
        if found.hosts:
            others = district.places if district and district.base_url else ()
            places = [*found.hosts, *(place for place in others if place != found.base_url)]
            says["hosts"] = tuple(dict.fromkeys(places))
        seen = {} if told.cms else {"verified": True}
        return {**says, "cms": found.cms, **told.facts, **seen}


def known_sites() -> dict[str, Site]:
    """Return the sites that there are, those of districts without a host, too; none of a folder
    that is still to be made.
    """
    if settings.SITES_DIR:
        is_there = Path(settings.SITES_DIR).is_dir()
        return sites_at(settings.SITES_DIR) if is_there else {}
    return sites_at("") | without_host()


def candidate(told: Told, known: Mapping[str, Site]) -> Candidate:
    """Return a portal that may be added beside the *known* ones. Raises `Refused` if it may not."""
    address = require_address(told.url)
    if told.key is not None and not is_key(told.key):
        raise Refused(f"--key {told.key}: is no key; use a-z, 0-9 and _, as in chodon")
    bodies = [site for site in known.values() if not told.may_share(site)]
    owner = next((site for site in bodies if site.owns(address)), None)
    place = owner.place_of(address) if owner else None
    portal = _described(address, told, place or urljoin(address, "/"))
    for url in (address, *portal.places):
        for site in bodies:
            if not site.composed and site.owns(url):
                raise Refused(
                    f"{url} belongs to {site.key!r} already; crawl it: tinhuyen crawl {site.key}"
                )
    key = told.key or (owner.key if owner else _key_of(portal.base_url, told.unit, known))
    namesake = known.get(key)
    if namesake and not namesake.composed:
        raise Refused(f"{key} is {namesake.name} at {namesake.base_url}; name another with --key")
    if namesake and namesake is not owner and not told.key:
        raise Refused(
            f"{key} is what {namesake.name} ({namesake.province}) is called; if {address} is its "
            f"portal, say so with --key {key}, else name another"
        )
    return Candidate(told=told, key=key, address=address, portal=portal, district=namesake)


def _described(address: str, told: Told, base_url: str) -> Site:
    """Return where a portal lies, as far as it is told; refuse what is wrong."""
    base_url = require_address(told.base_url) if told.base_url else base_url
    try:
        check_base_url("--base-url", base_url)
        site = probed(base_url, tuple(read_hosts("--host", base_url, told.hosts)))
    except SitesError as error:
        raise Refused(str(error)) from error
    if not site.owns(address):
        raise Refused(f"{address} is not below --base-url {base_url}")
    return site


def _key_of(base_url: str, unit: Unit | None, known: Mapping[str, Site]) -> str:
    """Return a name made of the host: "chodon" of chodon.backan.gov.vn; or of what it lies below:
    "vandon" of www.quangninh.gov.vn/donvi/vandon/. That of a unit is made of its own: "xa_nghiata",
    with the code behind it where that is taken.
    """
    if unit:
        key = f"{_plain(unit.type)}_{_plain(unit.name)}"
        return f"{key}_{unit.code}" if key in known else key
    parts = urlsplit(base_url)
    host = _KIND_WORDS.sub("", parts.hostname or "").partition(".")[0]
    below = parts.path.strip("/").rpartition("/")[2]
    key = re.sub(r"[^a-z0-9]+", "_", fold((below or host).lower())).strip("_")
    return key if key[:1].isalpha() else f"site_{key}" if key else "site"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", fold(name.lower()))


def rows(file: Path) -> Iterator[tuple[int, Told | None]]:
    """Yield what a CSV file tells of portals, each with the number of its line; None for a row that
    has not as many cells as the header.

    Raises `Refused` for a file that tells of none, or has columns that say nothing.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            header = reader.fieldnames or ()
            if "url" not in header:
                raise Refused(f"{file}: has no column 'url'; known: {', '.join(COLUMNS)}")
            for name in header:
                if name not in COLUMNS or header.count(name) > 1:
                    raise Refused(f"{file}: has the column {name!r}; known: {', '.join(COLUMNS)}")
            for row in reader:
                whole = None not in row and None not in row.values()
                yield reader.line_num, _told(row) if whole else None
    except (csv.Error, UnicodeDecodeError) as error:
        raise Refused(f"{file}: {error}") from error


def _told(row: Mapping[str, str]) -> Told:
    says = {name: value.strip() for name, value in row.items() if value.strip()}
    return Told(
        url=says.get("url", ""),
        key=says.get("key"),
        name=says.get("name"),
        base_url=says.get("base_url"),
        hosts=tuple(says.get("hosts", "").split()),
        province=says.get("province"),
        cms=says.get("cms"),
        facts={name: says[name] for name in _FACTS if name in says},
    )
