"""Posts of every way to show pictures and files in a WordPress, and how much of that a reader of
the archive is given.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal, get_args

from .composition import AUTHORS, Manuscript
from .embedding import Beside, Inserted, Link, Place, Playlist, Recorded, Recording, ShownDocument
from .markup import Block, Gallery, Media, Paragraph, Size
from .portal import Turned, WordPress
from .record import TIMEZONE, Post

EDITORS = {"classic": 2019, "block": 2024}
"""By the years of posts in which they were used."""
TEXT = "Sáng nay, xã khởi công con đường bê tông đầu tiên vào bản, dài hai cây số rưỡi. " * 4
SMALL: tuple[Literal["medium", "thumbnail"], ...] = ("medium", "thumbnail")
PHOTOGRAPH = (3000, 2000)
"""More than WordPress has in its pages, which show it scaled."""


@dataclass(frozen=True)
class Sample:
    """A post, and what it shows."""

    name: str
    post: Post
    pictures: Sequence[Media] = ()
    files: Sequence[Media] = ()
    is_captioned: bool = True
    """Whether the post tells the captions of its pictures itself."""
    leads_on: bool = False
    """Whether its pictures lead to pages of their own."""


class Exhibition:
    """Such posts, on a portal that they are published on."""

    def __init__(self, portal: WordPress) -> None:
        self._portal = portal
        self._uploaded = 0
        self.samples: list[Sample] = []
        for self._editor, year in EDITORS.items():
            self._day = datetime(year, 2, 1, 8, tzinfo=TIMEZONE)
            self._galleries()
            self._pictures()
            self._files()

    def _galleries(self) -> None:
        for link in get_args(Link):
            for size in get_args(Size):
                media = self._media()
                self._show(f"gallery, {size}, {link}", [Gallery(media, link, size)], media)
        for size in SMALL:
            media = self._media(size=PHOTOGRAPH)
            self._show(f"photographs, {size}", [Gallery(media, "attachment", size)], media)
            media = self._media()
            # The old editor's galleries tell the captions of their files.
            bare = Gallery(media, "attachment", size, is_captioned=False)
            is_captioned = self._editor == "classic"
            self._show(f"bare, {size}", [bare], media, is_captioned=is_captioned, leads_on=True)
        media = self._media(forms="image/webp")
        self._show("WebP", [Gallery(media, "attachment", "thumbnail")], media)
        for target in get_args(Turned):
            media = tuple(
                replace(self._portal.turn(one, target), page=one.page) for one in self._media()
            )
            self._show(f"turned, {target}", [Gallery(media, "attachment", "thumbnail")], media)

    def _pictures(self) -> None:
        for link in get_args(Link):
            for size in SMALL:
                media = self._media()
                blocks = [Inserted(one, one.caption, link, size) for one in media]
                self._show(f"picture, {size}, {link}", blocks, media)
        media = self._media()
        bare = [Inserted(one, "", "attachment", "medium") for one in media]
        self._show("bare pictures", bare, media, is_captioned=False, leads_on=True)
        for kind in get_args(Place):
            media = self._media(1)
            beside = [Beside(media[0], "Bà con phấn khởi ra đồng.", kind)]
            self._show(kind, beside, media, is_captioned=False)
        media = self._media(1)
        self._show("featured", [], media, is_captioned=False, featured=media[0])

    def _files(self) -> None:
        for recorded in get_args(Recorded):
            media = self._media(1, {"video": "mp4", "audio": "mp3"}[recorded])
            self._show(recorded, [Recording(media[0], recorded)], files=media)
        media = self._media(3, "mp3")
        self._show("playlist", [Playlist(media)], files=media)
        media = self._media(1, "pdf")
        self._show("document", [ShownDocument(media[0], "Kế hoạch số 5")], files=media)

    def _media(self, count: int = 2, ending: str = "jpg", **how: Any) -> tuple[Media, ...]:
        first, self._uploaded = self._uploaded, self._uploaded + count
        names = [f"tep-{number}.{ending}" for number in range(first, self._uploaded)]
        captions = {name: f"Chú thích của {name}" for name in names}
        uploaded = self._portal.upload(captions, **how).values()
        # What the editor has a picture lead to while its post is a draft.
        base = f"{self._portal.url}?attachment_id="
        return tuple(replace(one, page=f"{base}{one.id}") for one in uploaded)

    def _show(
        self,
        name: str,
        blocks: Sequence[Block],
        pictures: Sequence[Media] = (),
        *,
        featured: Media | None = None,
        **what: Any,
    ) -> None:
        self._day += timedelta(days=1)
        name = f"{name}, {self._editor}"
        blocks = [Paragraph(TEXT), *blocks]
        manuscript = Manuscript(name, blocks, self._day, AUTHORS[0], featured=featured)
        post = self._portal.publish(manuscript)
        self._portal.own(post, pictures)
        self.samples.append(Sample(name, post, pictures, **what))

    def shown(self, given: Mapping[str, Any], *, by_pages: bool) -> Iterator[tuple[str, str, bool]]:
        """Yield of each full picture, caption and file of which post it is, and whether it is
        *given* with the article of that address, as JSON.

        *by_pages* says that the theme tells captions on the pages of pictures.
        """
        for sample in self.samples:
            article = given.get(sample.post.url) or {"images": [], "attachments": []}
            images = {image["sha256"]: image for image in article["images"]}
            files = {file["sha256"] for file in article["attachments"]}
            for media in sample.pictures:
                image = next((images[one] for one in self._whole(media) if one in images), None)
                yield "pictures", sample.name, image is not None
                if sample.is_captioned or (sample.leads_on and by_pages):
                    yield "captions", sample.name, (image or {}).get("caption") == media.caption
            for media in sample.files:
                yield "files", sample.name, not files.isdisjoint(self._whole(media))

    def _whole(self, media: Media) -> Iterator[str]:
        """Yield the digests of a file as it was uploaded, and of what WordPress has for that."""
        file = self._portal.file_of(media)
        for one in {file, file.with_name(file.name.replace("-scaled.", "."))}:
            yield sha256(one.read_bytes()).hexdigest()


def counted(shown: Iterator[tuple[str, str, bool]]) -> tuple[Counter[str], list[str]]:
    """Return how much of each kind there is, and what of it is not given."""
    all_there = list(shown)
    missed = [f"{kind}: {name}" for kind, name, is_given in all_there if not is_given]
    return Counter(kind for kind, _, _ in all_there), missed
