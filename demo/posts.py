"""The posts as they are written: TOML files with the text in a tiny Markdown.

A file ``<year>.toml`` holds many ``[[post]]`` tables, whose keys are those of `PostSource`. The
text knows these blocks, parted by blank lines:

====================================  ==========================================
``## Tiêu đề``                        heading
``- mục`` or ``1. mục``               list
``> lời``                             quote
``| ô | ô |``                         table, the first row being its header
``![alt](a.jpg "chú thích")``         picture; several lines in a row, a gallery
``[nhãn](a.pdf)`` alone on a line     attachment
anything else                         paragraph
====================================  ==========================================

and inline ``**đậm**``, ``*nghiêng*``, ``[chữ](địa chỉ)`` and a backslash at the end of a line for a
line break.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from demo.district import CATEGORIES, PAGES

STATUSES = ("publish", "draft", "private")

TRAPS_OF_A_PARAGRAPH = ("repeat", "glue")
TRAPS = (
    "nfd",
    "nbsp",
    "zerowidth",
    "literal_entities",
    "caption_paragraph",
    "doubled_lead",
    "no_datetime",
    "tdb",
    "share_inside",
    "related_inside",
    "refrain",
)
"""What the theme can do to a post while its record stays clean; see `demo.content`."""


class PostError(ValueError):
    """A post that cannot be read; the message names the file, the post, the key and the way out."""


@dataclass(frozen=True)
class Paragraph:
    """Running text in inline markup; line breaks are ``\\n``."""

    text: str


@dataclass(frozen=True)
class Heading:
    """A heading within the text."""

    text: str


@dataclass(frozen=True)
class Listing:
    """A bulleted or numbered list."""

    items: tuple[str, ...]
    ordered: bool


@dataclass(frozen=True)
class Quote:
    """Someone's words, set apart."""

    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of cells, the first row being the header."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A picture by its file name."""

    file: str
    alt: str
    caption: str | None


@dataclass(frozen=True)
class Gallery:
    """Several pictures shown together."""

    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class File:
    """A document to download, by its file name."""

    file: str
    label: str


Block = Paragraph | Heading | Listing | Quote | Table | Picture | Gallery | File


@dataclass(frozen=True)
class PostSource:
    """One ``[[post]]`` table, checked; every string is NFC."""

    slug: str
    title: str
    date: datetime
    category: str
    blocks: tuple[Block, ...]
    author: str | None = None
    tags: tuple[str, ...] = ()
    lead: str | None = None
    modified: datetime | None = None
    traps: tuple[str, ...] = ()
    status: str = "publish"


def read_folder(folder: Path) -> list[PostSource]:
    """Read every ``*.toml`` of `folder`, oldest post first.

    Raises `PostError` for a file that is no TOML, a post that is not as described above, or two
    posts of one slug; `OSError` for a file that cannot be read.
    """
    posts: dict[str, PostSource] = {}
    for path in sorted(folder.glob("*.toml")):
        for post in read_file(path):
            if post.slug in posts:
                raise PostError(f'{path}: two posts have the slug "{post.slug}"; rename one')
            posts[post.slug] = post
    return sorted(posts.values(), key=lambda post: (post.date, post.slug))


def read_file(path: Path) -> list[PostSource]:
    """Read the posts of one file, in its order."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("post", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PostError(f"{path}: not valid TOML: {error}") from error
    return [
        parse_post(table, f"{path}: post {number}") for number, table in enumerate(tables, start=1)
    ]


def parse_post(table: Mapping[str, Any], where: str = "post") -> PostSource:
    """Check one ``[[post]]`` table; `where` begins the message of every `PostError`."""
    keys = _Keys(table, f"{where} ({table['slug']})" if "slug" in table else where)
    lead = keys.string("lead", required=False)
    blocks = parse_body(keys.string("body") or "")
    source = PostSource(
        slug=keys.slug(),
        title=_one_line(keys.string("title") or ""),
        date=keys.moment("date", required=True) or datetime.max,
        category=keys.one_of("category", tuple(CATEGORIES)),
        blocks=blocks,
        author=keys.string("author", required=False),
        tags=keys.strings("tags"),
        lead=_one_line(lead) if lead else None,
        modified=keys.moment("modified"),
        traps=keys.traps(blocks, lead),
        status=keys.one_of("status", STATUSES, default="publish"),
    )
    keys.refuse_others()
    return source


def parse_body(body: str) -> tuple[Block, ...]:
    """Split a text in the markup above into its blocks."""
    chunks = re.split(r"\n[ \t]*\n", unicodedata.normalize("NFC", body).strip("\n"))
    return tuple(block for chunk in chunks if chunk.strip() for block in _parse_chunk(chunk))


def plain(text: str) -> str:
    """Take the inline markup off: what a reader sees."""
    text = re.sub(r"(?<!!)\[([^\]]+)\]\([^)\s]+\)", r"\1", text)
    text = re.sub(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", r"\1", text)
    return re.sub(r"\*(?=\S)(.+?)(?<=\S)\*", r"\1", text)


T = TypeVar("T")

PICTURE = re.compile(r'!\[(?P<alt>[^\]]*)\]\((?P<file>[^)\s]+)(?:\s+"(?P<caption>.*)")?\)')
FILE = re.compile(r"\[(?P<label>[^\]]+)\]\((?P<file>[^)\s/]+\.(?:pdf|docx?|xlsx?|zip))\)")
ITEM = re.compile(r"(?:-|(?P<number>\d+)\.) +")


def _parse_chunk(chunk: str) -> list[Block]:
    lines = [line.strip() for line in chunk.splitlines()]
    first = lines[0]
    if len(lines) == 1 and first.startswith("## "):
        return [Heading(_one_line(first.removeprefix("## ")))]
    if pictures := _match_all(PICTURE, lines):
        shown = tuple(_picture(match) for match in pictures)
        return [shown[0] if len(shown) == 1 else Gallery(shown)]
    if files := _match_all(FILE, lines):
        return [File(match["file"], _one_line(match["label"])) for match in files]
    if all(line.startswith(">") for line in lines):
        quoted = "\n".join(line.removeprefix(">").removeprefix(" ") for line in lines)
        return [Quote(tuple(_flow(part.splitlines()) for part in re.split(r"\n\s*\n", quoted)))]
    if all(line.startswith("|") for line in lines):
        rows = (tuple(_one_line(cell) for cell in line.strip("|").split("|")) for line in lines)
        return [Table(tuple(row for row in rows if not _is_rule(row)))]
    if match := ITEM.match(first):
        return [Listing(_items(lines), ordered=match["number"] is not None)]
    return [Paragraph(_flow(lines))]


def _match_all(pattern: re.Pattern[str], lines: list[str]) -> list[re.Match[str]] | None:
    matches = [match for line in lines if (match := pattern.fullmatch(line))]
    return matches if len(matches) == len(lines) else None


def _picture(match: re.Match[str]) -> Picture:
    caption = _one_line(match["caption"] or "")
    return Picture(PurePosixPath(match["file"]).name, _one_line(match["alt"]), caption or None)


def _items(lines: list[str]) -> tuple[str, ...]:
    """Join the lines of each item; a line without a marker goes on with the item before it."""
    items: list[list[str]] = []
    for line in lines:
        if ITEM.match(line):
            items.append([ITEM.sub("", line, count=1)])
        else:
            items[-1].append(line)
    return tuple(_flow(item) for item in items)


def _flow(lines: list[str]) -> str:
    """Join lines by spaces, or by a line break where the line ends in a backslash."""
    joined = "\n".join(line.strip() for line in lines).strip()
    parts = re.split(r"\\\n", joined)
    return "\n".join(_one_line(part) for part in parts)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _is_rule(row: tuple[str, ...]) -> bool:
    return all(re.fullmatch(r":?-+:?", cell) for cell in row)


class _Keys:
    """Takes the keys of a table one by one, complaining in one voice."""

    def __init__(self, table: Mapping[str, Any], where: str) -> None:
        self._left = dict(table)
        self._where = where

    def error(self, key: str, message: str) -> PostError:
        return PostError(f"{self._where}: {key} {message}")

    def take(self, key: str, kind: type[T], wanted: str, required: bool) -> T | None:
        value = self._left.pop(key, None)
        if value is None and required:
            raise self.error(key, f"is missing; give {wanted}")
        if value is not None and not isinstance(value, kind):
            raise self.error(key, f"is {value!r}; give {wanted}")
        return value

    def string(self, key: str, required: bool = True) -> str | None:
        value = self.take(key, str, "a text", required)
        if value is None:
            return None
        if not value.strip():
            raise self.error(
                key, "is empty; give a text" + ("" if required else " or leave it out")
            )
        return unicodedata.normalize("NFC", value)

    def strings(self, key: str) -> tuple[str, ...]:
        values = self.take(key, list, "a list of texts", required=False) or []
        if not all(isinstance(value, str) and value.strip() for value in values):
            raise self.error(key, f"is {values!r}; give a list of texts")
        return tuple(unicodedata.normalize("NFC", value) for value in values)

    def moment(self, key: str, required: bool = False) -> datetime | None:
        wanted = "a date and time with offset, such as 2021-06-14T08:30:00+07:00"
        value = self.take(key, datetime, wanted, required)
        if value is not None and value.tzinfo is None:
            raise self.error(key, f"is {value}, without an offset; give {wanted}")
        return value

    def slug(self) -> str:
        slug = self.string("slug") or ""
        if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", slug):
            raise self.error("slug", f'is "{slug}"; use a-z, 0-9 and single hyphens')
        if slug in {page.slug for page in PAGES}:
            raise self.error("slug", f'"{slug}" is the address of a static page; choose another')
        return slug

    def one_of(self, key: str, known: tuple[str, ...], default: str | None = None) -> str:
        value = self.string(key, required=default is None) or default or ""
        if value not in known:
            raise self.error(key, f'is "{value}"; known: {", ".join(known)}')
        return value

    def traps(self, blocks: tuple[Block, ...], lead: str | None) -> tuple[str, ...]:
        traps = self.strings("traps")
        for trap in traps:
            name, _, number = trap.partition(":")
            if name in TRAPS_OF_A_PARAGRAPH:
                self._check_paragraph_trap(name, number, blocks)
            elif trap not in TRAPS:
                known = [*(f"{name}:N" for name in TRAPS_OF_A_PARAGRAPH), *TRAPS]
                raise self.error("traps", f'has unknown "{trap}"; known: {", ".join(known)}')
        if "doubled_lead" in traps and lead is None:
            raise self.error("traps", 'has "doubled_lead" but the post has no lead; give it one')
        if "caption_paragraph" in traps and not any(
            picture.caption for picture in pictures_of(blocks)[:1]
        ):
            raise self.error("traps", 'has "caption_paragraph" but the first picture no caption')
        return traps

    def _check_paragraph_trap(self, name: str, number: str, blocks: tuple[Block, ...]) -> None:
        count = sum(isinstance(block, Paragraph) for block in blocks)
        last = count - 1 if name == "glue" else count
        if not number.isdecimal() or not 1 <= int(number) <= last:
            raise self.error(
                "traps", f'has "{name}:{number}"; the post has {count} paragraphs, so 1 to {last}'
            )

    def refuse_others(self) -> None:
        if self._left:
            known = ", ".join([*PostSource.__dataclass_fields__, "body"])
            raise self.error(next(iter(self._left)), f"is unknown; known: {known}")


def pictures_of(blocks: tuple[Block, ...]) -> tuple[Picture, ...]:
    """All pictures of the blocks, in order, those of galleries among them."""
    found: list[Picture] = []
    for block in blocks:
        if isinstance(block, Picture):
            found.append(block)
        elif isinstance(block, Gallery):
            found.extend(block.pictures)
    return tuple(found)
