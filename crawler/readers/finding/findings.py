"""What was found of an article, put together: the article, and the evidence for each part of it."""

from dataclasses import dataclass, replace

from crawler.page import Article, Evidence, Page
from crawler.readers.body.fragment import Fragment
from crawler.readers.finding.bylines import signature
from crawler.readers.finding.published import Dating
from crawler.readers.page.evidence import Read, evidence, value_of
from crawler.text.dates import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the finders say of an article, but for its text."""

    title: Read[str] | None
    lead: Read[str] | None = None
    author: Read[str] | None = None
    source: Read[str] | None = None
    category: Read[str] | None = None
    tags: Read[tuple[str, ...]] | None = None
    published_at: Read[Dating] | None = None
    modified_at: Read[Moment] | None = None
    language: Read[str] | None = None

    def article(self, fragment: Fragment) -> Article:
        """Return the article whose text is *fragment*."""
        dating = value_of(self.published_at)
        dating = None if dating and dating.may_be_clock else dating
        return Article(
            title=value_of(self.title) or "",
            lead=value_of(self.lead),
            blocks=fragment.blocks,
            author=value_of(self.author),
            source=value_of(self.source),
            category=value_of(self.category),
            tags=value_of(self.tags) or (),
            published_at=dating.moment if dating else None,
            published_raw=dating.raw if dating else None,
            published_by=self.published_at.by if self.published_at and dating else None,
            published_confidence=dating.confidence if dating else None,
            modified_at=value_of(self.modified_at),
            images=fragment.images,
            attachments=fragment.attachments,
            language=value_of(self.language),
        )

    @property
    def evidence(self) -> Evidence:
        """By which rule each of them was found."""
        return evidence(
            title=self.title,
            lead=self.lead,
            author=self.author,
            source=self.source,
            category=self.category,
            tags=self.tags,
            published_at=self.published_at,
            modified_at=self.modified_at,
            language=self.language,
        )


def with_article(page: Page, found: Findings, fragment: Fragment) -> Page:
    """Return the page with its article, of which *fragment* is the text and may tell the author."""
    author, source = signature(fragment.blocks, found.author, found.source)
    found = replace(found, author=author, source=source)
    return replace(page, article=found.article(fragment), evidence=page.evidence | found.evidence)
