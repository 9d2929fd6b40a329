"""Of a real WordPress every picture is held as large as the portal has it, with its caption, and
every file, however its editors had them shown.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Archived, run
from tests.room_sample import opened

from .fixtures import require_packages
from .portal import Faults, WordPress
from .shown import Exhibition, counted

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def portal() -> Iterator[WordPress]:
    """A small WordPress of these tests' own, for they add to it."""
    require_packages()
    with WordPress(12) as portal:
        yield portal


@pytest.fixture(scope="module")
def exhibition(portal: WordPress) -> Exhibition:
    return Exhibition(portal)


async def given_of(archived: Archived) -> dict[str, Any]:
    """Return what the reading room tells programs of each article, by address."""
    given = {}
    async with opened(archived.db) as room:
        for row in archived.rows("SELECT code, url FROM articles"):
            given[row["url"]] = (await room.client.get(f"/a/{row['code']}.json")).json()
    return given


@pytest.mark.parametrize(
    ("theme", "faults", "captions"),
    [
        # A theme with a template for them tells the captions of pictures on their pages.
        ("twentytwentyone", Faults(), 108),
        ("twentytwentythree", Faults(), 100),
        ("twentytwentyone", Faults(attachment_pages=False), 100),
    ],
)
async def test_every_picture_is_held_whole_with_its_caption(
    portal: WordPress,
    exhibition: Exhibition,
    tmp_path: Path,
    theme: str,
    faults: Faults,
    captions: int,
) -> None:
    archived = Archived(tmp_path)
    archived.describe(portal.url, cms="wordpress")
    before = len(portal.requests)
    with portal.theme(theme), portal.misbehaving(faults):
        archived.crawl("--media", code=None)
    by_pages = theme == "twentytwentyone" and faults.attachment_pages
    shown = exhibition.shown(await given_of(archived), by_pages=by_pages)
    there, missed = counted(shown)
    assert not missed
    assert there == {"pictures": 114, "captions": captions, "files": 12}

    asked = [target for target in portal.requests[before:] if "attachment_id" in target]
    assert asked
    assert len(asked) == len({*asked}), "each page is asked for once"
    articles = {row["url"] for row in archived.rows("SELECT url FROM articles")}
    assert articles == {post.url for post in portal.posts}, "no page of a picture is an article"
    done = run("verify", "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
    assert done.code == 0, done.out + done.err
