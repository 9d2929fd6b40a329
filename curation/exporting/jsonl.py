"""Articles as JSON Lines: an object a line, its keys the columns of the archive."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from archive.selection import BESIDE, Selected
from curation.exporting.output import Exported, chosen, counted_articles
from curation.exporting.warc import Sink
from curation.progress import Tell

_encode = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def write(
    selected: Selected,
    file: Sink,
    tell: Tell,
    *,
    revisions: bool = False,
    fields: Sequence[str] = (),
) -> Exported:
    """Write the articles that are selected, with these *fields*, or all, and with their earlier
    texts, if *revisions*.
    """
    exported, earlier = Exported(), selected.archive.articles.earlier
    columns = chosen(fields, [*selected.columns(), *BESIDE, "tags"])
    for row in counted_articles(selected, exported, tell):
        number = row["id"]
        row = {name: row[name] for name in columns}
        if revisions:
            row["revisions"] = [_of_article(text) for text in earlier(number)]
            exported.counts["earlier texts"] += len(row["revisions"])
        file.write(_encode(row).encode() + b"\n")
    return exported


def _of_article(text: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in text.items() if name != "article_id"}
