"""Ask for no more than the bounds of a crawl allow."""

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from crawler.bounds import Bounds
from crawler.failures import BoundReachedError
from crawler.keeper import Keeper
from crawler.text.traps import trap
from crawler.vocabulary import ProblemKind, Reason
from crawler.vocabulary.sentences import Notice


class BoundsMiddleware:
    """Refuses what looks like a trap, and anything once ``REQUESTS_MAX`` requests were sent.

    A trap is refused by itself, so that the ledger names it with the reason.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.bounds = Bounds.of(crawler.settings.getint)
        self.requests = 0
        self.told = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware for one crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise IgnoreRequest for a trap, `BoundReachedError` where the bound is reached."""
        bounds = self.bounds
        url = _innermost(request.url)
        if not request.meta.get("dont_obey_robotstxt") and (
            why := trap(
                url,
                depth=bounds.path_depth,
                length=bounds.address_length,
                repeated=bounds.repeated_parts,
            )
        ):
            raise IgnoreRequest(Reason.TRAP.of(why=why))
        if self.requests >= bounds.requests:
            setting = bounds.setting("requests")
            why = Notice.REQUESTS.of(number=f"{bounds.requests:,}", setting=setting)
            self._tell_bound(why)
            raise BoundReachedError(why)
        self.requests += 1

    def _tell_bound(self, why: str) -> None:
        keeper = self.crawler.get_item_pipeline(Keeper)
        if keeper and not self.told:
            self.told = True
            keeper.frontier.tell(ProblemKind.BOUND, why)


def _innermost(url: str) -> str:
    """Return the address that the path of another one ends in, as in web archives, else itself."""
    path, mark, query = url.partition("?")
    start = max(path.rfind("http://"), path.rfind("https://"))
    return path[start:] + mark + query if start > 0 else url
