"""The parameters of a site's addresses that make no other page: counters, where one came from."""

from collections.abc import Collection
from datetime import datetime

from archive.connection import Connection
from archive.times import utc
from crawler.text.addresses import without


class NoiseQueries:
    """Reads ``noise``."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._known: dict[str, frozenset[str]] = {}
        """What `of` has said; whoever writes of a site holds its lock."""

    def of(self, site: str) -> frozenset[str]:
        """Return the parameters that are noise on a site."""
        if site not in self._known:
            sql = "SELECT parameter FROM noise WHERE site = ? AND until IS NULL"
            self._known[site] = frozenset(name for (name,) in self._db.execute(sql, [site]))
        return self._known[site]

    def plain(self, site: str, url: str) -> str:
        """Return an address without what is noise on a site."""
        return without(url, self.of(site)) if "?" in url else url


class Noise(NoiseQueries):
    """Reads and writes ``noise``. Whoever calls it has begun the transaction."""

    def forget(self) -> None:
        """Forget what was read, since a transaction came to nothing."""
        self._known.clear()

    def set(self, site: str, names: Collection[str], at: datetime) -> None:
        """Write which parameters are noise on a site from now on, and which are no more."""
        before = self.of(site)
        for name in sorted(before - {*names}):
            self._db.update("noise", {"until": utc(at)}, site=site, parameter=name)
        for name in sorted({*names} - before):
            row = {"site": site, "parameter": name, "since": utc(at), "until": None}
            self._db.upsert("noise", row, key=("site", "parameter"))
        self._known.pop(site, None)
