"""What is written into the machine's own schedulers, and taken out again; never what is others'."""

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from operation.systemd import MARK
from tinhuyen.errors import Refused, concerning

SYSTEM_UNITS = Path("/etc/systemd/system")


def user_units() -> Path:
    """Return the folder of the units of one's own user."""
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111
    return Path(home) / "systemd" / "user"


def write_units(folder: Path, texts: Mapping[str, str]) -> None:
    """Write units into a folder; `Refused` where somebody else wrote one of that name."""
    made_by_us(folder, texts)
    with concerning(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        with concerning(folder / name):
            (folder / name).write_text(text, encoding="utf-8")


def remove_units(folder: Path, names: Iterable[str]) -> None:
    """Remove units from a folder, of which `made_by_us` has said that they are ours."""
    for name in names:
        with concerning(folder / name):
            (folder / name).unlink(missing_ok=True)


def made_by_us(folder: Path, names: Iterable[str]) -> list[str]:
    """Return which units of these names a folder has; `Refused` where one is somebody else's."""
    there = []
    for name in names:
        path = folder / name
        if path.is_symlink() or (path.exists() and MARK not in path.read_text("utf-8", "replace")):
            raise Refused(f"{path}: was not made by us; move it away, or give another --name")
        if path.exists():
            there.append(name)
    return there


def ask_systemd(*words: str, of_user: bool) -> None:
    """Have systemd's manager do something; a line and exit code 1 if it cannot."""
    command = ["systemctl", *(["--user"] if of_user else []), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        raise _failed(command, "systemd is not here") from error
    if done.returncode:
        raise _failed(command, " ".join(done.stderr.split()) or f"exit code {done.returncode}")


def _failed(command: list[str], why: str) -> click.ClickException:
    return click.ClickException(f"{' '.join(command)}: {why}")


def crontab() -> str:
    """Return one's own crontab, empty where there is none."""
    done = _crontab("-l")
    if done.returncode and "no crontab for" not in done.stderr:
        raise _failed(["crontab", "-l"], " ".join(done.stderr.split()))
    return "" if done.returncode else done.stdout


def put_crontab(text: str) -> None:
    """Replace one's own crontab; cron itself looks whether it can read it."""
    done = _crontab("-", text)
    if done.returncode:
        raise _failed(["crontab", "-"], " ".join(done.stderr.split()))


def _crontab(word: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(  # noqa: S603
            ["crontab", word],  # noqa: S607 - whichever cron the machine has
            input=text, capture_output=True, text=True, check=False,
            env=os.environ | {"LC_ALL": "C"},
        )  # fmt: skip
    except OSError as error:
        raise _failed(["crontab", word], "cron is not here") from error
