"""From the bytes of a page to its text."""

import gzip
import json
import re
import unicodedata
from codecs import BOM_UTF8
from encodings.aliases import aliases
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.charset import decode, to_utf8
from crawler.text.charset.legacy import TCVN3, VISCII, VNI, VPS
from crawler.text.charset.syllables import is_syllable

TITLE = "Chợ Đồn phát động phong trào “dân vận khéo”"
META = '<html><head><meta charset="{}"><title>{}</title>'
SHARED = Path(__file__).parents[2] / "shared"

SENTENCES = [
    "Ủy ban nhân dân huyện Chợ Đồn",
    "hội nghị tổng kết công tác năm 2009 và triển khai nhiệm vụ",
    "Đường ôtô đã được mở rộng đến các thôn vùng cao, khó khăn",
    "phát triển kinh tế - xã hội, giữ vững quốc phòng, an ninh",
    "Bí thư Huyện ủy kiểm tra phòng cháy, chữa cháy rừng",
    "quỹ khuyến học, giúp đỡ trẻ mồ côi; thuế thuỷ lợi phí",
    "sẽ ảnh hưởng lũ quét, sạt lở đất; ỷ lại, í ới, ế ẩm, ổn định",
    "Nghiêng ngả, khuỷu tay, ngoằn ngoèo, quạnh quẽ, thuở xưa, rượu ngô",
]


def in_1258(text: str) -> bytes:
    """Encode as Windows does: a letter with its quality, then the tone."""
    letters = []
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(c for c in parts if c in "\u0300\u0301\u0303\u0309\u0323")
        base = unicodedata.normalize("NFC", "".join(c for c in parts if c not in tone))
        letters.append(base + tone if tone else letter)
    return "".join(letters).encode("cp1258")


def in_tcvn3(text: str) -> str:
    """Write as the ABC fonts do: capitals with a tone are left to fonts of capitals."""
    signs = {letter: sign for sign, letter in TCVN3.items()}
    return "".join(signs.get(c) or signs.get(c.lower(), c) for c in text)


def in_vni(text: str) -> str:
    letters = {letter: sign for sign, letter in reversed(VNI.items())}
    return "".join(letters.get(c, c) for c in text)


def read_wrongly(text: str, charset: str = "cp1252") -> str:
    """Return UTF-8 as it looks in another charset; the bytes that it lacks become controls."""
    return "".join(bytes([b]).decode(charset, "ignore") or chr(b) for b in text.encode())


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
        (b"\xff\xfe" + TITLE.encode("utf-16-le"), None, "utf-16le"),
        (b"\xfe\xff" + TITLE.encode("utf-16-be"), "text/html; charset=utf-8", "utf-16be"),
        (META.format("windows-1258", "").encode() + in_1258(TITLE), None, "windows-1258"),
        (in_1258(TITLE), "text/html; charset=windows-1258", "windows-1258"),
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
        # what the bytes say themselves
        (TITLE.encode(), "text/html; charset=iso-8859-1", "utf-8 (declared windows-1252)"),
        (TITLE.encode(), "text/html; charset=windows-1258", "utf-8 (declared windows-1258)"),
        (TITLE.encode(), "text/html; charset=windows-1251", "utf-8 (declared windows-1251)"),
        (TITLE.encode(), "text/html; charset=gb2312", "utf-8 (declared gb18030)"),
        (META.format("iso-8859-1", TITLE).encode(), None, "utf-8 (declared windows-1252)"),
        (in_1258(TITLE), "text/html; charset=utf-8", "windows-1258 (declared utf-8)"),
        (in_1258(TITLE), None, "windows-1258 (declared nothing)"),
        (in_1258(TITLE), "text/html; charset=iso-8859-1", "windows-1258 (declared windows-1252)"),
        (META.format("utf-16", TITLE).encode("utf-16-le"), None, "utf-16le"),
        (META.format("utf-16", TITLE).encode("utf-16-be"), "text/html", "utf-16be"),
    ],
)
def test_charset(body: bytes, content_type: str | None, charset: str) -> None:
    text, found = decode(body, content_type)
    assert found == charset
    assert TITLE in text
    assert "\ufeff" not in text


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("Chợ Đồn".encode() + b"\xe1\x20" + "huyện".encode(), None, "Chợ Đồn\ufffd huyện"),
        ("Chợ Đồn".encode()[:-2], None, "Chợ Đ\ufffd"),
        ("Chợ Đồn".encode()[:-2], "text/html; charset=windows-1252", "Chợ Đ\ufffd"),
        ("Chợ".encode() + b"\xc0\xaf\xed\xa0\x80", None, "Chợ" + "\ufffd" * 5),
        (b"caf\xe9", None, "caf\ufffd"),
        (b"caf\xe9", "text/html; charset=iso-8859-1", "café"),
        (b"", None, ""),
    ],
)
def test_bytes_that_do_not_fit_are_marked_and_the_rest_is_kept(
    body: bytes, content_type: str | None, expected: str
) -> None:
    assert decode(body, content_type)[0] == expected


@pytest.mark.parametrize("name", sorted({*aliases, *aliases.values(), "undefined", "idna"}))
def test_no_declaration_raises(name: str) -> None:
    body = META.format(name, TITLE).encode()
    for text, _ in (decode(body), decode(body, f"text/html; charset={name}")):
        assert isinstance(text, str)


@given(st.binary(), st.one_of(st.none(), st.text()))
def test_nothing_raises(body: bytes, content_type: str | None) -> None:
    text, said = decode(body, content_type)
    assert to_utf8(body, content_type) == (text.encode(errors="replace"), said)


@given(
    st.lists(
        st.sampled_from(
            ["nh©n ", "huyÖn ", "Há»™i ", "&copy;", "<", ">", "<b>", "'", '="', "&", "ê"]
        )
    ).map("".join)
)
def test_nothing_raises_for_what_looks_broken(page: str) -> None:
    for body, kind in (
        (page.encode(), None),
        (BOM_UTF8 + page.encode(), None),
        (page.encode("cp1252"), "text/html; charset=windows-1252"),
    ):
        text, said = decode(body, kind)
        assert to_utf8(body, kind) == (text.encode(), said)


# What Vietnamese was before Unicode.


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("charset", [None, "utf-8", "iso-8859-1", "windows-1258"])
def test_windows_1258_comes_out_as_nfc(sentence: str, charset: str | None) -> None:
    said = charset and f"text/html; charset={charset}"
    assert decode(in_1258(f"<p>{sentence}</p>"), said)[0] == f"<p>{sentence}</p>"


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_tcvn3_comes_out_as_unicode(sentence: str, charset: str) -> None:
    page = f"<p>{in_tcvn3(sentence)}, {in_tcvn3(SENTENCES[1])}</p>"
    text, said = decode(page.encode(charset), f"text/html; charset={charset}")
    expected = f"<p>{sentence}, {SENTENCES[1]}</p>"
    assert text in (expected, expected.replace("Ủ", "ủ"))
    assert said.endswith(", TCVN3 converted")


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_vni_comes_out_as_unicode(sentence: str, charset: str) -> None:
    page = f"<p>{in_vni(sentence)}, {in_vni(SENTENCES[1])}</p>"
    text, said = decode(page.encode(charset), f"text/html; charset={charset}")
    assert text == f"<p>{sentence}, {SENTENCES[1]}</p>"
    assert said.endswith(", VNI converted")


@pytest.mark.parametrize("charset", ["cp1252", "latin-1", "cp1258"])
@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_mojibake_is_mended(sentence: str, charset: str, times: int) -> None:
    page = sentence
    for _ in range(times):
        page = read_wrongly(page, charset if times == 1 else "cp1252")
    assert decode(f"<p>{page}</p>".encode()) == (f"<p>{sentence}</p>", "utf-8, mojibake mended")


syllables = st.sampled_from(
    sorted({w for s in SENTENCES for w in re.findall(r"[^\W\d_]+", s) if w.islower()})
)
lines = st.lists(syllables, min_size=1, max_size=12).map(" ".join)


@given(lines)
def test_what_was_converted_is_what_was_written(line: str) -> None:
    whole = f"{line}, {SENTENCES[1]}, {SENTENCES[3]}"
    assert decode(in_1258(whole))[0] == whole
    assert decode(in_tcvn3(whole).encode())[0] == whole
    assert decode(in_vni(whole).encode("cp1252"))[0] == whole
    assert decode(read_wrongly(whole).encode())[0] == whole
    for form in ("NFC", "NFD"):  # the form is the page's own
        kept = unicodedata.normalize(form, whole)
        assert decode(kept.encode()) == (kept, "utf-8")


@pytest.mark.parametrize("letters", [TCVN3, VNI], ids=["TCVN3", "VNI"])
def test_the_tables_are_whole(letters: dict[str, str]) -> None:
    vowels = [base + mark for base, marks in
              {"a": ["", "\u0302", "\u0306"], "e": ["", "\u0302"], "i": [""],
               "o": ["", "\u0302", "\u031b"], "u": ["", "\u031b"], "y": [""]}.items()
              for mark in marks]  # fmt: skip
    tones = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
    every = {unicodedata.normalize("NFC", vowel + tone) for vowel in vowels for tone in tones}
    every = {letter for letter in every if not letter.isascii()} | {"đ"}
    assert len(every) == 67
    assert every <= set(letters.values())
    capitals = {letter.upper() for letter in every}
    assert capitals & set(letters.values()) == (capitals if letters is VNI else set("ĂÂÊÔƠƯĐ"))
    assert set(letters.values()) <= every | capitals
    assert all(len(sign.encode("cp1252")) == len(sign) <= 2 for sign in letters)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        # capitals are lower-case letters in TCVN3, shown by a font of capitals
        ("HéI §åNG NH¢N D¢N HUYÖN", "HỘI ĐỒNG NHÂN DÂN HUYỆN"),
        ("ñY BAN NH¢N D¢N huyÖn Chî §ån", "ỦY BAN NHÂN DÂN huyện Chợ Đồn"),
        ("Tæ ®éi, Së Tµi chÝnh, x· Vò LÔ, Uû ban", "Tổ đội, Sở Tài chính, xã Vũ Lễ, Uỷ ban"),
        (
            '<font face=".VnTimeH"><b>Uû ban</b> &amp; héi ®ång</font> nh©n d©n',
            '<font face=".VnTimeH"><b>UỶ BAN</b> &amp; HỘI ĐỒNG</font> nhân dân',
        ),
        # entities are text; what markup needs stays
        (
            "nh&#169;n d&copy;n &lt;huy&Ouml;n&gt; x&middot;&nbsp;&quot;Y&ordf;n&quot;",
            "nhân dân &lt;huyện&gt; xã\u00a0&quot;Yên&quot;",
        ),
        # signs that stand for themselves, and one that is a word
        ("© 2009 UBND huyÖn, x·, thÞ trÊn ®", "© 2009 UBND huyện, xã, thị trấn ®"),
        ("« t« chë Windows® qua huyÖn lþ", "ô tô chở Windows® qua huyện lỵ"),
        # markup is no text
        (
            '<!-- nh©n --><a href="/x·/nh©n.html" title="huyÖn x·">nh©n d©n</a>'
            '<script>var a = "nh©n";</script><style>a:after{content:"x·n"}</style>',
            '<!-- nh©n --><a href="/x·/nh©n.html" title="huyện xã">nhân dân</a>'
            '<script>var a = "nh©n";</script><style>a:after{content:"x·n"}</style>',
        ),
        # Unicode beside it is never touched, not even where it could be TCVN3
        (
            "<p>Thông tin</p><p>Thông báo của huyện</p><p>huyÖn, nh©n d©n, tæng kÕt</p>",
            "<p>Thông tin</p><p>Thông báo của huyện</p><p>huyện, nhân dân, tổng kết</p>",
        ),
        ("<p>huyện nh©n d©n</p><p>huyÖn, nh©n d©n, tæng kÕt</p>",
         "<p>huyện nh©n d©n</p><p>huyện, nhân dân, tổng kết</p>"),
    ],
)  # fmt: skip
def test_tcvn3_in_markup(page: str, expected: str) -> None:
    assert decode(page.encode()) == (expected, "utf-8, TCVN3 converted")


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>Trang chủ</p><p>Há»™i nghá»‹</p>", "<p>Trang chủ</p><p>Hội nghị</p>"),
        ("Tin mới: Há»™i nghá»‹, XÃ, Noël", "Tin mới: Hội nghị, XÃ, Noël"),
        ("H&aacute;&raquo;™i ngh&aacute;&raquo;&lsaquo;", "Hội nghị"),
        ("â€œLÃ£nh Ä‘áº¡oâ€\u009d huyá»‡n Ä\u0090áº¯k Láº¯k", "“Lãnh đạo” huyện Đắk Lắk"),
        (
            '<a href="/Há»™i">Há»™i Ä‘ua</a><img alt="nghá»‹"><script>"nghá»‹"</script>',
            '<a href="/Há»™i">Hội đua</a><img alt="nghị"><script>"nghá»‹"</script>',
        ),
    ],
)
def test_mojibake_in_markup(page: str, expected: str) -> None:
    assert decode(page.encode()) == (expected, "utf-8, mojibake mended")


LEFT_ALONE = [
    *SENTENCES,
    TITLE,
    "Thông tin tuyên truyền: có thể là hoà bình, toán, khoá, loá, hoạ, quý, thuý, uỷ",
    "thông báo, tôi có, hát, thì, cô giáo, bà già, đò, là, và, tháng này, xã ta",
    "Copyright © 2021 Cổng thông tin, Windows®, 100 m², 25°C, 5µm, §1, ½, ¾, 10±2",
    "Trang chủ » Tin tức » Văn hóa «cũ» ¡Hola! ¿Qué? l·lustre col·lecció so\u00adft",
    "où est le naïf? Noël, maïs, août, goût, là-bas, déjà, «été», garçon, cœur, à bientôt",
    "<b>où</b> <b>où</b> <i>là</i> çà et là, aïe, haïr, Saül, Loïc, canoë, égoïste",
    "größer, Fußgänger, über, öffnen, Mädchen, Straße, „Ä“, ‚Ä‘, schön, Bär, Tür, täglich",
    "«está»— «allá»– más, qué, él, niño, corazón, pingüino, ¡mamá!, así, sí, tú, té",
    "não, informação, São Paulo, avó, avô, lâmpada, à noite, é, às, pão, mãe, põe",
    "Zażółć gęślą jaźń; příliš žluťoučký kůň; árvíztűrő tükörfúrógép; să mărească",
    "så, på, må, gå, nå, då, här, är, för, även; København, smørrebrød, vær så god; Þór, ð",
    "hän, tämä, työ, päivää, näin, sää; ülõ, õun, ööbik, jäääär",
    "egoïst, coïncidentie, reünie, België, Zoë, één, naïeve",
    "lǐ lái, mā má mǎ mà, nǚ; città, perché, più, può, è, così, virtù",
    "中华人民共和国 新华社 北京", "日本語のページ", "한국어", "Привет, мир «да»", "ภาษาไทย",
    "🌾🇻🇳👍",
    "if (a && b) { x = y << 2; /* ©®« */ } $a->b['c'] = \"\\xe1\\xbb\";",
    "Ã, XÃ HỘI, Â, Ä, ĐẶC BIỆT LÀ Ở XÃ “A”, ÂM NHẠC, ĐÃ CÓ",
    "chợ-Ðồn Ðảng Ðoàn",  # an Icelandic letter for Đ, as some keyboards once gave it
]  # fmt: skip


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_is_right_is_left_alone(text: str) -> None:
    assert decode(text.encode()) == (text, "utf-8")
    tagged = "".join(f"<p>{piece}</p>" for piece in text.split())
    assert decode(tagged.encode())[0] == tagged
    joined = f"<p>{text}</p><p>" + "</p><p>".join(LEFT_ALONE) + "</p>"
    assert decode(joined.encode()) == (joined, "utf-8")


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_is_declared_rightly_is_read_so(text: str) -> None:
    try:
        body = text.encode("cp1252")
    except UnicodeEncodeError:
        return
    assert decode(body, "text/html; charset=windows-1252") == (text, "windows-1252")


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("windows-1251", "Президент подписал указ о награждении граждан"),
        ("koi8-r", "Президент подписал указ о награждении граждан"),
        ("iso-8859-2", "Zażółć gęślą jaźń, příliš žluťoučký kůň"),
        ("gb18030", "中华人民共和国 新华社 北京"),
        ("big5", "中華民國臺灣"),
        ("shift_jis", "日本語のページ"),
        ("euc-kr", "한국어 문서"),
    ],
)
def test_charsets_of_others_are_read_as_declared(charset: str, text: str) -> None:
    assert decode(text.encode(charset), f"text/html; charset={charset}") == (text, charset)


def test_entities_for_what_a_charset_lacks_are_no_sign_of_another() -> None:
    """Pages in ISO 8859-1 wrote "huyện" as "huy&#7879;n"; their bytes are not windows-1258's."""
    page = "<p>còn ba xã đã có đường, nhìn chung là tốt, gìn giữ rừng, cõi lòng</p>"
    body = page.encode("cp1252", "xmlcharrefreplace")
    text, charset = decode(body, "text/html; charset=iso-8859-1")
    assert charset == "windows-1252"
    assert text.encode("cp1252") == body


@pytest.mark.parametrize(
    ("word", "is_one"),
    [
        ("Đồn", True), ("nghiêng", True), ("QUỐC", True), ("quý", True), ("thuở", True),
        ("giếng", True), ("gì", True), ("khuỷu", True), ("yết", True), ("ươm", True),
        ("a", True), ("ở", True), ("hoà", True), ("hòa", True), ("ba\u0300", True),
        ("fỹr", False), ("cộfa", False), ("hát", True), ("hảt", False), ("hạch", True),
        ("hàch", False), ("qộ", False), ("nghiêngg", False), ("", False), ("ấâ", False),
        ("©n", False), ("xyz", False), ("Đ" * 10_000, False), ("İ", False),
    ],
)  # fmt: skip
def test_syllables(word: str, is_one: bool) -> None:
    assert is_syllable(word) is is_one


@pytest.mark.skipif(not SHARED.exists(), reason="no texts of others here")
def test_texts_of_others_are_left_alone() -> None:
    with gzip.open(SHARED / "corpus/vi_articles.jsonl.gz", "rt") as articles:
        for article in map(json.loads, articles):
            text = "\n".join((article["title"], article["summary"], article["body"]))
            assert decode(text.encode()) == (text, "utf-8"), article["id"]


@pytest.mark.skipif(not SHARED.exists(), reason="no pages of others here")
def test_pages_of_others_are_left_alone() -> None:
    for page in sorted((SHARED / "pages").glob("*/*.gz")):
        body = gzip.decompress(page.read_bytes())
        text, charset = decode(body)
        assert "converted" not in charset, page
        assert "mended" not in charset, page
        if charset.startswith("utf-8"):
            assert text.removeprefix("\ufeff") == body.decode("utf-8-sig", "replace"), page


def in_bytes(text: str, letters: dict[str, str]) -> bytes:
    """Write as a charset of one byte a letter does."""
    signs = {letter: sign for sign, letter in letters.items() if ord(sign) >= 256}
    signs |= {letter: sign for sign, letter in letters.items() if ord(sign) < 256}
    written = "".join(signs.get(c, c) for c in unicodedata.normalize("NFC", text))
    return written.encode("latin-1")


ONE_BYTE = {"VISCII": VISCII, "VPS": VPS}
PLAIN = [sentence for sentence in SENTENCES if "“" not in sentence]


@pytest.mark.parametrize("name", ONE_BYTE)
def test_each_letter_of_a_byte_is_one_of_vietnamese(name: str) -> None:
    tones = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
    whole = {unicodedata.normalize("NFC", v + t) for v in "aăâeêioôơuưy" for t in tones}
    whole = (whole | {"đ"}) - set("aeiouy")
    whole |= {letter.upper() for letter in whole}
    assert set(ONE_BYTE[name].values()) == whole - ({"Õ"} if name == "VISCII" else set())


@pytest.mark.parametrize("name", ONE_BYTE)
@pytest.mark.parametrize("declared", ["", "windows-1252", "iso-8859-1", "utf-8", "viscii"])
@pytest.mark.parametrize("capitals", [False, True])
def test_viscii_and_vps_are_read(name: str, declared: str, capitals: bool) -> None:
    sentences = [s.upper() for s in PLAIN] if capitals else PLAIN
    head = f'<meta charset="{declared}">' if declared else ""
    page = f"<html><head>{head}<title>Bản tin</title></head><p>{'</p><p>'.join(sentences)}</p>"
    text, said = decode(in_bytes(page, ONE_BYTE[name]))
    assert text == unicodedata.normalize("NFC", page)
    assert f"{name} converted" in said


@pytest.mark.parametrize("name", ONE_BYTE)
def test_viscii_and_vps_that_somebody_made_utf8_of_are_read(name: str) -> None:
    page = f"<p>{'</p><p>'.join(PLAIN)}</p>"
    written = in_bytes(page, ONE_BYTE[name])
    shown = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in written)
    text, said = decode(shown.encode(), "text/html; charset=utf-8")
    assert text == unicodedata.normalize("NFC", page)
    assert said == f"utf-8, {name} converted"


def test_the_letter_of_viscii_that_is_a_space_elsewhere_is_read_in_words() -> None:
    page = f"<p>{'</p><p>'.join(PLAIN)}</p><p>NÊU RÕ, VÕ NHAI; XÃ&nbsp;BẢN, R&nbsp;B</p>"
    written = in_bytes(page.replace("Õ", "\xa0"), VISCII)
    text, said = decode(written)
    assert "NÊU RÕ, VÕ NHAI; XÃ\xa0BẢN, R\xa0B" in text.replace("&nbsp;", "\xa0")
    assert "VISCII converted" in said


def test_a_space_that_does_not_break_stays_one_beside_words_of_viscii() -> None:
    page = f"<p>{'</p><p>'.join(PLAIN)}</p><p>xã\xa0Bản, ĐIỀU\xa01, mỗi\xa0hộ</p>"
    text, _ = decode(in_bytes(page, VISCII))
    assert "xã\xa0Bản, ĐIỀU\xa01, mỗi\xa0hộ" in text


def test_letters_that_are_control_characters_elsewhere_prove_viscii() -> None:
    said = "utf-8, VISCII converted"
    assert decode("<p>tßng M\x06U K\x19</p>".encode()) == ("<p>tưng MẪU KỸ</p>", said)


@pytest.mark.parametrize(
    ("tag", "said"), [("font face='.VnTime'", "utf-8, TCVN3 converted"), ("p", "utf-8")]
)
def test_a_font_that_is_named_makes_up_for_a_word(tag: str, said: str) -> None:
    assert decode(f"<{tag}>ñy ban nh©n d©n".encode())[1] == said


@pytest.mark.parametrize("name", ONE_BYTE)
def test_quotes_as_entities_stay_quotes(name: str) -> None:
    page = f"<p>{'</p><p>'.join(PLAIN)}</p><p>phong trào &ldquo;dân vận khéo&rdquo;</p>"
    text, _ = decode(in_bytes(page, ONE_BYTE[name]))
    assert "phong trào “dân vận khéo”" in text


@pytest.mark.parametrize(
    "text",
    [
        "Die Straße ist groß, weiß und heiß; die Grüße an Müller. Maß für Maß, süß und böß.",
        "Dès l'été, l'élève naïf fête Noël; où êtes-vous, garçon? Voilà le cœur de l'œuvre.",
        "El niño pequeño comió piñas; ¿qué año? ¡Mañana será otro día, señor!",
        "Þetta er íslenska; Ísafjörður, Skagafjörður og Siglufjörður eru á norðurlandi.",
    ],
)
def test_other_languages_are_no_viscii(text: str) -> None:
    page = f"<p>{text}</p>"
    assert decode(page.encode()) == (page, "utf-8")
    read, said = decode(page.encode("cp1252"), "text/html; charset=windows-1252")
    assert (read, said) == (page, "windows-1252")
