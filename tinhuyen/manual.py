"""The manual page of ``tinhuyen``, made of what its commands say of themselves:

``python -m tinhuyen.manual > tinhuyen.1``. The macros are those of man(7).
"""

import sys
from collections.abc import Iterator
from importlib.metadata import version

import click

from tinhuyen.cli import VARIABLES, main


def manual() -> str:
    """Return the page."""
    lines = [
        f'.TH TINHUYEN 1 "" "tinhuyen {version("tinhuyen")}"',
        ".SH NAME",
        f"tinhuyen \\- {_text((main.help or '').partition('.')[0].lower())}",
        ".SH SYNOPSIS",
        ".B tinhuyen\n.I COMMAND\n[\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]",
        ".SH COMMANDS",
        *_commands(main, click.Context(main, info_name="tinhuyen")),
        ".SH ENVIRONMENT",
        *(f".TP\n.B {_text(name)}" for name in VARIABLES),
        "What they say is told in the documentation, docs/crawling.md and docs/running.md.",
    ]
    return "\n".join(lines) + "\n"


def _commands(group: click.Group, above: click.Context) -> Iterator[str]:
    for name in group.list_commands(above):
        command = group.get_command(above, name)
        if command is None or command.hidden:
            continue
        context = click.Context(command, parent=above, info_name=name)
        usage = " ".join(command.collect_usage_pieces(context))
        yield f".SS {_text(f'{context.command_path} {usage}')}"
        yield from _paragraphs(command.help or "")
        for parameter in command.get_params(context):
            if record := parameter.get_help_record(context):
                option, told = record
                yield f".TP\n.B {_text(option)}\n{_text(told)}"
        if isinstance(command, click.Group):
            yield from _commands(command, context)


def _paragraphs(told: str) -> Iterator[str]:
    """Yield paragraphs as Click tells them apart: those behind a \\b keep their lines."""
    for paragraph in told.split("\n\n"):
        lines = paragraph.strip("\n").splitlines()
        if lines and lines[0].strip() == "\b":
            yield "\n".join([".PP", ".nf", *map(_text, lines[1:]), ".fi"])
        else:
            yield f".PP\n{_text(' '.join(line.strip() for line in lines))}"


def _text(told: str) -> str:
    """Return text as troff takes it: groff_char(7)."""
    escaped = told.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    sys.stdout.write(manual())
