"""How many processes of this machine a command is to work in: the option ``--processes``."""

from collections.abc import Callable
from typing import Any

import click

_AUTO = "auto"


class _Processes(click.ParamType[int]):
    """A number of processes, or ``auto``: as many as there are cores that we may use."""

    name = "processes"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return how many. Fails for what is neither."""
        if value == _AUTO:
            from curation.parallel import cores

            return cores()
        try:
            number = int(value)
        except ValueError:
            number = 0
        if number < 1:
            self.fail(f"{value!r} is no number of at least 1, nor {_AUTO!r}", param, ctx)
        return number


def processes_option(told: str, *, default: str = _AUTO) -> Callable[..., Any]:
    """Return what adds ``--processes`` to a command, of which its help says *told*."""
    return click.option(
        "--processes",
        type=_Processes(),
        default=default,
        show_default=True,
        metavar="N",
        help=told,
    )
