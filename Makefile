# make demo    sets everything up and tags two photos that come with installed packages
# make test    sets everything up and runs the tests
# make fast    the tests that need neither torch nor much time; PYTHON=python3.13 VENV=build/3.13 for another Python
# make lowest  the same with the lowest versions that pyproject.toml allows
# make lint    style and types        make bench   the benchmarks
# make axe     fetches axe-core, for the accessibility test of the review page (needs npm)
# make fuzz    damages input for HOURS=1
# make docs    builds the site from README and docs/ in build/site; with screenshots where chromium is
# make wheel   builds source and wheel, installs that alone into a clean environment and scans there

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN = $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
# pip's options: a file of constraints, for example.
WITH :=
PIP = $(BIN)/python -m pip --disable-pip-version-check
INSTALL = $(PIP) install --quiet $(WITH) --editable
# All that the tests need, except torch.
EXTRAS := cpu,dlib,insightface,people,raw,ray,remote,parquet,plot,review

.PHONY: demo setup test fast lowest lint bench fuzz docs wheel axe clean

demo: $(VENV)/demo
	$(BIN)/python examples/copy_demo_photos.py demo/photos
	$(BIN)/photogender scan demo/photos --catalog demo/catalog.db
	$(BIN)/photogender query --catalog demo/catalog.db

setup: $(VENV)/dev

test: $(VENV)/dev
	$(BIN)/python -m pytest

fast: $(VENV)/fast
	$(BIN)/python -m pytest -m 'not (slow or shared or gpu)' --ignore=tests/training --ignore=tests/fuzz

# Not torch: its lowest version is the one that make test uses.
lowest:
	mkdir -p build
	$(PYTHON) .ci/lowest.py > build/lowest.txt
	$(MAKE) fast VENV=build/lowest WITH='--constraint build/lowest.txt'

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

docs: $(VENV)/docs
	$(BIN)/python docs/site.py

wheel: $(VENV)/dev
	rm -rf dist build/wheel-check
	$(BIN)/python -m build --outdir dist
	$(PYTHON) -m venv --without-pip build/wheel-check
	$(PIP) --python build/wheel-check/bin/python install --quiet "$$(ls dist/*.whl)[cpu]"
	$(BIN)/python examples/copy_demo_photos.py build/wheel-check/photos
	cd build/wheel-check \
	  && bin/photogender --help >/dev/null \
	  && bin/photogender doctor \
	  && bin/photogender scan photos --catalog catalog.db --strict \
	  && bin/photogender query --catalog catalog.db --format csv | tee faces.csv \
	  && test "$$(wc -l < faces.csv)" -eq 8

# Debian's Python makes no environment with pip; its pip brings one, of a version that knows dependency groups.
$(BIN)/python:
	$(PYTHON) -m venv --without-pip $(VENV)
	$(PYTHON) -m pip --disable-pip-version-check --python $@ install --quiet 'pip>=25.1'

$(VENV)/demo: pyproject.toml | $(BIN)/python
	$(INSTALL) '.[cpu,insightface]'
	touch $@

$(VENV)/fast: pyproject.toml | $(BIN)/python
	$(INSTALL) '.[$(EXTRAS)]' --group test
	touch $@

$(VENV)/docs: pyproject.toml | $(BIN)/python
	$(INSTALL) '.[cpu,review]' --group docs
	touch $@

$(VENV)/dev: pyproject.toml | $(BIN)/python
	$(INSTALL) '.[$(EXTRAS),train]' --group dev
	touch $@

clean:
	rm -rf $(VENV) demo dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
