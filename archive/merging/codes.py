"""The codes of another archive: they lead here where they led there."""

from archive.connection import Connection, composed
from archive.merging.at_hand import EACH
from archive.tables import Tables

# Of an article that was joined there to another one, both may be here, each by itself.
_JOINED_THERE = """
    WITH RECURSIVE leading(code, leads_to) AS (
        SELECT code, leads_to FROM source.aliases WHERE leads_to IS NOT NULL
        UNION
        SELECT leading.code, aliases.leads_to
        FROM leading JOIN source.aliases ON aliases.code = leading.leads_to
        WHERE aliases.leads_to IS NOT NULL
    )
    SELECT DISTINCT ours.url, coalesce(by_code.url, by_address.url)
    FROM leading JOIN source.articles AS theirs ON theirs.code = leading.leads_to
    JOIN main.articles AS ours ON ours.code = leading.code AND ours.site = theirs.site
    LEFT JOIN main.articles AS by_code
        ON by_code.code = theirs.code AND by_code.site = theirs.site
    LEFT JOIN main.articles AS by_address
        ON by_address.url = theirs.url AND by_address.site = theirs.site
    WHERE theirs.site = :site"""
_SAME_ARTICLE = composed(
    """
    WITH RECURSIVE leading(code, source) AS (
        SELECT code, id FROM {each}
        UNION
        SELECT aliases.code, source
        FROM leading JOIN source.aliases ON aliases.leads_to = leading.code
    )
    SELECT leading.code, ours.code
    FROM leading CROSS JOIN temp.articles_here USING (source)
    CROSS JOIN main.articles AS ours ON ours.id = target
    WHERE leading.code <> ours.code
    AND NOT EXISTS (SELECT 1 FROM main.articles WHERE articles.code = leading.code)
    AND NOT EXISTS (SELECT 1 FROM main.aliases
                    WHERE aliases.code = leading.code AND leads_to IS NOT NULL)
    ORDER BY leading.code""",
    each=composed(EACH, table="articles"),
)
"""The codes that lead to an article there, and its code here."""
_WITHDRAWN_HERE = """
    DELETE FROM main.aliases WHERE leads_to IS NULL AND code IN (
        SELECT code FROM temp.articles_here AS here
        CROSS JOIN source.articles AS theirs ON theirs.id = here.source)"""
_WITHDRAWN_THERE = """
    SELECT ours.id FROM main.articles AS ours JOIN source.aliases USING (code)
    WHERE ours.site = :site AND aliases.leads_to IS NULL"""
_LEADING_NOWHERE = """
    SELECT code FROM source.aliases WHERE leads_to IS NULL
    AND code NOT IN (SELECT code FROM main.aliases) AND code NOT IN (SELECT code FROM main.articles)
    ORDER BY changed"""


class Codes:
    """Joins codes. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection, tables: Tables) -> None:
        self._db = db
        self._tables = tables

    def join_articles(self, site: str) -> None:
        """Make one of two articles here that are one there."""
        for url, into in self._db.execute(_JOINED_THERE, {"site": site}).fetchall():
            if into and url != into:
                self._tables.articles.merge(site, url, into)

    def forget_withdrawn(self) -> int:
        """Have those codes lead to articles again that were withdrawn here, and are held there;
        return how many these are.
        """
        return self._db.execute(_WITHDRAWN_HERE).rowcount

    def lead(self) -> None:
        """Have the codes of the articles of the sites at hand lead on to the articles here."""
        for code, leads_to in self._db.execute(_SAME_ARTICLE).fetchall():
            self._db.delete("aliases", code=code)
            self._tables.changes.join(code, leads_to)

    def withdraw(self, site: str) -> None:
        """Hold no more what that archive has withdrawn."""
        for (article_id,) in self._db.execute(_WITHDRAWN_THERE, {"site": site}).fetchall():
            self._tables.articles.withdraw(article_id)

    def lead_nowhere(self) -> None:
        """Note which codes lead nowhere there, and are of no article here."""
        for (code,) in self._db.execute(_LEADING_NOWHERE).fetchall():
            self._tables.changes.withdraw(code)
