"""The ledger's words: what leads to no article is named itself, and each reason is understood."""

import pytest

from crawler.vocabulary import Reason
from crawler.vocabulary.words import LANGUAGES, sentence_in_words, sentence_or_as_it_stands
from tests.conftest import Archived, RawPortal, run
from tests.raw import (
    NOT_FOUND,
    QUICK,
    ROBOTS,
    Asked,
    answer,
    article,
    bare,
    chain,
    held,
    listing,
)

COUNT = 8
LOGIN = bare(
    "<title>Đăng nhập</title>",
    '<h1>Đăng nhập hệ thống</h1><form><input name="ten"><input type="password"></form>',
).replace("<title>Cổng</title>", "")


def led(to: str, status: str = "302 Found") -> bytes:
    return answer("", "text/html", status, f"Location: {to}")


INSTEAD = {
    "the start page": ("/", Reason.LEADS_TO_START),
    "a list": ("/tin-tuc/", Reason.LEADS_TO_LIST),
    "a page of none": ("/thong-bao.html", Reason.LEADS_TO_NONE),
    "in two steps": ("/cu/4.html", Reason.LEADS_TO_LIST),
    "a login": ("/dang-nhap", Reason.LEADS_TO_LOGIN),
}


def portal_that_leads(to: str) -> dict[str, bytes]:
    """Return the answers of a portal whose chain has an article that leads elsewhere."""
    pages = {path: answer(page) for path, page in chain(COUNT).items()}
    pages["/tin/bai-3.html"] = led(to)
    pages["/"] = answer(listing([f"/tin/bai-{n}.html" for n in (8, 7, 2)]))
    pages["/tin-tuc/"] = answer(listing([f"/tin/bai-{n}.html" for n in (8, 7, 6, 5, 4)]))
    pages["/cu/4.html"] = led("/cu/danh-muc.html", "301 Moved Permanently")
    pages["/cu/danh-muc.html"] = led("/tin-tuc/", "301 Moved Permanently")
    pages["/thong-bao.html"] = answer(bare(body="<h1>Thông báo</h1><p>Xin quay lại sau.</p>"))
    pages["/dang-nhap"] = answer(LOGIN)
    return pages


class Answering:
    """A portal of these answers, which may be changed."""

    def __init__(self, pages: dict[str, bytes]) -> None:
        self.pages = pages

    def __call__(self, asked: Asked) -> bytes:
        return ROBOTS if asked.path == "/robots.txt" else self.pages.get(asked.target, NOT_FOUND)


def told(archived: Archived) -> str:
    sites = str(archived.folder / "sites")
    return run("gaps", "test", "--db", archived.db, TINHUYEN_SITES=sites).out


@pytest.mark.parametrize("name", INSTEAD)
def test_an_article_that_leads_to_a_page_that_is_none_is_named_itself(
    portal: RawPortal, name: str
) -> None:
    to, reason = INSTEAD[name]
    archived, server = portal(Answering(portal_that_leads(to)))

    archived.crawl(*QUICK, code=None)

    target = {"/cu/4.html": "/tin-tuc/"}.get(to, to)
    (row,) = archived.rows("SELECT * FROM urls WHERE url LIKE '%/bai-3.html'")
    kept = reason.of(url=server.url + target)
    first = "refused" if reason == Reason.LEADS_TO_LOGIN else "failed"
    assert (row["state"], row["reason"]) == (first, kept)
    assert held(archived) == COUNT - 1
    gaps = archived.rows("SELECT url FROM gaps WHERE state <> 'broken'")
    assert gaps == [{"url": f"{server.url}/tin/bai-3.html"}], "itself, and once"
    assert str(sentence_in_words(kept, "en")) in told(archived)
    assert archived.rows("SELECT * FROM captures WHERE flags <> ''") == []

    archived.crawl(*QUICK, code=None)  # it is asked once more, and no more then
    server.asked.clear()
    archived.crawl(*QUICK, code=None)

    (row,) = archived.rows("SELECT * FROM urls WHERE url LIKE '%/bai-3.html'")
    assert row["state"] == ("refused" if first == "refused" else "gone")
    assert row["reason"] == kept
    assert not {"/tin/bai-3.html", "/thong-bao.html", "/dang-nhap"} & {*server.asked}


def test_an_article_that_is_back_is_held(portal: RawPortal) -> None:
    answers = Answering(portal_that_leads("/"))
    archived, _ = portal(answers)
    archived.crawl(*QUICK, code=None)
    answers.pages["/tin/bai-3.html"] = answer(chain(COUNT)["/tin/bai-3.html"])

    archived.crawl(*QUICK, code=None)

    assert held(archived) == COUNT
    assert archived.rows("SELECT * FROM gaps") == []


def test_a_moved_article_that_can_not_be_read_any_more_is_not_gone(portal: RawPortal) -> None:
    """What is held may stand at its new address, in a form that nobody reads yet."""
    answers = Answering(portal_that_leads("/"))
    answers.pages["/tin/bai-3.html"] = answer(chain(COUNT)["/tin/bai-3.html"])
    archived, _ = portal(answers)
    archived.crawl(*QUICK, code=None)
    assert held(archived) == COUNT
    answers.pages["/tin/bai-3.html"] = led("/thong-bao.html")

    for _ in range(3):
        archived.crawl("--full", *QUICK, code=None)

    assert held(archived) == COUNT
    (row,) = archived.rows("SELECT state FROM urls WHERE url LIKE '%/bai-3.html'")
    assert row["state"] == "held"


def test_a_login_in_the_place_of_an_article_is_a_refusal(portal: RawPortal) -> None:
    pages = portal_that_leads("/")
    pages["/tin/bai-3.html"] = answer(LOGIN)
    archived, _ = portal(Answering(pages))

    archived.crawl(*QUICK, code=None)

    (row,) = archived.rows("SELECT state, reason FROM urls WHERE url LIKE '%/bai-3.html'")
    assert row == {"state": "refused", "reason": Reason.LOGIN}


def test_a_box_to_log_in_beside_an_article_is_nothing(portal: RawPortal) -> None:
    box = '<h2>Đăng nhập</h2><form><input type="password"></form>'
    pages = portal_that_leads("/")
    for number in range(1, COUNT + 1):
        path = f"/tin/bai-{number}.html"
        pages[path] = answer(chain(COUNT)[path].replace("</body>", f"{box}</body>"))
    archived, _ = portal(Answering(pages))

    archived.crawl(*QUICK, code=None)

    assert held(archived) == COUNT


FAULTS = {
    2: answer("Không", status="403 Forbidden"),
    3: NOT_FOUND,
    4: answer("Hỏng", status="500 Internal Server Error"),
    5: answer("   "),
    6: led("https://khac.example/"),
    7: led("/tin/bai-7b.html"),
    8: answer("", "text/html", "302 Found"),
    9: b"khong phai HTTP\r\n\r\n",
    10: answer("Bận", status="429 Too Many Requests"),
    11: answer(bare()),
    12: answer("Lạ", status="418 I'm a teapot"),
}


def test_every_reason_of_a_hostile_portal_is_in_words(portal: RawPortal) -> None:
    pages = {"/": answer(listing([f"/tin/bai-{n}.html" for n in range(1, 13)]))}
    pages["/tin/bai-1.html"] = answer(article(1))
    pages |= {f"/tin/bai-{number}.html": fault for number, fault in FAULTS.items()}
    pages["/tin/bai-7b.html"] = led("/tin/bai-7.html")
    archived, _ = portal(Answering(pages))

    archived.crawl(*QUICK, code=None)

    rows = archived.rows("SELECT state, reason FROM urls WHERE reason IS NOT NULL")
    assert len(rows) >= len(FAULTS)
    for row in rows:
        for language in LANGUAGES:
            words = sentence_in_words(row["reason"], language)
            assert words, row
            assert len(words.split()) >= 4, words


def test_what_is_no_reason_of_ours_stands_as_it_is() -> None:
    why = "asks for a browser: Just a moment"
    assert {sentence_or_as_it_stands(why, language) for language in LANGUAGES} == {why}
