"""Which address of the portal answers what."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from demo import media, rest, wordpress
from demo.answer import TEXT, Answer, redirect
from demo.district import CATEGORIES, EDITOR, PAGES
from demo.faults import Faults
from demo.portal import Portal, Post
from demo.theme import POSTS_PER_PAGE, Listing, Neighbours, Theme, slug_of

STYLE = (Path(__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
PAGED = re.compile(r"(?P<path>/|/.+/)page/(?P<number>\d+)/")
FEED = re.compile(r"(?P<path>/|/.+/)feed/")
UPLOAD = re.compile(r"/wp-content/uploads/\d{4}/\d\d/(?P<name>[^/]+)")
RESIZED = re.compile(r"-(?P<width>\d{1,4})x(?P<height>\d{1,4})(?=\.\w+$)")
PICTURES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png"}


def respond(
    portal: Portal, faults: Faults, base: str, target: str, headers: Mapping[str, str]
) -> Answer:
    """Answer a GET of `target` (path and query), with addresses below `base`.

    `headers` have names in lower case.
    """
    return _Visit(portal, faults, base, target, headers).answer()


class _Visit:
    """One request, and what it may be answered with."""

    def __init__(
        self, portal: Portal, faults: Faults, base: str, target: str, headers: Mapping[str, str]
    ) -> None:
        path, _, query = target.partition("?")
        self._portal, self._faults, self._base, self._headers = portal, faults, base, headers
        self._path = unquote(path)
        self._query = dict(parse_qsl(query, keep_blank_values=True))
        self._theme = Theme(portal, base)

    def answer(self) -> Answer:
        for route in (self._file, self._rest, self._shortlink, self._feed, self._page):
            found = route()
            if found is not None:
                return found
        slug = self._path.strip("/")
        return wordpress.guess(self._portal, slug, self._base) or self.not_found()

    def not_found(self) -> Answer:
        return Answer(self._theme.not_found(), status=HTTPStatus.NOT_FOUND)

    def _file(self) -> Answer | None:
        """Return what has the name of a file."""
        if self._path == "/robots.txt":
            if self._faults.robots is not None:
                return Answer(self._faults.robots, TEXT)
            return wordpress.robots(self._base, self._faults.sitemap)
        if self._path.startswith("/wp-sitemap") and self._faults.sitemap:
            name, cap = self._path.removeprefix("/"), self._faults.sitemap_cap
            return wordpress.sitemap(self._portal, self._base, name, cap)
        if self._path.endswith("/style.css"):
            return Answer(STYLE, "text/css")
        if self._path.endswith("/images/hills.png"):
            return Answer(media.picture("hills.png", 480, 48), "image/png")
        upload = UPLOAD.fullmatch(self._path)
        return _upload(upload["name"]) if upload else None

    def _rest(self) -> Answer | None:
        path = self._path
        if path == "/" and "rest_route" in self._query:
            path = "/wp-json" + self._query.pop("rest_route")
        if not path.startswith("/wp-json") or self._faults.rest == "absent":
            return None
        if self._faults.rest == "forbidden":
            return rest.forbidden()
        return rest.answer(self._portal, self._base, path, self._query)

    def _shortlink(self) -> Answer | None:
        if self._path != "/" or not {"p", "page_id"} & self._query.keys():
            return None
        number = self._query.get("p") or self._query.get("page_id", "")
        found = wordpress.shortlink(self._portal, number, self._base)
        return found or self.not_found()

    def _feed(self) -> Answer | None:
        match = FEED.fullmatch(self._path + ("" if self._path.endswith("/") else "/"))
        if not match or not self._faults.feeds:
            return None
        if not self._path.endswith("/"):
            return redirect(f"{self._base}{self._path}/")
        listed = self._listed(match["path"])
        if listed is None:
            known = match["path"] == "/comments/" or self._post_at(match["path"])
            return wordpress.comments_feed(self._base) if known else None
        number = self._query.get("paged", "1")
        page = int(number) if number.isdecimal() and int(number) else 1
        found = wordpress.feed(self._portal, listed[1], self._base, page, self._headers)
        return found or self.not_found()

    def _page(self) -> Answer | None:
        """Return a page of the theme, or the redirect to it where the final slash is missing."""
        if not self._path.endswith("/"):
            there = self._page_at(f"{self._path}/")
            return redirect(f"{self._base}{self._path}/") if there else None
        return self._page_at(self._path)

    def _page_at(self, path: str) -> Answer | None:
        paged = PAGED.fullmatch(path)
        path, number = (paged["path"], int(paged["number"])) if paged else (path, 1)
        listed = self._listed(path)
        if listed is not None:
            if paged and number == 1:
                return redirect(self._base + path)
            return self._listing(path, *listed, number)
        if paged:
            return None
        if post := self._post_at(path):
            return self._article(post)
        page = next((page for page in PAGES if path == f"/{page.slug}/"), None)
        return Answer(self._theme.static_page(page)) if page else None

    def _post_at(self, path: str) -> Post | None:
        return self._portal.get(path.strip("/"))

    def _article(self, post: Post) -> Answer:
        faults, slug = self._faults, post.slug
        neighbours = Neighbours(
            previous=None if faults.hides_prev(slug) else self._portal.previous(post),
            next=None if faults.hides_next(slug) else self._portal.next(post),
            shown=not faults.hides_block(slug),
        )
        links = [
            f'<{self._base}/wp-json/>; rel="https://api.w.org/"',
            f"<{self._base}/?p={post.id}>; rel=shortlink",
        ]
        page = self._theme.article(post, neighbours)
        return Answer(page, headers={"link": ", ".join(links)})

    def _listing(self, path: str, title: str, posts: Sequence[Post], number: int) -> Answer | None:
        pages = -(-len(posts) // POSTS_PER_PAGE)
        if not 1 <= number <= max(pages, 1):
            return None
        shown = posts[(number - 1) * POSTS_PER_PAGE : number * POSTS_PER_PAGE]
        listing = Listing(title, path, shown, number, pages)
        render = self._theme.home if path == "/" else self._theme.listing
        return Answer(render(listing))

    def _listed(self, path: str) -> tuple[str, Sequence[Post]] | None:
        """Return title and posts, newest first, of the list at `path`."""
        newest = self._portal.newest
        match path.strip("/").split("/"):
            case [""]:
                return "Trang chủ", newest
            case ["category", slug]:
                name = next((name for name, own in CATEGORIES.items() if own == slug), None)
                found = [post for post in newest if post.category == name]
                return (name, found) if name else None
            case ["tag", slug]:
                name = next((tag for tag in self._portal.tags if slug_of(tag) == slug), None)
                found = [post for post in newest if name in post.tags]
                return (f"Thẻ: {name}", found) if name else None
            case ["author", slug]:
                found = [post for post in newest if slug_of(post.author or EDITOR) == slug]
                return (found[0].author or EDITOR, found) if found else None
            case [year] if re.fullmatch(r"\d{4}", year):
                found = [post for post in newest if f"{post.date:%Y}" == year]
                return (f"Lưu trữ năm {year}", found) if found else None
            case [year, month] if re.fullmatch(r"\d{4}/\d\d", f"{year}/{month}"):
                found = [post for post in newest if f"{post.date:%Y/%m}" == f"{year}/{month}"]
                return (f"Lưu trữ tháng {month}/{year}", found) if found else None
        return None


def _upload(name: str) -> Answer | None:
    """Return a picture, in any size that its name asks for, or a document."""
    extension = name.rpartition(".")[2].lower()
    if extension in PICTURES:
        resized = RESIZED.search(name)
        original = RESIZED.sub("", name)
        width, height = media.dimensions(original)
        if resized:
            width = min(int(resized["width"]), width) or 1
            height = min(int(resized["height"]), height) or 1
        return Answer(media.picture(original, width, height), PICTURES[extension])
    if extension == "pdf":
        return Answer(media.document(name.removesuffix(".pdf")), "application/pdf")
    return None
