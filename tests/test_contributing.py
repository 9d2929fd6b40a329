"""CONTRIBUTING.md: what it names is there, and its worked examples work."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crawler.sites import all_sites

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
TABLE = TEXT.partition("## To change this, go there")[2].partition("\n## ")[0]
CHANGES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TABLE.splitlines()
    if line.startswith("| ")
][1:]
PATH = re.compile(r"`([\w.-]+/[\w./-]*|[\w-]+\.(?:py|md|yaml))`")
EXAMPLE = TEXT.partition("## A new family")[2].partition("\n## ")[0]
DISTRICT = TEXT.partition("## A new district")[2].partition("\n## ")[0]
FILE = re.compile(r"`([\w/]+\.(?:html|py))`[^`]*?:\n\n```\w+\n(.*?)```", re.DOTALL)


def blocks(language: str, text: str = EXAMPLE) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_table_is_read() -> None:
    assert len(CHANGES) >= 20


@pytest.mark.parametrize(("change", "place"), [(row[0], row[1]) for row in CHANGES])
def test_a_change_has_one_place_and_it_is_there(change: str, place: str) -> None:
    (path,) = PATH.findall(place)
    assert (ROOT / path).exists(), change


ELSEWHERE = {"captures/", "__init__.py"}
"""What a crawl makes, and what stands in every folder."""


@pytest.mark.parametrize(
    "path", sorted({path for path in PATH.findall(TEXT) if "/sen" not in path} - ELSEWHERE)
)
def test_what_is_named_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_a_district_is_added_as_told(tmp_path: Path) -> None:
    (table,) = blocks("toml", DISTRICT)
    (tmp_path / "tinh.toml").write_text(table, encoding="utf-8")
    (site,) = all_sites(tmp_path).values()
    assert (site.key, site.name) == ("mau", "Huyện Mẫu")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, in which the worked example was followed up to its commands."""
    copy = tmp_path_factory.mktemp("contributing") / "project"
    for name in ("crawler", "pipelines", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    files = dict(FILE.findall(EXAMPLE))
    assert len(files) == 4, files.keys()
    for path, content in files.items():
        (copy / path).parent.mkdir(exist_ok=True)
        (copy / path).write_text(content, encoding="utf-8")
    (diff,) = blocks("diff")
    before, after = (
        "".join(f"{line[1:]}\n" for line in diff.splitlines() if line.startswith(sign))
        for sign in "-+"
    )
    readers = copy / "crawler/readers/__init__.py"
    source = readers.read_text("utf-8")
    assert source.count(before) == 1
    imported = source.replace("    nukeviet,\n", "    nukeviet,\n    sen,\n", 1)
    assert imported != source
    readers.write_text(imported.replace(before, after), encoding="utf-8")
    return copy


def commanded(project: Path, line: str) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(line)
    assert program == "python"
    return subprocess.run(
        [sys.executable, *arguments, *(["-p", "no:cacheprovider"] if "pytest" in line else [])],
        cwd=project, capture_output=True, text=True, timeout=300, check=False,
        env={"PYTHONPATH": str(project), "PATH": ""},
    )  # fmt: skip


def test_a_family_is_written_as_told(project: Path) -> None:
    (commands,) = blocks("console")
    *writes, tests = commands.strip().splitlines()
    for line in writes:
        done = commanded(project, line)
        assert done.returncode == 0, done.stderr
    pages: dict[str, Any] = {
        name: json.loads((project / f"tests/fixtures/sen/{name}.json").read_text("utf-8"))["page"]
        for name in ("article", "listing", "contact")
    }
    assert {page["cms"] for page in pages.values()} == {"sen"}
    assert [page["kind"] for page in pages.values()] == ["article", "listing", "other"]
    article = pages["article"]["article"]
    assert article["title"] == "Xã Bản Mẫu khánh thành cầu mới"
    assert article["published_at"] == "2021-06-14T08:30:00+07:00"
    assert len(article["blocks"]) == 2
    neighbours = pages["article"]["prev_url"], pages["article"]["next_url"]
    assert [url.rpartition("-")[2] for url in neighbours] == ["118.html", "120.html"]
    assert len(pages["listing"]["links"]) == 2
    done = commanded(project, tests)
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed", done.stdout)
