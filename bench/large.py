"""A large archive in our own words, written by SQL: what the pages of a reading room are timed on.

Every district of the map has a portal, some hundred times as large as others. Each article has its
address in the ledger, its capture, the documents that it cites and the communes that it names; what
only a crawl can make, the files of captures, is not there.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from random import Random

from archive import Archive
from crawler.country import districts
from tests.makers import DEEDS, PLACES, SENTENCES

FIRST_DAY, DAYS = datetime(2008, 1, 1, tzinfo=timezone(timedelta(hours=7))), 6389
"""Articles are of these days, the last of June 2025 among them; most of the later ones."""
SEEN = "2025-06-20T03:15:00Z"
CATEGORIES = tuple(
    f"{topic} {part}".strip()
    for topic in ("Tin tức", "Văn hóa", "Kinh tế", "Giáo dục", "Y tế", "Thông báo", "Đoàn thể")
    for part in ("", "xã hội", "trong huyện", "nổi bật")
)
DOCUMENTS = 3_000
"""Different documents that articles cite, some of them much more than others."""
_ISSUERS = (("NĐ-CP", "Nghị định", "Chính phủ"), ("QĐ-TTg", "Quyết định", "Thủ tướng Chính phủ"),
            ("NQ-HĐND", "Nghị quyết", "Hội đồng nhân dân"))  # fmt: skip
_BATCH = 20_000


def make_archive(
    path: Path, articles: int, *, among: slice = slice(None), evenly: bool = False, after: int = 0
) -> None:
    """Write an archive of about so many *articles*, at least one of each district, to *path*.

    *among* says which districts, in the order of their codes; *evenly*, that none has more than
    another. The articles are numbered from the one *after*, so that several archives have not the
    same ones.
    """
    Archive.open(path, create=True).close()
    random = Random(16)
    bodies = [code for code, each in sorted(districts().items()) if not each.merged_into][among]
    weights = [1 if evenly else 1 / (rank + 4) for rank in range(len(bodies))]
    random.shuffle(weights)
    sizes = [max(1, round(articles * weight / sum(weights))) for weight in weights]
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.executemany(
            "INSERT INTO sites (key, name, province, district, cms, base_url, active_to) "
            "SELECT ?, districts.name, provinces.name, districts.code, ?, ?, '2025-06-30' "
            "FROM districts JOIN provinces ON provinces.code = province WHERE districts.code = ?",
            [(f"d{code}", random.choice(("newspaper", "generic", "wordpress")),
              f"https://d{code}.example/", code) for code in bodies],
        )  # fmt: skip
        communes: dict[str, list[str]] = {}
        for code, district in db.execute("SELECT code, district FROM communes ORDER BY code"):
            communes.setdefault(district, []).append(code)
        number = after
        for code, size in zip(bodies, sizes, strict=True):
            with db:
                _write_site(db, random, code, size, number, communes.get(code, []))
            number += size
        with db:
            db.execute("UPDATE counters SET value = ? WHERE name = 'changed'", [number])
            db.execute("ANALYZE")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _write_site(
    db: sqlite3.Connection, random: Random, code: str, size: int, last: int, communes: list[str]
) -> None:
    """Write a portal's articles, the newest first, numbered from the one after *last*."""
    site, base = f"d{code}", f"https://d{code}.example"
    days = sorted((DAYS * random.random() ** 0.6 for _ in range(size)), reverse=True)
    times = [f"{FIRST_DAY + timedelta(day):%Y-%m-%dT%H:%M:%S}+07:00" for day in days]
    numbers = range(last + 1, last + size + 1)
    url = {number: f"{base}/tin-{number}.html" for number in numbers}
    run = db.execute(
        "INSERT INTO runs (site, started_at, finished_at, outcome, requests, new)"
        " VALUES (?, ?, ?, 'finished', ?, ?)",
        [site, SEEN, SEEN, size, size],
    ).lastrowid
    db.execute("INSERT INTO warcs VALUES (?, ?, ?, 500, ?)", [f"{site}/1.warc.zst", site, SEEN, ""])
    db.execute(
        "INSERT INTO routes (site, route, state, total, checked_at, walked_at, proves)"
        " VALUES (?, 'rest', 'open', ?, ?, ?, 1)",
        [site, size, SEEN, SEEN],
    )
    for begin in range(0, size, _BATCH):
        some = list(zip(numbers, times, strict=True))[begin : begin + _BATCH]
        db.executemany(
            "INSERT INTO articles (id, site, url, title, lead, author, category, published_at,"
            " published_raw, prev_url, next_url, words, first_seen_at, revised_at, last_seen_at,"
            " capture_id, code, changed, change, text_sha256, body, body_html)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'new', ?, ?, ?)",
            _articles(random, site, url, some),
        )
        db.executemany(
            "INSERT INTO urls (site, url, urlkey, found_by, found_at, state, status, run_id,"
            " tries, tried_at) VALUES (?, ?, ?, 'rest', ?, ?, ?, ?, 1, ?)",
            _addresses(random, site, url, some, run),
        )
        db.executemany(
            "INSERT INTO captures (id, url, site, run_id, fetched_at, status, content_type, bytes,"
            " payload_sha256, warc_file, warc_offset, warc_length, request_length, warc_sha256,"
            " source) VALUES (?, ?, ?, ?, ?, 200, 'text/html', 40000, ?, ?, ?, 6000, 400, ?,"
            " 'live')",
            ((number, url[number], site, run, SEEN, _digest(number), f"{site}/1.warc.zst",
              6400 * (number - last), _digest(-number)) for number, _ in some),
        )  # fmt: skip
        db.executemany("INSERT INTO citations VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                       _citations(random, code, some))  # fmt: skip
        db.executemany(
            "INSERT INTO places VALUES (?, 'commune', ?, 'xã', 0, 'own district')",
            ((number, named) for number, _ in some if communes
             for named in {random.choice(communes) for _ in range(random.randrange(3))}),
        )  # fmt: skip


def _digest(number: int) -> str:
    return sha256(str(number).encode()).hexdigest()


Numbered = list[tuple[int, str]]
"""Articles by their number, with the time of publication."""


def _articles(
    random: Random, site: str, url: dict[int, str], some: Numbered
) -> Iterator[tuple[object, ...]]:
    categories = random.sample(CATEGORIES, 6)
    for number, published in some:
        place, deed = random.choice(PLACES), random.choice(DEEDS)
        paragraphs = [" ".join(random.choices(SENTENCES, k=4)) for _ in range(6)]
        body = "\n\n".join(paragraphs)
        html = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        yield (
            number, site, url[number], f"Xã {place} {deed} lần thứ {number % 97}",
            random.choice(SENTENCES), random.choice(PLACES), random.choice(categories), published,
            published, url.get(number + 1), url.get(number - 1), len(body.split()), SEEN, SEEN,
            SEEN, number, f"{number:013}", number, _digest(number), body, html,
        )  # fmt: skip


def _addresses(
    random: Random, site: str, url: dict[int, str], some: Numbered, run: int | None
) -> Iterator[tuple[object, ...]]:
    for number, _ in some:
        address = url[number]
        yield site, address, address.removeprefix("https://"), SEEN, "held", 200, run, SEEN
        if random.random() < 0.03:
            lost = address.replace("tin-", "mat-")
            yield site, lost, lost.removeprefix("https://"), SEEN, "gone", 404, run, SEEN


def _citations(random: Random, code: str, some: Numbered) -> Iterator[tuple[object, ...]]:
    weights = list(accumulate(1 / (rank + 8) for rank in range(DOCUMENTS)))
    for number, published in some:
        cited = random.choices(range(DOCUMENTS), cum_weights=weights, k=random.randrange(3))
        for position, document in enumerate(dict.fromkeys(cited)):
            letters, kind, issuer = _ISSUERS[document % 3]
            year = 2005 + document % 20
            name = f"{document + 1:02}/{year}/{letters}"
            key = name.lstrip("0") + (f", Tỉnh {code[:2]}" if letters == "NQ-HĐND" else "")
            day = f"{year}-03-{1 + document % 28:02}" if int(published[:4]) >= year else None
            text = f"{kind} số {name}"
            yield number, position, kind, name, issuer, day, text, key
