"""What a crawl holds of a real WordPress that nobody prepared: every family switched off."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from scrapy.settings import BaseSettings

from bench.quality import folded, overlap
from bench.stage import Stage
from crawler.loader import SiteSpiderLoader
from crawler.readers import CMS
from tests.wordpress.portal import Faults, WordPress
from tests.wordpress.record import Post

THEMES = ("twentytwentyone", "twentytwentytwo", "twentytwentythree", "sapo", "tran")
WAYS = {
    "all routes": Faults(),
    "pages alone": Faults(rest=False, sitemap=False, feeds=False),
}
"""How a portal misbehaves: whether anything but its pages names articles."""
_AIMS = {"held": 0.95, "titles": 0.97, "dates": 0.9, "text": 0.95}
_MOST_AGAIN = 3
"""Requests of a crawl that has nothing new to find."""


class Unprepared(SiteSpiderLoader):
    """Makes the sites of a process that knows no family of portals."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read the sites."""
        for name in [*CMS]:
            if name != "generic":
                del CMS[name]
        return super().from_settings(settings)


@dataclass(frozen=True)
class Crawled:
    """What came of two crawls of one portal, the second of which had nothing new to find."""

    name: str
    held: float
    """The share of the published posts that are held; the next three are shares of these."""
    titles: float
    dates: float
    text: float
    """The mean F1 of the words."""
    strangers: tuple[str, ...]
    """The addresses of what is held and is no published post."""
    verdict: str
    codes: tuple[int, int]
    requests: tuple[int, int]
    changed: int
    """Articles that the second crawl took for new or changed."""
    failures: tuple[str, ...]

    def missed(self) -> list[str]:
        """Return the aims that are not reached."""
        shares = {name: getattr(self, name) for name in _AIMS}
        told = [f"{n} {v:.3f} < {_AIMS[n]}" for n, v in shares.items() if v < _AIMS[n]]
        told += [f"held, and no article: {url}" for url in self.strangers]
        told += [f"exit codes {self.codes}"] if self.codes != (0, 0) else []
        if self.changed:
            told.append(f"{self.changed} articles changed in the second crawl")
        if self.requests[1] > _MOST_AGAIN:
            told.append(f"{self.requests[1]} requests where nothing is new")
        return told

    def row(self) -> str:
        """Return a line of the table."""
        shares = "".join(f"{getattr(self, name):>9.3f}" for name in _AIMS)
        asked = "".join(f"{n:>9}" for n in self.requests)
        return f"  {self.name:<32}{shares}{asked}  {self.verdict}, exit {self.codes[0]}"


HEAD = "  " + " " * 32 + "".join(f"{n:>9}" for n in (*_AIMS, "requests", "again")) + "  verdict"


def crawls(portal: WordPress, themes: Iterable[str] = THEMES) -> Iterator[Crawled]:
    """Crawl a portal in each of some themes, with all routes and by its pages alone."""
    for theme in themes:
        for way in WAYS:
            yield crawled(portal, theme, way)


def crawled(portal: WordPress, theme: str, way: str) -> Crawled:
    """Crawl a portal in a theme from its start page, twice; *way* is one of `WAYS`."""
    with TemporaryDirectory() as folder, portal.theme(theme), portal.misbehaving(WAYS[way]):
        stage = Stage.of(Path(folder), {"thu": portal.url.rstrip("/")}, 0.001, cms="generic")
        codes, requests, changed = [], [], 0
        for _ in range(2):
            before = len(portal.requests)
            loader = f"SPIDER_LOADER_CLASS={Unprepared.__module__}.{Unprepared.__name__}"
            done = stage.crawl("thu", "-s", loader, code=None)
            codes.append(done.code)
            requests.append(len(portal.requests) - before)
            changed = sum(one["new"] + one["changed"] for one in done.summaries)
        with closing(sqlite3.connect(stage.db)) as archive:
            archive.row_factory = sqlite3.Row
            rows = {row["url"]: row for row in archive.execute("SELECT * FROM articles")}
            verdict = archive.execute("SELECT verdict FROM coverage").fetchone()["verdict"]
    return _judged(f"{theme}, {way}", portal.posts, rows, verdict, codes, requests, changed)


def _judged(
    name: str,
    posts: list[Post],
    rows: dict[str, sqlite3.Row],
    verdict: str,
    codes: list[int],
    requests: list[int],
    changed: int,
) -> Crawled:
    failures = [f"not held: {post.url}" for post in posts if post.url not in rows]
    held = [(post, rows[post.url]) for post in posts if post.url in rows]
    titles = dates = text = 0.0
    for post, row in held:
        day = post.published_at.date().isoformat()
        if row["title"] != post.title:
            failures.append(f"title of {post.url}: {row['title']!r}")
        if (row["published_at"] or "")[:10] != day:
            failures.append(f"date of {post.url}: {row['published_at']}")
        worth = _text(row, post)
        if worth < _AIMS["text"]:
            failures.append(f"text of {post.url}: {worth:.3f}")
        titles += row["title"] == post.title
        dates += (row["published_at"] or "")[:10] == day
        text += worth
    count = max(1, len(held))
    return Crawled(
        name,
        len(held) / len(posts),
        titles / count,
        dates / count,
        text / count,
        tuple(sorted(rows.keys() - {post.url for post in posts})),
        verdict,
        (codes[0], codes[1]),
        (requests[0], requests[1]),
        changed,
        tuple(failures),
    )


def _text(row: sqlite3.Row, post: Post) -> float:
    """Return how much of the words of an article and of what was published are the same."""
    true = folded(" ".join(passage.text for passage in post.passages))
    texts = (row["body"], f"{row['lead'] or ''} {row['body']}")
    return max(overlap(folded(text), true, 1) for text in texts)
