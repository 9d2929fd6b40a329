"""The pictures and files that articles name, what pages need to look as they did, and what became
of each.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.connection import Connection, Row, composed, marks, name
from archive.tables.sites import Sites
from archive.times import utc
from crawler.page import AboutPicture, Requisite
from crawler.text.addresses import host_of, on_same_host
from crawler.visit import Sought, Visit
from crawler.vocabulary import MediaKind, MediaState, Reason, Source, State

OF_ARTICLES = tuple(kind for kind in MediaKind if not kind.is_requisite)
_REQUISITES = tuple(kind for kind in MediaKind if kind.is_requisite)
_PARTS = (MediaKind.PICTURE, MediaKind.FILE)
_LOOKS = (*_REQUISITES, MediaKind.THUMBNAIL)
"""What is counted apart from pictures and files: a thumbnail is no other picture."""
_LESSER = {
    MediaKind.PICTURE: (*_LOOKS, MediaKind.UPLOAD, MediaKind.PAGE),
    MediaKind.FILE: (*_LOOKS, MediaKind.UPLOAD, MediaKind.PAGE),
    MediaKind.PAGE: _REQUISITES,
    MediaKind.UPLOAD: _REQUISITES,
    MediaKind.THUMBNAIL: (*_REQUISITES, MediaKind.UPLOAD),
}
"""What an address that is one of these was until then, if it was known. An upload is what pages do
not name."""
_LEADING = """
    SELECT images.url FROM images JOIN articles ON articles.id = article_id
    WHERE images.page = {page}.url AND articles.site = {page}.site"""
"""The forms of a picture that lead to a page about it."""
_PAGE_IS_OPEN = composed(
    """
    {{page}}.tries < 3 AND EXISTS ({leading})
    AND NOT EXISTS (SELECT 1 FROM articles WHERE url = {{page}}.url AND site = {{page}}.site)""",
    leading=_LEADING,
)
"""A page that is held as an article is none about a picture."""
_FORM = composed(
    """
    SELECT images.url FROM images JOIN articles ON articles.id = article_id
    WHERE upload = media.url AND articles.site = media.site AND NOT EXISTS (
        SELECT 1 FROM media AS about
        WHERE about.url = images.page AND about.site = media.site AND about.state = 'waiting'
        AND {is_open})""",
    is_open=composed(_PAGE_IS_OPEN, page="about"),
)
"""The forms of a picture by which it is known where it may lie as it was uploaded; not before the
page about it could name another one."""
_TOLD = """
    SELECT images.url FROM media AS about JOIN images ON images.page = about.url
    JOIN articles ON articles.id = article_id AND articles.site = about.site
    LEFT JOIN media AS upload ON upload.url = images.upload AND upload.site = about.site
    WHERE about.picture = media.url AND about.site = media.site
    AND (upload.url IS NULL OR upload.url = media.url
         OR upload.state NOT IN ('held', 'waiting'))"""
"""The forms of a picture of which the page about it names a larger one, unless it is there as it
was uploaded, or may be."""
_WAITING = "state = 'waiting'"
_FAILED = "state = 'failed' AND coalesce(run_id, 0) < ?"
_PAGE_DUE = composed(_PAGE_IS_OPEN, page="media")
_UPLOAD_DUE = composed(
    "tries < 3 AND (EXISTS ({form}) OR EXISTS ({told}))",
    form=_FORM,
    told=_TOLD,
)
"""Only what a page still names a form of; and what may not be there at all three times at most."""
_DUE = {
    MediaKind.PICTURE: (_WAITING, _FAILED),
    MediaKind.FILE: (_WAITING, _FAILED),
    MediaKind.PAGE: (f"{_WAITING} AND {_PAGE_DUE}", f"{_FAILED} AND {_PAGE_DUE}"),
    MediaKind.UPLOAD: (f"{_WAITING} AND {_UPLOAD_DUE}", f"{_FAILED} AND {_UPLOAD_DUE}"),
    MediaKind.THUMBNAIL: (_WAITING, _FAILED),
}
_REQUISITES_DUE = dict.fromkeys(_REQUISITES, (_WAITING, "ask_again AND coalesce(run_id, 0) < ?"))


@dataclass(frozen=True, slots=True)
class PicturePage:
    """A page about a picture that is held, and to which articles lead."""

    id: int
    """The number of its row."""
    site: str
    url: str
    capture_id: int
    about: AboutPicture
    """What it says, as the archive has it."""
    forms: tuple[str, ...]
    """What the articles show of the picture."""


class MediaQueries:
    """Reads ``media``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def due(self, site: str, run_id: int, skip: set[str], left: Collection[str] = ()) -> str | None:
        """Return the next picture or file of an article to ask for, None if there is none; after
        these come the pages about pictures, then uploads, and thumbnails last.

        What failed in an earlier run is asked for again, once a run; what lies on one of the hosts
        *left* (`host_of`) is not.
        """
        return self._first(site, run_id, skip, left, _DUE)

    def due_requisite(
        self, site: str, run_id: int, skip: set[str], left: Collection[str] = ()
    ) -> str | None:
        """Return the next style sheet, font or theme picture to ask for, None if there is none.

        Whatever became of one, it is asked for again after a page of a later day has named it.
        """
        return self._first(site, run_id, skip, left, _REQUISITES_DUE)

    def _first(
        self,
        site: str,
        run_id: int,
        skip: set[str],
        left: Collection[str],
        kinds: Mapping[MediaKind, Sequence[str]],
    ) -> str | None:
        """Return the first that fulfils a condition of its kind; kinds and conditions in turn."""
        for kind, conditions in kinds.items():
            for condition in conditions:
                sql = composed(
                    "SELECT url FROM media WHERE site = ? AND kind = ? AND {condition} LIMIT ?",
                    condition=condition,
                )
                beside = [run_id] if "?" in condition else []
                most = -1 if left else len(skip) + 1
                rows = self._db.execute(sql, [site, kind, *beside, most])
                due = (url for (url,) in rows if url not in skip and host_of(url) not in left)
                url = next(due, None)
                rows.close()
                if url:
                    return str(url)
        return None

    def sought(self, site: str, url: str) -> Sought | None:
        """Return what is sought at the address of an upload, or of a page about a picture, that
        articles still lead to; None of whatever else is known of the site.
        """
        sql = composed(
            """
            SELECT kind, CASE kind WHEN 'page' THEN ({leading} LIMIT 1)
                                   ELSE coalesce(({form} LIMIT 1), ({told} LIMIT 1)) END
            FROM media WHERE url = ? AND site = ? AND kind IN ('upload', 'page')""",
            leading=composed(_LEADING, page="media"), form=_FORM, told=_TOLD,
        )  # fmt: skip
        row = self._db.execute(sql, [url, site]).fetchone()
        return Sought(MediaKind(row[0]), row[1]) if row and row[1] else None

    def held(self, site: str, url: str) -> int | None:
        """Return the number of the capture that holds a picture or file of a site."""
        rows = self._db.select("media", url=url, site=site, state=MediaState.HELD)
        return next((row["capture_id"] for row in rows), None)

    def pages(self, sites: Collection[str] = ()) -> list[PicturePage]:
        """Return the pages about pictures that are held, of some *sites* or of all."""
        sql = composed(
            """
            SELECT id, site, url, capture_id, picture, caption,
                   (SELECT json_group_array(url) FROM ({leading})) AS forms
            FROM media WHERE kind = 'page' AND state = 'held' AND {of_sites} ORDER BY id""",
            leading=composed(_LEADING, page="media"),
            of_sites=f"site IN ({marks(sites)})" if sites else "1",
        )  # fmt: skip
        return [
            PicturePage(
                id=row["id"], site=row["site"], url=row["url"], capture_id=row["capture_id"],
                about=AboutPicture(row["picture"], row["caption"]),
                forms=tuple(json.loads(row["forms"])),
            )
            for row in self._db.query(sql, [*sites])
        ]  # fmt: skip

    def counts(self, run_id: int) -> dict[str, int]:
        """Return how many pictures and files a run has asked for, by what came of it."""
        return self._counts(run_id, _PARTS)

    def requisite_counts(self, run_id: int) -> dict[str, int]:
        """Return the same of what makes pages look as they did, thumbnails among it."""
        return self._counts(run_id, _LOOKS)

    def upload_counts(self, run_id: int) -> dict[str, int]:
        """Return the same of pictures as they were uploaded, of which pages name smaller forms."""
        return self._counts(run_id, [MediaKind.UPLOAD])

    def page_counts(self, run_id: int) -> dict[str, int]:
        """Return the same of pages about pictures."""
        return self._counts(run_id, [MediaKind.PAGE])

    def _counts(self, run_id: int, kinds: Sequence[MediaKind]) -> dict[str, int]:
        sql = composed(
            "SELECT state, count(*) FROM media WHERE run_id = ? AND kind IN ({kinds}) "
            "GROUP BY state ORDER BY state",
            kinds=marks(kinds),
        )
        return dict(self._db.execute(sql, [run_id, *kinds]).fetchall())

    def tally(self, site: str) -> dict[str, int]:
        """Return how many pictures and files of a site's articles are in which state."""
        sql = """
            SELECT state, count(*) FROM media
            WHERE site = ? AND kind IN ('picture', 'file') GROUP BY state ORDER BY state"""
        return dict(self._db.execute(sql, [site]).fetchall())

    def requisites_since(self, site: str, since: datetime) -> tuple[int, int]:
        """Return how many style sheets, fonts and theme pictures of a site were last asked for by
        runs that began at some time or later, and how many bytes they are.
        """
        sql = composed(
            "SELECT count(*), coalesce(sum(media.bytes), 0) FROM runs "
            "JOIN media ON media.run_id = runs.id "
            "WHERE runs.site = ? AND started_at >= ? AND kind IN ({kinds})",
            kinds=marks(_REQUISITES),
        )
        count, size = self._db.execute(sql, [site, utc(since), *_REQUISITES]).fetchone()
        return int(count), int(size)


class Media(MediaQueries):
    """Reads and writes ``media``. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection, sites: Sites) -> None:
        super().__init__(db)
        self._sites = sites

    def discover(
        self, site: str, urls: Sequence[str], kind: MediaKind = MediaKind.PICTURE
    ) -> dict[str, str | None]:
        """Note addresses of pictures or files of a site's articles, to be asked for, unless it
        knows them; return those that it does, with the ``sha256`` of what is held.

        What lies on none of its hosts is not the portal's to give, and is noted as elsewhere. What
        was taken for a theme's picture is an article's once one names it, and a thumbnail is the
        picture once there is no larger one. What was believed to be an upload, and was not there or
        not that, is asked for once a page names it.
        """
        known = self._note_new(site, dict.fromkeys(urls, kind))
        for row in known.values():
            if row["kind"] in _LESSER[kind]:
                now: dict[str, Any] = {"kind": kind, "ask_again": 0}
                if row["kind"] == MediaKind.UPLOAD and row["state"] == MediaState.GONE:
                    now["state"] = MediaState.WAITING
                self._db.update("media", now, id=row["id"])
        return {url: row["sha256"] for url, row in known.items()}

    def discover_pages(self, site: str, urls: Sequence[str]) -> None:
        """Note addresses to which pictures of articles lead as pages about pictures, but those of
        articles that are held: many a small picture leads to another article.
        """
        if not urls:
            return
        sql = """
            SELECT url FROM json_each(?) CROSS JOIN articles ON url = value WHERE site = ?"""
        held = {url for (url,) in self._db.execute(sql, [json.dumps(urls), site])}
        self.discover(site, [url for url in urls if url not in held], MediaKind.PAGE)

    def leave_articles(self, site: str, urls: Sequence[str]) -> None:
        """Forget of some addresses those that were taken for pages about pictures, and are held as
        articles since: each look for what is to be asked for would go through them.
        """
        sql = """
            DELETE FROM media WHERE site = :site AND +kind = 'page' AND url IN (
                SELECT url FROM json_each(:urls) CROSS JOIN articles ON url = value
                WHERE site = :site)"""
        self._db.execute(sql, {"site": site, "urls": json.dumps(urls)})

    def discover_requisites(self, site: str, requisites: Sequence[Requisite], visit: Visit) -> None:
        """Note what a page or style sheet needs to look as it did, as a visit has seen it.

        What is known is to be asked for again, if it was last asked for on an earlier day; but what
        a web archive holds is the same for ever.
        """
        known = self._note_new(site, {found.url: found.kind for found in requisites})
        day = utc(visit.at)[:10]
        is_live = visit.capture is None or visit.capture.source == Source.LIVE
        for row in known.values():
            is_older = row["tried_at"] is not None and row["tried_at"][:10] < day
            if is_live and is_older and row["kind"] in _REQUISITES:
                self._db.update("media", {"ask_again": 1}, id=row["id"])

    def _note_new(self, site: str, kinds: dict[str, MediaKind]) -> dict[str, Row]:
        """Note addresses that a site does not know; return the rows of those that it does."""
        if not kinds:
            return {}
        known = {row["url"]: row for row in self._db.select("media", url=[*kinds], site=site)}
        places = self._sites.places(site)
        new = []
        for url, kind in kinds.items():
            if url not in known:
                ours = any(on_same_host(url, place) for place in places)
                state = MediaState.WAITING if ours else MediaState.ELSEWHERE
                new.append({"site": site, "url": url, "kind": kind, "state": state})
        self._db.insert_all("media", new, if_new=True)
        return known

    def look_again(self, site: str) -> None:
        """Have asked for what lies on a host of a portal that was not known as its own, and what
        led off the site.
        """
        places = self._sites.places(site)
        for row in self._db.select("media", site=site, state=MediaState.ELSEWHERE):
            if any(on_same_host(row["url"], place) for place in places):
                self._db.update("media", {"state": MediaState.WAITING}, id=row["id"])

    def ask_again(self, site: str, url: str) -> None:
        """Have a picture or file of a site asked for again whose capture is lost."""
        waiting = {"state": MediaState.WAITING}
        self._db.update("media", waiting, url=url, site=site, state=MediaState.HELD)

    def note_visit(self, run_id: int, site: str, visit: Visit) -> None:
        """Write what came of a request for a picture or file of a site.

        One that is held stays so: a portal may lose it, but the archive does not. Of one that is
        asked for again, the newest that was held is named.
        """
        capture = visit.capture
        held = capture if visit.state == State.HELD else None
        for known in self._db.select("media", url=visit.url, site=site):
            again = {
                "tries": known["tries"] + 1,
                "tried_at": utc(visit.at),
                "run_id": run_id,
                "ask_again": 0,
            }
            is_held = known["state"] == MediaState.HELD
            if is_held and (not held or utc(visit.at) < known["tried_at"]):
                if known["ask_again"]:
                    again["tried_at"] = max(again["tried_at"], known["tried_at"])
                    self._db.update("media", again, id=known["id"])
            elif known["ask_again"] or not is_held:
                row = again | {
                    "state": visit.state,
                    "status": visit.status,
                    "reason": visit.reason,
                    "sha256": held.payload_sha256 if held else None,
                    "bytes": held.bytes if held else None,
                    "content_type": held.content_type if held else None,
                    "capture_id": capture.id if capture else None,
                }
                self._db.update("media", row, id=known["id"])
                self._note_about(site, known["id"], visit)
        if held:
            for table in ("images", "attachments"):
                sql = composed(
                    "UPDATE {table} SET sha256 = ? WHERE url = ? AND EXISTS "
                    "(SELECT 1 FROM articles WHERE articles.id = article_id AND site = ?)",
                    table=name(table),
                )
                self._db.execute(sql, [held.payload_sha256, visit.url, site])

    def _note_about(self, site: str, number: int, visit: Visit) -> None:
        """Write what a page about a picture says of it: the picture is to be asked for, and where
        it was believed to lie is not, if that is another one.
        """
        if not visit.about:
            return
        self.tell(site, number, visit.about)
        if visit.refuted:
            reason = Reason.ANOTHER_UPLOAD.of(url=visit.about.picture)
            gone = {"state": MediaState.GONE, "reason": reason}
            for state in (MediaState.WAITING, MediaState.FAILED):
                where = {"url": visit.refuted, "site": site, "kind": MediaKind.UPLOAD}
                self._db.update("media", gone, **where, state=state)

    def tell(self, site: str, number: int, about: AboutPicture) -> None:
        """Write what a page about a picture says of it, and have that picture asked for."""
        told = {"picture": about.picture, "caption": about.caption}
        self._db.update("media", told, id=number)
        if about.picture:
            self.discover(site, [about.picture], MediaKind.UPLOAD)


def files_at(db: Connection, site: str, urls: Collection[str]) -> list[Row]:
    """Return what the ledger of a site says of the pictures, files and pages at some addresses, and
    of the pictures that such pages show.
    """
    if not urls:
        return []
    found = db.select("media", url=[*urls], site=site)
    shown = {row["picture"] for row in found if row["picture"]} - {*urls}
    return found + (db.select("media", url=[*shown], site=site) if shown else [])
