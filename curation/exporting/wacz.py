"""Captures as a WACZ file, which ReplayWeb.page and pywb show: "WACZ Format 1.1.1" of Webrecorder.

A zip file of a WARC file, its index, the pages with their titles and texts, and the digests of all
of these. Its names are ours alone; nothing that was received has a say in them.
"""

import hashlib
import json
import struct
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

from archive.selection import Selected
from curation.exporting import cdxj
from curation.exporting.output import Exported
from curation.exporting.warc import BEGINNING, SOFTWARE, places
from curation.progress import Tell

VERSION = "1.1.1"
_WARC = "data.warc.gz"
_INDEX = "index.cdx.gz"
_ANY_SYSTEM = 3  # what zip calls Unix; else it would tell on which one it was written
_READABLE = 0o644 << 16
_EXTRA = struct.pack("<HHBI", 0x5455, 5, 1, 315_532_800)
"""The time of an entry once more, 1980-01-01. ReplayWeb.page takes an entry that has no extra field
in the list at the end of the file for one that has none where it stands, and zip64 puts one there.
"""
_MOST_NAMED = 3
_PAGES = {"format": "json-pages-1.0", "id": "pages", "title": "Bài viết", "hasText": True}


class _Package:
    """A zip file that knows the digests of what is in it."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self.zip = file
        self.resources: list[dict[str, Any]] = []

    @contextmanager
    def member(self, path: str, *, packed: bool) -> Iterator["_Digesting"]:
        """Give a file to write that becomes a resource of the package."""
        with self.zip.open(_entry(path, packed=packed), "w", force_zip64=True) as file:
            digesting = _Digesting(file)
            yield digesting
        self.resources.append(
            {
                "name": path.rpartition("/")[2],
                "path": path,
                "hash": f"sha256:{digesting.digest.hexdigest()}",
                "bytes": digesting.size,
            }
        )

    def describe(self, about: dict[str, Any]) -> None:
        """Write the list of the resources, and its own digest."""
        package = {"profile": "data-package", "wacz_version": VERSION, **about}
        data = _json(package | {"resources": self.resources})
        self.zip.writestr(_entry("datapackage.json", packed=True), data)
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        data = _json({"path": "datapackage.json", "hash": digest})
        self.zip.writestr(_entry("datapackage-digest.json", packed=True), data)


class _Digesting:
    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes, /) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self.file.write(data)


def _entry(path: str, *, packed: bool) -> zipfile.ZipInfo:
    """Return a zip entry of no time and no system."""
    entry = zipfile.ZipInfo(path)
    entry.create_system = _ANY_SYSTEM
    entry.external_attr = _READABLE
    entry.extra = _EXTRA
    entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    return entry


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()


def write(selected: Selected, file: BinaryIO, tell: Tell) -> Exported:
    """Write the captures that are selected, and the articles among them as pages."""
    folder = Path(file.name).parent  # there is room for the index while it is sorted, one hopes
    exported, extent = Exported(), selected.extent()
    with zipfile.ZipFile(file, "w") as zipped, closing(cdxj.SortedLines(folder)) as lines:
        package = _Package(zipped)
        with package.member(f"archive/{_WARC}", packed=False) as warc:
            for place in places(selected, extent, warc, exported, tell):
                lines.add(cdxj.line(place, _WARC))
        with package.member(f"indexes/{_INDEX}", packed=False) as index:
            members = list(cdxj.write(iter(lines), _INDEX, index))
        with package.member("indexes/index.idx", packed=True) as index:
            index.write("".join(members).encode("ascii"))
        with package.member("pages/pages.jsonl", packed=True) as pages:
            exported.counts["pages"] = _write_pages(selected, pages)
        package.describe(_about(selected, extent.newest or BEGINNING))
    return exported


def _write_pages(selected: Selected, file: _Digesting) -> int:
    number = 0
    file.write(_line(_PAGES))
    for number, page in enumerate(selected.pages(), 1):
        text = "\n\n".join(filter(None, (page["lead"], page["body"])))
        row = {"id": str(number), "url": page["url"], "ts": page["at"], "title": page["title"]}
        file.write(_line(row | {"text": text}))
    return number


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def _about(selected: Selected, created: str) -> dict[str, Any]:
    names = [selected.archive.runs.site(key)["name"] for key in selected.sites()]
    since, until = selected.selection.since, selected.selection.until
    of = ", ".join(names) if 0 < len(names) <= _MOST_NAMED else SOFTWARE
    days = f", {since or '…'} – {until or '…'}" if selected.selection.has_days else ""
    return {
        "title": of + days,
        "description": f"Exported from an archive of {SOFTWARE}.",
        "created": created,
        "modified": created,
        "software": SOFTWARE,
    }
