"""The tables, one a file. Outside of `archive` nobody asks them."""

from archive.connection import Connection
from archive.tables.alarms import Alarms
from archive.tables.backups import Backups
from archive.tables.captures import Captures
from archive.tables.changes import Changes
from archive.tables.collections import Collections
from archive.tables.former_warcs import FormerWarcs
from archive.tables.imprints import Imprints
from archive.tables.indexing import Indexing
from archive.tables.links import Links
from archive.tables.lists import Lists
from archive.tables.media import Media
from archive.tables.mementos import Mementos
from archive.tables.noise import Noise
from archive.tables.problems import Problems
from archive.tables.profiles import Profiles
from archive.tables.pushes import Pushes
from archive.tables.reviews import Reviews
from archive.tables.routes import Routes
from archive.tables.runs import Runs
from archive.tables.signs import Signs
from archive.tables.sites import Sites
from archive.tables.surveys import Surveys
from archive.tables.takedowns import Takedowns
from archive.tables.takeovers import Takeovers
from archive.tables.urls import Urls
from archive.tables.withheld import (
    Withheld,
    WithheldArticles,
    WithheldParts,
    WithheldRevisions,
)


class Tables:
    """All tables of one connection. Whoever writes to one has begun the transaction."""

    def __init__(self, db: Connection) -> None:
        self.sites = Sites(db)
        self.alarms = Alarms(db)
        self.runs = Runs(db)
        self.problems = Problems(db)
        self.changes = Changes(db)
        self.noise = Noise(db)
        self.urls = Urls(db, self.changes, self.noise)
        self.links = Links(db, self.urls)
        self.lists = Lists(db)
        self.routes = Routes(db, self.urls, self.lists)
        self.signs = Signs(db)
        self.surveys = Surveys(db)
        self.profiles = Profiles(db)
        self.imprints = Imprints(db)
        self.captures = Captures(db)
        self.former_warcs = FormerWarcs(db)
        self.media = Media(db, self.sites)
        self.mementos = Mementos(db)
        self.backups = Backups(db)
        self.collections = Collections(db)
        self.pushes = Pushes(db)
        self.reviews = Reviews(db)
        self.takedowns = Takedowns(db)
        self.takeovers = Takeovers(db)
        self.withheld = Withheld(db, self.sites, self.takedowns)
        self.revisions = WithheldRevisions(db, self.withheld)
        self.parts = WithheldParts(db, self.sites, self.media, self.withheld)
        self.indexing = Indexing(db)
        self.articles = WithheldArticles(
            db, self.revisions, self.parts, self.changes, self.indexing, self.takedowns,
            self.withheld,
        )  # fmt: skip

    def begun(self) -> None:
        """Forget what was read before this transaction: others may have written since."""
        self.urls.forget()
        self.articles.forget()
        self.indexing.forget()
        self.captures.forget()
        self.takedowns.forget()

    def undone(self) -> None:
        """Forget what was read in a transaction that came to nothing."""
        self.begun()
        self.withheld.undone()
        self.sites.forget()
        self.routes.forget()
        self.noise.forget()
