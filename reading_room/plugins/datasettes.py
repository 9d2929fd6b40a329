"""Datasette's own pages (databases, tables, rows, SQL and errors) in the reader's language.

Their templates are ours, over the values that Datasette gives them; what Datasette puts into
English sentences itself is said here: filters, comparisons and errors.
"""

import json
from collections.abc import Iterator

from datasette import hookimpl
from datasette.filters import Filters
from datasette.utils.asgi import Request
from jinja2 import Environment
from markupsafe import Markup, escape

from reading_room.columns import words_held
from reading_room.language import gettext, ngettext, number
from reading_room.messages import in_words


def counted_rows(count: int) -> str:
    """Return how many rows there are."""
    return ngettext("%(num)s row", "%(num)s rows", count) % {"num": number(count)}


def _comparisons() -> dict[str, str]:
    """Return what Datasette's comparisons are called; of a sign, the sign."""
    return {
        "exact": "=",
        "not": "≠",
        "contains": gettext("contains"),
        "notcontains": gettext("does not contain"),
        "endswith": gettext("ends with"),
        "startswith": gettext("starts with"),
        "like": gettext("is like"),
        "notlike": gettext("is not like"),
        "glob": gettext("is like (glob)"),
        "in": gettext("is one of"),
        "notin": gettext("is none of"),
        "arraycontains": gettext("has in its list"),
        "arraynotcontains": gettext("does not have in its list"),
        "date": gettext("is on the day"),
        "isnull": gettext("is NULL"),
        "notnull": gettext("is not NULL"),
        "isblank": gettext("is blank"),
        "notblank": gettext("is not blank"),
    }


def comparison(key: str, sign: str) -> str:
    """Return what a comparison of Datasette's is called; of an unknown one, its own *sign*."""
    return _comparisons().get(key, sign)


def filtered_by(
    filters: Filters,
    request: Request,
    sort: str | None,
    sort_desc: str | None,
    *,
    is_searched: bool,
) -> Markup:
    """Return by what the rows of a table are chosen and sorted; nothing if they are not.

    *is_searched* says whether the table has an index, without which words are not looked for.
    """
    told = []
    if conditions := [*_conditions(filters, request, is_searched)]:
        where = Markup(", ").join(conditions)
        told.append(escape(gettext("where %(conditions)s")) % {"conditions": where})
    if sort:
        told.append(escape(gettext("sorted by %(column)s") % {"column": sort}))
    if sort_desc:
        told.append(escape(gettext("sorted by %(column)s, descending") % {"column": sort_desc}))
    return Markup("; ").join(told)


def _conditions(filters: Filters, request: Request, is_searched: bool) -> Iterator[Markup]:
    for condition in request.args.getlist("_where"):
        yield Markup("<code>{}</code>").format(condition)
    for name in request.args if is_searched else ():
        words = _quoted(request.args[name])
        if name == "_search":
            yield escape(gettext("the text has %(words)s")) % {"words": words}
        elif name.startswith("_search_"):
            column = name.removeprefix("_search_")
            yield escape(gettext("%(column)s has %(words)s")) % {"column": column, "words": words}
    for through in request.args.getlist("_through"):
        wanted = json.loads(through)
        column = f"{wanted['table']}.{wanted['column']}"
        yield Markup("{} = {}").format(column, _quoted(wanted["value"]))
    known = {key: (sign, is_alone) for key, sign, is_alone in filters.lookups()}
    for column, key, value in filters.selections():
        if key in known:  # Datasette passes over others
            sign, is_alone = known[key]
            said = escape(f"{column} {comparison(key, sign)}")
            yield said if is_alone else Markup("{} {}").format(said, _quoted(value))


def _quoted(value: object) -> Markup:
    """Return a value of the archive's, which is Vietnamese if it is words."""
    text = str(value)
    return escape(text) if text.isdigit() else Markup('<span lang="vi">“{}”</span>').format(text)


def datasettes(message: object) -> Markup:
    """Return what an error says: in the reader's language, or as the English that it is."""
    text = str(message)
    told = in_words(text)
    if told is None:
        return Markup('<span class="raised" lang="en">{}</span>').format(text)
    return Markup("{}").format(told)


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Offer to templates what Datasette says in English only."""
    env.globals.update(
        comparison=comparison,
        counted_rows=counted_rows,
        datasettes=datasettes,
        filtered_by=filtered_by,
        words_held=words_held,
    )
