"""No CSV of ours is run by a spreadsheet, and each says that it is UTF-8."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from crawler.text.cells import exact_line, harmless, line
from tests.room_sample import build_archive, opened

FORMULA = "=HYPERLINK(\"https://evil.example/\"; 'Bấm')"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert harmless(f"{start}1+1") == f"'{start}1+1"
    assert harmless(f"a{start}1") == f"a{start}1"


@pytest.mark.parametrize("value", [-1, -1.5, None, "", b"=1", True, "-1", "-1.5", "-2e-05", "1+1"])
def test_what_is_no_formula_is_left_alone(value: object) -> None:
    assert harmless(value) is value


@pytest.mark.parametrize("text", ["-1+1", "--1", "-1,5-A1", "+84", "-", "-1\n=2"])
def test_what_only_begins_as_a_number_is_not(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_a_line_is_read_back_as_it_was() -> None:
    cells = ["a,b", 'nói "thế"', "dòng\nmới", "a\0b", -5, None]
    (read,) = csv.reader(io.StringIO(line(cells), newline=""), strict=True)
    assert read == ["a,b", 'nói "thế"', "dòng\nmới", "a\ufffdb", "-5", ""]
    assert exact_line(["=1"]) == "=1\r\n"


def read_as_a_table(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return [*csv.reader(io.StringIO(text[1:], newline=""), strict=True)]


async def test_all_csv_of_the_room_is_safe_and_marked(tmp_path: Path) -> None:
    article: dict[str, Any] = {
        "url": "https://chodon.example/cong-thuc/", "title": FORMULA, "lead": "+84 209",
        "body": "@mọi người", "author": "-ai", "category": "=1+1", "published_at": "2024-01-10",
    }  # fmt: skip
    paths = (
        "/archive/articles.csv?_size=max",
        "/archive/articles.csv?_stream=on&_labels=on",
        "/archive/articles.csv?_header=off",
        "/archive.csv?sql=select+title+as+[@x],-1+as+n,'-2'+as+m+from+articles",
        "/archive/changed_lately.csv",
        "/search.csv?q=moi+nguoi",
    )
    async with opened(build_archive(tmp_path / "archive.db", [article])) as room:
        tables = {path: await room.client.get(path) for path in paths}
    for path, answer in tables.items():
        assert answer.status_code == 200, path
        lines = read_as_a_table(answer.text)
        if "changed_lately" not in path:
            assert any(f"'{FORMULA}" in cells for cells in lines), path
        for cells in lines:
            assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))], path
    asked = read_as_a_table(tables[paths[3]].text)
    assert asked == [["'@x", "n", "m"], [f"'{FORMULA}", "-1", "-2"]]
