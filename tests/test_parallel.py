"""Work in several processes: as many as were asked for, and what comes of it in order."""

import os

import pytest

from curation.parallel import in_parallel

TASKS = 40


def _who(number: int) -> tuple[int, int]:
    return number, os.getpid()


@pytest.mark.parametrize("processes", [1, 2])
def test_it_is_done_in_so_many_and_told_in_order(processes: int) -> None:
    done = [*in_parallel(_who, range(TASKS), processes)]
    assert [task for task, _ in done] == [*range(TASKS)]
    assert [number for _, (number, _) in done] == [*range(TASKS)]
    at_work = {who for _, (_, who) in done}
    assert (os.getpid() in at_work) == (processes == 1)
    assert len(at_work) <= processes


def test_a_single_task_is_done_here() -> None:
    assert [*in_parallel(_who, [7], 2)] == [(7, (7, os.getpid()))]
