"""What a site of an older archive could not note, because another one had the address.

Rows of addresses were those of one site then, though two may stand at one host. An article that
both saw went to whichever saw it last, and its ledger stayed the other's; what the pages of the one
named and the other had was noted nowhere.
"""

from archive.connection import Connection, composed
from crawler.text.addresses import on_same_host
from crawler.vocabulary import Discovery, MediaKind, MediaState, State

_COPIED = (
    "url, urlkey, found_by, found_on, found_at, state, status, reason, moved_to, tries, tried_at, "
    "next_try_at, run_id, recheck, refusals, gone_since, modified_at, listed_in, hops, web_archive"
)
_STATEMENTS = (
    """
    CREATE TEMP TABLE taken AS
    SELECT urls.id, articles.site FROM articles JOIN urls USING (url)
    WHERE NOT EXISTS (SELECT 1 FROM urls own
                      WHERE own.url = articles.url AND own.site = articles.site)""",
    # The ledger of an article is its own site's, and the other one asks again.
    """
    INSERT INTO urls (site, {copied})
    SELECT taken.site, {copied} FROM taken JOIN urls USING (id) ORDER BY id""",
    """
    UPDATE urls SET state = '{waiting}', status = NULL, reason = NULL, tries = 0, refusals = 0,
           gone_since = NULL, recheck = NULL, next_try_at = NULL, run_id = NULL
    WHERE id IN (SELECT id FROM taken) AND state IN ('{held}', '{gone}')""",
    "DROP TABLE temp.taken",
    # What the articles of a site name, …
    """
    INSERT OR IGNORE INTO urls (site, url, urlkey, found_by, found_on, found_at, state)
    SELECT naming.site, other.url, other.urlkey, '{prev}', naming.url, last_seen_at, '{waiting}'
    FROM articles naming JOIN urls other ON other.url = prev_url AND other.site <> naming.site
    ORDER BY naming.id""",
    """
    INSERT OR IGNORE INTO urls (site, url, urlkey, found_by, found_on, found_at, state)
    SELECT naming.site, other.url, other.urlkey, '{next}', naming.url, last_seen_at, '{waiting}'
    FROM articles naming JOIN urls other ON other.url = next_url AND other.site <> naming.site
    ORDER BY naming.id""",
    # … and where its addresses have moved to.
    """
    INSERT OR IGNORE INTO urls (site, url, urlkey, found_by, found_on, found_at, state)
    SELECT moved.site, other.url, other.urlkey, moved.found_by, moved.url, moved.found_at,
           '{waiting}'
    FROM urls moved JOIN urls other ON other.url = moved.moved_to AND other.site <> moved.site
    ORDER BY moved.id""",
)
_UNNOTED = """
    SELECT DISTINCT articles.site, named.url
    FROM {table} named JOIN articles ON articles.id = article_id
    WHERE NOT EXISTS (SELECT 1 FROM media
                      WHERE media.url = named.url AND media.site = articles.site)"""


def give_back(db: Connection) -> None:
    """Let each site have a row for what it knows of, to be asked for if it holds nothing there."""
    for statement in _STATEMENTS:
        db.execute(
            composed(
                statement, copied=_COPIED, waiting=State.WAITING, held=State.HELD, gone=State.GONE,
                prev=Discovery.PREV, next=Discovery.NEXT,
            )
        )  # fmt: skip
    portals = dict(db.execute("SELECT key, base_url FROM sites").fetchall())
    for table, kind in (("images", MediaKind.PICTURE), ("attachments", MediaKind.FILE)):
        for site, url in db.execute(composed(_UNNOTED, table=table)).fetchall():
            is_ours = on_same_host(url, portals[site])
            state = MediaState.WAITING if is_ours else MediaState.ELSEWHERE
            db.execute(
                "INSERT INTO media (site, url, kind, state) VALUES (?, ?, ?, ?)",
                [site, url, kind, state],
            )
