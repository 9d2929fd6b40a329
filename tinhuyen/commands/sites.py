"""``tinhuyen sites``: the districts that can be crawled, and those that cannot yet."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from crawler import settings
from crawler.text.fold import fold
from tinhuyen.cli import known_sites
from tinhuyen.offers import FAMILIES
from tinhuyen.terminal import err, out, print_table

if TYPE_CHECKING:
    from crawler.sites import Site


_UNKNOWN = "unknown"


@click.command("sites")
@click.argument("words", nargs=-1)
@click.option("--province", help="Only those of this province of before July 2025.")
@click.option("--host", help="Only those with a host in whose name this is.")
@click.option(
    "--cms",
    type=click.Choice([*FAMILIES, _UNKNOWN]),
    help="Only those whose page reader is this one.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all facts, for a program.")
def command(
    words: tuple[str, ...], province: str | None, host: str | None, cms: str | None, as_json: bool
) -> None:
    """List the districts, and count them.

    WORDS are looked for in names, provinces and hosts, with marks or without: a district is listed
    if it has all of them. The first column is the name that other commands take. An address that
    nobody has seen answering is marked "unverified", one that may be somebody else's "doubtful";
    of a few districts there is "no host" yet. Where a portal lies or lay at several addresses, the
    first is that of today.

    \b
    Examples:
      tinhuyen sites chợ mới
      tinhuyen sites --province "An Giang"
      tinhuyen sites --host quangninh.gov.vn --json
      tinhuyen sites --cms nukeviet

    \b
    Exit codes: 0 some are listed; 1 none; 2 wrong usage or configuration.
    """
    from crawler.sites import without_host

    wanted = _wanted(words, province, host, cms)
    known = known_sites() | ({} if settings.SITES_DIR else without_host())
    sites = sorted((site for site in known.values() if wanted(site)), key=lambda site: site.key)
    if as_json:
        click.echo(json.dumps([*map(_facts, sites)], ensure_ascii=False, indent=2))
    elif sites:
        _show(sites)
    else:
        err().print("No district is like that; see: tinhuyen sites", highlight=False)
    if not sites:
        raise SystemExit(1)


def _wanted(
    words: tuple[str, ...], province: str | None, host: str | None, cms: str | None
) -> "Callable[[Site], bool]":
    """Return what says of a site whether it was asked for."""
    starts = [re.compile(rf"(?<!\w){re.escape(_plain(word))}") for word in words]

    def is_wanted(site: "Site") -> bool:
        of = site.province or ""
        text = _plain(" ".join((site.key, site.name, of, *site.places)))
        return (
            all(start.search(text) for start in starts)
            and (province is None or _plain(province) == _plain(of))
            and (host is None or any(host.lower() in place for place in site.places))
            and (cms is None or cms == (site.cms or _UNKNOWN))
        )

    return is_wanted


def _plain(text: str) -> str:
    return " ".join(fold(text).lower().split())


def _mark(site: "Site") -> str:
    """Return what is to be said of how far a site's address can be relied on."""
    marks = {
        "demo": site.demo,
        "no host": not site.base_url,
        "doubtful": site.doubt,
        "unverified": not site.verified,
    }
    return next((mark for mark, holds in marks.items() if holds), "")


def _show(sites: "list[Site]") -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("SITE", "NAME", "PROVINCE", "ADDRESS", "CMS", ""):
        table.add_column(heading, overflow="fold")
    for site in sites:
        places = "\n".join(site.places)
        table.add_row(site.key, site.name, site.province or "", places, site.cms or "", _mark(site))
    print_table(table)
    out().print(f"\n{', '.join(_counts(sites))}", highlight=False)


def _counts(sites: "list[Site]") -> Iterator[str]:
    districts = sum(site.district is not None for site in sites)
    yield f"{len(sites)} {'site' if len(sites) == 1 else 'sites'}"
    yield f"{districts} {'district' if districts == 1 else 'districts'}"
    if described := sum(not (site.composed or site.demo) for site in sites):
        yield f"{described} with an entry"
    for mark, number in Counter(map(_mark, sites)).most_common():
        if mark:
            yield f"{number} {mark}"


def _facts(site: "Site") -> dict[str, Any]:
    return {**asdict(site), "evidence": _evidence(site.district)}


def _evidence(district: str | None) -> list[dict[str, Any]]:
    """Return what is known of each host of a district, and by what."""
    from crawler.country import portals

    known = portals().get(district or "", ())
    return [{k: v for k, v in p._asdict().items() if k != "district"} for p in known]
