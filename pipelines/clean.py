"""Clean an article into text that can be quoted, and count what was changed."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Any, TypeVar

import nh3

from crawler.page import TEXTS, AboutPicture, Article, Attachment, Block, Image
from crawler.text.labels import heading, label, names_related
from crawler.text.normalise import is_normal, normalise, normalise_html
from crawler.vocabulary import BlockKind

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

_VIEWS = r"(?:(?:số )?(?:lượt|lần) (?:xem|đọc)|đã xem|views?)"
_COUNTER = re.compile(
    rf"{_VIEWS}\s*:?\s*\d[\d\s.,]*(?:lượt|lần)?|\d[\d\s.,]*{_VIEWS}", re.IGNORECASE
)
_SHARE = re.compile(
    r"(?:(?:chia sẻ|share|facebook|twitter|zalo|messenger|e-?mail|pinterest|linkedin|telegram|"
    r"whatsapp|tweet|google\+|sao chép liên kết|copy link|in bài(?: viết)?|in trang|print|thích|"
    r"like)[\s:|,]*)+",
    re.IGNORECASE,
)
_LINKS = re.compile(r"<a [^>]*>.*?</a>", re.DOTALL)
_TAGS = re.compile(r"<[^>]+>")
_TAG = re.compile(r"(<[^<>]*>)")
_REFERENCES = {"&amp;": "\ue0f0", "&lt;": "\ue0f1", "&gt;": "\ue0f2"}
_MANY = 5_000
_MOST_ROUNDS = 8
_SHOWN = (BlockKind.FIGURE, BlockKind.EMBED)
"""Blocks that say something without a text."""


def sanitised(html: str) -> str:
    """Return HTML with what an article's may have, and nothing that runs."""
    return _SAFE.clean(html)


def clean(article: Article) -> tuple[Article, Counter[str]]:
    """Return the article in clean text and safe HTML, and what was changed, by rule.

    Beside the rules of `crawler.text.normalise`: ``caption`` (a caption that stood in the text as
    well), ``share``, ``counter``, ``neighbour``, ``related`` (what a portal puts around its text
    and had slipped in). Cleaning a clean article changes nothing.
    """
    changes: Counter[str] = Counter()

    images = tuple(_with_clean_texts(image, changes) for image in article.images)
    files = tuple(_with_clean_texts(file, changes) for file in article.attachments)
    blocks = [_clean_block(block, changes) for block in article.blocks]
    blocks = [block for block in blocks if block.text or block.kind in _SHOWN]
    blocks = _without_captions(blocks, {image.caption for image in images}, changes)
    blocks = without_remnants(blocks, [file.url for file in files], changes)
    cleaned = _with_clean_texts(article, changes)
    return replace(cleaned, images=images, attachments=files, blocks=tuple(blocks)), changes


def clean_about(about: AboutPicture) -> AboutPicture:
    """Return what a page about a picture says in clean text, as an article's captions are."""
    return _with_clean_texts(about, Counter())


Texts = TypeVar("Texts", Article, Image, Attachment, AboutPicture)


def _with_clean_texts(value: Texts, changes: Counter[str]) -> Texts:
    """Return a value with each of its texts clean, and one that says nothing as if not there."""
    clean_texts: dict[str, Any] = {}
    for name, empty in TEXTS[type(value)].items():
        text = getattr(value, name)
        if isinstance(text, tuple):
            lines = (_line(each, changes) for each in text)
            clean_texts[name] = tuple(dict.fromkeys(filter(None, lines)))
        elif text is not None:
            clean_texts[name] = _line(text, changes) or empty
    return replace(value, **clean_texts)


def _line(text: str, changes: Counter[str]) -> str:
    return " ".join(normalise(text, changes).split("\n"))


def _clean_block(block: Block, changes: Counter[str]) -> Block:
    if block.kind == BlockKind.PRE:  # its white space is meant
        html, text = (unicodedata.normalize("NFC", part) for part in (block.html, block.text))
        return replace(block, html=_until_stable(_safe, html), text=text)
    if _is_plain(block):
        return block
    return replace(
        block,
        html=_until_stable(lambda html: normalise_html(_safe(html)), block.html),
        text=normalise(block.text, changes),
    )


def _safe(html: str) -> str:
    """Return HTML with what may be shown, and nothing else.

    The cleaner takes the square of the number of the references in a text: where there are many,
    each is a letter of nobody's meanwhile.
    """
    if html.count("&") < _MANY or any(letter in html for letter in _REFERENCES.values()):
        return _SAFE.clean(html)
    pieces = _TAG.split(html)
    for place in range(0, len(pieces), 2):  # between the tags
        for reference, letter in _REFERENCES.items():
            pieces[place] = pieces[place].replace(reference, letter)
    html = _SAFE.clean("".join(pieces))
    for reference, letter in _REFERENCES.items():
        html = html.replace(letter, reference)
    return html


def _is_plain(block: Block) -> bool:
    """Whether a block is a paragraph of normal text and nothing else: it is safe as it stands."""
    text = block.text
    if block.html != f"<p>{text}</p>" or "<" in text or ">" in text:
        return False
    return bool(text) and is_normal(text)


def _until_stable(rule: Callable[[str], str], html: str) -> str:
    """Apply a rule until nothing changes: what was dropped may have held HTML apart."""
    for _ in range(_MOST_ROUNDS):
        before, html = html, rule(html)
        if html == before:
            break
    return html


def _without_captions(
    blocks: list[Block], captions: set[str | None], changes: Counter[str]
) -> list[Block]:
    """Drop the paragraphs that say what a caption says, unless the article says nothing else."""
    kept = [b for b in blocks if b.kind != BlockKind.PARAGRAPH or b.text not in captions]
    says_more = any(block.text and not _remnant(block) for block in kept)
    if len(kept) == len(blocks) or not says_more:
        return blocks
    changes["caption"] += len(blocks) - len(kept)
    return kept


def without_remnants(blocks: list[Block], files: list[str], changes: Counter[str]) -> list[Block]:
    """Drop what the portal puts above and below the text; what stands inside it is the text.

    *files* are the addresses of the article's attachments; *changes* counts by rule, as in `clean`.
    """
    kept = list(blocks)
    while kept and _remnant(kept[0]) == "share":
        changes["share"] += 1
        kept.pop(0)
    while kept:
        if rule := _remnant(kept[-1]):
            kept.pop()
        elif (start := _start_of_related(kept, files)) is not None:
            rule = "related"
            del kept[start:]
        else:
            break
        changes[rule] += 1
    return kept


def _remnant(block: Block) -> str | None:
    """Return the rule by which a block is no part of the text, if every line of it says so."""
    if block.kind not in (BlockKind.PARAGRAPH, BlockKind.LIST, BlockKind.HEADING) or not block.text:
        return None
    if block.kind == BlockKind.LIST and _says_more_than_links(block):
        return None
    linked = _links_all_but_labels(block)
    lines = [line.removeprefix("- ") for line in block.text.split("\n")]
    rules = [_remnant_line(line, linked=linked) for line in lines]
    return rules[0] if all(rules) else None


def _remnant_line(line: str, *, linked: bool) -> str | None:
    if _COUNTER.fullmatch(line):
        return "counter"
    if _SHARE.fullmatch(line):
        return "share"
    return "neighbour" if _is_of_neighbour(line, linked=linked) else None


def _is_of_neighbour(line: str, *, linked: bool) -> bool:
    """Whether a line is the label of a neighbour, with or without its title, or of a list of them.

    A label that only says a direction ("Tiếp: …") goes with a title only where that is *linked*:
    in a text it may say which of two pictures is which.
    """
    if heading(line):
        return True
    said = label(line)
    if said is None:
        return False
    title = line.partition(said.text)[2].lstrip(" :»«›‹→←-–")
    if title[:1].islower() or title.endswith("."):
        return False  # a sentence
    return said.names_article or linked or _is_label(line)


def _is_label(text: str) -> bool:
    """Whether a text is the label of a neighbour and nothing else."""
    said = label(text)
    return said is not None and not any(map(str.isalnum, text.partition(said.text)[2]))


def _links_all_but_labels(block: Block) -> bool:
    """Whether the only words of a block that are no link are labels such as "Tiếp:"."""
    unlinked = _TAGS.sub("\n", _LINKS.sub("", block.html)).split("\n")
    return all(_is_label(text) for text in unlinked if any(map(str.isalnum, text)))


def _start_of_related(blocks: list[Block], files: list[str]) -> int | None:
    """Return where a list of related articles begins, if that is what the article ends with.

    Below its heading there are only links and the pictures that go with them, and no link leads
    to a file of the article; above it there is text.
    """
    linked = False
    for index in range(len(blocks) - 1, -1, -1):
        block = blocks[index]
        if names_related(block.text) or heading(block.text):
            is_list = linked or index == len(blocks) - 1
            return index if is_list and any(b.text for b in blocks[:index]) else None
        if _says_more_than_links(block) or any(escape(url) in block.html for url in files):
            return None
        linked |= bool(block.text)
    return None


def _says_more_than_links(block: Block) -> bool:
    if block.kind in _SHOWN:
        return False
    return bool(_TAGS.sub("", _LINKS.sub("", block.html)).strip())
