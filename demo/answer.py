"""What the portal answers, before the server sends it."""

from dataclasses import dataclass, field
from http import HTTPStatus

HTML = "text/html"
XML = "application/xml"
RSS = "application/rss+xml"
JSON = "application/json"
TEXT = "text/plain"


@dataclass(frozen=True)
class Answer:
    """A response: `body` is text, still to be encoded, or bytes to be sent as they are."""

    body: str | bytes = ""
    kind: str = HTML
    """Media type, without the charset."""
    status: HTTPStatus = HTTPStatus.OK
    headers: dict[str, str] = field(default_factory=dict)


def redirect(address: str) -> Answer:
    """Return a permanent redirect to `address`, as WordPress gives it."""
    return Answer(
        status=HTTPStatus.MOVED_PERMANENTLY,
        headers={"location": address, "x-redirect-by": "WordPress"},
    )
