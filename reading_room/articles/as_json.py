"""An article for programs: what its page shows, under names that stay."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reading_room.articles.addresses import Named
from reading_room.articles.story import Neighbour

_FIELDS = (
    *("title", "lead", "body", "body_html", "author", "source", "category", "language"),
    *("published_at", "published_raw", "published_by", "published_confidence", "modified_at"),
    *("words", "repeats", "revision", "text_sha256", "read_from"),
    *("first_seen_at", "revised_at", "seen_at", "last_seen_at", "capture_id"),
)
"""What is given as it stands in ``articles`` and ``revisions``, where it is there."""
_FIELDS_OF_PARTS = {
    "images": (
        *("url", "caption", "alt", "width", "height", "upload", "page", "is_upload"),
        *("sha256", "capture_id", "told_by"),
    ),
    "attachments": ("url", "label", "sha256", "capture_id"),
    "documents": ("key", "type", "number", "issuer", "date"),
    "places": ("kind", "code", "name", "within"),
}
_FIELDS_OF_TEXTS = ("revision", "text_sha256", "seen_at", "last_seen_at", "is_newest", "changed")

Address = Callable[[str], str]


def article_as_json(
    named: Named,
    page: Mapping[str, Any],
    texts: Sequence[Mapping[str, Any]],
    mark: Mapping[str, Any] | None,
    address: Address,
) -> dict[str, Any]:
    """Return what is held of an article, or of an earlier text of it, by what its page shows.

    *address* makes an address of the whole web out of a path of the room.
    """
    article = page["row"]
    given = {name: article[name] for name in _FIELDS if name in article}
    told = {
        "code": named.code,
        "address": address(named.path),
        "url": article["url"],
        "site": {"key": page["site"]["key"], "name": page["site"]["name"]},
        **given,
        "called": page["article"]["title"],
        "texts": [
            {name: text[name] for name in _FIELDS_OF_TEXTS} | {"address": address(text["path"])}
            for text in texts
        ],
        "mark": mark and {name: mark[name] for name in ("reason", "since")},
    }
    if "pictures" not in page:  # an earlier text, beside which nothing else is kept
        return told
    parts = {
        "images": page["pictures"],
        "attachments": page["files"],
        "documents": page["documents"],
        "places": page["places"],
    }
    tombstone = page["tombstone"]
    return told | {
        "tags": [tag["name"] for tag in page["tags"]],
        **{
            name: [{field: row.get(field) for field in _FIELDS_OF_PARTS[name]} for row in rows]
            for name, rows in parts.items()
        },
        "older": _neighbour(page["older"], address),
        "newer": _neighbour(page["newer"], address),
        "attribution": page["whose"],
        "is_gone": tombstone is not None,
        "gone_since": tombstone and tombstone["gone_since"],
    }


def _neighbour(other: Neighbour | None, address: Address) -> dict[str, Any] | None:
    if other is None:
        return None
    return {
        "url": other.address,
        "state": other.state,
        "title": other.title,
        "address": address(other.path) if other.path else None,
    }
