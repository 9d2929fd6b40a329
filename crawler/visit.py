"""What came of an address: a request that ended, and how the address became known."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from crawler.exchange import Capture
from crawler.mementos import AskedMemento
from crawler.page import AboutPicture, Page, Requisite
from crawler.text.pixels import Size
from crawler.vocabulary import Discovery, Flag, MediaKind, ReadFrom, RouteStatus, State

LOOKED_AT_AGAIN_AFTER: Final = timedelta(days=3)
"""How long the sections of a portal are left alone of which its first list names nothing new, and
its start page where another route tells what is new."""


MOST_LINKS: Final = 20_000
"""Links of a site that are kept in mind, be it by a crawl or in the archive."""


@dataclass(frozen=True, slots=True)
class Origin:
    """How an address became known."""

    found_by: Discovery
    found_on: str | None = None
    """The address of the page that named it."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is sought at the address of a picture or file that no article says is there."""

    kind: MediaKind
    """An upload, or a page about a picture."""
    form: str
    """The form of the picture that an article shows."""
    size: Size | None = None
    """How large that is, as far as it is held."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address that an article links to and nothing else names."""

    url: str
    found_on: str
    """The address of the article."""
    is_judged: bool
    """Whether it was decided that it does not read as an article's."""


@dataclass(frozen=True, slots=True)
class RouteState:
    """What the archive knows of a second route of a portal."""

    state: RouteStatus
    url: str | None
    """Where a walk begins."""
    pending: tuple[str, ...]
    """Where the walk goes on; empty when it has ended."""
    walked: bool
    """Whether it was ever walked to its end."""
    tells_changes: bool
    """Whether it says when each article last changed."""
    is_doubted: bool
    """Whether what it does not name may be there, though it was walked to its end."""
    etag: str | None
    last_modified: str | None
    checked_at: datetime
    """When it was last asked, UTC."""
    walked_at: datetime | None = None
    """When it was last walked to its end, UTC."""
    looked_at: datetime | None = None
    """When all of its lists were last looked at, as far as there was news, UTC."""

    def is_to_be_looked_at(self, now: datetime) -> bool:
        """Whether the further lists of a list for people are to be looked at again."""
        return self.looked_at is None or now - self.looked_at >= LOOKED_AT_AGAIN_AFTER


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to an address and what came of it. Every request ends as exactly one."""

    url: str
    """The address that was asked for."""
    origin: Origin
    at: datetime
    """When the answer came, UTC."""
    state: State
    status: int | None = None
    """The HTTP status; None where no answer came."""
    reason: str | None = None
    """Why it is not held, in words."""
    moved_to: str | None = None
    """Where the address leads, if ``state`` is elsewhere."""
    page: Page | None = None
    """What was read; set if ``state`` is held or not_article."""
    read_from: ReadFrom = ReadFrom.PAGE
    """Whether the address itself was asked for, or REST gave its article."""
    capture: Capture | None = None
    """What was received."""
    is_media: bool = False
    """Whether the address is that of a picture or a file of articles, which has no page."""
    is_imported: bool = False
    """Whether it stands in a file that is imported: nobody asked the portal, wherever the address
    is known from."""
    is_accepted: bool = False
    """Whether a person has looked at the page and vouches for it."""
    flag: Flag | None = None
    """What is wrong with the page, so that it must not be shown as the article."""
    web_archive: str | None = None
    """The web archive that said this in the portal's place; of what is not held all that have given
    what they have of it, with spaces between them."""
    asked: tuple[AskedMemento, ...] = ()
    """What was asked for of web archives, this answer and those that said less."""
    parts: tuple[Capture, ...] = ()
    """What was received for the further parts of a divided article, in order."""
    etag: str | None = None
    """What the portal calls this version of the page, to ask whether it has another one."""
    last_modified: str | None = None
    """When it says that the page last changed, as it writes it."""
    requisites: tuple[Requisite, ...] = ()
    """What the page, or the style sheet, needs to look as it did, where that was looked for."""
    linked: tuple[str, ...] = ()
    """What an article's page links to on its site that may be articles, too."""
    about: AboutPicture | None = None
    """What a page about a picture of articles says of it."""
    refuted: str | None = None
    """Where the picture was believed to lie as it was uploaded, if such a page names another."""
