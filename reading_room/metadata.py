"""``metadata.yaml``, which says what every table, column and canned query is, in both languages."""

from functools import cache
from pathlib import Path
from typing import Any

from datasette.utils import parse_metadata

_FILE = Path(__file__).with_suffix(".yaml")


@cache
def metadata() -> dict[str, Any]:
    """Return what the file says: not to be written into."""
    told: dict[str, Any] = parse_metadata(_FILE.read_text(encoding="utf-8"))
    return told
