"""Vietnamese as it was typed before Unicode: Latin letters that only a special font showed right.

TCVN3 ("Uû ban nh©n d©n") is the encoding of the ABC fonts, .VnTime and its kin: the third form of
TCVN 5712:1993, with one byte a letter and no capital letters with a tone, for which there are fonts
of capitals (.VnTimeH). VNI ("Uyû ban nhaân daân") puts the marks behind the vowel and is that of
the fonts VNI-Times and its kin. VISCII ("Üy ban nhân dân") and VPS ("Ñy ban nhân dân") have a byte
for each letter, so that some stand where others have control characters. Browsers know none of
them; the page says it is in windows-1252, or somebody has made UTF-8 of it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Final
from unicodedata import normalize

from crawler.text.charset.markup import WESTERN, is_plain, readable, with_letters, with_readable
from crawler.text.charset.syllables import is_syllable
from crawler.text.patterns import lazily

TCVN3: Final = dict(
    zip(
        "¡¢£¤¥¦§¨©ª«¬\u00ad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
"""The letters of TCVN3, as windows-1252 shows their bytes. As in the GNU C library's table of
TCVN5712-1, without the capitals that the fonts left out."""

_SIMPLE, _HAT, _BREVE = ("ùøûõï", ""), ("âáàåãä", "\u0302"), ("êéèúüë", "\u0306")
_TONES = "\u0301\u0300\u0309\u0303\u0323"  # sắc, huyền, hỏi, ngã, nặng
_VOWELS = {
    "a": (_SIMPLE, _HAT, _BREVE), "e": (_SIMPLE, _HAT), "o": (_SIMPLE, _HAT), "ô": (_SIMPLE,),
    "u": (_SIMPLE,), "ö": (_SIMPLE,), "y": (_SIMPLE,),
}  # fmt: skip
_VNI_ALONE = dict(zip("íìæóòîñôö", "íìỉĩịỵđơư", strict=True))


def _vni() -> Iterator[tuple[str, str]]:
    for letter, unicode in _VNI_ALONE.items():
        yield letter, unicode
        yield letter.upper(), unicode.upper()
    for vowel, groups in _VOWELS.items():
        for marks, quality in groups:
            tones = ("", *_TONES) if quality else _TONES
            for mark, tone in zip(marks, tones, strict=True):
                unicode = normalize("NFC", _VNI_ALONE.get(vowel, vowel) + quality + tone)
                yield vowel + mark, unicode
                yield vowel.upper() + mark.upper(), unicode.upper()
                yield vowel.upper() + mark, unicode.upper()


VNI: Final = dict(_vni())
"""The letters of VNI-Windows, one or two characters each, as windows-1252 shows their bytes. As in
the tables of the keyboard programs of the time (xvnkb)."""


def _of_bytes(upper: str, lower: dict[int, str]) -> dict[str, str]:
    """Return the letters that a charset has for bytes, by what windows-1252 or ISO 8859-1 shows.

    *upper* are those from 0x80, "?" where there is none, *lower* those below.
    """
    table = {0x80 + place: letter for place, letter in enumerate(upper) if letter != "?"} | lower
    shown = {letter: table[byte] for letter, byte in WESTERN.items() if byte in table}
    return shown | {chr(byte): letter for byte, letter in lower.items()}


VISCII: Final = _of_bytes(
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ?ắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ",
    {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"},
)
"""The letters of VISCII, as windows-1252 shows their bytes: RFC 1456, without Õ, whose byte is a
space for all others: `_with_o_tilde`."""
_O_TILDE = "\ue0d5"
"""What stands for Õ until VISCII is read: a character for private use."""

VPS: Final = _of_bytes(
    "ÀẢÃẤẦẨọỗĂếềểệẮẰẲẾ??ỀỂỄỐỒỔỖýỷỵỚỜỞ?ắằẳẵặỠớÙờởỡŨỨợỪổỬỲỸÍÌộỈĨÓửữÒỎÕự"
    "ầÁÂấẩẫậđẻÉÊẹỉễịỹƯỦồốÔỏơÈừứÚũưÝẺ?àáâãảạă?èéêẽìí?ĩẴĐòóôõ?Ơụùúủ?ỶẼỳ",
    {
        0x02: "Ạ", 0x03: "Ậ", 0x04: "Ặ", 0x05: "Ẹ", 0x06: "Ệ", 0x10: "Ị", 0x11: "Ọ", 0x12: "Ộ",
        0x13: "Ợ", 0x14: "Ụ", 0x15: "Ự", 0x19: "Ỵ", 0x1C: "Ẫ", 0x1D: "Ữ",
    },
)  # fmt: skip
"""The letters of VPS, as windows-1252 shows their bytes: the charset that the Vietnamese
Professionals Society made. The tables of GNU recode and of a keyboard program agree in it."""

_VNI_LETTER = lazily("|".join(sorted(VNI, key=len, reverse=True)))
_TCVN3_LETTERS, _VISCII_LETTERS, _VPS_LETTERS = map(
    str.maketrans, (TCVN3, VISCII | {_O_TILDE: "Õ"}, VPS)
)

Read = Callable[[str], str]
_EDGES = "“”‘’«»…–—•"
"""What stands around words, and in some encodings for a letter."""


@dataclass(frozen=True)
class _Encoding:
    """One way to write Vietnamese in Latin letters."""

    name: str
    read: Read
    token: re.Pattern[str]
    """A word: letters, and the signs that stand for letters."""
    is_of_fonts: bool = True
    """Whether fonts make its capitals, and signs are signs where they stand alone."""

    def core(self, word: str) -> str:
        """Return a word without what stands around it, where with that it is none."""
        if self.is_of_fonts or is_syllable(self.read(word)):
            return word
        core = word.strip(_EDGES)
        return core if is_syllable(self.read(core)) else word


def _token(letters: dict[str, str]) -> re.Pattern[str]:
    signs = re.escape("".join(letter for letter in letters if not letter.isalpha()))
    return lazily(rf"(?:[^\W\d_]|[{signs}\u0300-\u036f])+")


_VISCII_TOKEN = _token(VISCII).pattern.removesuffix("+") + "{0,7}"
"""A piece of a word: no syllable is longer than seven letters."""


_TOKEN = lazily(r"(?:[^\W\d_]|[\xa1-\xbf\xd7\xf7\u0300-\u036f])+")
_ENCODINGS = (
    _Encoding("TCVN3", lambda text: text.translate(_TCVN3_LETTERS), _TOKEN),
    _Encoding("VNI", lambda text: _VNI_LETTER.sub(lambda found: VNI[found[0]], text), _TOKEN),
    _Encoding(
        "VISCII",
        lambda text: text.translate(_VISCII_LETTERS),
        _token(VISCII | {_O_TILDE: "Õ"}),
        False,
    ),
    _Encoding("VPS", lambda text: text.translate(_VPS_LETTERS), _token(VPS), False),
)
_SIGNS = lazily(r"[\xa1-\xb4\xb6-\xbf\xd7\xf7]+")
_UNICODE = lazily("[ĂăĐđĨĩŨũƠơƯư\u1ea0-\u1ef9\u0300-\u036f]")
_ENTITY = lazily(r"(&#?\w+;)")
_CAR = lazily(r"\s+t«")
_FONT = lazily(r"""(?:face|style)\s*=[^>]*?(?:\.Vn[A-Z][A-Za-z ]*|\bVNI-\w+)""", re.IGNORECASE)
_ELEMENT = lazily(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_MIN_WORDS = 3
_MIN_SHARE = 0.8
_SAID = lazily(r"charset\s*=\s*[\"']?(?:viscii|(?:x-viet-)?vps)\b", re.IGNORECASE)


def convert(parts: list[str]) -> tuple[list[str], str] | None:
    """Return the `pieces` of a page with its TCVN3, VNI, VISCII or VPS as Unicode in NFC, and which
    it was; None if it is none of them.

    Only what is proven is changed: the page must have several words that are Vietnamese when read
    so, and nonsense as they stand, and hardly any that are nonsense both ways. A run of text that
    has letters of Unicode's Vietnamese is never touched, and of a page that has such runs only what
    cannot be read otherwise. Markup stays, but for what of it a person reads (`with_readable`).
    """
    runs = [_Run(with_letters(text)) for text in readable(parts)]
    marked = " ".join(_marked(run.text for run in runs if not run.is_unicode))
    best, most = None, 0
    for encoding in _ENCODINGS:
        words = _Words.judged(Counter(encoding.token.findall(marked)), encoding)
        if words.prove(parts) and words.converts - words.neither > most:
            best, most = encoding, words.converts - words.neither
    if best is None:
        return None
    pure = not any(run.is_unicode for run in runs)
    return list(_converted(parts, best, pure)), best.name


def _marked(texts: Iterable[str]) -> Iterator[str]:
    """Yield what is parted by blanks in some texts, but for plain ASCII, as most is and no old
    letter can be: some have the place of a control character.
    """
    for text in texts:
        for piece in text.split(" "):
            if not (piece.isascii() and piece.isprintable()):
                yield piece


class _Run:
    """A stretch of text between two tags."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.is_unicode = _UNICODE.search(unescape(text)) is not None


@dataclass
class _Words:
    """The words of a text that are not plain ASCII, judged by how they can be read."""

    decisive: set[str] = field(default_factory=set)
    """Vietnamese only when they are converted."""
    converts: int = 0
    """How many are of that kind."""
    either: int = 0
    """Vietnamese both ways: "có" is that in Unicode, and "cú" in TCVN3."""
    neither: int = 0

    @classmethod
    def judged(cls, tokens: Counter[str], encoding: _Encoding) -> "_Words":
        words = cls()
        for token, times in tokens.items():
            if _is_ascii(token):  # which is its own core, and most are
                continue
            word = encoding.core(token)
            if not word or _is_ascii(word) or _is_sign(word, encoding):
                continue
            if is_syllable(encoding.read(word)):
                if is_syllable(word):
                    words.either += times
                else:
                    words.converts += times
                    words.decisive.add(word)
            elif not is_syllable(word):
                words.neither += times
        return words

    def prove(self, parts: list[str]) -> bool:
        """Whether they can only be of the encoding; a font that the page, in *parts*, names makes
        it likelier. To look for one takes longer than all else, and is seldom needed.
        """
        if self.converts < _MIN_SHARE * (self.converts + self.neither):
            return False
        lacking = _MIN_WORDS - len(self.decisive)
        return lacking <= 0 or (lacking == 1 and _names_encoding("".join(parts)))


def _names_encoding(page: str) -> bool:
    """Whether a page is said to be in an old font or encoding."""
    return bool(_FONT.search(page) or _SAID.search(page))


def _is_ascii(word: str) -> bool:
    """Whether a word is of ASCII's letters: its control characters may stand for others."""
    return word.isascii() and word.isalpha()


def _converted(parts: list[str], encoding: _Encoding, pure: bool) -> Iterator[str]:
    fonts = _Fonts()

    def changed(text: str) -> str:
        if is_plain(text) and not fonts.capital:
            return text
        whole = _with_o_tilde(text) if encoding.name == "VISCII" else text
        run = _Run(with_letters(whole))
        words = _Words.judged(Counter(encoding.token.findall(run.text)), encoding)
        proven = words.converts > 0 and words.converts + words.either >= words.neither
        if run.is_unicode or not (proven or pure or (fonts.legacy and words.either)):
            return text
        converted = _words_read(run.text, encoding).replace(_O_TILDE, "Õ")
        if not encoding.is_of_fonts:
            return converted
        return _upper(converted) if fonts.capital or _among_capitals(run.text) else converted

    for number, part in enumerate(parts):
        if number % 2 == 0:
            yield changed(part)
        else:
            fonts.pass_by(part)
            yield part if is_plain(part) else with_readable(part, changed)


_WORD_WITH_SPACE = lazily(rf"({_VISCII_TOKEN})\xa0({_VISCII_TOKEN})")


def _with_o_tilde(text: str) -> str:
    """Return escaped *text* of a page in VISCII with what stands for Õ in the place of its byte,
    which is read as a space that does not break: where that makes a word in capitals of what it
    parts. Who wanted such a space wrote an entity."""

    def put(found: re.Match[str]) -> str:
        word = f"{found[1]}{_O_TILDE}{found[2]}"
        read = word.translate(_VISCII_LETTERS)
        return word if read.isupper() and is_syllable(read) else found[0]

    return _WORD_WITH_SPACE.sub(put, text) if "\xa0" in text else text


def _words_read(text: str, encoding: _Encoding) -> str:
    def word_read(found: re.Match[str]) -> str:
        word = found[0]
        if _is_ascii(word):
            return word
        if not encoding.is_of_fonts:
            core = encoding.core(word)
            if core and not _is_sign(core, encoding):
                return encoding.read(core).join(word.split(core, 1))
            return word
        if _is_sign(word, encoding):
            return "ô" if word == "«" and _CAR.match(text, found.end()) else word
        stem = word.rstrip("©®»")  # no word ends in the letters that these stand for
        return _capital(encoding.read(stem)) + word[len(stem) :]

    return encoding.token.sub(word_read, text)


def _is_sign(word: str, encoding: _Encoding) -> bool:
    """Whether a word is no word, but "©" or "»": there are words all of such signs, as "®·"."""
    if not encoding.is_of_fonts:
        return not any(map(str.isalpha, word)) and not is_syllable(encoding.read(word))
    return bool(_SIGNS.fullmatch(word)) and (len(word) == 1 or not is_syllable(encoding.read(word)))


def _capital(word: str) -> str:
    letters = "".join(filter(str.isascii, word))
    # "Tổ" is like any word that begins with a capital; "HộI" and "ủY" can only be among capitals.
    if letters.isupper() and (len(letters) > 1 or not word[0].isascii()):
        return word.upper()
    return word


def _among_capitals(text: str) -> bool:
    letters = "".join(filter(str.isascii, filter(str.isalpha, _ENTITY.sub("", text))))
    return len(letters) > 1 and letters.isupper()


def _upper(text: str) -> str:
    return "".join(p if p.startswith("&") else p.upper() for p in _ENTITY.split(text))


class _Fonts:
    """Which legacy font the text is in, as the tags that were passed by name it."""

    def __init__(self) -> None:
        self.legacy = self.capital = False
        self._element = ""
        self._depth = 0

    def pass_by(self, tag: str) -> None:
        found = _ELEMENT.match(tag)
        if not found:
            return
        closing, element = found[1], found[2].lower()
        font = "" if closing else _FONT.search(tag)
        if font and not self.legacy:
            self.legacy, self.capital = True, font[0].rstrip().endswith("H")
            self._element, self._depth = element, 1
        elif self.legacy and element == self._element:
            self._depth += -1 if closing else 1
            if self._depth == 0:
                self.legacy = self.capital = False
