"""Pages that show further articles below their own, as one scrolls on."""

import pytest

from crawler.page import Page
from crawler.readers import read_page
from tests.test_generic import FIRST, HEAD, SECOND, TEXT, THIRD

URL = "https://huyen.example/tin/trong-rung.html"
NAME = "Ra quân trồng rừng đầu xuân"
OTHER = "Trường học vùng cao đón năm học mới trong niềm vui của bà con các bản. "
FURTHER = (
    "<h1 class='title'>Khai giảng năm học mới</h1><div><i>01/08/2019</i></div>"
    f"<div class=text><p>{OTHER * 4}</p><p>{OTHER * 5}</p><p>{OTHER * 6}</p></div>"
)
OF_ANOTHER_KIND = FURTHER.replace("'title'", "'part'")
OWN = f"<h1 class='title first'>{NAME}</h1><div><i>05/08/2019</i></div>"


def read(body: str) -> Page:
    return read_page(f"<head>{HEAD}</head><body>{body}</body>".encode(), URL, cms="generic")


def said(page: Page) -> list[str]:
    assert page.article
    return [block.text for block in page.article.blocks if block.kind == "paragraph"]


@pytest.mark.parametrize(
    "body",
    [
        f"<div>{OWN}{TEXT}</div><div>{FURTHER}</div>",
        f"<div>{OWN}{TEXT}</div><div>{FURTHER}</div><div>{FURTHER}</div>",
        f"<div>{OWN}{TEXT}</div><div><div>{FURTHER}</div><div>{FURTHER}</div></div>",
        f"<header>{OWN}</header><main><div>{TEXT}</div><div><div>{FURTHER}</div></div></main>",
        f"<article>{OWN}{TEXT}</article><article>{FURTHER}</article>",
    ],
)
def test_the_article_is_the_first_however_long_the_others_are(body: str) -> None:
    page = read(body)
    assert said(page) == [FIRST, SECOND, THIRD]
    assert page.article
    assert page.article.title == NAME
    assert str(page.article.published_at) == "2019-08-05"


SECTION = f"<div><h1 class='title'>Công tác chuẩn bị</h1><div><p>{OTHER * 2}</p></div></div>"


@pytest.mark.parametrize(
    "body",
    [
        f"<div>{OWN}{TEXT}</div>{SECTION}{SECTION.replace('chuẩn bị', 'tổng kết')}",  # no day
        f"<div>{OWN}{TEXT}<h1 class=title>Công tác chuẩn bị</h1><p>{OTHER * 2}</p></div>",
        f"<div>{OWN}{TEXT}</div><div>{OF_ANOTHER_KIND}</div>",
        f"<div>{OWN}<p>Sáng nay.</p></div><div>{FURTHER}</div>",  # next to nothing would be left
    ],
)
def test_sections_of_an_article_and_what_may_be_its_only_text_stay(body: str) -> None:
    assert OTHER.strip() in " ".join(said(read(body)))
