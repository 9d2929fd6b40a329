"""How an article is shown to a reader: as safe HTML, under a name, with links that lead to the web.

What is stored was sanitised when it was stored. It is sanitised again here because an archive file
may come from anyone.
"""

import re
from urllib.parse import urlsplit

import nh3
from markupsafe import Markup

TEXT_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"),
    *("ul", "ol", "li", "dl", "dt", "dd"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
    *("a", "strong", "b", "em", "i", "u", "s", "sub", "sup", "code"),
}
"""Tags of a body as shown. Pictures are not among them: they stand in ``images``."""

DROPPED_TAGS = {"script", "style", "figure"}
"""Tags that go with all they hold, so that no caption is left in the text without its picture."""

TEXT_ATTRIBUTES = {"a": {"href"}, "th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}}

_WITHOUT, _FIRST_WORDS = "(không tiêu đề)", 12


def web_address(url: str | None) -> str | None:
    """Return *url* if it is safe to link to, an absolute http or https address; else None."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def body_as_html(body_html: str | None, body: str | None) -> Markup:
    """Return an article's text as safe HTML: its own markup, or its paragraphs if it has none."""
    if body_html:
        return Markup(  # noqa: S704 - sanitised right here
            nh3.clean(
                body_html,
                tags=TEXT_TAGS,
                clean_content_tags=DROPPED_TAGS,
                attributes=TEXT_ATTRIBUTES,
                url_schemes={"http", "https", "mailto"},
                link_rel="noopener noreferrer nofollow",
            )
        )
    paragraphs = (part.strip() for part in re.split(r"\n\s*\n", body or ""))
    return Markup("\n").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(part.splitlines()))
        for part in paragraphs
        if part
    )


def called(title: str | None, lead: str | None, body: str | None) -> str | None:
    """Return what an article is called: its title; if its portal gave it none, its first words,
    which are marked as such. Of one that is withheld there are neither, and its body is None.
    """
    if title or body is None:
        return title
    words = f"{lead or ''} {body}".split()
    first = " ".join(words[:_FIRST_WORDS]) + "…" * (len(words) > _FIRST_WORDS)
    return f"{_WITHOUT} {first}".strip()
