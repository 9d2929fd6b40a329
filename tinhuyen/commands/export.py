"""``tinhuyen export``: from our archive to the tools of others."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Literal

import click
from rich.console import Console

from archive import Archive
from archive.search.asked import Asked, understood
from archive.selection import Selected, Selection
from crawler.vocabulary.words import word
from curation.exporting import csv, jsonl, parquet, static, wacz, warc, wxr
from curation.exporting.output import (
    Exported,
    atomic_write,
    check_free,
    manifest_of,
)
from curation.folders import atomic_folder, require_free
from curation.progress import Tell
from tinhuyen.bar import bars
from tinhuyen.cli import db_option, require_sites
from tinhuyen.errors import Refused, concerning
from tinhuyen.terminal import err, out

Write = Callable[[Selected, BinaryIO, Tell], Exported]
STANDARD_OUTPUT = Path("-")
_WORDS = {
    "lost": "captures are known to be lost, and not in it",
    "undated": "articles are not in it, since the day of their publication is not known",
    "withheld": "more are withheld, or give what is withheld, and not in it",
    "written whole": "unchanged pages were written whole, since what they repeat is not in it",
    "pages": "articles to be found by title and text",
    "earlier texts": "earlier texts",
    "portals": "portals",
    "drafts": "of them are drafts, since the day of their publication is not known",
    "pictures and files": "pictures and files",
}


def _day(ctx: click.Context, option: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Refused(f"{value!r} is no day; write it as in 2020-01-31") from None


def _asked(ctx: click.Context, option: click.Parameter, value: str | None) -> Asked | None:
    """Return what is searched for; say what of it was left out."""
    if value is None:
        return None
    asked = understood(value)
    if not asked.wanted:
        raise Refused(f"--search {value!r}: there is no word in it to look for")
    for note in asked.notes:
        told = word(note.kind, "en").replace("{words}", note.words)
        err().print(f"--search: {told}", markup=False, highlight=False, soft_wrap=True)
    return asked


def _fields(ctx: click.Context, option: click.Parameter, value: str | None) -> tuple[str, ...]:
    return tuple(name for name in re.split(r"[,\s]+", value or "") if name)


def _options(
    days: str, *, into_folder: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add what all formats share to a command; *days* says what --from and --to choose by. What
    goes *into_folder* writes over nothing.
    """
    over = click.option("--force", is_flag=True, help="Write over an earlier export.")

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(
            (
                click.argument("dest", type=click.Path(path_type=Path)),
                click.argument("sites", nargs=-1, metavar="[SITE]..."),
                click.option(
                    "--from", "since", metavar="DAY", callback=_day, help=f"The first {days}."
                ),
                click.option(
                    "--to", "until", metavar="DAY", callback=_day, help=f"The last {days}."
                ),
                click.option(
                    "--search",
                    "asked",
                    metavar="WORDS",
                    callback=_asked,
                    help="Only articles that a search finds.",
                ),
                db_option,
                *(() if into_folder else (over,)),
                click.option(
                    "--json", "as_json", is_flag=True, help="Print the summary for a program."
                ),
            )
        ):
            command = option(command)
        return command

    return add


_captured = _options("day of capture, in UTC")
_withheld = click.option(
    "--withheld", "with_withheld", is_flag=True,
    help="Also captures that give what is hidden: not for others' eyes.",
)  # fmt: skip
_published = _options("day of publication, as the portal gives it")
_chosen = click.option(
    "--fields", metavar="A,B,…", callback=_fields, help="Only these fields, in this order.",
)  # fmt: skip


@click.group("export")
def command() -> None:
    """Write captures or articles to a file in a standard format.

    What was received goes to WARC or WACZ, for replay tools and other archives; articles go to
    JSON Lines, CSV or Parquet, to plain pages or WordPress. Beside a file its SHA-256 is written:
    sha256sum -c FILE.sha256. The same archive always gives the same bytes.
    """


@command.command("warc")
@_captured
@_withheld
def warc_command(dest: Path, **options: Any) -> None:
    """Write captures to a plain .warc.gz file.

    Every record is as it was kept, also of pages in quarantine. DEST must end in .warc.gz.

    \b
    Examples:
      tinhuyen export warc chodon.warc.gz chodon
      tinhuyen export warc first-half.warc.gz --from 2025-01-01 --to 2025-06-30

    \b
    Exit codes:
      0   done
      1   there is nothing to export, a capture could not be read and is left out, or the file
          could not be written
      2   wrong usage, or an archive that is gone or damaged
    """
    _require_name(dest, ".warc.gz")
    _export(warc.write, "captures", dest, **options)


@command.command("wacz")
@_captured
@_withheld
def wacz_command(dest: Path, **options: Any) -> None:
    """Write captures to a WACZ file, with an index and the articles' texts.

    Open it at replayweb.page, or with pywb. DEST must end in .wacz.

    \b
    Examples:
      tinhuyen export wacz chodon.wacz chodon
      tinhuyen export wacz --force all.wacz
      tinhuyen export wacz --search "đường liên xã" duong.wacz

    \b
    Exit codes:
      0   done
      1   there is nothing to export, a capture could not be read and is left out, or the file
          could not be written
      2   wrong usage, or an archive that is gone or damaged
    """
    _require_name(dest, ".wacz")
    _export(wacz.write, "captures", dest, **options)


@command.command("jsonl")
@_published
@_chosen
@click.option("--revisions", is_flag=True, help="Add the earlier texts of each article.")
def jsonl_command(dest: Path, revisions: bool, fields: tuple[str, ...], **options: Any) -> None:
    """Write articles to a JSON Lines file, with all that is known of them.

    The keys are the columns of the archive. With "-" as DEST they go to standard output.

    \b
    Examples:
      tinhuyen export jsonl articles.jsonl
      tinhuyen export jsonl --revisions chodon.jsonl chodon
      tinhuyen export jsonl --search '"đường liên xã"' --fields code,title,body duong.jsonl

    \b
    Exit codes:
      0   done
      1   there is nothing to export, or the file could not be written
      2   wrong usage, or an archive that is gone or damaged
    """
    _export(partial(jsonl.write, revisions=revisions, fields=fields), "articles", dest, **options)


@command.command("csv")
@_published
@_chosen
@click.option("--raw", is_flag=True, help="For programs: cells as they are, formulas and all.")
def csv_command(dest: Path, raw: bool, fields: tuple[str, ...], **options: Any) -> None:
    """Write articles to a CSV file that spreadsheets open.

    A cell that a spreadsheet would run as a formula begins with an apostrophe, but not with --raw,
    which leaves out the byte order mark, too. With "-" as DEST it goes to standard output.

    \b
    Examples:
      tinhuyen export csv articles.csv
      tinhuyen export csv --from 2020-01-01 --to 2020-12-31 2020.csv chodon

    \b
    Exit codes:
      0   done
      1   there is nothing to export, or the file could not be written
      2   wrong usage, or an archive that is gone or damaged
    """
    _export(partial(csv.write, raw=raw, fields=fields), "articles", dest, **options)


@command.command("parquet")
@_published
@_chosen
def parquet_command(dest: Path, fields: tuple[str, ...], **options: Any) -> None:
    """Write articles to an Apache Parquet file, with types and lists.

    It needs pyarrow: pip install 'tinhuyen[parquet]'.

    \b
    Examples:
      tinhuyen export parquet articles.parquet
      tinhuyen export parquet --db bac_kan.db bac_kan.parquet

    \b
    Exit codes:
      0   done
      1   there is nothing to export, or the file could not be written
      2   wrong usage, or an archive that is gone or damaged
    """
    _require_name(dest, ".parquet")
    _export(partial(parquet.write, fields=fields), "articles", dest, **options)


@command.command("static")
@_options("day of publication, as the portal gives it", into_folder=True)
def static_command(dest: Path, **options: Any) -> None:
    """Give portals back as plain pages, in a folder that a browser opens where it lies.

    DEST/index.html leads to lists by day and category and to each article, with its neighbours and
    the pictures and files that are held. No page has a script, or needs a server.

    \b
    Examples:
      tinhuyen export static chodon chodon
      tinhuyen export static --to 2020-12-31 truoc-2021

    \b
    Exit codes:
      0   done
      1   there is nothing to export, a file could not be read and is left out, or the folder could
          not be written
      2   wrong usage, or an archive that is gone or damaged
    """
    _export_folder(static.write, dest, **options)


@command.command("wxr")
@_published
def wxr_command(dest: Path, **options: Any) -> None:
    """Write articles to a file that WordPress imports: WordPress eXtended RSS.

    Articles without a day are drafts. DEST must end in .xml.

    \b
    Examples:
      tinhuyen export wxr chodon.xml chodon
      tinhuyen export wxr --from 2020-01-01 2020.xml

    \b
    Exit codes:
      0   done
      1   there is nothing to export, or the file could not be written
      2   wrong usage, or an archive that is gone or damaged
    """
    _require_name(dest, ".xml")
    _export(wxr.write, "articles", dest, **options)


def _require_name(dest: Path, suffix: str) -> None:
    if not dest.name.endswith(suffix) or dest.name == suffix:
        raise Refused(
            f"{dest}: other tools go by the name of a file; name one that ends in {suffix}"
        )


def _export(
    write: Write,
    what: Literal["captures", "articles"],
    dest: Path,
    sites: tuple[str, ...],
    since: date | None,
    until: date | None,
    asked: Asked | None,
    db: Path,
    force: bool,
    as_json: bool,
    with_withheld: bool = False,
) -> None:
    _require_selection(sites, since, until)
    streams = dest == STANDARD_OUTPUT
    if streams and as_json:
        raise Refused("--json prints to standard output, too; name a file instead of -")
    with (
        concerning(dest),
        Archive.open(db, read_only=True) as archive,
        bars(err()) as tell,
    ):
        if not streams:
            check_free(dest, archive, force=force)
        with archive.snapshot():
            selection = Selection(sites, since, until, asked)
            selected = Selected(archive, selection, with_withheld=with_withheld)
            _require_any(selected, what)
            if what == "articles":
                _tell_of_order(selected)
            with _opened(dest) as file:
                exported = write(selected, file, tell)
    if as_json:
        click.echo(json.dumps(_for_a_program(dest, exported), ensure_ascii=False, indent=2))
    else:
        to = "" if streams else f" to {dest}, {dest.stat().st_size:,} bytes"
        _print(err() if streams else out(), to, exported)
    if exported.left_out:
        raise SystemExit(1)


def _export_folder(
    write: Callable[[Selected, Path, Tell], Exported],
    dest: Path,
    sites: tuple[str, ...],
    since: date | None,
    until: date | None,
    asked: Asked | None,
    db: Path,
    as_json: bool,
) -> None:
    _require_selection(sites, since, until)
    require_free(dest)
    with (
        concerning(dest),
        Archive.open(db, read_only=True) as archive,
        bars(err()) as tell,
    ):
        if archive.folder.resolve() in dest.resolve().parents:
            raise Refused(f"{dest}: a part of the archive; name another folder")
        with archive.snapshot():
            selected = Selected(archive, Selection(sites, since, until, asked))
            _require_any(selected, "articles")
            with atomic_folder(dest) as folder:
                exported = write(selected, folder, tell)
    if as_json:
        click.echo(json.dumps(_counted(dest, exported), ensure_ascii=False, indent=2))
    else:
        _print(out(), f" to {dest / 'index.html'}", exported)
    if exported.left_out:
        raise SystemExit(1)


def _require_selection(sites: tuple[str, ...], since: date | None, until: date | None) -> None:
    require_sites(sites)
    if since and until and since > until:
        raise Refused(f"no day is from {since} to {until}")


def _require_any(selected: Selected, what: Literal["captures", "articles"]) -> None:
    """Say so where there is nothing to export, and write no file that looks like one."""
    if what == "captures" and not selected.count_captures():
        beside = {"lost": selected.lost(), "withheld": selected.withheld_captures()}
    elif what == "articles" and not selected.count_articles():
        beside = {"undated": selected.undated(), "withheld": selected.withheld_articles()}
    else:
        return
    but = "".join(f"; {number} {_WORDS[name]}" for name, number in beside.items() if number)
    raise click.ClickException(
        f"{selected.archive.path}: holds no {what}{selected.selection}{but}; nothing was written"
    )


def _tell_of_order(selected: Selected) -> None:
    """Say so where the articles that a search found could not be ranked."""
    if selected.selection.asked is not None and not selected.is_ranked:
        err().print(
            "--search: the index does not know the archive as it is, so that the articles come in "
            "the order of their numbers, not the best first; bring it up with: tinhuyen index",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip


@contextmanager
def _opened(dest: Path) -> Iterator[BinaryIO]:
    if dest != STANDARD_OUTPUT:
        with atomic_write(dest) as file:
            yield file
        return
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()  # what cannot be written is to be told of here


def _for_a_program(dest: Path, exported: Exported) -> dict[str, Any]:
    return {
        "bytes": dest.stat().st_size,
        "sha256": manifest_of(dest).read_text("utf-8").lstrip("\\")[:64],
        **_counted(dest, exported),
    }


def _counted(dest: Path, exported: Exported) -> dict[str, Any]:
    return {
        "file": str(dest),
        **{what.replace(" ", "_"): number for what, number in exported.counts.items()},
        "left_out": exported.left_out,
    }


def _print(console: Console, to: str, exported: Exported) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    counts = dict(exported.counts)
    what = next(name for name in ("captures", "articles") if name in counts)
    say(f"Wrote {counts.pop(what)} {what}{to}.")
    for name, number in counts.items():
        say(f"  {number} {_WORDS[name]}")
    for reason in exported.left_out:
        say(f"  left out: {reason}")
