"""Where the index lies, and what it says of itself.

``archive.index/`` beside ``archive.db`` has a folder for each index that was made, and a file
``current`` that names the one in use. An index is made anew beside the other, and ``current`` is
replaced: whoever reads goes on in the old one until it looks again.

Tantivy locks a file to read an index, too, which a folder that is to be read only does not let it.
There it is opened by links to its files, in a folder that is gone as soon as they are open.

What an index has last seen of the archive is a document of its own, written in the commit with the
articles: whatever is killed, the two agree.
"""

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import tantivy
from filelock import FileLock, Timeout

from archive.search.documents import FORMAT, KIND, STATE, register, schema
from archive.search.files import META, named
from crawler.vocabulary.soundness import SearchFault

_CURRENT = "current"
_LOCK = "writer.lock"


class IndexDamagedError(Exception):
    """An index that is missing, damaged or of another version; the message says which."""


class IndexBusyError(Exception):
    """Somebody else writes to the index."""


def is_of_index(error: BaseException) -> bool:
    """Whether an error says that the files of an index are damaged: Tantivy's own, and its panics,
    which are no Exception.
    """
    return isinstance(error, OSError | ValueError) or type(error).__name__ == "PanicException"


class State(NamedTuple):
    """What an index says of itself."""

    format: int
    identity: str
    """Of the archive: when its file was made, and the last migration of its schema."""
    seen: int
    """The number of the last change that it knows of."""
    last: tuple[tuple[str, int, str], ...]
    """The last articles changed that it knows of, with the number and the digest of the text: an
    archive that says otherwise is not the one that was indexed."""
    uncleared: bool
    """Whether words that are withheld since may lie in its files."""

    @classmethod
    def read(cls, text: str) -> Self:
        """Return what was written; raises ValueError or TypeError for what is no state."""
        told = json.loads(text)
        last = tuple((str(code), int(number), str(digest)) for code, number, digest in told["last"])
        return cls(**{**told, "last": last})

    def written(self) -> str:
        """Return it as text."""
        return json.dumps(self._asdict())


def index_of(db: Path) -> Path:
    """Return the folder of the index of an archive file."""
    return db.with_suffix(".index") if db.suffix == ".db" else db.with_name(f"{db.name}.index")


@dataclass(frozen=True)
class Opened:
    """An index, opened."""

    index: tantivy.Index
    place: Path
    is_writable: bool
    """Whether its folder is; else it stays in the state in which it was opened."""


def current(folder: Path) -> Path | None:
    """Return where the index in use lies, None if there is none."""
    try:
        name = (folder / _CURRENT).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    place = folder / name
    return place if name.isalnum() and place.is_dir() else None


Stamp = tuple[str, int, int, int]


def stamp_of(folder: Path) -> Stamp | None:
    """Return what is another thing as soon as the index is; None if there is none, or no whole one.

    Two looks that have the same stamp between them have seen one state of the index.
    """
    try:
        name = (folder / _CURRENT).read_text("ascii").strip()
        stat = (folder / name / META).stat()
    except (OSError, ValueError):
        return None
    return name, stat.st_ino, stat.st_mtime_ns, stat.st_size


def opened(folder: Path) -> Opened:
    """Open the index in use. Raises `IndexDamagedError`."""
    place = current(folder)
    if place is None:
        is_named = (folder / _CURRENT).exists()
        raise IndexDamagedError(
            SearchFault.CURRENT.of(name=_CURRENT) if is_named else SearchFault.NONE
        )
    return _opened(place)


def reopened(held: Opened) -> Opened:
    """Return an index as it is now. Raises `IndexDamagedError`, or Tantivy's own errors."""
    if not held.is_writable:
        return _opened(held.place)
    held.index.reload()
    return held


def _opened(place: Path) -> Opened:
    is_writable = _may_be_written(place)
    try:
        if is_writable:
            index = _open(place)
        else:
            with tempfile.TemporaryDirectory(prefix="tinhuyen-index-") as links:
                index = _open(_linked(place, Path(links)))
    except BaseException as error:
        if not is_of_index(error):
            raise
        raise IndexDamagedError(SearchFault.NOT_OPENED.of(error=error)) from error
    register(index)
    return Opened(index, place, is_writable)


def _may_be_written(place: Path) -> bool:
    return os.access(place, os.W_OK)


def _open(place: Path) -> tantivy.Index:
    if not (place / META).is_file():  # Tantivy would make an empty one
        raise IndexDamagedError(SearchFault.META.of(name=META))
    if not tantivy.Index.is_compatible(str(place)):
        raise IndexDamagedError(SearchFault.TANTIVY)
    index = tantivy.Index(schema(), str(place))
    index.config_reader("manual")
    return index


def _linked(place: Path, links: Path) -> Path:
    """Return a folder with links to the files of an index as it is now."""
    shutil.copyfile(place / META, links / META)
    for name in named(links):
        (links / name).symlink_to((place / name).resolve())
    return links


def made(folder: Path) -> Opened:
    """Make an empty index beside the one in use."""
    place = folder / secrets.token_hex(8)
    place.mkdir(parents=True)
    index = tantivy.Index(schema(), str(place))
    index.config_reader("manual")
    register(index)
    return Opened(index, place, is_writable=True)


def use(folder: Path, place: Path) -> None:
    """Have an index be the one in use, and remove the others."""
    draft = folder / f".{_CURRENT}"
    draft.write_text(f"{place.name}\n", "ascii")
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(folder / _CURRENT)
    remove_others(folder)


def remove_others(folder: Path) -> None:
    """Remove the indexes that are not in use; whoever makes one holds the lock."""
    used = current(folder)
    for place in folder.iterdir():
        if place.is_dir() and place != used:
            shutil.rmtree(place, ignore_errors=True)


def state_of(searcher: tantivy.Searcher) -> State:
    """Return what an index says of itself. Raises `IndexDamagedError`."""
    query = tantivy.Query.term_query(schema(), KIND, STATE)
    try:
        ((_, address),) = searcher.search(query, 2).hits
        state = State.read(searcher.doc(address).get_first(STATE) or "")
    except BaseException as error:
        if not (is_of_index(error) or isinstance(error, TypeError | KeyError)):
            raise
        raise IndexDamagedError(SearchFault.SAYS_NOTHING.of(error=error)) from error
    if state.format != FORMAT:
        raise IndexDamagedError(SearchFault.VERSION)
    return state


def state_document(state: State) -> tantivy.Document:
    """Return the document by which an index says of itself what it holds."""
    document = tantivy.Document()
    document.add_text(KIND, STATE)
    document.add_text(STATE, state.written())
    return document


@contextmanager
def writing(folder: Path, wait: float = 0.0) -> Iterator[None]:
    """Be the one who writes to an index, within so many seconds. Raises `IndexBusyError`."""
    folder.mkdir(exist_ok=True)
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=wait)
    except Timeout as error:
        raise IndexBusyError(str(folder)) from error
    try:
        yield
    finally:
        with suppress(OSError):
            lock.release()
