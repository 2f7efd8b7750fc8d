# `make demo` and `make test` do everything on a fresh machine with Python >= 3.11 and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKS := requirements/run.txt requirements/setup.txt
MESSAGES := $(wildcard src/pabal/locale/*/LC_MESSAGES/django.po)

.PHONY: help demo test lint fmt types arch chaos fuzz aws-5000 aws-units docs corpus lock clean
.PHONY: bench-console bench-first bench-memory bench-engine bench-deadline bench-preflight bench-inbox bench-import

help:
	@echo "make demo          set up, then send a personalised mailing to 200 customers"
	@echo "make test          set up, then run every check and test"
	@echo "make lint fmt types arch      the checks one by one"
	@echo "make chaos         kill, cut off, fill, jump: RUNS=200 SEED=... ONLY=scenario,..."
	@echo "make fuzz          every parser of hostile input: MINUTES=10 SEED=... ONLY=letter,..."
	@echo "make aws-5000      a campaign to 5,000 through the AWS pipeline, in its emulator"
	@echo "make aws-units     what a mail costs in DynamoDB, by the sizes of its items"
	@echo "make corpus        how well bounces are understood, into docs/bounces.md"
	@echo "make bench-first   messages/s against a plain Jinja + EmailMessage + smtplib loop"
	@echo "make bench-engine  mails/s against Postfix's own load generator"
	@echo "make bench-inbox   what SpamAssassin and rspamd make of the mails"
	@echo "make bench-memory  a whole campaign to 1,000, 100,000 and 1,000,000 recipients"
	@echo "make bench-deadline  500 mails in five minutes, one attempt in ten refused (3 minutes)"
	@echo "make bench-preflight  recipients proved a second on one core, against plain Jinja"
	@echo "make bench-console  pages with a million subscribers in PostgreSQL: SUBSCRIBERS=1000000"
	@echo "make bench-import  a million customers into SQLite and PostgreSQL: ROWS=1000000"

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Pabal needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "Python's venv is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/installed: $(VENV)/made $(LOCKS) pyproject.toml requirements/metadata.py
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/run.txt -r requirements/setup.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --no-index -e .
	@touch $@

$(VENV)/translated: $(VENV)/installed $(MESSAGES)
	$(BIN)/pybabel --quiet compile --domain django --directory src/pabal/locale
	@touch $@

$(VENV)/equipped: $(VENV)/translated requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/dev.txt
	@sh requirements/system.sh
	@touch $@

# Tests of the AWS pipeline: an emulator with the packages that it wants, not ours.
build/emulator/installed: $(VENV)/made requirements/emulator.txt
	@$(BIN)/python -m venv build/emulator
	build/emulator/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/emulator.txt
	@touch $@

build/states: requirements/states/package-lock.json
	@sh requirements/states.sh
	@mkdir -p build && touch $@

demo: $(VENV)/translated
	@PABAL_HOME=build/demo $(BIN)/pabal demo

# More than cores: much of the suite waits for servers, browsers and clocks.
JOBS ?= 4
test: $(VENV)/equipped build/emulator/installed build/states lint types arch
	$(BIN)/pytest -n $(JOBS) --dist worksteal

lint: $(VENV)/equipped
	$(BIN)/ruff check src tests bench requirements
	$(BIN)/ruff format --check src tests bench requirements

fmt: $(VENV)/equipped
	$(BIN)/ruff check --fix src tests bench requirements
	$(BIN)/ruff format src tests bench requirements

types: $(VENV)/equipped
	$(BIN)/pyright
	$(BIN)/mypy

arch: $(VENV)/equipped
	$(BIN)/lint-imports

bench-first bench-memory bench-deadline bench-preflight bench-console: bench-%: $(VENV)/equipped
	$(BIN)/python -m bench.$*

bench-import: $(VENV)/equipped
	$(BIN)/python -m bench.importing

bench-engine: $(VENV)/equipped
	@sh requirements/postfix.sh
	@sh requirements/nodemailer.sh
	$(BIN)/python -m bench.engine

bench-inbox: $(VENV)/equipped
	@sh requirements/inbox.sh
	$(BIN)/python -m bench.inbox

RUNS ?= 200
chaos: $(VENV)/equipped
	PYTHONPATH=tests $(BIN)/python -m chaos --runs $(RUNS) \
		$(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY))

MINUTES ?= 10
fuzz: $(VENV)/equipped
	PYTHONPATH=tests $(BIN)/python -m fuzz --minutes $(MINUTES) \
		$(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY))

aws-5000: $(VENV)/equipped build/emulator/installed
	PYTHONPATH=tests $(BIN)/python -m pipeline.aws.load

aws-units: $(VENV)/equipped
	PYTHONPATH=tests $(BIN)/python -m ledger.units

docs: $(VENV)/translated
	$(BIN)/python -m docs.reference

corpus: $(VENV)/equipped
	PYTHONPATH=tests $(BIN)/python -m feedback.accuracy

# Needs uv, which writes one lock for all Python versions and platforms.
lock:
	cd requirements && for set in run setup dev lambda; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-header --no-annotate --constraint run.txt $$set.in -o $$set.txt; \
	done; \
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate emulator.in -o emulator.txt

clean:
	rm -rf build $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
