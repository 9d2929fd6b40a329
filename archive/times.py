"""How the archive writes times."""

from crawler.text.dates import Moment
from crawler.text.dates import utc as utc  # times of crawling


def iso(moment: Moment | None) -> str | None:
    """Return a time of publication as the archive writes it, with the portal's offset."""
    return moment.isoformat() if moment else None
