"""The gate on how true the readers read: its arithmetic, and that its floors hold."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import quality
from bench.quality import Floors, QualityError, Reading, Sample

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


def figures(folder: Path, reader: quality.Reader = quality.read_ours) -> dict[str, float]:
    return quality.judge(quality.corpus(folder), reader).figures


def test_a_page_that_is_read_right_is_worth_one(folder: Path) -> None:
    assert figures(folder) == {
        "neighbours_exact": 1,
        "link_precision": 1,
        "link_recall": 1,
        "kind_right": 1,
        "title_exact": 1,
        "title_letters": 1,
        "date_right": 1,
        "date_not_wrong": 1,
        "author_right": 0,
        "author_not_wrong": 1,  # it is not known, which is not wrong
        "body_f1": 1,
    }


def test_a_page_on_which_a_reader_raises_is_wrong(folder: Path) -> None:
    def read(sample: Sample) -> Reading:
        raise RuntimeError(sample.name)

    score = quality.judge(quality.corpus(folder), read)
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


# The floors


def test_floors_rise_and_hold_until_a_figure_falls(tmp_path: Path) -> None:
    file = tmp_path / "floors.json"
    quality.store(file, quality.raised(None, "abc", {"title_exact": 0.12349}))
    floors = quality.load(file)
    assert floors == Floors("abc", {"title_exact": 0.1234})
    assert not list(quality.breaches(floors, "abc", {"title_exact": 0.1234}))
    told = list(quality.breaches(floors, "abc", {"title_exact": 0.12}))
    assert told == ["title_exact is 0.1200, below its floor of 0.1234"]
    assert quality.raised(floors, "abc", {"title_exact": 0.5}).figures == {"title_exact": 0.5}


def test_a_floor_is_never_lowered() -> None:
    with pytest.raises(QualityError, match="by hand and give the reason"):
        quality.raised(Floors("abc", {"title_exact": 0.5}), "abc", {"title_exact": 0.4})


def test_a_measure_that_vanished_is_below_its_floor() -> None:
    assert list(quality.breaches(Floors("abc", {"title_exact": 0.5}), "abc", {}))


def test_floors_hold_on_their_own_pages_only(folder: Path) -> None:
    before = quality.digest(quality.corpus(folder))
    (folder / "own" / "a.html.gz").write_bytes(gzip.compress(PAGE.replace("nay", "qua").encode()))
    after = quality.digest(quality.corpus(folder))
    assert before != after
    told = list(quality.breaches(Floors(before, {}), after, {}))
    assert len(told) == 1
    assert "not the pages of the floors" in told[0]


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
        quality.corpus(folder)


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
    assert "title_exact                  1.000       1.0000       1" in capsys.readouterr().out
    floors.write_text(floors.read_text().replace('"author_right": 0.0', '"author_right": 0.5'))
    with pytest.raises(SystemExit, match=r"author_right is 0\.0000, below its floor of 0\.5000"):
        run(monkeypatch, folder, "--check", "--floors", floors)
    run(monkeypatch, folder, "--failures", "author")
    assert "own/a.html.gz\n    read: []\n    gold: 'Ban Biên tập'" in capsys.readouterr().out


def test_the_floors_hold_on_other_people_s_pages(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, shared / "pages", "--check")
