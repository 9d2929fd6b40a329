"""Clean an article into text that can be quoted, and count what was changed."""

import re
from collections import Counter
from dataclasses import replace
from typing import Self

import nh3
from scrapy.crawler import Crawler

from crawler.items import Article, Block, Visit
from crawler.text.normalise import normalise, normalise_html

_SAFE = nh3.Cleaner(
    tags={
        *("a", "b", "blockquote", "br", "caption", "code", "del", "em", "figcaption", "figure"),
        *("h2", "h3", "h4", "h5", "h6", "i", "img", "ins", "li", "ol", "p", "pre", "s", "strong"),
        *("sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
    },
    attributes={
        "a": {"href"},
        "img": {"src", "alt", "width", "height"},
        "ol": {"start"},
        "td": {"colspan", "rowspan"},
        "th": {"colspan", "rowspan"},
    },
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow noopener",
)

_NEIGHBOUR = re.compile(
    r"(?:bài (?:viết )?trước(?: đó)?|bài (?:viết )?sau|bài tiếp(?: theo)?|bài kế tiếp|"
    r"(?:bài|tin) (?:cũ|mới) hơn|previous (?:article|post)|next (?:article|post))",
    re.IGNORECASE,
)
_COUNTER = re.compile(
    r"(?:(?:số )?lượt (?:xem|đọc)|đã xem|views?)?\s*:?\s*\d[\d\s.,]*(?:lượt (?:xem|đọc)|views?)?",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"(?:(?:chia sẻ|share|facebook|twitter|zalo|messenger|e-?mail|pinterest|linkedin|telegram|"
    r"whatsapp|tweet|google\+|sao chép liên kết|copy link|in bài(?: viết)?|in trang|print|thích|"
    r"like)[\s:|,]*)+",
    re.IGNORECASE,
)
_RELATED = re.compile(
    r"(?:(?:các )?(?:tin|bài)(?: bài)?(?: viết)? (?:liên quan|khác|cùng chuyên mục|cùng chủ đề)|"
    r"có thể bạn quan tâm|xem thêm|đọc thêm|related (?:articles|posts))\s*:?",
    re.IGNORECASE,
)
_LINKS = re.compile(r"<a [^>]*>.*?</a>", re.DOTALL)
_TAGS = re.compile(r"<[^>]+>")


class CleanPipeline:
    """Cleans the article of every visit that brought one; counts under ``clean/``."""

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the pipeline for one crawl."""
        return cls(crawler)

    def process_item(self, visit: Visit) -> Visit:
        """Put the cleaned article in the place of the one that was read."""
        if visit.page and visit.page.article:
            visit.page.article, changes = clean(visit.page.article)
            for rule, count in changes.items():
                self.stats.inc_value(f"clean/{rule}", count)
        return visit


def clean(article: Article) -> tuple[Article, Counter[str]]:
    """Return the article in clean text and safe HTML, and what was changed, by rule.

    Beside the rules of `crawler.text.normalise`: ``caption`` (a caption that stood in the text as
    well), ``share``, ``counter``, ``neighbour``, ``related`` (what a portal puts around its text
    and had slipped in). Cleaning a clean article changes nothing.
    """
    changes: Counter[str] = Counter()

    def text(value: str | None) -> str | None:
        return normalise(value, changes) or None if value else None

    images = [replace(i, caption=text(i.caption), alt=text(i.alt)) for i in article.images]
    cleaned = replace(
        article,
        title=text(article.title) or "",
        lead=text(article.lead),
        author=text(article.author),
        category=text(article.category),
        tags=list(dict.fromkeys(tag for name in article.tags if (tag := text(name)))),
        images=images,
        attachments=[replace(a, label=text(a.label)) for a in article.attachments],
        blocks=_without_remnants([_clean_block(b, changes) for b in article.blocks], changes),
    )
    captions = {image.caption for image in images}
    repeats = [b for b in cleaned.blocks if b.kind == "paragraph" and b.text in captions]
    cleaned.blocks = [block for block in cleaned.blocks if block not in repeats]
    changes.update({"caption": len(repeats)} if repeats else {})
    return cleaned, changes


def _clean_block(block: Block, changes: Counter[str]) -> Block:
    if block.kind == "pre":
        return replace(block, html=_SAFE.clean(block.html))
    text = normalise(block.text, changes)
    return replace(block, html=normalise_html(_SAFE.clean(block.html)), text=text)


def _without_remnants(blocks: list[Block], changes: Counter[str]) -> list[Block]:
    """Drop what the portal puts above and below the text; what stands inside it is the text."""
    kept = [block for block in blocks if block.text or block.kind in ("figure", "embed")]
    kept = kept[: _start_of_related(kept, changes)]
    while kept and (rule := _remnant(kept[-1])):
        changes[rule] += 1
        kept.pop()
    while kept and (rule := _remnant(kept[0])) == "share":
        changes[rule] += 1
        kept.pop(0)
    return kept


def _remnant(block: Block) -> str | None:
    """Return the rule by which a block is no part of the text, if every line of it says so."""
    if block.kind not in ("paragraph", "list", "heading") or not block.text:
        return None
    rules = [_remnant_line(line.removeprefix("- ")) for line in block.text.split("\n")]
    return rules[0] if all(rules) else None


def _remnant_line(line: str) -> str | None:
    if _COUNTER.fullmatch(line):
        return "counter"
    if _SHARE.fullmatch(line):
        return "share"
    label = _NEIGHBOUR.match(line)
    if label and _ends_label(line[label.end() :]):
        return "neighbour"
    return None


def _ends_label(rest: str) -> bool:
    """Whether what follows "Bài trước" makes it a label: nothing, a colon, or a title."""
    rest = rest.lstrip(" :»«›‹→←-–")
    return not rest or not rest[0].islower()


def _start_of_related(blocks: list[Block], changes: Counter[str]) -> int:
    """Return where a list of related articles begins, below which there are only links."""
    for index in range(len(blocks) - 1, -1, -1):
        if _RELATED.fullmatch(blocks[index].text):
            changes["related"] += 1
            return index
        if _says_more_than_links(blocks[index]):
            break
    return len(blocks)


def _says_more_than_links(block: Block) -> bool:
    if block.kind in ("figure", "embed"):
        return False
    return bool(_TAGS.sub("", _LINKS.sub("", block.html)).strip())
