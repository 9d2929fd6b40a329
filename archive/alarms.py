"""The alarms of an archive: what they are judged by, when each began and ended, who was told.

An alarm begins when something is found that rings, and ends when it is found no more; what is found
but does not ring by itself neither begins one nor ends one, so that none flaps. Who judges says of
which kinds; the others are left as they are.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.connection import Connection, Row
from archive.facts import ArchiveFacts, read_facts
from archive.tables import Tables
from archive.tables.alarms import AlarmQueries
from archive.times import utc
from archive.transactions import Transactions
from crawler.vocabulary import AlarmKind

TOLD_FOR = timedelta(days=7)
"""How long what has ended is still told of, if nobody could be told before."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, or nearly so."""

    kind: AlarmKind
    site: str | None
    """None where it is of the archive, and not of one site."""
    message: str
    """The thing, the figure and the way out."""
    rings: bool = True
    """Whether an alarm begins by it; else it only keeps one from ending."""


class AlarmBook(AlarmQueries):
    """What is wrong, and was."""

    def __init__(self, db: Connection, tables: Tables, transactions: Transactions) -> None:
        super().__init__(db)
        self._alarms = tables.alarms
        self._transactions = transactions

    def facts(self, now: datetime) -> ArchiveFacts:
        """Return what alarms are judged by."""
        return read_facts(self._db, now)

    def judge(
        self, findings: Iterable[Finding], kinds: Collection[AlarmKind], at: datetime
    ) -> None:
        """Begin and end alarms of some *kinds* by all that was found of these."""
        found = {(finding.kind, finding.site): finding for finding in findings}
        with self._transactions.begin():
            known = {
                (AlarmKind(row["kind"]), row["site"]): row
                for row in self.current()
                if row["kind"] in kinds
            }
            over = [row["id"] for place, row in known.items() if place not in found]
            self._alarms.update(over, {"until": utc(at)})
            for place, row in known.items():
                finding = found.get(place)
                if finding and finding.message != row["message"]:
                    self._alarms.update([row["id"]], {"message": finding.message})
            for place, finding in found.items():
                if finding.rings and place not in known:
                    self._alarms.begin(
                        {
                            "site": finding.site,
                            "kind": finding.kind,
                            "since": utc(at),
                            "message": finding.message,
                        }
                    )

    def to_tell(self, at: datetime) -> list[Row]:
        """Return the alarms of which something is still to be told, oldest first."""
        return self.untold(at - TOLD_FOR)

    def note_telling(
        self, told: Iterable[tuple[int, bool]], sender: str, senders: Collection[str], at: datetime
    ) -> None:
        """Note what a *sender* has told: numbers of alarms, each with whether it was the end.

        What all *senders* have told is told.
        """
        with self._transactions.begin():
            for alarm, is_end in told:
                self._alarms.note_telling(alarm, sender, at, is_end=is_end)
                if {*senders} <= self.told_to(alarm, is_end=is_end):
                    column = "end_told_at" if is_end else "told_at"
                    self._alarms.update([alarm], {column: utc(at)})

    def acknowledge(self, numbers: Collection[int], by: str, at: datetime) -> list[int]:
        """Note that a person knows of some alarms; return the numbers that are no current one's."""
        with self._transactions.begin():
            current = {row["id"] for row in self.current()}
            known = [number for number in numbers if number in current]
            self._alarms.update(known, {"acknowledged_by": by, "acknowledged_at": utc(at)})
        return [number for number in numbers if number not in current]
