"""Whatever befalls a crawl, the next one left in peace holds all that the portal has.

``python bench/faults.py --help`` tells the options; bench/README.md what is proved.
"""

import argparse
import gzip
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from disks import mount, small_disk
from stage import MIB, ROOT, BenchError, Done, Stage, Verdict, perform

from archive.warc import folder_of
from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving
from tests.content import content_hash, let_pass
from tests.raw import Asked, RawServer, answer, raw_server
from tests.resolver import ALLOWED

SITE = "bench"
NAME = "cong.example"
"""The portal's name, which the tests' resolver knows."""
QUICK = (*ALLOWED, "-s", "BACKOFF_START=0.01", "-s", "RETRY_TIMES=1", "-s", "DOWNLOAD_TIMEOUT=5")
HELD = "SELECT count(*) FROM articles"
EXIT_CODES = (0, 1, 2, 75, -signal.SIGKILL)
"""How a crawl may end that something befalls: docs/crawling.md tells them."""
FAKETIME = next(
    (
        str(file)
        for folder in ("/usr/lib", "/usr/lib64", "/usr/local/lib")
        for file in Path(folder).glob("**/faketime/libfaketime.so.1")
    ),
    None,
)
LOGIN = answer(
    '<html lang="vi"><head><title>Đăng nhập</title></head><body><h1>Đăng nhập hệ thống</h1>'
    '<form method="post"><input name="ten"><input type="password"></form></body></html>'
)

Spoil = Callable[[bytes, random.Random], bytes]
"""Makes another answer of the portal's own, as it goes over the wire."""


class SkippedError(Exception):
    """A fault that cannot be had on this machine; the message says what it takes."""


@dataclass
class Scene:
    """A portal, an archive of it, and what an archive made in peace says."""

    stage: Stage
    server: RawServer
    articles: int
    chance: random.Random
    pause: float
    """Seconds that what lasts "a minute" lasts."""
    spoil: Spoil | None = None
    """What is done to every third answer."""
    environment: dict[str, str] = field(default_factory=dict)
    codes: list[int] = field(default_factory=list)
    """How crawls have ended."""

    @property
    def down(self) -> Path:
        """The file that is there while no name server answers."""
        return self.stage.folder / "down"

    def start(self, *arguments: str, **how: object) -> "subprocess.Popen[str]":
        """Begin a crawl."""
        os.environ.update(self.environment | {"RESOLVER_DOWN": str(self.down)})
        return self.stage.start(SITE, *QUICK, *arguments, **how)  # type: ignore[arg-type]

    def crawl(self, *arguments: str) -> Done:
        """Crawl until it ends of itself."""
        return self.end(self.start(*arguments))

    def end(self, process: "subprocess.Popen[str]") -> Done:
        """Wait for a crawl to end. Raises `BenchError` where it ends as none may."""
        done = self.stage.end(process)
        self.judged(done.code, done.told)
        return done

    def judged(self, code: int, told: str) -> None:
        """Note how a crawl ended. Raises `BenchError` where none may end so."""
        self.codes.append(code)
        if code not in EXIT_CODES or "Traceback" in told:
            raise BenchError(f"ended with {code}: {told}")

    def await_requests(self, process: "subprocess.Popen[str]", most: int | None = None) -> bool:
        """Wait for some requests more, or for the end; return whether it still runs."""
        wanted = len(self.server.asked) + self.chance.randint(3, most or self.articles // 2)
        while len(self.server.asked) < wanted and Stage.is_running(process):
            time.sleep(0.002)
        return Stage.is_running(process)


# What befalls it


def killed(scene: Scene) -> None:
    """Kill -9."""
    process = scene.start()
    scene.await_requests(process)
    process.kill()
    scene.end(process)


def stopped(scene: Scene) -> None:
    """Stop the process for a minute, with what it has under way."""
    process = scene.start()
    if scene.await_requests(process):
        process.send_signal(signal.SIGSTOP)
        time.sleep(scene.pause)
        process.send_signal(signal.SIGCONT)
    scene.end(process)


def locked(scene: Scene) -> None:
    """Have somebody else write into the database for a minute."""
    process = scene.start()
    if scene.await_requests(process) and scene.stage.db.exists():
        with closing(sqlite3.connect(scene.stage.db, timeout=30)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(scene.pause)
            connection.rollback()
    scene.end(process)


def twice(scene: Scene) -> None:
    """Begin a second crawl of the site while the first one runs."""
    process = scene.start()
    scene.await_requests(process, most=6)
    other = replace(scene.stage, folder=scene.stage.folder / "other")
    other.folder.mkdir(exist_ok=True)
    shutil.copytree(scene.stage.folder / "sites", other.folder / "sites", dirs_exist_ok=True)
    code = other.end(other.start(SITE, *QUICK)).code
    was_running = Stage.is_running(process)
    scene.end(process)
    if was_running and code != 75:
        raise BenchError(f"the second crawl ended with {code}, not 75")


def full(scene: Scene) -> None:
    """Let the disk be full, then a little larger."""
    with small_disk(scene.stage) as disk:
        scene.stage = disk.stage
        for size in (4 * MIB, 6 * MIB):
            disk.resize(size + scene.chance.randint(0, MIB))
            done = disk.crawl(SITE, *QUICK)
            scene.judged(done.code, done.told)
            if done.code == 0 and size == 4 * MIB:
                raise BenchError("the disk was not full")
        disk.resize(256 * MIB)
        yielded(scene, disk.stage)


def yielded(scene: Scene, stage: Stage) -> None:
    """Take an archive off a disk that goes, as it is."""
    home = scene.stage.folder / "archive.db"
    for file in stage.db.parent.glob(f"{stage.db.name}*"):
        shutil.copy(file, home.with_name(file.name))
    shutil.copytree(folder_of(stage.db), folder_of(home), dirs_exist_ok=True)
    scene.stage = replace(stage, db=home)


def read_only(scene: Scene) -> None:
    """Have the file system take no more writes, from the beginning of a second crawl on."""
    if os.geteuid() or not shutil.which("mount"):
        raise SkippedError("a file system of one's own, which root may mount")
    with small_disk(scene.stage) as disk:
        if disk.kind != "a tmpfs":
            raise SkippedError("a file system of one's own, which root may mount")
        scene.stage = disk.stage
        disk.resize(256 * MIB)
        killed(scene)
        mount("-o", "remount,ro", str(disk.stage.db.parent))
        code = scene.crawl().code
        mount("-o", "remount,rw", str(disk.stage.db.parent))
        if code == 0:
            raise BenchError("a crawl that could write nothing ended as if nothing were wrong")
        yielded(scene, disk.stage)


def erring(scene: Scene) -> None:
    """Have writes into the database fail from some moment on, as on a disk that breaks."""
    if not (strace := shutil.which("strace")):
        raise SkippedError("strace")
    when = scene.chance.randint(100, 400)
    inject = f"inject=pwrite64:error=EIO:when={when}+"
    words = [strace, "-D", "-f", "--seccomp-bpf", "-o", os.devnull, "-e", "pwrite64", "-e", inject]
    command = [*words, sys.executable, "-m", "tinhuyen", "crawl", "--db", str(scene.stage.db)]
    done = subprocess.run(
        [*command, "--json", SITE, *QUICK], cwd=ROOT, text=True, capture_output=True, check=False,
        env=os.environ | scene.stage.environment,
    )  # fmt: skip
    scene.judged(done.returncode, done.stderr)


def clock(scene: Scene) -> None:
    """Set the clock back and forth by days, for ever."""
    if FAKETIME is None:
        raise SkippedError("libfaketime")
    file = scene.stage.folder / "clock"
    file.write_text("+0d", "ascii")
    scene.environment = {
        "LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    process = scene.start()
    for name in scene.environment:
        del os.environ[name]
    scene.environment = {}
    while scene.await_requests(process, most=8):
        leap = f"{scene.chance.choice('+-')}{scene.chance.randint(1, 400)}d"
        new = file.with_name("clock.new")
        new.write_text(leap, "ascii")
        new.replace(file)
    scene.end(process)


def nameless(scene: Scene) -> None:
    """Have no name server answer, from the beginning or from some moment on."""
    scene.down.touch()
    scene.crawl()
    scene.down.unlink()
    process = scene.start()
    scene.await_requests(process)
    scene.down.touch()
    scene.end(process)
    scene.down.unlink()


def database_gone(scene: Scene) -> None:
    """Delete the database under the crawl; then take in what was received, as is told."""
    process = scene.start()
    if scene.await_requests(process):
        for file in scene.stage.db.parent.glob(f"{scene.stage.db.name}*"):
            file.unlink()
    scene.end(process)
    files = sorted(map(str, folder_of(scene.stage.db).glob("*/*.warc.zst")))
    if files and not scene.stage.db.exists():
        tinhuyen(scene, "import", *files)
        scene.crawl("--full")  # what was imported is asked for again over months otherwise


def captures_gone(scene: Scene) -> None:
    """Take the files of captures away under the crawl; then put them back, as is told."""
    taken: list[Path] = []
    process = scene.start()
    if scene.await_requests(process):
        for file in folder_of(scene.stage.db).glob("*/*.warc.zst"):
            taken.append(file.rename(scene.stage.folder / file.name))
    scene.end(process)
    if taken and not scene.crawl().code:
        raise BenchError("files of captures are gone, and a crawl ended as if nothing were wrong")
    for file in taken:
        file.rename(folder_of(scene.stage.db) / SITE / file.name)


def shut(scene: Scene) -> None:
    """Ask who one is, with status 200; that is a refusal, which a full crawl asks about again."""
    spoilt(login)(scene)
    scene.crawl("--full")


def spoilt(spoil: Spoil) -> Callable[[Scene], None]:
    """Return the fault that every third answer is another one."""

    def befalls(scene: Scene) -> None:
        scene.spoil = spoil
        scene.crawl()
        scene.spoil = None

    return befalls


def _parts(whole: bytes) -> tuple[bytes, bytes]:
    head, _, body = whole.partition(b"\r\n\r\n")
    return head, body


def cut(whole: bytes, chance: random.Random) -> bytes:
    """Cut the connection in mid-answer."""
    return whole[: chance.randrange(1, len(whole))]


def too_long(whole: bytes, chance: random.Random) -> bytes:
    """Announce more than comes, of half a page."""
    head, body = _parts(whole)
    return head + b"\r\n\r\n" + body[: len(body) // 2]


def too_short(whole: bytes, chance: random.Random) -> bytes:
    """Announce half of what comes."""
    head, body = _parts(whole)
    half = b"Content-Length: %d" % (len(body) // 2)
    return re.sub(rb"(?i)content-length: \d+", half, head) + b"\r\n\r\n" + body


def garbage(whole: bytes, chance: random.Random) -> bytes:
    """Say that it is gzip, and send chance, or gzip that is damaged."""
    head, body = _parts(whole)
    packed = bytearray(gzip.compress(body))
    packed[len(packed) // 2] ^= 0xFF
    sent = chance.choice([chance.randbytes(2000), bytes(packed)])
    length = b"Content-Length: %d\r\nContent-Encoding: gzip" % len(sent)
    return re.sub(rb"(?i)content-length: \d+", length, head) + b"\r\n\r\n" + sent


def login(whole: bytes, chance: random.Random) -> bytes:
    """Ask who one is, with status 200."""
    return LOGIN


@contextmanager
def readers(scene: Scene) -> Iterator[list[str]]:
    """Have people read in the reading room without pause; yield what went wrong for them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    wrong: list[str] = []
    is_over = threading.Event()
    pages = (
        "/",
        "/archive/articles?_search=huyen",
        "/coverage",
        "/archive/articles",
        "/archive/runs.json",
    )

    def read() -> None:
        while not is_over.is_set():
            for page in pages:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=60) as at:
                        at.read()
                except urllib.error.HTTPError as error:
                    wrong.append(f"{page}: HTTP {error.code}")
                except OSError as error:
                    wrong.append(f"{page}: {error}")

    command = [sys.executable, "-m", "tinhuyen", "serve", "--db", str(scene.stage.db)]
    with subprocess.Popen(
        [*command, "--port", str(port)], cwd=ROOT, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | scene.stage.environment,
    ) as room:  # fmt: skip
        for _ in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        people = [threading.Thread(target=read) for _ in range(3)]
        for person in people:
            person.start()
        try:
            yield wrong
        finally:
            is_over.set()
            for person in people:
                person.join()
            room.terminate()


def read_meanwhile(scene: Scene) -> None:
    """Have people read in the reading room while the crawl is killed and goes on."""
    scene.crawl("--limit", "3")
    with readers(scene) as wrong:
        killed(scene)
        scene.crawl()
    if wrong:
        raise BenchError(f"{len(wrong)} pages could not be read, such as {wrong[0]}")


FAULTS: dict[str, Callable[[Scene], None]] = {
    "kill -9": killed,
    "stopped for a minute (SIGSTOP)": stopped,
    "database locked for a minute": locked,
    "two crawls at once": twice,
    "disk full": full,
    "file system read-only": read_only,
    "disk that breaks (EIO)": erring,
    "clock set back and forth": clock,
    "no name server": nameless,
    "database deleted, and made again": database_gone,
    "captures taken away, and put back": captures_gone,
    "connections cut in mid-body": spoilt(cut),
    "lengths too long": spoilt(too_long),
    "lengths too short": spoilt(too_short),
    "garbage for gzip": spoilt(garbage),
    "a login page with status 200": shut,
    "read in the reading room": read_meanwhile,
}


# What comes of it


def main() -> None:
    """Run the faults that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--articles", type=int, default=150, help="of the portal (150)")
    parser.add_argument("--times", type=int, default=3, help="that each is tried (3)")
    parser.add_argument("--pause", type=float, default=60, help="seconds of a minute (60)")
    parser.add_argument("--seed", type=int, default=20250701, help="of the moments (20250701)")
    parser.add_argument("--only", default="", help="those whose names have this in them")
    perform(befall, parser.parse_args())


def befall(options: argparse.Namespace, verdict: Verdict) -> None:
    """Have each fault befall crawls; crawl once more in peace, and compare."""
    chance = random.Random(options.seed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        portal = Portal.scaled(options.articles, page_bytes=0)
        behind = stack.enter_context(serving(portal, Faults(counter=False, gzip=False)))
        scenes: list[Scene] = []

        def answered(asked: Asked) -> bytes:
            whole = fetched(behind.url, asked)
            scene = scenes[-1] if scenes else None
            is_page = asked.path.strip("/") in portal.slugs
            is_third = sum(asked.path.encode()) % 3 == 0
            if scene and scene.spoil and is_page and is_third:
                return scene.spoil(whole, chance)
            return whole

        server = stack.enter_context(raw_server(answered))
        url = f"http://{NAME}:{urlsplit(server.url).port}"
        stage = Stage.of(folder, {SITE: url}, delay=0.001)

        def scene() -> Scene:
            stage.forget()
            scenes.append(Scene(stage, server, options.articles, chance, options.pause))
            return scenes[-1]

        peace = scene()
        if (done := peace.crawl()).code:
            raise BenchError(f"in peace a crawl ended with {done.code}: {done.told}")
        whole = content_hash(stage.db)
        if (held := stage.count(HELD)) != options.articles:
            raise BenchError(f"{held} of {options.articles} articles are held in peace")
        for name, fault in FAULTS.items():
            if options.only in name:
                lost: list[str] = []
                codes: Counter[int] = Counter()
                try:
                    for _ in range(options.times):
                        lost += lost_by(fault, one := scene(), whole)
                        codes.update(one.codes[:-1])  # but for the one in peace
                except SkippedError as why:
                    verdict.tell(name, f"not tried: it takes {why}")
                    continue
                for told in lost:
                    print(f"  {told}")
                figure = "nothing" if not lost else f"{len(lost)} faults"
                ended = ", ".join(f"{many} with {code}" for code, many in sorted(codes.items()))
                verdict.judge(f"{name}, {options.times} times", figure, "nothing lost", not lost)
                print(f"  crawls ended: {ended}")


def lost_by(fault: Callable[[Scene], None], scene: Scene, whole: str) -> Iterator[str]:
    """Have a fault befall a crawl, then crawl in peace; yield what is lost or wrong by it."""
    try:
        fault(scene)
        with suppress(sqlite3.Error, AssertionError):
            let_pass(scene.stage.db)  # nobody waits for it
        last = scene.crawl()
    except BenchError as error:
        yield str(error)
        return
    if last.code:
        yield f"the crawl in peace ended with {last.code}: {last.told}{last.summaries}"
    held = scene.stage.count(HELD)
    if held != scene.articles:
        yield f"{held} of {scene.articles} articles are held"
    elif content_hash(scene.stage.db) != whole:
        yield "the archive says something else than one made in peace"
    verified = tinhuyen(scene, "verify")
    if verified.returncode:
        yield f"verify: {verified.stdout}{verified.stderr}"


def tinhuyen(scene: Scene, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run another command on the archive."""
    command = [sys.executable, "-m", "tinhuyen", *words, "--db", str(scene.stage.db)]
    return subprocess.run(
        command, cwd=ROOT, text=True, capture_output=True, check=False,
        env=os.environ | scene.stage.environment,
    )  # fmt: skip


def fetched(url: str, asked: Asked) -> bytes:
    """Return the demo portal's answer to a request, as it goes over the wire, to be ended."""
    parts = urlsplit(url)
    with closing(HTTPConnection(parts.hostname or "", parts.port, timeout=30)) as connection:
        connection.request("GET", asked.target, headers=asked.headers)
        got = connection.getresponse()
        body = got.read()
        fields = [f"{n}: {v}" for n, v in got.getheaders() if n.lower() != "connection"]
        head = [f"HTTP/1.1 {got.status} {got.reason}", *fields, "Connection: close", "", ""]
        return "\r\n".join(head).encode("latin-1") + body


if __name__ == "__main__":
    main()
