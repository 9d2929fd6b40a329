"""``tinhuyen demo``: the demo portal."""

import click

from demo.server import run
from tinhuyen.errors import Refused


@click.command("demo")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=8765,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="The port to listen on.",
)
def command(host: str, port: int) -> None:
    """Serve the demo portal: the news of a district that does not exist.

    About 120 articles of 2019 to 2025 as a WordPress with the Newspaper theme sends them. Look at
    it in a browser; end it with Ctrl-C.

    \b
    Examples:
      tinhuyen demo
      tinhuyen demo --port 8100
    """
    try:
        run(host, port, ready=_announce)
    except OSError as error:
        raise Refused(error.strerror or str(error)) from error


def _announce(url: str) -> None:
    click.echo(f"The demo portal is at {url}/ (Ctrl-C ends it)")
