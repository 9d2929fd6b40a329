"""Every district is a spider of its own name: ``scrapy list``, ``scrapy crawl chodon``."""

import sys
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from crawler.sites import Site, SitesError, sites_at
from crawler.spiders.arguments import is_asked
from crawler.spiders.district import DistrictSpider
from crawler.spiders.media import MediaSpider
from crawler.spiders.wayback import WaybackSpider

MODES: dict[str, type[DistrictSpider]] = {"media": MediaSpider, "wayback": WaybackSpider}
"""The modes by the argument that asks for each; several that are asked for are one class together.
"""


class SiteSpiderLoader:
    """Makes spiders of the sites, as the setting ``SITES_DIR`` names them.

    It follows `scrapy.interfaces.ISpiderLoader`, as ``SPIDER_LOADER_CLASS`` asks.
    """

    def __init__(self, sites: dict[str, Site]) -> None:
        self.sites = sites

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read the sites; a description that cannot be used ends the command with its message."""
        try:
            return cls(sites_at(settings["SITES_DIR"]))
        except SitesError as error:
            print(f"Error: {error}", file=sys.stderr)
            sys.exit(2)

    def load(self, spider_name: str) -> type[Spider]:
        """Return the spider class of a site; KeyError if there is no such site."""
        site = self.sites[spider_name]
        if site.doubt:
            print(f"Error: {site.doubt}", file=sys.stderr)
            sys.exit(2)
        return spider_of(site)

    def find_by_request(self, request: Request) -> list[str]:
        """Return the sites that an address belongs to."""
        return [key for key, site in self.sites.items() if site.owns(request.url)]

    def list(self) -> list[str]:
        """Return the keys of all sites."""
        return [*self.sites]


def spider_of(site: Site) -> type[Spider]:
    """Return the spider class of a site, which is made in the modes that its arguments ask for."""
    return type("DistrictSpider", (_ModalSpider,), {"name": site.key, "site": site})


class _ModalSpider(DistrictSpider):
    """A district's spider of which Scrapy has not said yet with which arguments it is made."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **arguments: Any) -> Self:
        """Create the spider of one crawl in the modes that its arguments ask for."""
        asked = [name for name in MODES if is_asked(arguments.get(name, ""))]
        for name in MODES.keys() - set(asked):
            arguments.pop(name, None)
        mode: type[Self] = type(cls.__name__, (cls, *(MODES[name] for name in asked)), {})
        mode.update_settings(crawler.settings)
        return super(_ModalSpider, mode).from_crawler(crawler, *args, **arguments)
