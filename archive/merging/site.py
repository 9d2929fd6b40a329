"""One site of another archive, joined with ours in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.connection import Connection, composed
from archive.merging.codes import Codes
from archive.merging.memory import Memory
from archive.merging.numbers import Numbers
from archive.merging.rows import Columns, Rows
from archive.merging.takedowns import Takedowns
from archive.merging.texts import Texts
from archive.settling import settle
from archive.tables import Tables
from crawler.vocabulary import Flag

_LAST_RUN = "SELECT coalesce(max(started_at), '') FROM {schema}.runs WHERE site = ?"
_PUT_SITE = """
    INSERT INTO main.sites AS ours ({columns}) SELECT {columns} FROM source.sites AS theirs
    WHERE key = :site ON CONFLICT (key) DO UPDATE SET {changes}
    WHERE :is_later OR (:is_as_late AND {theirs} > {ours})"""
_ADD_FILES = """
    INSERT INTO main.warcs (file, site, begun_at, head_length, head_sha256)
    SELECT file, :site, begun_at, head_length, head_sha256 FROM temp.begun ORDER BY begun_at"""
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
class SiteMerged:
    """What came of one site."""

    new: int = 0
    """Articles that were not here."""
    changed: int = 0
    """Articles that are others than before: by texts, or by when they were seen."""
    same: int = 0
    captures: int = 0
    """That were not here."""


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

    def join(self, site: str, tell: Callable[[int], None]) -> SiteMerged:
        """Join a site, whose files were brought (`Originals.bring`); *tell* is told how many of the
        new articles are in the index.
        """
        merged = SiteMerged()
        replaced = self._memory.is_replaced(site)
        self._numbers.begin()
        self._put_site(site, replaced=replaced)
        self._numbers.match_runs(site)
        self._numbers.match_captures(site)
        merged.captures = self._add_captures(site)
        self._codes.join_articles(site)
        self._numbers.match_articles(site)
        self._codes.forget_withdrawn()
        is_known = self._texts.are_any(site)
        if is_known:
            self._texts.note_forms(site)
        self._rows.join(site, replaced=replaced)
        self._ours.urls.forget()
        new = self._texts.add()
        merged.new = len(new)
        self._takedowns.lay_out(new)
        self._texts.index(list(new.values()), tell)
        self._ours.articles.forget()
        if is_known:
            merged.changed, merged.same = self._texts.join(site, replaced=replaced)
        if replaced:
            self._codes.withdraw(site)
        self._codes.lead(site)
        if is_known:
            self._texts.use_forms(site)
        self._texts.name_files(site)
        self._forget_known_links(site)
        if self._takedowns.are_any():
            settle(self._ours, wholly=True)
            self._ours.articles.keep_files_out(site)
        self._ours.signs.look(site, datetime.now(UTC))
        self._memory.note(site)
        return merged

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

    def _add_captures(self, site: str) -> int:
        """Note the files that were brought, and the captures in them; return how many are new."""
        apart = {"warc_file", "warc_offset", "run_id", "refers_to", "part_of"}
        columns = [column for column in self._columns.of("captures") if column not in apart]
        self._db.execute(_ADD_FILES, {"site": site})
        added = self._db.execute(
            composed(
                _ADD_CAPTURES, columns=", ".join(columns),
                theirs=", ".join(f"theirs.{column}" for column in columns),
            )
        ).rowcount  # fmt: skip
        self._db.execute(composed(_FIND_LOST, lost=Flag.LOST))
        self._db.execute(_PARTS_OF)
        for number, ours, theirs in self._db.execute(_OTHER_FLAGS).fetchall():
            self._db.update("captures", {"flags": _both(ours, theirs)}, id=number)
        return added

    def _forget_known_links(self, site: str) -> None:
        """Forget what is only linked to where that is known otherwise by now."""
        self._ours.links.forget_known(site)


def _both(ours: str, theirs: str) -> str:
    """Return the flags of a capture that two archives have: what either has found, but for what one
    of them has not read, or lost.
    """
    found = dict.fromkeys([*ours.split(), *theirs.split()])
    lacking = {Flag.UNREAD, Flag.LOST} - ({*ours.split()} & {*theirs.split()})
    return " ".join(sorted(word for word in found if word not in lacking))
