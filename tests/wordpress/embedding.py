"""Blocks that show files otherwise than as plain pictures, in the forms of both editors."""

from dataclasses import dataclass
from typing import Literal

from .markup import Block, Download, Media, comment
from .record import Attachment, Passage, Picture

Link = Literal["none", "file", "attachment"]
Place = Literal["media-text", "cover"]
Recorded = Literal["video", "audio"]


@dataclass(frozen=True)
class Inserted(Block):
    """A picture in a size, with a caption of its own, that leads to its file or its page."""

    media: Media
    caption: str
    link: Link
    size: Literal["medium", "thumbnail"]

    def _linked(self) -> str:
        image = (
            f'<img class="size-{self.size} wp-image-{self.media.id}" alt=""'
            f' src="{self.media.forms[self.size]}" />'
        )
        if self.link == "attachment":
            rel = f"attachment wp-att-{self.media.id}"
            return f'<a href="{self.media.page}" rel="{rel}">{image}</a>'
        return f'<a href="{self.media.url}">{image}</a>' if self.link == "file" else image

    def classic(self) -> str:
        if not self.caption:
            return self._linked()
        box = f'id="attachment_{self.media.id}" align="aligncenter" width="300"'
        return f"[caption {box}]{self._linked()} {self.caption}[/caption]"

    def block(self) -> str:
        caption = f"<figcaption>{self.caption}</figcaption>" if self.caption else ""
        figure = (
            f'<figure class="wp-block-image size-{self.size}">{self._linked()}{caption}</figure>'
        )
        return comment("image", figure, f'{{"id":{self.media.id},"sizeSlug":"{self.size}"}}')

    def pictures(self) -> list[Picture]:
        return [Picture(self.media.url, self.caption, "")]


@dataclass(frozen=True)
class Beside(Block):
    """A picture with words beside it, or behind them; the old editor has it stand at the side."""

    media: Media
    words: str
    kind: Place

    def classic(self) -> str:
        form = self.media.forms["medium"]
        image = (
            f'<img class="alignleft size-medium wp-image-{self.media.id}" src="{form}" alt="" />'
        )
        return f"{image}{self.words}"

    def block(self) -> str:
        words = comment("paragraph", f"<p>{self.words}</p>")
        if self.kind == "cover":
            inner = (
                '<div class="wp-block-cover"><span aria-hidden="true"'
                ' class="wp-block-cover__background has-background-dim"></span>'
                f'<img class="wp-block-cover__image-background wp-image-{self.media.id}" alt=""'
                f' src="{self.media.url}" data-object-fit="cover"/>'
                f'<div class="wp-block-cover__inner-container">{words}</div></div>'
            )
            return comment("cover", inner, f'{{"url":"{self.media.url}","id":{self.media.id}}}')
        form = self.media.forms["medium"]
        inner = (
            '<div class="wp-block-media-text alignwide is-stacked-on-mobile">'
            f'<figure class="wp-block-media-text__media"><img src="{form}" alt=""'
            f' class="wp-image-{self.media.id} size-medium"/></figure>'
            f'<div class="wp-block-media-text__content">{words}</div></div>'
        )
        return comment("media-text", inner, f'{{"mediaId":{self.media.id},"mediaType":"image"}}')

    def pictures(self) -> list[Picture]:
        return [Picture(self.media.url, "", "")]

    def passages(self) -> list[Passage]:
        return [Passage("paragraph", self.words)]


@dataclass(frozen=True)
class Recording(Block):
    """A film or a sound with what plays it."""

    media: Media
    kind: Recorded

    def classic(self) -> str:
        ending = self.media.url.rpartition(".")[2]
        return f'[{self.kind} {ending}="{self.media.url}"][/{self.kind}]'

    def block(self) -> str:
        player = f'<{self.kind} controls src="{self.media.url}"></{self.kind}>'
        figure = f'<figure class="wp-block-{self.kind}">{player}</figure>'
        return comment(self.kind, figure, f'{{"id":{self.media.id}}}')

    def attachments(self) -> list[Attachment]:
        return [Attachment(self.media.url, "")]


@dataclass(frozen=True)
class Playlist(Block):
    """Several recordings that follow each other; the block editor has the shortcode for it, too."""

    media: tuple[Media, ...]

    def classic(self) -> str:
        return f'[playlist ids="{",".join(str(one.id) for one in self.media)}"]'

    def block(self) -> str:
        return comment("shortcode", self.classic())

    def attachments(self) -> list[Attachment]:
        return [Attachment(one.url, "") for one in self.media]


@dataclass(frozen=True)
class ShownDocument(Download):
    """A document in the page itself, over the link to it; the old editor has the link alone."""

    def block(self) -> str:
        shown = (
            f'<object class="wp-block-file__embed" data="{self.media.url}" type="application/pdf"'
            ' style="width:100%;height:600px" aria-label="Văn bản"></object>'
        )
        attributes = f'{{"id":{self.media.id},"href":"{self.media.url}","displayPreview":true}}'
        return comment(
            "file", f'<div class="wp-block-file">{shown}{self.classic()}</div>', attributes
        )
