"""A stranger's article at the address of a held one: no revision, and never what is shown."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import Archive, Question
from crawler import settings
from crawler.page import Article, Page
from crawler.text.wording import are_two_articles
from crawler.vocabulary import Flag, Outcome, Reason
from tests.conftest import Archived, run
from tests.content import in_the_next_second
from tests.raw import NOT_FOUND, ROBOTS, Asked, answer, listing
from tests.raw import Portal as RawPortal
from tests.test_archive import BASE, KEY, Held, a_visit, an_article
from tests.test_import import BASE as IMPORTED
from tests.test_import import Box
from tests.test_owner import described
from tests.warcs import Seen, page

BRIDGE = (
    "Huyện Mẫu khánh thành cầu treo qua suối Lạnh",
    "Sáng 12/6, Ủy ban nhân dân huyện Mẫu khánh thành cây cầu treo dài 60 mét qua suối Lạnh, nối "
    "ba bản vùng cao với đường liên xã.",
    "Công trình làm trong bảy tháng, nhân dân các bản góp hơn chín trăm ngày công.",
)
CARDS = (
    "Trung tâm hành chính công xã Suối Lạnh thông báo cấp thẻ",
    "Từ ngày 01/9/2026, bộ phận một cửa nhận hồ sơ cấp thẻ bảo hiểm y tế vào thứ Ba và thứ Năm.",
    "Người dân mang theo căn cước, giấy khai sinh của trẻ và một ảnh chân dung cỡ 3x4.",
)
EDITED = {
    "a corrected title": ("Huyện Mẫu khánh thành cầu treo bắc qua suối Lạnh", *BRIDGE[1:]),
    "another title": ("Nhịp cầu mới ở vùng cao", *BRIDGE[1:]),
    "a paragraph less": BRIDGE[:2],
    "a word in each paragraph": (
        "Khánh thành một công trình giao thông",
        *(text.replace("Mẫu", "Mẫu Sơn").replace("bản góp", "bản đã góp") for text in BRIDGE[1:]),
    ),
    "another text under its title": (BRIDGE[0], *CARDS[1:]),
}
OLD_DAY, NEW_DAY = "2019-06-12T08:30:00+07:00", "2026-08-28T09:00:00+07:00"


def row(texts: tuple[str, ...], day: str | None) -> dict[str, Any]:
    return {"title": texts[0], "lead": None, "body": "\n\n".join(texts[1:]), "published_at": day}


@pytest.mark.parametrize("day", [NEW_DAY, None])
def test_another_title_text_and_day_are_another_article(day: str | None) -> None:
    assert are_two_articles(row(BRIDGE, OLD_DAY), row(CARDS, day))
    assert are_two_articles(row(CARDS, day), row(BRIDGE, OLD_DAY))


@pytest.mark.parametrize("case", EDITED)
def test_an_edited_article_is_no_other_one(case: str) -> None:
    assert not are_two_articles(row(BRIDGE, OLD_DAY), row(EDITED[case], NEW_DAY))


def test_what_was_rewritten_the_same_day_is_no_other_article() -> None:
    assert not are_two_articles(row(BRIDGE, OLD_DAY), row(CARDS, OLD_DAY[:10]))


# In the archive


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    held = Held(tmp_path / "archive.db")
    yield held
    held.close()


def written(texts: tuple[str, ...], day: str) -> Article:
    return an_article(*texts, published_at=datetime.fromisoformat(day), lead=None, author=None)


OURS, THEIRS = written(BRIDGE, OLD_DAY), written(CARDS, NEW_DAY)
WITHIN, AFTER = datetime(2024, 5, 1, 3, tzinfo=UTC), datetime(2026, 9, 1, 3, tzinfo=UTC)


def shown(held: Held) -> list[tuple[str, int]]:
    rows = held.rows("SELECT title, revision FROM articles")
    return [(row["title"], row["revision"]) for row in rows]


DOUBTS = (
    "the body is no more",
    "somebody is asked",
    "it is a successor's",
    "the crawl is not sure",
)


@pytest.mark.parametrize("doubt", DOUBTS)
def test_a_stranger_is_no_revision_where_the_host_may_be_another_s(doubt: str, held: Held) -> None:
    described(held, active_to="2025-06-30" if doubt == DOUBTS[0] else None)
    held.record(a_visit(article=OURS, at=WITHIN))
    if doubt in DOUBTS[1:3]:
        held.archive.owners.notice(held.run_id, KEY, Question(AFTER, 4, 3, "không còn bài nào"))
    if doubt == DOUBTS[2]:
        held.archive.owners.give(KEY, "xa_suoi_lanh")
    stranger = a_visit(article=THEIRS, at=AFTER)
    (outcome,) = held.archive.visits.record_all(
        held.run_id, KEY, [stranger], in_doubt=doubt == DOUBTS[3]
    )
    assert outcome == Outcome.GONE
    assert shown(held) == [(BRIDGE[0], 1)]
    (known,) = held.rows("SELECT state, reason, recheck FROM urls")
    assert known == {
        "state": "held", "reason": Reason.ANOTHER_ARTICLE, "recheck": "refused once",
    }  # fmt: skip


def test_a_stranger_is_a_revision_where_nothing_speaks_against_it(held: Held) -> None:
    described(held, active_to=None)
    held.record(a_visit(article=OURS, at=WITHIN))
    assert held.record(a_visit(article=THEIRS, at=AFTER)) == Outcome.CHANGED
    assert shown(held) == [(CARDS[0], 2)]


@pytest.mark.parametrize("case", EDITED)
def test_an_edit_is_a_revision_whosever_the_host_is(case: str, held: Held) -> None:
    described(held, active_to="2025-06-30")
    held.record(a_visit(article=OURS, at=WITHIN))
    assert held.record(a_visit(article=written(EDITED[case], OLD_DAY), at=AFTER)) == Outcome.CHANGED


def test_who_says_that_the_host_is_the_same_has_strangers_taken_for_revisions(held: Held) -> None:
    described(held, active_to="2025-06-30")
    held.record(a_visit(article=OURS, at=WITHIN))
    held.archive.owners.notice(held.run_id, KEY, Question(AFTER, 4, 3, "không còn bài nào"))
    held.record(a_visit(article=THEIRS, at=AFTER))
    assert held.archive.owners.is_same(KEY)
    held.begin_run()
    assert [row["url"] for row in held.due()] == [f"{BASE}cau-na-leng/"]
    later = AFTER + timedelta(days=1)
    assert held.record(a_visit(article=THEIRS, at=later)) == Outcome.CHANGED


# In imports


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    box = Box(tmp_path)
    box.describe(f"{IMPORTED}/", active_to="2025-06-30")
    monkeypatch.setattr(settings, "SITES_DIR", str(tmp_path / "sites"))
    return box


def html(texts: tuple[str, ...], day: str, links: str = "") -> str:
    paragraphs = "".join(f"<p>{text}</p>" for text in texts[1:])
    return (
        f'<html lang="vi"><head><title>{texts[0]}</title></head><body><h1>{texts[0]}</h1>'
        f'<p class="date">{datetime.fromisoformat(day):%d/%m/%Y %H:%M}</p>'
        f'<div class="content">{paragraphs}</div>{links}</body></html>'
    )


def seen(texts: tuple[str, ...], day: str, at: datetime) -> Seen:
    return page(f"{IMPORTED}/tin-12/", html(texts, day).encode(), at)


@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_an_import_holds_the_body_s_article_in_whatever_order(box: Box, first: str) -> None:
    pages = [seen(BRIDGE, OLD_DAY, WITHIN), seen(CARDS, NEW_DAY, AFTER)]
    for number, one in enumerate(pages if first == "ours" else pages[::-1]):
        box.take(box.warc(one, name=f"{number}.warc.gz"))
    rows = box.rows("SELECT title, revision, first_seen_at FROM articles")
    assert rows == [{"title": BRIDGE[0], "revision": 1, "first_seen_at": "2024-05-01T03:00:00Z"}]
    assert box.rows("SELECT fetched_at, flags FROM quarantine") == [
        {"fetched_at": "2026-09-01T03:00:00Z", "flags": Flag.ANOTHER}
    ]
    told = box.rows("SELECT message FROM problems WHERE kind = 'quarantine'")
    assert told == [{"message": Reason.ANOTHER_ARTICLE}]
    assert box.rows("SELECT count(*) AS n FROM revisions") == [{"n": 0}]


def test_a_person_may_accept_a_stranger(box: Box) -> None:
    box.take(box.warc(seen(BRIDGE, OLD_DAY, WITHIN), seen(CARDS, NEW_DAY, AFTER)))
    (aside,) = box.rows("SELECT capture_id FROM quarantine")
    sites = str(box.folder / "sites")
    done = run("accept", "--db", box.db, str(aside["capture_id"]), TINHUYEN_SITES=sites)
    assert done.code == 0, done.err
    assert box.rows("SELECT title, revision FROM articles") == [{"title": CARDS[0], "revision": 2}]
    again = seen(CARDS, NEW_DAY, AFTER + timedelta(days=3))
    box.take(box.warc(again, name="again.warc.gz"))
    assert box.rows("SELECT title, revision FROM articles") == [{"title": CARDS[0], "revision": 2}]


def take_strangers_for_revisions(box: Box) -> None:
    """Have an article of two texts, and as its third a stranger's that was seen twice."""
    box.describe(f"{IMPORTED}/")
    edited = seen(EDITED["a corrected title"], OLD_DAY, WITHIN + timedelta(days=9))
    later = seen(CARDS, NEW_DAY, AFTER + timedelta(days=9))
    pages = [seen(BRIDGE, OLD_DAY, WITHIN), edited, seen(CARDS, NEW_DAY, AFTER), later]
    box.take(box.warc(*pages))
    assert box.rows("SELECT title, revision FROM articles") == [{"title": CARDS[0], "revision": 3}]
    box.describe(f"{IMPORTED}/", active_to="2025-06-30")
    box.take(box.warc(page(f"{IMPORTED}/", b"<html><body>Trang</body></html>"), name="b.warc.gz"))


def test_reread_leaves_alone_what_was_written_meanwhile(box: Box) -> None:
    take_strangers_for_revisions(box)
    before = box.rows("SELECT * FROM articles")
    with Archive.open(box.db) as archive:
        *earlier, last = archive.articles.texts(1)
        assert archive.articles.strangers(1) == len(earlier) == 2
        read = [*earlier, last | {"text_sha256": "0" * 64}]
        said = Page("article", Article(title=BRIDGE[0]))
        assert archive.articles.set_strangers_aside(1, read, 2, said) is False
    assert box.rows("SELECT * FROM articles") == before
    assert box.rows("SELECT * FROM quarantine") == []


def test_reread_sets_aside_what_came_as_revisions_before(box: Box) -> None:
    take_strangers_for_revisions(box)
    sites = str(box.folder / "sites")

    for dry_run in ("--dry-run", None, None):
        arguments = ["reread", "--db", str(box.db), *([dry_run] if dry_run else [])]
        done = run(*arguments, TINHUYEN_SITES=sites)
        assert done.code == 0, done.err
        (article,) = box.rows("SELECT id, title, body, revision, last_seen_at FROM articles")
        assert (article["revision"] == 3) == bool(dry_run)

    assert article["title"] == EDITED["a corrected title"][0]
    assert article["revision"] == 2
    assert article["last_seen_at"] == "2024-05-10T03:00:00Z"
    assert [row["title"] for row in box.rows("SELECT title FROM revisions")] == [BRIDGE[0]]
    assert box.rows("SELECT DISTINCT flags FROM quarantine") == [{"flags": Flag.ANOTHER}]
    assert run("verify", "--db", box.db, TINHUYEN_SITES=sites).code == 0


# In crawls

_PLACES = ("suối Lạnh", "đèo Gió", "bản Nưa", "núi Đỏ", "thác Bạc", "hồ Sen", "đồi Chè", "khe Tre",
           "chợ Phiên", "bến Đá")  # fmt: skip
FORMER = {
    f"/tin/bai-{number}.html": html(
        (f"Huyện Mẫu sửa đường lên {place}", f"Đường lên {place} dài {number} km đã được huyện sửa "
         "xong trước mùa mưa năm nay.", BRIDGE[2]), OLD_DAY,
    )
    for number, place in enumerate(_PLACES, 1)
}  # fmt: skip
LATER = {
    path: html(
        (f"Thông báo số {number} của Trung tâm hành chính công", *CARDS[1:], f"Đợt {number}."),
        NEW_DAY,
    )
    for number, path in enumerate(FORMER, 1)
}


def test_a_crawl_of_a_host_whose_new_portal_uses_the_same_addresses(portal: RawPortal) -> None:
    pages = dict(FORMER)

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path == "/":
            return answer(listing([*pages] if pages == FORMER else ["/moi/1.html"]))
        return answer(pages[asked.path]) if asked.path in pages else NOT_FOUND

    archived, _ = portal(answered)
    archived.crawl(code=None)
    before = titles(archived)
    assert len(before) == len(FORMER)
    in_the_next_second()
    pages.clear()
    pages.update(LATER)

    summary = archived.crawl("--full", code=1)

    assert summary["outcome"] == "another owner"
    assert titles(archived) == before
    assert {row["flags"] for row in archived.rows("SELECT flags FROM quarantine")} == {"another"}


def titles(archived: Archived) -> list[dict[str, Any]]:
    return archived.rows("SELECT url, title, revision FROM articles ORDER BY url")
