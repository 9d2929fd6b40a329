"""The manual page, and what a shell completes."""

import re
import shutil
import subprocess

import click
import pytest
from click.shell_completion import ShellComplete

from tests.test_cli import commands
from tinhuyen.cli import main
from tinhuyen.manual import _text, manual

PAGE = manual()
REQUESTS = {".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".I", ".nf", ".fi"}


@pytest.mark.parametrize("path", [path for path in commands() if path != "tinhuyen"])
def test_it_has_every_command_with_its_options(path: str) -> None:
    part = re.search(rf"^\.SS {re.escape(_text(path))} .*\n(?:(?!\.SS |\.SH ).*\n)+", PAGE, re.M)
    assert part
    for parameter in commands()[path].params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert _text(parameter.opts[0]) in part[0], parameter.opts


def test_nothing_in_it_is_taken_for_a_request() -> None:
    begun = {line.split()[0] for line in PAGE.splitlines() if line.startswith((".", "'"))}
    assert begun <= REQUESTS
    assert _text(".B\\fI-x") == "\\&.B\\efI\\-x"


def test_groff_finds_nothing_wrong_with_it() -> None:
    if not shutil.which("groff"):
        pytest.skip("groff is not here")
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-Kutf8", "-ww", "-z"],
        input=PAGE, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "unknown" not in done.stderr, done.stderr


def test_a_shell_completes_commands_and_options() -> None:
    complete = ShellComplete(main, {}, "tinhuyen", "_TINHUYEN_COMPLETE")

    def told(*before: str, begun: str) -> list[str]:
        return [each.value for each in complete.get_completions([*before], begun)]

    assert told(begun="ba") == ["backup"]
    assert told("review", begun="--f") == ["--found"]
    assert told("hide", "--grade", begun="t") == ["text"]
