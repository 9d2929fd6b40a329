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

    def note(self, site: str, imprint: Imprint, at: datetime) -> None:
        """Note what a page said that was received at a time."""
        for kind, value in ((ImprintKind.NAME, imprint.site_name),
                            (ImprintKind.GENERATOR, imprint.generator)):  # fmt: skip
            if value is not None:
                self._note(site, kind, value, utc(at))

    def _note(self, site: str, kind: ImprintKind, value: str, at: str) -> None:
        is_known = self._db.execute(
            "UPDATE imprints SET pages = pages + 1, first_seen_at = min(first_seen_at, ?), "
            "last_seen_at = max(last_seen_at, ?) WHERE site = ? AND kind = ? AND value = ?",
            [at, at, site, kind, value],
        ).rowcount
        if is_known:
            return
        counted = "SELECT count(*) FROM imprints WHERE site = ? AND kind = ?"
        if self._db.execute(counted, [site, kind]).fetchone()[0] < _MOST:
            row = {"site": site, "kind": kind, "value": value, "pages": 1}
            self._db.insert("imprints", row | {"first_seen_at": at, "last_seen_at": at})
