"""``tinhuyen inspect``: what a reader sees in a page, and by which rule."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text

from crawler.text.citations import citations
from crawler.vocabulary import PageKind
from tinhuyen.cli import db_option, require_sites
from tinhuyen.errors import Refused
from tinhuyen.offers import FAMILIES
from tinhuyen.terminal import out

if TYPE_CHECKING:
    from crawler.lessons import KeptProfile
    from crawler.page import Page
    from crawler.profiles.profile import Profile
    from crawler.sites import Site


_SHOWN = 400
"""Characters of the text that are shown at a glance."""


@click.command("inspect")
@click.argument("page", metavar="URL_OR_FILE")
@click.option("--url", metavar="URL", help="The address that a file was served from.")
@click.option(
    "--cms", type=click.Choice(list(FAMILIES)), help="The reader to try first, as in a site's TOML."
)
@click.option(
    "--profile",
    "profile_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A profile, tried before all readers: TOML as docs/families.md tells.",
)
@click.option("--site", metavar="SITE", help="Read it as a crawl of this site reads it today.")
@db_option
@click.option("--json", "as_json", is_flag=True, help="Print all that was read, for a program.")
def command(
    page: str,
    url: str | None,
    cms: str | None,
    profile_file: Path | None,
    site: str | None,
    db: Path,
    as_json: bool,
) -> None:
    """Show what is read in a page, and by which rule.

    The page is an address, which is asked for once, or a file (HTML, or HTML in gzip), for which
    --url tells where it was served; without it, what the page calls its own address is taken.
    The article is shown as it would be stored: clean. With --site it is read by the site's cms and
    by its profiles: those beside the sites, and those that the archive has learnt.

    \b
    Examples:
      tinhuyen inspect https://chodon.backan.gov.vn/tin-tuc/bai-viet/
      tinhuyen inspect saved.html --url https://chodon.backan.gov.vn/tin-tuc/bai-viet/
      tinhuyen inspect saved.html --profile huyen.toml --json
      tinhuyen inspect https://chodon.backan.gov.vn/tin-tuc/bai-viet/ --site chodon

    \b
    Exit codes: 0 an article was read; 1 the page is something else; 2 there is no such page.
    """
    from pipelines.tidy import tidy
    from tinhuyen.profiles import required_profile

    profiles: tuple[Profile, ...] = (required_profile(profile_file),) if profile_file else ()
    if site and (cms or profile_file):
        raise Refused("--site says by what a page is read; leave out --cms and --profile")
    if site:
        (of,) = require_sites((site,)).values()
        cms, profiles = of.cms, _profiles(of, db)
    read, where = _read(page, url, cms, profiles)
    read, _ = tidy(read)
    if as_json:
        click.echo(json.dumps(_as_dict(read, where), ensure_ascii=False, indent=2, default=_plain))
    else:
        out().print(_table(read, where))
    if read.kind != PageKind.ARTICLE:
        raise SystemExit(1)


def _profiles(site: "Site", db: Path) -> "tuple[Profile, ...]":
    """Return the profiles by which a site's pages are read today, the likeliest first."""
    from archive import Archive
    from crawler.profiles.periods import Profiles

    kept: tuple[KeptProfile, ...] = ()
    if db.exists():
        with Archive.open(db, read_only=True) as archive:
            kept = archive.lessons.profiles(site.key)
    return Profiles.kept(site.profiles, kept).at(datetime.now(UTC))


def _read(
    page: str, url: str | None, cms: str | None, profile: "Sequence[Profile]"
) -> "tuple[Page, str]":
    """Return what is read in a page, and the address that it was read as."""
    from crawler.readers import read_page
    from tinhuyen.asking import ask, is_address, require_address
    from tinhuyen.saved import ANYWHERE, own_address, read_saved

    now = datetime.now(UTC)
    path = Path(page)
    if "://" not in page and path.exists():
        body = read_saved(path)
        where = require_address(url) if url else own_address(body) or ANYWHERE
        return read_page(body, where, None, cms, now, profile), where
    if not is_address(page):
        raise Refused(f"{page}: no such file, and no address; one begins with https://")
    answer = ask(require_address(page))
    if answer.reason:
        raise Refused(f"{answer.url}: {answer.reason}")
    read = read_page(answer.body, answer.url, answer.content_type, cms, now, profile)
    return read, answer.url


def _plain(value: object) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _as_dict(page: "Page", where: str) -> dict[str, Any]:
    told = {"url": where} | asdict(page) | {"evidence": dict(page.evidence)}
    if page.article:
        told["article"]["body"] = page.article.body
        told["article"]["body_html"] = page.article.body_html
        told["citations"] = [asdict(citation) for citation in _citations(page)]
    return told


def _citations(page: "Page") -> list[Any]:
    assert page.article
    parts = (page.article.title, page.article.lead, page.article.body)
    return citations("\n\n".join(filter(None, parts)))


def _table(page: "Page", where: str) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold", ratio=3)
    table.add_column(style="dim", overflow="fold", ratio=1)
    rules = page.evidence

    def row(name: str, value: object, rule: str | None = None) -> None:
        if value not in (None, "", []):
            table.add_row(name, Text(str(value)), Text(rule or ""))

    row("address", where)
    row("kind", page.kind, rules.get("kind"))
    row("cms", rules.get("cms", "none that is known").partition(":")[0], _sign(rules.get("cms")))
    row("charset", page.charset)
    if article := page.article:
        row("title", article.title, rules.get("title"))
        row("lead", article.lead, rules.get("lead"))
        sure = f"  ({article.published_confidence})" if article.published_confidence else ""
        row("published", f"{article.published_at or 'unknown'}{sure}", article.published_by)
        row("  written as", article.published_raw)
        row("modified", article.modified_at, rules.get("modified_at"))
        row("author", article.author, rules.get("author"))
        row("source", article.source, rules.get("source"))
        row("category", article.category, rules.get("category"))
        row("tags", ", ".join(article.tags), rules.get("tags"))
        row("language", article.language, rules.get("language"))
        text = article.body
        row("text", f"{len(text.split())} words: {_cut(text)}", rules.get("content"))
        row("pictures", "\n".join(image.url for image in article.images))
        row("files", "\n".join(file.url for file in article.attachments))
        row("cites", "\n".join(dict.fromkeys(c.text for c in _citations(page))))
    row("older", page.prev_url, rules.get("prev_url"))
    row("newer", page.next_url, rules.get("next_url"))
    row("its own address", page.canonical_url, rules.get("canonical_url"))
    row("parts", "\n".join(page.parts), rules.get("parts"))
    row("links to articles", _cut("\n".join(page.links)), rules.get("links"))
    row("next page", page.next_page_url, rules.get("next_page_url"))
    return table


def _sign(told: str | None) -> str | None:
    return told.partition(": ")[2] if told else None


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN].rstrip() + " …"
