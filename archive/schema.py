"""The archive's schema, as migrations that are applied once each, in order.

Add a change as a new migration at the end; never edit one that has been released. Every table and
column is described to readers in ``reading_room/metadata.yaml``, and a test holds the two together.

Views stand in `archive.views`; a migration that changes one makes them all anew (`_make_views`).
The words that a CHECK allows are those of the vocabulary when the archive was made: a set that
gains a member needs a migration that lets older archives have it, as `name_words_once` does.
"""

import re
from datetime import UTC, datetime

from archive.codes import code_of
from archive.connection import Connection, one_of
from archive.migrations import Migrations
from archive.shared_addresses import give_back
from archive.tables.loose_ends import SCHEMA_OF_LOOSE_ENDS, LooseEnds
from archive.tables.signs import Signs
from archive.views import IN_NO_LIST, VIEWS
from crawler.text.addresses import urlkey
from crawler.text.fold import fold
from crawler.text.places import IIS
from crawler.vocabulary import (
    AlarmKind,
    Change,
    Discovery,
    Grade,
    ImprintKind,
    ListState,
    MediaKind,
    MediaState,
    PlaceKind,
    PushState,
    Reviewed,
    RouteStatus,
    Source,
    State,
)
from crawler.vocabulary.soundness import DatabaseTrouble

APPLICATION_ID = 0x54696E48
"""``PRAGMA application_id`` of an archive: "TinH" in ASCII. It tells our files from others'."""

migrations = Migrations("tinhuyen")


@migrations()
def create_archive(db: Connection) -> None:
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
        f"""
        CREATE TABLE urls (
            id INTEGER PRIMARY KEY,
            site TEXT NOT NULL REFERENCES sites(key),
            url TEXT NOT NULL UNIQUE,
            urlkey TEXT NOT NULL UNIQUE,
            found_by TEXT NOT NULL,
            found_on TEXT,
            found_at TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ({one_of(State)})),
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
    ):
        db.execute(statement)


@migrations()
def complete_ledger(db: Connection) -> None:
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
        f"""
        CREATE TABLE routes (
            site TEXT NOT NULL REFERENCES sites(key),
            route TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ({one_of(RouteStatus)})),
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
    ):
        db.execute(statement)


@migrations()
def keep_originals(db: Connection) -> None:
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
        f"""
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
            source TEXT NOT NULL CHECK (source IN ({one_of(Source)})),
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
        # The pictures and files that articles name, each address once, and what became of it.
        f"""
        CREATE TABLE media (
            id INTEGER PRIMARY KEY,
            site TEXT NOT NULL REFERENCES sites(key),
            url TEXT NOT NULL UNIQUE,
            state TEXT NOT NULL CHECK (state IN ({one_of(MediaState)})),
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
def ask_web_archives(db: Connection) -> None:
    """Which web archive was asked for an address in the portal's place."""
    db.execute("ALTER TABLE urls ADD COLUMN web_archive TEXT")


@migrations()
def name_words_once(db: Connection) -> None:
    """The views with the words of the vocabulary; and a new way of discovery needs no migration."""
    _drop_check(db, "urls", "found_by")
    _make_views(db)


@migrations()
def keep_requisites(db: Connection) -> None:
    """Style sheets, fonts and theme pictures in the ledger of pictures and files."""
    for statement in (
        f"""
        ALTER TABLE media ADD COLUMN kind TEXT NOT NULL DEFAULT 'picture'
        CHECK (kind IN ({one_of(MediaKind)}))""",
        "ALTER TABLE media ADD COLUMN ask_again INTEGER NOT NULL DEFAULT 0",
        """
        UPDATE media SET kind = 'file' WHERE url IN (SELECT url FROM attachments)
        AND url NOT IN (SELECT url FROM images)""",
        "CREATE INDEX media_by_kind ON media(site, kind, state)",
        "CREATE INDEX media_to_ask_again ON media(site, kind) WHERE ask_again",
        "CREATE INDEX media_by_run ON media(run_id) WHERE run_id IS NOT NULL",
    ):
        db.execute(statement)


@migrations()
def ask_hosts_in_turn(db: Connection) -> None:
    """When a host may be asked, whoever asks it."""
    db.execute("""
        CREATE TABLE hosts (
            host TEXT PRIMARY KEY,
            next_at TEXT NOT NULL,
            delay REAL NOT NULL,
            crawl_delay REAL,
            day TEXT NOT NULL,
            requests INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            until TEXT,
            noted_at TEXT NOT NULL
        )""")
    db.execute("""
        CREATE TABLE host_sites (
            host TEXT NOT NULL REFERENCES hosts(host),
            site TEXT NOT NULL REFERENCES sites(key),
            last_at TEXT,
            wants_until TEXT,
            is_open INTEGER NOT NULL DEFAULT 1,
            day TEXT NOT NULL,
            requests INTEGER NOT NULL DEFAULT 0,
            bytes INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (host, site)
        )""")
    db.execute("CREATE INDEX host_sites_by_site ON host_sites(site)")


@migrations()
def tell_identities(db: Connection) -> None:
    """The permanent codes of articles, and the number of the last change of each."""
    for statement in (
        "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        """
        CREATE TABLE aliases (
            code TEXT PRIMARY KEY,
            leads_to TEXT,
            changed INTEGER NOT NULL UNIQUE
        )""",
    ):
        db.execute(statement)
    _identify(db)
    _remake(db, _ARTICLES, "identities")
    # Whoever asks for those that name an article means its site's; an index of the site alone would
    # be taken otherwise, which is a range of thousands of rows.
    db.execute("DROP INDEX articles_by_next")
    db.execute("CREATE INDEX articles_by_next ON articles(next_url, site)")
    db.execute("INSERT INTO counters SELECT 'changed', count(*) FROM articles")
    db.execute("DROP TABLE temp.identities")
    _make_views(db)


@migrations()
def tell_what_is_proved(db: Connection) -> None:
    """Which lists prove that they name all there is, and signs that pages are read badly.

    Of lists that an older version walked, those with a total are believed, and sitemaps but for one
    of just so many addresses as NukeViet lists at most; others are walked once more.
    """
    for statement in (
        """
        CREATE TABLE signs (
            site TEXT NOT NULL REFERENCES sites(key),
            sign TEXT NOT NULL,
            number INTEGER NOT NULL,
            among INTEGER NOT NULL,
            noted_at TEXT NOT NULL,
            PRIMARY KEY (site, sign)
        )""",
        "ALTER TABLE routes ADD COLUMN is_paged INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE routes ADD COLUMN proves INTEGER",
        """
        UPDATE routes SET proves = 1 WHERE walked_at IS NOT NULL AND (
            total IS NOT NULL OR (route = 'sitemap' AND 1000 <> (
                SELECT count(*) FROM urls WHERE urls.site = routes.site AND found_by = 'sitemap')))
        """,
        "CREATE INDEX urls_by_list ON urls(site, state) WHERE listed_in IS NOT NULL",
    ):
        db.execute(statement)
    _make_views(db)


@migrations()
def tell_hosts(db: Connection) -> None:
    """The further hosts of a portal; and addresses of IIS, to which case makes no difference."""
    db.execute("ALTER TABLE sites ADD COLUMN hosts TEXT NOT NULL DEFAULT '[]'")
    db.execute(
        "CREATE INDEX urls_without_case ON urls(site, lower(urlkey)) "
        f"WHERE instr(lower(urlkey), '{IIS}')"
    )


_CHANGES = one_of(change for change in Change if change.is_of_held)
_ARTICLES = f"""
    CREATE TABLE articles (
        id INTEGER PRIMARY KEY,
        site TEXT NOT NULL REFERENCES sites(key),
        url TEXT NOT NULL,
        title TEXT NOT NULL,
        lead TEXT,
        author TEXT,
        source TEXT,
        category TEXT,
        published_at TEXT,
        published_raw TEXT,
        published_by TEXT,
        published_confidence TEXT,
        modified_at TEXT,
        prev_url TEXT,
        next_url TEXT,
        canonical_url TEXT,
        language TEXT,
        charset TEXT,
        words INTEGER NOT NULL,
        revision INTEGER NOT NULL DEFAULT 1,
        first_seen_at TEXT NOT NULL,
        revised_at TEXT,
        last_seen_at TEXT NOT NULL,
        read_from TEXT NOT NULL DEFAULT 'page',
        profile TEXT,
        capture_id INTEGER,
        code TEXT NOT NULL UNIQUE,
        changed INTEGER NOT NULL UNIQUE,
        change TEXT NOT NULL CHECK (change IN ({_CHANGES})),
        text_sha256 TEXT NOT NULL,
        body TEXT,
        body_html TEXT,
        year INTEGER GENERATED ALWAYS AS (CAST(substr(published_at, 1, 4) AS INTEGER)) VIRTUAL,
        UNIQUE (url, site)
    )"""


@migrations()
def tell_sites_apart(db: Connection) -> None:
    """An address is a site's: two bodies may stand at one, each with rows of its own."""
    _remake(db, _URLS)
    _remake(db, _MEDIA)
    db.execute("DROP INDEX captures_by_url")
    db.execute("CREATE INDEX captures_by_url ON captures(url, site, fetched_at)")
    if db.execute("SELECT count(*) > 1 FROM sites").fetchone()[0]:
        give_back(db)
    _make_views(db)


@migrations()
def withhold(db: Connection) -> None:
    """What is not shown, since when, to what degree and why; the texts lie in a file beside."""
    for statement in (
        f"""
        CREATE TABLE takedowns (
            id INTEGER PRIMARY KEY,
            code TEXT,
            url TEXT,
            urlkey TEXT,
            grade TEXT NOT NULL CHECK (grade IN ({one_of(Grade)})),
            reason TEXT NOT NULL,
            by TEXT,
            at TEXT NOT NULL,
            cleared_at TEXT,
            lifted_at TEXT,
            lifted_by TEXT,
            CHECK (code IS NOT NULL OR urlkey IS NOT NULL)
        )""",
        "CREATE INDEX takedowns_by_code ON takedowns(code)",
        "CREATE INDEX takedowns_by_urlkey ON takedowns(urlkey) WHERE urlkey IS NOT NULL",
        f"""
        CREATE TABLE withheld (
            article_id INTEGER PRIMARY KEY REFERENCES articles(id),
            grade TEXT NOT NULL CHECK (grade IN ({one_of(Grade)})),
            takedown INTEGER NOT NULL REFERENCES takedowns(id),
            document INTEGER
        )""",
    ):
        db.execute(statement)


_URLS = f"""
    CREATE TABLE urls (
        id INTEGER PRIMARY KEY,
        site TEXT NOT NULL REFERENCES sites(key),
        url TEXT NOT NULL,
        urlkey TEXT NOT NULL,
        found_by TEXT NOT NULL,
        found_on TEXT,
        found_at TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ({one_of(State)})),
        status INTEGER,
        reason TEXT,
        moved_to TEXT,
        tries INTEGER NOT NULL DEFAULT 0,
        tried_at TEXT,
        next_try_at TEXT,
        run_id INTEGER REFERENCES runs(id),
        recheck TEXT,
        refusals INTEGER NOT NULL DEFAULT 0,
        gone_since TEXT,
        modified_at TEXT,
        listed_in INTEGER REFERENCES runs(id),
        hops INTEGER NOT NULL DEFAULT 0,
        web_archive TEXT,
        UNIQUE (urlkey, site),
        UNIQUE (url, site)
    )"""
_MEDIA = f"""
    CREATE TABLE media (
        id INTEGER PRIMARY KEY,
        site TEXT NOT NULL REFERENCES sites(key),
        url TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ({one_of(MediaState)})),
        status INTEGER,
        reason TEXT,
        sha256 TEXT,
        bytes INTEGER,
        content_type TEXT,
        capture_id INTEGER REFERENCES captures(id),
        tries INTEGER NOT NULL DEFAULT 0,
        tried_at TEXT,
        run_id INTEGER REFERENCES runs(id),
        kind TEXT NOT NULL DEFAULT 'picture' CHECK (kind IN ({one_of(MediaKind)})),
        ask_again INTEGER NOT NULL DEFAULT 0,
        picture TEXT,
        caption TEXT,
        UNIQUE (url, site)
    )"""


@migrations()
def key_without_sessions(db: Connection) -> None:
    """Addresses that differ in a session or in dots are one; a slash that parts nothing is kept.

    Of rows that are one now, the others are asked for no more. What is held at one stays so.
    """
    rows = db.execute(
        """
        SELECT id, site, url, urlkey, state FROM urls
        WHERE url LIKE '%;%' OR url LIKE '%(%' OR url LIKE '%/.%' OR url LIKE '%?%'
           OR instr(lower(url), '%2f')
        ORDER BY state = ? DESC, id""",
        [State.HELD],
    ).fetchall()
    for row_id, site, url, key, state in rows:
        now = urlkey(url)
        if now == key:
            continue
        sql = "SELECT url FROM urls WHERE urlkey = ? AND site = ?"
        taken = db.execute(sql, [now, site]).fetchone()
        if taken is None:
            db.execute("UPDATE urls SET urlkey = ? WHERE id = ?", [now, row_id])
            continue
        db.execute("UPDATE urls SET recheck = NULL, next_try_at = NULL WHERE id = ?", [row_id])
        if state not in (State.HELD, State.GONE):
            db.execute(
                "UPDATE urls SET state = ?, reason = ?, moved_to = ? WHERE id = ?",
                [State.ELSEWHERE, "the same address", taken[0], row_id],
            )


@migrations()
def keep_validators(db: Connection) -> None:
    """What a portal calls the version of a page, to ask whether it has another one."""
    db.execute("ALTER TABLE urls ADD COLUMN etag TEXT")
    db.execute("ALTER TABLE urls ADD COLUMN last_modified TEXT")


@migrations()
def keep_thumbnails(db: Connection) -> None:
    """What a page shows of a picture that it offers in a larger form."""
    db.execute("ALTER TABLE images ADD COLUMN thumbnail TEXT")
    db.execute("CREATE INDEX images_by_thumbnail ON images(thumbnail) WHERE thumbnail IS NOT NULL")


_SITES = """
    CREATE TABLE sites (
        key TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        province TEXT,
        district TEXT REFERENCES districts(code),
        unit TEXT,
        cms TEXT,
        base_url TEXT NOT NULL,
        hosts TEXT NOT NULL DEFAULT '[]',
        active_from TEXT,
        active_to TEXT,
        note TEXT
    )"""


@migrations()
def know_the_country(db: Connection) -> None:
    """The map, whose rows are written when an archive is opened, and whose portal a site is.

    The code of a province since refers to no row of ``provinces``: there it is that of one before,
    with another name. Tools that follow references would call 52 Bình Định, which is Gia Lai now.
    Nor does ``sites.unit`` refer to ``units``: it may be the code of a province since.
    """
    for statement in (
        """
        CREATE TABLE provinces (
            code TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            type TEXT NOT NULL,
            iso_3166_2 TEXT NOT NULL,
            code_after TEXT NOT NULL,
            name_after TEXT NOT NULL
        ) WITHOUT ROWID""",
        """
        CREATE TABLE districts (
            code TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            type TEXT NOT NULL,
            province TEXT NOT NULL REFERENCES provinces(code),
            dissolved_on TEXT NOT NULL,
            merged_into TEXT REFERENCES districts(code),
            note TEXT
        ) WITHOUT ROWID""",
        "CREATE INDEX districts_by_province ON districts(province)",
        """
        CREATE TABLE units (
            code TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            type TEXT NOT NULL,
            province TEXT NOT NULL,
            province_name TEXT NOT NULL
        ) WITHOUT ROWID""",
        "CREATE INDEX units_by_province ON units(province)",
        """
        CREATE TABLE communes (
            code TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            type TEXT NOT NULL,
            district TEXT NOT NULL REFERENCES districts(code)
        ) WITHOUT ROWID""",
        "CREATE INDEX communes_by_district ON communes(district)",
        """
        CREATE TABLE successors (
            unit TEXT NOT NULL REFERENCES units(code),
            district TEXT NOT NULL REFERENCES districts(code),
            commune TEXT REFERENCES communes(code),
            went TEXT NOT NULL
        )""",
        "CREATE INDEX successors_by_unit ON successors(unit)",
        "CREATE INDEX successors_by_district ON successors(district)",
        "CREATE INDEX successors_by_commune ON successors(commune)",
    ):
        db.execute(statement)
    _remake(db, _SITES)
    db.execute("CREATE INDEX sites_by_district ON sites(district)")
    _make_views(db)


@migrations()
def tell_owners(db: Connection) -> None:
    """Which hosts another body seems to have taken over, whose they are, and whose articles are."""
    db.execute("""
        CREATE TABLE takeovers (
            id INTEGER PRIMARY KEY,
            site TEXT NOT NULL REFERENCES sites(key),
            host TEXT NOT NULL,
            since TEXT NOT NULL,
            run_id INTEGER REFERENCES runs(id),
            gone INTEGER NOT NULL,
            strangers INTEGER NOT NULL,
            message TEXT NOT NULL,
            successor TEXT,
            answered_at TEXT
        )""")
    db.execute("CREATE INDEX takeovers_by_site ON takeovers(site)")
    _make_views(db)


_FOUND_ANEW = "ÐƉðɖ⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"
"""What the full-text index held as it is written, before `fold` read it as d or a digit."""


@migrations()
def find_look_alikes(db: Connection) -> None:
    """Articles are found by what is typed for letters that look like đ, and for raised digits.

    Only those that hold any are indexed anew.
    """
    written = f"*[{_FOUND_ANEW}]*"
    rows = db.execute(
        """
        SELECT id, title, coalesce(lead, ''), coalesce(body, '') FROM articles
        WHERE title GLOB ? OR lead GLOB ? OR body GLOB ?""",
        [written] * 3,
    ).fetchall()
    for article_id, *texts in rows:
        before = [_folded_before(text) for text in texts]
        exact = "\n".join(texts)
        db.execute(
            """
            INSERT INTO articles_fts (articles_fts, rowid, title, lead, body, exact)
            VALUES ('delete', ?, ?, ?, ?, ?)""",
            [article_id, *before, exact],
        )
        db.execute(
            "INSERT INTO articles_fts (rowid, title, lead, body, exact) VALUES (?, ?, ?, ?, ?)",
            [article_id, *map(fold, texts), exact],
        )


def _folded_before(text: str) -> str:
    pieces = re.split(f"([{_FOUND_ANEW}])", text)
    pieces[::2] = map(fold, pieces[::2])
    return "".join(pieces)


@migrations()
def note_links(db: Connection) -> None:
    """What articles link to that nothing else names, and may be articles, too."""
    for statement in (
        """
        CREATE TABLE links (
            site TEXT NOT NULL REFERENCES sites(key),
            url TEXT NOT NULL,
            urlkey TEXT NOT NULL,
            found_on TEXT NOT NULL,
            found_at TEXT NOT NULL,
            judged_at TEXT,
            UNIQUE (urlkey, site)
        )""",
        "CREATE INDEX links_by_site ON links(site)",
        "CREATE INDEX links_to_judge ON links(site) WHERE judged_at IS NULL",
        f"CREATE INDEX urls_linked ON urls(site) WHERE found_by = '{Discovery.LINKED}'",
    ):
        db.execute(statement)
    _make_views(db)


@migrations()
def look_at_sections_in_turn(db: Connection) -> None:
    """When all lists of a route were last looked at; those that were walked have been just then."""
    db.execute("ALTER TABLE routes ADD COLUMN looked_at TEXT")
    db.execute(
        "UPDATE routes SET looked_at = checked_at WHERE walked_at IS NOT NULL AND pending = '[]'"
    )
    _make_views(db)


@migrations()
def learn_noise(db: Connection) -> None:
    """Which parameters of a site's addresses make no other page."""
    db.execute("""
        CREATE TABLE noise (
            site TEXT NOT NULL REFERENCES sites(key),
            parameter TEXT NOT NULL,
            since TEXT NOT NULL,
            until TEXT,
            PRIMARY KEY (site, parameter)
        )""")


@migrations()
def count_repeats(db: Connection) -> None:
    """How many paragraphs of an article are left out as repeated; no older version counted them."""
    db.execute("ALTER TABLE articles ADD COLUMN repeats INTEGER")


@migrations()
def keep_profiles(db: Connection) -> None:
    """How the pages of portals are read, by site and time."""
    db.execute("""
        CREATE TABLE profiles (
            id INTEGER PRIMARY KEY,
            site TEXT NOT NULL REFERENCES sites(key),
            name TEXT NOT NULL,
            "from" TEXT,
            rules TEXT NOT NULL,
            support INTEGER NOT NULL,
            known INTEGER NOT NULL,
            learnt_at TEXT,
            is_applied INTEGER NOT NULL,
            UNIQUE (site, name)
        )""")


@migrations()
def name_places(db: Connection) -> None:
    """Which communes and units articles name: of all that are held as soon as the map is written,
    which is taken to be an older one.
    """
    for statement in (
        f"""
        CREATE TABLE places (
            article_id INTEGER NOT NULL REFERENCES articles(id),
            kind TEXT NOT NULL CHECK (kind IN ({one_of([PlaceKind.COMMUNE, PlaceKind.UNIT])})),
            code TEXT NOT NULL,
            name TEXT NOT NULL,
            position INTEGER NOT NULL,
            how TEXT NOT NULL,
            PRIMARY KEY (article_id, kind, code)
        )""",
        "CREATE INDEX places_by_code ON places(code, kind, article_id)",
        "CREATE INDEX sites_by_unit ON sites(unit) WHERE unit IS NOT NULL",
        "PRAGMA user_version = 0",
    ):
        db.execute(statement)
    _make_views(db)


@migrations()
def note_lists(db: Connection) -> None:
    """Which lists for people a portal has, what became of each, and which articles any names.

    Of those that an older version walked nothing is known: they are walked once more.
    """
    for statement in (
        f"""
        CREATE TABLE lists (
            id INTEGER PRIMARY KEY,
            site TEXT NOT NULL REFERENCES sites(key),
            url TEXT NOT NULL,
            urlkey TEXT NOT NULL,
            found_on TEXT,
            found_at TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ({one_of(ListState)})),
            status INTEGER,
            reason TEXT,
            next_url TEXT,
            tried_at TEXT,
            walked_at TEXT,
            run_id INTEGER REFERENCES runs(id),
            UNIQUE (urlkey, site)
        )""",
        "CREATE INDEX lists_by_site ON lists(site, state)",
        "ALTER TABLE urls ADD COLUMN in_list INTEGER NOT NULL DEFAULT 0",
    ):
        db.execute(statement)
    _make_views(db)


@migrations()
def keep_imprints(db: Connection) -> None:
    """What the pages of portals call them, and were made with, by time."""
    db.execute(f"""
        CREATE TABLE imprints (
            site TEXT NOT NULL REFERENCES sites(key),
            kind TEXT NOT NULL CHECK (kind IN ({one_of(ImprintKind)})),
            value TEXT NOT NULL,
            pages INTEGER NOT NULL,
            first_seen_at TEXT NOT NULL,
            last_seen_at TEXT NOT NULL,
            UNIQUE (site, kind, value)
        )""")


@migrations()
def survey_hosts(db: Connection) -> None:
    """What each host of a site was found to be, and what web archives have of it."""
    db.execute("""
        CREATE TABLE surveys (
            id INTEGER PRIMARY KEY,
            site TEXT NOT NULL REFERENCES sites(key),
            host TEXT NOT NULL,
            url TEXT NOT NULL,
            asked_at TEXT NOT NULL,
            dns TEXT NOT NULL,
            tls TEXT,
            status INTEGER,
            says TEXT NOT NULL,
            evidence TEXT NOT NULL,
            leads_to TEXT,
            unit TEXT,
            cms TEXT,
            first_archived TEXT,
            last_archived TEXT,
            archived INTEGER
        )""")
    db.execute("CREATE INDEX surveys_by_url ON surveys(site, url, asked_at)")
    db.execute("""
        CREATE TABLE web_archives (
            site TEXT NOT NULL REFERENCES sites(key),
            url TEXT NOT NULL,
            archive TEXT NOT NULL,
            asked_at TEXT NOT NULL,
            first TEXT,
            last TEXT,
            pages INTEGER,
            error TEXT,
            PRIMARY KEY (site, url, archive)
        )""")
    _make_views(db)


@migrations()
def keep_mementos(db: Connection) -> None:
    """What web archives list of a site's addresses, what was asked for of it, and which lists."""
    for statement in (
        """
        CREATE TABLE mementos (
            id INTEGER PRIMARY KEY,
            site TEXT NOT NULL REFERENCES sites(key),
            url TEXT NOT NULL,
            urlkey TEXT NOT NULL,
            web_archive TEXT NOT NULL,
            at TEXT NOT NULL,
            status INTEGER NOT NULL,
            content_type TEXT NOT NULL,
            digest TEXT,
            place TEXT,
            is_cut INTEGER NOT NULL,
            is_list INTEGER NOT NULL,
            asked_at TEXT,
            reason TEXT,
            UNIQUE (urlkey, site, web_archive, at)
        )""",
        "CREATE INDEX mementos_by_digest ON mementos(digest, site)",
        "CREATE INDEX mementos_by_site ON mementos(site, web_archive)",
        "CREATE INDEX mementos_to_list ON mementos(site) WHERE is_list AND asked_at IS NULL",
        f"""
        CREATE TABLE memento_lists (
            site TEXT NOT NULL REFERENCES sites(key),
            web_archive TEXT NOT NULL,
            url TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ({one_of(RouteStatus)})),
            checked_at TEXT NOT NULL,
            PRIMARY KEY (site, url)
        )""",
    ):
        db.execute(statement)


@migrations()
def schedule_sites(db: Connection) -> None:
    """How often a site is to be crawled, as its entry says, and whether its start page is its own:
    so when it is due can be told of the archive alone.
    """
    db.execute("ALTER TABLE sites ADD COLUMN cadence REAL")
    db.execute("ALTER TABLE sites ADD COLUMN is_doubtful INTEGER NOT NULL DEFAULT 0")


@migrations()
def note_backups(db: Connection) -> None:
    """Which backups were tried, and what came of each."""
    db.execute("""
        CREATE TABLE backups (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            dest TEXT NOT NULL,
            ok INTEGER NOT NULL,
            bytes INTEGER,
            message TEXT NOT NULL
        )""")


@migrations()
def keep_alarms(db: Connection) -> None:
    """What was wrong from when to when, who was told of it, and what runs left behind them.

    Of the runs of an older version nobody knows what was held and missing when they ended.
    """
    for statement in (
        f"""
        CREATE TABLE alarms (
            id INTEGER PRIMARY KEY,
            site TEXT REFERENCES sites(key),
            kind TEXT NOT NULL CHECK (kind IN ({one_of(AlarmKind)})),
            since TEXT NOT NULL,
            until TEXT,
            told_at TEXT,
            end_told_at TEXT,
            acknowledged_by TEXT,
            acknowledged_at TEXT,
            message TEXT NOT NULL
        )""",
        "CREATE UNIQUE INDEX alarms_current ON alarms(kind, coalesce(site, '')) "
        "WHERE until IS NULL",
        "CREATE INDEX alarms_untold ON alarms(since) "
        "WHERE told_at IS NULL OR (until IS NOT NULL AND end_told_at IS NULL)",
        "CREATE INDEX alarms_by_site ON alarms(site)",
        """
        CREATE TABLE tellings (
            alarm_id INTEGER NOT NULL REFERENCES alarms(id),
            is_end INTEGER NOT NULL,
            sender TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (alarm_id, is_end, sender)
        )""",
        "ALTER TABLE runs ADD COLUMN held INTEGER",
        "ALTER TABLE runs ADD COLUMN missing INTEGER",
    ):
        db.execute(statement)


@migrations()
def note_loose_ends(db: Connection) -> None:
    """Which articles name an older neighbour that is not held, and which are in no list: what the
    view ``coverage`` would else look for at every article.
    """
    for statement in (
        *SCHEMA_OF_LOOSE_ENDS,
        f"CREATE INDEX urls_in_no_list ON urls(site) WHERE {IN_NO_LIST}",
    ):
        db.execute(statement)
    LooseEnds(db).rebuild()
    _make_views(db)


@migrations()
def note_pushes(db: Connection) -> None:
    """Which live pages were handed to services that archive them, too, and what came of each."""
    for statement in (
        f"""
        CREATE TABLE pushes (
            id INTEGER PRIMARY KEY,
            site TEXT NOT NULL REFERENCES sites(key),
            url TEXT NOT NULL,
            service TEXT NOT NULL,
            at TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ({one_of(PushState)})),
            job TEXT,
            memento TEXT,
            message TEXT
        )""",
        "CREATE INDEX pushes_by_url ON pushes(url, site)",
    ):
        db.execute(statement)


@migrations()
def keep_reviews(db: Connection) -> None:
    """What people found who held articles against their pages."""
    db.execute(f"""
        CREATE TABLE reviews (
            id INTEGER PRIMARY KEY,
            code TEXT NOT NULL,
            digest TEXT NOT NULL,
            verdict TEXT NOT NULL CHECK (verdict IN ({one_of(Reviewed)})),
            by TEXT NOT NULL,
            at TEXT NOT NULL
        )""")


@migrations()
def page_by_day(db: Connection) -> None:
    """Articles are paged by their day, the newest first, and so are those of a portal, a year or a
    category: by indexes in that very order.

    Datasette asks for what comes after the last row of a page, of one day those of a greater
    number. The old indexes had them the other way round, so that of articles of one moment some
    were shown twice and others never, and all articles were sorted for each page after the first.
    """
    for name, columns in (
        ("articles_by_published_at", "published_at DESC"),
        ("articles_by_date", "site, published_at DESC"),
        ("articles_by_year", "year, published_at DESC"),
        ("articles_by_category", "category, published_at DESC"),
    ):
        db.execute(f"DROP INDEX {name}")
        db.execute(f"CREATE INDEX {name} ON articles({columns})")


@migrations()
def count_citing(db: Connection) -> None:
    """How many articles cite each document is read off an index."""
    db.execute("DROP INDEX citations_by_key")
    db.execute("CREATE INDEX citations_by_key ON citations(key, article_id)")


@migrations()
def index_feeds(db: Connection) -> None:
    """What was last seen for the first time, of all portals and of each, what was edited last, and
    what is gone since when, is read off indexes: feed readers ask for it day and night.
    """
    for statement in (
        "CREATE INDEX articles_by_revised_at ON articles(revised_at, id)",
        "CREATE INDEX articles_by_site_revised_at ON articles(site, revised_at, id)",
        "CREATE INDEX articles_edited ON articles(revised_at, id) WHERE revision > 1",
        "CREATE INDEX urls_by_gone_since ON urls(gone_since) WHERE gone_since IS NOT NULL",
    ):
        db.execute(statement)


@migrations()
def look_for_signs(db: Connection) -> None:
    """Which portals show signs that their pages are read badly, by the rules of today: no crawl
    looks again at portals that are gone.

    It counts by all columns there are: whatever adds one that signs rest on stands before it.
    """
    signs = Signs(db)
    for (site,) in db.execute("SELECT key FROM sites").fetchall():
        signs.look(site, datetime.now(UTC))


@migrations()
def note_merges(db: Connection) -> None:
    """What was taken of which other archives, so that the next merge takes what is new."""
    db.execute("""
        CREATE TABLE merges (
            source TEXT NOT NULL,
            site TEXT NOT NULL REFERENCES sites(key),
            at TEXT NOT NULL,
            there TEXT NOT NULL,
            there_changed INTEGER NOT NULL,
            here TEXT NOT NULL,
            here_changed INTEGER NOT NULL,
            PRIMARY KEY (source, site)
        )""")


@migrations()
def recompress_captures(db: Connection) -> None:
    """The files of captures in whose place smaller ones stand."""
    db.execute(
        """
        CREATE TABLE former_warcs (
            file TEXT PRIMARY KEY,
            site TEXT NOT NULL REFERENCES sites(key),
            bytes INTEGER NOT NULL,
            replaced_by TEXT NOT NULL,
            replaced_at TEXT,
            removed_at TEXT
        )"""
    )


@migrations()
def note_collections(db: Connection) -> None:
    """What was collected from a fleet, and how that was then."""
    for statement in (
        """
        CREATE TABLE collections (
            site TEXT PRIMARY KEY REFERENCES sites(key),
            generation INTEGER NOT NULL,
            made_at TEXT NOT NULL,
            collected_at TEXT NOT NULL
        )""",
        """
        CREATE TABLE fleets (
            is_only INTEGER PRIMARY KEY CHECK (is_only = 1),
            at TEXT NOT NULL,
            workers INTEGER NOT NULL,
            at_work INTEGER NOT NULL,
            is_draining INTEGER NOT NULL,
            waiting INTEGER NOT NULL,
            districts INTEGER NOT NULL,
            held INTEGER NOT NULL,
            failing INTEGER NOT NULL,
            behind INTEGER NOT NULL
        )""",
    ):
        db.execute(statement)


@migrations()
def tell_uploads(db: Connection) -> None:
    """Where a picture would lie as it was uploaded, of which a page names a smaller form alone."""
    db.execute("ALTER TABLE images ADD COLUMN upload TEXT")
    db.execute("CREATE INDEX images_by_upload ON images(upload) WHERE upload IS NOT NULL")
    _remake(db, _MEDIA)
    _make_views(db)


@migrations()
def doubt_logins(db: Connection) -> None:
    """A login in the place of what a list names was taken for what stands there, for good: it is
    asked for once more, and refused if it is a login still.
    """
    db.execute("UPDATE urls SET state = 'waiting' WHERE state = 'not_article' AND reason = 'login'")


@migrations()
def tell_pages_about_pictures(db: Connection) -> None:
    """The page about a picture to which an article's picture leads, and what it says of it."""
    db.execute("ALTER TABLE images ADD COLUMN page TEXT")
    db.execute("CREATE INDEX images_by_page ON images(page) WHERE page IS NOT NULL")
    _remake(db, _MEDIA)
    db.execute("CREATE INDEX media_by_picture ON media(picture) WHERE picture IS NOT NULL")
    _make_views(db)


def _identify(db: Connection) -> None:
    """Make ``temp.identities``: what an older archive does not say of its articles.

    The code is that of the address at which an article is held; of two articles that would have
    the same, the older has it. One that its portal has no more changed so last.
    """
    db.execute(
        """
        CREATE TABLE temp.identities (
            id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, changed INTEGER, change TEXT)"""
    )
    known = """
        SELECT id, articles.site, articles.url,
               (SELECT state FROM urls WHERE urls.url = articles.url) AS state
        FROM articles ORDER BY id"""
    taken: set[str] = set()
    for changed, (article_id, site, url, state) in enumerate(db.execute(known), 1):
        attempt = 0
        while (code := code_of(site, urlkey(url), attempt)) in taken:
            attempt += 1
        taken.add(code)
        change = Change.GONE if state == State.GONE else Change.NEW
        db.execute(
            "INSERT INTO temp.identities VALUES (?, ?, ?, ?)", [article_id, code, changed, change]
        )


def _remake(db: Connection, schema: str, more: str = "") -> None:
    """Make a table anew by its *schema*, as SQLite's manual does where a constraint changes.

    Its rows keep their order, and it its indexes and triggers, whoever made them; *more* is a table
    whose columns are joined to its own by ``id``. Views and triggers of others that name the table
    are left as they are: SQLite's older way to rename asks of none whether it is whole.
    https://www.sqlite.org/lang_altertable.html#otheralter
    """
    assert not db.execute("PRAGMA foreign_keys").fetchone()[0], "the rows of others would go, too"
    (table,) = re.findall(r"CREATE TABLE (\w+)", schema)
    db.execute(schema.replace(table, f"new_{table}", 1))
    columns, before = _stored(db, f"new_{table}"), _stored(db, table)
    added = _stored(db, more) if more else []
    if lost := {*before} - {*columns}:
        raise RuntimeError(f"{table}: nothing is known of its columns {', '.join(sorted(lost))}")
    named = ", ".join(column for column in columns if column in {*before, *added})
    joined = f"JOIN {more} USING (id)" if more else ""
    db.execute(
        f"INSERT INTO new_{table} ({named}) "  # noqa: S608
        f"SELECT {named} FROM {table} {joined} ORDER BY {table}.rowid"
    )
    beside = (
        "SELECT sql FROM sqlite_master "
        "WHERE type IN ('index', 'trigger') AND tbl_name = ? AND sql > ''"
    )
    statements = [sql for (sql,) in db.execute(beside, [table]).fetchall()]
    db.execute(f"DROP TABLE {table}")
    db.execute("PRAGMA legacy_alter_table = ON")
    db.execute(f"ALTER TABLE new_{table} RENAME TO {table}")
    db.execute("PRAGMA legacy_alter_table = OFF")
    for statement in statements:
        db.execute(statement)


def _stored(db: Connection, table: str) -> list[str]:
    """Return the columns of a table, in their order, but for those that are worked out."""
    columns = db.execute(f"PRAGMA table_xinfo({table})").fetchall()
    return [name for _, name, _, _, _, _, hidden in columns if not hidden]


def _drop_check(db: Connection, table: str, column: str) -> None:
    """Drop the CHECK of a column, as SQLite's manual does where no row can offend the new schema.

    There is no statement for it, and to copy a table of millions of addresses takes minutes:
    https://www.sqlite.org/lang_altertable.html#otheralter
    """
    of = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
    (schema,) = db.execute(of, [table]).fetchone()
    without = re.sub(rf"({column} TEXT NOT NULL) CHECK \({column} IN \([^()]*\)\)", r"\1", schema)
    if without == schema:
        return
    version = db.execute("PRAGMA schema_version").fetchone()[0]
    db.execute("PRAGMA writable_schema = ON")
    db.execute(
        "UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = ?", [without, table]
    )
    db.execute(f"PRAGMA schema_version = {version + 1}")
    db.execute("PRAGMA writable_schema = RESET")


def _make_views(db: Connection) -> None:
    for name in reversed(VIEWS):
        db.execute(f"DROP VIEW IF EXISTS {name}")
    for name, query in VIEWS.items():
        db.execute(f"CREATE VIEW {name} AS {query}")


_LACKS = {
    "table": DatabaseTrouble.NO_TABLE,
    "view": DatabaseTrouble.NO_VIEW,
    "index": DatabaseTrouble.NO_INDEX,
    "trigger": DatabaseTrouble.NO_TRIGGER,
}


def missing_from(db: Connection) -> list[str]:
    """Return which tables, views, indexes and triggers an archive lacks, each in a sentence."""
    whole = Connection.in_memory()
    migrations.apply(whole)
    names = "SELECT type, name FROM sqlite_master"
    there = set(db.execute(names).fetchall())
    needed = whole.execute(names).fetchall()
    whole.close()
    return [_LACKS[kind].of(table=name) for kind, name in needed if (kind, name) not in there]
