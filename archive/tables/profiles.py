"""How the pages of portals are read: what was learnt of them, or written by a person."""

from collections.abc import Sequence
from datetime import datetime

from archive.connection import Connection, Row, composed, marks
from archive.times import utc
from crawler.lessons import KeptProfile

_COLUMNS = ("site", "name", "from", "rules", "support", "known", "learnt_at", "is_applied")
_QUOTED = ", ".join(f'"{column}"' for column in _COLUMNS)  # "from" is a word of SQL, too


class Profiles:
    """Reads and writes ``profiles``. Whoever writes has begun the transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def of(self, site: str) -> tuple[KeptProfile, ...]:
        """Return the profiles of a site, oldest first."""
        rows = self._db.query('SELECT * FROM profiles WHERE site = ? ORDER BY "from", name', [site])
        return tuple(map(_profile, rows))

    def put(self, site: str, profiles: Sequence[KeptProfile], *, learnt: bool) -> None:
        """Put profiles in the place of those of a site that were *learnt*, or written.

        Unless they say the same, what was received before is to be read again, by all of them.
        """
        before = {one.name: one for one in self.of(site) if (one.learnt_at is not None) == learnt}
        for name in before:
            self._db.delete("profiles", site=site, name=name)
        for one in profiles:
            self._insert(site, one)
        was, now = ({one.name: one.rules for one in some} for some in (before.values(), profiles))
        if was == now:
            applied = {one.name for one in before.values() if one.is_applied}
            self._db.update("profiles", {"is_applied": True}, site=site, name=applied)
        else:
            self._db.update("profiles", {"is_applied": False}, site=site)

    def applied(self, site: str) -> None:
        """Note that all that was received of a site was read by its profiles."""
        self._db.update("profiles", {"is_applied": True}, site=site)

    def _insert(self, site: str, one: KeptProfile) -> None:
        sql = composed(
            "INSERT INTO profiles ({columns}) VALUES ({values})",
            columns=_QUOTED, values=marks(_COLUMNS),
        )  # fmt: skip
        learnt_at = utc(one.learnt_at) if one.learnt_at else None
        values = [site, one.name, one.since, one.rules, one.support, one.known, learnt_at, False]
        self._db.execute(sql, values)


def _profile(row: Row) -> KeptProfile:
    return KeptProfile(
        name=row["name"],
        since=row["from"],
        rules=row["rules"],
        support=row["support"],
        known=row["known"],
        learnt_at=datetime.fromisoformat(row["learnt_at"]) if row["learnt_at"] else None,
        is_applied=bool(row["is_applied"]),
    )
