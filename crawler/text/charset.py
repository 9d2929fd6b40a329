"""From the bytes of a page to its text."""

from w3lib.encoding import html_to_unicode


def decode(body: bytes, content_type: str | None = None) -> tuple[str, str]:
    """Return the page's text and the charset it was read in.

    The order is that of the HTML standard: byte order mark, the header *content_type*, the page's
    own declaration, UTF-8. Bytes that do not fit become U+FFFD; nothing is raised.
    """
    charset, text = html_to_unicode(content_type, body, default_encoding="utf-8")
    return text, charset
