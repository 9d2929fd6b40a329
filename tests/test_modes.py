"""A mode of crawling is a class: the rest of the crawl does not ask in which mode it is."""

import re
from pathlib import Path
from typing import Any, ClassVar

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.settings import Settings

from crawler import loader
from crawler.keeper import Kept
from crawler.loader import SiteSpiderLoader
from crawler.middlewares.backoff import BackOffMiddleware
from crawler.scheduler import Asking
from crawler.scope import WHOLE_HOST, Scoped
from crawler.sites import Site
from crawler.spiders.district import DistrictSpider
from crawler.spiders.media import MediaSpider
from crawler.spiders.probe import ProbeSpider
from crawler.spiders.wayback import WaybackSpider
from tests.conftest import Archived

ROOT = Path(__file__).parents[1]
ARCHIVE = "https://web.archive.org/"
MEMENTO = f"{ARCHIVE}web/20250630165959id_/"

KNOW_WEB_ARCHIVES = {
    "crawler/spiders/wayback.py",
    "crawler/mementos.py",
    "crawler/keeper.py",
    "crawler/bounds.py",
    "crawler/settings.py",
    "crawler/spiders/mementos.py",
    "crawler/middlewares/wayback.py",
    "crawler/web_archives/wayback.py",
    "crawler/web_archives/headers.py",
    "crawler/web_archives/kinds.py",
    "crawler/web_archives/choice.py",
    "crawler/web_archives/lists.py",
    "crawler/web_archives/common_crawl.py",
    "crawler/loader.py",  # which mode an argument asks for
    "tinhuyen/commands/crawl.py",  # the option
    "tinhuyen/summary.py",  # which it advises
    # the column web_archive, and what `source` and `found_by` say
    "crawler/visit.py",
    "crawler/vocabulary/__init__.py",
    "archive/schema.py",
    "pipelines/frontier.py",  # a web archive is not asked whose the host is by now
    "archive/shared_addresses.py",
    "archive/tables/urls.py",
    # what they list, and what of it was asked for
    "archive/tables/__init__.py",
    "archive/tables/mementos.py",
    "archive/archive.py",
    "archive/mementos.py",
    "archive/merging/rules.py",  # how the tables of these are merged
    "archive/visits.py",
    "pipelines/mementos.py",
    "pipelines/store.py",
    "curation/importing/pages.py",
    # what is handed to one, when, and how often a lost portal is asked for in them
    "archive/pushes.py",
    "archive/tables/pushes.py",
    "tinhuyen/pushing.py",
    "archive/freshness.py",
    "curation/importing/reading.py",
    "curation/texts.py",
    # a survey asks them what they have, and a crawl goes by that
    "crawler/survey.py",
    "crawler/spiders/survey.py",
    "archive/tables/surveys.py",
    "tinhuyen/commands/survey.py",
    "tinhuyen/surveying.py",
    "tinhuyen/ways.py",
    # a job is a crawl from them, or a live one
    "fleet/task.py",
    "tinhuyen/commands/fleet.py",
}
"""The only modules that may name web archives."""
NAMES = re.compile(r"web_?archive|wayback|memento", re.IGNORECASE)


def spider_of(tmp_path: Path, **arguments: Any) -> DistrictSpider:
    """Return the spider that Scrapy makes of the site ``test`` with these arguments."""
    Archived(tmp_path).describe("http://cong.example/tin/")
    settings = Settings()
    settings.setmodule("crawler.settings")
    settings.set("SITES_DIR", str(tmp_path / "sites"))
    crawler = Crawler(SiteSpiderLoader.from_settings(settings).load("test"), settings)
    spider = crawler.spidercls.from_crawler(crawler, **arguments)
    assert isinstance(spider, DistrictSpider)
    crawler.spider = spider
    return spider


def middlewares(spider: DistrictSpider) -> dict[str, int]:
    """Return the downloader middlewares of ours that a crawl is made with, and their order."""
    wanted = spider.crawler.settings.get_component_priority_dict_with_base("DOWNLOADER_MIDDLEWARES")
    names = {k if isinstance(k, str) else f"{k.__module__}.{k.__name__}": wanted[k] for k in wanted}
    return {n: order for n, order in names.items() if order and n.startswith("crawler.")}


def test_few_modules_know_of_web_archives() -> None:
    packages = ("crawler", "pipelines", "archive", "curation", "fleet", "tinhuyen")
    files = [file for package in packages for file in (ROOT / package).rglob("*.py")]
    naming = {
        str(file.relative_to(ROOT)) for file in files if NAMES.search(file.read_text("utf-8"))
    }
    assert "crawler/spiders/district.py" not in naming
    assert naming == KNOW_WEB_ARCHIVES


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, set()),
        ({"wayback": "", "media": ""}, set()),
        ({"media": "0"}, set()),
        ({"media": "yes"}, {MediaSpider}),
        ({"wayback": ARCHIVE}, {WaybackSpider}),
        ({"wayback": ARCHIVE, "media": "1", "full": "1"}, {WaybackSpider, MediaSpider}),
    ],
)
def test_a_spider_is_of_the_modes_that_are_asked_for(
    tmp_path: Path, arguments: dict[str, str], expected: set[type]
) -> None:
    spider = spider_of(tmp_path, **arguments)
    assert {mode for mode in loader.MODES.values() if isinstance(spider, mode)} == expected
    assert spider.name == spider.site.key == "test"
    assert spider.full is ("full" in arguments)


def test_what_a_mode_is_not_told_right_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="-a media=maybe"):
        spider_of(tmp_path, media="maybe")
    with pytest.raises(ValueError, match="must be an address"):
        spider_of(tmp_path, wayback="archive")
    with pytest.raises(ValueError, match="-a rescue asks the portal's own REST"):
        spider_of(tmp_path, wayback=ARCHIVE, rescue="yes")


def test_a_mode_is_added_as_a_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class NightSpider(DistrictSpider):
        custom_settings: ClassVar[dict[str, Any]] = {"RETRY_TIMES": 9}

        def __init__(self, night: str, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.night = night

    monkeypatch.setitem(loader.MODES, "night", NightSpider)
    spider = spider_of(tmp_path, night="22-5", wayback="http://127.0.0.1:8080/portal/")
    assert isinstance(spider, NightSpider)
    assert isinstance(spider, WaybackSpider)
    assert spider.night == "22-5"
    assert spider.crawler.settings.getint("RETRY_TIMES") == 9
    assert not isinstance(spider_of(tmp_path), NightSpider)


def test_only_a_crawl_of_a_web_archive_has_its_middlewares(tmp_path: Path) -> None:
    live = middlewares(spider_of(tmp_path))
    of_archive = middlewares(spider_of(tmp_path, wayback=ARCHIVE))
    assert not [name for name in live if NAMES.search(name)]
    backoff = f"{BackOffMiddleware.__module__}.{BackOffMiddleware.__name__}"
    assert set(live) - set(of_archive) == {backoff}
    added = {name.rpartition(".")[2]: of_archive[name] for name in set(of_archive) - set(live)}
    assert added == {
        "AskMementoMiddleware": 40, "MementoMiddleware": 545,
        "ArchiveBackOffMiddleware": live[backoff],
    }  # fmt: skip


def test_components_know_a_spider_by_what_they_ask_of_it(tmp_path: Path) -> None:
    for spider in (spider_of(tmp_path), spider_of(tmp_path, wayback=ARCHIVE)):
        assert isinstance(spider, Kept)
        assert isinstance(spider, Scoped)
        assert isinstance(spider, Asking)


HOST = "http://cong.example/"
LISTS = f"{ARCHIVE}cdx/search/cdx?url=x"


@pytest.mark.parametrize(
    ("arguments", "url", "meta", "stray"),
    [
        ({}, f"{HOST}tin/a/", {}, None),
        ({}, f"{HOST}khac/a/", {}, f"{HOST}khac/a/"),
        ({}, f"{HOST}tep/a.jpg", {WHOLE_HOST: True}, None),
        ({}, f"{HOST}robots.txt", {"dont_obey_robotstxt": True}, None),
        ({}, "http://khac.example/a.jpg", {WHOLE_HOST: True}, "http://khac.example/a.jpg"),
        ({}, LISTS, {}, LISTS),
        ({}, f"{MEMENTO}{HOST}tin/a/", {}, f"{MEMENTO}{HOST}tin/a/"),
        ({"wayback": ARCHIVE}, f"{HOST}tin/a/", {}, f"{HOST}tin/a/"),
        ({"wayback": ARCHIVE}, f"{HOST}robots.txt", {"dont_obey_robotstxt": True},
         f"{HOST}robots.txt"),
        ({"wayback": ARCHIVE}, f"{ARCHIVE}robots.txt", {"dont_obey_robotstxt": True}, None),
        ({"wayback": ARCHIVE}, f"{ARCHIVE}web/", {}, f"{ARCHIVE}web/"),
        ({"wayback": ARCHIVE}, LISTS, {}, None),
        ({"wayback": ARCHIVE}, f"{MEMENTO}{HOST}tin/a/", {}, None),
        ({"wayback": ARCHIVE}, f"{MEMENTO}{HOST}khac/a/", {}, f"{HOST}khac/a/"),
        ({"wayback": ARCHIVE}, f"{MEMENTO}{HOST}tep/a.jpg", {WHOLE_HOST: True}, None),
    ],
)  # fmt: skip
def test_what_may_be_asked_is_the_modes_to_say(
    tmp_path: Path, arguments: dict[str, str], url: str, meta: dict[str, Any], stray: str | None
) -> None:
    spider = spider_of(tmp_path, **arguments)
    assert spider.scope.stray(Request(url, meta=meta)) == stray


def test_a_probe_asks_what_the_site_owns() -> None:
    async def work(fetch: Any) -> None:
        """Ask nothing."""

    site = Site(key="test", name="Huyện Thử", base_url=HOST, cms="generic")
    spider = ProbeSpider(site, work)
    assert isinstance(spider, Scoped)
    assert spider.scope.stray(Request(f"{HOST}a/")) is None
    assert spider.scope.stray(Request("http://khac.example/")) == "http://khac.example/"
