"""Articles and their texts: those that are new here, and those of which both archives know."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from archive.connection import Connection, Row, batches, composed
from archive.merging.rows import Columns
from archive.merging.rules import Rules
from archive.tables import Tables
from archive.tables.changes import COUNTED
from archive.tables.parts import Parts
from archive.tables.revisions import Standing, joined, words_in_order
from crawler.vocabulary import Change

_OURS_ALONE = ("code", "changed", "change")
_TIMES = ("first_seen_at", "revised_at", "last_seen_at", "revision")
_SEEN = ("capture_id", *_TIMES)
"""The columns of an article that say when and where it was seen, and not what it says."""

_ADD = """
    INSERT INTO main.articles (id, {columns}, capture_id, changed, change)
    SELECT here.target, {theirs}, captures_here.target,
           (SELECT value FROM counters WHERE name = '{counted}') + 1 + here.target
               - (SELECT min(target) FROM temp.articles_here WHERE is_new),
           iif(theirs.change IN ({kept}), theirs.change, '{new}')
    FROM temp.articles_here AS here CROSS JOIN source.articles AS theirs ON theirs.id = here.source
    LEFT JOIN temp.captures_here ON captures_here.source = theirs.capture_id
    WHERE here.is_new ORDER BY here.source"""
# New ones are numbered in the order of their numbers there, so that no long text is sorted.
_COUNT = """
    UPDATE counters SET value = (
        SELECT max(value, coalesce((SELECT max(changed) FROM main.articles), 0)))
    WHERE name = '{counted}'"""
_ADD_PART = """
    INSERT INTO main.{table} (article_id, {columns})
    SELECT here.target, {theirs} FROM temp.articles_here AS here
    CROSS JOIN source.{table} AS theirs ON theirs.article_id = here.source
    WHERE here.is_new ORDER BY here.source"""
_TAGS = """
    INSERT OR IGNORE INTO main.tags (name)
    SELECT DISTINCT name FROM temp.articles_here AS here
    CROSS JOIN source.article_tags AS theirs ON theirs.article_id = here.source
    CROSS JOIN source.tags ON tags.id = tag_id WHERE here.is_new ORDER BY name"""
_TAGGED = """
    INSERT INTO main.article_tags (article_id, tag_id)
    SELECT here.target, ours.id FROM temp.articles_here AS here
    CROSS JOIN source.article_tags AS theirs ON theirs.article_id = here.source
    CROSS JOIN source.tags AS named ON named.id = theirs.tag_id
    CROSS JOIN main.tags AS ours ON ours.name = named.name
    WHERE here.is_new ORDER BY here.target, ours.id"""

# What says the same there and here, and always did, was only seen at other times.
_ALIKE = """
    CREATE TEMP TABLE alike AS
    SELECT here.source, here.target FROM temp.articles_here AS here
    CROSS JOIN source.articles AS theirs ON theirs.id = here.source
    CROSS JOIN main.articles AS ours ON ours.id = here.target
    WHERE NOT here.is_new AND ({theirs}) IS ({ours})
    AND theirs.revision = 1 AND ours.revision = 1
    AND NOT EXISTS (SELECT 1 FROM main.withheld WHERE article_id = here.target)
    AND NOT EXISTS (SELECT 1 FROM source.withheld WHERE article_id = here.source)
    AND (SELECT count(*) FROM temp.articles_here AS other WHERE other.target = here.target) = 1"""
_DIFFERING_PARTS = """
    DELETE FROM temp.alike WHERE target IN (
        SELECT target FROM (
            SELECT alike.target, {theirs} FROM temp.alike
            CROSS JOIN source.{table} AS theirs ON theirs.article_id = alike.source
            EXCEPT SELECT alike.target, {ours} FROM temp.alike
            CROSS JOIN main.{table} AS ours ON ours.article_id = alike.target)
        UNION ALL
        SELECT target FROM (
            SELECT alike.target, {ours} FROM temp.alike
            CROSS JOIN main.{table} AS ours ON ours.article_id = alike.target
            EXCEPT SELECT alike.target, {theirs} FROM temp.alike
            CROSS JOIN source.{table} AS theirs ON theirs.article_id = alike.source))"""
_SEEN_BY_BOTH = """
    UPDATE main.articles AS ours SET
        capture_id = iif((theirs.last_seen_at, theirs.first_seen_at)
                         > (ours.last_seen_at, ours.first_seen_at),
                         (SELECT target FROM temp.captures_here WHERE source = theirs.capture_id),
                         ours.capture_id),
        first_seen_at = min(ours.first_seen_at, theirs.first_seen_at),
        revised_at = min(coalesce(ours.revised_at, ours.first_seen_at),
                         coalesce(theirs.revised_at, theirs.first_seen_at)),
        last_seen_at = max(ours.last_seen_at, theirs.last_seen_at)
    FROM temp.alike CROSS JOIN source.articles AS theirs ON theirs.id = alike.source
    WHERE ours.id = alike.target
    AND (theirs.first_seen_at < ours.first_seen_at OR theirs.last_seen_at > ours.last_seen_at
         OR coalesce(theirs.revised_at, theirs.first_seen_at)
            < coalesce(ours.revised_at, ours.first_seen_at))"""
_DIFFERING = """
    SELECT target, source FROM temp.articles_here
    WHERE NOT is_new AND source NOT IN (SELECT source FROM temp.alike) ORDER BY target, source"""
_CAME_HERE = "SELECT min(target) FROM temp.captures_here WHERE is_new"
"""The first of the captures that are another archive's; ours have smaller numbers."""
_FILES_HELD = """
    UPDATE main.{table} AS named SET sha256 = media.sha256
    FROM temp.articles_here AS here CROSS JOIN main.articles AS naming ON naming.id = here.target
    CROSS JOIN main.media
    WHERE here.target = named.article_id AND media.url = named.url AND media.site = naming.site
    AND media.sha256 IS NOT NULL AND media.sha256 IS NOT named.sha256"""
_FORMS = """
    CREATE TEMP TABLE forms AS
    SELECT DISTINCT theirs.url AS old, ours.url AS new FROM source.urls AS theirs
    JOIN main.urls AS ours ON ours.urlkey = theirs.urlkey AND ours.site = theirs.site
    WHERE theirs.site = :site AND ours.url <> theirs.url
    UNION
    SELECT before.url, ours.url FROM temp.forms_before AS before
    JOIN main.urls AS ours ON ours.urlkey = before.urlkey AND ours.site = :site
    WHERE ours.url <> before.url"""
_FORMS_BEFORE = """
    CREATE TEMP TABLE forms_before AS
    SELECT ours.url, ours.urlkey FROM main.urls AS ours
    JOIN source.urls AS theirs ON ours.urlkey = theirs.urlkey AND ours.site = theirs.site
    WHERE ours.site = :site AND ours.url <> theirs.url"""


class Texts:
    """Joins the articles of the sites at hand. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection, ours: Tables, theirs: Tables) -> None:
        self._db = db
        self._ours = ours
        self._theirs = theirs
        self._columns = Columns(db)

    # Those that are new

    def add(self) -> dict[int, int]:
        """Add the articles that are not here, with what stands beside them; return their numbers
        there, each with that here.
        """
        columns = [
            name for name in self._columns.of("articles")
            if name not in {"capture_id", "changed", "change"}
        ]  # fmt: skip
        self._execute(
            _ADD, counted=COUNTED, new=Change.NEW, kept=f"'{Change.GONE}', '{Change.HIDDEN}'",
            columns=", ".join(columns), theirs=", ".join(f"theirs.{name}" for name in columns),
        )  # fmt: skip
        self._execute(_COUNT, counted=COUNTED)
        for rule in Rules.parts:
            names = [name for name in self._columns.of(rule.table) if name != "article_id"]
            theirs = ", ".join(
                "(SELECT target FROM temp.captures_here WHERE source = theirs.capture_id)"
                if name == "capture_id"
                else f"theirs.{name}"
                for name in names
            )
            self._execute(_ADD_PART, table=rule.table, columns=", ".join(names), theirs=theirs)
        self._execute(_TAGS)
        self._execute(_TAGGED)
        new = "SELECT source, target FROM temp.articles_here WHERE is_new ORDER BY target"
        return dict(self._db.execute(new).fetchall())

    def index(self, ids: list[int], tell: Callable[[int], None]) -> None:
        """Have the new articles found by their words."""
        done = 0
        for some in batches(ids, 500):
            for row in self._db.select("articles", id=some, order="id"):
                self._ours.indexing.add(row["id"], row)
            done += len(some)
            tell(done)

    # Those of which both know

    def join(self, site: str, *, replaced: bool) -> tuple[int, int]:
        """Join the texts of the articles that are in both; return how many are others than before
        and how many are not. If they are *replaced*, they become what that archive has.
        """
        self._db.execute("DROP TABLE IF EXISTS temp.alike")
        said = [
            name for name in self._columns.of("articles") if name not in {*_OURS_ALONE, *_SEEN}
        ]  # fmt: skip
        self._execute(
            _ALIKE,
            theirs=", ".join(f"theirs.{name}" for name in said),
            ours=", ".join(f"ours.{name}" for name in said),
        )
        self._db.execute("CREATE UNIQUE INDEX temp.alike_by_source ON alike(source)")
        for rule in Rules.parts:
            theirs, ours = (
                ", ".join(f'{row}."{name}"' for name in rule.columns) for row in ("theirs", "ours")
            )
            self._execute(_DIFFERING_PARTS, table=rule.table, theirs=theirs, ours=ours)
        changed = self._db.execute(_SEEN_BY_BOTH).rowcount
        same = self._db.execute("SELECT count(*) FROM temp.alike").fetchone()[0] - changed
        self._ours.articles.forget()
        for target, source in self._db.execute(_DIFFERING).fetchall():
            is_changed = self._join(site, target, source, replaced=replaced)
            changed, same = changed + is_changed, same + (not is_changed)
        self._db.execute("DROP TABLE temp.alike")
        return changed, same

    def _join(self, site: str, target: int, source: int, *, replaced: bool) -> bool:
        """Join the texts of one article that both have; return whether it is another than before.

        What was seen last holds, and its reading with all that stands beside it; the other texts
        are earlier ones, in order of time.
        """
        ours, theirs = self._of_ours(site, target), self._of_theirs(site, source)
        holds = replaced or _rank(theirs) > _rank(ours)
        held, other = (theirs, ours) if holds else (ours, theirs)
        history = held.history if replaced else joined(
            held.history, held.sightings.values(), other.history, other.sightings.values()
        )  # fmt: skip
        articles = self._ours.articles
        is_changed = articles.put_joined(target, held.row, held.parts, history)
        if holds and ours.row["url"] != theirs.row["url"]:
            articles.readdress(site, ours.row["url"], theirs.row["url"])
        return is_changed

    def _of_ours(self, site: str, article_id: int) -> "_Whole":
        """Return all that this archive said of an article before the captures there came."""
        whole = _whole(self._ours, site, article_id)
        ((came,),) = self._db.execute(_CAME_HERE).fetchall()
        whole.sightings = {
            number: at for number, at in whole.sightings.items() if came is None or number < came
        }
        return whole

    def _of_theirs(self, site: str, article_id: int) -> "_Whole":
        """Return all that the other archive says of an article, with the numbers of this one."""
        whole = _whole(self._theirs, site, article_id)
        for standing in (whole.row, *whole.history):
            standing["capture_id"] = self._capture(standing["capture_id"])
        return whole

    def _capture(self, number: int | None) -> int | None:
        sql = "SELECT target FROM temp.captures_here WHERE source = ?"
        row = self._db.execute(sql, [number]).fetchone()
        return row and int(row[0])

    # What both call otherwise

    def are_any(self, site: str) -> bool:
        """Whether any address or article of a site is known here."""
        sql = """
            SELECT EXISTS (SELECT 1 FROM main.urls WHERE site = :site)
                OR EXISTS (SELECT 1 FROM main.articles WHERE site = :site)"""
        return bool(self._db.execute(sql, {"site": site}).fetchone()[0])

    def note_forms(self, site: str) -> None:
        """Note the addresses that are written otherwise there, before the ledgers are joined."""
        self._db.execute("DROP TABLE IF EXISTS temp.forms_before")
        self._db.execute(_FORMS_BEFORE, {"site": site})

    def use_forms(self, site: str) -> None:
        """Write addresses as the ledger writes them now, wherever articles and addresses name them.

        Whoever follows the chain would else not find what is held.
        """
        self._db.execute("DROP TABLE IF EXISTS temp.forms")
        self._db.execute(_FORMS, {"site": site})
        for old, new in self._db.execute("SELECT old, new FROM temp.forms").fetchall():
            self._ours.articles.readdress(site, old, new)
            self._db.update("urls", {"moved_to": new}, moved_to=old, site=site)
        self._ours.urls.forget()

    def name_files(self) -> None:
        """Name, of the pictures and files of articles, what is held by now."""
        for table in ("images", "attachments"):
            self._db.execute(composed(_FILES_HELD, table=table))

    def _execute(self, sql: str, **parts: str) -> int:
        return self._db.execute(composed(sql, **parts)).rowcount


@dataclass(slots=True)
class _Whole:
    """All that an archive says of an article."""

    row: Row
    parts: Parts
    history: list[Standing]
    sightings: dict[int, str]
    """When it was seen, by the captures of that archive that tell it."""


def _whole(tables: Tables, site: str, article_id: int) -> _Whole:
    articles = tables.articles
    (row,) = articles.rows([article_id])
    sightings = articles.sightings(site, row["url"])
    return _Whole(row, tables.parts.whole(article_id), articles.history(article_id), sightings)


def _rank(whole: _Whole) -> tuple[Any, ...]:
    """Return by what is told which of two texts of an article holds: the one that was seen last.

    Of two that were seen in one second any will do, but the same in every archive.
    """
    row = whole.row
    said = {name: row[name] for name in row if name not in {"id", *_OURS_ALONE, *_SEEN, "url"}}
    return (
        row["last_seen_at"], words_in_order(row),
        json.dumps(said, sort_keys=True), json.dumps(whole.parts, sort_keys=True),
    )  # fmt: skip
