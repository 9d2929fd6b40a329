"""Portals that may become sites: what an operator tells of each, and what was known before."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from crawler import settings
from crawler.country import Unit, bodies_since, provinces_since, told_of_former
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
FACTS = ("district", "unit", "active_from", "active_to", "note")
"""Further keys of an entry that an operator may tell."""


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
    """Further keys of its entry (`FACTS`)."""
    is_row: bool = False
    """Whether it is told in a row of a file."""

    def called(self, what: str) -> str:
        """Return what the operator knows a fact as: the option, or the column."""
        return f"column {what}" if self.is_row else f"--{what.removesuffix('s').replace('_', '-')}"

    @property
    def unit(self) -> Unit | None:
        """The unit or province since July 2025 whose portal it is, if it is one's. `Refused` if
        there is none of its code.
        """
        code = self.facts.get("unit")
        if code is not None and code not in bodies_since():
            none = "no commune, ward or special zone has this code, and no province since July 2025"
            raise Refused(f"{self.called('unit')} {code}: {told_of_former(code) or none}")
        return bodies_since()[code] if code else None

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
    address = _address(told, "url", told.url)
    if told.key is not None and not is_key(told.key):
        named = told.called("key")
        raise Refused(f"{named} {told.key}: is no key; use a-z, 0-9 and _, as in chodon")
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
    namesake, by = known.get(key), told.called("key")
    if namesake and not namesake.composed:
        raise Refused(f"{key} is {namesake.name} at {namesake.base_url}; name another with {by}")
    is_meant = told.key or (told.province and told.province == getattr(namesake, "province", None))
    if namesake and namesake is not owner and not is_meant:
        raise Refused(
            f"{key} is what {namesake.name} ({namesake.province}) is called; if {address} is its "
            f"portal, say so with {by} {key}, else name another"
        )
    return Candidate(told=told, key=key, address=address, portal=portal, district=namesake)


def _address(told: Told, what: str, text: str) -> str:
    """Return an address as it is asked for. Raises `Refused`, which names the column."""
    try:
        return require_address(text)
    except Refused as error:
        named = f"{told.called(what)} " if told.is_row else ""
        raise Refused(f"{named}{error.message}") from error


def _described(address: str, told: Told, base_url: str) -> Site:
    """Return where a portal lies, as far as it is told; refuse what is wrong."""
    base_url = _address(told, "base_url", told.base_url) if told.base_url else base_url
    try:
        check_base_url(told.called("base_url"), base_url)
        site = probed(base_url, tuple(read_hosts(told.called("hosts"), base_url, told.hosts)))
    except SitesError as error:
        raise Refused(str(error)) from error
    if not site.owns(address):
        raise Refused(f"{address} is not below {told.called('base_url')} {base_url}")
    return site


def _key_of(base_url: str, unit: Unit | None, known: Mapping[str, Site]) -> str:
    """Return a name made of the host: "chodon" of chodon.backan.gov.vn; or of what it lies below:
    "vandon" of www.quangninh.gov.vn/donvi/vandon/. That of a unit or a province is made of its own:
    "xa_nghiata", with the code behind it where that is taken.
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
