"""Pages about pictures, to which galleries lead: asked for once, and what they tell is given."""

import gzip
import re
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from archive import Archive
from archive.connection import Connection
from archive.schema import migrations
from crawler.page import AboutPicture
from crawler.readers import read_about_picture
from crawler.readers.body.fragment import read_fragment
from crawler.readers.page.picture_pages import called, is_small_form
from tests.conftest import Archived, run
from tests.raw import NOT_FOUND, QUICK, ROBOTS, Answer, Asked, RawServer, answer, chain, listing
from tests.raw import Portal as RawPortal
from tests.room_sample import opened
from tests.test_uploads import jpeg, shown, uploads

PAGE = "https://huyen.example/tin/bai-1/"
HOST = "https://huyen.example"
SQUARE = f"{HOST}/wp-content/uploads/2021/06/anh-1-150x150.jpg"
WHOLE = f"{HOST}/wp-content/uploads/2021/06/anh-1.jpg"


# Which links lead to one


@pytest.mark.parametrize(
    ("html", "page"),
    [
        ('<a href="/anh-1/"><img src="/wp-content/uploads/anh-1-150x150.jpg"></a>', "/anh-1/"),
        ('<a href="/?attachment_id=7"><img src="/a/anh.jpg"></a>', "/?attachment_id=7"),
        ('<a href="/x/" rel="attachment wp-att-7"><img src="/a/anh.jpg"></a>', "/x/"),
        ('<a href="/tin/bai-1/anh/"><img src="/a/anh.jpg"></a>', "/tin/bai-1/anh/"),
        ('<a href="/anh-1/"><img src="/a/anh.jpg" data-link="/anh-1/"></a>', "/anh-1/"),
        ('<a href="/album/12.html"><img width="120" src="/album/anh.jpg"></a>', "/album/12.html"),
        ('<a href="/album/12.html"><img src="/thumbs/anh.jpg"></a>', "/album/12.html"),
        ('<a href="/album/12.html"><img src="/a/thumb_anh.jpg"></a>', "/album/12.html"),
        ('<a href="/album/12.html"><img src="/a/phoca_thumb_m_anh.jpg"></a>', "/album/12.html"),
        # what leads elsewhere
        ('<a href="/tin/bai-2.html"><img src="/a/anh.jpg"></a>', None),
        ('<a href="/tin/bai-2.html"><img width="900" src="/a/anh.jpg"></a>', None),
        ('<a href="/tin/bai-2.html"><img src="/thumbs/a.jpg">Họp giao ban</a>', None),
        ('<a href="/x/"><img src="/thumbs/a.jpg"><img src="/thumbs/b.jpg"></a>', None),
        ('<a href="https://khac.example/x/"><img src="/thumbs/a.jpg"></a>', None),
        ('<a href="/a/anh.jpg"><img src="/thumbs/anh.jpg"></a>', None),
        ('<a href="/a/ke-hoach.pdf"><img src="/thumbs/ke-hoach.jpg"></a>', None),
        ('<a href="/"><img src="/thumbs/a.jpg"></a>', None),
        ('<a href="#tren"><img src="/thumbs/a.jpg"></a>', None),
        ('<a href="javascript:xem()"><img src="/thumbs/a.jpg"></a>', None),
        ('<a><img src="/thumbs/a.jpg"></a>', None),
        ('<img src="/thumbs/a.jpg">', None),
    ],
)
def test_a_link_around_a_small_picture_leads_to_the_page_about_it(
    html: str, page: str | None
) -> None:
    images = read_fragment(html, PAGE).images
    assert images
    assert images[0].page == (page and f"{HOST}{page}")


def test_a_page_that_can_tell_nothing_is_not_noted() -> None:
    whole = '<figure><a href="/?attachment_id=7"><img src="/a/anh.jpg"></a>{}</figure>'
    told = "<figcaption>Lễ hội xuân</figcaption>"
    assert read_fragment(whole.format(told), PAGE).images[0].page is None
    assert read_fragment(whole.format(""), PAGE).images[0].page
    small = whole.replace("anh.jpg", "anh-150x150.jpg")
    assert read_fragment(small.format(told), PAGE).images[0].page, "there may be a larger one"
    larger = whole.replace("<img ", '<img width="300" srcset="/a/anh-lon.jpg 1024w" ')
    assert read_fragment(larger.format(told), PAGE).images[0].page is None, "the article names it"


def test_forms_of_a_picture_are_called_the_same() -> None:
    forms = ("anh-1-150x150.jpg", "anh-1-scaled.jpg", "anh-1-e1622512345678-300x200.jpg",
             "thumb_Anh-1.JPG", "anh-1_small.jpeg", "phoca_thumb_l_anh-1.jpg", "anh-1-150x150.webp",
             "anh-1.jpg.webp")  # fmt: skip
    assert {called(f"{HOST}/a/{form}") for form in forms} == {"anh-1"}
    assert called(f"{HOST}/a/anh-2.jpg") == "anh-2"
    assert called(f"{HOST}/a/thumb.jpg") == "thumb"
    assert not is_small_form(f"{HOST}/a/anh-1.jpg", 1024, 683)


# What such a page says

BANNER = '<header><img src="/banner.jpg"></header><aside><img src="/a/anh-2-150x150.jpg"></aside>'
FIGURE = f'<figure><img src="{WHOLE}"><figcaption>Lễ hội xuân</figcaption></figure>'


@pytest.mark.parametrize(
    ("body", "form", "about"),
    [
        (FIGURE, SQUARE, (WHOLE, "Lễ hội xuân")),
        (f'<p><a href="{WHOLE}"><img src="{SQUARE}"></a></p>', SQUARE, (WHOLE, None)),
        (f'<img src="{SQUARE}"><a href="{WHOLE}">1024 × 683</a>', SQUARE, (WHOLE, None)),
        (f'<img src="{SQUARE}" srcset="{WHOLE} 900w">', SQUARE, (WHOLE, None)),
        (
            f'<div class="wp-caption"><img src="{WHOLE}"><p class="wp-caption-text">Cầu</p></div>',
            WHOLE,
            (None, "Cầu"),
        ),
        (  # an edited picture lies beside what it was
            FIGURE.replace("anh-1.jpg", "anh-1-e1622512345678.jpg"),
            SQUARE,
            (WHOLE.replace("anh-1.jpg", "anh-1-e1622512345678.jpg"), "Lễ hội xuân"),
        ),
        (  # of two that are called so, the one in the folder of the form
            f'<img src="/khac/anh-1.jpg">{FIGURE}',
            SQUARE,
            (WHOLE, "Lễ hội xuân"),
        ),
        (
            '<img src="/album/2021/anh.jpg"><div class="caption">Ngày hội</div>',
            f"{HOST}/album/2021/thumbs/anh.jpg",
            (f"{HOST}/album/2021/anh.jpg", "Ngày hội"),
        ),
        ("", SQUARE, None),
        (f'<img src="{SQUARE}">', SQUARE, None),
        (FIGURE.replace("anh-1", "anh-3"), SQUARE, None),
    ],
)
def test_a_page_about_a_picture_shows_it_larger_and_tells_its_caption(
    body: str, form: str, about: tuple[str | None, str | None] | None
) -> None:
    page = f"<!doctype html><title>anh-1</title><body>{BANNER}<main>{body}</main>".encode()
    said = read_about_picture(page, f"{HOST}/anh-1/", "text/html", form)
    assert said == (AboutPicture(*about) if about else None)


def test_what_is_no_page_may_be_the_picture_or_lead_to_it() -> None:
    def said(body: bytes, location: str | None = None) -> AboutPicture | None:
        return read_about_picture(body, f"{HOST}/anh-1/", None, SQUARE, location)

    assert said(jpeg(900, 600)) == AboutPicture(f"{HOST}/anh-1/")
    assert said(b"", WHOLE) == AboutPicture(WHOLE)
    assert said(b"", "/") is None
    assert said(b"%PDF-1.4") is None


def test_recordings_that_a_script_plays_are_files_of_the_article_and_no_text() -> None:
    playlist = (
        '<p>Phát thanh.</p><div class="wp-playlist"><audio controls></audio><noscript><ol>'
        '<li><a href="/wp-content/uploads/ban-tin.mp3">Bản tin</a></li></ol></noscript></div>'
    )
    fragment = read_fragment(playlist, PAGE)
    assert [(file.url, file.label) for file in fragment.attachments] == [
        (f"{HOST}/wp-content/uploads/ban-tin.mp3", "Bản tin")
    ]
    assert [block.text for block in fragment.blocks if block.text] == ["Phát thanh."]


# Crawls of a portal whose albums lead to pages

FORM = jpeg(120, 80)
FOUND = jpeg(1200, 800)


@dataclass
class Album:
    """A portal of three articles, of which one has a gallery in no system's form."""

    pages: dict[str, bytes]
    """What is answered at the page of each picture, by its name."""
    lost: set[str] = field(default_factory=set)
    """Which pictures are not there."""
    leads: str = "/album/{}.html"
    """Where a picture of a name leads."""
    robots: bytes = ROBOTS

    def answers(self) -> Answer:
        articles = chain(3)
        items = "".join(
            f'<a href="{self.leads.format(name)}"><img src="/hinh/thumbs/{name}.jpg"></a>'
            for name in self.pages
        )
        path, end = "/tin/bai-1.html", '</div><div class="post-navigation"'
        articles[path] = articles[path].replace(end, f"<p>{items}</p>{end}")
        articles["/"] = listing(list(articles))

        def answered(asked: Asked) -> bytes:
            name = Path(asked.target).stem
            if asked.target == "/robots.txt":
                return self.robots
            if asked.target == f"/hinh/thumbs/{name}.jpg" and name in self.pages:
                return answer(FORM + name.encode(), "image/jpeg")
            if asked.target == f"/album/{name}.html":
                return self.pages[name]
            if asked.target == f"/hinh/{name}.jpg" and name not in self.lost:
                return answer(FOUND + name.encode(), "image/jpeg")
            return answer(articles[asked.target]) if asked.target in articles else NOT_FOUND

        return answered


def about(name: str, caption: str | None = None) -> bytes:
    """Answer with the page about a picture, as albums have it."""
    told = f"<figcaption>{caption}</figcaption>" if caption else ""
    around = '<a href="/album/truoc.html"><img src="/hinh/thumbs/truoc.jpg"></a>'
    figure = f'<figure><img src="/hinh/{name}.jpg">{told}</figure>'
    return answer(f"<!doctype html><title>{name}</title><body>{figure}{around}")


ALBUM = {
    "con": about("con", "Lễ\N{NO-BREAK SPACE}hội  xua\N{COMBINING CIRCUMFLEX ACCENT}n"),
    "mat": NOT_FOUND,
    "khac": about("hinh-khac", "Của hình khác"),
    "nho": answer('<!doctype html><body><img src="/hinh/thumbs/nho.jpg">'),
    "thieu": about("thieu", "Hình đã mất"),
    "den": answer("", "text/html", "301 Moved Permanently", "Location: /hinh/den.jpg"),
    "qua": answer("", "text/html", "302 Found", "Location: /album/con.html"),
    "hong": answer("", "text/html", "500 Internal Server Error"),
    "noi": answer("", "text/html", "302 Found", "Location: https://noi-khac.example/"),
}
SHOWS_NONE = "shows neither a larger form of {} nor a caption of it"
BECAME = {
    "con": ("held", None, "con", "Lễ hội xuân"),
    "mat": ("gone", "HTTP 404", None, None),
    "khac": ("gone", SHOWS_NONE, None, None),
    "nho": ("gone", SHOWS_NONE, None, None),
    "thieu": ("held", None, "thieu", "Hình đã mất"),
    "den": ("held", None, "den", None),
    "qua": ("gone", SHOWS_NONE, None, None),
    "hong": ("failed", "HTTP 500", None, None),
    "noi": ("elsewhere", "leads off the site, to https://noi-khac.example/", None, None),
}


def pages_of(archived: Archived) -> dict[str, tuple[str, str | None, str | None, str | None]]:
    """Return what became of the pages about pictures, and what they say, by name."""
    rows = archived.rows("SELECT * FROM media WHERE kind = 'page'")
    return {
        Path(row["url"]).stem: (
            row["state"],
            row["reason"],
            row["picture"] and Path(row["picture"]).stem,
            row["caption"],
        )
        for row in rows
    }


def asked_of(server: RawServer) -> Counter[str]:
    return Counter(target for target in server.asked if target.startswith(("/album", "/hinh")))


async def test_pages_about_pictures_are_asked_for_once_and_what_they_tell_is_given(
    portal: RawPortal,
) -> None:
    archived, server = portal(Album(ALBUM, lost={"thieu"}).answers())
    archived.crawl(code=None)
    assert not asked_of(server), "only --media asks for them"
    said = "SELECT url, body, body_html, text_sha256, code FROM articles ORDER BY id"
    before = archived.rows(said)

    summary = archived.crawl("--media", *QUICK, code=None)
    thumb = f"{server.url}/hinh/thumbs/{{}}.jpg"
    assert pages_of(archived) == {
        name: (state, reason and reason.format(thumb.format(name)), *told)
        for name, (state, reason, *told) in BECAME.items()
    }
    assert summary["picture_pages"] == {"elsewhere": 1, "failed": 1, "gone": 4, "held": 3}
    assert summary["media"] == {"held": len(ALBUM)}
    assert uploads(archived) == {
        "con": ("held", None), "den": ("held", None), "thieu": ("gone", "HTTP 404"),
    }  # fmt: skip
    asked = asked_of(server)
    of_pages = {target: times for target, times in asked.items() if target.startswith("/album")}
    assert {target for target, times in of_pages.items() if times > 1} <= {
        "/album/hong.html", "/album/con.html",
    }, "each once; one leads to another, and a server that fails is asked again"  # fmt: skip
    assert archived.rows(said) == before, "text and digest are the article's"
    rows = archived.rows("SELECT url FROM urls WHERE url LIKE '%/album/%' AND state = 'held'")
    assert not rows
    assert len(before) == 3, "no page about a picture is an article"

    figures, pictures = await shown(archived)
    assert pictures == [
        (FOUND if name in ("con", "den") else FORM) + name.encode() for name in ALBUM
    ]
    told = [" ".join(figure.text().split()) for figure in figures]
    for name, text in zip(ALBUM, told, strict=True):
        caption = BECAME[name][3]
        assert not caption or f"{caption} (theo trang riêng của hình" in text, name
        assert ("kho không giữ được bản lớn hơn" in text) == (name not in ("con", "den")), name

    for _ in range(3):
        archived.crawl("--media", *QUICK, code=None)
    assert {*(asked_of(server) - asked)} <= {"/album/hong.html"}, "what was answered is settled"
    assert archived.rows("SELECT DISTINCT tries FROM media WHERE state = 'failed'") == [
        {"tries": 3}
    ]


def test_what_such_a_page_says_is_proved_from_its_capture(portal: RawPortal) -> None:
    archived, server = portal(Album(ALBUM, lost={"thieu"}).answers())
    archived.crawl("--media", *QUICK, code=None)
    sites = str(archived.folder / "sites")

    def done(*command: str) -> tuple[int, str]:
        told = run(*command, "--db", archived.db, TINHUYEN_SITES=sites)
        return told.code, told.out

    assert "3 of 3 pages about pictures" in done("verify")[1]
    assert done("verify")[0] == 0
    assert "pages about pictures" not in done("reread")[1]
    asked, before = len(server.asked), pages_of(archived)
    with closing(sqlite3.connect(archived.db)) as db, db:
        db.execute("UPDATE media SET caption = 'Bịa' WHERE url LIKE '%/album/con.html'")
        db.execute("UPDATE media SET picture = NULL WHERE url LIKE '%/album/den.html'")
    code, told = done("verify")
    assert code == 1
    why = "was Tin Huyện updated? then: tinhuyen reread"
    for name, column in (("con", "caption"), ("den", "picture")):
        page = f"page about a picture, {server.url}/album/{name}.html"
        assert f"{page}: its capture reads otherwise today: {column} ({why})" in told
    assert "2 pages about pictures would change" in done("reread", "--dry-run")[1]
    assert pages_of(archived) != before
    assert "2 pages about pictures changed" in done("reread")[1]
    assert (pages_of(archived), len(server.asked)) == (before, asked)
    assert done("verify")[0] == 0


def test_robots_are_obeyed_for_pages_about_pictures(portal: RawPortal) -> None:
    rules = answer("User-agent: *\nDisallow: /album/\n", "text/plain")
    archived, server = portal(Album({"con": ALBUM["con"]}, robots=rules).answers())
    archived.crawl("--media", code=None)
    assert asked_of(server) == {"/hinh/thumbs/con.jpg": 1}
    assert pages_of(archived) == {"con": ("refused", "robots.txt forbids it", None, None)}


def test_a_page_that_is_held_as_an_article_is_not_asked_for_as_one_about_a_picture(
    portal: RawPortal,
) -> None:
    archived, server = portal(Album({"con": ALBUM["con"]}, leads="/tin/bai-3.html").answers())
    archived.crawl("--media", code=None)
    assert server.asked.count("/tin/bai-3.html") == 1
    (row,) = archived.rows("SELECT page FROM images")
    assert row["page"].endswith("/tin/bai-3.html")
    assert not pages_of(archived)


async def test_programs_and_plain_pages_are_given_what_the_page_tells(portal: RawPortal) -> None:
    archived, server = portal(Album({"con": ALBUM["con"], "mat": ALBUM["mat"]}).answers())
    archived.crawl("--media", code=None)
    (row,) = archived.rows("SELECT code FROM articles WHERE url LIKE '%bai-1.html'")
    async with opened(archived.db) as room:
        con, mat = (await room.client.get(f"/a/{row['code']}.json")).json()["images"]
    (page,) = archived.rows("SELECT capture_id FROM media WHERE kind = 'page' AND state = 'held'")
    assert (con["is_upload"], con["caption"], con["told_by"]) == (
        True, "Lễ hội xuân", page["capture_id"],
    )  # fmt: skip
    assert con["page"] == f"{server.url}/album/con.html"
    assert (mat["is_upload"], mat["caption"], mat["told_by"]) == (False, None, None)

    out = archived.folder / "tinh"
    assert run("export", "static", "--db", archived.db, out).code == 0
    (html,) = (file for file in out.rglob("*.html") if b"<figcaption>" in file.read_bytes())
    sources = re.findall(r'<img src="([^"]+)"', html.read_text("utf-8"))
    assert [(html.parent / source).read_bytes() for source in sources] == [
        FOUND + b"con",
        FORM + b"mat",
    ]
    (said,) = re.findall("<figcaption>(.*)</figcaption>", html.read_text("utf-8"))
    assert said == "Lễ hội xuân <small>(theo trang riêng của hình)</small>"


def test_of_a_hidden_article_nothing_is_given_that_its_pictures_lead_to(
    portal: RawPortal,
) -> None:
    archived, server = portal(Album({"con": ALBUM["con"]}).answers())
    archived.crawl("--media", code=None)
    url = f"{server.url}/tin/bai-1.html"

    def given(name: str, *chosen: str) -> set[bytes]:
        out = archived.folder / f"{name}.warc.gz"
        done = run("export", "warc", "--db", archived.db, out, *chosen)
        assert done.code == 0, done.err
        body = gzip.decompress(out.read_bytes())
        return {
            secret for secret in (FOUND + b"con", b'/hinh/con.jpg"><figcaption>') if secret in body
        }

    assert len(given("a", "--search", '"Đợt 1."')) == 2, "they go with their article"
    assert not given("b", "--search", '"Đợt 2."')
    before = archived.rows("SELECT url, kind, state, picture, caption FROM media ORDER BY url")
    done = run("hide", "--db", archived.db, url, "--reason", "theo yêu cầu")
    assert done.code == 0, done.err
    assert not given("c")
    kept = archived.rows("SELECT url FROM media WHERE kind IN ('page', 'upload', 'picture')")
    assert not kept
    assert run("hide", "--db", archived.db, url, "--undo").code == 0
    assert len(given("d")) == 2
    assert archived.rows("SELECT url, kind, state, picture, caption FROM media ORDER BY url") == (
        before
    )


async def test_a_merge_brings_what_pages_about_pictures_say(
    portal: RawPortal, tmp_path: Path
) -> None:
    archived, _ = portal(Album({"con": ALBUM["con"]}).answers())
    archived.crawl("--media", code=None)
    folder = tmp_path / "chung"
    folder.mkdir()
    done = run("merge", archived.db, "--db", folder / "archive.db")
    assert done.code == 0, done.err
    assert pages_of(Archived(folder)) == {"con": BECAME["con"]}
    _, pictures = await shown(Archived(folder))
    assert pictures == [FOUND + b"con"]


def test_an_older_archive_takes_pages_about_pictures(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with closing(sqlite3.connect(path)) as connection:
        migrations.apply(Connection(connection), stop_before="tell_pages_about_pictures")
        connection.execute("INSERT INTO sites (key, name, cms, base_url) VALUES ('t','T','x','x')")
        connection.execute(
            "INSERT INTO media (site, url, state, kind) VALUES ('t', 'a', 'held', 'upload')"
        )
        connection.commit()
    with Archive.open(path) as archive:
        assert list(archive.damage()) == []
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO media (site, url, state, kind, picture)"
            " VALUES ('t', 'b', 'held', 'page', 'a')"
        )
        kept = connection.execute("SELECT url, kind, picture FROM media ORDER BY id").fetchall()
    assert kept == [("a", "upload", None), ("b", "page", "a")]
