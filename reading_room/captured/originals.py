"""What was received, for the pages of the reading room: read beside them, and told why if not.

It is read in threads of their own, two at a time, so that a reader who asks for all pictures of an
archive keeps nobody else waiting, and no more than two are in memory at once.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, ParamSpec, TypeVar
from urllib.parse import quote

from asgiref.typing import ASGISendCallable, HTTPResponseStartEvent
from datasette import NotFound
from datasette.database import Database
from datasette.utils.asgi import Request
from datasette.views.base import DatasetteError

from crawler.text.addresses import urlkey
from crawler.text.charset import decode
from crawler.vocabulary import Grade
from reading_room.asking.queries import WithheldError, rows, withheld
from reading_room.captured.files import Kind, RangeError, media_path, part_of
from reading_room.language import gettext as _

if TYPE_CHECKING:
    from archive.originals import Original, Originals
    from crawler.exchange import Capture

P = ParamSpec("P")
T = TypeVar("T")

_AT_ONCE = 2
_readers = ThreadPoolExecutor(_AT_ONCE, "originals")
MOST_LOOKED_FOR = 2000
"""Pictures, fonts and sheets of one page that are looked for."""
_PIECE = 256 << 10
"""Bytes that are handed to the server at once."""
_IN_MEMORY = 1 << 20
"""Bytes of a file that wait for a slow reader in memory; the rest of a larger one does on disk."""
FOR_EVER = "private, max-age=31536000, immutable"
"""How long a browser may keep what is named by its digest. Caches that many readers share may not:
they would go on giving what is withheld one day.
"""
_GONE = 410


async def read(db: Database, capture_id: int) -> "Original":
    """Return what a capture holds.

    Raises what answers a reader who cannot have it: 404, 410 or 451, which says why.
    """
    try:
        return await in_thread(_original, Path(db.path), capture_id)
    except _WithheldError as error:
        raise await _told(db, capture_id) from error


async def in_thread(function: Callable[P, T], *arguments: P.args, **_: P.kwargs) -> T:
    """Return what a function of what was received returns, which may take long."""
    return await asyncio.get_running_loop().run_in_executor(_readers, function, *arguments)


class _WithheldError(Exception):
    """It is withheld; why is asked of the archive."""


async def _told(db: Database, capture_id: int) -> WithheldError:
    """Return what is told of a capture that gives something withheld.

    Of which article, may not be told, nor is it known of one that has some words of it: then it is
    said that it is so since the latest takedown of its site, at least.
    """
    (capture,) = await rows(db, "SELECT site, url FROM captures WHERE id = ?", capture_id)
    try:
        await require_shown(db, capture)
    except WithheldError as error:
        return error
    latest = await rows(
        db,
        "SELECT takedowns.grade, at AS since FROM takedowns"
        " LEFT JOIN withheld ON takedown = takedowns.id"
        " LEFT JOIN articles ON articles.id = article_id"
        " WHERE lifted_at IS NULL AND takedowns.grade <> ? ORDER BY site = ? DESC, at DESC LIMIT 1",
        Grade.MARKED.value,
        capture["site"],
    )
    reason = _("it holds words or pictures of an article that is not shown")
    told = latest[0] if latest else {"grade": Grade.TEXT.value, "since": ""}
    return WithheldError({**told, "reason": reason})


def _original(path: Path, capture_id: int) -> "Original":
    # Here, so that a reading room starts without what reads WARC files.
    from archive.originals import original

    with _refusals():
        return original(path, capture_id)


@contextmanager
def _refusals() -> Iterator[None]:
    """Have readers told why there is no original to be given."""
    from archive.originals import DamagedOriginalError, OriginalError, WithheldOriginalError

    try:
        yield
    except WithheldOriginalError as error:
        raise _WithheldError from error
    except DamagedOriginalError as error:
        raise _refusal(error, "Damaged", _GONE) from error
    except OriginalError as error:
        raise NotFound(str(error)) from error


async def beside(db: Database, capture_id: int, url: str) -> int | None:
    """Return the capture of an address nearest in time to another one of the same site."""
    return await in_thread(_beside, Path(db.path), capture_id, url)


def _beside(db: Path, capture_id: int, url: str) -> int | None:
    from archive.originals import Originals

    with _refusals(), closing(Originals(db)) as originals:
        here = originals.capture(capture_id)
        found = originals.beside(originals.site_of(here), url, here.fetched_at)
        return found.id if found else None


async def replayed_page(db: Database, capture_id: int, path: Callable[[str], str]) -> str:
    """Return a captured page as it is shown; *path* makes of a path of ours one of the server.

    Raises what `read` does.
    """
    cut = _("The page goes on. The archive shows it as far as here; its bytes can be saved.")
    try:
        return await in_thread(_replayed_page, Path(db.path), capture_id, path, cut)
    except _WithheldError as error:
        raise await _told(db, capture_id) from error


def _replayed_page(db: Path, capture_id: int, path: Callable[[str], str], cut: str) -> str:
    from archive.originals import Originals
    from reading_room.captured.replay import replayed

    with _refusals(), closing(Originals(db)) as originals:
        capture, original = originals.capture(capture_id), originals.get(capture_id)
        text, _ = decode(original.body, original.capture.content_type)
        return replayed(
            text,
            capture.url,
            _Beside(originals, capture, path),
            lambda url: path(f"/captures/{capture_id}/link?to={quote(url, safe='')}"),
            cut,
        )


async def replayed_sheet(
    db: Database, page_id: int, sheet_id: int, path: Callable[[str], str]
) -> str:
    """Return a style sheet as the page of another capture is shown with it. Raises as `read`."""
    try:
        return await in_thread(_replayed_sheet, Path(db.path), page_id, sheet_id, path)
    except _WithheldError as error:
        raise await _told(db, sheet_id) from error


def _replayed_sheet(db: Path, page_id: int, sheet_id: int, path: Callable[[str], str]) -> str:
    from archive.originals import Originals
    from reading_room.captured import replay

    with _refusals(), closing(Originals(db)) as originals:
        page, sheet = originals.capture(page_id), originals.get(sheet_id)
        text = replay.sheet_text(sheet.body, sheet.capture.content_type)
        held = _Beside(originals, page, path)
        return replay.replayed_sheet(text, sheet.capture.url, held)


class _Beside:
    """What the archive holds beside a page, from about the same time."""

    def __init__(self, originals: "Originals", page: "Capture", path: Callable[[str], str]) -> None:
        self._originals, self._page, self._path = originals, page, path
        self._site = originals.site_of(page)
        self._found: dict[str, Capture | None] = {}

    def _capture(self, url: str) -> "Capture | None":
        if url not in self._found:
            if len(self._found) >= MOST_LOOKED_FOR:
                return None
            self._found[url] = self._originals.beside(self._site, url, self._page.fetched_at)
        return self._found[url]

    def file(self, url: str) -> str | None:
        """Return where a picture or a font is given."""
        found = self._capture(url)
        return self._path(media_path(found.id or 0, found.payload_sha256)) if found else None

    def sheet(self, url: str) -> str | None:
        """Return where a style sheet is given."""
        found = self._capture(url)
        return self._path(f"/captures/{self._page.id}/style/{found.id}") if found else None


def _refusal(error: Exception, title: str, status: int) -> DatasetteError:
    return DatasetteError(str(error), title=title, status=status)


async def require_shown(db: Database, capture: dict[str, Any]) -> None:
    """Raise `WithheldError` if a capture is one of an address that is not shown."""
    told = await withheld(
        db,
        "document IS NOT NULL AND articles.site = ?2 AND articles.url IN ("
        " SELECT ?1 UNION SELECT other.url FROM urls AS known"
        " JOIN urls AS other USING (site, urlkey) WHERE known.url = ?1"
        " UNION SELECT moved_to FROM urls WHERE url = ?1)",
        capture["url"],
        capture["site"],
    ) or await _order(db, capture["url"])
    if told:
        raise WithheldError(told)


async def _order(db: Database, url: str) -> dict[str, Any] | None:
    """Return the takedown of an address under which no article is held."""
    if "takedowns" not in await db.table_names():
        return None
    found = await rows(
        db,
        "SELECT grade, reason, at AS since FROM takedowns"
        " WHERE urlkey = ? AND lifted_at IS NULL AND grade <> ? LIMIT 1",
        urlkey(url),
        Grade.MARKED.value,
    )
    return found[0] if found else None


def waiting(body: bytes) -> IO[bytes]:
    """Return a file as it waits to be sent; the bytes themselves may be forgotten."""
    file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - whoever sends it closes it
    file.write(body)
    return file


async def send_file(
    request: Request,
    send: ASGISendCallable,
    file: IO[bytes],
    kind: Kind,
    *,
    name: str,
    digest: str | None = None,
) -> None:
    """Answer with a file (`waiting`), or the part of it that is asked for, and close it.

    One that is shown is shown in place, any other is offered to be saved as *name*. With its
    *digest* a browser may keep it for ever; else it asks again.
    """
    length = file.tell()
    status, sent = 200, range(length)
    tag = f'"{digest}"' if digest else None
    headers = {
        "content-type": kind.content_type,
        "content-security-policy": kind.policy,
        "content-disposition": f'{"inline" if kind.is_shown else "attachment"}; filename="{name}"',
        "cache-control": FOR_EVER if digest else "private, no-cache",
        "accept-ranges": "bytes",
    }
    if tag:
        headers["etag"] = tag
    if kind.is_font:  # a captured page has no origin, and may use it only so
        headers["access-control-allow-origin"] = "*"
    try:
        if request.headers.get("if-range") in (None, tag):
            part = part_of(request.headers.get("range"), length)
            if part is not None:
                status, sent = 206, part
                headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{length}"
    except RangeError as error:
        status, sent = 416, range(0)
        headers["content-range"] = str(error)
    headers["content-length"] = str(len(sent))
    with file:
        file.seek(sent.start)
        await _send(send, status, headers, file, 0 if request.method == "HEAD" else len(sent))


async def send_unchanged(send: ASGISendCallable, digest: str) -> None:
    """Answer that a browser has the file already."""
    headers = {"etag": f'"{digest}"', "cache-control": FOR_EVER}
    await _send(send, 304, headers, BytesIO(), 0)


async def _send(
    send: ASGISendCallable, status: int, headers: dict[str, str], file: IO[bytes], length: int
) -> None:
    """Send so many bytes of a file, from where it stands."""
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": status,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "trailers": False,
    }
    await send(start)
    while length > 0 and (piece := file.read(min(_PIECE, length))):
        length -= len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def is_held(request: Request, digest: str) -> bool:
    """Whether a browser says that it has the file of a digest."""
    tags = (request.headers.get("if-none-match") or "").replace("W/", "").split(",")
    return f'"{digest}"' in {tag.strip() for tag in tags}
