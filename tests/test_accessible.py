"""What axe-core finds wrong with the pages for those who use a keyboard or have them read aloud.

Every page of the reading room: every other one as a phone shows it in the dark in English, the rest
as a desk in the light in Vietnamese. `PAGES` has most kinds of pages twice.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browsers import chromium, lacking, served
from tests.every_page import PAGES, archive_of_every_page

SERIOUS = {"serious", "critical"}
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
VIEWS = {"phone": ("en", "dark", 390), "desk": ("vi", "light", 1280)}


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
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_serious_on_any_page(browser: Browser, address: str, view: str) -> None:
    language, colours, width = VIEWS[view]
    context = browser.new_context(
        locale=language,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if colours == "dark" else "light",
        bypass_csp=True,  # axe-core is put into the page as a script
    )
    page = context.new_page()
    axe = axe_core()
    found = []
    for path in [*PAGES][[*VIEWS].index(view) :: len(VIEWS)]:
        page.goto(address + path)
        if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            found.append(f"{path}: wider than the screen")
        page.evaluate(axe)
        for fault in page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]:
            if fault["impact"] in SERIOUS:
                where = [node["target"][0] for node in fault["nodes"][:3]]
                found.append(f"{path}: {fault['id']}: {where}")
    context.close()
    assert not found, "\n".join(found)
