"""What speaks for it that a portal's pages are not read as they should be."""

from datetime import datetime

from archive.connection import Connection, composed, one_of
from archive.times import utc
from crawler.text.addresses import urlkey
from crawler.vocabulary import Discovery, RouteStatus, RunOutcome, Sign, State

_ALIKE = """
    SELECT count(*) AS number, (SELECT count(*) FROM articles WHERE site = :site) AS among
    FROM articles WHERE site = :site AND {given} > ''
    GROUP BY {by} ORDER BY number DESC LIMIT 1"""
_NAMED = [how for how in Discovery if how.names_articles or how == Discovery.LISTING]

_COUNTS = {
    Sign.ONE_TITLE: composed(_ALIKE, given="title", by="title"),
    # The beginning and the length of a text: whole ones would be sorted in files.
    Sign.ONE_TEXT: composed(_ALIKE, given="body", by="length(body), substr(body, 1, 100)"),
    Sign.ONE_DAY: composed(_ALIKE, given="published_at", by="substr(published_at, 1, 10)"),
    Sign.NO_ARTICLE: composed(
        """
        SELECT coalesce(sum(state = '{not_article}'), 0) AS number, count(*) AS among
        FROM urls WHERE site = :site AND found_by IN ({named})
        AND state IN ('{not_article}', '{held}')""",
        not_article=State.NOT_ARTICLE,
        held=State.HELD,
        named=one_of(_NAMED),
    ),
    Sign.NO_LINKS: composed(
        """
        SELECT count(*) AS number, count(*) AS among
        FROM urls WHERE site = :site AND state = '{not_article}'
        AND NOT EXISTS (SELECT 1 FROM urls named
                        WHERE named.site = :site
                        AND (named.found_by = '{listing}' OR named.in_list))
        AND NOT EXISTS (SELECT 1 FROM routes WHERE routes.site = :site
                        AND routes.state = '{open}' AND walked_at IS NOT NULL)""",
        not_article=State.NOT_ARTICLE,
        listing=Discovery.LISTING,
        open=RouteStatus.OPEN,
    ),
    Sign.NO_WAY_ON: composed(
        """
        WITH RECURSIVE start(url) AS (
            SELECT url FROM urls WHERE site = :site AND urlkey = :start
            UNION
            SELECT moved_to FROM start JOIN urls USING (url) WHERE site = :site AND moved_to > '')
        SELECT count(*) AS number, count(*) AS among FROM articles WHERE site = :site
        AND EXISTS (SELECT 1 FROM start CROSS JOIN urls USING (url)
                    WHERE site = :site AND state IN ('{not_article}', '{held}'))
        AND EXISTS (SELECT 1 FROM urls WHERE urls.site = :site
                    AND (found_by = '{listing}' OR in_list))
        AND EXISTS (SELECT 1 FROM runs WHERE runs.site = :site AND outcome = '{finished}')
        AND NOT EXISTS (SELECT 1 FROM articles chained WHERE chained.site = :site
                        AND coalesce(chained.prev_url, chained.next_url) IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM routes WHERE routes.site = :site
                        AND walked_at IS NOT NULL
                        AND (proves OR is_paged OR route IN ({of_others})))""",
        not_article=State.NOT_ARTICLE,
        held=State.HELD,
        listing=Discovery.LISTING,
        finished=RunOutcome.FINISHED,  # what was told to stop has not looked where lists lead
        of_others=one_of(how for how in Discovery if not how.is_portals_own),
    ),
}
"""How many rows show each sign, and of how many."""


def speaks(sign: Sign, number: int, among: int) -> bool:
    """Whether so many rows among so many are a sign, and not what may well be on a good portal.

    A weekly notice has one title, a busy day a dozen articles.
    """
    match sign:
        case Sign.ONE_TITLE | Sign.ONE_TEXT:
            return number >= 3 and (2 * number >= among or (number >= 12 and 5 * number >= among))
        case Sign.ONE_DAY:
            return number >= 20 and 3 * number >= among
        case Sign.NO_ARTICLE:
            return number >= 3 and 2 * number > among
        case Sign.NO_LINKS | Sign.NO_WAY_ON:
            return number >= 1


class Signs:
    """Writes ``signs``. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def look(self, site: str, at: datetime, *, texts: bool = True) -> None:
        """Look for signs in what is known of a site and, where they may be others than before, in
        its *texts*; note what is found.
        """
        (row,) = self._db.select("sites", key=site)
        parameters = {"site": site, "start": urlkey(row["base_url"])}
        looked_for = [sign for sign in Sign if texts or not sign.is_of_texts]
        self._db.delete("signs", site=site, sign=looked_for)
        for sign in looked_for:
            counted = self._db.execute(_COUNTS[sign], parameters).fetchone()
            if counted and speaks(sign, *counted):
                number, among = counted
                found = {"sign": sign, "number": number, "among": among}
                self._db.insert("signs", {"site": site, "noted_at": utc(at)} | found)
