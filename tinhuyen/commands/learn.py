"""``tinhuyen learn``: how a portal that nobody prepared is read, learnt from some of its pages."""

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text

from crawler.vocabulary import Field
from crawler.vocabulary.words import word
from tinhuyen.cli import db_option
from tinhuyen.errors import Refused
from tinhuyen.offers import FIELDS, POINTED
from tinhuyen.terminal import err, out, typed

if TYPE_CHECKING:
    from crawler.page import Page
    from crawler.profiles.learning import Pointed
    from crawler.profiles.profile import Profile
    from tinhuyen.learning import Learning
    from tinhuyen.sources import Source


_SHOWN = 5
"""Articles that are shown with and without what was learnt, and pages on which a rule fails."""


def _pointing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for each field that may be pointed at."""
    for name, what in reversed(POINTED.items()):
        told = f"What the {word(what, 'en')} is on one of the pages."
        command = click.option(f"--{name}", f"says_{what}", metavar="WORDS", help=told)(command)
    return command


@click.command("learn")
@click.argument("names", nargs=-1, required=True, metavar="SITE|URL|FILE...")
@_pointing
@click.option(
    "--field",
    "selectors",
    multiple=True,
    metavar="FIELD=SELECTOR",
    help="Where a field stands, by a CSS selector.",
)
@click.option(
    "--confirm",
    multiple=True,
    type=click.Choice([*FIELDS]),
    help="What is learnt of a field is right, and stays.",
)
@click.option("--since", metavar="DAY", help="Learn the template that the pages had on that day.")
@click.option(
    "--url", "base_url", metavar="URL", help="Where the folder of saved pages was served."
)
@click.option(
    "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write the profile there."
)
@click.option("--dry-run", is_flag=True, help="Show what is learnt, and write nothing.")
@click.option("--yes", is_flag=True, help="Ask nothing, also on a terminal.")
@db_option
def command(
    names: tuple[str, ...],
    selectors: tuple[str, ...],
    confirm: tuple[str, ...],
    since: str | None,
    base_url: str | None,
    output: Path | None,
    dry_run: bool,
    yes: bool,
    db: Path,
    **says: str | None,
) -> None:
    """Learn how the pages of a portal are read, and let it be put right.

    SITE is a district: it is learnt from what the archive holds of it; where that is nothing, its
    start page is asked for, and nine pages more, a second apart. With URLs of a portal these are
    asked for, and what they name, until there are ten. With FILES, pages that a browser or a
    program saved, web archives' files (WARC, ARC, WACZ), or folders of them, nothing is asked for.
    SITE may stand before URLs and files: then these are its pages.

    Five articles are shown as they are read with what was learnt and without. On a terminal each
    field is then asked for: Enter says that it is right; words of one of the pages, or a CSS
    selector, show where it stands. So do the options. What was pointed at or confirmed stays
    when the site is learnt again.

    The profile of a SITE is written beside the operator's sites, as profiles/SITE.toml, which
    keeps all that a person wrote in it; --since writes that of another time, such as
    profiles/SITE.2019-08-12.toml. Without SITE and --output it is printed. docs/families.md
    explains it.

    \b
    Examples:
      tinhuyen learn chodon
      tinhuyen learn https://huyen.example/ --output huyen.toml
      tinhuyen learn chodon --title "Xã Bản Mẫu khánh thành cầu mới" --date 14/06/2021
      tinhuyen learn chodon --field author=.tac-gia --confirm text
      tinhuyen learn chodon saved/ --url https://huyen.example/tin/
      tinhuyen learn chodon chodon-2019.warc.gz

    \b
    Exit codes: 0 something was learnt; 1 the pages teach nothing, or what they teach makes all
    articles one; 2 wrong usage, or no answer.
    """
    from crawler.profiles.learning.templates import template_of
    from crawler.profiles.profile import Profile
    from tinhuyen.entries import profile_file
    from tinhuyen.learning import Learning
    from tinhuyen.profiles import written_profile
    from tinhuyen.sources import of_one_template, source_of

    given = {Field(name.removeprefix("says_")): value for name, value in says.items() if value}
    pointed = _selectors(selectors)
    moment = _moment(since) if since else None
    if output is not None:
        _require_new(output)
    source = source_of(names, base_url)
    file = output or (profile_file(source.site.key, since) if source.site else None)
    known = (written_profile(file) if file and not output else None) or Profile(name=source.name)
    samples, others = of_one_template(source.samples(db), moment)
    learning = Learning(samples, known, source.site.cms if source.site else None)
    for name in POINTED.values():
        if name in given:
            learning.point(name, given[name])
    for name, selector in pointed.items():
        learning.select(name, selector)
    for called in confirm:
        learning.confirm_learnt(called)
    is_asked = not (yes or dry_run or given or pointed or confirm) and _is_terminal()
    if is_asked and learning.profile is None:
        _ask(learning, Field.TITLE)
    if learning.profile is None or not learning.articles():
        told = f"{source.name}: {len(samples)} pages teach nothing"
        err().print(f"{told}; name some of its articles, too, or --title of one.")
        raise SystemExit(1)
    out().print(_table(learning.articles(), learning.cms))
    for name in POINTED.values() if is_asked else ():
        _ask(learning, name)
    for one in learning.pointed.values() if not is_asked else ():
        _tell(one)
    if faults := learning.faults():
        for fault in faults:
            err().print(f"{source.name}: {fault}", style="red", highlight=False, soft_wrap=True)
        err().print("Nothing was written.")
        raise SystemExit(1)
    profile = replace(
        learning.profile,
        families_first=learning.is_read_by_family(),
        template=template_of(samples, others),
        since=since,
    )
    if file is None or dry_run:
        click.echo(f"\n{profile.to_toml()}", nl=False)
        return
    _write(file, profile, source, learning, db, is_elsewhere=output is not None)


def _selectors(given: Sequence[str]) -> dict[Field, str]:
    from crawler.profiles.profile import is_selector

    found = {}
    for one in given:
        name, _, selector = one.partition("=")
        if name not in FIELDS or not selector:
            known = ", ".join(FIELDS)
            raise Refused(f"--field {one}: must be FIELD=SELECTOR, of {known}")
        if not is_selector(selector):
            raise Refused(f"--field {one}: is no CSS selector: {selector!r}")
        found[FIELDS[name]] = selector
    return found


def _moment(since: str) -> datetime:
    from crawler.profiles.profile import Profile

    begins = Profile(name="", since=since).begins
    if begins.year < 1990:
        raise Refused(f'--since {since}: is no day, such as "2019-08-12"')
    return begins


def _require_new(output: Path) -> None:
    if output.exists():
        raise Refused(f"{output}: exists already; name another file, or remove it")
    if not output.parent.is_dir():
        raise Refused(f"{output}: its folder does not exist; make it first")


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _ask(learning: "Learning", name: Field) -> None:
    """Ask on the terminal whether a field is right, until it is."""
    from tinhuyen.learning import examples

    while True:
        rules = learning.profile.rules_for(name) if learning.profile else ()
        told = "; ".join(rule.told(1) for rule in rules) or "nothing was learnt of it"
        out().print(f"\n[bold]{word(name, 'en')}[/]", Text(told, style="dim"))
        for url, value in examples(learning, name):
            out().print(Text(f"  {value}"), Text(url, style="dim"), soft_wrap=True)
        keeps = "Enter: it is right" if rules else "Enter: there is none"
        answer = click.prompt(
            f"{keeps}; else its words on a page, or a selector", default="", show_default=False
        ).strip()
        if not answer:
            learning.confirm([name])
            return
        if not _is_taken(learning, name, answer):
            told = "no page says that where it may stand, and as a selector it finds nothing"
            err().print(f"{answer!r}: {told}", style="red", highlight=False, markup=False)
            continue
        _tell(learning.pointed[name])


def _is_taken(learning: "Learning", name: Field, answer: str) -> bool:
    """Whether an answer was of use: words of a field, or a selector."""
    from crawler.profiles.profile import is_selector

    for take in (learning.point, *([learning.select] if is_selector(answer) else ())):
        with suppress(Refused):
            take(name, answer)
            return True
    return False


def _tell(one: "Pointed") -> None:
    """Say where a rule does not hold that a person gave."""
    out().print(
        f"{word(one.field, 'en')}: {one.rule.selector}, on {one.rule.support} pages",
        highlight=False, markup=False,
    )  # fmt: skip
    for why, urls in (("finds nothing on", one.without), ("finds something else on", one.other)):
        if urls and one.is_worth_telling:
            several = f" and {len(urls) - _SHOWN} more" if len(urls) > _SHOWN else ""
            shown = "\n    ".join(urls[:_SHOWN])
            err().print(f"  {why}\n    {shown}{several}", highlight=False, soft_wrap=True)


def _write(
    file: Path,
    profile: "Profile",
    source: "Source",
    learning: "Learning",
    db: Path,
    *,
    is_elsewhere: bool,
) -> None:
    """Write a profile where it belongs, and say what it is good for."""
    from archive import write_whole
    from crawler.learner import are_of_one_template
    from tinhuyen.entries import write_all
    from tinhuyen.profiles import merged, written_profile

    if is_elsewhere:
        shown = learning.articles()[0][0]
        try:
            write_whole(file, profile.to_toml().encode("utf-8"))
        except OSError as error:
            raise Refused(f"{file}: cannot be written: {error.strerror}") from error
        command = typed("inspect", shown, "--profile", str(file))
        _tell_written(file, f"Try it: {command}")
        return
    assert source.site
    key, before = source.site.key, written_profile(file)
    if before and before.template and not are_of_one_template(before, profile) and profile.template:
        raise Refused(
            f"{file}: describes another template; say since when the pages look as they do: "
            f"{typed('learn', key, db=db)} --since DAY"
        )
    text = merged(file.read_text("utf-8"), profile) if before else profile.to_toml()
    write_all({file: text}, f"{key}: not written")
    _tell_written(
        file,
        f"The next crawl of {key} reads by it what it received before, "
        f"{typed('reread', key, db=db)} what is held.",
    )


def _tell_written(file: Path, told: str) -> None:
    out().print(f"\nWritten to {file}. {told}", markup=False, highlight=False, soft_wrap=True)


def _table(pages: "list[tuple[str, Page, Page]]", cms: str | None) -> Table:
    """Return articles side by side, as they are read with what was learnt and without."""
    from tinhuyen.learning import value_of

    table = Table(box=None, pad_edge=False)
    without = {(page.evidence.get("cms") or "").partition(":")[0] for _, _, page in pages}
    for name in ("", "learnt", f"without ({cms or ', '.join(sorted(without)) or 'generic'})"):
        table.add_column(Text(name), overflow="fold")
    for url, learnt, bare in pages[:_SHOWN]:
        table.add_row(Text(url, style="bold"))
        for name in (one for one in POINTED.values() if one != Field.NEXT_PAGE):
            row = [value_of(page.article, name) for page in (learnt, bare)]
            if any(row):
                shown = (Text(value or "–") for value in row)
                table.add_row(f"  {word(name, 'en')}", *shown)
    return table
