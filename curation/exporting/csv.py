"""Articles as a table that spreadsheets open: RFC 4180, in UTF-8 with a byte order mark."""

import csv
from io import StringIO
from typing import Any

from archive.selection import Selected
from curation.exporting.output import Exported, counted_articles
from curation.exporting.warc import Sink
from curation.progress import Tell

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes Vietnamese for Windows-1252."""
SEPARATOR = " | "
"""Between the values of a cell that has several."""
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""As OWASP's "CSV Injection" names them, with the wide signs that some tables take for them."""
_LISTS = {
    "tags": None, "images": "url", "attachments": "url", "citations": "number", "places": "name",
}  # fmt: skip


def write(selected: Selected, file: Sink, tell: Tell) -> Exported:
    """Write the articles that are selected, a row each; of what stands beside them the names."""
    exported = Exported()
    columns = [*selected.columns(), *_LISTS]
    file.write(BYTE_ORDER_MARK.encode() + _line(columns))
    for row in counted_articles(selected, exported, tell):
        for name, key in _LISTS.items():
            row[name] = SEPARATOR.join(item[key] if key else item for item in row[name])
        file.write(_line([harmless(row[name]) for name in columns]))
    return exported


def _line(cells: list[Any]) -> bytes:
    out = StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()


def harmless(value: Any) -> Any:
    """Return a cell that no spreadsheet runs as a formula, without NUL, at which readers stop."""
    if not isinstance(value, str):
        return value
    text = value.replace("\0", "\ufffd")
    return f"'{text}" if text.startswith(_BEGINS_FORMULA) else text
