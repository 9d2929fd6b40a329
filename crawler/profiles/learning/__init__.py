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
from crawler.profiles.learning.pointing import (
    OF_ARTICLES,
    Pointed,
    pointed_at,
    pointed_text,
    rules_of,
    tried,
    with_person,
)
from crawler.profiles.learning.sample import Sample, documents
from crawler.profiles.learning.site import Site
from crawler.profiles.learning.titles import learn_title, may_be_article, title_at
from crawler.profiles.profile import Profile, Rules
from crawler.profiles.words import letters
from crawler.text.addresses import urlkey
from crawler.vocabulary import Field, PageKind

__all__ = ["MOST_PAGES", "Lesson", "Pointed", "Sample", "learn", "worth_asking"]

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
        them, without those that are so called by a menu: who takes a section for an article knows
        no title by that.
        """
        titles = {
            urlkey(url): letters(page.article.title)
            for url, page in pages
            if page.kind == PageKind.ARTICLE and page.article
        }
        named = [(seen, title) for seen in self.views if (title := titles.get(seen.key))]
        return sum(
            self.site.is_title(seen, title) and title not in self.site.menu for seen, title in named
        )

    def profile(self, name: str, told: Profile | None = None) -> Profile | None:
        """Return the profile that they teach; None if they teach none.

        What a person wrote or confirmed in *told* is taken as right, and the rest learnt by it.
        """
        views, site = self.views, self.site
        if len(views) < 2:
            return None

        def rules(field: Field, learnt: Rules, pages: Sequence[View]) -> Rules:
            return with_person(rules_of(told, field), learnt, pages, field)

        titles = rules(Field.TITLE, learn_title(site), views)
        pages = [(seen, title_at(seen, titles)) for seen in views]
        found = [(seen, title) for seen, title in pages if may_be_article(site, seen, title)]
        if not titles or not found:
            return None
        seen_first = [seen for seen, _ in found]
        given = rules_of(told, Field.PUBLISHED)
        dates = learn_dates(site, found, given)
        category = rules(Field.CATEGORY, learn_category(site, found), seen_first)
        lead = rules(Field.LEAD, learn_lead(site, found), seen_first)
        articles = [
            Article(seen, title, _taken(seen, title, (dates.rules, category, lead)))
            for seen, title in found
        ]
        content = learn_content(site, articles, section_names(site, found))
        content = rules(Field.CONTENT, content, seen_first)
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
            author=rules_of(told, Field.AUTHOR),
            files=rules(Field.FILES, learn_files(site, articles, containers), seen_first),
            listed=(*rules_of(told, Field.LISTED), *learn_listed(site, seen_as_articles, forms)),
            next_page=rules_of(told, Field.NEXT_PAGE),
            other=rules_of(told, Field.OTHER),
            junk=junk,
            furniture=learn_furniture(sure, content, junk),
            frame=site.frame,
            menu=tuple(sorted(site.menu.values())),
            articles=forms,
            listings=others,
            not_believed=dates.not_believed,
            dates_elsewhere=dates.elsewhere,
        )

    def pointed(self, field: Field, words: str, profile: Profile | None) -> Pointed | None:
        """Return the rule for a field of which a person says that *words* are it on some page; None
        if no page says them. *profile* is what is known until now.
        """
        pages = self._having(field, profile)
        if field != Field.CONTENT:
            return pointed_at(self.site, pages, field, words)
        known = profile or Profile(name="")
        others = (known.published, known.category, known.lead)
        titled = [(seen, title_at(seen, known.title)) for seen in pages]
        articles = [Article(seen, title, _taken(seen, title, others)) for seen, title in titled]
        return pointed_text(self.site, articles, words, section_names(self.site, titled))

    def selected(self, field: Field, selector: str, profile: Profile | None) -> Pointed:
        """Return the rule for a field of which a person says that a CSS selector finds it."""
        return tried(self.site, self._having(field, profile), field, selector)

    def _having(self, field: Field, profile: Profile | None) -> list[View]:
        """Return the pages that may have a field: articles, or those that are none."""
        titles = profile.title if profile else ()
        articles = [
            seen
            for seen in self.views
            if not (titles or seen.document.is_start_page)
            or may_be_article(self.site, seen, title_at(seen, titles))
        ]
        if field in OF_ARTICLES:
            return articles
        keys = {seen.key for seen in articles}
        return [seen for seen in self.views if seen.key not in keys] if titles else self.views


def _taken(seen: View, title: int, rules: tuple[Rules, ...]) -> tuple[int, ...]:
    found = [seen.first(rule.selector) for several in rules for rule in several]
    return tuple(number for number in (title, *found) if number >= 0)
