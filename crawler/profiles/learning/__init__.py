"""Learning a profile: a pure function of some pages of a site.

What stands on every page is furniture. The words of the links that lead to a page are its title,
and a day beside them its date; the element where these are found again is where the next page has
them; what varies between the furniture is the text. What pages contradict is not believed.
"""

from collections.abc import Iterable, Sequence

from crawler.page import Page
from crawler.profiles.learning.choosing import worth_asking
from crawler.profiles.learning.contents import (
    Article,
    content_at,
    learn_content,
    learn_furniture,
    learn_junk,
)
from crawler.profiles.learning.datings import learn_dates
from crawler.profiles.learning.details import (
    learn_category,
    learn_files,
    learn_lead,
    section_names,
)
from crawler.profiles.learning.listings import learn_forms, learn_listed
from crawler.profiles.learning.pages import View, view
from crawler.profiles.learning.sample import Sample, documents
from crawler.profiles.learning.site import Site
from crawler.profiles.learning.titles import learn_title, may_be_article, title_at
from crawler.profiles.profile import Profile, Rules
from crawler.profiles.words import letters
from crawler.text.addresses import urlkey
from crawler.vocabulary import PageKind

__all__ = ["MOST_PAGES", "Lesson", "Sample", "learn", "worth_asking"]

MOST_PAGES = 24
"""More pages than these add time, and no rule."""


def learn(samples: Sequence[Sample], name: str) -> Profile | None:
    """Return the profile that some pages of a site teach; None if they teach none.

    The same pages, in whatever order, teach the same. Of pages at one address the first counts.
    """
    return Lesson(samples).profile(name)


class Lesson:
    """Some pages of a site, as what may be learnt from them."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        views = map(view, documents(samples))
        self.views = [seen for seen in views if seen.pieces][:MOST_PAGES]
        self.site = Site(self.views)

    def told(self, pages: Iterable[tuple[str, Page]]) -> int:
        """Return how many pages, each with its address, are called what the links to them call
        them.
        """
        titles = {
            urlkey(url): letters(page.article.title)
            for url, page in pages
            if page.kind == PageKind.ARTICLE and page.article
        }
        named = ((seen, titles.get(seen.key)) for seen in self.views)
        return sum(self.site.is_title(seen, title) for seen, title in named if title)

    def profile(self, name: str) -> Profile | None:
        """Return the profile that they teach; None if they teach none."""
        views, site = self.views, self.site
        if len(views) < 2:
            return None
        titles = learn_title(site)
        pages = [(seen, title_at(seen, titles)) for seen in views]
        found = [(seen, title) for seen, title in pages if may_be_article(site, seen, title)]
        if not titles or not found:
            return None
        dates = learn_dates(site, found)
        category, lead = learn_category(site, found), learn_lead(site, found)
        articles = [
            Article(seen, title, _taken(seen, title, (dates.rules, category, lead)))
            for seen, title in found
        ]
        content = learn_content(site, articles, section_names(site, found))
        containers = [content_at(article.seen, content) for article in articles]
        sure = [a for a, container in zip(articles, containers, strict=True) if container >= 0]
        junk = learn_junk(site, sure, content)
        seen_as_articles = [article.seen for article in sure]
        forms, others = learn_forms(views, seen_as_articles)
        return Profile(
            name=name,
            pages=len(views),
            title=titles,
            content=content,
            lead=lead,
            published=dates.rules,
            category=category,
            files=learn_files(site, articles, containers),
            listed=learn_listed(site, seen_as_articles, forms),
            junk=junk,
            furniture=learn_furniture(sure, content, junk),
            frame=site.frame,
            menu=tuple(sorted(site.menu.values())),
            articles=forms,
            listings=others,
            not_believed=dates.not_believed,
            dates_elsewhere=dates.elsewhere,
        )


def _taken(seen: View, title: int, rules: tuple[Rules, ...]) -> tuple[int, ...]:
    found = [seen.first(rule.selector) for several in rules for rule in several]
    return (title, *(number for number in found if number >= 0))
