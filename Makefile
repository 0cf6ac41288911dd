# make demo and make test set everything up by themselves, in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test proof lint format bench bench-networks imagenet results derive sheet clean

demo: .venv/.installed
	@$(BIN)/optiviz animate adam --surface rosenbrock

test proof: export PYTHONDONTWRITEBYTECODE = # what is compiled once is there for every process that a test starts

test: .venv/.dev
	$(BIN)/python -m pytest -n auto --dist worksteal

proof: .venv/.dev
	$(BIN)/python -m pytest -m "proof or hypothesis" --hypothesis-profile=proof -n auto --dist worksteal

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/.dev
	$(BIN)/python -m benchmarks

bench-networks: .venv/.dev
	$(BIN)/python -m benchmarks.networks

imagenet: .venv/.dev
	$(BIN)/python -m benchmarks.imagenet

results: .venv/.dev
	$(BIN)/python -m benchmarks.results

derive: .venv/.dev
	$(BIN)/optiviz derive --write

sheet: .venv/.dev
	$(BIN)/python scripts/sheet.py

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { $(PYTHON) --version; echo "optiviz needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing optiviz into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/.dev: .venv/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@
