"""A real PostgreSQL on loopback, in a folder of its own, that can be stopped and started."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

_USER = "tinhuyen"
_DATABASES = iter(range(1, 10_000))


class Postgres:
    """A server; each `database` is a new one."""

    def __init__(self, folder: Path, programs: Path, port: int) -> None:
        self._folder = folder
        self._programs = programs
        self.port = port

    def dsn(self, name: str, password: str = "mat-khau-thu") -> str:
        return f"postgresql://{_USER}:{password}@127.0.0.1:{self.port}/{name}"

    def database(self) -> str:
        """Make a database, and return its DSN."""
        name = f"doi_{next(_DATABASES)}"
        with closing(psycopg.connect(self.dsn("postgres"), autocommit=True)) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.dsn(name)

    def start(self) -> None:
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-D", self._data, "-w", "-l", self._folder / "log", "-o", options,
                  "start")  # fmt: skip

    def stop(self) -> None:
        """Have it end at once, whatever it is at."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def make(self) -> None:
        secret = self._folder / "secret"
        secret.write_text("mat-khau-thu", encoding="utf-8")
        if os.geteuid() == 0:  # which PostgreSQL does not run as
            for path in (self._folder, secret):
                shutil.chown(path, "postgres", "postgres")
        self._run("initdb", "-D", self._data, "-U", _USER, "-A", "scram-sha-256", "-N",
                  f"--pwfile={secret}", "--locale=C.UTF-8", "-E", "UTF8")  # fmt: skip

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, program: str, *arguments: str | Path) -> None:
        command: Sequence[str | Path] = [self._programs / program, *arguments]
        if os.geteuid() == 0:
            other = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
            command = [*other, *command]
        told = self._folder / f"{program}.log"  # no pipe: the server would keep it open
        with told.open("wb") as log:
            done = subprocess.run(
                [*map(str, command)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                timeout=300, cwd="/", check=False,
            )  # fmt: skip
        assert done.returncode == 0, f"{program}: {told.read_text('utf-8', 'replace')[-2000:]}"


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """Run one in a folder that anybody may enter; a skip where it is not, a failure in CI."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        reason = "there is no PostgreSQL: apt-get install postgresql"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    programs = found[-1].parent if found else Path(str(on_path)).parent
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Postgres(folder, programs, port)
    server.make()
    server.start()
    try:
        yield server
    finally:
        server.stop()
