"""What ``deploy/`` and the forge are given: valid by their own schemas and tools, and true."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from crawler.vocabulary import Reviewed
from operation.job import Job
from operation.systemd import units
from tests.test_layers import PACKAGES
from tinhuyen.cli import main

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
UNIT_FILES = [*(DEPLOY / "systemd").iterdir(), *(DEPLOY / "fleet").glob("*.[st][ei][rm]*")]
UNITS = {file.name: file.read_text("utf-8") for file in UNIT_FILES}
SERVICES = sorted(name for name in UNITS if name.endswith(".service"))
PYTHON = "/opt/tinhuyen/bin/python"
IN_CI = bool(os.environ.get("CI"))


def needs(program: str) -> None:
    if not shutil.which(program):
        assert not IN_CI, f"{program} is in tests/packages.txt"
        pytest.skip(f"{program} is not here")


def told_by(*words: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [*map(str, words)], capture_output=True, text=True, timeout=60,
        env=os.environ | environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("compose-spec", "deploy/**/compose.yaml"),
        ("github-workflows", ".github/workflows/*.yml"),
        ("github-issue-forms", ".github/ISSUE_TEMPLATE/[!c]*.yml"),
        ("github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
        ("citation-file-format", "CITATION.cff"),
    ],
)
def test_it_is_valid_by_its_published_schema(schema: str, pattern: str) -> None:
    files = sorted(ROOT.glob(pattern))
    assert files
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    told_by(*checker, *files)


# systemd


def test_the_units_of_the_crawl_are_those_that_schedule_writes() -> None:
    """Else a server set up from them would lack what was mended since."""
    folder = Path("/srv/tinhuyen")
    job = Job(
        db=folder / "archive.db",
        python=Path(PYTHON),
        writes=(folder,),
        environment=(("TINHUYEN_CONTACT", "you@example.org"), ("XDG_CONFIG_HOME", "/etc")),
    )
    written = units(job, "tinhuyen")
    assert {name: UNITS[name] for name in written} == written


def walls(service: str) -> list[str]:
    lines = UNITS[service].partition("NoNewPrivileges=yes\n")[2].partition("\n\n")[0].splitlines()
    return [line for line in lines if not line.startswith("ReadWritePaths=")]


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_is_walled_off_as_the_crawl_is(service: str) -> None:
    assert walls(service) == walls("tinhuyen.service")
    assert "User=tinhuyen" in walls(service)


@pytest.mark.parametrize("service", SERVICES)
def test_systemd_finds_it_closed(service: str) -> None:
    needs("systemd-analyze")
    told = told_by(
        *("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager"),
        next(file for file in UNIT_FILES if file.name == service),
    )
    found = re.search(r"exposure level for [\w-]+\.service: ([0-9.]+)", told)
    assert found
    assert float(found[1]) <= 2.0


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    needs("systemd-analyze")
    for name, text in UNITS.items():
        here = text.replace(PYTHON, sys.executable).replace("User=tinhuyen", "User=daemon")
        (tmp_path / name).write_text(here, encoding="utf-8")
    told = told_by(
        "systemd-analyze", "verify", *sorted(tmp_path.iterdir()), XDG_RUNTIME_DIR=str(tmp_path)
    )
    assert [line for line in told.splitlines() if "tinhuyen" in line] == []


def test_each_timer_has_its_service() -> None:
    for name in UNITS:
        assert name.endswith(".service") or name.replace(".timer", ".service") in UNITS


def composed(folder: str = "") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / folder / "compose.yaml").read_text("utf-8"))
    return found


def commands() -> list[tuple[str, list[str]]]:
    """Return what units, compose files and image run of ours: the words behind ``tinhuyen``."""
    texts = {name: text.replace('"', "") for name, text in UNITS.items()} | {
        "compose": (DEPLOY / "compose.yaml").read_text("utf-8").partition("services:")[2],
        "fleet": (DEPLOY / "fleet" / "compose.yaml").read_text("utf-8").partition("services:")[2],
        "ci": (ROOT / ".github/workflows/ci.yml").read_text("utf-8"),
    }
    found = re.compile(r'(?:-m |do |^ +)tinhuyen ([^;"\n]+)', re.MULTILINE)
    typed = [(name, words.split()) for name, text in texts.items() for words in found.findall(text)]
    return typed + [
        (name, service["command"])
        for name, whole in (("compose", composed()), ("fleet", composed("fleet")))
        for service in whole["services"].values()
        if isinstance(service.get("command"), list)
    ]


@pytest.mark.parametrize(("where", "words"), commands())
def test_what_is_run_is_a_command_of_ours(where: str, words: list[str]) -> None:
    group: click.Group = main
    while isinstance(command := group.get_command(click.Context(group), words[0]), click.Group):
        group, words = command, words[1:]
    assert command, where
    command.make_context(words[0], words[1:])


def test_all_that_runs_is_looked_at() -> None:
    found = commands()
    assert {words[0] for _, words in found} >= {"crawl", "serve", "alarms", "backup", "sites"}
    assert {words[1] for _, words in found if words[0] == "fleet"} == {"init", "worker", "collect"}
    assert {where for where, _ in found} >= {*SERVICES}


# Proxies


def test_caddy_takes_its_file() -> None:
    needs("caddy")
    told = told_by("caddy", "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile")
    assert "Valid configuration" in told


def test_nginx_takes_its_file(tmp_path: Path) -> None:
    needs("nginx")
    server = (DEPLOY / "nginx.conf").read_text("utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # It tries to listen, which on port 80 only root may, and to make its folders.
    server = server.replace("listen 80;", f"listen 127.0.0.1:{port};").replace(
        "listen [::]:80;", ""
    )
    temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{name}_temp_path {tmp_path}/{name};\n" for name in temporary)
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{ access_log off;\n{folders}{server} }}\n",
        encoding="utf-8",
    )
    told_by("nginx", "-t", "-q", "-c", whole)


# The image


def test_the_image_is_given_what_is_installed_and_nothing_else() -> None:
    given = (ROOT / ".dockerignore").read_text("utf-8")
    allowed = {line.removeprefix("!") for line in given.splitlines() if line.startswith("!")}
    assert allowed == {*PACKAGES, "LICENSE", "README.md", "pyproject.toml", "requirements.lock"}
    assert all((ROOT / name).exists() for name in allowed)


def test_the_image_runs_as_nobody_s_root_and_pins_what_it_installs() -> None:
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    last = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER tinhuyen$", last, re.MULTILINE)
    assert "--require-hashes -r requirements.lock" in text
    assert "/health" in last


def test_the_room_believes_the_proxy_that_it_was_asked_by_https() -> None:
    """Else the addresses that it gives for the next page would be http."""
    room = composed()["services"]["room"]
    options = main.get_command(click.Context(main), "serve")
    assert options
    given = options.make_context("serve", [*room["command"][1:]], resilient_parsing=True).params
    assert given["behind_proxy"]
    assert given["host"] == "0.0.0.0"
    assert room["command"][-1] == "https://${DOMAIN}/"
    assert "ports" not in room, "nobody but the proxy reaches it"


def test_each_container_of_ours_can_write_where_it_must_and_nowhere_else() -> None:
    whole = composed()
    ours = {name: each for name, each in whole["services"].items() if name != "caddy"}
    assert {*ours} == {"crawl", "alarms", "backup", "room"}
    for service in ours.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        writable = {each for each in service["volumes"] if not each.endswith(":ro")}
        assert writable == {"archive:/srv/tinhuyen", "backup:/backup"}
    named = {each.partition(":")[0] for s in whole["services"].values() for each in s["volumes"]}
    assert {*whole["volumes"]} == {name for name in named if not name.startswith(".")}


# The forge


def test_the_form_of_a_wrong_page_offers_the_verdicts_of_a_review() -> None:
    text = (ROOT / ".github/ISSUE_TEMPLATE/reading.yml").read_text("utf-8")
    (dropdown,) = [each for each in yaml.safe_load(text)["body"] if each["type"] == "dropdown"]
    assert dropdown["attributes"]["options"] == [each for each in Reviewed if each != "right"]


def test_the_citation_is_of_this_version() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert version
    assert cited["version"] == version[1]


# The docs as a site


def test_the_site_leads_to_every_page() -> None:
    named = set(re.findall(r"[\w-]+\.md", (ROOT / "mkdocs.yml").read_text("utf-8")))
    assert named == {file.name for file in (ROOT / "docs").glob("*.md")}


@pytest.mark.long
def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(
    tmp_path: Path,
) -> None:
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    told_by(*build, "--config-file", ROOT / "mkdocs.yml", "--site-dir", tmp_path)
    for page in tmp_path.rglob("*.html"):
        loaded = re.findall(
            r'<(?:link|script|img)\b[^>]*\b(?:href|src)="(\w+:[^"]+)"', page.read_text()
        )
        assert not [address for address in loaded if not address.startswith("data:")], page
