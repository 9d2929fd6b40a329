"""Pictures and documents made by code: small, real, and the same for the same name."""

import struct
import zlib
from functools import lru_cache
from math import sin

SIZES = ((640, 427), (800, 600), (1024, 683), (640, 480))


def dimensions(name: str) -> tuple[int, int]:
    """Return the width and height in pixels of the picture of a name."""
    return SIZES[zlib.crc32(name.encode()) % len(SIZES)]


@lru_cache(maxsize=256)
def picture(name: str, width: int, height: int) -> bytes:
    """Return a picture of hills under a sky, as PNG if the name ends so and as JPEG otherwise."""
    scene = _Scene(name)
    columns, rows = -(-width // 8), -(-height // 8)
    blocks = [[scene.colour(x / columns, y / rows) for x in range(columns)] for y in range(rows)]
    make = _png if name.lower().endswith(".png") else _jpeg
    return make(width, height, blocks)


@lru_cache(maxsize=256)
def document(title: str) -> bytes:
    """Return a PDF of one page with `title` in its properties and, in plain letters, on the page.

    The page uses one of the fonts that every PDF reader has, which know no Vietnamese letters.
    """
    shown = title.encode("ascii", "replace").decode().replace("?", ".")
    shown = "".join("." if character in "()\\" else character for character in shown)
    content = f"BT /F1 12 Tf 72 770 Td ({shown}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Title <feff%s> >>" % title.encode("utf-16-be").hex().encode(),
    ]
    pdf = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(pdf)
    pdf += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    pdf += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    pdf += b"trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\n" % (len(objects) + 1)
    return bytes(pdf + b"startxref\n%d\n%%%%EOF\n" % start)


Colour = tuple[int, int, int]


class _Scene:
    """Three ranges of hills, whose shape and colour come from the name."""

    def __init__(self, name: str) -> None:
        seed = zlib.crc32(name.encode())
        self._phase = seed % 628 / 100
        self._warmth = seed // 628 % 60

    def colour(self, x: float, y: float) -> Colour:
        for depth in (3, 2, 1):
            ridge = 0.25 + 0.17 * depth + 0.08 * sin(self._phase * depth + x * 7 / depth)
            if y > ridge:
                return 30 + self._warmth // depth, 150 - 30 * depth, 110 - 25 * depth
        return 150 + self._warmth + int(40 * y), 190, 235 - int(60 * y)


Blocks = list[list[Colour]]


def _png(width: int, height: int, blocks: Blocks) -> bytes:
    """Encode blocks of 8 by 8 pixels as PNG (RFC 2083), truecolour."""
    lines = []
    for row in blocks:
        line = b"".join(bytes(colour) * 8 for colour in row)[: width * 3]
        lines += [b"\0" + line] * 8
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"".join(lines[:height]))),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _jpeg(width: int, height: int, blocks: Blocks) -> bytes:
    """Encode blocks of 8 by 8 pixels, each of one colour, as baseline JPEG (ITU T.81).

    A block of one colour has no frequencies but the mean, so only that is coded. The file brings
    its own code tables, so plain ones do: four bits for the size of a difference of means, one
    bit for the end of a block.
    """
    quantisation = bytes([8] * 64)
    bits = _Bits()
    before = [0, 0, 0]
    for row in blocks:
        for red, green, blue in row:
            luma = 0.299 * red + 0.587 * green + 0.114 * blue
            levels = (luma - 128, 0.564 * (blue - luma), 0.713 * (red - luma))
            for channel, level in enumerate(levels):
                mean = round(level)  # 8 * level, divided by the 8 of the quantisation
                bits.put_mean(mean - before[channel])
                before[channel] = mean
    segments = (
        (0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        (0xDB, b"\0" + quantisation),
        (0xC0, struct.pack(">BHHB", 8, height, width, 3) + b"\1\x11\0\2\x11\0\3\x11\0"),
        (0xC4, b"\0" + bytes([0, 0, 0, 12, *[0] * 12]) + bytes(range(12))),
        (0xC4, b"\x10" + bytes([1, *[0] * 15]) + b"\0"),
        (0xDA, b"\3\1\0\2\0\3\0\0\x3f\0"),
    )
    head = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data for marker, data in segments
    )
    return b"\xff\xd8" + head + bits.finish() + b"\xff\xd9"


class _Bits:
    """The entropy-coded data of a JPEG, gathered bit by bit."""

    def __init__(self) -> None:
        self._bits: list[str] = []

    def put_mean(self, difference: int) -> None:
        size = abs(difference).bit_length()
        self._bits.append(f"{size:04b}")
        if size:
            value = difference if difference > 0 else difference + (1 << size) - 1
            self._bits.append(f"{value:0{size}b}")
        self._bits.append("0")  # the end of the block: nothing but the mean

    def finish(self) -> bytes:
        bits = "".join(self._bits)
        bits += "1" * (-len(bits) % 8)
        return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
