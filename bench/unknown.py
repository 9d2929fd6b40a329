"""How well portals are read that nobody prepared: every family switched off, each site learnt anew.

``python bench/unknown.py --help`` tells the options; bench/README.md what the figures mean.
"""

import argparse
import gzip
import importlib
import json
import re
import sys
import tarfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:  # run as a script, where the project is not installed
    sys.path.insert(0, str(ROOT))

from bench.crawled import HEAD, THEMES, crawls  # noqa: E402
from bench.quality import folded, overlap, same_day  # noqa: E402
from crawler.page import Article, Page  # noqa: E402
from crawler.profiles.learning import Sample, learn, worth_asking  # noqa: E402
from crawler.profiles.learning.choosing import FEWEST_PAGES, ROUNDS  # noqa: E402
from crawler.profiles.profile import Profile  # noqa: E402
from crawler.profiles.reading import read as read_by  # noqa: E402
from crawler.readers import read_page  # noqa: E402
from crawler.readers.families import generic  # noqa: E402
from crawler.readers.page.document import Document  # noqa: E402
from crawler.text.addresses import absolute, urlkey  # noqa: E402
from crawler.text.charset import decode  # noqa: E402
from crawler.vocabulary import PageKind  # noqa: E402
from demo.faults import Faults  # noqa: E402
from demo.portal import Portal as Demo  # noqa: E402
from demo.routes import respond  # noqa: E402
from tests.makers import portals  # noqa: E402
from tests.wordpress.portal import WordPress  # noqa: E402
from tests.wordpress.record import Post  # noqa: E402
from tests.wordpress.requirements import missing_packages  # noqa: E402

SHARED = ROOT.parent / "shared" / "portals"
AIMS = {"titles": 0.97, "links": 0.97, "text": 0.95, "files": 0.95, "dates": 0.9}
READERS = ("learnt", "general", "family", "trafilatura")


@dataclass(frozen=True)
class Expected:
    """What a page truly is, as far as it is known."""

    kind: str
    title: str = ""
    date: str | None = None
    """The day that the page tells of its author's, ISO 8601."""
    text: str | None = None
    files: frozenset[str] | None = None
    pictures: frozenset[str] | None = None
    links: frozenset[str] | None = None
    """Keys of addresses, as all of these."""
    neighbours: tuple[str | None, str | None] | None = None


@dataclass
class Site:
    """A portal or some pages of one, and what they truly are."""

    name: str
    start: str | None
    """Its start page; None where only some pages are at hand, which are then learnt from."""
    pages: dict[str, Expected]
    bodies: Callable[[str], bytes | None]


@dataclass
class Score:
    """What one reader made of one site: for each measure, a value a page."""

    values: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong_dates: int = 0
    failures: list[str] = field(default_factory=list)

    def note(self, measure: str, url: str, worth: float, told: object = "") -> None:
        """Take down the worth of a page, 0 to 1."""
        self.values[measure].append(worth)
        if worth < AIMS.get(measure, 0.9):
            self.failures.append(f"{measure} {worth:.2f} {url} {str(told)[:200]!r}")

    def mean(self, measure: str) -> float | None:
        """Return the mean of a measure; None if no page has it."""
        values = self.values[measure]
        return sum(values) / len(values) if values else None


def made_sites() -> Iterator[Site]:
    """Yield the portals in markup of other makers, and the demo."""
    for portal in portals():
        pages = {}
        for path, served in portal.pages.items():
            story = served.story
            links = frozenset(urlkey(portal.url(p)) for p in served.links)
            if served.kind == "listing":
                pages[portal.url(path)] = Expected("listing", links=links)
            elif story is None:
                pages[portal.url(path)] = Expected(served.kind)
            else:
                files = [story.file] if story.file else []
                pictures = [story.picture] if story.picture else []
                pages[portal.url(path)] = Expected(
                    "article",
                    story.title,
                    story.date.date().isoformat() if story.shows_date else None,
                    f"{story.lead} {story.text}",
                    frozenset(urlkey(portal.url(p)) for p in files),
                    frozenset(urlkey(portal.url(p)) for p in pictures),
                )
        served_pages = {portal.url(path): one.body for path, one in portal.pages.items()}
        yield Site(portal.name, portal.url("/"), pages, served_pages.get)
    yield _demo()


def _demo() -> Site:
    base, demo = "http://demo.example", Demo.embedded()

    def fetch(url: str) -> bytes | None:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        answer = respond(demo, Faults(), base, target, {})
        is_page = answer.status == 200 and answer.kind == "text/html"
        body = answer.body if is_page else None
        return body.encode() if isinstance(body, str) else body

    pages = {}
    posts = demo.posts
    for number, post in enumerate(posts):
        older = urlkey(base + posts[number - 1].path) if number else None
        newer = urlkey(base + posts[number + 1].path) if number + 1 < len(posts) else None
        pages[base + post.path] = Expected(
            "article",
            post.title,
            post.published_at.isoformat()[:10],
            f"{post.lead or ''} {post.text}",
            frozenset(urlkey(base + one.path) for one in post.attachments),
            None,
            neighbours=(older, newer),
        )
    return Site("demo", f"{base}/", {u: one for u, one in pages.items() if fetch(u)}, fetch)


def wordpress_sites(portal: WordPress) -> Iterator[Site]:
    """Yield the real WordPress of the tests in all its themes; what its listings name is what the
    family says, which tests hold against the portal's own record.
    """
    with httpx.Client(timeout=60) as client:
        for theme in THEMES:
            with portal.theme(theme):
                answers = {url: client.get(url) for url in _addresses(portal, client)}
            bodies = {url: one.content for url, one in answers.items() if one.status_code == 200}
            pages = {post.url: _as_published(post) for post in portal.posts}
            pages |= {page.url: Expected("other") for page in portal.pages}
            for url in bodies.keys() - pages.keys():
                pages[url] = _as_read(read_page(bodies[url], url, cms="wordpress"))
            yield Site(f"wordpress {theme}", portal.url, pages, bodies.get)


def _addresses(portal: WordPress, client: httpx.Client) -> list[str]:
    """Return the addresses of all posts and pages, of the start page and those of the lists that it
    and the posts name.
    """
    urls = [portal.url, *(f"{portal.url}page/{n}/" for n in (2, 3))]
    urls += [post.url for post in (*portal.posts, *portal.pages)]
    shown = "".join(client.get(url).text for url in urls[:12])
    lists = re.findall(rf'href="({re.escape(portal.url)}[^"]*category/[^"]*)"', shown)
    return [*urls, *dict.fromkeys(lists)]


def _as_published(post: Post) -> Expected:
    whole = post.parts == 1
    return Expected(
        "article",
        post.title,
        post.published_at.date().isoformat(),
        " ".join(passage.text for passage in post.passages) if whole else None,
        frozenset(urlkey(one.url) for one in post.attachments) if whole else None,
    )


def saved_sites(folder: Path) -> Iterator[Site]:
    """Yield the portals that lie saved in a folder: whole ones, and pages with what they say."""
    for archive in sorted(folder.glob("*.tar.xz")):
        yield _saved_portal(archive)
    for gold in sorted(folder.glob("*/gold.jsonl")):
        yield from _saved_pages(gold)


def _saved_portal(archive: Path) -> Site:
    """Return a whole portal; what its pages are is what the family says that was made for it."""
    with tarfile.open(archive) as tar:
        members = [m for m in tar if m.isfile() and m.name.endswith("/index.html")]
        files = {m.name.split("/", 1)[1]: tar.extractfile(m) for m in members}
        bodies = {name: file.read() for name, file in files.items() if file}
    name = archive.name.partition(".")[0]
    base = f"http://{name}.daknong.gov.vn"

    def fetch(url: str) -> bytes | None:
        path = unquote(urlsplit(url).path).strip("/")
        return bodies.get(f"{path}/index.html" if path else "index.html")

    pages = {}
    for path in bodies:
        url = f"{base}/{path.removesuffix('index.html')}"
        page = read_page(bodies[path], url, cms="lacviet")
        if page.evidence.get("cms", "").startswith("lacviet") and page.kind != PageKind.OTHER:
            pages[url] = _as_read(page)
    return Site(name, f"{base}/", pages, fetch)


def _as_read(page: Page) -> Expected:
    article = page.article
    if article is None:
        return Expected(page.kind, links=frozenset(map(urlkey, page.links)))
    return Expected(
        page.kind,
        article.title,
        article.published_at.isoformat()[:10] if article.published_at else None,
        f"{article.lead or ''} {article.body}",
        frozenset(urlkey(one.url) for one in article.attachments),
        frozenset(urlkey(one.url) for one in article.images),
    )


def _saved_pages(gold: Path) -> Iterator[Site]:
    """Yield pages host by host; they are learnt from themselves."""
    known = [json.loads(line) for line in gold.read_text("utf-8").splitlines() if line.strip()]
    known = [one for one in known if one.get("url")]
    hosts: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    for one in known:
        hosts[urlsplit(str(one["url"])).netloc].append(one)
    for host, told in sorted(hosts.items()):
        bodies = {
            str(one["url"]): gzip.decompress((gold.parent / str(one["file"])).read_bytes())
            for one in told
        }
        pages = {str(one["url"]): _told(one) for one in told}
        yield Site(f"{gold.parent.name}/{host.partition('.')[0]}", None, pages, bodies.get)


def _told(one: dict[str, object]) -> Expected:
    def keys(name: str) -> frozenset[str]:
        value = one.get(name)
        urls = [u for u in value if isinstance(u, str)] if isinstance(value, list) else []
        return frozenset(urlkey(absolute(url, str(one["url"])) or url) for url in urls)

    kind = str(one["kind"])
    if kind != "article":
        return Expected(kind, links=keys("links") if kind == "listing" else None)
    date = one.get("date") if one.get("date_kind") == "author" else None
    return Expected(
        kind, str(one["title"]), str(date) if date else None, str(one.get("body") or ""),
        keys("attachments"), keys("images"),
    )  # fmt: skip


def learnt(site: Site) -> tuple[Profile | None, int, float]:
    """Return what a site teaches, how many pages were asked for, and the seconds that it took."""
    if site.start is None:
        samples = [Sample(url, site.bodies(url) or b"") for url in site.pages]
    else:
        samples = [Sample(site.start, site.bodies(site.start) or b"")]
        asked = {site.start}
        for most in ROUNDS:
            for url in worth_asking(samples, most):
                if url not in asked and len(asked) < FEWEST_PAGES:
                    asked.add(url)
                    body = site.bodies(url)
                    samples += [Sample(url, body)] if body else []
    began = time.process_time()
    profile = learn(samples, site.name)
    return profile, len(samples), time.process_time() - began


Reader = Callable[[bytes, str], Page | None]


def readers(profile: Profile | None) -> dict[str, Reader]:
    """Return the readers that are compared, by their names."""

    def general(body: bytes, url: str) -> Page:
        return generic.read(Document(decode(body)[0], url))

    def by_profile(body: bytes, url: str) -> Page:
        found = read_by(Document(decode(body)[0], url), profile) if profile else None
        return found or general(body, url)

    def family(body: bytes, url: str) -> Page:
        return read_page(body, url)

    return {"learnt": by_profile, "general": general, "family": family}


def judge(site: Site, reader: Reader) -> Score:
    """Return how truly a reader reads the pages of a site."""
    score = Score()
    told: Counter[str] = Counter()
    for url, expected in site.pages.items():
        page = reader(site.bodies(url) or b"", url)
        if page is not None:
            _judge(score, url, page, expected)
            if page.article and page.kind == PageKind.ARTICLE:
                told[folded(page.article.body)[:300]] += 1
    repeated = sum(n for text, n in told.items() if n > 2 and len(text) > 60)
    score.values["furniture"].append(float(repeated))
    return score


def _judge(score: Score, url: str, page: Page, expected: Expected) -> None:
    score.note("kinds", url, float(page.kind == expected.kind), f"{page.kind} {expected.kind}")
    if expected.links is not None:
        said = frozenset(map(urlkey, page.links))
        score.note("links", url, _f1(said, expected.links), [*(said ^ expected.links)][:3])
    if expected.kind != "article":
        return
    article = page.article
    title = folded(article.title) if article else ""
    score.note("titles", url, float(title == folded(expected.title)), title)
    date = article.published_at.isoformat() if article and article.published_at else None
    if expected.date:
        score.note("dates", url, float(same_day(date, expected.date) == "right"), date)
    if date and not (expected.date and same_day(date, expected.date) == "right"):
        score.wrong_dates += 1
    if expected.text is not None:
        texts = _texts(article) if article else [""]
        worth = max(overlap(folded(text), folded(expected.text), 1) for text in texts)
        score.note("text", url, worth, texts[0])
    for measure, wanted in (("files", expected.files), ("pictures", expected.pictures)):
        if wanted is not None:
            found = (
                (article.attachments if measure == "files" else article.images) if article else ()
            )
            said = frozenset(urlkey(one.url) for one in found)
            score.note(measure, url, float(said == wanted), [*(said ^ wanted)][:3])
    if expected.neighbours:
        said_neighbours = tuple(u and urlkey(u) for u in (page.prev_url, page.next_url))
        score.note("neighbours", url, float(said_neighbours == expected.neighbours))


def _texts(article: Article) -> list[str]:
    """Return the text, alone, with the lead, and with the words below pictures: what was noted of a
    page is one of these.
    """
    whole = f"{article.lead or ''} {article.body}"
    captions = " ".join(one.caption for one in article.images if one.caption)
    return [article.body, whole, f"{whole} {captions}"]


def _f1(said: frozenset[str], true: frozenset[str]) -> float:
    if not said and not true:
        return 1.0
    return 2 * len(said & true) / (len(said) + len(true))


def judge_trafilatura(site: Site) -> Score:
    """Return how truly trafilatura reads the articles of a site."""
    library = importlib.import_module("trafilatura")
    score = Score()
    for url, expected in site.pages.items():
        if expected.kind != "article":
            continue
        body = site.bodies(url)
        seen = library.bare_extraction(body, url=url, with_metadata=True) if body else None
        title, date, text = (seen.title, seen.date, seen.text) if seen else ("", None, "")
        score.note("titles", url, float(folded(title or "") == folded(expected.title)), title)
        if expected.date:
            score.note("dates", url, float(same_day(date, expected.date) == "right"), date)
        if date and not (expected.date and same_day(date, expected.date) == "right"):
            score.wrong_dates += 1
        if expected.text is not None:
            score.note("text", url, overlap(folded(text or ""), folded(expected.text), 1))
    return score


MEASURES = ("kinds", "titles", "dates", "text", "files", "pictures", "links", "neighbours")


def row(name: str, score: Score) -> str:
    """Return a line of the table."""
    means = [score.mean(measure) for measure in MEASURES]
    told = "".join(f"{'-' if mean is None else f'{mean:.3f}':>11}" for mean in means)
    return f"  {name:<12}{told}{score.wrong_dates:>7}{int(score.mean('furniture') or 0):>10}"


def missed(score: Score) -> list[str]:
    """Return the aims that a score does not reach."""
    means = {measure: score.mean(measure) for measure in AIMS}
    return [
        f"{measure} {mean:.3f} < {AIMS[measure]}"
        for measure, mean in means.items()
        if mean is not None and mean < AIMS[measure]
    ]


def cost(sites: Sequence[tuple[Site, Profile]]) -> float:
    """Return how long reading by a profile takes, as a multiple of reading by the family."""
    spent = [0.0, 0.0]
    for site, profile in sites:
        pages = [(b, url) for url in site.pages if (b := site.bodies(url))][:60]
        ways = readers(profile)
        for body, url in pages * 2:  # in alternation, so that what disturbs both is shared
            for number, name in enumerate(("learnt", "family")):
                began = time.process_time()
                ways[name](body, url)
                spent[number] += time.process_time() - began
    return spent[0] / spent[1]


def main() -> None:
    """Learn each site and print what comes of it; exit code 1 if an aim is not reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=SHARED, help="saved portals, if there are")
    parser.add_argument("--site", help="only the sites whose names begin so")
    parser.add_argument("--show", choices=READERS, help="tell the failures of a reader")
    parser.add_argument("--profile", action="store_true", help="print what was learnt")
    parser.add_argument(
        "--wordpress",
        type=int,
        metavar="POSTS",
        help="also a real WordPress, which is crawled, too",
    )
    options = parser.parse_args()
    if options.wordpress and (missing := missing_packages()):
        parser.error(f"--wordpress needs the Debian packages {', '.join(missing)}")
    sites = [*made_sites(), *(saved_sites(options.folder) if options.folder.is_dir() else ())]
    with ExitStack() as stack:
        portal = stack.enter_context(WordPress(options.wordpress)) if options.wordpress else None
        sites += wordpress_sites(portal) if portal else ()
        sites = [site for site in sites if site.name.startswith(options.site or "")]
        if not sites:
            parser.error(f"--site {options.site}: no site's name begins so")
        failed = _run(sites, options.show, options.profile)
        if portal:
            names = {site.name for site in sites}
            themes = [theme for theme in THEMES if f"wordpress {theme}" in names]
            failed |= _crawl(portal, themes, show=bool(options.show))
    sys.exit(1 if failed else 0)


def _crawl(portal: WordPress, themes: Sequence[str], *, show: bool) -> bool:
    """Crawl a portal in some themes, print what is held of it, return whether an aim is missed."""
    print(f"crawled, of {len(portal.posts)} posts:", HEAD, sep="\n")
    failed = False
    for one in crawls(portal, themes):
        print(one.row(), flush=True)
        told = one.missed()
        print(*(f"    not reached: {aim}" for aim in told), sep="\n", end="\n" if told else "")
        print(*one.failures if show else (), sep="\n", end="\n" if show else "")
        failed = failed or bool(told)
    return failed


def _run(sites: Iterable[Site], show: str | None, print_profile: bool) -> bool:
    print("  " + " " * 12 + "".join(f"{m:>11}" for m in MEASURES) + "  wrong furniture")
    failed, read = False, []
    for site in sites:
        profile, asked, seconds = learnt(site)
        print(f"{site.name}: {len(site.pages)} pages, learnt from {asked} in {seconds:.2f} s")
        if profile and print_profile:
            print(profile.to_toml())
        if profile:
            read.append((site, profile))
        scores = {name: judge(site, way) for name, way in readers(profile).items()}
        scores["trafilatura"] = judge_trafilatura(site)
        for name, score in scores.items():
            print(row(name, score))
        if show:
            print(*scores[show].failures, sep="\n")
        told = missed(scores["learnt"])
        failed = failed or bool(told)
        print(f"  aims not reached: {', '.join(told)}" if told else "  aims reached")
    if read:
        print(f"reading by a profile, as a multiple of reading by the family: {cost(read):.2f}")
    return failed


if __name__ == "__main__":
    main()
