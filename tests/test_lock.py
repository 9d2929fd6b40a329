"""What is deployed is written down to the byte: ``requirements.lock`` is that of pyproject.toml."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.audit import LOCK, verdict

ROOT = Path(__file__).parents[1]
STALE = "requirements.lock is not that of pyproject.toml any more; write it anew: make lock"
DEPLOYED = ("parquet", "s3")
"""The extras that are deployed, too."""
_PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^ ;]+)(?: ; (?P<marker>.+?))? \\\n")


def pins() -> dict[str, Version]:
    """Return the versions by the names of packages."""
    found = _PIN.finditer(LOCK.read_text("utf-8"))
    return {canonicalize_name(pin["name"]): Version(pin["version"]) for pin in found}


def wanted() -> Iterator[Requirement]:
    """Yield what pyproject.toml asks for."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    told = project["project"]
    yield from map(Requirement, told["dependencies"])
    for extra in DEPLOYED:
        yield from map(Requirement, told["optional-dependencies"][extra])


def test_all_that_is_asked_for_is_pinned_to_a_version_that_will_do() -> None:
    pinned = pins()
    for requirement in wanted():
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name}: {STALE}"
        assert requirement.specifier.contains(version), f"{requirement}, {version}: {STALE}"


def test_nothing_is_pinned_that_nobody_asks_for() -> None:
    """What each is there for stands below it."""
    text = LOCK.read_text("utf-8")
    direct = {canonicalize_name(requirement.name) for requirement in wanted()}
    made = (ROOT / "Makefile").read_text("utf-8")
    assert all(f"--extra {extra} " in made for extra in DEPLOYED)
    for block in re.split(r"\n(?=\w)", text.strip()):
        name = canonicalize_name(block.partition("==")[0])
        for_ours = "tinhuyen (pyproject.toml)" in block
        assert for_ours == (name in direct), f"{name}: {STALE}"


def test_each_is_pinned_by_its_bytes_and_no_host_is_named() -> None:
    text = LOCK.read_text("utf-8")
    blocks = re.split(r"\n(?=\w)", text.strip())
    assert {canonicalize_name(block.partition("==")[0]) for block in blocks} == pins().keys()
    assert len(blocks) > 30
    for block in blocks:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block.splitlines()[0]
    assert "://" not in text
    assert "index-url" not in text


SOUND = {"name": "scrapy", "version": "2.19.0", "vulns": []}
UNKNOWN = {"name": "lxml", "skip_reason": "not found"}
FLAW = {"id": "PYSEC-1", "fix_versions": ["5.4"]}


@pytest.mark.parametrize(
    ("dependencies", "code", "told"),
    [
        ([SOUND], 0, "audit: nothing is known of 1 packages"),
        ([SOUND, UNKNOWN], 0, "audit: nothing known of 1 packages; 1 are not known to the service"),
        ([UNKNOWN], 0, "audit: NOT RUN: the service knows none of 1 packages"),
        ([SOUND | {"vulns": [FLAW]}], 1, "scrapy 2.19.0: PYSEC-1, mended in 5.4"),
    ],
)
def test_what_an_audit_did_not_look_at_is_said(
    dependencies: list[dict[str, Any]], code: int, told: str
) -> None:
    said, ended = verdict(json.dumps({"dependencies": dependencies}))
    assert ended == code
    assert told in said
    assert verdict("")[0].startswith("audit: NOT RUN")
