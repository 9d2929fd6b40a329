"""Settings as they are given on the command line: checked, before any work.

Scrapy takes every name, and reads a value only where it needs it, so that a slip of the keyboard
would change nothing, or end the crawl with a traceback.
"""

import json
import math
import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.reach import is_network
from tinhuyen.errors import Refused

if TYPE_CHECKING:
    from scrapy.settings import Settings

_EXAMPLE = "as in DOWNLOAD_TIMEOUT=180"
_BOOLEANS = ("0", "1", "false", "true", "False", "True")
_COMPONENT = re.compile(r"(?:\w+\.)+[A-Z]\w+")
_SECONDS = re.compile(r"DELAY|TIMEOUT|INTERVAL|BACKOFF")
"""Names of settings in seconds: these may have a fraction, whatever their default is."""
_ABSENT = (
    *("AUTOTHROTTLE_ENABLED", "COOKIES_ENABLED", "HTTPCACHE_ENABLED", "MEMDEBUG_ENABLED"),
    *("METAREFRESH_ENABLED", "REMOTE_CONTROL_ENABLED", "TELNETCONSOLE_ENABLED"),
    *("FEEDS", "FEED_URI", "HTTPAUTH_USER"),
)
"""What would ask for a part of Scrapy that a crawl has not (crawler/settings.py)."""
_NOTHING = ("", "0", "false", "False", "{}")


def settings_option(told: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what adds ``--set`` to a command, of which its help says *told*."""
    return click.option("-s", "--set", "overrides", multiple=True, metavar="NAME=VALUE", help=told)


def crawl_settings(db: Path, overrides: Iterable[str]) -> "Settings":
    """Return the settings of a crawl into *db*, changed by *overrides*, each ``NAME=VALUE``.

    Raises `Refused` for a name that is no setting's and a value that is none of its kind.
    """
    from scrapy.settings import Settings

    settings = Settings()
    settings.setmodule("crawler.settings")
    given = {}
    for override in overrides:
        name, equals, value = override.partition("=")
        if not equals or not name.isupper():
            raise Refused(f"--set {override}: it must be NAME=VALUE, {_EXAMPLE}")
        if name not in settings:
            raise Refused(f"--set {override}: no setting has this name; {_nearest(name, settings)}")
        if expected := _mistake(name, settings[name], value):
            raise Refused(f"--set {override}: it must be {expected}")
        if name in _ABSENT and value not in _NOTHING:
            raise Refused(f"--set {override}: a crawl has no part of Scrapy that would heed it")
        given[name] = value
    settings.update(given, priority="cmdline")
    settings.set("ARCHIVE_DB", str(db), priority="cmdline")
    settings.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")
    return settings


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]}?" if near else "docs/crawling.md lists ours"


def _mistake(name: str, default: object, value: str) -> str | None:
    """Return what a setting's value must be, judged by its *default*; None if it is."""
    from scrapy.settings import BaseSettings

    if name == "NETWORKS":
        is_right = all(map(is_network, value.split(",")))
        return None if is_right else "networks such as 10.0.0.0/8, with commas between them"
    match default:
        case bool():
            return None if value in _BOOLEANS else f"one of {', '.join(_BOOLEANS[:4])}"
        case int() | float():
            return _mistaken_number(name, default, value)
        case BaseSettings() | dict():
            return None if _is_object(value) else 'a JSON object, such as {"a.Component": 100}'
        case [int(), *_]:
            return None if _are_numbers(value) else "whole numbers, with commas between them"
        case str() if _COMPONENT.fullmatch(default) and not _is_component(value):
            return f"the dotted name of a class, such as {default}"
    return None  # text, or a list of words


def _mistaken_number(name: str, default: int | float, value: str) -> str | None:
    seconds = bool(_SECONDS.search(name))
    least = -math.inf if "PRIORITY" in name else int(name.startswith("CONCURRENT_"))
    fraction = seconds or isinstance(default, float)
    try:
        number = float(value) if fraction else int(value)
    except ValueError:
        number = math.nan
    if least <= number < math.inf:
        return None
    what = "a number of seconds" if seconds else "a number" if fraction else "a whole number"
    return f"{what} of at least {least}" if least > -math.inf else what


def _are_numbers(value: str) -> bool:
    return all(number.strip().isdecimal() for number in value.split(","))


def _is_component(value: str) -> bool:
    from scrapy.utils.misc import load_object

    try:
        load_object(value)
    except (ValueError, ImportError, NameError):
        return False
    return True


def _is_object(value: str) -> bool:
    try:
        return isinstance(json.loads(value), dict)
    except ValueError:
        return False
