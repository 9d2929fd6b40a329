"""Articles as a table that spreadsheets open: RFC 4180, in UTF-8 with a byte order mark."""

from collections.abc import Sequence

from archive.selection import Selected
from crawler.text.cells import BYTE_ORDER_MARK, exact_line, line
from curation.exporting.output import Exported, chosen, counted_articles
from curation.exporting.warc import Sink
from curation.progress import Tell

SEPARATOR = " | "
"""Between the values of a cell that has several."""
_LISTS = {
    "tags": None, "images": "url", "attachments": "url", "citations": "number", "places": "name",
}  # fmt: skip


def write(
    selected: Selected, file: Sink, tell: Tell, *, raw: bool = False, fields: Sequence[str] = ()
) -> Exported:
    """Write the articles that are selected, a row each, with these *fields*, or all; of what stands
    beside them the names.

    *raw* is for programs: without a byte order mark, and with each cell as it is, which may be a
    formula to a spreadsheet.
    """
    exported = Exported()
    columns = chosen(fields, [*selected.columns(), *_LISTS])
    written = exact_line if raw else line
    file.write(("" if raw else BYTE_ORDER_MARK).encode() + written(columns).encode())
    for row in counted_articles(selected, exported, tell):
        for name, key in _LISTS.items():
            row[name] = SEPARATOR.join(item[key] if key else item for item in row[name])
        file.write(written([row[name] for name in columns]).encode())
    return exported
