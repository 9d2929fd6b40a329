"""Alarms: judged by what an archive says, begun and ended once, told once, by real senders."""

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from archive import Archive, Finding, utc
from crawler.sites import Site
from crawler.vocabulary import AlarmKind, RunOutcome
from operation.alarms.config import AlarmsConfig, AlarmsError, Hours
from operation.alarms.judging import OF_FACTS, judge, note, tell, tell_unopened
from operation.alarms.senders import send
from operation.alarms.wording import Message, message_of
from tests.conftest import Archived, run
from tests.hook import Hook, listening

NOW = datetime(2026, 5, 20, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECRET = "mat-khau-cua-toi"


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening(SECRET) as hook:
        yield hook


@dataclass
class Outbox:
    """A sender that keeps what it was to tell, or does not take it."""

    takes: bool = True
    got: list[tuple[str, Message]] = field(default_factory=list)

    def __call__(self, address: str, message: Message) -> bool:
        if self.takes:
            self.got.append((address, message))
        return self.takes

    @property
    def bodies(self) -> list[str]:
        return [message.body for _, message in self.got]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "archive.db", create=True) as archive:
        add_site(archive.path, "mau")
        yield archive


@contextmanager
def changing(db: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(db)) as connection, connection:
        yield connection


def add_site(db: Path, key: str, active_to: str | None = None) -> None:
    with changing(db) as connection:
        connection.execute(
            "INSERT INTO sites (key, name, base_url, active_to) VALUES (?, ?, ?, ?)",
            [key, f"Huyện {key}", f"https://{key}.example/", active_to],
        )


CONFIG = AlarmsConfig(senders={"hook": "json://nowhere"})
WRONG = Finding(AlarmKind.OWNER, "mau", "the host may be another's")
NEARLY = Finding(AlarmKind.OWNER, "mau", "the host may be another's", rings=False)


def judged(archive: Archive, *findings: Finding, at: datetime = NOW) -> list[int]:
    """Judge what was found; return the numbers of the alarms that began."""
    before = {row["id"] for row in archive.alarms.current()}
    archive.alarms.judge(findings, OF_FACTS, at)
    return [row["id"] for row in archive.alarms.current() if row["id"] not in before]


# Life


def test_an_alarm_begins_once_and_ends_once(archive: Archive) -> None:
    assert judged(archive, WRONG) == [1]
    assert judged(archive, WRONG, at=NOW + DAY) == []
    (row,) = archive.alarms.current()
    assert (row["since"], row["until"]) == (utc(NOW), None)
    assert judged(archive, at=NOW + 2 * DAY) == []
    assert archive.alarms.current() == []
    (row,) = archive.alarms.ended(NOW)
    assert row["until"] == utc(NOW + 2 * DAY)
    assert judged(archive, WRONG, at=NOW + 3 * DAY) == [2]


def test_what_is_nearly_wrong_neither_begins_an_alarm_nor_ends_one(archive: Archive) -> None:
    assert judged(archive, NEARLY) == []
    judged(archive, WRONG)
    judged(archive, NEARLY)
    assert [row["id"] for row in archive.alarms.current()] == [1]


def test_the_message_is_that_of_the_last_finding(archive: Archive) -> None:
    judged(archive, WRONG)
    judged(archive, Finding(AlarmKind.OWNER, "mau", "it is another's"))
    assert [row["message"] for row in archive.alarms.current()] == ["it is another's"]


def test_who_judges_some_kinds_leaves_the_others(archive: Archive) -> None:
    unsound = Finding(AlarmKind.VERIFY, None, "1 fault")
    outbox = Outbox()
    note(archive, CONFIG, AlarmKind.VERIFY, unsound, now=NOW, sender=outbox)
    judge(archive, CONFIG, {}, now=NOW, sender=outbox)
    assert [row["kind"] for row in archive.alarms.current()] == ["verify"]
    note(archive, CONFIG, AlarmKind.VERIFY, None, now=NOW, sender=outbox)
    assert archive.alarms.current() == []


def test_a_site_may_have_several_alarms_and_one_of_a_kind(archive: Archive) -> None:
    judged(archive, WRONG, Finding(AlarmKind.GAPS, "mau", "12 are missing"))
    assert {row["kind"] for row in archive.alarms.current()} == {"owner", "gaps"}
    with pytest.raises(sqlite3.IntegrityError), changing(archive.path) as connection:
        connection.execute(
            "INSERT INTO alarms (site, kind, since, message) VALUES ('mau', 'owner', '2026', '')"
        )


# Telling


def told(archive: Archive, outbox: Outbox, at: datetime = NOW, **settings: Any) -> tuple[str, ...]:
    config = AlarmsConfig(**({"senders": {"hook": "json://nowhere"}} | settings))
    return tell(archive, config, at, outbox)


def test_beginning_and_end_are_told_once_each(archive: Archive) -> None:
    outbox = Outbox()
    judged(archive, WRONG)
    for hour in range(3):
        told(archive, outbox, NOW + timedelta(hours=hour))
    judged(archive, at=NOW + DAY)
    for _ in range(3):
        told(archive, outbox, NOW + DAY)
    began, ended = outbox.bodies
    assert began.startswith("mau: ownership in doubt: the host may be another's\n")
    assert ended.startswith("mau: no more, since 2026-05-20T05:00Z: ownership in doubt\n")
    assert [message.title for _, message in outbox.got] == [
        "Tin Huyện: 1 alarm began", "Tin Huyện: 1 alarm ended",
    ]  # fmt: skip
    (row,) = archive.alarms.ended(NOW)
    assert (row["told_at"], row["end_told_at"]) == (utc(NOW), utc(NOW + DAY))


def test_a_sender_that_fails_is_tried_again_and_the_others_are_not(archive: Archive) -> None:
    judged(archive, WRONG)
    broken, got = {"mail"}, []

    def sender(address: str, message: Message) -> bool:
        if address.partition(":")[0] in broken:
            return False
        got.append(address)
        return True

    config = AlarmsConfig(senders={"hook": "hook://x", "mail": "mail://x"})
    assert tell(archive, config, NOW, sender) == ("mail",)
    assert archive.alarms.current()[0]["told_at"] is None
    broken.clear()
    assert tell(archive, config, NOW, sender) == ()
    assert got == ["hook://x", "mail://x"]
    assert archive.alarms.current()[0]["told_at"] == utc(NOW)


def test_nobody_is_woken_and_all_is_told_after(archive: Archive) -> None:
    night = {"quiet": Hours(*map(clock, ("22:00", "06:30")))}
    outbox = Outbox()
    judged(archive, WRONG, Finding(AlarmKind.GAPS, "mau", "12 are missing"))
    at = datetime(2026, 5, 20, 23, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    told(archive, outbox, at, **night)
    judged(archive, WRONG, at=at)
    told(archive, outbox, at + timedelta(hours=7), **night)
    assert outbox.got == []
    told(archive, outbox, at + timedelta(hours=8), **night)
    (body,) = outbox.bodies
    assert "mau: ownership in doubt: " in body
    assert "mau: more is missing from 2026-05-20T05:00Z to 2026-05-20T16:00Z: 12 are" in body
    told(archive, outbox, at + timedelta(hours=9), **night)
    assert len(outbox.got) == 1


def test_a_digest_is_one_message_a_day_with_what_stands_beside(archive: Archive) -> None:
    morning = {"digest": clock("07:00"), "zone": ZoneInfo("Asia/Ho_Chi_Minh")}
    outbox = Outbox()
    at = datetime(2026, 5, 20, 8, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    judged(archive, WRONG, at=at)
    told(archive, outbox, at, **morning)
    judged(archive, WRONG, Finding(AlarmKind.GAPS, "mau", "12 are missing"), at=at)
    for hours in (1, 10, 22.9):
        told(archive, outbox, at + timedelta(hours=hours), **morning)
    assert len(outbox.got) == 1
    for hours in (23, 24, 47, 72):
        told(archive, outbox, at + timedelta(hours=hours), **morning)
    _, body = outbox.bodies
    assert body.index("12 are missing") < body.index("Still so:") < body.index("ownership")


def test_a_digest_of_a_clock_that_was_ahead_keeps_nothing_back(archive: Archive) -> None:
    morning = {"digest": clock("07:00"), "zone": ZoneInfo("Asia/Ho_Chi_Minh")}
    outbox = Outbox()
    judged(archive, WRONG)
    told(archive, outbox, NOW + 3000 * DAY, **morning)
    judged(archive, Finding(AlarmKind.GAPS, "mau", "12 are missing"))
    told(archive, outbox, **morning)
    assert len(outbox.got) == 2
    judged(archive, WRONG)
    told(archive, outbox, NOW + timedelta(hours=1), **morning)
    assert len(outbox.got) == 2  # and is one a day


def test_a_sender_that_did_not_take_the_digest_is_tried_again_the_same_day(
    archive: Archive,
) -> None:
    both = AlarmsConfig(senders={"a": "json://a", "b": "json://b"}, digest=clock("07:00"))
    taken: list[str] = []

    def only_b_fails(address: str, message: Message) -> bool:
        taken.append(address)
        return address != "json://b"

    judged(archive, WRONG)
    for hour in range(2):
        at = NOW + timedelta(hours=hour)
        assert tell(archive, both, at, only_b_fails) == ("b",)
    assert taken == ["json://a", "json://b", "json://b"]


def test_what_a_person_knows_is_not_told_and_its_end_is(archive: Archive) -> None:
    outbox = Outbox()
    judged(archive, WRONG)
    assert archive.alarms.acknowledge([1, 7], "operator", NOW) == [7]
    told(archive, outbox)
    assert outbox.got == []
    judged(archive)
    told(archive, outbox)
    assert len(outbox.got) == 1


def test_a_first_sender_is_told_what_is_wrong_and_nothing_of_long_ago(archive: Archive) -> None:
    judged(archive, WRONG, Finding(AlarmKind.GAPS, "mau", "12 are missing"))
    judged(archive, WRONG, at=NOW + DAY)
    outbox = Outbox()
    told(archive, outbox, NOW + 30 * DAY)
    (body,) = outbox.bodies
    assert "ownership" in body
    assert "missing" not in body


def test_killed_after_sending_it_is_told_again_and_never_not_at_all(archive: Archive) -> None:
    judged(archive, WRONG)
    sent = []

    def killed(address: str, message: Message) -> bool:
        sent.append(address)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tell(archive, CONFIG, NOW, killed)
    outbox = Outbox()
    assert tell(archive, CONFIG, NOW, outbox) == ()
    assert (len(sent), len(outbox.got)) == (1, 1)


def test_seven_hundred_alarms_of_a_kind_are_one_short_message(archive: Archive) -> None:
    rows: list[dict[str, Any]] = [
        {"site": f"mau{n}", "kind": "failures", "message": "no answer", "since": "", "until": None}
        for n in range(700)
    ]
    message = message_of(rows)
    assert message.title == "Tin Huyện: 700 alarms began"
    assert message.body.count("\n") < 30
    assert "and 680 more like these" in message.body


# The operator's file


def clock(told: str) -> Any:
    return datetime.strptime(told, "%H:%M").time()


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        ("22:00-06:30", "23:59", True), ("22:00-06:30", "06:29", True),
        ("22:00-06:30", "06:30", False), ("12:00-13:00", "12:30", True),
        ("12:00-13:00", "13:00", False), ("12:00-13:00", "00:00", False),
    ],
)  # fmt: skip
def test_hours_may_lie_over_midnight(hours: str, at: str, expected: bool) -> None:
    assert Hours(*map(clock, hours.split("-"))).holds(clock(at)) == expected


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "sender = 1",
            "has unknown key 'sender'; known: senders, heartbeat, zone, quiet, digest, thresholds",
        ),
        ('zone = "Ha Noi"', "has zone = 'Ha Noi'; it must be one of the IANA"),
        ('quiet = "22 bis 6"', "has quiet = '22 bis 6'; it must be such as"),
        ('quiet = "22:00-6h"', "has quiet = '6h'; times of the day must be"),
        ('digest = "7h"', "has digest = '7h'; times of the day must be"),
        ("senders = 1", "senders must be a table"),
        (f'[senders]\nhook = ["{SECRET}"]', "the sender 'hook' must be an address of Apprise's"),
        (f'[senders]\nhook = "{SECRET}"', "the sender 'hook' must be an address of Apprise's"),
        (f'[senders]\nhook = "json://{SECRET}', "it is no TOML"),
        ("[thresholds]\nsilent_dais = 3", "has thresholds with 'silent_dais'; known: silent_days"),
    ],
)
def test_a_mistake_in_it_is_named_without_what_is_secret(
    written: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "alarms.toml"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(AlarmsError) as error:
        AlarmsConfig.read(file)
    assert message in str(error.value)
    assert str(file) in str(error.value)
    assert SECRET not in str(error.value)


def test_without_it_nobody_is_told_and_its_addresses_are_not_shown(tmp_path: Path) -> None:
    assert AlarmsConfig.read(tmp_path / "none.toml").senders == {}
    assert SECRET not in repr(AlarmsConfig(senders={"hook": f"json://{SECRET}"}))


# Real senders


def test_a_webhook_is_told(hook: Hook) -> None:
    assert send(hook.url, Message("Tin Huyện: 1 alarm began", "mau: huyện Mẫu"))
    (got,) = hook.got
    assert (got["title"], got["message"]) == ("Tin Huyện: 1 alarm began", "mau: huyện Mẫu")


class Inbox:
    """Takes mail."""

    def __init__(self) -> None:
        self.got: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.got.append(envelope.content)
        return "250 OK"


class AnyPort(Controller):
    """Listens where there is room."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()


def test_mail_is_sent() -> None:
    inbox = Inbox()
    controller = AnyPort(inbox, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        url = f"mailto://127.0.0.1:{controller.port}?from=may@tinhuyen.example&to=operator@tinhuyen.example"
        assert send(url, Message("Tin Huyện: 1 alarm began", "mau: huyện Mẫu im tiếng"))
    finally:
        controller.stop()
    (raw,) = inbox.got
    mail = message_from_bytes(raw, policy=policy.default)
    assert "1 alarm began" in str(mail["Subject"])
    assert "huyện Mẫu im tiếng" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize("address", [f"json://{SECRET}@127.0.0.1:1/", f"nothing://{SECRET}", "x"])
def test_what_nobody_takes_is_not_told_and_nothing_is_logged(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        assert not send(address, Message("a", "b"))
    assert SECRET not in caplog.text


# What an archive says, to what rings


def add_run(
    connection: sqlite3.Connection, key: str, at: datetime, outcome: str, **columns: Any
) -> None:
    row = {
        "site": key, "started_at": utc(at), "finished_at": utc(at + timedelta(minutes=5)),
        "outcome": outcome, "requests": 40, "unchanged": 30, "held": 30, "missing": 0,
    } | columns  # fmt: skip
    connection.execute(
        f"INSERT INTO runs ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", [*row.values()]
    )


def add_articles(connection: sqlite3.Connection, key: str, number: int, newest: datetime) -> None:
    for ago in range(number):
        moment = newest - 2 * ago * DAY
        # Many portals tell the day alone.
        at = moment.date().isoformat() if key == "quiet" else moment.isoformat()
        url = f"https://{key}.example/{ago}"
        connection.execute(
            "INSERT INTO articles (site, url, title, published_at, words, first_seen_at,"
            " last_seen_at, code, changed, change, text_sha256)"
            " VALUES (?, ?, 'Tin', ?, 9, ?, ?, ?, ?, 'new', '')",
            [key, url, at, at, at, f"{key}{ago}", hash(url)],
        )
        connection.execute(
            "INSERT INTO urls (site, url, urlkey, found_by, found_at, state)"
            " VALUES (?, ?, ?, 'prev', ?, 'held')", [key, url, url, at],
        )  # fmt: skip


def add_history(
    db: Path, key: str, *outcomes: str, newest: datetime, last: datetime, **columns: Any
) -> None:
    """Add a portal of thirty articles that is crawled daily; *columns* are of its last run."""
    with changing(db) as connection:
        add_articles(connection, key, 30, newest)
        ends = [*outcomes, *[RunOutcome.FINISHED.value] * 6]
        for ago, outcome in reversed([*enumerate(ends)]):
            add_run(connection, key, last - ago * DAY, outcome, **({} if ago else columns))


def set_aside(db: Path, key: str, *flags: str) -> None:
    """Have one and the same number of pages captured again and again, each time with such flags."""
    with changing(db) as connection:
        for times, flag in enumerate(flags):
            for page in range(3):
                connection.execute(
                    "INSERT INTO captures (url, site, run_id, fetched_at, status, bytes,"
                    " payload_sha256, warc_file, warc_offset, warc_length, request_length,"
                    " warc_sha256, source, flags) VALUES (?, ?, 1, ?, 200, 9, '', 'x', ?, 1, 1,"
                    " '', 'live', ?)",
                    [
                        f"https://{key}.example/{page}", key,
                        utc(NOW - 3 * DAY + timedelta(hours=times)), times * 10 + page, flag,
                    ],
                )  # fmt: skip


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of portals of which each has one thing wrong, and some that have nothing."""
    db = tmp_path_factory.mktemp("histories") / "archive.db"
    Archive.open(db, create=True).close()
    fresh = {"newest": NOW - 2 * DAY, "last": NOW - timedelta(hours=2)}
    no_answer = [RunOutcome.NO_ANSWER.value] * 2
    for key, outcomes, facts in (
        ("well", [], fresh),
        ("spammed", [], fresh), ("accepted", [], fresh), ("again", [], fresh),
        ("quiet", [], fresh | {"newest": NOW - 21 * DAY}),
        ("ended", [], fresh | {"newest": NOW - 21 * DAY}),
        ("forgotten", [], fresh | {"last": NOW - 4 * DAY, "newest": NOW - 5 * DAY}),
        ("stub", [], fresh | {"requests": 2, "unchanged": 0}),
        ("thin", [], fresh),
        ("dead", no_answer, fresh),
        ("lacking", [], fresh | {"missing": 12}),
        ("taken", [], fresh), ("given", [], fresh | {"newest": NOW - 21 * DAY}),
    ):  # fmt: skip
        add_site(db, key, active_to="2025-06-30" if key == "ended" else None)
        add_history(db, key, *outcomes, **facts)
    set_aside(db, "spammed", "", "spam")
    set_aside(db, "accepted", "", "spam accepted")
    set_aside(db, "again", "spam", "")
    with changing(db) as connection:
        connection.execute(
            "INSERT INTO takeovers (site, host, since, gone, strangers, message)"
            " VALUES ('taken', 'taken.example', '2026-05-19T00:00:00Z', 6, 4, 'none is there')"
        )
        connection.execute(
            "INSERT INTO takeovers (site, host, since, gone, strangers, message, successor,"
            " answered_at) VALUES ('given', 'given.example', '2026-05-01T00:00:00Z', 6, 4, '',"
            " 'taken', '2026-05-02T00:00:00Z')"
        )
    return db


SITES = {
    "thin": Site(
        key="thin",
        name="Huyện thin",
        base_url="https://thin.example/",
        cms=None,
        expect_articles=99,
    )
}


def test_each_history_rings_once_for_the_right_reason(histories: Path) -> None:
    outbox = Outbox()
    with Archive.open(histories) as archive:
        for _ in range(2):
            judge(archive, CONFIG, SITES, now=NOW, sender=outbox)
        rung = {(row["site"], row["kind"]) for row in archive.alarms.current()}
    assert rung == {
        ("quiet", "silent"), ("forgotten", "missed"), ("stub", "small"), ("thin", "floor"),
        ("dead", "failures"), ("spammed", "quarantine"), ("lacking", "gaps"), ("taken", "owner"),
    }  # fmt: skip
    (body,) = outbox.bodies
    assert len([line for line in body.splitlines() if line[:1].islower()]) == 8


def test_a_run_of_a_clock_that_was_ahead_hides_nothing_of_what_came_after(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive.db", create=True) as archive:
        for key, outcomes, last in (
            ("dead", [RunOutcome.NO_ANSWER.value] * 2, NOW - timedelta(hours=2)),
            ("forgotten", [], NOW - 4 * DAY),
        ):
            add_site(archive.path, key)
            add_history(archive.path, key, *outcomes, newest=NOW - 5 * DAY, last=last)
            with changing(archive.path) as connection:
                add_run(connection, key, NOW + 3000 * DAY, RunOutcome.FINISHED)
        judge(archive, CONFIG, {}, now=NOW, sender=Outbox())
        rings = {(row["site"], row["kind"]) for row in archive.alarms.current()}
        due = {each.site for each in archive.freshness(NOW) if each.is_due(NOW)}
    assert rings == {("dead", "failures"), ("forgotten", "missed")}
    assert due == {"forgotten"}


def test_backups_are_judged_once_there_was_one(archive: Archive) -> None:
    assert archive.alarms.facts(NOW).backup is None
    with changing(archive.path) as connection:
        connection.execute(
            "INSERT INTO backups (at, dest, ok, message) VALUES (?, '/backup', 1, '')",
            [utc(NOW - 9 * DAY)],
        )
    judge(archive, CONFIG, {}, now=NOW, sender=Outbox())
    assert [row["kind"] for row in archive.alarms.current()] == ["backup"]


@pytest.mark.parametrize(
    ("tried", "failed"),
    [
        ([("disk", 2, 1), ("s3", 1, 1)], None),
        ([("disk", 2, 1), ("disk", 1, 0)], 1),
        ([("disk", 2, 0), ("disk", 1, 1)], None),
        ([("s3", 3, 1), ("disk", 2, 1), ("s3", 1, 0), ("disk", 0, 1)], 1),
        ([("s3", 3, 0), ("disk", 2, 1)], None),
        ([("disk", 3, 1), ("s3", 2, 0)], 2),
        ([("disk", 3, 0)], 3),
    ],
)
def test_a_backup_to_one_place_hides_no_failure_at_another(
    archive: Archive, tried: list[tuple[str, int, int]], failed: int | None
) -> None:
    with changing(archive.path) as connection:
        connection.executemany(
            "INSERT INTO backups (dest, at, ok, message) VALUES (?, ?, ?, '')",
            [(dest, utc(NOW - days * DAY), ok) for dest, days, ok in tried],
        )
    facts = archive.alarms.facts(NOW).backup
    assert facts
    assert facts.failed_at == (None if failed is None else NOW - failed * DAY)


# The command


def tinhuyen(folder: Path, *arguments: str, code: int = 0) -> str:
    done = run(
        *arguments, "--db", folder / "archive.db",
        TINHUYEN_SITES=str(folder / "sites"), TINHUYEN_ALARMS=str(folder / "alarms.toml"),
    )  # fmt: skip
    assert done.code == code, done.out + done.err
    assert SECRET not in done.out + done.err
    return done.out + done.err


@pytest.fixture
def wrong(archived: Archived, hook: Hook) -> Archived:
    """An archive whose host is in doubt, and a webhook to tell of it."""
    archived.describe("https://mau.example/")
    Archive.open(archived.db, create=True).close()
    add_site(archived.db, "test")
    with changing(archived.db) as connection:
        connection.execute(
            "INSERT INTO takeovers (site, host, since, gone, strangers, message)"
            " VALUES ('test', 'mau.example', '2026-05-19T00:00:00Z', 6, 4, 'none is there')"
        )
    (archived.folder / "alarms.toml").write_text(f'[senders]\nhook = "{hook.url}"\n')
    return archived


def test_alarms_are_judged_told_listed_and_acknowledged(wrong: Archived, hook: Hook) -> None:
    folder = wrong.folder
    hook.status = 500
    assert "the sender 'hook' did not take it" not in tinhuyen(folder, "alarms")
    assert "'hook' did not take" in tinhuyen(folder, "alarms", "--check", code=1)
    hook.status = 200
    for _ in range(2):
        tinhuyen(folder, "alarms", "--check")
    (got,) = hook.got
    assert "test: ownership in doubt: none is there" in got["message"]
    assert "ownership in doubt" in tinhuyen(folder, "alarms", code=1)
    assert "acknowledged by operator" in tinhuyen(
        folder, "alarms", "--acknowledge", "1", "--by", "operator"
    )
    (row,) = json.loads(tinhuyen(folder, "alarms", "--json"))
    assert (row["id"], row["acknowledged_by"], row["kind"]) == (1, "operator", "owner")
    stored = b"".join(file.read_bytes() for file in folder.glob("archive.db*"))
    assert SECRET.encode() not in stored


def test_two_at_once_tell_nobody_the_same(wrong: Archived, hook: Hook) -> None:
    hook.patience = 0.5
    with ThreadPoolExecutor(2) as both:
        told = [both.submit(tinhuyen, wrong.folder, "alarms", "--check") for _ in range(2)]
        assert all("ownership in doubt" in done.result() for done in told)
    assert len(hook.got) == 1


def test_a_test_message_is_sent(wrong: Archived, hook: Hook) -> None:
    assert "hook: took it" in tinhuyen(wrong.folder, "alarms", "--test")
    assert hook.got[0]["title"] == "Tin Huyện: a test"
    hook.status = 500
    assert "hook: did not take it" in tinhuyen(wrong.folder, "alarms", "--test", code=1)


def test_the_heartbeat_stops_where_not_all_was_told(wrong: Archived, hook: Hook) -> None:
    heartbeat = f"http://127.0.0.1:{hook.url.partition('@')[2].removeprefix('127.0.0.1:')}"
    file = wrong.folder / "alarms.toml"
    file.write_text(f'heartbeat = "{heartbeat}"\n{file.read_text()}')
    hook.status = 500
    assert SECRET not in tinhuyen(wrong.folder, "alarms", "--check", code=1)
    hook.status = 200
    tinhuyen(wrong.folder, "alarms", "--check")
    assert hook.beats == 1
    tinhuyen(wrong.folder, "alarms", code=1)
    assert hook.beats == 1
    assert "heartbeat: took it" in tinhuyen(wrong.folder, "alarms", "--test")
    hook.status = 404
    told = tinhuyen(wrong.folder, "alarms", "--check", code=1)
    assert "the heartbeat was not taken" in told
    assert SECRET not in told
    wrong.db.unlink()
    hook.status = 200
    tinhuyen(wrong.folder, "alarms", "--check", code=2)
    assert hook.beats == 2


@pytest.mark.parametrize("address", ["ftp://example.org/x", "file:///etc/passwd", "x", "", 7])
def test_a_heartbeat_is_an_address_of_the_web(tmp_path: Path, address: object) -> None:
    file = tmp_path / "alarms.toml"
    file.write_text(f"heartbeat = {json.dumps(address)}\n")
    with pytest.raises(AlarmsError, match="heartbeat must be") as raised:
        AlarmsConfig.read(file)
    assert "passwd" not in str(raised.value)


@pytest.mark.parametrize("damage", [b"x" * 16, None], ids=["overwritten", "gone"])
def test_that_an_archive_cannot_be_opened_is_told_once_a_day(
    wrong: Archived, hook: Hook, damage: bytes | None
) -> None:
    sound = wrong.db.read_bytes()
    for _ in range(2):
        if damage is None:
            wrong.db.unlink(missing_ok=True)
        else:
            wrong.db.write_bytes(damage + sound[len(damage) :])
        for _ in range(2):
            tinhuyen(wrong.folder, "alarms", "--check", code=2)
        (got,) = hook.got
        assert got["title"] == "Tin Huyện: the archive cannot be opened"
        assert str(wrong.db) in got["message"]
        wrong.db.write_bytes(sound)
        tinhuyen(wrong.folder, "alarms", "--check")
        hook.got.clear()


def test_that_it_cannot_be_opened_is_told_again_to_who_did_not_take_it(tmp_path: Path) -> None:
    outbox = Outbox(takes=False)
    config = AlarmsConfig(senders={"hook": "json://localhost"})
    db = tmp_path / "archive.db"
    told = partial(tell_unopened, db, config, "it is damaged", sender=outbox)
    assert told(now=NOW) == ("hook",)
    outbox.takes = True
    for at in (NOW, NOW + DAY / 2, NOW - DAY / 2, NOW + DAY, NOW - 3 * DAY):
        assert told(now=at) == ()
    assert outbox.bodies == ["it is damaged"] * 3


def test_a_verification_rings_and_one_of_all_ends_it(wrong: Archived, hook: Hook) -> None:
    with changing(wrong.db) as connection:
        connection.execute("DELETE FROM takeovers")
        connection.execute("DROP INDEX alarms_by_site")
    tinhuyen(wrong.folder, "verify", code=1)
    assert "archive not sound: 1 fault found, such as: archive.db: " in hook.got[0]["message"]
    with changing(wrong.db) as connection:
        connection.execute("CREATE INDEX alarms_by_site ON alarms(site)")
    tinhuyen(wrong.folder, "verify", "--fast")
    assert len(hook.got) == 1
    tinhuyen(wrong.folder, "verify")
    assert hook.got[1]["title"] == "Tin Huyện: 1 alarm ended"


def test_what_cannot_even_be_opened_is_told_each_time(wrong: Archived, hook: Hook) -> None:
    whole = wrong.db.read_bytes()
    wrong.db.write_bytes(whole[:100] + b"\xff" * 8192 + whole[8292:])
    for _ in range(2):
        assert "is damaged" in tinhuyen(wrong.folder, "verify", code=1)
    assert len(hook.got) == 2
    assert "such as: " in hook.got[0]["message"]
    assert "archive.db: is damaged" in hook.got[0]["message"]


def test_a_mistake_in_the_operators_file_is_told(wrong: Archived) -> None:
    (wrong.folder / "alarms.toml").write_text("silent_days = 3\n")
    assert "alarms.toml has unknown key 'silent_days'" in tinhuyen(wrong.folder, "alarms", code=2)
