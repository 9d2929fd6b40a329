"""Accepting what was set aside: a page that looked like none of the portal's own, and is."""

from collections.abc import Mapping
from dataclasses import dataclass

from archive import Archive
from archive.warc import WarcError
from crawler.sites import Site
from crawler.vocabulary import Flag, Outcome, ReadFrom
from curation.derive import NotDerivedError, Received, derive, original, profiles_of, site_of


class NotAcceptedError(Exception):
    """A capture that cannot be accepted; the message says why."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A capture that was accepted, and what that meant for the archive."""

    capture_id: int
    url: str
    outcome: Outcome


def accept(archive: Archive, sites: Mapping[str, Site], capture_id: int) -> Accepted:
    """Store what a flagged capture says as the article of its address, in its place in time.

    *sites* are the descriptions of today. Raises `NotAcceptedError`, and `sqlite3.Error` if the
    archive cannot be written.
    """
    row = archive.captures.row(capture_id)
    if row is None:
        raise NotAcceptedError("no capture has this number; see: tinhuyen quarantine")
    flags = row["flags"].split()
    if Flag.ACCEPTED in flags:
        raise NotAcceptedError("it was accepted already")
    if not flags:
        raise NotAcceptedError("it is not in quarantine; see: tinhuyen quarantine")
    whence = original(archive, row["url"], capture_id, ReadFrom.PAGE)
    if Flag.LOST in flags or whence is None:
        raise NotAcceptedError("it is lost: its file was cut short")
    try:
        site = site_of(archive, row["site"], sites)
        page = derive(Received(archive.folder, whence), site, profiles_of(archive, site))
    except NotDerivedError as error:
        raise NotAcceptedError(f"it cannot be read as an article: {error}") from error
    except WarcError as error:
        raise NotAcceptedError(f"it cannot be read: {error}") from error
    except OSError as error:
        raise NotAcceptedError(f"it cannot be read: {error.strerror or error}") from error
    return Accepted(capture_id, row["url"], archive.articles.accept(whence.capture, page))
