"""``tinhuyen survey``: what became of the portals' hosts, and what web archives have of them."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from rich.table import Table

from crawler.survey import VALID, asked_again_at
from crawler.vocabulary import NameAnswer, Says
from crawler.vocabulary.words import sentence_or_as_it_stands, word
from crawler.web_archives.kinds import DEFAULTS, AnyWebArchive, addresses, web_archive_at
from tinhuyen.cli import db_option, known_sites, require_contact, require_sites
from tinhuyen.errors import Refused
from tinhuyen.settings import crawl_settings, settings_option
from tinhuyen.terminal import err, out, print_table

if TYPE_CHECKING:
    from crawler.sites import Site
    from tinhuyen.surveying import Plan


_WAYBACK = DEFAULTS[0]


@click.command("survey")
@click.argument("sites", nargs=-1, metavar="[SITE]...")
@db_option
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Ask of so many sites at most.")
@click.option("--again", is_flag=True, help="Ask those that were asked lately, too.")
@click.option(
    "--wayback",
    "wayback",
    multiple=True,
    metavar="URL",
    help="Ask this web archive what it has; may be given several times. The word "
    f'"default" names Common Crawl, too, which takes a hundred requests a host.  '
    f"[default: {_WAYBACK}]",
)
@click.option("--no-archives", is_flag=True, help="Ask no web archive.")
@settings_option("Change a setting for this survey, as in tinhuyen crawl -s.")
@click.option("--json", "as_json", is_flag=True, help="Print what is known, for a program.")
def command(
    sites: tuple[str, ...],
    db: Path,
    limit: int | None,
    again: bool,
    wayback: tuple[str, ...],
    no_archives: bool,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Ask each host of sites what it is today, and web archives what they have of it.

    A host is asked for robots.txt and its start page, many hosts at once. It is the body's own,
    another body's, parked, taken over by gambling, leads elsewhere, has moved, is silent, or
    refuses; docs/survey.md tells by what that is judged. Each answer is noted as it comes: a survey
    that is ended or killed goes on with what is left. Without SITE, those are asked that were not
    asked lately. A host is called dead only when it was silent on two days.

    \b
    Examples:
      tinhuyen survey chodon babe
      tinhuyen survey --limit 50
      tinhuyen survey chodon --again --no-archives
      tinhuyen survey chodon --wayback http://127.0.0.1:8080/portal/
      tinhuyen survey chodon --wayback default

    \b
    Exit codes:
      0   all that was to be asked was
      1   something could not be asked: it is named; run it again later
      2   wrong usage or configuration, or an archive that is gone or damaged
    """
    from archive import Archive
    from tinhuyen.surveying import places_of, run

    if no_archives and wayback:
        raise Refused("--wayback or --no-archives: it is one or the other")
    named = () if no_archives else addresses(" ".join(wayback or (_WAYBACK,)))
    archives = [*{each.address: each for each in map(_archive, named)}.values()]
    chosen = [*require_sites(sites).values()] or [
        site for site in known_sites().values() if not site.demo
    ]
    settings = crawl_settings(db, overrides)
    plan = _plan(chosen, archives, db, again=again)
    if not sites:
        chosen = _of_plan(chosen, plan, limit)
        plan = _plan(chosen, archives, db, again=again)
    require_contact(plan.addresses)
    outcome = run(plan, archives, db, settings)
    with Archive.open(db, read_only=True) as archive:
        keys = {(site.key, url) for site in chosen for url in places_of(site)}
        rows = [row for row in archive.surveys.last() if (row["site"], row["url"]) in keys]
        holdings = archive.surveys.holdings()
    if as_json:
        _print_json(rows, holdings)
    else:
        _print(rows, plan, chosen)
    unasked = len(plan.hosts) - outcome.findings - len(outcome.left)
    lists = sum(map(len, plan.lists.values())) - outcome.holdings
    for url, why in outcome.left.items():
        _say(f"{url}: {sentence_or_as_it_stands(why, 'en')}")
    for (at, why), urls in outcome.unheard.items():
        of = urls[0] if len(urls) == 1 else f"{len(urls)} hosts, {urls[0]} among them"
        _say(f"{at}: {of}: {sentence_or_as_it_stands(why, 'en')}")
    if unasked or lists:
        _say(f"Not asked yet: {unasked} hosts, and {lists} lists of web archives. Run it again.")
    if unasked or lists or outcome.left or outcome.unheard:
        raise SystemExit(1)


def _archive(url: str) -> AnyWebArchive:

    try:
        return web_archive_at(url, datetime.now(UTC))
    except ValueError as error:
        raise Refused(f"--wayback {url}: {error}") from error


def _plan(
    sites: "Iterable[Site]", archives: list[AnyWebArchive], db: Path, *, again: bool
) -> "Plan":
    from archive import Archive
    from tinhuyen.surveying import planned

    surveys: dict[tuple[str, str], Mapping[str, Any]] = {}
    holdings: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    if db.exists():
        with Archive.open(db) as archive:
            surveys = {(row["site"], row["url"]): row for row in archive.surveys.last()}
            holdings = {
                (row["site"], row["url"], row["archive"]): row for row in archive.surveys.holdings()
            }
    return planned(sites, archives, surveys, holdings, again=again)


def _of_plan(sites: "list[Site]", plan: "Plan", limit: int | None) -> "list[Site]":
    """Return the sites of which something is to be asked, as many as are wanted."""
    asked = (plan.hosts, *plan.lists.values())
    keys = {site.key for questions in asked for each in questions for site in each.sites}
    return [site for site in sites if site.key in keys][:limit]


def _say(line: str) -> None:
    err().print(line, markup=False, highlight=False, soft_wrap=True)


def _print_json(rows: list[dict[str, Any]], holdings: list[dict[str, Any]]) -> None:
    for row in rows:
        of_it = (h for h in holdings if (h["site"], h["url"]) == (row["site"], row["url"]))
        row["is_dead"] = bool(row["is_dead"])
        row["asked_again_from"] = asked_again_at(row).isoformat().replace("+00:00", "Z")
        row["web_archives"] = [
            {name: value for name, value in h.items() if name not in ("site", "url")} for h in of_it
        ]
    click.echo(json.dumps(rows, ensure_ascii=False, indent=2))


def _print(rows: list[dict[str, Any]], plan: "Plan", sites: "list[Site]") -> None:
    if not rows:
        _say("Nothing is due; --again asks those that were asked lately, too.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("SITE", "HOST", "ASKED", "ANSWER", "SAYS", "CMS", "ARCHIVED", "BY WHAT"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(
            row["site"], _host(row["url"]), row["asked_at"][:10], _answer(row), said(row),
            row["cms"] or "", _archived(row), _evidence(row),
        )  # fmt: skip
    print_table(table, highlight=False)
    console = out()
    counts = Counter(row["says"] for row in rows)
    told = ", ".join(f"{counts[says]} {says}" for says in Says if counts[says])
    dead = sum(bool(row["is_dead"]) for row in rows)
    hosts = f"{len(rows)} {'host' if len(rows) == 1 else 'hosts'}"
    number = len({row["site"] for row in rows})
    console.print(f"\n{hosts} of {number} {'site' if number == 1 else 'sites'}: {told}"
                  f"{f'; {dead} dead' if dead else ''}", highlight=False)  # fmt: skip
    if not (plan.hosts or any(plan.lists.values())) and sites:
        console.print("Nothing was asked: all is known; --again asks once more.", highlight=False)


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path.rstrip('/')}"


def _answer(row: Mapping[str, Any]) -> str:
    answer = [f"HTTP {row['status']}"] if row["status"] else []
    if row["dns"] != NameAnswer.FOUND:
        answer.append(word(NameAnswer(row["dns"]), "en"))
    elif row["tls"] and row["tls"] != VALID:
        answer.append("broken certificate")
    return ", ".join(answer) or "none"


def said(row: Mapping[str, Any]) -> str:
    """Return what a host is, by the row of its last survey, in words."""
    says = Says(row["says"])
    if says != Says.SILENT:
        return word(says, "en") + (f" ({row['unit']})" if row["unit"] else "")
    since = str(row["silent_since"])[:10]
    if row["is_dead"]:
        return f"dead: silent since {since}"
    return f"silent since {since}; asked again from {asked_again_at(row).date()}"


def _archived(row: Mapping[str, Any]) -> str:
    if not row["archived"]:
        return "" if row["archived"] is None else "nothing"
    return f"{row['archived']:,} pages, {row['first_archived'][:10]} – {row['last_archived'][:10]}"


def _evidence(row: Mapping[str, Any]) -> str:
    told = [sentence_or_as_it_stands(row["evidence"], "en")]
    if row["tls"] and row["tls"] != VALID:
        told.append(sentence_or_as_it_stands(row["tls"], "en"))
    return "; ".join(told)
