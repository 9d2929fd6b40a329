"""Articles of which something is withheld: their texts are worked on beside the served file.

What is taken out of an article lies in a document (`archive.vault`). Where the archive works on the
article, because its page is met again, read again or found to be another one's, the document lies
on a desk meanwhile: a database in memory with the tables of an archive, in which the same code does
the same work. What then stands there becomes the next document, before the transaction is stored;
and the served file gets of it what may be shown.
"""

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import cached_property

from archive.connection import Connection, Row
from archive.tables.articles import NUMBERED, Articles
from archive.tables.changes import Changes
from archive.tables.grades import SAID, shown
from archive.tables.indexing import Indexing
from archive.tables.media import OF_ARTICLES, Media, files_at
from archive.tables.parts import (
    IS_NAMED,
    PartQueries,
    Parts,
    PartTables,
    addresses,
)
from archive.tables.revisions import Revisions, Standing
from archive.tables.sites import Sites
from archive.tables.takedowns import Mark, Takedowns, decides
from archive.vault import Document, Vault, path_of
from crawler.page import Article
from crawler.vocabulary import Change, Grade, MediaState

_FILES = ("images", "attachments")
_ROWS = ("revisions", *_FILES, "citations", "places")
_FULL = 2
"""``PRAGMA synchronous`` of a connection each commit of which waits for the disk."""
_SAVED_LATER = 0
"""What a mark names as its document until the transaction ends."""


class _Desk:
    """Tables in memory, for the articles of which documents are at hand."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites

    @cached_property
    def db(self) -> Connection:
        """The database, which is made when something is first laid on the desk."""
        from archive.schema import migrations  # which needs some of the tables itself

        db = Connection.in_memory()
        migrations.apply(db)
        db.execute("PRAGMA foreign_keys = OFF")  # sites and captures are not on it
        return db

    @cached_property
    def revisions(self) -> Revisions:
        """The earlier texts."""
        return Revisions(self.db)

    @cached_property
    def parts(self) -> PartTables:
        """What stands beside the texts."""
        return PartTables(self.db, self._sites, Media(self.db, self._sites))

    def article(self, article_id: int) -> Row:
        """Return the row of an article."""
        (row,) = self.db.select("articles", id=article_id)
        return row

    def lay(self, article_id: int, row: Row, document: Document) -> None:
        """Lay a document on the desk; *row* is that of the article as it is served."""
        self.clear(article_id)
        columns = {info[1] for info in self.db.execute("PRAGMA table_info(articles)")}
        whole = row | document["article"] | _named_by(article_id)
        self.db.insert("articles", {name: whole[name] for name in whole if name in columns})
        for table in _ROWS:
            rows = [each | {"article_id": article_id} for each in document[table]]
            self.db.insert_all(table, rows)
        urls = [file["url"] for file in document["media"]]
        self.db.delete("media", url=urls, site=row["site"])
        self.db.insert_all("media", document["media"])
        self.parts.tag(article_id, document["tags"])

    def document(self, article_id: int) -> Document:
        """Return what lies on the desk of an article."""
        return document_of(self.db, article_id)

    def clear(self, article_id: int) -> None:
        """Take an article from the desk."""
        for table in NUMBERED:
            self.db.delete(table, article_id=article_id)
        self.db.delete("articles", id=article_id)

    def renumber(self, old: int, new: int) -> None:
        """Give an article another number."""
        for table in NUMBERED:
            self.db.update(table, {"article_id": new}, article_id=old)
        self.db.update("articles", _named_by(new), id=old)


def _named_by(article_id: int) -> Row:
    """Return what tells the articles on a desk apart: they may have been laid there long ago."""
    return {
        "id": article_id,
        "url": str(article_id),
        "code": str(article_id),
        "changed": article_id,
    }


def document_of(db: Connection, article_id: int) -> Document:
    """Return all that is said of an article in the tables of a database."""
    (row,) = db.select("articles", id=article_id)
    beside = {
        table: [_without(each, "article_id") for each in db.select(table, article_id=article_id)]
        for table in _ROWS
    }
    urls = addresses(each for table in _FILES for each in beside[table])
    media = [_without(each, "id") for each in files_at(db, row["site"], urls)]
    tags = [name for (name,) in PartQueries(db).of(article_id)["tags"]]
    return {"article": _without(row, "id", "year"), **beside, "media": media, "tags": tags}


def _without(row: Row, *columns: str) -> Row:
    return {name: value for name, value in row.items() if name not in columns}


class Withheld:
    """What is withheld, as a transaction of the archive sees it and leaves it."""

    def __init__(self, db: Connection, sites: Sites, takedowns: Takedowns) -> None:
        self._db = db
        self._takedowns = takedowns
        self.desk = _Desk(sites)
        self._laid: dict[int, int] = {}
        """Which document of an article lies on the desk."""
        self._touched: set[int] = set()
        """The articles whose documents this transaction makes anew."""
        self.is_in_index = False
        """Whether words that this transaction has cut out of the index lie about in it."""
        self.obsolete: set[int] = set()
        """Documents that nothing names any more, once this transaction is stored."""

    @cached_property
    def vault(self) -> Vault:
        """The file of documents."""
        return Vault(path_of(self._db))

    def mark_of(self, article_id: int) -> Mark | None:
        """Return how an article is withheld, if something is taken out of it."""
        mark = self._takedowns.marks().get(article_id)
        return mark if mark and mark.document is not None else None

    def is_out(self, article_id: int) -> bool:
        """Whether the texts of an article lie on the desk, since they are not in the served file.

        Raises `ArchiveError` if they cannot be had.
        """
        mark = self.mark_of(article_id)
        if mark is None:
            return False
        if article_id not in self._touched and self._laid.get(article_id) != mark.document:
            assert mark.document is not None
            (row,) = self._db.select("articles", id=article_id)
            self.desk.lay(article_id, row, self.vault.get(mark.document))
            self._laid[article_id] = mark.document
        return True

    @property
    def documents(self) -> Collection[int]:
        """The articles of which something is taken out."""
        return self._takedowns.documents().keys()

    def lying(self, article_id: int) -> _Desk:
        """Return the desk, on which lies what is taken out of an article."""
        assert self.is_out(article_id)
        return self.desk

    def touch(self, article_id: int) -> None:
        """Take it that what lies on the desk of an article is changed."""
        self._touched.add(article_id)

    def take(self, article_id: int, row: Row, document: Document, mark: Mark) -> None:
        """Lay on the desk what is taken out of an article."""
        self.desk.lay(article_id, row, document)
        self._takedowns.mark(article_id, Mark(mark.grade, mark.takedown, _SAVED_LATER))
        self.touch(article_id)

    def drop(self, article_id: int) -> None:
        """Forget what is withheld of an article."""
        mark = self.mark_of(article_id)
        if mark and mark.document:
            self.obsolete.add(mark.document)
        if mark:
            self.desk.clear(article_id)
        self._takedowns.unmark(article_id)
        self._touched.discard(article_id)
        self._laid.pop(article_id, None)

    def renumber(self, old: int, new: int) -> None:
        """Note that an article has another number."""
        if self.mark_of(old):
            self.desk.renumber(old, new)
            self._touched = self._touched - {old} | {new}
            self._laid.pop(old, None)
        self._takedowns.renumber(old, new)

    def save(self) -> None:
        """Have on the disk what this transaction has taken out, before it is stored."""
        for article_id in sorted(self._touched):
            mark = self.mark_of(article_id)
            assert mark
            if mark.document:
                self.obsolete.add(mark.document)
            elif not self.vault.exists and any(self._takedowns.documents().values()):
                raise self.vault.missing()
            (row,) = self._db.select("articles", id=article_id)
            document = self.desk.document(article_id)
            whole = _without(row, "id", "year") | {name: document["article"][name] for name in SAID}
            number = self.vault.add(row["code"], document | {"article": whole})
            self._takedowns.mark(article_id, Mark(mark.grade, mark.takedown, number))
            self._laid[article_id] = number
        if self._touched:
            self._touched.clear()
            self.vault.commit()
        if self.is_in_index:
            # Its parts name what is in none of them any more until they are made one.
            self._db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('optimize')")
            self.is_in_index = False

    def stored(self) -> None:
        """Remove what nothing names any more, since a transaction is stored.

        If it may still be undone, by a power cut, whoever opens the archive next removes it.
        """
        if self.obsolete:
            ((synchronous,),) = self._db.execute("PRAGMA synchronous").fetchall()
            if synchronous >= _FULL:
                with suppress(sqlite3.Error):
                    self.vault.remove(self.obsolete)
            self.obsolete.clear()

    def undone(self) -> None:
        """Forget what a transaction did that came to nothing."""
        self._laid.clear()
        self._touched.clear()
        self.is_in_index = False
        self.obsolete.clear()
        if "vault" in self.__dict__:
            self.vault.rollback()


class WithheldRevisions(Revisions):
    """The earlier texts of articles, wherever they lie."""

    def __init__(self, db: Connection, withheld: Withheld) -> None:
        super().__init__(db)
        self._plain = Revisions(db)
        self._withheld = withheld

    def _of(self, article_id: int) -> Revisions:
        return self._withheld.desk.revisions if self._withheld.is_out(article_id) else self._plain

    def _changed(self, article_id: int) -> Revisions:
        place = self._of(article_id)
        if place is not self._plain:
            self._withheld.touch(article_id)
        return place

    def rows(self, article_id: int) -> list[Row]:
        """Return the earlier texts of an article with their numbers, oldest first."""
        return self._of(article_id).rows(article_id)

    def add(self, article_id: int, revision: int, standing: Standing) -> None:
        """Add an earlier text of an article."""
        self._changed(article_id).add(article_id, revision, standing)

    def replace(self, article_id: int, earlier: list[Standing]) -> None:
        """Put these texts in the place of the earlier ones of an article, numbered from 1."""
        self._changed(article_id).replace(article_id, earlier)

    def delete(self, article_id: int) -> None:
        """Forget the earlier texts of an article that is held under another number."""
        self._changed(article_id).delete(article_id)


class WithheldParts(PartTables):
    """What stands beside the texts of articles, wherever it lies."""

    def __init__(self, db: Connection, sites: Sites, media: Media, withheld: Withheld) -> None:
        super().__init__(db, sites, media)
        self._plain = PartTables(db, sites, media)
        self._withheld = withheld

    def _place(self, article_id: int) -> PartTables:
        return self._withheld.desk.parts if self._withheld.is_out(article_id) else self._plain

    def of(self, article_id: int) -> Parts:
        """Return the pictures, files and tags of an article."""
        return self._place(article_id).of(article_id)

    def whole(self, article_id: int) -> Parts:
        """Return all rows that stand beside a text, and the names of its tags."""
        return self._place(article_id).whole(article_id)

    def replace(self, article_id: int, parts: Parts) -> None:
        """Write what stands beside a text, in the place of what stood there."""
        self._changed(article_id).replace(article_id, parts)

    def add(self, site: str, article_id: int, article: Article, words: str) -> None:
        """Write what stands beside the *words* of an article that has nothing there yet."""
        self._changed(article_id).add(site, article_id, article, words)

    def name_places(self, site: str, article_id: int, words: str, published_at: str | None) -> None:
        """Write which communes and units the *words* of an article name."""
        self._changed(article_id).name_places(site, article_id, words, published_at)

    def places(self, article_id: int) -> list[Row]:
        """Return which communes and units an article names."""
        return self._place(article_id).places(article_id)

    def put_places(self, article_id: int, named: Sequence[Row]) -> None:
        """Write which communes and units an article names, if that is something else."""
        if named != self.places(article_id):
            self._changed(article_id).put_places(article_id, named)

    def tag(self, article_id: int, tags: Collection[str]) -> None:
        """Give tags to an article that has none yet."""
        self._changed(article_id).tag(article_id, tags)

    def delete(self, article_id: int) -> None:
        """Forget what stands beside a text."""
        self._changed(article_id).delete(article_id)

    def _changed(self, article_id: int) -> PartTables:
        place = self._place(article_id)
        if place is not self._plain:
            self._withheld.touch(article_id)
        return place


class WithheldArticles(Articles):
    """Reads and writes ``articles``, of which some are withheld."""

    def __init__(
        self,
        db: Connection,
        revisions: Revisions,
        parts: PartTables,
        changes: Changes,
        indexing: Indexing,
        takedowns: Takedowns,
        withheld: Withheld,
    ) -> None:
        super().__init__(db, revisions, parts, changes, indexing)
        self._takedowns = takedowns
        self._withheld = withheld

    # As all others are worked on

    def _whole(self, rows: list[Row]) -> list[Row]:
        return self.whole(rows)

    def whole(self, rows: list[Row]) -> list[Row]:
        """Return rows of ``articles`` with all that the articles say. Raises `ArchiveError`."""
        if not self._takedowns.marks():
            return rows
        return [row | self._said(row["id"]) for row in rows]

    def _said(self, article_id: int) -> Row:
        if not self._withheld.is_out(article_id):
            return {}
        article = self._withheld.desk.article(article_id)
        return {name: article[name] for name in SAID}

    def near(self, site: str, url: str) -> dict[str, Row]:
        """Return an article and its neighbours, as `Articles.near` does.

        They are told apart by their texts; but what is noted of their dates is shown, and so only
        those that are shown are given.
        """
        found = super().near(site, url)
        if self._takedowns.marks():
            for row in found.values():
                place = {"site": row["site"], "url": row["url"]}
                for whole in self.whole(self._db.select("articles", **place)):
                    row["text_sha256"] = whole["text_sha256"]
        return found

    def _update(self, article_id: int, row: Row, change: Change | None = None) -> None:
        if self._withheld.is_out(article_id):
            if said := {name: row[name] for name in row if name in SAID}:
                self._withheld.desk.db.update("articles", said, id=article_id)
                self._withheld.touch(article_id)
                visible = self._visible(article_id)
                row = row | {name: visible[name] for name in said}
            change = Change.HIDDEN if change else None
        super()._update(article_id, row, change)
        if row.get("id", article_id) != article_id:
            self._withheld.renumber(article_id, row["id"])

    def _visible(self, article_id: int) -> Row:
        mark = self._withheld.mark_of(article_id)
        assert mark
        return shown(self._withheld.desk.article(article_id), mark.grade)

    def index(self, article_id: int, row: Row) -> None:
        """Have an article found by the words of a row, as far as they are shown."""
        super().index(article_id, self._shown_words(article_id, row))

    def unindex(self, article_id: int, row: Row) -> None:
        """Have an article not found any more by the words of a row."""
        super().unindex(article_id, self._shown_words(article_id, row))

    def _shown_words(self, article_id: int, row: Row) -> Row:
        mark = self._withheld.mark_of(article_id)
        return shown(dict.fromkeys(SAID) | row, mark.grade) if mark else row

    def _add(self, row: Row) -> int:
        order = self._order_of(row) if self._takedowns.are_addresses() else None
        if order is None:
            return super()._add(row)
        mark = Mark(Grade(order["grade"]), order["id"])
        if mark.grade.takes_out:
            row = row | {"change": Change.HIDDEN}
        article_id = super()._add(shown(row, mark.grade))
        if mark.grade.takes_out:
            self._withheld.take(article_id, row | {"id": article_id}, _document(row), mark)
        else:
            self._takedowns.mark(article_id, mark)
        return article_id

    def _order_of(self, row: Row) -> Row | None:
        """Return the takedown that decides of a new article; those that waited for it are its."""
        orders = self._takedowns.of_address(row["site"], row["url"])
        if not orders:
            return None
        strongest = max(orders, key=decides)
        for order in orders:
            if order["code"] is None and order is not strongest:
                self._takedowns.bind(order, row["code"])
        return self._takedowns.bind(strongest, row["code"])

    def _put_together(self, one: int, other: int) -> None:
        """Withhold both of two articles that are one, if either is."""
        for article_id, twin in ((one, other), (other, one)):
            mark, wanted = self._withheld.mark_of(article_id), self._withheld.mark_of(twin)
            if wanted and (mark is None or mark.grade.rank < wanted.grade.rank):
                self.set_mark(article_id, Mark(wanted.grade, wanted.takedown))

    def _drop(self, article_id: int) -> None:
        self._withheld.drop(article_id)
        super()._drop(article_id)

    # Taken out, and put back

    def set_mark(self, article_id: int, mark: Mark | None) -> None:
        """Withhold an article to a degree, or not at all any more."""
        is_out = self._withheld.is_out(article_id)
        if mark and mark.grade.takes_out and is_out:
            self._regrade(article_id, mark)
        elif mark and mark.grade.takes_out:
            self._take_out(article_id, mark)
        elif is_out:
            self._put_back(article_id)
            if mark:
                self._takedowns.mark(article_id, mark)
        else:
            if mark:
                self._takedowns.mark(article_id, mark)
            else:
                self._takedowns.unmark(article_id)
            self._update(article_id, {}, Change.AMENDED)
        self.forget()

    def _take_out(self, article_id: int, mark: Mark) -> None:
        (row,) = self._db.select("articles", id=article_id)
        document = document_of(self._db, article_id)
        self.unindex(article_id, row)
        self._parts.delete(article_id)
        self._revisions.delete(article_id)
        self._forget_files(document["media"])
        self._forget_dates(row["url"], mark.grade)
        if document["tags"]:
            self._db.execute(
                "DELETE FROM tags WHERE NOT EXISTS (SELECT 1 FROM article_tags WHERE tag_id = id)"
            )
        self._withheld.take(article_id, row, document, mark)
        self._takedowns.is_to_be_cleared(mark.takedown)
        self._withheld.is_in_index = True
        self.index(article_id, row)
        super()._update(article_id, self._shown_row(article_id), Change.HIDDEN)

    def _regrade(self, article_id: int, mark: Mark) -> None:
        before = self._withheld.mark_of(article_id)
        assert before
        whole = self._withheld.desk.article(article_id)
        self.unindex(article_id, whole)
        self._takedowns.mark(article_id, Mark(mark.grade, mark.takedown, before.document))
        if mark.grade.rank > before.grade.rank:
            self._takedowns.is_to_be_cleared(mark.takedown)
            self._withheld.is_in_index = True
            (row,) = self._db.select("articles", id=article_id)
            self._forget_dates(row["url"], mark.grade)
        self.index(article_id, whole)
        change = Change.HIDDEN if mark.grade != before.grade else None
        super()._update(article_id, self._shown_row(article_id), change)

    def _put_back(self, article_id: int) -> None:
        document = self._withheld.desk.document(article_id)
        whole = document["article"]
        self.unindex(article_id, whole)
        self._withheld.drop(article_id)
        for table in _ROWS:
            rows = [{"article_id": article_id} | row for row in document[table]]
            self._db.insert_all(table, rows)
        self._parts.tag(article_id, document["tags"])
        self._db.insert_all("media", document["media"], if_new=True)
        self._update_files(article_id)
        self.index(article_id, whole)
        super()._update(article_id, {name: whole[name] for name in SAID}, Change.SHOWN)

    def _shown_row(self, article_id: int) -> Row:
        visible = self._visible(article_id)
        return {name: visible[name] for name in SAID}

    def _forget_dates(self, url: str, grade: Grade) -> None:
        """Forget what was noted of the date of an article of which it is not shown."""
        if grade == Grade.ALL:
            noted = "DELETE FROM problems WHERE kind = 'date' AND (url = ?1 OR instr(message, ?1))"
            self._db.execute(noted, [url])

    def _forget_files(self, files: list[Row]) -> None:
        """Have the ledger of pictures and files forget those that no other article names.

        Of whatever site: another one's article that named it has it in a document of its own. What
        pages about pictures show goes after these, for it is they that name it.
        """
        urls = [file["url"] for file in files]
        shown = [row["picture"] for row in self._db.select("media", url=urls) if row["picture"]]
        for url in dict.fromkeys([*urls, *shown]):
            if not self._db.execute(IS_NAMED, {"url": url}).fetchone():
                self._db.delete("media", url=url, kind=OF_ARTICLES)

    def keep_files_out(self, site: str) -> None:
        """Have the ledger of pictures and files forget those of articles of a site that are
        withheld, which an archive brought that shows them; they lie with the texts.
        """
        out = sorted(self._withheld.documents)
        for article_id in (row["id"] for row in self._db.select("articles", id=out, site=site)):
            desk = self._withheld.lying(article_id)
            urls = addresses(desk.parts.whole(article_id)["images"])
            urls += addresses(desk.parts.whole(article_id)["attachments"])
            files = [_without(row, "id") for row in files_at(self._db, site, urls)]
            urls = [file["url"] for file in files]
            held = desk.db.select("media", url=urls, site=site, state=MediaState.HELD)
            new = [file for file in files if file["url"] not in {row["url"] for row in held}]
            if files:
                desk.db.delete("media", url=[file["url"] for file in new], site=site)
                desk.db.insert_all("media", new)
                self._withheld.touch(article_id)
                self._forget_files(files)

    def _update_files(self, article_id: int) -> None:
        """Name, of pictures and files, what is held by now."""
        (article,) = self._db.select("articles", id=article_id)
        for table in _FILES:
            for row in self._db.select(table, article_id=article_id, order="position"):
                for file in self._db.select("media", url=row["url"], site=article["site"]):
                    at = {"article_id": article_id, "position": row["position"]}
                    self._db.update(table, {"sha256": file["sha256"]}, **at)


def _document(row: Row) -> Document:
    """Return what was taken out of an article beside which nothing stands yet."""
    article = {name: row[name] for name in SAID}
    return {"article": article} | {name: [] for name in (*_ROWS, "media", "tags")}
