"""The texts of an article as they once stood, in the order in which they were seen."""

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

TEXT = ("title", "lead", "body", "author", "published_at")
"""What makes a revision when it changes."""

COLUMNS = (
    "seen_at", "last_seen_at", "capture_id", "read_from", "title", "lead", "body", "body_html",
    "author", "category", "published_at", "text_sha256",
)  # fmt: skip

Standing = dict[str, Any]
"""A text and the time for which it was seen to stand: the `COLUMNS` of a revision."""


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two texts are one revision."""
    return all(one[column] == other[column] for column in TEXT)


def placed(history: list[Standing], seen: Standing) -> list[Standing]:
    """Return a history with a text in its right place that was *seen* at one moment.

    *history* is in order, no two that follow each other are the same, and so is what is returned.
    A text that was seen within the time of another one parts that time in two.
    """
    at = seen["seen_at"]
    result: list[Standing] = []
    for standing in history:
        if standing["seen_at"] <= at < standing["last_seen_at"] and not same(standing, seen):
            before = standing | {"last_seen_at": standing["seen_at"]}
            after = standing | {"seen_at": standing["last_seen_at"]}
            result += [before, after]
        else:
            result.append(standing)
    index = next((i for i, s in enumerate(result) if s["seen_at"] > at), len(result))
    return merged([*result[:index], seen, *result[index:]])


def merged(history: list[Standing]) -> list[Standing]:
    """Return a history in which no two that follow each other are the same.

    Of those that are, the newest reading stays, for the time of all.
    """
    result: list[Standing] = []
    for standing in history:
        if result and same(result[-1], standing):
            last = result.pop()
            standing = standing | {
                "seen_at": min(last["seen_at"], standing["seen_at"]),
                "last_seen_at": max(last["last_seen_at"], standing["last_seen_at"]),
            }
        result.append(standing)
    return result


class Revisions:
    """Reads and writes ``revisions``. Whoever calls it has begun the transaction."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def of(self, article_id: int) -> list[Standing]:
        """Return the earlier texts of an article, oldest first."""
        columns = ", ".join(COLUMNS)
        sql = f"SELECT {columns} FROM revisions WHERE article_id = ? ORDER BY revision"  # noqa: S608
        return list(self.db.query(sql, [article_id]))

    def add(self, article_id: int, revision: int, standing: Standing) -> None:
        """Add an earlier text of an article."""
        columns, marks = ", ".join(COLUMNS), ", ".join("?" * len(COLUMNS))
        self.db.execute(
            f"INSERT INTO revisions (article_id, revision, {columns}) "  # noqa: S608
            f"VALUES (?, ?, {marks})",
            [article_id, revision, *(standing[column] for column in COLUMNS)],
        )

    def replace(self, article_id: int, earlier: list[Standing]) -> None:
        """Put these texts in the place of the earlier ones of an article, numbered from 1."""
        self.delete(article_id)
        for revision, standing in enumerate(earlier, 1):
            self.add(article_id, revision, standing)

    def delete(self, article_id: int) -> None:
        """Forget the earlier texts of an article that is held under another number."""
        self.db.execute("DELETE FROM revisions WHERE article_id = ?", [article_id])
