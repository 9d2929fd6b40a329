"""A real WordPress that another body takes over: nothing is attributed, and it is told once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import Archived

from .fixtures import require_packages
from .portal import WordPress
from .record import TIMEZONE

_OPENED = datetime(2025, 7, 5, 8, tzinfo=TIMEZONE)


@pytest.fixture
def portal() -> Iterator[WordPress]:
    """A WordPress of this test's own, of which nothing is left afterwards."""
    require_packages()
    with WordPress(60) as portal:
        yield portal


def test_what_stands_there_since_another_body_took_over_is_attributed_to_nobody(
    portal: WordPress, tmp_path: Path
) -> None:
    archived = Archived(tmp_path)
    archived.describe(portal.url, cms="wordpress")
    archived.crawl()
    before = {post.url for post in portal.posts}
    assert archived.urls() == before

    portal.replace("Trang thông tin điện tử xã Bản Mới")
    for number in range(1, 16):
        portal.add(
            f"Xã Bản Mới: tin số {number}",
            [f"Hội đồng nhân dân xã họp phiên thứ {number}.", "Các đại biểu thảo luận tại tổ."],
            _OPENED + timedelta(days=number),
        )
    summary = archived.crawl(code=1)

    assert summary["outcome"] == "another owner"
    assert "another body seems to have taken over" in summary["told"]
    rows = archived.rows(
        "SELECT url, attribution FROM attributions JOIN articles ON id = article_id"
    )
    assert {row["url"] for row in rows if row["attribution"] == "own"} == before
    others = {row["attribution"] for row in rows if row["url"] not in before}
    assert others <= {"unattributed"}
    assert archived.rows("SELECT url FROM urls WHERE state IN ('waiting', 'gone')") == []

    asked = len(portal.requests)
    assert archived.crawl(code=1)["outcome"] == "another owner"
    assert len(portal.requests) == asked
    assert archived.rows("SELECT count(*) AS n FROM problems WHERE kind = 'owner'") == [{"n": 1}]
