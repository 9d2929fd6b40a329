"""The pages as WordPress with the Newspaper theme writes them.

What changes on every fetch (the view counter, the ids of blocks, the clock) is left in the page as
the marks `VIEWS`, `UID` and `CLOCK`, so that a page can be rendered once and sent often.
"""

import json
import random
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from demo import district
from demo.content import content_parts, stored, texturized
from demo.district import CATEGORIES, PAGES, StaticPage
from demo.portal import Portal, Post

VIEWS, UID, CLOCK = "\ue000", "\ue001", "\ue002"

MONTHS = (
    *("Một", "Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười"),
    *("Mười Một", "Mười Hai"),
)
POSTS_PER_PAGE = 10


@dataclass(frozen=True)
class Neighbours:
    """The posts that the neighbour block of an article names; with `shown` False, no block."""

    previous: Post | None
    next: Post | None
    shown: bool = True


@dataclass(frozen=True)
class Listing:
    """One page of a list of posts: of a category, a tag, an author, a month, or all."""

    title: str
    path: str
    posts: Sequence[Post]
    number: int
    pages: int

    def path_of(self, number: int) -> str:
        """Return the path of the page of a number, from 1."""
        return self.path if number == 1 else f"{self.path}page/{number}/"


class Theme:
    """Renders the pages of a portal at an address `base` (scheme and host, no final slash)."""

    def __init__(self, portal: Portal, base: str) -> None:
        self._portal = portal
        self._base = base
        self._furnished: tuple[int, tuple[str, str]] | None = None

    def home(self, listing: Listing) -> str:
        """Return the start page: the newest posts, and a block of each category."""
        return self._render("home.html", "/", listing=listing, blocks=self._blocks())

    def _blocks(self, most: int = 4) -> list[tuple[str, str, list[Post]]]:
        """Return name and slug of each category that has posts, and the newest of them."""
        recent = self._portal.newest[:400]
        blocks = [
            (name, slug, [post for post in recent if post.category == name][:most])
            for name, slug in CATEGORIES.items()
        ]
        return [block for block in blocks if block[2]]

    def article(self, post: Post, neighbours: Neighbours) -> str:
        """Return the page of a post."""
        template = "article_tdb.html" if "tdb" in post.traps else "article.html"
        return self._render(
            template,
            post.path,
            post=post,
            neighbours=neighbours,
            content=Markup(self._content(post)),  # noqa: S704 - ours
            related=self._related(post),
            structured=self._structured(post) if self._tells_structured(post) else None,
        )

    def listing(self, listing: Listing) -> str:
        """Return one page of a list of posts."""
        return self._render("listing.html", listing.path_of(listing.number), listing=listing)

    def static_page(self, page: StaticPage) -> str:
        """Return a page that is no post."""
        return self._render("page.html", f"/{page.slug}/", page=page)

    def not_found(self) -> str:
        """Return the page of status 404."""
        return self._render("404.html", "/404/")

    def _render(self, template: str, path: str, **values: object) -> str:
        html = ENVIRONMENT.get_template(template).render(
            base=self._base,
            path=path,
            popular=self._popular(path),
            district=district,
            pages=PAGES,
            VIEWS=VIEWS,
            UID=UID,
            CLOCK=CLOCK,
            **values,
        )
        return self._filled(html)

    def _filled(self, html: str) -> str:
        """Fill a page up to the portal's size with what makes real ones so large.

        That is a menu and widgets, which name many posts, if there is room for them, and then
        style and script.
        """
        menu, widgets = self._furniture() if self._portal.page_bytes else ("", "")
        missing = self._portal.page_bytes - len(html.encode())
        if (size := len(menu.encode()) + len(widgets.encode())) <= missing:
            missing -= size
        else:
            menu = widgets = ""
        style, script = _padding(max(missing, 0))
        fillings = {
            "<!-- menu -->": menu,
            "<!-- widgets -->": widgets,
            "/* style */": style,
            "/* script */": script,
        }
        for mark, filling in fillings.items():
            html = html.replace(mark, filling, 1)
        return html

    def _furniture(self) -> tuple[str, str]:
        """Return the mega menu and the widgets, the same on every page until a post changes."""
        version = self._portal.version
        if self._furnished is None or self._furnished[0] != version:
            module: Any = ENVIRONMENT.get_template("furniture.html").make_module(
                {"base": self._base, "district": district, "UID": UID}
            )
            newest = self._portal.newest
            months = list(dict.fromkeys(f"{post.date:%Y/%m}" for post in newest))
            menu = str(module.menu(self._blocks()[:5]))
            self._furnished = version, (menu, str(module.widgets(newest[:20], months[:40])))
        return self._furnished[1]

    def _content(self, post: Post) -> str:
        """Return the text as the theme shows it, with the bars that some sites put inside."""
        parts = content_parts(post, self._base)
        if "share_inside" in post.traps:
            parts.insert(0, self._fragment("share", post))
        if "related_inside" in post.traps:
            parts.insert(min(2, len(parts)), self._fragment("related_block", post))
        return stored(post, "\n\n".join(parts))

    def _fragment(self, name: str, post: Post) -> str:
        module = ENVIRONMENT.get_template("parts.html").make_module(
            {"base": self._base, "UID": UID}
        )
        if name == "share":
            return str(module.share(post, "inside"))  # type: ignore[attr-defined]
        return str(module.related_block(self._related(post), 9))  # type: ignore[attr-defined]

    def _related(self, post: Post) -> Sequence[Post]:
        """Return three posts that look alike, never the post itself."""
        posts = self._portal.posts
        start = zlib.crc32(post.slug.encode())
        chosen = dict.fromkeys(posts[(start + step * 7) % len(posts)] for step in range(4))
        return [other for other in chosen if other.slug != post.slug][:3]

    def _popular(self, path: str) -> Sequence[Post]:
        posts = self._portal.posts
        start = zlib.crc32(path.encode()) // 7
        return [posts[(start + step * 11) % len(posts)] for step in range(min(5, len(posts)))]

    @staticmethod
    def _tells_structured(post: Post) -> bool:
        """Whether the page has JSON-LD; it would tell the time that ``no_datetime`` withholds."""
        wanted = "tdb" in post.traps or zlib.crc32(post.slug.encode()) % 3 == 0
        return wanted and "no_datetime" not in post.traps

    def _structured(self, post: Post) -> Markup:
        """Return the JSON-LD (schema.org NewsArticle) of a post."""
        about: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": stored(post, post.title),
            "mainEntityOfPage": self._base + post.path,
            "datePublished": post.date.isoformat(),
            "dateModified": post.changed.isoformat(),
            "publisher": {"@type": "Organization", "name": district.NAME},
        }
        if post.author:
            about["author"] = {"@type": "Organization", "name": post.author}
        return Markup(json.dumps(about, ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704


def shown_date(post: Post) -> str:
    """Return the date as the theme prints it."""
    day: datetime = post.date
    if "no_datetime" in post.traps:
        return f"{day.day} Tháng {MONTHS[day.month - 1]}, {day.year}"
    return f"{day:%d/%m/%Y}"


def slug_of(name: str) -> str:
    """Return the slug of a category, or of a tag or an author as WordPress makes it."""
    if name in CATEGORIES:
        return CATEGORIES[name]
    letters = name.lower().translate(FOLDED)
    return "-".join("".join(c if c.isalnum() else " " for c in letters).split())


def _folded_letters() -> dict[int, str]:
    letters = {}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0]
        letters[code] = {"đ": "d", "Đ": "d"}.get(base, base)
    return letters


FOLDED = _folded_letters()


def excerpt(post: Post, words: int = 25) -> str:
    """Return the first words of a post's lead or text."""
    text = (post.lead or post.text).split()
    return " ".join(text[:words]) + ("..." if len(text) > words else "")


def _padding(size: int) -> tuple[str, str]:
    """Return about `size` bytes of style and script such as tagDiv writes into every page."""
    style, script = _stuffing()
    cut = size * 3 // 5
    rules = style[: style.rfind("\n", 0, cut + 1) + 1] if cut else ""
    rest = size - len(rules)
    return rules, script[: script.rfind("\n", 0, rest + 1) + 1]


@lru_cache(maxsize=1)
def _stuffing(size: int = 2_000_000) -> tuple[str, str]:
    choose = random.Random(12)  # noqa: S311 - repeatable on purpose
    names = ("td-module-title", "td-post-author-name", "td-excerpt", "td-menu-item", "entry-thumb")
    rules: list[str] = []
    calls: list[str] = []
    while len(rules) * 120 < size:
        number = choose.randrange(1, 400)
        rules.append(
            f".tdi_{number} .{choose.choice(names)}:hover,.td-theme-wrap .tdi_{number}_rand a"
            f"{{color:#{choose.randrange(1 << 24):06x};font-size:{choose.randrange(11, 30)}px;"
            f"margin:0 {choose.randrange(40)}px {choose.randrange(40)}px 0}}"
        )
        calls.append(
            f'var block_tdi_{number}=new tdBlock();block_tdi_{number}.id="tdi_{number}";'
            f'block_tdi_{number}.atts=\'{{"limit":"{choose.randrange(3, 9)}","sort":"'
            f'{choose.choice(("popular", "random_posts", "alphabetical_order"))}","offset":'
            f'"{choose.randrange(9)}","header_color":"#{choose.randrange(1 << 24):06x}"}}\';'
            f"tdBlocksArray.push(block_tdi_{number});"
        )
    return "\n".join(rules) + "\n", "\n".join(calls) + "\n"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "texturized": lambda text: Markup(texturized(text)),  # noqa: S704 - it escapes
        "stored": lambda text, post: stored(post, text),
        "query": quote_plus,
        "slug": slug_of,
        "shown_date": shown_date,
        "excerpt": excerpt,
    }
    return environment


ENVIRONMENT = _environment()
