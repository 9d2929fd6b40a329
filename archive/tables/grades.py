"""What of an article is shown, by the degree to which it is withheld.

What is shown is listed, not what is taken out: a column that is added some day is taken out until
somebody has decided otherwise.
"""

from archive.connection import Row
from archive.tables.articles import columns_of, hash_of
from crawler.page import Article
from crawler.vocabulary import Grade

SAID = tuple(columns_of(Article(title="")))
"""The columns of ``articles`` that an article alone decides: what may have to be taken out."""

_SHOWN = {
    Grade.TEXT: frozenset(
        {"title", "author", "source", "category", "language", "modified_at"}
        | {"published_at", "published_by", "published_confidence"}
    ),
    Grade.ALL: frozenset[str](),
}
_EMPTY = {"title": "", "words": 0}
"""What stands in the place of what is taken out, where it cannot be NULL."""


def shown(row: Row, grade: Grade) -> Row:
    """Return what is shown of a row of ``articles``; its digest is that of the words it then has.

    The row has all columns that an article says.
    """
    if not grade.takes_out:
        return row
    kept = _SHOWN[grade]
    left = {name: row[name] if name in kept else _EMPTY.get(name) for name in SAID}
    return row | left | {"text_sha256": hash_of(left)}
