"""What is set is obeyed: by the site, by the settings, on the command line, in that order."""

from pathlib import Path

import pytest
from scrapy.crawler import Crawler
from scrapy.settings import Settings

from crawler import settings as ours
from crawler.loader import SiteSpiderLoader
from crawler.spiders.arguments import is_true
from crawler.spiders.media import MediaSpider
from tests.conftest import Archived, run
from tinhuyen.errors import Refused
from tinhuyen.settings import crawl_settings


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


# -s NAME=VALUE

SECONDS = "a number of seconds of at least 0"
WRONG = {
    "DOWNLOAD_DELAY=abc": f"it must be {SECONDS}",
    "DOWNLOAD_DELAY=": f"it must be {SECONDS}",
    "DOWNLOAD_DELAY=-1": f"it must be {SECONDS}",
    "DOWNLOAD_TIMEOUT=inf": f"it must be {SECONDS}",
    "BACKOFF_MAX=soon": f"it must be {SECONDS}",
    "CONCURRENT_REQUESTS=0": "it must be a whole number of at least 1",
    "CONCURRENT_REQUESTS=1.5": "it must be a whole number of at least 1",
    "REVISIT_BUDGET=-3": "it must be a whole number of at least 0",
    "ROBOTSTXT_OBEY=maybe": "it must be one of 0, 1, false, true",
    "RETRY_HTTP_CODES=500,x": "it must be whole numbers, with commas between them",
    "ITEM_PIPELINES=x.Y": 'it must be a JSON object, such as {"a.Component": 100}',
    "SCHEDULER=khong.Co": (
        "it must be the dotted name of a class, such as crawler.scheduler.FrontierScheduler"
    ),
    "FOO=1": "no setting has this name; docs/crawling.md lists ours",
    "DOWNLOAD_DELAI=3": "no setting has this name; did you mean DOWNLOAD_DELAY?",
    "REVISIT_BUGDET=3": "no setting has this name; did you mean REVISIT_BUDGET?",
    "download_delay=3": "it must be NAME=VALUE, as in DOWNLOAD_TIMEOUT=180",
    "COOKIES_ENABLED=true": "a crawl has no part of Scrapy that would heed it",
    'FEEDS={"a.json": {}}': "a crawl has no part of Scrapy that would heed it",
}


@pytest.mark.parametrize("override", WRONG)
def test_a_setting_that_says_nothing_is_refused(tmp_path: Path, override: str) -> None:
    with pytest.raises(Refused) as caught:
        crawl_settings(tmp_path / "archive.db", [override])
    assert caught.value.message == f"--set {override}: {WRONG[override]}"
    assert caught.value.exit_code == 2


def test_nothing_is_begun_with_a_wrong_setting(tmp_path: Path) -> None:
    db = tmp_path / "archive.db"
    done = run("crawl", "demo", "--db", db, "-s", "DOWNLOAD_DELAY=abc")
    message = f"Error: --set DOWNLOAD_DELAY=abc: {WRONG['DOWNLOAD_DELAY=abc']}\n"
    assert (done.code, done.out, done.err) == (2, "", message)
    assert not db.exists()


RIGHT = {
    "DOWNLOAD_DELAY": "0",
    "DOWNLOAD_TIMEOUT": "0.5",
    "BACKOFF_START": "1e-2",
    "RETRY_PRIORITY_ADJUST": "-2",
    "ROBOTSTXT_OBEY": "False",
    "RETRY_HTTP_CODES": "500,503",
    "ITEM_PIPELINES": "{}",
    "SCHEDULER": "scrapy.core.scheduler.Scheduler",
    "USER_AGENT": "Ai đó",
    "HTTPCACHE_DIR": "",
    "COOKIES_ENABLED": "false",
}


def test_a_setting_is_taken_as_scrapy_takes_it(tmp_path: Path) -> None:
    settings = crawl_settings(tmp_path / "archive.db", map("=".join, RIGHT.items()))
    assert settings.getfloat("DOWNLOAD_TIMEOUT") == 0.5
    assert settings.getfloat("BACKOFF_START") == 0.01
    assert not settings.getbool("ROBOTSTXT_OBEY")
    assert settings.getlist("RETRY_HTTP_CODES") == ["500", "503"]
    assert settings["ARCHIVE_DB"] == str(tmp_path / "archive.db")


def test_every_default_of_ours_may_be_set_to_itself(tmp_path: Path) -> None:
    plain = {
        name: str(value)
        for name, value in vars(ours).items()
        if name.isupper() and isinstance(value, bool | int | float)
    }
    assert len(plain) > 15
    crawl_settings(tmp_path / "archive.db", map("=".join, plain.items()))


# The environment


def test_a_variable_with_a_slip_in_its_name_is_refused() -> None:
    done = run("sites", TINHUYEN_CONTCT="ubnd@khuoisao.example")
    message = "Error: TINHUYEN_CONTCT says nothing to us; did you mean TINHUYEN_CONTACT?\n"
    assert (done.code, done.out, done.err) == (2, "", message)
    assert run("sites", TINHUYEN_PYWB="/opt/replay/bin").code == 0, "that is somebody else's"


def test_a_contact_that_is_none_is_refused(tmp_path: Path) -> None:
    done = run("crawl", "demo", "--db", tmp_path / "archive.db", TINHUYEN_CONTACT="toi")
    message = "TINHUYEN_CONTACT is 'toi': it must be an e-mail address or a web page"
    assert (done.code, done.err) == (2, f"Error: {message}\n")
    assert not list(tmp_path.iterdir())
