"""``tinhuyen hide``: what is not to be seen, and seen again."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console

from archive import Archive, NotHiddenError, Takedown
from crawler.text.addresses import absolute
from crawler.vocabulary import Grade
from crawler.vocabulary.words import word
from tinhuyen.cli import db_option
from tinhuyen.errors import Refused
from tinhuyen.terminal import out

_NOT_CLEARED = (
    "but bytes of the text may be left in {db}, for somebody reads or writes, or the disk has no "
    "room for it twice; to try again: tinhuyen hide --clear"
)


@click.command("hide")
@click.argument("targets", nargs=-1, metavar="[CODE|URL]...")
@db_option
@click.option(
    "--grade",
    type=click.Choice([grade.value for grade in Grade]),
    default=Grade.TEXT.value,
    show_default=True,
    help="What is hidden: nothing, but it is marked; the text; all.",
)
@click.option("--reason", help="Why; readers are shown it.")
@click.option("--by", help="Who decided; readers may find it.")
@click.option("--undo", is_flag=True, help="Show again what is hidden.")
@click.option("--clear", is_flag=True, help="Leave no byte of what is hidden in the archive.")
@click.option("--all", "with_lifted", is_flag=True, help="List those that were lifted, too.")
@click.option("--json", "as_json", is_flag=True, help="Print the list for a program.")
def command(
    targets: tuple[str, ...],
    db: Path,
    grade: str,
    reason: str | None,
    by: str | None,
    undo: bool,
    clear: bool,
    with_lifted: bool,
    as_json: bool,
) -> None:
    """Take articles out of sight, or addresses with all that is or comes there.

    The text leaves the archive for withheld.db beside it, which nothing serves; search, questions
    in SQL and exports do not find it any more. It holds for later crawls and imports, too. Without
    CODE or URL what is hidden is listed.

    \b
    Examples:
      tinhuyen hide c7k2m9x4q1w8z --reason "theo yêu cầu của người được nêu tên"
      tinhuyen hide https://chodon.example/tin/119.html --grade all --reason "dữ liệu cá nhân"
      tinhuyen hide
      tinhuyen hide c7k2m9x4q1w8z --undo

    \b
    Exit codes:
      0   done
      1   some cannot be hidden or shown, or bytes of it may be left in the archive's file
          or in the index of search
      2   wrong usage, or an archive that is gone or damaged
    """
    console = out()
    if not targets and not clear:
        if undo or reason:
            raise Refused("name what to hide or show: the code of an article, or an address")
        with Archive.open(db, read_only=True) as archive:
            _list(console, archive.withheld.takedowns(in_force=not with_lifted), as_json)
        return
    if targets and not undo and not (reason or "").strip():
        raise Refused('readers are told why something is hidden: give --reason "..."')
    targets = tuple(map(_checked, targets))
    with Archive.open(db) as archive:
        failed = False
        for target in targets:
            try:
                if undo:
                    _show(archive, target, by)
                else:
                    _hide(archive, target, Grade(grade), (reason or "").strip(), by)
            except NotHiddenError as error:
                failed = True
                click.echo(str(error), err=True)
        if not archive.withheld.clear():
            raise click.ClickException(
                (_NOT_CLEARED if targets else _NOT_CLEARED.removeprefix("but ")).format(db=db)
            )
    if failed:
        raise SystemExit(1)


def _checked(target: str) -> str:
    """Return an address in the form in which it is asked for, and a code as it is."""
    if "://" not in target:
        return target
    address = absolute(target, target)
    if address is None:
        raise Refused(f"{target!r} is no address; it begins with https:// or http://")
    return address


def _hide(archive: Archive, target: str, grade: Grade, reason: str, by: str | None) -> None:
    twins = archive.withheld.twins(target)
    takedown = archive.withheld.hide(target, grade, reason, by=by)
    in_force = archive.withheld.takedowns()
    if takedown.held_as:
        grades = [each.grade for each in in_force if each.code == takedown.code]
        furthest = max([grade, *grades], key=lambda each: each.rank)
        click.echo(f"{takedown.code}: {_degree(furthest)}: {takedown.held_as}")
        if furthest != grade:
            click.echo("  an earlier takedown goes further; --undo lifts all of them")
    else:
        click.echo(f"{target}: no article is held there; one that comes is {_degree(grade)}")
    hidden = {each.code for each in in_force}
    for code, url in twins:
        if code not in hidden:
            click.echo(f"  the same text is held as {code}, {url}, which stays as it is")
        elif code != takedown.code:  # an address hides what all bodies had there
            click.echo(f"  with the same text of another body: {code}")


def _show(archive: Archive, target: str, by: str | None) -> None:
    lifted = archive.withheld.show(target, by=by)  # an article may have been hidden several times
    shown = dict.fromkeys((each.code, each.held_as) for each in lifted if each.held_as)
    for code, where in shown:
        click.echo(f"{code}: shown again: {where}")
    if not shown:
        click.echo(f"{target}: no article is held there; one that comes is shown")


def _degree(grade: Grade) -> str:
    return f"shown {word(grade, 'en')}"


def _list(console: Console, takedowns: list[Takedown], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([asdict(each) for each in takedowns], ensure_ascii=False, indent=2))
        return
    for takedown in takedowns:
        by = f" ({takedown.by})" if takedown.by else ""
        where = takedown.held_as or f"{takedown.url} (no article is held there)"
        lines = [
            f"{takedown.at}  {word(takedown.grade, 'en'):16}  {takedown.code or '':13}  {where}",
            f"    {takedown.reason}{by}",
        ]
        if takedown.lifted_at:
            lifted_by = f" ({takedown.lifted_by})" if takedown.lifted_by else ""
            lines.append(f"    shown again {takedown.lifted_at}{lifted_by}")
        elif not takedown.is_cleared:
            lines.append("    bytes of it may be left in the file: tinhuyen hide --clear")
        for line in lines:
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    if not takedowns:
        console.print("Nothing is hidden.")
