"""``tinhuyen accept``: pages that were set aside, and are articles."""

from pathlib import Path

import click

from tinhuyen.cli import db_option, known_sites


@click.command("accept")
@click.argument("captures", nargs=-1, required=True, type=click.IntRange(1), metavar="CAPTURE...")
@db_option
def command(captures: tuple[int, ...], db: Path) -> None:
    """Make pages in quarantine the articles of their addresses.

    CAPTURE is a number that "tinhuyen quarantine" lists. The page is read again; its text stands
    from the time at which it was received, and what was shown before is an earlier revision.

    \b
    Examples:
      tinhuyen accept 1204 1377

    \b
    Exit codes:
      0   done
      1   some cannot be accepted
      2   wrong usage, or an archive that is gone or damaged
    """
    from archive import Archive
    from curation.quarantine import NotAcceptedError, accept

    refused = False
    sites = known_sites()
    with Archive.open(db) as archive:
        for capture_id in captures:
            try:
                accepted = accept(archive, sites, capture_id)
            except NotAcceptedError as error:
                refused = True
                click.echo(f"capture {capture_id}: {error}", err=True)
            else:
                click.echo(f"capture {capture_id}: {accepted.outcome}: {accepted.url}")
    if refused:
        raise SystemExit(1)
