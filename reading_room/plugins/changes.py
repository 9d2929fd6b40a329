"""How an article changed: its revisions, and the words that differ between two neighbouring ones.

``/changes/ARTICLE/REVISION`` shows what changed with a revision, and ``templates/changes.html``
draws it; the pages of articles and of their earlier revisions list all.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils import urlsafe_components
from datasette.utils.asgi import Request, Response

from crawler.text.diff import Paragraph, compare
from reading_room.queries import WithheldError, html_answer, permitted_archive, rows, withheld

TEXTS = {"title": "Tiêu đề", "lead": "Đoạn mở đầu", "body": "Toàn văn"}
FACTS = {"author": "Tác giả", "published_at": "Ngày đăng"}
"""What makes a revision when it changes, by column of the view ``history``."""

NEAR = 1
"""Unchanged paragraphs shown on either side of a change."""


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
        "texts": {label: folded(text.paragraphs) for label, text in texts.items()},
        "is_complete": all(text.is_complete for text in texts.values()),
        "facts": [
            (label, column, old[column], new[column])
            for column, label in FACTS.items()
            if old[column] != new[column]
        ],
        "gone": sum(text.words("del") for text in texts.values()),
        "come": sum(text.words("ins") for text in texts.values()),
    }


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
    found = await rows(
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
    for row in found:
        changed = [name for column, name in (TEXTS | FACTS).items() if row.pop(column)]
        row["changed"] = changed if row["revision"] > 1 else []
    return found


async def changes(request: Request, datasette: Datasette) -> Response:
    """Answer ``/changes/ARTICLE/REVISION``: what changed with that revision."""
    db = await permitted_archive(datasette, request)
    article_id, revision = (int(request.url_vars[name]) for name in ("article", "revision"))
    pair = await rows(
        db,
        "SELECT * FROM history WHERE article_id = ? AND revision IN (?, ?) ORDER BY revision",
        article_id,
        revision - 1,
        revision,
    )
    told = await withheld(db, "article_id = ? AND document IS NOT NULL", article_id)
    if told:
        raise WithheldError(told)
    if len(pair) != 2:
        raise NotFound(f"Article {article_id} has no revisions {revision - 1} and {revision}")
    old, new = pair
    values = {
        "article_id": article_id,
        "old": old,
        "new": new,
        "found": await asyncio.to_thread(comparison, old, new),
    }
    return await html_answer(datasette, request, "changes.html", values)


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
