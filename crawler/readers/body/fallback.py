"""The text of a page whose structure shows none, as trafilatura finds it.

Measured on the pages of ``bench/quality.py``: where the structure does show a text, trafilatura
adds comments and teasers more often than it adds to the article, so it is not asked there.
"""

import logging

from crawler.readers.body.fragment import Fragment, read_fragment
from crawler.readers.page.document import Document
from crawler.readers.page.evidence import Read

_LONGEST = 2**20
"""Characters of a page that it reads within a second, whatever they are."""


def fragment_by_trafilatura(document: Document) -> Read[Fragment] | None:
    """Return what trafilatura takes for the article of a page; None if for nothing."""
    html = document.tree.html or ""
    if len(html) > _LONGEST:
        return None
    from trafilatura import extract  # takes longer to load than a page to read; hardly ever asked

    logging.getLogger("trafilatura").setLevel(logging.ERROR)  # warns of each page without a text
    try:
        found = extract(
            html,
            url=document.url,
            output_format="html",
            fast=True,
            include_comments=False,
            include_images=True,
            include_links=True,
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None  # what it is asked to read is often hardly HTML
    if not found:
        return None
    return Read(read_fragment(found, document.base), "trafilatura")
