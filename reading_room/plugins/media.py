"""Pictures and files that are held, given from the captures: ``/media/CAPTURE/DIGEST``.

The digest is that of the bytes as they were received, so that an address is good for one file
only; the capture says where it lies.
"""

from collections.abc import Callable

from asgiref.typing import ASGISendCallable
from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request

from reading_room.asking.queries import permitted_archive, rows
from reading_room.captured import originals
from reading_room.captured.files import file_name, kind_of, saved_as


async def media(request: Request, datasette: Datasette, send: ASGISendCallable) -> None:
    """Answer with a file that was received."""
    db = await permitted_archive(datasette, request)
    capture_id, digest = int(request.url_vars["capture"]), request.url_vars["digest"]
    found = await rows(
        db,
        "SELECT site, url, content_type FROM captures WHERE id = ? AND payload_sha256 = ?",
        capture_id,
        digest,
    )
    if not found:
        raise NotFound(f"capture {capture_id} has no file of this digest")
    capture = found[0]
    body = (await originals.read(db, capture_id)).body
    # Not before: it may have been withheld since a browser was given it.
    if originals.is_held(request, digest):
        await originals.send_unchanged(send, digest)
        return
    kind = kind_of(body) or saved_as(capture["url"], capture["content_type"])
    name = file_name(capture["site"], capture_id, kind.ending)
    file = originals.waiting(body)
    del body  # a slow reader may take it for long
    await originals.send_file(request, send, file, kind, name=name, digest=digest)


# As a file of its own Datasette leaves the answer its own headers; any other it keeps browsers from
# keeping as soon as a cookie is sent, if only for the language.
media._datasette_static = True  # type: ignore[attr-defined]


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., object]]]:
    """Serve the files."""
    return [(r"^/media/(?P<capture>\d{1,15})/(?P<digest>[0-9a-f]{64})$", media)]
