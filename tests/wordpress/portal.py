"""The portal itself: WordPress set up, filled with posts, acted on between crawls, and removed."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from .composition import AUTHORS, DOCUMENTS, PICTURES, Manuscript, compose
from .markup import Block, Media, NextPage, Paragraph, plain
from .record import TIMEZONE, Picture, Post
from .requirements import WORDPRESS
from .servers import Server, start_mariadb, start_php

_PHP = Path(__file__).with_name("php")
_THEME = "twentytwentyone"


Turned = Literal["all", "thumbnail", "nothumb"]
"""What of a picture editors turn: all its forms, its square, or all but that."""


@dataclass(frozen=True)
class Faults:
    """How the portal misbehaves, as plugins and themes make it; by default it does not."""

    rest: bool = True
    """Whether REST answers; False: 401 for everybody who is not logged in."""
    sitemap: bool = True
    feeds: bool = True
    hide_prev: tuple[int, ...] = ()
    """Ids of posts that show no link to the older neighbour."""
    hide_next: tuple[int, ...] = ()
    """Ids of posts that show no link to the newer neighbour."""
    dead: tuple[int, ...] = ()
    """Ids of posts that are named everywhere and answer 404."""
    rest_page: int = 0
    """REST gives twenty posts a request, and 500 for this page."""
    attachment_pages: bool = True
    """Whether uploads have pages; False: these lead to the files, as by default since 6.4."""
    is_cut: bool = False
    """Whether the pages of posts end in the middle of their text, as where PHP dies."""
    to_https: tuple[int, ...] = ()
    """Ids of posts that redirect to https, which nobody answers."""


class WordPress:
    """A portal in Vietnamese on loopback, and the record of what it published.

    A context manager: entering starts MariaDB, PHP and WordPress and publishes `count` posts;
    leaving ends them and removes every file. Needs the packages of `packages.txt`.

    Raises:
        RuntimeError: a server did not come up, or a PHP script failed; the message is its output.
    """

    url: str
    """The start page, `http://127.0.0.1:PORT/`."""
    posts: list[Post]
    """Published posts that anybody may read, in the order of their dates, the oldest first."""
    password_protected: list[Post]
    """Published posts that stand in every listing; their text takes the password."""
    unpublished: list[Post]
    """Drafts, posts awaiting review, private, scheduled and trashed posts."""
    pages: list[Post]
    """Static pages."""
    media: dict[str, Media]
    """The files in its uploads, by the names that they were given."""

    def __init__(self, count: int = 300) -> None:
        self.count = count
        self._servers: list[Server] = []

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="wordpress-"))
        try:
            self._start()
            self._fill()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the servers and remove their files; stopping twice does no harm."""
        while self._servers:
            self._servers.pop().stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def equal_dates(self) -> list[tuple[Post, Post]]:
        """Pairs of posts published in the same second: core's neighbour links skip one of each."""
        pairs = zip(self.posts, self.posts[1:], strict=False)
        return [(one, other) for one, other in pairs if one.published_at == other.published_at]

    def add(
        self,
        title: str,
        paragraphs: Sequence[str],
        published_at: datetime,
        excerpt: str = "",
        *,
        is_divided: bool = False,
    ) -> Post:
        """Publish a post as of the aware `published_at`; paragraphs are HTML without block tags,
        each a page of its own in a post that is divided.

        Without a title it is what WordPress calls untitled; some themes show the `excerpt`.
        """
        blocks: list[Block] = []
        for text in paragraphs:
            blocks += [NextPage()] * (is_divided and bool(blocks))
            blocks.append(Paragraph(text))
        return self.publish(Manuscript(title, blocks, published_at, AUTHORS[0], excerpt=excerpt))

    def publish(self, manuscript: Manuscript) -> Post:
        """Publish a post of any blocks."""
        [post] = self._add([manuscript])
        self.posts = sorted([*self.posts, post], key=lambda post: post.published_at)
        return post

    def edit(self, post: Post, title: str, paragraphs: Sequence[str]) -> Post:
        """Replace title and text of a published post, as of now; its address stays."""
        blocks = [Paragraph(text) for text in paragraphs]
        content = "\n\n".join(block.block() for block in blocks)
        place = self._act("edit", {"id": post.id, "title": title, "content": content})
        edited = replace(
            post,
            title=plain(title),
            modified_at=_moment(place["modified"]),
            passages=tuple(passage for block in blocks for passage in block.passages()),
            pictures=(),
            attachments=(),
            parts=1,
        )
        self.posts[self.posts.index(post)] = edited
        return edited

    def delete(self, post: Post) -> None:
        """Delete a published post for good: its address answers 404 from now on."""
        self._act("delete", {"id": post.id})
        self.posts.remove(post)

    def replace(self, name: str) -> None:
        """Let another body have the portal, under a name of its own: all posts and pages go."""
        self._act("replace", {"name": name})
        self.posts, self.password_protected, self.unpublished, self.pages = [], [], [], []

    def upload(
        self,
        captions: Mapping[str, str],
        *,
        size: tuple[int, int] = (1024, 683),
        forms: Literal["image/jpeg", "image/webp"] = "image/jpeg",
    ) -> dict[str, Media]:
        """Add pictures and documents to the uploads, by the names and captions they are given.

        Pictures have a *size*, and smaller forms of a format that a plugin may have changed.
        """
        width, height = size
        files = [
            {"name": name, "caption": told, "width": width, "height": height, "forms": forms}
            for name, told in captions.items()
        ]
        uploaded = self._act("upload", files)
        return {name: Media(**media) for name, media in zip(captions, uploaded, strict=True)}

    def own(self, post: Post, media: Sequence[Media]) -> list[Media]:
        """Have a post own files, as the one does in which they were uploaded; return them with
        their pages, which lie below it then.
        """
        owned = self._act("own", {"post": post.id, "ids": [one.id for one in media]})
        return [Media(**one) for one in owned]

    def turn(self, media: Media, target: Turned) -> Media:
        """Turn a picture on its side."""
        return Media(**self._act("turn", {"id": media.id, "target": target}))

    def file_of(self, media: Media) -> Path:
        """Where an upload lies."""
        return self._document_root / media.url.removeprefix(self.url)

    def lose(self, media: Media) -> None:
        """Remove an upload itself, as somebody does who needs room; its smaller forms stay."""
        self.file_of(media).unlink()

    def take_in(self, file: Path, importer: Path) -> dict[str, Any]:
        """Import a file of WordPress eXtended RSS with the plugin at *importer*; return what it
        ``said`` and the ``posts`` that there are then.
        """
        taken: dict[str, Any] = self._php("import.php", str(file), str(importer))
        return taken

    @property
    def requests(self) -> list[str]:
        """Path and query of every request so far, in the order of arrival."""
        log = self._folder / "requests.log"
        return log.read_text("utf-8").splitlines() if log.exists() else []

    @contextmanager
    def misbehaving(self, faults: Faults) -> Iterator[None]:
        """Let the portal misbehave for a while."""
        file = self._folder / "faults.json"
        file.write_text(json.dumps(asdict(faults)), "utf-8")
        try:
            yield
        finally:
            file.unlink()

    @contextmanager
    def theme(self, name: str) -> Iterator[None]:
        """Show the portal in another theme for a while: `twentytwentytwo`, `twentytwentythree`, or
        one of our own: `sapo` shows excerpts and authors, `tran` neither, and names the untitled.
        """
        self._act("theme", {"name": name})
        try:
            yield
        finally:
            self._act("theme", {"name": _THEME})

    def _start(self) -> None:
        self._document_root = self._folder / "www"
        # A copy, not links: WordPress looks for its configuration beside its own resolved path.
        shutil.copytree(WORDPRESS, self._document_root, ignore=_not_ours)
        shutil.copytree(_PHP, self._document_root, dirs_exist_ok=True)
        socket = self._folder / "mariadb.sock"
        self._servers.append(start_mariadb(self._folder, socket))
        php = start_php(self._document_root, self._folder / "php.log")
        self._servers.append(php)
        self.url = f"http://127.0.0.1:{php.announcement[1]}/"
        settings = {"home": self.url.rstrip("/"), "socket": str(socket)}
        (self._folder / "settings.json").write_text(json.dumps(settings), "utf-8")

    def _fill(self) -> None:
        setup = {
            "title": "Trang thông tin điện tử huyện Khau Luông",
            "tagline": "Cơ quan của Đảng bộ, chính quyền và nhân dân huyện",
            "theme": _THEME,
        }
        self._php("install.php", setup)
        self.media = self._upload_media()
        manuscripts = compose(self.count, self.media)
        every = self._add(manuscripts)
        articles = [post for post, m in zip(every, manuscripts, strict=True) if m.kind == "post"]
        published = [post for post in articles if post.status == "publish"]
        self.posts = [post for post in published if not post.password]
        self.password_protected = [post for post in published if post.password]
        self.unpublished = [post for post in articles if post.status != "publish"]
        self.pages = [post for post, m in zip(every, manuscripts, strict=True) if m.kind == "page"]

    def _upload_media(self) -> dict[str, Media]:
        names = [*PICTURES, *DOCUMENTS]
        # Every other file has a caption of its own, which a theme shows under a featured image.
        captions = ["", "Ảnh tư liệu của Trung tâm Văn hóa huyện."] * (len(names) // 2)
        return self.upload(dict(zip(names, captions, strict=True)))

    def _add(self, manuscripts: list[Manuscript]) -> list[Post]:
        places = self._act("add", [_submission(manuscript) for manuscript in manuscripts])
        return [_record(m, place) for m, place in zip(manuscripts, places, strict=True)]

    def _act(self, verb: str, argument: object) -> Any:
        return self._php("act.php", argument, verb)

    def _php(self, script: str, argument: object, *arguments: str) -> Any:
        """Run one of our scripts in the document root, with JSON in and JSON out."""
        done = subprocess.run(
            ["php", "-d", "sendmail_path=/bin/true", str(self._document_root / script), *arguments],
            input=json.dumps(argument),
            capture_output=True,
            text=True,
        )
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError:
            # WordPress reports its fatal errors as an HTML page and exit code 0.
            raise RuntimeError(f"{script} {arguments}: {done.stderr}{done.stdout}") from None


def _not_ours(folder: str, names: list[str]) -> list[str]:
    """What of Debian's tree stays behind: its configuration, and 30 MB of other languages."""
    languages = [name for name in names if name.endswith(".mo") and not name.endswith("vi.mo")]
    return [*languages, "wp-config.php", ".htaccess"]


def _submission(manuscript: Manuscript) -> dict[str, object]:
    return {
        "title": manuscript.as_stored(manuscript.title),
        "content": manuscript.content,
        "excerpt": manuscript.excerpt,
        "date": _stored(manuscript.published_at),
        "modified": _stored(manuscript.modified_at or manuscript.published_at),
        "kind": manuscript.kind,
        "status": manuscript.status,
        "author": manuscript.author,
        "categories": manuscript.categories,
        "tags": manuscript.tags,
        "password": manuscript.password,
        "featured": manuscript.featured.id if manuscript.featured else 0,
        "comments": manuscript.comments,
    }


def _record(manuscript: Manuscript, place: dict[str, Any]) -> Post:
    featured = manuscript.featured
    return Post(
        id=place["id"],
        url=place["url"],
        status=place["status"],
        title=plain(manuscript.title),
        published_at=manuscript.published_at,
        modified_at=_moment(place["modified"]),
        passages=tuple(passage for block in manuscript.blocks for passage in block.passages()),
        author=manuscript.author,
        categories=tuple(path[-1] for path in manuscript.categories),
        tags=tuple(manuscript.tags),
        pictures=tuple(picture for block in manuscript.blocks for picture in block.pictures()),
        featured=Picture(featured.url, featured.caption, featured.caption) if featured else None,
        attachments=tuple(file for block in manuscript.blocks for file in block.attachments()),
        parts=1 + sum(isinstance(block, NextPage) for block in manuscript.blocks),
        password=manuscript.password,
    )


def _stored(moment: datetime) -> str:
    """As WordPress stores dates: the site's own wall clock."""
    return f"{moment.astimezone(TIMEZONE):%Y-%m-%d %H:%M:%S}"


def _moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=TIMEZONE)
