"""``tinhuyen owner``: whose a portal's host is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from archive import Archive, ArchiveError
from crawler.country import Unit, bodies_since, told_of_former
from crawler.vocabulary import Says
from tinhuyen.cli import db_option, known_sites, require_sites
from tinhuyen.errors import Refused
from tinhuyen.terminal import out


@click.command("owner")
@click.argument("site", metavar="SITE")
@click.option("--same", is_flag=True, help="It is the site's own, as before.")
@click.option(
    "--successor",
    metavar="KEY",
    help="It is this other site's by now; or that of the unit or the province with this code.",
)
@db_option
def command(site: str, same: bool, successor: str | None, db: Path) -> None:
    """Say whose the host of a site is.

    A crawl that finds none of the articles that are held, and others in their place, attributes
    nothing more to the site, and asks. "--same" lets crawls go on as before: what was found is the
    site's own. With "--successor" the site's crawls ask its host no more; what was found there is
    another body's, whose own crawl holds it. Web archives are asked for either all the same.
    What a survey has found of the host is told, too, with the code of the new commune, or of the
    province, that has it.

    \b
    Examples:
      tinhuyen owner chodon
      tinhuyen owner chodon --same
      tinhuyen owner chodon --successor xa_chodon
      tinhuyen owner chodon --successor 02020

    \b
    Exit codes:
      0   done, or there is nothing to say
      1   it is not known whose the host is
      2   wrong usage, or a damaged archive
    """
    if same and successor:
        raise Refused("--same or --successor: it is one or the other")
    if successor and successor in bodies_since():
        successor = _site_of(bodies_since()[successor])
    elif successor and (told := told_of_former(successor)):
        raise Refused(f"--successor {successor}: {told}")
    require_sites((site, successor) if successor else (site,))
    if site == successor:
        raise Refused(f"{site} is no successor of its own: say --same")
    if same or successor:
        with Archive.open(db) as archive:
            _require_known(archive, site)
            _answer(archive, site, successor)
        return
    with Archive.open(db, read_only=True) as archive:
        _require_known(archive, site)
        takeover = archive.owners.of(site)
        surveys = archive.surveys.last()
    place = known_sites()[site].base_url
    other = next((row for row in surveys if _is_other(row, site, place)), None)
    is_open = takeover is not None and takeover["answered_at"] is None
    if takeover is None and other:
        is_open, told = True, _surveyed(other)
    elif takeover is None:
        told = "nothing speaks for it that its host is another's"
    elif takeover["answered_at"] is None:
        told = takeover["message"]
    elif takeover["successor"]:
        told = f"{takeover['host']} is {takeover['successor']}'s since {takeover['since'][:10]}"
    else:
        told = f"{takeover['host']} is its own, as was said on {takeover['answered_at'][:10]}"
    out().print(f"{site}: {told}", markup=False, highlight=False, soft_wrap=True)
    if is_open:
        raise SystemExit(1)


def _is_other(survey: Mapping[str, Any], site: str, place: str) -> bool:
    return (survey["site"], survey["url"], survey["says"]) == (site, place, Says.OTHER)


def _surveyed(survey: Mapping[str, Any]) -> str:
    """Return what a survey found of a host that is another body's, and what to do."""
    told = f"its host is another body's, as of {survey['asked_at'][:10]}: {survey['evidence']}"
    if survey["unit"] is None:
        return f"{told}. Whose is it? --same, or --successor KEY"
    unit = bodies_since()[survey["unit"]]
    return f"{told}. If it is that of {unit.full_name}: --successor {unit.code}"


def _site_of(unit: Unit) -> str:
    """Return the site of a unit or a province; refuse one that has none."""
    found = next((site.key for site in known_sites().values() if site.unit == unit.code), None)
    if found is None:
        raise Refused(
            f"{unit.code}: no site is that of {unit.full_name} yet; "
            f"add it: tinhuyen add URL --unit {unit.code}"
        )
    return found


def _require_known(archive: Archive, site: str) -> None:
    if not archive.runs.is_known(site):
        raise ArchiveError(f"{archive.path}: {site} was never crawled into it")


def _answer(archive: Archive, site: str, successor: str | None) -> None:
    if successor:
        archive.owners.give(site, successor)
        click.echo(f"{site}: its host is {successor}'s; its crawls ask it no more")
    elif archive.owners.is_same(site):
        click.echo(f"{site}: its host is its own; its next crawl goes on")
    else:
        click.echo(f"{site}: nobody has asked whose its host is")
