"""What a page about a picture says of it: where it lies larger, and its caption.

WordPress's, in themes with a template for them, and in others::

    <figure><img src="…/anh-1.jpg" srcset="…"><figcaption>…</figcaption></figure>
    <p class="attachment"><a href="…/anh-1.jpg"><img src="…/anh-1-300x200.jpg"></a></p>

Such pages show other pictures, too: those before and after it, a banner, what else is new. So only
what is called as the form that led here is its picture.
"""

from crawler.page import AboutPicture
from crawler.readers.body.fragment import read_fragment
from crawler.readers.page.document import Document
from crawler.readers.page.picture_pages import called, folder
from crawler.readers.page.pictures import is_picture, is_sized


def about_picture(document: Document, form: str) -> AboutPicture | None:
    """Return what a page says of the picture of which an article shows a *form*; None if it shows
    nothing that is called so.
    """
    body = document.tree.body
    images = read_fragment(body.html or "", document.base).images if body else ()
    own = [image for image in images if _is_same(image.url, form)]
    linked = document.addresses("a[href]")
    offered = [image.url for image in own]
    offered += [url for url in (linked.value if linked else ()) if _is_same(url, form)]
    if not offered:
        return None
    larger = sorted({*offered} - {form}, key=lambda url: (_rank(url, form), offered.index(url)))
    caption = next((image.caption for image in own if image.caption), None)
    picture = larger[0] if larger else None
    return AboutPicture(picture, caption) if picture or caption else None


def leads_to_picture(url: str, form: str) -> bool:
    """Whether an address is that of the picture of which an article shows a *form*."""
    return url != form and _is_same(url, form)


def _is_same(url: str, form: str) -> bool:
    return is_picture(url) and called(url) == called(form)


def _rank(url: str, form: str) -> tuple[bool, bool]:
    """Tell a whole picture in the folder of a form from one that is called so by chance, and from
    another form.
    """
    return folder(url) != folder(form), is_sized(url) and "-scaled." not in url
