"""Pictures as they were uploaded, of which a page names nothing but a smaller form."""

import gzip
import re
import sqlite3
from base64 import b64decode
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from archive import SITE_COLUMNS, Archive
from archive.connection import Connection
from archive.schema import migrations
from crawler.readers.body.fragment import read_fragment
from crawler.readers.page.uploads import is_larger, upload_of
from crawler.text.pixels import size_of
from crawler.vocabulary import MediaKind
from curation.merging import merge
from tests.conftest import Archived, run
from tests.content import writing
from tests.raw import NOT_FOUND, QUICK, ROBOTS, Answer, Asked, RawServer, answer, chain, listing
from tests.raw import Portal as RawPortal
from tests.room_sample import opened
from tests.test_archive import BASE, KEY
from tests.test_merge_both import Portal, rows

PAGE = "https://huyen.example/tin/bai-1/"
UPLOADS = "https://huyen.example/wp-content/uploads"

ENCODED = [
    # the beginnings of pictures of 300 by 200 pixels, as Pillow 13 writes them
    "iVBORw0KGgoAAAANSUhEUgAAASwAAADIAQAAAAB6pOH4AAAAHklEQQ==",
    "R0lGODdhLAHIAIEAAAAAAAAAAAAAAAAAACwAAAAALAHIAEAI/wABCA==",
    "UklGRqYAAABXRUJQVlA4IJoAAABwEACdASosAcgAP/3+/3+/uzayIA==",
    "UklGRiIAAABXRUJQVlA4TBYAAAAvK8ExAAcQEf0PACjS//8U0f/U/w==",
    "UklGRsQAAABXRUJQVlA4WAoAAAAIAAAAKwEAxwAAVlA4IJoAAABwEA==",
]


def jpeg(width: int, height: int, frame: int = 0xC0) -> bytes:
    """Return the beginning of a JPEG, before whose size another picture's stands, as cameras do."""
    preview = b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x01\x00\x01"
    size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return (
        b"\xff\xd8\xff\xe1" + (len(preview) + 2).to_bytes(2, "big") + preview + b"\xff\x01\xff\xff"
        b"\xff\xdb\x00\x04\x00\x01" + bytes([0xFF, frame]) + b"\x00\x11\x08" + size + b"\x03" * 12
        + b"\xff\xda" + b"\x00" * 20 + b"\xff\xd9"
    )  # fmt: skip


@pytest.mark.parametrize(
    "body", [*map(b64decode, ENCODED), jpeg(300, 200), jpeg(300, 200, 0xC2), jpeg(300, 200, 0xCF)]
)
def test_a_picture_says_how_large_it_is_or_nothing_is_known(body: bytes) -> None:
    assert size_of(body) == (300, 200)
    for end in range(len(body)):
        assert size_of(body[:end]) in (None, (300, 200)), end
    assert size_of(b"") is None


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><title>Trang</title>", b"%PDF-1.7", b"\xff\xd8\xff", jpeg(0, 0),
        jpeg(300, 200).partition(b"\xff\xc0\x00\x11\x08\x00\xc8")[0] + b"\xff\xda" + b"\x00" * 99,
        b"\xff\xd8\xff\xfe\x00\x00" * 5000, b"\x89PNG\r\n\x1a\n" + b"\x00" * 40,
        b"RIFF\x10\0\0\0WEBPVP8?" + b"\x01" * 40,
    ],
)  # fmt: skip
def test_what_says_nothing_of_its_size_has_none(body: bytes) -> None:
    assert size_of(body) is None


@pytest.mark.parametrize(
    ("form", "upload"),
    [
        ("/2021/06/anh-150x150.jpg", "/2021/06/anh.jpg"),
        ("/2021/06/anh-1024x768.PNG", "/2021/06/anh.PNG"),
        ("/2021/06/Lễ-khởi-công-300x200.jpeg", "/2021/06/Lễ-khởi-công.jpeg"),
        ("/2021/06/anh-scaled-e16-696x385.webp?v=2", "/2021/06/anh-scaled-e16.webp?v=2"),
        # no form, or the largest that there is
        ("/2021/06/anh.jpg", None),
        ("/2021/06/anh-scaled.jpg", None),
        ("/2021/06/anh-2x2.jpg", None),
        ("/2021/06/anh-150x150.jpg/", None),
        ("/2021/06/anh-150x150.svg", None),
    ],
)
def test_where_an_upload_would_lie_is_told_by_the_name_of_a_form(
    form: str, upload: str | None
) -> None:
    assert upload_of(UPLOADS + form, PAGE) == (upload and UPLOADS + upload)


@pytest.mark.parametrize(
    "form",
    [
        "https://cdn.example/wp-content/uploads/anh-150x150.jpg",
        "https://huyen.example/anh/anh-150x150.jpg",
        "https://huyen.example/?f=/uploads/anh-150x150.jpg",
    ],
)
def test_what_wordpress_of_the_same_host_has_not_made_has_no_upload(form: str) -> None:
    assert upload_of(form, PAGE) is None


@pytest.mark.parametrize(
    ("body", "form", "is_upload"),
    [
        (jpeg(1200, 800), "300x200", True),
        (jpeg(1200, 800), "150x150", True),
        (jpeg(1200, 800), "696x385", True),
        (jpeg(1200, 800), "200x300", True),  # a camera lays upright pictures on the side
        (jpeg(301, 200), "300x200", True),
        (jpeg(300, 200), "300x200", False),
        (jpeg(200, 300), "300x200", False),
        (jpeg(1200, 140), "150x150", False),
        (jpeg(1, 1), "150x150", False),
        (b"<html>", "150x150", False),
    ],
)
def test_an_upload_is_larger_than_its_form(body: bytes, form: str, is_upload: bool) -> None:
    assert is_larger(body, f"{UPLOADS}/2021/06/anh-{form}.jpg") is is_upload


def test_what_has_no_size_in_its_name_is_no_form_of_anything() -> None:
    assert not is_larger(jpeg(1200, 800), f"{UPLOADS}/anh.jpg")


def gallery(*names: str) -> str:
    """Return a gallery as WordPress prints ``[gallery]``: squares that lead to pages of their own,
    and no other form of the picture anywhere.
    """
    items = "".join(
        "<dl class='gallery-item'><dt class='gallery-icon landscape'>"
        f'<a href=\'/tin/bai-1/{name}/\'><img width="150" height="150" '
        f'src="/wp-content/uploads/2021/06/{name}-150x150.jpg" '
        f'class="attachment-thumbnail size-thumbnail" alt=""></a></dt>'
        f"<dd class='wp-caption-text gallery-caption'>Chú thích của {name}</dd></dl>"
        for name in names
    )
    return f"<div id='gallery-1' class='gallery galleryid-7 gallery-size-thumbnail'>{items}</div>"


def test_a_gallery_tells_its_forms_with_captions_and_where_the_uploads_would_lie() -> None:
    text = "<p>Sáng nay, xã khởi công con đường.</p>{}<p>Đường dài hai cây số.</p>"
    fragment = read_fragment(text.format(gallery("anh-1", "anh-2")), PAGE)
    for number, image in enumerate(fragment.images, 1):
        assert image.url == f"{UPLOADS}/2021/06/anh-{number}-150x150.jpg", "as the page says"
        assert image.upload == f"{UPLOADS}/2021/06/anh-{number}.jpg"
        assert image.caption == f"Chú thích của anh-{number}"
    assert len(fragment.images) == 2
    said = [block.text for block in fragment.blocks if block.text]
    assert said == [block.text for block in read_fragment(text.format(""), PAGE).blocks]


@pytest.mark.parametrize(
    "html",
    [
        '<a href="/wp-content/uploads/anh.jpg"><img src="/wp-content/uploads/anh-150x150.jpg"></a>',
        '<img src="/wp-content/uploads/anh-300x200.jpg" srcset="/wp-content/uploads/anh.jpg 900w">',
    ],
)
def test_where_the_page_names_the_upload_nothing_is_believed(html: str) -> None:
    (image,) = read_fragment(html, PAGE).images
    assert (image.url, image.upload) == (f"{UPLOADS}/anh.jpg", None)


# Crawls of a portal with such a gallery

FOLDER = "/wp-content/uploads/2021/06"
FORM = jpeg(150, 150)
FOUND = jpeg(1200, 800)
HOSTILE = {
    "anh-mat": NOT_FOUND,
    "anh-xoa": NOT_FOUND,
    "anh-trang": answer("<!doctype html><title>Trang chủ</title>", "image/jpeg"),
    "anh-rong": answer("", "image/jpeg"),
    "anh-nho": answer(jpeg(100, 100), "image/jpeg"),
    "anh-di": answer("", "text/html", "302 Found", "Location: https://noi-khac.example/a.jpg"),
    "anh-dau": answer("", "text/html", "301 Moved Permanently", "Location: /"),
    "anh-lap": answer("", "text/html", "302 Found", "Location: anh-lap.jpg"),
    "anh-hong": answer("", "text/html", "500 Internal Server Error"),
}
"""What is answered where an upload would lie, by its name."""
BECAME = {
    "anh-con": ("held", None),
    "anh-mat": ("gone", "HTTP 404"),
    "anh-di": ("gone", "nothing that {} can be a smaller form of"),
    "anh-lap": ("failed", "HTTP 302 that leads nowhere"),
    "anh-hong": ("failed", "HTTP 500"),
}
BECAME |= dict.fromkeys(("anh-trang", "anh-rong", "anh-nho", "anh-dau"), BECAME["anh-di"])


def galleried(*names: str, robots: bytes = ROBOTS) -> Answer:
    """Answer for a portal of two articles, of which one has a gallery."""
    pages = chain(2)
    path = "/tin/bai-1.html"
    end = '</div><div class="post-navigation"'
    pages[path] = pages[path].replace(end, gallery(*names) + end)
    pages["/"] = listing(list(pages))

    def answered(asked: Asked) -> bytes:
        if asked.target == "/robots.txt":
            return robots
        name = asked.target.removeprefix(f"{FOLDER}/").removesuffix(".jpg")
        if name.endswith("-150x150") and name.removesuffix("-150x150") in names:
            return answer(FORM + name.encode(), "image/jpeg")
        if name in names:
            return HOSTILE.get(name) or answer(FOUND + name.encode(), "image/jpeg")
        return answer(pages[asked.target]) if asked.target in pages else NOT_FOUND

    return answered


def asked_of(server: RawServer) -> Counter[str]:
    """Return how often each picture was asked for, by its name."""
    targets = [target for target in server.asked if target.startswith(FOLDER)]
    return Counter(Path(target).stem for target in targets)


def uploads(archived: Archived) -> dict[str, tuple[str, str | None]]:
    """Return what became of the uploads, by their names."""
    rows = archived.rows("SELECT url, state, reason FROM media WHERE kind = 'upload'")
    return {Path(row["url"]).stem: (row["state"], row["reason"]) for row in rows}


async def shown(archived: Archived) -> tuple[list[LexborNode], list[bytes | None]]:
    """Return the figures of the first article in the reading room, and what pictures they show."""
    (row,) = archived.rows("SELECT code FROM articles WHERE url LIKE '%bai-1.html'")
    async with opened(archived.db) as room:
        page = LexborHTMLParser((await room.client.get(f"/a/{row['code']}")).text)
        figures = page.css("figure.picture")
        images = [figure.css_first("img") for figure in figures]
        paths = [str(image.attributes["src"]) if image else None for image in images]
        found = [(await room.client.get(path)).content if path else None for path in paths]
    return figures, found


async def test_uploads_are_asked_for_once_and_kept_where_they_are(portal: RawPortal) -> None:
    archived, server = portal(galleried(*BECAME))
    archived.crawl(code=None)
    assert not asked_of(server)
    said = "SELECT url, body, body_html, text_sha256, code FROM articles ORDER BY id"
    before = archived.rows(said)

    summary = archived.crawl("--media", *QUICK, code=None)
    form = f"{server.url}{FOLDER}/{{}}-150x150.jpg"
    assert uploads(archived) == {
        name: (state, reason and reason.format(form.format(name)))
        for name, (state, reason) in BECAME.items()
    }
    asked = asked_of(server)
    more_than_once = {name for name, times in asked.items() if times > 1}
    assert more_than_once <= {"anh-lap", "anh-hong"}
    assert asked["anh-lap"] <= 6
    assert summary["media"] == {"held": len(BECAME)}, "each picture is counted once"
    assert summary["uploads"] == {"failed": 2, "gone": 6, "held": 1}
    assert archived.rows(said) == before

    figures, pictures = await shown(archived)
    assert pictures == [
        FOUND + name.encode() if name == "anh-con" else FORM + f"{name}-150x150".encode()
        for name in BECAME
    ]
    captions = [caption.text() for figure in figures for caption in figure.css("figcaption")]
    assert captions == [f"Chú thích của {name}" for name in BECAME]
    larger, *others = figures
    assert "width" not in larger.css("img")[0].attributes, "the page told that of the form"
    assert "bản nhỏ" not in larger.text()
    assert all("bản nhỏ" in other.text() for other in others), "what is not held is told"

    for _ in range(3):
        archived.crawl("--media", *QUICK, code=None)
    again = asked_of(server) - asked
    assert {*again} <= {"anh-lap", "anh-hong"}, "what was answered is settled"
    tries = archived.rows("SELECT DISTINCT tries FROM media WHERE state = 'failed'")
    assert tries == [{"tries": 3}], "nor is a server that fails asked without end"


def answering(answered: Answer, nothing: bytes) -> Answer:
    """Answer as a portal that gives something else where it has nothing below its uploads."""

    def answers(asked: Asked) -> bytes:
        given = answered(asked)
        return nothing if given == NOT_FOUND and asked.target.startswith(FOLDER) else given

    return answers


@pytest.mark.parametrize(
    ("nothing", "reason"),
    [
        (
            answer(jpeg(800, 600), "image/jpeg"),
            "the host shows the same where there can be no page",
        ),
        (answer("Không có", "text/plain"), "nothing that {} can be a smaller form of"),
        (NOT_FOUND, "HTTP 404"),
    ],
    ids=["a picture", "words", "a status"],
)
def test_what_a_host_gives_in_the_place_of_any_picture_is_no_upload(
    portal: RawPortal, nothing: bytes, reason: str
) -> None:
    archived, server = portal(answering(galleried("anh-mat", "anh-con", "anh-xoa"), nothing))
    archived.crawl("--media", code=None)
    form = f"{server.url}{FOLDER}/{{}}-150x150.jpg"
    assert uploads(archived) == {
        "anh-con": ("held", None),
        "anh-mat": ("gone", reason.format(form.format("anh-mat"))),
        "anh-xoa": ("gone", reason.format(form.format("anh-xoa"))),
    }
    assert asked_of(server)["khong-co-trang-nay-hoi-de-biet"] == 1, "once a crawl"
    assert max(asked_of(server).values()) == 1


def test_a_host_of_which_no_upload_is_believed_is_not_asked_what_it_has_not(
    portal: RawPortal,
) -> None:
    archived, server = portal(galleried("anh-mat", "anh-trang"))
    archived.crawl("--media", code=None)
    assert {*asked_of(server)} == {
        *("anh-mat", "anh-trang"),
        *("anh-mat-150x150", "anh-trang-150x150"),
    }


def test_a_host_that_may_not_be_asked_what_it_has_not_is_believed(portal: RawPortal) -> None:
    rules = answer(f"User-agent: *\nDisallow: {FOLDER}/khong-co-\n", "text/plain")
    archived, server = portal(galleried("anh-con", "anh-moi", robots=rules))
    archived.crawl("--media", code=None)
    assert "khong-co-trang-nay-hoi-de-biet" not in asked_of(server)
    assert uploads(archived) == {"anh-con": ("held", None), "anh-moi": ("held", None)}


def test_robots_are_obeyed_for_uploads_too(portal: RawPortal) -> None:
    rules = answer(f"User-agent: *\nDisallow: {FOLDER}/anh-con.jpg\n", "text/plain")
    archived, server = portal(galleried("anh-con", robots=rules))
    archived.crawl("--media", code=None)
    assert asked_of(server) == {"anh-con-150x150": 1}
    assert uploads(archived) == {"anh-con": ("refused", "robots.txt forbids it")}


async def test_reread_uses_what_is_held_and_asks_nobody(portal: RawPortal) -> None:
    archived, server = portal(galleried("anh-con", "anh-moi"))
    archived.crawl("--media", code=None)
    with closing(sqlite3.connect(archived.db)) as db, db:  # as an older version left it
        db.execute("UPDATE images SET upload = NULL")
        db.execute("UPDATE media SET kind = 'theme' WHERE url LIKE '%/anh-con.jpg'")
        db.execute("DELETE FROM media WHERE url LIKE '%/anh-moi.jpg'")
    _, before = await shown(archived)
    assert before == [FORM + b"anh-con-150x150", FORM + b"anh-moi-150x150"]
    asked, sites = len(server.asked), str(archived.folder / "sites")
    done = run("reread", "--db", archived.db, TINHUYEN_SITES=sites)
    assert done.code == 0, done.out + done.err
    assert len(server.asked) == asked
    assert uploads(archived) == {"anh-con": ("held", None), "anh-moi": ("waiting", None)}
    _, pictures = await shown(archived)
    assert pictures == [FOUND + b"anh-con", FORM + b"anh-moi-150x150"]
    assert archived.rows("SELECT count(*) AS n FROM revisions") == [{"n": 0}]
    done = run("verify", "--db", archived.db, TINHUYEN_SITES=sites)
    assert done.code == 0, done.out + done.err

    archived.crawl("--media", code=None)
    _, pictures = await shown(archived)
    assert pictures == [FOUND + b"anh-con", FOUND + b"anh-moi"]


async def test_programs_and_plain_pages_are_given_the_upload(portal: RawPortal) -> None:
    archived, server = portal(galleried("anh-con", "anh-mat"))
    archived.crawl("--media", code=None)
    (row,) = archived.rows("SELECT code FROM articles WHERE url LIKE '%bai-1.html'")
    async with opened(archived.db) as room:
        held, missing = (await room.client.get(f"/a/{row['code']}.json")).json()["images"]
    ledger = archived.rows("SELECT url, sha256 FROM media WHERE state = 'held'")
    digests = {Path(row["url"]).stem: row["sha256"] for row in ledger}
    assert (held["is_upload"], held["sha256"]) == (True, digests["anh-con"])
    assert (missing["is_upload"], missing["sha256"]) == (False, digests["anh-mat-150x150"])
    assert missing["upload"] == f"{server.url}{FOLDER}/anh-mat.jpg"

    out = archived.folder / "tinh"
    assert run("export", "static", "--db", archived.db, out).code == 0
    (page,) = (file for file in out.rglob("*.html") if b"anh-con</fig" in file.read_bytes())
    sources = re.findall(r'<img src="([^"]+)"', page.read_text("utf-8"))
    assert [(page.parent / source).read_bytes() for source in sources] == [
        FOUND + b"anh-con",
        FORM + b"anh-mat-150x150",
    ]


def test_of_a_hidden_article_no_upload_is_given(portal: RawPortal) -> None:
    archived, server = portal(galleried("anh-con"))
    archived.crawl("--media", code=None)
    url = f"{server.url}/tin/bai-1.html"

    def given(name: str, *chosen: str) -> bool:
        out = archived.folder / f"{name}.warc.gz"
        done = run("export", "warc", "--db", archived.db, out, *chosen)
        assert done.code == 0, done.err
        return FOUND + b"anh-con" in gzip.decompress(out.read_bytes())

    assert given("a", "--search", '"Đợt 1."'), "it goes with its article"
    assert not given("b", "--search", '"Đợt 2."')
    done = run("hide", "--db", archived.db, url, "--reason", "theo yêu cầu")
    assert done.code == 0, done.err
    assert not given("c")
    assert not archived.rows("SELECT 1 FROM media WHERE url LIKE '%anh-con%'")
    assert run("hide", "--db", archived.db, url, "--undo").code == 0
    assert given("d")
    assert uploads(archived) == {"anh-con": ("held", None)}


def test_an_upload_that_a_page_names_is_a_picture_and_asked_for_anew(tmp_path: Path) -> None:
    site = dict.fromkeys(SITE_COLUMNS) | {
        "key": "thu", "name": "Huyện Thử", "cms": "wordpress", "base_url": "https://huyen.example/",
    }  # fmt: skip
    url = f"{UPLOADS}/anh.jpg"
    with Archive.open(tmp_path / "archive.db", create=True) as archive:
        run_id = archive.runs.start(site)
        with writing(archive.path) as tables:
            tables.media.discover("thu", [url], MediaKind.UPLOAD)
        assert archive.media.due("thu", run_id, set()) is None, "no picture is a form of it"
        assert archive.media.sought("thu", url) is None
        with closing(sqlite3.connect(archive.path)) as db, db:
            db.execute("UPDATE media SET state = 'gone'")
        with writing(archive.path) as tables:
            for kind in (MediaKind.UPLOAD, MediaKind.PICTURE, MediaKind.UPLOAD):
                tables.media.discover("thu", [url], kind)
        assert archive.media.due("thu", run_id, set()) == url
    with closing(sqlite3.connect(archive.path)) as db:
        kept = db.execute("SELECT kind, state FROM media").fetchall()
    assert kept == [("picture", "waiting")]


@pytest.mark.parametrize("is_named_here", [True, False])
def test_a_merge_goes_by_what_pages_name(tmp_path: Path, is_named_here: bool) -> None:
    url = f"{BASE}uploads/anh.jpg"
    one, other = (
        Portal(tmp_path / "mot", ("a", 1, "Một.")),
        Portal(tmp_path / "hai", ("b", 2, "Hai.")),
    )
    for portal, kind in ((one, MediaKind.PICTURE), (other, MediaKind.UPLOAD)):
        with writing(portal.db) as tables:
            tables.media.discover(KEY, [url], kind)
    with closing(sqlite3.connect(other.db)) as db, db:
        gone = "UPDATE media SET state = 'gone', tries = 1, tried_at = '2026-01-01T00:00:00Z'"
        db.execute(f"{gone} WHERE kind = 'upload'")
    to, source = (one, other) if is_named_here else (other, one)
    merge(to.db, source.db)
    assert rows(to.db, "SELECT kind, state FROM media") == [("picture", "waiting")]


def test_an_older_archive_takes_uploads(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    add = "INSERT INTO media (site, url, state, kind) VALUES ('thu', ?, 'held', ?)"
    with closing(sqlite3.connect(path)) as connection:
        db = Connection(connection)
        migrations.apply(db, stop_before="tell_uploads")
        db.execute("PRAGMA writable_schema = ON")
        db.execute(
            "UPDATE sqlite_master SET sql = replace(sql, ?, '') WHERE name = 'media'",
            ["'upload', "],
        )
        db.execute("PRAGMA writable_schema = RESET")
        db.execute("INSERT INTO sites (key, name, cms, base_url) VALUES ('thu', 'T', 'x', 'x')")
        db.execute(add, ["a", "thumbnail"])
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(add, ["b", "upload"])
        connection.commit()
    with Archive.open(path) as archive:
        assert list(archive.damage()) == []
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(add, ["b", "upload"])
        kept = connection.execute("SELECT id, url, kind FROM media ORDER BY id").fetchall()
    assert kept == [(1, "a", "thumbnail"), (2, "b", "upload")]
