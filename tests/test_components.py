"""Which parts of Scrapy a crawl has: those it needs, and none that is read for nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from scrapy.settings import Settings, default_settings

from crawler import settings

ROOT = Path(__file__).parents[1]

NEEDED = {
    "DOWNLOADER_MIDDLEWARES": [
        "StayMiddleware", "BoundsMiddleware", "RobotsMiddleware", "DownloadTimeoutMiddleware",
        "DefaultHeadersMiddleware", "UserAgentMiddleware", "CaptureMiddleware",
        "BackOffMiddleware", "EncodingMiddleware", "RedirectMiddleware", "HttpProxyMiddleware",
        "TurnMiddleware", "LeashMiddleware", "DownloaderStats",
    ],
    "SPIDER_MIDDLEWARES": [],
    "EXTENSIONS": [
        "CoreStats", "LogCount", "MemoryUsage", "CloseSpider", "LogStats", "StuckExtension",
    ],
}  # fmt: skip
"""In the order in which a request passes them."""
DONE_WITHOUT = {
    "OffsiteMiddleware", "RobotsTxtMiddleware", "HttpAuthMiddleware", "RetryMiddleware",
    "MetaRefreshMiddleware", "HttpCompressionMiddleware", "CookiesMiddleware",
    "HttpCacheMiddleware",
    "StartSpiderMiddleware", "HttpErrorMiddleware", "RefererMiddleware", "UrlLengthMiddleware",
    "DepthMiddleware", "MetaCopyDetectionMiddleware",
    "TelnetConsole", "MemoryDebugger", "FeedExporter", "SpiderState", "AutoThrottle",
    "RemoteControl",
}  # fmt: skip


def name_of(component: object) -> str:
    return component.__name__ if isinstance(component, type) else str(component).rpartition(".")[2]


@pytest.mark.parametrize("setting", NEEDED)
def test_a_crawl_has_what_it_needs_in_its_order(setting: str) -> None:
    read = Settings()
    read.setmodule("crawler.settings")
    had = read.get_component_priority_dict_with_base(setting)
    assert [name_of(one) for one in sorted(had, key=lambda one: had[one])] == NEEDED[setting]


def test_what_scrapy_has_by_default_is_had_or_done_without() -> None:
    """What a later Scrapy brings, or calls otherwise, is decided on and not overlooked."""
    brought = {
        name_of(one) for setting in NEEDED for one in getattr(default_settings, f"{setting}_BASE")
    }
    assert brought == DONE_WITHOUT | (brought & {one for had in NEEDED.values() for one in had})
    assert not DONE_WITHOUT & {one for had in NEEDED.values() for one in had}


def test_what_copies_of_the_process_need_is_read_before() -> None:
    """All of ours that Scrapy would read as a crawl begins, but no reactor: it is had by one."""
    named = [
        name
        for setting in ("ITEM_PIPELINES", "DOWNLOADER_MIDDLEWARES", "EXTENSIONS")
        for name in getattr(settings, setting)
    ] + [name for name in settings.DOWNLOAD_HANDLERS.values() if name]
    code = """
import json, sys
from tinhuyen.crawling import read_components
read_components()
print(json.dumps(sorted(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    loaded = set(json.loads(done.stdout))
    assert {name.rpartition(".")[0] for name in named} <= loaded
    assert "twisted.internet.reactor" not in loaded


FOR_NOTHING = (
    *("aiohttp", "requests", "tldextract", "twisted.conch"),
    *("datasette", "bs4", "trafilatura", "pandas", "duckdb"),
)
"""What a crawl would read, and not use."""


def test_a_crawl_reads_no_library_for_nothing(tmp_path: Path) -> None:
    code = f"""
import contextlib, json, sys
from tinhuyen.cli import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(sys.stderr):
    main(["crawl", "demo", "--limit", "1", "--db", {str(tmp_path / "archive.db")!r}])
print(json.dumps(sorted(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
        timeout=60,
    )  # fmt: skip
    loaded = set(json.loads(done.stdout))
    assert {"scrapy", "twisted", "crawler.readers"} <= loaded, done.stderr
    assert (tmp_path / "archive.db").exists(), done.stderr
    assert not loaded & {*FOR_NOTHING}
