"""The pages of articles, at their permanent addresses.

``/a/CODE`` is an article and ``/a/CODE/DIGEST`` one of its texts: ``templates/article.html`` and
``revision.html`` draw them. With ``.json`` behind it either is given as data, with ``.bib``,
``.ris`` or ``.csl.json`` as a reference. The addresses that rows have in Datasette lead there.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils import tilde_decode, tilde_encode
from datasette.utils.asgi import Request, Response
from datasette.views.base import DatasetteError
from jinja2 import Environment

from crawler.text.shown import web_address
from reading_room.articles.addresses import (
    DIGITS,
    NO_SUCH_TEXT,
    Named,
    article_path,
    find_article,
    text_path,
)
from reading_room.articles.as_json import article_as_json
from reading_room.articles.citing import Cited, cited, json_ld, metas, plain
from reading_room.articles.formats import FORMATS, JSON, Format, preferred
from reading_room.articles.kept import kept
from reading_room.articles.revisions import labels, revisions, text_called, with_same_words
from reading_room.articles.story import article_page, confidence, revision_page, why_not_held
from reading_room.asking.queries import html_answer, json_answer, mark_of_article, permitted_archive
from reading_room.feeds import Address, absolute

NOT_FOUND = 404
MOVED, ELSEWHERE = 301, 302
"""The statuses of what leads on: for good, and as things are in this archive."""

_ROWS = {
    "articles": re.compile(r"(?P<number>\d{1,18})"),
    "revisions": re.compile(r"(?P<number>\d{1,18}),(?P<text>\d{1,9})"),
}
"""How Datasette addresses the rows that are articles or texts of articles."""
_ENDINGS = "|".join(re.escape(ending) for ending in (JSON, *FORMATS))


class NoSuchTextError(DatasetteError):
    """An address names a text that an article never had, or more than one that it had."""

    def __init__(self, article: Named, wanted: str, texts: Sequence[Mapping[str, Any]]) -> None:
        there = [text["text_sha256"] for text in texts]
        facts = {
            "wanted": wanted,
            "article": article.code or article.id,
            "texts": ", ".join(digest[:DIGITS] for digest in there),
        }
        super().__init__(  # type: ignore[no-untyped-call]
            NO_SUCH_TEXT % facts,
            title="No such text",
            error_dict={"texts": there},
            status=NOT_FOUND,
        )


class Asked(NamedTuple):
    """What an address names: an article, with its mark if it has one; one of its texts; and all of
    them, the newest first.
    """

    article: Named
    mark: dict[str, Any] | None
    text: Mapping[str, Any]
    texts: list[dict[str, Any]]


async def asked(db: Database, key: str, wanted: str | None) -> Asked:
    """Return the article that *key* names, and of its texts the one that is *wanted*.

    Raises what answers where there is none, or none that is shown.
    """
    named = await find_article(db, key)
    mark = await mark_of_article(db, named.id)
    texts = await revisions(db, named)
    text = text_called(texts, wanted) if wanted else texts[0]
    if text is None:
        raise NoSuchTextError(named, str(wanted), texts)
    return Asked(named, mark, text, texts)


async def article(request: Request, datasette: Datasette) -> Response:
    """Answer ``/a/CODE`` and ``/a/CODE/DIGEST``: with a page, or in the format that the address
    ends with, or else that the ``Accept`` header asks for.
    """
    db = await permitted_archive(datasette, request)
    key, wanted, ending = (request.url_vars[name] for name in ("key", "text", "format"))
    found = await asked(db, key, wanted)
    path = _path_of(found, wanted)
    if key != found.article.key or not _is_lasting(wanted, path):
        is_of_here = key.isdecimal() or (wanted is not None and len(wanted) < DIGITS)
        there = datasette.urls.path(path) + (f".{ending}" if ending else "")
        return _leading_to(there, ELSEWHERE if is_of_here else MOVED)
    if found.text["is_newest"]:
        page = await article_page(db, found.article)
    else:
        page = await revision_page(db, found.article, found.text["revision"])
    chosen = ending or preferred(request.headers.get("accept", ""))
    address = absolute(datasette, request)
    if chosen == JSON:
        response = json_answer(
            article_as_json(found.article, page, found.texts, found.mark, address)
        )
    elif chosen in FORMATS:
        response = _reference(FORMATS[chosen], _cited(found, page, address), chosen)
    else:
        response = await _html(request, datasette, db, found, page)
    if not ending:
        response.headers["Vary"] = "Accept"
    return response


def _reference(wanted: Format, text: Cited, ending: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{text.code}.{ending}"'}
    return Response(
        wanted.write(text), headers=headers, content_type=f"{wanted.media_type}; charset=utf-8"
    )


def _cited(found: Asked, page: Mapping[str, Any], address: Address) -> Cited:
    """Return how a text is cited; with its address in the room, if others reach that."""
    # Of texts with the same words, of other days or authors, the newest is at the digest.
    is_there = text_called(found.texts, found.text["text_sha256"]) is found.text
    there = text_path({**found.article._asdict(), **found.text, "is_repeated": not is_there})
    is_reached = not is_of_this_machine(urlsplit(address("/")).hostname or "")
    tags = tuple(tag["name"] for tag in page.get("tags", ()))
    return cited(page["row"], page["site"]["name"], address(there) if is_reached else None, tags)


def is_of_this_machine(host: str) -> bool:
    """Whether a host is the machine itself, which nobody else can ask by that name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


async def _html(
    request: Request, datasette: Datasette, db: Database, found: Asked, page: dict[str, Any]
) -> Response:
    address = absolute(datasette, request)
    text, path = _cited(found, page, address), _path_of(found, request.url_vars["text"])
    is_newest = found.text["is_newest"]
    values = {
        "page": page,
        "article": page["article"],
        "mark": found.mark,
        "revisions": found.texts,
        "stood": with_same_words(found.texts, found.text),
        "kept": await kept(db, found.article.id) if is_newest else {},
        "path": path,
        "canonical": address(found.article.path if is_newest else path),
        "formats": FORMATS,
        "is_reached": text.address is not None,
        "citation": plain(text),
        "metas": [*metas(text, address(path))],
        "linked_data": json_ld(text, address(path)),
        "feed_of_site": f"/coverage/{tilde_encode(page['row']['site'])}.atom",
    }
    template = "article.html" if is_newest else "revision.html"
    return await html_answer(datasette, request, template, values)


def _path_of(found: Asked, wanted: str | None) -> str:
    return text_path({**found.article._asdict(), **found.text}) if wanted else found.article.path


def _is_lasting(wanted: str | None, path: str) -> bool:
    """Whether an address may name a text so: by as many digits of its digest as anyone likes, or
    as its *path* does.
    """
    if wanted is None or wanted == path.rpartition("/")[2]:
        return True
    return len(wanted) >= DIGITS and wanted == wanted.lower()


def _leading_to(address: str, status: int) -> Response:
    response: Response = Response.redirect(address, status=status)
    return response


async def row(request: Request, datasette: Datasette) -> Response:
    """Lead from the row of an article, or of one of its texts, to its page; who asks for JSON, to
    the row in that.
    """
    db = await permitted_archive(datasette, request)
    named = _ROWS[request.url_vars["of"]].fullmatch(tilde_decode(request.url_vars["row"]))
    if named is None:
        raise NotFound("Record not found")
    if request.args.get("_format") == JSON:
        return _leading_to(datasette.urls.path(f"{request.path}.{JSON}"), ELSEWHERE)
    number, text = named["number"], named.groupdict().get("text")
    found = await asked(db, number, text)
    if text and found.text["is_newest"]:  # whose row is in articles
        raise NotFound("Record not found")
    return _leading_to(datasette.urls.path(_path_of(found, text)), ELSEWHERE)


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    """Offer the pages."""
    return [
        (
            r"^/a/(?P<key>[0-9A-Za-z]{1,40})(?:/(?P<text>[0-9A-Fa-f]{1,64}))?"
            rf"(?:\.(?P<format>{_ENDINGS}))?$",
            article,
        ),
        (rf"^/archive/(?P<of>{'|'.join(_ROWS)})/(?P<row>[^/.]+)$", row),
    ]


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Offer to templates what other pages need as well."""
    env.filters.update(web_address=web_address, why_not_held=why_not_held)
    env.globals.update(
        article_path=article_path,
        text_path=text_path,
        date_confidence=confidence,
        revision_labels=lambda columns: [labels()[column] for column in columns],
    )
