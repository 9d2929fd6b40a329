"""Saved pages: their bytes, and the addresses that they were served from."""

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from os.path import commonpath
from pathlib import Path
from urllib.parse import quote, urljoin

from crawler.profiles.learning import Sample
from crawler.readers import read_page
from crawler.text.addresses import absolute
from curation.importing.files import FILES
from tinhuyen.errors import Refused
from tinhuyen.packaged import BEGINNINGS

ANYWHERE = "http://page.invalid/"
"""The address of a page of which nobody knows where it was served."""
_OTHERS = (*BEGINNINGS, b"%PDF")
"""How files begin that are no pages."""
_PAGE = re.compile(r"\.(?:x?html?|s?html|aspx?|php|jspx?)(?:\.gz)?$", re.IGNORECASE)
_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)\s*(\S+)\s*-->", re.IGNORECASE)
"""What browsers write at the head of a page that they save."""
_HEAD = 4096


def read_saved(path: Path) -> bytes:
    """Return the bytes of a page in a file. Raises `Refused` for what is none."""
    try:
        body = path.read_bytes()
        body = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    except (OSError, EOFError, zlib.error) as error:
        told = getattr(error, "strerror", None) or error
        raise Refused(f"{path}: cannot be read: {told}") from error
    if body.startswith(_OTHERS) or b"<" not in body.replace(b"\0", b""):
        raise Refused(f"{path}: is no HTML page; a web archive is read with: tinhuyen import")
    return body


def own_address(body: bytes) -> str | None:
    """Return where a page says that it was served: to the browser that saved it, or to programs."""
    saved = _SAVED_FROM.search(body[:_HEAD])
    address = absolute(saved[1].decode("utf-8", "replace"), "") if saved else None
    return address or read_page(body, ANYWHERE).canonical_url


def saved_pages(paths: Iterable[Path], base_url: str | None = None) -> list[Sample]:
    """Return the pages in files, and in the folders among *paths*.

    What does not say where it was served lies below *base_url* as it does below the folder that all
    have in common. Raises `Refused`.
    """
    files = files_in(paths)
    folder = Path(commonpath(file.resolve().parent for file in files)) if files else Path()
    found = []
    for file in files:
        body = read_saved(file)
        here = quote(file.resolve().relative_to(folder).as_posix().removesuffix(".gz"))
        address = None if base_url else own_address(body)
        found.append(Sample(address or urljoin(base_url or ANYWHERE, here), body))
    return found


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Return files, and for the folders among *paths* those in them that hold pages. Raises
    `Refused`.
    """
    return list(dict.fromkeys(file for path in paths for file in _files(path)))


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    files = [file for file in sorted(path.rglob("*")) if _PAGE.search(file.name)
             or file.name.lower().endswith(FILES)]  # fmt: skip
    if not files:
        raise Refused(
            f"{path}: has no saved pages, such as tin-118.html, and no WARC, ARC or WACZ file"
        )
    yield from files
