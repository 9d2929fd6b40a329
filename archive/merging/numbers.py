"""Which number a row of another archive has in ours: temporary tables, made anew for the sites at
hand.

``temp.<table>_here`` leads from a ``source`` to its ``target``. Other tables name runs, captures
and articles by their numbers, and so these are matched before anything else is.
"""

from archive.connection import Connection, composed
from archive.flags import carries
from archive.merging.at_hand import EACH
from crawler.vocabulary import Flag

TABLES = ("runs", "captures", "articles")
_IN_ORDER = {"runs": "started_at, id"}
"""By what rows that are new are numbered, if not in the order that they have there."""

_MAKE = """
    CREATE TEMP TABLE IF NOT EXISTS {table}_here (
        source INTEGER PRIMARY KEY,
        target INTEGER NOT NULL,
        is_new INTEGER NOT NULL
    )"""
_NUMBER = """
    INSERT INTO temp.{table}_here (source, target, is_new)
    SELECT id, (SELECT coalesce(max(id), 0) FROM main.{table})
               + row_number() OVER (ORDER BY {order}), 1
    FROM {each} WHERE id NOT IN (SELECT source FROM temp.{table}_here)"""
"""Rows that are not here get the next numbers."""

# Two runs that began in the same second are told apart by their order.
_RUNS = """
    SELECT id, started_at, row_number() OVER (PARTITION BY started_at ORDER BY id) AS nth
    FROM {schema}.runs WHERE site = :site"""
_MATCH_RUNS = composed(
    """
    INSERT INTO temp.runs_here SELECT theirs.id, ours.id, 0
    FROM ({theirs}) AS theirs JOIN ({ours}) AS ours USING (started_at, nth)""",
    theirs=_RUNS.format(schema="source"), ours=_RUNS.format(schema="main"),
)  # fmt: skip
_RUN_COLUMNS = (
    "finished_at", "outcome", "requests", "new", "changed", "unchanged", "gone", "failed", "bytes",
    "held", "missing",
)  # fmt: skip
_ADD_RUNS = composed(
    """
    INSERT INTO main.runs (id, site, started_at, {columns})
    SELECT target, site, started_at, {columns}
    FROM temp.runs_here JOIN source.runs ON id = source WHERE is_new ORDER BY target""",
    columns=", ".join(_RUN_COLUMNS),
)
_GO_ON_WITH_RUNS = composed(
    """
    UPDATE main.runs SET ({columns}) = ({theirs})
    FROM temp.runs_here JOIN source.runs AS theirs ON theirs.id = source
    WHERE runs.id = target AND NOT is_new
    AND (coalesce(theirs.finished_at, ''), theirs.requests, coalesce(theirs.outcome, ''))
      > (coalesce(runs.finished_at, ''), runs.requests, coalesce(runs.outcome, ''))""",
    columns=", ".join(_RUN_COLUMNS),
    theirs=", ".join(f"theirs.{column}" for column in _RUN_COLUMNS),
)
_IS_LATE = """
    SELECT min(started_at) FROM (
        SELECT started_at, id > min(id) OVER (
            ORDER BY started_at, id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS is_late
        FROM main.runs WHERE site = :site)
    WHERE is_late"""
"""From which run on the numbers of a site's runs are not in their order in time."""
_REORDER = """
    CREATE TEMP TABLE reordered AS
    SELECT id AS old, (SELECT max(id) FROM main.runs)
                      + row_number() OVER (ORDER BY started_at, id) AS new
    FROM main.runs WHERE site = :site AND started_at >= :since"""
_NAME_RUN = """
    UPDATE main.{table} SET {column} = (SELECT new FROM temp.reordered WHERE old = {column})
    WHERE {column} IN (SELECT old FROM temp.reordered)"""

_MATCH_CAPTURES = """
    INSERT INTO temp.captures_here SELECT theirs.id, min(ours.id), 0
    FROM source.captures AS theirs CROSS JOIN main.captures AS ours
    ON ours.url = theirs.url AND ours.site = theirs.site AND ours.fetched_at = theirs.fetched_at
    AND ours.warc_sha256 = theirs.warc_sha256
    WHERE theirs.site = :site GROUP BY theirs.id"""
"""By the address and the time, and by the bytes of the record: whoever has these has it."""

_MATCH_BY_CODE = """
    INSERT INTO temp.articles_here SELECT theirs.id, ours.id, 0
    FROM source.articles AS theirs JOIN main.articles AS ours USING (code)
    WHERE theirs.site = :site AND ours.site = :site"""
_MATCH_BY_ADDRESS = """
    INSERT OR IGNORE INTO temp.articles_here SELECT theirs.id, ours.id, 0
    FROM source.articles AS theirs JOIN main.articles AS ours USING (url, site)
    WHERE theirs.site = :site"""
# An address that one site has may have another form here; it is the same by its key.
_MATCH_BY_KEY = """
    INSERT OR IGNORE INTO temp.articles_here SELECT theirs.id, ours.id, 0
    FROM source.articles AS theirs
    JOIN source.urls AS named ON named.url = theirs.url AND named.site = theirs.site
    JOIN main.urls AS known ON known.urlkey = named.urlkey AND known.site = named.site
    JOIN main.articles AS ours ON ours.url = known.url AND ours.site = known.site
    WHERE theirs.site = :site AND known.url <> named.url"""
_MATCH_BY_LEADING = """
    WITH RECURSIVE leading(source, code) AS (
        SELECT theirs.id, aliases.leads_to
        FROM source.articles AS theirs JOIN main.aliases USING (code) WHERE theirs.site = :site
        UNION
        SELECT source, leads_to FROM leading JOIN main.aliases USING (code)
    )
    INSERT OR IGNORE INTO temp.articles_here SELECT leading.source, ours.id, 0
    FROM leading JOIN main.articles AS ours USING (code) WHERE ours.site = :site"""
"""What was two articles there and here is one."""
_MATCH_BY_THEIR_LEADING = """
    WITH RECURSIVE leading(source, code) AS (
        SELECT theirs.id, aliases.code
        FROM source.articles AS theirs JOIN source.aliases ON leads_to = theirs.code
        WHERE theirs.site = :site
        UNION
        SELECT source, aliases.code FROM leading JOIN source.aliases ON leads_to = leading.code
    )
    INSERT OR IGNORE INTO temp.articles_here SELECT leading.source, min(ours.id), 0
    FROM leading JOIN main.articles AS ours USING (code) WHERE ours.site = :site
    GROUP BY leading.source"""
"""And the reverse."""


class Numbers:
    """Matches the rows of the sites at hand. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def begin(self) -> None:
        """Forget what was matched of other sites."""
        for table in TABLES:
            self._db.execute(composed(_MAKE, table=table))
            self._db.execute(composed("DELETE FROM temp.{table}_here", table=table))

    def add(self, table: str) -> None:
        """Give those rows of the sites at hand a number that have none."""
        each = composed(EACH, table=table)
        order = _IN_ORDER.get(table, "id")
        self._db.execute(composed(_NUMBER, table=table, each=each, order=order))

    def add_runs(self) -> None:
        """Add the runs that are not here."""
        self.add("runs")
        self._db.execute(_ADD_RUNS)

    # Of a site of which something is here

    def match_runs(self, site: str) -> None:
        """Add the runs that are not here, and note how those ended of which more is known there."""
        self._db.execute(_MATCH_RUNS, {"site": site})
        self.add_runs()
        self._db.execute(_GO_ON_WITH_RUNS)
        self._put_runs_in_order(site)

    def _put_runs_in_order(self, site: str) -> None:
        """Have the numbers of runs follow the time, by which the last one of a site is told."""
        ((since,),) = self._db.execute(_IS_LATE, {"site": site}).fetchall()
        if since is None:
            return
        self._db.execute(_REORDER, {"site": site, "since": since})
        self._db.execute("CREATE UNIQUE INDEX temp.reordered_by_old ON reordered(old)")
        for table, column in self._naming("runs"):
            self._db.execute(composed(_NAME_RUN, table=table, column=column))
        self._db.execute(composed(_NAME_RUN, table="runs", column="id"))
        self._db.execute(
            "UPDATE temp.runs_here SET target = new FROM temp.reordered WHERE old = target"
        )
        self._db.execute("DROP TABLE temp.reordered")

    def _naming(self, table: str) -> list[tuple[str, str]]:
        """Return the tables and columns that name the rows of a table."""
        return [
            (child, column)
            for (child,) in self._db.execute(
                "SELECT name FROM main.sqlite_master WHERE type = 'table'"
            ).fetchall()
            for _, _, parent, column, *_ in self._db.execute(
                composed("PRAGMA main.foreign_key_list({child})", child=child)
            ).fetchall()
            if parent == table
        ]

    def match_captures(self, site: str) -> None:
        """Match the captures, and give those a number that are not here."""
        self._db.execute(_MATCH_CAPTURES, {"site": site})
        self.add("captures")

    def match_articles(self, site: str) -> None:
        """Match the articles, and give those a number that are not here."""
        for match in (
            *(_MATCH_BY_CODE, _MATCH_BY_LEADING, _MATCH_BY_ADDRESS, _MATCH_BY_KEY),
            _MATCH_BY_THEIR_LEADING,
        ):
            self._db.execute(match, {"site": site})
        self.add("articles")


LACKING = composed(
    """
    SELECT theirs.site, theirs.id, theirs.warc_file, theirs.warc_offset,
           theirs.warc_length + theirs.request_length AS length, theirs.warc_sha256,
           {theirs_lost} AS is_lost
    FROM {each} WHERE NOT EXISTS (
        SELECT 1 FROM main.captures AS ours
        WHERE ours.url = theirs.url AND ours.site = theirs.site
        AND ours.fetched_at = theirs.fetched_at AND ours.warc_sha256 = theirs.warc_sha256
        AND ({theirs_lost} OR NOT {ours_lost}))
    ORDER BY theirs.site, theirs.warc_file, theirs.warc_offset""",
    each=composed(EACH, table="captures"),
    theirs_lost=carries(Flag.LOST, "theirs"), ours_lost=carries(Flag.LOST, "ours"),
)  # fmt: skip
"""The captures of the sites at hand whose bytes are not here, file by file as they stand there."""
