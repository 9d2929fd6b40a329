"""What the machine's own scheduler is given: units, a crontab line, a workflow."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from operation.crontab import (
    CrontabError,
    begin_mark,
    check_line,
    crawl_line,
    with_block,
    without_block,
)
from operation.job import EVERY, Job
from operation.systemd import MARK, check_service, crawl_service, units
from operation.workflow import GET, PUT, workflow_text
from tests.conftest import run

SYSTEMD = Path("/lib/systemd/systemd")
DAY = "2026-03-01"
IN_CI = bool(os.environ.get("CI"))
NASTY = "q\"u'o\\te $HOME %h ế;&"
"""What a shell, cron and systemd each read in a way of its own."""


def job(folder: Path = Path("/srv/tin huyen/50% $x"), **more: Any) -> Job:
    facts: dict[str, Any] = {
        "db": folder / "archive.db", "python": Path(sys.executable), "writes": (folder,),
        "options": ("--sites", "5", "-s", f"USER_AGENT={NASTY}"),
        "environment": (("TINHUYEN_CONTACT", "you@tinhuyen.example"), ("XDG_CONFIG_HOME", NASTY)),
    }  # fmt: skip
    return Job(**facts | more)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"name": "Tin Huyện"}, "is no name"),
        ({"name": "../x"}, "is no name"),
        ({"every": 5}, "every 5 hours"),
        ({"options": ("a\nb",)}, "control character"),
        ({"db": Path("/srv/a\tb/archive.db")}, "control character"),
    ],
)
def test_what_no_scheduler_takes_is_refused(more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        job(**more)


# systemd


def needs(program: str | Path) -> None:
    if not shutil.which(program):
        assert not IN_CI, f"{program} is in tests/packages.txt"
        pytest.skip(f"{program} is not here")


def written(folder: Path, texts: Mapping[str, str]) -> list[str]:
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [str(folder / name) for name in texts]


@pytest.mark.parametrize("user", ["daemon", None])
@pytest.mark.parametrize("every", [1, 6])
def test_systemd_finds_nothing_wrong_with_the_units(
    tmp_path: Path, user: str | None, every: int
) -> None:
    needs("systemd-analyze")
    files = written(tmp_path, units(job(tmp_path, every=every), user))
    scope = ["--user"] if user is None else []
    done = subprocess.run(
        ["systemd-analyze", "verify", *scope, *files], capture_output=True, text=True,
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}, timeout=60,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "tinhuyen" in line]
    assert (done.returncode, ours) == (0, []), done.stderr


@pytest.mark.parametrize("service", [crawl_service, check_service])
@pytest.mark.parametrize("folder", ["/srv/tin huyen", "/home/huyen/tinhuyen"])
def test_a_service_is_walled_off(
    tmp_path: Path, folder: str, service: Callable[[Job, str], str]
) -> None:
    needs("systemd-analyze")
    (file,) = written(tmp_path, {"tinhuyen.service": service(job(Path(folder)), "daemon")})
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", file],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"exposure level for tinhuyen.service: ([0-9.]+)", done.stdout)
    assert found
    assert float(found[1]) <= 2.0
    assert "✗ MemoryDenyWriteExecute" not in done.stdout


def dumped(texts: Mapping[str, str], unit: str) -> str:
    """Return what systemd itself says that it has read of a unit, as it would run it."""
    command = [str(SYSTEMD), "--user", "--test", f"--unit={unit}"]
    if os.geteuid() == 0:  # as root it refuses to try
        command = ["setpriv", "--reuid=65534", "--clear-groups", *command]
    with TemporaryDirectory(prefix="tinhuyen-units-") as place:
        Path(place).chmod(0o777)
        written(Path(place), texts)
        told = dict.fromkeys(("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "HOME"), place)
        environment = {"SYSTEMD_UNIT_PATH": f"{place}:", "PATH": os.environ["PATH"]} | told
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=60, check=False
        )
    found = re.search(rf"-> Unit {re.escape(unit)}:\n(?:\t\t.*\n)+", done.stdout + done.stderr)
    assert found, done.stdout[-2000:] + done.stderr
    return found[0]


@pytest.mark.parametrize("service", [crawl_service, check_service])
def test_systemd_reads_the_words_as_they_were_meant(
    service: Callable[[Job, str | None], str],
) -> None:
    needs(SYSTEMD)
    planned = job()
    meant = planned.check if service == check_service else planned.words
    user = service(planned, None)
    walls = "".join(
        f"{line}\n" for line in service(planned, "daemon").splitlines()
        if line.startswith("ReadWritePaths")
    )  # fmt: skip
    told = dumped({"tinhuyen.service": user + walls}, "tinhuyen.service")
    (command,) = re.findall(r"Command Line: (.*)", told)
    said = subprocess.run(
        ["sh", "-c", f"printf '%s\\0' {command}"], capture_output=True, check=True
    )
    assert said.stdout.decode().split("\0")[:-1] == [*meant]
    assert (service == check_service) == (f"ConditionPathExists: {planned.db} untested" in told)
    for name, value in planned.environment:
        assert f"Environment: {name}={value}\n" in told
    assert "ReadWritePaths: /srv/tin huyen/50% $x\n" in told


@pytest.mark.parametrize("every", EVERY)
def test_a_timer_fires_as_often_as_it_is_to(every: int) -> None:
    needs("systemd-analyze")
    (when,) = re.findall("OnCalendar=(.*)", units(job(every=every), "daemon")["tinhuyen.timer"])
    done = subprocess.run(
        ["systemd-analyze", "calendar", "--iterations=25", f"--base-time={DAY} 00:00 UTC", when],
        capture_output=True, text=True, env=os.environ | {"TZ": "UTC"}, timeout=60,
    )  # fmt: skip
    days = re.findall(r"(?:Next elapse|Iter\. #\d+|Iteration #\d+): \w+ (\S+)", done.stdout)
    assert days.count(DAY) == 24 // every, done.stdout + done.stderr


# cron


def by_cron(line: str) -> str:
    """Return the command that cron hands to its shell: crontab(5)."""
    return line.split(" ", 5)[5].replace("\\%", "%")


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A program that stands for Python, and writes down how it was called."""
    folder = tmp_path / f"may {NASTY.replace('/', '')}"
    folder.mkdir()
    program = folder / "python"
    program.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        "json.dump([sys.argv[1:], dict(os.environ)], open(sys.argv[0] + '.json', 'w'))\n"
        "print('said'); sys.exit(int(os.environ.get('CODE', 0)))\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(("code", "is_told"), [(0, False), (1, False), (75, False), (2, True)])
def test_a_line_runs_what_was_meant(recorder: Path, code: int, is_told: bool) -> None:
    planned = job(recorder.parent, python=recorder)
    done = subprocess.run(
        ["sh", "-c", by_cron(crawl_line(planned))], capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "CODE": str(code)}, timeout=60,
    )  # fmt: skip
    words, environment = json.loads(recorder.with_name("python.json").read_text("utf-8"))
    assert words == [*planned.words[1:]]
    assert dict(planned.environment).items() <= environment.items()
    assert (recorder.parent / "archive.db.crawl.log").read_text("utf-8") == "said\n"
    assert bool(done.stdout) == is_told
    assert done.stderr == ""
    assert not is_told or f"exit code {code}" in done.stdout


@pytest.mark.parametrize(("code", "is_told"), [(0, False), (1, False), (124, True), (137, True)])
def test_alarms_are_judged_once_there_is_an_archive(
    recorder: Path, code: int, is_told: bool
) -> None:
    planned = job(recorder.parent, python=recorder)
    command = ["sh", "-c", by_cron(check_line(planned))]
    environment = {"PATH": os.environ["PATH"], "CODE": str(code)}
    called = recorder.with_name("python.json")
    assert subprocess.run(command, env=environment, timeout=60, check=False).returncode == 0
    assert not called.exists()
    planned.db.touch()
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    said = f"tinhuyen: alarms were not judged; exit code {code}\n" if is_told else ""
    assert (done.returncode, done.stdout) == (code, said)
    words, told = json.loads(called.read_text("utf-8"))
    assert words == [*planned.check[1:]]
    assert dict(planned.environment).items() <= told.items()


texts = st.lists(
    st.sampled_from(["", "# mine", "5 4 * * * backup", "MAILTO=root", "# END khac", "#"])
).map(lambda lines: "".join(f"{line}\n" for line in lines))


@given(before=texts, after=texts)
def test_what_others_wrote_into_a_crontab_stays(before: str, after: str) -> None:
    first, other = job(), job(name="khac-nua", every=6)
    once = with_block(before, first) + after
    assert without_block(once, "tinhuyen") == before + after
    assert with_block(once, first) == once
    both = with_block(once, other)
    assert without_block(without_block(both, "tinhuyen"), "khac-nua") == before + after
    assert f"{crawl_line(first)}\n{check_line(first)}\n" in both
    assert crawl_line(other) in with_block(both, job(every=3))


def test_a_last_line_without_an_end_is_no_part_of_ours() -> None:
    assert with_block("5 4 * * * backup", job()).startswith(
        f"5 4 * * * backup\n{begin_mark('tin')[:8]}"
    )


@pytest.mark.parametrize(
    "crontab",
    [
        f"{begin_mark('tinhuyen')}\n1 * * * * x\n",
        "# END tinhuyen\n",
        f"# END tinhuyen\n{begin_mark('tinhuyen')}\n",
        2 * with_block("", job()),
    ],
)
def test_a_block_that_is_not_whole_is_left_to_its_owner(crontab: str) -> None:
    with pytest.raises(CrontabError, match="crontab -e"):
        with_block(crontab, job())
    with pytest.raises(CrontabError):
        without_block(crontab, "tinhuyen")


@pytest.mark.long
def test_debians_cron_runs_the_line(recorder: Path) -> None:
    """In the foreground, in a mount namespace, so that it runs nothing else; within a minute."""
    needs("/usr/sbin/cron")
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        pytest.skip("cron is begun by root, and here in a mount namespace of its own")
    line = crawl_line(job(recorder.parent, python=recorder))
    spool = recorder.parent.parent / "spool"
    spool.mkdir(mode=0o1730)
    (spool / "root").write_text(f"* * * * * {line.split(' ', 5)[5]}\n", encoding="utf-8")
    (spool / "root").chmod(0o600)
    empty = recorder.parent.parent / "empty"
    empty.mkdir()
    script = (
        f"mount --bind {shlex.quote(str(spool))} /var/spool/cron/crontabs && "
        f"mount --bind {shlex.quote(str(empty))} /etc/cron.d && "
        "mount --bind /dev/null /etc/crontab && mount -t tmpfs none /run && "
        "exec /usr/sbin/cron -f"
    )
    log = recorder.parent / "archive.db.crawl.log"
    with subprocess.Popen(["unshare", "-m", "sh", "-c", script]) as cron:
        try:
            for _ in range(150):  # it looks once a minute
                if log.exists() and log.read_text("utf-8") == "said\n":
                    break
                with pytest.raises(subprocess.TimeoutExpired):
                    cron.wait(1)
        finally:
            cron.kill()
    words, environment = json.loads(recorder.with_name("python.json").read_text("utf-8"))
    assert words[:4] == ["-m", "tinhuyen", "crawl", "--due"]
    assert words[-1] == f"USER_AGENT={NASTY}"
    assert environment["XDG_CONFIG_HOME"] == NASTY


# GitHub Actions


def test_the_workflow_is_one(tmp_path: Path) -> None:
    flow = yaml.safe_load(workflow_text(job(options=("--sites", "5", "-s", "X=a: b # c"))))
    assert flow[True]["schedule"] == [{"cron": f"{job().minute} */6 * * *"}]  # YAML 1.1's "on"
    steps = flow["jobs"]["crawl"]["steps"]
    for step in steps:
        if "uses" in step:
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"])
        else:
            subprocess.run(["bash", "-n", "-c", step["run"]], check=True)
            assert "${{" not in step["run"]
    scripts = [step.get("run", "") for step in steps]
    assert GET in scripts
    assert PUT in scripts
    assert any("--sites 5 -s 'X=a: b # c'\n" in script for script in scripts)
    assert flow["permissions"] == {"contents": "write"}
    assert "XDG_CONFIG_HOME" not in flow["jobs"]["crawl"]["env"]


def test_a_workflow_puts_nothing_in_for_what_was_said() -> None:
    with pytest.raises(ValueError, match="put something else in"):
        workflow_text(job(options=("-s", "X=${{ secrets.Y }}")))


GH = """\
import os, shutil, sys
from fnmatch import fnmatch
from pathlib import Path
release = Path(os.environ["RELEASE"])
match sys.argv[1:]:
    case ["release", "create", *_]:
        release.mkdir()
    case ["release", "view", "archive"]:
        sys.exit(not release.is_dir())
    case ["release", "view", *_]:
        print(*sorted(file.name for file in release.iterdir()), sep="\\n")
    case ["release", "download", _, "--dir", folder, "--pattern", a, "--pattern", b]:
        for file in release.iterdir():
            if fnmatch(file.name, a) or fnmatch(file.name, b):
                shutil.copy(file, folder)
    case ["release", "upload", _, *files]:
        for file in map(Path, files):
            if file.suffix == ".whole" and os.environ.get("CUT"):
                sys.exit(1)
            if (release / file.name).exists():
                sys.exit(2)
            shutil.copy(file, release)
    case ["release", "delete-asset", _, name, "--yes"]:
        (release / name).unlink()
    case other:
        sys.exit(f"gh does not know {other}")
"""


@pytest.fixture
def gh(tmp_path: Path) -> Path:
    """A folder with a program that stands for GitHub's, and keeps a release in a folder."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "gh"
    program.write_text(f"#!{sys.executable}\n{GH}", encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def at_github(folder: Path, number: int, add: str, **environment: str) -> int:
    """Get the archive, add a file to it and keep it, as run of a number; return the exit code."""
    place = folder / f"run{number}{environment.get('ATTEMPT', '')}"
    place.mkdir()
    crawl = f"touch archive.db\nmkdir -p captures\necho {add} >> captures/told\n"
    variables = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "RELEASE": str(folder / "release"),
        "RUN": str(number), "ATTEMPT": "1",
    } | environment  # fmt: skip
    for script in (GET, crawl, PUT):
        done = subprocess.run(["bash", "-c", script], cwd=place, env=variables, timeout=60)
        if done.returncode:
            return done.returncode
    return 0


def held(folder: Path) -> list[str]:
    """Return what the archive of the release says."""
    (folder / "held").mkdir()
    variables = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "RELEASE": str(folder / "release"),
    }  # fmt: skip
    subprocess.run(["bash", "-c", GET], cwd=folder / "held", env=variables, check=True, timeout=60)
    return (folder / "held" / "captures" / "told").read_text("utf-8").split()


def test_the_archive_goes_from_run_to_run(gh: Path) -> None:
    needs("sqlite3")
    assert at_github(gh, 9, "mot") == 0
    assert at_github(gh, 10, "hai") == 0
    assert at_github(gh, 11, "mat", CUT="yes") != 0  # what it had is lost, and nothing else
    assert at_github(gh, 11, "ba", ATTEMPT="2") == 0
    names = sorted(file.name for file in (gh / "release").iterdir())
    assert names == ["1102.tar.aa", "1102.whole"]
    assert held(gh) == ["mot", "hai", "ba"]


def test_nothing_is_crawled_where_the_archive_is_not_whole(gh: Path) -> None:
    needs("sqlite3")
    assert at_github(gh, 1, "mot") == 0
    (gh / "release" / "101.whole").unlink()
    assert at_github(gh, 2, "hai") == 1
    assert (gh / "release" / "101.tar.aa").exists()


# The command


def schedule(*arguments: str | Path, path: Path | None = None, **environment: str) -> Any:
    told = {"TINHUYEN_CONTACT": "you@tinhuyen.example"} | environment
    if path:
        told["PATH"] = f"{path}:{os.environ['PATH']}"
    return run("schedule", *arguments, **told)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder with a systemctl and a crontab that write down what they are told."""
    (tmp_path / "bin").mkdir()
    for name, script in {
        "systemctl": 'echo "$*" >> "$PLACE/told"\n',
        "crontab": 'if [ "$1" = -l ]; then\n'
        '  [ -e "$PLACE/tab" ] || { echo "no crontab for you" >&2; exit 1; }\n  cat "$PLACE/tab"\n'
        'else\n  cat > "$PLACE/tab"\nfi\n',
    }.items():
        (tmp_path / "bin" / name).write_text(f'#!/bin/sh\nPLACE="{tmp_path}"\n{script}', "utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


def test_units_are_installed_again_and_taken_out(machine: Path) -> None:
    options = ("systemd", "--user", "--db", machine / "archive.db")
    home = {"XDG_CONFIG_HOME": str(machine / "config")}
    place = machine / "config" / "systemd" / "user"
    for words in (["--install"], ["--install", "--every", "6"], ["--uninstall"], ["--uninstall"]):
        done = schedule(*options, *words, path=machine / "bin", **home)
        assert done.code == 0, done.err
        if "--every" in words:
            assert "OnCalendar=*-*-* 0,6,12,18:" in (place / "tinhuyen.timer").read_text("utf-8")
            assert f'"{machine}/archive.db"' in (place / "tinhuyen.service").read_text("utf-8")
    assert [*place.iterdir()] == []
    timers = "tinhuyen.timer tinhuyen-alarms.timer"
    enabled = ["--user daemon-reload", f"--user enable --now {timers}"]
    assert (machine / "told").read_text("utf-8").splitlines() == [
        *enabled, *enabled, f"--user disable --now {timers}", "--user daemon-reload",
        "--user daemon-reload",
    ]  # fmt: skip


@pytest.mark.parametrize("word", ["--install", "--uninstall"])
def test_a_unit_of_somebody_else_stays(machine: Path, word: str) -> None:
    place = machine / "config" / "systemd" / "user"
    place.mkdir(parents=True)
    (place / "tinhuyen.timer").write_text("[Timer]\n", encoding="utf-8")
    done = schedule(
        "systemd", "--user", "--db", machine / "archive.db", word, path=machine / "bin",
        XDG_CONFIG_HOME=str(machine / "config"),
    )  # fmt: skip
    assert (done.code, "was not made by us" in done.err) == (2, True)
    assert [file.name for file in place.iterdir()] == ["tinhuyen.timer"]
    assert (place / "tinhuyen.timer").read_text("utf-8") == "[Timer]\n"
    assert not (machine / "told").exists()  # nor is it stopped


def test_a_line_is_installed_once_and_taken_out(machine: Path) -> None:
    mine = "MAILTO=root\n5 4 * * * backup 50\\%\n"
    (machine / "tab").write_text(mine, encoding="utf-8")
    for words in (["--install"], ["--install", "--every", "6"], ["--install", "--every", "6"]):
        done = schedule("cron", "--db", machine / "archive.db", *words, path=machine / "bin")
        assert done.code == 0, done.err
    tab = (machine / "tab").read_text("utf-8")
    assert tab.startswith(mine)
    assert len(tab.splitlines()) == 6
    assert " 0,6,12,18 * * * " in tab
    done = schedule("cron", "--uninstall", path=machine / "bin")
    assert (done.code, (machine / "tab").read_text("utf-8")) == (0, mine)


def test_the_first_crontab_of_a_user_is_made(machine: Path) -> None:
    assert schedule("cron", "--db", machine / "a.db", "--install", path=machine / "bin").code == 0
    assert len((machine / "tab").read_text("utf-8").splitlines()) == 4


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--install", "--uninstall"), "one or the other"),
        (("--", "--khong-co"), "No such option"),
        (("--", "demo"), "takes what is due"),
        (("--", "--db", "other.db"), "takes what is due"),
        (("--", "--live"), "takes what is due"),
        (("--name", "Tin Huyện"), "is no name"),
    ],
)
def test_what_would_fail_every_hour_is_refused(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    done = schedule("cron", "--db", tmp_path / "archive.db", *words)
    assert (done.code, told in done.err) == (2, True), done.err


def test_a_run_is_told_what_its_operator_was_told(tmp_path: Path) -> None:
    (tmp_path / "config" / "tinhuyen").mkdir(parents=True)
    done = schedule(
        "cron", "--db", tmp_path / "archive.db", TINHUYEN_SITES=str(tmp_path),
        TINHUYEN_ALARMS=str(tmp_path / "báo động.toml"), XDG_CONFIG_HOME=str(tmp_path / "config"),
    )  # fmt: skip
    assert done.code == 0
    words = shlex.split(by_cron(done.out))
    assert set(words[: words.index("timeout")]) == {
        "TINHUYEN_CONTACT=you@tinhuyen.example",
        f"TINHUYEN_SITES={tmp_path}",
        f"TINHUYEN_ALARMS={tmp_path}/báo động.toml",
        f"XDG_CONFIG_HOME={tmp_path}/config",
    }


def test_without_a_contact_or_a_folder_nothing_is_scheduled(tmp_path: Path) -> None:
    done = schedule("cron", "--db", tmp_path / "archive.db", TINHUYEN_CONTACT="")
    assert (done.code, "TINHUYEN_CONTACT" in done.err) == (2, True)
    done = schedule("cron", "--db", tmp_path / "x" / "archive.db")
    assert (done.code, "does not exist" in done.err) == (2, True)


def test_a_service_of_the_system_never_runs_as_root(tmp_path: Path) -> None:
    done = schedule("systemd", "--system", "--db", tmp_path / "archive.db")
    if os.geteuid() == 0:
        assert (done.code, "must not run as root" in done.err) == (2, True)
    else:
        assert done.code == 0
        assert "User=root" not in done.out
    done = schedule("systemd", "--system", "--as", "lan", "--db", tmp_path / "archive.db")
    assert done.code == 0
    assert MARK in done.out
    assert "User=lan\n" in done.out
    assert f'ReadWritePaths="{tmp_path}"\n' in done.out
