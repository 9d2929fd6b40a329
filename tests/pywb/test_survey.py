"""A survey asks pywb what it has: first, last and how many, and nothing of what it has not."""

from datetime import timedelta
from pathlib import Path

from tests.conftest import Archived, run
from tests.pywb.conftest import Pywb
from tests.raw import lone, of_pages, raw_server
from tests.warcs import THEN, page, write_warc


def test_what_pywb_has_of_a_host_is_told(pywb: Pywb, tmp_path: Path) -> None:
    with raw_server(of_pages(lone(2))) as held, raw_server(of_pages(lone(2))) as unknown:
        pages = [
            page(f"{held.url}/tin-{n}.html", f"<p>Tin {n}</p>".encode(), THEN + timedelta(days=n))
            for n in range(3)
        ]
        pages.append(page(f"{held.url}/tin-0.html", b"<p>Kh</p>", THEN + timedelta(days=9)))
        pywb.add("cong", write_warc(tmp_path / "a.warc.gz", pages))
        (tmp_path / "sites").mkdir()
        for key, server in (("co", held), ("khong", unknown)):
            (tmp_path / "sites" / f"{key}.toml").write_text(
                f'[{key}]\nname = "Huyện Thử"\nbase_url = "{server.url}/"\ncms = "generic"\n',
                encoding="utf-8",
            )
        with pywb.serving():
            done = run(
                "survey", "--db", tmp_path / "archive.db", "--wayback", f"{pywb.url}/cong/",
                TINHUYEN_SITES=str(tmp_path / "sites"),
            )  # fmt: skip
    assert done.code == 0, done.out + done.err
    sql = "SELECT site, archived, first_archived, last_archived FROM last_surveys ORDER BY site"
    assert [tuple(row.values()) for row in Archived(tmp_path).rows(sql)] == [
        ("co", 3, "2021-07-01T08:30:00Z", "2021-07-10T08:30:00Z"),
        ("khong", 0, None, None),
    ]
