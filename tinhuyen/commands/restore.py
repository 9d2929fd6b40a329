"""``tinhuyen restore``: a backup, back as an archive."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from archive import utc
from curation.backup.places import store_at
from curation.backup.restoring import chosen, restore
from tinhuyen.bar import bars
from tinhuyen.errors import Refused, concerning
from tinhuyen.terminal import err, typed

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _at(ctx: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    """Read a day, of which the end is meant, or a time; UTC unless it says otherwise."""
    if not value:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(f"{value!r} is no time; write it as in 2026-01-31") from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at + timedelta(days=1, seconds=-1) if _DAY.fullmatch(value) else at


@click.command("restore")
@click.argument("source", metavar="FROM")
@click.argument("to", metavar="TO", type=click.Path(path_type=Path))
@click.option(
    "--at", metavar="DAY", callback=_at,
    help="Restore the newest backup of this day or before, or of a time as 2026-01-31T12:00.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print what was done for a program.")
def command(source: str, to: Path, at: datetime | None, as_json: bool) -> None:
    """Bring a backup back from FROM into the folder TO, which must be empty or not there.

    All of it is as it was when the backup was made; every byte is held against its digest. TO gets
    its name when all is there.

    \b
    Examples:
      tinhuyen restore /mnt/backup/tinhuyen restored
      tinhuyen restore --at 2026-01-31 s3://my-bucket/tinhuyen restored

    \b
    Exit codes:
      0   done
      1   FROM cannot be reached, or TO cannot be written
      2   wrong usage, or a backup that is damaged
    """
    store = store_at(source)
    name = chosen(store, at)
    with concerning(to), bars(err()) as tell:
        manifest = restore(store, name, to, tell)
    db = to / manifest.files[0].path
    if as_json:
        report = {
            "archive": str(db), "backup": name, "at": utc(manifest.made_at),
            "articles": manifest.articles, "captures": manifest.captures,
            "damaged": manifest.damaged,
        }  # fmt: skip
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    click.echo(
        f"{db}: {manifest.articles} articles and {manifest.captures} captures, as of "
        f"{utc(manifest.made_at)}; to check it: {typed('verify', db=db)}"
    )
    for line in manifest.damaged:
        click.echo(f"  was damaged when it was copied: {line}")
