"""How fresh what is held of a site is: its last run and its last success, its rhythm of news, since
when it is stale and why, and when it is due again. The reading room and the command line ask here.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.cadence import learnt_cadence, run_again_at
from crawler.survey import asked_again_at, way_of
from crawler.text.dates import VIET_NAM, utc
from crawler.vocabulary import RunOutcome, Staleness, Way
from crawler.vocabulary.words import Phrase, word

_LAST_ARTICLES = 20
"""Between how many of its newest articles a portal's usual pause lies."""
_YEAR = 400
"""Of how many days before its newest article the longest pause is told: the lunar new year, for
which portals fall silent, is in it at any time."""
_WEEK = timedelta(days=7)
_SUCCESSES = f"('{RunOutcome.FINISHED}', '{RunOutcome.LIMIT}')"

_NEWEST = "(SELECT max(published_at) FROM articles WHERE site = key AND published_at <= :here)"
_LAST_SUCCESS = f"""(SELECT finished_at FROM runs WHERE runs.site = key AND outcome IN {_SUCCESSES}
         AND started_at <= :latest ORDER BY started_at DESC, id DESC LIMIT 1)"""  # noqa: S608 - words

_AGES = f"""
SELECT key AS site, {_NEWEST} AS newest, {_LAST_SUCCESS} AS last_success FROM sites"""  # noqa: S608 - words

_FRESHNESS = f"""
WITH facts AS MATERIALIZED (
    SELECT key AS site, name, base_url, is_doubtful, cadence,
        {_NEWEST} AS newest,
        (SELECT id FROM runs WHERE runs.site = key AND outcome IS NOT '{RunOutcome.IMPORT}'
         AND started_at <= :latest ORDER BY started_at DESC, id DESC LIMIT 1) AS run_id,
        {_LAST_SUCCESS} AS last_success,
        (SELECT json_array(count(*), json_array(sum(requests), sum(bytes), sum(new),
                                                  sum(failed))) FROM runs
         WHERE runs.site = key AND started_at >= :week AND outcome IS NOT '{RunOutcome.IMPORT}')
            AS week,
        (SELECT max(until) FROM host_sites JOIN hosts USING (host) WHERE host_sites.site = key)
            AS left_until,
        (SELECT (julianday(max(at)) - julianday(min(at))) / (count(*) - 1)
         FROM (SELECT published_at AS at FROM articles
               WHERE site = key AND published_at <= :here
               ORDER BY published_at DESC LIMIT {_LAST_ARTICLES})) AS usual_pause,
        (SELECT published_at FROM articles WHERE site = key AND published_at <= :here
         ORDER BY published_at DESC LIMIT 1 OFFSET {_LAST_ARTICLES - 1}) AS last_of_newest
    FROM sites WHERE :site IS NULL OR key = :site
), surveyed AS MATERIALIZED (
    SELECT site, json_group_array(json_object('url', url, 'says', says, 'is_dead', is_dead,
                                              'asked_at', asked_at)) AS surveys
    FROM last_surveys GROUP BY site
), archived AS MATERIALIZED (
    SELECT site, json_group_array(json_object('archive', archive, 'pages', pages)) AS holdings
    FROM web_archives GROUP BY site
), verdicts AS MATERIALIZED (
    SELECT site, articles, as_of, rhythm, stale FROM coverage{{only}}
)
SELECT facts.*, started_at, finished_at, outcome, requests, bytes, new, failed,
    surveys, holdings, coalesce(articles, 0) AS articles, as_of, coalesce(stale, 0) AS stale,
    strftime('%Y-%m-%dT%H:%M:%SZ', julianday(as_of) + rhythm) AS stale_from,
    coalesce(julianday(:here) - julianday(started_at) > rhythm, 1) AS is_unasked,
    julianday(last_success) - julianday(newest) AS silence,
    (SELECT max(pause) FROM (
        SELECT at - lag(at) OVER (ORDER BY at) AS pause
        FROM (SELECT julianday(published_at) AS at FROM articles
              WHERE articles.site = facts.site AND published_at <= :here AND published_at >=
                    min(date(newest, '-{_YEAR} days'), coalesce(last_of_newest, '0')))
    )) AS longest_pause
FROM facts
LEFT JOIN runs ON runs.id = run_id
LEFT JOIN surveyed USING (site)
LEFT JOIN archived USING (site)
LEFT JOIN verdicts USING (site)
ORDER BY facts.site"""  # noqa: S608 - words of the vocabulary, and figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What runs asked for, and what came of it."""

    runs: int = 0
    requests: int = 0
    bytes: int = 0
    new: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How fresh what is held of a site is. Times of crawling are UTC."""

    site: str
    name: str
    way: Way
    """How it is crawled, by what its hosts were found to be."""
    begun: datetime | None = None
    """When its last run began, None if it never was crawled; imports are none."""
    ended: datetime | None = None
    outcome: str | None = None
    """How that run ended (`RunOutcome`), None while it is under way; one that was killed says so
    when the next one begins."""
    last_run: Activity = Activity()
    last_week: Activity = Activity()
    last_success: datetime | None = None
    """When a run last came to its end, or to the limit that it was given."""
    articles: int = 0
    newest: str | None = None
    """When the newest article was published, as the archive writes it; not in the future."""
    usual_pause: timedelta | None = None
    """What lies between two of its twenty newest articles on the average; None of less than two."""
    longest_pause: timedelta | None = None
    """The longest one of the 400 days before its newest article, or between its twenty newest."""
    as_of: datetime | None = None
    """When what the verdict rests on was last seen."""
    stale_since: datetime | None = None
    """From when on the verdict may not hold any more; None while it does."""
    staleness: Staleness | None = None
    """Why it is stale."""
    learnt_cadence: timedelta
    """The time between two crawls that its history suggests."""
    told_cadence: timedelta | None = None
    """The one that its entry says, which goes before."""
    left_until: datetime | None = None
    """Until when one of its hosts asked to be left alone, if ever."""
    next_at: datetime | None = None
    """From when on it is due; None for at once."""

    @property
    def newest_at(self) -> datetime | None:
        """When the newest article was published; a day alone begins in Viet Nam."""
        if self.newest is None:
            return None
        moment = datetime.fromisoformat(self.newest)
        return moment if moment.tzinfo else moment.replace(tzinfo=VIET_NAM)

    @property
    def cadence(self) -> timedelta:
        """The time between two crawls."""
        return self.learnt_cadence if self.told_cadence is None else self.told_cadence

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be crawled."""
        return self.next_at is None or self.next_at <= now

    def why_stale(self, language: str, day: str | None = None) -> str | None:
        """Return since when it is stale and why, in a language of the catalogues: *day* is how a
        page writes that day, else it is that of UTC, as ISO 8601 writes it.
        """
        if self.staleness is None or self.stale_since is None:
            return None
        told = self.outcome or ""
        outcome = word(RunOutcome(told), language) if told in {*RunOutcome} else told
        why = word(self.staleness, language).format(outcome=outcome)
        since = day or self.stale_since.date()
        return word(Phrase.STALE_SINCE, language).format(day=since, why=why)

    def as_dict(self) -> dict[str, Any]:
        """Return it for a program: times in UTC, durations in seconds."""
        values = {field.name: _plain(getattr(self, field.name)) for field in fields(self)}
        return values | {"cadence": _plain(self.cadence), "told": self.why_stale("en")}


def _plain(value: object) -> object:
    if isinstance(value, Activity):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, timedelta):
        return round(value.total_seconds())
    return utc(value) if isinstance(value, datetime) else value


def latest_run(now: datetime) -> str:
    """Return until when a run may have begun. One that says later was begun by a clock that was
    wrong: else it would be the last one for years, so that no other were due, or missed.
    """
    return utc(now + timedelta(days=1))


def freshness_query(site: str | None, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return the query for the rows of all sites that the archive knows, or of *site*, and its
    parameters; `freshness_of` reads a row.
    """
    only = " WHERE site = :site" if site else ""
    values = {
        "site": site,
        "here": now.astimezone(VIET_NAM).isoformat(timespec="seconds"),
        "week": utc(now - _WEEK),
        "latest": latest_run(now),
    }
    return _FRESHNESS.replace("{only}", only), values


def ages_query(now: datetime) -> tuple[str, dict[str, Any]]:
    """Return the query for when the newest article of each site was published (``newest``) and when
    a run last came to its end (``last_success``), and its parameters: a few looks into indexes a
    site.
    """
    here = now.astimezone(VIET_NAM).isoformat(timespec="seconds")
    return _AGES, {"here": here, "latest": latest_run(now)}


def freshness_of(row: Mapping[str, Any]) -> Freshness:
    """Return how fresh a site is, by its row of `freshness_query`."""
    surveys = {survey["url"]: survey for survey in json.loads(row["surveys"] or "[]")}
    way = way_of(
        row["base_url"],
        surveys,
        archives_of(json.loads(row["holdings"] or "[]")),
        is_doubtful=bool(row["is_doubtful"]),
    )
    usual_pause = _days(row["usual_pause"])
    learnt = learnt_cadence(usual_pause, _days(row["silence"]))
    told = None if row["cadence"] is None else timedelta(hours=row["cadence"])
    outcome, begun = row["outcome"], _moment(row["started_at"])
    staleness = _staleness(row) if row["stale"] else None
    left_until = _moment(row["left_until"])
    return Freshness(
        site=row["site"],
        name=row["name"],
        way=way,
        begun=begun,
        ended=_moment(row["finished_at"]),
        outcome=outcome,
        last_run=_activity(int(begun is not None), [row[name] for name in _COUNTED]),
        last_week=_activity(*json.loads(row["week"])),
        last_success=_moment(row["last_success"]),
        articles=row["articles"],
        newest=row["newest"],
        usual_pause=usual_pause,
        longest_pause=_days(row["longest_pause"]),
        as_of=_moment(row["as_of"]),
        stale_since=_moment(row["stale_from"]) if staleness else None,
        staleness=staleness,
        learnt_cadence=learnt,
        told_cadence=told,
        left_until=left_until,
        next_at=next_at(
            way,
            surveys.values(),
            begun=begun,
            outcome=outcome,
            cadence=learnt if told is None else told,
            left_until=left_until,
        ),
    )


_COUNTED = ("requests", "bytes", "new", "failed")


def _activity(runs: int, counts: Iterable[int | None]) -> Activity:
    return Activity(runs=runs, **{n: c or 0 for n, c in zip(_COUNTED, counts, strict=True)})


def next_at(
    way: Way,
    surveys: Iterable[Mapping[str, Any]],
    *,
    begun: datetime | None,
    outcome: str | None,
    cadence: timedelta,
    left_until: datetime | None,
) -> datetime | None:
    """Return from when on a site is due that is crawled in this *way*; None for at once.

    *surveys* are the last ones of its hosts: where nothing is to be had it is due when one of them
    is to be asked again. A host that asked to be left alone until some time is.
    """
    if way in (Way.NOTHING, Way.LATER):
        return min(map(asked_again_at, surveys), default=None)
    if begun is None:
        return None
    due = run_again_at(begun, outcome, cadence, way=way)
    return max(due, left_until) if left_until and outcome == RunOutcome.NOT_NOW else due


def archives_of(holdings: Iterable[Mapping[str, Any]]) -> dict[str, int | None]:
    """Return of how many addresses of a site each web archive that was asked has a page, by the
    rows of ``web_archives``; None of one that could not be heard of each host and has none of the
    others.
    """
    of_hosts: dict[str, list[int | None]] = {}
    for row in holdings:
        of_hosts.setdefault(row["archive"], []).append(row["pages"])
    return {
        name: None if None in pages and not any(pages) else sum(filter(None, pages))
        for name, pages in of_hosts.items()
    }


def _staleness(row: Mapping[str, Any]) -> Staleness:
    if row["is_unasked"]:
        return Staleness.NOT_RUN
    if row["outcome"] not in (RunOutcome.FINISHED, RunOutcome.LIMIT, None):
        return Staleness.FAILED
    return Staleness.UNPROVED


def _days(days: float | None) -> timedelta | None:
    return None if days is None else timedelta(days=max(0.0, days))


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written).astimezone(UTC) if written else None
