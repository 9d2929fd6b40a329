"""Media types: whether a server says that it sends a page, however it writes that."""

import pytest

from crawler.text.media_types import is_html


@pytest.mark.parametrize(
    ("content_type", "html"),
    [
        ("text/html", True),
        ("text/html; charset=utf-8", True),
        ("text/html charset=utf-8", True),
        (" TEXT/HTML;charset=UTF-8", True),
        ("text/html, text/html", True),
        ("application/xhtml+xml", True),
        ("text/html-sandboxed", False),
        ("application/xhtml+xml2", False),
        ("text/plain; of=text/html", False),
        ("application/pdf", False),
        ("", False),
    ],
)
def test_is_html(content_type: str, html: bool) -> None:
    assert is_html(content_type) is html
