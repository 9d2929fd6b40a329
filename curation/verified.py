"""What an earlier look at an archive has proved, so that it need not be worked out again.

What a page says is a function of its bytes, of how its site is described and of the readers: where
all of these are what they were, and so is what the archive holds of the article, it would read as
it did. ``archive.verified`` beside ``archive.db`` keeps a digest of all that for each article whose
texts read as they are held. It names no article, so that nothing in it can be out of date: whatever
has changed makes another digest, which it does not have.

It is never asked about bytes: digests are of what is on the disk now. It may be deleted at any
time. One that is damaged is told, and made anew; what is another's, or of another version, is told
and left as it is.
"""

import hashlib
import json
import stat
import sys
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from archive import write_whole
from curation.texts import Holding, Task

_KIND = b"tinhuyen verified "
_HEAD = _KIND + b"1\n"
_SIZE = hashlib.sha256().digest_size
_MOST = 1 << 29
"""Bytes of a file that is read: sixteen million articles."""
_ROOT = Path(__file__).parents[1]
_PACKAGES = ("archive", "crawler", "pipelines", "curation")
"""What reads pages and compares what they say: its code, and its tables with the map."""


class _DamagedError(Exception):
    """A file that is not as it was written."""


class _StrangeError(Exception):
    """A file that is not ours, or of a version that we do not know."""


def verified_of(db: Path) -> Path:
    """Return where it is kept what was proved of an archive."""
    return db.with_name(f"{db.stem}.verified")


class Verified:
    """What was proved of an archive's texts, before and now."""

    def __init__(self, path: Path, *, anew: bool = False) -> None:
        """*anew* is to believe nothing of what was proved before."""
        self.path = path
        self.troubles: list[str] = []
        """Why what was proved before is not believed, or what is now is not kept."""
        self._anew = anew
        self._is_ours = True
        self._before = b""
        self._now: set[bytes] = set()
        try:
            self._before = _read(path)
        except FileNotFoundError:
            pass
        except _DamagedError as error:
            self._tell("is made anew", error)
        except _StrangeError as error:
            self._is_ours = False
            self._tell("is left as it is", error)
        except OSError as error:
            self._is_ours = False
            self._tell("cannot be read", error.strerror or error)

    def _tell(self, what: str, why: object) -> None:
        self.troubles.append(f"{self.path.name} {what}: {why}.")

    @cached_property
    def _reader(self) -> str:
        return digest_of_reader()

    def digest_of(self, task: Task, holding: Holding) -> bytes | None:
        """Return the digest of all that decides how an article's texts read, and of what is held of
        it; None where something is held that no crawl writes.
        """
        decides = (self._reader, task.site, task.home, task.profiles, holding)
        try:
            return hashlib.sha256(json.dumps(decides, default=_plain).encode()).digest()
        except (TypeError, ValueError):
            return None

    def knows(self, digest: bytes) -> bool:
        """Whether what this is the digest of was proved before."""
        return not self._anew and digest in _Digests(self._before)

    def note(self, digest: bytes) -> None:
        """Take note that what this is the digest of is proved."""
        self._now.add(digest)

    def keep(self, *, whole: bool) -> None:
        """Write down what is proved; if not the *whole* archive was looked at, what was proved
        before stays. Two who do so at once leave what one of them knows.
        """
        if not self._is_ours:
            return
        known = set(self._now)
        if not whole:
            known |= {*_Digests(self._before)}
        if not self._now or {*_Digests(self._before)} == known:
            return
        if digest_of_reader() != self._reader:
            self._tell("is not written", "the readers were changed meanwhile")
            return
        data = _HEAD + b"".join(sorted(known))
        try:
            write_whole(self.path, data + hashlib.sha256(data).digest())
        except OSError as error:
            self._tell("cannot be written", error.strerror or error)


class _Digests:
    """Sorted digests in one piece of bytes: a set of a million would take three times the room."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data) // _SIZE

    def __getitem__(self, number: int) -> bytes:
        return self._data[number * _SIZE : (number + 1) * _SIZE]

    def __iter__(self) -> Iterator[bytes]:
        return map(self.__getitem__, range(len(self)))

    def __contains__(self, digest: bytes) -> bool:
        at = bisect_left(self, digest)
        return at < len(self) and self[at] == digest


def _read(path: Path) -> bytes:
    """Return the digests that a file holds. Raises OSError, `_DamagedError` and `_StrangeError`."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST:
        raise _StrangeError("it is none of ours")
    data = path.read_bytes()
    if not data.startswith(_KIND):
        raise _StrangeError("it is none of ours")
    if not data.startswith(_HEAD):
        raise _StrangeError("it is of another version")
    body, digest = data[:-_SIZE], data[-_SIZE:]
    if len(body) < len(_HEAD) or hashlib.sha256(body).digest() != digest:
        raise _DamagedError("it is damaged")
    return body[len(_HEAD) :]


def digest_of_reader(root: Path = _ROOT) -> str:
    """Return the digest of what reads pages: our code and tables beneath *root*, Python and its
    libraries by their versions. Any library counts: which of them another needs, nobody can say.
    """
    digest = hashlib.sha256(f"{sys.version} {sys.platform}".encode())
    places = (Path(place) for place in sys.path if place)
    names = {
        each.name
        for place in places
        if place.is_dir()
        for each in place.iterdir()
        if each.suffix in {".dist-info", ".egg-info"}
    }
    digest.update("\n".join(sorted(names)).encode())
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.is_file() and path.parent.name != "__pycache__":
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"\n{path.relative_to(root).as_posix()} {content}".encode())
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    """Return in JSON's terms what it has no terms for, so that two values differ where they do.

    Raises TypeError for what is nothing that a description, a profile or a row consists of.
    """
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return sorted(value)
    if isinstance(value, date):  # a moment, too
        return value.isoformat()
    raise TypeError(type(value).__name__)
