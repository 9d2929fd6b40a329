"""Where a short article stands: under its heading, whatever else the page says.

A notice of two sentences, a video with a line below it, a document alone are less prose than what
stands around them: then most of a page's prose is that of a footer, a cookie notice, a box about
the author. But what an article says stands behind its heading, in the same part of the page, and in
front of what comes behind an article::

    <article> <h1>…</h1> <p>05/08/2019</p>
      <p>Mời bà con theo dõi.</p>              the article: all that is said here
      <h3>Tin liên quan</h3> …
    </article>
    <footer> <p>…</p> <p>…</p> </footer>       most of the prose
"""

from collections.abc import Collection, Iterator

from selectolax.lexbor import LexborNode

from crawler.readers.finding.content import CONTAINERS, Outline
from crawler.readers.page.document import letters_of
from crawler.readers.page.evidence import Read
from crawler.text.datelines import read_dateline
from crawler.text.labels import heading as heading_of_list
from crawler.text.labels import names_related

_LITTLE = 250
"""Characters of prose that are more than a short article says."""
_SHORTEST_LINE, _SHORTEST_TITLE, _MOST_WORDS = 12, 20, 8
"""Characters of a line that says something, and of a link that may be the title of an article;
words of a line that tells when, beside the date."""


def lines_under(
    outline: Outline, own: Read[LexborNode], heading: LexborNode | None
) -> tuple[int, ...]:
    """Return what says something under a *heading*, unless *own*, which structure shows, may be the
    text of a longer article."""
    top = outline.place_of(heading)
    if top < 0 or heading is None or _is_long(outline, own, top):
        return ()
    name = letters_of(heading.text())
    for whole in outline.wholes_around(top):
        if lines := tuple(_lines(outline, top, whole, name)):
            return lines
    return ()


def under_heading(
    outline: Outline, own: Read[LexborNode], heading: LexborNode | None, lines: Collection[int]
) -> Read[LexborNode]:
    """Return the element that holds the *lines* of a short article under its heading, or *own*, if
    that may be a longer one, or holds them all.

    What was decided is then known to *outline*, too.
    """
    place = outline.place_of(own.value)
    if not lines or _is_long(outline, own, outline.place_of(heading)):
        return own
    if all(outline.holds(place, line) for line in lines):
        return own
    return _believed(outline, own, lines)


def above_a_list(
    outline: Outline, own: Read[LexborNode], heading: LexborNode | None
) -> Read[LexborNode] | None:
    """Return the element that holds a short article which the others that are listed below it make
    look like a list: under its *heading* stands when it appeared and what it says, and no link that
    may be a title, before the first of them."""
    top = outline.place_of(heading)
    if top < 0 or heading is None:
        return None
    name, lines, is_dated = letters_of(heading.text()), list[int](), False
    for number in outline.behind(top, 0):
        if _ends(outline, number):
            break
        if outline.is_linked(number, _SHORTEST_TITLE):
            return None
        text = outline.said_by(number)
        is_dated |= read_dateline(text) is not None
        if outline.says(number, _SHORTEST_LINE) and not _is_about(text, name):
            lines.append(number)
    return _believed(outline, own, lines) if is_dated and lines else None


def _believed(outline: Outline, own: Read[LexborNode], lines: Collection[int]) -> Read[LexborNode]:
    """Return what holds some lines, and have the outline know that they are the article."""
    holder = outline.holder_of(lines)
    outline.believe(lines, [n for n in outline.passages() if outline.holds(holder, n)])
    return Read(outline.node(holder), f"under the title, not {own.by}")


def _is_long(outline: Outline, own: Read[LexborNode], top: int) -> bool:
    return outline.prose(own.value) >= _LITTLE and _may_hold_text(outline, own, top)


def _may_hold_text(outline: Outline, own: Read[LexborNode], top: int) -> bool:
    """Whether an element with much prose stands where the text of an article may: around its
    heading, or behind it and not in what comes behind articles. Boxes of others may stand between
    them, whatever HTML calls the whole of an article."""
    place = outline.place_of(own.value)
    if own.by.startswith(CONTAINERS) or outline.holds(place, top):
        return True
    return place > top and not outline.is_in_ending(place, beside=top)


def _lines(outline: Outline, top: int, whole: int, name: str) -> Iterator[int]:
    """Yield what says something behind a heading, in a *whole* part of the page, up to what comes
    behind an article. A box of others in front of the first line is passed by."""
    has_begun = False
    for number in outline.behind(top, whole):
        if _ends(outline, number):
            if has_begun or outline.is_item(number):
                return
        elif outline.says(number, _SHORTEST_LINE) and not _is_about(outline.said_by(number), name):
            has_begun = True
            yield number


def _ends(outline: Outline, number: int) -> bool:
    """Whether with an element begins what comes behind an article, or its label says so."""
    text = outline.said_by(number)
    return outline.ends_article(number) or names_related(text) or bool(heading_of_list(text))


def _is_about(text: str, name: str) -> bool:
    """Whether a line is the title once more, or tells when the article appeared."""
    dateline = read_dateline(text)
    return letters_of(text) == name or (dateline is not None and dateline.words <= _MOST_WORDS)
