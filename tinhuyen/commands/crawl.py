"""``tinhuyen crawl``: from the portals to the archive."""

import json
import logging
import os
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import urlopen

import click
from filelock import Timeout
from rich.console import Console
from rich.logging import RichHandler

from crawler.text.addresses import absolute, is_on_loopback
from crawler.vocabulary import RunOutcome, Way
from crawler.vocabulary.words import word
from crawler.web_archives.kinds import DEFAULTS, addresses, web_archive_at
from tinhuyen.cli import db_option, known_sites, require_contact, require_sites
from tinhuyen.cores import processes_option
from tinhuyen.errors import Busy, Refused
from tinhuyen.heartbeat import EVERY, tell_systemd
from tinhuyen.offers import MOST_NEW, MOST_PUSHED
from tinhuyen.settings import crawl_settings, settings_option
from tinhuyen.terminal import err

if TYPE_CHECKING:
    from crawler.sites import Site
    from tinhuyen.crawling import Plan
    from tinhuyen.crew import Member
    from tinhuyen.pushing import Service
    from tinhuyen.summary import Summary
    from tinhuyen.ways import Decision, Due


_DUE_LOCK = "due-crawl"
"""What is locked by who crawls what is due; no site has a key like it."""
_IS_LIVE = (RunOutcome.FINISHED, RunOutcome.LIMIT)
"""How a crawl ends of a portal that is there."""


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
    'The word "default" names those that have most. Without SITE, only for what is lost.',
)
@click.option(
    "--live",
    is_flag=True,
    help="Ask the portals of SITE, whatever a survey has found.",
)
@click.option(
    "--due",
    is_flag=True,
    help="Crawl what is due of the whole country, which is what happens without SITE, too.",
)
@click.option(
    "--sites",
    "most",
    type=click.IntRange(1),
    metavar="N",
    help="So many of the sites that are due, at most; without it all that somebody has described, "
    f"and {MOST_NEW} of the others.",
)
@click.option(
    "--push-to",
    metavar="URL",
    help="Hand live pages to a service that archives them, too, after the crawl: "
    "https://web.archive.org/save.",
)
@click.option(
    "--push-most",
    type=click.IntRange(1),
    metavar="N",
    default=MOST_PUSHED,
    show_default=True,
    help="So many pages a crawl, at most.",
)
@processes_option(
    "Share the sites out over so many processes of this machine; auto: one a core.", default="1"
)
@click.option("--url", metavar="URL", help="Start from this article or listing of a site.")
@settings_option("Change a setting for this crawl, as in scrapy crawl -s.")
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
    live: bool,
    due: bool,
    most: int | None,
    push_to: str | None,
    push_most: int,
    processes: int,
    url: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
    verbose: bool,
) -> None:
    """Crawl districts into the archive: what is new and what is still waiting.

    SITE is a name that "tinhuyen sites" lists. Without one, what is due of the whole country is
    crawled ("--due" says so aloud): all that somebody has described in a TOML file, but for the
    demo, and some of the others, after their hosts were surveyed. What a survey has found of a
    site's hosts decides whether it is crawled live, from web archives, or not: docs/survey.md.
    A crawl may be ended at any time (Ctrl-C) and goes on where it was when it is run again.

    \b
    Examples:
      tinhuyen crawl demo
      tinhuyen crawl chodon --limit 20
      tinhuyen crawl chodon --media
      tinhuyen crawl --db bac_kan.db chodon babe
      tinhuyen crawl chodon --wayback https://web.archive.org/
      tinhuyen crawl chodon babe --wayback default
      tinhuyen crawl
      tinhuyen crawl --processes auto
      tinhuyen crawl --due --sites 5
      tinhuyen crawl chodon -s DOWNLOAD_TIMEOUT=180

    \b
    Exit codes:
      0   done
      1   ended, but something is missing: the summary and the table "problems" say what
      2   wrong usage or configuration, or an archive that is gone or damaged
      75  another crawl of a site is running; nothing was done for it
    """
    from archive.locks import site_lock
    from tinhuyen.alarms import judge_alarms
    from tinhuyen.crawling import Plan
    from tinhuyen.crew import hired
    from tinhuyen.pushing import Service
    from tinhuyen.summary import print_summaries
    from tinhuyen.ways import decide

    if due and (sites or url):
        raise Refused("--due takes what is due: leave it out, or SITE and --url")
    due = not (sites or url)
    if due and live:
        raise Refused("--live asks a portal whatever a survey has found: name the SITE")
    if most and not due:
        raise Refused("--sites says how many of what is due are taken: leave it out, or SITE")
    settings = crawl_settings(db, overrides)
    service = Service.of_words(push_to, settings.getfloat("PUSH_DELAY")) if push_to else None
    wayback = _checked_wayback(web_archives, rescue=rescue and not due)
    if live and wayback:
        raise Refused("--live or --wayback: it is one or the other")
    console = err()
    if due:
        lock = site_lock(db, _DUE_LOCK)
        try:
            if db.parent.is_dir():
                lock.acquire()  # until the process ends
        except Timeout:
            raise Busy(f"{db}: another crawl of what is due is running; nothing was done") from None
        decisions = _due(db, most, wayback, overrides, console)
    else:
        decisions = decide(_choose(sites, url), db, live=live, wayback=wayback)
        _refuse_doubtful(decisions)
    gone = next((each for each in decisions if each.archives), None)
    if rescue and gone and not due:
        raise Refused(f"{gone.site.key}: {gone.why}: leave --rescue out, or say --live")
    if db.exists() or not db.parent.is_dir():
        _require_writable(db)  # what was typed is looked at before what was set up once
    asked = [each for each in decisions if each.way in (Way.LIVE, Way.ARCHIVES)]
    require_contact(url for each in asked for url in each.archives or each.site.places)
    _require_writable(db)
    _tell(decisions, console)
    with ExitStack() as stack:
        shares = min(processes, len(asked))
        # Before there is a thread, as the demo portal's is.
        members = stack.enter_context(hired(shares if shares > 1 else 0))
        elsewhere = {
            each.site.key: stack.enter_context(_demo_portal(each.site, console))
            for each in asked
            if each.site.demo and not each.archives
        }
        arguments = {"url": url, "limit": limit, "full": full, "rescue": rescue, "media": media}
        given = {name: str(value or "") for name, value in arguments.items()}
        plan = Plan(db, overrides, given, elsewhere, verbose)
        summaries = _crawl(asked, plan, members, console) if asked else []
    if as_json:
        click.echo(json.dumps([s.as_dict() for s in summaries], ensure_ascii=False, indent=2))
    elif summaries:
        print_summaries(summaries, db, {each.site.key for each in asked if each.archives})
    elif not decisions:
        console.print("Nothing is due.")
    if service:
        ended = {each.site for each in summaries if each.outcome in _IS_LIVE}
        there = [each.site for each in asked if each.site.key in ended and not each.archives]
        _push(db, there, service, push_most, console)
    is_told = judge_alarms(db, console)
    locked = [summary for summary in summaries if summary.outcome == RunOutcome.LOCKED]
    is_left = not due and len(asked) < len(decisions)
    failed = [each for each in summaries if not (each.complete or each in locked)]
    if locked and not (due and failed):  # what is due has not failed where another is at it
        raise SystemExit(os.EX_TEMPFAIL)
    if is_left or failed or not is_told:
        raise SystemExit(1)


def _push(
    db: Path, sites: "Iterable[Site]", service: "Service", most: int, console: Console
) -> None:
    """Hand live pages on, and say what came of it; the crawl is none the worse for it."""
    from tinhuyen.pushing import push

    # What lies on this machine is nobody else's to archive.
    known = [
        site.key
        for site in sites
        if is_on_loopback(service.url) or not is_on_loopback(site.base_url)
    ]
    pushed = push(db, known, service, most)
    told = ", ".join(
        f"{number} {word(state, 'en')}" for state, number in pushed.counts.items() if number > 0
    )
    why = f"; {pushed.why_not_more}; the next crawl goes on" if pushed.why_not_more else ""
    line = f"{service.url}: {told or 'no page was handed in'}{why}"
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _due(
    db: Path,
    most: int | None,
    wayback: tuple[str, ...],
    overrides: tuple[str, ...],
    console: Console,
) -> "list[Decision]":
    """Return how the sites that are due are crawled, once their hosts were surveyed; say which."""
    from tinhuyen.surveying import places_of
    from tinhuyen.ways import Known, due_sites

    archives = wayback or DEFAULTS
    due = due_sites(known_sites().values(), Known.of(db), archives, most=most)
    require_contact(url for site in due.sites for url in places_of(site))
    for line in _told_of(due):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    _survey(due.sites, db, wayback, overrides)
    known = Known.of(db)
    return [known.decided(site, archives) for site in due.sites]


def _told_of(due: "Due") -> Iterator[str]:
    """Yield lines that say what is crawled, why, and what waits."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for site in due.sites:
        day = due.crawled_on.get(site.key)
        never = "never crawled" if site.composed else "described, and never crawled"
        groups["last crawled" if day else never].append(f"{site.key} on {day}" if day else site.key)
    for why, keys in groups.items():
        yield f"Due, {why}: {', '.join(keys)}"
    if due.waiting:
        sites = "site waits" if due.waiting == 1 else "sites wait"
        yield f"{due.waiting} more {sites} for the next run; --sites N takes N in one."


def _survey(
    sites: "Sequence[Site]", db: Path, wayback: tuple[str, ...], overrides: tuple[str, ...]
) -> None:
    """Have the hosts of sites surveyed, as far as that is due: by a process of its own, since an
    event loop that has ended is not begun again.
    """
    if not sites:
        return
    given = [f"--set={override}" for override in overrides]
    archives = [f"--wayback={url}" for url in wayback]
    words = ["survey", "--db", str(db), "--json", *archives, *given, *(site.key for site in sites)]
    survey = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "tinhuyen", *words], stdout=subprocess.DEVNULL
    )
    with survey:
        code = None
        while code is None:  # it ends itself if it is stuck
            tell_systemd()
            with suppress(subprocess.TimeoutExpired):
                code = survey.wait(EVERY)
    if code not in (0, 1):  # what could not be asked was told, and is crawled next time
        raise SystemExit(code)


def _tell(decisions: "Iterable[Decision]", console: Console) -> None:
    """Say of each site how it is crawled, where a survey decided that."""
    for each in decisions:
        if each.why:
            line = f"{each.site.key}: {word(each.way, 'en')}: {each.why}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _require_writable(db: Path) -> None:
    """Make the archive if it is missing; refuse one that cannot be written."""
    from archive import Archive

    with Archive.open(db, create=True) as archive:
        archive.ensure_writable()


def _choose(keys: tuple[str, ...], url: str | None) -> "list[Site]":
    chosen = [*require_sites(keys).values()]
    sites = known_sites()
    if url:
        whole = absolute(url, "")
        chosen = [site for site in chosen or sites.values() if whole and site.owns(whole)]
        if not chosen:
            raise Refused(f"{url} is not on any {'of these sites' if keys else 'known site'}")
    return chosen


def _refuse_doubtful(decisions: "Iterable[Decision]") -> None:
    """Refuse to take a stranger's articles for a district's."""
    for each in decisions:
        if each.site.doubt:
            raise Refused(each.site.doubt)


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
def _demo_portal(site: "Site", console: Console) -> Iterator[str | None]:
    """Serve the demo portal during its crawl, unless ``tinhuyen demo`` does already.

    Gives where it is to be asked in place of its own address, None if it is there. It is served
    where no other crawl finds it, which would lose it when this one ends. What is archived has the
    demo's own address, whatever the port.
    """
    from demo.portal import Portal
    from demo.server import serving

    if _is_demo(site.base_url):
        yield None
        return
    with serving(Portal.embedded()) as demo:
        if _is_taken(site.base_url):
            console.print(
                f"Port {urlsplit(site.base_url).port} is another program's: "
                f"the demo portal is served at {demo.url}/ and archived under its own address.",
                highlight=False, soft_wrap=True,
            )  # fmt: skip
        yield demo.url


def _is_demo(base_url: str) -> bool:
    """Whether what is served at an address is the demo portal."""
    from demo.district import NAME as DISTRICT

    with suppress(OSError, ValueError), urlopen(f"{base_url}wp-json/", timeout=5) as answer:  # noqa: S310
        about = json.load(answer)
        return isinstance(about, dict) and about.get("name") == DISTRICT
    return False


def _is_taken(base_url: str) -> bool:
    """Whether anything listens at an address."""
    parts = urlsplit(base_url)
    place = parts.hostname or "", parts.port or 80
    with suppress(OSError), socket.create_connection(place, timeout=5):
        return True
    return False


def _crawl(
    decisions: "list[Decision]", plan: "Plan", members: "Sequence[Member]", console: Console
) -> "list[Summary]":
    """Crawl all of them, by *members* if there are any, and return what came of each."""
    from archive.search.following import following
    from tinhuyen.crawling import log_to
    from tinhuyen.progress import CrawlProgress
    from tinhuyen.sharing import crawl_all
    from tinhuyen.summary import Summary

    if console.is_terminal:
        log_to(RichHandler(console=console, show_path=False), verbose=plan.verbose)
    else:  # a file of lines, each whole in itself
        form = "%(asctime)s %(levelname)s %(message)s"
        log_to(logging.StreamHandler(), verbose=plan.verbose, form=form)
    with following(plan.db), CrawlProgress(console, plan.db, len(decisions)) as progress:
        ended = crawl_all(decisions, plan, members, progress, console)
    sites = [each.site.key for each in decisions]
    return [ended.get(site) or Summary.not_started(site, plan.db) for site in sites]
