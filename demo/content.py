"""The text of a post as HTML: what its writer saved, and what the theme's traps made of it.

Traps of the writer and the editor (`stored_content`, which REST and feeds give as well):

``repeat:N``            paragraph N stands a second time, further down
``glue:N``              paragraph N is glued to the end of a later one without a space
``doubled_lead``        the lead stands again as first paragraph
``caption_paragraph``   the first picture's caption is a paragraph of its own
``nbsp``, ``zerowidth``, ``literal_entities``   what copying from a word processor leaves behind
``nfd``                 every letter is decomposed
``refrain``             nothing: a line that repeats by right

The theme's traps (``share_inside``, ``related_inside``, ``tdb``, ``no_datetime``) are in
`demo.theme`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from html import escape

from demo.district import HOST, TIMEZONE
from demo.media import dimensions
from demo.portal import Post
from demo.posts import (
    Block,
    File,
    Gallery,
    Heading,
    Listing,
    Paragraph,
    Picture,
    Quote,
    Table,
)

BLOCK_EDITOR_SINCE = datetime(2022, 1, 1, tzinfo=TIMEZONE)
"""Posts before were written in the classic editor of WordPress, whose HTML differs."""

ENTITIES = {ord(mark): f"&#{ord(mark)};" for mark in "–—‘’“”…"}
"""WordPress writes these marks as numeric entities (``wptexturize``)."""


def stored_content(post: Post, base: str) -> str:
    """Return the text of a post as HTML, with addresses below `base` (scheme and host)."""
    return stored(post, "\n\n".join(content_parts(post, base)))


def content_parts(post: Post, base: str) -> list[str]:
    """Return the HTML of the text, one string a block, before decomposition by ``nfd``."""
    writer = _Writer(post, base)
    parts = [writer.block(block) for block in post.blocks]
    _repeat(post, parts)
    if "doubled_lead" in post.traps and post.lead:
        parts.insert(0, writer.paragraph(f"**{post.lead}**"))
    for trap, mangle in MANGLERS.items():
        if trap in post.traps:
            parts = mangle("\0".join(parts)).split("\0")
    return parts


def stored(post: Post, text: str) -> str:
    """Return a text of the post in the normal form that its writer's machine produced."""
    return unicodedata.normalize("NFD" if "nfd" in post.traps else "NFC", text)


def texturized(text: str) -> str:
    """Escape a text for HTML as WordPress does."""
    return escape(text, quote=False).translate(ENTITIES)


def _repeat(post: Post, parts: list[str]) -> None:
    """Repeat or glue the paragraphs that the traps name; `parts` is changed in place."""
    places = [place for place, block in enumerate(post.blocks) if isinstance(block, Paragraph)]
    repeats: list[tuple[int, str]] = []
    for trap in post.traps:
        name, _, number = trap.partition(":")
        if name not in ("repeat", "glue"):
            continue
        index = int(number) - 1
        source = parts[places[index]]
        later = places[min(index + 2, len(places) - 1)]
        if name == "repeat":
            repeats.append((later + 1, source))
        else:
            inner = re.sub(r"^<p[^>]*>|</p>$", "", source)
            parts[later] = parts[later].removesuffix("</p>") + inner + "</p>"
    for place, source in sorted(repeats, reverse=True):
        parts.insert(place, source)


class _Writer:
    """Writes blocks as the editor of the post's time does."""

    def __init__(self, post: Post, base: str) -> None:
        self._base = base
        self._uploads = base + post.uploads
        self._classic = post.date < BLOCK_EDITOR_SINCE
        self._numbers = iter(range(post.id + 1, post.id + 10_000))
        self._loose_caption = "caption_paragraph" in post.traps

    def paragraph(self, text: str) -> str:
        style = ' style="text-align: justify;"' if self._classic else ""
        return f"<p{style}>{self.inline(text)}</p>"

    def inline(self, text: str) -> str:
        html = texturized(text)
        html = re.sub(
            r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)",
            lambda match: f'<a href="{self._address(match[2])}">{match[1]}</a>',
            html,
        )
        html = re.sub(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", r"<strong>\1</strong>", html)
        html = re.sub(r"\*(?=\S)(.+?)(?<=\S)\*", r"<em>\1</em>", html)
        return html.replace("\n", "<br />\n")

    def block(self, block: Block) -> str:
        match block:
            case Paragraph(text):
                return self.paragraph(text)
            case Heading(text):
                return f"<h2>{self.inline(text)}</h2>"
            case Listing(items, ordered):
                tag = "ol" if ordered else "ul"
                inner = "\n".join(f"<li>{self.inline(item)}</li>" for item in items)
                return f"<{tag}>\n{inner}\n</{tag}>"
            case Quote(paragraphs):
                attribute = "" if self._classic else ' class="wp-block-quote"'
                inner = "\n".join(f"<p>{self.inline(text)}</p>" for text in paragraphs)
                return f"<blockquote{attribute}>{inner}</blockquote>"
            case Table(rows):
                return self._table(rows)
            case Picture():
                return self._picture(block)
            case Gallery(pictures):
                return self._gallery(pictures)
            case File(file, label):
                return self._file(file, label)

    def _address(self, address: str) -> str:
        for own in (f"https://{HOST}", f"http://{HOST}"):
            if address.startswith(own):
                return self._base + address.removeprefix(own)
        return address if "://" in address else self._uploads + address

    def _table(self, rows: tuple[tuple[str, ...], ...]) -> str:
        head, *body = (
            "".join(f"<{tag}>{self.inline(cell)}</{tag}>" for cell in row)
            for row, tag in zip(rows, ["th", *["td"] * len(rows)], strict=False)
        )
        lines = "\n".join(f"<tr>{row}</tr>" for row in body)
        if self._classic:
            return (
                f'<table border="1" width="100%">\n<tbody>\n<tr>{head}</tr>\n{lines}\n'
                "</tbody>\n</table>"
            )
        return (
            f'<figure class="wp-block-table"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>\n{lines}\n</tbody></table></figure>"
        )

    def _image(self, picture: Picture, number: int, classes: str) -> str:
        width, height = dimensions(picture.file)
        address = self._uploads + picture.file
        stem, _, extension = address.rpartition(".")
        small = f"{stem}-300x{300 * height // width}.{extension}"
        return (
            f'<img decoding="async" class="{classes} wp-image-{number}" src="{address}" '
            f'alt="{escape(picture.alt)}" width="{width}" height="{height}" '
            f'srcset="{address} {width}w, {small} 300w" '
            f'sizes="(max-width: {width}px) 100vw, {width}px" />'
        )

    def _picture(self, picture: Picture) -> str:
        number = next(self._numbers)
        caption = self.inline(picture.caption) if picture.caption else None
        if self._loose_caption:
            self._loose_caption = False
            image = self._image(picture, number, "aligncenter size-full")
            return (
                f'<p style="text-align:center">{image}</p>\n'
                f'<p style="text-align:center"><em>{caption}</em></p>'
            )
        if not self._classic:
            image = self._image(picture, number, "size-large")
            below = f'<figcaption class="wp-element-caption">{caption}</figcaption>'
            return f'<figure class="wp-block-image">{image}{below if caption else ""}</figure>'
        if caption is None:
            return f"<p>{self._image(picture, number, 'aligncenter size-full')}</p>"
        name = f"caption-attachment-{number}"
        return (
            f'<figure id="attachment_{number}" aria-describedby="{name}" '
            f'style="width: {dimensions(picture.file)[0]}px" class="wp-caption aligncenter">'
            f"{self._image(picture, number, 'size-full')}"
            f'<figcaption id="{name}" class="wp-caption-text">{caption}</figcaption></figure>'
        )

    def _gallery(self, pictures: tuple[Picture, ...]) -> str:
        if not self._classic:
            inner = "\n".join(self._picture(picture) for picture in pictures)
            return (
                '<figure class="wp-block-gallery has-nested-images columns-default is-cropped">\n'
                f"{inner}\n</figure>"
            )
        loose = ""
        if self._loose_caption:
            loose, pictures = self._picture(pictures[0]) + "\n", pictures[1:]
        first = next(self._numbers)
        inner = "\n".join(self._gallery_item(picture, first) for picture in pictures)
        return (
            f"{loose}<div id='gallery-{first}' class='gallery galleryid-{first} "
            f"gallery-columns-3 gallery-size-full'>\n{inner}\n</div>"
        )

    def _gallery_item(self, picture: Picture, gallery: int) -> str:
        number = next(self._numbers)
        image = self._image(picture, number, "attachment-full size-full")
        caption = (
            f"<figcaption class='wp-caption-text gallery-caption' id='gallery-{gallery}-{number}'>"
            f"\n{self.inline(picture.caption)}\n</figcaption>"
            if picture.caption
            else ""
        )
        return (
            "<figure class='gallery-item'>\n<div class='gallery-icon landscape'>"
            f"<a href='{self._uploads}{picture.file}'>{image}</a></div>\n{caption}</figure>"
        )

    def _file(self, file: str, label: str) -> str:
        address = self._uploads + file
        if self._classic:
            return f'<p><a href="{address}">{texturized(label)}</a></p>'
        return (
            f'<div class="wp-block-file"><a href="{address}">{texturized(label)}</a>'
            f'<a href="{address}" class="wp-block-file__button wp-element-button" download>'
            "Tải về</a></div>"
        )


def _in_texts(html: str, change: Callable[[str], str]) -> str:
    """Apply `change` to every text of `html`, leaving the tags alone."""
    pieces = re.split(r"(<[^>]*>)", html)
    return "".join(
        change(piece) if place % 2 == 0 and piece.strip("\0\n ") else piece
        for place, piece in enumerate(pieces)
    )


def _with_zero_widths(html: str) -> str:
    """Put a zero-width space into every seventh long word and a mark of order before some."""
    counter = _count()

    def split(match: re.Match[str]) -> str:
        word = match[0]
        return f"{word[:2]}\u200b{word[2:]}" if next(counter) % 7 == 0 else word

    html = _in_texts(html, lambda text: re.sub(r"[^\W\d_]{4,}", split, text))
    return re.sub(r"(<p[^>]*>)(?=\w)", "\\1\ufeff", html)


def _with_nbsp(html: str) -> str:
    """Make spaces non-breaking, double or leading ones, and leave empty paragraphs behind."""
    counter = _count()

    def widen(_: re.Match[str]) -> str:
        number = next(counter)
        if number % 11 == 0:
            return "&nbsp; "
        if number % 7 == 0:
            return "  "
        return "&nbsp;" if number % 4 == 0 else " "

    html = _in_texts(html, lambda text: re.sub(" ", widen, text))
    html = re.sub(r"(<p[^>]*>)(?!<)", r"\1&nbsp; ", html)
    return html.replace("</p>\0", "</p>\n<p>&nbsp;</p>\0", 1).replace("</li>", "&nbsp;</li>")


def _with_literal_entities(html: str) -> str:
    """Show the letters of an entity in every tenth space."""
    counter = _count()
    return _in_texts(
        html,
        lambda text: re.sub(
            r" (?=\w)", lambda _: "&amp;nbsp;" if next(counter) % 10 == 0 else " ", text
        ),
    )


def _count() -> Iterator[int]:
    return iter(range(1, 1 << 30))


MANGLERS = {
    # Words are counted before entities, whose names are words too, come in.
    "zerowidth": _with_zero_widths,
    "nbsp": _with_nbsp,
    "literal_entities": _with_literal_entities,
}
