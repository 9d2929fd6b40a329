"""What a page says, and what a route lists: the values that readers return."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from typing import Annotated, Final, get_args, get_type_hints

from crawler.text.dates import Moment
from crawler.vocabulary import BlockKind, Confidence, ImprintKind, MediaKind, PageKind

_FOR_PROGRAMS: Final = "for programs"
Code = Annotated[str, _FOR_PROGRAMS]
"""A string that is no text of the page's: an address, a tag of a standard, the name of a rule."""


class Evidence(Mapping[str, str]):
    """By which rule each thing was seen: ``{"title": "h1.entry-title", …}``; it never changes."""

    __slots__ = ("_rules",)

    def __init__(self, rules: Mapping[str, str]) -> None:
        self._rules = dict(rules)

    def __getitem__(self, name: str) -> str:
        return self._rules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def __or__(self, other: Mapping[str, str]) -> "Evidence":
        return Evidence(self._rules | dict(other))

    def __hash__(self) -> int:
        return hash(frozenset(self._rules.items()))

    def __repr__(self) -> str:
        return f"Evidence({self._rules!r})"


NO_EVIDENCE: Final = Evidence({})


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

    url: Code
    caption: str | None = None
    """What stands under the picture for all to read."""
    alt: str | None = None
    """The description for those who do not see it."""
    width: int | None = None
    """Pixels, as the page declares."""
    height: int | None = None
    thumbnail: Code | None = field(default=None, compare=False)
    """What the page itself shows, where that is a smaller form: one picture may have several."""
    upload: Code | None = field(default=None, compare=False)
    """Where the picture would lie as it was uploaded, if ``url`` is named as a smaller form of it.
    The page does not say so: it is believed once it was asked for, and was there."""
    page: Code | None = field(default=None, compare=False)
    """The page about the picture to which it leads, where that may show it larger or tell of it."""


@dataclass(frozen=True, slots=True)
class AboutPicture:
    """What a page about a picture says of it."""

    picture: Code | None
    """The largest form that it shows or leads to, other than the one that led here."""
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that an article offers or shows: PDF, Word, Excel, an archive, a recording."""

    url: Code
    label: str | None = None
    """The words of its link."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article as a page says it. What the page does not say is None, never guessed."""

    title: str
    lead: str | None = None
    """The summary that stands between title and text (sapo), where the page sets it apart."""
    blocks: tuple[Block, ...] = ()
    """The article itself, without title and lead."""
    author: str | None = None
    source: str | None = None
    """The body or medium that the article says it was taken from ("Theo …", "Nguồn: …")."""
    category: str | None = None
    """The most specific, if the article has several."""
    tags: tuple[str, ...] = ()
    published_at: Moment | None = None
    """With the portal's offset; a date where the page tells no time of day."""
    published_raw: str | None = None
    """The text or attribute that ``published_at`` was read from."""
    published_by: Code | None = None
    """The element or rule that held it."""
    published_confidence: Confidence | None = None
    modified_at: Moment | None = None
    images: tuple[Image, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    language: Code | None = None
    """The language that the page declares, as a BCP 47 tag."""
    repeats: int = 0
    """Paragraphs of the page that are left out, since they stand in the article already."""

    @property
    def body(self) -> str:
        """The article as plain text, its paragraphs parted by a blank line."""
        return "\n\n".join(block.text for block in self.blocks if block.text)

    @property
    def body_html(self) -> str:
        """The article as HTML, pictures in their places."""
        return "\n".join(block.html for block in self.blocks)


def _texts_of(value_class: type) -> dict[str, str | tuple[str, ...] | None]:
    hints = get_type_hints(value_class, include_extras=True)
    empty = {f.name: "" if f.default is MISSING else f.default for f in fields(value_class)}
    return {name: empty[name] for name, hint in hints.items() if _is_text(hint)}


def _is_text(hint: object) -> bool:
    return hint is str or (hint != Code and str in get_args(hint))


_WITH_TEXTS = (Article, Image, Attachment, AboutPicture)
TEXTS = {value_class: _texts_of(value_class) for value_class in _WITH_TEXTS}
"""The fields that are texts of the page's, as their types say, which cleaning goes by: strings, but
not `Code`. With each stands what it is where it says nothing."""


@dataclass(frozen=True, slots=True)
class Imprint:
    """What a page says of the site that it is of."""

    site_name: str | None = None
    """What it calls the site."""
    generator: Code | None = None
    """The CMS that made it, without its version."""

    @property
    def said(self) -> dict[ImprintKind, str]:
        """What it says, by the kind of that."""
        said = {ImprintKind.NAME: self.site_name, ImprintKind.GENERATOR: self.generator}
        return {kind: value for kind, value in said.items() if value is not None}


NO_IMPRINT: Final = Imprint()


@dataclass(frozen=True, slots=True)
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
    links: tuple[str, ...] = ()
    """The articles that a listing or home page names, absolute, in its order, each once."""
    next_page_url: str | None = None
    """The address of the next page of a listing, absolute, where a profile of the site says where
    it stands."""
    parts: tuple[str, ...] = ()
    """The addresses of the further parts of an article that is divided, in order."""
    charset: str | None = None
    """The charset the page was read in, and what was mended: "windows-1258 (declared utf-8)"."""
    profile: str | None = None
    """The name of the profile of its site by which it was read."""
    imprint: Imprint = field(default=NO_IMPRINT, compare=False)
    """What it says of its site, which is no part of what it says."""
    evidence: Evidence = NO_EVIDENCE

    @property
    def breaks_off(self) -> str | None:
        """How the page breaks off, in words, None if it ends."""
        return self.evidence.get("broken_off")


@dataclass(frozen=True, slots=True)
class Requisite:
    """What a page or a style sheet needs to look as it did."""

    kind: MediaKind
    """A style sheet, a font or a theme picture."""
    url: str
    """Absolute."""


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
    shown: int = 1
    """How many links of a list for people lead to it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a page of a list for people says of the list."""

    page: tuple[int, int] | None = None
    """The number of the page, and how many there are."""
    shown: tuple[int, int] | None = None
    """The number of the last article that it shows, and how many there are."""
    articles: int | None = None
    """How many articles there are."""


@dataclass(frozen=True, slots=True)
class RoutePage:
    """What one answer of a second route says."""

    found: tuple[Found, ...] = ()
    next_url: str | None = None
    """Where the list goes on, absolute."""
    more_urls: tuple[str, ...] = ()
    """Further lists of the same route that this one names, absolute."""
    total: int | None = None
    """How many articles the portal claims to have."""
    numbered: tuple[tuple[int, str], ...] = ()
    """The further pages that its pager names, by their numbers: that at ``next_url``, too."""
    is_counted: bool = False
    """Whether its pager shows the numbers of those, and not only words that lead on."""
    links: tuple[str, ...] = ()
    """All that a page of a list for people links to, absolute, where it goes on."""
    is_further: bool = False
    """Whether it is no first page: the pager of the page before it named it."""
    is_cut: bool = False
    """Whether the list may have been cut short, so that what it does not name may be there yet."""
    is_guessed: bool = False
    """Whether it is only believed that there is a page at ``next_url``: nothing names it."""
    is_scripted: bool = False
    """Whether its pager leads further by scripts, which nobody here runs."""
    breaks_off: str | None = None
    """How the page breaks off, in words, None if it ends."""
    claim: Claim | None = None
    """What a page of a list for people says of the list."""
    damage: str | None = None
    """What is wrong with the list itself, in words; what could be read of it was."""
    takes_back: str | None = None
    """What was noted as damage, and is none: the pages that named nothing were behind its end."""
