"""Work in several processes: as many as were asked for, and what comes of it in order."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from curation.parallel import Workers

TASKS = 40
LONGEST = 300.0


def _who(number: int) -> tuple[int, int]:
    return number, os.getpid()


def _end(number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _take_long(seconds: float) -> None:
    time.sleep(seconds)


def _say_much(number: int) -> bytes:
    return bytes(number)


@pytest.mark.parametrize("processes", [1, 2])
def test_it_is_done_in_so_many_and_told_in_order(processes: int) -> None:
    with Workers(processes) as workers:
        done = [*workers.do(_who, range(TASKS))]
    assert [task for task, _ in done] == [*range(TASKS)]
    assert [number for _, (number, _) in done] == [*range(TASKS)]
    at_work = {who for _, (_, who) in done}
    assert (os.getpid() in at_work) == (processes == 1)
    assert len(at_work) <= processes


@pytest.mark.parametrize("processes", [1, 2])
def test_one_thing_is_done_beside_the_others(processes: int) -> None:
    with Workers(processes) as workers:
        beside = workers.begin(_who, -1)
        done = [*workers.do(_who, range(TASKS))]
        number, who = beside()
    assert number == -1
    assert (who == os.getpid()) == (processes == 1)
    assert len(done) == TASKS


def test_the_same_processes_do_one_thing_after_the_other() -> None:
    with Workers(2) as workers:
        first, second = ({who for _, (_, who) in workers.do(_who, range(TASKS))} for _ in "12")
    assert len(first | second) <= 2


def test_what_nobody_waits_for_any_more_is_left() -> None:
    with Workers(2) as workers:
        done = workers.do(_who, range(10**9))
        assert next(done)[0] == 0
        done.close()  # type: ignore[attr-defined]
        assert [task for task, _ in workers.do(_who, [7])] == [7]


def test_one_that_is_killed_is_told() -> None:
    with Workers(2) as workers, pytest.raises(BrokenProcessPool):
        list(workers.do(_end, range(TASKS)))


def test_what_takes_long_is_left_where_something_breaks_off() -> None:
    """Ctrl-C is not to wait for the check of a whole index, nor of a file of gigabytes."""

    def broken_off(after: float) -> None:
        with Workers(2) as workers:
            for _ in range(6):  # more than are begun at once
                workers.begin(_take_long, LONGEST)
            time.sleep(after)
            raise KeyboardInterrupt

    begun = time.monotonic()
    for after in (0, 0.5):
        with pytest.raises(KeyboardInterrupt):
            broken_off(after)
    assert time.monotonic() - begun < LONGEST


def test_what_is_being_said_is_said_where_something_breaks_off() -> None:
    """Else whoever hears it would wait for the rest for ever."""

    def broken_off(after: float) -> None:
        with Workers(2) as workers:
            next(workers.do(_say_much, [1 << 24] * TASKS))
            time.sleep(after)
            raise ZeroDivisionError

    for number in range(10):
        with pytest.raises(ZeroDivisionError):
            broken_off(number / 500)


def test_they_end_with_the_process_that_they_work_for(tmp_path: Path) -> None:
    """However it ended: nobody else would end them."""
    program = (
        "import os, sys, time; from curation.parallel import Workers; from tests.test_parallel "
        "import _who\nwith Workers(2) as workers:\n    print({who for _, (_, who) in "
        "workers.do(_who, range(40))}, flush=True)\n    time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        theirs = [int(number) for number in process.stdout.readline().strip("{}\n").split(",")]
        process.kill()
    end = time.monotonic() + LONGEST
    while any(Path(f"/proc/{number}").exists() for number in theirs):
        assert time.monotonic() < end
        time.sleep(0.02)
