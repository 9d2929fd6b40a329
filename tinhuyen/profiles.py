"""Profiles of sites, written beside the operator's sites; what a person wrote there stays."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from crawler.profiles.profile import Profile, ProfileError, Rule, Rules
from crawler.vocabulary import Field
from tinhuyen.errors import Refused

_TABLE = re.compile(r"^\s*\[\[\s*(\w+)\s*\]\]")


def written_profile(file: Path) -> Profile | None:
    """Return the profile that a file holds, None if there is no such file. Raises `Refused`."""
    return required_profile(file) if file.exists() else None


def required_profile(file: Path) -> Profile:
    """Return the profile that a file holds. Raises `Refused`."""
    try:
        return Profile.from_toml(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or error
        raise Refused(f"{file}: cannot be read: {told}") from error
    except ProfileError as error:
        raise Refused(f"{file}: {error}") from error


def merged(text: str, profile: Profile) -> str:
    """Return the TOML of a profile that was learnt, with what stands in *text*: a person's rules
    before the learnt ones, all that is listed or said once, comments. Only rules that were learnt
    before make room for what is learnt now.

    Raises `Refused` if that cannot be done.
    """
    before = Profile.from_toml(text)
    head, blocks = _parted(text)
    try:
        document = tomlkit.parse(head)
        said = {name: getattr(before, name) for name in _SAID_ONCE if name in document}
        wanted = replace(_together(before, profile), **said)
        for name, value in _plain(wanted).items():
            if document.get(name) != value:
                document[name] = _listed(value) if isinstance(value, list) else value
        if not wanted.provisional:
            document.pop("provisional", None)
    except TOMLKitError as error:
        raise Refused(f"cannot be kept as it is: {error}") from error
    written = tomlkit.dumps(document).rstrip("\n") + "\n"
    for field in Field:
        own = [block for block in blocks if block.field == field]
        kept = {block.rule.selector: block.text for block in own if block.rule.is_a_persons}
        orphans = [block.comment for block in own if not block.rule.is_a_persons]
        rules = wanted.rules_for(field)
        pieces = [kept.get(rule.selector) or _table(field, rule) for rule in rules]
        first = next((n for n, rule in enumerate(rules) if rule.selector not in kept), 0)
        pieces[first : first + 1] = ["".join((*orphans, *pieces[first : first + 1]))]
        written += "".join(f"\n{piece.strip()}\n" for piece in pieces if piece.strip())
    if Profile.from_toml(written) != wanted:
        raise Refused("cannot be merged with what is learnt; write it elsewhere with --output")
    return written


@dataclass(frozen=True, slots=True)
class _Block:
    """A table of a rule in a file, with the comment above it."""

    field: str
    comment: str
    text: str
    rule: Rule


def _parted(text: str) -> tuple[str, list[_Block]]:
    """Return what stands before the rules of a profile, and the rules."""
    pieces: list[list[str]] = [[]]
    for line in text.splitlines(keepends=True):
        if _TABLE.match(line):
            above = pieces[-1]
            at = len(above)
            while at and above[at - 1].lstrip().startswith("#"):
                at -= 1
            pieces[-1], comment = above[:at], above[at:]
            pieces.append(comment)
        pieces[-1].append(line)
    return "".join(pieces[0]), list(_blocks(pieces[1:]))


def _blocks(pieces: list[list[str]]) -> Iterator[_Block]:
    for lines in pieces:
        whole = "".join(lines)
        at = next(n for n, line in enumerate(lines) if _TABLE.match(line))
        match = _TABLE.match(lines[at])
        assert match
        (rule,) = Profile.from_toml(f'name = ""\n{whole}').rules_for(Field(match[1]))
        yield _Block(match[1], "".join(lines[:at]), whole, rule)


def _together(before: Profile, now: Profile) -> Profile:
    """Return a profile as it is learnt now, with what a person wrote before."""
    rules: dict[Field, Rules] = {}
    for field in Field:
        own = {one.selector: one for one in before.rules_for(field) if one.is_a_persons}
        told = [one for one in now.rules_for(field) if one.is_a_persons]
        learnt = [one for one in now.rules_for(field) if not one.is_a_persons]
        every = {one.selector: one for one in (*told, *own.values(), *learnt)}
        rules[field] = tuple((every | own).values())
    lists: dict[str, Any] = {
        name: tuple(dict.fromkeys((*getattr(before, name), *getattr(now, name)))) for name in _LISTS
    }
    # What a person says of a form of address goes before what is learnt of it.
    lists["articles"] = tuple(
        f for f in lists["articles"] if f in before.articles or f not in before.listings
    )
    lists["listings"] = tuple(
        f for f in lists["listings"] if f in before.listings or f not in before.articles
    )
    lists["template"] = now.template or before.template
    return replace(now.with_rules(rules), **lists)


_LISTS = (
    "signs", "junk", "furniture", "frame", "menu", "articles", "listings", "not_believed"
)  # fmt: skip
_SAID_ONCE = ("name", "since", "families_first", "dates_elsewhere")


def _plain(profile: Profile) -> dict[str, Any]:
    """Return what a profile says beside its rules, as TOML has it."""
    bare = profile.with_rules(dict.fromkeys(Field, ()))
    return tomlkit.parse(bare.to_toml()).unwrap()


def _table(field: Field, rule: Rule) -> str:
    return Profile(name="").with_rules({field: (rule,)}).to_toml().partition("\n\n")[2]


def _listed(values: list[str]) -> tomlkit.items.Array:
    array = tomlkit.array()
    array.extend(values)
    return array.multiline(len(values) > 1)
