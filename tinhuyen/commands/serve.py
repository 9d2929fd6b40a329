"""``tinhuyen serve``: the reading room."""

import socket
from contextlib import suppress
from pathlib import Path

import click
import uvicorn

from archive import Archive
from archive.search.following import following
from reading_room import reading_room
from tinhuyen.cli import db_option
from tinhuyen.errors import Refused


@click.command("serve")
@db_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=8001,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="The port to listen on.",
)
def command(db: Path, host: str, port: int) -> None:
    """Open the archive in a browser: read, search, query with SQL.

    A crawl may go on at the same time; what it stores shows with the next click. Ranked search
    knows it some seconds later; its index is brought up to the archive when the room opens, and
    while it is open.

    \b
    Examples:
      tinhuyen serve
      tinhuyen serve --db bac_kan.db --port 8002

    \b
    Exit codes: 0 closed by Ctrl-C; 2 wrong usage, a port that is another program's, or an archive
    that is gone or damaged.
    """
    Archive.open(db, read_only=True).close()
    listener = _listen(host, port)
    click.echo(f"The reading room is at http://{host}:{port}/ (Ctrl-C closes it)")
    server = uvicorn.Server(
        uvicorn.Config(reading_room(db).app(), log_level="warning", lifespan="on")
    )
    # uvicorn raises Ctrl-C again after it has ended.
    with following(db, at_once=True), suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # who reads where it is may come at once
    except OSError as error:
        raise Refused(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port"
        ) from error
    return listener
