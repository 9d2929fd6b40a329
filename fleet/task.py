"""What a job is: a district, and from where it is crawled."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from crawler.sites import Site
from crawler.text.addresses import host_of
from crawler.web_archives.kinds import web_archive_at


@dataclass(frozen=True)
class Task:
    """A crawl of a district that is to be done."""

    site: Site
    archives: tuple[str, ...] = ()
    """The web archives that are asked in place of the portal, in this order."""

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that the crawl asks, as `host_of` names them."""
        return frozenset(self._archives_hosts() if self.archives else self.site.host_names)

    @property
    def arguments(self) -> list[str]:
        """What ``tinhuyen crawl`` is told of it."""
        wayback = [f"--wayback={url}" for url in self.archives]
        return [self.site.key, *(wayback or ["--live"])]

    def _archives_hosts(self) -> Iterable[str]:
        for url in self.archives:
            archive = web_archive_at(url, datetime.now(UTC))
            yield host_of(archive.address)
            yield host_of(archive.store)


def as_words(archives: Sequence[str]) -> str:
    """Return from where a job is crawled, for a person."""
    return f"archived, from {' '.join(archives)}" if archives else "live"
