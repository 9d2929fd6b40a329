"""What axe-core finds wrong with the pages for those who use a keyboard or have them read aloud.

Every page of the reading room as a phone and a desk show it, in the light and in the dark: every
other page is in Vietnamese in the light and in English in the dark, the rest the other way about.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.browsers import chromium, lacking, served
from tests.every_page import PAGES, archive_of_every_page

SERIOUS = {"serious", "critical"}
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
VIEWS = [(width, colours) for width in (390, 1280) for colours in ("light", "dark")]
LANGUAGES = ("vi", "en")


def axe_core() -> str:
    """Return the script of axe-core; without it the test is skipped, but not in CI."""
    try:
        import axe_playwright_python
    except ImportError:
        lacking("no axe-core: pip install axe-playwright-python")
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    archive = archive_of_every_page(tmp_path_factory.mktemp("axe") / "archive.db")
    with served(archive) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.mark.long
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view[0]}-{view[1]}")
def test_axe_finds_nothing_serious_on_any_page(
    browser: Browser, address: str, view: tuple[int, Literal["light", "dark"]]
) -> None:
    width, colours = view
    contexts = [
        browser.new_context(
            locale=language,
            viewport={"width": width, "height": 900},
            color_scheme=colours,
            bypass_csp=True,  # axe-core is put into the page as a script
        )
        for language in LANGUAGES
    ]
    in_languages = [context.new_page() for context in contexts]
    axe = axe_core()
    found = []
    for number, path in enumerate(PAGES, start=colours == "dark"):
        page = in_languages[number % 2]
        page.goto(address + path)
        if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            found.append(f"{path}: wider than the screen")
        page.evaluate(axe)
        for fault in page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]:
            if fault["impact"] in SERIOUS:
                where = [node["target"][0] for node in fault["nodes"][:3]]
                found.append(f"{path}: {fault['id']}: {where}")
    for context in contexts:
        context.close()
    assert not found, "\n".join(found)
