"""The queries of docs/queries.md, with what comes out of the tests' archive.

``python -m tests.cookbook`` writes the answers into the page; read them before you commit them.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from reading_room import reading_room
from tests.room_sample import build_archive, with_originals

PAGE = Path(__file__).parents[1] / "docs" / "queries.md"
RECIPE = re.compile(r"```sql\n(?P<sql>.*?)```\n(?:\n```text\n(?P<answer>.*?)```\n)?", re.DOTALL)
WIDEST = 60
"""Characters of a cell that are shown."""


@contextmanager
def kitchen() -> Iterator[sqlite3.Connection]:
    """Open the tests' archive as the reading room does."""
    with TemporaryDirectory() as folder:
        path = with_originals(build_archive(Path(folder) / "archive.db"))
        room = reading_room(path)
        with closing(room.get_database("archive").connect()) as connection:
            room._prepare_connection(connection, "archive")
            yield connection


def answered(connection: sqlite3.Connection, sql: str) -> str:
    """Return what comes out of a query, as columns of text."""
    cursor = connection.execute(sql)
    lines = [[column[0] for column in cursor.description]]
    lines += [[_shown(value) for value in row] for row in cursor]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    return "".join(
        "  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )


def _shown(value: object) -> str:
    text = "NULL" if value is None else str(value).replace("\n", " ")
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def main() -> None:
    """Write the answers anew."""
    with kitchen() as connection:
        text = RECIPE.sub(
            lambda found: (
                f"```sql\n{found['sql']}```\n\n```text\n{answered(connection, found['sql'])}```\n"
            ),
            PAGE.read_text("utf-8"),
        )
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
