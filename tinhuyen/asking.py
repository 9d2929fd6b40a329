"""Asking a portal a few questions, outside any crawl."""

import logging
import re
from asyncio import Task
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy.settings import Settings

from crawler import settings as ours
from crawler.sites import Site, SitesError, sites_at
from crawler.spiders.probe import Answer, Fetch, ProbeSpider
from crawler.text.addresses import absolute, is_on_loopback
from tinhuyen.cli import require_contact
from tinhuyen.errors import Refused
from tinhuyen.process import CrawlProcess
from tinhuyen.terminal import err

_HOST = re.compile(
    r"localhost|(?:[^\s.@]+\.)+(?:[^\W\d_]{2,}|xn--[a-z0-9-]+|\d+)|[0-9a-f:]+:[0-9a-f:]+"
)
_FILES = (".html", ".htm", ".xhtml", ".mhtml", ".txt", ".gz", ".zst", ".warc", ".wacz", ".pdf")
"""How files end that are likelier meant than a host of that name."""

Work = Callable[[Fetch], Awaitable[None]]
"""What is asked of a portal."""

_PORTALS_AT_ONCE = 4

OUTSIDE_A_CRAWL: dict[str, Any] = {
    "SCHEDULER": "scrapy.core.scheduler.Scheduler",
    "ITEM_PIPELINES": {"pipelines.turns.TurnsPipeline": 900},  # whoever crawls from here
    "RETRY_TIMES": 1,
    "DOWNLOAD_TIMEOUT": 20,
    "LOG_INSTALL_ROOT_HANDLER": False,
}
"""The settings of questions that are no crawl."""

_DELAY, _AT_ONCE = 1.0, 0.01
"""Seconds between two requests: to others, and to this machine or for a single page."""


def run_probe(site: Site, work: Work, delay: float | None = None) -> None:
    """Run *work* with a `Fetch` for the hosts of *site*; *delay* is in seconds between requests.

    Unless it is given it is a second, on loopback hardly anything. robots.txt is obeyed, and
    nothing is stored. Raises `Refused` where nobody could be reached.
    """
    run_probes([(site, work)], delay)


def run_probes(probes: Iterable[tuple[Site, Work]], delay: float | None = None) -> None:
    """Run the work of each of several sites, as `run_probe` does: some at once.

    Those that share a host are asked one after another.
    """
    probes = list(probes)
    require_contact(place for site, _ in probes for place in site.places)
    settings = Settings()
    settings.setmodule("crawler.settings")
    for name, value in OUTSIDE_A_CRAWL.items():
        settings.set(name, value, priority="cmdline")
    logging.getLogger("scrapy").setLevel(logging.CRITICAL)  # what failed is told in words
    process = CrawlProcess(settings)

    def start(site: Site, work: Work) -> Task[None]:
        crawler = process.create_crawler(ProbeSpider)
        for name, value in _settings_of(site, delay).items():
            crawler.settings.set(name, value, priority="cmdline")
        return process.crawl(crawler, site=site, work=work)

    chains = ([partial(start, *probe) for probe in chain] for chain in in_chains(probes))
    process.add(chains, _PORTALS_AT_ONCE)
    process.run(err())


def _settings_of(site: Site, delay: float | None) -> dict[str, float | bool]:
    if delay is None:
        delay = _AT_ONCE if all(map(is_on_loopback, site.places)) else _DELAY
    return {
        "DOWNLOAD_DELAY": delay,
        "DOWNLOAD_VERIFY_CERTIFICATES": site.verify_certificate,
    }


def in_chains(probes: list[tuple[Site, Work]]) -> Iterator[deque[tuple[Site, Work]]]:
    """Yield what is to be asked one after another: sites that share a host, however far round."""
    chains: list[tuple[set[str], deque[tuple[Site, Work]]]] = []
    for probe in probes:
        hosts, chain = {*probe[0].host_names}, deque([probe])
        for other in [known for known in chains if known[0] & hosts]:
            chains.remove(other)
            hosts |= other[0]
            chain.extendleft(reversed(other[1]))
        chains.append((hosts, chain))
    yield from (chain for _, chain in chains)


def ask(url: str) -> Answer:
    """Return the answer to one request, which may lead to another host of a site that is known."""
    answers: list[Answer] = []

    async def work(fetch: Fetch) -> None:
        answers.append(await fetch(url))

    run_probe(_site_of(url), work, delay=_AT_ONCE)
    if not answers:
        raise Refused(f"{url}: was not asked for: the command was stopped")
    return answers[0]


def probed(base_url: str, hosts: tuple[str, ...] = ()) -> Site:
    """Return a portal of which nothing is known yet but where it lies, as a site."""
    return Site(key="probe", name="probe", base_url=base_url, hosts=hosts, cms=None)


def _site_of(url: str) -> Site:
    sites: dict[str, Site] = {}
    with suppress(SitesError):  # a page can be looked at all the same; other commands tell it
        sites = sites_at(ours.SITES_DIR)
    owner = next((site for site in sites.values() if site.owns(url)), None)
    return owner or probed(urljoin(url, "/"))


def is_address(text: str) -> bool:
    """Whether a text is an address, with "https://" or without; a file's name is none."""
    whole = _with_scheme(text)
    if absolute(whole, "") is None:
        return False
    host = urlsplit(whole).netloc.partition(":")[0]  # with a user's name it is an e-mail address
    return whole == text or (bool(_HOST.fullmatch(host)) and not host.endswith(_FILES))


def require_address(text: str) -> str:
    """Return an http(s) address as it is asked for, or raise `Refused`."""
    if not is_address(text):
        raise Refused(f"{text}: is no address; name one such as https://chodon.backan.gov.vn/")
    return absolute(_with_scheme(text), "") or text


def _with_scheme(text: str) -> str:
    return text if "://" in text else f"https://{text}"
