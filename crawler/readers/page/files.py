"""Which links and frames give a file: a document, an archive, a recording.

Mostly the address is named so. Portals also show files through viewers, which name the file in
their query, and hand them out through handlers, which do, too::

    /files/KH-15.pdf   /files/KH-15.docx;jsessionid=12   /documents/10180/KH-15.pdf/<uuid>
    https://docs.google.com/gview?url=https%3A%2F%2F…%2FKH-15.pdf&embedded=true
    /pdfjs/web/viewer.html?file=/files/KH-15.pdf         leads to /files/KH-15.pdf
    /download.ashx?file=KH-15.pdf                        is the file itself
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.text.addresses import absolute

_DOCUMENTS = "pdf|docx?|docm|dotx?|xlsx?|xlsm|pptx?|ppsx?|od[tsp]|rtf|zip|rar|7z"
_RECORDINGS = "mp[34]|m4[av]|webm|og[gv]|mov|avi|wm[av]|flv|mpe?g|3gp|wav|aac|flac"
_ENDING = rf"\.(?:{_DOCUMENTS}|{_RECORDINGS})"
_ANYWHERE = re.compile(rf"{_ENDING}(?![a-z0-9])", re.IGNORECASE)
_FILE = re.compile(
    rf"{_ENDING}(?:;[^/]*|/[0-9a-f]{{8}}-(?:[0-9a-f]{{4}}-){{3}}[0-9a-f]{{12}})?$", re.IGNORECASE
)
_FILE_NAME = re.compile(rf"[^\\/:*?\"<>|\n]{{1,150}}{_ENDING}", re.IGNORECASE)
_HANDLER = re.compile(r"\.(?:ashx|axd)$|down|tai-?(?:ve|file)|attach|dinh-?kem", re.IGNORECASE)
_VIEWER = re.compile(r"(?:view|pdf|embed|read|flip|preview|xem|show)[^/]*$", re.IGNORECASE)
_NAMES_FILE = re.compile(r"file|path|url|src|doc|pdf|attach|link|down", re.IGNORECASE)
"""Names of what in a query names a file."""
_TYPES = re.compile(r"(?:application/(?:pdf|msword|rtf|zip|vnd\.)|video/|audio/)", re.IGNORECASE)
_COUNTED = re.compile(r"\?_=\d+$")
"""What WordPress puts behind the address of each recording of a page, in the order of the page."""


def file_of(url: str) -> str | None:
    """Return the address of the file that one gives or shows, None if it names no file.

    A relative address names its file, too; what a viewer shows is then relative to the same page.
    """
    if not _ANYWHERE.search(unquote(url) if "%" in url else url):
        return None
    try:
        parts = urlsplit(url)
        if _FILE.search(parts.path):
            return _COUNTED.sub("", url)
        return next(_named(parts.path, parts.query, url), None)
    except ValueError:
        return None


def _named(path: str, query: str, url: str) -> Iterator[str]:
    """Yield the files that a query names: another address, or, of a handler, its own."""
    for name, value in parse_qsl(query):
        value = unquote(value).strip()
        if not _FILE.search(urlsplit(value).path):
            continue
        is_address = value.startswith(("http://", "https://", "//"))
        is_path = value.startswith(("/", "../", "./"))
        if is_address or (not _HANDLER.search(path) and (is_path or _VIEWER.search(path))):
            yield absolute(value, url) or value
        elif _HANDLER.search(path) or _NAMES_FILE.search(name):
            yield url


def is_file(url: str) -> bool:
    """Whether an address is that of a document, an archive or a recording, or shows one."""
    return file_of(url) is not None


def is_file_name(words: str) -> bool:
    """Whether the words of a link are the name of a file and nothing else."""
    return _FILE_NAME.fullmatch(words.strip()) is not None


def is_file_type(media_type: str) -> bool:
    """Whether the media type that an element declares is one of documents or recordings."""
    return _TYPES.match(media_type.strip()) is not None
