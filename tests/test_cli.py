"""The command line: help that can be relied on, and one clear line for every mistake."""

import gc
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import click
import httpx
import pytest
from click.testing import CliRunner
from rich.table import Table

from archive import Archive
from crawler.readers import CMS
from crawler.vocabulary.words import sentence_in_words
from demo.faults import Fault, Faults
from demo.portal import Portal
from tests.conftest import Archived, Run, Serve, run
from tinhuyen.cli import main
from tinhuyen.offers import FAMILIES
from tinhuyen.terminal import out, plain, print_table

COMMANDS = (
    *("crawl", "survey", "serve", "gaps", "import", "merge", "export"),
    *("index", "verify", "reread", "quarantine", "accept", "hide", "owner", "review"),
    *("schedule", "status", "alarms", "backup", "restore", "recompress", "release", "fleet"),
    *("sites", "add", "learn", "inspect", "demo"),
)
FORMATS = ("warc", "wacz", "jsonl", "csv", "parquet", "static", "wxr")
SCHEDULERS = ("systemd", "cron", "github")
OF_A_FLEET = ("init", "enqueue", "worker", "collect", "status", "drain")
STALE = re.compile(r"todo|fixme|coming soon|not yet|placeholder|lorem|chưa làm", re.IGNORECASE)


def commands() -> dict[str, click.Command]:
    """Return every command by what is typed for it, walking the tree."""
    found: dict[str, click.Command] = {}

    def walk(name: str, command: click.Command) -> None:
        found[name] = command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for child in command.list_commands(context):
                walk(f"{name} {child}", command.get_command(context, child) or click.Command(child))

    walk("tinhuyen", main)
    return found


def test_the_commands_are_those_of_the_documentation() -> None:
    named = {f"tinhuyen {name}" for name in COMMANDS}
    further = {f"tinhuyen export {f}" for f in FORMATS}
    further |= {f"tinhuyen schedule {s}" for s in SCHEDULERS}
    further |= {f"tinhuyen fleet {each}" for each in OF_A_FLEET}
    assert set(commands()) == {"tinhuyen", *named} | further


@pytest.mark.parametrize("name", commands())
def test_help_names_every_option_with_examples(name: str) -> None:
    command = commands()[name]
    done = run(*name.split()[1:], "--help")

    assert (done.code, done.err) == (0, "")
    assert (command.help or "").strip(), "it says what the command is for"
    assert not STALE.search(done.out)
    if not isinstance(command, click.Group):
        assert "Examples:\n" in done.out
        examples = re.findall(rf"^ +({name}\b.*)$", done.out, re.MULTILINE)
        assert examples
        for example in examples:
            known = {opt for p in command.params for opt in p.opts} | {"--help"}
            own = example.partition(" -- ")[0]  # what follows is said to another command
            assert {word for word in own.split() if word.startswith("-")} <= known, example
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name}: {parameter.opts} has no help"
            assert max(parameter.opts, key=len) in done.out
    assert run(*name.split()[1:], "-h").out == done.out


def test_what_may_be_chosen_is_typed_as_it_is_called() -> None:
    """Click takes members of an enumeration by their names in Python."""
    chosen = [
        (f"{name} {parameter.opts[-1]}", parameter.type, parameter.default)
        for name, command in commands().items()
        for parameter in command.params
        if isinstance(parameter.type, click.Choice)
    ]
    assert chosen
    for told, choice, default in chosen:
        for value in choice.choices:
            assert choice.convert(str(value), None, None) == value, told
        if isinstance(default, str):  # Click has a value of its own for none
            assert choice.convert(default, None, None) == default, told


def test_the_help_of_a_crawl_names_its_exit_codes() -> None:
    told = run("crawl", "--help").out.split("Exit codes:\n")[1]
    codes = re.findall(r"^ +(\d+) +\S", told, re.MULTILINE)
    assert codes == ["0", "1", "2", "75"]


def test_every_line_of_the_overview_tells_a_command() -> None:
    listed = run("--help").out.split("Commands:\n")[1]
    lines = dict(line.split(maxsplit=1) for line in listed.strip().splitlines())
    assert tuple(lines) == COMMANDS
    assert all(lines.values())


@pytest.mark.parametrize("columns", ["60", "100"])
def test_the_overview_says_of_each_command_what_it_says_itself(columns: str) -> None:
    width = int(columns)
    context = click.Context(main, terminal_width=width, max_content_width=width)
    told, expected = context.make_formatter(), context.make_formatter()
    main.format_commands(context, told)
    click.Group.format_commands(main, context, expected)  # which imports them all
    assert told.getvalue() == expected.getvalue()


def test_the_overview_needs_neither_scrapy_nor_datasette_nor_an_archive() -> None:
    code = """
import sys
from tinhuyen.cli import main
from tinhuyen.offers import FAMILIES
try:
    main(["--help"])
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    imported = set(done.stderr.split())
    assert "click" in imported
    assert not imported & {"scrapy", "twisted", "datasette", "sqlite_utils", "lxml", "archive"}


WORK = {
    *("scrapy", "twisted", "uvicorn", "datasette", "tantivy"),
    *("lxml", "selectolax", "bs4", "trafilatura", "crawler.readers"),
    *("sqlite_utils", "pandas", "numpy", "pyarrow", "obstore"),
}
"""What only the work of a command needs."""


def test_no_help_waits_for_what_only_the_work_needs() -> None:
    code = f"""
import contextlib, io, json, sys
from tinhuyen.cli import main
from tinhuyen.offers import FAMILIES
loaded = {{}}
for name in {COMMANDS!r}:
    with contextlib.redirect_stdout(io.StringIO()) as told, contextlib.suppress(SystemExit):
        main([name, "--help"])
    assert told.getvalue().startswith("Usage:"), name
    loaded[name] = sorted({WORK!r} & set(sys.modules))
print(json.dumps(loaded))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == {name: [] for name in COMMANDS}


FOR_OTHERS = {
    *("scrapy", "twisted", "aiohttp", "requests", "tldextract", "uvicorn", "datasette"),
    *("bs4", "trafilatura", "sqlite_utils", "pandas", "numpy", "pyarrow", "obstore"),
}
"""What crawls, serves, or measures, or writes to other stores."""
NOT_FOR_IT = {
    ("verify", "--processes", "1"): {"jinja2", "crawler.text.citations", "archive.search.engine"},
    ("reread", "--processes", "1"): {"jinja2", "crawler.text.citations", "archive.search.engine"},
    ("export", "jsonl", "-"): {"lxml", "selectolax", "crawler.readers", "crawler.country.mentions"},
    ("gaps",): {"lxml", "selectolax", "jinja2", "tantivy", "crawler.readers", "crawler.sites"},
    ("status",): {"lxml", "selectolax", "jinja2", "tantivy", "crawler.readers", "crawler.sites"},
}


@pytest.mark.parametrize("command", NOT_FOR_IT, ids=lambda command: command[0])
def test_a_command_waits_for_no_library_of_others(serve: Serve, command: tuple[str, ...]) -> None:
    """Of an archive that has something to look at, so that all of it is done; but no article out of
    which something is cut: of that kind is one of the demo, which comes among the first or not.
    """
    archived = serve(Portal.scaled(3, page_bytes=0))
    archived.crawl()
    code = f"""
import contextlib, io, json, sys
from tinhuyen.cli import main
sys.stdout = io.TextIOWrapper(io.BytesIO())
with contextlib.suppress(SystemExit):
    main([*{command!r}, "--db", {str(archived.db)!r}])
print(json.dumps(sorted(sys.modules)), file=sys.__stdout__)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60,
        env=os.environ | {"TINHUYEN_SITES": str(archived.folder / "sites")},
    )  # fmt: skip
    loaded = set(json.loads(done.stdout))
    assert "archive.archive" in loaded, done.stderr
    assert not loaded & (FOR_OTHERS | NOT_FOR_IT[command]), done.stderr


def test_python_looks_seldom_for_what_only_holds_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, seen = gc.get_threshold(), []
    monkeypatch.setattr("tinhuyen.cli.check_environment", lambda: seen.append(gc.get_threshold()))
    CliRunner().invoke(main, ["sites", "--json"])
    assert seen[0][0] > 1000
    assert gc.get_threshold() == before


@pytest.mark.parametrize("ending", ["main", "sys.exit"])
def test_what_is_loaded_is_not_taken_apart_at_the_end_of_a_command(ending: str) -> None:
    code = f"""
import os, sys
from tinhuyen.cli import main
class Loaded:
    def __init__(self):
        self.itself = self
    def __del__(self, tell=os.write):
        tell(1, b"taken apart")
loaded = Loaded()
{ending}()
"""
    done = subprocess.run(
        [sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=True,
        timeout=60,
    )  # fmt: skip
    assert ("taken apart" in done.stdout) == (ending == "sys.exit"), done.stdout


def test_every_family_may_be_asked_for() -> None:
    assert set(FAMILIES) == CMS.keys()


def test_what_reads_the_archive_waits_for_no_pattern_that_only_writing_needs() -> None:
    code = """
import sys
import tinhuyen.commands.gaps, tinhuyen.commands.status
print(*sorted(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    imported = set(done.stdout.split())
    assert "archive.tables.parts" in imported
    assert not imported & {
        "crawler.text.citations", "crawler.country.mentions", "crawler.sites", "crawler.readers",
        "scrapy",
    }  # fmt: skip


def test_the_version_is_that_of_the_package() -> None:
    assert run("--version").out == f"tinhuyen, version {version('tinhuyen')}\n"


# Mistakes


def assert_refused(done: Run, message: str) -> None:
    """Require exit code 2 and one line of error, which says *message*."""
    assert done.code == 2, done.out + done.err
    lines = done.err.strip().splitlines()
    assert len(lines) == 1, done.err
    assert lines[0] == f"Error: {message}"
    assert "Traceback" not in done.out + done.err


def test_an_unknown_site_is_refused_with_the_nearest_name() -> None:
    assert_refused(run("crawl", "chodonn"), "no site is called 'chodonn'; did you mean 'chodon'?")
    assert_refused(run("crawl", "Chợ Đồn"), "no site is called 'Chợ Đồn'; did you mean 'chodon'?")
    assert_refused(run("crawl", "xyz"), "no site is called 'xyz'; see: tinhuyen sites")
    assert_refused(run("gaps", "chodonn"), "no site is called 'chodonn'; did you mean 'chodon'?")


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://tinhuyen.example/bai/", "any known site"),
        ("bai-viet", "any known site"),
        ("mailto:ubnd@khuoisao.example", "any known site"),
        ("http://[lỗi/", "any known site"),
        ("http://chodon.backan.gov.vn:99999/", "any known site"),
    ],
)
def test_an_address_of_no_known_site_is_refused(url: str, where: str) -> None:
    assert_refused(run("crawl", "--url", url), f"{url} is not on {where}")


def test_an_address_of_another_site_is_refused() -> None:
    url = "https://tinhuyen.example/bai/"
    message = f"{url} is not on any of these sites"
    assert_refused(run("crawl", "demo", "--url", url), message)


def test_a_setting_that_is_none_is_refused() -> None:
    message = "--set download-timeout: it must be NAME=VALUE, as in DOWNLOAD_TIMEOUT=180"
    assert_refused(run("crawl", "demo", "--set", "download-timeout"), message)


def mistakes() -> Iterator[tuple[str, list[str], str]]:
    """Yield every command with what may be mistyped for it, and what is then said."""
    for name, command in commands().items():
        if isinstance(command, click.Group):
            yield name, ["khong-co"], "No such command 'khong-co'"
            continue
        needed = [p for p in command.params if isinstance(p, click.Argument) and p.required]
        yield name, ["--khong-co"], "No such option"
        if needed:
            yield name, [], "Missing argument"
        for parameter in command.params:
            given = ["1"] * len(needed)
            if isinstance(parameter.type, click.IntRange) and isinstance(parameter, click.Option):
                yield name, [parameter.opts[-1], "mười", *given], "is not a valid integer"
                assert parameter.type.min is not None
                below = str(int(parameter.type.min) - 1)
                yield name, [parameter.opts[-1], below, *given], "is not in the range"
            elif isinstance(parameter.type, click.IntRange):
                yield name, ["mười"], "is not a valid integer"
            elif isinstance(parameter.type, click.Choice):
                yield name, [parameter.opts[-1], "khong-co", *given], "is not"
            elif parameter.name == "site" and isinstance(parameter, click.Option):
                yield name, [parameter.opts[-1], "chodonn", *given], "did you mean 'chodon'?"
            elif parameter.name in ("sites", "site"):
                before = len([other for other in needed if other is not parameter])
                dest = [SUFFIXES.get(name.split()[-1], "x")] * before
                yield name, [*dest, "chodonn"], "did you mean 'chodon'?"
            elif parameter.name in ("since", "until"):
                dest = [SUFFIXES.get(name.split()[-1], "x")] * len(needed)
                yield name, [parameter.opts[-1], "hôm qua", *dest], "is no day"


SUFFIXES = {"warc": "x.warc.gz", "wacz": "x.wacz", "parquet": "x.parquet", "wxr": "x.xml"}


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [*mistakes()],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value[:20],
)
def test_what_is_mistyped_is_told_with_exit_code_2(
    name: str, arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, [*name.split()[1:], *arguments])
    assert done.exit_code == 2, done.output
    assert isinstance(done.exception, SystemExit)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: ")
    assert message in last
    assert not list(tmp_path.iterdir()), "nothing was begun"


BROKEN_SITES = {
    "not TOML": ("[chodon\n", "Expected ']' at the end of a table declaration"),
    "no cms": ('[chodon]\nname = "Huyện"\nbase_url = "https://a.example/"\n', "lacks 'cms'"),
    "unknown cms": (
        '[chodon]\nname = "Huyện"\nbase_url = "https://a.example/"\ncms = "newspapr"\n',
        "has unknown cms 'newspapr'; known: newspaper, nukeviet",
    ),
    "unknown key": (
        '[chodon]\nname = "Huyện"\nbase_url = "https://a.example/"\ncolour = "đỏ"\n',
        "has unknown key 'colour'; known: name, ",
    ),
}


@pytest.mark.parametrize("kind", BROKEN_SITES)
@pytest.mark.parametrize("command", [("crawl", "chodon"), ("sites",)], ids=" ".join)
def test_a_broken_description_of_a_site_is_named(
    tmp_path: Path, kind: str, command: tuple[str, ...]
) -> None:
    text, message = BROKEN_SITES[kind]
    file = tmp_path / "bac_kan.toml"
    file.write_text(text, encoding="utf-8")
    done = run(*command, TINHUYEN_SITES=str(tmp_path))
    assert done.code == 2
    assert len(done.err.strip().splitlines()) == 1, done.err
    assert done.err.startswith(f"Error: {file}: ")
    assert message in done.err


def test_a_command_that_never_began_is_not_taken_for_one_that_failed(tmp_path: Path) -> None:
    """Exit code 1, and nothing told, is what many a test asks for."""
    with pytest.raises(FileNotFoundError):
        run("sites", cwd=tmp_path / "gone")


def test_a_missing_folder_of_sites_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "sites"
    message = f"{missing}: no such folder of sites"
    assert_refused(run("sites", TINHUYEN_SITES=str(missing)), message)


@pytest.fixture
def bad_archives(tmp_path: Path) -> dict[str, tuple[Path, str]]:
    """Return files that are no archives of ours, and what is said of each."""
    text = tmp_path / "thu.txt"
    text.write_text("Kính gửi UBND huyện,\n" * 200, encoding="utf-8")
    other = tmp_path / "ke-toan.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE invoices (id INTEGER)")
        connection.commit()
    newer = tmp_path / "moi-hon.db"
    Archive.open(newer, create=True).close()
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('tinhuyen', 'add_quantum_search', '2031-01-01')"
        )
        connection.commit()
    return {
        "text": (text, "no SQLite database; name another file with --db"),
        "other": (
            other,
            "a database, but no archive of Tin Huyện (it has the table 'invoices'); "
            "name another file with --db",
        ),
        "newer": (
            newer,
            "made by a newer version of Tin Huyện (it has 'add_quantum_search'); "
            "use that version, or a newer one",
        ),
        "folder": (tmp_path, "a folder; name a file in it with --db"),
    }


@pytest.mark.parametrize("kind", ["text", "other", "newer", "folder"])
@pytest.mark.parametrize("command", [("crawl", "demo"), ("serve",), ("gaps",)], ids=" ".join)
def test_a_file_that_is_no_archive_is_refused(
    bad_archives: dict[str, tuple[Path, str]], kind: str, command: tuple[str, ...]
) -> None:
    path, message = bad_archives[kind]
    assert_refused(run(*command, "--db", path), f"{path}: {message}")


def test_an_archive_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chua-co" / "archive.db"
    message = f"{path}: its folder does not exist; make it first"
    assert_refused(run("crawl", "demo", "--db", path), message)


@pytest.mark.parametrize("command", ["serve", "gaps"])
def test_an_archive_that_is_not_there_is_not_made_to_be_read(tmp_path: Path, command: str) -> None:
    path = tmp_path / "archive.db"
    message = f"{path}: no such archive; make one with: tinhuyen crawl demo --db {path}"
    assert_refused(run(command, "--db", path), message)
    assert not path.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_an_archive_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    Archive.open(path, create=True).close()
    path.chmod(0o444)
    message = "cannot be written; change its permissions or name another file with --db"
    assert_refused(run("crawl", "demo", "--db", path), f"{path}: {message}")


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_in_use_is_named(archived: Archived, command: str) -> None:
    Archive.open(archived.db, create=True).close()
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        options = ["--db", archived.db] if command == "serve" else []
        done = run(command, "--port", str(port), *options)
    assert done.out == "", "nothing is announced that is not there"
    assert_refused(
        done,
        f"cannot {'listen' if command == 'serve' else 'serve'} on 127.0.0.1:{port}: "
        "Address already in use; choose another with --port",
    )


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_host_that_is_not_ours_is_named(archived: Archived, command: str) -> None:
    Archive.open(archived.db, create=True).close()
    options = ["--db", archived.db] if command == "serve" else []
    done = run(command, "--host", "192.0.2.1", "--port", str(free_port()), *options)
    assert done.code == 2
    assert re.fullmatch(r"Error: cannot \w+ on 192\.0\.2\.1:\d+: [^\n]+\n", done.err)


# What works


def test_sites_are_listed_for_people_and_for_programs() -> None:
    listed = {site["key"]: site for site in run("sites", "--json").json()}
    assert {"demo", "chodon"} <= listed.keys()
    assert listed["chodon"]["name"] == "Huyện Chợ Đồn"
    assert listed["chodon"]["province"] == "Bắc Kạn"
    table = run("sites").out
    for key, site in listed.items():
        assert re.search(rf"^{key} +{re.escape(site['name'])} ", table, re.MULTILINE)
        assert site["base_url"] in table


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (["chợ mới"], "chomoi chomoi_893"),
        (["CHO", "moi", "giang"], "chomoi_893"),
        (["--province", "bac kan"], "babe bachthong backan chodon chomoi nari nganson pacnam"),
        (["--province", "Bắc Kạn", "--cms", "newspaper"], "chodon"),
        (["--host", "quangninh.gov.vn/donvi"], "campha coto vandon"),
        (["--cms", "lacviet"], "daksong"),
        (["văn bàn"], "vanban"),
        (["--province", "Lào Cai", "--cms", "unknown", "ban"], "vanban"),
        (["089"], ""),
        (["hợ mới"], ""),
    ],
)
def test_sites_are_found_by_what_is_known_of_them(arguments: list[str], keys: str) -> None:
    done = run("sites", *arguments)
    rows = done.out.partition("\n\n")[0].splitlines()[1:]
    assert " ".join(row.split()[0] for row in rows if not row.startswith(" ")) == keys
    assert done.code == (0 if keys else 1)
    told = run("sites", *arguments, "--json").json()
    assert sorted(site["key"] for site in told) == keys.split()


def test_sites_are_counted() -> None:
    last = run("sites").out.splitlines()[-1]
    assert last == (
        "697 sites, 696 districts, 8 with an entry, 607 unverified, 79 doubtful, 3 no host, 1 demo"
    )
    assert run("sites", "vandon").out.splitlines()[-1] == "1 site, 1 district, 1 unverified"
    (site,) = run("sites", "vandon", "--json").json()
    assert {host["host"]: host["confidence"] for host in site["evidence"]} == {
        "www.quangninh.gov.vn/donvi/vandon": "high", "vandon.quangninh.gov.vn": "low",
    }  # fmt: skip


def test_the_summary_says_what_to_do_next(archived: Archived) -> None:
    with demo(free_port()) as (process, url):
        archived.describe(url, delay=0.001)
        sites = str(archived.folder / "sites")
        crawled = run("crawl", "test", "--limit", "3", "--db", archived.db, TINHUYEN_SITES=sites)
        assert process.poll() is None
    assert (crawled.code, crawled.err) == (0, "")
    assert not re.search(r"[ \t]$", crawled.out, re.MULTILINE), "no blanks fill a line in a pipe"
    head, row = crawled.out.splitlines()[:2]
    assert head.split() == [
        "SITE", "NEW", "CHANGED", "UNCHANGED", "GONE", "FAILED", "WAITING", "HELD", "REQUESTS",
        "OUTCOME",
    ]  # fmt: skip
    assert row.split()[0] == "test"
    assert row.split()[-1] == "limit"
    assert f"tinhuyen serve --db {archived.db}" in crawled.out
    assert "http://127.0.0.1:8001/" in crawled.out


# What is missing


def gaps(archived: Archived, *arguments: str) -> Run:
    sites = str(archived.folder / "sites")
    return run("gaps", "--db", archived.db, *arguments, TINHUYEN_SITES=sites)


def test_a_complete_archive_has_no_gaps(serve: Serve) -> None:
    archived = serve(Portal.scaled(6, page_bytes=0))
    archived.crawl()

    told = gaps(archived)
    assert (told.code, told.err) == (0, "")
    verdict, held, pictures = told.out.splitlines()
    assert re.fullmatch(r"test: complete \(as of \d{4}-\d\d-\d\d\)", verdict)
    assert re.fullmatch(r"  pictures and files, apart from that: \d+ waiting", pictures)
    assert re.fullmatch(r"  6 articles held, \S{10} to \S{10}; the portal counts 6", held)
    (ledger,) = gaps(archived, "--json").json()
    assert (ledger["site"], ledger["verdict"], ledger["gaps"]) == ("test", "complete", [])


def test_every_gap_is_named_with_its_reason(serve: Serve) -> None:
    portal = Portal.scaled(14, page_bytes=0)
    gone, failed, refused, unlinked = (portal.posts[n] for n in (2, 5, 8, 11))
    faults = Faults(
        paths={
            gone.path: Fault(status=410),
            failed.path: Fault(status=500, retry_after=0),
            refused.path: Fault(status=403),
        },
        hide_prev={unlinked.slug},
    )
    archived = serve(portal, faults)
    archived.crawl(code=1)
    base = archived.server.url if archived.server else ""

    told = gaps(archived, "test")

    assert (told.code, told.err) == (1, "")
    verdict, held, *lines = told.out.splitlines()
    assert verdict.startswith(
        "test: incomplete: 1 failed, and 1 is refused by the portal, and the chain is broken in "
        "1 place (as of "
    )
    assert held.startswith("  11 articles held, ")
    assert "; beside them 1 failed, 1 refused, 1 gone; " in held  # which makes 14
    assert held.endswith("; the portal counts 14")
    expected = {
        gone.path: ("gone", "HTTP 410"),
        failed.path: ("failed", "HTTP 500"),
        refused.path: ("refused", "HTTP 403"),
        unlinked.path: ("broken", "names no older neighbour"),
    }
    for path, (state, reason) in expected.items():
        place = lines.index(f"  {state:8} {base}{path}")
        assert lines[place + 1].strip() == sentence_in_words(reason, "en")
    older = portal.posts[10]
    assert f"the next older one held is {base}{older.path}" in told.out

    (ledger,) = gaps(archived, "test", "--json").json()
    assert (ledger["verdict"], ledger["told"]) == ("incomplete", verdict.removeprefix("test: "))
    named = {gap["url"].removeprefix(base): (gap["state"], gap["reason"]) for gap in ledger["gaps"]}
    assert named == expected
    assert (ledger["articles"], ledger["claimed"], ledger["missing"]) == (11, 14, 4)
    assert (ledger["gone"], ledger["failed"], ledger["refused"]) == (1, 1, 1)


def test_what_is_waiting_is_a_gap(serve: Serve) -> None:
    archived = serve(Portal.scaled(20, page_bytes=0))
    waiting = archived.crawl("--limit", "1")["waiting"]
    (ledger,) = gaps(archived, "--json").json()
    assert {gap["state"] for gap in ledger["gaps"]} == {"waiting"}
    assert len(ledger["gaps"]) == waiting == ledger["missing"]
    assert "not asked for yet" in gaps(archived).out


def test_a_site_that_was_never_crawled_has_no_verdict(archived: Archived) -> None:
    archived.describe("http://khuoisao.invalid/")
    Archive.open(archived.db, create=True).close()
    told = gaps(archived)
    assert told.code == 1
    assert told.out == f"Nothing was crawled yet: tinhuyen crawl --db {archived.db}\n"
    assert gaps(archived, "--json").json() == []


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def started(*arguments: str, url: str) -> Iterator[subprocess.Popen[str]]:
    """Start a server of ours, wait until it answers, and end it with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tinhuyen", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for _ in range(600):
            assert process.poll() is None, process.communicate()
            try:
                httpx.get(url)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def demo(port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    url = f"http://127.0.0.1:{port}/"
    with started("demo", "--port", str(port), url=url) as process:
        yield process, url


def test_the_demo_is_served_until_interrupted() -> None:
    with demo(free_port()) as (process, url):
        page = httpx.get(url).text
        assert "Huyện Khuổi Sao" in page or "huyện Khuổi Sao" in page
        assert httpx.get(url + "robots.txt").status_code == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert out == f"The demo portal is at {url} (Ctrl-C ends it)\n"
    assert err == ""


def test_the_demo_takes_a_free_port_where_its_own_is_another_programs() -> None:
    with ExitStack() as stack:
        with suppress(OSError):  # then it is somebody's already
            stack.enter_context(socket.create_server(("127.0.0.1", 8765)))
        with subprocess.Popen(
            [sys.executable, "-m", "tinhuyen", "demo"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        ) as process:  # fmt: skip
            assert process.stdout
            announced = process.stdout.readline()
            found = re.fullmatch(r"The demo portal is at (\S+/) \(Ctrl-C ends it\)\n", announced)
            assert found, announced
            assert httpx.get(found[1] + "robots.txt").status_code == 200
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
            assert process.stderr
            told = process.stderr.read()
    assert ":8765/" not in found[1]
    assert told == "Port 8765 is another program's: a free one is taken.\n"


ENDED_TWICE = """
from scrapy.settings import Settings
from tinhuyen.process import CrawlProcess
process = CrawlProcess(Settings({"LOG_ENABLED": False}))
from twisted.internet import reactor
reactor.callWhenRunning(process._end)
reactor.callWhenRunning(process._end)
reactor.run()
process._end()
"""


def test_a_crawl_may_be_told_to_end_more_than_once() -> None:
    """By a second Ctrl-C, or by the end of the grace while it is ending."""
    done = subprocess.run(
        [sys.executable, "-c", ENDED_TWICE], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminated"])
def test_the_reading_room_is_served_until_interrupted(
    archived: Archived, number: signal.Signals
) -> None:
    Archive.open(archived.db, create=True).close()
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    with started("serve", "--db", str(archived.db), "--port", str(port), url=url) as process:
        answer = httpx.get(url + "archive/articles.json")
        assert answer.status_code == 200
        assert answer.json()["rows"] == []
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == (0 if number == signal.SIGINT else -signal.SIGTERM), err
    assert out == f"The reading room is at {url} (Ctrl-C closes it)\n"
    assert err == ""


def test_output_for_programs_is_nothing_but_json(archived: Archived) -> None:
    with demo(free_port()) as (_, url):
        archived.describe(url, delay=0.001)
        summary = archived.crawl("--limit", "1")
    assert set(summary) >= {"site", "outcome", "new", "held", "problems", "complete"}
    json.dumps(summary)


@pytest.mark.parametrize("justify", ["left", "right"])
def test_a_table_in_a_pipe_is_as_rich_lays_it_out(
    justify: Literal["left", "right"], capsys: pytest.CaptureFixture[str]
) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("SITE", "TÊN", ""):
        table.add_column(heading, justify=justify, overflow="fold")
    table.add_row("chodon", "Huyện Chợ Đồn", "một\nhai")
    table.add_row("x", "縣", "")
    table.add_row("", unicodedata.normalize("NFD", "Phường Đức Xuân"), "12")
    out().print(table)
    by_rich = capsys.readouterr().out
    print_table(table)
    assert capsys.readouterr().out == by_rich


def test_a_table_in_a_pipe_is_neither_folded_nor_read_as_markup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = Table("A", "B", box=None, pad_edge=False)
    table.add_row("[bold]x[/bold] :star:", "y" * 3000)
    print_table(table)
    assert capsys.readouterr().out.splitlines()[1:] == ["[bold]x[/bold] :star:  " + "y" * 3000]


def test_what_portals_say_moves_no_cursor() -> None:
    assert plain("a\x1b[2J\x9b0mb\r\tc\n") == "a[2J0mb\tc\n"
