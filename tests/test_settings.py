"""What is set is obeyed: by the site, by the settings, on the command line, in that order."""

from pathlib import Path

import pytest
from scrapy.crawler import Crawler
from scrapy.settings import Settings

from crawler.loader import SiteSpiderLoader
from crawler.spiders.arguments import is_true
from crawler.spiders.media import MediaSpider
from tests.conftest import Archived


def crawler_of(tmp_path: Path, toml: dict[str, float], **cmdline: str) -> Crawler:
    """Return the crawler of the site ``test`` with these facts and these settings of the user's."""
    archived = Archived(tmp_path)
    archived.describe("http://cong.example/", **({"delay": None} | toml))
    settings = Settings({"SITES_DIR": str(tmp_path / "sites")})
    settings.setmodule("crawler.settings")
    settings.set("SITES_DIR", str(tmp_path / "sites"), priority="cmdline")
    for name, value in cmdline.items():
        settings.set(name, value, priority="cmdline")
    return Crawler(SiteSpiderLoader.from_settings(settings).load("test"), settings)


@pytest.mark.parametrize(
    ("toml", "cmdline", "expected"),
    [
        ({}, {}, 1.0),
        ({"delay": 3.5}, {}, 3.5),
        ({"delay": 0.2}, {}, 0.2),
        ({}, {"DOWNLOAD_DELAY": "7"}, 7.0),
        ({"delay": 3.5}, {"DOWNLOAD_DELAY": "7"}, 7.0),
        ({"delay": 3.5}, {"DOWNLOAD_DELAY": "0.5"}, 0.5),
    ],
)
def test_the_delay_is_the_commands_then_the_sites_then_the_settings(
    tmp_path: Path, toml: dict[str, float], cmdline: dict[str, str], expected: float
) -> None:
    assert crawler_of(tmp_path, toml, **cmdline).settings.getfloat("DOWNLOAD_DELAY") == expected


def test_a_delay_of_the_settings_is_read_where_the_site_has_none(tmp_path: Path) -> None:
    Archived(tmp_path).describe("http://cong.example/", delay=None)
    settings = Settings({"SITES_DIR": str(tmp_path / "sites"), "DOWNLOAD_DELAY": 4})
    crawler = Crawler(SiteSpiderLoader.from_settings(settings).load("test"), settings)
    assert crawler.settings.getfloat("DOWNLOAD_DELAY") == 4


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", False),
        ("0", False),
        ("false", False),
        ("No", False),
        (False, False),
        ("1", True),
        ("True", True),
        ("yes", True),
        (True, True),
    ],
)
def test_an_argument_of_the_spider_is_true_or_false(
    tmp_path: Path, value: str | bool, expected: bool
) -> None:
    assert is_true("full", value) is expected
    crawler = crawler_of(tmp_path, {})
    spider = crawler.spidercls.from_crawler(crawler, full=value, rescue=value, media=value)
    assert (spider.full, spider.rescue, isinstance(spider, MediaSpider)) == (expected,) * 3


def test_an_argument_that_is_neither_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^-a full=maybe: it must be one of 1, true, yes, 0, fa"):
        is_true("full", "maybe")
