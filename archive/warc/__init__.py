"""What was received, in WARC 1.1 files compressed with Zstandard.

A file begins with a dictionary made of pages of the same site, which are alike but for their
articles. A site's first file has none; it ends as soon as there are pages to make one of. What a
crawl has written `rewriting` writes anew, several files in one, by the dictionary that takes least
of all that were tried, which may be none.
"""

from archive.warc.dictionaries import FINISHED_LEVEL, Chosen, chosen_for
from archive.warc.files import WarcFile, files_beside, folder_of
from archive.warc.frames import DICTIONARY_FRAME, WarcError, frames, read_dictionary, zstd
from archive.warc.mending import Mended, forgotten, mend
from archive.warc.messages import Head, has_status, parted, read_head
from archive.warc.reading import (
    Record,
    as_kept,
    blocks_of,
    parse,
    read_blocks,
    read_body,
    read_bytes,
    read_infos,
    read_record,
)
from archive.warc.rewriting import Rewritten, Source, is_anew, name_of, rewrite
from archive.warc.writing import DICTIONARY_PAGES, WarcWriter, is_sample

__all__ = [
    "DICTIONARY_FRAME",
    "DICTIONARY_PAGES",
    "FINISHED_LEVEL",
    "Chosen",
    "Head",
    "Mended",
    "Record",
    "Rewritten",
    "Source",
    "WarcError",
    "WarcFile",
    "WarcWriter",
    "as_kept",
    "blocks_of",
    "chosen_for",
    "files_beside",
    "folder_of",
    "forgotten",
    "frames",
    "has_status",
    "is_anew",
    "is_sample",
    "mend",
    "name_of",
    "parse",
    "parted",
    "read_blocks",
    "read_body",
    "read_bytes",
    "read_dictionary",
    "read_head",
    "read_infos",
    "read_record",
    "rewrite",
    "zstd",
]
