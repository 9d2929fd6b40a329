"""Where the date stands, and which dates are no article's: of a clock, of a build."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.profiles.learning.pages import View
from crawler.profiles.learning.selectors import selectors, worth
from crawler.profiles.learning.site import Site, day_of, moments_in
from crawler.profiles.profile import Rule, Rules
from crawler.profiles.words import letters
from crawler.readers.finding.headline import Surroundings
from crawler.readers.finding.published import published
from crawler.text.dates import Moment
from crawler.vocabulary import Confidence

_FEWEST = 0.2
"""The share of the articles that a rule has to find a date in: one alone is found by chance."""
_LONGEST, _NEAR, _MOST_TRIED, _TITLE = 90, 12, 40, 15
_NO_TIME = ("00:00", "12:00")
"""Times of day that systems put where none was entered."""


@dataclass(frozen=True, slots=True)
class Datings:
    """How the articles of a site are dated."""

    rules: tuple[Rule, ...]
    not_believed: tuple[str, ...]
    elsewhere: bool


def learn_dates(site: Site, articles: Sequence[tuple[View, int]], told: Rules = ()) -> Datings:
    """Return how articles, each with the element of its title, are dated: by the rules that a
    person has *told*, if he has.
    """
    votes: Counter[str] = Counter()
    for seen, _ in articles:
        votes.update({s for n in _dated(seen) for s in selectors(seen, n, site.names)})
    tried = [_tried(site, articles, s) for s, _ in votes.most_common(_MOST_TRIED)]
    found = [rule for rule in tried if rule]
    best = max(found, key=lambda rule: worth(rule, 3), default=None)
    rules = told or ((best,) if best else ())
    elsewhere = not rules and _tell_dates(site, articles)
    return Datings(rules, _not_believed(site, articles, rules), elsewhere)


def _tell_dates(site: Site, articles: Sequence[tuple[View, int]]) -> bool:
    """Whether the rules of any page find dates of most articles, hardly two the same, and none that
    the links to them contradict."""
    said: list[Moment] = []
    for seen, title in articles:
        node = seen.elements[title].node
        dating = published(seen.document, around=Surroundings(seen.document, node))
        if dating is None or dating.value.confidence == Confidence.LOW:
            continue
        known = site.dates.get(seen.key)
        if known and day_of(dating.value.moment) not in known:
            return False
        said.append(dating.value.moment)
    return len(said) > len(articles) / 2 and len(set(said)) > len(said) / 2


def _dated(seen: View) -> Iterator[int]:
    """Yield the elements that are a date and little else, and stand in no row of another page."""
    for piece in seen.pieces:
        if not moments_in(piece.text) or piece.link >= 0:
            continue
        for number in seen.around(piece.element)[:2]:
            if seen.size(number) <= _LONGEST and not is_in_row(seen, number):
                yield number


def is_in_row(seen: View, number: int) -> bool:
    """Whether an element stands beside the link to another page."""
    for outer in seen.around(number)[:4]:
        if seen.size(outer) > 400:
            return False
        if any(
            link.key != seen.key and len(letters(link.words)) >= _TITLE
            for link in seen.links_in(outer)
        ):
            return True
    return False


def _moment(seen: View, number: int) -> Moment | None:
    text = seen.text(number)
    return next(iter(moments_in(text)), None)


def _tried(site: Site, articles: Sequence[tuple[View, int]], selector: str) -> Rule | None:
    agree = against = near = filled = 0
    said: list[Moment] = []
    for seen, title in articles:
        number = seen.first(selector)
        moment = _moment(seen, number) if number >= 0 and not is_in_row(seen, number) else None
        if moment is None:
            continue
        filled += 1
        said.append(moment)
        gap = seen.elements[number].start - seen.elements[title].start
        near += abs(gap) <= _NEAR
        if known := site.dates.get(seen.key):
            agree += day_of(moment) in known
            against += day_of(moment) not in known
    if not filled or filled < _FEWEST * len(articles):
        return None
    if agree > 2 * against and (agree > 1 or not _is_clock(site, articles, selector)):
        return Rule(selector, max(agree, near), against)
    if _is_clock(site, articles, selector):
        return None
    distinct = len(set(said))
    if against or near < 0.6 * filled or filled < 2 or distinct < 2 or distinct < 0.3 * filled:
        return None
    return Rule(selector, near, filled - near)


def _is_clock(site: Site, articles: Sequence[tuple[View, int]], selector: str) -> bool:
    """Whether a date stands on pages, too, that are no articles, and beside no article there."""
    keys = {seen.key for seen, _ in articles}
    others = [seen for seen in site.views if seen.key not in keys]
    shown = 0
    for seen in others:
        number = seen.first(selector)
        if number >= 0 and not is_in_row(seen, number) and _moment(seen, number):
            shown += 1
    return shown > 0 and shown >= 0.5 * len(others)


def _not_believed(
    site: Site, articles: Sequence[tuple[View, int]], rules: tuple[Rule, ...]
) -> tuple[str, ...]:
    """Return the minutes, and the days, that too many articles have in common."""
    told: defaultdict[str, set[Moment]] = defaultdict(set)
    for row in site.rows:
        if len(set(row.dates)) == 1:
            told[row.link.key].add(row.dates[0])
    for seen, _ in articles:
        for rule in rules:
            if (number := seen.first(rule.selector)) >= 0 and (moment := _moment(seen, number)):
                told[seen.key].add(moment)
    minutes: Counter[str] = Counter()
    days: Counter[str] = Counter()
    for moments in told.values():
        minutes.update(
            {
                m.isoformat()[:16]
                for m in moments
                if isinstance(m, datetime) and m.isoformat()[11:16] not in _NO_TIME
            }
        )
        days.update({m.isoformat()[:10] for m in moments})
    shared = {minute for minute, count in minutes.items() if count >= 2}
    often = {m[:10] for m in shared if minutes[m] >= max(3, len(told) / 5)}
    crowded = {day for day, count in days.items() if count >= max(4, len(told) / 3)}
    return tuple(sorted(shared | often | crowded))
