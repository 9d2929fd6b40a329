"""Articles as JSON Lines: an object a line, its keys the columns of the archive."""

import json
from functools import partial
from typing import Any

from archive.selection import Selected
from curation.exporting.output import Exported, counted_articles
from curation.exporting.warc import Sink
from curation.progress import Tell

_encode = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def write(selected: Selected, file: Sink, tell: Tell, *, revisions: bool = False) -> Exported:
    """Write the articles that are selected; with their earlier texts, if *revisions*."""
    exported, earlier = Exported(), selected.archive.articles.earlier
    for row in counted_articles(selected, exported, tell):
        if revisions:
            row["revisions"] = [_of_article(text) for text in earlier(row["id"])]
            exported.counts["earlier texts"] += len(row["revisions"])
        file.write(_encode(row).encode() + b"\n")
    return exported


def _of_article(text: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in text.items() if name != "article_id"}
