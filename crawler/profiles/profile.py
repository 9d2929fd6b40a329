"""A profile: where a site puts the parts of its articles. A frozen value, written as TOML.

::

    name = "huyen.example"
    pages = 11
    menu = ["Trang chủ", "Giới thiệu"]

    [[title]]
    selector = "p.Title"
    support = 8

A person may correct it: rules of a field are tried in order, the first that finds something wins.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from crawler.text.dates import VIET_NAM, parse_iso
from crawler.vocabulary import Field


class ProfileError(ValueError):
    """A profile that cannot be used; the message names the key."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a part of an article stands, and how sure that is."""

    selector: str
    """A CSS selector; the first element that it finds is taken, of `Profile.listed` all."""
    support: int = 0
    """Pages on which it held what the site itself says elsewhere, or what varies from page to page;
    0 for what a person wrote."""
    against: int = 0
    """Pages on which it held something else."""
    confirmed: bool = False
    """Whether a person has said that it is right: it stays when the site is learnt anew."""

    @property
    def is_a_persons(self) -> bool:
        """Whether a person wrote or confirmed it."""
        return self.confirmed or not (self.support or self.against)

    def told(self, pages: int) -> str:
        """Return it as evidence tells it: "p.Title, learnt, 8 of 9"."""
        if not pages or not (self.support or self.against):
            return self.selector
        how = "confirmed" if self.confirmed else "learnt"
        return f"{self.selector}, {how}, {self.support} of {self.support + self.against}"


Rules = tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How the pages of a site are read."""

    name: str
    """The site or the template that it fits."""
    pages: int = 0
    """From how many pages it was learnt; 0 if a person wrote it."""
    signs: tuple[str, ...] = ()
    """Selectors, any of which shows that a page is of this template; none: any page may be."""
    since: str | None = None
    """From when on the site's pages look so, ISO 8601, by the clock of Viet Nam unless it says
    otherwise; None if they always did."""
    families_first: bool = False
    """Whether a family that knows a page reads it rather than this profile."""
    provisional: bool = False
    """Whether what a crawl learns goes before it, since it will know more pages."""
    template: tuple[str, ...] = ()
    """Selectors of what nearly all pages of this template have; one with less than half of it is of
    another."""
    title: Rules = ()
    content: Rules = ()
    """What holds the text."""
    lead: Rules = ()
    published: Rules = ()
    category: Rules = ()
    author: Rules = ()
    files: Rules = ()
    """Links to files that stand outside the text."""
    listed: Rules = ()
    """Links to articles on a listing; all of these rules hold together. Against one stand the
    articles on which it finds links, too: one without shows that a page is a listing."""
    next_page: Rules = ()
    """The link to the next page of a listing."""
    other: Rules = ()
    """What shows that a page is no article, though it has a title and a text."""
    junk: tuple[str, ...] = ()
    """Selectors of what stands within the text and is none of it."""
    furniture: tuple[str, ...] = ()
    """Lines that stand in the text of many articles and are none of it: letters, # for numbers."""
    frame: tuple[str, ...] = ()
    """Long lines that stand on many pages of the site, likewise: what a page says beside them is
    its own."""
    menu: tuple[str, ...] = ()
    """What the site's menus name: a page that is called so is a section or static, no article."""
    articles: tuple[str, ...] = ()
    """Forms of address that only articles have, such as "/tin-tuc/~-#": ~ is any words, # a number,
    * a code."""
    listings: tuple[str, ...] = ()
    """Forms of address that only pages have that are no articles."""
    not_believed: tuple[str, ...] = ()
    """Days, or minutes, that so many pages tell that they are no article's: of a build, a move. ISO
    8601, as far as they are known."""
    dates_elsewhere: bool = True
    """Whether dates may be believed that `published` does not find, but the rules of any page."""

    @property
    def begins(self) -> datetime:
        """From when on the site's pages look so; the beginning of time if they always did."""
        moment = parse_iso(self.since) if self.since else None
        if moment is None:
            return datetime.min.replace(tzinfo=UTC)
        if isinstance(moment, datetime):
            return moment
        return datetime.combine(moment, time(), VIET_NAM)

    def rules_for(self, field: Field) -> Rules:
        """Return the rules by which a field is found."""
        rules: Rules = getattr(self, field)
        return rules

    def with_rules(self, rules: Mapping[Field, Rules]) -> "Profile":
        """Return the profile with other rules for some fields."""
        told: dict[str, Any] = {str(field): some for field, some in rules.items()}
        return replace(self, **told)

    @classmethod
    def from_toml(cls, text: str) -> "Profile":
        """Return the profile that a TOML document describes; raise ProfileError if it is none."""
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ProfileError(f"is no TOML: {error}") from error
        known = {field.name: field for field in fields(cls)}
        if unknown := data.keys() - known.keys():
            raise ProfileError(f"has unknown {_listed(unknown)}; known: {', '.join(known)}")
        if not isinstance(data.get("name"), str):
            raise ProfileError("lacks 'name', the site or the template that it fits")
        return cls(**{key: _value(key, value) for key, value in data.items()})

    def to_toml(self) -> str:
        """Return the profile as TOML, what is empty left out."""
        plain, tables = [], []
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in _FIELDS:
                tables += [_table(field.name, rule) for rule in value]
            elif value != field.default:
                plain.append(f"{field.name} = {_toml(value)}\n")
        return "".join(plain) + "".join(f"\n{table}" for table in tables)


_FIELDS = frozenset(Field)
_SELECTORS = frozenset(["signs", "template", "junk"])
_FLAGS = frozenset(["dates_elsewhere", "families_first", "provisional"])


def _table(name: str, rule: Rule) -> str:
    lines = [f"[[{name}]]", f"selector = {_toml(rule.selector)}"]
    lines += [f"support = {rule.support}"] if rule.support else []
    lines += [f"against = {rule.against}"] if rule.against else []
    lines += ["confirmed = true"] if rule.confirmed else []
    return "\n".join(lines) + "\n"


def _toml(value: str | int | bool | tuple[str, ...]) -> str:
    """Return a value as TOML writes it; its basic strings are those of JSON, but for U+007F."""
    if isinstance(value, tuple):
        lines = [f"    {_toml(one)},\n" for one in value]
        return f"[\n{''.join(lines)}]" if len(value) > 1 else f"[{''.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(key: str, value: Any) -> Any:
    """Return what a key of a profile says, checked."""
    if key in _FIELDS:
        if not isinstance(value, list):
            raise ProfileError(f"has {key!r} that is no [[{key}]]")
        return tuple(_rule(key, one) for one in value)
    if key == "name":
        return value
    if key == "pages":
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ProfileError("has 'pages' that is no number of pages")
        return value
    if key == "since":
        if not isinstance(value, str) or parse_iso(value) is None:
            raise ProfileError("has 'since' that is no day or time, such as \"2019-08-12\"")
        return value
    if key in _FLAGS:
        if not isinstance(value, bool):
            raise ProfileError(f"has {key!r} that is neither true nor false")
        return value
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ProfileError(f"has {key!r} that is no list of strings")
    if key in _SELECTORS:
        for selector in value:
            _check(key, selector)
    return tuple(value)


def _rule(key: str, table: Any) -> Rule:
    if not isinstance(table, dict) or not isinstance(table.get("selector"), str):
        raise ProfileError(f"has a [[{key}]] without 'selector'")
    if unknown := table.keys() - {"selector", "support", "against", "confirmed"}:
        raise ProfileError(f"has a [[{key}]] with unknown {_listed(unknown)}")
    _check(key, table["selector"])
    counts = {name: table.get(name, 0) for name in ("support", "against")}
    for name, count in counts.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise ProfileError(f"has a [[{key}]] whose {name!r} is no number of pages")
    confirmed = table.get("confirmed", False)
    if not isinstance(confirmed, bool):
        raise ProfileError(f"has a [[{key}]] whose 'confirmed' is neither true nor false")
    return Rule(table["selector"], **counts, confirmed=confirmed)


def is_selector(text: str) -> bool:
    """Whether a text is a CSS selector that pages can be searched by."""
    try:
        LexborHTMLParser("<p>").css(text)
    except Exception:
        return False
    return bool(text.strip())


def _check(key: str, selector: str) -> None:
    if not is_selector(selector):
        raise ProfileError(f"has in {key!r} no CSS selector: {selector!r}")


def _listed(names: set[str]) -> str:
    return ", ".join(map(repr, sorted(names)))
