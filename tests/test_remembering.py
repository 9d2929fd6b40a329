"""Answers that are kept: few, of short texts, and none that makes another of what is read later."""

import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from crawler.page import Page
from crawler.readers import CMS, read_page
from crawler.readers.page.document import Document
from crawler.text import remembering
from crawler.text.remembering import remembered

ROOT = Path(__file__).parents[1]
FIXTURES = sorted(Path(__file__).with_name("fixtures").glob("*/*.html"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have two answers be kept at most, of ten characters; returns of what was asked."""
    monkeypatch.setattr(remembering, "_MOST", 2)
    monkeypatch.setattr(remembering, "_LONGEST", 10)
    return []


def asking(asked: list[str], *texts: str) -> list[int]:
    @remembered
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    return [length(text) for text in texts]


def test_a_short_text_is_asked_of_once(asked: list[str]) -> None:
    assert asking(asked, "Bài trước", "Bài sau", "Bài trước") == [9, 7, 9]
    assert asked == ["Bài trước", "Bài sau"]


def test_a_long_text_is_not_kept(asked: list[str]) -> None:
    assert asking(asked, "Bài tiếp theo", "Bài tiếp theo") == [13, 13]
    assert asked == ["Bài tiếp theo"] * 2


def test_what_was_not_asked_for_a_while_is_not_kept(asked: list[str]) -> None:
    asking(asked, *"abca")
    assert asked == [*"abca"]


def test_no_page_is_read_otherwise_because_of_those_that_were_read_before() -> None:
    first = read_afresh("FIXTURES")
    assert len(first) == len(FIXTURES)
    assert read_afresh("FIXTURES[::-1]")[::-1] == first


def read_afresh(pages: str) -> list[str]:
    """Return what is read of some pages, in their order, by a process that has read none before."""
    program = f"from {__name__} import *\nfor path in {pages}: print(repr(read(path)))"
    command = [sys.executable, "-c", program]
    env = os.environ | {"PYTHONHASHSEED": "0"}  # by which sets are shown
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def read(path: Path) -> Page:
    family = path.parent.name
    url = "https://huyen.example/tin/trong-rung.html"
    return read_page(path.read_bytes(), url, cms=family if family in CMS else None)


@pytest.mark.parametrize("family", list(CMS))
def test_no_page_is_held_when_it_is_read(family: str) -> None:
    kept = []
    gc.disable()  # which would free what only holds itself, but late
    try:
        for path in sorted((FIXTURES[0].parents[1] / family).glob("*.html")):
            document = Document(path.read_bytes(), "https://huyen.example/tin/trong-rung.html")
            CMS[family].read(document)
            kept.append(weakref.ref(document))
            del document
    finally:
        gc.enable()
    assert kept
    assert [page for page in kept if page() is not None] == []
