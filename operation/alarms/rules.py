"""When something is wrong: each rule is a pure function of what is known to what is found.

A rule finds nothing where all is well, and finds without ringing where it is nearly so: that keeps
an alarm from ending which rings again the next hour.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from archive import RUNS_LOOKED_AT, ArchiveFacts, Finding, RunFacts, SiteFacts
from crawler.text.dates import VIET_NAM
from crawler.thresholds import DEFAULT, Thresholds
from crawler.vocabulary import AlarmKind, RunOutcome, Way
from crawler.vocabulary.sentences import AlarmMessage, Span

_NEARLY = 0.75
"""How much of a threshold keeps an alarm that rings from ending."""
_UNKNOWN_PAUSE = timedelta(days=90)
"""The longest pause of a portal of which too few articles are held to tell."""
_ENOUGH_ARTICLES = 20
_ENOUGH_RUNS = 3
"""Runs before the last one that tell what is usual."""
_LEAST = 8
"""Requests or articles of which a quarter tells something."""
_MOST_RUNS = 5
"""Earlier runs that a run is held against."""
_NEUTRAL = {
    *(RunOutcome.SHUTDOWN, RunOutcome.IMPORT, RunOutcome.NOT_NOW, RunOutcome.BOUND),
    *(RunOutcome.LOCKED, RunOutcome.NOT_STARTED, RunOutcome.ANOTHER_OWNER),
}
"""Ends of runs that speak neither for nor against the portal."""
_OF_SCRAPY = "closespider_"
"""How an end begins that one of Scrapy's own settings brought about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is to be expected of a site."""

    limits: Thresholds = DEFAULT
    articles: int | None = None
    """Articles that must be held."""
    newest: str | None = None
    """A day, ISO 8601, than which the newest article must not be older."""


Rule = Callable[[SiteFacts, Expected, datetime], Finding | None]


def silent(facts: SiteFacts, expected: Expected, at: datetime) -> Finding | None:
    """Nothing new for longer than the portal ever paused, as far as anybody has looked.

    A body that is no more is silent for good; so is a portal whose host is another's, or that web
    archives are asked for.
    """
    fresh, limits = facts.fresh, expected.limits
    has_ended = bool(facts.active_to) and _day(at) > str(facts.active_to)
    if not limits.silent_days or has_ended or facts.is_taken or fresh.way != Way.LIVE:
        return None
    newest = fresh.newest_at
    if newest is None or fresh.last_success is None:
        return None
    is_known = fresh.articles >= _ENOUGH_ARTICLES and fresh.longest_pause is not None
    longest = fresh.longest_pause if is_known and fresh.longest_pause else _UNKNOWN_PAUSE
    limit = max(timedelta(days=limits.silent_days), longest * limits.silent_percent / 100)
    silence = fresh.last_success - newest
    if silence <= limit * _NEARLY:
        return None
    pause = AlarmMessage.LONGEST_PAUSE.of(span=_span(longest))
    told = AlarmMessage.SILENT.of(
        span=_span(silence), day=newest.date(), site=fresh.site,
        usual=pause if is_known else AlarmMessage.FEW_HELD,
    )  # fmt: skip
    return Finding(AlarmKind.SILENT, fresh.site, told, rings=silence > limit)


def missed(facts: SiteFacts, expected: Expected, at: datetime) -> Finding | None:
    """A run that did not happen, though the site is due and was crawled regularly."""
    fresh, limits = facts.fresh, expected.limits
    usual = _usual_interval(facts)
    if not limits.missed_hours or usual is None or fresh.begun is None or not fresh.is_due(at):
        return None
    since = at - fresh.begun
    limit = max(
        timedelta(hours=limits.missed_hours),
        max(usual, fresh.cadence) * limits.missed_percent / 100,
    )
    if since <= limit:
        return None  # a run that happens ends it at once: nothing here is nearly so
    told = AlarmMessage.MISSED if fresh.outcome else AlarmMessage.NOT_ENDED
    told_of_it = told.of(span=_span(since), usual=_span(usual), site=fresh.site)
    return Finding(AlarmKind.MISSED, fresh.site, told_of_it)


def small(facts: SiteFacts, expected: Expected, at: datetime) -> Finding | None:
    """A crawl that asked for, or saw, far less than any of those before it."""
    whole = [run for run in facts.runs if run.outcome == RunOutcome.FINISHED]
    percent = expected.limits.small_percent
    if not percent or facts.is_taken or len(whole) <= _ENOUGH_RUNS:
        return None
    last, *before = whole[: _MOST_RUNS + 1]
    site = facts.fresh.site
    for told, now, least in (
        (AlarmMessage.FEW_ARTICLES, last.seen, min(run.seen for run in before)),
        (AlarmMessage.FEW_REQUESTS, last.requests, min(run.requests for run in before)),
    ):
        if least >= _LEAST and now * 100 < least * percent / _NEARLY:
            return Finding(
                AlarmKind.SMALL,
                site,
                told.of(day=_day(last.begun), number=now, least=least, site=site),
                rings=now * 100 < least * percent,
            )
    return None


def floor(facts: SiteFacts, expected: Expected, at: datetime) -> Finding | None:
    """Less is held, or nothing as new, as its entry says; or less than was held lately."""
    fresh, site = facts.fresh, facts.fresh.site
    if fresh.last_success is None:
        return None
    if expected.articles and fresh.articles < expected.articles:
        return Finding(
            AlarmKind.FLOOR,
            site,
            AlarmMessage.FEWER.of(number=fresh.articles, least=expected.articles, site=site),
        )
    if expected.newest and (fresh.newest or "")[:10] < expected.newest:
        told = AlarmMessage.OLDER if fresh.newest else AlarmMessage.UNDATED
        newest = (fresh.newest or "")[:10]
        told_of_it = told.of(day=newest, other_day=expected.newest, site=site)
        return Finding(AlarmKind.FLOOR, site, told_of_it)
    counted = [run.held for run in facts.runs if run.held is not None]
    most, percent = max(counted, default=0), expected.limits.lost_percent
    lost = most - fresh.articles
    least = max(_LEAST, most * percent / 100)
    if not percent or lost < least * _NEARLY:
        return None
    return Finding(
        AlarmKind.FLOOR,
        site,
        AlarmMessage.LOST.of(number=fresh.articles, most=most),
        rings=lost >= least,
    )


def failures(facts: SiteFacts, expected: Expected, at: datetime) -> Finding | None:
    """Crawl after crawl failed, or could not have much of what it asked for."""
    limits = expected.limits
    if not limits.failed_runs:
        return None
    if all(map(_says_nothing, facts.runs)):
        return _came_to_nothing(facts)
    failed: list[RunFacts] = []
    for run in facts.runs:
        if _says_nothing(run):
            continue
        if not _has_failed(run, limits):
            break
        failed.append(run)
    if not failed:
        return None
    last, site = failed[0], facts.fresh.site
    why = last.outcome
    if last.outcome in (RunOutcome.FINISHED, RunOutcome.LIMIT):
        why = AlarmMessage.NOT_HAD.of(number=last.failed)
    told = AlarmMessage.FAILED_ONCE if len(failed) == 1 else AlarmMessage.FAILED
    return Finding(
        AlarmKind.FAILURES,
        site,
        told.of(number=len(failed), day=_day(last.begun), outcome=why, site=site),
        rings=len(failed) >= limits.failed_runs,
    )


def _came_to_nothing(facts: SiteFacts) -> Finding | None:
    """Crawls that each were ended for no fault of the portal's, and of which all found nothing."""
    runs, site = facts.runs, facts.fresh.site
    ended = [run for run in runs if run.outcome]
    if len(runs) < RUNS_LOOKED_AT or not ended or facts.is_taken:
        return None
    if any(run.outcome == RunOutcome.IMPORT or run.seen or run.gone for run in runs):
        return None
    return Finding(
        AlarmKind.FAILURES,
        site,
        AlarmMessage.NOTHING_FOUND.of(
            number=len(ended), day=_day(ended[0].begun), outcome=ended[0].outcome, site=site
        ),
        rings=len(ended) == len(runs),  # one that is under way may still find something
    )


def set_aside(facts: SiteFacts, expected: Expected, at: datetime) -> Finding | None:
    """Pages were set aside within a month, and nobody has said what they are."""
    least = expected.limits.set_aside
    if not least or not facts.set_aside:
        return None
    told = AlarmMessage.ONE_SET_ASIDE if facts.set_aside == 1 else AlarmMessage.SET_ASIDE
    return Finding(
        AlarmKind.QUARANTINE,
        facts.fresh.site,
        told.of(number=facts.set_aside, url=facts.example),
        rings=facts.set_aside >= least,
    )


def gaps(facts: SiteFacts, expected: Expected, at: datetime) -> Finding | None:
    """Much more is missing than when the last crawls had ended."""
    limits = expected.limits
    whole = [
        run for run in facts.runs if run.outcome == RunOutcome.FINISHED and run.missing is not None
    ]
    if not limits.gaps or len(whole) < 2:
        return None
    last, *before = whole
    now, least = last.missing or 0, min(run.missing or 0 for run in before)
    limit = max(limits.gaps, (last.held or 0) * limits.gaps_percent / 100)
    if now - least < limit * _NEARLY:
        return None
    return Finding(
        AlarmKind.GAPS,
        facts.fresh.site,
        AlarmMessage.MISSING.of(number=now, least=least, site=facts.fresh.site),
        rings=now - least >= limit,
    )


def owner(facts: SiteFacts, expected: Expected, at: datetime) -> Finding | None:
    """Another body seems to have taken over the host, and nobody has said whose it is."""
    if facts.question is None:
        return None
    return Finding(AlarmKind.OWNER, facts.fresh.site, facts.question)


RULES: Mapping[AlarmKind, Rule] = {
    AlarmKind.SILENT: silent,
    AlarmKind.MISSED: missed,
    AlarmKind.SMALL: small,
    AlarmKind.FLOOR: floor,
    AlarmKind.FAILURES: failures,
    AlarmKind.QUARANTINE: set_aside,
    AlarmKind.GAPS: gaps,
    AlarmKind.OWNER: owner,
}
"""The rules of a site."""


def disk(facts: ArchiveFacts, limits: Thresholds) -> Finding | None:
    """The disk of the archive is nearly full."""
    least = limits.disk_megabytes << 20
    if facts.free_disk is None or facts.free_disk >= least / _NEARLY:
        return None
    return Finding(
        AlarmKind.DISK,
        None,
        AlarmMessage.LITTLE_DISK.of(number=facts.free_disk >> 20),
        rings=facts.free_disk < least,
    )


def backup(facts: ArchiveFacts, limits: Thresholds) -> Finding | None:
    """The last backup failed, or is old. Where there never was one, another tool may make them.

    One to another place hides no failure, unless that place is not tried any more.
    """
    if facts.backup is None or not limits.backup_days:
        return None
    last, failed = facts.backup.succeeded_at, facts.backup.failed_at
    longest = timedelta(days=limits.backup_days)
    if failed and (last is None or last < failed or facts.at - failed <= longest):
        told = AlarmMessage.BACKUP_FAILED.of(day=_day(failed))
    elif last and facts.at - last > longest:
        told = AlarmMessage.BACKUP_OLD.of(span=_span(facts.at - last))
    else:
        return None
    return Finding(AlarmKind.BACKUP, None, told)


def findings(
    facts: ArchiveFacts, expected: Mapping[str, Expected], limits: Thresholds = DEFAULT
) -> Iterator[Finding]:
    """Yield all that is wrong with an archive, or nearly so.

    *expected* is by site; of a site that it does not name, what *limits* say, which are those of
    the archive itself, too.
    """
    usual = Expected(limits=limits)
    found = [
        finding
        for site in facts.sites
        for rule in RULES.values()
        if (finding := rule(site, expected.get(site.fresh.site, usual), facts.at))
    ]
    yield from _told_once(found, facts, limits)
    for of_archive in (disk(facts, limits), backup(facts, limits)):
        if of_archive:
            yield of_archive


def _told_once(
    found: Sequence[Finding], facts: ArchiveFacts, limits: Thresholds
) -> Iterator[Finding]:
    """Yield what was found, but one alarm for all where no run happens any more, and none where
    runs have just begun again and take one site after another.
    """
    late = [finding for finding in found if finding.kind == AlarmKind.MISSED]
    regular = sum(_usual_interval(site) is not None for site in facts.sites)
    all_late = len(late) > 1 and 2 * len(late) > regular
    waits = all_late or _has_begun_again(facts, timedelta(hours=limits.missed_hours))
    for finding in found:
        is_late = finding.kind == AlarmKind.MISSED
        yield replace(finding, rings=False) if is_late and waits else finding
    if all_late:
        last = max(run.begun for site in facts.sites for run in site.runs[:1])
        yield Finding(
            AlarmKind.MISSED,
            None,
            AlarmMessage.ALL_MISSED.of(number=len(late), span=_span(facts.at - last)),
        )


def _has_begun_again(facts: ArchiveFacts, after: timedelta) -> bool:
    """Whether the first run after a pause began less than such a pause ago."""
    begun = sorted({run.begun for site in facts.sites for run in site.runs})
    resumed = [later for earlier, later in pairwise(begun) if later - earlier > after]
    return bool(resumed) and facts.at - resumed[-1] <= after


def _usual_interval(facts: SiteFacts) -> timedelta | None:
    """Return the usual time between two runs of a site; None where it was not crawled regularly,
    or nobody would crawl it by what its hosts are.
    """
    if facts.fresh.way not in (Way.LIVE, Way.ARCHIVES):
        return None
    begun = [run.begun for run in facts.runs if run.outcome != RunOutcome.IMPORT]
    if len(begun) <= _ENOUGH_RUNS or begun[0] - begun[-1] < timedelta(days=1):
        return None
    between = sorted(later - earlier for later, earlier in pairwise(begun))
    return between[len(between) // 2]


def _says_nothing(run: RunFacts) -> bool:
    """Whether how a run ended says nothing of the portal, or is not known yet."""
    return run.outcome is None or run.outcome in _NEUTRAL or run.outcome.startswith(_OF_SCRAPY)


def _has_failed(run: RunFacts, limits: Thresholds) -> bool:
    if run.outcome not in (RunOutcome.FINISHED, RunOutcome.LIMIT):
        return True
    asked = run.seen + run.gone + run.failed
    share = limits.failed_percent
    return bool(share) and run.failed >= _LEAST and run.failed * 100 >= asked * share


def _day(moment: datetime) -> str:
    return moment.astimezone(VIET_NAM).date().isoformat()


def _span(duration: timedelta) -> str:
    """Return how long something is: "36 hours", "40 days"."""
    hours = round(duration.total_seconds() / 3600)
    if hours == 1:
        return Span.HOUR
    return Span.HOURS.of(number=hours) if hours < 72 else Span.DAYS.of(number=round(hours / 24))
