"""What sites teach: portals in markup that no reader was written for, learnt and read whole."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import unknown
from bench.unknown import Site
from crawler.page import Article
from crawler.profiles.learning import MOST_PAGES, Sample, learn, worth_asking
from crawler.profiles.learning.choosing import FEWEST_PAGES
from crawler.profiles.profile import Profile
from crawler.readers import read_page
from crawler.vocabulary import PageKind
from tests.conftest import run
from tests.makers import Portal, portals, stories
from tests.raw import NOT_FOUND, Asked, answer, of_pages, raw_server
from tests.strategies import html as any_html

PORTALS = {portal.name: portal for portal in portals()}
SITES = {site.name: site for site in unknown.made_sites()}


def samples(portal: Portal, articles: int = 7, listings: int = 3) -> list[Sample]:
    """Return some pages of a portal: its start page, listings and newest articles."""
    kinds = {"listing": listings, "article": articles}
    chosen = []
    for path, served in portal.pages.items():
        if kinds.get(served.kind, 0):
            kinds[served.kind] -= 1
            chosen.append(Sample(portal.url(path), served.body))
    return chosen


@pytest.mark.parametrize("name", SITES)
def test_a_portal_that_nobody_prepared_is_read(name: str) -> None:
    site = SITES[name]
    profile, asked, _ = unknown.learnt(site)
    assert profile
    assert asked <= FEWEST_PAGES
    score = unknown.judge(site, unknown.readers(profile)["learnt"])
    assert not unknown.missed(score), score.failures[:5]
    assert score.wrong_dates == 0
    assert score.mean("furniture") == 0
    assert (score.mean("kinds") or 0) >= 0.97


@pytest.mark.parametrize("name", sorted(PORTALS.keys() - {"cards"}))
def test_the_general_reader_reads_no_title_there(name: str) -> None:
    """Else these portals would show nothing. (The cards call their titles so.)"""
    score = unknown.judge(SITES[name], unknown.readers(None)["general"])
    assert (score.mean("titles") or 0) < 0.1


@pytest.mark.parametrize("name", PORTALS)
def test_the_same_pages_teach_the_same_in_any_order(name: str) -> None:
    pages = samples(PORTALS[name])
    profile = learn(pages, name)
    assert profile
    random.Random(1).shuffle(pages)
    assert learn([*pages, pages[0]], name) == profile
    assert Profile.from_toml(profile.to_toml()) == profile


def test_a_build_is_no_date() -> None:
    portal = PORTALS["hashes"]
    profile = learn(samples(portal), "hashes")
    assert profile
    assert "2020-01-09T16:42" in profile.not_believed
    built = [s for s in portal.pages.values() if s.story and not s.story.shows_date]
    assert built
    for path, served in portal.pages.items():
        page = read_page(served.body, portal.url(path), profile=profile)
        if served.story and page.article:
            assert (page.article.published_at is not None) == served.story.shows_date


def test_a_clock_is_no_date() -> None:
    profile = learn(samples(PORTALS["cells"]), "cells")
    assert profile
    assert [rule.selector for rule in profile.published] == ["td.ngaytin"]


def test_what_pages_contradict_is_not_believed() -> None:
    """One title on all pages is the site's, whatever the links to them say."""
    body = "<h1>Cổng huyện</h1><p>{}</p>" + "".join(
        f'<a href="/tin-{n}">Bản tin thứ {n} của huyện</a>' for n in range(6)
    )
    pages = [
        Sample(f"http://a.example/tin-{n}", body.format(n * "Chữ ").encode()) for n in range(6)
    ]
    assert learn(pages, "a") is None


def test_too_little_teaches_nothing() -> None:
    assert learn([], "a") is None
    assert learn(samples(PORTALS["cards"])[:1], "a") is None
    picture = Sample("http://a.example/a.jpg", b"\xff\xd8", "image/jpeg")
    assert learn([picture, replace(picture, url="http://a.example/b.jpg")], "a") is None


def test_only_so_many_pages_are_learnt_from() -> None:
    portal = PORTALS["cells"]
    profile = learn(samples(portal, articles=40, listings=9), "cells")
    assert profile
    assert profile.pages == MOST_PAGES


def test_worth_asking_are_titles_and_sections_of_the_site_itself() -> None:
    portal = PORTALS["cells"]
    start = Sample(portal.url("/"), portal.pages["/"].body)
    urls = worth_asking([start])
    assert len(urls) == FEWEST_PAGES - 1
    paths = [url.removeprefix(portal.url("")) for url in urls]
    kinds = [portal.pages[path].kind for path in paths]
    assert kinds.count("article") >= 5
    assert kinds.count("listing") >= 3
    assert worth_asking([start], most=1) == ()


def test_a_copy_that_names_another_host_as_its_base_is_learnt() -> None:
    portal = PORTALS["cards"]
    moved = [
        replace(one, body=one.body.replace(b"<head>", b'<head><base href="http://cu.example/">'))
        for one in samples(portal)
    ]
    profile = learn(moved, "cards")
    assert profile
    article = next(one for one in moved if b"ten-tin" in one.body)
    page = read_page(article.body, article.url, profile=profile)
    assert page.kind == PageKind.ARTICLE
    assert page.article
    assert page.article.published_at


@pytest.fixture
def served() -> Iterator[str]:
    """A portal in tables on loopback; what it does not have is 404."""
    pages = PORTALS["cells"].pages

    def answered(asked: Asked) -> bytes:
        page = pages.get(asked.target)
        return answer(page.body) if page else NOT_FOUND

    with raw_server(answered) as server:
        yield f"{server.url}/"


def test_a_portal_is_learnt_by_a_command(served: str, tmp_path: Path) -> None:
    done = run("learn", served, "--output", "huyen.toml", cwd=tmp_path)
    assert done.code == 0, done.err
    profile = Profile.from_toml((tmp_path / "huyen.toml").read_text("utf-8"))
    assert [rule.selector for rule in profile.title] == ["td.tieudetin"]
    assert profile.pages == FEWEST_PAGES
    assert "without" in done.out
    again = run("learn", served, "--output", "huyen.toml", cwd=tmp_path)
    assert (again.code, "exists already" in again.err) == (2, True)
    other = run("learn", served, "http://127.0.0.1:9/", cwd=tmp_path)
    assert (other.code, "of several hosts" in other.err) == (2, True)


def test_pages_of_which_none_is_an_article_teach_nothing(tmp_path: Path) -> None:
    """A portal that is down for works shows its titles, and nothing that can be read."""
    names = {f"/tin-{n}": f"Bản tin thứ {n} của huyện Mẫu" for n in range(6)}
    shut = "<p>Website đang được nâng cấp, bảo trì.</p>"
    pages = {path: f'{shut}<div class="ten">{name}</div>' for path, name in names.items()}
    links = "".join(f'<li><a href="{path}">{name}</a></li>' for path, name in names.items())
    with raw_server(of_pages({"/": shut + links, **pages})) as server:
        done = run("learn", f"{server.url}/", "--output", "huyen.toml", cwd=tmp_path)
    assert (done.code, "7 pages teach nothing" in done.err) == (1, True), done.err
    assert not (tmp_path / "huyen.toml").exists()


@given(st.lists(any_html, min_size=2, max_size=4))
def test_no_pages_make_learning_raise(pages: list[str]) -> None:
    found = [Sample(f"http://a.example/tin-{n}", page.encode()) for n, page in enumerate(pages)]
    worth_asking(found)
    profile = learn(found, "a")
    for one in found:
        read_page(one.body, one.url, profile=profile)


def test_a_site_of_a_bench_is_what_it_says() -> None:
    assert all(isinstance(site, Site) and len(site.pages) > 30 for site in SITES.values())


def test_a_sentence_that_authors_write_again_and_again_stays() -> None:
    """What stands in nearly all texts, or is no sentence, is the site's."""
    often = "Mọi ý kiến đóng góp xin gửi về bộ phận một cửa trong giờ hành chính."
    pages = []
    for n, story in enumerate(s for s in stories(7, 30) if s.paragraphs):
        text = "".join(f"<p>{p}</p>" for p in story.paragraphs)
        text += f"<p>{often}</p>" if n % 2 else ""
        text += "<p>In bài này</p>"
        html = f'<h2 class="ten">{story.title}</h2><div class="bai">{text}</div>'
        pages.append(Sample(f"http://a.example/{story.slug}-{n}", html.encode()))
    profile = learn(pages[:10], "a")
    assert profile
    assert profile.furniture == ("inbàinày",)
    page = read_page(pages[1].body, pages[1].url, profile=profile)
    assert page.article
    assert often in page.article.body
    assert "In bài này" not in page.article.body


def test_what_stands_on_all_articles_is_no_text_where_most_pages_are_lists() -> None:
    """A form for comments stands on no list, so that it is not what most pages say."""
    told = ("khởi công", "khánh thành", "nghiệm thu", "sửa chữa")
    titles = [f"Xã Bản Mẫu {how} cầu treo qua suối Nặm" for how in told]
    links = [f'<h2 class="ten"><a href="/tin/{n}.html">{t}</a></h2>' for n, t in enumerate(titles)]
    form = "<p>Gửi bình luận của bạn</p><p>Thư điện tử sẽ không được hiện ra.</p>" * 3
    head = "<body><div class=dau>Cổng thông tin điện tử huyện Mẫu</div><div id=khung>"
    pages = [
        Sample(f"http://mau.example{path}", f"<html>{head}{''.join(links)}</div>".encode())
        for path in ("/", *(f"/nhan/muc-{name}" for name in "abcdefgh"))
    ]
    for number, (how, title) in enumerate(zip(told, titles, strict=True)):
        words = f"Sáng nay, xã {how} cây cầu thứ {how} dài hai mươi mét, bà con góp công {how}."
        text = (
            f"<h1 class=ten-bai>{title}</h1><div class=bai><p>{words}</p><p>{words[::-1]}</p></div>"
        )
        body = f"<html>{head}{text}<div class=phan-hoi>{form}</div></div>"
        pages.append(Sample(f"http://mau.example/tin/{number}.html", body.encode()))
    profile = learn(pages, "mau")
    assert profile
    assert [rule.selector for rule in profile.content] == ["div.bai"]


SHARED = 'src="/anh/truso.jpg"'
CAPTION = "Trụ sở Ủy ban nhân dân huyện nhìn từ phía bờ sông"


def small_portal(top: str, middle: str = "") -> list[Sample]:
    """Return four articles that all show the same above or within their texts."""
    pages = []
    for n, story in enumerate([s for s in stories(7, 30) if len(s.paragraphs) > 2][:4]):
        first, *rest = (f"<p>{p}</p>" for p in story.paragraphs)
        shown = f"<i>{top}</i>{first}{middle}{''.join(rest)}".replace("NUMBER", str(n))
        html = f'<h2 class="ten">{story.title}</h2><div class="bai">{shown}</div>'
        pages.append(Sample(f"http://a.example/{story.slug}-{n}", html.encode()))
    return pages


def read_as_learnt(pages: list[Sample], other: Sample | None = None) -> Article:
    """Return what is read of the first page, or of another, by what is learnt from four."""
    profile = learn(pages, "a")
    assert profile
    assert [rule.selector for rule in profile.content] == ["div.bai"]
    one = other or pages[0]
    article = read_page(one.body, one.url, profile=profile).article
    assert article
    return article


@pytest.mark.parametrize(
    ("top", "middle"),
    [
        (f"<figure><img {SHARED}><figcaption>{CAPTION}</figcaption></figure>", ""),
        (f"<div class=anh><img {SHARED}><p class=chu-thich>{CAPTION}</p></div>", ""),
        ("", f"<p><img {SHARED} width=640 height=480></p>"),
        ("", f"<p><img {SHARED} width='640px'></p>"),
    ],
)
def test_a_photo_that_most_articles_of_a_small_portal_share_is_no_icon(
    top: str, middle: str
) -> None:
    article = read_as_learnt(small_portal(top, middle))
    assert [image.url for image in article.images] == ["http://a.example/anh/truso.jpg"]
    assert article.images[0].caption == (CAPTION if top else None)
    assert CAPTION not in article.body


@pytest.mark.parametrize(
    ("top", "middle"),
    [
        (f"<img {SHARED}>", ""),
        (f"<img {SHARED} width=640 height=480>", ""),  # in front of all prose: a banner
        ("", f"<p><img {SHARED}></p>"),
        ("", f"<p><img {SHARED} width=640 height=60></p>"),
    ],
)
def test_what_most_articles_show_without_a_caption_is_an_icon(top: str, middle: str) -> None:
    assert not read_as_learnt(small_portal(top, middle)).images


def test_what_holds_the_place_of_photos_is_no_icon() -> None:
    lazy = '<p><img src="/cho.gif" data-src="/anh/NUMBER.jpg"></p>'
    article = read_as_learnt(small_portal("", lazy))
    assert [image.url for image in article.images] == ["http://a.example/anh/0.jpg"]


@pytest.mark.parametrize(
    "figure",
    [
        f"<figure><a href=/x><img {SHARED}></a><figcaption>{CAPTION}</figcaption></figure>",
        f"<div class=wp-caption><img {SHARED}><p class=wp-caption-text>{CAPTION}</p></div>",
        f"<div><p><img {SHARED}></p><p class=chu-thich>Trụ sở Ủy ban</p>"
        "<p class=chu-thich>nhân dân huyện</p></div>",
    ],
)
def test_the_caption_of_a_picture_that_is_left_out_goes_with_it(figure: str) -> None:
    pages = small_portal(f"<img {SHARED}>")
    captioned = pages[0].body.replace(f"<i><img {SHARED}></i>".encode(), figure.encode())
    assert captioned != pages[0].body
    article = read_as_learnt(pages, Sample(pages[0].url, captioned))
    assert not article.images
    assert article.body == read_as_learnt(pages).body
    assert "Trụ sở" not in article.body


def test_what_only_looks_like_a_caption_stays_where_its_picture_is_left_out() -> None:
    pages = small_portal(f"<img {SHARED}>")
    line = "<p><em>Sáng nay bà con thôn Nà Lẹng ra đồng từ rất sớm.</em></p>"
    body = pages[0].body.replace(b"</i>", b"</i>" + line.encode(), 1)
    article = read_as_learnt(pages, Sample(pages[0].url, body))
    assert not article.images
    assert article.body.startswith("Sáng nay bà con thôn Nà Lẹng ra đồng")
