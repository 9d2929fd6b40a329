"""Any number of posts, recombined from a few."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from demo.district import TIMEZONE
from demo.posts import Block, Heading, Listing, Paragraph, PostSource, Quote, Table

SEED = 20210614
FIRST, LAST = datetime(2012, 3, 5, 8, tzinfo=TIMEZONE), datetime(2025, 6, 30, 17, tzinfo=TIMEZONE)
PARAGRAPHS = (4, 16)
"""How many paragraphs and other blocks of text a post has, at least and at most."""


def recombine(originals: Sequence[PostSource], count: int) -> Iterator[PostSource]:
    """Yield `count` posts, oldest first, no two of one date or slug.

    Each takes title, category and pictures from one of the originals and its text from all of
    them. The result depends on the arguments alone.
    """
    choose = random.Random(SEED)  # noqa: S311 - repeatable on purpose
    originals = [post for post in originals if post.status == "publish"]
    texts = [block for post in originals for block in post.blocks if isinstance(block, TEXT)]
    step = (LAST - FIRST) / max(count, 1)
    for number in range(1, count + 1):
        original = choose.choice(originals)
        kept = [block for block in original.blocks if not isinstance(block, TEXT)]
        blocks: list[Block] = [*choose.sample(texts, min(len(texts), choose.randint(*PARAGRAPHS)))]
        for block in kept:
            blocks.insert(choose.randint(1, len(blocks)), block)
        if step > timedelta(seconds=2):
            jitter = timedelta(seconds=choose.randrange(int(step.total_seconds() // 2)))
        else:
            jitter = timedelta()
        yield replace(
            original,
            slug=f"{original.slug}-{number}",
            title=f"{original.title} (bài {number})",
            date=(FIRST + step * number + jitter).replace(microsecond=0),
            blocks=tuple(blocks),
            modified=None,
            traps=(),
        )


TEXT = Paragraph | Heading | Listing | Quote | Table
