"""Text to bytes in the encodings that portals use."""

import unicodedata

TONES = "\u0300\u0301\u0303\u0309\u0323"


def encode(text: str, encoding: str) -> bytes:
    """Encode `text`; what the encoding lacks becomes numeric entities.

    windows-1258 has the Vietnamese vowels, but tones on most of them only as marks to follow.
    """
    if encoding.lower().replace("_", "-") in ("windows-1258", "cp1258"):
        text = "".join(_for_1258(letter) for letter in unicodedata.normalize("NFC", text))
    return text.encode(encoding, errors="xmlcharrefreplace")


def _for_1258(letter: str) -> str:
    try:
        letter.encode("cp1258")
    except UnicodeEncodeError:
        apart = unicodedata.normalize("NFD", letter)
        base = "".join(mark for mark in apart if mark not in TONES)
        tones = "".join(mark for mark in apart if mark in TONES)
        return unicodedata.normalize("NFC", base) + tones
    return letter
