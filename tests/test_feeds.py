"""Feeds: what a feed reader gets, read by one."""

from typing import Any

import feedparser
import pytest

from reading_room.feeds import ATOM, Feed, article_entry, atom, entry_id
from reading_room.language import speaking
from tests.room_sample import HOSTILE

ROOM = "https://kho.example/tin"
ROW: dict[str, Any] = {
    "id": 7,
    "code": "xpywg9me8mrmp",
    "site": "chodon",
    "url": "https://chodon.example/bai?a=1&b=<2>",
    "title": "Huyện Chợ Đồn trồng hồng không hạt",
    "lead": "Mỗi năm trồng mới 50 ha.",
    "body": "Toàn văn.",
    "author": "Tổ Thông tin",
    "site_name": "Cổng thông tin điện tử huyện Chợ Đồn",
    "category": "Kinh tế",
    "published_at": "2024-03-07T09:15:00+07:00",
    "first_seen_at": "2024-04-01T05:30:00Z",
    "revised_at": "2024-04-02T05:30:00Z",
    "revision": 1,
}


def parsed(*rows: dict[str, Any]) -> Any:
    entries = [article_entry(row, ROOM.__add__) for row in rows]
    feed = Feed("Tin Huyện", f"{ROOM}/", f"{ROOM}/feed.atom", entries)
    read = feedparser.parse(atom(feed))
    assert not read.bozo, read.get("bozo_exception")
    assert read.version == "atom10"
    return read


def test_a_feed_is_atom_and_says_what_it_is_of() -> None:
    read = parsed(ROW)
    assert read.feed.id == f"{ROOM}/feed.atom"
    assert read.feed.updated == ROW["revised_at"]
    assert read.feed.link == f"{ROOM}/"
    (entry,) = read.entries
    assert entry.id == entry_id(ROW["code"])
    assert entry.id.startswith("urn:uuid:")
    assert entry.title == ROW["title"]
    assert entry.link == f"{ROOM}/a/{ROW['code']}"
    assert entry.published == ROW["published_at"]
    assert entry.updated == ROW["revised_at"]
    assert entry.summary == ROW["lead"]
    assert [author["name"] for author in entry.authors] == [ROW["author"], ROW["site_name"]]
    assert [tag["term"] for tag in entry.tags] == ["Kinh tế"]
    via = [link["href"] for link in entry.links if link["rel"] == "via"]
    assert via == ["https://chodon.example/bai?a=1&b=%3C2%3E"]


def test_an_article_has_one_id_whatever_becomes_of_it() -> None:
    """Of what has no code yet it is made of portal and address. The ids are what they were."""
    assert entry_id("xpywg9me8mrmp") == "urn:uuid:23b77715-69cd-5603-8f22-78192532683f"
    edited = parsed(ROW | {"title": "Khác", "id": 9, "revision": 2, "url": "https://khac.example/"})
    assert edited.entries[0].id == entry_id("xpywg9me8mrmp")
    old = [parsed(ROW | {"code": None, "site": site}).entries[0].id for site in ("a", "b", "b")]
    assert len({*old}) == 2


@pytest.mark.parametrize(
    ("language", "title", "label"),
    [
        ("vi", f"{ROW['title']} (đã sửa)", "Đã sửa"),
        ("en", f"{ROW['title']} (changed)", "Changed"),
    ],
)
def test_an_edit_is_marked(language: str, title: str, label: str) -> None:
    with speaking(language):
        (entry,) = parsed(ROW | {"revision": 3}).entries
    assert entry.title == title
    assert (entry.tags[0]["term"], entry.tags[0]["label"]) == ("revised", label)
    related = [link["href"] for link in entry.links if link["rel"] == "related"]
    assert related == [f"{ROOM}/changes/7/3"]


def test_no_time_is_made_up() -> None:
    (day,) = parsed(ROW | {"published_at": "2024-03-07"}).entries
    assert b"<published>" not in atom(
        Feed("", "", "", [article_entry(ROW | {"published_at": None}, str)])
    )
    assert day.published == "2024-03-07"  # as dcterms:issued
    (unknown,) = parsed(ROW | {"published_at": None}).entries
    assert "published" not in unknown


def test_an_article_without_title_or_lead_is_told_by_its_words() -> None:
    words = "Một hai ba bốn năm sáu bảy tám chín mười. " * 30
    (entry,) = parsed(ROW | {"title": "", "lead": None, "body": words}).entries
    assert entry.title.startswith("(không tiêu đề) Một hai ba")
    assert entry.summary.endswith("…")
    assert len(entry.summary) <= 401
    (hidden,) = parsed(ROW | {"title": "", "lead": None, "body": None}).entries
    assert hidden.title == "(bài đang được ẩn)"
    assert "summary" not in hidden


def test_hostile_words_are_words() -> None:
    control = "\x00\x08\ufffe\ud800 ]]> &amp;"
    row = ROW | dict.fromkeys(("title", "lead", "author", "category"), HOSTILE + control)
    (entry,) = parsed(row | {"url": "javascript:alert(1)", "site_name": HOSTILE}).entries
    assert entry.title == f"{HOSTILE} ]]> &amp;"
    assert entry.title_detail["type"] == "text/plain"
    assert entry.summary_detail["type"] == "text/plain"
    assert not [link for link in entry.links if "javascript" in link["href"]]


def test_an_empty_feed_is_a_feed() -> None:
    assert parsed().entries == []
    assert ATOM == "http://www.w3.org/2005/Atom"
