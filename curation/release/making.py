"""Making a release: all of its files from one snapshot of an archive."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from archive import Archive, RefusedError
from archive.selection import BESIDE, Selected, Selection
from crawler.vocabulary import Grade
from curation.exporting import parquet, wacz
from curation.exporting.output import Exported
from curation.folders import atomic_folder, require_free
from curation.progress import Tell
from curation.release import describing
from curation.release.describing import About, Part, Release
from curation.release.signing import require_key, sign

DATABASE, ARTICLES, CAPTURES = "archive.db", "articles.parquet", "captures.wacz"
SUMS = "SHA256SUMS"
_TYPES = {"INTEGER": "integer", "TEXT": "string"}
_TIMES = {
    **dict.fromkeys(("first_seen_at", "last_seen_at", "revised_at", "published_utc"), "datetime"),
    "published_day": "date",
}


class NothingError(RefusedError):
    """An archive that has nothing to be released; the message says what is lacking."""


@dataclass(frozen=True, slots=True)
class Released:
    """A release that was made."""

    release: Release
    parts: tuple[Part, ...]


def make(archive: Archive, to: Path, about: About, key: Path | None, tell: Tell) -> Released:
    """Write a release of an archive into the folder *to*, signed if there is a *key*.

    The same archive gives the same bytes. Raises `NothingError`, `RefusedError`, OSError.
    """
    require_free(to)
    if archive.folder.resolve() in to.resolve().parents:
        raise RefusedError(f"{to}: a part of the archive; name another folder")
    if key:
        require_key(key)
    about = replace(about, is_signed=key is not None)
    with atomic_folder(to) as folder:
        with archive.snapshot():
            selected = Selected(archive, Selection())
            made = _written(selected, folder, about, tell)
        _describe(made, folder)
        _sum_up(folder)
        if key:
            sign(folder / SUMS, key)
        for path in folder.iterdir():  # whoever wrote it
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    return made


def _written(selected: Selected, folder: Path, about: About, tell: Tell) -> Released:
    extent = selected.extent()
    if not extent.captures or extent.newest is None or not selected.count_articles():
        lacking = "captures" if not extent.captures else "articles"
        raise NothingError(f"{selected.archive.path}: holds no {lacking} that may be given")
    with (folder / CAPTURES).open("w+b") as file:
        pages = wacz.write(selected, file, tell)
    with (folder / ARTICLES).open("w+b") as file:
        articles = parquet.write(selected, file, tell)
    selected.archive.copies.publish(folder / DATABASE)
    release = Release(
        about=about,
        at=extent.newest,
        sites=tuple(selected.portals()),
        counts=_counts(pages, articles),
        marked=tuple(_marked(selected.archive)),
        left_out=(*pages.left_out, *articles.left_out),
    )
    parts = (
        _part(folder, DATABASE, "The archive as a SQLite database", "application/vnd.sqlite3"),
        _part(
            folder, ARTICLES, "The articles as a table", "application/vnd.apache.parquet",
            fields=tuple(_fields(selected)),
        ),
        _part(folder, CAPTURES, "The pages as they were received", "application/wacz"),
    )  # fmt: skip
    return Released(release, parts)


def _counts(pages: Exported, articles: Exported) -> dict[str, int]:
    return {
        "articles": articles.counts["articles"],
        "captures": pages.counts["captures"],
        "withheld": articles.counts["withheld"],
        "captures withheld": pages.counts["withheld"],
        "captures lost": pages.counts["lost"],
    }


def _marked(archive: Archive) -> Iterator[tuple[str, str]]:
    for takedown in archive.withheld.takedowns():
        if takedown.grade == Grade.MARKED and takedown.code:
            yield takedown.code, takedown.reason


def _fields(selected: Selected) -> Iterator[tuple[str, str]]:
    for name, kind in selected.columns().items():
        yield name, _TIMES.get(name, _TYPES[kind])
    for name in ("published_day", "published_utc"):
        yield name, _TIMES[name]
    for name in ("tags", *BESIDE):
        yield name, "array"


def _part(
    folder: Path, path: str, title: str, mediatype: str, fields: tuple[tuple[str, str], ...] = ()
) -> Part:
    name, _, kind = path.partition(".")
    with (folder / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = (folder / path).stat().st_size
    return Part(
        name, path, title, "sqlite" if kind == "db" else kind, mediatype, size, digest, fields
    )


def _describe(made: Released, folder: Path) -> None:
    descriptions = {
        "datapackage.json": describing.datapackage(made.release, made.parts),
        "dataset.jsonld": describing.dataset(made.release, made.parts),
        "CITATION.cff": describing.citation(made.release),
        "README.md": describing.readme(made.release, made.parts),
    }
    for name, content in descriptions.items():
        (folder / name).write_bytes(content)


def _sum_up(folder: Path) -> None:
    """Write the digests of all files, as ``sha256sum -c`` reads them."""
    lines = []
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.name}\n")
    (folder / SUMS).write_bytes("".join(lines).encode())


def for_a_program(made: Released, to: Path) -> dict[str, Any]:
    """Return what was made, as values that JSON has."""
    return {
        "folder": str(to),
        "as_of": made.release.at,
        **{name.replace(" ", "_"): number for name, number in made.release.counts.items()},
        "files": {part.path: {"bytes": part.bytes, "sha256": part.sha256} for part in made.parts},
        "left_out": [*made.release.left_out],
    }
