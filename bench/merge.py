"""What a merge costs: articles a second of processor time, beside a plain copy of the file.

    python -m bench.merge --articles 20000

An archive is written by SQL (`bench.large`), so that its captures have no files: what is timed is
the database. Merged are the whole of it into nothing, the same once more, and the same when one of
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
from unittest.mock import patch

from archive.merging.texts import Texts
from bench.large import make_archive
from curation.merging import merge


@dataclass(frozen=True)
class Figures:
    """What was measured, in seconds of processor time."""

    articles: int
    whole: float
    without_index: float
    again: float
    grown: float
    copy: float

    @property
    def rate(self) -> float:
        """Articles a second without the index."""
        return self.articles / self.without_index


def measured(articles: int, folder: Path) -> Figures:
    """Merge an archive of so many articles in a folder, and return what it took."""
    source = folder / "source" / "archive.db"
    source.parent.mkdir()
    make_archive(source, articles)
    with closing(sqlite3.connect(source)) as db, db:
        db.execute("UPDATE captures SET flags = 'lost'")  # they were never written
        ((held,),) = db.execute("SELECT count(*) FROM articles")
    with patch.object(Texts, "index", lambda *_: None):
        bare = _timed(lambda: merge(folder / "bare.db", source))
    whole = _timed(lambda: merge(folder / "whole.db", source))
    again = _timed(lambda: merge(folder / "whole.db", source))
    _grow(source)
    grown = _timed(lambda: merge(folder / "whole.db", source))
    copy = _timed(lambda: shutil.copyfile(source, folder / "copy.db"))
    return Figures(held, whole, bare, again, grown, copy)


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
    with TemporaryDirectory() as folder:
        figures = measured(parser.parse_args().articles, Path(folder))
    print(json.dumps(asdict(figures) | {"articles_per_second": round(figures.rate)}, indent=2))


if __name__ == "__main__":
    main()
