"""Any page: by structure first, then by what the words say."""

import re
from dataclasses import replace
from html import escape

from selectolax.lexbor import LexborNode

from crawler.page import Block, Page
from crawler.readers.body.fallback import fragment_by_trafilatura
from crawler.readers.body.fragment import Fragment, read_fragment
from crawler.readers.finding.bylines import author, category, language, tags
from crawler.readers.finding.content import Outline
from crawler.readers.finding.findings import Findings, with_article
from crawler.readers.finding.further import further_articles
from crawler.readers.finding.headline import Surroundings
from crawler.readers.finding.neighbours import neighbours
from crawler.readers.finding.opinions import second_opinion
from crawler.readers.finding.parts import Parts, as_part, parts, without_pager
from crawler.readers.finding.published import Dating, modified, published
from crawler.readers.finding.short import above_a_list, lines_under, under_heading
from crawler.readers.finding.title import Title, names_only_site, title, without_kicker
from crawler.readers.page.document import Document, letters_of, plain_text
from crawler.readers.page.evidence import Read, evidence, value_of
from crawler.text.addresses import absolute
from crawler.text.datelines import read_dateline
from crawler.text.dates import parse_machine
from crawler.text.site_names import is_portal_s
from crawler.vocabulary import BlockKind, PageKind


def recognise(document: Document) -> str | None:
    """Return the sign by which a page can be read here: any can."""
    return "any page"


def read(document: Document) -> Page:
    """Read a page of an unknown family."""
    called, canonical = title(document), document.canonical_url
    document.drop(further_articles(document, called.value.heading if called else None))
    outline = Outline(document)
    container = outline.container(called.value.heading if called else None)
    if container is not None:
        called = _shown(called, document, outline, container.value)
    heading = called.value.heading if called else None
    around = Surroundings(document, heading)
    dating = published(document, around=around)
    if container is not None:
        speaks = dating is not None or _says_article(document)
        lines = lines_under(outline, container, heading) if speaks else ()
        container = second_opinion(document, outline, container, heading, speaks=speaks)
        container = under_heading(outline, container, heading, lines)
    page = Page(
        PageKind.OTHER,
        canonical_url=value_of(canonical),
        evidence=evidence(
            canonical_url=canonical, title=called, content=container, published_at=dating
        ),
    )
    if container is None:
        return _without_structure(page, document, called, around, dating)
    items = _items(document, outline, container.value, heading)
    kind = _kind(document, outline, container.value, items, called, dating)
    if kind == PageKind.LISTING and dating is not None and not document.is_start_page:
        short = above_a_list(outline, container, heading)
        container, kind = (short, PageKind.ARTICLE) if short else (container, kind)
    if kind == PageKind.LISTING:
        return _listing(page, items, document)
    if kind != PageKind.ARTICLE or called is None:
        return _among_others(page, document)
    divided = parts(document, container.value)
    page = _among_others(replace(page, kind=kind), document, divided)
    others = [url for url in (page.prev_url, page.next_url, *page.parts) if url]
    found = _described(document, called, around, dating)
    page = _with_article(page, document, found, called, outline, container.value, others)
    if page.article and not page.article.body:
        page = _as_told(page, document)
    if divided and page.article:
        blocks = without_pager(page.article.blocks)
        page = replace(page, article=replace(page.article, blocks=blocks))
    return as_part(page) if divided and divided.value.is_further else page


def _shown(
    called: Read[Title] | None, document: Document, outline: Outline, container: LexborNode
) -> Read[Title] | None:
    """Return the title: what is set as one above the text where the page tells none of the article,
    or its ``<title>`` alone tells one that it shows nowhere; "" where it only names a portal: then
    the article has none."""
    if called and called.value.heading:
        return called
    if called and called.by != "title" and not names_only_site(called.value.text, document):
        return called
    if above := outline.heading(container):
        return Read(Title(without_kicker(above.value, document), above.value), above.by)
    if called and is_portal_s(called.value.text):
        return Read(Title(""), f"{called.by}, which names the site")
    return called


def _among_others(page: Page, document: Document, divided: Read[Parts] | None = None) -> Page:
    """Return a page with its neighbours and the parts of its article."""
    others = divided.value.others if divided else ()
    prev_url, next_url = neighbours(document, parts=others)
    return replace(
        page,
        prev_url=value_of(prev_url),
        next_url=value_of(next_url),
        parts=others,
        evidence=page.evidence | evidence(parts=divided, prev_url=prev_url, next_url=next_url),
    )


def _without_structure(
    page: Page,
    document: Document,
    called: Read[Title] | None,
    around: Surroundings,
    dating: Read[Dating] | None,
) -> Page:
    """Return a page in which no element holds prose, filled if it says, or its date, that it is an
    article, and it says anything that is no link: a photo with a line, a notice.

    Without either a menu is as likely.
    """
    says_article = _says_article(document)
    if document.is_start_page or not called or not called.value.text:
        return page
    if not says_article and dating is None:
        return page
    fragment = _told_text(document) or fragment_by_trafilatura(document)
    page = replace(page, evidence=page.evidence | evidence(content=fragment))
    if fragment is None or not _is_text(
        fragment.value, document, 1 if says_article else _A_SENTENCE
    ):
        return page
    page = _among_others(replace(page, kind=PageKind.ARTICLE), document)
    return _filled(page, _described(document, called, around, dating), fragment.value)


_MOST_LINKS = 2_000


def _is_text(fragment: Fragment, document: Document, least: int) -> bool:
    """Whether a fragment says so many characters at *least*, and, where that is little, most of it
    stands beside the page's links."""
    said = " ".join(block.text for block in fragment.blocks)
    if len(said) >= _ENOUGH:
        return True
    letters = rest = letters_of(said)
    links = {letters_of(link.text()) for link in document.css("a[href]")[:_MOST_LINKS]}
    for link in sorted(links, key=len, reverse=True):
        rest = rest.replace(link, "") if link else rest
    return len(said) >= least and 2 * len(rest) > len(letters)


def _told_text(document: Document) -> Read[Fragment] | None:
    """Return the text that a page tells programs, where it is long enough to be one.

    A page that a script draws shows none.
    """
    said = document.structured.first("body")
    if said is None or len(said.value) < _ENOUGH:
        return None
    lines = filter(None, map(plain_text, said.value.splitlines()))
    html = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return Read(read_fragment(html, document.base), said.by)


def _as_told(page: Page, document: Document) -> Page:
    """Return a page whose article shows no text with that which it tells programs, if it does."""
    told = _told_text(document)
    if told is None or page.article is None:
        return page
    article = replace(page.article, blocks=page.article.blocks + told.value.blocks)
    return replace(page, article=article, evidence=page.evidence | evidence(content=told))


def _says_article(document: Document) -> bool:
    return document.structured.is_article or document.meta("og:type") == "article"


def reading(document: Document, page: Page) -> Page:
    """Return a page that is known to be no article, with what it says if it has a title and some
    prose."""
    called, outline = title(document), Outline(document)
    container = outline.container(called.value.heading if called else None)
    page = replace(page, evidence=page.evidence | evidence(title=called, content=container))
    if called is None or container is None or outline.prose(container.value) < _ENOUGH:
        return page
    around = Surroundings(document, called.value.heading)
    dating = published(document, around=around)
    found = _described(document, called, around, dating)
    return _with_article(page, document, found, called, outline, container.value, [])


_ENOUGH, _A_SENTENCE, _FEWEST = 250, 40, 4


def _items(
    document: Document, outline: Outline, container: LexborNode, heading: LexborNode | None
) -> list[LexborNode]:
    """Return the links to what a page lists, as far as it has a list. Under a *heading* that may be
    the title of an article, what it tells of may look so, too: there each is to tell its day.
    """
    items = outline.items(container)
    if len(items) >= _FEWEST or _says_article(document) or document.is_start_page:
        return items
    is_titled = heading is not None and len(letters_of(heading.text())) >= _TITLE
    return outline.teasers(container, _FEWEST, dated=is_titled) or items


def _kind(
    document: Document,
    outline: Outline,
    container: LexborNode,
    items: list[LexborNode],
    called: Read[Title] | None,
    dating: Read[Dating] | None,
) -> PageKind:
    """Tell an article from a listing of articles and from what is neither.

    What a listing says lies between its items; an article says most of it in one piece, however
    many others are listed around or in it.
    """
    if document.is_start_page:
        return PageKind.LISTING
    signs = _says_article(document)
    prose = outline.prose(container)
    if len(items) >= _FEWEST and not signs and prose < len(items) * _ENOUGH:
        piece = outline.longest_piece(container, items)
        is_dated = dating is not None and called is not None and called.value.heading is not None
        least = _ENOUGH / 2 if is_dated else 2 * _ENOUGH
        if piece < max(least, _IN_ONE_PIECE * prose):
            return PageKind.LISTING
    return PageKind.ARTICLE if signs or dating or prose >= _ENOUGH else PageKind.OTHER


_TITLE = 20
"""Letters of a heading that is rather the title of an article than the name of a section."""
_IN_ONE_PIECE = 1 / 3
"""The share of a page's prose that stands between two of its items, where it is an article."""


def _listing(page: Page, items: list[LexborNode], document: Document) -> Page:
    hrefs = (item.attributes.get("href") for item in items)
    urls = (absolute(href, document.base) for href in hrefs if href)
    links = dict.fromkeys(url for url in urls if url and url != document.url)
    seen = page.evidence | {"links": "links that are headings"}
    return replace(page, kind=PageKind.LISTING, links=tuple(links), evidence=seen)


def _with_article(
    page: Page,
    document: Document,
    found: Findings,
    called: Read[Title],
    outline: Outline,
    container: LexborNode,
    others: list[str],
) -> Page:
    """Return a page with its article, in which no link to *others* stands by itself."""
    found = replace(found, lead=outline.lead(container, called.value.heading))
    outline.clean(container, others)
    return _filled(
        page, found, read_fragment(container.inner_html or "", document.base, document.pictures)
    )


def _described(
    document: Document, called: Read[Title], around: Surroundings, dating: Read[Dating] | None
) -> Findings:
    """Return what a page tells of its article, without the text."""
    return Findings(
        title=Read(called.value.text, called.by),
        author=author(document, around=around),
        category=category(document),
        tags=tags(document),
        published_at=dating,
        modified_at=modified(document, around=around),
        language=language(document),
    )


def _filled(page: Page, found: Findings, fragment: Fragment) -> Page:
    """Return a page with its article, whose text begins below the title."""
    name, dating = value_of(found.title) or "", value_of(found.published_at)
    blocks = _from_the_title_on(fragment.blocks, name, dating.raw if dating else None)
    return with_article(page, found, replace(fragment, blocks=blocks))


_LONGEST_LINE = 80


def _from_the_title_on(
    blocks: tuple[Block, ...], title: str, date: str | None
) -> tuple[Block, ...]:
    """Return the blocks without the title, the portal's name and the lines around them that stand
    above the text."""
    start = 0
    for number, block in enumerate(blocks[:15]):
        if letters_of(block.text) == letters_of(title) or is_portal_s(block.text):
            start = number + 1
        elif block.kind == BlockKind.PARAGRAPH and (
            len(block.text) >= _ENOUGH or (start and len(block.text) > _LONGEST_LINE)
        ):
            break  # the text has begun, and may say its title again
    while start < len(blocks) and _is_dateline(blocks[start], date):
        start += 1
    return blocks[start:]


_SENTENCE = re.compile(r"[.!?:;…][”\"')]*$")
_MOST_WORDS = 4
"""Words that stand beside a date in a line of its own: who wrote, under which heading."""


def _is_dateline(block: Block, date: str | None) -> bool:
    """Whether a paragraph only says when the article appeared: a sentence may name a day, too."""
    text = block.text
    if block.kind != BlockKind.PARAGRAPH or len(text) > _LONGEST_LINE:
        return False
    dateline = read_dateline(text)
    if dateline is None:
        return date is not None and text == date and parse_machine(text) is not None
    if dateline.labelled or (dateline.modified and not dateline.published):
        return True
    return dateline.words <= _MOST_WORDS and _SENTENCE.search(text) is None
