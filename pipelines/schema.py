"""The archive's schema, as migrations that are applied once each, in order.

Add a change as a new migration at the end; never edit one that has been released. Every table and
column is described to readers in ``web/metadata.yaml``, and a test holds the two together.
"""

from sqlite_utils import Database, Migrations

APPLICATION_ID = 0x54696E48
"""``PRAGMA application_id`` of an archive: "TinH" in ASCII. It tells our files from others'."""

migrations = Migrations("tinhuyen")


@migrations()
def create_archive(db: Database) -> None:
    """The portals, the addresses known of them, the articles, and the crawls that found them."""
    for statement in (
        f"PRAGMA application_id = {APPLICATION_ID}",
        """
        CREATE TABLE sites (
            key TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            province TEXT,
            cms TEXT NOT NULL,
            base_url TEXT NOT NULL,
            active_from TEXT,
            active_to TEXT,
            note TEXT
        )""",
        """
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY,
            site TEXT NOT NULL REFERENCES sites(key),
            started_at TEXT NOT NULL,
            finished_at TEXT,
            outcome TEXT,
            requests INTEGER NOT NULL DEFAULT 0,
            new INTEGER NOT NULL DEFAULT 0,
            changed INTEGER NOT NULL DEFAULT 0,
            unchanged INTEGER NOT NULL DEFAULT 0,
            gone INTEGER NOT NULL DEFAULT 0,
            failed INTEGER NOT NULL DEFAULT 0,
            bytes INTEGER NOT NULL DEFAULT 0
        )""",
        "CREATE INDEX runs_by_site ON runs(site, started_at)",
        """
        CREATE TABLE problems (
            id INTEGER PRIMARY KEY,
            run_id INTEGER NOT NULL REFERENCES runs(id),
            url TEXT,
            at TEXT NOT NULL,
            kind TEXT NOT NULL,
            message TEXT NOT NULL
        )""",
        "CREATE INDEX problems_by_run ON problems(run_id)",
        # urlkey is the address without what does not identify it (scheme, www, trailing slash,
        # tracking), so that variants of one address are one row.
        """
        CREATE TABLE urls (
            id INTEGER PRIMARY KEY,
            site TEXT NOT NULL REFERENCES sites(key),
            url TEXT NOT NULL UNIQUE,
            urlkey TEXT NOT NULL UNIQUE,
            found_by TEXT NOT NULL CHECK (found_by IN (
                'seed', 'prev', 'next', 'rest', 'sitemap', 'feed', 'listing', 'id', 'wayback',
                'import')),
            found_on TEXT,
            found_at TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN (
                'waiting', 'held', 'not_article', 'gone', 'refused', 'failed', 'elsewhere')),
            status INTEGER,
            reason TEXT,
            moved_to TEXT,
            tries INTEGER NOT NULL DEFAULT 0,
            tried_at TEXT,
            next_try_at TEXT
        )""",
        "CREATE INDEX urls_by_state ON urls(site, state)",
        # The long texts stand last, so that a scan of the other columns need not read them.
        """
        CREATE TABLE articles (
            id INTEGER PRIMARY KEY,
            site TEXT NOT NULL REFERENCES sites(key),
            url TEXT NOT NULL UNIQUE,
            title TEXT NOT NULL,
            lead TEXT,
            author TEXT,
            category TEXT,
            published_at TEXT,
            published_raw TEXT,
            published_by TEXT,
            modified_at TEXT,
            prev_url TEXT,
            next_url TEXT,
            language TEXT,
            words INTEGER NOT NULL,
            revision INTEGER NOT NULL DEFAULT 1,
            first_seen_at TEXT NOT NULL,
            last_seen_at TEXT NOT NULL,
            capture_id INTEGER,
            text_sha256 TEXT NOT NULL,
            body TEXT,
            body_html TEXT,
            year INTEGER GENERATED ALWAYS AS (CAST(substr(published_at, 1, 4) AS INTEGER)) VIRTUAL
        )""",
        "CREATE INDEX articles_by_date ON articles(site, published_at)",
        "CREATE INDEX articles_by_published_at ON articles(published_at)",
        "CREATE INDEX articles_by_category ON articles(category)",
        "CREATE INDEX articles_by_year ON articles(year)",
        "CREATE INDEX articles_by_author ON articles(author)",
        "CREATE INDEX articles_by_words ON articles(words)",
        "CREATE INDEX articles_by_first_seen ON articles(first_seen_at)",
        "CREATE INDEX articles_by_prev ON articles(prev_url)",
        "CREATE INDEX articles_by_next ON articles(next_url)",
        """
        CREATE TABLE images (
            article_id INTEGER NOT NULL REFERENCES articles(id),
            position INTEGER NOT NULL,
            url TEXT NOT NULL,
            caption TEXT,
            alt TEXT,
            width INTEGER,
            height INTEGER,
            sha256 TEXT,
            PRIMARY KEY (article_id, position)
        )""",
        """
        CREATE TABLE attachments (
            article_id INTEGER NOT NULL REFERENCES articles(id),
            position INTEGER NOT NULL,
            url TEXT NOT NULL,
            label TEXT,
            sha256 TEXT,
            PRIMARY KEY (article_id, position)
        )""",
        "CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
        """
        CREATE TABLE article_tags (
            article_id INTEGER NOT NULL REFERENCES articles(id),
            tag_id INTEGER NOT NULL REFERENCES tags(id),
            PRIMARY KEY (article_id, tag_id)
        )""",
        "CREATE INDEX article_tags_by_tag ON article_tags(tag_id)",
        # title, lead and body are fed without marks, so that "cho don" finds "Chợ Đồn" and
        # snippet() still shows the words as written, which it reads from the view. "exact" is fed
        # the words as written, so that the exact spelling can rank first. archive.py feeds it.
        """
        CREATE VIEW articles_text AS
        SELECT id, title, lead, body,
               title || char(10) || coalesce(lead, '') || char(10) || coalesce(body, '') AS exact
        FROM articles""",
        """
        CREATE VIRTUAL TABLE articles_fts USING fts5(
            title, lead, body, exact,
            content="articles_text", content_rowid="id", tokenize="unicode61 remove_diacritics 0"
        )""",
        """
        CREATE VIEW timeline AS
        SELECT site, substr(published_at, 1, 7) AS month, count(*) AS articles
        FROM articles
        WHERE published_at IS NOT NULL
        GROUP BY site, month
        ORDER BY month""",
    ):
        db.execute(statement)


MIGRATION_NAMES = frozenset(m.name for m in migrations.pending(Database(memory=True)))
"""The migrations of this version; an archive with another one is from a newer version."""
