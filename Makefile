# Everything runs in a virtual environment of its own, .venv, which `make` sets up when it is needed.
PYTHON ?= python3
BIN := .venv/bin
.DELETE_ON_ERROR:
.PHONY: crawl serve demo test check alpha alpha.walk lint faults words lock audit bench azurite replaywebpage pywb datasette clean help

help:  ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

crawl: .venv/crawl  ## Crawl the demo portal into archive.db
	$(BIN)/tinhuyen crawl demo

serve: .venv/crawl  ## Open archive.db in a browser
	$(BIN)/tinhuyen serve

demo: .venv/crawl  ## Serve the demo portal
	$(BIN)/tinhuyen demo

# A worker more than cores (tests/conftest.py). Who is done first takes over from the others, mostly
# from one file, whose fixtures then hold.
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal

test: .venv/test  ## Run the tests
	$(PYTEST) -m "not long"

# What proofs and benches take is one core each: two at a time.
PROOFS := kills.quick kills.quick.disk rescue.quick memory.quick years.quick storage fuzz.minute
.PHONY: $(PROOFS)

check: .venv/test  ## Run what takes longer: long tests, thousands of examples, proofs in small
	$(PYTEST) -m "long or hypothesis" --hypothesis-profile=check
	$(MAKE) --jobs 2 --output-sync $(PROOFS)

kills.quick rescue.quick memory.quick years.quick: .venv/test
	$(BIN)/python bench/$(basename $@).py --quick
kills.quick.disk: .venv/test
	$(BIN)/python bench/kills.py --quick --disk
storage: .venv/test
	$(BIN)/python bench/storage.py
fuzz.minute: .venv/test
	$(BIN)/python bench/fuzz.py --minutes 1

ALPHA := 1.0a41
AZURITE := 3.35.0
# The tests that ask a room, but for those that look at it in a browser.
ROOM := $(wildcard tests/test_room_*.py) $(patsubst %,tests/test_%.py,editions one_language status shelf)

alpha: .venv/alpha/$(ALPHA)  ## Run the tests of the reading room on the Datasette 1.0 that is being made
	.venv/alpha/bin/python -m pytest -n auto --dist worksteal -m "not long" $(ROOM)

# What walks all pages, and asks the most of Datasette: all that CI has time for.
alpha.walk: ROOM := $(patsubst %,tests/test_%.py,editions one_language room_pages room_search room_public)
alpha.walk: alpha

lint: .venv/test  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

faults: .venv/test  ## Have whatever can befall crawls befall them, and say what was lost
	$(BIN)/python bench/faults.py

words: .venv/test  ## Bring the catalogues up to what the reading room says; then translate what is new
	$(BIN)/python -m tests.words

lock: .venv/lock  ## Write down anew what is deployed, to the byte
	$(BIN)/uv pip compile pyproject.toml --extra parquet --extra s3 --universal --python-version 3.11 --generate-hashes --no-header --quiet --output-file requirements.lock --upgrade

audit: .venv/lock  ## Ask whether anything that is deployed is known to be vulnerable
	$(BIN)/python -m tests.audit

bench: .venv/test  ## Measure speed against plain Scrapy
	$(BIN)/python bench/speed.py

pywb: .venv/pywb/bin/wayback  ## Get pywb (GPL-3.0), warcio and py-wacz, which tests hold our files against

azurite: .venv/azurite  ## Get Azurite (MIT), which speaks as Azure's store does, for the tests of backups; needs npm

replaywebpage: .venv/replaywebpage  ## Get ReplayWeb.page (AGPL-3.0), in which a test opens an export; needs npm

datasette: .venv/alpha/$(ALPHA)  ## Get the Datasette 1.0 that is being made, into an environment of its own

clean:  ## Remove the virtual environment and what tools left
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tin Huyện needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/crawl: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/test: .venv/crawl pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lint]'
	@touch $@

.venv/lock: .venv/test pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[lock]'
	@touch $@

.venv/replaywebpage: tests/replaywebpage/install.py | .venv/bin/python
	$(BIN)/python -m tests.replaywebpage.install
	@touch $@

.venv/azurite: | .venv/bin/python
	npm install --silent --no-audit --no-fund --prefix $@ azurite@$(AZURITE)

# An environment of its own: it needs older versions of what we need.
.venv/pywb/bin/wayback: | .venv/bin/python
	$(BIN)/python -m venv .venv/pywb
	.venv/pywb/bin/python -m pip install --quiet --disable-pip-version-check pywb wacz warcio

# The packages of .venv beneath it, but for Datasette and what its 1.0 needs.
.venv/alpha/$(ALPHA): .venv/test
	rm -rf .venv/alpha
	$(BIN)/python -m venv .venv/alpha
	$(BIN)/python -c 'import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' > "$$(.venv/alpha/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/beneath.pth"
	.venv/alpha/bin/python -m pip install --quiet --disable-pip-version-check --no-warn-conflicts datasette==$(ALPHA)
	@touch $@
