"""Patterns that are compiled when they are first used."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module

import pytest

from crawler.text.patterns import lazily
from tests.test_layers import MODULES


def patterns() -> Iterator[tuple[str, object]]:
    """Yield all patterns of the project that wait to be used, by where they stand."""
    for module in MODULES:
        if module.partition(".")[0] in ("crawler", "pipelines", "archive"):
            for name, value in vars(import_module(module)).items():
                if type(value) is type(lazily("")):
                    yield f"{module}.{name}", value


def test_a_pattern_does_what_a_compiled_one_does() -> None:
    for kind in (re.compile, lazily):
        dated = kind(r"(?P<day>\d+)/(\d+)", re.IGNORECASE)
        assert [found["day"] for found in dated.finditer("1/2, 3/4")] == ["1", "3"]
        assert dated.sub("x", "1/2, 3/4", count=1) == "x, 3/4"
        assert (dated.groups, dict(dated.groupindex)) == (2, {"day": 1})
        assert dated.pattern == r"(?P<day>\d+)/(\d+)"
        assert dated.flags & re.IGNORECASE
        assert lazily(rb"\d").findall(b"a1") == [b"1"]


def test_a_pattern_is_compiled_once_and_not_before_it_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled: list[str] = []
    real = re.compile

    def noted(pattern: str, flags: int = 0) -> re.Pattern[str]:
        compiled.append(pattern)
        return real(pattern, flags)

    monkeypatch.setattr(re, "compile", noted)
    word = lazily(r"mot\w")
    assert (word.pattern, compiled) == (r"mot\w", [])
    assert word.match("mota")
    assert word.search("hai mota")
    assert compiled == [r"mot\w"]


def test_what_a_pattern_cannot_do_is_said() -> None:
    with pytest.raises(AttributeError, match="matched"):
        _ = lazily("x").matched  # type: ignore[attr-defined]
    with pytest.raises(re.error):
        lazily("(").match("x")


@pytest.mark.parametrize("module", MODULES)
def test_no_match_is_asked_which_object_its_pattern_is(module: str) -> None:
    """It is another one than that which stands in the module, if that is compiled when used."""
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Compare):
            for side in (node.left, *node.comparators):
                assert not (isinstance(side, ast.Attribute) and side.attr == "re"), node.lineno


def test_all_patterns_can_be_compiled() -> None:
    found = dict(patterns())
    assert len(found) > 100
    for place, pattern in found.items():
        assert isinstance(pattern.groups, int), place  # type: ignore[attr-defined]
