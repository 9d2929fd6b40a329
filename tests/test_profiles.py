"""Profiles: how they are written, and how a page is read by one."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.profiles.periods import Profiles, kept_as, profile_of
from crawler.profiles.profile import Profile, ProfileError, Rule
from crawler.profiles.words import form_of, is_nested, named_by
from crawler.readers import read_page
from crawler.readers.families.lacviet import LACVIET
from crawler.routes import listing
from crawler.vocabulary import PageKind
from tests.conftest import run

URL = "http://huyen.example/ra-quan-lam-duong"
PAGE = """<title>Cổng huyện</title><h1>Cổng huyện</h1>
<div class="nav"><a href="/">Trang chủ</a></div>
<div class="ten">Ra quân làm đường</div><span class="muc">Nông thôn mới</span>
<i class="luc">14/06/2021 08:30</i><div class="sapo">Sáng nay hai xã cùng làm đường.</div>
<div class="bai"><p>Ba trăm người đổ bê tông đoạn đường dài một cây số.</p><p>Lượt xem: 12</p>
<div class="in">In bài</div><p>Xem chi tiết <a href="/tep/kh.pdf">tại đây</a>.</p></div>
<div class="tep"><a href="/tep/ds.docx">Danh sách</a></div>
<ul class="khac"><li><a href="/tin-khac">Tin khác</a></li></ul>"""
PROFILE = Profile(
    name="huyen.example",
    pages=9,
    title=(Rule("div.ten", 8, 1),),
    content=(Rule("div.bai", 8),),
    lead=(Rule("div.sapo", 6),),
    published=(Rule("i.luc", 8),),
    category=(Rule("span.muc", 8),),
    files=(Rule("div.tep a", 2),),
    listed=(Rule("ul.ds a", 3),),
    junk=("div.in",),
    furniture=("lượtxem#",),
    menu=("Trang chủ", "Giới thiệu"),
)


def read(html: str, profile: Profile = PROFILE, url: str = URL, **more: datetime):  # noqa: ANN201
    return read_page(html.encode(), url, "text/html; charset=utf-8", profile=profile, **more)


def test_a_page_is_read_by_a_profile() -> None:
    page = read(PAGE)
    assert page.kind == PageKind.ARTICLE
    assert page.article
    article = page.article
    assert article.title == "Ra quân làm đường"
    assert article.lead == "Sáng nay hai xã cùng làm đường."
    assert article.body == "Ba trăm người đổ bê tông đoạn đường dài một cây số."
    assert article.category == "Nông thôn mới"
    assert article.published_at == datetime.fromisoformat("2021-06-14T08:30+07:00")
    assert [file.url.rpartition("/")[2] for file in article.attachments] == ["kh.pdf", "ds.docx"]


def test_the_evidence_names_the_rule_and_how_many_pages_bear_it_out() -> None:
    seen = read(PAGE).evidence
    assert seen["title"] == "div.ten, learnt, 8 of 9"
    assert seen["published_at"] == "i.luc, learnt, 8 of 8"
    assert seen["cms"] == "profile huyen.example"
    assert read(PAGE, replace(PROFILE, pages=0)).evidence["title"] == "div.ten"  # a person's


def test_a_page_that_a_profile_does_not_fit_is_read_as_without() -> None:
    other = "<h1>Họp chợ phiên</h1><time datetime='2021-06-14'></time><p>" + "Chợ họp sớm. " * 30
    assert read(other) == read_page(other.encode(), URL, "text/html; charset=utf-8")
    signed = replace(PROFILE, signs=("meta[name=generator]",))
    assert "profile" not in read(PAGE, signed).evidence["cms"]


@pytest.mark.parametrize(
    ("not_believed", "shown"),
    [
        ((), "14/06/2021 08:30"),
        (("2021-06-14T08:31",), "14/06/2021 08:30"),
        (("2021-06-14",), "14/06/2021 08:30"),  # of a day that many tell, the minute is its own
    ],
)
def test_a_date_is_believed(not_believed: tuple[str, ...], shown: str) -> None:
    page = read(PAGE, replace(PROFILE, not_believed=not_believed))
    assert page.article
    assert page.article.published_raw == shown


@pytest.mark.parametrize(
    ("html", "not_believed"),
    [
        (PAGE, ("2021-06-14T08:30",)),
        (PAGE.replace(" 08:30", ""), ("2021-06-14",)),
        (PAGE.replace("14/06", "31/06"), ()),
    ],
)
def test_a_date_of_a_build_is_none(html: str, not_believed: tuple[str, ...]) -> None:
    page = read(html, replace(PROFILE, not_believed=not_believed))
    assert page.article
    assert page.article.published_at is None


def test_a_date_after_the_capture_is_none() -> None:
    page = read(PAGE, at=datetime(2021, 6, 13, tzinfo=UTC))
    assert page.article
    assert page.article.published_at is None


def test_what_the_menu_names_is_no_article() -> None:
    page = read(PAGE.replace("Ra quân làm đường", "Giới thiệu"))
    assert page.kind == PageKind.OTHER
    assert page.evidence["kind"] == "its name stands in the menu"


def test_a_listing_is_told_by_links_that_no_article_has() -> None:
    rows = "".join(f'<li><a href="/tin-{n}">Tin số {n}</a></li>' for n in range(3))
    page = read(f'<ul class="ds">{rows}<li><a href="/t.pdf">Tệp</a></li></ul><p>{"Chữ. " * 400}')
    assert page.kind == PageKind.LISTING
    assert page.links == tuple(f"http://huyen.example/tin-{n}" for n in range(3))


START = """<link rel="stylesheet" href="/_layouts/LacVietBio/css/news.css">
<ul id="topnav"><li><a href="/">Trang chủ</a></li><li><a href="/thong-bao">Thông báo</a></li></ul>
<a href="/tin-noi-bat">TIN NỔI BẬT</a> <a href="/web/2017/http_/cu.example/tin">Tin cũ</a>
<a href="/tep/lich.pdf">Lịch</a> <a href="http://tinh.example/">Cổng tỉnh</a>
<table><tr><td class="TitleFront"><a href="/ra-quan">Ra quân</a></td></tr>
<tr><td class="TitleFront"><a href="/hop-cho">Họp chợ phiên</a></td></tr></table>"""


def test_a_listing_of_a_form_that_was_not_learnt_is_none_that_is_dated_by_its_links() -> None:
    """Its heading stands where titles do, the dates of its rows where an article has its own."""
    profile = Profile(
        name="mau", pages=9, title=(Rule("h1.ten", 7),), content=(Rule(".bai", 6),),
        published=(Rule(".ngay", 6),), listed=(Rule("h2 a", 2),), articles=("/#/~",),
    )  # fmt: skip
    rows = "".join(
        f'<h2><a href="/{n}/mot-bai-viet">Bài viết thứ {n}</a></h2><p class="ngay">0{n}/03/2020</p>'
        for n in (1, 2)
    )
    heading = '<h1 class="ten">Chuyên mục: Nông thôn mới</h1>'
    listing = read_page((heading + rows).encode(), "http://a.example/muc/nong-thon", None, None,
                        None, profile)  # fmt: skip
    assert listing.kind == PageKind.LISTING
    assert len(listing.links) == 2
    one = heading + '<p class="ngay">01/03/2020</p>'
    page = read_page(one.encode(), "http://a.example/muc/nong-thon", profile=profile)
    assert page.kind == PageKind.ARTICLE, "a notice without a text"


def test_the_start_page_of_what_is_read_for_sure_leads_to_its_lists() -> None:
    page = listing.read(START.encode(), "http://huyen.example/", {"content-type": "text/html"})
    assert page
    assert [found.url for found in page.found] == [
        "http://huyen.example/ra-quan",
        "http://huyen.example/hop-cho",
    ]
    assert page.more_urls == ("http://huyen.example/thong-bao", "http://huyen.example/tin-noi-bat")
    inner = listing.read(START.encode(), "http://huyen.example/tin", {"content-type": "text/html"})
    assert inner
    assert inner.more_urls == ()


def test_a_list_of_one_is_a_listing() -> None:
    html = '<div class="x">Tìm thấy một tin</div><ul class="ds"><li><a href="/tin-1">Tin</a></ul>'
    assert read(html).links == ("http://huyen.example/tin-1",)


def test_inspect_reads_by_a_profile(tmp_path: Path) -> None:
    (tmp_path / "trang.html").write_text(PAGE, "utf-8")
    (tmp_path / "huyen.toml").write_text(PROFILE.to_toml(), "utf-8")
    (tmp_path / "sai.toml").write_text("name = 'a'\ntitel = []", "utf-8")
    asked = ("inspect", "trang.html", "--url", URL)
    told = run(*asked, "--profile", "huyen.toml", "--json", cwd=tmp_path).json()
    assert told["article"]["title"] == "Ra quân làm đường"
    wrong = run(*asked, "--profile", "sai.toml", cwd=tmp_path)
    assert (wrong.code, "sai.toml: has unknown 'titel'" in wrong.err) == (2, True)
    missing = run(*asked, "--profile", "khong-co.toml", cwd=tmp_path)
    assert (missing.code, "khong-co.toml: cannot be read" in missing.err) == (2, True)


def test_a_title_that_is_all_the_article_says_stays() -> None:
    html = '<div class="ten">Nghỉ lễ</div><div class="bai"><p>Nghỉ lễ</p></div>'
    page = read(html)
    assert page.article
    assert page.article.body == "Nghỉ lễ"
    page = read(html.replace("</p>", "</p><p>Cơ quan nghỉ hai ngày.</p>"))
    assert page.article
    assert page.article.body == "Cơ quan nghỉ hai ngày."


def test_a_rule_that_holds_the_text_does_not_take_it_away() -> None:
    page = read(
        PAGE, replace(PROFILE, title=(Rule("body"), Rule("div.ten")), content=(Rule("body"),))
    )
    assert page.article
    assert "Ba trăm người" in page.article.body


@pytest.mark.parametrize("profile", [PROFILE, LACVIET, Profile(name='a "b" \\ c \x7f\n')])
def test_a_profile_is_read_as_it_is_written(profile: Profile) -> None:
    assert Profile.from_toml(profile.to_toml()) == profile


texts = st.lists(st.text(), max_size=3).map(tuple)


@given(st.text(), texts, texts, st.booleans())
def test_whatever_is_in_it(
    name: str, menu: tuple[str, ...], days: tuple[str, ...], elsewhere: bool
) -> None:
    profile = Profile(name=name, menu=menu, not_believed=days, dates_elsewhere=elsewhere)
    assert Profile.from_toml(profile.to_toml()) == profile


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("name = ", "is no TOML"),
        ("pages = 3", "lacks 'name'"),
        ("name = 'a'\ntitel = []", "has unknown 'titel'; known: name, pages, signs"),
        ("name = 'a'\ntitle = ['h1']", r"has a \[\[title\]\] without 'selector'"),
        ("name = 'a'\ntitle = 'h1'", r"has 'title' that is no \[\[title\]\]"),
        ("name = 'a'\n[[title]]\nselector = 'h1'\nsure = 1", "with unknown 'sure'"),
        ("name = 'a'\n[[title]]\nselector = 'h1['", "has in 'title' no CSS selector: 'h1\\['"),
        ("name = 'a'\n[[title]]\nselector = ' '", "has in 'title' no CSS selector"),
        ("name = 'a'\n[[title]]\nselector = 'h1'\nsupport = -1", "whose 'support' is no number"),
        ("name = 'a'\njunk = ['p', '>']", "has in 'junk' no CSS selector"),
        ("name = 'a'\nmenu = [1]", "has 'menu' that is no list of strings"),
        ("name = 'a'\npages = true", "has 'pages' that is no number"),
        ("name = 'a'\ndates_elsewhere = 1", "neither true nor false"),
        ("name = 'a'\nfamilies_first = 1", "neither true nor false"),
        ("name = 'a'\nsince = '12/8'", "has 'since' that is no day"),
    ],
)
def test_what_is_wrong_in_a_profile_is_told(toml: str, message: str) -> None:
    with pytest.raises(ProfileError, match=message):
        Profile.from_toml(toml)


def test_the_docs_tell_every_key() -> None:
    docs = (Path(__file__).parents[1] / "docs" / "families.md").read_text("utf-8")
    missing = [field.name for field in fields(Profile) if f"| `{field.name}` |" not in docs]
    assert not missing


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("http://a.example/tin-tuc/xa-ban-mau-khanh-thanh-cau-1200371", "/tin-tuc/~-#"),
        ("http://a.example/xem.php?id=12&trang=3", "/xem.php?id=#&trang=#"),
        ("http://a.example/article?item=d41d8cd98f00b204e9800998ecf8427e", "/article?item=*"),
        ("http://a.example/tin/2021/06/ra-quan-lam-duong.html", "/tin/#/#/~.html"),
        ("http://a.example/", "/"),
    ],
)
def test_a_form_of_address(url: str, form: str) -> None:
    assert form_of(url) == form


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://a.example/tin/ra-quan-lam-duong-118.html", "raquanlamduong"),
        ("http://a.example/ra-quan-lam-duong/", "raquanlamduong"),
        ("http://a.example/tin-tuc", ""),
        ("http://a.example/xem.php?id=3", ""),
    ],
)
def test_the_words_of_an_address(url: str, words: str) -> None:
    assert named_by(url) == words


def test_an_address_in_an_address() -> None:
    assert is_nested("http://a.example/web/2017/http_/a.example/tin")
    assert not is_nested("http://a.example/http-la-gi")


def test_an_article_that_is_divided_is_read_with_its_parts() -> None:
    def divided(pager: str) -> str:
        text = f'<div class="bai"><p>Ba trăm người đổ bê tông.</p>Trang: {pager}'
        return PAGE.replace('<div class="bai">', text)

    page = read(divided('<b>1</b> <a href="?page=2">2</a>'))
    assert page.parts == (f"{URL}?page=2",)
    further = read(divided(f'<a href="{URL}">1</a> <b>2</b>'), url=f"{URL}?page=2")
    assert further.kind == PageKind.PART


def test_a_page_of_another_template_is_not_read_by_a_profile() -> None:
    marked = replace(PROFILE, template=("div.nav", "div.sapo", "#chan", ".dau", ".cuoi"))
    assert read(PAGE, marked).profile is None
    assert read(PAGE + '<p id="chan"></p>', marked).profile == "huyen.example"


def test_a_family_that_knows_a_page_goes_before_a_profile_that_says_so() -> None:
    html = '<meta name="generator" content="WordPress 5.1"><body class="single">' + PAGE
    html = html.replace("<h1>Cổng huyện</h1>", '<h1 class="entry-title">Ra quân</h1>')
    html = html.replace('<div class="bai">', '<div class="entry-content">')
    by_family = read(html, replace(PROFILE, families_first=True))
    assert (by_family.profile, by_family.evidence["cms"].partition(":")[0]) == (None, "wordpress")
    assert read(html).profile == "huyen.example"
    last = read_page(PAGE.encode(), URL, "text/html", "generic", profile=[
        replace(PROFILE, families_first=True)
    ])  # fmt: skip
    assert last.profile == "huyen.example", "the general reader is what is left"


OLD, NEW = replace(PROFILE, name="cu"), replace(PROFILE, name="moi", since="2019-08-12")


@pytest.mark.parametrize(
    ("day", "first"), [("2014-01-01", "cu"), ("2019-08-11", "cu"), ("2019-08-12", "moi")]
)
def test_a_page_is_read_by_the_profile_of_its_time(day: str, first: str) -> None:
    profiles = Profiles.of((), [NEW, OLD])
    at = datetime.fromisoformat(f"{day}T12:00+07:00")
    assert profiles.at(at)[0].name == first
    assert {one.name for one in profiles.at(at)} == {"cu", "moi"}, "the other is tried after it"


def test_what_is_written_comes_before_what_is_learnt() -> None:
    at = datetime(2014, 1, 1, tzinfo=UTC)
    assert Profiles.of([NEW], [OLD]).at(at)[0].name == "moi"


def test_what_is_provisional_comes_behind_what_is_learnt() -> None:
    begun = Profile(name="begun", provisional=True)
    assert Profile.from_toml(begun.to_toml()) == begun
    profiles = Profiles.of([begun, Profile(name="written")], [Profile(name="learnt")])
    tried = [one.name for one in profiles.at(datetime(2020, 1, 1, tzinfo=UTC))]
    assert tried == ["written", "learnt", "begun"]


def test_an_archive_keeps_a_profile_as_it_is() -> None:
    kept = kept_as(NEW, known=40, learnt_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert (kept.since, kept.support, kept.known) == ("2019-08-11T17:00:00Z", 9, 40)
    assert replace(profile_of(kept), since=NEW.since) == NEW
    assert Profile.from_toml(NEW.to_toml()) == NEW


@pytest.mark.parametrize(
    ("html", "lead"),
    [
        ("<p><strong>Tóm tắt của bài.</strong></p><p>Nội dung.</p>", "Tóm tắt của bài."),
        ("<p><b><strong>Tóm tắt của bài.</strong></b></p><p>Nội dung.</p>", "Tóm tắt của bài."),
        ("<p>Xã đã <strong>về đích sớm</strong> một năm.</p>", None),
        ("<p><b>Xã đã <strong>về đích sớm</strong></b></p>", None),
    ],
)
def test_bold_words_of_a_sentence_are_no_lead(html: str, lead: str | None) -> None:
    profile = Profile(
        name="a", title=(Rule("h1"),), content=(Rule(".bai"),), lead=(Rule(".bai strong"),)
    )
    page = read_page(f'<h1>Tên bài</h1><div class="bai">{html}</div>'.encode(),
                     "http://a.example/x/1", profile=profile)  # fmt: skip
    assert page.article
    assert page.article.lead == lead
    assert "về đích sớm" in page.article.body or lead
