"""Values: what is read, asked for and received never changes; who changes one makes another."""

import pickle
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest

from crawler import exchange, page, visit
from crawler.page import Evidence, Page
from crawler.readers.body.fragment import Fragment
from crawler.readers.finding.findings import Findings
from crawler.readers.page.evidence import Read, evidence, value_of
from crawler.vocabulary import PageKind

VALUES = [
    value
    for module in (page, visit, exchange)
    for value in vars(module).values()
    if isinstance(value, type) and is_dataclass(value) and value.__module__ == module.__name__
]


def test_the_values_are_found() -> None:
    names = {"Article", "Page", "RoutePage", "Visit", "Capture", "Exchange", "Origin", "Block"}
    assert names <= {value.__name__ for value in VALUES}


@pytest.mark.parametrize("value", [*VALUES, Fragment, Findings, Read])
def test_a_value_is_frozen_and_so_is_what_it_holds(value: type) -> None:
    parameters: Any = value.__dataclass_params__  # type: ignore[attr-defined]
    assert parameters.frozen
    assert {field.name for field in fields(value)} == set(value.__slots__)  # type: ignore
    held = {part for hint in get_type_hints(value).values() for part in (hint, *get_args(hint))}
    assert not {getattr(part, "__origin__", part) for part in held} & {list, dict, set}


def test_evidence_is_read_only_and_can_be_sent_to_another_process() -> None:
    seen = Page(PageKind.OTHER, evidence=Evidence({"title": "h1"}))
    with pytest.raises(TypeError):
        seen.evidence["title"] = "h2"  # type: ignore[index]
    more = seen.evidence | {"lead": "p"}
    assert (dict(seen.evidence), dict(more)) == ({"title": "h1"}, {"title": "h1", "lead": "p"})
    assert pickle.loads(pickle.dumps(seen)) == seen
    assert hash(seen) == hash(Page(PageKind.OTHER, evidence=Evidence({"title": "h1"})))


def test_evidence_is_collected_from_what_was_read() -> None:
    assert dict(evidence(title=Read("A", "h1"), lead=None)) == {"title": "h1"}
    assert (value_of(Read("A", "h1")), value_of(None)) == ("A", None)
