"""Pages that a portal is learnt from: asked of it, held by an archive, or saved in files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from archive import Archive
from crawler.profiles.learning import MOST_PAGES, Sample, worth_asking
from crawler.profiles.learning.choosing import FEWEST_PAGES, ROUNDS
from crawler.profiles.learning.templates import parted, worth_learning_from
from crawler.sites import Site, is_key
from crawler.spiders.probe import Fetch
from crawler.text.addresses import urlkey
from crawler.text.media_types import is_html
from tinhuyen.asking import is_address, probed, require_address, run_probe
from tinhuyen.cli import known_sites, require_sites
from tinhuyen.errors import Refused
from tinhuyen.packaged import is_package, packaged_pages
from tinhuyen.saved import files_in, saved_pages

_MOST_AT_HAND = 120
_FEWEST = 4
"""Pages below which an archive holds too few of a site to learn from."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the pages of a portal are to be had."""

    site: Site | None
    urls: tuple[str, ...]
    files: tuple[Path, ...]
    base_url: str | None

    @property
    def name(self) -> str:
        """What the profile is called: the site's key, or the host."""
        if self.site:
            return self.site.key
        return urlsplit(self.urls[0]).netloc if self.urls else self.files[0].name

    def samples(self, db: Path) -> list[Sample]:
        """Return the pages. Raises `Refused` if there are none."""
        if self.files:
            return self._in_files()
        if self.site and not self.urls:
            if found := held(db, self.site.key):
                return found
            if self.site.doubt:
                raise Refused(self.site.doubt)
        first = self.urls or ((self.site.base_url,) if self.site else ())
        return asked(self.site or probed(urljoin(first[0], "/")), first)

    def _in_files(self) -> list[Sample]:
        """Return the pages in files that somebody saved, or a web archive made."""
        files = files_in(self.files)
        packages = [file for file in files if is_package(file)]
        samples = saved_pages([file for file in files if file not in packages], self.base_url)
        if packages:
            site = self.site or (probed(self.base_url) if self.base_url else None)
            samples += packaged_pages(packages, site, _MOST_AT_HAND)
        return samples


def source_of(names: Sequence[str], base_url: str | None) -> Source:
    """Return where pages are to be had by what somebody named. Raises `Refused`."""
    first, site = names[0], None
    if not is_address(first) and not Path(first).exists():
        if {*"./"} & {*first}:
            raise Refused(f"{first}: no such file, and no address; one begins with https://")
        (site,) = require_sites((first,)).values()
    elif is_key(first):
        site = known_sites().get(first)
    rest = names[1:] if site else names
    files = tuple(Path(one) for one in rest if Path(one).exists())
    urls = tuple(require_address(one) for one in rest if not Path(one).exists())
    if files and urls:
        raise Refused("name pages by their URLs or files with saved ones, not both")
    if base_url and not files:
        raise Refused("--url tells where saved pages were served; name these, too")
    if site is None and len({urlsplit(url).netloc for url in urls}) > 1:
        raise Refused("these are of several hosts; a profile is learnt from one portal")
    for url in urls:
        if site and not site.owns(url):
            raise Refused(f"{url}: is no page of {site.key}, which lies at {site.base_url}")
    return Source(site, urls, files, require_address(base_url) if base_url else None)


def asked(site: Site, addresses: Sequence[str]) -> list[Sample]:
    """Return the pages at some addresses of a site, and what is worth asking for beside them.

    Raises `Refused` if none of them is answered.
    """
    samples: list[Sample] = []
    faults: list[str] = []

    async def work(fetch: Fetch) -> None:
        seen: set[str] = set()

        async def take(url: str) -> None:
            if urlkey(url) in seen or len(seen) >= FEWEST_PAGES:
                return
            seen.add(urlkey(url))
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

    run_probe(site, work)
    if not samples:
        raise Refused(faults[0] if faults else f"{addresses[0]}: no page was answered")
    return samples


def held(db: Path, key: str) -> list[Sample]:
    """Return pages of a site that an archive holds, if they are enough to learn from."""
    if not db.exists():
        return []
    with Archive.open(db, read_only=True) as archive:
        found = [
            Sample(one.capture.url, one.body, one.capture.content_type, one.capture.fetched_at)
            for one in archive.lessons.samples(key, _MOST_AT_HAND)
        ]
    return found if len(found) >= _FEWEST else []


def of_one_template(
    samples: Sequence[Sample], since: datetime | None = None
) -> tuple[list[Sample], list[list[Sample]]]:
    """Return the pages of one template that teach most, and those of each of the others.

    It is the template of today; with *since* the one that the pages had then.
    """
    periods = [worth_learning_from(pages, MOST_PAGES) for pages in parted(samples)]
    number = len(periods) - 1
    if since is not None:
        ends = [max((one.at for one in pages if one.at), default=since) for pages in periods]
        number = next((n for n, end in enumerate(ends) if end >= since), number)
    return periods[number], [*periods[:number], *periods[number + 1 :]]
