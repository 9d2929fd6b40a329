"""Which captures give what is withheld: they stay as they were received, but nobody is given them.

They are those of its addresses, of its pictures and files, and those that it was read from; and
whatever else its text stands in: a list with the beginning of it, a feed, an answer of REST with a
hundred articles. The latter are found by reading what was received of its site.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from archive.connection import Connection, composed
from archive.tables.captures import CaptureQueries
from archive.tables.parts import IS_NAMED, addresses
from archive.tables.takedowns import TakedownQueries
from archive.tables.urls import LEADING_HERE
from archive.vault import Document, Vault, path_of, vault_of
from archive.warc import WarcError, parse, read_blocks
from crawler.exchange import Capture
from crawler.text.addresses import urlkey
from crawler.text.charset import decode
from crawler.text.fold import fold
from crawler.vocabulary import Grade

_WORDS = 8
"""So many words in a row are somebody's text, and not how everybody speaks of the same office."""
_FEWEST_WORDS = 4
"""A title of fewer may be that of any article."""

_TEXTUAL = re.compile(r"html|xml|json|text/|javascript", re.I)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_TAG = re.compile(r"<[^<>]*>")
_WORD = re.compile(r"[^\W_]+")

_LEADING_HERE = composed("{leading_here} SELECT url FROM leading", leading_here=LEADING_HERE)


@dataclass(slots=True)
class _Secrets:
    """What tells the captures of a site that give something withheld."""

    keys: set[str] = field(default_factory=set)
    """Of addresses, as `urlkey` writes them."""
    ids: set[int] = field(default_factory=set)
    """Of captures that a text was read from."""
    phrases: set[tuple[str, ...]] = field(default_factory=set)
    """Words in a row, folded."""


_NONE = _Secrets()


def giving_away(db: Connection, folder: Path, sites: Iterable[str] = ()) -> set[int]:
    """Return the numbers of the captures that give something withheld; of some sites, or of all.

    *folder* is that of the captures. Raises `ArchiveError` if it cannot be had what is withheld.
    """
    secrets = _secrets(db)
    if secrets is None:
        return set()
    general, by_site = secrets
    wanted = set(sites)
    found: set[int] = set()
    for (site,) in db.execute("SELECT key FROM sites ORDER BY key").fetchall():
        own = by_site.get(site, _Secrets())
        own.keys |= general
        if (not wanted or site in wanted) and (own.keys or own.ids):
            found |= _of_site(db, folder, site, own)
    # A revisit has no body of its own, but says that it is another one's.
    revisits = db.execute("SELECT id, refers_to FROM captures WHERE refers_to IS NOT NULL")
    return found | {revisit for revisit, holder in revisits if holder in found}


class Giving:
    """Tells of one capture after another whether it gives something withheld."""

    _last: tuple[object, Self] | None = None

    def __init__(self, secrets: tuple[set[str], dict[str, _Secrets]] | None) -> None:
        self._general, self._by_site = secrets or (set[str](), {})

    @classmethod
    def of(cls, db: Connection) -> Self:
        """Return what tells it of an archive, as it is now; remembered until a file changes.

        Raises `ArchiveError` if it cannot be had what is withheld.
        """
        if not {"takedowns", "withheld"} <= {*db.table_names()}:  # made by an older version
            return cls(None)
        stamp = _stamp(db)
        last = cls._last
        if last is None or last[0] != stamp:
            cls._last = last = stamp, cls(_secrets(db))
        return last[1]

    def gives(self, db: Connection, capture: Capture, kept: bytes) -> bool:
        """Whether a capture with a body does, whose record is *kept*, or a revisit of it."""
        sql = "SELECT id, site, url, part_of FROM captures WHERE id = ?1 OR refers_to = ?1"
        rows = db.execute(sql, [capture.id]).fetchall()
        for capture_id, site, url, part_of in rows:
            own = self._by_site.get(site, _NONE)
            key = urlkey(url)
            if {capture_id, part_of} & own.ids or key in own.keys or key in self._general:
                return True
        phrases = {phrase for row in rows for phrase in self._by_site.get(row[1], _NONE).phrases}
        is_textual = _TEXTUAL.search(capture.content_type or "text/") is not None
        return bool(phrases) and is_textual and _says(kept, phrases, {len(p) for p in phrases})


def _stamp(db: Connection) -> tuple[object, ...]:
    """Return what tells one state of an archive from another: what is withheld of it exactly, and
    what it is told by as far as its files tell that somebody wrote.
    """
    path = path_of(db)
    files = (path, path.with_name(f"{path.name}-wal"), vault_of(path))
    takedowns = db.execute("SELECT count(*), max(id), count(lifted_at) FROM takedowns").fetchone()
    withheld = db.execute("SELECT article_id, document FROM withheld").fetchall()
    return path, takedowns, tuple(withheld), tuple(map(_written, files))


def _written(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _secrets(db: Connection) -> tuple[set[str], dict[str, _Secrets]] | None:
    """Return what is secret of all sites and of each; None if nothing is withheld."""
    queries = TakedownQueries(db)
    hidden = [row for row in queries.all() if Grade(row["grade"]).takes_out]
    marks = {key: mark for key, mark in queries.marks().items() if mark.document is not None}
    if not hidden and not marks:
        return None
    vault = Vault(path_of(db))
    by_site: dict[str, _Secrets] = {}
    for article_id, mark in marks.items():
        assert mark.document is not None
        (row,) = db.select("articles", id=article_id)
        document = vault.get(mark.document)
        secrets = by_site.setdefault(row["site"], _Secrets())
        place = {"site": row["site"], "url": row["url"]}
        urls = [url for (url,) in db.execute(_LEADING_HERE, place)]
        urls += [row["canonical_url"]] if row["canonical_url"] else []
        urls += _files(db, document)
        secrets.keys |= {urlkey(url) for url in urls}
        texts = [row, *document["revisions"]]
        secrets.ids |= {text["capture_id"] for text in texts if text["capture_id"]}
        secrets.phrases |= set(_phrases(document, mark.grade))
    for secrets in by_site.values():
        secrets.phrases = {phrase for phrase in secrets.phrases if not _is_said(db, phrase)}
    return {row["urlkey"] for row in hidden if row["urlkey"]}, by_site


def _files(db: Connection, document: Document) -> Iterator[str]:
    """Yield the addresses of the pictures and files that only a withheld article names."""
    named = addresses([*document["images"], *document["attachments"]])
    shown = [row["picture"] for row in document["media"] if row.get("picture")]
    for url in dict.fromkeys([*named, *shown]):
        if not db.execute(IS_NAMED, {"url": url}).fetchone():
            yield url


def _phrases(document: Document, grade: Grade) -> Iterator[tuple[str, ...]]:
    """Yield words that stand in a row in what is taken out, of each stretch of a text some."""
    for text in (document["article"], *document["revisions"]):
        if grade == Grade.ALL:
            title = words_of(text["title"])
            if len(title) >= _FEWEST_WORDS:
                yield tuple(title)
        for paragraph in ((text["lead"] or "") + "\n" + (text["body"] or "")).splitlines():
            words = words_of(paragraph)
            for start in range(0, len(words), _WORDS):
                phrase = words[start : start + _WORDS]
                # The rest of a paragraph with what stands before it, so that it is as long.
                phrase = phrase if len(phrase) == _WORDS else words[-_WORDS:]
                if len(phrase) == _WORDS:
                    yield tuple(phrase)


def _is_said(db: Connection, phrase: tuple[str, ...]) -> bool:
    """Whether an article that is shown has these words, too: then they tell nothing."""
    wanted = '{title lead body} : "' + " ".join(phrase) + '"'
    sql = "SELECT 1 FROM articles_fts WHERE articles_fts MATCH ? LIMIT 1"
    return db.execute(sql, [wanted]).fetchone() is not None


def _of_site(db: Connection, folder: Path, site: str, secrets: _Secrets) -> set[int]:
    """Return the captures of a site that give something withheld, but for most revisits."""
    sql = "SELECT id, url, refers_to, part_of FROM captures WHERE site = ? ORDER BY id"
    found = set()
    rows = db.execute(sql, [site]).fetchall()
    for capture_id, url, refers_to, part_of in rows:
        if {capture_id, part_of} & secrets.ids or urlkey(url) in secrets.keys:
            found |= {capture_id, refers_to} - {None}
    lengths = {len(phrase) for phrase in secrets.phrases}
    read: dict[str, bool] = {}
    for capture in CaptureQueries(db).with_bodies(site) if lengths else ():
        assert capture.id is not None
        if capture.id in found or not _TEXTUAL.search(capture.content_type or "text/"):
            continue
        digest = capture.payload_sha256
        if digest not in read:
            try:
                kept = read_blocks(folder, capture)[0]
            except (WarcError, OSError):
                continue  # what cannot be read can be given to nobody
            read[digest] = _says(kept, secrets.phrases, lengths)
        if read[digest]:
            found.add(capture.id)
    return found


def _says(kept: bytes, phrases: set[tuple[str, ...]], lengths: set[int]) -> bool:
    """Whether a record has words of these, so many in a row; what cannot be decoded may have."""
    try:
        record = parse(kept)
    except WarcError:
        return True  # it would be given as it is kept, and others may decode more of it
    words = words_of(plain(record.body, record.content_type))
    return any(
        tuple(words[start : start + length]) in phrases
        for length in lengths
        for start in range(len(words) - length + 1)
    )


def plain(body: bytes, content_type: str | None) -> str:
    """Return about what a page, a feed or an answer of REST says, without its marks."""
    text, _ = decode(body, content_type)
    if "\\u" in text:
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    text = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\/", "/").replace('\\"', '"')
    for _ in range(2):  # a feed has its HTML escaped
        text = html.unescape(_TAG.sub(" ", text))
    return text


def words_of(text: str) -> list[str]:
    """Return the words of a text as a search compares them: without marks, in small letters."""
    return _WORD.findall(fold(text).lower())
