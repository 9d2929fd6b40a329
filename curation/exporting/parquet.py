"""Articles as an Apache Parquet file, with types and lists."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from importlib import import_module
from itertools import islice
from typing import Any, BinaryIO

from archive.selection import BESIDE, Selected
from curation.exporting.output import Exported, ExportRefusedError, chosen, counted_articles
from curation.progress import Tell

_ROWS = 1000
"""Articles a row group, some 20 MB: all that is held in memory."""
_SEEN = ("first_seen_at", "last_seen_at", "revised_at")
"""Times of the archive's own, to the second and in UTC: as times they lose nothing."""


def write(
    selected: Selected, file: BinaryIO, tell: Tell, *, fields: Sequence[str] = ()
) -> Exported:
    """Write the articles that are selected, with these *fields*, or all.

    ``published_at`` stays as the archive has it; beside it stand ``published_day`` and, where the
    hour is known, ``published_utc``. Raises `ExportRefusedError` if pyarrow is missing, or a field
    is none of these.
    """
    arrow, parquet = _pyarrow()
    exported = Exported()
    schema = _schema(arrow, selected)
    schema = arrow.schema([schema.field(name) for name in chosen(fields, schema.names)])
    rows = (_typed(row) for row in counted_articles(selected, exported, tell))
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _groups(rows):
            writer.write_table(arrow.Table.from_pylist(group, schema=schema))
    return exported


def _pyarrow() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise ExportRefusedError(
            "Parquet needs pyarrow, which is not installed: pip install 'tinhuyen[parquet]'"
        ) from error


def _groups(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while group := list(islice(rows, _ROWS)):
        yield group


def _schema(arrow: Any, selected: Selected) -> Any:
    types = {"INTEGER": arrow.int64(), "TEXT": arrow.string()}
    time = arrow.timestamp("ms", tz="UTC")  # the format knows no seconds

    def fields(table: str) -> dict[str, Any]:
        return {name: types[kind] for name, kind in selected.columns(table).items()}

    columns = fields("articles") | dict.fromkeys(_SEEN, time)
    columns |= {"published_day": arrow.date32(), "published_utc": time}
    columns |= {"tags": arrow.list_(arrow.string())}
    columns |= {table: arrow.list_(arrow.struct(fields(table))) for table in BESIDE}
    return arrow.schema(columns)


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    published = row["published_at"]
    row |= {name: row[name] and datetime.fromisoformat(row[name]) for name in _SEEN}
    row["published_day"] = published and date.fromisoformat(published[:10])
    has_hour = published and len(published) > len("2021-05-28")
    row["published_utc"] = datetime.fromisoformat(published) if has_hour else None
    return row
