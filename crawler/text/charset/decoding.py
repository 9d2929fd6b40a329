"""From the bytes of a page to its text."""

import codecs
import re
from codecs import BOM_UTF8
from html import unescape
from unicodedata import normalize

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

from crawler.text.charset import legacy, mojibake
from crawler.text.charset.markup import pieces
from crawler.text.charset.syllables import WORD, is_syllable

_SINGLE_BYTE = frozenset(
    ["cp866", "cp874", "koi8-r", "koi8-u", "mac-roman"]
    + [f"cp{number}" for number in range(1250, 1259)]
    + [f"iso8859-{number}" for number in range(1, 17) if number != 12]
)
_WEB_CHARSETS = _SINGLE_BYTE | {
    "utf-8", "big5", "big5hkscs", "euc_jp", "euc_kr", "gb18030", "gbk", "iso2022_jp", "shift_jis",
    "cp932", "cp949",
}  # fmt: skip
"""Python's names of the charsets of the HTML standard that a page may declare. Python knows others,
such as "rot13" and "utf-7", which no browser obeys."""
_WESTERN = ("utf-8", "cp1252", "iso8859-1", "cp1258")
"""What pages in an old Vietnamese encoding are said to be in."""

_LABELS = {
    "cp866": "ibm866", "cp874": "windows-874", "mac-roman": "macintosh", "big5hkscs": "big5",
    "cp932": "shift_jis", "cp949": "euc-kr", "shift_jis": "shift_jis", "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be",
}  # fmt: skip

# Each begins with one byte, which is found fast, and looks round from there.
_SUSPICIOUS = (
    # A sign in a word: TCVN3.
    re.compile(
        rb"\xc2(?<=[A-Za-z]\xc2)(?:\xb5|[\xa1-\xac\xae\xb6\xb8\xb9\xbb-\xbe](?=[A-Za-z\xc2\xc3]))"
    ),
    re.compile(
        rb"\xc3(?:[\x86-\x9e](?<=[a-z]\xc3.)(?=[a-z])"  # a capital in a word: TCVN3
        rb"|\xa1\xc2[\xba\xbb]|[\x82-\x86][\xc2\xc5\xc6\xcb\xe2]"  # UTF-8 in UTF-8
        rb"|[\x82\x8f\x95\x98\x99\x9b\xa2\xaf\xb5\xb8\xb9\xbb](?<=[AEOaeo]\xc3.)"  # VNI's marks
        rb"|[\x9c\x9f](?<=[A-Za-z\x80-\xbf]\xc3.)(?=[a-z\xc2\xc3\xc5]))"  # ư in VPS and VISCII
    ),
    # The same as entities.
    re.compile(
        rb"&(?:(?:aacute|[Aa]tilde|Auml|AElig|#225|#19[5-8]);&"
        rb"|(?<=[A-Za-z]&)(?:copy|reg|ordf|laquo|not|uml|micro|cedil|sup1|frac\d\d|#16[1-9]"
        rb"|#17[0-24-9]|#18[1-9]|#19\d|#20\d|[A-Z][a-z]+);[a-z&]"
        rb"|(?<=[AEOaeo]&)(?:[Aa]circ|[Uu]grave|[Oo]slash|iuml|#226|#249|#248|#239);)"
    ),
)
_TONED = re.compile("[\u1ea0-\u1ef9]")
_DECODED = re.compile("[^\x00-\x7f\ufffd]")
_LONGEST = 2 << 20
"""How many bytes a page may have to be looked into; a longer one is no article but a listing."""
_MIN_WORDS = 3
_MIN_SHARE = 0.8


def decode(body: bytes, content_type: str | None = None) -> tuple[str, str]:
    """Return the page's text, and what was done to read it, in words.

    The order is that of the HTML standard: byte order mark, the header *content_type*, the page's
    own declaration, UTF-8; but bytes that are UTF-8 are read as such, whatever is declared, and
    windows-1258, TCVN3, VNI, VISCII, VPS and UTF-8 read wrongly before are recognised where
    Vietnamese comes of it: "utf-8", "windows-1258 (declared utf-8)", "utf-8, TCVN3 converted",
    "utf-8, mojibake mended". What was converted is in NFC; any other page keeps the form that it
    has. Bytes that do not fit become U+FFFD; nothing is raised.
    """
    text, said, _ = _mended(body, content_type)
    return text, said


def to_utf8(body: bytes, content_type: str | None = None) -> tuple[bytes, str]:
    """Return the page's text as `decode` does, in UTF-8: mostly the page as it is."""
    text, said, is_utf8 = _mended(body, content_type)
    return body if is_utf8 else text.encode(errors="replace"), said


def _mended(body: bytes, content_type: str | None) -> tuple[str, str, bool]:
    """Return the text, what was done to read it, and whether *body* is just that in UTF-8."""
    text, charset, declared = _decoded(body, content_type)
    said = _label(charset)
    if declared and _label(declared) != said:
        said += f" (declared {_label(declared)})"
    is_utf8 = charset == "utf-8" and not body.startswith(BOM_UTF8) and "\ufffd" not in text
    if len(body) > _LONGEST or not _is_suspicious(
        body if charset == "utf-8" else text.encode(errors="replace")
    ):
        return text, said, is_utf8
    parts = pieces(text)
    if mended := mojibake.mend(parts):
        parts, said = mended, f"{said}, mojibake mended"
    if converted := legacy.convert(parts) if charset in _WESTERN else None:
        parts, said = converted[0], f"{said}, {converted[1]} converted"
    if mended or converted:
        return "".join(parts), said, False
    return text, said, is_utf8


def _decoded(body: bytes, content_type: str | None) -> tuple[str, str, str | None]:
    """Return the text, its charset and the one that was declared, by Python's names."""
    marked, mark = read_bom(body)
    if marked and mark:
        return body[len(mark) :].decode(marked, "replace"), marked, None
    if wide := _utf16(body):
        return body.decode(wide, "replace"), wide, None
    names = (http_content_type_encoding(content_type), html_body_declared_encoding(body))
    declared = next((name for name in names if name in _WEB_CHARSETS), None)
    text = body.decode("utf-8", "replace")
    charset = "utf-8" if _is_utf8(text, body, declared or "utf-8") else declared or "utf-8"
    if charset in _WESTERN and (charset != "utf-8" or _is_broken(text)):
        charset = _vietnamese(body[:_LONGEST]) or charset
    if charset == "cp1252":
        text = _western(body)
    elif charset != "utf-8":
        text = body.decode(charset, "replace")
    if charset == "cp1258":  # which has most letters with a tone in two parts only
        text = normalize("NFC", text)
    return text, charset, declared or ("utf-8" if charset == "utf-8" else "nothing")


def _is_suspicious(page: bytes) -> bool:
    """Whether there is anything in a page, in UTF-8, that may have to be mended or converted."""
    return any(sign.search(page) for sign in _SUSPICIOUS)


def _utf16(body: bytes) -> str | None:
    """Return which UTF-16 *body* is in, to judge by its zeros: those of every ASCII letter."""
    head = body[:1024]
    if head.count(0) < 0.3 * len(head):
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if min(even, odd) > 0.1 * max(even, odd):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _is_utf8(text: str, body: bytes, declared: str) -> bool:
    """Whether *body*, which is *text* in UTF-8, is in that and not in the charset *declared*."""
    if declared == "utf-8" or not _DECODED.search(text):
        return declared == "utf-8"
    if declared in _SINGLE_BYTE:
        return not _is_broken(text, allowed=0.1)
    try:
        body.decode(declared)
    except UnicodeDecodeError:
        return not _is_broken(text, allowed=0.1)
    return not _is_broken(text, allowed=0) and _TONED.search(text) is not None


def _is_broken(text: str, allowed: float = 1) -> bool:
    """Whether more of what is no ASCII is undecodable than is *allowed*, for each letter that is
    not. A last letter that is cut off does not count."""
    if "\ufffd" not in text:  # found ten times as fast as counted
        return False
    undecodable = text.count("\ufffd", 0, -1)
    return undecodable > 0 and undecodable > allowed * len(_DECODED.findall(text))


_WINDOWS_1252 = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(256))


def _western(body: bytes) -> str:
    """Return a page in windows-1252 as the HTML standard has it: no byte is without a meaning."""
    return codecs.charmap_decode(body, "strict", _WINDOWS_1252)[0]


def _vietnamese(body: bytes) -> str | None:
    """Return windows-1258 or, for older encodings, windows-1252 if *body* is Vietnamese in it."""
    western = _western(body)
    if _is_suspicious(western.encode()) and legacy.convert(pieces(western)):
        return "cp1252"
    read = _words(normalize("NFC", body.decode("cp1258", "replace")))
    proven = {word for word in read if is_syllable(word)}
    if len(proven) < _MIN_WORDS or len(proven) < _MIN_SHARE * len(read):
        return None
    otherwise = _words(western)
    return "cp1258" if len(proven) > sum(map(is_syllable, otherwise)) else None


def _words(text: str) -> set[str]:
    pieces = {piece for piece in text.split() if not piece.isascii()}
    words = (word for piece in pieces for word in WORD.findall(unescape(piece)))
    return {word for word in words if not word.isascii()}


def _label(charset: str) -> str:
    """Return the charset's name in the HTML standard, for Python's."""
    if charset in _LABELS:
        return _LABELS[charset]
    name = charset.replace("iso8859", "iso-8859").replace("_", "-")
    return re.sub("^cp(?=125)", "windows-", name)
