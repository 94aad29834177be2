# Everything but Chromium is installed into .venv and nowhere else; each stamp holds what its targets need and no more.
PYTHON ?= python3
BIN := .venv/bin

# Tests start Python some hundred times: without its bytecode each start takes a fifth longer, and collecting them twice as
# long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test tools chromium storm fuzz bench simulate regret lint types arch check clean

demo: .venv/.run-ok  ## the whole loop on 24,000 real flights, about a minute
	$(BIN)/banditctl demo $(ARGS)

test: .venv/.compare-ok chromium  ## every test, on servers that the tests start themselves
	$(BIN)/python -m pytest -n 4 --dist loadfile $(ARGS)

tools: .venv/.compare-ok  ## that the demo and the benchmarks work, these with next to no load
	$(BIN)/python -m pytest -m tools $(ARGS)

# The dashboard is looked at in Debian's Chromium; as root on Debian, in a container say, it is there after this.
chromium:
	@command -v chromium >/dev/null || ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ] || \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; } || \
	  echo "chromium could not be installed; its tests are skipped"

storm: .venv/.bench-ok  ## kills, floods and others at the endpoint for about six minutes; STORM_SEED=N kills at the same moments again
	$(BIN)/python -m pytest tests/faults -m storm -s $(ARGS)

fuzz: .venv/.test-ok  ## the published API against a daemon, a few minutes; FUZZ_EXAMPLES=N for more or less of each
	FUZZ_EXAMPLES=$(or $(FUZZ_EXAMPLES),200) $(BIN)/python -m pytest tests/test_openapi.py -s $(ARGS)

bench: .venv/.bench-ok  ## the hot path beside a plain FastAPI app and redis-benchmark, a few minutes
	PYTHONPATH=tests $(BIN)/python -m benchmarks $(ARGS)

simulate: .venv/.test-ok  ## the long simulations and their bars, up to an hour; goes on where it was ended
	PYTHONPATH=tests $(BIN)/python -m simulations $(ARGS)

regret: .venv/.compare-ok  ## every policy beside MABWiser and river; writes docs/regret.md, about half an hour
	PYTHONPATH=tests $(BIN)/python -m benchmarks.regret $(ARGS)

lint: .venv/.dev-ok
	$(BIN)/ruff check banditctl tests
	$(BIN)/ruff format --check banditctl tests

types: .venv/.dev-ok
	$(BIN)/mypy

arch: .venv/.dev-ok
	$(BIN)/lint-imports

check: lint types arch test tools

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "banditctl needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' || { echo "venv is missing; on Debian: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.run-ok: pyproject.toml .venv/.made
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/.test-ok: pyproject.toml .venv/.run-ok
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

.venv/.bench-ok: pyproject.toml .venv/.test-ok
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[bench]'
	@touch $@

.venv/.compare-ok: pyproject.toml .venv/.bench-ok
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[compare]'
	@touch $@

.venv/.dev-ok: pyproject.toml .venv/.run-ok
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@
