"""``tinhuyen serve``: the reading room."""

import os
import re
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import click

from reading_room.visitors.rules import Robots
from tinhuyen.cli import db_option
from tinhuyen.errors import Refused

WORKERS = 2
"""Processes that answer visitors' own SQL."""
PROXIES = "127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
"""From where a proxy is believed whom it asks for: this machine, and networks of one's own."""
_MOST_CONNECTIONS = 512
_NAME = re.compile(r"(?!-)[a-z0-9-]+(?:\.[a-z0-9-]+)*")
_PATH = re.compile(r"(?:/[\w.~-]+)*/?", re.ASCII)


def _base_url(ctx: click.Context, option: click.Parameter, value: str) -> tuple[str, str, str]:
    """Return the scheme and the host of the address, either of which may be "", and its path."""
    parts = urlsplit(value)
    is_address = parts.scheme in ("http", "https") and parts.hostname
    is_path = not parts.scheme and not parts.netloc and value.startswith("/")
    if not (is_address or is_path) or parts.query or parts.fragment or parts.username is not None:
        raise Refused(
            f"--base-url {value}: it must be an address, as in https://tin.example.org/, or a path,"
            " as in /tin-huyen/"
        )
    if not _PATH.fullmatch(parts.path) or {".", ".."} & {*parts.path.split("/")}:
        raise Refused(
            f"--base-url {value}: its path may have letters without marks, digits and . _ ~ - only"
        )
    return parts.scheme, parts.hostname or "", f"{parts.path.rstrip('/')}/"


def _names(ctx: click.Context, option: click.Parameter, value: tuple[str, ...]) -> frozenset[str]:
    names = frozenset(name.lower().removesuffix(".") for name in value)
    for name in names:
        if not _NAME.fullmatch(name):
            raise Refused(
                f"--allow-host {name}: it must be the name of a host alone, as in tin.example.org"
            )
    return names


@click.command("serve")
@db_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=8001,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port to listen on; 0: one that is free.",
)
@click.option(
    "--base-url",
    metavar="URL",
    default="/",
    callback=_base_url,
    help="Under which readers have it, if a proxy stands before it.",
)
@click.option(
    "--allow-host",
    "hosts",
    metavar="NAME",
    multiple=True,
    callback=_names,
    help="A further name by which it is had; several times for several.",
)
@click.option(
    "--behind-proxy", is_flag=True, help="Believe a proxy near by whom it asks for (X-Forwarded-*)."
)
@click.option(
    "--rate",
    metavar="N",
    default=300,
    show_default=True,
    type=click.IntRange(min=0),
    help="Requests a minute of one address; 0: no limit.",
)
@click.option("--no-sql", is_flag=True, help="Take no SQL of visitors; the ready questions stay.")
@click.option(
    "--sql-seconds",
    metavar="N",
    default=5,
    show_default=True,
    type=click.IntRange(1, 600),
    help="Seconds that a query may take.",
)
@click.option(
    "--robots",
    type=click.Choice([grade.value for grade in Robots]),
    default=Robots.ARTICLES.value,
    show_default=True,
    help="What search engines may read: all, articles but no searches, or none.",
)
@click.option(
    "--contact",
    metavar="WHOM",
    envvar="TINHUYEN_CONTACT",
    help="Whom readers write to; else TINHUYEN_CONTACT.",
)
def command(
    db: Path,
    host: str,
    port: int,
    base_url: tuple[str, str, str],
    hosts: frozenset[str],
    behind_proxy: bool,
    rate: int,
    no_sql: bool,
    sql_seconds: int,
    robots: str,
    contact: str | None,
) -> None:
    """Open the archive in a browser: read, search, query with SQL.

    A crawl may go on at the same time; what it stores shows with the next click, and some seconds
    later in ranked search. It answers by addresses, by names of this machine, and by those that
    --base-url and --allow-host name.

    \b
    Examples:
      tinhuyen serve
      tinhuyen serve --db bac_kan.db --port 8002
      tinhuyen serve --behind-proxy --base-url https://example.org/tin-huyen/ --no-sql

    \b
    Exit codes: 0 closed by Ctrl-C; 2 wrong usage, a port that is another program's, or an archive
    that is gone or damaged.
    """
    import uvicorn

    from archive import Archive
    from archive.search.following import following
    from reading_room import reading_room
    from reading_room.visitors.rules import Rules

    scheme, name, prefix = base_url
    rules = Rules(
        prefix=prefix,
        is_https=scheme == "https",
        hosts=hosts | {each for each in (name, host.lower()) if each},
        sql=not no_sql,
        sql_seconds=sql_seconds,
        workers=WORKERS,
        requests_a_minute=rate,
        robots=Robots(robots),
        contact=contact or None,
    )
    Archive.open(db, read_only=True).close()
    listener = _listen(host, port)
    port = listener.getsockname()[1]
    click.echo(f"The reading room is at http://{host}:{port}{prefix} (Ctrl-C closes it)")
    room = reading_room(db, rules)
    server = uvicorn.Server(
        uvicorn.Config(
            room.app(),
            log_level="warning",
            lifespan="on",
            server_header=False,
            proxy_headers=behind_proxy,
            forwarded_allow_ips=os.environ.get("FORWARDED_ALLOW_IPS", PROXIES),
            limit_concurrency=_MOST_CONNECTIONS,
        )
    )
    try:
        # uvicorn raises Ctrl-C again after it has ended.
        with following(db, at_once=True), suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    finally:
        room.get_database("archive").close()


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
