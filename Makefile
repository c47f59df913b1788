# Needs GNU make 3.81 or newer and Python 3.11 or newer; `make` lists what it can do.
PYTHON ?= python3
PRESET ?= quick
ARGS ?=

UNIT := $(addprefix tests/,importing page publish stats store text wire \
	test_config.py test_docstrings.py test_errors.py test_needs.py test_plan.py test_records.py)

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
TESTABLE := $(VENV)/testable
FUZZABLE := $(VENV)/fuzzable

# A checkout that was moved or copied, or another Python, leaves an environment that runs other code
# or none: it is made anew.
FRESH ?= $(shell head -n 3 $(BIN)/pip 2>/dev/null | grep -qF '$(CURDIR)/$(BIN)/python' \
	&& $(BIN)/python -c '' 2>/dev/null && echo yes)
STALE := $(if $(FRESH),,stale-environment)

# Debian's gems satisfy `bundle check`, though `bundle install` would call them deleted; a lock
# that another machine left is thrown away.
GEMS := bundle check >/dev/null 2>&1 \
	|| { rm -f Gemfile.lock; bundle check >/dev/null 2>&1; } \
	|| bundle install
NO_RUBY := Ruby with Bundler is missing. Install it (Debian: jekyll bundler; macOS: brew install ruby), \
	then run this again; what was measured and reported is kept.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: stale-environment help setup test unit lint benchmark large chaos fuzz soak calibrate links \
	checksite lighthouse picture site measure report build serve clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## Make .venv with scalebench in it

test: lint ## Check everything: style, types, walls between rooms, tests
	@.ci/system-packages test
	$(BIN)/pytest $(ARGS)

unit: lint ## Check style, types, walls, and what needs neither browser, torch nor processes
	$(BIN)/pytest $(UNIT) $(ARGS)

lint: $(TESTABLE) ## Check style, types and the walls between rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

benchmark: $(INSTALLED) ## Print what a round trip, a large summary and a site of many runs take
	MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=4294967296 $(BIN)/python -m tests.benchmarks.roundtrip
	$(BIN)/python -m tests.benchmarks.heartbeats
	MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=4294967296 $(BIN)/python -m tests.benchmarks.encryption
	MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=4294967296 $(BIN)/python -m tests.benchmarks.codecs
	$(BIN)/python -m tests.benchmarks.summary
	@.ci/system-packages site
	$(BIN)/python -m tests.benchmarks.hundred_runs

large: $(TESTABLE) ## Print time, memory and storage of a run of ten million rows
	$(BIN)/python -m tests.benchmarks.large_run $(ARGS)

chaos: $(TESTABLE) ## Kill any process at any moment, many times, and prove that nothing is lost
	$(BIN)/python -m tests.chaos.kills $(ARGS)

fuzz: $(FUZZABLE) ## Decode 400,000 messages made at random, and prove what the decoder promises
	$(BIN)/python -m tests.fuzz $(ARGS)

soak: $(TESTABLE) ## Make requests for an hour (ARGS=MINUTES), and prove that nothing leaks or drifts
	$(BIN)/python -m tests.soak $(ARGS)

calibrate: $(INSTALLED) ## Prove that the intervals cover, in full; the site's page on the method shows it
	$(BIN)/scalebench calibrate $(ARGS)

links: $(INSTALLED) ## Measure over a link of known rate between two network namespaces, as root
	.ci/links $(ARGS)

checksite: build ## Check the built site with html-proofer: pictures, links, HTML
	@.ci/system-packages checksite
	htmlproofer site/_site --disable-external --check-html

lighthouse: $(INSTALLED) build ## Print Lighthouse's figures of the built site; below 98 is a failure
	$(BIN)/python -m tests.benchmarks.lighthouse

picture: $(TESTABLE) build ## Make README's picture of the front page anew
	$(BIN)/python -m tests.site.picture

site: measure report build ## Measure (PRESET=quick), draw the page, build the site

measure: $(INSTALLED) ## Measure local against remote inference (PRESET=smoke|quick|standard|full)
	$(BIN)/scalebench measure --preset $(PRESET) $(ARGS)

report: $(INSTALLED) ## Turn the stored samples into charts and a page under site/
	$(BIN)/scalebench report

build: ## Build site/_site with Jekyll, if Ruby is here
	@.ci/system-packages site
	@if command -v bundle >/dev/null 2>&1; then { $(GEMS); } && bundle exec jekyll build; \
	else echo '$(NO_RUBY)'; fi

serve: ## Show the site on http://127.0.0.1:4000
	@.ci/system-packages site
	@command -v bundle >/dev/null 2>&1 || { echo '$(NO_RUBY)'; exit 1; }
	@{ $(GEMS); } && bundle exec jekyll serve

clean: ## Remove the built site and all caches; measured data stays
	rm -rf site/_site site/.jekyll-cache .jekyll-cache build dist *.egg-info .coverage \
		.mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find bench tests -name __pycache__ -type d -prune -exec rm -rf {} +

stale-environment:
	@rm -rf $(VENV)

$(VENV)/bin/pip: $(STALE)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ...'; exit 1; }
	@PYTHON='$(PYTHON)' .ci/system-packages venv
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): pyproject.toml $(STALE) | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(TESTABLE): pyproject.toml $(STALE) | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --editable '.[test]'
	@touch $(INSTALLED) $@

# Atheris is not for every platform; the program says so where it is missing, and goes on without it.
$(FUZZABLE): $(TESTABLE)
	@if $(BIN)/pip install --quiet --only-binary=atheris --editable '.[fuzz]' >/dev/null 2>&1; \
	then touch $@; fi
