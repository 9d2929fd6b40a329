"""Every page of the reading room, for the tests that walk them all.

`PAGES` has an address for each route, and for each kind of page that a route has; a test holds it
against the routes that are registered.
"""

from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database

from archive import Archive
from crawler.vocabulary import AlarmKind, Grade, PushState, RunOutcome
from crawler.vocabulary.sentences import AlarmMessage
from crawler.vocabulary.soundness import BackupTrouble, PushTrouble, Record, Said, TextFault
from tests.room_sample import (
    ARTICLES,
    PERSIMMON_ID,
    SEEN,
    build_archive,
    with_originals,
)

FLEET = {
    "workers": 2, "at_work": 1, "is_draining": 1, "waiting": 4, "districts": 6, "held": 1,
    "failing": 1, "behind": 2,
}  # fmt: skip
HIDDEN = 3
"""The article that is withheld."""

SLOW = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"

PAGES: dict[str, int] = {
    "/": 200,
    "/archive": 200,
    "/archive?sql=" + quote("select title, site from articles"): 200,
    "/archive?sql=" + quote("select gì đó"): 400,
    "/archive?_timelimit=20&sql=" + quote(SLOW): 400,
    "/archive/articles": 200,
    "/archive/articles?site=chodon&_sort_desc=published_at&title__contains=Chợ": 200,
    "/archive/articles?_where=words>3&_search=duong&_facet=author": 200,
    "/archive/articles?_sort=x": 400,
    "/archive/sites": 200,
    "/archive/urls?state=gone": 200,
    "/archive/coverage": 200,
    "/archive/tags": 200,
    "/archive/sites/chodon": 200,
    "/archive/tags/1": 200,
    "/archive/urls/1": 200,
    "/archive/articles/1": 200,
    "/archive/articles/2": 200,
    f"/archive/articles/{PERSIMMON_ID}": 200,
    f"/archive/articles/{HIDDEN}": 451,
    f"/archive/revisions/{PERSIMMON_ID},1": 200,
    "/archive/captures/2": 200,
    "/captures/2": 200,
    "/captures/3": 200,
    "/captures/7": 200,
    "/captures/2/link?to=https%3A%2F%2Fkhongco.example%2F": 200,
    "/captures/2/link?to=javascript:x": 404,
    "/captures/999": 404,
    "/search": 200,
    "/search?q=duong": 200,
    "/search?q=khongcotunay": 200,
    "/search?q=(a": 200,
    "/archive/articles_citing?document=30/2020/NĐ-CP": 200,
    "/archive/articles_per_month": 200,
    "/archive/pictures?caption=hoc": 200,
    f"/changes/{PERSIMMON_ID}/2": 200,
    f"/changes/{PERSIMMON_ID}/3": 200,
    "/archive/alarms": 200,
    "/archive/backups": 200,
    "/archive/pushes": 200,
    "/coverage": 200,
    "/coverage/chodon": 200,
    "/coverage/chodon?state=gone": 200,
    "/coverage/khongco": 404,
    "/places": 200,
    "/places?name=Bắc Kạn": 200,
    "/places/province/06": 200,
    "/documents": 200,
    "/documents?name=30/2020/nđ-cp": 200,
    "/documents?name=khongco": 200,
    "/documents/khong-co": 404,
    "/status": 200,
    "/about": 200,
    "/api": 200,
    "/new": 200,
    "/words?q=duong": 200,
    "/words?q=duong&by=month": 200,
    "/guide": 200,
    "/takedown": 200,
    "/khong-co": 404,
    "/archive/khong-co": 404,
    "/archive/articles/999": 404,
    "/-/versions": 200,
    "/-/patterns": 404,
    "/-/allow-debug": 404,
    "/-/messages": 404,
    "/-/permissions": 404,
}
"""The addresses, each with the status of its answer."""

NO_PAGES = (
    r"^/media/(?P<capture>\d{1,15})/(?P<digest>[0-9a-f]{64})$",
    r"^/captures/(?P<capture>\d{1,15})/page$",
    r"^/captures/(?P<capture>\d{1,15})/style/(?P<sheet>\d{1,15})$",
    r"^/captures/(?P<capture>\d{1,15})/raw$",
    r"^/charts/(?P<name>[a-z]+)\.(?P<form>svg|csv|json)$",
    r"^/new/read/(?P<number>\d{1,15})$",
    r"^/archive/search(?P<format>\.json|\.csv)?$",
    r"^/metrics$",
    r"^/robots\.txt$",
    r"^/health$",
    r"^/badge\.svg$",
    r"^/badge/(?P<site>[^/]+)\.svg$",
    r"^/language/(?P<language>[^/]+)$",
    r"/favicon.ico",
    r"/-/static/(?P<path>.*)$",
    r"/static/(?P<path>.*)$",
    r"/:memory:(?P<rest>.*)$",
    r"/-/config.json",
    r"/-/config",
    r"/-/auth-token$",
    r"/-/logout$",
    r"/(?P<database>[^\/\.]+)\.db$",
)
"""The routes that answer with no page: with data or pictures, or by leading elsewhere."""
UNSOUND = TextFault.WORDS
"""What is wrong with an article of the archive, as it says itself."""
FEED = r"\.atom$"
"""How the routes end that give a feed."""
PRINTED = r"(\.(?P<format>json))?$"
"""How the routes below ``/-/`` end that print JSON, as ``/-/versions`` does."""


def archive_of_every_page(path: Path) -> Path:
    """Make an archive at *path* in which each of `PAGES` has something to show."""
    with_originals(build_archive(path))
    with Archive.open(path) as archive:
        archive.withheld.hide(ARTICLES[HIDDEN - 1]["url"], Grade.TEXT, "theo yêu cầu")
        assert archive.withheld.clear()
        archive.collected.note("chodon", 3, datetime.fromisoformat(SEEN))
        archive.collected.note_fleet(FLEET)
    alarm = {"site": "chodon", "kind": AlarmKind.FAILURES, "since": SEEN}
    message = AlarmMessage.FAILED.of(
        number=2, day=SEEN[:10], outcome=RunOutcome.NO_ANSWER, site="chodon"
    )
    fault = Said.OF.of(
        record="archive.db",
        what=Said.OF.of(record=Record.AT_URL.of(code=1, url="https://a.example/"), what=UNSOUND),
    )
    db = Database(path)
    db.table("alarms").insert_all(
        [
            {**alarm, "message": message},
            {
                "kind": AlarmKind.VERIFY, "since": SEEN,
                "message": AlarmMessage.ONE_FAULT.of(number=1, fault=fault),
            },
        ],
    )  # fmt: skip
    not_there = Said.OF.of(record="/mnt/backup", what=BackupTrouble.NOT_THERE)
    db.table("backups").insert({"at": SEEN, "dest": "/mnt/backup", "ok": 0, "message": not_there})
    pushed = {"site": "chodon", "url": ARTICLES[0]["url"], "service": "https://spn.example/save"}
    pushed |= {"at": SEEN, "state": PushState.FAILED, "message": PushTrouble.FORGOTTEN}
    db.table("pushes").insert(pushed)
    return path
