"""The tables that `rules` join by their keys, a statement a table."""

from archive.connection import Connection, composed
from archive.merging.at_hand import AT_HAND, EACH
from archive.merging.rules import Keyed, Log, Rules

_NUMBER_HERE = "(SELECT target FROM temp.{table}_here WHERE source = {row}.{column})"


class Columns:
    """The columns of the tables, as SQLite knows them."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._of: dict[str, list[str]] = {}

    def of(self, table: str) -> list[str]:
        """Return the columns of a table that are stored, but for its own number."""
        if table not in self._of:
            info = self._db.execute(composed("PRAGMA main.table_xinfo({table})", table=table))
            self._of[table] = [name for _, name, _, _, _, _, hidden in info
                               if not hidden and name != "id"]  # fmt: skip
        return self._of[table]


class Rows:
    """Joins the rows of the sites at hand that need no more than a statement."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._columns = Columns(db)
        self._keyed: dict[tuple[str, bool], str] = {}
        self._logged: dict[str, dict[str, str]] = {}
        """The statements for each table, which are the same whatever is at hand."""

    def join(self, *, replaced: bool) -> None:
        """Join them. If they are *replaced*, what that archive says holds, and it alone."""
        for rule in Rules.keyed:
            if replaced:
                self._forget(rule)
            self._join_keyed(rule, replaced=replaced)
        for log in Rules.logs:
            if log.of:
                self._join_log(log)

    def join_whole(self) -> None:
        """Join the rows that are of no site."""
        for log in Rules.logs:
            if not log.of:
                self._join_log(log)

    def _forget(self, rule: Keyed) -> None:
        """Delete what that archive has no more."""
        same = " AND ".join(f"theirs.{column} = ours.{column}" for column in rule.key)
        sql = """
            DELETE FROM main.{table} AS ours WHERE site IN {at_hand}
            AND NOT EXISTS (SELECT 1 FROM source.{table} AS theirs WHERE {same})"""
        self._db.execute(composed(sql, table=rule.table, same=same, at_hand=AT_HAND))

    def _join_keyed(self, rule: Keyed, *, replaced: bool) -> None:
        known = (rule.table, replaced)
        if known not in self._keyed:
            self._keyed[known] = self._joining(rule, replaced=replaced)
        self._db.execute(self._keyed[known])

    def _joining(self, rule: Keyed, *, replaced: bool) -> str:
        columns = self._columns.of(rule.table)
        held = _is_later(rule, columns, replaced=replaced)
        kept = {
            **{column: f"min(ours.{column}, excluded.{column})" for column in rule.earliest},
            **{column: f"max(ours.{column}, excluded.{column})" for column in rule.largest},
        }
        values = {
            column: kept.get(column, f'iif({held}, excluded."{column}", ours."{column}")')
            for column in columns
            if column not in rule.key
        }
        return composed(
            """
            INSERT INTO main.{table} AS ours ({columns})
            SELECT {theirs} FROM {each} WHERE 1 ORDER BY theirs.rowid
            ON CONFLICT ({key}) DO UPDATE SET {changes} WHERE ({before}) IS NOT ({after})""",
            table=rule.table, columns=_listed(columns), key=", ".join(rule.key),
            each=composed(EACH, table=rule.table), theirs=_here(columns, rule.numbers, "theirs"),
            changes=", ".join(f'"{column}" = {value}' for column, value in values.items()),
            before=", ".join(f'ours."{column}"' for column in values),
            after=", ".join(values.values()),
        )  # fmt: skip

    def _join_log(self, rule: Log) -> None:
        """Write the rows of both in the order of time, if any of that archive is not here."""
        if rule.table not in self._logged:
            self._logged[rule.table] = self._logging(rule)
        parts = self._logged[rule.table]
        if not self._db.execute(composed(_IS_ANY, **parts)).fetchone()[0]:
            return
        self._db.execute(composed(_LOGGED, **parts))
        if self._db.execute(composed(_IS_OTHER, **parts)).fetchone()[0]:
            for statement in _REWRITE:
                self._db.execute(composed(statement, **parts))
        self._db.execute("DROP TABLE temp.logged")

    def _logging(self, rule: Log) -> dict[str, str]:
        columns = self._columns.of(rule.table)
        of = rule.of or "1"
        return {
            "table": rule.table, "columns": _listed(columns), "time": rule.time,
            "here": of.format(schema="main", sites=AT_HAND),
            "there": of.format(schema="source", sites=AT_HAND),
            "theirs": _here(columns, rule.numbers, "theirs"),
            "key": ", ".join(f'"{column}"' for column in rule.key),
            "later": "".join(f"{each.format(row='both_sides')} DESC, " for each in rule.later),
            "rest": ", ".join(f'"{name}" DESC' for name in columns if name not in rule.numbers),
        }  # fmt: skip


_IS_ANY = "SELECT EXISTS (SELECT 1 FROM source.{table} WHERE {there})"
# Rows of one key in one archive are several; of two archives the first ones are one, and so on.
_LOGGED = """
    CREATE TEMP TABLE logged AS
    SELECT {columns}, nth FROM (
        SELECT *, row_number() OVER (PARTITION BY {key}, nth ORDER BY {later} {rest}) AS place
        FROM (
            SELECT {columns}, row_number() OVER (PARTITION BY {key} ORDER BY id) AS nth
            FROM main.{table} WHERE {here}
            UNION ALL
            SELECT {columns}, row_number() OVER (PARTITION BY {key} ORDER BY id) AS nth
            FROM (SELECT id, {theirs} FROM source.{table} AS theirs WHERE {there})
        ) AS both_sides
    ) WHERE place = 1"""
_IS_OTHER = """
    SELECT EXISTS (
        SELECT {columns}, nth FROM temp.logged EXCEPT
        SELECT {columns}, row_number() OVER (PARTITION BY {key} ORDER BY id)
        FROM main.{table} WHERE {here})"""
_REWRITE = (
    "DELETE FROM main.{table} WHERE {here}",
    """
    INSERT INTO main.{table} ({columns})
    SELECT {columns} FROM temp.logged ORDER BY "{time}", {rest}""",
)


def _is_later(rule: Keyed, columns: list[str], *, replaced: bool) -> str:
    """Return the condition that a row of theirs holds, and not the one that is here."""
    if replaced:
        return "1"
    # Numbers are given in the order in which archives come: they must not decide.
    said = ", ".join(f'{{row}}."{column}"' for column in columns if column not in rule.numbers)
    compared = [*rule.later, f"json_array({said})"]
    theirs, ours = (
        ", ".join(each.format(row=row) for each in compared) for row in ("excluded", "ours")
    )
    return f"(({theirs}) > ({ours}))"


def _here(columns: list[str], numbers: dict[str, str], row: str) -> str:
    """Return the values of a row of theirs as they are here."""
    return ", ".join(
        _NUMBER_HERE.format(table=numbers[column], row=row, column=column) + f' AS "{column}"'
        if column in numbers
        else f'{row}."{column}"'
        for column in columns
    )


def _listed(columns: list[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
