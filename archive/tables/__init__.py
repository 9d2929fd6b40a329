"""The tables, one a file. Outside of `archive` nobody asks them."""

from archive.connection import Connection
from archive.tables.articles import Articles
from archive.tables.captures import Captures
from archive.tables.changes import Changes
from archive.tables.media import Media
from archive.tables.parts import PartTables
from archive.tables.problems import Problems
from archive.tables.revisions import Revisions
from archive.tables.routes import Routes
from archive.tables.runs import Runs
from archive.tables.signs import Signs
from archive.tables.sites import Sites
from archive.tables.urls import Urls


class Tables:
    """All tables of one connection. Whoever writes to one has begun the transaction."""

    def __init__(self, db: Connection) -> None:
        self.sites = Sites(db)
        self.runs = Runs(db)
        self.problems = Problems(db)
        self.changes = Changes(db)
        self.urls = Urls(db, self.changes)
        self.routes = Routes(db, self.urls)
        self.signs = Signs(db)
        self.captures = Captures(db)
        self.media = Media(db, self.sites)
        self.revisions = Revisions(db)
        self.articles = Articles(
            db, self.revisions, PartTables(db, self.sites, self.media), self.changes
        )

    def begun(self) -> None:
        """Forget what was read before this transaction: others may have written since."""
        self.urls.forget()
        self.articles.forget()
        self.captures.forget()

    def undone(self) -> None:
        """Forget what was read in a transaction that came to nothing."""
        self.begun()
        self.sites.forget()
        self.routes.forget()
