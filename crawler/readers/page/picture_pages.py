"""Links around pictures that lead to a page about the picture, and what it is called there.

WordPress has a page for each upload, and its galleries lead there unless an editor says otherwise;
systems with albums do the same::

    <a href="/le-khoi-cong/anh-1/"><img src="/wp-content/uploads/2021/06/anh-1-150x150.jpg"></a>
    <a href="/?attachment_id=12" rel="attachment wp-att-12"><img src="…/anh-1.jpg"></a>
    <a href="/album/le-hoi/12.html"><img width="120" src="/album/thumbs/anh-1.jpg"></a>

Many a picture leads to another article instead. So a link counts that says what it is, or one that
holds nothing but a small form of a picture; and of what is at its end only the same picture does.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote, urlsplit

from crawler.readers.page.files import file_of
from crawler.readers.page.pictures import is_picture, is_sized
from crawler.text.addresses import absolute, on_same_host, urlkey

_SMALL = 400
"""Pixels of the longer side up to which a picture is taken for a small form of one."""
_WORDS = r"(?:thumb(?:s|nails?)?|small|medium|large|normal|mini|preview|resized?|phoca_thumb_[sml])"
_MARKS = re.compile(rf"^{_WORDS}[-_]|[-_]{_WORDS}$")
_MARKED_FOLDER = re.compile(rf"/_?{_WORDS}/")
_MADE = re.compile(r"-\d{2,4}x\d{2,4}$|-scaled$|-rotated$|-e\d{10,}$")
"""How WordPress marks the forms that it makes of an upload, and what an editor has changed."""
_ENDING = re.compile(r"\.[a-z]{3,4}$")


def page_about(
    link: Mapping[str, str], img: Mapping[str, str], base_url: str, *, is_small: bool
) -> str | None:
    """Return the page about a picture to which the *link* around its *img* leads, None if that
    leads elsewhere. *is_small* says that what is shown is a smaller form of something.
    """
    url = absolute(link.get("href", ""), base_url)
    if url is None or not on_same_host(url, base_url) or is_picture(url) or file_of(url):
        return None
    parts = urlsplit(url)
    is_start = parts.path in ("", "/") and not parts.query
    if is_start or urlkey(url) == urlkey(base_url):
        return None
    return url if is_small or _says_so(url, link, img, base_url) else None


def _says_so(url: str, link: Mapping[str, str], img: Mapping[str, str], base_url: str) -> bool:
    """Whether a link says that it leads to the page of what it shows, as WordPress's do."""
    parts, own = urlsplit(url), urlsplit(base_url).path.rstrip("/")
    return (
        "attachment_id" in parse_qs(parts.query)
        or "attachment" in link.get("rel", "").split()
        or absolute(img.get("data-link", ""), base_url) == url
        or bool(own and parts.path.startswith(f"{own}/"))
    )


def is_small_form(url: str, width: int | None, height: int | None) -> bool:
    """Whether a picture that is shown in so many pixels, if that is known, is a smaller form of
    something, as far as its address and its size tell.
    """
    path = unquote(urlsplit(url).path).lower()
    is_marked = _MARKS.search(_name(path)) or _MARKED_FOLDER.search(path)
    return is_sized(url) or bool(is_marked) or 0 < max(width or 0, height or 0) <= _SMALL


def called(url: str) -> str:
    """Return what all forms of a picture are called, by whichever system they were made."""
    name = _name(unquote(urlsplit(url).path).lower())
    for marks in (_MADE, _MARKS):
        while (bare := marks.sub("", name)) != name and bare:
            name = bare
    return name


def folder(url: str) -> str:
    """Return the folder of a picture, that of the whole ones where it lies with small ones."""
    path = unquote(urlsplit(url).path).lower()
    return _MARKED_FOLDER.sub("/", path.rpartition("/")[0] + "/")


def _name(path: str) -> str:
    name = path.rpartition("/")[2]
    while (bare := _ENDING.sub("", name)) != name and bare:
        name = bare
    return name
