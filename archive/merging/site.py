"""Sites of another archive, joined with ours in one transaction.

Those of which nothing is here, the commonest by far, are taken over together: a statement a table,
however many there are. Each of the others is matched with what is here, row by row.
"""

import sqlite3
from collections.abc import Callable, Collection
from dataclasses import astuple, dataclass
from datetime import UTC, datetime

from archive.connection import Connection, composed
from archive.merging import at_hand
from archive.merging.at_hand import AT_HAND
from archive.merging.codes import Codes
from archive.merging.memory import Memory
from archive.merging.numbers import Numbers
from archive.merging.rows import Columns, Rows
from archive.merging.takedowns import Takedowns
from archive.merging.texts import Texts
from archive.settling import settle
from archive.tables import Tables
from crawler.vocabulary import Flag

_KNOWN = "SELECT key FROM main.sites"
_LAST_RUN = "SELECT coalesce(max(started_at), '') FROM {schema}.runs WHERE site = ?"
_PUT_SITE = """
    INSERT INTO main.sites AS ours ({columns}) SELECT {columns} FROM source.sites AS theirs
    WHERE key = :site ON CONFLICT (key) DO UPDATE SET {changes}
    WHERE :is_later OR (:is_as_late AND {theirs} > {ours})"""
_ADD_SITES = """
    INSERT INTO main.sites ({columns}) SELECT {columns} FROM source.sites
    WHERE key IN {at_hand} ORDER BY key"""
_ADD_FILES = """
    INSERT INTO main.warcs (file, site, begun_at, head_length, head_sha256)
    SELECT file, site, begun_at, head_length, head_sha256 FROM temp.begun
    WHERE site IN {at_hand} ORDER BY begun_at"""
_ADD_CAPTURES = """
    INSERT INTO main.captures (id, {columns}, warc_file, warc_offset, run_id, refers_to, part_of)
    SELECT here.target, {theirs}, placed.file, placed."offset", runs_here.target,
           holder.target, whole.target
    FROM temp.captures_here AS here CROSS JOIN source.captures AS theirs ON theirs.id = here.source
    JOIN temp.placed ON placed.source = here.source
    JOIN temp.runs_here ON runs_here.source = theirs.run_id
    LEFT JOIN temp.captures_here AS holder ON holder.source = theirs.refers_to
    LEFT JOIN temp.captures_here AS whole ON whole.source = theirs.part_of
    WHERE here.is_new ORDER BY here.target"""
_NEW_CAPTURES = "SELECT count(*) FROM temp.captures_here WHERE is_new"
_FIND_LOST = """
    UPDATE main.captures AS ours SET warc_file = placed.file, warc_offset = placed."offset",
           flags = trim(replace(' ' || flags || ' ', ' {lost} ', ' '))
    FROM temp.captures_here AS here JOIN temp.placed USING (source)
    WHERE ours.id = here.target AND NOT here.is_new"""
"""What was lost here is there yet, and has come along."""
_OTHER_FLAGS = """
    SELECT ours.id, ours.flags, theirs.flags FROM temp.captures_here AS here
    CROSS JOIN source.captures AS theirs ON theirs.id = here.source
    CROSS JOIN main.captures AS ours ON ours.id = here.target
    WHERE NOT here.is_new AND theirs.flags <> ours.flags"""
_PARTS_OF = """
    UPDATE main.captures AS ours SET part_of = whole.target
    FROM temp.captures_here AS here CROSS JOIN source.captures AS theirs ON theirs.id = here.source
    CROSS JOIN temp.captures_here AS whole ON whole.source = theirs.part_of
    WHERE ours.id = here.target AND NOT here.is_new AND ours.part_of IS NULL"""


@dataclass(slots=True)
class SitesMerged:
    """What came of sites."""

    new: int = 0
    """Articles that were not here."""
    changed: int = 0
    """Articles that are others than before: by texts, or by when they were seen."""
    same: int = 0
    captures: int = 0
    """That were not here."""
    returned: int = 0
    """Articles that were withdrawn here, and are here again, since that archive holds them."""

    def __add__(self, other: "SitesMerged") -> "SitesMerged":
        """Return what came of these and those."""
        return SitesMerged(*map(sum, zip(astuple(self), astuple(other), strict=True)))


class SiteMerging:
    """Joins sites. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection, ours: Tables, theirs: Tables, memory: Memory) -> None:
        self._db = db
        self._ours = ours
        self._memory = memory
        self._columns = Columns(db)
        self._numbers = Numbers(db)
        self._rows = Rows(db)
        self._texts = Texts(db, ours, theirs)
        self._codes = Codes(db, ours)
        self._takedowns = Takedowns(db, ours, theirs)

    def join(self, sites: Collection[str], tell: Callable[[int], None]) -> SitesMerged:
        """Join sites, whose files were brought (`Originals.bring`); *tell* is told how many of the
        new articles are in the index.
        """
        known = {key for (key,) in self._db.execute(_KNOWN)}
        merged = SitesMerged()
        if absent := [site for site in sites if site not in known]:
            merged += self._take(absent, tell)
        for site in sites:
            if site in known:
                merged += self._join(site, tell)
        return merged

    def _take(self, sites: Collection[str], tell: Callable[[int], None]) -> SitesMerged:
        """Take over sites of which nothing is here, as they are there."""
        self._begin(sites)
        columns = ", ".join(self._columns.of("sites"))
        self._db.execute(composed(_ADD_SITES, columns=columns, at_hand=AT_HAND))
        self._numbers.add_runs()
        self._numbers.add("captures")
        merged = SitesMerged(captures=self._add_captures())
        self._numbers.add("articles")
        self._add_rows(merged, tell, replaced=False)
        self._end(sites)
        return merged

    def _join(self, site: str, tell: Callable[[int], None]) -> SitesMerged:
        """Join a site of which something is here."""
        merged = SitesMerged()
        replaced = self._memory.is_replaced(site)
        self._begin([site])
        self._put_site(site, replaced=replaced)
        self._numbers.match_runs(site)
        self._numbers.match_captures(site)
        merged.captures = self._add_captures()
        self._mend_captures()
        self._codes.join_articles(site)
        self._numbers.match_articles(site)
        is_known = self._texts.are_any(site)
        if is_known:
            self._texts.note_forms(site)
        self._add_rows(merged, tell, replaced=replaced)
        if is_known:
            merged.changed, merged.same = self._texts.join(site, replaced=replaced)
        if replaced:
            self._codes.withdraw(site)
        self._end([site], forms_of=site if is_known else None)
        return merged

    # What is done of one site and of many

    def _begin(self, sites: Collection[str]) -> None:
        at_hand.take(self._db, sites)
        self._numbers.begin()

    def _add_rows(
        self, merged: SitesMerged, tell: Callable[[int], None], *, replaced: bool
    ) -> None:
        """Join the rows that have keys or are logs, and add the articles that are new."""
        merged.returned = self._codes.forget_withdrawn()
        self._rows.join(replaced=replaced)
        self._ours.urls.forget()
        new = self._texts.add()
        self._takedowns.lay_out(new)
        self._texts.index(list(new.values()), tell)
        self._ours.articles.forget()
        merged.new = len(new)

    def _end(self, sites: Collection[str], forms_of: str | None = None) -> None:
        """Do what rests on all that the sites have by now; write the addresses of articles as the
        ledger of a site does, if its was joined with another.
        """
        self._codes.lead()
        if forms_of:
            self._texts.use_forms(forms_of)
        self._texts.name_files()
        is_any_withheld = self._takedowns.are_any()
        if is_any_withheld:
            settle(self._ours, wholly=True)
        now = datetime.now(UTC)
        for site in sites:
            self._ours.links.forget_known(site)
            if is_any_withheld:
                self._ours.articles.keep_files_out(site)
            self._ours.signs.look(site, now)
        self._memory.note(sites)

    def _put_site(self, site: str, *, replaced: bool) -> None:
        """Describe the site as that archive does that crawled it last."""
        ours, theirs = (
            self._db.execute(composed(_LAST_RUN, schema=schema), [site]).fetchone()[0]
            for schema in ("main", "source")
        )
        columns = self._columns.of("sites")
        said = {row: f"json_array({', '.join(f'{row}.{column}' for column in columns)})"
                for row in ("excluded", "ours")}  # fmt: skip
        sql = composed(
            _PUT_SITE, columns=", ".join(columns), theirs=said["excluded"], ours=said["ours"],
            changes=", ".join(f"{column} = excluded.{column}" for column in columns),
        )  # fmt: skip
        later = {"is_later": replaced or theirs > ours, "is_as_late": theirs == ours}
        self._db.execute(sql, {"site": site, **later})
        self._ours.sites.forget()

    def _add_captures(self) -> int:
        """Note the files that were brought, and the captures in them; return how many are new."""
        apart = {"warc_file", "warc_offset", "run_id", "refers_to", "part_of"}
        columns = [column for column in self._columns.of("captures") if column not in apart]
        self._db.execute(composed(_ADD_FILES, at_hand=AT_HAND))
        added = self._db.execute(
            composed(
                _ADD_CAPTURES, columns=", ".join(columns),
                theirs=", ".join(f"theirs.{column}" for column in columns),
            )
        ).rowcount  # fmt: skip
        if stray := self._db.execute(_NEW_CAPTURES).fetchone()[0] - added:
            raise sqlite3.IntegrityError(f"{stray} captures are of no run of its, or in no file")
        return added

    def _mend_captures(self) -> None:
        """Note what that archive knows of captures that are here: where those lie that were lost
        here, of which they are parts, and what was found in them.
        """
        self._db.execute(composed(_FIND_LOST, lost=Flag.LOST))
        self._db.execute(_PARTS_OF)
        for number, ours, theirs in self._db.execute(_OTHER_FLAGS).fetchall():
            self._db.update("captures", {"flags": _both(ours, theirs)}, id=number)


def _both(ours: str, theirs: str) -> str:
    """Return the flags of a capture that two archives have: what either has found, but for what one
    of them has not read, or lost.
    """
    found = dict.fromkeys([*ours.split(), *theirs.split()])
    lacking = {Flag.UNREAD, Flag.LOST} - ({*ours.split()} & {*theirs.split()})
    return " ".join(sorted(word for word in found if word not in lacking))
