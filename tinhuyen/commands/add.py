"""``tinhuyen add``: from an address to a district that can be crawled, or from many of them."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from tinhuyen.errors import Refused
from tinhuyen.terminal import err, out

if TYPE_CHECKING:
    from crawler.page import Page
    from crawler.profiles.profile import Profile
    from crawler.recognition import Recognition
    from crawler.sites import Site
    from crawler.spiders.probe import Fetch
    from tinhuyen.asking import Work
    from tinhuyen.candidates import Candidate


@click.command("add")
@click.argument("url", required=False)
@click.option(
    "--from",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE.csv",
    help="Add the portals of this file, one a row.",
)
@click.option("--key", help="The district's name on the command line.  [default: from the host]")
@click.option("--name", help='The body\'s name in full, as in "Huyện Chợ Đồn".')
@click.option("--base-url", metavar="URL", help="The start page, where it is not its host's.")
@click.option("--host", "hosts", multiple=True, help="Where else the portal lies or lay.")
@click.option("--province", help="The province, which decides the file.")
@click.option(
    "--profile",
    "profile_of",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="How its pages are read: TOML that tinhuyen learn wrote.",
)
@click.option(
    "--unit",
    metavar="CODE",
    help="It is the portal of this commune, ward, special zone or province since July 2025.",
)
@click.option("--dry-run", is_flag=True, help="Show what was found, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found for a program.")
def command(
    url: str | None,
    file: Path | None,
    key: str | None,
    name: str | None,
    base_url: str | None,
    hosts: tuple[str, ...],
    province: str | None,
    profile_of: Path | None,
    unit: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Recognise a portal, read five of its articles, and add it to the districts.

    URL is the portal's start page or one of its articles. It takes some fifteen requests, a second
    apart. The entry is written to the file of the province in the operator's own folder,
    ~/.config/tinhuyen/sites, or in that which TINHUYEN_SITES names. Of a district that the map
    alone tells of, it says what is known beyond. A portal that shares its host with others lies
    below a path: --base-url says below which. Where a portal moved, --host names where it was, as
    often as needed. --unit is for a portal of a new commune, or of a province, which may have the
    host of a district that was: both are sites of that host then, each of its own days.

    A portal that no family reads well is learnt from these pages and eight more, and its profile
    written beside the entry, as profiles/KEY.toml; --profile names one that is known already.
    Nothing is written where all articles have one title, text or date: what to do is told.

    FILE.csv has a header, and a column "url"; it may have key, name, base_url, hosts (parted by
    spaces), province, cms, district, unit, active_from, active_to and note. A portal whose cms is
    told is not asked. Rows that cannot be added are named; the others are added.

    \b
    Examples:
      tinhuyen add https://chodon.backan.gov.vn/ --province "Bắc Kạn"
      tinhuyen add https://huyen.example/tin/bai-7/ --key huyen --name "Huyện Mẫu"
      tinhuyen add https://huyen.example/ --dry-run
      tinhuyen add https://huyen.example/ --host huyencu.example
      tinhuyen add https://tinh.example/donvi/huyen/ --base-url https://tinh.example/donvi/huyen/
      tinhuyen add https://huyen.example/ --key huyen --profile huyen.toml
      tinhuyen add https://chodon.backan.gov.vn/ --unit 02020
      tinhuyen add https://thainguyen.gov.vn/ --unit 19
      tinhuyen add --from huyen.csv

    \b
    Exit codes: 0 all can be crawled; 1 one cannot be read or added, and what is missing; 2 wrong
    usage.
    """
    from tinhuyen.candidates import Told, candidate, known_sites
    from tinhuyen.portal_files import COLUMNS
    from tinhuyen.profiles import required_profile

    if (url is None) == (file is None):
        raise Refused("name one portal by its URL, or many with --from FILE.csv")
    if file:
        if key or name or base_url or hosts or province or unit or profile_of:
            raise Refused(f"--from {file}: what a portal is stands in it: {', '.join(COLUMNS)}")
        _add_many(file, dry_run=dry_run, as_json=as_json)
        return
    profile = required_profile(profile_of) if profile_of else None
    told = Told(
        url=url or "", key=key, name=name, base_url=base_url, hosts=hosts, province=province,
        facts={"unit": unit} if unit else {},
    )  # fmt: skip
    _add_one(candidate(told, known_sites()), profile, dry_run=dry_run, as_json=as_json)


def _add_one(
    portal: "Candidate", profile: "Profile | None", *, dry_run: bool, as_json: bool
) -> None:
    from crawler.recognition import Recognition
    from tinhuyen.asking import run_probes
    from tinhuyen.entries import profile_file, write_entry

    found = Recognition(portal.portal.base_url, portal.portal.hosts)

    def keep(recognised: Recognition) -> None:
        nonlocal found
        found = recognised

    run_probes([_asking(portal, keep, profile)])
    faults = found.faults()
    if as_json:
        told = _as_dict(portal, found, faults)
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _show(found, out())
    for fault in faults:
        err().print(f"{found.base_url}: {fault}", style="red", highlight=False, soft_wrap=True)
    if faults:
        err().print("Nothing was written.")
        raise SystemExit(1)
    if not dry_run:
        rules = _rules(portal, found, is_given=profile is not None)
        file = write_entry(portal.key, portal.entry(found), portal.province, rules)
        if not as_json:
            beside = f", and its profile to {profile_file(portal.key)}" if rules else ""
            out().print(f"\nAdded to {file}{beside}. Crawl it: tinhuyen crawl {portal.key}")


def _rules(portal: "Candidate", found: "Recognition", *, is_given: bool = False) -> str | None:
    """Return the profile that is to be written; what was learnt here is a beginning."""
    if found.profile is None:
        return None
    profile = replace(found.profile, name=portal.key)
    return (profile if is_given else replace(profile, provisional=True)).to_toml()


def _asking(
    portal: "Candidate", then: "Callable[[Recognition], None]", profile: "Profile | None" = None
) -> "tuple[Site, Work]":
    """Return the portal as a site, and the work that recognises it."""
    from crawler.recognition import recognise

    site = portal.portal

    async def work(fetch: "Fetch") -> None:
        then(await recognise(fetch, portal.address, site.base_url, site.hosts, profile))

    return site, work


def _add_many(file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Add the portals of a file, each as soon as it is known; name those that cannot be added."""
    from crawler.recognition import Recognition
    from tinhuyen.asking import run_probes
    from tinhuyen.candidates import candidate, known_sites
    from tinhuyen.entries import write_entry
    from tinhuyen.portal_files import rows

    told = list(rows(file))
    known = known_sites()
    results: list[dict[str, Any]] = []
    asked: list[tuple[Site, Work]] = []

    def tell(line: int, facts: dict[str, Any]) -> None:
        results.append({"line": line, **facts})
        for fault in facts["faults"]:
            err().print(f"{file}, line {line}: {fault}", style="red", highlight=False, markup=False)
        if not (facts["faults"] or as_json):
            shown = f"{facts['key']}  {facts['base_url']}  {facts['cms']}"
            out().print(shown, highlight=False, markup=False)

    def judge(line: int, portal: "Candidate", found: Recognition) -> None:
        faults = [] if portal.told.cms else found.faults()
        if not (faults or dry_run):
            try:
                rules = _rules(portal, found)
                write_entry(portal.key, portal.entry(found), portal.province, rules)
            except Refused as error:
                faults = [error.message]
        tell(line, _as_dict(portal, found, faults))

    for line, row in told:
        try:
            if row is None:
                raise Refused("has not as many cells as the header")
            portal = candidate(row, known)
        except Refused as error:
            tell(line, {"faults": [error.message]})
            continue
        site = portal.portal
        known[portal.key] = replace(site, key=portal.key, name=row.name or portal.key)
        if row.cms:
            families = Counter({row.cms: 1})
            judge(line, portal, Recognition(site.base_url, site.hosts, families=families))
        else:
            asked.append(_asking(portal, partial(judge, line, portal)))
    if asked:
        run_probes(asked)
    if as_json:
        results.sort(key=lambda result: int(result["line"]))
        click.echo(json.dumps(results, ensure_ascii=False, indent=2))
    added = sum(not result["faults"] for result in results)
    err().print(
        f"{added} of {len(told)} portals {'can be added' if dry_run else 'added'}", highlight=False
    )
    if unasked := len(told) - len(results):
        err().print(f"{unasked} were not looked at: the command was stopped", highlight=False)
    if added < len(told):
        raise SystemExit(1)


def _as_dict(portal: "Candidate", found: "Recognition", faults: list[str]) -> dict[str, Any]:
    return {
        "key": portal.key,
        "name": portal.name(found),
        "base_url": found.base_url,
        "hosts": list(found.hosts),
        "cms": found.cms,
        "sign": found.signs.get(found.cms),
        "profile": _rules(portal, found, is_given=True),
        "routes": {
            name: {"articles": len(page.found), "total": page.total}
            for name, page in found.routes.items()
        },
        "articles": [_row(url, page) for url, page in found.articles.items()],
        "faults": faults,
    }


def _row(url: str, page: "Page") -> dict[str, Any]:
    article = page.article
    assert article
    return {
        "url": url,
        "title": article.title,
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "confidence": article.published_confidence,
        "author": article.author,
        "words": len(article.body.split()),
        "prev_url": page.prev_url,
        "next_url": page.next_url,
    }


def _show(found: "Recognition", console: Console) -> None:
    sign = found.signs.get(found.cms)
    console.print(f"[bold]{found.base_url}[/]  {found.name or ''}", highlight=False)
    console.print(
        f"cms     {found.cms}{f'  ({sign})' if sign else ''}", highlight=False, markup=False
    )
    if profile := found.profile:
        how = f"learnt from {profile.pages} pages" if profile.pages else "written"
        rules = "; ".join(rule.selector for rule in profile.title)
        console.print(f"profile {how}; titles by {rules}", highlight=False, markup=False)
    for name, listed in found.routes.items():
        total = f" of {listed.total}" if listed.total is not None else ""
        lists = f", and {len(listed.more_urls)} further lists" if listed.more_urls else ""
        console.print(
            f"route   {name}: {len(listed.found)} articles{total}{lists}", highlight=False
        )
    if not found.articles:
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("PUBLISHED", "TITLE", "AUTHOR", "WORDS", "OLDER", "NEWER"):
        table.add_column(
            heading, overflow="fold", justify="right" if heading == "WORDS" else "left"
        )
    for url, page in found.articles.items():
        row = _row(url, page)
        table.add_row(
            f"{row['published_at'] or 'unknown'}", row["title"], row["author"] or "",
            str(row["words"]), *("yes" if row[side] else "–" for side in ("prev_url", "next_url")),
        )  # fmt: skip
    console.print()
    console.print(table)
