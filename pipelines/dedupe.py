"""Keep a paragraph that an article repeats once, and count what was dropped."""

from collections import Counter
from dataclasses import replace
from html import escape
from typing import Self

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from scrapy.crawler import Crawler

from crawler.items import Article, Block, Visit

SHORTEST_REPEAT = 20
"""Words (syllables, in Vietnamese) from which a repeated paragraph is a slip, not a refrain."""

_SHORTEST_GLUED = 150
"""Characters from which a paragraph that stands again inside another one is a slip."""


class DedupePipeline:
    """Drops the repeats of every article that a visit brought; counts under ``dedupe/``."""

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the pipeline for one crawl."""
        return cls(crawler)

    def process_item(self, visit: Visit) -> Visit:
        """Put the article without repeats in the place of the one that was read."""
        if visit.page and visit.page.article:
            visit.page.article, changes = dedupe(visit.page.article)
            for rule, count in changes.items():
                self.stats.inc_value(f"dedupe/{rule}", count)
        return visit


def dedupe(article: Article) -> tuple[Article, Counter[str]]:
    """Return the article with each paragraph once, and what was dropped, by rule.

    ``lead``: the lead stood again as the first paragraph. ``paragraph``: a paragraph stood again
    later, with what followed it both times. ``glued``: it stood again at the edge of another.
    Short lines and verse (a paragraph of several lines) repeat for a reason and are kept, and so
    is everything in tables, lists and quotes. *article* must be clean: equal texts are compared.
    """
    changes: Counter[str] = Counter()
    blocks = article.blocks
    lead = article.lead
    if lead and blocks and blocks[0].text == lead:
        changes["lead"] += 1
        if any(block.text for block in blocks[1:]):
            blocks = blocks[1:]
        else:
            lead = None  # the lead is all there is: it is the text
    blocks = _without_repeats(blocks, changes)
    blocks = _without_glued(blocks, changes)
    return replace(article, lead=lead, blocks=blocks), changes


def _is_prose(block: Block) -> bool:
    return block.kind == "paragraph" and "\n" not in block.text


def _without_repeats(blocks: list[Block], changes: Counter[str]) -> list[Block]:
    first: dict[str, int] = {}
    dropped: set[int] = set()
    for index, block in enumerate(blocks):
        if not _is_prose(block) or len(block.text.split()) < SHORTEST_REPEAT:
            continue
        before = first.setdefault(block.text, index)
        if before != index:
            dropped |= _same_run(blocks, before, index)
    if dropped:
        changes["paragraph"] += len(dropped)
    return [block for index, block in enumerate(blocks) if index not in dropped]


def _same_run(blocks: list[Block], before: int, index: int) -> set[int]:
    """Return the repeat at *index* with the blocks around it that repeat with it."""
    run = {index}
    for step in (-1, 1):
        offset = step
        while (
            0 <= before + offset < index
            and index + offset < len(blocks)
            and before < index + offset
            and blocks[before + offset] == blocks[index + offset]
            and before + offset not in run
        ):
            run.add(index + offset)
            offset += step
    return run


def _without_glued(blocks: list[Block], changes: Counter[str]) -> list[Block]:
    long = [b.text for b in blocks if _is_prose(b) and len(b.text) >= _SHORTEST_GLUED]
    kept = []
    for block in blocks:
        if _is_prose(block):
            for text in long:
                if text != block.text and text in block.text:
                    start = block.text.index(text)
                    if start == 0 or start + len(text) == len(block.text):
                        block = _cut(block, text)
                        changes["glued"] += 1
        kept.append(block)
    return kept


def _cut(block: Block, text: str) -> Block:
    """Return a block without *text*, which stands at its beginning or end."""
    rest = block.text.replace(text, "", 1).strip()
    html = _cut_html(block.html, text) or f"<p>{escape(rest, quote=False)}</p>"
    return replace(block, html=html, text=rest)


def _cut_html(html: str, text: str) -> str | None:
    soup = BeautifulSoup(html, "html.parser")
    strings = [s for s in soup.find_all(string=True) if isinstance(s, NavigableString)]
    whole = "".join(strings)
    start = whole.find(text)
    if start < 0:
        return None
    end, position = start + len(text), 0
    for string in strings:
        first, last = max(start - position, 0), max(end - position, 0)
        position += len(string)
        if first < len(string) and last > 0:
            string.replace_with(NavigableString(string[:first] + string[last:]))
    for tag in soup.find_all(True):
        if isinstance(tag, Tag) and not tag.get_text(strip=True) and not tag.find(["img", "br"]):
            tag.decompose()
    return str(soup)
