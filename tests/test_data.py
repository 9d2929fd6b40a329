"""The examples of docs/data.md do what the page says, on the tests' archive."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import run
from tests.room_sample import build_archive, with_originals
from tests.test_room_public import Served, served

PAGE = (Path(__file__).parents[1] / "docs" / "data.md").read_text("utf-8")
LINES = [
    line
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]
ASKING = [line for line in LINES if line.startswith("curl ")]
EXPORTING = [line for line in LINES if line.startswith("tinhuyen ")]
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive, and with what the page's commands export."""
    folder = tmp_path_factory.mktemp("data")
    with_originals(build_archive(folder / "archive.db"))
    return folder


@pytest.fixture(scope="module")
def room(folder: Path) -> Iterator[Served]:
    with served(folder / "archive.db") as room:
        yield room


def test_every_line_of_a_console_is_run_by_a_test() -> None:
    assert (len(ASKING), len(EXPORTING)) == (8, 3)
    assert len(ASKING) + len(EXPORTING) == len(LINES)
    assert len(PROGRAMS) == 5


@pytest.mark.parametrize("number", range(len(ASKING)))
def test_what_curl_asks_is_answered(number: int, room: Served) -> None:
    if not shutil.which("curl"):
        pytest.skip("no curl on the PATH")
    words = shlex.split(ASKING[number].replace("http://127.0.0.1:8001", room.url))
    done = subprocess.run([*words, "--fail"], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    told = done.stdout.decode()
    assert re.search(r'chodon|title|"changed":', told), told


@pytest.fixture(scope="module")
def exported(folder: Path) -> Path:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    for line in EXPORTING:
        done = run(*shlex.split(line)[1:], cwd=folder)
        assert (done.code, done.err) == (0, ""), line
    return folder


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_a_program_finds_something(
    number: int, exported: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in re.findall(r"^import (duckdb|pandas)", PROGRAMS[number], re.MULTILINE):
        pytest.importorskip(name, reason=f"{name} is not installed")
    monkeypatch.chdir(exported)
    names: dict[str, Any] = {}
    exec(PROGRAMS[number], names)
    told = capsys.readouterr().out
    assert re.search(r"chodon|NĐ-CP|Khởi công", told), told
