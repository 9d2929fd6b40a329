"""A portal of a kind that nobody knows is learnt while it is crawled, and read right from then."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from crawler.learner import taught, together
from crawler.profiles.learning import Sample
from crawler.profiles.learning.templates import parted, template_of, worth_learning_from
from crawler.profiles.periods import Profiles
from crawler.readers import read_page
from crawler.sites import Site
from crawler.vocabulary import PageKind
from tests.conftest import Archived, long
from tests.makers import Portal, portals
from tests.raw import QUICK, Asked, RawServer, answer, held, listing, lone, of_pages
from tests.raw import Portal as Serve
from tests.test_taught import proved, served, site_of, titles
from tests.warcs import page as archived_page
from tests.web_archive import remembering

PORTALS = {portal.name: portal for portal in portals()}
SITE = Site(key="test", name="Huyện Thử", base_url="http://huyen.example/", cms="generic")
HTML = "text/html; charset=utf-8"
TEXT = (
    "nhân dân các xã đã góp ngày công sửa đường liên thôn trước mùa mưa lũ huyện tổ chức hội nghị "
    "tổng kết phong trào trồng rừng đầu nguồn trạm y tế tiêm chủng cho trẻ em học sinh khai giảng "
    "lễ hội thu hút đông đảo du khách hợp tác xã chè sạch mở rộng diện tích vùng nguyên liệu"
)
WORDS = TEXT.split(" ")
EARLY, LATE = datetime(2014, 3, 1, tzinfo=UTC), datetime(2019, 8, 1, tzinfo=UTC)


def true_titles(portal: Portal) -> dict[str, str]:
    return {path: page.story.title for path, page in portal.pages.items() if page.story}


def samples(portal: Portal, at: datetime, most: int = 14) -> list[Sample]:
    """Return the first pages of a portal, received one a day."""
    chosen = list(portal.pages.items())[:most]
    host = SITE.base_url.rstrip("/")
    return [
        Sample(host + path, page.body, HTML, at + timedelta(days=number))
        for number, (path, page) in enumerate(chosen)
    ]


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[RawServer]:
    yield from served(PORTALS[request.param])


@pytest.mark.parametrize(
    ("server", "name"),
    [("cells", "cells"), ("hashes", "hashes"), long("cards", "cards"), long("rows", "rows")],
    indirect=["server"],
)
def test_a_portal_that_nobody_prepared_is_learnt_in_its_crawl(
    archived: Archived, server: RawServer, name: str
) -> None:
    portal = PORTALS[name]
    site_of(archived, server).crawl(code=None)
    assert titles(archived) == true_titles(portal)
    for row in archived.rows("SELECT url, published_at FROM articles"):
        story = portal.pages["/" + row["url"].split("/", 3)[3]].story
        day = story.date.date().isoformat() if story and story.shows_date else None
        assert (row["published_at"] or "")[:10] == (day or ""), row
    (profile,) = archived.rows("SELECT * FROM profiles")
    assert profile["learnt_at"]
    assert profile["is_applied"] == 1
    assert archived.rows("SELECT DISTINCT profile FROM articles") == [{"profile": profile["name"]}]
    assert not archived.rows("SELECT * FROM signs WHERE sign <> 'no way on'")
    for path in portal.pages:  # the start page and lists are asked for as a route, too
        assert server.asked.count(path) <= (1 if path in true_titles(portal) else 3), path
    proved(archived)


def test_a_route_without_end_does_not_put_off_learning(portal: Serve) -> None:
    """Learning begins when nothing is under way: pages of a route wait for it, too."""
    pages = lone(8) | {"/": listing([*lone(8)])}

    def answered(asked: Asked) -> bytes:
        if asked.path.startswith("/wp-json"):
            post = json.dumps([{"id": asked.count, "link": f"/tin/kin-{hash(asked.target)}.html"}])
            return answer(post, "application/json", "200 OK", "X-WP-TotalPages: 9999")
        return of_pages(pages)(asked)

    archived, server = portal(answered)
    archived.crawl(*QUICK, "-s", "REQUESTS_MAX=40", code=None)
    assert held(archived) >= 6
    assert server.asked.index("/tin/bai-6.html") < 20
    assert sum("wp-json" in target for target in server.asked) > 5, "then it is walked on"


@pytest.mark.parametrize("server", ["cells"], indirect=True)
def test_what_an_older_version_received_is_learnt_and_read_again(
    archived: Archived, server: RawServer
) -> None:
    """The pages are in the archive, and nothing was learnt of them."""
    site_of(archived, server)
    archived.crawl("-s", "SPIDER_LOADER_CLASS=tests.unlearning.Loader", code=None)
    assert titles(archived) != true_titles(PORTALS["cells"])
    asked = {path: server.asked.count(path) for path in titles(archived)}
    archived.crawl(code=None)
    assert titles(archived) == true_titles(PORTALS["cells"])
    assert {path: server.asked.count(path) for path in asked} == asked
    proved(archived)


def test_a_portal_that_changes_its_template_is_read_right_before_and_after(
    archived: Archived,
) -> None:
    moving = Portal("moving", "huyen.example", PORTALS["cells"].pages)
    for server in served(moving):
        site_of(archived, server).crawl(code=None)
        assert titles(archived) == true_titles(PORTALS["cells"])
        moving.pages = moving.pages | PORTALS["cards"].pages  # what was there stays as it was
        archived.crawl(code=None)
        assert titles(archived) == true_titles(PORTALS["cells"]) | true_titles(PORTALS["cards"])
        old, new = archived.rows('SELECT name, "from" FROM profiles ORDER BY "from"')
        assert old["from"] < new["from"]
        read = archived.rows("SELECT profile, count(*) AS n FROM articles GROUP BY 1 ORDER BY 1")
        assert read == [{"profile": old["name"], "n": 30}, {"profile": new["name"], "n": 30}]
        proved(archived)


def test_a_web_archive_has_both_templates_in_any_order(archived: Archived) -> None:
    host = SITE.base_url.rstrip("/")
    seen = [
        archived_page(
            host + path, page.body, at + timedelta(days=number), "text/html; charset=utf-8"
        )
        for portal, at in ((PORTALS["cells"], EARLY), (PORTALS["cards"], LATE))
        for number, (path, page) in enumerate(portal.pages.items())
        if page.story or (path != "/" and page.kind == "listing")
    ]
    archived.describe(SITE.base_url, cms="generic")
    with remembering(seen) as machine:
        archived.crawl("--wayback", machine.url, code=None)
    assert titles(archived) == true_titles(PORTALS["cells"]) | true_titles(PORTALS["cards"])
    assert len(archived.rows("SELECT * FROM profiles")) == 2
    proved(archived)


# What is learnt of pages, without a crawl


def test_the_templates_of_a_site_are_parted_by_their_times() -> None:
    old, new = samples(PORTALS["cells"], EARLY), samples(PORTALS["cards"], LATE)
    both = [*old, *new]
    random.Random(3).shuffle(both)
    assert [{one.url for one in some} for some in parted(both)] == [
        {one.url for one in old}, {one.url for one in new},
    ]  # fmt: skip
    assert len(parted([*old, *samples(PORTALS["cards"], EARLY)])) == 1, "at one time it has one"
    assert parted([]) == []


def test_each_template_is_learnt_and_its_pages_are_known() -> None:
    old, new = samples(PORTALS["cells"], EARLY), samples(PORTALS["cards"], LATE)
    both = [*new, *old]
    first, second = taught(SITE, both)
    assert taught(SITE, [*reversed(both)]) == (first, second)
    assert (first.begins, second.begins) == (EARLY, LATE)
    assert first.families_first
    assert not set(first.template) & set(second.template)
    profiles = Profiles.of((), (first, second))
    for one in both:
        assert one.at
        page = read_page(
            one.body, one.url, one.content_type, "generic", one.at, profiles.at(one.at)
        )
        if page.kind == PageKind.ARTICLE:
            assert page.profile == (first.name if one in old else second.name)
        wrong_time = profiles.at(LATE if one in old else EARLY)
        again = read_page(one.body, one.url, HTML, "generic", one.at, wrong_time)
        assert (again.kind, again.profile) == (page.kind, page.profile), "its template tells"


def test_what_is_learnt_anew_of_a_template_keeps_its_name_and_the_others_stay() -> None:
    old, new = samples(PORTALS["cells"], EARLY), samples(PORTALS["cards"], LATE)
    before = taught(SITE, [*old, *new])
    (later,) = taught(SITE, samples(PORTALS["cards"], LATE + timedelta(days=3), 20))
    assert later.name not in {one.name for one in before}
    kept = together(before, [later])
    assert [(one.name, one.since) for one in kept] == [(one.name, one.since) for one in before]
    assert kept[1].title == later.title
    assert together(before, ()) == before


def test_a_site_that_a_family_reads_well_teaches_nothing() -> None:
    html = (
        '<html><head><meta name="generator" content="WordPress 5.1"></head><body class="single">'
        '<div id="trang"><a href="/">Huyện</a> {links}</div><article class="post">'
        '<h1 class="entry-title">{title}</h1><div class="entry-content"><p>{text}</p></div>'
        "</article></body></html>"
    )
    names = [f"Xã thứ {n} ra quân làm đường bê tông" for n in range(12)]
    links = "".join(f'<a href="/tin-{n}/">{name}</a>' for n, name in enumerate(names))
    pages = [
        Sample(
            f"{SITE.base_url}tin-{n}/",
            html.format(
                title=name, links=links, text=f"Sáng {n}/6, bà con làm đường. " * 20
            ).encode(),
        )
        for n, name in enumerate(names)
    ]
    unknown = Site(key="test", name="Huyện", base_url=SITE.base_url, cms=None)
    assert taught(unknown, pages) == ()
    assert taught(SITE, []) == ()


def test_pages_that_lead_to_each_other_are_worth_learning_from() -> None:
    portal = PORTALS["cards"]
    everything = samples(portal, EARLY, most=99)
    chosen = worth_learning_from(everything, 14)
    assert chosen == worth_learning_from(everything[::-1], 14)
    assert len(chosen) == 14
    kinds = [portal.pages["/" + one.url.split("/", 3)[3]].kind for one in chosen]
    assert 7 <= kinds.count("article") <= 11
    assert SITE.base_url in {one.url for one in chosen}


def test_too_few_names_tell_no_template() -> None:
    assert template_of(samples(PORTALS["rows"], EARLY)) == ()


def test_a_list_that_was_taken_for_an_article_in_parts_is_none_once_it_is_learnt(
    portal: Serve,
) -> None:
    menu = '<div class="menu"><a href="/tin-tuc">Tin tức</a></div>'

    def frame(title: str, inner: str) -> str:
        return (
            f'<html lang="vi"><head><title>{title} | Huyện Mẫu</title></head><body>{menu}{inner}'
            "<footer>Ủy ban nhân dân huyện Mẫu, giấy phép số 12</footer></body></html>"
        )

    def story(n: int) -> str:
        rng = random.Random(n)
        text = "".join(f"<p>{' '.join(rng.choices(WORDS, k=45))}.</p>" for _ in range(4))
        inner = (
            f'<section><h1 class="ten">{title(n)}</h1><span class="ngay">{n + 1:02}/03/2021</span>'
        )
        return frame(title(n), f'{inner}<article class="nd">{text}</article></section>')

    def title(n: int) -> str:
        return " ".join(random.Random(-n).choices(WORDS, k=9)).capitalize()

    def some(numbers: range, pager: str = "") -> str:
        items = "".join(
            f'<p><a href="/ban-tin/bai-a{n}.html">{title(n)}</a> <i>{n + 1:02}/03/2021</i> '
            f"{' '.join(random.Random(n).choices(WORDS, k=28))}...</p>"
            for n in numbers
        )
        return frame("Tin tức", f"<h2>Tin tức</h2><div>{items}</div>{pager}")

    def page_of(k: int) -> str:
        numbers = "".join(
            f"<b>{n}</b> " if n == k else f'<a href="/tin-tuc?trang={n}">{n}</a> '
            for n in (1, 2, 3)
        )
        return some(range(8 * (k - 1), 8 * k), f'<div class="so-trang">{numbers}</div>')

    pages = {f"/ban-tin/bai-a{n}.html": story(n) for n in range(24)}
    lists = {f"/tin-tuc?trang={k}": page_of(k) for k in (1, 2, 3)}
    archived, server = portal(
        of_pages({"/": some(range(5)), "/tin-tuc": page_of(1)} | lists | pages)
    )
    archived.crawl(*QUICK, code=None)
    assert archived.urls() == {server.url + path for path in pages}
    assert archived.rows("SELECT * FROM captures WHERE part_of IS NOT NULL"), "it was taken for one"
