"""Reading a page by a profile: where the site's own pages showed that its parts stand."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from selectolax.lexbor import LexborNode

from crawler.page import Attachment, Block, Evidence, Page
from crawler.profiles.captioned import with_caption
from crawler.profiles.profile import Profile, Rules
from crawler.profiles.words import form_of, is_nested, letters, masked
from crawler.readers.body.fragment import Fragment, read_fragment
from crawler.readers.finding.bylines import author, category, language, tags
from crawler.readers.finding.findings import Findings, with_article
from crawler.readers.finding.headline import Surroundings
from crawler.readers.finding.neighbours import neighbours
from crawler.readers.finding.parts import as_part, parts, without_pager
from crawler.readers.finding.published import Dating, modified, published
from crawler.readers.page.document import Document, text_of
from crawler.readers.page.evidence import Read, evidence, value_of
from crawler.readers.page.files import is_file
from crawler.text.addresses import absolute, on_same_host
from crawler.text.datelines import read_dateline
from crawler.text.dates import Moment, is_of_web, parse_machine
from crawler.text.labels import leads_on
from crawler.vocabulary import BlockKind, Confidence, PageKind

STAMPS = ("datetime", "content", "title")
"""Attributes that hold a date for programs."""
LONGEST_DATELINE, LONGEST_NAME, LONGEST_TITLE = 200, 80, 400
"""Characters that a field has at most."""
_FEWEST, _SURE = 2, 4
_PROSE, _TEASER, _SHORTEST, _TITLE = 250, 100, 40, 20
_INLINE = frozenset(["b", "strong", "em", "i", "u", "span", "font"])
_LINES = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "blockquote"])
_NO_PROSE = frozenset(["a", "script", "style", "noscript", "option"])


def read(document: Document, profile: Profile) -> Page | None:
    """Return what a page says by a profile; None if it does not fit the page."""
    if profile.signs and not any(map(document.has, profile.signs)):
        return None
    if 2 * sum(map(document.has, profile.template)) < len(profile.template):
        return None
    page = _Reading(document, profile).page()
    if page is None:
        return None
    return replace(page, evidence=page.evidence | {"cms": f"profile {profile.name}"})


@dataclass
class _Reading:
    """One page, one profile."""

    document: Document
    profile: Profile

    def page(self) -> Page | None:
        title, content = self.title(), self._find(self.profile.content)
        shows = Evidence({"title": title.by} if title else {}) | evidence(content=content)
        kind, why = self.kind(title, content)
        if kind is None:
            return None
        canonical = self.document.canonical_url
        shows |= evidence(canonical_url=canonical)
        shows |= {"kind": why} if why else {}
        page = Page(kind, canonical_url=value_of(canonical), evidence=shows)
        if kind == PageKind.LISTING:
            return self.listing(page)
        if title is None:
            return page
        if kind != PageKind.ARTICLE:
            return self.article(page, title, content)
        divided = parts(self.document, content.value) if content else None
        others = divided.value.others if divided else ()
        prev_url, next_url = neighbours(self.document, parts=others)
        page = replace(
            page,
            prev_url=value_of(prev_url),
            next_url=value_of(next_url),
            parts=others,
            evidence=shows | evidence(parts=divided, prev_url=prev_url, next_url=next_url),
        )
        page = self.article(page, title, content)
        if divided and page.article:
            blocks = without_pager(page.article.blocks)
            page = replace(page, article=replace(page.article, blocks=blocks))
        return as_part(page) if divided and divided.value.is_further else page

    def kind(
        self, title: Read[LexborNode] | None, content: Read[LexborNode] | None
    ) -> tuple[PageKind | None, str]:
        """Return what the page is, if the profile tells, and by what it says so itself."""
        document, profile = self.document, self.profile
        form = form_of(document.url)
        links = self.links
        if document.is_start_page:
            return (PageKind.LISTING if links else None), ""
        shown = any(not r.against and document.has(r.selector) for r in profile.listed)
        is_section = form in profile.listings and len(links) >= _FEWEST
        is_section = is_section or (title is not None and self.is_in_menu(title))
        is_static = next((rule for rule in profile.other if document.has(rule.selector)), None)
        if title and content and not is_section and not is_static:
            return PageKind.ARTICLE, ""
        if title and not is_section and not is_static:
            # The dates of a listing stand where an article has its own.
            dated = not (shown and len(links) >= _FEWEST) and bool(
                self.published(Surroundings(document, title.value))
            )
            if form in profile.articles or dated or len(links) < _FEWEST:
                return PageKind.ARTICLE, ""
        if is_static and len(links) < _FEWEST:
            return PageKind.OTHER, is_static.selector
        if title is None and form in profile.articles and self.prose >= _PROSE:
            return None, ""  # of another template than those that were learnt
        if links and form in profile.listings:
            return PageKind.LISTING, ""
        lists = is_section or shown or self.prose < _PROSE * len(links)
        if lists and (len(links) >= _FEWEST or (links and shown and title is None)):
            return PageKind.LISTING, ""
        if is_section and title and content:
            return PageKind.OTHER, "its name stands in the menu"
        if title or not self.is_sure() or document.structured.is_article:
            return None, ""
        if not links and self.prose < _TEASER * len(self.titled):
            return PageKind.LISTING, ""
        if self.prose >= _PROSE:
            return None, ""
        if links:
            return PageKind.LISTING, ""
        return PageKind.OTHER, "no title where the site's articles have theirs"

    def is_sure(self) -> bool:
        """Whether so many pages taught where titles stand that one without it is no article."""
        known = sum(rule.support for rule in self.profile.title)
        return known >= _SURE and bool(self.profile.listed)

    @cached_property
    def prose(self) -> int:
        """How many characters of prose the page says that are not the site's frame."""
        body, frame, found = self.document.tree.body, set(self.profile.frame), 0
        for node in body.traverse(include_text=True) if body is not None else ():
            text = (node.text_content or "").strip() if node.is_text_node else ""
            if len(text) < _SHORTEST or node.parent is None or node.parent.tag in _NO_PROSE:
                continue
            found += 0 if masked(text) in frame else len(text)
        return found

    def is_in_menu(self, title: Read[LexborNode]) -> bool:
        name = letters(text_of(title.value))
        return any(letters(entry) == name for entry in self.profile.menu)

    def title(self) -> Read[LexborNode] | None:
        """Return the element that shows the title."""
        for rule in self.profile.title:
            for node in self.document.css(rule.selector)[:3]:
                if 0 < len(text_of(node)) <= LONGEST_TITLE:
                    return Read(node, rule.told(self.profile.pages))
        return None

    def listing(self, page: Page) -> Page:
        rules = self._told(self.profile.listed)
        links = self.links
        if not links:
            rules, links = "links that look like titles", self.titled
        onward = self._next_page()
        page = replace(page, links=links, next_page_url=value_of(onward))
        return replace(
            page, evidence=page.evidence | {"links": rules} | evidence(next_page_url=onward)
        )

    def _next_page(self) -> Read[str] | None:
        """Return the address to which the page leads on, if it is another of the host."""
        for rule in self.profile.next_page:
            for url in self._addresses(self.document.css(rule.selector)[:3]):
                if on_same_host(url, self.document.url):
                    return Read(url, rule.told(self.profile.pages))
        return None

    @cached_property
    def titled(self) -> tuple[str, ...]:
        """The addresses of the site's pages to which links lead that look like titles."""
        nodes = [n for n in self.document.css("a[href]") if len(letters(text_of(n))) >= _TITLE]
        return tuple(url for url in self._addresses(nodes) if on_same_host(url, self.document.url))

    @cached_property
    def links(self) -> tuple[str, ...]:
        """The addresses of the articles that the page lists, in its order."""
        if not self.profile.listed:
            return ()
        return self._addresses(
            self.document.css(", ".join(rule.selector for rule in self.profile.listed))
        )

    def _addresses(self, nodes: list[LexborNode]) -> tuple[str, ...]:
        hrefs = [(node.attributes.get("href") or "").strip() for node in nodes]
        urls = [absolute(h, self.document.base) for h in hrefs if h and h[0] != "#"]
        own = self.document.url
        kept = (u for u in urls if u and u != own and not is_file(u) and not is_nested(u))
        return tuple(dict.fromkeys(kept))

    def article(
        self, page: Page, title: Read[LexborNode], content: Read[LexborNode] | None
    ) -> Page:
        """Return a page with its article."""
        document, profile = self.document, self.profile
        around = Surroundings(document, title.value)
        found = Findings(
            title=Read(text_of(title.value), title.by),
            author=author(document, *(r.selector for r in profile.author), around=around),
            published_at=self.published(around),
            modified_at=modified(document, around=around),
            category=self.line(profile.category) or category(document),
            tags=tags(document),
            language=language(document),
            lead=Read(text_of(lead.value), lead.by) if (lead := self.lead()) else None,
        )
        files = self._files()
        fragment = self._fragment(content, title.value, found) if content else Fragment()
        attachments = {file.url: file for file in fragment.attachments}
        for file in files:
            attachments.setdefault(file.url, file)
        fragment = replace(fragment, attachments=tuple(attachments.values()))
        return with_article(page, found, fragment)

    def published(self, around: Surroundings) -> Read[Dating] | None:
        """Return when the article was published, unless that is what many pages tell."""
        matched = False
        for rule in self.profile.published:
            for node in self.document.css(rule.selector)[:3]:
                matched = True
                for moment, raw in _moments(node):
                    if self._is_believed(moment):
                        by = rule.told(self.profile.pages)
                        return Read(Dating(moment, raw, Confidence.HIGH), by)
        if matched or not self.profile.dates_elsewhere:
            return None
        dating = published(self.document, around=around)
        return dating if dating and self._is_believed(dating.value.moment) else None

    def _is_believed(self, moment: Moment) -> bool:
        if not is_of_web(moment):
            return False
        told = moment.isoformat()
        if told[:16] in self.profile.not_believed:
            return False
        is_bare = not isinstance(moment, datetime) or told[11:16] == "00:00"
        if is_bare and told[:10] in self.profile.not_believed:
            return False
        at = self.document.at
        return at is None or not isinstance(moment, datetime) or moment <= at

    def lead(self) -> Read[LexborNode] | None:
        """Return the element that is the summary: no words of a longer line."""
        for rule in self.profile.lead:
            for node in self.document.css(rule.selector)[:1]:
                if text_of(node) and not _is_within_line(node):
                    return Read(node, rule.told(self.profile.pages))
        return None

    def line(self, rules: Rules) -> Read[str] | None:
        """Return what the first element says that rules find, if it is as short as a name."""
        for rule in rules:
            for node in self.document.css(rule.selector)[:3]:
                text = text_of(node)
                if 0 < len(text) <= LONGEST_NAME:
                    return Read(text, rule.told(self.profile.pages))
        return None

    def _files(self) -> list[Attachment]:
        files = []
        for rule in self.profile.files:
            for node in self.document.css(rule.selector):
                url = absolute(node.attributes.get("href") or "", self.document.base)
                if url and is_file(url):
                    files.append(Attachment(url, text_of(node) or None))
        return files

    def _fragment(self, content: Read[LexborNode], title: LexborNode, found: Findings) -> Fragment:
        """Return the text, without what is named elsewhere and what is the site's."""
        document, profile = self.document, self.profile
        gone = [*content.value.css(", ".join(["script", "style", *profile.junk]))]
        pictures = [node for node in gone if node.tag == "img"]
        captioned = (with_caption(picture, content.value) for picture in pictures)
        gone += [holder for holder in captioned if holder is not None]
        for rules in (profile.title, profile.published, profile.category):
            for rule in rules:
                first = document.css_first(rule.selector)
                gone += [first] if first is not None else []
        gone += [lead.value] if (lead := self.lead()) else []
        for node in _outermost_within(gone, content.value):
            node.decompose()
        fragment = read_fragment(content.value.inner_html or "", document.base, document.pictures)
        blocks = [block for block in fragment.blocks if not self._is_furniture(block)]
        name = letters(value_of(found.title) or "")
        rest = [b for n, b in enumerate(blocks) if n > 2 or letters(b.text) != name]
        if any(block.text for block in rest):  # else the title is all that the article says
            blocks = rest
        return replace(fragment, blocks=tuple(blocks))

    def _is_furniture(self, block: Block) -> bool:
        if block.kind in (BlockKind.FIGURE, BlockKind.EMBED) or not block.text:
            return False
        return masked(block.text) in self.profile.furniture or leads_on(block.text)

    def _find(self, rules: Rules) -> Read[LexborNode] | None:
        for rule in rules:
            node = self.document.css_first(rule.selector)
            if node is not None:
                return Read(node, rule.told(self.profile.pages))
        return None

    def _told(self, rules: Rules) -> str:
        return "; ".join(rule.told(self.profile.pages) for rule in rules)


def _is_within_line(node: LexborNode) -> bool:
    """Whether an element is part of a line that says more."""
    while node.tag in _INLINE and node.parent is not None:
        if len(text_of(node.parent)) > len(text_of(node)):
            return node.parent.tag in _LINES or node.parent.tag in _INLINE
        node = node.parent
    return False


def _outermost_within(nodes: list[LexborNode], container: LexborNode) -> list[LexborNode]:
    """Return those of some elements that lie in a container, and in none of the others."""
    wanted = {node.mem_id: node for node in nodes}
    found = {}
    for number, node in wanted.items():
        above, highest = node.parent, node
        while above is not None and above.mem_id != container.mem_id:
            highest = above if above.mem_id in wanted else highest
            above = above.parent
        if above is not None and number != container.mem_id:
            found[highest.mem_id] = highest
    return [*found.values()]


def _moments(node: LexborNode) -> list[tuple[Moment, str]]:
    """Return the moments that an element tells, by an attribute or as its text."""
    attributes, found = node.attributes, []
    for name in STAMPS:
        raw = attributes.get(name)
        if raw and (moment := parse_machine(raw)):
            found.append((moment, raw))
    text = text_of(node)
    if len(text) <= LONGEST_DATELINE:
        if moment := parse_machine(text):
            found.append((moment, text))
        elif (line := read_dateline(text)) and (shown := line.published or line.modified):
            found.append((shown, text))
    return found
