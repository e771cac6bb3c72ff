# make demo   sets everything up and tags two photos that come with installed packages
# make test   sets everything up and runs the tests
# make lint   style and types        make bench   the benchmarks
# make axe    fetches axe-core, for the accessibility test of the review page (needs npm)
# make fuzz   damages input for HOURS=1
# make wheel  builds the wheel, installs it alone into a clean environment and scans there

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# The system's pip installs into the environment, so that the environment needs no pip of its own.
PIP = $(PYTHON) -m pip --disable-pip-version-check --python

.PHONY: demo setup test lint bench fuzz wheel axe clean

demo: $(VENV)/cpu
	$(BIN)/python examples/copy_demo_photos.py demo/photos
	$(BIN)/photogender scan demo/photos --catalog demo/catalog.db
	$(BIN)/photogender query --catalog demo/catalog.db

setup: $(VENV)/dev

test: $(VENV)/dev
	$(BIN)/python -m pytest

# Checks the accessibility of the review page; without it, that test is skipped.
AXE := build/axe/node_modules/axe-core/axe.min.js
axe: $(AXE)

$(AXE):
	npm install --silent --no-audit --no-fund --no-save --prefix build/axe axe-core@4.14.1

lint: $(VENV)/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/dev
	$(BIN)/python -m benchmarks.throughput
	$(BIN)/python -m benchmarks.rescan
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.review
	$(BIN)/python -m benchmarks.xmp
	$(BIN)/python -m benchmarks.startup

HOURS ?= 1
fuzz: $(VENV)/dev
	$(BIN)/python -m tests.fuzz $(HOURS)

wheel: $(VENV)/dev
	rm -rf dist build/wheel-check
	$(BIN)/python -m build --wheel --outdir dist
	$(PYTHON) -m venv --without-pip build/wheel-check
	$(PIP) build/wheel-check/bin/python install --quiet "$$(ls dist/*.whl)[cpu]"
	cd build/wheel-check && bin/python ../../examples/copy_demo_photos.py photos \
	  && bin/photogender --help >/dev/null \
	  && bin/photogender doctor \
	  && bin/photogender scan photos --catalog catalog.db --strict \
	  && bin/photogender query --catalog catalog.db --format csv | tee faces.csv \
	  && test "$$(wc -l < faces.csv)" -eq 8

$(VENV)/cpu: pyproject.toml
	$(PYTHON) -m venv --without-pip $(VENV)
	$(PIP) $(BIN)/python install --quiet --editable '.[cpu]'
	touch $@

$(VENV)/dev: pyproject.toml
	$(PYTHON) -m venv --without-pip $(VENV)
	$(PIP) $(BIN)/python install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) demo dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
