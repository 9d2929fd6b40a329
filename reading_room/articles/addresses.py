"""Articles as addresses name them: by their permanent code, and each text of one by its digest.

``/a/CODE`` is an article, ``/a/CODE/DIGEST`` one of its texts. In the place of the code there may
stand the number of the row, and in that of the digest the number of the revision: these hold in one
archive only, so they lead to the former where there is one. An archive of an older version has no
codes, and all of its articles are at their numbers.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from datasette import NotFound
from datasette.database import Database
from datasette.views.base import DatasetteError

from reading_room.asking.queries import rows
from reading_room.language import N_

DIGITS = 16
"""Digits of a digest that tell one text from another."""
GONE = 410
"""The status of what was here and is no more."""

_ALIKE = str.maketrans("OILoil", "011011")
"""Letters that no code has, and the digits that they look like (Crockford's base 32)."""
WITHDRAWN = N_(
    "The code %(code)s was given to a page that turned out to be no article, when it was known"
    " better how its portal is read. If it is read as one after all, it has this code again."
)
NO_SUCH_TEXT = N_("%(wanted)s names no single text of the article %(article)s. It has: %(texts)s.")
_NUMBER = re.compile(r"\d{1,18}")


def article_path(row: Mapping[str, Any]) -> str:
    """Return the address of the page of an article, below that of the reading room.

    *row* names it by ``code``; where that is not at hand by ``article_id``, or ``id`` if the row is
    one of ``articles``.
    """
    return f"/a/{row.get('code') or row.get('article_id') or row['id']}"


def text_path(row: Mapping[str, Any]) -> str:
    """Return the address of one text of an article: *row* names the article as for `article_path`,
    and the text by ``text_sha256``; where that is not at hand, or another text of the article has
    the same (``is_repeated``), by ``revision``.
    """
    digest = None if row.get("is_repeated") else row.get("text_sha256")
    return f"{article_path(row)}/{digest[:DIGITS] if digest else row['revision']}"


class Named(NamedTuple):
    """An article that an address names: the number of its row, and its code if it has one."""

    id: int
    code: str | None

    @property
    def key(self) -> str:
        """How its address names it."""
        return self.code or str(self.id)

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"/a/{self.key}"


async def find_article(db: Database, key: str) -> Named:
    """Return the article that *key* names: a code, one that leads on to another, or a number.

    Raises `NotFound` where there never was one, and `WithdrawnError` where its page turned out to
    be no article.
    """
    has_codes = "code" in await db.table_columns("articles")
    code = "code" if has_codes else "NULL"
    if _NUMBER.fullmatch(key):
        found = await rows(db, f"SELECT id, {code} AS code FROM articles WHERE id = ?", key)  # noqa: S608
    elif has_codes:
        found = await _of_code(db, key.translate(_ALIKE).lower())
    else:
        found = []
    if not found:
        raise NotFound(f"No article has the code {key}")
    if found[0]["id"] is None:
        raise WithdrawnError(found[0])
    return Named(found[0]["id"], found[0]["code"])


async def _of_code(db: Database, code: str) -> list[dict[str, Any]]:
    """Return the article that a code leads to; of a code that leads nowhere any more its row of
    ``aliases``, with NULL as ``id``."""
    return await rows(
        db,
        """
        WITH RECURSIVE leading(code) AS (
            VALUES (:code)
            UNION
            SELECT leads_to FROM leading JOIN aliases USING (code) WHERE leads_to IS NOT NULL
        )
        SELECT id, code, NULL AS changed FROM articles WHERE code IN (SELECT code FROM leading)
        UNION ALL
        SELECT NULL, code, changed FROM aliases
        WHERE code IN (SELECT code FROM leading) AND leads_to IS NULL
        ORDER BY id DESC LIMIT 1""",
        code=code,
    )


class WithdrawnError(DatasetteError):
    """The page that a code was given to turned out to be no article: answered with 410."""

    def __init__(self, alias: Mapping[str, Any]) -> None:
        facts = {"code": alias["code"], "changed": alias["changed"]}
        super().__init__(  # type: ignore[no-untyped-call]
            WITHDRAWN % facts, title="No article", error_dict={"withdrawn": facts}, status=GONE
        )
