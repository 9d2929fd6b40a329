"""The gate on how true the readers read: its arithmetic, and that its floors hold."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import contestants, quality, saved
from bench.contestants import Reading
from bench.quality import Floors
from bench.saved import QualityError, Sample

PAGE = """<title>Ra quân trồng rừng</title><h1>Ra quân trồng rừng</h1>
<time datetime="2023-02-05">05/02/2023</time><p>Sáng nay các xã phía nam ra quân trồng rừng đầu
xuân, mỗi xã phấn đấu trồng mới năm mươi héc-ta ngay trong tháng.</p>
<a rel="prev" href="/tin/1">Bài trước</a>"""
BODY = (
    "Sáng nay các xã phía nam ra quân trồng rừng đầu xuân, mỗi xã phấn đấu trồng mới năm mươi "
    "héc-ta ngay trong tháng."
)
GOLD = {
    "file": "a.html.gz",
    "url": "https://huyen.example/tin/2",
    "title": "Ra quân trồng rừng",
    "date": "2023-02-05",
    "author": "Ban Biên tập",
    "body": BODY,
    "prev": "/tin/1",
    "next": None,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one page in our own words."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.html.gz").write_bytes(gzip.compress(PAGE.encode()))
    (tmp_path / "own" / "gold.jsonl").write_text(json.dumps(GOLD) + "\n", encoding="utf-8")
    return tmp_path


def figures(folder: Path, reader: contestants.Reader = contestants.read_ours) -> dict[str, float]:
    return quality.judge(saved.corpus(folder), reader).figures


def test_a_page_that_is_read_right_is_worth_one(folder: Path) -> None:
    assert figures(folder) == {
        "neighbours_exact": 1,
        "link_precision": 1,
        "link_recall": 1,
        "kind_right": 1,
        "title_given": 1,
        "title_exact": 1,
        "title_letters": 1,
        "date_right": 1,
        "date_given": 1,
        "date_not_wrong": 1,
        "author_right": 0,
        "author_not_wrong": 1,  # it is not known, which is not wrong
        "text_given": 1,
        "body_f1": 1,
    }


def test_a_page_on_which_a_reader_raises_is_wrong(folder: Path) -> None:
    def read(sample: Sample) -> Reading:
        raise RuntimeError(sample.name)

    score = quality.judge(saved.corpus(folder), read)
    assert set(score.figures.values()) == {0}
    assert score.failures["raised"][0].startswith("own/a.html.gz\n    read: 'RuntimeError")


def test_links_that_are_not_given_do_not_count_for_precision(folder: Path) -> None:
    told = figures(folder, lambda sample: Reading(neighbours=(None, "https://huyen.example/x")))
    assert (told["link_precision"], told["link_recall"], told["neighbours_exact"]) == (0, 0, 0)
    assert "link_precision" not in figures(folder, lambda sample: Reading())


@pytest.mark.parametrize(
    ("said", "gold", "verdict"),
    [
        ("2023-02-05", "2023-02-05", "right"),
        ("2023-02-05T23:30:00+07:00", "2023-02-05", "right"),
        ("2023-02-06T06:30:00+07:00", "2023-02-05T23:30:00Z", "right"),  # the same moment
        ("2023-02-06", "2023-02-05T23:30:00Z", "wrong"),
        ("2023-02-04", "2023-02-05", "wrong"),
        (None, "2023-02-05", "unknown"),
        ("hôm qua", "2023-02-05", "unknown"),
    ],
)
def test_dates_are_judged_by_the_day(said: str | None, gold: str, verdict: str) -> None:
    assert quality.same_day(said, gold) == verdict


@pytest.mark.parametrize(
    ("said", "gold", "verdict"),
    [
        (["Ban Biên tập"], ["BAN BIÊN TẬP"], "right"),
        (["Tổ Thông tin, Ban Biên tập"], ["Ban Biên tập", "Tổ Thông tin"], "right"),
        (["Tổ Thông tin và Ban Biên tập"], ["Ban Biên tập; Tổ Thông tin"], "right"),
        (["Tổ Thông tin"], ["Ban Biên tập", "Tổ Thông tin"], "wrong"),
        ([], ["Ban Biên tập"], "unknown"),
        ([""], ["Ban Biên tập"], "unknown"),
    ],
)
def test_authors_are_judged_by_their_names(said: list[str], gold: list[str], verdict: str) -> None:
    assert quality.same_authors(said, gold) == verdict


@pytest.mark.parametrize(
    ("said", "gold", "expected"),
    [
        ("a b c d e", "a b c d e", 1),
        ("a b c d", "e f g h", 0),
        ("a b c d e", "a b c d", 2 / 3),  # one shingle of two, and the one that there is
        ("a b", "a b", 1),
        ("", "a b", 0),
        ("", "", 1),
    ],
)
def test_texts_are_judged_by_their_shingles(said: str, gold: str, expected: float) -> None:
    assert quality.overlap(said, gold) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("lead", "body"), [(None, BODY), (BODY[:60], BODY[60:]), ("Một câu khác.", BODY)]
)
def test_a_text_is_judged_with_its_lead_or_without(
    folder: Path, lead: str | None, body: str
) -> None:
    assert figures(folder, lambda s: Reading(lead=lead, body=body))["body_f1"] > 0.9


def test_an_article_without_a_text_is_counted(folder: Path) -> None:
    for reading in (Reading(is_article=False, body=BODY), Reading(title="Ra quân")):
        assert figures(folder, lambda sample, reading=reading: reading)["text_given"] == 0


# Dates that the page contradicts

TOLD = '<meta property="article:published_time" content="2023-02-04T08:00:00+07:00">'


@pytest.mark.parametrize(
    ("head", "said", "judged"),
    [
        (TOLD, "2023-02-04", False),  # the note, or the page, is at fault: nobody can tell
        (TOLD, "2023-02-05", True),
        (TOLD + TOLD.replace("-04T", "-05T"), "2023-02-04", True),  # the page tells that day, too
        ("", "2023-02-04", True),
        ('<script>{"datePublished": "2023-02-04"}</script>', "2023-02-04", False),
        ('<i itemprop="datePublished" content="0001-01-01">', "2023-02-04", True),
    ],
)
def test_a_date_that_the_page_contradicts_is_listed_and_not_counted_as_wrong(
    head: str, said: str, judged: bool
) -> None:
    sample = Sample("a", "https://huyen.example/tin/2", (head + PAGE).encode(), GOLD)
    score = quality.judge([sample], lambda sample: Reading(date=said))
    assert ("date_not_wrong" in score.figures) == judged
    assert bool(score.failures.get("contradicted")) == (not judged)
    assert score.figures["date_right"] == (said == "2023-02-05")


@pytest.mark.parametrize(
    ("times", "judged"),
    [
        ('<time datetime="2023-02-04">', False),
        ('<time datetime="2023-02-04"><time datetime="2023-02-04T08:00:00+07:00">', False),
        ('<time datetime="2023-02-04"><time datetime="2023-02-03">', True),  # of others, perhaps
    ],
)
def test_the_only_day_of_a_page_s_times_contradicts_too(times: str, judged: bool) -> None:
    gold = {"title": "Ra quân trồng rừng", "date": "2023-02-05"}
    sample = Sample("a", "https://huyen.example/tin/2", times.encode(), gold)
    score = quality.judge([sample], lambda sample: Reading(date="2023-02-04"))
    assert ("date_not_wrong" in score.figures) == judged


# Whose pages


def sample(url: str = "https://huyen.example/", name: str = "own/a.html.gz", **gold: str) -> Sample:
    return Sample(name, url, b"", gold)


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://odp.cantho.gov.vn/dataset", "cantho.gov.vn"),
        ("http://www.bbc.co.uk/news", "bbc.co.uk"),
        ("https://mot.blogspot.com/2014/", "mot.blogspot.com"),
        ("http://192.0.2.1/tin", "192.0.2.1"),
        ("http://localhost/", "localhost"),
    ],
)
def test_a_site_is_what_its_owner_registered(url: str, site: str) -> None:
    assert saved.site(url) == site


def test_all_pages_of_a_site_are_in_one_share_and_a_quarter_of_sites_is_not_looked_at() -> None:
    one = {sample(f"https://{host}.huyen.gov.vn/tin/{n}").share for host in "abc" for n in "12"}
    assert len(one) == 1
    many = [sample(f"https://huyen{number}.gov.vn/").share for number in range(200)]
    assert 30 < many.count("unseen") < 70
    # for good: else pages that somebody looked at would be called unseen
    shares = [sample(f"https://{n}.gov.vn/").share for n in "abcde"]
    assert shares == ["seen", "unseen", "seen", "seen", "unseen"]


def test_pages_are_measured_by_source_and_kind() -> None:
    one, other = sample(source="fundus"), sample(kind="listing with a pager: not an article")
    assert (one.source, one.kind, one.folder) == ("own/fundus", "article", "own")
    assert (other.source, other.kind, other.is_article) == ("own", "listing", False)
    assert quality.grouped([one, other], "kind") == {"article": [one], "listing": [other]}


# Readings of libraries


def test_a_library_reads_a_page_once(tmp_path: Path, folder: Path) -> None:
    asked = []

    def read(sample: Sample) -> Reading:
        asked.append(sample.url)
        return Reading(title="x", authors=["y"], neighbours=(None, "z"))

    (page,) = saved.corpus(folder)
    other = Sample(page.name, page.url, page.body + b" ", page.gold)
    for name in ("library 1", "library 1", "library 2"):
        said = contestants.remembering(read, name, tmp_path / "kept")(page)
        assert said == Reading(title="x", authors=["y"], neighbours=(None, "z"))
    contestants.remembering(read, "library 1", tmp_path / "kept")(other)
    assert len(asked) == 3  # anew by another version, and of another page


def test_what_is_kept_of_a_reading_may_be_damaged(tmp_path: Path, folder: Path) -> None:
    (page,) = saved.corpus(folder)
    read = contestants.remembering(contestants.read_ours, "ours", tmp_path)
    first = read(page)
    (file,) = tmp_path.glob("*.json")
    for damage in ("", "[]", "{}", '{"neighbours": [], "no": 1}'):
        file.write_text(damage)
        assert read(page) == first


# The floors


def floors(figure: float = 0.5, corpus: str = "abc", share: str = "seen") -> Floors:
    return Floors(corpus, {share: {"title_exact": figure}})


def test_floors_rise_and_hold_until_a_figure_falls(tmp_path: Path) -> None:
    file = tmp_path / "floors.json"
    quality.store(file, quality.raised({}, {"own": floors(0.12349)}))
    known = quality.load(file)
    assert known == {"own": floors(0.1234)}
    assert not list(quality.breaches(known, {"own": floors(0.1234)}))
    told = list(quality.breaches(known, {"own": floors(0.12)}))
    assert told == ["own, seen: title_exact is 0.1200, below its floor of 0.1234"]
    assert quality.raised(known, {"own": floors(0.5)}) == {"own": floors(0.5)}


def test_a_floor_is_never_lowered() -> None:
    with pytest.raises(QualityError, match="by hand and give the reason"):
        quality.raised({"own": floors(0.5)}, {"own": floors(0.4)})


@pytest.mark.parametrize(
    "now", [{}, {"own": Floors("abc", {})}, {"own": floors(share="unseen")}, {"other": floors()}]
)
def test_what_vanished_is_below_its_floor(now: dict[str, Floors]) -> None:
    assert list(quality.breaches({"own": floors()}, now))


def test_floors_hold_on_their_own_pages_only(folder: Path) -> None:
    before = saved.digest(saved.corpus(folder))
    (folder / "own" / "a.html.gz").write_bytes(gzip.compress(PAGE.replace("nay", "qua").encode()))
    after = saved.digest(saved.corpus(folder))
    assert before != after
    told = list(quality.breaches({"own": Floors(before, {})}, {"own": Floors(after, {})}))
    assert len(told) == 1
    assert "own: these are not the pages of the floors" in told[0]


def test_a_folder_beside_the_pages_breaks_no_floor_and_is_told(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "floors.json"
    run(monkeypatch, folder, "--raise", "--floors", file)
    (folder / "new").mkdir()
    for name in ("a.html.gz", "gold.jsonl"):
        (folder / "new" / name).write_bytes((folder / "own" / name).read_bytes())
    run(monkeypatch, folder, "--check", "--floors", file)
    assert "new has no floors, so it is not judged by any" in capsys.readouterr().err
    run(monkeypatch, folder, "--raise", "--floors", file)
    assert set(quality.load(file)) == {"own", "new"}


def _broken(folder: Path) -> None:
    (folder / "own" / "a.html.gz").write_bytes(b"x")


def _without_page(folder: Path) -> None:
    (folder / "own" / "a.html.gz").unlink()


def _without_gold(folder: Path) -> None:
    (folder / "own" / "gold.jsonl").unlink()


@pytest.mark.parametrize("damage", [_broken, _without_page, _without_gold])
def test_a_folder_that_cannot_be_measured_is_named(
    folder: Path, damage: Callable[[Path], None]
) -> None:
    damage(folder)
    with pytest.raises(QualityError, match=str(folder)):
        saved.corpus(folder)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    monkeypatch.setattr("sys.argv", ["quality.py", *map(str, arguments)])
    quality.main()


def test_the_command_raises_checks_and_lists(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    floors = tmp_path / "floors.json"
    with pytest.raises(SystemExit, match=r"holds no floors.*--raise"):
        run(monkeypatch, folder, "--check", "--floors", floors)
    run(monkeypatch, folder, "--raise", "--floors", floors)
    run(monkeypatch, folder, "--check", "--floors", floors)
    assert "title_exact                  1.000       1" in capsys.readouterr().out
    floors.write_text(floors.read_text().replace('"author_right": 0.0', '"author_right": 0.5'))
    with pytest.raises(
        SystemExit, match=r"own, \w+: author_right is 0\.0000, below its floor of 0\.5000"
    ):
        run(monkeypatch, folder, "--check", "--floors", floors)
    run(monkeypatch, folder, "--failures", "author")
    assert "own/a.html.gz\n    read: []\n    gold: 'Ban Biên tập'" in capsys.readouterr().out


def test_the_floors_hold_on_other_people_s_pages(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, shared / "pages", "--check")
