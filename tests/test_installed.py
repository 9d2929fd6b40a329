"""Tin Huyện as ``pipx`` and ``uv tool`` install it: a wheel, used from an empty folder."""

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.test_layers import MODULES, PACKAGES, outside

ROOT = Path(__file__).parents[1]
LATER = {"compression"}
"""Packages that later versions of Python have."""


@dataclass
class Installed:
    """An environment in which the wheel is installed, and an empty folder to use it from."""

    environment: Path
    folder: Path

    @property
    def packages(self) -> Path:
        """Where the installed packages lie."""
        paths = {"base": str(self.environment), "platbase": str(self.environment)}
        return Path(sysconfig.get_path("purelib", "venv", vars=paths))

    @property
    def told(self) -> dict[str, str]:
        """The environment of its commands: nothing of the tree, and nothing of whoever tests."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        return kept | {
            "HOME": str(self.folder.parent / "home"),
            "TINHUYEN_CONTACT": "https://tinhuyen.example/contact",
            "COLUMNS": "200",
        }

    def begin(self, *words: str) -> "subprocess.Popen[str]":
        """Begin a command."""
        return subprocess.Popen(
            [self.environment / "bin" / "tinhuyen", *words],
            cwd=self.folder,
            env=self.told,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, *words: str, code: int = 0) -> str:
        """Run a command to its end, expect its exit code, and return what it told."""
        process = self.begin(*words)
        told, _ = process.communicate(timeout=180)
        assert process.returncode == code, told
        return told

    @contextmanager
    def serving(self, *words: str) -> Iterator[str]:
        """Run a command that serves something; gives its address."""
        process = self.begin(*words)
        assert process.stdout
        try:
            for line in process.stdout:
                if found := re.search(r"is at (http://\S+)/ ", line):
                    yield found[1]
                    return
            pytest.fail(f"{words}: told no address")
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)

    def holds(self) -> dict[str, str]:
        """Return the files of all that is installed, each with a digest of it."""
        return {
            str(file.relative_to(self.environment)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(self.environment.rglob("*"))
            if file.is_file()
        }


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel of this tree in an environment of its own.

    What it depends on is lent to it by ours, behind its own packages: to install that takes
    minutes. ``test_what_is_imported_is_asked_for`` tells that there would be enough of it.
    """
    folder = tmp_path_factory.mktemp("installed")
    tools = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    environment = folder / "environment"
    for command in (
        [*tools, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)],
        [sys.executable, "-m", "venv", "--without-pip", str(environment)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    (folder / "empty").mkdir()
    made = Installed(environment, folder / "empty")
    lent = sysconfig.get_path("purelib")
    (made.packages / "lent.pth").write_text(f"{lent}\n", encoding="utf-8")
    (wheel,) = folder.glob("*.whl")
    into = [*tools, "--python", str(environment / "bin" / "python")]
    done = subprocess.run(
        [*into, "install", "--no-deps", str(wheel)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def fetched(address: str) -> str:
    with urllib.request.urlopen(address, timeout=60) as answer:
        return str(answer.read().decode("utf-8"))


@pytest.mark.long
def test_it_works_wholly_from_an_empty_folder(installed: Installed) -> None:
    """Sites, map, words, demo, reading room, units are found, and nothing is written into it."""
    for path in installed.environment.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    before = installed.holds()
    where = "import crawler, reading_room; print(crawler.__file__, reading_room.__file__)"
    done = subprocess.run(
        [installed.environment / "bin" / "python", "-c", where],
        cwd=installed.folder, env=installed.told, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert all(file.startswith(str(installed.packages)) for file in done.stdout.split()), done

    assert '"chodon"' in installed.run("sites", "Bắc Kạn", "--json")
    assert "finished" in installed.run("crawl", "demo")
    assert "ended" in installed.run("gaps", "demo")
    installed.run("verify")
    installed.run("export", "static", "portals", "demo")
    assert "--due" in installed.run("schedule", "cron")
    service = installed.run("schedule", "systemd", "--user")
    assert str(installed.environment) in service
    assert str(installed.folder / "archive.db") in service
    assert "finished" in installed.run("status", "demo")
    assert "/archive/captures/" in installed.run("review", "2", "demo")
    installed.run("alarms", "--check")
    installed.run("backup", "../backup")
    with installed.serving("serve", "--port", str(free_port())) as room:
        assert "Khuổi Sao" in fetched(room)
        assert "<mark>" in fetched(f"{room}/search?q={quote('tỉnh')}")
        assert fetched(f"{room}/static/reading-room.css")
        assert "Huyện Chợ Đồn" in fetched(f"{room}/places?name={quote('cho don 2021')}")
    with installed.serving("demo", "--port", str(free_port())) as portal:
        assert "Khuổi Sao" in fetched(portal)

    assert installed.holds() == before
    own = {"archive.db", "archive.index", "archive.verified", "captures", "portals"}
    left = {path.name for path in installed.folder.iterdir()}
    assert own <= left
    assert all(name in own or name.startswith("archive.db") for name in left), left


def test_what_is_imported_is_asked_for() -> None:
    """Else it is there by chance, until what brought it along does without it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"]]
    asked += [each for extra in ("parquet", "s3", "fleet") for each in extras[extra]]
    for engine in ("scrapy", "datasette"):  # what a spider, a plugin must import of theirs
        asked += requires(engine) or []
    given = {named(re.split(r"[^\w.-]", requirement)[0]) for requirement in asked}
    distributions = packages_distributions()
    strange = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in MODULES.values()
        for name in {module.partition(".")[0] for module in outside(file)}
        if name not in {*sys.stdlib_module_names, *PACKAGES, *LATER}
        if not given & {named(each) for each in distributions.get(name, [name])}
    ]
    assert not strange


def named(distribution: str) -> str:
    """Return the name of a distribution as indexes of packages compare them."""
    return re.sub(r"[-_.]+", "-", distribution).lower()
