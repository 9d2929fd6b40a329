"""What errors say, in the reader's language.

Errors are raised in English, Datasette's as well as ours: so they stand in the log and in JSON. The
page that answers a reader says them from this list; what is not in it, such as SQLite's own words
of a mistake in SQL, it shows as it is.
"""

import re
from functools import cache

from reading_room.articles.addresses import NO_SUCH_TEXT, WITHDRAWN
from reading_room.language import N_, gettext

MESSAGES = (
    # ours
    N_("No article has the code %(code)s"),
    WITHDRAWN,
    NO_SUCH_TEXT,
    N_("No archive is open"),
    N_("This page was not found"),
    N_("No page is written in %(language)s"),
    N_("This archive is of a version that noted no changes"),
    N_("This archive is of a version that numbered no changes"),
    N_("No article cites %(document)s"),
    N_("No such place: %(place)s"),
    N_("Article %(article)s has no revisions %(old)s and %(new)s"),
    N_("SQL query took too long."),
    N_("The reading room is busy. Try again in a moment."),
    N_("There is no chart %(name)s of what was asked"),
    N_("Words are counted by year, or by=%(month)s, not by %(other)s"),
    N_("The archive has no portal %(site)s"),
    N_("This archive is of an older version; tinhuyen serve brings it up to date"),
    N_("capture %(capture)s has no file of this digest"),
    N_("The archive has no capture %(capture)s"),
    N_("capture %(capture)s is lost: its file was cut short"),
    N_("%(place)s is not as it was received"),
    N_("%(place)s cannot be read: %(why)s"),
    N_("%(place)s is larger than %(size)s"),
    N_("%(file)s is no file of captures"),
    N_("%(file)s is not in %(folder)s/ beside the archive"),
    N_("capture %(capture)s is no page"),
    N_("This link leads to no page of the web"),
    # Datasette's
    N_("view-database"),
    N_("Database not found"),
    N_("Table not found"),
    N_("Record not found"),
    N_("No data"),
    N_("CSV streaming is disabled"),
    N_("_next not allowed for CSV streaming"),
    N_("Invalid database"),
    N_("Cannot download in-memory databases"),
    N_("Database download is forbidden"),
    N_("Cannot download database"),
    N_("Database is immutable"),
    N_("Permission denied"),
    N_("You do not have permission to view this database"),
    N_("You do not have permission to view this table"),
    N_("You do not have permission to view this query"),
    N_("Root token has already been used"),
    N_("Invalid token"),
    N_("_where= is not allowed"),
    N_("_facet= is not allowed"),
    N_("Cannot search by that column"),
    N_("Cannot use _sort and _sort_desc at the same time"),
    N_("Cannot sort table by %(column)s"),
    N_("_col=%(columns)s - invalid columns"),
    N_("_nocol=%(columns)s - invalid columns"),
    N_("_size must be a positive integer"),
    N_("_size must be <= %(most)s"),
    N_("Invalid _through - could not find corresponding foreign key"),
    N_("Statement must be a SELECT"),
)
"""The messages, with names for what varies in them."""


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    varying = re.compile(r"%\\\((\w+)\\\)s")
    return [
        (message, re.compile(varying.sub(r"(?P<\1>.+)", re.escape(message)), re.S))
        for message in MESSAGES
    ]


def in_words(message: str) -> str | None:
    """Return what *message*, of an error, is in the page's language; None if it is not known."""
    for known, pattern in _patterns():
        if found := pattern.fullmatch(message):
            return gettext(known) % found.groupdict()
    return None
