"""From the bytes of a page to its text."""

from encodings.aliases import aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.charset import decode
from crawler.text.normalise import normalise
from tests.strategies import quick

TITLE = "Chợ Đồn phát động phong trào “dân vận khéo”"
META = '<html><head><meta charset="{}"><title>{}</title>'
NFD_1258 = "Chơ\u0323 Đô\u0300n"  # windows-1258 has few letters with a tone


@pytest.mark.parametrize(
    ("body", "content_type", "charset"),
    [
        (TITLE.encode(), None, "utf-8"),
        (TITLE.encode(), "text/html", "utf-8"),
        (TITLE.encode(), "text/html; charset=utf-8", "utf-8"),
        (TITLE.encode(), 'text/html; charset="UTF-8"', "utf-8"),
        (META.format("utf-8", TITLE).encode(), None, "utf-8"),
        (TITLE.encode("utf-8-sig"), None, "utf-8"),
        (TITLE.encode("utf-8-sig"), "text/html; charset=windows-1258", "utf-8"),
        (b"\xff\xfe" + TITLE.encode("utf-16-le"), None, "utf-16-le"),
        (META.format("windows-1258", NFD_1258).encode("cp1258"), None, "cp1258"),
        (NFD_1258.encode("cp1258"), "text/html; charset=windows-1258", "cp1258"),
        # the header before the page's own declaration
        (META.format("iso-8859-1", TITLE).encode(), "text/html; charset=utf-8", "utf-8"),
        # a page that could be read so far is not in UTF-16, whatever it says
        (META.format("utf-16", TITLE).encode(), None, "utf-8"),
        # no charsets of the web
        (META.format("x-vps", TITLE).encode(), None, "utf-8"),
        (META.format("rot13", TITLE).encode(), None, "utf-8"),
        (META.format("utf-7", TITLE).encode(), "text/html; charset=hex", "utf-8"),
        (TITLE.encode(), "text/html; charset=", "utf-8"),
        (TITLE.encode(), "; charset=(", "utf-8"),
    ],
)
def test_charset(body: bytes, content_type: str | None, charset: str) -> None:
    text, found = decode(body, content_type)
    assert found == charset
    assert TITLE in text or "Chợ Đồn" in normalise(text)
    assert "\ufeff" not in text


def test_bytes_that_do_not_fit_are_marked_and_the_rest_is_kept() -> None:
    text, charset = decode("Chợ Đồn".encode() + b"\xe1\x20" + "huyện".encode())
    assert (text, charset) == ("Chợ Đồn\ufffd huyện", "utf-8")


@pytest.mark.parametrize("name", sorted({*aliases, *aliases.values(), "undefined", "idna"}))
def test_no_declaration_raises(name: str) -> None:
    body = META.format(name, TITLE).encode()
    for text, _ in (decode(body), decode(body, f"text/html; charset={name}")):
        assert isinstance(text, str)


@quick
@given(st.binary(), st.one_of(st.none(), st.text()))
def test_nothing_raises(body: bytes, content_type: str | None) -> None:
    decode(body, content_type)
