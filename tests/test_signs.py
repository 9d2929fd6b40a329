"""What speaks for it that pages are badly read is said of how they read now."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_archive import KEY, Held, a_visit


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    held = Held(tmp_path / "archive.db")
    yield held
    held.close()


def test_signs_are_looked_for_when_what_was_received_was_read_again(held: Held) -> None:
    held.record(a_visit("bai/"))
    held.db.execute("INSERT INTO signs VALUES (?, 'one title', 39, 91, '2026-01-01')", [KEY])
    assert held.rows("SELECT sign FROM signs") != []
    held.archive.lessons.applied(KEY)
    assert held.rows("SELECT * FROM signs WHERE sign = 'one title'") == []
