"""``tinhuyen release``: an archive as of a day, to be cited and checked."""

import json
from pathlib import Path

import click

from archive import Archive
from curation.exporting.warc import SOFTWARE
from curation.release.describing import About
from curation.release.making import NothingError, for_a_program, make
from tinhuyen.bar import bars
from tinhuyen.cli import db_option
from tinhuyen.errors import concerning
from tinhuyen.terminal import err


@click.command("release")
@click.argument("dest", metavar="DIR", type=click.Path(path_type=Path))
@db_option
@click.option("--title", help="What it is called.")
@click.option(
    "--creator", "creators", multiple=True, default=(SOFTWARE,), show_default=True,
    help="Who is cited; may be given several times.",
)  # fmt: skip
@click.option("--license", "terms", metavar="URL", help="The terms under which it is given.")
@click.option("--doi", help="Its DOI, if it has one already: 10.5281/zenodo.1234.")
@click.option("--url", help="Where it is to be had.")
@click.option(
    "--sign", "key", metavar="KEY", type=click.Path(path_type=Path),
    help="Sign it with this private key of SSH.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the summary for a program.")
def command(
    dest: Path,
    db: Path,
    title: str | None,
    creators: tuple[str, ...],
    terms: str | None,
    doi: str | None,
    url: str | None,
    key: Path | None,
    as_json: bool,
) -> None:
    """Write the archive to the folder DIR as it can be cited, checked and given to anybody.

    It has the database, the articles as Parquet, the pages as WACZ, descriptions for people,
    catalogues and citation managers, and the digests of all of them: sha256sum -c SHA256SUMS.
    What is hidden is in none of it. The same archive always gives the same bytes.

    \b
    Examples:
      tinhuyen release tinhuyen-2026-03
      tinhuyen release --title "Tin huyện Mẫu" --creator "Thư viện tỉnh Mẫu" mau-2026-03
      tinhuyen release --sign ~/.ssh/id_ed25519 tinhuyen-2026-03

    \b
    Exit codes:
      0   done
      1   there is nothing to release, something could not be read and is left out, or DIR cannot
          be written
      2   wrong usage, or an archive that is gone or damaged
    """
    about = About(title, creators, terms, doi, url)
    with concerning(dest), Archive.open(db, read_only=True) as archive, bars(err()) as tell:
        try:
            made = make(archive, dest, about, key, tell)
        except NothingError as error:
            raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(for_a_program(made, dest), ensure_ascii=False, indent=2))
    else:
        counts = made.release.counts
        click.echo(
            f"{dest}: {counts['articles']} articles and {counts['captures']} captures, as of "
            f"{made.release.at}"
        )
        if counts["withheld"] or counts["captures withheld"]:
            click.echo(
                f"  {counts['withheld']} articles and {counts['captures withheld']} captures are "
                "withheld, and not in it"
            )
        for reason in made.release.left_out:
            click.echo(f"  left out: {reason}")
    if made.release.left_out:
        raise SystemExit(1)
