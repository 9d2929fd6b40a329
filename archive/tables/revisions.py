"""The texts of an article as they once stood, in the order in which they were seen."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from archive.connection import Connection, Row
from crawler.text.wording import Likeness, compare

TEXT = ("title", "lead", "body", "author", "published_at")
"""What makes a revision when it changes."""

COLUMNS = (
    "seen_at", "last_seen_at", "capture_id", "read_from", "title", "lead", "body", "body_html",
    "author", "category", "published_at", "text_sha256",
)  # fmt: skip

Standing = dict[str, Any]
"""A text and the time for which it was seen to stand: the `COLUMNS` of a revision."""


def are_equal(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two texts are equal to the letter."""
    return all(one[column] == other[column] for column in TEXT)


def likeness(older: Mapping[str, Any], newer: Mapping[str, Any]) -> Likeness:
    """Return whether two texts are one revision, and whether the newer loses nothing of it."""
    if are_equal(older, newer):
        return Likeness(same=True, says_all=True)
    return compare(older, newer)


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two texts are one revision: they say the same, wherever a theme puts it."""
    return likeness(one, other).same


def placed(
    history: list[Standing], seen: Standing, sightings: Collection[str] = ()
) -> list[Standing]:
    """Return a history with a text in its right place that was *seen* at one moment.

    *history* is in order, no two that follow each other are the same, and so is what is returned.
    A text that was seen within the time of another one parts that time in two, at those of the
    *sightings* of the article that lie next to it.
    """
    at = seen["seen_at"]
    result: list[Standing] = []
    for standing in history:
        if standing["seen_at"] <= at < standing["last_seen_at"] and not same(standing, seen):
            known = [t for t in sightings if standing["seen_at"] < t < standing["last_seen_at"]]
            until = max((t for t in known if t < at), default=standing["seen_at"])
            since = min((t for t in known if t > at), default=standing["last_seen_at"])
            result += [standing | {"last_seen_at": until}, standing | {"seen_at": since}]
        else:
            result.append(standing)
    index = next((i for i, s in enumerate(result) if s["seen_at"] > at), len(result))
    return merged([*result[:index], seen, *result[index:]])


def merged(history: list[Standing]) -> list[Standing]:
    """Return a history in which no two that follow each other are the same.

    Of those that are, the newest reading stays, for the time of all; or the one before it, if it
    says more. But the last one stays what it is: it is what the article says. A text of which it
    has lost something stands before it.
    """
    result: list[Standing] = []
    for standing in history:
        if result and same(result[-1], standing):
            older, newer = sorted(
                (result[-1], standing), key=lambda each: str(each["last_seen_at"])
            )
            says_all = likeness(older, newer).says_all
            if says_all or standing is not history[-1]:
                result.pop()
                standing = (newer if says_all else older) | {
                    "seen_at": min(older["seen_at"], newer["seen_at"]),
                    "last_seen_at": newer["last_seen_at"],
                }
        result.append(standing)
    return result


def joined(
    history: list[Standing],
    sightings: Collection[str],
    other: list[Standing],
    other_sightings: Collection[str],
) -> list[Standing]:
    """Return one history of two of the same article, in which each text stands when it was seen.

    The newest text is that of *history*, whenever those of the other one were seen. The *sightings*
    of each tell when it was seen as it stood then: one history may say what stood between two of
    the other's. Which of the two is called the other one changes nothing, nor does the order in
    which several are joined.
    """
    if not other:
        return history
    newest = history[-1]
    last = (newest["last_seen_at"], words_in_order(newest))
    said: dict[str, dict[_Words, Standing]] = {}
    for standing, at in _sights(history, sightings):
        said.setdefault(at, {})[words_in_order(standing)] = standing
    for standing, at in _sights(other, other_sightings):
        if (at, words_in_order(standing)) <= last:
            said.setdefault(at, {}).setdefault(words_in_order(standing), standing)
        elif same(standing, newest):
            said.setdefault(at, {})[words_in_order(newest)] = newest
        else:  # what is shown stays the newest text
            said[newest["seen_at"]].setdefault(words_in_order(standing), standing)
    return merged(_standing(said, newest))


_Words = tuple[str, ...]


def words_in_order(standing: Standing) -> _Words:
    """Return what tells a text from others, and which of two of one second comes first."""
    return tuple(standing[column] or "" for column in TEXT)


def _sights(history: list[Standing], sightings: Collection[str]) -> Iterator[tuple[Standing, str]]:
    """Yield each text of a history with each moment at which it is known to have been seen."""
    for standing in history:
        since, until = standing["seen_at"], standing["last_seen_at"]
        for at in {since, until, *(at for at in sightings if since < at < until)}:
            yield standing, at


def _standing(said: dict[str, dict[_Words, Standing]], newest: Standing) -> list[Standing]:
    """Return what was *said* at each moment as texts that stand for a time; *newest* is the last.

    Of several in one second the one that stood before comes first, and the one that stood after it
    last.
    """
    result: list[Standing] = []
    moments = sorted(said)
    for at, then in zip(moments, [*moments[1:], None], strict=True):
        before = words_in_order(result[-1]) if result else None
        following = said[then] if then else (words_in_order(newest),)
        after = next((words for words in sorted(following) if words in said[at]), None)
        for words in sorted(said[at], key=lambda words: (words == after, words != before, words)):
            standing = said[at][words] | {"seen_at": at, "last_seen_at": at}
            if result and words_in_order(result[-1]) == words:
                standing["seen_at"] = result.pop()["seen_at"]
            result.append(standing)
    return result


class Revisions:
    """Reads and writes ``revisions``. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def earlier(self, article_id: int) -> list[Standing]:
        """Return the earlier texts of an article, oldest first."""
        return [{column: row[column] for column in COLUMNS} for row in self.rows(article_id)]

    def rows(self, article_id: int) -> list[Row]:
        """Return the earlier texts of an article with their numbers, oldest first."""
        return self._db.select("revisions", article_id=article_id, order="revision")

    def add(self, article_id: int, revision: int, standing: Standing) -> None:
        """Add an earlier text of an article."""
        self._db.insert("revisions", _row(article_id, revision, standing))

    def replace(self, article_id: int, earlier: list[Standing]) -> None:
        """Put these texts in the place of the earlier ones of an article, numbered from 1."""
        self.delete(article_id)
        rows = [_row(article_id, revision, text) for revision, text in enumerate(earlier, 1)]
        self._db.insert_all("revisions", rows)

    def delete(self, article_id: int) -> None:
        """Forget the earlier texts of an article that is held under another number."""
        self._db.delete("revisions", article_id=article_id)


def _row(article_id: int, revision: int, standing: Standing) -> Row:
    columns = {column: standing[column] for column in COLUMNS}
    return {"article_id": article_id, "revision": revision} | columns
