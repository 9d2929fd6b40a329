"""The views of an archive: what is worked out when it is asked for."""

from collections.abc import Iterable
from enum import StrEnum

from archive.connection import composed
from archive.flags import carries
from crawler.vocabulary import Change, Discovery, Flag, GapState, ProblemKind, State


def one_of(words: Iterable[StrEnum]) -> str:
    """Return words as the list that follows IN, without its parentheses."""
    return ", ".join(f"'{word}'" for word in words)


_OF_ADDRESSES = [state for state in GapState if state in {*State}]
_OF_A_STATE = "(SELECT count(*) FROM urls WHERE site = key AND state = '{state}') AS {state}"
_OF_EACH_STATE = ",\n    ".join(composed(_OF_A_STATE, state=state) for state in State)
_SUSPICIOUS = " AND ".join(f"NOT {carries(flag)}" for flag in Flag if not flag.is_suspicion)

VIEWS = {
    "timeline": """
SELECT site, substr(published_at, 1, 7) AS month, count(*) AS articles
FROM articles
WHERE published_at IS NOT NULL
GROUP BY site, month
ORDER BY month""",
    # An article is a break of the chain if its page names no older neighbour or one that is not
    # held; but one without is the chain's beginning: the oldest of them. What holds for a portal is
    # worked out once for it, and the index holds all that decides the rest, so that the texts of
    # whole articles need not be read.
    "chain_breaks": """
WITH chains AS MATERIALIZED (
    SELECT key,
           EXISTS (SELECT 1 FROM articles c WHERE c.site = key AND c.prev_url > '') AS is_chained,
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
LEFT JOIN urls u ON u.url = a.prev_url AND u.site = a.site
WHERE CASE
    WHEN a.prev_url IS NOT NULL
    THEN NOT EXISTS (SELECT 1 FROM articles o WHERE o.url = a.prev_url AND o.site = a.site)
    ELSE is_chained AND a.id <> first_id
    END""",
    # By way of the portals, so that the index of states serves a query over all of them, too.
    "gaps": composed(
        """
SELECT urls.site, url, state, status, reason, found_by, found_on, tries, tried_at
FROM sites CROSS JOIN urls ON urls.site = sites.key
WHERE state IN ({of_addresses})
  AND NOT EXISTS (SELECT 1 FROM articles a WHERE a.url = urls.url AND a.site = urls.site)
UNION ALL
SELECT site, url, '{broken}', NULL, 'names no older neighbour', '{prev}',
       older_url, NULL, NULL
FROM chain_breaks WHERE prev_url IS NULL""",
        of_addresses=one_of(_OF_ADDRESSES),
        broken=GapState.BROKEN,
        prev=Discovery.PREV,
    ),
    # A subquery a figure, each of which is a range of an index.
    "coverage": composed(
        """
SELECT *, missing = 0 AND articles > 0 AND coalesce(claimed, 0) <= articles AS complete
FROM (
SELECT key AS site,
    (SELECT count(*) FROM urls WHERE site = key) AS known,
    {of_each_state},
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
        of_each_state=_OF_EACH_STATE,
    ),
    "history": """
SELECT article_id, revision, seen_at, last_seen_at, capture_id, title, lead, body,
       author, category, published_at, text_sha256, 0 AS is_newest
FROM revisions
UNION ALL
SELECT id, revision, revised_at, last_seen_at, capture_id, title, lead, body,
       author, category, published_at, text_sha256, 1
FROM articles""",
    # What changed, each article once: asked for by number, it is a range of two indexes.
    "changes": composed(
        """
SELECT changed, code, change, NULL AS leads_to FROM articles
UNION ALL
SELECT changed, code, '{joined}', leads_to FROM aliases""",
        joined=Change.JOINED,
    ),
    "quarantine": composed(
        """
SELECT captures.id AS capture_id, captures.site, captures.url, fetched_at, flags,
       (SELECT message FROM problems
        WHERE problems.url = captures.url AND kind = '{quarantine}'
          AND problems.run_id = captures.run_id ORDER BY id DESC LIMIT 1) AS reason
FROM captures
WHERE flags <> '' AND {suspicious}""",
        quarantine=ProblemKind.QUARANTINE,
        suspicious=_SUSPICIOUS,
    ),
}
"""The query of each view, in the order in which they are made."""
