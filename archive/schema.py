"""The archive's schema, as migrations that are applied once each, in order.

Add a change as a new migration at the end; never edit one that has been released. Every table and
column is described to readers in ``reading_room/metadata.yaml``, and a test holds the two together.
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
        # the words as written, so that the exact spelling can rank first. It is fed by
        # tables/articles.py.
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


@migrations()
def complete_ledger(db: Database) -> None:
    """What completeness needs: second routes, rechecks, tombstones, the chain and its breaks."""
    for statement in (
        "ALTER TABLE urls ADD COLUMN run_id INTEGER REFERENCES runs(id)",
        "ALTER TABLE urls ADD COLUMN recheck TEXT",
        "ALTER TABLE urls ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE urls ADD COLUMN gone_since TEXT",
        "ALTER TABLE urls ADD COLUMN modified_at TEXT",
        "ALTER TABLE urls ADD COLUMN listed_in INTEGER REFERENCES runs(id)",
        "ALTER TABLE urls ADD COLUMN hops INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX urls_to_recheck ON urls(site) WHERE recheck IS NOT NULL",
        "CREATE INDEX urls_by_move ON urls(moved_to) WHERE moved_to IS NOT NULL",
        "CREATE INDEX urls_to_revisit ON urls(site, next_try_at) WHERE next_try_at IS NOT NULL",
        "ALTER TABLE articles ADD COLUMN canonical_url TEXT",
        "ALTER TABLE articles ADD COLUMN read_from TEXT NOT NULL DEFAULT 'page'",
        "CREATE INDEX articles_by_canonical ON articles(canonical_url) "
        "WHERE canonical_url IS NOT NULL",
        """
        CREATE TABLE routes (
            site TEXT NOT NULL REFERENCES sites(key),
            route TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'absent', 'refused', 'failed')),
            url TEXT,
            pending TEXT NOT NULL DEFAULT '[]',
            walk_run INTEGER REFERENCES runs(id),
            total INTEGER,
            tells_changes INTEGER NOT NULL DEFAULT 0,
            etag TEXT,
            last_modified TEXT,
            checked_at TEXT NOT NULL,
            walked_at TEXT,
            PRIMARY KEY (site, route)
        )""",
        # The chain by portal: whether it has one, where it begins, and whom its articles name.
        "CREATE INDEX articles_by_chain ON articles(site, prev_url, published_at)",
        # An article is a break of the chain if its page names no older neighbour or one that is
        # not held; but one without is the chain's beginning: the oldest of them. What holds for a
        # portal is worked out once for it, and the index holds all that decides the rest, so that
        # the texts of whole articles need not be read.
        """
        CREATE VIEW chain_breaks AS
        WITH chains AS MATERIALIZED (
            SELECT key,
                   EXISTS (SELECT 1 FROM articles c WHERE c.site = key AND c.prev_url > '')
                       AS is_chained,
                   (SELECT o.id FROM articles o WHERE o.site = key AND o.prev_url IS NULL
                    ORDER BY o.published_at IS NULL, o.published_at, o.id LIMIT 1) AS first_id
            FROM sites)
        SELECT a.site, a.id AS article_id, a.url, a.title, a.published_at,
               a.prev_url, u.state AS prev_state, u.reason AS prev_reason,
               (SELECT o.url FROM articles o
                WHERE o.site = a.site AND o.published_at < a.published_at
                ORDER BY o.published_at DESC LIMIT 1) AS older_url
        FROM chains
        CROSS JOIN articles a INDEXED BY articles_by_chain ON a.site = chains.key
        LEFT JOIN urls u ON u.url = a.prev_url
        WHERE CASE
            WHEN a.prev_url IS NOT NULL
            THEN NOT EXISTS (SELECT 1 FROM articles o WHERE o.url = a.prev_url)
            ELSE is_chained AND a.id <> first_id
            END""",
        # By way of the portals, so that the index of states serves a query over all of them, too.
        """
        CREATE VIEW gaps AS
        SELECT urls.site, url, state, status, reason, found_by, found_on, tries, tried_at
        FROM sites CROSS JOIN urls ON urls.site = sites.key
        WHERE state IN ('waiting', 'gone', 'refused', 'failed')
          AND NOT EXISTS (SELECT 1 FROM articles a WHERE a.url = urls.url)
        UNION ALL
        SELECT site, url, 'broken', NULL, 'names no older neighbour', 'prev', older_url, NULL, NULL
        FROM chain_breaks WHERE prev_url IS NULL""",
        # A subquery a figure, each of which is a range of an index.
        """
        CREATE VIEW coverage AS
        SELECT *, missing = 0 AND articles > 0 AND coalesce(claimed, 0) <= articles AS complete
        FROM (
            SELECT key AS site,
                (SELECT count(*) FROM urls WHERE site = key) AS known,
                (SELECT count(*) FROM urls WHERE site = key AND state = 'held') AS held,
                (SELECT count(*) FROM urls WHERE site = key AND state = 'waiting') AS waiting,
                (SELECT count(*) FROM urls WHERE site = key AND state = 'gone') AS gone,
                (SELECT count(*) FROM urls WHERE site = key AND state = 'refused') AS refused,
                (SELECT count(*) FROM urls WHERE site = key AND state = 'failed') AS failed,
                (SELECT count(*) FROM urls WHERE site = key AND state = 'not_article')
                    AS not_article,
                (SELECT count(*) FROM urls WHERE site = key AND state = 'elsewhere') AS elsewhere,
                (SELECT count(*) FROM articles WHERE site = key) AS articles,
                (SELECT min(published_at) FROM articles WHERE site = key) AS oldest,
                (SELECT max(published_at) FROM articles WHERE site = key) AS newest,
                (SELECT max(total) FROM routes WHERE site = key) AS claimed,
                (SELECT count(*) FROM chain_breaks WHERE site = key) AS chain_breaks,
                coalesce(missing, 0) AS missing
            FROM sites
            LEFT JOIN (SELECT site, count(*) AS missing FROM gaps GROUP BY site) ON site = key
            WHERE EXISTS (SELECT 1 FROM urls WHERE site = key)
        )""",
    ):
        db.execute(statement)


@migrations()
def keep_originals(db: Database) -> None:
    """What was received, the texts as they once stood, and what an article cites."""
    for statement in (
        # A file of captures; what stands in it beside head and captures belongs to nothing.
        """
        CREATE TABLE warcs (
            file TEXT PRIMARY KEY,
            site TEXT NOT NULL REFERENCES sites(key),
            begun_at TEXT NOT NULL,
            head_length INTEGER NOT NULL,
            head_sha256 TEXT NOT NULL
        )""",
        """
        CREATE TABLE captures (
            id INTEGER PRIMARY KEY,
            url TEXT NOT NULL,
            site TEXT NOT NULL REFERENCES sites(key),
            run_id INTEGER NOT NULL REFERENCES runs(id),
            fetched_at TEXT NOT NULL,
            status INTEGER NOT NULL,
            content_type TEXT,
            bytes INTEGER NOT NULL,
            payload_sha256 TEXT NOT NULL,
            warc_file TEXT NOT NULL REFERENCES warcs(file),
            warc_offset INTEGER NOT NULL,
            warc_length INTEGER NOT NULL,
            request_length INTEGER NOT NULL,
            warc_sha256 TEXT NOT NULL,
            source TEXT NOT NULL CHECK (source IN ('live', 'wayback', 'import')),
            refers_to INTEGER REFERENCES captures(id),
            part_of INTEGER REFERENCES captures(id),
            flags TEXT NOT NULL DEFAULT ''
        )""",
        "CREATE INDEX captures_by_url ON captures(url, fetched_at)",
        "CREATE INDEX captures_by_place ON captures(warc_file, warc_offset)",
        "CREATE INDEX captures_by_site ON captures(site, fetched_at)",
        "CREATE INDEX captures_by_holder ON captures(refers_to) WHERE refers_to IS NOT NULL",
        "CREATE INDEX captures_by_whole ON captures(part_of) WHERE part_of IS NOT NULL",
        "CREATE INDEX captures_by_flags ON captures(flags) WHERE flags <> ''",
        "ALTER TABLE articles ADD COLUMN revised_at TEXT",
        "UPDATE articles SET revised_at = first_seen_at",
        "ALTER TABLE articles ADD COLUMN source TEXT",
        "ALTER TABLE articles ADD COLUMN published_confidence TEXT",
        "ALTER TABLE articles ADD COLUMN charset TEXT",
        "CREATE INDEX articles_by_capture ON articles(capture_id)",
        """
        CREATE TABLE revisions (
            article_id INTEGER NOT NULL REFERENCES articles(id),
            revision INTEGER NOT NULL,
            seen_at TEXT NOT NULL,
            last_seen_at TEXT NOT NULL,
            capture_id INTEGER REFERENCES captures(id),
            read_from TEXT NOT NULL,
            title TEXT NOT NULL,
            lead TEXT,
            body TEXT,
            body_html TEXT,
            author TEXT,
            category TEXT,
            published_at TEXT,
            text_sha256 TEXT NOT NULL,
            PRIMARY KEY (article_id, revision)
        )""",
        "CREATE INDEX revisions_by_capture ON revisions(capture_id)",
        """
        CREATE VIEW history AS
        SELECT article_id, revision, seen_at, last_seen_at, capture_id, title, lead, body,
               author, category, published_at, text_sha256, 0 AS is_newest
        FROM revisions
        UNION ALL
        SELECT id, revision, revised_at, last_seen_at, capture_id, title, lead, body,
               author, category, published_at, text_sha256, 1
        FROM articles""",
        """
        CREATE VIEW quarantine AS
        SELECT captures.id AS capture_id, captures.site, captures.url, fetched_at, flags,
               (SELECT message FROM problems
                WHERE problems.url = captures.url AND kind = 'quarantine'
                  AND problems.run_id = captures.run_id ORDER BY id DESC LIMIT 1) AS reason
        FROM captures
        WHERE flags <> '' AND flags NOT LIKE '%accepted%' AND flags NOT LIKE '%lost%'
          AND flags <> 'unread'""",
        # The pictures and files that articles name, each address once, and what became of it.
        """
        CREATE TABLE media (
            id INTEGER PRIMARY KEY,
            site TEXT NOT NULL REFERENCES sites(key),
            url TEXT NOT NULL UNIQUE,
            state TEXT NOT NULL CHECK (state IN (
                'waiting', 'held', 'gone', 'refused', 'failed', 'elsewhere')),
            status INTEGER,
            reason TEXT,
            sha256 TEXT,
            bytes INTEGER,
            content_type TEXT,
            capture_id INTEGER REFERENCES captures(id),
            tries INTEGER NOT NULL DEFAULT 0,
            tried_at TEXT,
            run_id INTEGER REFERENCES runs(id)
        )""",
        "CREATE INDEX media_by_state ON media(site, state)",
        "CREATE INDEX media_by_capture ON media(capture_id) WHERE capture_id IS NOT NULL",
        """
        INSERT OR IGNORE INTO media (site, url, state)
        SELECT site, images.url, 'waiting' FROM images JOIN articles ON articles.id = article_id""",
        """
        INSERT OR IGNORE INTO media (site, url, state)
        SELECT site, attachments.url, 'waiting'
        FROM attachments JOIN articles ON articles.id = article_id""",
        "CREATE INDEX problems_by_url ON problems(url, kind)",
        "CREATE INDEX images_by_url ON images(url)",
        "CREATE INDEX attachments_by_url ON attachments(url)",
        """
        CREATE TABLE citations (
            article_id INTEGER NOT NULL REFERENCES articles(id),
            position INTEGER NOT NULL,
            type TEXT,
            number TEXT NOT NULL,
            issuer TEXT,
            date TEXT,
            text TEXT NOT NULL,
            key TEXT NOT NULL,
            PRIMARY KEY (article_id, position)
        )""",
        "CREATE INDEX citations_by_key ON citations(key)",
        "CREATE INDEX citations_by_number ON citations(number)",
    ):
        db.execute(statement)


@migrations()
def ask_web_archives(db: Database) -> None:
    """Which web archive was asked for an address in the portal's place."""
    db.execute("ALTER TABLE urls ADD COLUMN web_archive TEXT")


MIGRATION_NAMES = frozenset(m.name for m in migrations.pending(Database(memory=True)))
"""The migrations of this version; an archive with another one is from a newer version."""
