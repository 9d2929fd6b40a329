"""What trafilatura takes for the text of a page: a second opinion, where structure leaves a doubt.

It takes longer than all the rest of reading, and on pages whose structure is plain it
adds comments and teasers more often than it adds to the article: so it is not asked there.
"""

import logging
from typing import Any

from crawler.readers.body.fragment import Fragment, read_fragment
from crawler.readers.page.document import Document
from crawler.readers.page.evidence import Read

_LONGEST, _MOST_TAGS = 2**20, 24_000
"""Characters and tags of a page that it reads within a second, whatever they are: what it takes out
of a page it joins with what stands beside it, piece by piece."""


def fragment_by_trafilatura(document: Document) -> Read[Fragment] | None:
    """Return what trafilatura takes for the article of a page; None if for nothing."""
    found = _extracted(document, output_format="html", include_images=True, include_links=True)
    return Read(read_fragment(found, document.base), "trafilatura") if found else None


def text_by_trafilatura(document: Document) -> str:
    """Return the words of what trafilatura takes for the article of a page."""
    return _extracted(document, output_format="txt", include_formatting=False)


def _extracted(document: Document, **options: Any) -> str:
    html = document.tree.html or ""
    if len(html) > _LONGEST or html.count("<") > _MOST_TAGS:
        return ""
    from trafilatura import extract  # takes longer to load than a page to read; not always asked

    logging.getLogger("trafilatura").setLevel(logging.ERROR)  # warns of each page without a text
    try:
        found = extract(html, url=document.url, fast=True, include_comments=False, **options)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return ""  # what it is asked to read is often hardly HTML
    return found or ""
