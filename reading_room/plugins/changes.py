"""How an article changed: its revisions, and the words that differ between two neighbouring ones.

``/changes/ARTICLE/REVISION`` shows what changed with a revision, and ``templates/changes.html``
draws it; the pages of articles and of their earlier revisions list all.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, NamedTuple

from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils import urlsafe_components
from datasette.utils.asgi import Request, Response

TEXTS = {"title": "Tiêu đề", "lead": "Đoạn mở đầu", "body": "Toàn văn"}
FACTS = {"author": "Tác giả", "published_at": "Ngày đăng"}
"""What makes a revision when it changes, by column of the view ``history``."""

MOST_STEPS = 1_000_000
"""Steps that a comparison may take, about a second. What would take more is shown as replaced."""
FEWEST_SAME = 0.2
"""The share of its letters by which a passage is an older one changed, and not another one."""
NEAR = 1
"""Unchanged paragraphs shown on either side of a change."""

_PARAGRAPHS = re.compile(r"\n\s*\n")
_BREAK = "\n\n"
_SPACE = r"(?:(?!\n\n)\s)*"
_WORD = re.compile(rf"\n\n|(?:[\w\u0300-\u036f]+(?:[./:,-](?=\w))?)+{_SPACE}|[^\w\s]{_SPACE}")
"""A word with its marks, composed or not, a number as "30/2020/NĐ-CP", or a sign; each with the
space behind it. Two line feeds part paragraphs."""

Kind = Literal["same", "del", "ins"]


class Run(NamedTuple):
    """Some words in a row that stayed, went or came."""

    kind: Kind
    text: str


Paragraph = list[Run]


@dataclass(slots=True)
class _Steps:
    left: int


def compare(old: str, new: str, most_steps: int = MOST_STEPS) -> list[Paragraph]:
    """Return the paragraphs of two texts as one, with the words that went and those that came.

    Paragraphs are compared first, and then the words of those that changed. Time and memory are
    bounded by *most_steps*, whatever the texts are.
    """
    steps = _Steps(most_steps)
    olds, news = ([p.strip() for p in _PARAGRAPHS.split(text.strip())] for text in (old, new))
    found: list[Paragraph] = []
    for same, gone, come in _passages(olds, news, steps):
        if same:
            found += [[Run("same", text)] for text in news[come]]
        else:
            found += _changed(olds[gone], news[come], steps)
    return [paragraph for paragraph in found if any(run.text for run in paragraph)]


def _passages(
    old: Sequence[str], new: Sequence[str], steps: _Steps
) -> Iterator[tuple[bool, slice, slice]]:
    """Yield where two sequences are the same and where they are not, in turn."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    olds, news = old[start : len(old) - end], new[start : len(new) - end]
    matches = [(start + x, start + y, length) for x, y, length in _matches(olds, news, steps)]
    i = j = 0
    for x, y, length in (
        (0, 0, start),
        *matches,
        (len(old) - end, len(new) - end, end),
    ):
        if x > i or y > j:
            yield False, slice(i, x), slice(j, y)
        i, j = x + length, y + length
        if length:
            yield True, slice(x, i), slice(y, j)


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many elements two sequences have in common at their beginning."""
    pairs = zip(old, new, strict=False)
    return next((i for i, (x, y) in enumerate(pairs) if x != y), min(len(old), len(new)))


def _matches(old: Sequence[str], new: Sequence[str], steps: _Steps) -> list[tuple[int, int, int]]:
    """Return the stretches that a shortest way from *old* to *new* leaves as they are.

    Each as its place in both and its length. The greedy algorithm of E. Myers, An O(ND) Difference
    Algorithm (1986); none at all if it would take more than the *steps* left.
    """
    if not old or not new:
        return []
    reach = {1: 0}  # by diagonal, x - y: the farthest x that was reached with so many edits
    trail: list[dict[int, int]] = []
    for edits in range(len(old) + len(new) + 1):
        trail.append({k: reach[k] for k in reach if abs(k) <= edits + 1})
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
            begun = x = reach[k + 1] if down else reach[k - 1] + 1
            y = x - k
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            reach[k] = x
            steps.left -= 1 + x - begun
            if x >= len(old) and y >= len(new):
                return _way_back(trail, x, y)
        if steps.left < 0:
            return []
    return []


def _way_back(trail: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int, int]]:
    matches = []
    for edits, reach in reversed(list(enumerate(trail))):
        k = x - y
        down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
        begun = reach[k + 1] if down else reach[k - 1] + 1
        if x > begun:
            matches.append((begun, begun - k, x - begun))
        x = begun if down else begun - 1
        y = begun - k - 1 if down else begun - k
    return matches[::-1]


@dataclass(slots=True)
class _Change:
    gone: str = ""
    come: str = ""
    same: str = ""
    """What stayed behind it."""

    @property
    def size(self) -> int:
        return max(len(self.gone), len(self.come))


def _changed(gone: Sequence[str], come: Sequence[str], steps: _Steps) -> list[Paragraph]:
    """Return changed paragraphs with the words that differ, or one after the other if most do."""
    replaced = [[Run("del", text)] for text in gone] + [[Run("ins", text)] for text in come]
    if not gone or not come:
        return replaced
    olds, news = (_WORD.findall(_BREAK.join(texts)) for texts in (gone, come))
    bare_olds, bare_news = ([word.rstrip() for word in text] for text in (olds, news))
    changes = [_Change()]
    for same, i, j in _passages(bare_olds, bare_news, steps):
        if same:
            changes[-1].same += "".join(news[j])
        else:
            changes.append(_Change("".join(olds[i]), "".join(news[j])))
    changes = _legible(changes)
    if sum(len(change.same) for change in changes) < FEWEST_SAME * max(map(_length, (gone, come))):
        return replaced
    return _paragraphs(changes)


def _length(texts: Sequence[str]) -> int:
    return sum(map(len, texts))


def _legible(changes: Sequence[_Change]) -> list[_Change]:
    """Return the changes, those made one between which something stayed by chance.

    That is what is no longer than the changes on either side: "và" between two new sentences.
    """
    result: list[_Change] = []
    for change in changes:
        while result and len(result[-1].same.strip()) <= min(result[-1].size, change.size):
            before = result.pop()
            change = _Change(
                before.gone + before.same + change.gone,
                before.come + before.same + change.come,
                change.same,
            )
        result.append(change)
    return result


def _paragraphs(changes: Sequence[_Change]) -> list[Paragraph]:
    """Part what changed where paragraphs end; a sign tells of an end that itself came or went."""
    found: list[Paragraph] = [[]]
    for change in changes:
        runs = Run("del", change.gone), Run("ins", change.come), Run("same", change.same)
        for kind, text in runs:
            for number, part in enumerate(text.split(_BREAK)):
                if number:
                    found[-1].append(Run(kind, "" if kind == "same" else "¶"))
                    found.append([])
                found[-1].append(Run(kind, part))
    return [[run for run in paragraph if run.text] for paragraph in found]


def words(paragraphs: Sequence[Paragraph], kind: Kind) -> int:
    """Return how many words came or went."""
    runs = (run for paragraph in paragraphs for run in paragraph if run.kind == kind)
    return sum(len(run.text.replace("¶", "").split()) for run in runs)


def folded(paragraphs: Sequence[Paragraph]) -> list[tuple[bool, list[Paragraph]]]:
    """Return stretches of paragraphs in order, each with whether it lies far from any change."""
    changed = [i for i, p in enumerate(paragraphs) if any(run.kind != "same" for run in p)]
    near = {i + step for i in changed for step in range(-NEAR, NEAR + 1)}
    stretches = [
        (is_far, [paragraphs[i] for i in indexes])
        for is_far, indexes in groupby(range(len(paragraphs)), lambda i: i not in near)
    ]
    return [(is_far and len(stretch) > 1, stretch) for is_far, stretch in stretches]


def comparison(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs between two rows of ``history``: words of texts, and facts."""
    texts = {
        label: compare(old[column] or "", new[column] or "")
        for column, label in TEXTS.items()
        if old[column] != new[column]
    }
    return {
        "texts": {label: folded(paragraphs) for label, paragraphs in texts.items()},
        "facts": [
            (label, column, old[column], new[column])
            for column, label in FACTS.items()
            if old[column] != new[column]
        ],
        "gone": sum(words(paragraphs, "del") for paragraphs in texts.values()),
        "come": sum(words(paragraphs, "ins") for paragraphs in texts.values()),
    }


async def _rows(db: Database, sql: str, *values: object) -> list[dict[str, Any]]:
    return [dict(row) for row in (await db.execute(sql, values)).rows]


async def revisions(db: Database, article_id: str) -> list[dict[str, Any]]:
    """Return the revisions of an article, newest first.

    Each has ``revision``, ``seen_at``, ``last_seen_at``, ``capture_id``, the ``source`` of that
    capture, ``is_newest``, and as ``changed`` the names of what differs from the one before. An
    archive that no version of today has opened for writing yet has none.
    """
    if "history" not in await db.view_names():
        return []
    differs = ", ".join(
        f"{column} IS NOT lag({column}) OVER earlier AS {column}" for column in (*TEXTS, *FACTS)
    )
    rows = await _rows(
        db,
        f"""
        SELECT texts.*, captures.source
        FROM (SELECT revision, seen_at, last_seen_at, capture_id, is_newest, {differs}
              FROM history WHERE article_id = ?
              WINDOW earlier AS (ORDER BY revision)) AS texts
        LEFT JOIN captures ON captures.id = capture_id
        ORDER BY revision DESC""",  # noqa: S608
        article_id,
    )
    for row in rows:
        changed = [name for column, name in (TEXTS | FACTS).items() if row.pop(column)]
        row["changed"] = changed if row["revision"] > 1 else []
    return rows


async def changes(request: Request, datasette: Datasette) -> Response:
    """Answer ``/changes/ARTICLE/REVISION``: what changed with that revision."""
    await datasette.ensure_permissions(
        request.actor, [("view-database", "archive"), "view-instance"]
    )
    article_id, revision = (int(request.url_vars[name]) for name in ("article", "revision"))
    if "archive" not in datasette.databases:
        raise NotFound("No archive is open")
    db = datasette.get_database("archive")
    pair = await _rows(
        db,
        "SELECT * FROM history WHERE article_id = ? AND revision IN (?, ?) ORDER BY revision",
        article_id,
        revision - 1,
        revision,
    )
    if len(pair) != 2:
        raise NotFound(f"Article {article_id} has no revisions {revision - 1} and {revision}")
    old, new = pair
    values = {
        "article_id": article_id,
        "old": old,
        "new": new,
        "found": await asyncio.to_thread(comparison, old, new),
    }
    response: Response = Response.html(
        await datasette.render_template("changes.html", values, request=request)
    )
    return response


@hookimpl
def register_routes() -> Sequence[tuple[str, Callable[..., Any]]]:
    """Offer the page."""
    return [(r"^/changes/(?P<article>\d{1,18})/(?P<revision>\d{1,9})$", changes)]


@hookimpl
def extra_template_vars(
    template: str, database: str | None, request: Request, datasette: Datasette
) -> Callable[[], Awaitable[dict[str, Any]]] | None:
    """Give ``revisions`` to the page of an article and to those of its earlier texts."""
    if template not in ("row-archive-articles.html", "row-archive-revisions.html"):
        return None

    async def variables() -> dict[str, Any]:
        article_id = urlsafe_components(request.url_vars["pks"])[0]
        return {"revisions": await revisions(datasette.get_database(database), article_id)}

    return variables
