"""What the portal published, in its own words: the record that a crawl is held against."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

TIMEZONE = ZoneInfo("Asia/Ho_Chi_Minh")

Status = Literal["publish", "draft", "pending", "private", "future", "trash"]


@dataclass(frozen=True)
class Passage:
    """One piece of an article's text, as a reader sees it: NFC, no markup, typographic quotes."""

    kind: Literal["paragraph", "heading", "item", "quote", "cell"]
    text: str


@dataclass(frozen=True)
class Picture:
    """An image in an article's text; `caption` is empty where the article shows none."""

    url: str
    caption: str
    alt: str


@dataclass(frozen=True)
class Attachment:
    """A file that an article offers, by its absolute address and the words of its link."""

    url: str
    label: str


@dataclass(frozen=True)
class Post:
    """A post or page as WordPress holds it, and as a reader should find it."""

    id: int
    url: str
    """Its permalink; `…/?p=ID` while it is a draft or scheduled."""
    status: Status
    title: str
    """As displayed: NFC, typographic quotes."""
    published_at: datetime
    """Aware, +07:00, to the second."""
    modified_at: datetime
    passages: tuple[Passage, ...]
    """The whole text in reading order, over all parts of a divided post; captions are apart."""
    author: str
    """The author's display name."""
    categories: tuple[str, ...]
    """Names, without their parents; WordPress shows them and the tags in an order of its own."""
    tags: tuple[str, ...]
    pictures: tuple[Picture, ...]
    """The pictures within the text, in order."""
    featured: Picture | None
    """The featured image, which a theme shows apart from the text."""
    attachments: tuple[Attachment, ...]
    parts: int
    """How many pages `<!--nextpage-->` makes of it: part 2 is at `url + "2/"`."""
    password: str
    """Empty unless the post is password-protected."""

    @property
    def paragraphs(self) -> list[str]:
        """The running text: paragraphs and quotations, without headings, lists and tables."""
        return [p.text for p in self.passages if p.kind in ("paragraph", "quote")]


def as_displayed(text: str) -> str:
    """`text` with the typography that WordPress's `wptexturize` gives to the marks we write.

    Straight double quotes, spaced hyphens and three dots are all that our posts contain.
    """
    text = re.sub(r'"([^"]*)"', r"“\1”", text)
    return text.replace(" - ", " – ").replace("...", "…")
