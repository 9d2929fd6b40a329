"""What a page calls the site that it is of, and what made it, beside what it is about.

::

    <title>Khánh thành cầu Nà Lẹng - Trang thông tin điện tử huyện Mẫu</title>
    <meta property="og:site_name" content="Trang thông tin điện tử huyện Mẫu">
    <meta name="generator" content="WordPress 6.4.3">
"""

import re

from crawler.page import Imprint, Page
from crawler.readers.page.document import Document, letters_of, line_of

_SEPARATORS = re.compile(r"\s+[|–—•·:»›/\\-]+\s+|\s*[|»›]\s*")
_VERSION = re.compile(r"[\s/;:,(!-]*\bv?\d.*", re.DOTALL)
_SPACE = re.compile(r"\s+")
_LONGEST = 200
_CMS = re.compile(
    r"wordpress|joomla|nukeviet|drupal|blogger|dotnetnuke|liferay|microsoft sharepoint", re.I
)
"""What is a CMS: plugins name themselves as generators, too, in whatever order."""
_MADE_WITH = {"newspaper": "WordPress"}
"""Families that are themes of a CMS, and that."""


def imprint(document: Document, page: Page) -> Imprint:
    """Return what a page says of its site; *page* is what was read in it."""
    return Imprint(_site_name(document, page), _generator(document, page))


def _site_name(document: Document, page: Page) -> str | None:
    named = document.structured.meta.get("og:site_name", ())
    told = (*named, *(said.value for said in document.structured.claims("publisher")))
    names = (_tidied(name) for name in told)
    return next((name for name in names if name), None) or _behind_title(document, page)


def _behind_title(document: Document, page: Page) -> str | None:
    """Return the last part of the head's title behind that of the article, or the first before."""
    head = document.tree.css_first("head title, title")
    if head is None or page.article is None:
        return None
    parts = _SEPARATORS.split(line_of(head))
    title, ends = letters_of(page.article.title), (parts[-1], parts[0])
    others = [part for part in ends if letters_of(part) and letters_of(part) not in title]
    return _tidied(others[0]) if title and len(parts) > 1 and len(others) == 1 else None


def _generator(document: Document, page: Page) -> str | None:
    family = page.evidence.get("cms", "").partition(":")[0]
    known = None if family in ("", "generic") else _MADE_WITH.get(family, family)
    told = [_VERSION.sub("", name) for name in document.structured.meta.get("generator", ())]
    names = [name for name in map(_tidied, told) if name]
    own = (name for name in names if _CMS.match(name))
    return next(own, None) or known or next(iter(names), None)


def _tidied(text: str) -> str | None:
    text = _SPACE.sub(" ", text).strip()
    return text if 0 < len(text) <= _LONGEST else None
