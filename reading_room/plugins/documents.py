"""Official documents and who cites them: ``/documents``, and a page for each, as HTML and as JSON.

The archive holds no document: what it tells of one is what articles say that cite it. The canned
query ``articles_citing`` leads here. ``templates/documents.html`` and ``document.html`` draw it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response
from jinja2 import Environment

from reading_room.asking.queries import (
    address,
    html_answer,
    json_answer,
    page_number,
    permitted_archive,
    rows,
)
from reading_room.asking.shelf import derived
from reading_room.subjects.documents import (
    MOST_CALLED,
    briefly,
    document_path,
    documents_called,
    is_cited,
    key_in_path,
    what_it_is,
)

ARTICLES_A_PAGE = 20
BESIDE = 10
"""Documents that are named as cited beside one."""
SITES = 12
"""Portals that are named at most, those that cite it most."""
MOST_CITED = 2_000
"""Documents among which those of a type or a year are chosen."""
DOCUMENTS_A_PAGE = 50


async def most_cited(db: Database) -> list[dict[str, Any]]:
    """Return the documents that most articles cite, with what each is."""
    return await briefly(
        db,
        await rows(
            db,
            "SELECT key, count(DISTINCT article_id) AS articles FROM citations GROUP BY key"
            " ORDER BY articles DESC, key LIMIT ?",
            MOST_CITED,
        ),
    )


async def all_documents(request: Request, datasette: Datasette) -> Response:
    """Answer ``/documents``: the documents most cited, of a ``?type=`` or a ``?year=``; or those of
    a ``?name=``, which leads to the one that is called so. ``?key=`` leads to a document, too.
    """
    db = await _archive(datasette, request)
    is_data = request.url_vars["json"]
    if key := request.args.get("key"):
        return await _document(datasette, request, db, key)
    if name := (request.args.get("name") or "").strip():
        called = await documents_called(db, name)
        found = await briefly(db, called[:MOST_CALLED])
        if len(found) == 1 and not is_data:
            return _lead(datasette, document_path(found[0]["key"]))
        values: dict[str, Any] = {
            "name": name,
            "documents": found,
            "is_cut": len(called) > MOST_CALLED,
        }
        if is_data:
            return json_answer(values)
        return await html_answer(datasette, request, "documents.html", values)
    known = await derived(db, "documents", lambda: most_cited(db))
    kind, year = request.args.get("type") or "", request.args.get("year") or ""
    chosen = [
        document
        for document in known.value
        if kind in ("", document["type"]) and year in ("", str(document["year"]))
    ]
    page = page_number(request.args.get("page"))
    asked = {"type": kind, "year": year, "page": page}

    def link(path: str = "/documents", **other: object) -> str:
        return str(datasette.urls.path(address(path, **(asked | other))))

    shown = chosen[DOCUMENTS_A_PAGE * (page - 1) : DOCUMENTS_A_PAGE * page]
    if is_data:
        more = page * DOCUMENTS_A_PAGE < len(chosen)
        following = link("/documents.json", page=page + 1) if more else None
        told = {"documents": shown, "found": len(chosen), "next": following}
        return json_answer(told | known.dated)
    values = {
        "name": "",
        "documents": shown,
        "found": len(chosen),
        "known": known,
        "is_cut": len(known.value) == MOST_CITED,
        "types": sorted(Counter(each["type"] for each in known.value if each["type"]).items()),
        "years": sorted({each["year"] for each in known.value if each["year"]}, reverse=True),
        "type": kind,
        "year": year,
        "page": page,
        "pages": -(-len(chosen) // DOCUMENTS_A_PAGE),
        "link": link,
        "alternate_url_json": link("/documents.json"),
    }
    return await html_answer(datasette, request, "documents.html", values)


async def one_document(request: Request, datasette: Datasette) -> Response:
    """Answer ``/documents/KEY`` and ``/documents/KEY.json``; ``?year=``, ``?site=`` and ``?page=``
    choose articles. What is typed in place of a key leads on to it.
    """
    db = await _archive(datasette, request)
    return await _document(datasette, request, db, key_in_path(request.url_vars["key"]))


async def _archive(datasette: Datasette, request: Request) -> Database:
    db = await permitted_archive(datasette, request)
    if "citations" not in await db.table_names():
        raise NotFound("This archive is of an older version; tinhuyen serve brings it up to date")
    return db


def _lead(datasette: Datasette, path: str) -> Response:
    answer: Response = Response.redirect(str(datasette.urls.path(path)))
    return answer


async def _document(datasette: Datasette, request: Request, db: Database, key: str) -> Response:
    form = request.url_vars["json"] or ""
    if not await is_cited(db, key):  # asked anew each time: nobody would see how old a "no" is
        called = await documents_called(db, key)
        if not called:
            raise NotFound(f"No article cites {key}")
        if len(called) > 1:
            return _lead(datasette, address(f"/documents{form}", name=key))
        return _lead(datasette, _in_form(document_path(called[0]["key"]), form))
    known = await derived(db, f"document {key}", lambda: _told(db, key))
    counts = known.value["counts"]
    year, site = request.args.get("year") or "", request.args.get("site") or ""
    page = page_number(request.args.get("page"))
    asked = {"year": year, "site": site, "page": page}
    path = document_path(key)

    def link(path: str = path, **other: object) -> str:
        return str(datasette.urls.path(address(path, **(asked | other))))

    found = sum(
        row["articles"]
        for row in counts
        if year in ("", str(row["year"])) and site in ("", row["site"])
    )
    told = {name: value for name, value in known.value.items() if name != "counts"} | {
        "by_year": _summed(counts, "year", site=site),
        "by_site": _summed(counts, "site", year=year),
        "found": found,
        "page": page,
        "citing": await _citing(db, key, year, site, page),
    }
    if form:
        more = page * ARTICLES_A_PAGE < found
        following = link(_in_form(path, form), page=page + 1) if more else None
        return json_answer(told | {"next": following} | known.dated)
    names = await rows(db, "SELECT key, name FROM sites")
    values = {
        "document": told,
        "names": {row["key"]: row["name"] for row in names},
        "year": year,
        "site": site,
        "counted": known,
        "sites_shown": [
            each
            for place, each in enumerate(told["by_site"])
            if place < SITES or each["site"] == site
        ],
        "page_size": ARTICLES_A_PAGE,
        "link": link,
        "alternate_url_json": link(_in_form(path, ".json")),
    }
    return await html_answer(datasette, request, "document.html", values)


async def _told(db: Database, key: str) -> dict[str, Any]:
    """Return what a document is, what is cited beside it, and as ``counts`` how many articles of
    each portal and year cite it.
    """
    told = await what_it_is(db, key)
    counts = await rows(
        db,
        "SELECT site, year, count(*) AS articles FROM articles"
        " WHERE id IN (SELECT article_id FROM citations WHERE key = ?) GROUP BY site, year",
        key,
    )
    return told | {
        "articles": sum(row["articles"] for row in counts),
        "beside": await briefly(db, await _beside(db, key)),
        "counts": counts,
    }


def _in_form(path: str, form: str) -> str:
    """Return the address of a page in another form: ".json" stands before a query."""
    where, mark, query = path.partition("?")
    return f"{where}{form}{mark}{query}"


def _summed(counts: list[dict[str, Any]], name: str, **chosen: str) -> list[dict[str, Any]]:
    """Return how many articles there are by year or by site, of those that are *chosen*."""
    numbers: Counter[Any] = Counter()
    for row in counts:
        if all(value in ("", str(row[of])) for of, value in chosen.items()):
            numbers[row[name]] += row["articles"]
    by_number = sorted(numbers.items(), key=lambda each: -each[1])
    if name == "year":
        by_number.sort(key=lambda each: each[0] or 0)
    return [{name: value, "articles": number} for value, number in by_number]


async def _citing(db: Database, key: str, year: str, site: str, page: int) -> list[dict[str, Any]]:
    """Return a page of the articles that cite a document, newest first, with how each does."""
    return await rows(
        db,
        """
        SELECT found.id, articles.code, called(title, lead, body) AS title,
               articles.published_at, articles.site, sites.name AS site_name, articles.url,
               (SELECT text FROM citations WHERE article_id = found.id AND key = :key
                ORDER BY position LIMIT 1) AS text
        FROM (SELECT id, published_at FROM articles
              WHERE id IN (SELECT article_id FROM citations WHERE key = :key)
              AND (:year = '' OR year = CAST(:year AS INTEGER)) AND :site IN ('', site)
              ORDER BY published_at DESC, id DESC LIMIT :size OFFSET :size * (:page - 1)) AS found
        JOIN articles ON articles.id = found.id LEFT JOIN sites ON sites.key = articles.site
        ORDER BY found.published_at DESC, found.id DESC""",
        key=key,
        year=year,
        site=site,
        size=ARTICLES_A_PAGE,
        page=page,
    )


async def _beside(db: Database, key: str) -> list[dict[str, Any]]:
    """Return the documents that most of the articles cite that cite one, with how many do."""
    return await rows(
        db,
        "SELECT key, count(DISTINCT article_id) AS articles FROM citations"
        " WHERE article_id IN (SELECT article_id FROM citations WHERE key = :key) AND key <> :key"
        " GROUP BY key ORDER BY articles DESC, key LIMIT :most",
        key=key,
        most=BESIDE,
    )


async def of_canned_query(request: Request, datasette: Datasette) -> Response:
    """Lead from the page of the canned query ``articles_citing`` to that of the document."""
    return _lead(
        datasette,
        address("/documents", name=request.args.get("document")),
    )


@hookimpl
def register_routes() -> Sequence[tuple[str, Callable[..., Any]]]:
    """Offer the pages; other forms than JSON are others'."""
    return [
        (r"^/documents(?P<json>\.json)?$", all_documents),
        (r"^/documents/(?P<key>.+?)(?<!\.atom)(?P<json>\.json)?$", one_document),
        (r"^/archive/articles_citing$", of_canned_query),
    ]


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Offer to templates where the page of a document is."""
    env.globals.update(document_path=document_path)
