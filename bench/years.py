"""Years of scheduled crawls on a simulated clock: the archive says what was there, and alarms rang.

Portals publish, edit and delete; some fall silent, are down, die, move, are broken into or taken
over, and the scheduler itself stops for a month. ``python bench/years.py --help`` tells the
options; bench/README.md what is proved.
"""

import argparse
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from stage import BenchError, Verdict, perform

from demo.district import CATEGORIES, TIMEZONE
from demo.faults import Fault, Faults
from demo.portal import Portal, Post
from demo.server import Server, serving
from tests.hook import Hook, listening
from tests.processes import run

FIRST = datetime(2023, 1, 2, 3, 0, tzinfo=UTC)
BETWEEN = timedelta(days=4)
AT_FIRST = 30
"""Articles that a portal has when it is first crawled."""
SPAM = (
    "Nhà cái uy tín hàng đầu, casino trực tuyến, nổ hũ đổi thưởng, soi kèo bóng đá, "
    "tài xỉu online, đăng ký nhận ngay 100k, nạp tiền nhanh, rút tiền trong ngày, "
    "link vào nhà cái mới nhất."
)
STRANGERS = "Sáng nay, phường"
"""How the texts of those begin who take a host over."""
AT_ONCE = ("--set", "BACKOFF_START=0.01")
"""What has a crawl ask a portal that is down again at once: waiting takes real time, half a minute
each time."""
PLACES = ("Bản Mới", "Nà Sen", "Pác Lụa", "Khuổi Tàn", "Cốc Lùng", "Phiêng Giếng", "Nà Hồng")
WORKS = ("khánh thành cầu", "họp dân", "trồng rừng", "làm đường", "tập huấn", "bầu trưởng thôn")


@dataclass
class Town:
    """A portal, what it has shown at each crawl, and how it lives."""

    key: str
    keys: dict[str, Any]
    """What its entry says beyond the start page."""
    chance: random.Random
    stack: ExitStack
    faults: Faults
    portal: Portal
    last: datetime
    server: Server
    publishes: bool = True
    is_strangers: bool = False
    is_seen: bool = True
    """Whether a crawl comes to what is the town's own."""
    shown: dict[str, list[str]] = field(default_factory=dict)
    """The texts of each article by its path, in the order in which crawls could see them."""
    number: int = 0

    @classmethod
    def founded(cls, key: str, faults: Faults, **keys: Any) -> "Town":
        """Return a town that has published for two months."""
        stack, portal = ExitStack(), Portal([])
        server = stack.enter_context(serving(portal, faults))
        town = cls(
            key=key, keys=keys, chance=random.Random(key), stack=stack, faults=faults,
            portal=portal, last=FIRST - 2 * AT_FIRST * timedelta(days=1), server=server,
        )  # fmt: skip
        for _ in range(AT_FIRST):
            town.publish(
                town.last + timedelta(days=2) - timedelta(minutes=town.chance.randrange(600))
            )
        return town

    def publish(self, at: datetime) -> Post:
        """Publish an article."""
        self.number += 1
        place, work = self.chance.choice(PLACES), self.chance.choice(WORKS)
        self.last = at
        return self.portal.add(
            slug=f"{self.key}-tin-{self.number}",
            title=f"{place} {work}, đợt {self.number}",
            date=at.astimezone(TIMEZONE).replace(microsecond=0),
            category=self.chance.choice([*CATEGORIES]),
            body=self.text(place, work),
        )

    def text(self, place: str, work: str) -> str:
        """Return a text that no other article has."""
        figures = [self.chance.randrange(20, 900) for _ in range(6)]
        begins = STRANGERS if self.is_strangers else "Sáng nay, thôn"
        return (
            f"{begins} {place} {work} với {figures[0]} người tham gia, đợt {self.number}.\n\n"
            f"Công việc kéo dài {figures[1]} giờ; nhân dân góp {figures[2]} ngày công và "
            f"{figures[3]} triệu đồng. Huyện {self.key} hỗ trợ {figures[4]} bao xi măng.\n\n"
            f"Kết thúc buổi làm việc, {figures[5]} hộ ký cam kết giữ gìn công trình chung."
        )

    def live(self, until: datetime) -> None:
        """Go on until a crawl: publish, and now and then edit or delete something."""
        if not self.publishes:
            return
        for _ in range(self.chance.randint(1, 2)):
            self.publish(until - timedelta(minutes=self.chance.randrange(10, 1400)))
        if self.chance.random() < 0.15:
            post = self.chance.choice(self.portal.newest[:10])
            body = self.text("Nà Sửa", "đính chính")
            self.portal.edit(post.slug, body=body, modified=until.astimezone(TIMEZONE))
        if self.chance.random() < 0.04:
            self.portal.delete(self.chance.choice(self.portal.newest[3:12]).slug)

    def show(self) -> None:
        """Note what a crawl can see."""
        if not self.is_seen:
            return
        for post in self.portal.posts:
            if post.path in self.faults.paths:
                continue
            texts = self.shown.setdefault(post.path, [])
            if (not texts or texts[-1] != post.text) and SPAM not in post.text:
                texts.append(post.text)

    # What befalls it

    def fall_silent(self) -> None:
        """Publish nothing any more."""
        self.publishes = False

    def speak(self) -> None:
        """Publish again."""
        self.publishes = True

    def go_down(self) -> None:
        """Answer nobody."""
        self.is_seen = False
        self.stack.close()

    def come_up(self) -> None:
        """Answer again, at the same address."""
        self.is_seen = True
        port = int(self.server.url.rpartition(":")[2])
        self.server = self.stack.enter_context(serving(self.portal, self.faults, port=port))

    def move(self) -> None:
        """Lie on another host, to which the old one leads."""
        self.is_seen, old = False, self.server
        self.server = self.stack.enter_context(serving(self.portal, Faults(counter=False)))
        self.faults.everywhere = Fault(status=301, location=self.server.url + "/")
        self.keys["base_url"] = old.url + "/"

    def mend_entry(self) -> None:
        """Have the operator say where it lies since."""
        self.is_seen = True
        self.keys |= {"hosts": [self.keys["base_url"]], "base_url": self.server.url + "/"}

    def be_broken_into(self) -> None:
        """Show gambling in place of four articles."""
        self.kept = {post.slug: post.text for post in self.portal.newest[:4]}
        for slug in self.kept:
            self.portal.edit(slug, body=SPAM, modified=self.last.astimezone(TIMEZONE))

    def be_cleaned(self) -> None:
        """Show what was there before."""
        for slug, text in self.kept.items():
            self.portal.edit(slug, body=text, modified=self.last.astimezone(TIMEZONE))

    def be_taken_over(self) -> None:
        """Belong to strangers, who have nothing of what was there."""
        self.is_seen, self.is_strangers = False, True
        for post in self.portal.posts:
            self.portal.delete(post.slug)
        for _ in range(12):
            self.publish(self.last + timedelta(hours=1))

    def shut_out(self) -> None:
        """Publish a dozen articles that nobody may see."""
        posts = [self.publish(self.last + timedelta(minutes=9)) for _ in range(14)]
        self.faults.paths |= {post.path: Fault(status=403) for post in posts}

    def let_in(self) -> None:
        """Let them be seen."""
        self.faults.paths.clear()


@dataclass(frozen=True)
class Awaited:
    """An alarm that is to ring, from which crawl to which."""

    site: str | None
    kind: str
    begins: range
    ends: range | None
    """None if it stands at the end."""

    def fits(self, row: dict[str, Any], moment: Callable[[str], int]) -> bool:
        """Whether a row of ``alarms`` is it."""
        if (row["site"], row["kind"]) != (self.site, self.kind):
            return False
        ended = row["until"] is None if self.ends is None else (
            row["until"] is not None and moment(row["until"]) in self.ends
        )  # fmt: skip
        return moment(row["since"]) in self.begins and ended


@dataclass(frozen=True)
class Plan:
    """What befalls whom at which crawl, and what is to ring."""

    crawls: int
    towns: list[Town]
    events: dict[int, list[Callable[[], None]]]
    awaited: list[Awaited]
    pause: range = range(0)
    """When the scheduler does not run."""
    answers: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """What the operator says after a crawl."""


def within(step: int, later: int) -> range:
    """Return the crawls from one on to so many later."""
    return range(step, step + later + 1)


def small_plan() -> Plan:
    """Return twenty crawls of three portals."""
    silent, down, broken = (
        Town.founded(key, Faults(counter=False)) for key in ("im", "sap", "hong")
    )
    return Plan(
        crawls=20,
        towns=[silent, down, broken],
        events={
            4: [silent.fall_silent, down.go_down],
            7: [down.come_up],
            8: [broken.be_broken_into],
            11: [broken.be_cleaned],
            13: [silent.speak],
        },
        awaited=[
            Awaited("im", "silent", within(6, 3), within(13, 0)),
            Awaited("sap", "failures", within(5, 0), within(7, 0)),
            Awaited("hong", "quarantine", within(8, 1), within(11, 2)),
        ],
    )


def whole_plan() -> Plan:
    """Return two hundred crawls of twelve portals: two years and two months."""
    ends = (FIRST + 60 * BETWEEN).date().isoformat()
    entries: dict[str, dict[str, Any]] = {
        "het": {"active_to": ends},
        "san": {"expect_articles": 60},
    }
    towns = {
        key: Town.founded(key, Faults(counter=False), **entries.get(key, {}))
        for key in (
            *("an", "binh", "het", "im", "sap", "chet"),
            *("doi", "hong", "mat", "san", "thieu", "cua"),
        )
    }
    silent, moved, taken, barred = (towns[key] for key in ("im", "doi", "mat", "thieu"))
    return Plan(
        crawls=200,
        towns=[*towns.values()],
        events={
            30: [towns["sap"].go_down],
            34: [towns["sap"].come_up],
            40: [silent.fall_silent],
            50: [silent.speak],
            55: [barred.shut_out],
            61: [towns["het"].fall_silent, barred.let_in],
            70: [moved.move],
            80: [moved.mend_entry],
            90: [towns["hong"].be_broken_into],
            96: [towns["hong"].be_cleaned],
            100: [silent.fall_silent],  # for no longer than it did before
            110: [silent.speak],
            120: [towns["chet"].go_down],
            140: [taken.be_taken_over],
            150: [silent.fall_silent],
            175: [silent.speak],
        },
        answers={
            61: ("crawl", "thieu", "--full"),  # what was refused is asked for again by that alone
            145: ("owner", "mat", "--successor", "an"),
        },
        pause=range(180, 187),
        awaited=[
            Awaited("san", "floor", within(0, 0), within(12, 15)),
            Awaited("sap", "failures", within(31, 0), within(34, 0)),
            Awaited("im", "silent", within(42, 3), within(50, 0)),
            Awaited("thieu", "gaps", within(55, 1), within(61, 1)),
            Awaited("doi", "silent", within(72, 3), within(80, 1)),
            Awaited("hong", "quarantine", within(90, 1), within(96, 2)),
            Awaited("chet", "failures", within(121, 0), None),
            Awaited("mat", "owner", within(140, 1), within(145, 1)),
            Awaited("im", "silent", within(160, 10), within(175, 0)),
            Awaited(None, "missed", within(182, 4), within(187, 0)),
        ],
    )


def main() -> None:
    """Run the proof."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="20 crawls of 3 portals")
    parser.add_argument("--show", action="store_true", help="print all alarms")
    perform(prove, parser.parse_args())


def prove(options: argparse.Namespace, verdict: Verdict) -> None:
    """Let the years pass, then hold the archive and its alarms against what happened."""
    plan = small_plan() if options.quick else whole_plan()
    with ExitStack() as stack, listening() as hook:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        for town in plan.towns:
            stack.enter_context(town.stack)
        (folder / "alarms.toml").write_text(f'[senders]\nhook = "{hook.url}"\n', encoding="utf-8")
        crawls = pass_time(plan, folder)
        verdict.tell("scheduled crawls", f"{crawls} of {len(plan.towns)}")
        if options.show:
            for row in rows(folder, "SELECT * FROM alarms ORDER BY since"):
                print(step_of(row["since"]), row["until"] and step_of(row["until"]),
                      row["site"], row["kind"], row["message"])  # fmt: skip
        judge_archive(plan, folder, verdict)
        judge_alarms(plan, folder, hook, verdict)
        sound = command(folder, moment(plan.crawls), "verify")
        verdict.judge("faults that verify finds", str(sound), "exit code 0", sound == 0)


def moment(step: int) -> datetime:
    """Return when a crawl begins."""
    return FIRST + step * BETWEEN


def step_of(written: str) -> int:
    """Return the number of the crawl after which something was noticed."""
    return (datetime.fromisoformat(written) - FIRST) // BETWEEN


def pass_time(plan: Plan, folder: Path) -> int:
    """Run all scheduled crawls, and return how many there were."""
    crawls = 0
    for step in range(plan.crawls):
        for event in plan.events.get(step, ()):
            event()
        for town in plan.towns:
            town.live(moment(step))
        describe(plan.towns, folder)
        if step in plan.pause:
            command(folder, moment(step), "alarms", "--check")
            continue
        for town in plan.towns:
            town.show()
        command(folder, moment(step), "crawl", *AT_ONCE, *(town.key for town in plan.towns))
        crawls += 1
        if answer := plan.answers.get(step):
            command(folder, moment(step) + timedelta(hours=1), *answer)
        if sys.stderr.isatty():
            print(f"\r{step + 1} of {plan.crawls}", end="", file=sys.stderr)
    return crawls


def describe(towns: Iterable[Town], folder: Path) -> None:
    """Write the entries of towns."""
    sites = folder / "sites"
    sites.mkdir(exist_ok=True)
    lines: list[str] = []
    for town in towns:
        facts = {"name": f"Huyện {town.key}", "base_url": town.server.url + "/", "cms": "newspaper"}
        lines += [f"[{town.key}]", "delay = 0.001"]
        for name, value in (facts | town.keys).items():
            told = f'["{value[0]}"]' if isinstance(value, list) else repr(value).replace("'", '"')
            lines.append(f"{name} = {told}")
    (sites / "thu.toml").write_text("\n".join(lines), encoding="utf-8")


def command(folder: Path, at: datetime, *words: str) -> int:
    """Run a command as the scheduler does, at a time; return its exit code."""
    done = run(
        *words, "--db", folder / "archive.db", at=at,
        TINHUYEN_SITES=str(folder / "sites"), TINHUYEN_ALARMS=str(folder / "alarms.toml"),
    )  # fmt: skip
    if done.code not in (0, 1) or "alarms: " in done.err or not done.out:
        raise BenchError(f"{at:%Y-%m-%d}: {' '.join(words)} ended with {done.code}: {done.err}")
    return done.code


def rows(folder: Path, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a query."""
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


def judge_archive(plan: Plan, folder: Path, verdict: Verdict) -> None:
    """Hold what is held of each article, and was, against what the portal showed."""
    held: dict[tuple[str, str], list[str]] = {}
    for row in rows(
        folder,
        "SELECT site, url, history.body FROM history JOIN articles ON id = article_id"
        " ORDER BY article_id, history.revision",
    ):
        path = "/" + row["url"].split("/", 3)[3]
        held.setdefault((row["site"], path), []).append(row["body"])
    shown = {(town.key, path): texts for town in plan.towns for path, texts in town.shown.items()}
    strangers = {place for place in held if held[place][0].startswith(STRANGERS)}
    lost = shown.keys() - held.keys()
    more = held.keys() - shown.keys() - strangers
    wrong = [place for place in shown.keys() & held.keys() if shown[place] != held[place]]
    verdict.tell("articles that were ever shown", str(len(shown)))
    verdict.tell("texts of these", str(sum(map(len, shown.values()))))
    verdict.judge("articles not held", str(len(lost)), "0", not lost)
    verdict.judge("articles that nobody showed", str(len(more)), "0", not more)
    verdict.judge("articles whose texts differ", str(len(wrong)), "0", not wrong)
    for place in [*lost, *more, *wrong][:5]:
        print(place, shown.get(place), held.get(place))


def judge_alarms(plan: Plan, folder: Path, hook: Hook, verdict: Verdict) -> None:
    """Hold the alarms, and what was told of them, against what happened."""
    rung = rows(folder, "SELECT * FROM alarms ORDER BY id")
    missed = [one for one in plan.awaited if not any(one.fits(row, step_of) for row in rung)]
    false = [row for row in rung if not any(one.fits(row, step_of) for one in plan.awaited)]
    verdict.judge("alarms that should have rung", str(len(missed)), "0 missing", not missed)
    verdict.judge("alarms that rang for nothing", str(len(false)), "0", not false)
    verdict.judge("alarms", str(len(rung)), f"{len(plan.awaited)}", len(rung) == len(plan.awaited))
    for problem in (*missed, *false):
        print(f"  {problem}")
    told = Counter(line.partition(": ")[0] for got in hook.got for line in lines_of(got))
    due: Counter[str] = Counter()
    for row in rung:
        due[row["site"] or "the archive"] += 1 + (row["until"] is not None)
    verdict.judge("beginnings and ends told", str(told.total()), f"{due.total()}", told == due)


def lines_of(message: dict[str, Any]) -> list[str]:
    """Return what a message tells of alarms, a line each."""
    return [line for line in message["message"].partition("\n\n")[0].splitlines() if line]


if __name__ == "__main__":
    main()
