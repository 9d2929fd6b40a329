"""What some pages of a portal teach, and what a person says of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crawler.appraisal import one_of_all, told_of_all
from crawler.learner import is_by_general_reader, reads_badly
from crawler.page import Article, Page
from crawler.profiles.learning import Lesson, Pointed, Sample
from crawler.profiles.learning.pointing import confirmed
from crawler.profiles.profile import Profile, Rules
from crawler.readers import read_page
from crawler.vocabulary import Field, PageKind
from crawler.vocabulary.words import word
from tinhuyen.errors import Refused
from tinhuyen.offers import FIELDS, POINTED

_EXAMPLES = 2
_CUT = 90
"""Characters of a text, and of a title, that are shown."""


@dataclass
class Learning:
    """What some pages teach, and what a person says of it."""

    samples: Sequence[Sample]
    known: Profile
    """What a person wrote or confirmed."""
    cms: str | None
    pointed: dict[Field, Pointed] = field(default_factory=dict)
    """What he pointed at now."""

    def __post_init__(self) -> None:
        self.lesson = Lesson(self.samples)
        self.profile = self.lesson.profile(self.known.name, self.known)

    def point(self, name: Field, words: str) -> None:
        """Take words as those of a field. Raises `Refused` if no page says them."""
        found = self.lesson.pointed(name, words, self.profile)
        if found is None:
            pages = f"none of {len(self.samples)} pages"
            raise Refused(f"{option_of(name)}: {pages} says {words!r} where that may stand")
        self._take(found)

    def select(self, name: Field, selector: str) -> None:
        """Take a selector as that of a field. Raises `Refused` if it finds nothing."""
        found = self.lesson.selected(name, selector, self.profile)
        if not (found.rule.support or found.rule.against):
            raise Refused(f"{option_of(name)}: {selector!r} finds nothing on any page that has one")
        self._take(found)

    def confirm(self, names: Iterable[Field]) -> None:
        """Take as right what is known of some fields."""
        rules = {one: self.profile.rules_for(one) if self.profile else () for one in names}
        self._learn({one: confirmed(some) for one, some in rules.items()})

    def confirm_learnt(self, called: str) -> None:
        """Take as right what was learnt of a field. Raises `Refused` if nothing was."""
        name = FIELDS[called]
        if not (self.profile and self.profile.rules_for(name)):
            where = f"say where it stands: --field {called}=SELECTOR"
            raise Refused(f"--confirm {called}: nothing was learnt of it; {where}")
        self.confirm([name])

    def _take(self, one: Pointed) -> None:
        before = self.known.rules_for(one.field)
        kept = (rule for rule in before if rule.selector != one.rule.selector)
        self._learn({one.field: (one.rule, *kept)})
        # On which pages it holds is told of the articles, as they are known by now.
        self.pointed[one.field] = self.lesson.selected(one.field, one.rule.selector, self.profile)

    def _learn(self, rules: Mapping[Field, Rules]) -> None:
        self.known = self.known.with_rules(rules)
        self.profile = self.lesson.profile(self.known.name, self.known) or self.profile

    def articles(self) -> list[tuple[str, Page, Page]]:
        """Return the articles among the pages, each as it is read with the profile and without."""
        found = []
        for one in self.samples:
            page = self._read(one)
            if page.kind == PageKind.ARTICLE:
                bare = read_page(one.body, one.url, one.content_type, self.cms, one.at)
                found.append((one.url, page, bare))
        return found

    def listings(self) -> list[tuple[str, Page]]:
        """Return the listings among the pages as they are read with the profile."""
        read = ((one.url, self._read(one)) for one in self.samples)
        return [(url, page) for url, page in read if page.kind == PageKind.LISTING]

    def _read(self, one: Sample) -> Page:
        return read_page(one.body, one.url, one.content_type, self.cms, one.at, self.profile)

    def is_read_by_family(self) -> bool:
        """Whether a family reads the pages well, and nobody pointed at anything."""
        bare = [page for _, _, page in self.articles()]
        by_family = [page for page in bare if not is_by_general_reader(page)]
        is_told = any(one.is_a_persons for name in Field for one in self.known.rules_for(name))
        return bool(by_family) and not is_told and not reads_badly(by_family)

    def faults(self) -> list[str]:
        """Return what is the same on all articles, in words."""
        found = [page.article for _, page, _ in self.articles() if page.article]
        return [
            f"{told_of_all(len(found), word(name, 'en'), shortened(value))}; say what it is on one "
            f"of them: {option_of(name)} WORDS"
            for name, value in one_of_all(found).items()
        ]


def examples(learning: Learning, name: Field) -> list[tuple[str, str]]:
    """Return what a field is on some pages."""
    if name == Field.NEXT_PAGE:
        lists = [(url, page.next_page_url or "none") for url, page in learning.listings()]
        return lists[:_EXAMPLES]
    articles = [(url, page.article) for url, page, _ in learning.articles() if page.article]
    return [(url, value_of(article, name)) for url, article in articles[:_EXAMPLES]]


def option_of(name: Field) -> str:
    """Return the option of ``tinhuyen learn`` that says what a field is."""
    named = (option for option, one in POINTED.items() if one == name)
    return f"--{next(named, f'field {name}')}"


def value_of(article: Article | None, name: Field) -> str:
    """Return what a field of an article is, shortened."""
    if article is None:
        return "(no article)" if name == Field.TITLE else ""
    if name == Field.PUBLISHED:
        return article.published_at.isoformat()[:16] if article.published_at else ""
    if name == Field.CONTENT:
        words = len(article.body.split())
        return f"{words} words: {shortened(article.body)}" if words else ""
    if name == Field.FILES:
        return "\n".join(one.url for one in article.attachments)
    return shortened(getattr(article, name) or "")


def shortened(text: str) -> str:
    """Return a text in a line, with its beginning only if it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _CUT else f"{line[:_CUT].rstrip()} …"
