"""From the bytes of a page to its text."""

from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    to_unicode,
)

_WEB_CHARSETS = frozenset(
    ["utf-8", "big5", "big5hkscs", "cp866", "cp874", "euc_jp", "euc_kr", "gb18030", "gbk",
     "iso2022_jp", "koi8-r", "koi8-u", "mac-roman", "shift_jis", "cp932", "cp949"]
    + [f"cp{number}" for number in range(1250, 1259)]
    + [f"iso8859-{number}" for number in range(1, 17) if number != 12]
)  # fmt: skip
"""Python's names of the charsets of the HTML standard that a page may declare. Python knows others,
such as "rot13" and "utf-7", which no browser obeys."""


def decode(body: bytes, content_type: str | None = None) -> tuple[str, str]:
    """Return the page's text and the charset it was read in.

    The order is that of the HTML standard: byte order mark, the header *content_type*, the page's
    own declaration, UTF-8. Bytes that do not fit become U+FFFD; nothing is raised.
    """
    marked, mark = read_bom(body)
    if marked and mark:
        return to_unicode(body[len(mark) :], marked), marked
    declared = (http_content_type_encoding(content_type), html_body_declared_encoding(body))
    charset = next((name for name in declared if name in _WEB_CHARSETS), None) or "utf-8"
    return to_unicode(body, charset), charset
