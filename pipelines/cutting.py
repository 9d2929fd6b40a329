"""Take a text out of the HTML that holds it, with the elements that then say nothing."""

from bs4 import BeautifulSoup
from bs4.dammit import EntitySubstitution
from bs4.element import NavigableString, Tag
from bs4.formatter import HTMLFormatter

_AS_CLEANED = HTMLFormatter(EntitySubstitution.substitute_xml, void_element_close_prefix="")


def without_text(html: str, text: str) -> str | None:
    """Return HTML without a text, which begins it or else stands there last; None if it is not in
    it as it is. Written as `pipelines.clean` writes HTML.
    """
    soup = BeautifulSoup(html, "html.parser")
    strings = [s for s in soup.find_all(string=True) if isinstance(s, NavigableString)]
    whole = "".join(strings)
    start = whole.find(text) if whole.strip().startswith(text) else whole.rfind(text)
    if start < 0:
        return None
    end, position = start + len(text), 0
    for string in strings:
        first, last = max(start - position, 0), max(end - position, 0)
        position += len(string)
        if first < len(string) and last > 0:
            string.replace_with(NavigableString(string[:first] + string[last:]))
    for tag in soup.find_all(True):
        if isinstance(tag, Tag) and not tag.get_text(strip=True) and not tag.find(["img", "br"]):
            tag.decompose()
    return soup.decode(formatter=_AS_CLEANED)
