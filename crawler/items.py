"""What a page says, and what became of an address: the values that flow from reader to archive."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from crawler.text.dates import Moment

PageKind = Literal[
    "article", "part", "protected", "listing", "challenge", "closed", "spam", "other"
]
"""A part is a further page of a divided article, whose first page its ``links`` name; a protected
page is an article that the portal shows only to those who know a password."""
Confidence = Literal["high", "medium", "low"]
"""How sure a reading is: said for a program or under a label; said where such things stand;
inferred from something else."""
BlockKind = Literal["paragraph", "heading", "list", "quote", "table", "figure", "embed", "pre"]


Source = Literal["live", "wayback", "import"]
"""Where an answer was had: from the portal, from a web archive in its place, from a file."""
Flag = Literal["challenge", "closed", "spam", "empty", "shrunk"]
"""Why a page that was served must not be shown as the article of its address."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of an article, or what stands in its place: a list, a table, a picture."""

    kind: BlockKind
    html: str
    """The block as HTML, one element."""
    text: str
    """What it says in plain text; "" for a figure or an embed, whose words are not the article's.
    Lines are parted by a newline: a list has ``- item`` or ``1. item`` a line, a table a row a
    line with its cells parted by " | "."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of an article, in the order of the page."""

    url: str
    caption: str | None = None
    """What stands under the picture for all to read."""
    alt: str | None = None
    """The description for those who do not see it."""
    width: int | None = None
    """Pixels, as the page declares."""
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that an article offers: PDF, Word, Excel, an archive."""

    url: str
    label: str | None = None
    """The words of its link."""


@dataclass(slots=True)
class Article:
    """One article as a page says it. What the page does not say is None, never guessed."""

    title: str
    lead: str | None = None
    """The summary that stands between title and text (sapo), where the page sets it apart."""
    blocks: list[Block] = field(default_factory=list)
    """The article itself, without title and lead."""
    author: str | None = None
    source: str | None = None
    """The body or medium that the article says it was taken from ("Theo …", "Nguồn: …")."""
    category: str | None = None
    """The most specific, if the article has several."""
    tags: list[str] = field(default_factory=list)
    published_at: Moment | None = None
    """With the portal's offset; a date where the page tells no time of day."""
    published_raw: str | None = None
    """The text or attribute that ``published_at`` was read from."""
    published_by: str | None = None
    """The element or rule that held it."""
    published_confidence: Confidence | None = None
    modified_at: Moment | None = None
    images: list[Image] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    language: str | None = None
    """The language that the page declares, as a BCP 47 tag."""

    @property
    def body(self) -> str:
        """The article as plain text, its paragraphs parted by a blank line."""
        return "\n\n".join(block.text for block in self.blocks if block.text)

    @property
    def body_html(self) -> str:
        """The article as HTML, pictures in their places."""
        return "\n".join(block.html for block in self.blocks)


@dataclass(slots=True)
class Page:
    """What a reader sees in a page."""

    kind: PageKind
    article: Article | None = None
    """Set if ``kind`` is "article" or "part"; of "spam" that reads as an article, which is kept for
    a person who may accept it, and is not shown before; of "other" that reads as one but says
    itself that it is none, a static page, which the crawl does not keep."""
    prev_url: str | None = None
    """The address of the older neighbour ("Bài trước"), absolute."""
    next_url: str | None = None
    """The address of the newer neighbour ("Bài tiếp theo"), absolute."""
    canonical_url: str | None = None
    """What the page calls its own address, absolute; not to be believed across sites."""
    links: list[str] = field(default_factory=list)
    """The articles that a listing or home page names, absolute, in its order, each once."""
    parts: list[str] = field(default_factory=list)
    """The addresses of the further parts of an article that is divided, in order."""
    charset: str | None = None
    """The charset the page was read in, and what was mended: "windows-1258 (declared utf-8)"."""
    evidence: dict[str, str] = field(default_factory=dict)
    """By which rule each thing was seen: ``{"title": "h1.entry-title", ...}``."""


@dataclass(frozen=True, slots=True)
class Found:
    """An article that a second route names."""

    url: str
    """Absolute."""
    modified_at: str | None = None
    """When the route says it last changed, as the route writes it."""
    article: Article | None = None
    """The article itself, if the route gives it whole."""
    captured_at: datetime | None = None
    """When a web archive captured it, UTC."""


@dataclass(slots=True)
class RoutePage:
    """What one answer of a second route says."""

    found: list[Found] = field(default_factory=list)
    next_url: str | None = None
    """Where the list goes on, absolute."""
    more_urls: list[str] = field(default_factory=list)
    """Further lists of the same route that this one names, absolute."""
    total: int | None = None
    """How many articles the portal claims to have."""
    is_cut: bool = False
    """Whether the list may have been cut short, so that what it does not name may be there yet."""


@dataclass(frozen=True, slots=True)
class RouteState:
    """What the archive knows of a second route of a portal."""

    state: Literal["open", "absent", "refused", "failed"]
    url: str | None
    """Where a walk begins."""
    pending: list[str]
    """Where the walk goes on; empty when it has ended."""
    walked: bool
    """Whether it was ever walked to its end."""
    tells_changes: bool
    """Whether it says when each article last changed."""
    etag: str | None
    last_modified: str | None


class State(StrEnum):
    """What became of an address, as the ledger calls it."""

    WAITING = "waiting"
    HELD = "held"
    NOT_ARTICLE = "not_article"
    GONE = "gone"
    REFUSED = "refused"
    FAILED = "failed"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Origin:
    """How an address became known."""

    found_by: Literal[
        "seed", "prev", "next", "rest", "sitemap", "feed", "listing", "id", "wayback", "import"
    ]
    found_on: str | None = None
    """The address of the page that named it."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and the response to it, as they went over the wire or as another archive has them.

    The heads are start line and header fields with the empty line that ends them; the body is as
    received, content encoding and all, but without transfer encoding.
    """

    url: str
    at: datetime
    """When the request was sent, UTC."""
    status: int
    head: bytes
    body: bytes
    request_head: bytes | None = None
    request_body: bytes = b""
    content_type: str | None = None
    """The header of that name."""
    ip_address: str | None = None
    source: Source = "live"
    truncated: bool = False
    """Whether the body is known to be only a part of what was sent."""


@dataclass(slots=True)
class Capture:
    """Where the archive keeps an exchange."""

    url: str
    fetched_at: datetime
    """UTC."""
    status: int
    content_type: str | None
    bytes: int
    """The length of the body."""
    payload_sha256: str
    """Of the body, in hexadecimal."""
    warc_file: str
    """Relative to the folder of captures, with "/"."""
    warc_offset: int
    warc_length: int
    """Bytes of the response (or revisit) record in the file; the request record follows it."""
    request_length: int
    """Bytes of the request record in the file, 0 if there is none."""
    warc_sha256: str
    """Of both records as they stand in the file, in hexadecimal."""
    source: Source = "live"
    refers_to: int | None = None
    """The capture that holds the body, if this one is a revisit."""
    id: int | None = None
    """Its row of ``captures``, once there is one."""


@dataclass(slots=True)
class Visit:
    """One request to an address and what came of it. Every request ends as exactly one."""

    url: str
    """The address that was asked for."""
    origin: Origin
    at: datetime
    """When the answer came, UTC."""
    state: State
    status: int | None = None
    """The HTTP status; None where no answer came."""
    reason: str | None = None
    """Why it is not held, in words."""
    moved_to: str | None = None
    """Where the address leads, if ``state`` is elsewhere."""
    page: Page | None = None
    """What was read; set if ``state`` is held or not_article."""
    read_from: Literal["page", "rest"] = "page"
    """Whether the address itself was asked for, or REST gave its article."""
    capture: Capture | None = None
    """What was received."""
    is_media: bool = False
    """Whether the address is that of a picture or a file of articles, which has no page."""
    is_accepted: bool = False
    """Whether a person has looked at the page and vouches for it."""
    flag: Flag | None = None
    """What is wrong with the page, so that it must not be shown as the article."""
    web_archive: str | None = None
    """The web archive that said this in the portal's place."""
    parts: list[Capture] = field(default_factory=list)
    """What was received for the further parts of a divided article, in order."""
