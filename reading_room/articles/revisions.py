"""The texts of an article as they stood one after the other."""

from collections.abc import Mapping, Sequence
from typing import Any

from datasette.database import Database

from reading_room.articles.addresses import DIGITS, Named, text_path
from reading_room.asking.queries import rows
from reading_room.language import gettext as _

TEXTS = ("title", "lead", "body")
FACTS = ("author", "published_at")
"""What makes a revision when it changes, by column of the view ``history``."""


def labels() -> dict[str, str]:
    """Return what these columns are called."""
    return {
        "title": _("Title"),
        "lead": _("Lead"),
        "body": _("Text"),
        "author": _("Author"),
        "published_at": _("Published"),
    }


async def revisions(db: Database, article: Named) -> list[dict[str, Any]]:
    """Return the revisions of an article, newest first.

    Each has ``revision``, ``text_sha256``, ``seen_at``, ``last_seen_at``, ``capture_id``, the
    ``source`` of that capture, ``is_newest``, ``is_repeated`` where another one has the same words,
    its ``path``, and as ``changed`` the columns that differ from the one before. An archive that no
    version of today has opened for writing yet has only the newest.
    """
    if "history" not in await db.view_names():
        found = await rows(
            db,
            "SELECT 1 AS revision, text_sha256, first_seen_at AS seen_at, last_seen_at,"
            " NULL AS capture_id, NULL AS source, 1 AS is_newest, 0 AS is_repeated"
            " FROM articles WHERE id = ?",
            article.id,
        )
    else:
        differs = ", ".join(
            f"{column} IS NOT lag({column}) OVER earlier AS {column}" for column in TEXTS + FACTS
        )
        found = await rows(
            db,
            f"""
            SELECT texts.*, captures.source
            FROM (SELECT revision, text_sha256, seen_at, last_seen_at, capture_id, is_newest,
                         count(*) OVER (PARTITION BY text_sha256) > 1 AS is_repeated, {differs}
                  FROM history WHERE article_id = ?
                  WINDOW earlier AS (ORDER BY revision)) AS texts
            LEFT JOIN captures ON captures.id = capture_id
            ORDER BY revision DESC""",  # noqa: S608
            article.id,
        )
    for row in found:
        changed = [column for column in TEXTS + FACTS if row.pop(column, False)]
        row["changed"] = changed if row["revision"] > 1 else []
        row["path"] = article.path if row["is_newest"] else text_path(article._asdict() | row)
    return found


def text_called(texts: Sequence[Mapping[str, Any]], wanted: str) -> Mapping[str, Any] | None:
    """Return that of the *texts* of an article which *wanted* names: a revision by its number, or
    by its digest, or as many of its digits as tell it apart. Of several with the same words it is
    the newest.
    """
    if len(wanted) < DIGITS:
        return next((text for text in texts if str(text["revision"]) == wanted), None)
    like = [text for text in texts if text["text_sha256"].startswith(wanted.lower())]
    return like[0] if len({text["text_sha256"] for text in like}) == 1 else None


def with_same_words(
    texts: Sequence[Mapping[str, Any]], text: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """Return those of the *texts* of an article that have the words of one of them, itself among
    them: more than one where it came back.
    """
    return [each for each in texts if each["text_sha256"] == text["text_sha256"]]
