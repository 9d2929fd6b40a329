"""The article page: one article as a reader wants it, with what an archive owes its reader.

``templates/article.html`` draws it from the values that :func:`article_page` gathers;
``revision.html`` draws an earlier text of an article in the same way.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from datasette.database import Database

from crawler.text.shown import body_as_html, called, web_address
from crawler.vocabulary import Confidence, MediaState, State
from crawler.vocabulary.words import Phrase, at_length, word
from reading_room.articles.addresses import Named, article_path
from reading_room.asking.queries import rows
from reading_room.captured.files import is_said_shown, media_path
from reading_room.language import language, moment_of
from reading_room.subjects.places import place_of_site, with_capital


def confidence(value: str | None) -> tuple[str, str] | None:
    """Return how sure a date is and why, by ``articles.published_confidence``."""
    if value is None or value not in {*Confidence}:
        return None
    sure = Confidence(value)
    return word(sure, language()), at_length(sure, language())


@dataclass(frozen=True)
class Neighbour:
    """The article before or after one on its portal: held if it has a ``path``."""

    address: str
    path: str | None = None
    title: str | None = None
    published_at: str | None = None
    state: str | None = None
    reason: str | None = None

    @property
    def why_not_held(self) -> str:
        """Why the archive does not hold it, in words."""
        return why_not_held(self.state)

    @property
    def href(self) -> str | None:
        """Its address on the portal, if that is safe to link to."""
        return web_address(self.address)


async def _neighbour(
    db: Database, article: Mapping[str, Any], side: str, back: str
) -> Neighbour | None:
    """Find the article of the same portal that *article* names on a *side*, or where it names none
    the one that names it in *back*; either is ``prev_url`` or ``next_url``.
    """
    site, address = article["site"], article[side]
    if not address:
        named = await rows(
            db,
            f"SELECT * FROM articles WHERE {back} = ? AND site = ? LIMIT 1",  # noqa: S608
            article["url"],
            site,
        )
        return _held(named[0]) if named else None
    known = await rows(
        db, "SELECT state, reason, moved_to FROM urls WHERE url = ? AND site = ?", address, site
    )
    for url in (address, known[0]["moved_to"] if known else None):
        held = await rows(db, "SELECT * FROM articles WHERE url = ? AND site = ?", url, site)
        if held:
            return _held(held[0])
    if not known:
        return Neighbour(address)
    return Neighbour(address, state=known[0]["state"], reason=known[0]["reason"])


async def _ends(db: Database, article: Mapping[str, Any]) -> dict[str, bool]:
    """Return whether an article is the ``first`` and the ``last`` of its portal's chain.

    It is where it names no neighbour on that side, though other articles of the portal name theirs,
    and nothing that is held lies beyond it. Of one without a day that is not known.
    """
    found = await rows(
        db,
        """
        SELECT :older IS NULL AND NOT EXISTS (
                   SELECT 1 FROM articles WHERE site = :site AND published_at < :day) AS first,
               :newer IS NULL AND NOT EXISTS (
                   SELECT 1 FROM articles WHERE site = :site AND published_at > :day) AS last
        WHERE :day IS NOT NULL
        AND EXISTS (SELECT 1 FROM articles WHERE site = :site AND prev_url > '')""",
        site=article["site"],
        day=article["published_at"],
        older=article["prev_url"],
        newer=article["next_url"],
    )
    return {name: bool(found and found[0][name]) for name in ("first", "last")}


def _held(row: dict[str, Any]) -> Neighbour:
    title = _named(row)["title"]
    return Neighbour(row["url"], article_path(row), title, row["published_at"], State.HELD)


def why_not_held(state: str | None) -> str:
    """Return in words what an address in this state of ``urls.state`` is; None if it is unknown."""
    if state is None:
        return word(Phrase.UNKNOWN_ADDRESS, language())
    return at_length(State(state), language()) if state in {*State} else state


async def _media(db: Database, table: str, article: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the pictures or files of an article: of each that is held the capture, ``src``, the
    path at which the reading room gives it, and whether it ``is_shown`` in the page; else what
    became of it, ``state``. ``href`` is where the portal had it, if that is safe to link to.

    Of a picture of which the page names a smaller form alone, what is given ``is_upload`` where the
    archive holds it as it was uploaded, or as the page about it shows it; ``larger`` says what
    became of that where it does not. Of what is larger than the form that the page shows no size is
    told. A caption that the article does not tell is that of the page about the picture, which the
    capture ``told_by`` holds.
    """
    sql = f"SELECT * FROM {table} WHERE article_id = ? ORDER BY position"  # noqa: S608
    named = await rows(db, sql, article["id"])
    addresses = [row.get(name) for row in named for name in ("url", "upload", "page")]
    files = await _files(db, article["site"], [url for url in addresses if url])
    shown = [file["picture"] for file in files.values() if file.get("picture")]
    files |= await _files(db, article["site"], shown)
    return [row | _given(row, files) for row in named]


async def _files(db: Database, site: str, urls: list[str]) -> dict[str, dict[str, Any]]:
    """Return what the ledger of pictures and files says of some addresses of a site."""
    if not urls or "media" not in await db.table_names():  # an archive of an older version has none
        return {}
    found = await rows(
        db,
        "SELECT media.*, holders.id AS holder, holders.payload_sha256"
        " FROM media LEFT JOIN captures ON captures.id = capture_id AND media.state = 'held'"
        " LEFT JOIN captures AS holders ON holders.id = coalesce(captures.refers_to, captures.id)"
        " WHERE media.url IN (SELECT value FROM json_each(:urls)) AND media.site = :site",
        urls=json.dumps(urls),
        site=site,
    )
    return {row["url"]: row for row in found}


def _given(row: Mapping[str, Any], files: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return what is given of a picture or file, by what the ledger says of its addresses."""
    file, page = files.get(row["url"], {}), files.get(row.get("page") or "", {})
    larger = [files.get(url or "", {}) for url in (row.get("upload"), page.get("picture"))]
    upload = next((form for form in larger if form.get("holder")), None)
    is_upload = upload is not None
    given = upload or file
    told = {name: given.get(name) for name in ("capture_id", "bytes", "state", "content_type")}
    if upload:
        told["sha256"] = upload["sha256"]
    if not row.get("caption") and page.get("caption"):
        told |= {"caption": page["caption"], "told_by": page["capture_id"]}
    if is_upload or row.get("thumbnail"):  # a page declares the size of the form that it shows
        told |= {"width": None, "height": None}
    holder = given.get("holder")
    return told | {
        "href": web_address(row["url"]),
        "src": media_path(holder, given["payload_sha256"]) if holder else None,
        "is_shown": is_said_shown(given.get("content_type")),
        "is_upload": is_upload,
        "larger": None if upload else _why_not_larger([*larger, page]),
    }


def _why_not_larger(forms: Iterable[Mapping[str, Any]]) -> str | None:
    """Return what became of a picture as it was uploaded, or else of the page about it."""
    states = (form.get("state") for form in forms)
    return next((state for state in states if state and state != MediaState.HELD), None)


async def _of_others(db: Database, article: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the articles that other portals have at the address of one, in any form of it: two
    bodies may stand at one address.
    """
    found = await rows(
        db,
        "SELECT articles.*, coalesce(sites.name, theirs.site) AS site_name"
        " FROM urls AS own JOIN urls AS theirs"
        " ON theirs.urlkey = own.urlkey AND theirs.site <> own.site"
        " JOIN articles ON articles.url = theirs.url AND articles.site = theirs.site"
        " LEFT JOIN sites ON sites.key = theirs.site"
        " WHERE own.url = ? AND own.site = ? ORDER BY articles.published_at, articles.id",
        article["url"],
        article["site"],
    )
    return [_named(other) | {"path": article_path(other)} for other in found]


async def _whose(db: Database, article: Mapping[str, Any]) -> str | None:
    """Return whose an article is, a value of `Attribution`; None if the archive does not say."""
    if "attributions" not in await db.view_names():  # an archive of an older version has none
        return None
    found = await rows(
        db,
        "SELECT attribution FROM attributions WHERE article_id = ? AND site = ?",
        article["id"],
        article["site"],
    )
    return found[0]["attribution"] if found else None


async def _documents(db: Database, article_id: int) -> list[dict[str, Any]]:
    """Return the documents that an article cites, each with how many articles do so."""
    if "citations" not in await db.table_names():
        return []
    return await rows(
        db,
        "SELECT key, max(type) AS type, number, max(issuer) AS issuer, max(date) AS date,"
        " (SELECT count(DISTINCT article_id) FROM citations AS all_ WHERE all_.key = own.key)"
        " AS articles"
        " FROM citations AS own WHERE article_id = ? GROUP BY key ORDER BY min(position)",
        article_id,
    )


def _named(text: dict[str, Any]) -> dict[str, Any]:
    """Return a text with what it is called, whether it has a title or not."""
    return text | {"title": called(text["title"], text["lead"], text["body"])}


async def _places(db: Database, article_id: int) -> list[dict[str, Any]]:
    """Return the communes and units that an article names, by their pages."""
    if "places" not in await db.table_names():
        return []
    named = await rows(
        db,
        "SELECT places.kind, places.code, places.name AS written,"
        " coalesce(units.type || ' ' || units.name, communes.type || ' ' || communes.name) AS name,"
        " coalesce(units.province_name, districts.name) AS within"
        " FROM places"
        " LEFT JOIN units ON places.kind = 'unit' AND units.code = places.code"
        " LEFT JOIN communes ON places.kind = 'commune' AND communes.code = places.code"
        " LEFT JOIN districts ON districts.code = communes.district"
        " WHERE article_id = ? ORDER BY position",
        article_id,
    )
    return [row | {"name": with_capital(row["name"] or row["written"])} for row in named]


async def _story(db: Database, article: dict[str, Any]) -> dict[str, Any]:
    """Gather what the pages of an article and of its earlier texts have in common: the ``row`` as
    it is stored, and the ``article`` as it is called.
    """
    sites = await rows(db, "SELECT * FROM sites WHERE key = ?", article["site"])
    return {
        "row": article,
        "article": _named(article),
        "site": sites[0] if sites else {"key": article["site"], "name": article["site"]},
        "original": web_address(article["url"]),
        "text": body_as_html(article["body_html"], article["body"]),
    }


async def article_page(db: Database, named: Named) -> dict[str, Any]:
    """Gather what the page of an article shows."""
    (article,) = await rows(db, "SELECT * FROM articles WHERE id = ?", named.id)
    article_id, story = named.id, await _story(db, article)
    ledger = await rows(
        db, "SELECT * FROM urls WHERE url = ? AND site = ?", article["url"], article["site"]
    )
    return story | {
        "whose": await _whose(db, article),
        "tombstone": ledger[0] if ledger and ledger[0]["state"] == State.GONE else None,
        "pictures": await _media(db, "images", article),
        "files": await _media(db, "attachments", article),
        "tags": await rows(
            db,
            "SELECT tags.id, tags.name FROM article_tags JOIN tags ON tags.id = tag_id"
            " WHERE article_id = ? ORDER BY tags.name",
            article_id,
        ),
        "documents": await _documents(db, article_id),
        "places": await _places(db, article_id),
        "place": await place_of_site(db, story["site"]),
        "older": await _neighbour(db, article, "prev_url", "next_url"),
        "newer": await _neighbour(db, article, "next_url", "prev_url"),
        "ends": await _ends(db, article),
        "of_others": await _of_others(db, article),
    }


async def revision_page(db: Database, named: Named, revision: int) -> dict[str, Any]:
    """Gather what the page of an earlier text of an article shows."""
    (row,) = await rows(
        db, "SELECT * FROM revisions WHERE article_id = ? AND revision = ?", named.id, revision
    )
    (article,) = await rows(db, "SELECT * FROM articles WHERE id = ?", named.id)
    same = {name: article.get(name) for name in ("id", "code", "site", "url", "language")}
    made = {
        "words": len((row["body"] or "").split()),
        "published_confidence": _confidence_of(row, article),
    }
    return await _story(db, same | row | made)


def _confidence_of(earlier: Mapping[str, Any], newest: Mapping[str, Any]) -> str | None:
    """Return how sure the date of an earlier text is, of which the archive keeps the date alone: as
    sure as that of the newest, or doubtful if they are of different days.
    """
    day, today = (moment_of(text["published_at"]) for text in (earlier, newest))
    if day is None:
        return None
    is_same = today is not None and day.date() == today.date()
    return newest.get("published_confidence") if is_same else Confidence.LOW
