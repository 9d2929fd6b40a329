"""Files of portals to be added, one a row: CSV as people and Excel write it."""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tinhuyen.candidates import FACTS, Told
from tinhuyen.errors import Refused

COLUMNS = ("url", "key", "name", "base_url", "hosts", "province", "cms", *FACTS)
"""The columns that a file of portals may have; it must have the first."""
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DELIMITERS = ",;\t"
"""What parts cells: Excel writes a semicolon where numbers have a decimal comma, and tabs in what
it calls Unicode text."""
_NO_TEXT = 'save it as UTF-8, which Excel calls "CSV UTF-8"'


def rows(file: Path) -> Iterator[tuple[int, Told | None]]:
    """Yield what a CSV file tells of portals, each with the number of the line on which it begins;
    None for a row that has not as many cells as the header.

    Raises `Refused` for a file that tells of none, or has columns that say nothing.
    """
    records = _records(file)
    _, header = next(records, (1, []))
    if "url" not in header:
        raise Refused(f"{file}: has no column 'url'; known: {', '.join(COLUMNS)}")
    for name in header:
        if name not in COLUMNS or header.count(name) > 1:
            raise Refused(f"{file}: has the column {name!r}; known: {', '.join(COLUMNS)}")
    for line, cells in records:
        is_whole = len(cells) == len(header)
        yield line, _told(dict(zip(header, cells, strict=True))) if is_whole else None


def _records(file: Path) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the rows of a file that are not empty, each with the line on which it begins."""
    text = _text(file)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            if cells:
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        is_open = reader.line_num >= text.count("\n") and "unexpected end" in str(error)
        told = "a quotation mark is opened in this row and never closed" if is_open else str(error)
        raise Refused(f"{file}, line {begins}: {told}") from error


def _text(file: Path) -> str:
    body = file.read_bytes()
    if body.startswith(_UTF_16):
        return body.decode("utf-16", "replace")
    if b"\x00" in body:
        raise Refused(f"{file}: is no text, or one in UTF-16 without its mark; {_NO_TEXT}")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise Refused(f"{file}, line {line}: is not written in UTF-8; {_NO_TEXT}") from error


def _told(row: Mapping[str, str]) -> Told:
    says = {name: value.strip() for name, value in row.items() if value.strip()}
    return Told(
        url=says.get("url", ""),
        key=says.get("key"),
        name=says.get("name"),
        base_url=says.get("base_url"),
        hosts=tuple(says.get("hosts", "").split()),
        province=says.get("province"),
        cms=says.get("cms"),
        facts={name: says[name] for name in FACTS if name in says},
        is_row=True,
    )
