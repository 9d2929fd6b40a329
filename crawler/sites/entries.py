"""What a TOML table may say of a site: the schema, and what is told of a mistake."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Meta, UnsetType

from crawler.bounds import NAMES as BOUNDS
from crawler.reach import is_network
from crawler.readers import CMS
from crawler.text.addresses import absolute
from crawler.text.places import is_below
from crawler.thresholds import mistaken as mistaken_threshold


class SitesError(ValueError):
    """A description of a site that cannot be used; the message names file, table and key."""


_A_HOST = (
    'a host such as "chodon.backan.gov.vn", or what lies below a path of one, '
    'such as "www.quangninh.gov.vn/donvi/vandon"'
)
_A_NETWORK = 'a network such as "10.0.0.0/8", or an IP address'
_A_DAY = 'a date in quotes, such as "2025-06-30"'

Text = Annotated[str, Meta(description="text")]
Day = Annotated[str, Meta(description=_A_DAY)]
Seconds = Annotated[float, Meta(description="a number of seconds")]
Hours = Annotated[float, Meta(description="a number of hours")]
YesOrNo = Annotated[bool, Meta(description="true or false")]
Hosts = Annotated[tuple[Any, ...], Meta(description="a list of hosts")]
Addresses = Annotated[tuple[Any, ...], Meta(description="a list of addresses")]
Networks = Annotated[tuple[Any, ...], Meta(description="a list of networks")]
Limits = Annotated[dict[str, Any], Meta(description="a table of bounds, such as {requests = 1000}")]
Alarms = Annotated[
    dict[str, Any], Meta(description="a table of thresholds, such as {silent_days = 60}")
]
Articles = Annotated[int, Meta(ge=1, description="a number of articles, 1 or more")]
Bound = Annotated[int, Meta(ge=1, description="1 or more")]


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys that a table may have, and what each must be; `Site` says what they mean.

    A table need not have those that the map tells of its district.
    """

    name: Text | UnsetType = UNSET
    base_url: Text | UnsetType = UNSET
    hosts: Hosts | UnsetType = UNSET
    cms: Text | UnsetType = UNSET
    district: Text | UnsetType = UNSET
    unit: Text | UnsetType = UNSET
    active_from: Day | UnsetType = UNSET
    active_to: Day | UnsetType = UNSET
    verified: YesOrNo | UnsetType = UNSET
    note: Text | UnsetType = UNSET
    start_urls: Addresses | UnsetType = UNSET
    delay: Seconds | UnsetType = UNSET
    cadence: Hours | UnsetType = UNSET
    verify_certificate: YesOrNo | UnsetType = UNSET
    networks: Networks | UnsetType = UNSET
    demo: YesOrNo | UnsetType = UNSET
    bounds: Limits | UnsetType = UNSET
    alarms: Alarms | UnsetType = UNSET
    expect_articles: Articles | UnsetType = UNSET
    expect_newest: Day | UnsetType = UNSET


_TYPES = {field.name: field.type for field in msgspec.structs.fields(Entry)}
_HOURS_A_YEAR = 8784
_NEEDED = ("name", "base_url", "cms")


def check_table(where: str, table: Mapping[str, Any]) -> None:
    """Raise `SitesError`, which begins with *where*, for a key or a type that a table may not have.

    What the values say is another matter (`check_facts`).
    """
    try:
        msgspec.convert(table, Entry)
    except msgspec.ValidationError as error:
        told = next(_mistakes(table), str(error))
        raise SitesError(f"{where} {told}") from error


def _mistakes(table: Mapping[str, Any]) -> Iterator[str]:
    for name, value in table.items():
        if name not in _TYPES:
            yield f"has unknown key {name!r}; known: {', '.join(_TYPES)}"
        elif expected := _mistaken(value, _TYPES[name]):
            yield f"has {name} = {value!r}; it must be {expected}"


def _mistaken(value: object, type_: Any) -> str | None:
    """Return what a value must be, None if it is."""
    try:
        msgspec.convert(value, type_)
    except msgspec.ValidationError:
        return _described(msgspec.inspect.type_info(type_))
    return None


def _described(info: msgspec.inspect.Type) -> str:
    of = info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)
    schemas = [part.extra_json_schema for part in of if isinstance(part, msgspec.inspect.Metadata)]
    return next(str(schema["description"]) for schema in schemas if schema)


def check_facts(where: str, facts: Mapping[str, Any], *, of_country: bool = False) -> None:
    """Raise `SitesError`, which begins with *where*, for what cannot be of a site.

    *facts* is a table whose keys and types are right; if *of_country* they are those of a district
    that the map knows, of which nobody needs to know the CMS.
    """
    for name in _NEEDED:
        if name not in facts and not (of_country and name == "cms"):
            raise SitesError(f"{where} lacks {name!r}; every district needs it")
    if "cms" in facts and facts["cms"] not in CMS:
        raise SitesError(f"{where} has unknown cms {facts['cms']!r}; known: {', '.join(CMS)}")
    if not facts["name"].strip():
        raise SitesError(f"{where} has an empty name; it must be the body's name in full")
    base_url = facts["base_url"]
    check_base_url(f"{where} has base_url =", base_url)
    for name, bound in facts.get("bounds", {}).items():
        if name not in BOUNDS:
            raise SitesError(f"{where} has bounds with {name!r}; known: {', '.join(BOUNDS)}")
        if expected := _mistaken(bound, Bound):
            raise SitesError(f"{where} has bounds with {name} = {bound!r}; it must be {expected}")
    for network in facts.get("networks", ()):
        if not (isinstance(network, str) and is_network(network)):
            raise SitesError(f"{where} has networks with {network!r}; each must be {_A_NETWORK}")
    if wrong := mistaken_threshold(facts.get("alarms", {})):
        raise SitesError(f"{where} has alarms with {wrong}")
    for name in ("active_from", "active_to", "expect_newest"):
        if name in facts and not _is_day(facts[name]):
            raise SitesError(f"{where} has {name} = {facts[name]!r}; it must be {_A_DAY}")
    first, last = facts.get("active_from"), facts.get("active_to")
    if first and last and first > last:
        raise SitesError(f"{where} has active_from = {first!r}, after active_to = {last!r}")
    if not 0 < facts.get("delay", 1) < math.inf:
        raise SitesError(f"{where} has delay = {facts['delay']}; it must be above 0 seconds")
    if not 0 < facts.get("cadence", 1) <= _HOURS_A_YEAR:
        raise SitesError(
            f"{where} has cadence = {facts['cadence']}; it must be above 0 hours, and "
            f"{_HOURS_A_YEAR} at most"
        )
    for url in facts.get("start_urls", ()):
        if not isinstance(url, str) or absolute(url, base_url) is None:
            raise SitesError(f"{where} has start_urls with {url!r}; each must be an address")


def check_base_url(where: str, base_url: str) -> None:
    """Raise `SitesError`, which begins with *where*, for an address that is no start page."""
    if absolute(base_url, base_url) != base_url or not base_url.endswith("/"):
        raise SitesError(
            f"{where} {base_url!r}; "
            'it must be an address such as "https://chodon.backan.gov.vn/", with the last slash'
        )


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


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
