"""What the pages of a site call it, and what they say that they were made with, by time."""

from datetime import datetime

from archive.connection import Connection, Row
from archive.times import utc
from crawler.page import Imprint
from crawler.vocabulary import ImprintKind

_MOST = 100
"""Values of a kind that are kept of a site: one that has ever new ones tells nothing by them."""


class ImprintQueries:
    """Reads ``imprints``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def of(self, site: str) -> list[Row]:
        """Return the rows of a site, the oldest first."""
        return self._db.select("imprints", site=site, order="first_seen_at")


class Imprints(ImprintQueries):
    """Reads and writes ``imprints``. Whoever writes has begun the transaction."""

    def __init__(self, db: Connection) -> None:
        super().__init__(db)
        self._said: dict[tuple[str, ImprintKind, str], list[str]] = {}
        """When it was said, by site, kind and value, since this transaction has begun."""

    def forget(self) -> None:
        """Forget what was noted in a transaction that came to nothing."""
        self._said.clear()

    def note(self, site: str, imprint: Imprint, at: datetime) -> None:
        """Note what a page said that was received at a time, for `write` to write."""
        for kind, value in ((ImprintKind.NAME, imprint.site_name),
                            (ImprintKind.GENERATOR, imprint.generator)):  # fmt: skip
            if value is not None:
                self._said.setdefault((site, kind, value), []).append(utc(at))

    def write(self) -> None:
        """Write what was noted: pages that were received together say the same."""
        for (site, kind, value), times in self._said.items():
            self._write(site, kind, value, times)
        self.forget()

    def _write(self, site: str, kind: ImprintKind, value: str, times: list[str]) -> None:
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
