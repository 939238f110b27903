# Everything a newcomer runs. Each target sets up what it needs; a second run is fast.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CODE := zendesk_sync webhooks tests

TOOLS := .venv-tools
TOOLS_READY := $(TOOLS)/.ready

.PHONY: demo test test-node soak check bench docs package generated format clean

demo: $(READY)
	$(BIN)/zendesk-sync demo $(DEMO)

# Three at once keep two cores busy: many tests wait for processes of their own.
test: check
	$(BIN)/python -m pytest -n 3 --dist worksteal $(TESTS)

test-node: $(READY)
	ZENDESK_SYNC_TEST_NODE=1 $(BIN)/python -m pytest tests/conformance/test_node_zendesk.py

soak: $(READY)
	$(BIN)/python -m pytest -n 2 $(or $(TESTS),$(wildcard tests/soak/[a-z]*.py))

check: $(READY)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m tests.bench

# The pages as a site in site/; a link to nowhere is an error.
docs: $(READY) $(TOOLS_READY)
	$(TOOLS)/bin/zensical build --clean --strict
	@echo "Open site/index.html"

# Wheel and sdist into dist/, and every way to install them tried: outside the checkout, by the Dockerfile's steps on a
# read-only root (as root on Linux), compose file and unit by their own programs.
package: $(READY) $(TOOLS_READY)
	rm -rf dist
	$(BIN)/hatchling build
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" $(BIN)/python -m pytest tests/packaging/test_*.py tests/packaging/*_steps.py

# What is made from other files of the project and committed; a test says when that is due.
generated: $(READY)
	$(BIN)/python -m tests.packaging.pins
	$(BIN)/python -m tests.docs.generate

format: $(READY)
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

clean:
	rm -rf $(VENV) $(TOOLS) dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "The venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

$(TOOLS_READY): requirements-tools.txt $(READY)
	@$(BIN)/python -c 'import sys, venv; venv.create(sys.argv[1], with_pip=True)' $(TOOLS)
	@echo "Installing into $(TOOLS) (once) ..."
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tools.txt
	@touch $(TOOLS_READY)
