"""``tinhuyen owner``: whose a portal's host is."""

from pathlib import Path

import click

from archive import Archive, ArchiveError
from tinhuyen.cli import db_option, require_sites
from tinhuyen.errors import Refused
from tinhuyen.terminal import out


@click.command("owner")
@click.argument("site", metavar="SITE")
@click.option("--same", is_flag=True, help="It is the site's own, as before.")
@click.option("--successor", metavar="KEY", help="It is this other site's by now.")
@db_option
def command(site: str, same: bool, successor: str | None, db: Path) -> None:
    """Say whose the host of a site is.

    A crawl that finds none of the articles that are held, and others in their place, attributes
    nothing more to the site, and asks. "--same" lets crawls go on as before: what was found is the
    site's own. With "--successor" the site's crawls ask its host no more; what was found there is
    another body's, whose own crawl holds it. Web archives are asked for either all the same.

    \b
    Examples:
      tinhuyen owner chodon
      tinhuyen owner chodon --same
      tinhuyen owner chodon --successor xa_cho_don

    \b
    Exit codes:
      0   done, or there is nothing to say
      1   it is not known whose the host is
      2   wrong usage, or a damaged archive
    """
    if same and successor:
        raise Refused("--same or --successor: it is one or the other")
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
    if takeover is None:
        told = "nothing speaks for it that its host is another's"
    elif takeover["answered_at"] is None:
        told = takeover["message"]
    elif takeover["successor"]:
        told = f"{takeover['host']} is {takeover['successor']}'s since {takeover['since'][:10]}"
    else:
        told = f"{takeover['host']} is its own, as was said on {takeover['answered_at'][:10]}"
    out().print(f"{site}: {told}", markup=False, highlight=False, soft_wrap=True)
    if takeover is not None and takeover["answered_at"] is None:
        raise SystemExit(1)


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
