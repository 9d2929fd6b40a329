"""Saved pages of others, with what somebody noted that they say."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import tldextract

Json = dict[str, Any]
Share = Literal["seen", "unseen"]


class QualityError(Exception):
    """Pages that cannot be measured, or floors that do not hold."""


@dataclass(frozen=True)
class Sample:
    """A saved page and what it really says, as far as somebody noted it."""

    name: str
    """Its path below the folder of all pages."""
    url: str
    body: bytes
    gold: Json

    @property
    def folder(self) -> str:
        """The folder of the ``gold.jsonl`` that tells of it; "." for that of all pages."""
        return self.name.rpartition("/")[0] or "."

    @property
    def source(self) -> str:
        """Whose page it is: its folder, and in that the project that noted what it says."""
        return "/".join(filter(None, (self.folder, self.gold.get("source"))))

    @property
    def kind(self) -> str:
        """What somebody called it: "article" where nobody said anything else."""
        return re.split(r" \(|[:,] | with ", str(self.gold.get("kind") or "article"))[0]

    @property
    def share(self) -> Share:
        """The share of all sites that its site is in, whatever other pages there are.

        By the digest of their names sites are in four quarters. Who makes rules looks at pages of
        the seen three only. Then the difference between the shares tells how far the rules fit
        these pages and not pages. (Until December 2026 two quarters were not looked at.)
        """
        return "unseen" if _quarter(self.url) == _UNSEEN else "seen"

    @property
    def is_article(self) -> bool | None:
        """Whether it is an article; None if nobody said, or one may call it either."""
        if _NO_ARTICLE.search(str(self.gold.get("kind") or "")):
            return False
        return True if self.gold.get("title") and not _NEITHER.search(self.kind) else None


_UNSEEN = 3
"""The quarter of the sites that nobody looks at."""


def _quarter(url: str) -> int:
    """Return the quarter of all sites, 0 to 3, that an address belongs to: for good."""
    return hashlib.sha256(site(url).encode()).digest()[0] % 4


_NO_ARTICLE = re.compile(r"listing|not an article|static page")
_NEITHER = re.compile(r"dataset")


def corpus(folder: Path) -> list[Sample]:
    """Return the pages of *folder*: gzipped, told of by a ``gold.jsonl`` there or one below.

    Raises `QualityError` if there is none, or one names a page that is not there.
    """
    golds = sorted([*folder.glob("gold.jsonl"), *folder.glob("*/gold.jsonl")])
    samples = []
    for file in golds:
        for line in filter(str.strip, file.read_text("utf-8").splitlines()):
            gold = json.loads(line)
            page = file.parent / gold["file"]
            try:
                body = gzip.decompress(page.read_bytes())
            except OSError as error:
                raise QualityError(f"{file} names {page.name}: {error}") from error
            name = page.relative_to(folder).as_posix()
            samples.append(Sample(name, gold.get("url") or _address(gold["file"]), body, gold))
    if not samples:
        raise QualityError(f"{folder} holds no gold.jsonl that names a page")
    return samples


def _address(file: str) -> str:
    """Return the address that a saved page's name stands for, where nobody noted another."""
    return "https://" + file.removesuffix(".gz").replace("__", "/")


def digest(samples: Iterable[Sample]) -> str:
    """Return what identifies a set of pages and their gold, as SHA-256 in hexadecimal digits."""
    whole = hashlib.sha256()
    for sample in sorted(samples, key=lambda sample: sample.name):
        gold = json.dumps(sample.gold, sort_keys=True).encode()
        for part in (sample.name.encode(), sample.url.encode(), sample.body, gold):
            whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()


def site(url: str) -> str:
    """Return the name that the owner of an address registered: "cantho.gov.vn", "a.blogspot.com".

    It is told by the public suffixes that come with tldextract; nobody is asked.
    """
    return _suffixes()(url).top_domain_under_public_suffix or urlsplit(url).hostname or url


@cache
def _suffixes() -> tldextract.TLDExtract:
    return tldextract.TLDExtract(
        cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True
    )
