"""``/api``: what programs can have of a reading room, and how; ``/api.json`` is the same for them.

``templates/api.html`` draws it, with examples from the archive that is open. docs/data.md tells
more, to whoever works with it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response

from reading_room.asking.queries import html_answer, json_answer, permitted_archive, rows
from reading_room.language import gettext as _
from reading_room.subjects.documents import document_path
from reading_room.visitors.rules import Rules, rules_of


@dataclass(frozen=True, slots=True)
class Address:
    """What a program can ask for."""

    address: str
    """With names in capitals for what differs."""
    gives: str
    example: str
    """A path that gives something of this archive."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of tables, and what it says."""

    name: str
    says: str


async def known(db: Database) -> dict[str, str]:
    """Return what examples ask for: of an article its ``site``, ``year`` and ``code``, and the key
    of a ``document``, if there is any.
    """
    wanted = ("site", "year", "code")
    columns = [name for name in await db.table_columns("articles") if name in wanted]
    found = await rows(
        db,
        f"SELECT {', '.join(columns)} FROM articles"  # noqa: S608 - our own names
        " WHERE published_at IS NOT NULL ORDER BY id DESC LIMIT 1",
    )
    has_citations = "citations" in await db.table_names()  # one of an older version may have none
    cited = await rows(db, "SELECT key AS document FROM citations LIMIT 1") if has_citations else []
    return {name: str(value) for row in (*found, *cited) for name, value in row.items()}


def addresses(
    rules: Rules, site: str = "demo", year: str = "2020", code: str = "", document: str = ""
) -> Iterator[Address]:
    """Yield what there is to ask for, in the language of the page."""
    table = "/archive/articles"
    yield Address(
        "/archive.json", _("the tables, their columns, and how many rows each has"), "/archive.json"
    )
    yield Address(
        "/archive/TABLE.json",
        _("rows of a table or view, with filters"),
        f"{table}.json?site={site}&_sort_desc=published_at&_size=5&_col=title&_shape=objects",
    )
    yield Address(
        "/archive/TABLE.csv",
        _("the same for spreadsheets, all rows at once with _stream=on"),
        f"{table}.csv?site={site}&year={year}&_col=title&_col=published_at&_stream=on",
    )
    yield Address(
        "/archive/QUERY.json",
        _("what a ready question answers; its parameters stand in the address"),
        f"/archive/articles_of_day.json?day={year}&site={site}&_shape=array",
    )
    if rules.sql:
        yield Address(
            "/archive.json?sql=SQL",
            _("what a query in SQL answers; .csv gives all rows"),
            "/archive.json?sql=select+year,+count(*)+from+articles+group+by+year&_shape=array",
        )
    yield Address(
        "/search.json?q=WORDS",
        _("what a search finds, ranked, with the filters of the page of search; .csv gives all"),
        f"/search.json?q=huyen&year={year}",
    )
    if code:
        yield Address(
            "/a/CODE.json",
            _("an article with what is known of it; .bib, .ris and .csl.json cite it"),
            f"/a/{code}.json",
        )
    yield Address(
        "/feed.atom",
        _("what is new, as a feed; pages of searches, portals, places and documents have theirs"),
        "/feed.atom",
    )
    yield Address("/changes.atom", _("what was edited, and what is gone from its portal"),
                  "/changes.atom")  # fmt: skip
    yield Address(
        "/archive/changes.json?changed__gt=N",
        _("which articles changed since you last asked, to keep a copy in step"),
        "/archive/changes.json?changed__gt=0&_sort=changed&_size=5&_shape=objects",
    )
    yield Address("/coverage.json", _("what is held of each portal, and its verdict"),
                  "/coverage.json")  # fmt: skip
    yield Address("/coverage/SITE.json", _("what is missing of a portal, and why"),
                  f"/coverage/{site}.json")  # fmt: skip
    yield Address("/places.json?name=NAME", _("places of a name, then and now"),
                  "/places.json?name=cho+don")  # fmt: skip
    yield Address("/places/KIND/CODE.json", _("a place with its portals and articles"),
                  "/places/province/06.json")  # fmt: skip
    yield Address("/documents.json", _("the documents that most articles cite"), "/documents.json")
    if document:
        yield Address("/documents/KEY.json", _("the articles that cite a document"),
                      _as_json(document_path(document)))  # fmt: skip
    yield Address(
        "/charts/NAME.csv",
        _("the numbers of a chart; .svg is the chart alone"),
        f"/charts/months.csv?site={site}",
    )
    yield Address("/status.json", _("how fresh the archive is, and what is wrong"), "/status.json")
    yield Address("/metrics", _("the same for Prometheus"), "/metrics")
    yield Address("/health", _("whether all is well: 200, or 503 and a sentence"),
                  "/health?days=0")  # fmt: skip
    yield Address("/api.json", _("this page for programs"), "/api.json")


def _as_json(path: str) -> str:
    """Return where a page is data for programs."""
    address, mark, query = path.partition("?")
    return f"{address}.json{mark}{query}"


def parameters() -> Iterator[Parameter]:
    """Yield the parameters of tables, in the language of the page."""
    yield Parameter("COLUMN=VALUE", _("rows in which a column is just this"))
    yield Parameter("COLUMN__gte=, __lt=, __contains=, __isnull=1, __in=a,b",
                    _("is at least, less than, contains, is unknown, is one of"))  # fmt: skip
    yield Parameter("_search=WORDS", _("articles with words, as typed in the search box"))
    yield Parameter("_sort=COLUMN, _sort_desc=COLUMN", _("in which order"))
    yield Parameter("_size=N", _("how many: 50 by itself, 1000 at most"))
    yield Parameter("_next=…", _("from where on: next_url leads from page to page"))
    yield Parameter("_col=COLUMN, _nocol=COLUMN", _("which columns"))
    yield Parameter("_shape=objects, array, arrays", _("how rows are written in JSON"))
    yield Parameter("_facet=COLUMN", _("how often its values are among all rows"))
    yield Parameter("_nocount=1, _nofacet=1", _("neither counted nor faceted, which is faster"))


def limits(rules: Rules) -> Iterator[str]:
    """Yield what a program has to reckon with, in the language of the page."""
    yield _("A query may take %(seconds)s seconds; what takes longer is answered with 400.") % {
        "seconds": rules.sql_seconds
    }
    yield _("JSON has 1000 rows at most and leads to the next ones; CSV has all.")
    if not rules.sql:
        yield _("This room takes no SQL of visitors (403); the ready questions and filters stay.")
    if rules.requests_a_minute:
        yield _(
            "An address may ask %(number)s times a minute; more is answered with 429, and"
            " Retry-After says when to ask again."
        ) % {"number": rules.requests_a_minute}
    yield _("What is withheld is answered with 451; it is in no list and no export.")
    yield _("Pages of other hosts cannot read this in a browser (no CORS).")


async def api(request: Request, datasette: Datasette) -> Response:
    """Answer ``/api`` and ``/api.json``."""
    db = await permitted_archive(datasette, request)
    rules = rules_of(datasette)
    offered = [*addresses(rules, **await known(db))]
    told = [*parameters()], [*limits(rules)]
    root = datasette.absolute_url(request, datasette.urls.path("/")).rstrip("/")
    if request.url_vars["json"]:
        return json_answer(
            {
                "addresses": [
                    {**asdict(each), "example": f"{root}{each.example}"} for each in offered
                ],
                "parameters": [asdict(each) for each in told[0]],
                "limits": told[1],
            }
        )
    values = {
        "addresses": offered,
        "parameters": told[0],
        "limits": told[1],
        "root": root,
        "sql": rules.sql,
        "alternate_url_json": datasette.urls.path("/api.json"),
    }
    return await html_answer(datasette, request, "api.html", values)


@hookimpl
def register_routes() -> Sequence[tuple[str, Callable[..., Any]]]:
    """Offer the page."""
    return [(r"^/api(?P<json>\.json)?$", api)]
