"""``tinhuyen learn``: what a person says of the fields of a portal, and where its profile lies."""

import gzip
import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.learner import are_of_one_template
from crawler.profiles.learning import Lesson, Sample
from crawler.profiles.profile import Profile, Rule
from crawler.readers import read_page
from crawler.sites import Site, all_sites
from crawler.vocabulary import Field
from tests import warcs
from tests.conftest import Archived, Run, run
from tests.makers import CATEGORIES, Portal, Story, portals
from tests.raw import NOT_FOUND, Asked, RawServer, answer, raw_server
from tests.test_taught import served, site_of
from tinhuyen.errors import Refused
from tinhuyen.packaged import is_package, packaged_pages
from tinhuyen.profiles import merged
from tinhuyen.saved import own_address, saved_pages
from tinhuyen.sources import of_one_template

PORTALS = {portal.name: portal for portal in portals()}
CELLS = PORTALS["cells"]
ROOT = Path(__file__).parents[1]


def pages(portal: Portal, most: int = 14) -> list[Sample]:
    return [Sample(portal.url(p), page.body) for p, page in [*portal.pages.items()][:most]]


def stories(portal: Portal) -> list[Story]:
    return [page.story for page in [*portal.pages.values()][:14] if page.story]


@pytest.mark.parametrize(
    ("name", "field", "selector"),
    [
        ("cards", Field.TITLE, "h2.ten-tin"),
        ("cards", Field.CATEGORY, "div.duong-dan > a:nth-of-type(2)"),
        ("cards", Field.CONTENT, "div.noi-dung-tin"),
        ("cells", Field.PUBLISHED, "td.ngaytin"),
        ("cells", Field.LEAD, "td.trich"),
        ("rows", Field.TITLE, "font > b"),
        ("rows", Field.PUBLISHED, "#giua > i"),
        ("hashes", Field.PUBLISHED, "span.t"),
        ("hashes", Field.CONTENT, "div.txt"),
    ],
)
def test_words_of_a_page_become_a_rule(name: str, field: Field, selector: str) -> None:
    portal, story = PORTALS[name], next(s for s in stories(PORTALS[name]) if s.paragraphs)
    words = {
        Field.TITLE: story.title.upper(),
        Field.PUBLISHED: f"{story.date:%d/%m/%Y}",
        Field.CONTENT: story.paragraphs[-1],
        Field.LEAD: story.lead,
        Field.CATEGORY: CATEGORIES[story.category],
    }
    lesson = Lesson(pages(portal))
    found = lesson.pointed(field, words[field], lesson.profile(name))
    assert found
    assert found.rule.selector == selector
    assert (found.rule.against, found.rule.is_a_persons) == (0, True)


def test_a_title_that_is_pointed_at_teaches_all_the_rest() -> None:
    """Addresses that say nothing, and links that all say "Xem tiếp": no page tells its title."""
    html = (
        '<div class="dau"><h1>Huyện Mẫu</h1></div><div class="tin"><b class="ten">{title}</b>'
        '<i class="ngay">{day:02}/03/2019</i><div class="bai"><p>{text}</p></div></div>'
    )
    samples = [
        Sample(
            f"http://huyen.example/x/{n}",
            html.format(title=s.title, day=n + 1, text=" ".join(s.paragraphs) * 3).encode(),
        )
        for n, s in enumerate(s for s in stories(CELLS) if s.paragraphs)
    ]
    lesson = Lesson(samples)
    assert lesson.profile("mau") is None
    title = next(s.title for s in stories(CELLS) if s.paragraphs)
    found = lesson.pointed(Field.TITLE, title, None)
    assert found
    profile = lesson.profile("mau", Profile(name="mau", title=(found.rule,)))
    assert profile
    assert profile.title == (Rule("b.ten", len(samples), confirmed=True),)
    page = read_page(samples[0].body, samples[0].url, profile=profile)
    assert page.article
    assert page.article.title == title
    assert page.article.published_at
    assert "Huyện Mẫu" not in page.article.body


def test_where_a_rule_does_not_hold_is_told() -> None:
    lesson = Lesson(pages(CELLS))
    profile = lesson.profile("cells")
    found = lesson.selected(Field.PUBLISHED, "td.cottrai", profile)
    assert len(found.other) == len(stories(CELLS))
    assert (found.is_worth_telling, found.without) == (True, ())
    found = lesson.selected(Field.FILES, "table.bangtep a", profile)
    assert found.without
    assert not found.is_worth_telling, "most articles have no files"


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (Field.TITLE, "Trang thông tin điện tử"),
        (Field.TITLE, "..."),
        (Field.CATEGORY, "Trang chủ"),
        (Field.PUBLISHED, "31/12/1999"),
        (Field.FILES, "Quay lại"),
    ],
)
def test_what_no_page_says_where_it_may_stand_is_no_rule(field: Field, words: str) -> None:
    lesson = Lesson(pages(CELLS))
    assert lesson.pointed(field, words, lesson.profile("cells")) is None


def test_the_next_page_of_a_listing_is_where_a_person_says() -> None:
    lesson = Lesson(pages(CELLS))
    profile = lesson.profile("cells")
    found = lesson.pointed(Field.NEXT_PAGE, "Trang sau", profile)
    assert found
    told = Profile(name="cells", next_page=(found.rule,))
    profile = lesson.profile("cells", told)
    assert profile
    list_page = next(s for s in pages(CELLS) if b"PageIndex=2" in s.body)
    page = read_page(list_page.body, list_page.url, profile=profile)
    assert page.next_page_url
    assert "PageIndex=2" in page.next_page_url
    assert page.evidence["next_page_url"] == found.rule.told(1)


def test_a_persons_rule_goes_before_what_is_learnt_and_contradicts_it() -> None:
    lesson = Lesson(pages(CELLS))
    wrong = Rule("td.trich", confirmed=True)
    profile = lesson.profile("cells", Profile(name="cells", title=(wrong,)))
    assert profile
    assert profile.title[0] == wrong
    assert "td.tieudetin" not in {rule.selector for rule in profile.title}


WRITTEN = """# Huyện Mẫu, tháng 8 năm 2019
name = "mau"
pages = 10
junk = [".quang-cao"]  # người khác dán vào
dates_elsewhere = false

[[title]]
selector = "td.cu"
support = 7

# Tôi đã xem mười trang.
[[title]]
selector = "h2.ten"
support = 3
confirmed = true

[[author]]
selector = ".but-danh"
"""


def test_what_a_person_wrote_in_a_profile_stays() -> None:
    learnt = Profile(
        name="mau", pages=12, title=(Rule("h2.ten", 9), Rule("p.Title", 2)), junk=(".nut",),
        content=(Rule(".bai", 8),), dates_elsewhere=True,
    )  # fmt: skip
    text = merged(WRITTEN, learnt)
    assert Profile.from_toml(text) == Profile(
        name="mau", pages=12, title=(Rule("h2.ten", 3, confirmed=True), Rule("p.Title", 2)),
        author=(Rule(".but-danh"),), junk=(".quang-cao", ".nut"), content=(Rule(".bai", 8),),
        dates_elsewhere=False,
    )  # fmt: skip
    for kept in ("# Huyện Mẫu, tháng 8", "# người khác dán vào", "# Tôi đã xem mười trang.\n[[t"):
        assert kept in text
    assert "td.cu" not in text
    assert merged(text, learnt) == text, "learning again changes nothing"


def test_what_is_pointed_at_now_goes_before_what_was() -> None:
    told = (Rule("h1.moi", 5, confirmed=True), Rule("h2.ten", 4, confirmed=True))
    text = merged(WRITTEN, Profile(name="mau", pages=12, title=(*told, Rule("p.Title", 2))))
    assert [rule.selector for rule in Profile.from_toml(text).title] == [
        "h1.moi", "h2.ten", "p.Title",
    ]  # fmt: skip
    assert '# Tôi đã xem mười trang.\n[[title]]\nselector = "h2.ten"\nsupport = 3' in text


def test_what_was_provisional_is_no_more_when_it_is_learnt_again() -> None:
    text = merged('name = "mau"\nprovisional = true\n', Profile(name="mau", pages=9))
    assert "provisional" not in text


def test_a_comment_on_a_rule_that_is_no_more_stays() -> None:
    text = 'name = "mau"\n\n# vì sao\n[[title]]\nselector = "h1"\nsupport = 4\n'
    assert "# vì sao\n[[title]]" in merged(text, Profile(name="mau", title=(Rule("h2", 5),)))
    assert "# vì sao" in merged(text, Profile(name="mau", content=(Rule(".bai", 5),)))


def test_saved_pages_say_where_they_were_served(tmp_path: Path) -> None:
    noted = b"<!-- saved from url=(0031)http://huyen.example/tin/3.html -->\n<html><p>x</p>"
    assert own_address(noted) == "http://huyen.example/tin/3.html"
    named = b'<html><head><link rel="canonical" href="http://huyen.example/4"></head><p>x</p>'
    assert own_address(named) == "http://huyen.example/4"
    (tmp_path / "muc").mkdir()
    (tmp_path / "muc" / "b\u00e0i 1.html").write_bytes(b"<html><p>x</p>")
    (tmp_path / "a.html").write_bytes(noted)
    (tmp_path / "anh.jpg").write_bytes(b"\xff\xd8")
    found = saved_pages([tmp_path], "http://huyen.example/luu/")
    assert [one.url for one in found] == [
        "http://huyen.example/luu/a.html",
        "http://huyen.example/luu/muc/b%C3%A0i%201.html",
    ]
    assert saved_pages([tmp_path])[0].url == "http://huyen.example/tin/3.html"
    (tmp_path / "trong").mkdir()
    with pytest.raises(Refused, match="has no saved pages"):
        saved_pages([tmp_path / "trong"])


@pytest.mark.parametrize("is_cut", [True, False])
def test_a_saved_page_whose_compression_is_damaged_is_refused(tmp_path: Path, is_cut: bool) -> None:
    file = tmp_path / "a.html.gz"
    whole = gzip.compress(b"<html><p>x</p>" * 50)
    file.write_bytes(whole[:-12] if is_cut else whole[:10] + b"\xff" * 20)
    with pytest.raises(Refused, match=r"a\.html\.gz: cannot be read: "):
        saved_pages([file])


@pytest.mark.parametrize("name", ["x.warc", "x.warc.gz", "x.arc.gz", "noname"])
def test_pages_in_the_file_of_a_web_archive(tmp_path: Path, name: str) -> None:
    body = b"<html><p>" + b"x" * 90
    seen = [warcs.page(f"http://huyen.example/{n}.html", body) for n in range(9)]
    seen += [
        warcs.page("http://khac.example/", body),
        warcs.page("http://huyen.example/a.jpg", b"x", kind="image/jpeg"),
        warcs.page("http://huyen.example/dai.html", b"<p>" + b"x" * (600 << 10)),
    ]
    file = tmp_path / name
    (warcs.write_arc if ".arc" in name else warcs.write_warc)(file, seen)
    assert is_package(file)
    own = [f"http://huyen.example/{n}.html" for n in range(9)]
    found = packaged_pages([file], None, 20)
    assert [one.url for one in found] == own
    assert {(one.body, one.content_type, one.at) for one in found} == {
        (body, "text/html", warcs.THEN)
    }
    site = Site(key="x", name="x", base_url="http://khac.example/", cms=None)
    assert [one.url for one in packaged_pages([file], site, 20)] == ["http://khac.example/"]
    some = packaged_pages([file], None, 6)
    assert [one.url for one in some] == [own[n] for n in (0, 1, 3, 4, 7, 8)]
    nobody = Site(key="x", name="x", base_url="http://x.example/", cms=None)
    with pytest.raises(Refused, match=r"no page of http://x\.example/ can be read"):
        packaged_pages([file], nobody, 6)


def test_what_is_damaged_in_a_web_archive_s_file_is_told_and_the_rest_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = [warcs.page(f"http://huyen.example/{n}.html", b"<p>" + b"x" * 90) for n in range(4)]
    data = bytearray(warcs.plain(seen, tmp_path))
    place = data.index(b"<p>x", data.index(b"/1.html"))
    data[place + 4] ^= 1
    file = tmp_path / "hong.warc"
    file.write_bytes(data)
    found = packaged_pages([file], None, 20)
    assert [one.url[-6] for one in found] == ["0", "2", "3"]
    assert capsys.readouterr().err.count("hong.warc") == 1


# The command


@pytest.fixture
def portal() -> Iterator[RawServer]:
    def answered(asked: Asked) -> bytes:
        page = CELLS.pages.get(asked.target)
        return answer(page.body) if page else NOT_FOUND

    with raw_server(answered) as server:
        yield server


class Sites:
    """An operator's own folder of sites, with one site."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder / "sites"
        self.folder.mkdir()
        entry = f'[mau]\nname = "Huyện Mẫu"\nbase_url = "{url}/"\ncms = "generic"\n'
        (self.folder / "mau.toml").write_text(entry, "utf-8")
        self.file = self.folder / "profiles" / "mau.toml"
        self.db = folder / "archive.db"

    def learn(self, *arguments: object) -> Run:
        return run("learn", *arguments, "--db", self.db, TINHUYEN_SITES=str(self.folder))

    def profile(self) -> Profile:
        return Profile.from_toml(self.file.read_text("utf-8"))


@pytest.fixture
def sites(portal: RawServer, tmp_path: Path) -> Sites:
    return Sites(tmp_path, portal.url)


def test_a_site_is_learnt_and_its_profile_lies_beside_it(sites: Sites, portal: RawServer) -> None:
    done = sites.learn("mau", "--dry-run")
    assert done.code == 0, done.err
    assert 'selector = "td.tieudetin"' in done.out
    assert not sites.file.exists()
    story = next(page.story for page in CELLS.pages.values() if page.story)
    done = sites.learn("mau", "--title", story.title, "--confirm", "content")
    assert done.code == 0, done.err
    assert len(portal.asked) <= 22, "ten pages and robots.txt"
    assert f"Written to {sites.file}." in done.out
    assert "title: td.tieudetin, on " in done.out
    profile = sites.profile()
    assert all(rule.confirmed for rule in (*profile.title, *profile.content))
    assert not any(rule.confirmed for rule in profile.published)
    assert all_sites(sites.folder)["mau"].profiles
    before = sites.file.read_text("utf-8")
    sites.file.write_text(f"# của tôi\n{before}", "utf-8")
    assert sites.learn("mau").code == 0
    assert sites.file.read_text("utf-8").startswith("# của tôi\n")
    assert sites.profile().title == profile.title


def test_a_site_is_learnt_from_the_file_of_a_web_archive_and_not_asked(
    sites: Sites, portal: RawServer, tmp_path: Path
) -> None:
    seen = [warcs.page(portal.url + p, page.body) for p, page in [*CELLS.pages.items()][:14]]
    file = warcs.write_warc(tmp_path / "cu.warc.gz", seen)
    done = sites.learn("mau", file, "--dry-run")
    assert done.code == 0, done.err
    assert 'selector = "td.tieudetin"' in done.out
    assert portal.asked == []


def test_a_field_is_called_by_its_option_or_its_key_and_none_is_confirmed_unlearnt(
    sites: Sites,
) -> None:
    done = sites.learn("mau", "--confirm", "text", "--confirm", "published")
    assert done.code == 0, done.err
    profile = sites.profile()
    assert all(rule.confirmed for rule in (*profile.content, *profile.published))
    assert not any(rule.confirmed for rule in profile.title)
    before = sites.file.read_text("utf-8")
    refused = sites.learn("mau", "--confirm", "next-page")
    assert refused.code == 2
    assert "--confirm next-page: nothing was learnt of it" in refused.err
    assert sites.file.read_text("utf-8") == before


def test_what_is_told_to_be_tried_can_be_typed_as_it_stands(
    sites: Sites, portal: RawServer
) -> None:
    assert any("&" in target for target in CELLS.pages), "what a shell takes for its own"
    file = sites.folder.parent / "hồ sơ [1].toml"
    done = sites.learn(f"{portal.url}/", "--output", file)
    assert done.code == 0, done.err
    name, *words = shlex.split(done.out.rpartition("Try it: ")[2])
    assert name == "tinhuyen"
    told = run(*words, "--json").json()
    assert told["profile"]
    assert str(file) in words


def test_a_site_is_learnt_from_what_is_held_without_a_request(archived: Archived) -> None:
    for server in served(CELLS):
        site = site_of(archived, server)
        site.crawl(code=None)
        asked = len(server.asked)
        saved, home = archived.folder / "saved.html", str(archived.folder / "sites")
        story, page = next((p.story, p) for p in CELLS.pages.values() if p.story)
        saved.write_bytes(page.body)
        inspect = ("inspect", saved, "--url", f"{server.url}/x?NewsViews=1&tabid=40", "--json")
        told = run(*inspect, "--site", "test", "--db", archived.db, TINHUYEN_SITES=home).json()
        assert told["article"]["title"] == story.title
        assert told["profile"].startswith("learnt")
        assert run(*inspect, TINHUYEN_SITES=home).json()["article"]["title"] != story.title
        done = run(
            "learn", "test", "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites")
        )
        assert done.code == 0, done.err
        assert len(server.asked) == asked
        profile = Profile.from_toml(
            (archived.folder / "sites" / "profiles/test.toml").read_text("utf-8")
        )
        assert [rule.selector for rule in profile.title] == ["td.tieudetin"]
        assert profile.pages > 10


def test_saved_pages_teach_a_site(sites: Sites, portal: RawServer, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    saved.mkdir()
    for number, (path, page) in enumerate([*CELLS.pages.items()][:14]):
        head = f"<!-- saved from url=(0042){portal.url}{path} -->\n".encode()
        (saved / f"{number}.html").write_bytes(head + page.body)
    done = sites.learn("mau", saved)
    assert done.code == 0, done.err
    assert portal.asked == []
    assert [rule.selector for rule in sites.profile().title] == ["td.tieudetin"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mua"], "no site is called 'mua'; did you mean 'mau'?"),
        (["mau.html"], "mau.html: no such file, and no address"),
        (["mau", "https://other.example/"], "is no page of mau, which lies at"),
        (["mau", "--url", "https://a.example/"], "--url tells where saved pages were served"),
        (["mau", "--field", "titel=h1"], "--field titel=h1: must be FIELD=SELECTOR, of title,"),
        (["mau", "--field", "title=h1["], "is no CSS selector: 'h1['"),
        (["mau", "--since", "gestern"], '--since gestern: is no day, such as "2019-08-12"'),
    ],
)
def test_what_was_typed_is_looked_at_first(
    sites: Sites, portal: RawServer, arguments: list[str], message: str
) -> None:
    done = sites.learn(*arguments)
    assert done.code == 2
    assert message in done.err
    assert done.err.count("\n") == 1
    assert portal.asked == []


def test_words_that_no_page_says_are_refused(sites: Sites) -> None:
    done = sites.learn("mau", "--title", "Không có bài nào tên như vậy")
    assert done.code == 2
    assert "--title: none of 10 pages says 'Không có bài nào tên như vậy'" in done.err
    assert not sites.file.exists()


def test_a_title_that_is_one_on_all_articles_is_not_written(sites: Sites) -> None:
    done = sites.learn("mau", "--field", "title=td.chan")
    assert done.code == 1
    assert "articles have one title, 'Bản quyền" in done.err
    assert "say what it is on one of them: --title WORDS" in done.err
    assert not sites.file.exists()


def test_on_a_terminal_each_field_is_asked_for(sites: Sites, tmp_path: Path) -> None:
    """Enter confirms; words and selectors point; what nobody says is asked for again."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TINHUYEN_SITES": str(sites.folder), "COLUMNS": "200"}
    command = [sys.executable, "-m", "tinhuyen", "learn", "mau", "--db", str(sites.db)]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment
    )
    os.close(theirs)
    fields = ["", "td.khong-co", "td.ngaytin", "", "", "", "td.tenmuc", "", "", "", "Trang sau", ""]
    answers = iter(fields)
    shown = ""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux says so at the end of a terminal
            break
        if not piece:
            break
        shown += piece.decode("utf-8", "replace")
        if re.search(r"selector: $", shown):
            os.write(ours, next(answers, "").encode() + b"\n")
            shown += "\n"
    assert process.wait() == 0, shown
    assert next(answers, None) is None, shown
    assert "'td.khong-co': no page says that where it may stand, and as a selector" in shown
    profile = sites.profile()
    assert all(rule.confirmed for rule in profile.title)
    assert profile.published[0].confirmed
    assert [rule.selector for rule in profile.next_page] == ['a:lexbor-contains("Trang sau")']


def test_another_template_has_a_profile_of_its_own() -> None:
    """A portal that had another template before is learnt as it is today, or as it was."""
    early, late = datetime(2014, 3, 1, tzinfo=UTC), datetime(2019, 8, 1, tzinfo=UTC)
    host = "http://huyen.example"
    old = [
        Sample(host + path, page.body, None, early + timedelta(days=n))
        for n, (path, page) in enumerate([*PORTALS["cards"].pages.items()][:14])
    ]
    new = [
        Sample(host + path, page.body, None, late + timedelta(days=n))
        for n, (path, page) in enumerate([*CELLS.pages.items()][:14])
    ]
    today, others = of_one_template([*old, *new])
    assert {one.body for one in today} == {one.body for one in new}
    assert len(others) == 1
    then, _ = of_one_template([*old, *new], early)
    assert {one.body for one in then} == {one.body for one in old}
    profiles = [Lesson(some).profile("mau") for some in (today, then)]
    assert profiles[0]
    assert profiles[1]
    assert not are_of_one_template(profiles[0], profiles[1])
