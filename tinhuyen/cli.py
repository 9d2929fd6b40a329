"""The command ``tinhuyen`` and what its commands share.

What takes long to import is imported where it is needed: ``--help`` asks for none of it.
"""

import os
import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler import settings
from crawler.reach import is_network
from tinhuyen.errors import Commands, Refused, remember_archive
from tinhuyen.garbage import not_taken_apart, seldom_collected

if TYPE_CHECKING:
    from crawler.sites import Site

_COMMANDS = Path(__file__).parent / "commands"
_DESCRIPTION = re.compile(r'\ndef command\(.*?\n    """(.+?)"""', re.S)
_CONTACT = re.compile(r"(?:mailto:)?[^\s@]+@[^\s@]+\.[^\s@]+|https?://[^\s/]+\.\S+")
_PREFIX = "TINHUYEN_"
_VARIABLES = ("ALARMS", "CONTACT", "NETWORKS", "PUSH_KEY", "SITES")
"""What is read of the environment, after the prefix."""
_SECRETS = ("FLEET_DSN",)
"""Likewise, and written nowhere, since a password may be in it."""
VARIABLES = tuple(f"{_PREFIX}{name}" for name in _VARIABLES)


def db_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--db`` to a command."""
    return click.option(
        "--db",
        type=click.Path(path_type=Path),
        default=Path(settings.ARCHIVE_DB),
        show_default=True,
        callback=remember_archive,
        help="The archive: one SQLite file.",
    )(command)


def known_sites() -> dict[str, "Site"]:
    """Return all districts by key. Raises `SitesError` if a description of one is wrong."""
    from crawler.sites import sites_at

    sites = sites_at(settings.SITES_DIR)
    if not sites:
        raise Refused(f"{settings.SITES_DIR}: describes no district; see docs/sites.md")
    return sites


def require_sites(keys: tuple[str, ...]) -> dict[str, "Site"]:
    """Return the districts of these keys, in this order; `Refused` if one is not known."""
    if not keys:
        return {}
    sites = known_sites()
    for key in keys:
        if key not in sites:
            _refuse_hostless(key)
            named = [known for known, site in sites.items() if _plain(key) in _plain(site.name)]
            near = get_close_matches(key, sites, n=1) or named[:1]
            hint = f"did you mean {near[0]!r}?" if near else "see: tinhuyen sites"
            raise Refused(f"no site is called {key!r}; {hint}")
    return {key: sites[key] for key in keys}


def _refuse_hostless(key: str) -> None:
    """Refuse a district of which there is no host to ask; it may well be a word for another one."""
    from crawler.sites import without_host

    if settings.SITES_DIR:
        return
    if district := without_host().get(key):
        raise Refused(
            f"{key}: no host of {district.name} is known yet; "
            f"if you know one: tinhuyen add URL --key {key}"
        )


def _plain(text: str) -> str:
    from crawler.text.fold import fold

    return fold(text).lower()


def check_environment() -> None:
    """Refuse a variable whose name is nearly one of ours: what it says would not be heard."""
    for variable in os.environ:
        name = variable.removeprefix(_PREFIX)
        known = (*_VARIABLES, *_SECRETS)
        if name == variable or name in known:
            continue
        if near := get_close_matches(name, known, n=1, cutoff=0.7):
            raise Refused(f"{variable} says nothing to us; did you mean {_PREFIX}{near[0]}?")
    for network in filter(None, settings.NETWORKS.split(",")):
        if not is_network(network):
            raise Refused(
                f"TINHUYEN_NETWORKS has {network!r}: it must be a network such as 10.0.0.0/8"
            )


def require_contact(addresses: Iterable[str]) -> None:
    """Refuse to ask a real portal without saying who asks."""
    from crawler.text.addresses import is_on_loopback

    if settings.CONTACT and not _CONTACT.fullmatch(settings.CONTACT):
        raise Refused(
            f"TINHUYEN_CONTACT is {settings.CONTACT!r}: it must be an e-mail address or a web page"
        )
    if not settings.CONTACT and not all(map(is_on_loopback, addresses)):
        raise Refused(
            "a portal's staff must be able to reach you: set TINHUYEN_CONTACT to your e-mail "
            "address or web page; it is sent with every request"
        )


class _Commands(Commands):
    """Imports a command when it is asked for: crawling needs Scrapy, serving Datasette."""

    names = (
        *("crawl", "survey", "serve", "gaps", "import", "merge", "export"),
        *("index", "verify", "reread", "quarantine", "accept", "hide", "owner", "review"),
        *("schedule", "status", "alarms", "backup", "restore", "recompress", "release", "fleet"),
        *("sites", "add", "learn", "inspect", "demo"),
    )

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command as a program of its own, or tell what it does."""
        not_taken_apart()
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command, and bring the index up to what it has written."""
        from tinhuyen.indexing import index_kept_up

        with seldom_collected(), index_kept_up(ctx):
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.names:
            return None
        command: click.Command = import_module(f"tinhuyen.commands.{_module(cmd_name)}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does, as Click would once it has imported them all."""
        room = formatter.width - 6 - max(map(len, self.names))
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, click.Command(name, help=_described(name)).get_short_help_str(room))
                    for name in self.names
                ]
            )


def _module(command: str) -> str:
    return "import_" if command == "import" else command  # a word of Python's own


def _described(command: str) -> str:
    """Return what stands in the code of a command as its help."""
    code = (_COMMANDS / f"{_module(command)}.py").read_text(encoding="utf-8")
    found = _DESCRIPTION.search(code)
    return found[1] if found else ""


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tinhuyen")
def main() -> None:
    """Archive the news of Viet Nam's district portals, then search and read it.

    \b
    First steps:
      tinhuyen crawl demo     crawl the demo portal into archive.db
      tinhuyen serve          open the archive in a browser
      tinhuyen sites          see which districts can be crawled
    """
    check_environment()
