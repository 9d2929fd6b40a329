"""``tinhuyen review``: a sample of articles, held against their pages by a person."""

import getpass
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from archive import Archive
from crawler.vocabulary import Reviewed
from crawler.vocabulary.words import word
from tinhuyen.cli import db_option, require_sites
from tinhuyen.errors import Refused
from tinhuyen.terminal import out, typed

_FIRST, _LAST = 120, 40
"""How many words of a long text are shown of its beginning, and of its end."""
NOTHING_LEFT = "No article is left that has a page in the archive and was not reviewed."
_SKIP, _QUIT = "skip", "quit"
_SHOWN = ("code", "site", "url", "title", "published_at", "published_by", "author", "read_from")


@click.command("review")
@click.argument("number", required=False, metavar="[N]")
@click.argument("site", required=False)
@db_option
@click.option("--by", metavar="NAME", help="Who reviews; stored.  [default: your user's name]")
@click.option(
    "--found",
    nargs=2,
    type=(str, click.Choice(list(map(str, Reviewed)))),
    multiple=True,
    metavar="CODE VERDICT",
    help="Keep a verdict on an article as it reads now; several, if given several times.",
)
@click.option(
    "--room",
    default="http://127.0.0.1:8001/",
    show_default=True,
    metavar="URL",
    help="Where the reading room is.",
)
@click.option("--json", "as_json", is_flag=True, help="Print sample or shares for a program.")
def command(
    number: str | None,
    site: str | None,
    db: Path,
    by: str | None,
    found: tuple[tuple[str, Reviewed], ...],
    room: str,
    as_json: bool,
) -> None:
    """Show N articles at random, and keep what you find who hold them against their pages.

    Each is "right", or has one worst fault: "title", "date", "author", "text" (something is
    missing, or something is in it that is not of the article), or its page is "no article". The
    beginning of the word will do. Without N it is told what was found so far: which share is right,
    and how sure that is.

    \b
    Examples:
      tinhuyen review 20 chodon --by operator
      tinhuyen review 20 --json
      tinhuyen review --found c7k2m9x4q1w8z date --by operator
      tinhuyen review
      tinhuyen review chodon

    \b
    Exit codes:
      0   done
      1   there is no such article, or none left to review
      2   wrong usage, or an archive that is gone or damaged
    """
    if number is not None and site is None and not number.isdecimal():
        number, site = None, number
    if number is not None and not (number.isdecimal() and int(number)):
        raise Refused(f"{number!r} is no number of articles")
    if found and number is not None:
        raise Refused("N shows articles, --found keeps what was found: it is one or the other")
    if site is not None:
        require_sites((site,))
    if found:
        _keep_all(db, found, by or getpass.getuser())
    elif number is None:
        _tell(db, site, as_json)
    else:
        _review(db, int(number), site, by or getpass.getuser(), room, as_json)


def _review(db: Path, number: int, site: str | None, by: str, room: str, as_json: bool) -> None:
    asked = not as_json and _is_asked()
    with Archive.open(db, read_only=not asked) as archive:
        sample = archive.reviews.sample(number, site)
        if as_json:
            told = [_as_told(article, room) for article in sample]
            click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        for place, article in enumerate(sample, 1):
            if as_json:
                break
            _show(article, f"{place} of {len(sample)}", room)
            if not asked:
                continue
            if (verdict := _answer()) == _QUIT:
                break
            if verdict != _SKIP:
                now = datetime.now(UTC)
                archive.reviews.add(article["code"], article["digest"], Reviewed(verdict), by, now)
        if not asked and not as_json and sample:
            command = typed("review", "--found", "CODE", "VERDICT", "--by", "NAME", db=db)
            click.echo(f"To keep what you find: {command}")
        if asked:
            click.echo(archive.reviews.sampled(site)[0].in_words())
    if not sample:
        click.echo(NOTHING_LEFT, err=True)
        raise SystemExit(1)


def _is_asked() -> bool:
    """Whether there is a person who can answer."""
    return sys.stdin.isatty()


def _answer() -> str:
    """Return a verdict, or what else may be said, as soon as one was given that is one of them."""
    words = [*map(str, Reviewed), _SKIP, _QUIT]
    while True:
        said = click.prompt(f"[{'/'.join(words)}]", prompt_suffix=" ").strip().lower()
        meant = [each for each in words if each.startswith(said)]
        if len(meant) == 1:
            return meant[0]
        click.echo(f"{said!r} may be {' or '.join(meant) if meant else 'none of these'}")


def _keep_all(db: Path, found: Sequence[tuple[str, Reviewed]], by: str) -> None:
    strange = False
    with Archive.open(db) as archive:
        for code, verdict in found:
            digest = archive.reviews.digest(code)
            if digest is None:
                strange = True
                click.echo(f"{code}: no article that can be seen has this code", err=True)
                continue
            archive.reviews.add(code, digest, Reviewed(verdict), by, datetime.now(UTC))
            click.echo(f"{code}: {word(Reviewed(verdict), 'en')}")
    if strange:
        raise SystemExit(1)


def _tell(db: Path, site: str | None, as_json: bool) -> None:
    with Archive.open(db, read_only=True) as archive:
        sampled = archive.reviews.sampled(site)
    if as_json:
        told = [each.as_dict() for each in sampled]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for each in sampled:
        place = each.site or "all sites"
        out().print(f"{place}: {each.in_words()}", markup=False, highlight=False, soft_wrap=True)


def _as_told(article: Mapping[str, Any], room: str) -> dict[str, Any]:
    """Return what of an article a program is told."""
    told = {name: article[name] for name in (*_SHOWN, "lead", "body", "digest")}
    return told | dict(zip(("page", "capture"), _addresses(article, room), strict=True))


def _show(article: Mapping[str, Any], place: str, room: str) -> None:
    page, capture = _addresses(article, room)
    told = {
        "title": article["title"],
        "day": f"{article['published_at'] or 'none'} ({article['published_by'] or 'not found'})",
        "author": article["author"] or "none",
        "address": article["url"],
        "read as": article["read_from"],
        "page": page,
        "received": capture,
        "text": _shortened("\n".join(filter(None, (article["lead"], article["body"])))),
    }
    console = out()
    console.rule(f"{place}: {article['code']}, {article['site']}", align="left")
    for name, value in told.items():
        console.print(f"{name:9} {value}", markup=False, highlight=False, soft_wrap=True)


def _addresses(article: Mapping[str, Any], room: str) -> tuple[str, str]:
    """Return where the reading room has an article, and its page as it was received."""
    base = f"{room.rstrip('/')}/archive"
    return f"{base}/articles/{article['id']}", f"{base}/captures/{article['capture_id']}"


def _shortened(text: str) -> str:
    words = text.split()
    if len(words) <= _FIRST + _LAST:
        return text
    left = len(words) - _FIRST - _LAST
    return f"{' '.join(words[:_FIRST])} [… {left} words …] {' '.join(words[-_LAST:])}"
