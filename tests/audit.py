"""Whether anything in ``requirements.lock`` is known to be vulnerable: ``python -m tests.audit``.

It asks the vulnerability service of the package index, by pip-audit. Where that does not answer, it
says that it was not asked, which is no verdict; exit code 1 is for what it says is vulnerable.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements.lock"
_QUIETLY = ("--progress-spinner", "off", "--timeout", "20")
_LONGEST = 90
"""Seconds after which the service is taken not to answer."""
_AS_WRITTEN = ("--no-deps", "--disable-pip", "--requirement", str(LOCK))


def main() -> int:
    """Ask; return the exit code."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", *_QUIETLY, *_AS_WRITTEN]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_LONGEST, check=False
        )
    except subprocess.TimeoutExpired as waited:
        told, code = verdict((waited.stdout or b"").decode())
    else:
        told, code = verdict(done.stdout)
    print(told)
    return code


def verdict(answer: str) -> tuple[str, int]:
    """Return what pip-audit's answer says, and the exit code."""
    try:
        asked: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except ValueError:
        return "audit: NOT RUN: the service did not answer", 0
    unknown = [each["name"] for each in asked if "skip_reason" in each]
    found = [
        f"{each['name']} {each['version']}: {flaw['id']}, mended in "
        f"{', '.join(flaw['fix_versions']) or 'no version yet'}"
        for each in asked
        for flaw in each.get("vulns", ())
    ]
    if found:
        return "\n".join(["audit: vulnerable:", *found]), 1
    if len(unknown) == len(asked):
        return f"audit: NOT RUN: the service knows none of {len(asked)} packages", 0
    if unknown:
        names, count = ", ".join(unknown), len(asked) - len(unknown)
        told = f"{len(unknown)} are not known to the service, and NOT LOOKED AT: {names}"
        return f"audit: nothing known of {count} packages; {told}", 0
    return f"audit: nothing is known of {len(asked)} packages", 0


if __name__ == "__main__":
    sys.exit(main())
