"""Keep a paragraph that an article repeats once, and count what was dropped."""

import re
from collections import Counter
from dataclasses import replace
from html import escape
from itertools import pairwise

from crawler.page import Article, Block
from crawler.text.patterns import lazily
from crawler.vocabulary import BlockKind
from pipelines.clean import without_remnants

SHORTEST_REPEAT = 20
"""Words (syllables, in Vietnamese) from which a repeated paragraph is a slip, not a refrain."""

_SHORTEST_GLUED = 150
"""Characters from which a paragraph that stands again inside another one is a slip."""


def dedupe(article: Article) -> tuple[Article, Counter[str]]:
    """Return the article with each paragraph once, and what was dropped, by rule.

    ``lead``: the lead stood again as the first paragraph. ``paragraph``: a paragraph stood again
    later, with what stood around it both times. ``glued``: it stood again at the edge of another.
    A remnant that stood between the text and its repeat goes by the rules of `pipelines.clean`.
    The first place counts. Short lines and verse (a paragraph of several lines) repeat for a reason
    and are kept, and so are refrains, forms, signatures, answers, what a colon or a question mark
    leads to, and everything in tables, lists and quotes. How many paragraphs were dropped is added
    to the article's ``repeats``. *article* must be clean: equal texts are compared.
    """
    changes: Counter[str] = Counter()
    lead, blocks, before = article.lead, list(article.blocks), None
    files = [file.url for file in article.attachments]
    while (lead, blocks) != before:  # what was glued to a repeat may be a repeat itself
        before = lead, blocks
        blocks = _without_glued(_without_repeats(blocks, changes), changes)
        blocks = without_remnants(blocks, files, changes)
        lead, blocks = _without_doubled_lead(lead, blocks, changes)
    repeats = article.repeats + sum(changes[rule] for rule in _REPEATS)
    return replace(article, lead=lead, blocks=tuple(blocks), repeats=repeats), changes


_REPEATS = ("lead", "paragraph", "glued")
"""The rules by which a paragraph is dropped that stands in the article already."""


def _without_doubled_lead(
    lead: str | None, blocks: list[Block], changes: Counter[str]
) -> tuple[str | None, list[Block]]:
    first = next((index for index, block in enumerate(blocks) if block.text), None)
    if not lead or first is None or blocks[first].text != lead:
        return lead, blocks
    changes["lead"] += 1
    rest = blocks[:first] + blocks[first + 1 :]
    if any(block.text for block in rest):
        return lead, rest
    return None, blocks  # the lead is all there is: it is the text


def _is_prose(block: Block) -> bool:
    return (
        block.kind == BlockKind.PARAGRAPH
        and "\n" not in block.text
        and not _repeats_for_a_reason(block.text)
    )


_TO_FILL_IN = lazily(
    r"[.…_☐□▢❏\[(]"  # first a letter of a set, for which alone a text is run through in C
    r"(?:(?<=[.…_])[.…_]{4,}|(?<=…)[\s.]*…|(?<=[☐□▢❏])|(?<=\[)\s*\]|(?<=\()\s{2,}\))"
)
_SIGNED = lazily(
    r"(?:TM|KT|TL|TUQ|Q)\. ?\w|(?:Nơi nhận|Người (?:ký|viết đơn|làm đơn)|Ký tên|Đã ký|Xác nhận của|"
    r"Mọi (?:chi tiết|thông tin|ý kiến|thắc mắc)[^.]{0,40}liên hệ|(?:Thông tin )?liên hệ|Địa chỉ|"
    r"Điện thoại|Đầu mối liên hệ)\b",
    re.IGNORECASE,
)
_WRITTEN_TO = lazily(r"[\w.+-]@[\w-]+\.\w")
_CALLED = lazily(r"(?:điện thoại|số máy|đt|tel|hotline|fax)\b\W*\d")
"""Of a text in small letters: to look for those of either case takes four times as long."""


def _repeats_for_a_reason(text: str) -> bool:
    """Whether a paragraph is a part of a form, or tells who signs and how to reach them: each of
    several notices in one article ends so."""
    return bool(
        _TO_FILL_IN.search(text)
        or _SIGNED.match(text)
        or ("@" in text and _WRITTEN_TO.search(text))
        or _CALLED.search(text.lower())
    )


def _introduces(text: str) -> bool:
    """Whether a text leads to what follows, and so would miss it."""
    return text.endswith((":", "?"))


def _without_repeats(blocks: list[Block], changes: Counter[str]) -> list[Block]:
    places = _places(blocks)
    if len(places) == len(blocks):  # as in most articles: no text comes again
        return blocks
    first: dict[str, int] = {}
    dropped: set[int] = set()
    refrains = _refrains(blocks, places)
    for index, block in enumerate(blocks):
        if len(block.text.split()) < SHORTEST_REPEAT or not _is_prose(block):
            continue
        if block.text in refrains:
            continue
        before = first.setdefault(block.text, index)
        if before != index and not _is_answer(blocks, before, index):
            dropped |= _same_run(blocks, before, index)
    if dropped:
        changes["paragraph"] += len(dropped)
    return [block for index, block in enumerate(blocks) if index not in dropped]


_BESIDE_PROSE = (BlockKind.HEADING, BlockKind.LIST, BlockKind.FIGURE, BlockKind.EMBED)
_ANSWER = lazily(r"(?:trả lời|đáp)\b", re.IGNORECASE)


def _is_answer(blocks: list[Block], before: int, index: int) -> bool:
    """Whether a repeat answers something else than the first did, in the same words."""
    asked, asked_first = (blocks[i - 1].text if i else "" for i in (index, before))
    leads = _introduces(asked) or _ANSWER.match(blocks[index].text)
    return bool(leads) and asked != asked_first


_MOST_SLIPS = 3
"""How often a paragraph stands by mistake at most: it is pasted twice, or once more."""


def _places(blocks: list[Block]) -> dict[str, list[int]]:
    """Return where each text stands."""
    places: dict[str, list[int]] = {}
    for index, block in enumerate(blocks):
        places.setdefault(block.text, []).append(index)
    return places


def _refrains(blocks: list[Block], places: dict[str, list[int]]) -> set[str]:
    """Return the paragraphs that come again and again, with something else between each time."""
    refrains = set()
    for text, found in places.items():
        between = {tuple(b.text for b in blocks[a + 1 : z]) for a, z in pairwise(found)}
        if len(found) > _MOST_SLIPS and len(between) == len(found) - 1 and () not in between:
            refrains.add(text)
    return refrains


def _same_run(blocks: list[Block], before: int, index: int) -> set[int]:
    """Return the repeat at *index* with the blocks around it that repeat with it: lines, headings,
    lists and pictures, but nothing that repeats for a reason."""
    run = {index}
    for step in (-1, 1):
        offset = step
        while (
            0 <= before + offset < index
            and index + offset < len(blocks)
            and before < index + offset
            and blocks[before + offset] == blocks[index + offset]
            and (_is_prose(blocks[index + offset]) or blocks[index + offset].kind in _BESIDE_PROSE)
            and before + offset not in run
        ):
            run.add(index + offset)
            offset += step
    return run


def _without_glued(blocks: list[Block], changes: Counter[str]) -> list[Block]:
    """Drop a long paragraph that stood before at an edge of another, or stands there later."""
    if not _may_be_glued(blocks):
        return blocks
    kept: list[Block] = []
    earlier: list[str] = []
    for index, block in enumerate(blocks):
        if len(block.text) >= _SHORTEST_GLUED and _is_prose(block):
            is_led_to = index > 0 and _introduces(blocks[index - 1].text)
            if not is_led_to and any(_rest(other, block.text) for other in earlier):
                changes["glued"] += 1
                continue
            for text in earlier:
                if rest := _rest(block.text, text):
                    block = _cut(block, text, rest)
                    changes["glued"] += 1
            if len(block.text) >= _SHORTEST_GLUED:
                earlier.append(block.text)
        kept.append(block)
    return kept


def _may_be_glued(blocks: list[Block]) -> bool:
    """Whether any two long texts begin or end alike: the quick test."""
    long = [block.text for block in blocks if len(block.text) >= _SHORTEST_GLUED]
    begun = {text[:_SHORTEST_GLUED] for text in long}
    ended = {text[-_SHORTEST_GLUED:] for text in long}
    return len(begun) < len(long) or len(ended) < len(long)


def _rest(whole: str, text: str) -> str | None:
    """Return what is left of *whole* without *text* at one of its ends, None if it is not there.

    The cut must part two sentences: else the one is not the other repeated, but a wording of it.
    """
    if text == whole:
        return None
    if whole.startswith(text) and _are_two(text, rest := whole.removeprefix(text)):
        return rest.strip()
    if whole.endswith(text) and _are_two(rest := whole.removesuffix(text), text):
        return rest.strip()
    return None


def _are_two(one: str, other: str) -> bool:
    """Whether a sentence ends between two halves, or they stand together without a space."""
    if one.rstrip(" \"'”’»)").endswith((".", "!", "…")):
        return True
    return other[:1].isupper() and not one.endswith(" ")


def _cut(block: Block, text: str, rest: str) -> Block:
    """Return a block without *text*, of which *rest* is then left."""
    from pipelines.cutting import without_text  # few articles need it, and its parser takes long

    html = without_text(block.html, text) or f"<p>{escape(rest, quote=False)}</p>"
    return replace(block, html=html, text=rest)
