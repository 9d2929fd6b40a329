"""``tinhuyen learn``: how a portal that nobody prepared is read, learnt from some of its pages."""

from pathlib import Path
from urllib.parse import urljoin, urlsplit

import click
from rich.table import Table

from crawler.page import Page
from crawler.profiles.learning import Sample, learn, worth_asking
from crawler.profiles.learning.choosing import FEWEST_PAGES, ROUNDS
from crawler.profiles.profile import Profile
from crawler.readers import read_page
from crawler.spiders.probe import Fetch
from crawler.text.addresses import urlkey
from crawler.text.media_types import is_html
from crawler.vocabulary import PageKind
from tinhuyen.asking import probed, require_address, run_probe
from tinhuyen.errors import Refused
from tinhuyen.terminal import err, out

_SHOWN = 5
"""Articles that are shown with and without what was learnt."""


@click.command("learn")
@click.argument("urls", nargs=-1, required=True, metavar="URL…")
@click.option(
    "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write the profile there."
)
def command(urls: tuple[str, ...], output: Path | None) -> None:
    """Learn how the pages of a portal are read, from ten of them.

    URL is its start page; more of one host, such as listings and articles, teach more. What they
    name is asked for, a second apart, until there are ten pages. Five articles are shown as they
    are read with what was learnt and without, then the profile, which docs/families.md explains.

    \b
    Examples:
      tinhuyen learn https://huyen.example/
      tinhuyen learn https://huyen.example/ https://huyen.example/tin-tuc/ --output huyen.toml

    \b
    Exit codes: 0 something was learnt; 1 the pages teach nothing; 2 wrong usage, or no answer.
    """
    addresses = [require_address(url) for url in urls]
    if len({urlsplit(address).netloc for address in addresses}) > 1:
        raise Refused("these are of several hosts; a profile is learnt from one portal")
    if output is not None and output.exists():
        raise Refused(f"{output}: exists already; name another file, or remove it")
    if output is not None and not output.parent.is_dir():
        raise Refused(f"{output}: its folder does not exist; make it first")
    samples = _asked(addresses)
    host = urlsplit(addresses[0]).netloc
    profile = learn(samples, host)
    pages = _read(samples, profile)
    titles = {page.article.title for _, page, _ in pages if page.article}
    if profile is None or not pages or (len(pages) > 1 and len(titles) < 2):
        err().print(f"{host}: {len(samples)} pages teach nothing; name some of its articles, too.")
        raise SystemExit(1)
    out().print(_table(pages))
    if output is None:
        click.echo(f"\n{profile.to_toml()}", nl=False)
        return
    try:
        output.write_text(profile.to_toml(), "utf-8")
    except OSError as error:
        raise Refused(f"{output}: cannot be written: {error.strerror}") from error
    shown = pages[0][0]
    out().print(f"\nWritten to {output}. Try it: tinhuyen inspect {shown} --profile {output}")


def _asked(addresses: list[str]) -> list[Sample]:
    """Return the pages at some addresses, and what is worth asking for beside them."""
    samples: list[Sample] = []
    faults: list[str] = []

    async def work(fetch: Fetch) -> None:
        asked: set[str] = set()

        async def take(url: str) -> None:
            if urlkey(url) in asked or len(asked) >= FEWEST_PAGES:
                return
            asked.add(urlkey(url))
            answer = await fetch(url)
            if answer.reason:
                faults.append(f"{url}: {answer.reason}")
            elif answer.status == 200 and is_html(answer.content_type or "text/html"):
                samples.append(Sample(answer.url, answer.body, answer.content_type))

        for url in addresses:
            await take(url)
        for most in ROUNDS:
            for url in worth_asking(samples, most) if samples else ():
                await take(url)

    run_probe(probed(urljoin(addresses[0], "/")), work)
    if not samples:
        raise Refused(faults[0] if faults else f"{addresses[0]}: no page was answered")
    return samples


def _read(samples: list[Sample], profile: Profile | None) -> list[tuple[str, Page, Page]]:
    """Return the articles among pages, each as it is read with a profile and without."""
    found = []
    for one in samples:
        page = read_page(one.body, one.url, one.content_type, profile=profile)
        if page.kind == PageKind.ARTICLE:
            found.append((one.url, page, read_page(one.body, one.url, one.content_type)))
    return found


def _table(pages: list[tuple[str, Page, Page]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("", "title", "published", "words", "files"):
        table.add_column(name, overflow="fold")
    for url, learnt, without in pages[:_SHOWN]:
        table.add_row(url)
        for name, page in (("  learnt", learnt), ("  without", without)):
            article = page.article
            if article is None:
                table.add_row(name, f"({page.kind})")
                continue
            date = article.published_at.isoformat()[:16] if article.published_at else "unknown"
            words, files = len(article.body.split()), len(article.attachments)
            table.add_row(name, article.title, date, str(words), str(files))
    return table
