"""Which forms of a picture an element offers: what it shows, lazy forms, and sets of sizes.

A picture that a script loads later stands in other attributes, ``src`` holding a placeholder::

    <img src="data:image/gif;base64,…" data-src="/a-300x200.jpg"
         data-srcset="/a-300x200.jpg 300w, /a.jpg 1024w">

The ways to write it are those of WordPress and its lazy loaders, of Blogger, NukeViet and AMP; what
none of them is known to write counts where its value is named as a picture is. An address that a
page does not write is never made up; where a larger form may lie nevertheless is told apart
(`crawler.readers.page.uploads`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.text.addresses import absolute

Attributes = Mapping[str, str | None]

_ORIGINALS = (
    "data-full-url", "data-orig-file", "data-full-src", "data-full", "data-large_image",
    "data-zoom-image", "data-hi-res-src", "data-hires", "data-pagespeed-high-res-src",
    "data-large-file",
)  # fmt: skip
"""Where galleries write the address of the picture as it was uploaded, or of a large form."""
LAZY = (
    "data-src", "data-lazy-src", "data-original", "data-img-url", "data-lazy", "data-lazyload",
    "data-orig-src", "data-original-src", "data-actualsrc", "data-real-src", "data-echo",
    "data-cfsrc", "data-ezsrc", "data-litespeed-src", "data-pagespeed-lazy-src", "data-breeze",
    "data-opt-src", "nitro-lazy-src",
)  # fmt: skip
_SHOWN = (*LAZY, "src")
_SETS = (
    "data-srcset", "data-lazy-srcset", "data-orig-srcset", "data-original-set", "data-ezsrcset",
    "data-litespeed-srcset", "data-breeze-srcset", "nitro-lazy-srcset", "srcset",
)  # fmt: skip
_SMALL = re.compile(r"thumb|small|low|lqip|blur|preview|placeholder|icon|avatar|permalink|link")
"""Names of attributes that hold another form of a picture than the one to be kept, or a page."""
_ADDRESS = re.compile(r"[\s,]*(\S+)")
_DESCRIPTOR = re.compile(r"\s*([0-9.]+)([wx])\s*")
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|bmp|tiff?)$", re.IGNORECASE)
_PAGE_OF_PICTURE = re.compile(r"/s\d+-h/")
"""Blogger's pages around a picture, which are named as the picture is."""
_PLACEHOLDER = re.compile(
    r"(?:^|[-_.])(?:spacer|blank|place-?holder|pixel|1?px|transparent|clear(?:dot)?|1x1|loading|loader"
    r"|lazy(?:load(?:ing|er)?)?|preload(?:er)?|dummy|empty|trans|grey|gray|spinner|no-?thumb|shim)"
    r"(?:[-_.](?:image|img|gif|bg|icon|large|small|thumb|\d+(?:x\d+)?))*\.(?:gif|png|svg|webp|jpe?g)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of the forms of a picture that a ``srcset`` offers."""

    url: str
    width: float = 0
    """Pixels; 0 if the set does not say it."""
    density: float = 1
    """How many of its pixels go into one of the page."""


def is_picture(url: str) -> bool:
    """Whether an address is named as a picture is."""
    path = _path(url)
    return bool(_PICTURE.search(path)) and not _PAGE_OF_PICTURE.search(path)


def is_placeholder(url: str) -> bool:
    """Whether an address is named as what stands in a picture's place until it is loaded."""
    return _PLACEHOLDER.search(_path(url).rpartition("/")[2]) is not None


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def candidates(attributes: Attributes, base: str) -> Iterator[Candidate]:
    """Yield what the sets of an element offer; what has no address on the web is left out.

    https://html.spec.whatwg.org/multipage/images.html#parsing-a-srcset-attribute
    """
    for written, descriptor in _written(attributes):
        url = absolute(written, base)
        told = _DESCRIPTOR.fullmatch(descriptor)
        number = _number(told[1]) if told else 0.0
        if url and told and told[2] == "w":
            yield Candidate(url, width=number)
        elif url:
            yield Candidate(url, density=number or 1)


def _written(attributes: Attributes) -> Iterator[tuple[str, str]]:
    """Yield the addresses of all sets as they are written, each with its descriptor."""
    for name in _SETS:
        value, at = attributes.get(name) or "", 0
        while found := _ADDRESS.match(value, at):
            address, at = found[1], found.end()
            ends = at
            if not address.endswith(","):  # a comma inside an address does not end it
                ends = value.find(",", at)
                ends = len(value) if ends < 0 else ends
            yield address.rstrip(","), value[at:ends]
            at = ends


def _number(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return 0


def plain(attributes: Attributes, base: str, names: Iterable[str] = _SHOWN) -> list[str]:
    """Return the addresses that the attributes of some *names* hold, lazy forms first."""
    values = (attributes.get(name) for name in names)
    return [url for value in values if value and (url := absolute(value, base))]


def _otherwise_lazy(attributes: Attributes, base: str) -> Iterator[str]:
    """Yield the pictures that attributes of no known name lead to, as a script may read them."""
    for name, value in attributes.items():
        if value and name.startswith("data-") and name not in _NAMED and not _SMALL.search(name):
            url = absolute(value, base) if " " not in value and is_picture(value) else None
            if url and not is_placeholder(url):
                yield url


_NAMED = frozenset([*_ORIGINALS, *LAZY, *_SETS])


def is_late(attributes: Attributes, base: str) -> bool:
    """Whether what an element shows of a picture only holds its place until a script has run."""
    shown = next(iter(plain(attributes, base, ("src",))), None)
    if shown is None or is_placeholder(shown):
        return True
    return _LATE.search(attributes.get("class") or "") is not None


_LATE = re.compile(r"lazy", re.IGNORECASE)


def stem(url: str) -> str:
    """Return what all forms of a picture have in common that WordPress names by their size."""
    return _SIZE.sub("", url.partition("?")[0])


def is_sized(url: str) -> bool:
    """Whether an address is named as a form that WordPress made of a picture."""
    return _SIZE.search(url.partition("?")[0]) is not None


_SIZE = re.compile(r"-\d{2,4}x\d{2,4}(?=\.[A-Za-z]{3,4}$)|-scaled(?=\.[A-Za-z]{3,4}$)")


def thumbnail(attributes: Attributes, base: str, picture: str) -> str | None:
    """Return what an element shows of a *picture* without scripts, None if that is the picture
    itself, or but holds its place.
    """
    shown = next(iter(plain(attributes, base, ("src",))), None)
    return shown if shown and shown != picture and not is_placeholder(shown) else None


def forms(attributes: Attributes, base: str) -> set[str]:
    """Return all addresses under which an element offers its picture."""
    return {
        *plain(attributes, base, (*_ORIGINALS, *_SHOWN)),
        *(candidate.url for candidate in candidates(attributes, base)),
    }


def largest(attributes: Attributes, base: str, sources: Iterable[Attributes] = ()) -> str | None:
    """Return the address of the largest form of a picture, None if the element offers none.

    *sources* are the attributes of the ``<source>`` beside it in a ``<picture>``. A placeholder is
    returned only where nothing else is offered.
    """
    originals = plain(attributes, base, _ORIGINALS)
    offered = [c for one in (attributes, *sources) for c in candidates(one, base)]
    offered = [candidate for candidate in offered if not is_placeholder(candidate.url)]
    wide = [candidate for candidate in offered if candidate.width]
    dense = [candidate for candidate in offered if candidate.density > 1]
    shown = plain(attributes, base)
    best = [max(wide, key=lambda c: c.width).url] if wide else []
    best += [max(dense, key=lambda c: c.density).url] if dense else []
    real = [url for url in shown if not is_placeholder(url)]
    if len(real) < 2 and is_late(attributes, base):
        real = [*plain(attributes, base, LAZY), *_otherwise_lazy(attributes, base), *real]
        real = [url for url in real if not is_placeholder(url)]
    return next(iter([*originals, *best, *real, *(c.url for c in offered), *shown]), None)
