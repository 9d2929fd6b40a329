"""The servers under the portal, private to one run: MariaDB and PHP's built-in web server."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from .requirements import MARIADBD

_GUARD = Path(__file__).with_name("guard.py")
_START_LIMIT = 60
"""Seconds that a server has to come up; it takes under one on an idle machine."""


class Server:
    """A guarded process whose log says when it is ready.

    It works on `folder`, which goes when it ends. `log` collects what it prints, and `ready` is
    the pattern of what it prints once it accepts connections; `announcement` is that match.

    Raises:
        RuntimeError: it ended, or was not ready in time; the message is its log.
    """

    def __init__(
        self, folder: Path, command: list[str], log: Path, ready: str, **environment: str
    ) -> None:
        self.log = log
        with log.open("wb") as output:
            self._guard = subprocess.Popen(
                [sys.executable, str(_GUARD), str(folder), *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=os.environ | environment,
            )
        self.announcement = self._wait_for(ready)

    def stop(self) -> None:
        """End the process and all its children, and wait until they have ended."""
        self._guard.communicate()

    def _wait_for(self, ready: str) -> re.Match[str]:
        deadline = time.monotonic() + _START_LIMIT
        while time.monotonic() < deadline and self._guard.poll() is None:
            if match := re.search(ready, self.log.read_text("utf-8", "replace")):
                return match
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"not ready: {self.log.read_text('utf-8', 'replace')}")


def start_mariadb(folder: Path, socket: Path) -> Server:
    """A MariaDB with an empty database `wordpress`, reached through `socket` by anybody who can.

    Its data is in `folder`. Without grant tables it needs no set-up.
    """
    data = folder / "mariadb"
    data.mkdir()
    first_orders = folder / "mariadb.sql"
    first_orders.write_text("CREATE DATABASE wordpress;\n", "utf-8")
    command = [
        str(MARIADBD),
        "--no-defaults",
        f"--datadir={data}",
        f"--socket={socket}",
        f"--init-file={first_orders}",
        "--skip-networking",
        "--skip-grant-tables",
        "--innodb-log-file-size=8M",
        "--innodb-buffer-pool-size=64M",
        # A database that lives for minutes needs no safety against power cuts.
        "--innodb-flush-log-at-trx-commit=0",
        "--skip-innodb-doublewrite",
    ]
    if os.getuid() == 0:
        command.append("--user=root")  # It refuses to run as root unless it is told to.
    return Server(data, command, folder / "mariadb.log", "ready for connections")


def start_php(document_root: Path, log: Path, workers: int = 4) -> Server:
    """PHP's web server on a free loopback port; the port is group 1 of `announcement`."""
    command = [
        *["php", "-d", "opcache.enable_cli=1", "-d", "sendmail_path=/bin/true"],
        *["-S", "127.0.0.1:0", "-t", str(document_root), str(document_root / "router.php")],
    ]
    ready = r"\(http://127\.0\.0\.1:(\d+)\) started"
    return Server(document_root, command, log, ready, PHP_CLI_SERVER_WORKERS=str(workers))
