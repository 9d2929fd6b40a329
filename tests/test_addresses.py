"""Addresses: which variants are one and the same page, and which belong to a portal."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.text import addresses
from crawler.text.addresses import absolute, as_served, on_same_host, urlkey

PAGE = "https://chodon.gov.vn/tin-tuc/bai-viet/"
HOME = "https://chodon.gov.vn/"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://chodon.gov.vn/a/", HOME + "a/"),
        ("/a/", HOME + "a/"),
        ("a/", PAGE + "a/"),
        ("../a/", HOME + "tin-tuc/a/"),
        ("//chodon.gov.vn/a/", HOME + "a/"),
        ("?page=2", PAGE + "?page=2"),
        ("", PAGE),
        ("  /a/\n", HOME + "a/"),
        ("/a\n/b\t/", HOME + "a/b/"),
        ("HTTPS://ChoDon.GOV.vn/A/", HOME + "A/"),
        ("https://chodon.gov.vn", HOME),
        ("https://chodon.gov.vn:443/a/", HOME + "a/"),
        ("http://chodon.gov.vn:80/a/", "http://chodon.gov.vn/a/"),
        ("http://chodon.gov.vn:8080/a/", "http://chodon.gov.vn:8080/a/"),
        ("https://ten:matkhau@chodon.gov.vn/a/", HOME + "a/"),
        # fragments and tracking
        ("/a/#binh-luan", HOME + "a/"),
        ("#", PAGE),
        ("/a/?fbclid=IwAR0x&utm_source=zalo&utm_medium=bai", HOME + "a/"),
        ("/a/?p=12&fbclid=x", HOME + "a/?p=12"),
        ("/a.html?showComment=1415600000#c1", HOME + "a.html"),
        (
            "/tin?p_p_id=101&p_p_lifecycle=0&p_p_state=maximized&p_p_col_count=1&_101_urlTitle=bai"
            "&_101_redirect=%2Ftrang-chu&p_auth=Xy1",
            HOME + "tin?p_p_id=101&_101_urlTitle=bai",
        ),
        ("/a/?share=facebook", HOME + "a/"),
        ("/a/?amp", HOME + "a/"),
        ("/?p=123", HOME + "?p=123"),
        ("/a.aspx?MenuID=7&&ID=9", HOME + "a.aspx?MenuID=7&ID=9"),
        # what browsers encode
        ("/tin tức/", HOME + "tin%20t%E1%BB%A9c/"),
        ("/tin-t%E1%BB%A9c/", HOME + "tin-t%E1%BB%A9c/"),
        ("/a/?q=chợ", HOME + "a/?q=ch%E1%BB%A3"),
        ("\\tep\\quyet-dinh.pdf", HOME + "tep/quyet-dinh.pdf"),
        ("/tai?tep=a\\b", HOME + "tai?tep=a%5Cb"),
        ("http://Đồn.vn/", "http://xn--n-kia869t.vn/"),
        ("http://[::1]:8000/a", "http://[::1]:8000/a"),
        # no page
        ("javascript:void(0)", None),
        ("JavaScript:alert(1)", None),
        ("mailto:ubnd@chodon.gov.vn", None),
        ("tel:02093882236", None),
        ("data:image/gif;base64,R0lGOD", None),
        ("ftp://chodon.gov.vn/a", None),
        ("file:///etc/passwd", None),
        ("about:blank", None),
        ("http://", None),
        ("http://[", None),
        ("http://cho don.gov.vn/", None),
        ("http://%63hodon.gov.vn/", None),
        ("http://chodon.gov.vn:x/", None),
        ("http://chodon.gov.vn:99999/", None),
    ],
)
def test_absolute(href: str, expected: str | None) -> None:
    assert absolute(href, PAGE) == expected


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://chodon.backan.gov.vn/tin-tuc?page=2", "vn,gov,backan,chodon)/tin-tuc?page=2"),
        ("http://www.chodon.gov.vn/a/", "vn,gov,chodon)/a"),
        ("https://chodon.gov.vn", "vn,gov,chodon)/"),
        ("https://chodon.gov.vn/?p=7", "vn,gov,chodon)/?p=7"),
        ("http://127.0.0.1:8765/a/", "1,0,0,127:8765)/a"),
    ],
)
def test_urlkey(url: str, key: str) -> None:
    assert urlkey(url) == key


@pytest.mark.parametrize(
    "other",
    [
        "http://chodon.gov.vn/a/?x=1&y=2",
        "https://www.chodon.gov.vn/a/?x=1&y=2",
        "https://CHODON.gov.vn/a?x=1&y=2",
        "https://chodon.gov.vn:443/a/?x=1&y=2",
        "http://chodon.gov.vn:80/a/?x=1&y=2",
        "https://chodon.gov.vn/a/?y=2&x=1",
        "https://chodon.gov.vn/%61/?x=1&y=2",
        "https://chodon.gov.vn/a/?x=1&fbclid=z&y=2",
        "https://chodon.gov.vn/a/?x=1&y=2#binh-luan",
    ],
)
def test_variants_of_one_page(other: str) -> None:
    assert urlkey(other) == urlkey("https://chodon.gov.vn/a/?x=1&y=2")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://chodon.gov.vn/a", "https://chodon.gov.vn/A"),
        ("https://chodon.gov.vn/a", "https://chodon.gov.vn/b"),
        ("https://chodon.gov.vn/?p=1", "https://chodon.gov.vn/?p=2"),
        ("https://chodon.gov.vn/a", "https://chodon.gov.vn/a?page=2"),
        ("https://chodon.gov.vn/a?x=1&x=2", "https://chodon.gov.vn/a?x=1"),
        ("https://chodon.gov.vn:8080/", "https://chodon.gov.vn/"),
        ("https://chodon.gov.vn/", "https://tin.chodon.gov.vn/"),
        # addresses in an old charset, of which neither is UTF-8
        ("https://chodon.gov.vn/%E1", "https://chodon.gov.vn/%E2"),
        ("https://chodon.gov.vn/?q=%E1", "https://chodon.gov.vn/?q=%E2"),
    ],
)
def test_other_pages(one: str, other: str) -> None:
    assert urlkey(one) != urlkey(other)


def test_both_forms_of_a_name_are_one_page() -> None:
    forms = (unicodedata.normalize(form, HOME + "chợ-đồn/") for form in ("NFC", "NFD"))
    addresses = {absolute(url, HOME) for url in forms}
    assert len(addresses) == 2
    assert len({urlkey(url) for url in addresses if url}) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://chodon.gov.vn/a", "http://www.chodon.gov.vn/b", True),
        ("https://chodon.gov.vn/", "https://CHODON.gov.vn/", True),
        ("http://127.0.0.1:81/", "http://127.0.0.1:82/", False),
        ("https://chodon.gov.vn/", "https://chodon.gov.vn.example/", False),
        ("https://chodon.gov.vn/", "https://backan.gov.vn/", False),
        ("https://nammau.babe.gov.vn/", "https://babe.gov.vn/", False),
    ],
)
def test_same_host(one: str, other: str, same: bool) -> None:
    assert on_same_host(one, other) is same
    assert on_same_host(other, one) is same


@pytest.mark.parametrize(
    ("url", "by", "expected"),
    [
        ("http://www.chodon.gov.vn/a?x=1", HOME, "https://chodon.gov.vn/a?x=1"),
        ("https://chodon.gov.vn/a", "http://www.chodon.gov.vn/", "http://www.chodon.gov.vn/a"),
        ("https://khac.gov.vn/a", HOME, "https://khac.gov.vn/a"),
        ("http://chodon.gov.vn:8080/a", HOME, "http://chodon.gov.vn:8080/a"),
    ],
)
def test_as_served(url: str, by: str, expected: str) -> None:
    assert as_served(url, by) == expected


hrefs = st.one_of(
    st.text(),
    st.from_regex(
        r"(https?://)?[a-zà-ỹ.:@\[\]]{0,12}(:[0-9]{0,6})?/[^ ]{0,12}(\?[a-z=&%+;é]{0,12})?(#.*)?",
        fullmatch=True,
    ),
)


@given(hrefs, st.one_of(st.just(PAGE), st.text()))
def test_nothing_raises(href: str, base: str) -> None:
    url = absolute(href, base)
    if url is not None:
        assert urlkey(url)
        assert on_same_host(url, url)


@example(";\x1b")
@given(hrefs)
def test_an_address_is_as_absolute_as_it_gets(href: str) -> None:
    url = absolute(href, PAGE)
    if url is not None:
        assert absolute(url, "https://khac.example/") == url
        assert absolute(url + "#cuoi-trang", PAGE) == url
        assert as_served(url, url) == url
        assert url.isascii()


_PIECES = ["/", "a", "b", ".", "-", "~", "_", "0", "?", "#", "%", "&", ":", "@", " ", "../"]
_BASES = [
    "https://a.vn/", "http://a.vn", "https://a-b.vn:8080/x/y?z=1#q", "https://a.vn:443/x",
    "http://[::1]/x", "https://A.vn/x", "https://a.vn/x/../y", "https://user@a.vn/x", "ftp://a.vn/x",
    "https://a.vn:99999/x", "https://a..vn/", "https://a.vn./x/?utm_x=1", "",
]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=9).map("".join), st.sampled_from(_BASES))
def test_the_short_ways_to_an_address_lead_where_the_long_one_does(href: str, base: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for short in ("_ROOTED", "_ABSOLUTE"):
            patch.setattr(addresses, short, re.compile("(?!)"))
        expected = absolute(href, base), absolute("/" + href, base)
    assert (absolute(href, base), absolute("/" + href, base)) == expected
