"""References to articles: read back by programs that take them."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import bibtexparser
import pytest
import rispy
from bibtexparser.bparser import BibTexParser
from bibtexparser.customization import convert_to_unicode
from jsonschema import Draft7Validator

from reading_room.articles.citing import (
    Cited,
    authors,
    bibtex,
    cited,
    csl,
    json_ld,
    metas,
    plain,
    ris,
)
from reading_room.articles.formats import preferred
from reading_room.language import speaking
from reading_room.plugins.display import show_day
from tests.room_sample import HOSTILE

CSL = json.loads(
    (Path(__file__).parent / "schemas" / "csl-data-1.0.2.json").read_text(encoding="utf-8")
)
PAGE = "https://kho.example/a/xpywg9me8mrmp"
TEXT = Cited(
    title="Huyện Chợ Đồn khai giảng năm học mới",
    authors=("Ban Biên tập",),
    byline="Ban Biên tập",
    site="Cổng thông tin điện tử huyện Chợ Đồn",
    published="2021-09-05T08:30:00+07:00",
    is_doubtful=False,
    url="https://chodon.example/khai-giang/?p=1&q=50%25",
    code="xpywg9me8mrmp",
    digest="0123456789abcdef" * 4,
    seen=date(2025, 6, 20),
    address=f"{PAGE}/0123456789abcdef",
    language="vi",
    lead="Hơn 12 nghìn học sinh dự lễ.",
    tags=("khai giảng", "giáo dục"),
)
HOSTILE_TEXT = replace(
    TEXT,
    title=f"{HOSTILE} {{\\input}} 50% #1 $x_1^2$ ~ </script><!--",
    authors=(HOSTILE,),
    site="Cổng & trang {thông tin} 100%",
    tags=("<i>thẻ</i>",),
)


def as_bibtex(text: Cited) -> dict[str, str]:
    """Read an entry back, its LaTeX as what it stands for."""
    parser = BibTexParser(customization=convert_to_unicode, ignore_nonstandard_types=False)
    (entry,) = bibtexparser.loads(bibtex(text), parser).entries
    return {name: value.strip("{}") for name, value in entry.items()}


def as_ris(text: Cited) -> dict[str, Any]:
    written = ris(text)
    assert written.endswith("ER  - \r\n")
    (entry,) = rispy.loads(written)
    return entry


def as_csl(text: Cited) -> dict[str, Any]:
    Draft7Validator(CSL).validate(csl(text))
    (item,) = csl(text)
    return item


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "vi",
            "Ban Biên tập, “Huyện Chợ Đồn khai giảng năm học mới”, Cổng thông tin điện tử huyện"
            f" Chợ Đồn, 05/09/2021, {TEXT.url}. Bản lưu Tin Huyện: bài xpywg9me8mrmp,"
            f" SHA-256 0123456789abcdef…, {TEXT.address}, bản ngày 20/06/2025",
        ),
        (
            "en",
            "Ban Biên tập, “Huyện Chợ Đồn khai giảng năm học mới”, Cổng thông tin điện tử huyện"
            f" Chợ Đồn, 5 September 2021, {TEXT.url}. Archived by Tin Huyện: article xpywg9me8mrmp,"
            f" SHA-256 0123456789abcdef…, {TEXT.address}, as seen on 20 June 2025",
        ),
    ],
)
def test_a_citation_in_words(language: str, said: str) -> None:
    with speaking(language):
        assert plain(TEXT) == said


def test_what_is_not_known_is_not_said() -> None:
    text = replace(TEXT, authors=(), byline=None, published=None, url=None, address=None, lead=None)
    with speaking("en"):
        assert plain(text).startswith(f"“{text.title}”, {text.site}, date unknown. Archived by")
        assert "http" not in plain(text)
    assert {"date", "year", "month", "author", "url"}.isdisjoint(as_bibtex(text))
    assert {"year", "date", "authors", "urls", "abstract"}.isdisjoint(as_ris(text))
    assert {"issued", "author", "URL", "abstract"}.isdisjoint(as_csl(text))
    assert {"datePublished", "author", "url"}.isdisjoint(json.loads(json_ld(text, PAGE)))
    names = {name for _, name, _ in metas(text, PAGE)}
    unknown = (
        "citation_publication_date",
        "article:published_time",
        "citation_author",
        "DC.source",
    )
    assert names.isdisjoint(unknown)


@pytest.mark.parametrize(
    ("published", "day"),
    [
        ("2021-09-05", date(2021, 9, 5)),
        ("2021-09-05T23:30:00+07:00", date(2021, 9, 5)),
        ("2021-09-04T20:30:00+00:00", date(2021, 9, 5)),
        ("2021-09-04T16:30:00Z", date(2021, 9, 4)),
    ],
)
def test_the_day_is_that_which_the_page_shows(published: str, day: date) -> None:
    text = replace(TEXT, published=published)
    assert text.day == day
    assert show_day(published) == f"{day:%d/%m/%Y}"
    assert as_bibtex(text)["date"] == day.isoformat()


def test_a_doubtful_date_is_said_to_be_or_left_out() -> None:
    text = replace(TEXT, is_doubtful=True)
    with speaking("en"):
        assert "5 September 2021 (date doubtful)" in plain(text)
        assert as_bibtex(text)["note"].endswith("; date of publication doubtful")
        assert as_ris(text)["notes"][0].endswith("; date of publication doubtful")
    assert as_csl(text)["issued"]["circa"] is True
    assert "datePublished" not in json.loads(json_ld(text, PAGE))
    assert "citation_publication_date" not in {name for _, name, _ in metas(text, PAGE)}


def test_bibtex() -> None:
    entry = as_bibtex(TEXT)
    assert entry["ENTRYTYPE"] == "online"
    assert entry["ID"] == TEXT.code
    assert entry["title"] == TEXT.title
    assert entry["author"] == "Ban Biên tập"
    assert entry["organization"] == TEXT.site
    assert (entry["date"], entry["year"], entry["month"]) == ("2021-09-05", "2021", "9")
    assert entry["url"] == TEXT.url
    assert entry["urldate"] == "2025-06-20"
    assert entry["langid"] == "vietnamese"
    assert str(TEXT.address) in entry["note"]


def test_ris() -> None:
    entry = as_ris(TEXT)
    assert entry["type_of_reference"] == "ELEC"
    assert entry["title"] == TEXT.title
    assert entry["authors"] == ["Ban Biên tập"]
    assert entry["secondary_title"] == TEXT.site
    assert (entry["year"], entry["date"]) == ("2021", "2021/09/05/")
    assert entry["urls"] == [TEXT.url, TEXT.address]
    assert entry["keywords"] == [*TEXT.tags]
    assert entry["accession_number"] == TEXT.code


def test_csl_json() -> None:
    item = as_csl(TEXT)
    assert item["type"] == "webpage"
    assert item["author"] == [{"literal": "Ban Biên tập"}]
    assert item["issued"] == {"date-parts": [[2021, 9, 5]]}
    assert item["URL"] == TEXT.url
    assert item["archive_location"] == TEXT.address


def test_the_head_is_what_zotero_reads_as_a_web_page_and_no_journal() -> None:
    """By the rules of its translator Embedded Metadata: the type is Dublin Core's, the publication
    PRISM's, and all else Highwire's. Zotero itself is not run here (docs/citing.md).
    """
    told = {name: content for _, name, content in metas(TEXT, PAGE)}
    assert told["DC.type"] == "webpage"
    assert told["prism.publicationName"] == TEXT.site
    assert told["citation_title"] == told["og:title"] == TEXT.title
    assert told["citation_author"] == "Ban Biên tập"
    assert told["citation_publication_date"] == "2021/09/05"
    assert told["citation_public_url"] == told["og:url"] == PAGE
    assert "citation_journal_title" not in told


def test_hostile_words_are_words_in_every_format() -> None:
    assert as_ris(HOSTILE_TEXT)["title"] == HOSTILE_TEXT.title
    assert as_csl(HOSTILE_TEXT)["title"] == HOSTILE_TEXT.title
    said = json_ld(replace(HOSTILE_TEXT, lead="a\u2028b"), PAGE)
    assert not {*"<>&\u2028"} & {*said}
    assert json.loads(said)["headline"] == HOSTILE_TEXT.title
    written = bibtex(HOSTILE_TEXT)
    assert written.count("{") == written.count("}")
    assert r"50\% \#1 \$x\_1\textasciicircum{}2\$" in written
    assert r"\{\textbackslash{}input\}" in written


def test_a_line_of_ris_stays_one() -> None:
    row = {
        **{
            "title": "Hai\r\nER  - \r\ndòng",
            "lead": "a\nb",
            "body": "",
            "author": "A\r\nTY  - BOOK",
        },
        **{"url": "https://chodon.example/a b\r\n{}", "id": 3, "text_sha256": "0" * 64},
        **{"published_at": None, "last_seen_at": "2025-06-19T20:00:00Z"},
    }
    text = cited(row, "Cổng\nthông tin", None)
    entry = as_ris(text)
    assert entry["title"] == "Hai ER - dòng"
    assert entry["type_of_reference"] == "ELEC"
    assert text.url == "https://chodon.example/a%20b%0D%0A%7B%7D"
    assert text.code == "3"
    assert text.seen == date(2025, 6, 20), "in Viet Nam it is the next day"


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Ban Biên tập", ["Ban Biên tập"]),
        ("Hoàng Thị Nga, Nông Văn Páo", ["Hoàng Thị Nga", "Nông Văn Páo"]),
        ("Hoàng Nga; Thu Trang", ["Hoàng Nga", "Thu Trang"]),
        ("Hoàng Nga, Phó Chủ tịch", ["Hoàng Nga, Phó Chủ tịch"]),
        ("Hoàng Nga, PV", ["Hoàng Nga, PV"]),
        ("  ", []),
        (None, []),
    ],
)
def test_who_wrote_it(byline: str | None, names: list[str]) -> None:
    assert [*authors(byline)] == names
    text = replace(TEXT, authors=tuple(names))
    assert [author["literal"] for author in as_csl(text).get("author", [])] == names
    assert all("," not in author for author in as_ris(text).get("authors", []))


@pytest.mark.parametrize(
    ("accept", "ending"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", ""),
        ("*/*", ""),
        ("", ""),
        ("application/x-bibtex", "bib"),
        ("application/x-research-info-systems;q=0.9, application/x-bibtex;q=0.5", "ris"),
        ("application/vnd.citationstyles.csl+json, text/html;q=0.5", "csl.json"),
        ("text/html, application/x-bibtex", ""),
        ("application/json", "json"),
        ("application/x-bibtex;q=x, application/json;q=0", ""),
        ("Application/X-BibTeX ; q=1.0", "bib"),
    ],
)
def test_the_format_that_is_asked_for(accept: str, ending: str) -> None:
    assert preferred(accept) == ending
