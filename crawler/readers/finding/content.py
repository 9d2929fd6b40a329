"""Where the article stands in a page of which nothing is known: by structure, and by its prose.

Prose is text of some length that is no link and stands in no part of the page that is named for
something else: ``nav``, ``.comments``, ``#sidebar``. The article is the innermost element that
holds nearly all of the page's prose::

    <body> <nav>…</nav>
      <div id="main">                   all of it
        <div class="text">              nearly all of it: here
          <p>…</p> <p>…</p>             each a part of it
        <div class="box"> <p>…</p>
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice, takewhile

from selectolax.lexbor import LexborNode

from crawler.readers.body.elements import HEADINGS
from crawler.readers.finding.headline import hides
from crawler.readers.page.document import Document, letters_of, line_of
from crawler.readers.page.evidence import Read
from crawler.readers.page.files import is_file
from crawler.text.addresses import absolute, on_same_host
from crawler.text.datelines import read_dateline
from crawler.text.labels import heading, names_related
from crawler.text.remembering import remembered
from crawler.text.site_names import is_portal_s

_LITTLE = 250
"""Characters of prose beside something that is most of a page: no article of its own."""
_LEADS_AWAY = 0.1
"""Share of an element's text that is links where it is about other articles."""
_MOST_NODES = 100_000
"""Beyond so many elements and texts nothing is looked at: no article is as long."""
_SHORTEST, _NEARLY_ALL, _MAINLY, _LONGEST_LEAD = 40, 0.75, 0.5, 900
_MUCH_PROSE, _FEW, _MANY = 200, 6, 50
_FILLED_IN = (
    "textarea, select, input:not([type]), input[type=text], input[type=email], "
    "input[type=password], input[type=search], input[type=tel], input[type=radio], "
    "input[type=checkbox]"
)
"""What asks a person for something."""
_SHORTEST_SUMMARY, _LONG, _MOST_WORDS = 20, 60, 8
"""Characters of a summary, and of a description that may be cut; words of a line with a date."""
_FARTHEST = 60
"""Elements above a text in which its heading is looked for."""
_SHORTEST_TITLE, _LONGEST_TITLE, _PARAGRAPH = 10, 300, 100
"""Characters of a title, and of what is longer than most are."""
_LONGEST_DATE, _MOST_OF_TEASER = 80, 60
"""Characters of a line that tells a day; elements and texts of a teaser in which it stands."""
_LETTERS_OF_TITLE = 20
"""Letters of a link that is rather the title of an article than a word that leads on."""
_TITLED = re.compile(
    r"(?:^|[\s_-])(?:title|head-?line|tieu-?de|ten-?bai)(?=$|[\s_-])", re.IGNORECASE
)
"""Names of what shows the title of an article, where it is no heading."""

_INLINE = frozenset(
    ["a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "cite", "code", "data", "del", "dfn",
     "em", "font", "i", "ins", "kbd", "mark", "o:p", "q", "s", "samp", "small", "span", "strike",
     "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"]
)  # fmt: skip
_NO_PROSE = frozenset([*HEADINGS, "figcaption", "caption", "label", "th"])
_UNREAD = frozenset(
    ["script", "style", "noscript", "template", "svg", "head", "select", "option", "textarea",
     "button", "iframe", "object", "nav", "dialog", "menu"]
)  # fmt: skip
_TEASERS = frozenset(["li", "div", "tr", "article", "section", "table"])
"""What a list is made of, each with a title that is a link and a few words."""
_PARTS_OF_TABLES = frozenset(["tbody", "thead", "tfoot", "tr", "ul", "ol", "dl"])
_BOXES = frozenset(["ul", "ol", "div", "section", "table"])
_ASIDE = frozenset(["aside", "footer", "form"])
_SHOWN = frozenset(["img", "picture", "figure", "video", "audio", "embed", "table", "hr"])
_FIGURE = ("figure", "figcaption")
_WHOLE_PARTS = frozenset(["article", "main"])
_NEVER_ELSE = frozenset(["body", "main", "article", "h1", "blockquote"])
"""What holds the article or is a part of it, whatever its name: a quoted tweet is named twitter."""

_PARTS = (
    "comments?|commentlist|respond|disqus|binh-?luan|y-?kien|"
    "shar(?:e|es|ing)|shariff|addtoany|addthis|sharedaddy|social|socials|facebook|twitter|zalo|"
    "whatsapp|"
    "sidebar|breadcrumbs?|pagination|pager|paging|pagenavi|navigation|navbar|nav|menu|"
    "submenu|toolbar|topbar|footer|masthead|skip-?links?|"
    "cookies?|gdpr|consent|privacy|newsletter|subscribe|signup|login|popup|modal|"
    "advert(?:s|isements?|ising)?|adsbygoogle|sponsor(?:ed)?|"
    "ad-?(?:units?|slots?|spots?|containers?|wrappers?|placements?)|"
    "outbrain|taboola|donate|"
    "taglist|tu-?khoa|ratings?|votes?|danh-?gia|"
    "author-?(?:bio|box|info|card|profile|description)|about-?(?:the-?)?author|"
    "view-?count|luot-?xem|jump-?link|back-?to-?top|go-?back|back-?link|quay-?lai|tro-?ve|"
    "post-?(?:nav|navigation|meta|tags)|entry-?(?:meta|utility)|article-?(?:tools|tags|meta)|"
    "byline|dateline"
)
_OF_OTHERS = (
    "related|lien-?quan|tin-?khac|recommend(?:ed|ations?)?|more-?(?:news|stories|posts|articles)|"
    "read-?more|see-?also|most-?(?:read|viewed|popular)|popular|trending|teasers?|"
    "widgets?|banner|promos?|promotion"
)
"""Names of what shows other articles, which themes give to the article's own parts as well: its
summary is a teaser on other pages, its quotes and paragraphs are widgets of a page builder."""
_WHOLE = "back|tags|keywords|ads?|bio|foot|meta|print|toc|copyright|disclaimer|follow|credits?"
_UNSEEN = "hidden|visually-?hidden|sr-?only|screen-?reader(?:-?text)?|print-?only|d-none"
_ELSE = re.compile(
    rf"(?:^|[\s_-])(?:{_PARTS})(?=$|[\s_-])|(?:^|\s)(?:{_WHOLE})(?=$|\s)", re.IGNORECASE
)
_OTHERS = re.compile(rf"(?:^|[\s_-])(?:{_OF_OTHERS})(?=$|[\s_-])", re.IGNORECASE)
_HIDDEN_CLASS = re.compile(rf"(?:^|\s)(?:{_UNSEEN})(?=$|\s)", re.IGNORECASE)
_MODIFIER = re.compile(r"--[\w-]+|(?<!\S)(?:has|no|with|is|without)-\S+")
"""What says how an element is set, not what it is: "field--label-hidden", "has-sidebar"."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

CONTAINERS = (
    '[itemprop~="articleBody"]',
    ".entry-content",
    ".post-content, .post-body, .post__content, .post-entry",
    ".article-content, .article-body, .article__body, .article__content, .articleBody",
    ".story-body, .story-content, .storyContent",
    ".detail-content, .content-detail, .news-content, .news-detail, .noi-dung, #noidung",
)
"""Where articles stand by convention."""


@dataclass(slots=True)
class _Element:
    node: LexborNode
    tag: str
    parent: int
    in_link: bool
    is_else: bool
    """Whether it is named for something else than the article."""
    of_others: bool
    """Whether it is so named only for other articles: then it leads to them."""
    is_named_else: bool = False
    """Whether its name alone says something else than the article, and more than others of its
    kind."""
    may_be_prose: bool = False
    """Whether prose in it is the article's all the same: its name only says how it is printed, or
    it is a form."""
    text: int = 0
    """Characters that stand in it, and in no block inside it."""
    linked: int = 0
    """Those of them that are links."""
    is_prose: bool = False
    """Whether what stands in it, and in no block inside it, is prose."""
    prose: int = 0
    """Characters of prose in all of it."""
    all_prose: int = 0
    """Those and what stands in parts that are named for something else."""
    raw: int = 0
    """Characters in all of it that are no link, prose or not."""
    all_linked: int = 0
    """Those that are."""
    holds_file: bool = False
    """Whether a link in it leads to a document."""
    children: list[int] = field(default_factory=list)


class Outline:
    """The elements of a page and where its prose is."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._elements: list[_Element] = []
        self._index: dict[int, int] = {}
        if document.tree.body is not None:
            self._gather(document.tree.body)
            self._weigh()

    def _gather(self, body: LexborNode) -> None:
        elements, index = self._elements, self._index
        blocks: list[int] = []  # of each element, the block that its text belongs to
        above: list[int] = []  # the elements that are open
        node = body
        while True:  # no recursion: pages may be nested without end
            tag = node.tag
            if tag == "-text":
                if above and (length := len((node.text_content or "").strip())):
                    block = elements[blocks[above[-1]]]
                    block.text += length
                    if elements[above[-1]].in_link:
                        block.linked += length
            elif tag and tag not in _UNREAD and tag[0] not in "-!":
                attributes = node.attributes
                if not (attributes and above and _is_hidden(attributes)):
                    number, parent = len(elements), above[-1] if above else -1
                    in_link = tag == "a" or (parent >= 0 and elements[parent].in_link)
                    is_else, of_others = _is_else(tag, attributes)
                    may_be_prose = is_else and _may_be_prose(tag, attributes)
                    named = is_else and not of_others
                    elements.append(
                        _Element(
                            node, tag, parent, in_link, is_else, of_others, named, may_be_prose
                        )
                    )
                    index[node.mem_id] = number
                    blocks.append(blocks[parent] if tag in _INLINE and above else number)
                    if above:
                        elements[parent].children.append(number)
                    if (child := node.first_child) is not None and number < _MOST_NODES:
                        above.append(number)
                        node = child
                        continue
            while above and (beside := node.next) is None:
                node = elements[above.pop()].node
            if not above or beside is None:
                return
            node = beside

    def _weigh(self) -> None:
        """Add up the prose from the leaves to the root."""
        elements = self._elements
        title = self._document.tree.css_first("h1")
        holds_title = {*self.holders(self.place_of(title))}
        for element in reversed(elements):
            own = element.text - element.linked
            element.raw += own
            if own >= _SHORTEST and own > element.linked and element.tag not in _NO_PROSE:
                element.is_prose = True
                element.all_prose += own
            element.all_linked += element.linked
            if element.tag == "a" and is_file(element.node.attributes.get("href") or ""):
                element.holds_file = True
            if element.parent >= 0:
                above = elements[element.parent]
                above.raw += element.raw
                above.all_prose += element.all_prose
                above.all_linked += element.all_linked
                above.holds_file |= element.holds_file
        whole = elements[0].raw
        prose = elements[0].all_prose
        most_are_so_named = self._share_of_others() > _MAINLY
        for number in range(len(elements) - 1, -1, -1):
            element = elements[number]
            if element.is_prose:
                element.prose += element.text - element.linked
            if element.is_else and (
                number in holds_title
                or (element.raw > _MAINLY * whole and prose - element.all_prose < _LITTLE)
            ):
                element.is_else = False
            if element.is_else and element.tag in _INLINE and self._is_in_prose(element):
                element.is_else = False
            if element.is_else and self._is_in_caption(number):
                element.is_else = False
            if element.may_be_prose and element.prose and self._is_of_text(number):
                element.is_else = False
            if element.of_others and not self._leads_away(number, most_are_so_named):
                element.is_else = False
            if element.parent >= 0 and not element.is_else:
                elements[element.parent].prose += element.prose

    def _is_of_text(self, number: int) -> bool:
        """Whether prose in an element that `may_be_prose` is a part of the article's."""
        element = self._elements[number]
        if element.tag == "form":
            asks = element.node.css_first(_FILLED_IN) is not None
            return element.prose >= (_MUCH_PROSE if asks else _SHORTEST)
        if (
            element.tag == "p"
            or _BIOGRAPHY.search(element.node.attributes.get("class") or "") is None
        ):
            return True
        beside = self._elements[element.parent].children[-_MANY:] if element.parent >= 0 else []
        following = (self._elements[n] for n in beside if n > number)
        return any(other.prose and not other.is_else for other in following)

    def _is_in_caption(self, number: int) -> bool:
        """Whether a credit or byline is a part of a picture's caption."""
        element = self._elements[number]
        for _ in range(_FEW):
            if element.parent < 0:
                return False
            element = self._elements[element.parent]
            if element.tag in ("figure", "figcaption") or _CAPTION_CLASS.search(
                element.node.attributes.get("class") or ""
            ):
                return not element.is_else
        return False

    def _share_of_others(self) -> float:
        """Return which part of the page's prose stands in elements named for other articles.

        Where that is most of it the name says nothing: a page builder gives it to all it builds.
        """
        so_named: list[bool] = []
        whole = inside = 0
        for element in self._elements:
            so_named.append(element.of_others or (element.parent >= 0 and so_named[element.parent]))
            if element.is_prose:
                whole += element.text
                inside += element.text * so_named[-1]
        return inside / whole if whole else 0.0

    def _leads_away(self, number: int, most_are_so_named: bool) -> bool:
        """Whether an element named for other articles is about some: it, or its headline, is a
        link."""
        element = self._elements[number]
        least = _MAINLY if most_are_so_named else _LEADS_AWAY
        said = element.raw + element.all_linked
        return element.in_link or not said or element.all_linked > least * said

    def _is_in_prose(self, element: _Element) -> bool:
        while element.tag in _INLINE and element.parent >= 0:
            element = self._elements[element.parent]
        return element.text - element.linked >= _SHORTEST

    def container(self, heading: LexborNode | None) -> Read[LexborNode] | None:
        """Return the element that holds the article under *heading*."""
        if not self._elements:
            return None
        whole = self._elements[0].prose
        for selector in CONTAINERS:
            for node in self._document.css(selector)[:20]:
                number = self.place_of(node)
                if number >= 0 and self._elements[number].prose > max(0, _MAINLY * whole):
                    return Read(self._elements[self._descend(number, 0.95)].node, selector)
        if whole:
            node = self._elements[self._descend(0, _NEARLY_ALL)].node
            return Read(node, "most of the prose")
        return self._around(heading)

    def _around(self, heading: LexborNode | None) -> Read[LexborNode] | None:
        """Return the element around a heading that says anything else: for very short articles, and
        for lists without a heading of their own, which stand below the portal's name.
        """
        by = "around the title"
        if heading is None:
            heading, by = self._name_of_portal(), "around the portal's name"
        number = self.place_of(heading)
        if number < 0:
            return None
        said = self._elements[number].raw
        while number > 0 and self._elements[number].raw <= said:
            number = self._elements[number].parent
        if self._elements[number].raw <= said:
            return None
        return Read(self._elements[number].node, by)

    def _name_of_portal(self) -> LexborNode | None:
        """Return the page's first heading that only names the portal."""
        headings = self._document.css("h1")
        return next((node for node in headings if is_portal_s(line_of(node))), None)

    def heading(self, container: LexborNode) -> Read[LexborNode] | None:
        """Return what is set as a title above the text of a container: of several with no more than
        a summary between them and it the one of the highest level, and of those the nearest."""
        text = self._start_of_text(container)
        best, highest, between = None, len(HEADINGS) + 1, 0
        for number in range(text - 1, max(0, text - _FARTHEST), -1):
            element = self._elements[number]
            between += element.text - element.linked if element.is_prose else 0
            if between > _LONGEST_LEAD:
                break
            level = self._level(element)
            if level < highest and not element.of_others and not self.is_else(element.parent):
                best, highest = element, level
        return Read(best.node, "the heading above the text") if best else None

    def _start_of_text(self, container: LexborNode) -> int:
        """Return where the text of a container begins: at its first prose that is longer than a
        title, else at its first prose; where it has no other than its title, where it ends."""
        inside = list(self._inside(container))
        for shortest in (_PARAGRAPH, _SHORTEST):
            for number in inside:
                element = self._elements[number]
                is_long = element.text - element.linked >= shortest and element.is_prose
                if is_long and self._level(element) > len(HEADINGS):
                    return number
        return inside[-1] + 1 if inside else self._index[container.mem_id]

    def _level(self, element: _Element) -> int:
        """Return the level of what may be a title: of a heading, or of what is named as one; beyond
        all levels for anything else."""
        if element.tag in HEADINGS:
            level = int(element.tag[1])
        elif _TITLED.search(_CAMEL.sub("-", element.node.attributes.get("class") or "")):
            level = 2
        else:
            return len(HEADINGS) + 1
        is_link = element.in_link or element.node.css_first("a[href]") is not None
        text = line_of(element.node) if element.raw or not is_link else ""
        fits = _SHORTEST_TITLE <= len(text) <= _LONGEST_TITLE and not is_portal_s(text)
        return level if fits else len(HEADINGS) + 1

    def items(self, container: LexborNode) -> list[LexborNode]:
        """Return the links that are headings, or lie in one, in a container: of what it lists."""
        inside = (self._elements[number] for number in self._inside(container))
        return [element.node for element in inside if self._is_item(element)]

    def _is_item(self, element: _Element) -> bool:
        return element.tag == "a" and (
            self._elements[element.parent].tag in HEADINGS
            or any(self._elements[n].tag in HEADINGS for n in element.children)
        )

    def teasers(self, container: LexborNode, fewest: int, *, dated: bool) -> list[LexborNode]:
        """Return the links with titles of a list that has no headings: with one begins each of the
        boxes of a kind, no *fewest* of them, that stand side by side and hold nearly all of the
        prose of a container; none if there is no such list, or not all tell a day that are to be
        *dated*.
        """
        whole, titled = self.prose(container), self._titled(container)
        for number in (self._index[container.mem_id], *self._inside(container)):
            alike: dict[str, list[int]] = {}
            for child in self._elements[number].children:
                if self._elements[child].tag in _TEASERS and not self._elements[child].is_else:
                    alike.setdefault(self._elements[child].tag, []).append(child)
            for boxes in alike.values():
                said = sum(self._elements[box].prose for box in boxes)
                if len(boxes) < fewest or not whole or said < _NEARLY_ALL * whole:
                    continue
                told = [box for box in boxes if box in titled and self._begins(box, titled[box][1])]
                told = [box for box in told if not dated or _tells_day(self._elements[box].node)]
                links = dict(titled[box] for box in told)
                if len(links) >= max(fewest, _NEARLY_ALL * len(boxes)):
                    return [*links.values()]
        return []

    def _begins(self, box: int, link: LexborNode) -> bool:
        """Whether no prose stands in a box before a link, but for what this stands in."""
        place = self.place_of(link)
        before = (n for n in range(box + 1, place) if self._elements[n].is_prose)
        return all(self.holds(n, place) for n in islice(before, _FEW))

    def _titled(self, container: LexborNode) -> dict[int, tuple[str, LexborNode]]:
        """Return the first link in each element of a container that looks like the title of another
        page of the host, with its address."""
        found: dict[int, tuple[str, LexborNode]] = {}
        for number in sorted(self._inside(container), reverse=True):
            element = self._elements[number]
            if element.tag == "a" and len(letters_of(element.node.text())) >= _LETTERS_OF_TITLE:
                url = absolute(element.node.attributes.get("href") or "#", self._document.base)
                if url and not is_file(url) and on_same_host(url, self._document.url):
                    found[number] = url, element.node
            if number in found:  # those before it come later, and take its place
                found[element.parent] = found[number]
        return found

    def longest_piece(self, container: LexborNode, items: Collection[LexborNode]) -> int:
        """Return how many characters of prose a container holds at most without one of some *items*
        between."""
        numbers = {self._index[item.mem_id] for item in items}
        longest = piece = 0
        for number in self._inside(container):
            element = self._elements[number]
            if number in numbers:
                piece = 0
            elif element.is_prose:
                piece += element.text - element.linked
                longest = max(longest, piece)
        return longest

    def prose(self, container: LexborNode) -> int:
        """Return how many characters of prose an element holds."""
        return self._elements[self._index[container.mem_id]].prose

    def _inside(self, container: LexborNode) -> Iterator[int]:
        """Yield what lies in a container and is part of it, in order."""
        first = self._index[container.mem_id]
        inside = {first}
        for number in range(first + 1, len(self._elements)):
            element = self._elements[number]
            if element.parent < first:
                return
            if element.parent in inside and not element.is_else:
                inside.add(number)
                yield number

    def _descend(self, number: int, share: float) -> int:
        """Return the innermost element that holds a share of an element's prose."""
        elements = self._elements
        while True:
            element = elements[number]
            inner = [n for n in element.children if not elements[n].is_else]
            best = max(inner, key=lambda n: elements[n].prose, default=None)
            if best is None or elements[best].prose < share * element.prose:
                break
            if elements[best].tag in ("p", "li", *_INLINE):
                break
            if any(elements[n].tag == "p" and elements[n].prose for n in inner if n != best):
                break  # those are its paragraphs, too
            number = best
        while elements[number].tag in _PARTS_OF_TABLES:
            number = elements[number].parent
        return number

    def passages(self, shortest: int = _SHORTEST) -> dict[int, int]:
        """Return the elements whose own text is prose, whatever they are named, in order, with
        their lengths in characters. Below the usual *shortest* length lines and headings are,
        too."""
        return {
            number: own
            for number, element in enumerate(self._elements)
            if (own := element.text - element.linked) >= shortest
            and own > element.linked
            and (shortest < _SHORTEST or element.tag not in _NO_PROSE)
        }

    def said_by(self, number: int) -> str:
        """Return an element's own text, without that of the blocks in it."""
        texts: list[str] = []
        waiting = [self._elements[number].node.first_child]
        while waiting:
            if (node := waiting.pop()) is None:
                continue
            waiting.append(node.next)
            if node.tag == "-text":
                texts.append(node.text_content or "")
            elif node.tag in _INLINE:
                waiting.append(node.first_child)
        return "".join(texts)

    def place_of(self, node: LexborNode | None) -> int:
        """Return where in the page an element stands, by its number; -1 if it is no part of it."""
        return -1 if node is None else self._index.get(node.mem_id, -1)

    def node(self, number: int) -> LexborNode:
        """Return an element by its number."""
        return self._elements[number].node

    def holders(self, number: int) -> Iterator[int]:
        """Yield an element and what holds it: what it stands in, and so on up to the body."""
        while number >= 0:
            yield number
            number = self._elements[number].parent

    def is_else(self, number: int, within: int = -1) -> bool:
        """Whether an element, or what it stands in *within* another one, is named for something
        else than the article."""
        holders = self.holders(number)
        return any(self._elements[n].is_else for n in takewhile(lambda n: n != within, holders))

    def holds(self, holder: int, number: int) -> bool:
        """Whether an element is another one or stands around it."""
        return holder in self.holders(number)

    def wholes_around(self, number: int) -> Iterator[int]:
        """Yield what HTML says holds a whole article, or all that is not around one, the innermost
        first; at last the page."""
        for holder in self.holders(number):
            element = self._elements[holder]
            kind = element.node.attributes.get("itemtype") or ""
            if element.tag in _WHOLE_PARTS or kind.endswith("Article") or not holder:
                yield holder

    def is_in_ending(self, number: int, beside: int) -> bool:
        """Whether an element stands in what comes behind an article, which another one *beside* it
        does not."""
        shared = {*self.holders(beside)}
        apart = takewhile(lambda n: n not in shared, self.holders(number))
        return any(self._names_end(self._elements[n]) for n in apart)

    def behind(self, number: int, whole: int) -> Iterator[int]:
        """Yield what stands in a part of the page behind an element, in order: of what is named for
        something else only the outermost element."""
        elements, shared = self._elements, {*self.holders(number)}
        passed = {number}
        for n in range(number + 1, len(elements)):
            element = elements[n]
            if element.parent < whole:
                return
            if element.parent in passed:
                passed.add(n)
            elif n not in shared:
                yield n
                if element.is_else or element.is_named_else:
                    passed.add(n)

    def ends_article(self, number: int) -> bool:
        """Whether with an element begins what comes behind an article: others that are listed,
        comments, the page's footer."""
        element = self._elements[number]
        if element.is_else and element.of_others:
            return element.raw + element.all_linked > 0
        return self._is_item(element) or self._heads_item(element) or self._names_end(element)

    @staticmethod
    def _heads_item(element: _Element) -> bool:
        """Whether an element is a heading that is a link."""
        return element.tag in HEADINGS and element.linked > element.text - element.linked

    @staticmethod
    def _names_end(element: _Element) -> bool:
        """Whether an element is named for what stands behind an article."""
        return element.is_named_else and _is_ending(element.node, element.tag)

    def is_item(self, number: int) -> bool:
        """Whether an element is a link that is a heading, or lies in one, or such a heading."""
        element = self._elements[number]
        return self._is_item(element) or self._heads_item(element)

    def is_linked(self, number: int, least: int) -> bool:
        """Whether an element is a line of so many characters at *least* that is mostly a link."""
        element = self._elements[number]
        return not element.is_else and element.linked >= max(least, element.text - element.linked)

    def says(self, number: int, least: int) -> bool:
        """Whether an element is the article's and says something: *least* characters that are no
        link, or it leads to a document or is a picture with its caption."""
        element = self._elements[number]
        if element.is_else or element.is_named_else:
            return False
        own = element.text - element.linked
        leads = element.tag == "a" and element.holds_file
        return leads or element.tag == "figure" or (own >= least and own > element.linked)

    def holder_of(self, numbers: Collection[int]) -> int:
        """Return the innermost element that may hold an article and holds all of some others."""
        first, *rest = numbers
        shared = {*self.holders(first)}.intersection(*map(self.holders, rest))
        return self.block_around(max(shared))

    def block_around(self, number: int) -> int:
        """Return the innermost element around that may hold an article: no paragraph or cell."""
        inner = ("p", "li", "td", *_FIGURE, *HEADINGS, *_INLINE, *_PARTS_OF_TABLES)
        while self._elements[number].tag in inner and self._elements[number].parent >= 0:
            number = self._elements[number].parent
        return number

    def believe(self, passages: Collection[int], others: Collection[int]) -> None:
        """Take some passages for the article's, whatever they stand in is named, and others for
        something else, with what holds them alone."""
        elements = self._elements
        held = {holder for number in passages for holder in self.holders(number)}
        for number in held:
            elements[number].is_else = elements[number].is_named_else = False
        for number in others:
            outermost = list(takewhile(lambda n: n not in held, self.holders(number)))[-1:]
            for holder in outermost:
                elements[holder].is_else = True
        for element in elements:
            element.prose = element.text - element.linked if element.is_prose else 0
        for element in reversed(elements):
            if element.parent >= 0 and not element.is_else:
                elements[element.parent].prose += element.prose

    def lead(self, container: LexborNode, title: LexborNode | None) -> Read[str] | None:
        """Return the summary that stands between the title and the container.

        It is what the page tells programs of itself there, however that is set: as a paragraph, as
        a heading, as a list. Else it is the only prose that stands there, if that is short.
        """
        first, start = self.place_of(container), self.place_of(title)
        if not 0 <= start < first:
            return None
        told = [letters_of(said.value) for said in self._document.structured.claims("description")]
        name = letters_of(title.text()) if title is not None else ""
        between = self._texts_between(start, first, {*self.holders(first)})
        texts = [(number, text) for number, text in between if letters_of(text) != name]
        known = [text for _, text in texts if len(text) >= _SHORTEST_SUMMARY and _tells(text, told)]
        if known:
            lead = " ".join(dict.fromkeys(known))
            return Read(lead, "the description, shown") if len(lead) <= _LONGEST_LEAD else None
        prose = [text for number, text in texts if self._may_be_lead(number, text)]
        if len(prose) != 1 or len(prose[0]) > _LONGEST_LEAD:
            return None
        return Read(prose[0], "between title and text")

    def _texts_between(
        self, start: int, end: int, around: Collection[int]
    ) -> Iterator[tuple[int, str]]:
        """Yield the blocks with a text between two elements, but for captions and what is named for
        something else; what is *around* the article is not."""
        skip: set[int] = set()
        for number in range(start + 1, end):
            element = self._elements[number]
            named = str(element.node.attributes.get("class")) + element.tag
            unfit = element.is_else or element.tag == "figcaption" or _CAPTION.search(named)
            if element.parent in skip or (unfit and number not in around):
                skip.add(number)
            elif (
                element.tag not in _INLINE
                and element.text > element.linked
                and (text := " ".join(self.said_by(number).split()))
            ):
                yield number, text

    def _may_be_lead(self, number: int, text: str) -> bool:
        """Whether a text is prose, and no line that tells who wrote when."""
        element = self._elements[number]
        if element.tag in _NO_PROSE and element.tag not in ("h2", "h3"):
            return False
        if element.text - element.linked < _SHORTEST:
            return False
        dateline = read_dateline(text)
        return dateline is None or dateline.words > _MOST_WORDS

    def clean(self, container: LexborNode, neighbours: Collection[str]) -> None:
        """Take out of the container what is not the article, links to its *neighbours*, too."""
        first = self._index[container.mem_id]
        inside = {first}
        listed: set[int] = set()
        gone: list[int] = []
        for number in range(first + 1, len(self._elements)):
            element = self._elements[number]
            if element.parent not in inside:
                if element.parent < first:
                    break
                continue
            if not element.is_else and (element.parent in listed or self._is_list_of_text(element)):
                listed.add(number)
                inside.add(number)
            elif (
                element.is_else
                or self._is_only_links(element)
                or (element.tag == "a" and self._leads_to(element, neighbours))
            ):
                gone.append(number)
            else:
                inside.add(number)
        gone += self._headings_of(gone, inside)
        self._document.drop([self._elements[number].node for number in gone])

    def _headings_of(self, gone: Collection[int], inside: Collection[int]) -> list[int]:
        """Return the headings under which nothing stands but links that are *gone* from the
        container: up to a heading of their level or a higher one."""
        taken, alone = {*gone}, list[int]()
        if not any(self._elements[number].all_linked for number in taken):
            return alone
        heading, has_lost = -1, False
        for number in sorted({*gone, *inside}):
            element = self._elements[number]
            if number in taken:
                has_lost |= element.all_linked > 0
            elif element.tag in HEADINGS:
                if has_lost and heading >= 0 and element.tag <= self._elements[heading].tag:
                    alone.append(heading)
                heading, has_lost = number, False
            elif heading >= 0 and _may_be_text(element) and not self.holds(heading, number):
                heading = -1
        return alone + [heading] * (has_lost and heading >= 0)

    def _leads_to(self, link: _Element, urls: Collection[str]) -> bool:
        """Whether a link to one of some addresses stands by itself, not in a sentence."""
        href = link.node.attributes.get("href") if urls else None
        if not href or absolute(href, self._document.base) not in urls:
            return False
        block = link
        while block.tag in _INLINE and block.parent >= 0:
            block = self._elements[block.parent]
        return block.text - block.linked < _SHORTEST

    def _is_list_of_text(self, element: _Element) -> bool:
        """Whether an element is made of links that the text before it announces: "Hồ sơ gồm:"."""
        if not self._is_only_links(element):
            return False
        node, said = element.node.prev, ""
        for _ in range(_FEW):
            if node is None or said:
                break
            text = node.text_content if node.tag == "-text" else node.text()
            said, node = " ".join((text or "")[-_LONGEST_LEAD:].split()), node.prev
        return said.endswith(":") and not names_related(said) and heading(said) is None

    def _is_only_links(self, element: _Element) -> bool:
        """Whether an element is made of links to other pages: a list of them, or a teaser."""
        if element.tag not in _BOXES or element.prose or element.holds_file:
            return False
        return element.all_linked > 0.8 * (element.raw + element.all_linked)


def _tells_day(box: LexborNode) -> bool:
    """Whether a short text near the beginning of an element tells a day."""
    nodes = islice(box.traverse(include_text=True), _MOST_OF_TEASER)
    texts = ((node.text_content or "").strip() for node in nodes if node.is_text_node)
    return any(len(text) <= _LONGEST_DATE and read_dateline(text) is not None for text in texts)


def _may_be_text(element: _Element) -> bool:
    """Whether an element says or shows something of its own."""
    return element.text > 0 or element.tag in _SHOWN


def _tells(text: str, told: list[str]) -> bool:
    """Whether a text is what is told of a page, or one of the two breaks off in the other."""
    letters = letters_of(text)
    return any(letters in one or (len(one) > _LONG and letters.startswith(one)) for one in told)


_CAPTION_CLASS = re.compile(r"(?:^|[\s_-])caption", re.IGNORECASE)
_CAPTION = re.compile(
    r"caption|figure|photo|image|picture|gallery|media|credit|slide|player|copyright|byline|author",
    re.IGNORECASE,
)


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    if len(attributes) == 1 and "href" in attributes:
        return False
    if hides(attributes) or attributes.get("aria-hidden") == "true":
        return True
    named = attributes.get("class")
    return bool(named and _HIDDEN_CLASS.search(named))


_BIOGRAPHY = re.compile(r"(?:^|\s)bio(?=$|\s)", re.IGNORECASE)
"""Of somebody whom the article is about where the article goes on behind it, else of its author."""
_PRINTED = re.compile(r"(?:^|\s)(?:bio|print)(?=$|\s)", re.IGNORECASE)


def _may_be_prose(tag: str, attributes: dict[str, str | None]) -> bool:
    """Whether an element is something else only by its being a form, or by how it is printed."""
    named = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    if tag in _ASIDE - {"form"} or _names_else(_PRINTED.sub("", named))[0]:
        return False
    return tag == "form" or _PRINTED.search(named) is not None


def _is_else(tag: str, attributes: dict[str, str | None]) -> tuple[bool, bool]:
    """Return whether an element is named for something else than the article, and whether only
    for other articles."""
    if tag in _ASIDE:
        return True, False
    if not attributes or tag in _NEVER_ELSE:
        return False, False
    named = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    if named == " ":
        return False, False
    return _names_else(named)


_ENDS = re.compile(
    r"(?:^|[\s_-])(?:comments?|commentlist|respond|disqus|binh-?luan|y-?kien|footer)"
    r"(?=$|[\s_-])",
    re.IGNORECASE,
)


def _is_ending(node: LexborNode, tag: str) -> bool:
    """Whether an element is named for what stands behind an article."""
    named = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"
    return tag in ("aside", "footer") or _ENDS.search(_CAMEL.sub("-", named)) is not None


@remembered  # the same few names on each page of a site
def _names_else(named: str) -> tuple[bool, bool]:
    words = _CAMEL.sub("-", _MODIFIER.sub("", named))
    if _ELSE.search(words):
        return True, False
    of_others = _OTHERS.search(words) is not None
    return of_others, of_others
