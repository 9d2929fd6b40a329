"""What hosts were found to be, day by day, and what web archives have of them."""

from datetime import datetime

from archive.connection import Connection, Row
from archive.times import utc
from crawler.survey import Finding, Holding
from crawler.text.addresses import host_of


class SurveyQueries:
    """Reads ``surveys`` and ``web_archives``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def last(self) -> list[Row]:
        """Return the last survey of each host of each site (the view ``last_surveys``)."""
        return [*self._db.query("SELECT * FROM last_surveys ORDER BY site, id")]

    def holdings(self) -> list[Row]:
        """Return what is known of what web archives have of each host."""
        return [*self._db.query("SELECT * FROM web_archives ORDER BY site, url, archive")]


class Surveys(SurveyQueries):
    """Writes them, too. Whoever writes has begun the transaction."""

    def add(self, finding: Finding) -> None:
        """Add what a host was found to be."""
        row = {
            "site": finding.site,
            "host": host_of(finding.url),
            "url": finding.url,
            "asked_at": utc(finding.asked_at),
            "dns": finding.dns,
            "tls": finding.tls,
            "status": finding.status,
            "says": finding.says,
            "evidence": finding.evidence,
            "leads_to": finding.leads_to,
            "unit": finding.unit,
            "cms": finding.cms,
        }
        self._db.insert("surveys", row)
        self._sum_up(finding.site, finding.url)

    def put(self, site: str, url: str, holding: Holding) -> None:
        """Write what a web archive has of a host, and sum up what all of them have.

        What is not known any better does not replace what was known.
        """
        row: Row = {
            "site": site,
            "url": url,
            "archive": holding.archive,
            "asked_at": utc(holding.asked_at),
            "error": holding.error,
        }
        if holding.error is None:
            row |= {
                "first": _written(holding.first),
                "last": _written(holding.last),
                "pages": holding.pages,
            }
        self._db.upsert("web_archives", row, key=("site", "url", "archive"))
        self._sum_up(site, url)

    def _sum_up(self, site: str, url: str) -> None:
        """Write into the last survey of a host what web archives have of it."""
        self._db.execute(
            """
            UPDATE surveys SET (first_archived, last_archived, archived) =
                (SELECT min(first), max(last), max(pages) FROM web_archives
                 WHERE site = :site AND url = :url)
            WHERE id = (SELECT max(id) FROM surveys WHERE site = :site AND url = :url)""",
            {"site": site, "url": url},
        )


def _written(moment: datetime | None) -> str | None:
    return utc(moment) if moment else None
