"""The portal's posts, and what a reader ought to find on the page of each."""

import dataclasses
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from demo.district import CATEGORIES, EDITOR, TIMEZONE
from demo.posts import (
    Block,
    File,
    Gallery,
    Heading,
    Listing,
    Paragraph,
    Picture,
    PostError,
    PostSource,
    Quote,
    Table,
    parse_body,
    parse_post,
    pictures_of,
    plain,
    read_folder,
)
from demo.scale import recombine

EMBEDDED = Path(__file__).parent / "posts"
"""The folder of the posts that come with the project."""

FIRST_ID, ID_STEP = 100, 20
"""Post ids leave room between them: WordPress counts pictures in the same range."""


@dataclass(frozen=True)
class Image:
    """A picture of a post: the path of its address, its alternative text and its caption."""

    path: str
    alt: str
    caption: str | None


@dataclass(frozen=True)
class Attachment:
    """A document of a post: the path of its address and the text of its link."""

    path: str
    label: str


@dataclass(frozen=True)
class Post(PostSource):
    """A post, and the demo's own record of it.

    Beside what `PostSource` holds: `published_at`, `modified_at`, `text`, `images` and
    `attachments` are what a reader of its page ought to find, whatever traps the page sets.
    """

    id: int = 0

    @property
    def path(self) -> str:
        """The path of its permalink."""
        return f"/{self.slug}/"

    @property
    def uploads(self) -> str:
        """The path of the folder that its pictures and documents lie in."""
        return f"/wp-content/uploads/{self.date:%Y/%m}/"

    @property
    def published_at(self) -> datetime | date:
        """When it was published, +07:00; only the day where the page does not tell the time."""
        return self.date.date() if "no_datetime" in self.traps else self.date

    @property
    def modified_at(self) -> datetime | None:
        """When it was last changed, which WordPress gives as `date` for a post never changed.

        None where the page does not tell.
        """
        return None if "no_datetime" in self.traps else self.changed

    @property
    def changed(self) -> datetime:
        """What WordPress itself holds as the last change."""
        return self.modified or self.date

    @property
    def text(self) -> str:
        """The text without title and lead: blocks parted by a blank line.

        A list is one block with a line ``- item`` or ``1. item`` each; a table one block with a
        line a row, cells parted by `` | `` (an empty one leaves ``| |``); a quote is plain
        paragraphs; an attachment its label; pictures contribute nothing.
        """
        return "\n\n".join(part for block in self.blocks for part in _text_of(block))

    @property
    def images(self) -> tuple[Image, ...]:
        """The pictures of its text, in order."""
        return tuple(
            Image(self.uploads + picture.file, picture.alt, picture.caption)
            for picture in pictures_of(self.blocks)
        )

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The documents of its text, in order."""
        return tuple(
            Attachment(self.uploads + block.file, block.label)
            for block in self.blocks
            if isinstance(block, File)
        )


def _text_of(block: Block) -> list[str]:
    match block:
        case Paragraph(text) | Heading(text):
            return [plain(text)]
        case Quote(paragraphs):
            return [plain(text) for text in paragraphs]
        case Listing(items, ordered):
            lines = (
                f"{number}. {plain(item)}" if ordered else f"- {plain(item)}"
                for number, item in enumerate(items, start=1)
            )
            return ["\n".join(lines)]
        case Table(rows):
            lines = (" | ".join(plain(cell) for cell in row) for row in rows)
            return ["\n".join(" ".join(line.split()) for line in lines)]
        case File(_, label):
            return [label]
        case Picture() | Gallery():
            return []


class Portal:
    """All posts of the portal, drafts among them; posts can come, change and go between requests.

    `page_bytes` is the size to which every page is filled up (menus, widgets, style, script) before
    compression, or 0 for pages as they come.
    """

    def __init__(self, posts: Iterable[Post], page_bytes: int = 0) -> None:
        self.page_bytes = page_bytes
        self.old_slugs: dict[str, str] = {}
        """Former slugs of posts, and the present ones."""
        self.version = 0
        """Grows with every change, so that caches know."""
        self._posts = {post.slug: post for post in posts}
        self._index = _Index(self._posts.values())

    @classmethod
    def embedded(cls) -> "Portal":
        """Return the portal of the posts that come with the project."""
        return cls.from_folder(EMBEDDED)

    @classmethod
    def from_folder(cls, folder: Path) -> "Portal":
        """Return the portal of a folder of TOML files; see `demo.posts` for the format and errors.

        Raises `PostError` if the folder holds no post.
        """
        sources = read_folder(folder)
        if not sources:
            raise PostError(f"{folder}: no posts there; it needs *.toml files with [[post]] tables")
        return cls(_numbered(sources))

    @classmethod
    def scaled(cls, count: int, page_bytes: int = 100_000) -> "Portal":
        """Return a portal of `count` posts recombined from the embedded ones.

        The same `count` gives the same posts every time. They set no traps.
        """
        return cls(_numbered(recombine(read_folder(EMBEDDED), count)), page_bytes)

    @property
    def posts(self) -> tuple[Post, ...]:
        """The published posts, oldest first."""
        return self._index.posts

    @property
    def newest(self) -> tuple[Post, ...]:
        """The published posts, newest first, as WordPress lists them."""
        return self._index.newest

    @property
    def slugs(self) -> list[str]:
        """The slugs of the published posts, sorted."""
        return self._index.slugs

    @property
    def tags(self) -> dict[str, int]:
        """The tags of the published posts, and the number that WordPress gives each."""
        return self._index.tags

    @property
    def authors(self) -> dict[str, int]:
        """The names that posts were written under, and the number that WordPress gives each."""
        return self._index.authors

    @property
    def last_changed(self) -> datetime:
        """When a published post was last changed, as the feeds tell."""
        return self._index.last_changed

    def get(self, slug: str) -> Post | None:
        """Return the published post of a slug."""
        post = self._posts.get(slug)
        return post if post and post.status == "publish" else None

    def by_id(self, number: int) -> Post | None:
        """Return the published post of a number."""
        return self._index.by_id.get(number)

    def previous(self, post: Post) -> Post | None:
        """Return the post of the greatest date strictly below, as WordPress core does.

        Of several of that date it is the one of the highest number, which is what reading the
        index ``type_status_date`` backwards yields; so posts of equal dates skip each other.
        """
        place = bisect_left(self._index.dates, post.date)
        return self.posts[place - 1] if place else None

    def next(self, post: Post) -> Post | None:
        """Return the post of the smallest date strictly above; of several, the lowest number."""
        place = bisect_right(self._index.dates, post.date)
        return self.posts[place] if place < len(self.posts) else None

    def add(self, **keys: object) -> Post:
        """Publish a post given by the keys of a ``[[post]]`` table, and return it.

        Raises `PostError` for keys that the table would not take, or a slug in use.
        """
        source = parse_post(keys)
        if source.slug in self._posts:
            raise PostError(f'a post with the slug "{source.slug}" is there already; edit it')
        number = max((post.id for post in self._posts.values()), default=FIRST_ID - ID_STEP)
        return self._put(Post(**vars(source), id=number + ID_STEP))

    def edit(self, slug: str, /, **keys: object) -> Post:
        """Change a post by keys of its table, and return it as it now is.

        `modified` becomes now unless given. After a change of `slug` the former address answers
        301. Raises `KeyError` for a slug that is not there.
        """
        post = self._posts[slug]
        changes: dict[str, Any] = {
            key: unicodedata.normalize("NFC", value) if isinstance(value, str) else value
            for key, value in keys.items()
        }
        if "body" in changes:
            changes["blocks"] = parse_body(changes.pop("body"))
        changes.setdefault("modified", datetime.now(TIMEZONE).replace(microsecond=0))
        edited = dataclasses.replace(post, **changes)
        if edited.slug != slug:
            del self._posts[slug]
            self.old_slugs[slug] = edited.slug
        return self._put(edited)

    def delete(self, slug: str) -> None:
        """Take a post away. Raises `KeyError` for a slug that is not there."""
        del self._posts[slug]
        self._reindex()

    def _put(self, post: Post) -> Post:
        self._posts[post.slug] = post
        self._reindex()
        return post

    def _reindex(self) -> None:
        self._index = _Index(self._posts.values())
        self.version += 1


class _Index:
    """The published posts in the orders in which they are asked for."""

    def __init__(self, posts: Iterable[Post]) -> None:
        published = (post for post in posts if post.status == "publish")
        self.posts = tuple(sorted(published, key=lambda post: (post.date, post.id)))
        self.dates = [post.date for post in self.posts]
        self.by_id = {post.id: post for post in self.posts}

    @cached_property
    def newest(self) -> tuple[Post, ...]:
        return self.posts[::-1]

    @cached_property
    def slugs(self) -> list[str]:
        return sorted(post.slug for post in self.posts)

    @cached_property
    def tags(self) -> dict[str, int]:
        names = dict.fromkeys(tag for post in self.posts for tag in post.tags)
        return {name: len(CATEGORIES) + number for number, name in enumerate(names, start=2)}

    @cached_property
    def authors(self) -> dict[str, int]:
        names = dict.fromkeys([EDITOR, *(post.author for post in self.posts if post.author)])
        return {name: number for number, name in enumerate(names, start=1)}

    @cached_property
    def last_changed(self) -> datetime:
        oldest = datetime(1970, 1, 1, tzinfo=TIMEZONE)
        return max((post.changed for post in self.posts), default=oldest)


def _numbered(sources: Iterable[PostSource]) -> Iterable[Post]:
    for place, source in enumerate(sources):
        yield Post(**vars(source), id=FIRST_ID + ID_STEP * place)
