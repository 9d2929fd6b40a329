"""How an article changed: its revisions, and the words that differ between two neighbouring ones.

``/changes/ARTICLE/REVISION`` shows what changed with a revision, and ``templates/changes.html``
draws it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from crawler.text.diff import Paragraph, compare
from reading_room.articles.revisions import FACTS, TEXTS, labels
from reading_room.asking.queries import (
    WithheldError,
    html_answer,
    permitted_archive,
    rows,
    withheld,
)

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
    told = labels()
    texts = {
        told[column]: compare(old[column] or "", new[column] or "")
        for column in TEXTS
        if old[column] != new[column]
    }
    return {
        "texts": {label: folded(text.paragraphs) for label, text in texts.items()},
        "is_complete": all(text.is_complete for text in texts.values()),
        "facts": [
            (told[column], column, old[column], new[column])
            for column in FACTS
            if old[column] != new[column]
        ],
        "gone": sum(text.words("del") for text in texts.values()),
        "come": sum(text.words("ins") for text in texts.values()),
    }


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
