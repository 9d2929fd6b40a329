"""What a merge costs: articles a second of processor time, beside a plain copy of the file.

    python -m bench.merge --articles 20000 --shape many

Archives are written by SQL (`bench.large`), so that their captures have no files: what is timed is
the database. Merged are the whole of one into another, the same once more, and the same when one of
its sites has grown. "Without the index" is the first of these without feeding the full-text index,
which costs the same whoever does it.
"""

import argparse
import json
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch

from archive import Archive
from archive.merging.texts import Texts
from bench.large import make_archive
from curation.merging import merge


class Shape(NamedTuple):
    """What is merged into what."""

    among: slice = slice(None)
    """Of which districts there are articles, in the order of their codes."""
    evenly: bool = False
    """Whether none has more of them than another."""
    times: int = 0
    """How many times as many articles, of other districts, are here already."""


SHAPES = {
    "many": Shape(),
    "few": Shape(slice(10), evenly=True),
    "more": Shape(slice(400, None), times=10),
}
"""Many sites, most of them small, and few large ones, into nothing; and many into an archive that
has much already."""
_HERE = slice(400)
"""The districts of which something is here, if anything is."""


@dataclass(frozen=True)
class Figures:
    """What was measured, in seconds of processor time."""

    articles: int
    here: int
    """Articles that were here before."""
    whole: float
    without_index: float
    again: float
    grown: float
    copy: float

    @property
    def rate(self) -> float:
        """Articles a second without the index."""
        return self.articles / self.without_index


def measured(articles: int, shape: Shape, folder: Path) -> Figures:
    """Merge an archive of so many articles in a folder, and return what it took."""
    source, whole, bare = (folder / name / "archive.db" for name in ("source", "whole", "bare"))
    for path in (source, whole, bare):
        path.parent.mkdir()
    here = _write(whole, shape._replace(among=_HERE), shape.times * articles) if shape.times else 0
    if not here:  # to write the map takes a second, however few articles
        Archive.open(whole, create=True).close()
    shutil.copyfile(whole, bare)
    held = _write(source, shape, articles, after=here)
    with patch.object(Texts, "index", lambda *_: None):
        without_index = _timed(lambda: merge(bare, source))
    bare.unlink()
    with_index = _timed(lambda: merge(whole, source))
    again = _timed(lambda: merge(whole, source))
    _grow(source)
    grown = _timed(lambda: merge(whole, source))
    copy = _timed(lambda: shutil.copyfile(source, folder / "copy.db"))
    return Figures(held, here, with_index, without_index, again, grown, copy)


def _write(path: Path, shape: Shape, articles: int, after: int = 0) -> int:
    """Write an archive of a shape, and return how many articles it has."""
    make_archive(path, articles, among=shape.among, evenly=shape.evenly, after=after)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE captures SET flags = 'lost'")  # they were never written
        ((held,),) = db.execute("SELECT count(*) FROM articles")
    return int(held)


def _grow(source: Path) -> None:
    """Let one article say something else, as a crawl does."""
    with closing(sqlite3.connect(source)) as db, db:
        db.execute("UPDATE counters SET value = value + 1 WHERE name = 'changed'")
        db.execute(
            "UPDATE articles SET changed = (SELECT value FROM counters), change = 'amended', "
            "author = 'Ban Biên tập mới' WHERE id = (SELECT min(id) FROM articles)"
        )


def _timed(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main() -> None:
    """Measure, and print the figures for a program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--shape", choices=SHAPES, default="many")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        figures = measured(asked.articles, SHAPES[asked.shape], Path(folder))
    print(json.dumps(asdict(figures) | {"articles_per_second": round(figures.rate)}, indent=2))


if __name__ == "__main__":
    main()
