"""Data flows one way: who may import whom. A module that no layer names is a mistake, too."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.routes import ROUTES

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "crawler",
    "archive",
    "pipelines",
    "curation",
    "operation",
    "fleet",
    "reading_room",
    "tinhuyen",
    "demo",
)

TEXT = {"crawler.vocabulary", "crawler.text"}
VALUES = TEXT | {
    "crawler.bounds",
    "crawler.encodings",
    "crawler.reach",
    "crawler.page",
    "crawler.exchange",
    "crawler.mementos",
    "crawler.visit",
    "crawler.lessons",
    "crawler.survey",
    "crawler.turn",
    "crawler.cadence",
}
PARTS_OF_READERS = {
    "crawler.readers.page": TEXT | {"crawler.page"},
    "crawler.readers.body": TEXT | {"crawler.page", "crawler.readers.page"},
    "crawler.readers.suspicion": TEXT | {"crawler.page", "crawler.readers.page"},
    "crawler.readers.finding": (
        TEXT | {"crawler.page", "crawler.readers.page", "crawler.readers.body"}
    ),
    "crawler.readers.layout": (
        TEXT
        | {"crawler.page"}
        | {"crawler.readers.page", "crawler.readers.body", "crawler.readers.finding"}
    ),
    "crawler.profiles": (
        TEXT
        | {"crawler.page", "crawler.lessons"}
        | {"crawler.readers.page", "crawler.readers.body", "crawler.readers.finding"}
    ),
    "crawler.readers.families": (
        TEXT
        | {"crawler.page", "crawler.readers.page", "crawler.readers.body"}
        | {"crawler.readers.finding", "crawler.readers.layout", "crawler.profiles"}
    ),
}
READERS = {*PARTS_OF_READERS, "crawler.readers"}

CRAWLER = {
    "crawler.vocabulary": set(),
    "crawler.text": {"crawler.vocabulary"},
    "crawler.bounds": set(),
    "crawler.thresholds": set(),
    "crawler.encodings": {"crawler.vocabulary"},
    "crawler.reach": set(),
    "crawler.page": TEXT,
    "crawler.exchange": TEXT,
    "crawler.mementos": TEXT,
    "crawler.visit": TEXT | {"crawler.page", "crawler.exchange", "crawler.mementos"},
    "crawler.lessons": TEXT | {"crawler.page", "crawler.exchange", "crawler.visit"},
    "crawler.survey": TEXT,
    "crawler.turn": TEXT,
    "crawler.leash": set(),
    "crawler.cadence": TEXT | {"crawler.survey"},
    "crawler.country": TEXT,
    **PARTS_OF_READERS,
    "crawler.readers": TEXT | {"crawler.page", *PARTS_OF_READERS},
    "crawler.answers": TEXT | {"crawler.encodings"},
    "crawler.routes": TEXT | {"crawler.bounds", "crawler.page", "crawler.answers"} | READERS,
    "crawler.web_archives": VALUES,
    "crawler.sites": TEXT | READERS
        | {"crawler.bounds", "crawler.reach", "crawler.country", "crawler.routes"}
        | {"crawler.thresholds"},
    # beside the spider: each one idea, of which the spider knows at most its words
    "crawler.frontier": VALUES,
    "crawler.keeper": VALUES | {"crawler.frontier"},
    "crawler.scope": VALUES | {"crawler.sites"},
    "crawler.appraisal": VALUES | READERS | {"crawler.routes", "crawler.sites"},
    "crawler.learner": VALUES | READERS | {"crawler.sites", "crawler.appraisal"},
    "crawler.scheduler": VALUES | {"crawler.frontier"},
    "crawler.failures": VALUES,
    "crawler.download": VALUES | {"crawler.failures", "crawler.scope"},
    "crawler.surveying": (
        VALUES | READERS | {"crawler.country", "crawler.sites", "crawler.failures"}
    ),
    "crawler.middlewares": (
        VALUES
        | {"crawler.failures", "crawler.keeper", "crawler.leash", "crawler.scope"}
        | {"crawler.web_archives"}
    ),
    "crawler.stuck": TEXT,
    "crawler.settings": {"crawler.bounds"},
    "crawler.spiders": (
        VALUES | READERS
        | {"crawler.routes", "crawler.sites", "crawler.frontier", "crawler.keeper"}
        | {"crawler.scope", "crawler.scheduler", "crawler.middlewares"}
        | {"crawler.appraisal", "crawler.failures", "crawler.learner", "crawler.web_archives"}
        | {"crawler.surveying"}
    ),
    "crawler.recognition": (
        VALUES | READERS
        | {"crawler.appraisal", "crawler.learner", "crawler.routes"}
        | {"crawler.sites", "crawler.spiders"}
    ),
    "crawler.loader": {"crawler.sites", "crawler.spiders"},
}  # fmt: skip
"""What each part of the crawler may import of it, besides itself."""

LAYERS = CRAWLER | {
    "archive.verdict": TEXT,
    "archive.freshness": TEXT | {"crawler.cadence", "crawler.survey"},
    "archive.health": TEXT | {"crawler.bounds"},
    "archive.reviewed": TEXT,
    "archive.reading": (
        TEXT
        | {"archive.freshness", "archive.health", "archive.reviewed", "archive.verdict"}
    ),
    "archive.search": TEXT | {"archive.reading"},
    "archive": (
        VALUES
        | {"crawler.country", "archive.freshness", "archive.reading", "archive.search"}
        | {"archive.reviewed", "archive.verdict"}
    ),
    "archive.originals": VALUES | {"archive", "archive.reading"},
    "pipelines": VALUES | {"crawler.keeper", "archive"},
    "curation": (
        VALUES | READERS
        | {"crawler.routes", "crawler.sites", "crawler.appraisal", "archive", "archive.search"}
        | {"pipelines"}
    ),
    "operation": VALUES | {"crawler.sites", "crawler.thresholds", "archive"},
    "fleet": (
        VALUES | {"crawler.leash", "crawler.sites", "crawler.web_archives", "archive", "curation"}
    ),
    "reading_room": (
        TEXT
        | {"crawler.exchange", "crawler.country", "crawler.readers.page"}
        | {"archive.reading", "archive.originals", "archive.search"}
    ),
    "demo": set(),
    "tinhuyen": (
        {*CRAWLER, "archive", "archive.search", "pipelines", "curation", "operation", "fleet"}
        | {"reading_room", "demo"}
    ),
}  # fmt: skip
"""What each part of the project may import of the project, besides itself."""


def modules() -> dict[str, Path]:
    """Return the modules of the packages by their dotted names."""
    found = {}
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = file
    return found


MODULES = modules()


def test_every_package_is_installed_checked_and_typed() -> None:
    """A wheel holds what hatch is told of, and says by ``py.typed`` that its types may be used."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    assert tools["hatch"]["build"]["targets"]["wheel"]["packages"] == list(PACKAGES)
    assert tools["mypy"]["packages"] == list(PACKAGES)
    assert all((ROOT / package / "py.typed").is_file() for package in PACKAGES)


def layer_of(module: str) -> str | None:
    """Return the layer that a module belongs to: the one with the longest name that fits."""
    fitting = [name for name in LAYERS if f"{module}.".startswith(f"{name}.")]
    return max(fitting, key=len, default=None)


def imported(module: str, file: Path) -> Iterator[str]:
    """Yield the modules of the project that a module imports, wherever in it the import stands."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = package.rsplit(".", node.level - 1)[0] if node.level else ""
            origin = ".".join(filter(None, (start, node.module)))
            # "from crawler import readers" imports the module crawler.readers
            names = [f"{origin}.{alias.name}" for alias in node.names]
            names = [name if name in MODULES else origin for name in names]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] in (*PACKAGES, "tests"))


def test_there_are_modules() -> None:
    assert {name.partition(".")[0] for name in MODULES} == set(PACKAGES)


@pytest.mark.parametrize("module", [name for name in MODULES if name != "crawler"])
def test_a_module_imports_only_what_stands_before_it(module: str) -> None:
    layer = layer_of(module)
    assert layer, f"{module} belongs to no layer; name it in LAYERS with what it may import"
    allowed = LAYERS[layer] | {layer}
    for name in imported(module, MODULES[module]):
        assert layer_of(name) in allowed, f"{module} imports {name}; {layer} may only {allowed}"


def test_the_package_crawler_itself_imports_nothing() -> None:
    assert not list(imported("crawler", MODULES["crawler"]))


def test_no_layer_stands_before_itself() -> None:
    order = list(LAYERS)
    for layer, allowed in LAYERS.items():
        assert all(order.index(other) < order.index(layer) for other in allowed)


DATABASE = {"sqlite3", "sqlite_utils", "datasette"}
NETWORK = {"scrapy", "twisted", "httpx", "socket", "urllib.request", "requests", "asyncio"}
OUTSIDE = {
    **dict.fromkeys(VALUES, DATABASE | NETWORK),
    **dict.fromkeys(["crawler.readers", "crawler.routes"], DATABASE | NETWORK),
    "crawler.web_archives": DATABASE | NETWORK,
    "crawler.keeper": DATABASE | NETWORK,
    "crawler.frontier": DATABASE | NETWORK,  # says what is asked, not how it is answered
    "crawler": DATABASE,
    "archive": NETWORK,
    "curation": {"sqlite3", "datasette"} | NETWORK - {"asyncio"},
    "operation": {"sqlite3", "sqlite_utils", "datasette", "scrapy", "twisted"},
}
"""What the parts of the project do not know of the world outside, by how their names begin."""


def outside(file: Path) -> Iterator[str]:
    """Yield the names of all modules that a file imports."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


@pytest.mark.parametrize("part", sorted(OUTSIDE))
def test_a_part_knows_nothing_of_the_world_that_is_not_its_business(part: str) -> None:
    files = {n: file for n, file in MODULES.items() if f"{n}.".startswith(f"{part}.")}
    assert files
    for module, file in files.items():
        known = {name for name in outside(file) if {name, name.partition(".")[0]} & OUTSIDE[part]}
        assert not known, f"{module} imports {known}"


def test_no_plugin_imports_another() -> None:
    """Datasette loads each by its path: an import would load it once more, by another name."""
    plugins = {name: file for name, file in MODULES.items() if ".plugins." in name}
    assert plugins
    for name, file in plugins.items():
        assert not plugins.keys() & set(imported(name, file)), name


WRITING = {"archive.archive", "archive.schema", "sqlite_utils", "fastwarc", "scrapy", "twisted"}


def test_a_reading_room_starts_without_what_writes(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from reading_room import reading_room;"
        f"reading_room(Path({str(tmp_path / 'archive.db')!r})).app();"
        f"print(*sorted({WRITING!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


@pytest.mark.parametrize("first", ["asking.queries", "asking.shelf", "asking.lanes", "room"])
def test_any_module_of_the_room_may_be_imported_first(first: str) -> None:
    code = f"import reading_room.{first}; from reading_room import editions, reading_room"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


_EACH_FIRST = """
import sys
from importlib import import_module
of, *modules = sys.argv[1:]
for module in modules:
    for known in [name for name in sys.modules if name.partition(".")[0] == of]:
        del sys.modules[known]
    try:
        import_module(module)
    except ImportError as error:
        print(module, error)
"""
"""Imports modules, each as if nothing of its package had been imported yet."""


@pytest.mark.parametrize(
    "package",
    [
        pytest.param(name, marks=() if name in {"archive", "fleet"} else pytest.mark.long)
        for name in PACKAGES
    ],
)
def test_any_module_of_a_package_may_be_imported_first(package: str) -> None:
    modules = [name for name in MODULES if name.partition(".")[0] == package]
    modules = [name for name in modules if ".plugins." not in name and "__main__" not in name]
    command = [sys.executable, "-c", _EACH_FIRST, package, *modules]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("modules", "unneeded"),
    [
        ("archive.archive", {"sqlite_utils", "pandas", "scrapy", "twisted"}),
        ("curation.verify, curation.reread", {"sqlite_utils", "scrapy", "twisted"}),
    ],
)
def test_an_archive_is_opened_and_read_again_without(modules: str, unneeded: set[str]) -> None:
    code = f"import sys, {modules}; print(*sorted({unneeded!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


OPEN_TO_ALL = (
    "archive.reading",
    "archive.originals",
    "archive.search",
    "archive.selection",
    "archive.warc",
    "archive.locks",
)
"""What the rest of the project may import beside `archive` itself; tests may import all of it."""


@pytest.mark.parametrize(
    "module", [name for name in MODULES if name.partition(".")[0] != "archive"]
)
def test_the_archive_is_entered_by_its_door(module: str) -> None:
    for name in imported(module, MODULES[module]):
        assert not name.startswith("archive.") or name.startswith(OPEN_TO_ALL), name


def beyond_the_door(source: str) -> Iterator[str]:
    """Yield where a module reaches through an archive for what is not asked of it by a verb.

    ``archive.runs.start`` is a part and its verb; nothing lies behind that, and nothing private or
    the connection is a part.
    """
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.insert(0, node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            names.insert(0, node.id)
        if "archive" in names:
            reached = names[names.index("archive") + 1 :]
            if len(reached) > 2 or {"db"} & {*reached} or any(n.startswith("_") for n in reached):
                yield ".".join(names)


@pytest.mark.parametrize(
    "file",
    [
        file
        for folder in (*PACKAGES, "tests", "bench")
        for file in sorted((ROOT / folder).rglob("*.py"))
        if folder != "archive"
    ],
    ids=lambda file: file.relative_to(ROOT).as_posix(),
)
def test_nobody_reaches_through_the_archive(file: Path) -> None:
    assert not [*beyond_the_door(file.read_text("utf-8"))]


@pytest.mark.parametrize(
    ("source", "is_beyond"),
    [
        ("archive.runs.start(site)", False),
        ("self.archive.captures.get(1).url", False),
        ("captures = held.archive.captures", False),
        ("archive.db", True),
        ("held.archive.db.execute('SELECT 1')", True),
        ("with archive._transaction(): pass", True),
        ("self.archive.articles.media.due(site)", True),
        ("archive.articles._update(1, {})", True),
    ],
)
def test_a_reach_through_the_archive_is_seen(source: str, is_beyond: bool) -> None:
    assert bool([*beyond_the_door(source)]) == is_beyond


SQL = re.compile(
    r"\b(?:INSERT INTO|INSERT OR|UPDATE \w+ SET|DELETE FROM|BEGIN IMMEDIATE)\b(?! fleet\.)"
)
"""What lies in the schema ``fleet`` of a PostgreSQL is no archive's."""


def test_sql_that_writes_stands_in_one_package() -> None:
    for module, file in MODULES.items():
        writes = SQL.search(file.read_text("utf-8"))
        assert not writes or module.startswith("archive"), module


def test_every_route_and_every_reader_is_pure_functions_of_one_answer() -> None:
    """A class may gather a reading; none is handed in or out but the items."""
    for name, route in ROUTES.items():
        module = sys.modules[f"crawler.routes.{name}"]
        assert module is route
        assert list(inspect.signature(module.read).parameters) == ["body", "url", "headers"]
        assert list(inspect.signature(module.start_urls).parameters) == ["base_url"]
    files = {n.rpartition(".")[2] for n in MODULES if n.startswith("crawler.routes.")}
    assert files == set(ROUTES), "each file is a route, and each route has a file"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import crawler.page", ["crawler.page"]),
        ("from crawler import page", ["crawler.page"]),
        ("from crawler.page import Page", ["crawler.page"]),
        ("from .. import layout", ["crawler.readers.layout"]),
        ("from ..layout import read", ["crawler.readers.layout"]),
        ("from ...page import Page", ["crawler.page"]),
        ("def f():\n    import archive", ["archive"]),
        ("import json\nfrom scrapy import Request", []),
    ],
)
def test_imports_are_seen_however_they_are_written(
    source: str, expected: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "newspaper.py"
    file.write_text(source, encoding="utf-8")
    assert list(imported("crawler.readers.families.newspaper", file)) == expected
