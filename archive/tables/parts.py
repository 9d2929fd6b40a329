"""What stands beside the text of an article: pictures, files, tags, what it cites and names."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple
from typing import Any

from archive.connection import Connection, Row, composed, marks
from archive.tables.media import Media
from archive.tables.places import places_of
from archive.tables.sites import Sites
from archive.times import iso
from crawler.page import Article, Attachment, Image
from crawler.vocabulary import MediaKind

Parts = dict[str, list[Any]]

PART_TABLES = ("images", "attachments", "article_tags", "citations", "places")

_WITH_COLUMNS = tuple(table for table in PART_TABLES if table != "article_tags")
_BESIDE = frozenset({"article_id", "sha256"})

_COLUMNS = {
    "images": ("url", "caption", "alt", "width", "height", "thumbnail", "upload", "page"),
    "attachments": ("url", "label"),
}
"""What a page says of pictures and files, in the order of their fields."""
IS_NAMED = """
    SELECT 1 FROM images WHERE url = :url
    UNION ALL SELECT 1 FROM images WHERE thumbnail = :url
    UNION ALL SELECT 1 FROM images WHERE upload = :url
    UNION ALL SELECT 1 FROM images WHERE page = :url
    UNION ALL SELECT 1 FROM media JOIN images ON images.page = media.url WHERE picture = :url
    UNION ALL SELECT 1 FROM attachments WHERE url = :url"""
"""Whether an article that is served names a picture or file, or a page about a picture does to
which it leads."""


def addresses(files: Iterable[Row]) -> list[str]:
    """Return the addresses that rows of ``images`` and ``attachments`` name, each once."""
    named = (row.get(column) for row in files for column in ("url", "thumbnail", "upload", "page"))
    return list(dict.fromkeys(url for url in named if url))


class PartQueries:
    """Reads the tables of what stands beside a text."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def of(self, article_id: int) -> Parts:
        """Return the pictures, files and tags of an article."""
        parts: Parts = {
            table: [
                tuple(row[column] for column in columns)
                for row in self._db.select(table, article_id=article_id, order="position")
            ]
            for table, columns in _COLUMNS.items()
        }
        sql = """
            SELECT name FROM tags JOIN article_tags ON tag_id = tags.id WHERE article_id = ?
            ORDER BY name"""
        return parts | {"tags": self._db.execute(sql, [article_id]).fetchall()}

    def whole(self, article_id: int) -> Parts:
        """Return all rows that stand beside a text, by their table, and the names of its tags; but
        for what is held of pictures and files, which their ledger tells.
        """
        rows: Parts = {
            table: [
                {name: row[name] for name in row if name not in _BESIDE}
                for row in self._db.select(table, article_id=article_id, order="position")
            ]
            for table in _WITH_COLUMNS
        }
        return rows | {"tags": self.of(article_id)["tags"]}

    def places(self, article_id: int) -> list[Row]:
        """Return which communes and units an article names: rows of ``places`` without its number,
        in the order of its words.
        """
        rows = self._db.select("places", article_id=article_id, order="position")
        return [{name: row[name] for name in row if name != "article_id"} for row in rows]


class PartTables(PartQueries):
    """Reads and writes what stands beside a text. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection, sites: Sites, media: Media) -> None:
        super().__init__(db)
        self._sites = sites
        self._media = media

    def add(self, site: str, article_id: int, article: Article, words: str) -> None:
        """Write what stands beside the *words* of an article that has nothing there yet."""
        urls = [image.url for image in article.images]
        files = [file.url for file in article.attachments]
        held = self._media.discover(site, urls)
        held |= self._media.discover(site, files, MediaKind.FILE)
        uploads = [image.upload for image in article.images if image.upload]
        self._media.discover(site, uploads, MediaKind.UPLOAD)
        pages = [image.page for image in article.images if image.page]
        self._media.discover_pages(site, pages)
        thumbnails = [image.thumbnail for image in article.images if image.thumbnail]
        self._media.discover(site, thumbnails, MediaKind.THUMBNAIL)
        for table, parts in (("images", article.images), ("attachments", article.attachments)):
            self._db.insert_all(table, _numbered(article_id, _files(table, parts, held)))
        # Its patterns take a tenth of a second to compile: no command waits that only reads.
        from crawler.text.citations import citations

        # A local body is its province's.
        cited = citations(words, self._sites.row(site)["province"])
        rows = [
            {
                "type": citation.type, "number": citation.number, "issuer": citation.issuer,
                "date": iso(citation.date), "text": citation.text, "key": citation.key,
            }
            for citation in cited
        ]  # fmt: skip
        self._db.insert_all("citations", _numbered(article_id, rows))
        named = places_of(words, self._sites.row(site), iso(article.published_at))
        self._add_places(article_id, named)
        self.tag(article_id, article.tags)

    def name_places(self, site: str, article_id: int, words: str, published_at: str | None) -> None:
        """Find which communes and units the *words* of an article name, and write it."""
        self.put_places(article_id, places_of(words, self._sites.row(site), published_at))

    def put_places(self, article_id: int, named: Sequence[Row]) -> None:
        """Write which communes and units an article names, in the place of what was found of it
        before.
        """
        if named != self.places(article_id):
            self._db.delete("places", article_id=article_id)
            self._add_places(article_id, named)

    def _add_places(self, article_id: int, named: Sequence[Row]) -> None:
        self._db.insert_all("places", [{"article_id": article_id} | row for row in named])

    def replace(self, article_id: int, parts: Parts) -> None:
        """Write what stands beside a text, as `whole` returns it, in the place of what stood
        there.
        """
        self.delete(article_id)
        for table in _WITH_COLUMNS:
            self._db.insert_all(table, [{"article_id": article_id} | row for row in parts[table]])
        self.tag(article_id, [name for (name,) in parts["tags"]])

    def tag(self, article_id: int, tags: Collection[str]) -> None:
        """Give tags to an article that has none yet."""
        if not tags:
            return
        self._db.insert_all("tags", [{"name": tag} for tag in tags], if_new=True)
        tagging = composed(
            "INSERT INTO article_tags SELECT ?, id FROM tags WHERE name IN ({tags})",
            tags=marks(tags),
        )
        self._db.execute(tagging, [article_id, *tags])

    def delete(self, article_id: int) -> None:
        """Forget what stands beside a text."""
        for table in PART_TABLES:
            self._db.delete(table, article_id=article_id)


def _files(
    table: str, files: Sequence[Image | Attachment], held: dict[str, str | None]
) -> list[Row]:
    return [
        dict(zip(_COLUMNS[table], astuple(file), strict=True)) | {"sha256": held.get(file.url)}
        for file in files
    ]


def _numbered(article_id: int, rows: Sequence[Row]) -> list[Row]:
    """Return the rows of an article as they follow each other."""
    return [
        {"article_id": article_id, "position": position} | row
        for position, row in enumerate(rows, 1)
    ]


def parts_of(article: Article) -> Parts:
    """Return the pictures, files and tags that an article alone decides."""
    return {
        "images": [astuple(image) for image in article.images],
        "attachments": [astuple(attachment) for attachment in article.attachments],
        "tags": sorted((tag,) for tag in article.tags),
    }
