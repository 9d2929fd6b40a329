"""Writes the portal's posts: varied articles from `topics.toml`, the same on every run."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal, get_args
from unicodedata import normalize

from .markup import (
    Block,
    Download,
    Gallery,
    Heading,
    Image,
    Items,
    Media,
    More,
    NextPage,
    Paragraph,
    Quote,
    Table,
    plain,
)
from .record import TIMEZONE, Status

_SOURCE: dict[str, Any] = tomllib.loads(Path(__file__).with_name("topics.toml").read_text("utf-8"))
_OPENED = datetime(2019, 1, 2, 7, tzinfo=TIMEZONE)
_CLOSED = datetime(2025, 6, 27, 17, tzinfo=TIMEZONE)
_SCHEDULED = datetime(2099, 1, 4, 8, tzinfo=TIMEZONE)

AUTHORS: tuple[str, ...] = tuple(_SOURCE["authors"])
PICTURES = tuple(f"anh-{number}.jpg" for number in range(1, 9))
DOCUMENTS = ("ke-hoach.pdf", "quyet-dinh.pdf")

Category = tuple[str, ...]
"""A category as its path from the top: `("Văn hóa – Xã hội", "Giáo dục")`."""


@dataclass
class Manuscript:
    """A post or page as it is handed to WordPress."""

    title: str
    blocks: list[Block]
    published_at: datetime
    author: str
    modified_at: datetime | None = None
    """None: never changed since it was published."""
    categories: list[Category] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    kind: Literal["post", "page"] = "post"
    status: Status = "publish"
    password: str = ""
    featured: Media | None = None
    excerpt: str = ""
    """What the author sets apart as a summary, beside the text."""
    comments: list[str] = field(default_factory=list)
    decomposed: bool = False
    """Stored in Unicode NFD, as some editors' keyboards leave it."""

    @property
    def content(self) -> str:
        """Stored form: the old editor's until the end of 2021, then the block editor's."""
        old = self.published_at.year < 2022
        text = "\n\n".join(block.classic() if old else block.block() for block in self.blocks)
        return self.as_stored(text)

    def as_stored(self, text: str) -> str:
        return normalize("NFD", text) if self.decomposed else text


def compose(count: int, media: Mapping[str, Media], seed: int = 2) -> list[Manuscript]:
    """Write `count` published posts, and beside them every kind that a crawl must not take.

    `media` maps the names in `PICTURES` and `DOCUMENTS` to uploaded files. Needs `count` of at
    least 60, so that two pairs of posts share their date to the second and two posts are divided.
    """
    writer = _Writer(Random(seed), media)
    moments = _moments(writer.random, count)
    posts = [writer.post(number, moment) for number, moment in enumerate(moments)]
    posts[count // 2].title = posts[count // 2 - 1].title
    return [*posts, *writer.protected(), *writer.unpublished(), *writer.pages()]


def _moments(random: Random, count: int) -> list[datetime]:
    """Ascending, all distinct but two pairs; some neighbours share their minute."""
    span = int((_CLOSED - _OPENED).total_seconds()) // count
    moments = [_working_hour(random, _OPENED + timedelta(seconds=span * n)) for n in range(count)]
    for number in range(15, count, 30):
        moments[number] = moments[number - 1].replace(second=50)
        moments[number - 1] = moments[number].replace(second=10)
    for number in (count // 3, 2 * count // 3):
        moments[number + 1] = moments[number]
    return sorted(moments)


def _working_hour(random: Random, day: datetime) -> datetime:
    start = day.replace(hour=7, minute=0, second=0)
    return start + timedelta(seconds=random.randrange(9 * 3600))


class _Writer:
    def __init__(self, random: Random, media: Mapping[str, Media]) -> None:
        self.random = random
        self.media = media
        self.titles: set[str] = set()

    def post(self, number: int, moment: datetime) -> Manuscript:
        """The `number`th post; the number decides which blocks and traps it has."""
        topic = self.random.choice(_SOURCE["topics"])
        say = _Voice(self.random, moment)
        manuscript = Manuscript(
            title=self._title(topic, say),
            blocks=list(self._blocks(number, topic, say)),
            published_at=moment,
            author=self.random.choice(AUTHORS),
            categories=_categories(topic, number),
            tags=self.random.sample(topic["tags"], k=self.random.randint(0, len(topic["tags"]))),
            decomposed=number % 50 == 33,
        )
        if number % 11 == 8:
            manuscript.modified_at = moment + timedelta(hours=self.random.randint(1, 400))
        if number % 9 == 4:
            manuscript.featured = self.media[self.random.choice(PICTURES)]
        if number % 60 == 10:
            manuscript.comments = ["Tin rất bổ ích.", "Đề nghị Ban Biên tập làm rõ số liệu."]
        return manuscript

    def protected(self) -> list[Manuscript]:
        """Posts that stand in every listing but show their text to those with the password only."""
        posts = [self.post(0, _OPENED + timedelta(days=700 * n, hours=3)) for n in (1, 2, 3)]
        for post in posts:
            post.password = "noi-bo"
        return posts

    def unpublished(self) -> list[Manuscript]:
        """Drafts, posts awaiting review, private, scheduled and trashed posts, two of each."""
        posts = []
        for number, status in enumerate(s for s in get_args(Status) * 2 if s != "publish"):
            start = _SCHEDULED if status == "future" else _OPENED
            post = self.post(0, start + timedelta(days=190 * number, hours=5))
            post.status = status
            posts.append(post)
        return posts

    def pages(self) -> list[Manuscript]:
        """Static pages, which are no articles."""
        texts = {
            "Giới thiệu": "Khau Luông là huyện vùng cao, có mười xã và một thị trấn.",
            "Liên hệ": "Văn phòng HĐND và UBND huyện Khau Luông, thị trấn Khau Luông.",
            "Cơ cấu tổ chức": "Bộ máy của UBND huyện gồm mười hai phòng chuyên môn.",
        }
        before = _OPENED - timedelta(days=1)
        return [
            Manuscript(title, [Paragraph(text)], before, AUTHORS[0], kind="page")
            for title, text in texts.items()
        ]

    def _title(self, topic: dict[str, Any], say: "_Voice") -> str:
        while True:
            title = say(self.random.choice(topic["titles"]))
            if title not in self.titles:
                self.titles.add(title)
                return title
            say.move()

    def _blocks(self, number: int, topic: dict[str, Any], say: "_Voice") -> Iterator[Block]:
        sentences = [say(text) for text in self.random.sample(topic["paragraphs"], k=5)]
        caption = say(topic["captions"][0])
        yield Paragraph(f"<strong>{say(topic['lead'])}</strong>")
        if number % 8 == 6:
            yield More()
        yield Paragraph(sentences[0])
        if number % 4 == 0:
            yield self._image(caption)
        if number % 10 == 5:
            yield Heading("Những kết quả bước đầu")
        yield Paragraph(sentences[1])
        if number % 3 == 0:
            yield Items(tuple(say(item) for item in topic["items"]))
        if number in (41, 57):
            yield NextPage()
        yield Paragraph(sentences[2])
        if number % 5 == 1:
            yield Quote("Việc gì có lợi cho dân thì cán bộ thôn phải bàn kỹ, làm đến nơi đến chốn.")
        if number % 7 == 2:
            yield self._table()
        if number % 6 == 3:
            yield self._image("", alt=caption)
        yield from (Paragraph(text) for text in sentences[3:])
        if number % 25 == 9:
            yield Gallery(tuple(self.media[name] for name in self.random.sample(PICTURES, k=3)))
        yield Paragraph(self._closing(number, say))
        if number % 12 == 7:
            yield Download(self.media[self.random.choice(DOCUMENTS)], "Tải văn bản kèm theo (PDF)")

    def _image(self, caption: str, alt: str = "") -> Image:
        return Image(self.media[self.random.choice(PICTURES)], caption, alt or plain(caption))

    def _table(self) -> Table:
        rows = []
        for commune in self.random.sample(_SOURCE["communes"], k=3):
            plan, done = self.random.randint(40, 90), self.random.randint(10, 40)
            rows.append((f"Xã {commune}", str(plan), str(done)))
        return Table((("Đơn vị", "Kế hoạch (ha)", "Thực hiện (ha)"), *rows))

    def _closing(self, number: int, say: "_Voice") -> str:
        text = say(self.random.choice(_SOURCE["closing"]))
        if number % 13 == 6:
            return f'{text} Xem thêm <a href="https://example.org/van-ban">văn bản hướng dẫn</a>...'
        return text


class _Voice:
    """Fills a sentence's slots: the place stays the post's, the numbers are drawn each time."""

    def __init__(self, random: Random, moment: datetime) -> None:
        self.random = random
        self.moment = moment
        self.move()

    def move(self) -> None:
        """Let the post happen elsewhere."""
        self.commune = self.random.choice(_SOURCE["communes"])
        self.hamlet = self.random.choice(_SOURCE["hamlets"])

    def __call__(self, template: str) -> str:
        earlier = self.moment - timedelta(days=self.random.randint(3, 40))
        return template.format(
            xa=self.commune,
            thon=self.hamlet,
            it=self.random.randint(2, 9),
            so=self.random.randint(12, 60),
            so2=self.random.randint(61, 180),
            tram=self.random.randint(20, 90) * 10,
            pt=self.random.randint(61, 99),
            ngay=earlier.day,
            thang=earlier.month,
            nam=earlier.year,
        )


def _categories(topic: dict[str, Any], number: int) -> list[Category]:
    path = tuple(topic["category"])
    return [path, ("Tin nổi bật",)] if number % 10 == 0 else [path]
