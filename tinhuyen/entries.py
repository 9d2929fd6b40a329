"""Entries of sites, written where the operator keeps his own."""

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from archive import write_whole
from crawler import settings
from crawler.sites import SitesError, own_folder, sites_at
from crawler.sites.written import FOLDER as PROFILES
from crawler.text.fold import fold
from tinhuyen.errors import Refused

_FILE = "added"
"""Where entries stand of which nobody said the province."""


def folder() -> Path:
    """Return the folder in which the operator keeps his sites: never the installed package."""
    return Path(settings.SITES_DIR) if settings.SITES_DIR else own_folder()


def profile_file(key: str, since: str | None = None) -> Path:
    """Return the file of a site's profile, of those that hold *since* a day the one of that day."""
    return folder() / PROFILES / (f"{key}.{since[:10]}.toml" if since else f"{key}.toml")


def write_entry(
    key: str, says: Mapping[str, Any], province: str | None, profile: str | None = None
) -> Path:
    """Add a table to the file of a province, and return the file; make it if it is missing. A
    *profile*, as TOML, is written beside it.

    What the file says already stays as it is, comments too. Raises `Refused` if the sites could not
    be used with it; nothing is changed then.
    """
    file = folder() / f"{_stem(province)}.toml"
    try:
        before = file.read_bytes() if file.exists() else b""
        text = _with_table(before.decode("utf-8"), key, says, province)
    except (TOMLKitError, UnicodeDecodeError, SitesError) as error:
        raise Refused(f"{key}: not added: {file}: {error}") from error
    except OSError as error:
        raise Refused(f"{file}: cannot be read: {error.strerror}") from error
    texts = {file: text} | ({profile_file(key): profile} if profile else {})
    write_all(texts, f"{key}: not added")
    return file


def write_all(texts: Mapping[Path, str], refusal: str) -> None:
    """Write files of the folder of sites, in place of those that are there.

    Raises `Refused`, which begins with *refusal*, if the sites could not be used with them; then
    all are as they were before.
    """
    before: dict[Path, bytes | None] = {}
    try:
        for file, text in texts.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            before[file] = file.read_bytes() if file.exists() else None
            write_whole(file, text.encode("utf-8"))
        sites_at(settings.SITES_DIR)
    except SitesError as error:
        _take_back(before)
        raise Refused(f"{refusal}: {error}") from error
    except OSError as error:
        _take_back(before)
        raise Refused(f"{file}: cannot be written: {error.strerror}") from error


def _take_back(before: Mapping[Path, bytes | None]) -> None:
    for file, content in before.items():
        with suppress(OSError):  # what could not be written is as it was
            if content is None:
                file.unlink(missing_ok=True)
            elif file.read_bytes() != content:
                write_whole(file, content)


def _with_table(text: str, key: str, says: Mapping[str, Any], province: str | None) -> str:
    document = tomlkit.parse(text)
    if key in document:
        raise SitesError(f"[{key}] is there already; name another with --key")
    table = tomlkit.table()
    for name, value in says.items():
        table.add(name, list(value) if isinstance(value, tuple) else value)
    if not document and province:
        document.add("province", province)
    if document:
        document.add(tomlkit.nl())
    document.add(key, table)
    return tomlkit.dumps(document)


def _stem(province: str | None) -> str:
    return re.sub(r"[^a-z0-9]+", "_", fold((province or _FILE).lower())).strip("_") or _FILE
