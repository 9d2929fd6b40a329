"""The views of an archive: what is worked out when it is asked for."""

from archive.connection import composed, one_of
from archive.flags import carries
from archive.tables.takeovers import IN_FORCE
from crawler.survey import APART
from crawler.vocabulary import (
    Attribution,
    Change,
    Discovery,
    Flag,
    GapState,
    Grade,
    ListState,
    PlaceKind,
    ProblemKind,
    Reason,
    RouteStatus,
    RunOutcome,
    Says,
    State,
    Verdict,
)

_OF_ADDRESSES = [state for state in GapState if state in {*State}]
_OF_A_STATE = "(SELECT count(*) FROM urls WHERE site = key AND state = '{state}') AS {state}"
_OF_EACH_STATE = ",\n    ".join(composed(_OF_A_STATE, state=state) for state in State)
_HAS_ARTICLE = """EXISTS (SELECT 1 FROM articles
     WHERE articles.url = urls.url AND articles.site = urls.site)"""
_UNHELD = composed(
    "state IN ({of_addresses}) AND NOT {has_article}",
    of_addresses=one_of(_OF_ADDRESSES),
    has_article=_HAS_ARTICLE,
)
"""What makes a row of ``urls`` a gap."""
_NOT_HELD = composed(
    """(SELECT json_array(
        coalesce(sum(state IN ({of_addresses}) AND NOT has_article), 0),
        coalesce(sum(state = '{gone}' AND has_article), 0),
        coalesce(sum(listed_in IS NOT NULL AND state IN ('{gone}', '{not_article}', '{elsewhere}')
                     AND NOT has_article), 0))
     FROM (SELECT state, listed_in, {has_article} AS has_article FROM urls
           WHERE urls.site = key AND state IN ({of_addresses}, '{not_article}', '{elsewhere}')
           AND (state IN ({of_addresses}) OR listed_in IS NOT NULL
                AND (state = '{not_article}' OR moved_to IS NULL))
           LIMIT -1))""",
    of_addresses=one_of(_OF_ADDRESSES),
    gone=State.GONE,
    not_article=State.NOT_ARTICLE,
    elsewhere=State.ELSEWHERE,
    has_article=_HAS_ARTICLE,
)
"""Of the addresses that are not held: how many are gaps, gone though their article is held, and
listed but settled without an article. LIMIT keeps SQLite from looking for an article thrice."""
_SUSPICIOUS = " AND ".join(f"NOT {carries(flag)}" for flag in Flag if not flag.is_suspicion)

_IS_CHAINED = "EXISTS (SELECT 1 FROM articles WHERE articles.site = key AND prev_url > '')"
_OLDER_URL = """(SELECT o.url FROM articles o
        WHERE o.site = a.site AND o.published_at < a.published_at
        ORDER BY o.published_at DESC LIMIT 1) AS older_url"""
_NAMES_NO_OLDER = composed(
    """SELECT a.site, a.id AS article_id, a.url, a.title, a.published_at,
       a.prev_url, NULL AS prev_state, NULL AS prev_reason, {older_url}
FROM (SELECT key, coalesce(
               (SELECT o.id FROM articles o
                WHERE o.site = key AND o.prev_url IS NULL AND o.published_at IS NOT NULL
                ORDER BY o.published_at, o.id LIMIT 1),
               (SELECT o.id FROM articles o
                WHERE o.site = key AND o.prev_url IS NULL AND o.published_at IS NULL
                ORDER BY o.id LIMIT 1)) AS first_id
      FROM sites WHERE {is_chained}) AS chains
CROSS JOIN articles a INDEXED BY articles_by_chain
ON a.site = chains.key AND a.prev_url IS NULL
WHERE a.id <> first_id""",
    is_chained=_IS_CHAINED,
    older_url=_OLDER_URL,
)
"""The articles of chained portals that name no older neighbour, but for the chain's beginning."""
_NAMING_NO_OLDER = composed(
    """iif({is_chained}, max(0, (SELECT count(*) FROM articles
     WHERE articles.site = key AND prev_url IS NULL) - 1), 0)""",
    is_chained=_IS_CHAINED,
)
"""How many these are: the beginning is one of them, if there is any."""

_LAST_ARTICLES = 20
_RHYTHM = composed(
    """coalesce((
        SELECT min(90, max(7, 4 * (julianday(max(at)) - julianday(min(at))) / ({most} - 1)))
        FROM (SELECT published_at AS at FROM articles WHERE site = key AND published_at > ''
              ORDER BY published_at DESC LIMIT {most})
        HAVING count(*) = {most}), 30)""",
    most=str(_LAST_ARTICLES),
)
"""Days after which news of a portal was to be expected: four times the pause between its newest
articles, a week at least and three months at most; a month where it has too few of them."""

_TAKEN_SINCE = composed(
    "(SELECT min(since) FROM takeovers WHERE takeovers.site = key AND {in_force})",
    in_force=IN_FORCE,
)
_IS_ASKED = "EXISTS (SELECT 1 FROM takeovers WHERE takeovers.site = key AND answered_at IS NULL)"
_SEEN_WITHIN = (
    "substr(first_seen_at, 1, 10) BETWEEN coalesce(active_from, '') AND coalesce(active_to, '9')"
)
_STRANGERS = composed(
    "(SELECT count(*) FROM articles WHERE +site = key AND first_seen_at >= {taken_since})",
    taken_since=_TAKEN_SINCE,
)
_SAYS_NO_DAY = composed(
    """(published_at IS NULL AND EXISTS (
     SELECT 1 FROM withheld WHERE withheld.article_id = articles.id AND grade = '{all}'))""",
    all=Grade.ALL,
)
"""What is withheld so far that not even its day is shown: it may be anybody's, and is not told."""
_OUTSIDE = """(SELECT count(*) FROM articles WHERE site = key AND {published}
     AND NOT {seen_within} AND first_seen_at < coalesce({taken_since}, '9'))"""
"""The articles that were published at some time, but for those that were seen within the days of
the body, and those that came when its host was another's: a range of an index."""


def _outside(published: str) -> str:
    return composed(
        _OUTSIDE, published=published, seen_within=_SEEN_WITHIN, taken_since=_TAKEN_SINCE
    )


_OPEN_LISTS = one_of(state for state in ListState if not state.is_settled)
_LISTS_MISSING = composed(
    """state IN ({open_lists}, '{gone}') AND NOT EXISTS (
     SELECT 1 FROM urls WHERE urls.urlkey = lists.urlkey AND urls.site = lists.site
     AND urls.state IN ({of_addresses}))""",
    open_lists=_OPEN_LISTS,
    gone=ListState.GONE,
    of_addresses=one_of(_OF_ADDRESSES),
)
"""What makes a list a gap: of an address that is one already, that is said once."""
_BY_LISTS = composed(
    """NOT EXISTS (SELECT 1 FROM routes WHERE routes.site = key AND routes.state = '{open}'
     AND pending = '[]' AND walked_at IS NOT NULL AND proves
     AND route NOT IN ('{listing}', {of_others}))""",
    open=RouteStatus.OPEN,
    listing=Discovery.LISTING,
    of_others=one_of(how for how in Discovery if not how.is_portals_own),
)
"""Whether nothing but lists for people may prove that all is held."""
_UNWALKED = composed(
    """(SELECT json_array(count(*), min(id)) FROM lists
     WHERE lists.site = key AND state IN ({open_lists}) AND {by_lists})""",
    open_lists=_OPEN_LISTS,
    by_lists=_BY_LISTS,
)
"""The lists that could not be walked: how many, and the first of them."""
# Of menus as they are today: what was named before they changed was not named in the last walk.
_OF_TODAY = composed(
    """(found_on IS NULL OR run_id >= (SELECT coalesce(max(walk_run), 0) FROM routes
      WHERE routes.site = key AND route = '{listing}'))""",
    listing=Discovery.LISTING,
)
_DEAD_LISTS = composed(
    """(SELECT iif(2 * sum(dead) > count(*), json_array(sum(dead), min(iif(dead, id, NULL))), '[0]')
     FROM (SELECT id, state IN ('{gone}', '{other}') AND found_on IS NOT NULL AS dead FROM lists
           WHERE lists.site = key AND {of_today} AND {by_lists}))""",
    gone=ListState.GONE,
    other=ListState.OTHER,
    of_today=_OF_TODAY,
    by_lists=_BY_LISTS,
)
"""The lists that name nothing, where most are so: how many, and the first of them."""
IN_NO_LIST = f"state = '{State.HELD}' AND found_by <> '{Discovery.LISTING}' AND NOT in_list"
"""What of ``urls`` is held, and named by no list for people; an index has these."""
_UNCOVERED = composed(
    """(SELECT json_array(count(*), min(urls.id))
     FROM routes CROSS JOIN (SELECT id, url FROM urls WHERE site = key AND {in_no_list}) AS urls
     WHERE routes.site = key AND route = '{listing}' AND routes.state = '{open}' AND pending = '[]'
     AND walked_at IS NOT NULL AND proves AND {by_lists}
     AND NOT EXISTS (SELECT 1 FROM urls AS named
                     WHERE named.moved_to = urls.url AND named.site = key
                     AND (named.found_by = '{listing}' OR named.in_list)))""",
    listing=Discovery.LISTING,
    open=RouteStatus.OPEN,
    in_no_list=IN_NO_LIST,
    by_lists=_BY_LISTS,
)
"""The articles that no list for people names, where these say that there is no more: how many, and
the first of them."""

VIEWS = {
    "timeline": """
SELECT site, substr(published_at, 1, 7) AS month, count(*) AS articles
FROM articles
WHERE published_at IS NOT NULL
GROUP BY site, month
ORDER BY month""",
    # An article is a break of the chain if its page names no older neighbour or one that is not
    # held; but one without is the chain's beginning: the oldest of them, those without a day last.
    # What is asked of a portal here is a few looks into indexes, however many articles it has.
    "chain_breaks": composed(
        """
SELECT a.site, article_id, a.url, a.title, a.published_at,
       a.prev_url, u.state AS prev_state, u.reason AS prev_reason, {older_url}
FROM sites CROSS JOIN loose_ends ON loose_ends.site = key
CROSS JOIN articles a ON a.id = article_id
LEFT JOIN urls u ON u.url = a.prev_url AND u.site = a.site
UNION ALL
{names_no_older}""",
        older_url=_OLDER_URL,
        names_no_older=_NAMES_NO_OLDER,
    ),
    # By way of the portals, so that the index of states serves a query over all of them, too.
    "gaps": composed(
        """
SELECT urls.site, url, state, status, reason, found_by, found_on, tries, tried_at
FROM sites CROSS JOIN urls ON urls.site = sites.key
WHERE {unheld}
UNION ALL
SELECT site, url, '{broken}', NULL, '{no_older}', '{prev}',
       older_url, NULL, NULL
FROM ({names_no_older})
UNION ALL
SELECT lists.site, url, CASE state WHEN '{gone}' THEN '{gone}' WHEN '{cut}' THEN '{cut}'
       ELSE '{waiting}' END, status, reason, iif(found_on IS NULL, '{seed}', '{listing}'),
       found_on, iif(tried_at IS NULL, 0, 1), tried_at
FROM sites CROSS JOIN lists ON lists.site = sites.key
WHERE {lists_missing}""",
        unheld=_UNHELD,
        names_no_older=_NAMES_NO_OLDER,
        broken=GapState.BROKEN,
        no_older=Reason.NO_OLDER,
        prev=Discovery.PREV,
        lists_missing=_LISTS_MISSING,
        waiting=GapState.WAITING,
        cut=GapState.CUT,
        gone=GapState.GONE,
        seed=Discovery.SEED,
        listing=Discovery.LISTING,
    ),
    # A subquery a figure, each of which is a range of an index. They are grouped, by the key, since
    # SQLite would else work a figure out again wherever its name stands in what is built on it.
    "coverage": composed(
        """
SELECT *, verdict IN ('{complete}', '{ended}') AS complete,
       coalesce(julianday('now') - julianday(as_of) > rhythm, 0) AS stale
FROM (
SELECT *, verdict = '{unproven}' AND unwalked + dead_lists + uncovered = 0 AS no_list,
       CASE verdict WHEN '{ended}' THEN all_asked_at WHEN '{complete}' THEN proved_at
          ELSE learnt_at END AS as_of
FROM (
SELECT *, CASE
    WHEN articles = 0 THEN '{empty}'
    WHEN owner THEN '{incomplete}'
    WHEN signs <> '{{}}' THEN '{unread}'
    WHEN waiting + failed + refused + broken + unnamed > 0 THEN '{incomplete}'
    WHEN substr(all_asked_at, 1, 10) > active_to THEN '{ended}'
    WHEN proved_at IS NOT NULL THEN '{complete}'
    ELSE '{unproven}' END AS verdict
FROM (
SELECT *, nullif(max(proof_at, iif(unwalked + dead_lists + uncovered = 0, lists_at, '')), '')
          AS proved_at,
       nullif(max(answer_at, iif(unwalked + dead_lists + uncovered = 0, lists_at, '')), '')
          AS all_asked_at,
       max(0, coalesce(claimed, 0) - waiting - failed - refused
                 - min(articles - tombstones + settled, coalesce(listed, articles + settled)))
          AS unnamed
FROM (
SELECT site, {known} AS known, {states}, articles, oldest, newest, claimed,
    loose_ends + broken AS chain_breaks,
    json_extract(not_held, '$[0]') + broken + missing_lists AS missing, broken, signs,
    json_extract(not_held, '$[1]') AS tombstones, listed,
    json_extract(not_held, '$[2]') AS settled,
    active_to, owner, published_outside + iif(owner, 0, strangers) AS others,
    undated + iif(owner, strangers, 0) AS unattributed,
    json_extract(of_unwalked, '$[0]') AS unwalked,
    (SELECT url FROM lists WHERE id = json_extract(of_unwalked, '$[1]')) AS first_unwalked,
    json_extract(of_dead_lists, '$[0]') AS dead_lists,
    (SELECT url FROM lists WHERE id = json_extract(of_dead_lists, '$[1]')) AS first_dead,
    json_extract(of_uncovered, '$[0]') AS uncovered,
    (SELECT url FROM urls WHERE id = json_extract(of_uncovered, '$[1]')) AS first_uncovered,
    proof_at, answer_at, lists_at, learnt_at, rhythm
FROM (
SELECT key AS site,
    {of_each_state},
    (SELECT count(*) FROM articles WHERE site = key) AS articles,
    (SELECT min(published_at) FROM articles WHERE site = key) AS oldest,
    (SELECT max(published_at) FROM articles WHERE site = key) AS newest,
    (SELECT max(total) FROM routes WHERE site = key) AS claimed,
    (SELECT count(*) FROM loose_ends WHERE site = key) AS loose_ends,
    {naming_no_older} AS broken,
    {not_held} AS not_held,
    (SELECT count(*) FROM lists WHERE lists.site = key AND {lists_missing}) AS missing_lists,
    (SELECT json_group_object(sign, number) FROM signs WHERE site = key) AS signs,
    (SELECT nullif(count(*), 0) FROM urls WHERE site = key AND listed_in IS NOT NULL) AS listed,
    active_to,
    {is_asked} AS owner,
    {strangers} AS strangers,
    {after} + {before} AS published_outside,
    {undated} AS undated,
    {unwalked} AS of_unwalked,
    {dead_lists} AS of_dead_lists,
    {uncovered} AS of_uncovered,
    coalesce((SELECT max(checked_at) FROM routes
     WHERE {answers} AND route NOT IN ('{listing}', {of_others}) AND proves AND {all_judged}
     AND checked_at >= {found_at}), '') AS proof_at,
    coalesce((SELECT max(checked_at) FROM routes
     WHERE {answers} AND route <> '{listing}' AND (route IN ({of_others}) OR proves)
     AND {all_judged} AND checked_at >= {found_at}), '') AS answer_at,
    coalesce((SELECT coalesce(looked_at, checked_at) AS at FROM routes
     WHERE {answers} AND route = '{listing}' AND proves AND {all_judged}
     AND at >= {found_at}), '') AS lists_at,
    (SELECT max(at) FROM (
        SELECT max(finished_at) AS at FROM runs
        WHERE site = key AND outcome IN ({learning}) AND new + changed + unchanged > 0
        UNION ALL
        SELECT max(checked_at) FROM routes WHERE site = key AND state = '{open}')) AS learnt_at,
    {rhythm} AS rhythm
FROM sites
WHERE EXISTS (SELECT 1 FROM urls WHERE site = key)
GROUP BY key
)))))""",
        known=" + ".join(State),
        states=", ".join(State),
        of_each_state=_OF_EACH_STATE,
        naming_no_older=_NAMING_NO_OLDER,
        not_held=_NOT_HELD,
        answers=f"site = key AND state = '{RouteStatus.OPEN}' AND pending = '[]' "
        "AND walked_at IS NOT NULL",
        unwalked=_UNWALKED,
        dead_lists=_DEAD_LISTS,
        uncovered=_UNCOVERED,
        lists_missing=_LISTS_MISSING,
        listing=Discovery.LISTING,
        # What articles link to may be articles: until that is known, no list proves anything.
        all_judged="NOT EXISTS (SELECT 1 FROM links WHERE links.site = key AND judged_at IS NULL)",
        found_at="coalesce((SELECT started_at FROM runs WHERE site = key AND new > 0 "
        "ORDER BY started_at DESC LIMIT 1), '')",
        learning=one_of([RunOutcome.FINISHED, RunOutcome.LIMIT, RunOutcome.IMPORT]),
        open=RouteStatus.OPEN,
        rhythm=_RHYTHM,
        is_asked=_IS_ASKED,
        strangers=_STRANGERS,
        after=_outside("published_at > active_to || 'T99'"),
        before=_outside("published_at < active_from"),
        undated=_outside(f"published_at IS NULL AND NOT {_SAYS_NO_DAY}"),
        of_others=one_of(how for how in Discovery if not how.is_portals_own),
        **{word.name.lower(): word for word in Verdict},
    ),
    # Whose each article is. What was seen before a takeover is judged by the days of the body,
    # first by what the index of dates has: most articles need not be read.
    "attributions": composed(
        """
SELECT articles.id AS article_id, site, CASE
    WHEN taken_since IS NOT NULL AND first_seen_at >= taken_since
    THEN iif(is_asked, '{unattributed}', '{other}')
    WHEN substr(published_at, 1, 10) BETWEEN coalesce(active_from, '') AND coalesce(active_to, '9')
    THEN '{own}'
    WHEN {seen_within} THEN '{own}'
    WHEN published_at IS NOT NULL THEN '{other}'
    ELSE '{unattributed}' END AS attribution
FROM (SELECT key, active_from, active_to, {is_asked} AS is_asked, {taken_since} AS taken_since
      FROM sites)
CROSS JOIN articles ON site = key
WHERE NOT {says_no_day}""",
        says_no_day=_SAYS_NO_DAY,
        is_asked=_IS_ASKED,
        taken_since=_TAKEN_SINCE,
        seen_within=_SEEN_WITHIN,
        **{each.value: each for each in Attribution},
    ),
    # Which articles are found by a place. Each kind is a range of an index, and the others cost
    # nothing where one is asked for. An article may be there more than once. What another body
    # published on a portal is none of the place's.
    "place_articles": composed(
        """
SELECT '{province}' AS kind, districts.province AS code, article_id
FROM districts CROSS JOIN sites ON district = districts.code
CROSS JOIN attributions ON site = key WHERE attribution <> '{other}'
UNION ALL
SELECT '{district}', district, article_id FROM sites CROSS JOIN attributions ON site = key
WHERE district IS NOT NULL AND attribution <> '{other}'
UNION ALL
SELECT '{commune}', code, article_id FROM places WHERE kind = '{commune}'
UNION ALL
SELECT '{unit}', code, article_id FROM places WHERE kind = '{unit}'
UNION ALL
SELECT '{unit}', successors.unit, article_id
FROM successors JOIN places ON kind = '{commune}' AND code = commune
UNION ALL
SELECT '{unit}', successors.unit, article_id
FROM successors CROSS JOIN sites ON sites.district = successors.district
CROSS JOIN attributions ON site = key WHERE commune IS NULL AND attribution <> '{other}'
UNION ALL
SELECT '{unit}', sites.unit, article_id FROM sites CROSS JOIN attributions ON site = key
WHERE sites.unit IN (SELECT code FROM units) AND attribution <> '{other}'
UNION ALL
SELECT '{province_since}', code_after, article_id
FROM provinces CROSS JOIN districts ON districts.province = provinces.code
CROSS JOIN sites ON district = districts.code
CROSS JOIN attributions ON site = key WHERE attribution <> '{other}'
UNION ALL
SELECT '{province_since}', units.province, article_id
FROM units CROSS JOIN sites ON sites.unit = units.code
CROSS JOIN attributions ON site = key WHERE attribution <> '{other}'
UNION ALL
SELECT '{province_since}', sites.unit, article_id FROM sites CROSS JOIN attributions ON site = key
WHERE sites.unit IN (SELECT code_after FROM provinces) AND attribution <> '{other}'""",
        other=Attribution.OTHER,
        **{kind.name.lower(): kind for kind in PlaceKind},
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
SELECT changed, code, iif(leads_to IS NULL, '{withdrawn}', '{joined}'), leads_to FROM aliases""",
        joined=Change.JOINED,
        withdrawn=Change.WITHDRAWN,
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
    # A host is dead if it was silent whenever it was asked, at least a day apart.
    "last_surveys": composed(
        """
SELECT surveys.*, silent_since,
       coalesce(julianday(asked_at) - julianday(silent_since) >= {apart}, 0) AS is_dead
FROM (SELECT max(surveys.id) AS last,
             (SELECT min(silent.asked_at) FROM surveys AS silent
              WHERE silent.site = surveys.site AND silent.url = surveys.url
                AND silent.id > coalesce((SELECT max(heard.id) FROM surveys AS heard
                                          WHERE heard.site = surveys.site
                                            AND heard.url = surveys.url
                                            AND heard.says <> '{silent}'), 0)) AS silent_since
      FROM surveys GROUP BY site, url)
JOIN surveys ON surveys.id = last""",
        silent=Says.SILENT,
        apart=str(APART.total_seconds() / 86_400),
    ),
}
"""The query of each view, in the order in which they are made."""
