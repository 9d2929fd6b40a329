"""What the pages of a site call it, and what they say that they were made with, by time."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from archive.connection import Connection
from archive.times import utc
from crawler.page import Imprint
from crawler.vocabulary import ImprintKind

_MOST = 100
"""Values of a kind that are kept of a site: one that has ever new ones tells nothing by them."""


class Imprints:
    """Writes ``imprints``. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def note(self, site: str, pages: Iterable[tuple[Imprint, datetime]]) -> None:
        """Note what pages said, each with when it was received."""
        seen: defaultdict[tuple[ImprintKind, str], list[str]] = defaultdict(list)
        for imprint, at in pages:
            for said in imprint.said.items():
                seen[said].append(utc(at))
        for (kind, value), times in seen.items():
            self._note(site, kind, value, times)

    def _note(self, site: str, kind: ImprintKind, value: str, times: list[str]) -> None:
        first, last = min(times), max(times)
        is_known = self._db.execute(
            "UPDATE imprints SET pages = pages + ?, first_seen_at = min(first_seen_at, ?), "
            "last_seen_at = max(last_seen_at, ?) WHERE site = ? AND kind = ? AND value = ?",
            [len(times), first, last, site, kind, value],
        ).rowcount
        if is_known:
            return
        counted = "SELECT count(*) FROM imprints WHERE site = ? AND kind = ?"
        if self._db.execute(counted, [site, kind]).fetchone()[0] < _MOST:
            row = {"site": site, "kind": kind, "value": value, "pages": len(times)}
            self._db.insert("imprints", row | {"first_seen_at": first, "last_seen_at": last})
