"""Portals given back as plain pages: a folder of HTML that a browser opens where it lies.

No name of a file comes from the network: an article's page is called by its code, what it shows by
the SHA-256 of its bytes. No page has a script, asks any host for anything, or shows more than the
reading room does.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from archive.selection import Selected
from archive.warc import WarcError, read_record
from crawler.page import AboutPicture
from crawler.text.shown import body_as_html, called, web_address
from crawler.text.sniffing import signature
from crawler.vocabulary import Grade
from curation.exporting.output import Exported, counted_articles
from curation.progress import Tell

_PAGES = Path(__file__).with_name("static_pages")
_STYLE: Final = "kieu.css"
_FILES: Final = "tep"
_NEWEST: Final = 50
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_KINDS: Final = {
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/zip": "zip",
    "application/x-rar-compressed": "rar",
    "audio/mpeg": "mp3",
    "video/mp4": "mp4",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/bmp": "bmp",
}
"""How files of a type are called. What is none of these could run in a browser that opens it from
the disk (HTML, SVG): it is called so that none does."""
_PLAIN: Final = "bin"
_SEVERAL: Final = ("zip", "doc")
"""Of these the first bytes are those of others, too."""


@dataclass(slots=True)
class _Entry:
    """An article, as lists name it."""

    id: int
    name: str
    """How its page is called."""
    url: str
    title: str
    published_at: str | None
    category: str | None
    prev_url: str | None
    next_url: str | None


@dataclass(frozen=True, slots=True)
class _List:
    """A list of articles, and the page that has it."""

    name: str
    file: str
    entries: tuple[_Entry, ...]

    @property
    def number(self) -> int:
        return len(self.entries)


@dataclass
class _Portal:
    """A site, as it is given back."""

    key: str
    folder: str
    name: str
    province: str | None
    base_url: str
    entries: list[_Entry]
    """Newest first; those without a day last."""
    oldest: str | None
    newest: str | None

    def __post_init__(self) -> None:
        self.by_id = {entry.id: place for place, entry in enumerate(self.entries)}
        self.by_url = {entry.url: entry for entry in self.entries}
        self.years = [*self._years()]
        self.categories = [*self._categories()]
        self.category_of = {each.name: each for each in self.categories}

    @property
    def number(self) -> int:
        return len(self.entries)

    @property
    def address(self) -> str | None:
        return web_address(self.base_url)

    def older(self, entry: _Entry) -> _Entry | None:
        """Return the article before one: the one that its page names, else the next by day."""
        return self._named(entry.prev_url) or self._beside(entry, 1)

    def newer(self, entry: _Entry) -> _Entry | None:
        """Return the article after one likewise."""
        return self._named(entry.next_url) or self._beside(entry, -1)

    def _named(self, url: str | None) -> _Entry | None:
        return self.by_url.get(url) if url else None

    def _beside(self, entry: _Entry, step: int) -> _Entry | None:
        place = self.by_id[entry.id] + step
        if not entry.published_at or not 0 <= place < len(self.entries):
            return None
        other = self.entries[place]
        return other if other.published_at else None

    def _years(self) -> Iterator[_List]:
        for year, entries in groupby(self.entries, lambda entry: (entry.published_at or "")[:4]):
            name, file = (year, f"nam-{year}.html") if year else ("không rõ", "khong-ro-ngay.html")
            yield _List(name, file, tuple(entries))

    def _categories(self) -> Iterator[_List]:
        names = sorted({entry.category for entry in self.entries if entry.category})
        found: dict[str, list[_Entry]] = {name: [] for name in names}
        for entry in self.entries:
            if entry.category:
                found[entry.category].append(entry)
        for number, (name, entries) in enumerate(found.items(), 1):
            yield _List(name, f"muc-{number}.html", tuple(entries))


def write(selected: Selected, folder: Path, tell: Tell) -> Exported:
    """Write the articles that are selected into an empty folder; raises OSError."""
    exported = Exported()
    portals = [*_portals(selected)]
    as_of = max((portal["seen"] for portal in selected.portals()), default="")
    draw = _drawing(as_of)
    (folder / _STYLE).write_bytes((_PAGES / _STYLE).read_bytes())
    draw(folder / "index.html", "portals.html", up="", portals=portals)
    for portal in portals:
        (folder / portal.folder / "bai").mkdir(parents=True)
        _write_lists(portal, folder / portal.folder, draw)
    shelf = _Shelf(selected, folder, exported)
    marks = {
        takedown.code: takedown.reason
        for takedown in selected.archive.withheld.takedowns()
        if takedown.grade == Grade.MARKED
    }
    by_key = {portal.key: portal for portal in portals}
    whose = selected.attributions()
    for article in counted_articles(selected, exported, tell):
        portal = by_key[article["site"]]
        entry = portal.entries[portal.by_id[article["id"]]]
        draw(
            folder / portal.folder / "bai" / f"{entry.name}.html",
            "article.html",
            up="../../",
            portal=portal,
            entry=entry,
            article=article,
            category=portal.category_of.get(article["category"]),
            text=body_as_html(article["body_html"], article["body"]),
            pictures=[shelf.placed(article["site"], image) for image in article["images"]],
            files=[shelf.placed(article["site"], file) for file in article["attachments"]],
            mark=marks.get(article["code"]),
            attribution=whose.get(article["id"]),
            older=portal.older(entry),
            newer=portal.newer(entry),
            address=web_address(article["url"]),
        )
    exported.counts["portals"] = len(portals)
    return exported


def _portals(selected: Selected) -> Iterator[_Portal]:
    for number, portal in enumerate(selected.portals(), 1):
        key = portal["key"]
        entries = [_entry(row) for row in selected.listed(key)]
        yield _Portal(
            key, key if _NAME.fullmatch(key) else f"cong-{number}", portal["name"],
            portal["province"], portal["base_url"], entries, portal["oldest"], portal["newest"],
        )  # fmt: skip


def _entry(row: Mapping[str, Any]) -> _Entry:
    code = str(row["code"])
    return _Entry(
        id=row["id"],
        name=code if _NAME.fullmatch(code) else f"bai-{row['id']}",
        url=row["url"],
        title=called(row["title"], row["lead"], row["beginning"]) or "",
        published_at=row["published_at"],
        category=row["category"] or None,
        prev_url=row["prev_url"],
        next_url=row["next_url"],
    )


def _write_lists(portal: _Portal, folder: Path, draw: Callable[..., None]) -> None:
    first = {
        "is_first": True, "heading": portal.name, "by_year": portal.years,
        "by_category": portal.categories,
        "groups": [{"name": "", "entries": portal.entries[:_NEWEST]}],
    }  # fmt: skip
    draw(folder / "index.html", "listing.html", up="../", portal=portal, **first)
    for each in (*portal.years, *portal.categories):
        draw(
            folder / each.file, "listing.html", up="../", portal=portal, is_first=False,
            heading=each.name, groups=[*_by_month(each.entries)],
        )  # fmt: skip


def _by_month(entries: Iterable[_Entry]) -> Iterator[dict[str, Any]]:
    for month, some in groupby(entries, lambda entry: (entry.published_at or "")[:7]):
        name = f"Tháng {month[5:7]}/{month[:4]}" if month else "Không rõ ngày đăng"
        yield {"name": name, "entries": [*some]}


class _Shelf:
    """Puts the pictures and files that are held beside the pages, each once."""

    def __init__(self, selected: Selected, folder: Path, exported: Exported) -> None:
        self._selected = selected
        self._folder = folder
        self._exported = exported
        self._known: dict[tuple[str, str], str | None] = {}

    def placed(self, site: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a picture or file with the ``file`` that has it here, None if it is not held, and
        its ``address``, if that is safe to link to. Of a picture any form of it will do, the
        largest first; what the article does not tell of it the page about it may.
        """
        page = row.get("page")
        about = self._selected.about_picture(site, page) if page else AboutPicture(None)
        forms = (row.get("upload"), about.picture, row["url"], row.get("thumbnail"))
        file = next(filter(None, (self._file(site, url) for url in forms if url)), None)
        told = {"file": file, "address": web_address(row["url"]), "is_told_by_page": False}
        if about.caption and not row["caption"]:
            told |= {"caption": about.caption, "is_told_by_page": True}
        return {**row, **told}

    def _file(self, site: str, url: str) -> str | None:
        if (site, url) not in self._known:
            self._known[site, url] = self._put(site, url)
        return self._known[site, url]

    def _put(self, site: str, url: str) -> str | None:
        capture = self._selected.held(site, url)
        if capture is None:
            return None
        try:
            record = read_record(self._selected.archive.folder, capture)
        except (WarcError, OSError) as error:
            told = getattr(error, "strerror", None) or error
            self._exported.left_out.append(f"{url}: cannot be read: {told}")
            return None
        digest = hashlib.sha256(record.body).hexdigest()
        ending = _ending(record.body, record.content_type)
        name = f"{_FILES}/{digest[:2]}/{digest}.{ending}"
        path = self._folder / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(record.body)
            self._exported.counts["pictures and files"] += 1
        return name


def _ending(body: bytes, content_type: str | None) -> str:
    """Return how a file is called at its end: by its first bytes, and where several kinds have the
    same ones or none, by what its server said.
    """
    said = _KINDS.get((content_type or "").partition(";")[0].strip().lower())
    seen = _KINDS.get(signature(body) or "")
    return (said if seen in _SEVERAL else seen) or said or seen or _PLAIN


def _drawing(as_of: str) -> Callable[..., None]:
    """Return what draws a template into a file."""
    pages = Environment(
        loader=FileSystemLoader(_PAGES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    pages.filters |= {"day": _day, "time": _time}

    def draw(path: Path, template: str, **values: Any) -> None:
        html = pages.get_template(template).render(as_of=as_of, **values)
        path.write_text(html, encoding="utf-8", errors="replace", newline="\n")

    return draw


def _day(value: str | None) -> str:
    return f"{value[8:10]}/{value[5:7]}/{value[:4]}" if value else ""


def _time(value: str) -> str:
    """Return a time as people write it, as the portal's clock showed it."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    return _day(value) if len(value) <= len("2021-05-28") else f"{at:%d/%m/%Y %H:%M}"
