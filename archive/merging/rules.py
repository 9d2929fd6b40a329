"""How each table of an archive is joined with that of another one: the one place that says it.

Numbers of rows differ between archives, so that rows are told apart by what they are of: a site and
an address, a code, a time. A table that no rule names is refused by a test, and so is a column that
names rows of another table and is not said to.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from crawler.vocabulary import MediaKind, MediaState, PushState, State


@dataclass(frozen=True, slots=True)
class Rule:
    """How the rows of a table are joined."""

    table: str


@dataclass(frozen=True, slots=True)
class Keyed(Rule):
    """Rows of a site that have a key: of two of one key the *later* one holds.

    What does not depend on who asked is put together: of `earliest` the smaller value of both, of
    `largest` the larger one.
    """

    key: tuple[str, ...]
    later: tuple[str, ...]
    """By which it is told: expressions of a ``{row}``, the first that differs decides. Of rows that
    differ in none of them that one holds whose columns are larger, whoever has it."""
    numbers: dict[str, str] = field(default_factory=dict)
    """The columns that name rows of other tables by their numbers, and which."""
    earliest: tuple[str, ...] = ()
    largest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Log(Rule):
    """Rows that say what happened, in the order of time: those of both are kept, each once.

    Two rows of one key are one that was written on, and the *later* one holds. Nothing names them
    by their numbers, so that these follow the time.
    """

    key: tuple[str, ...]
    time: str
    later: tuple[str, ...] = ()
    numbers: dict[str, str] = field(default_factory=dict)
    of: str | None = "site IN {sites}"
    """Which rows are of these sites; None for a log that is of none."""
    site: str = "{row}.site"
    """Of which site a row is."""


@dataclass(frozen=True, slots=True)
class Part(Rule):
    """Rows that stand beside the text of an article: they come with the text that holds."""

    columns: tuple[str, ...]
    """What of them is the text's; the rest is told by other tables."""


@dataclass(frozen=True, slots=True)
class Apart(Rule):
    """Rows that a module of their own joins."""

    how: str


@dataclass(frozen=True, slots=True)
class Own(Rule):
    """Rows that are this archive's own, and stay as they are."""

    why: str


_TRIED = "coalesce({row}.tried_at, '')"
_HAS_ARTICLE = f"({{row}}.state = '{State.HELD}' OR {{row}}.gone_since IS NOT NULL)"
_RUN: dict[str, str] = {"run_id": "runs"}

RULES: tuple[Rule, ...] = (
    Apart("sites", "as that archive describes it which crawled it last (`sites`)"),
    Apart("runs", "by the second in which they began (`numbers`)"),
    Apart("captures", "by address, time and digest of the record (`numbers`)"),
    Apart("warcs", "by the digest of the head; what is lacking is copied (`originals`)"),
    Keyed(
        "urls",
        key=("urlkey", "site"),
        # Who holds the article knows more than who does not; of both, who asked last.
        later=(_HAS_ARTICLE, _TRIED, "{row}.tries"),
        numbers=_RUN | {"listed_in": "runs"},
        earliest=("found_at",),
        largest=("in_list",),
    ),
    Apart("articles", "by code, or by address; their texts in order of time (`texts`)"),
    Part("revisions", ("seen_at", "last_seen_at", "read_from", "text_sha256", "body_html")),
    Part(
        "images",
        (
            *("position", "url", "caption", "alt", "width", "height"),
            *("thumbnail", "upload", "page"),
        ),
    ),
    Part("attachments", ("position", "url", "label")),
    Part("citations", ("position", "type", "number", "issuer", "date", "text", "key")),
    Part("places", ("kind", "code", "name", "position", "how")),
    Apart("article_tags", "with the text that holds (`parts`)"),
    Apart("tags", "by name (`parts`)"),
    Apart("aliases", "where they lead, the codes of both archives go on to lead (`codes`)"),
    Keyed(
        "media",
        key=("url", "site"),
        # What pages name goes before what was only believed to be there, and was not.
        later=(
            f"({{row}}.state = '{MediaState.HELD}')",
            f"({{row}}.kind <> '{MediaKind.UPLOAD}')",
            _TRIED,
            "{row}.tries",
        ),
        numbers=_RUN | {"capture_id": "captures"},
    ),
    Keyed(
        "routes",
        key=("site", "route"),
        later=("{row}.checked_at", "coalesce({row}.walked_at, '')"),
        numbers={"walk_run": "runs"},
    ),
    Keyed(
        "lists",
        key=("urlkey", "site"),
        later=(_TRIED, "coalesce({row}.walked_at, '')"),
        numbers=_RUN,
        earliest=("found_at",),
    ),
    Keyed("links", key=("urlkey", "site"), later=("coalesce({row}.judged_at, '')",)),
    Keyed(
        "noise",
        key=("site", "parameter"),
        later=("max({row}.since, coalesce({row}.until, ''))",),
    ),
    Keyed("profiles", key=("site", "name"), later=("coalesce({row}.learnt_at, '')",)),
    Keyed(
        "imprints",
        key=("site", "kind", "value"),
        later=("{row}.last_seen_at",),
        earliest=("first_seen_at",),
        largest=("pages",),
    ),
    Keyed("web_archives", key=("site", "url", "archive"), later=("{row}.asked_at",)),
    Keyed(
        "mementos",
        key=("urlkey", "site", "web_archive", "at"),
        later=("coalesce({row}.asked_at, '')",),
    ),
    Keyed("memento_lists", key=("site", "url"), later=("{row}.checked_at",)),
    Log(
        "problems",
        key=("run_id", "url", "at", "kind", "message"),
        time="at",
        numbers=_RUN,
        of="run_id IN (SELECT id FROM {schema}.runs WHERE site IN {sites})",
        site="(SELECT site FROM {schema}.runs WHERE id = {row}.run_id)",
    ),
    Log("surveys", key=("site", "url", "asked_at"), time="asked_at", later=("{row}.says",)),
    Log(
        "takeovers",
        key=("site", "host", "since"),
        time="since",
        later=("coalesce({row}.answered_at, '')",),
        numbers=_RUN,
    ),
    Log(
        "pushes",
        key=("site", "url", "service", "at"),
        time="at",
        later=(f"({{row}}.state <> '{PushState.ASKED}')", "coalesce({row}.memento, '')"),
    ),
    Log("reviews", key=("code", "digest", "verdict", "by", "at"), time="at", of=None),
    Apart("takedowns", "those of both hold, until each is lifted (`takedowns`)"),
    Apart("withheld", "worked out of the takedowns; what was taken out comes along (`takedowns`)"),
    Apart("signs", "counted anew (`site`)"),
    Apart("loose_ends", "kept by triggers, by the statement that stores an article"),
    Apart("articles_fts", "fed with the words of what is new (`texts`)"),
    Own("merges", "what this archive has taken, of which one"),
    Own("counters", "changes are numbered by the archive that makes them"),
    Own("_sqlite_migrations", "when this archive was made, and by which versions"),
    Own("hosts", "when this machine may ask them next"),
    Own("host_sites", "what this machine has asked of them"),
    Own("backups", "where this archive's copies lie"),
    Own("collections", "what this archive has collected from a fleet"),
    Own("fleets", "how that fleet was then"),
    Own("former_warcs", "which files of its own were written anew"),
    Own("alarms", "what was wrong with this archive"),
    Own("tellings", "who was told of it"),
    *(
        Own(table, "the map, as the package has it")
        for table in ("provinces", "districts", "communes", "units", "successors")
    ),
)


class Rules:
    """The rules by their kinds, in the order in which they are followed."""

    keyed: ClassVar[tuple[Keyed, ...]] = tuple(rule for rule in RULES if isinstance(rule, Keyed))
    logs: ClassVar[tuple[Log, ...]] = tuple(rule for rule in RULES if isinstance(rule, Log))
    parts: ClassVar[tuple[Part, ...]] = tuple(rule for rule in RULES if isinstance(rule, Part))
