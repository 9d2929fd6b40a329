"""A workflow of GitHub Actions that crawls, and keeps the archive as assets of a release.

A machine of theirs forgets all when a run ends; an artifact is gone after 90 days, and a branch
takes no file above 100 MB. Assets of a release stay, 2 GiB each. What is new is there whole before
what was is removed, and a run that finds half an archive takes the one before.
"""

import json
import shlex

from operation.job import Job

RELEASE = "archive"
"""The tag of the release that holds the archive."""
_HOURS = 5
"""How long a run crawls: a job of theirs is ended after six."""

# Named by the number of the run; what is told of it last says that it is whole.
GET = f"""\
set -euo pipefail
gh release view {RELEASE} >/dev/null 2>&1 || gh release create {RELEASE} --prerelease \\
  --title "Archive" --notes "The archive, as of the last crawl. Written by a workflow."
gh release view {RELEASE} --json assets --jq '.assets[].name' > names
whole=$(sed -n 's/^\\([0-9]*\\)\\.whole$/\\1/p' names | sort -n | tail -n 1)
if [ -n "$whole" ]; then
  mkdir parts
  gh release download {RELEASE} --dir parts --pattern "$whole.tar.*" --pattern "$whole.whole"
  (cd parts && sha256sum --check "$whole.whole")
  cat parts/"$whole".tar.* | tar -x
  rm -r parts
elif grep -q . names; then
  echo "The release has files, but no whole archive: look at it before anything is crawled" >&2
  exit 1
fi
"""
PUT = f"""\
set -euo pipefail
[ -e archive.db ] || exit 0
name=$(printf '%s%02d' "$RUN" "$ATTEMPT")
mkdir parts
sqlite3 archive.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
files=$(find . -maxdepth 1 \\( -name archive.db -o -name captures -o -name withheld.db \\))
tar -c $files | split --bytes=1900M - "parts/$name.tar."
(cd parts && sha256sum "$name".tar.* > "$name.whole")
gh release upload {RELEASE} parts/"$name".tar.*
gh release upload {RELEASE} "parts/$name.whole"
gh release view {RELEASE} --json assets --jq '.assets[].name' | while read -r other; do
  case "$other" in
    "$name".*) ;;
    *) gh release delete-asset {RELEASE} "$other" --yes ;;
  esac
done
"""


def workflow_text(job: Job) -> str:
    """Return the workflow; its archive lies in the folder of the run, wherever the job's does.

    Raises ValueError for what cannot be said in one.
    """
    options = shlex.join(job.options)
    crawl = (
        "set -uo pipefail\n"
        f"timeout --signal=INT --kill-after=60 {_HOURS}h"
        f" .venv/bin/tinhuyen crawl --due --db archive.db{f' {options}' if options else ''}\n"
        "code=$?\n"
        "# 1: something is missing, which the summary says; 124: it goes on with the next run.\n"
        'case "$code" in 0|1|75|124) ;; *) exit "$code" ;; esac\n'
    )
    told = {name: value for name, value in job.environment if name == "TINHUYEN_CONTACT"}
    if "${{" in f"{options} {told}":
        raise ValueError("a workflow would put something else in for ${{")
    environment = "".join(f"      {name}: {json.dumps(told[name])}\n" for name in told)
    return f"""\
# Made by tinhuyen schedule github. It belongs into .github/workflows/ of a repository that has Tin
# Huyen in it, such as a fork. GitHub ends the schedule of a public one after 60 days without a
# commit, and tells so by mail. An archive of several GiB is carried to and fro at every run: from
# then on a server of your own is better.
name: crawl
on:
  schedule:
    - cron: "{job.minute} {job.hours if job.every > 1 else "*/6"} * * *"
  workflow_dispatch:
permissions:
  contents: write
concurrency:
  group: crawl
  cancel-in-progress: false
jobs:
  crawl:
    runs-on: ubuntu-24.04
    timeout-minutes: 355
    env:
      GH_TOKEN: ${{{{ github.token }}}}
      GH_REPO: ${{{{ github.repository }}}}
      RUN: ${{{{ github.run_number }}}}
      ATTEMPT: ${{{{ github.run_attempt }}}}
{environment}    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
      - name: Install
        run: python3 -m venv .venv && .venv/bin/pip install --quiet .
      - name: Get the archive
        run: |
{_indented(GET)}
      - name: Crawl what is due
        run: |
{_indented(crawl)}
      - name: Keep the archive
        run: |
{_indented(PUT)}
"""


def _indented(script: str) -> str:
    return "\n".join(f"          {line}".rstrip() for line in script.splitlines())
