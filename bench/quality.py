"""How true the page readers read: measured on saved pages of others, against floors that only rise.

``python bench/quality.py --help`` tells the options; bench/README.md what the figures mean.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:  # run as a script, where the project is not installed
    sys.path.insert(0, str(ROOT))

from bench.contestants import Reader, Reading, contestants, guarded, read_ours  # noqa: E402
from bench.saved import Json, QualityError, Sample, Share, corpus, digest  # noqa: E402
from crawler.readers.page.document import Document  # noqa: E402
from crawler.text.addresses import absolute  # noqa: E402
from crawler.text.charset import decode  # noqa: E402
from crawler.text.dates import Moment, parse_iso, parse_machine  # noqa: E402
from crawler.text.normalise import normalise  # noqa: E402

PAGES = ROOT.parent / "shared" / "pages"
FLOORS = ROOT / "bench" / "floors.json"
SHARES: tuple[Share, ...] = ("seen", "unseen")

Verdict = Literal["right", "wrong", "unknown"]


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
    read = guarded(reader)
    for sample in samples:
        reading = read(sample)
        if reading.failure:
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


def _kind(score: Score, sample: Sample, reading: Reading) -> None:
    """Judge whether articles, and nothing else, were taken for articles."""
    gold = sample.is_article
    if gold is None:
        return
    score.note("kind_right", reading.is_article == gold and not reading.failure)
    if reading.is_article != gold:
        score.fail("kind", sample, reading.is_article, gold)


def _title(score: Score, sample: Sample, reading: Reading) -> None:
    gold = sample.gold.get("title")
    if not gold or not sample.is_article:
        return
    score.note("title_given", bool(reading.title))
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
    score.note("date_given", verdict != "unknown" and not reading.failure)
    if verdict == "wrong" and (told := contradictions(sample)):
        score.fail("contradicted", sample, reading.date, f"{gold}, where the page tells {told}")
        return
    score.note("date_not_wrong", verdict != "wrong")
    if verdict != "right":
        score.fail("date", sample, reading.date, gold)


_TOLD = re.compile(
    r"""datePublished["']?\s*:\s*["']([^"'<>]+)["']|"""
    r"""(?:article:published_time|datePublished)["'][^<>]*?content\s*=\s*["']([^"'<>]+)["']|"""
    r"""content\s*=\s*["']([^"'<>]+)["'][^<>]*?(?:article:published_time|datePublished)["']|"""
    r"""<time\b[^<>]*?\bpublished\b[^<>]*?datetime\s*=\s*["']([^"'<>]+)["']"""
)
_TIMES = re.compile(r"""<time\b[^<>]*?\bdatetime\s*=\s*["']([^"'<>]+)["']""")


def contradictions(sample: Sample) -> list[str]:
    """Return the days that a page itself tells programs, where none is the day noted of it.

    These are the days that it calls those of publication, or, if it has no such, the only one that
    its ``<time>`` elements tell. Then the note is as likely to be at fault as whoever read the
    page: it is counted apart.
    """
    page = decode(sample.body)[0]
    named = _moments(filter(None, chain.from_iterable(_TOLD.findall(page))))
    times = _moments(_TIMES.findall(page))
    told = named or (times if len(set(map(_day, times.values()))) == 1 else {})
    said = (same_day(moment.isoformat(), sample.gold["date"]) for moment in told.values())
    return list(told) if all(verdict == "wrong" for verdict in said) else []


def _moments(told: Iterable[str]) -> dict[str, Moment]:
    """Return the moments that strings for programs tell, but for those that stand for no date."""
    found = ((raw, parse_machine(raw)) for raw in told)
    return {raw: moment for raw, moment in found if moment and moment.year > 1}


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


_WORDS_OF_TEXT = frozenset(["body", "paragraphs", "must_contain", "body_prefix", "body_first13"])
"""What of a note is words of the article's text."""


def _body(score: Score, sample: Sample, reading: Reading) -> None:
    """Judge the text with its lead or without, as the gold has it: whichever agrees better."""
    if not _WORDS_OF_TEXT & sample.gold.keys():
        return
    if sample.is_article is not False and any(map(sample.gold.get, _WORDS_OF_TEXT)):
        given = reading.is_article and bool(reading.body)
        score.note("text_given", given)
        if not given:
            score.fail("text_given", sample, None, "an article")
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
    """What the figures of one folder of pages may not fall below, on which pages."""

    corpus: str
    """The digest of the pages."""
    figures: dict[str, dict[str, float]]
    """By the share of the sites, a figure for each measure."""


def load(file: Path) -> dict[str, Floors]:
    """Return the floors of a JSON file by folder. Raises `QualityError` if it holds none."""
    try:
        said = json.loads(file.read_text("utf-8"))
        return {folder: Floors(one["corpus"], one["floors"]) for folder, one in said.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise QualityError(f"{file} holds no floors: {error!r}; write it with --raise") from error


def measured(samples: Sequence[Sample], readings: dict[str, Reading]) -> dict[str, Floors]:
    """Return the figures of each folder of pages, as floors would have them."""
    return {
        folder: Floors(
            digest(pages),
            {
                share: figures
                for share in SHARES
                if (figures := _judged([p for p in pages if p.share == share], readings).figures)
            },
        )
        for folder, pages in grouped(samples, "folder").items()
    }


def breaches(floors: dict[str, Floors], now: dict[str, Floors]) -> Iterator[str]:
    """Yield what is wrong: a line for each floor that does not hold, each folder that is missing
    or has other pages. A folder that has no floors breaches none."""
    for folder, known in floors.items():
        if folder not in now:
            yield f"{folder} is not here, which has floors; measure it, too, or give --floors FILE"
        elif now[folder].corpus != known.corpus:
            yield (
                f"{folder}: these are not the pages of the floors: {now[folder].corpus[:12]}…, not "
                f"{known.corpus[:12]}…; measure those, or give these floors with --floors FILE"
            )
        else:
            for share, figures in known.figures.items():
                present = now[folder].figures.get(share, {})
                for name, floor in figures.items():
                    if (figure := present.get(name, 0.0)) < floor:
                        yield (
                            f"{folder}, {share}: {name} is {figure:.4f}, below its floor of "
                            f"{floor:.4f}"
                        )


def raised(floors: dict[str, Floors], now: dict[str, Floors]) -> dict[str, Floors]:
    """Return the floors, lifted to the figures, which are cut to four digits.

    Raises `QualityError` where a figure lies below its floor, or the pages are others.
    """
    if wrong := list(breaches(floors, now)):
        raise QualityError(
            "\n".join(wrong) + "\nno floor is lowered here: if one must be, edit bench/floors.json "
            "by hand and give the reason in the commit"
        )
    return {
        folder: Floors(
            one.corpus,
            {
                share: {n: int(f * 10_000) / 10_000 for n, f in figures.items()}
                for share, figures in one.figures.items()
            },
        )
        for folder, one in now.items()
    }


def store(file: Path, floors: dict[str, Floors]) -> None:
    """Write floors as JSON."""
    said = {folder: {"corpus": one.corpus, "floors": one.figures} for folder, one in floors.items()}
    file.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


# The command


def grouped(samples: Iterable[Sample], by: str) -> dict[str, list[Sample]]:
    """Return samples by one of their properties: "share", "folder", "source", "kind"."""
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(getattr(sample, by), []).append(sample)
    return dict(sorted(groups.items()))


def _judged(samples: Iterable[Sample], readings: dict[str, Reading]) -> Score:
    return judge(samples, lambda sample: readings[sample.name])


def table(scores: dict[str, Score]) -> Iterator[str]:
    """Yield the figures of all readers side by side."""
    ours = next(iter(scores.values()))
    yield f"{'':21}" + "".join(f"{name:>13}" for name in scores) + f"{'judged':>8}"
    for measure, values in sorted(ours.values.items()):
        cells = [
            f"{score.figures.get(measure, 0):13.3f}" if _tells(name, measure) else f"{'-':>13}"
            for name, score in scores.items()
        ]
        yield f"{measure:21}" + "".join(cells) + f"{len(values):8}"


def _tells(name: str, measure: str) -> bool:
    """Whether a reader looks for what is measured at all."""
    if name == "readability" and measure.startswith(("date", "author")):
        return False
    return name == "ours" or not measure.startswith(("neighbours", "link", "kind"))


def main() -> None:
    """Measure, and print what came of it; exit code 1 if a floor does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path, default=PAGES, help="pages with gold.jsonl")
    parser.add_argument("--ours", action="store_true", help="leave the other libraries out")
    parser.add_argument("--check", action="store_true", help="fail below a floor")
    parser.add_argument("--raise", dest="lift", action="store_true", help="lift the floors")
    parser.add_argument("--floors", type=Path, default=FLOORS, help="JSON (bench/floors.json)")
    parser.add_argument(
        "--by",
        choices=["share", "folder", "source", "kind"],
        default="share",
        help="what the pages are measured apart by, beside all together (share)",
    )
    parser.add_argument(
        "--failures",
        choices=[
            "title", "date", "contradicted", "author", "body", "text_given", "neighbours", "kind",
            "raised",
        ],
        help="list the pages of the seen share that we read wrong",
    )  # fmt: skip
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
    readings = {
        name: {sample.name: guarded(reader)(sample) for sample in samples}
        for name, reader in readers
    }
    if options.failures:
        pages = [s for s in samples if s.share == "seen" or options.failures == "contradicted"]
        print(*_judged(pages, readings["ours"]).failures.get(options.failures, ["none"]), sep="\n")
        return
    groups = {"all": samples, **grouped(samples, options.by)}
    scores = {
        group: {name: _judged(pages, readings[name]) for name, _ in readers}
        for group, pages in groups.items()
    }
    if options.json:
        figures = {g: {n: score.figures for n, score in s.items()} for g, s in scores.items()}
        print(json.dumps(figures))
    else:
        for group, one in scores.items():
            print(f"{group}: {len(groups[group])} pages", *table(one), "", sep="\n")
    raised_on = scores["all"]["ours"].failures.get("raised", [])
    for line in raised_on:
        tell(f"raised: {line}")
    if options.check or options.lift:
        _gate(options, measured(samples, readings["ours"]), tell)
    if options.check and raised_on:
        raise QualityError("read_page raised")


def _gate(options: argparse.Namespace, now: dict[str, Floors], tell: Callable[[str], None]) -> None:
    if options.lift:
        known = load(options.floors) if options.floors.exists() else {}
        store(options.floors, raised(known, now))
        return
    known = load(options.floors)
    for folder in now.keys() - known.keys():
        tell(f"{folder} has no floors, so it is not judged by any: --raise gives it some")
    if wrong := list(breaches(known, now)):
        raise QualityError("\n".join(wrong))


if __name__ == "__main__":
    main()
