"""The formats in which an article is given, and which of them a request asks for."""

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

from reading_room.articles.citing import Cited, bibtex, csl, ris


class Format(NamedTuple):
    """A format of references: what it is called, its media type, and what writes it."""

    name: str
    media_type: str
    write: Callable[[Cited], str]


FORMATS = {
    "bib": Format("BibTeX", "application/x-bibtex", bibtex),
    "ris": Format("RIS", "application/x-research-info-systems", ris),
    "csl.json": Format(
        "CSL-JSON",
        "application/vnd.citationstyles.csl+json",
        lambda text: json.dumps(csl(text), ensure_ascii=False, indent=2),
    ),
}
"""The formats of references, by how their addresses end."""
JSON, HTML = "json", ""
"""How the addresses of the article itself end, as data and as a page."""

_BY_MEDIA_TYPE = {
    "text/html": HTML,
    "application/json": JSON,
    **{each.media_type: ending for ending, each in FORMATS.items()},
}


def preferred(accept: str) -> str:
    """Return the ending of the format that the value of an ``Accept`` header likes best (RFC 9110),
    a page if it likes none of ours better.
    """
    liked = dict(_liked(accept))
    best = max(liked.values(), default=0.0)
    if not best or liked.get(HTML) == best:
        return HTML
    return next(ending for ending, quality in liked.items() if quality == best)


def _liked(accept: str) -> Iterator[tuple[str, float]]:
    """Yield which of our formats a header names, each with how much it is liked."""
    for part in accept[:1000].split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weights = [piece[2:] for piece in parameters if piece.startswith("q=")]
        try:
            quality = float(weights[0]) if weights else 1.0
        except ValueError:
            continue
        if media_type in _BY_MEDIA_TYPE and 0 < quality <= 1:
            yield _BY_MEDIA_TYPE[media_type], quality
