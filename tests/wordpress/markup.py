"""The blocks of a post, as WordPress's two editors store them and as a reader sees them."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Literal
from unicodedata import normalize

from .record import Attachment, Passage, Picture, as_displayed

Size = Literal["full", "large", "medium", "thumbnail"]


@dataclass(frozen=True)
class Media:
    """A file in the portal's uploads; width and height in pixels, 0 for a document."""

    id: int
    url: str
    caption: str
    width: int
    height: int
    page: str
    """The address of its own page."""
    forms: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Where the smaller forms of a picture are, by what WordPress calls their size."""


class Block(ABC):
    """A piece of a post; its fields hold HTML without block-level elements."""

    @abstractmethod
    def classic(self) -> str:
        """As the old editor stores it: `wpautop` makes the paragraphs, captions are shortcodes."""

    @abstractmethod
    def block(self) -> str:
        """As the block editor stores it: HTML between comments that name the block."""

    def passages(self) -> list[Passage]:
        """What it adds to the text; a caption and the words of a download link do not."""
        return []

    def pictures(self) -> list[Picture]:
        """The pictures it shows."""
        return []

    def attachments(self) -> list[Attachment]:
        """The files it offers."""
        return []


@dataclass(frozen=True)
class Paragraph(Block):
    html: str

    def classic(self) -> str:
        return self.html

    def block(self) -> str:
        return comment("paragraph", f"<p>{self.html}</p>")

    def passages(self) -> list[Passage]:
        return [Passage("paragraph", plain(self.html))]


@dataclass(frozen=True)
class Heading(Block):
    html: str

    def classic(self) -> str:
        return f"<h2>{self.html}</h2>"

    def block(self) -> str:
        return comment("heading", f"<h2>{self.html}</h2>")

    def passages(self) -> list[Passage]:
        return [Passage("heading", plain(self.html))]


@dataclass(frozen=True)
class Items(Block):
    html: tuple[str, ...]

    def classic(self) -> str:
        return "<ul>\n" + "".join(f" \t<li>{item}</li>\n" for item in self.html) + "</ul>"

    def block(self) -> str:
        items = "".join(comment("list-item", f"<li>{item}</li>") for item in self.html)
        return comment("list", f"<ul>{items}</ul>")

    def passages(self) -> list[Passage]:
        return [Passage("item", plain(item)) for item in self.html]


@dataclass(frozen=True)
class Quote(Block):
    html: str

    def classic(self) -> str:
        return f"<blockquote>{self.html}</blockquote>"

    def block(self) -> str:
        inner = f'<blockquote class="wp-block-quote"><p>{self.html}</p></blockquote>'
        return comment("quote", inner)

    def passages(self) -> list[Passage]:
        return [Passage("quote", plain(self.html))]


@dataclass(frozen=True)
class Table(Block):
    rows: tuple[tuple[str, ...], ...]

    def classic(self) -> str:
        return f'<table border="1" width="100%">\n{self._body()}\n</table>'

    def block(self) -> str:
        inner = f'<figure class="wp-block-table"><table>{self._body()}</table></figure>'
        return comment("table", inner)

    def passages(self) -> list[Passage]:
        return [Passage("cell", plain(cell)) for row in self.rows for cell in row]

    def _body(self) -> str:
        rows = ("".join(f"<td>{cell}</td>" for cell in row) for row in self.rows)
        return "<tbody>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</tbody>"


@dataclass(frozen=True)
class Image(Block):
    media: Media
    caption: str
    alt: str

    def classic(self) -> str:
        size = f'width="{self.media.width}" height="{self.media.height}"'
        image = (
            f'<img class="size-full wp-image-{self.media.id}" src="{self.media.url}"'
            f' alt="{escape(self.alt)}" {size} />'
        )
        if not self.caption:
            return image
        box = f'id="attachment_{self.media.id}" align="aligncenter" width="{self.media.width}"'
        return f"[caption {box}]{image} {self.caption}[/caption]"

    def block(self) -> str:
        caption = f"<figcaption>{self.caption}</figcaption>" if self.caption else ""
        figure = (
            f'<figure class="wp-block-image size-full"><img src="{self.media.url}"'
            f' alt="{escape(self.alt)}" class="wp-image-{self.media.id}"/>{caption}</figure>'
        )
        return comment("image", figure, f'{{"id":{self.media.id},"sizeSlug":"full"}}')

    def pictures(self) -> list[Picture]:
        return [Picture(self.media.url, plain(self.caption), plain(self.alt))]


@dataclass(frozen=True)
class Gallery(Block):
    """Several pictures side by side, each with its file's own caption."""

    media: tuple[Media, ...]
    link: Literal["none", "file", "attachment"] = "none"
    """Where a picture leads: to its file, or to a page of its own."""
    size: Size = "full"
    """The form that is shown; a thumbnail is a square that is cut out of the middle."""
    is_captioned: bool = True
    """Whether it tells captions; in the block editor they may have been taken out."""

    def classic(self) -> str:
        ids = ",".join(str(media.id) for media in self.media)
        # Without a word of the link it leads to the attachment's page, as WordPress has it.
        link = "" if self.link == "attachment" else f' link="{self.link}"'
        return f'[gallery{link} size="{self.size}" columns="2" ids="{ids}"]'

    def block(self) -> str:
        images = "".join(
            self._shown(image, one.block())
            for image, one in zip(self.media, self._images(), strict=True)
        )
        figure = (
            '<figure class="wp-block-gallery has-nested-images columns-default is-cropped">'
            f"{images}</figure>"
        )
        return comment("gallery", figure, f'{{"linkTo":"{self.link}"}}')

    def _shown(self, media: Media, image: str) -> str:
        """The block of an image in the gallery's size, leading where the gallery's pictures do."""
        form = media.forms.get(self.size, media.url)
        image = image.replace(media.url, form).replace("size-full", f"size-{self.size}")
        image = image.replace('"sizeSlug":"full"', f'"sizeSlug":"{self.size}"')
        href = {"file": media.url, "attachment": media.page}.get(self.link)
        return re.sub(r"(<img [^>]*>)", rf'<a href="{href}">\1</a>', image) if href else image

    def pictures(self) -> list[Picture]:
        return [picture for image in self._images() for picture in image.pictures()]

    def _images(self) -> list[Image]:
        return [Image(m, m.caption if self.is_captioned else "", m.caption) for m in self.media]


@dataclass(frozen=True)
class Download(Block):
    media: Media
    label: str

    def classic(self) -> str:
        return f'<a href="{self.media.url}">{self.label}</a>'

    def block(self) -> str:
        link = f'<a href="{self.media.url}">{self.label}</a>'
        button = f'<a href="{self.media.url}" class="wp-block-file__button" download>Tải về</a>'
        file = f'<div class="wp-block-file">{link}{button}</div>'
        return comment("file", file, f'{{"id":{self.media.id},"href":"{self.media.url}"}}')

    def attachments(self) -> list[Attachment]:
        return [Attachment(self.media.url, plain(self.label))]


@dataclass(frozen=True)
class More(Block):
    """Where listings stop and offer the rest."""

    def classic(self) -> str:
        return "<!--more-->"

    def block(self) -> str:
        return comment("more", "<!--more-->")


@dataclass(frozen=True)
class NextPage(Block):
    """Where a post is divided into pages."""

    def classic(self) -> str:
        return "<!--nextpage-->"

    def block(self) -> str:
        return comment("nextpage", "<!--nextpage-->")


def plain(html: str) -> str:
    """The words of an HTML fragment as displayed: no tags, entities resolved, NFC."""
    return normalize("NFC", as_displayed(unescape(re.sub(r"<[^>]+>", "", html))))


def comment(name: str, html: str, attributes: str = "") -> str:
    opening = f"wp:{name} {attributes}".rstrip()
    return f"<!-- {opening} -->\n{html}\n<!-- /wp:{name} -->"
