"""What tells of a release: for people, for citation managers, for catalogues of data.

Each description is a pure function of the release, so that the same one gives the same bytes.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from curation.exporting.warc import SOFTWARE
from curation.release.signing import NAMESPACE

_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class About:
    """What a release says of itself that no archive knows."""

    title: str | None = None
    creators: tuple[str, ...] = (SOFTWARE,)
    license: str | None = None
    """The address of the terms under which it is given."""
    doi: str | None = None
    url: str | None = None
    """Where it is to be had."""
    is_signed: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a release."""

    name: str
    path: str
    title: str
    format: str
    mediatype: str
    bytes: int
    sha256: str
    fields: tuple[tuple[str, str], ...] = ()
    """Of a table: its columns with their types, as "Frictionless Table Schema" calls them."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release: what is in it, and what is known of it."""

    about: About
    at: str
    """When the newest capture was made; UTC, as the archive writes it."""
    sites: tuple[dict[str, Any], ...]
    """Of each portal ``key``, ``name``, ``province``, ``base_url``, ``articles``, ``oldest``,
    ``newest``."""
    counts: dict[str, int] = field(default_factory=dict)
    marked: tuple[tuple[str, str], ...] = ()
    """The codes of the articles that are shown with a mark, each with the reason."""
    left_out: tuple[str, ...] = ()
    """What could not be read, and is not in it."""

    @property
    def day(self) -> date:
        """The day of which it is."""
        return date.fromisoformat(self.at[:10])

    @property
    def title(self) -> str:
        """Its title."""
        return self.about.title or f"{SOFTWARE}: tin tức cổng thông tin điện tử cấp huyện"

    @property
    def description(self) -> str:
        """What it is, in a paragraph."""
        whose = f"{len(self.sites)} district portals of Viet Nam"
        if len(self.sites) == 1:
            whose = self.sites[0]["name"]
        return (
            f"{self.counts['articles']} news articles of {whose}, with the pages as they were "
            f"received ({self.counts['captures']} captures), as of {self.day}."
        )

    @property
    def days(self) -> tuple[str | None, str | None]:
        """The first and the last day on which an article was published."""
        oldest = [site["oldest"][:10] for site in self.sites if site["oldest"]]
        newest = [site["newest"][:10] for site in self.sites if site["newest"]]
        return min(oldest, default=None), max(newest, default=None)


def datapackage(release: Release, parts: Iterable[Part]) -> bytes:
    """Return ``datapackage.json``: "Data Package" of the Frictionless standards, version 1."""
    about = release.about
    package = _without_none(
        {
            "profile": "data-package",
            "name": f"tinhuyen-{release.day}",
            "id": about.doi and f"https://doi.org/{about.doi}",
            "title": release.title,
            "description": release.description,
            "homepage": about.url,
            "version": str(release.day),
            "created": release.at,
            "contributors": [{"title": name, "role": "author"} for name in about.creators],
            "sources": [
                {"title": site["name"], "path": site["base_url"]} for site in release.sites
            ],
            "licenses": [{"path": about.license}] if about.license else None,
            "resources": [_resource(part) for part in parts],
        }
    )
    return _json(package)


def _resource(part: Part) -> dict[str, Any]:
    resource = {
        "name": part.name,
        "path": part.path,
        "title": part.title,
        "format": part.format,
        "mediatype": part.mediatype,
        "bytes": part.bytes,
        "hash": f"sha256:{part.sha256}",
    }
    if part.fields:
        fields = [{"name": name, "type": kind} for name, kind in part.fields]
        resource["schema"] = {"fields": fields}
    return resource


def dataset(release: Release, parts: Iterable[Part]) -> bytes:
    """Return ``dataset.jsonld``: a "Dataset" of schema.org, as search engines for data read it."""
    about = release.about
    oldest, newest = release.days
    return _json(
        _without_none(
            {
                "@context": "https://schema.org/",
                "@type": "Dataset",
                "name": release.title,
                "description": release.description,
                "version": str(release.day),
                "datePublished": str(release.day),
                "temporalCoverage": f"{oldest}/{newest}" if oldest else None,
                "spatialCoverage": [
                    {"@type": "Place", "name": ", ".join(filter(None, place))}
                    for place in ((site["name"], site["province"]) for site in release.sites)
                ],
                "inLanguage": "vi",
                "isAccessibleForFree": True,
                "creator": [{"@type": "Organization", "name": name} for name in about.creators],
                "license": about.license,
                "identifier": about.doi and f"https://doi.org/{about.doi}",
                "url": about.url,
                "distribution": [
                    {
                        "@type": "DataDownload",
                        "name": part.title,
                        "contentUrl": f"{about.url.rstrip('/')}/{part.path}"
                        if about.url
                        else part.path,
                        "encodingFormat": part.mediatype,
                        "contentSize": f"{part.bytes} B",
                        "sha256": part.sha256,
                    }
                    for part in parts
                ],
            }
        )
    )


def citation(release: Release) -> bytes:
    """Return ``CITATION.cff``: "Citation File Format" 1.2.0. Its values are written as JSON has
    them, which YAML reads, too.
    """
    about = release.about
    values = _without_none(
        {
            "cff-version": "1.2.0",
            "message": "Khi dùng bộ dữ liệu này, xin trích dẫn như dưới đây. "
            "If you use this dataset, please cite it as below.",
            "type": "dataset",
            "title": release.title,
            "abstract": release.description,
            "authors": [{"name": name} for name in about.creators],
            "version": str(release.day),
            "date-released": str(release.day),
            "doi": about.doi,
            "url": about.url,
            "license-url": about.license,
        }
    )
    return "".join(f"{name}: {_yaml(value)}\n" for name, value in values.items()).encode()


def readme(release: Release, parts: Iterable[Part]) -> bytes:
    """Return ``README.md``."""
    about, counts = release.about, release.counts
    creators = ", ".join(about.creators)
    where = f"https://doi.org/{about.doi}" if about.doi else about.url
    cited = f"{creators} ({release.day.year}). *{release.title}*, {release.day}."
    lines = [
        f"# {release.title}",
        "",
        release.description,
        "",
        "| file | what | bytes |",
        "|---|---|---|",
        *(f"| `{part.path}` | {part.title} | {part.bytes} |" for part in parts),
        "| `datapackage.json`, `dataset.jsonld` | all of this for programs: Frictionless Data "
        "Package, schema.org | |",
        "| `CITATION.cff` | how to cite it | |",
        "| `SHA256SUMS` | digests of all files: `sha256sum -c SHA256SUMS` | |",
        "",
        "An article has the same `code` in all files. `archive.db` is a SQLite file; its table "
        "`captures` tells of the pages as they were received, which lie in `captures.wacz`, by "
        "address and time.",
        "",
        f"Cite it as: {cited} {where or ''}".rstrip(),
        "",
    ]
    if about.license:
        lines += [f"Terms: <{about.license}>", ""]
    if about.is_signed:
        lines += [
            "`SHA256SUMS.sig` is a signature by a key of SSH, whose owner tells you the key: "
            f"`ssh-keygen -Y verify -f allowed_signers -I NAME -n {NAMESPACE} -s SHA256SUMS.sig "
            "< SHA256SUMS`",
            "",
        ]
    if counts.get("withheld") or counts.get("captures withheld"):
        lines += [
            f"Withheld, and in none of these files: the texts of {counts.get('withheld', 0)} "
            f"articles, and {counts.get('captures withheld', 0)} captures that give them. Why, "
            "says the table `takedowns` of `archive.db`.",
            "",
        ]
    if release.marked:
        lines += ["Shown, but marked:", ""]
        lines += [f"- `{code}`: {_in_a_line(reason)}" for code, reason in release.marked]
        lines += [""]
    if release.left_out:
        lines += ["Not in it, since it could not be read:", ""]
        lines += [f"- {_in_a_line(what)}" for what in release.left_out]
        lines += [""]
    lines += [
        "| portal | | articles | from | to |",
        "|---|---|---|---|---|",
        *(
            f"| {site['name']} | {site['base_url']} | {site['articles']} "
            f"| {(site['oldest'] or '')[:10]} | {(site['newest'] or '')[:10]} |"
            for site in release.sites
        ),
        "",
    ]
    return "\n".join(lines).encode()


def _yaml(value: Any) -> str:
    """Return a value as JSON, with what YAML does not take as it is written as both have it."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _in_a_line(text: str) -> str:
    return " ".join(text.split())


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"
