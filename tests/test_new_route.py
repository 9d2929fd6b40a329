"""A new route is a file, a member and its words: in a copy of the project nothing else is added."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archive import Archive
from crawler.vocabulary.words import LANGUAGES
from demo.portal import Portal
from tests.conftest import Serve, run
from tests.test_layers import PACKAGES

ROOT = Path(__file__).parents[1]
FILE = '''
"""A list of everything, a line each."""

import re
from collections.abc import Mapping
from urllib.parse import urljoin

from crawler.page import Found, RoutePage


def start_urls(base_url: str) -> list[str]:
    """Return where the list is."""
    return [urljoin(base_url, "wp-sitemap-posts-post-1.xml")]


def read(body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
    """Read the list."""
    found = [Found(address.decode()) for address in re.findall(rb"<loc>(.*?)</loc>", body)]
    return RoutePage(found) if found else None
'''
CALLED = """
from crawler.vocabulary import Discovery
from crawler.vocabulary.words import both
print(tuple(both(Discovery.ATOLL)))
"""
WORDS = {"vi": "danh sách toàn bộ", "en": "a list of everything"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy the project, and add the route ``atoll``, which asks least of all."""
    copy = tmp_path / "project"
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    (copy / "crawler/routes/atoll.py").write_text(FILE, encoding="utf-8")
    sets = copy / "crawler/vocabulary/__init__.py"
    text = sets.read_text("utf-8")
    member = '    REST = "rest"\n    SITEMAP = "sitemap"\n'
    assert text.count(member) == 1
    sets.write_text(text.replace(member, f'    ATOLL = "atoll"\n{member}'), encoding="utf-8")
    for language in LANGUAGES:
        file = copy / f"crawler/vocabulary/catalogues/{language}/LC_MESSAGES/vocabulary.po"
        message = f'\nmsgctxt "Discovery"\nmsgid "atoll"\nmsgstr "{WORDS[language]}"\n'
        file.write_text(file.read_text("utf-8") + message, encoding="utf-8")
    return copy


def test_a_new_route_is_a_file_a_member_and_its_words(serve: Serve, project: Path) -> None:
    archived = serve(Portal.embedded())
    Archive.open(archived.db, create=True).close()  # an archive that knew nothing of the route
    done = run(
        "crawl", "test", "--db", archived.db, "--json",
        cwd=project,
        PYTHONPATH=str(project),
        TINHUYEN_SITES=str(archived.folder / "sites"),
    )  # fmt: skip
    assert done.code == 0, done.out + done.err
    assert done.json()[0]["new"] > 0
    assert archived.rows("SELECT route, state FROM routes") == [{"route": "atoll", "state": "open"}]
    found = archived.rows("SELECT found_by, count(*) AS n FROM urls GROUP BY found_by")
    assert {row["found_by"]: row["n"] for row in found}["atoll"] > 0
    told = subprocess.run(
        [sys.executable, "-c", CALLED], cwd=project, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == str(tuple(WORDS.values()))
