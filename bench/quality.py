"""How true the page readers read: measured on saved pages of others, against floors that only rise.

``python bench/quality.py --help`` tells the options; bench/README.md what the figures mean.
"""

import argparse
import gzip
import hashlib
import importlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from crawler.vocabulary import PageKind

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:  # run as a script, where the project is not installed
    sys.path.insert(0, str(ROOT))

from crawler.readers import read_page  # noqa: E402
from crawler.readers.page.document import Document  # noqa: E402
from crawler.text.addresses import absolute  # noqa: E402
from crawler.text.charset import decode  # noqa: E402
from crawler.text.dates import parse_iso  # noqa: E402
from crawler.text.normalise import normalise  # noqa: E402

PAGES = ROOT.parent / "shared" / "pages"
FLOORS = ROOT / "bench" / "floors.json"

Verdict = Literal["right", "wrong", "unknown"]
Json = dict[str, Any]


class QualityError(Exception):
    """Pages that cannot be measured, or floors that do not hold."""


# The pages


@dataclass(frozen=True)
class Sample:
    """A saved page and what it really says, as far as somebody noted it."""

    name: str
    url: str
    body: bytes
    gold: Json


def corpus(folder: Path) -> list[Sample]:
    """Return the pages of *folder*: gzipped, told of by a ``gold.jsonl`` there or one below.

    Raises `QualityError` if there is none, or one names a page that is not there.
    """
    golds = sorted([*folder.glob("gold.jsonl"), *folder.glob("*/gold.jsonl")])
    samples = []
    for file in golds:
        for line in filter(str.strip, file.read_text("utf-8").splitlines()):
            gold = json.loads(line)
            page = file.parent / gold["file"]
            try:
                body = gzip.decompress(page.read_bytes())
            except OSError as error:
                raise QualityError(f"{file} names {page.name}: {error}") from error
            name = page.relative_to(folder).as_posix()
            samples.append(Sample(name, gold.get("url") or _address(gold["file"]), body, gold))
    if not samples:
        raise QualityError(f"{folder} holds no gold.jsonl that names a page")
    return samples


def _address(file: str) -> str:
    """Return the address that a saved page's name stands for, where nobody noted another."""
    return "https://" + file.removesuffix(".gz").replace("__", "/")


def digest(samples: Iterable[Sample]) -> str:
    """Return what identifies a set of pages and their gold, as SHA-256 in hexadecimal digits."""
    whole = hashlib.sha256()
    for sample in sorted(samples, key=lambda sample: sample.name):
        gold = json.dumps(sample.gold, sort_keys=True).encode()
        for part in (sample.name.encode(), sample.url.encode(), sample.body, gold):
            whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()


# Who reads them


@dataclass(frozen=True)
class Reading:
    """What a reader saw in a page."""

    is_article: bool = True
    title: str | None = None
    date: str | None = None
    """In ISO 8601."""
    authors: Sequence[str] = ()
    body: str = ""
    lead: str | None = None
    """The summary, where the reader sets it apart from the body."""
    neighbours: tuple[str | None, str | None] = (None, None)
    """The older and the newer one, absolute."""
    failure: str | None = None
    """The error that it raised instead."""


Reader = Callable[[Sample], Reading]


def read_ours(sample: Sample) -> Reading:
    """Read a page as the crawler does."""
    page = read_page(sample.body, sample.url)
    neighbours = (page.prev_url, page.next_url)
    if (article := page.article) is None:
        return Reading(is_article=page.kind == PageKind.PROTECTED, neighbours=neighbours)
    published = article.published_at
    return Reading(
        is_article=page.kind == PageKind.ARTICLE,
        title=article.title,
        date=published.isoformat() if published else None,
        authors=[article.author] if article.author else [],
        body=article.body,
        lead=article.lead,
        neighbours=neighbours,
    )


def trafilatura() -> Reader:
    """Return a reader that asks trafilatura."""
    library = importlib.import_module("trafilatura")

    def read(sample: Sample) -> Reading:
        seen = library.bare_extraction(sample.body, url=sample.url, with_metadata=True)
        if seen is None:
            return Reading(is_article=False)
        authors = (seen.author or "").split("; ")
        return Reading(title=seen.title, date=seen.date, authors=authors, body=seen.text or "")

    return read


def newspaper4k() -> Reader:
    """Return a reader that asks newspaper4k."""
    library = importlib.import_module("newspaper")

    def read(sample: Sample) -> Reading:
        seen = library.Article(sample.url, fetch_images=False)
        seen.download(input_html=decode(sample.body)[0])
        seen.parse()
        published = seen.publish_date.isoformat() if seen.publish_date else None
        return Reading(title=seen.title, date=published, authors=seen.authors, body=seen.text)

    return read


def readability() -> Reader:
    """Return a reader that asks readability-lxml, which looks for title and text only."""
    library = importlib.import_module("readability")
    lxml = importlib.import_module("lxml.html")

    def read(sample: Sample) -> Reading:
        seen = library.Document(decode(sample.body)[0], url=sample.url)
        text = lxml.fromstring(seen.summary()).text_content()
        return Reading(title=seen.short_title(), body=text)

    return read


LIBRARIES: dict[str, Callable[[], Reader]] = {
    "trafilatura": trafilatura,
    "newspaper4k": newspaper4k,
    "readability": readability,
}


# How true it was


@dataclass
class Score:
    """What a reader's readings are worth: a fraction for each measure, the more the better."""

    readings: dict[str, Reading] = field(default_factory=dict)
    values: dict[str, list[float]] = field(default_factory=dict)
    """By measure, a value for each thing judged, 0 to 1."""
    failures: dict[str, list[str]] = field(default_factory=dict)
    """By what was read, a line for each page that was not read right."""

    @property
    def figures(self) -> dict[str, float]:
        """The mean of each measure."""
        return {name: sum(values) / len(values) for name, values in self.values.items() if values}

    def note(self, measure: str, *values: float) -> None:
        """Add what one page is worth."""
        self.values.setdefault(measure, []).extend(values)

    def fail(self, what: str, sample: Sample, said: object, expected: object) -> None:
        """Note that a page was not read right."""
        line = f"{sample.name}\n    read: {said!r}\n    gold: {expected!r}"
        self.failures.setdefault(what, []).append(line)


def judge(samples: Iterable[Sample], reader: Reader) -> Score:
    """Have all pages read, and judge what came of it. A page on which it raises is read wrong."""
    score = Score()
    for sample in samples:
        try:
            reading = reader(sample)
        except Exception as error:
            reading = Reading(is_article=False, failure=f"{type(error).__name__}: {error}")
            score.fail("raised", sample, reading.failure, "no error")
        score.readings[sample.name] = reading
        for judge_one in (_neighbours, _kind, _title, _date, _author, _body):
            judge_one(score, sample, reading)
    return score


def _neighbours(score: Score, sample: Sample, reading: Reading) -> None:
    if "prev" not in sample.gold:
        return
    base = Document(decode(sample.body)[0], sample.url).base
    hrefs = (sample.gold["prev"], sample.gold["next"])
    gold = tuple(absolute(href, base) if href else None for href in hrefs)
    pairs = list(zip(reading.neighbours, gold, strict=True))
    exact = gold == reading.neighbours and not reading.failure
    score.note("neighbours_exact", exact)
    score.note("link_precision", *(said == true for said, true in pairs if said))
    score.note("link_recall", *(said == true for said, true in pairs if true))
    if not exact:
        score.fail("neighbours", sample, reading.neighbours, gold)


_NO_ARTICLE = re.compile(r"listing|not an article|static page")
_NEITHER = re.compile(r"dataset")


def _is_article(gold: Json) -> bool | None:
    """Return whether a page is an article; None if nobody said, or one may call it either."""
    kind = str(gold.get("kind") or "")
    if _NO_ARTICLE.search(kind):
        return False
    return True if gold.get("title") and not _NEITHER.search(kind) else None


def _kind(score: Score, sample: Sample, reading: Reading) -> None:
    """Judge whether articles, and nothing else, were taken for articles."""
    gold = _is_article(sample.gold)
    if gold is None:
        return
    score.note("kind_right", reading.is_article == gold and not reading.failure)
    if reading.is_article != gold:
        score.fail("kind", sample, reading.is_article, gold)


def _title(score: Score, sample: Sample, reading: Reading) -> None:
    gold = sample.gold.get("title")
    if not gold or not _is_article(sample.gold):
        return
    exact = folded(reading.title or "") == folded(gold)
    score.note("title_exact", exact)
    score.note("title_letters", _letters(reading.title or "") == _letters(gold))
    if not exact:
        score.fail("title", sample, reading.title, gold)


def _date(score: Score, sample: Sample, reading: Reading) -> None:
    gold = sample.gold.get("date")
    if not gold:
        return
    verdict = same_day(reading.date, gold) if not reading.failure else "wrong"
    score.note("date_right", verdict == "right")
    score.note("date_not_wrong", verdict != "wrong")
    if verdict != "right":
        score.fail("date", sample, reading.date, gold)


def _author(score: Score, sample: Sample, reading: Reading) -> None:
    gold = sample.gold.get("author")
    if not gold:
        return
    verdict = same_authors(reading.authors, [gold] if isinstance(gold, str) else gold)
    verdict = "wrong" if reading.failure else verdict
    score.note("author_right", verdict == "right")
    score.note("author_not_wrong", verdict != "wrong")
    if verdict != "right":
        score.fail("author", sample, reading.authors, gold)


def _body(score: Score, sample: Sample, reading: Reading) -> None:
    """Judge the text with its lead or without, as the gold has it: whichever agrees better."""
    texts = [reading.body, f"{reading.lead} {reading.body}"][: 2 if reading.lead else 1]
    judged = [_worth_of_text(folded(text), sample.gold) for text in texts]
    best = max(judged, key=lambda worth: sum(map(sum, worth.values())))
    values = [value for values in best.values() for value in values]
    for measure, worth in best.items():
        score.note(measure, *worth)
    if values and sum(values) / len(values) < 0.9:
        gold = sample.gold
        told = {n: told for n, told in gold.items() if told and n.startswith(("must", "body"))}
        score.fail("body", sample, f"{sum(values) / len(values):.2f} {reading.body}", told)


def _worth_of_text(said: str, gold: Json) -> dict[str, list[float]]:
    worth: dict[str, list[float]] = {}
    if body := gold.get("body") or " ".join(gold.get("paragraphs") or ()):
        worth["body_f1"] = [overlap(said, folded(body))]
    if wanted := gold.get("must_contain"):
        worth["text_kept"] = [float(folded(text) in said) for text in wanted]
    if unwanted := gold.get("must_not_contain"):
        worth["boilerplate_dropped"] = [float(folded(text) not in said) for text in unwanted]
    if begins := gold.get("body_prefix") or gold.get("body_first13"):
        begun = _squeezed(said).startswith(_squeezed(folded(begins)))
        worth["begins_right"] = [float(begun)]
    return worth


def folded(text: str) -> str:
    """Return a text as it is compared: as the archive holds it, on one line."""
    return " ".join(normalise(text).split())


def _letters(text: str) -> str:
    """Return what of a title does not depend on how it is set: capitals, quotes, spaces."""
    return "".join(filter(str.isalnum, folded(text).casefold()))


def _squeezed(text: str) -> str:
    return "".join(text.split())


def same_day(said: str | None, gold: str) -> Verdict:
    """Judge a date in ISO 8601 by the day that is written, or the day at the gold's offset."""
    moment = parse_iso(said) if said else None
    true = parse_iso(gold)
    if true is None:
        raise QualityError(f"the gold date {gold!r} is not in ISO 8601")
    if moment is None:
        return "unknown"
    days = {_day(moment)}
    if isinstance(moment, datetime) and isinstance(true, datetime):
        days.add(moment.astimezone(true.tzinfo).date())
    return "right" if _day(true) in days else "wrong"


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


_BETWEEN_NAMES = re.compile(r"\s*[;,/&|]\s*|\s+(?:and|und|y|e|et|och|og|và|-|–)\s+", re.IGNORECASE)


def same_authors(said: Sequence[str], gold: Sequence[str]) -> Verdict:
    """Judge authors by their names, in any order, however they are parted and capitalised."""
    names = _names(said)
    if not names:
        return "unknown"
    return "right" if names == _names(gold) else "wrong"


def _names(authors: Sequence[str]) -> set[str]:
    parts = chain.from_iterable(_BETWEEN_NAMES.split(folded(author)) for author in authors)
    return {name.casefold() for name in parts if name}


def overlap(said: str, gold: str, size: int = 4) -> float:
    """Return how far two texts agree: F1 of their shingles of *size* words, 0 to 1."""
    ours, true = _shingles(said, size), _shingles(gold, size)
    common = sum((ours & true).values())
    if not common:
        return float(not ours and not true)
    return 2 * common / (ours.total() + true.total())


def _shingles(text: str, size: int) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    starts = range(max(1, len(words) - size + 1)) if words else range(0)
    return Counter(tuple(words[start : start + size]) for start in starts)


# The gate


@dataclass(frozen=True)
class Floors:
    """What the figures may not fall below, on which pages."""

    corpus: str
    """The digest of the pages."""
    figures: dict[str, float]


def load(file: Path) -> Floors:
    """Return the floors that a JSON file holds. Raises `QualityError` if it holds none."""
    try:
        said = json.loads(file.read_text("utf-8"))
        return Floors(said["corpus"], said["floors"])
    except (OSError, ValueError, KeyError) as error:
        raise QualityError(f"{file} holds no floors: {error!r}; write it with --raise") from error


def breaches(floors: Floors, corpus: str, figures: dict[str, float]) -> Iterator[str]:
    """Yield what is wrong: a line for each floor that does not hold, or one for other pages."""
    if floors.corpus != corpus:
        yield (
            f"these are not the pages of the floors: {corpus[:12]}…, not {floors.corpus[:12]}…; "
            "measure on those, or write floors for these with --raise --floors FILE"
        )
        return
    for name, floor in floors.figures.items():
        if (figure := figures.get(name, 0.0)) < floor:
            yield f"{name} is {figure:.4f}, below its floor of {floor:.4f}"


def raised(floors: Floors | None, corpus: str, figures: dict[str, float]) -> Floors:
    """Return the floors, lifted to the figures, which are cut to four digits.

    Raises `QualityError` where a figure lies below its floor, or the pages are others.
    """
    if floors and (wrong := list(breaches(floors, corpus, figures))):
        raise QualityError(
            "\n".join(wrong) + "\nno floor is lowered here: if one must be, edit bench/floors.json "
            "by hand and give the reason in the commit"
        )
    return Floors(corpus, {name: int(figure * 10_000) / 10_000 for name, figure in figures.items()})


def store(file: Path, floors: Floors) -> None:
    """Write floors as JSON."""
    said = {"corpus": floors.corpus, "floors": floors.figures}
    file.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


# The command


def table(scores: dict[str, Score], floors: Floors | None) -> Iterator[str]:
    """Yield the figures of all readers side by side, and the floors of ours."""
    ours = next(iter(scores.values()))
    yield f"{'':21}" + "".join(f"{name:>13}" for name in scores) + f"{'floor':>13}{'judged':>8}"
    for measure, values in ours.values.items():
        cells = [
            f"{score.figures.get(measure, 0):13.3f}" if _tells(name, measure) else f"{'-':>13}"
            for name, score in scores.items()
        ]
        floor = floors.figures.get(measure) if floors else None
        told = f"{floor:13.4f}" if floor is not None else f"{'':13}"
        yield f"{measure:21}" + "".join(cells) + told + f"{len(values):8}"


def _tells(name: str, measure: str) -> bool:
    """Whether a reader looks for what is measured at all."""
    if name == "readability" and measure.startswith(("date", "author")):
        return False
    return name == "ours" or not measure.startswith(("neighbours", "link", "kind"))


def contestants(tell: Callable[[str], None]) -> Iterator[tuple[str, Reader]]:
    """Yield our reader and those of the libraries that are installed."""
    yield "ours", read_ours
    for name, make in LIBRARIES.items():
        try:
            yield name, make()
        except ImportError as error:
            tell(f"{name} is not installed, so it is not compared: {error}")


def main() -> None:
    """Measure, and print what came of it; exit code 1 if a floor does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path, default=PAGES, help="pages with gold.jsonl")
    parser.add_argument("--ours", action="store_true", help="leave the other libraries out")
    parser.add_argument("--check", action="store_true", help="fail below a floor")
    parser.add_argument("--raise", dest="lift", action="store_true", help="lift the floors")
    parser.add_argument("--floors", type=Path, default=FLOORS, help="JSON (bench/floors.json)")
    parser.add_argument(
        "--failures",
        choices=["title", "date", "author", "body", "neighbours", "kind", "raised"],
        help="list the pages that we read wrong",
    )
    parser.add_argument("--json", action="store_true", help="print the figures for a program")
    options = parser.parse_args()
    try:
        _run(options)
    except QualityError as error:
        sys.exit(f"quality: {error}")


def _run(options: argparse.Namespace) -> None:
    def tell(line: str) -> None:
        print(line, file=sys.stderr)

    samples = corpus(options.folder)
    alone = options.ours or options.failures or options.check or options.lift
    readers = [("ours", read_ours)] if alone else list(contestants(tell))
    scores = {name: judge(samples, reader) for name, reader in readers}
    ours, pages = scores["ours"], digest(samples)
    known = load(options.floors) if options.floors.exists() else None
    floors = known if known and known.corpus == pages else None
    if options.failures:
        print(*ours.failures.get(options.failures, ["none"]), sep="\n")
        return
    if options.json:
        print(json.dumps({name: score.figures for name, score in scores.items()}))
    else:
        print(f"{len(samples)} pages, {pages[:12]}…", "", *table(scores, floors), sep="\n")
    for line in ours.failures.get("raised", []):
        tell(f"raised: {line}")
    if options.lift:
        store(options.floors, raised(known, pages, ours.figures))
    elif options.check:
        wrong = list(breaches(load(options.floors), pages, ours.figures))
        if wrong or "raised" in ours.failures:
            raise QualityError("\n".join(wrong) or "read_page raised")


if __name__ == "__main__":
    main()
