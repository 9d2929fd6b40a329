"""What some pages of a site teach of how it is read: a profile for each time of its templates."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from crawler.appraisal import of_site
from crawler.page import Page
from crawler.profiles.learning import MOST_PAGES, Lesson, Sample
from crawler.profiles.learning.templates import parted, template_of, worth_learning_from
from crawler.profiles.periods import Profiles
from crawler.profiles.profile import Profile
from crawler.readers import read_page
from crawler.sites import Site
from crawler.text.addresses import urlkey
from crawler.text.dates import utc
from crawler.vocabulary import PageKind

_FEWEST, _SHARE = 4, 0.2
"""So many pages, and such a share of a site's, that no family knows are worth learning from."""
_ALIKE, _HALF = 3, 0.5
_SAME = 0.5


def taught(site: Site, samples: Sequence[Sample]) -> tuple[Profile, ...]:
    """Return the profiles that pages of a site teach, oldest first: none if a family reads them
    well, or if they teach nothing.

    A pure function: the same pages teach the same, in whatever order.
    """
    periods = parted(_each_its_own(samples))
    chosen = [worth_learning_from(pages, MOST_PAGES) for pages in periods]
    found: list[Profile] = []
    for number, (period, pages) in enumerate(zip(periods, chosen, strict=True)):
        others = [*chosen[:number], *chosen[number + 1 :]]
        if profile := _taught(site, pages):
            began = min((one.at for one in period if one.at), default=None)
            since = utc(began) if began else None
            template = template_of(pages, others, profile.articles)
            name = f"learnt {since}" if since else "learnt"
            found.append(replace(profile, name=name, since=since, template=template))
    return tuple(found)


def _each_its_own(samples: Sequence[Sample]) -> list[Sample]:
    """Return pages but for those that another address shows to the letter, too, as a host does that
    shows its start page in the place of all others: each stands for the shortest of these alone.
    """
    first: dict[bytes, str] = {}
    for one in sorted(samples, key=lambda one: (len(one.url), one.url)):
        first.setdefault(one.body, urlkey(one.url))
    return [one for one in samples if urlkey(one.url) == first[one.body]]


def _taught(site: Site, samples: Sequence[Sample]) -> Profile | None:
    """Return what pages of one template teach, if it is not known how they are read."""
    read = _read(site, samples)
    unknown = [page for _, page in read if is_by_general_reader(page)]
    is_badly_read = reads_badly([page for _, page in read if not is_by_general_reader(page)])
    if not is_badly_read and len(unknown) < max(_FEWEST, _SHARE * len(read)):
        return None
    lesson = Lesson([one for one, _ in read])
    profile = lesson.profile(site.key)
    if profile is None:
        return None
    by_it = [(s.url, read_page(s.body, s.url, s.content_type, profile=profile)) for s, _ in read]
    titles = [page.article.title for _, page in by_it if page.profile and page.article]
    if len(titles) < 2 or len(set(titles)) < _HALF * len(titles):
        return None
    if lesson.told(by_it) < lesson.told((one.url, page) for one, page in read):
        return None  # what reads them today knows their titles better
    return replace(profile, families_first=not is_badly_read)


def _read(site: Site, samples: Sequence[Sample]) -> list[tuple[Sample, Page]]:
    """Return pages as they are read without learning, but for those that a person's profile reads,
    and what is none of the portal's.
    """
    written = Profiles.of((one for one in site.profiles if not one.provisional), ())
    read = [
        (one, read_page(one.body, one.url, one.content_type, site.cms, one.at,
                        written.at(one.at or datetime.now(UTC))))
        for one in samples
    ]  # fmt: skip
    return [
        (one, of_site(site, page, one.url))
        for one, page in read
        if page.profile is None and is_of_portal(page)
    ]


def is_by_general_reader(page: Page) -> bool:
    """Whether neither a profile nor a family knew a page."""
    return page.profile is None and page.evidence.get("cms", "generic").startswith("generic")


def is_of_portal(page: Page) -> bool:
    """Whether it is a page that the portal made, and no file, notice or spam in its place."""
    is_page = page.kind in (PageKind.ARTICLE, PageKind.LISTING, PageKind.OTHER)
    return is_page and not {"suspicion", "content_type", "broken_off"} & page.evidence.keys()


def reads_badly(pages: Sequence[Page]) -> bool:
    """Whether pages seem not to be read as they should be: half of the articles have one and the
    same title, or text, or none of the pages reads as an article, nor lists any.
    """
    articles = [one.article for one in pages if one.kind == PageKind.ARTICLE and one.article]
    if not articles:
        return len(pages) >= _FEWEST and not any(one.links for one in pages)
    for said in ([one.title for one in articles], [one.body[:300] for one in articles]):
        ((_, number),) = Counter(said).most_common(1)
        if number >= _ALIKE and number >= _HALF * len(articles):
            return True
    return False


def together(before: Sequence[Profile], now: Sequence[Profile]) -> tuple[Profile, ...]:
    """Return the profiles of a site that are learnt *now* with those from *before* of whose
    templates nothing new was learnt. What is of the same template keeps its name, and the forms of
    address that lists have: of many pages few are lists, and those it is learnt from now may have
    others.
    """
    found = []
    left = list(before)
    for profile in now:
        old = next((one for one in left if are_of_one_template(one, profile)), None)
        if old:
            left.remove(old)
            since = min(old, profile, key=lambda one: one.begins).since
            lists = {*profile.listings, *old.listings} - {*profile.articles}
            profile = replace(profile, name=old.name, since=since, listings=tuple(sorted(lists)))
        found.append(profile)
    names = {one.name for one in found}
    return (*(one for one in left if one.name not in names), *found)


def are_of_one_template(one: Profile, other: Profile) -> bool:
    """Whether two profiles are of pages that look alike."""
    if not one.template or not other.template:
        return {r.selector for r in one.title} & {r.selector for r in other.title} != set()
    own, others = set(one.template), set(other.template)
    return len(own & others) >= _SAME * min(len(own), len(others))
