"""``tinhuyen demo``: the demo portal."""

from errno import EADDRINUSE

import click

from tinhuyen.errors import Refused

_PORT = 8765


@click.command("demo")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help=f"The port to listen on.  [default: {_PORT}, or a free one]",
)
def command(host: str, port: int | None) -> None:
    """Serve the demo portal: the news of a district that does not exist.

    About 120 articles of 2019 to 2025 as a WordPress with the Newspaper theme sends them. Look at
    it in a browser; end it with Ctrl-C.

    \b
    Examples:
      tinhuyen demo
      tinhuyen demo --port 8100

    \b
    Exit codes: 0 ended by Ctrl-C; 2 wrong usage, or a port that is another program's.
    """
    from demo.server import run

    try:
        run(host, port or _PORT, ready=_announce)
    except OSError as error:
        if port or error.errno != EADDRINUSE:
            raise Refused(error.strerror or str(error)) from error
        click.echo(f"Port {_PORT} is another program's: a free one is taken.", err=True)
        run(host, 0, ready=_announce)


def _announce(url: str) -> None:
    click.echo(f"The demo portal is at {url}/ (Ctrl-C ends it)")
