"""What a host is today, by what it answered when its start page was asked for."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from crawler.country import bodies_since, districts, provinces, provinces_since, successions
from crawler.failures import REFUSED, is_success
from crawler.page import Page
from crawler.readers import read_page, recognise
from crawler.readers.page.document import Document
from crawler.readers.page.limits import within_limits
from crawler.sites import Site
from crawler.survey import Finding
from crawler.surveying.bodies import (
    Body,
    Level,
    bare_name,
    body_of,
    is_named,
    plain,
    spelled,
    units_named,
)
from crawler.surveying.claims import Claim, claims
from crawler.text.addresses import host_of
from crawler.text.charset import to_utf8
from crawler.text.media_types import is_html
from crawler.vocabulary import BodyType, NameAnswer, PageKind, Reason, Says, Trade
from crawler.vocabulary.sentences import HostEvidence, StandIn

_TOO_MANY = 429
_NOBODYS = re.compile(
    r"a parking page|a server's own page|a closed site: .*(?:suspended|expired|hết)"
)
"""The reasons by which a page that stands in a portal's place is nobody's; others may pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What came of asking a host for its start page."""

    url: str
    """What was asked for."""
    asked_at: datetime
    dns: NameAnswer
    tls: str | None = None
    status: int | None = None
    reason: str | None = None
    """Why there is no answer, in words."""
    is_silence: bool = False
    """Whether that is because nothing answers there, and not because nothing was asked."""
    leads_to: str | None = None
    """Where the start page leads off its place."""
    served_from: str = ""
    """The address of the page that came."""
    body: bytes = b""
    content_type: str | None = None


class _Judged(NamedTuple):
    says: Says
    evidence: str
    unit: str | None = None
    cms: str | None = None


def judge(site: Site, received: Received) -> Finding:
    """Return what a host of a site is, by what came of asking for its start page there."""
    judged = _judged(site, received)
    return Finding(
        site=site.key,
        url=received.url,
        asked_at=received.asked_at,
        says=judged.says,
        evidence=judged.evidence,
        dns=received.dns,
        tls=received.tls,
        status=received.status,
        leads_to=received.leads_to,
        unit=judged.unit,
        cms=judged.cms,
    )


def _judged(site: Site, received: Received) -> _Judged:
    if received.reason is not None:
        is_robots = received.reason == Reason.ROBOTS
        says = Says.SILENT if received.is_silence else Says.REFUSING if is_robots else Says.UNKNOWN
        return _Judged(says, received.reason)
    if received.leads_to and host_of(received.leads_to) != host_of(received.url):
        return _led_away(site, received.leads_to)
    page = _read(site, received)
    suspicion = page.evidence.get("suspicion")
    if page.kind == PageKind.CHALLENGE:
        return _Judged(Says.REFUSING, suspicion or StandIn.ANY_CHALLENGE)
    status = received.status or 0
    if status in (*REFUSED, _TOO_MANY):
        return _Judged(Says.REFUSING, Reason.STATUS.of(status=status))
    if not is_success(status):
        return _Judged(Says.UNKNOWN, Reason.STATUS.of(status=status))
    if page.kind == PageKind.SPAM:
        is_gambling = Trade.of_reason(suspicion) == Trade.GAMBLING
        return _Judged(Says.GAMBLING if is_gambling else Says.SPAM, suspicion or StandIn.ANY_SPAM)
    if page.kind == PageKind.CLOSED:
        told = suspicion or StandIn.ANY_CLOSED
        return _Judged(Says.PARKED if _NOBODYS.match(told) else Says.UNKNOWN, told)
    if page.kind == PageKind.LOGIN:
        return _Judged(Says.REFUSING, Reason.LOGIN)
    if received.content_type and not is_html(received.content_type):
        return _Judged(Says.UNKNOWN, HostEvidence.NO_PAGE.of(name=received.content_type))
    document = _document(received)
    judged = _by_name(site, received.url, document)
    if judged.says == Says.UNKNOWN and suspicion:
        judged = judged._replace(evidence=suspicion)
    family = recognise(document)
    return judged._replace(cms=family[0] if family else None)


def _led_away(site: Site, target: str) -> _Judged:
    own = {host_of(place) for place in (*site.places, *site.doubtful)}
    says = Says.MOVED if host_of(target) in own else Says.ELSEWHERE
    return _Judged(says, HostEvidence.LEADS.of(url=target))


def _read(site: Site, received: Received) -> Page:
    return read_page(
        received.body, received.served_from, received.content_type, site.cms,
        received.asked_at, site.profiles, is_start=True,
    )  # fmt: skip


def _document(received: Received) -> Document:
    utf8, _ = to_utf8(within_limits(received.body)[0], received.content_type)
    return Document(utf8, received.served_from, received.asked_at, is_start=True)


# Whose a page is by the names that it calls itself


def _by_name(site: Site, url: str, document: Document) -> _Judged:
    own = _body(site)
    found = claims(document, own)
    ours = [claim for claim in found if own and _is_own(claim.body, own)]
    others = [claim for claim in found if claim not in ours and claim.body.level > Level.PROVINCE]
    if ours and others:
        both = HostEvidence.CALLED_BOTH.of(claim=_told(ours[0]), other_claim=_told(others[0]))
        return _Judged(Says.UNKNOWN, both)
    if ours:
        return _among_namesakes(site, url, ours)
    if strangers := others or found:
        unit = next((code for c in strangers if (code := _unit_of(c.body, site))), None)
        return _Judged(Says.OTHER, HostEvidence.CALLED.of(claim=_told(strangers[0])), unit)
    return _Judged(Says.UNKNOWN, HostEvidence.NOT_SAID)


def _among_namesakes(site: Site, url: str, ours: list[Claim]) -> _Judged:
    """Return whose a page is that calls itself by the name of the site's body.

    Some names are those of several districts: then the province that is named beside it decides,
    else the host, unless that may be somebody else's.
    """
    claim = _told(ours[0])
    provinces_named = {
        body.name for each in ours for body in each.bodies if body.level == Level.PROVINCE
    }
    if not _has_namesakes(site) or provinces_named & _names_of_province(site):
        return _Judged(Says.OWN, HostEvidence.CALLED.of(claim=claim))
    if provinces_named:
        return _Judged(Says.OTHER, HostEvidence.CALLED_ELSEWHERE.of(claim=claim))
    if url in site.doubtful:
        return _Judged(Says.UNKNOWN, HostEvidence.CALLED_AS_OTHERS.of(claim=claim))
    return _Judged(Says.OWN, HostEvidence.CALLED.of(claim=claim))


def _has_namesakes(site: Site) -> bool:
    if site.unit:
        unit = bodies_since()[site.unit]
        return len(units_named(unit.type, " ".join(spelled(unit.name)))) > 1
    if site.district is None:
        return False
    return _sharing()[bare_name(districts()[site.district].name)] > 1


@cache
def _sharing() -> Counter[str]:
    """Return how many districts have each name."""
    return Counter(bare_name(district.name) for district in districts().values())


def _names_of_province(site: Site) -> set[str]:
    """Return the names of the province of a body, before July 2025 and since, as texts have it."""
    if site.unit:
        names = [provinces_since()[bodies_since()[site.unit].province]]
    elif site.district:
        province = provinces()[districts()[site.district].province]
        names = [province.name, province.name_after]
    else:
        names = []
    words = [spelled(name) for name in names]
    return {" ".join(form) for name in words for form in (name, plain(name))}


def _told(claim: Claim) -> str:
    return HostEvidence.QUOTED.of(words=claim.text, where=claim.where)


def _body(site: Site) -> Body | None:
    """Return the body whose the portal of a site is, as texts name it."""
    if site.unit:
        body = body_of(bodies_since()[site.unit].full_name)
        is_province = site.unit in provinces_since()  # which a city may be, too
        return body._replace(level=Level.PROVINCE) if body and is_province else body
    return body_of(districts()[site.district].name if site.district else site.name)


def _is_own(body: Body, own: Body) -> bool:
    """Whether a name is that of a body: of a district by any word for a district, which it may have
    become, or have been.
    """
    is_like = own.level == Level.DISTRICT >= body.level and body.type != BodyType.PROVINCE
    return (body.type == own.type or is_like) and is_named(body, own)


def _unit_of(body: Body, site: Site) -> str | None:
    """Return the unit or province since July 2025 that a name is of: one that the district went
    into, else one of its province, else the only one of the country; None where that is not clear.
    """
    codes = units_named(body.type, body.name)
    for is_likely in _likely(site):
        if likely := [code for code in codes if is_likely(code)]:
            return likely[0] if len(likely) == 1 else None
    return codes[0] if len(codes) == 1 else None


def _likely(site: Site) -> list[Callable[[str], bool]]:
    if site.district is None:
        return []
    into = _successors().get(site.district, frozenset())
    province = provinces()[districts()[site.district].province].code_after
    return [into.__contains__, lambda code: bodies_since()[code].province == province]


@cache
def _successors() -> Mapping[str, frozenset[str]]:
    """Return the units that each district went into, by its code."""
    into: defaultdict[str, set[str]] = defaultdict(set)
    for each in successions():
        into[each.district].add(each.unit)
    return MappingProxyType({code: frozenset(those) for code, those in into.items()})
