"""What was received, in WARC 1.1 files compressed with Zstandard.

A file begins with a dictionary made of pages of the same site, which are alike but for their
articles; a site's first file has none, and is short.
"""

from archive.warc.files import WarcFile, files_beside, folder_of
from archive.warc.frames import DICTIONARY_FRAME, WarcError, frames, read_dictionary, zstd
from archive.warc.mending import Mended, forgotten, mend
from archive.warc.messages import Head, has_status, parted, read_head
from archive.warc.reading import (
    Record,
    as_kept,
    parse,
    read_blocks,
    read_body,
    read_bytes,
    read_info,
    read_record,
)
from archive.warc.writing import DICTIONARY_PAGES, WarcWriter, is_sample

__all__ = [
    "DICTIONARY_FRAME",
    "DICTIONARY_PAGES",
    "Head",
    "Mended",
    "Record",
    "WarcError",
    "WarcFile",
    "WarcWriter",
    "as_kept",
    "files_beside",
    "folder_of",
    "forgotten",
    "frames",
    "has_status",
    "is_sample",
    "mend",
    "parse",
    "parted",
    "read_blocks",
    "read_body",
    "read_bytes",
    "read_dictionary",
    "read_head",
    "read_info",
    "read_record",
    "zstd",
]
