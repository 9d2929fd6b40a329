"""Every district is a spider of its own name: ``scrapy list``, ``scrapy crawl chodon``."""

import sys
from pathlib import Path
from typing import Self

from scrapy import Request, Spider
from scrapy.settings import BaseSettings

from crawler.sites import Site, SitesError, all_sites
from crawler.spiders.district import DistrictSpider


class SiteSpiderLoader:
    """Makes spiders of the sites described in the folder ``SITES_DIR``.

    It follows `scrapy.interfaces.ISpiderLoader`, as ``SPIDER_LOADER_CLASS`` asks.
    """

    def __init__(self, sites: dict[str, Site]) -> None:
        self.sites = sites

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read the sites; a description that cannot be used ends the command with its message."""
        try:
            return cls(all_sites(Path(settings["SITES_DIR"])))
        except SitesError as error:
            print(f"Error: {error}", file=sys.stderr)
            sys.exit(2)

    def load(self, spider_name: str) -> type[Spider]:
        """Return the spider class of a site; KeyError if there is no such site."""
        site = self.sites[spider_name]
        return type("DistrictSpider", (DistrictSpider,), {"name": site.key, "site": site})

    def find_by_request(self, request: Request) -> list[str]:
        """Return the sites that an address belongs to."""
        return [key for key, site in self.sites.items() if site.owns(request.url)]

    def list(self) -> list[str]:
        """Return the keys of all sites."""
        return [*self.sites]
