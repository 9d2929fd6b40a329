"""The picture as it was uploaded, of which WordPress has made the form that a page shows.

A gallery shows squares, each of which leads to a page about the picture; nothing on the page of the
article names the picture itself::

    <a href="/le-khoi-cong/anh-1/"><img class="attachment-thumbnail size-thumbnail" width="150"
       height="150" src="/wp-content/uploads/2021/06/anh-1-150x150.jpg"></a>

WordPress keeps an upload beside the forms that it makes of it, and names them as it names the
upload, with their size. So where nothing larger is offered, it can be told where the upload would
lie. That is believed of no page: only the picture that is there when it is asked for shows it.
"""

import re
from urllib.parse import urlsplit

from crawler.text.addresses import on_same_host
from crawler.text.pixels import Size, size_of

_FORM = re.compile(r"-(\d{2,4})x(\d{2,4})(?=\.(?:jpe?g|png|gif|webp)$)", re.IGNORECASE)
"""How the path of a form ends."""
_FOLDER = "/uploads/"
"""Where WordPress keeps uploads, and what it makes of them."""


def upload_of(form: str, page: str) -> str | None:
    """Return where the upload would lie of which the picture at *form* was made, None if that is
    not named as a form; nor is anything told of what another host than the page's has.
    """
    path, named = _named(form)
    if named is None or not on_same_host(form, page):
        return None
    return urlsplit(form)._replace(path=path[: named.start()] + path[named.end() :]).geturl()


def is_larger(body: bytes, form: str, held: Size | None = None) -> bool:
    """Whether what was received may be the picture of which a *form* was made, which is *held* in a
    size, or told it by its name: it is a picture, no side of it is shorter, and one is longer.

    Their proportions may differ: forms are also cut out of the middle, and a camera that was held
    upright lays its pictures on the side.
    """
    size, least = size_of(body), held or _size_in(form)
    if size is None or least is None:
        return False
    is_no_shorter = min(size) >= min(least) and max(size) >= max(least)
    return is_no_shorter and sorted(size) != sorted(least)


def _size_in(form: str) -> Size | None:
    _, named = _named(form)
    return (int(named[1]), int(named[2])) if named else None


def _named(form: str) -> tuple[str, re.Match[str] | None]:
    """Return the path of a picture, and in it the size by which it is named as a form."""
    path = urlsplit(form).path
    return path, _FORM.search(path) if _FOLDER in path else None
