"""What is withheld there is withheld here, and what is withheld here stays so."""

from archive.connection import Connection, Row, composed, marks
from archive.settling import settle
from archive.tables import Tables
from archive.tables.grades import SAID
from archive.tables.takedowns import Mark
from archive.vault import Document

_SAID = ("urlkey", "grade", "reason", "by", "at")
"""By what a takedown is told from others, beside the article that it is of."""
_HERE = "SELECT source, target FROM temp.{table}_here WHERE source IN ({numbers})"


class Takedowns:
    """Joins takedowns. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection, ours: Tables, theirs: Tables) -> None:
        self._db = db
        self._ours = ours
        self._theirs = theirs

    def join(self) -> int:
        """Take over the takedowns of another archive, and do what they ask for; return how many
        were not known. One that was lifted in either is lifted.
        """
        ours = {_named(row): row for row in self._ours.takedowns.all(in_force=False)}
        new = 0
        for row in self._theirs.takedowns.all(in_force=False):
            known = ours.get(_named(row)) or self._unbound(ours, row)
            if known is None:
                # Nothing of it was ever in this file: there is nothing to be cleared away.
                added = {name: row[name] for name in row if name != "id"}
                added["cleared_at"] = row["at"]
                number = self._db.insert("takedowns", added)
                ours[_named(row)] = added | {"id": number}
                new += 1
                continue
            if row["lifted_at"] and not known["lifted_at"]:
                lifted = {"lifted_at": row["lifted_at"], "lifted_by": row["lifted_by"]}
                self._db.update("takedowns", lifted, id=known["id"])
            if row["code"] and not known["code"]:
                self._db.update("takedowns", {"code": row["code"]}, id=known["id"])
        self._ours.takedowns.forget()
        if ours:
            settle(self._ours, wholly=True)
        return new

    def _unbound(self, ours: dict[tuple[object, ...], Row], row: Row) -> Row | None:
        """Return the takedown of the same address that is no article's yet, here or there."""
        same = [known for known in ours.values() if _told(known) == _told(row) and row["urlkey"]]
        if row["code"] is None:
            return next(iter(same), None)
        return next((known for known in same if known["code"] is None), None)

    def are_any(self) -> bool:
        """Whether anything is withheld in either archive, or ever was."""
        return bool(
            self._ours.takedowns.all(in_force=False) or self._theirs.takedowns.all(in_force=False)
        )

    def lay_out(self, articles: dict[int, int]) -> None:
        """Withhold, of articles that are new here, those that are withheld there: *articles* leads
        from their numbers to ours. What was taken out of them is brought along.
        """
        marked = self._theirs.takedowns.marks()
        numbers = self._numbers()
        for source in sorted(articles.keys() & marked.keys()):
            mark, target = marked[source], articles[source]
            takedown = numbers[mark.takedown]
            if mark.document is None:
                self._ours.takedowns.mark(target, Mark(mark.grade, takedown))
                continue
            document = self.of_here(self._theirs.withheld.vault.get(mark.document))
            (row,) = self._db.select("articles", id=target)
            self._ours.withheld.take(target, row, document, Mark(mark.grade, takedown))

    def of_here(self, document: Document) -> Document:
        """Return a document of theirs with the numbers that its rows have here."""
        runs = self._targets("runs", [file["run_id"] for file in document["media"]])
        named = [*document["media"], *document["revisions"]]
        captures = self._targets("captures", [row["capture_id"] for row in named])
        return document | {
            "article": {name: document["article"].get(name) for name in SAID},
            "revisions": [
                row | {"capture_id": captures.get(row["capture_id"])}
                for row in document["revisions"]
            ],
            "media": [
                row | {
                    "capture_id": captures.get(row["capture_id"]),
                    "run_id": runs.get(row["run_id"]),
                }
                for row in document["media"]
            ],
        }  # fmt: skip

    def _targets(self, table: str, numbers: list[int | None]) -> dict[int | None, int]:
        named = sorted({number for number in numbers if number is not None})
        sql = composed(_HERE, table=table, numbers=marks(named))
        return dict(self._db.execute(sql, named).fetchall()) if named else {}

    def _numbers(self) -> dict[int, int]:
        """Return the number here of each takedown there."""
        ours = {_named(row): row for row in self._ours.takedowns.all(in_force=False)}
        found = {}
        for row in self._theirs.takedowns.all(in_force=False):
            known = ours.get(_named(row)) or self._unbound(ours, row)
            assert known, "they were taken over"
            found[row["id"]] = known["id"]
        return found


def _told(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in _SAID)


def _named(row: Row) -> tuple[object, ...]:
    return (row["code"], *_told(row))
