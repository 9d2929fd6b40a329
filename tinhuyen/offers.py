"""What options offer and their help names, without what is behind them.

So that ``--help``, and a slip of the keyboard, wait for none of the libraries that the work needs.
"""

from pathlib import Path
from typing import Final

from crawler.vocabulary import Field

_FAMILIES = Path(__file__).parents[1] / "crawler" / "readers" / "families"

FAMILIES: Final = tuple(sorted({file.stem for file in _FAMILIES.glob("*.py")} - {"__init__"}))
"""The families of portals, by the names that ``cms`` may have: those of `crawler.readers.CMS`."""
MOST_NEW: Final = 20
"""Sites that nobody has described, and that a crawl of what is due takes at most."""
MOST_PUSHED: Final = 25
"""Pages a crawl that are handed to a service that archives them, unless told otherwise."""
FEW: Final = 500
"""Captures, and articles, that a fast verification looks at."""
POINTED: Final = {
    "title": Field.TITLE,
    "date": Field.PUBLISHED,
    "text": Field.CONTENT,
    "lead": Field.LEAD,
    "category": Field.CATEGORY,
    "author": Field.AUTHOR,
    "file": Field.FILES,
    "next-page": Field.NEXT_PAGE,
}
"""The fields that words of a page may be said to be, by their options, in the order in which they
are learnt: what is an article is known by its title."""
FIELDS: Final = POINTED | {str(one): one for one in Field}
"""All fields by what they may be called: by their options, and as a profile calls them."""
