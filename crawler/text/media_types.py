"""Media types: what a server says that it sends."""

import re

HTML = ("text/html", "application/xhtml+xml")
_HTML = re.compile(
    rf"\s*(?:{'|'.join(map(re.escape, HTML))})(?![\w.+-])", re.IGNORECASE
)  # some servers leave the semicolon out before the charset


_CSS = re.compile(r"\s*text/css(?![\w.+-])", re.IGNORECASE)


def is_css(content_type: str, url: str) -> bool:
    """Whether what is served from *url* is a style sheet: by its ``Content-Type``, or its name if
    there is none.
    """
    if content_type.strip():
        return _CSS.match(content_type) is not None
    return url.partition("?")[0].lower().endswith(".css")


def is_html(content_type: str) -> bool:
    """Whether a ``Content-Type`` says that it is of a page."""
    return _HTML.match(content_type) is not None
