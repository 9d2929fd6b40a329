"""Media types: what a server says that it sends."""

import re

HTML = ("text/html", "application/xhtml+xml")
_HTML = re.compile(
    rf"\s*(?:{'|'.join(map(re.escape, HTML))})(?![\w.+-])", re.IGNORECASE
)  # some servers leave the semicolon out before the charset


def is_html(content_type: str) -> bool:
    """Whether a ``Content-Type`` says that it is of a page."""
    return _HTML.match(content_type) is not None
