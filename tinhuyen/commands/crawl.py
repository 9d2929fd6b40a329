"""``tinhuyen crawl``: from the portals to the archive."""

import gc
import json
import logging
import os
from asyncio import Task
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from errno import EADDRINUSE
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import click
from rich.console import Console
from rich.logging import RichHandler
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.settings import Settings

from archive import Archive
from crawler.sites import Site
from crawler.text.addresses import absolute
from crawler.vocabulary import RunOutcome
from crawler.web_archives.kinds import addresses, web_archive_at
from demo.district import NAME as DISTRICT
from demo.portal import Portal
from demo.server import serving
from tinhuyen.cli import db_option, known_sites, require_contact, require_sites
from tinhuyen.errors import Refused, in_a_line
from tinhuyen.process import CrawlProcess
from tinhuyen.progress import CrawlProgress
from tinhuyen.settings import crawl_settings
from tinhuyen.summary import Summary, print_summaries
from tinhuyen.terminal import err

_MOST_TOLD = 200
"""Characters of a message of Scrapy's, which may hold a whole page."""


@click.command("crawl")
@click.argument("sites", nargs=-1, metavar="[SITE]...")
@db_option
@click.option("--full", is_flag=True, help="Visit again what is held, to find what has changed.")
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="Stop each site after about N articles."
)
@click.option(
    "--rescue", is_flag=True, help="Take the whole articles that REST gives first, 100 a request."
)
@click.option("--media", is_flag=True, help="Keep the pictures and files of articles, too.")
@click.option(
    "--wayback",
    "web_archives",
    multiple=True,
    metavar="URL",
    help="Ask this web archive in place of the portal, which is gone; several, in this order. "
    'The word "default" names those that have most.',
)
@click.option("--url", metavar="URL", help="Start from this article or listing of a site.")
@click.option(
    "-s",
    "--set",
    "overrides",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change a setting for this crawl, as in scrapy crawl -s.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary for a program.")
@click.option("-v", "--verbose", is_flag=True, help="Show Scrapy's log.")
def command(
    sites: tuple[str, ...],
    db: Path,
    full: bool,
    rescue: bool,
    media: bool,
    limit: int | None,
    web_archives: tuple[str, ...],
    url: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
    verbose: bool,
) -> None:
    """Crawl districts into the archive: what is new and what is still waiting.

    SITE is a name that "tinhuyen sites" lists. Without one, those are crawled that somebody has
    described in a TOML file, but for the demo: not the whole country, of which "tinhuyen sites"
    lists what the map alone knows, too. A crawl may be ended at any time (Ctrl-C) and goes on where
    it was when it is run again.

    \b
    Examples:
      tinhuyen crawl demo
      tinhuyen crawl chodon --limit 20
      tinhuyen crawl chodon --media
      tinhuyen crawl --db bac_kan.db chodon babe
      tinhuyen crawl chodon --wayback https://web.archive.org/
      tinhuyen crawl chodon babe --wayback default
      tinhuyen crawl chodon -s DOWNLOAD_TIMEOUT=180

    \b
    Exit codes:
      0   done
      1   ended, but something is missing: the summary and the table "problems" say what
      2   wrong usage or configuration, or an archive that is gone or damaged
      75  another crawl of a site is running; nothing was done for it
    """
    chosen = _choose(sites, url)
    _refuse_doubtful(chosen)
    settings = crawl_settings(db, overrides)
    wayback = _checked_wayback(web_archives, rescue=rescue)
    if db.exists() or not db.parent.is_dir():
        _require_writable(db)  # what was typed is looked at before what was set up once
    require_contact(wayback or (url for site in chosen for url in site.places))
    _require_writable(db)
    console = err()
    with ExitStack() as stack:
        elsewhere = {
            site.key: stack.enter_context(_demo_portal(site, console))
            for site in chosen
            if site.demo and not wayback
        }
        arguments = {
            "url": url, "limit": limit, "full": full, "rescue": rescue, "media": media,
            "wayback": " ".join(wayback),
        }  # fmt: skip
        asked = {name: value or "" for name, value in arguments.items()}
        summaries = _crawl(chosen, settings, console, verbose, elsewhere, **asked)
    if as_json:
        click.echo(json.dumps([s.as_dict() for s in summaries], ensure_ascii=False, indent=2))
    else:
        print_summaries(summaries, db)
    if any(summary.outcome == RunOutcome.LOCKED for summary in summaries):
        raise SystemExit(os.EX_TEMPFAIL)
    if not all(summary.complete for summary in summaries):
        raise SystemExit(1)


def _require_writable(db: Path) -> None:
    """Make the archive if it is missing; refuse one that cannot be written."""
    with Archive.open(db, create=True) as archive:
        archive.ensure_writable()


def _choose(keys: tuple[str, ...], url: str | None) -> list[Site]:
    chosen = [*require_sites(keys).values()]
    sites = known_sites()
    if url:
        whole = absolute(url, "")
        chosen = [site for site in chosen or sites.values() if whole and site.owns(whole)]
        if not chosen:
            raise Refused(f"{url} is not on any {'of these sites' if keys else 'known site'}")
    return chosen or [site for site in sites.values() if not (site.demo or site.composed)]


def _refuse_doubtful(sites: Iterable[Site]) -> None:
    """Refuse to take a stranger's articles for a district's."""
    for site in sites:
        if site.doubt:
            raise Refused(site.doubt)


def _checked_wayback(told: tuple[str, ...], *, rescue: bool) -> tuple[str, ...]:
    """Return the addresses of web archives; refuse what they cannot be asked for."""
    urls = addresses(" ".join(told))
    for url in urls:
        try:
            web_archive_at(url, datetime.now(UTC))
        except ValueError as error:
            raise Refused(f"--wayback {url}: {error}") from error
    if urls and rescue:
        raise Refused("--rescue asks the portal's own REST: leave it out, or --wayback")
    return urls


@contextmanager
def _demo_portal(site: Site, console: Console) -> Iterator[str | None]:
    """Serve the demo portal during its crawl, unless ``tinhuyen demo`` does already.

    Gives where it is to be asked in place of its own address, None if it is there. What is archived
    has that address, whatever the port: the next crawl may find it free, and goes on.
    """
    parts = urlsplit(site.base_url)
    with ExitStack() as stack:
        elsewhere = None
        try:
            demo = serving(Portal.embedded(), host=parts.hostname or "", port=parts.port or 80)
            stack.enter_context(demo)
        except OSError as error:
            if error.errno != EADDRINUSE:
                raise Refused(
                    f"cannot serve the demo portal at {site.base_url}: "
                    f"{os.strerror(error.errno or 0)}"
                ) from error
            if not _is_demo(site.base_url):
                elsewhere = stack.enter_context(serving(Portal.embedded())).url
                console.print(
                    f"Port {parts.port} is another program's: the demo portal is served at "
                    f"{elsewhere}/ and archived under its own address.",
                    highlight=False, soft_wrap=True,
                )  # fmt: skip
        yield elsewhere


def _ask_at(crawler: Crawler, url: str) -> None:
    """Have all requests of a crawler sent to *url*, as to a proxy."""

    def send(request: Request) -> None:
        request.meta["proxy"] = url

    crawler.signals.connect(send, signals.request_reached_downloader, weak=False)


def _is_demo(base_url: str) -> bool:
    """Whether what is served at an address is the demo portal."""
    with suppress(OSError, ValueError), urlopen(f"{base_url}wp-json/", timeout=5) as answer:  # noqa: S310
        about = json.load(answer)
        return isinstance(about, dict) and about.get("name") == DISTRICT
    return False


def _in_a_line(record: logging.LogRecord) -> bool:
    """Log an error that nobody foresaw without where it came from; with --verbose, with that."""
    if record.exc_info and (error := record.exc_info[1]):
        told = record.getMessage().partition("\n")[0][:_MOST_TOLD]
        record.msg, record.args = f"{told}: {in_a_line(error)}", ()
        record.exc_info = record.exc_text = None
    return True


def _crawl(
    sites: list[Site],
    settings: Settings,
    console: Console,
    verbose: bool,
    elsewhere: Mapping[str, str | None],
    **arguments: Any,
) -> list[Summary]:
    level = logging.INFO if verbose else logging.ERROR
    handler = RichHandler(level, console=console, show_path=False)
    if not verbose:
        handler.addFilter(_in_a_line)
    logging.basicConfig(format="%(message)s", handlers=[handler])
    process = CrawlProcess(settings)
    logging.getLogger("scrapy").setLevel(logging.INFO)  # else it words two lines a page for nobody
    db = Path(settings["ARCHIVE_DB"])
    begun: dict[str, Crawler] = {}
    ended: dict[str, Summary] = {}

    def start(site: Site) -> Task[None]:
        crawler = begun[site.key] = process.create_crawler(site.key)
        progress.follow(crawler, site)
        if url := elsewhere.get(site.key):
            _ask_at(crawler, url)
        crawl = process.crawl(crawler, **arguments)
        crawl.add_done_callback(lambda _: end(site))
        return crawl

    def end(site: Site) -> None:
        """Keep what came of a crawl, and let go of all that it needed."""
        ended[site.key] = Summary.of_crawl(begun[site.key], db)
        del begun[site.key]
        progress.leave(site)
        gc.collect()  # what held each other in it, some MiB, of which Python would think late

    with CrawlProgress(console, db, len(sites)) as progress:
        process.add(([partial(start, site)] for site in sites), settings.getint("CONCURRENT_SITES"))
        process.run(console)
        for site in sites:
            if site.key in begun:  # it was not given the time to wind up
                end(site)
    return [ended.get(site.key) or Summary.not_started(site.key, db) for site in sites]
