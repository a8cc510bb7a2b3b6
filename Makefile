# Every target creates what it needs. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
PINS := requirements.txt
PY := $(VENV)/bin/python
# The environment is renewed when the pins, the metadata or the place of the checkout change.
READY := $(VENV)/ready-$(shell { cat $(PINS) pyproject.toml; pwd; } | cksum | tr -d ' ')

# PyTorch and what else retraining the miniatures, and testing that, needs on top.
EXPERIMENTS := $(VENV)/experiments-$(shell { cat $(PINS) requirements-experiments.txt pyproject.toml; pwd; } | cksum | tr -d ' ')

.PHONY: help book serve lab test test-all lint client format house lowest pictures claims bench data experiments dist pdf epub clean
help:
	@echo "make book   build the book into _build/html"
	@echo "make serve  build it and show it at a local address"
	@echo "make dist   zip the built book, to be read from any disk"
	@echo "make pdf    print the whole book into one PDF"
	@echo "make epub   write the book for reading devices (EPUB)"
	@echo "make lab    open the chapters in JupyterLab, with live controls"
	@echo "make test   run the tests, about ten minutes on two cores (one file, with all its cases: make test T=tests/test_build.py)"
	@echo "make test-all  run them with every case: all figures and pages in the browser (about half an hour)"
	@echo "make lint   check the code's format and look for slips in it; make format mends what can be mended"
	@echo "make house  print the rooms of the library: their lines, what each stands on"
	@echo "make lowest run them with the lowest versions that pyproject.toml allows"
	@echo "make pictures take what the figures show now for reviewed (tests/pictures.json)"
	@echo "make claims list what the book says that no table holds, the oldest check first"
	@echo "make client bundle the client's modules anew, lint and test them (needs Node)"
	@echo "make bench  measure pages, drawing, small models, builds; Lighthouse on every page"
	@echo "make data   check the data package against its description"
	@echo "make experiments  retrain the small models (about an hour and a quarter on two cores; what is done is kept)"
	@echo "make clean  delete what was built (the environment stays)"

book: $(READY)
	@$(PY) -m emergence.publish build

serve: book
	@$(PY) -m emergence.publish serve $(PORT)

dist: book
	@$(PY) -m emergence.publish dist

pdf: book
	@$(PY) -m emergence.publish.browser --install chromium >/dev/null
	@$(PY) -m emergence.publish pdf

epub: book
	@$(PY) -m emergence.publish epub

# The chapters as notebooks, their MyST written out; .jupyter/ lets the Markdown chapters open as notebooks too.
lab: $(READY)
	@$(PY) -m emergence.publish notebooks >/dev/null
	@JUPYTER_CONFIG_PATH="$(CURDIR)/.jupyter" $(PY) -m jupyterlab $(if $(filter 0,$(shell id -u)),--allow-root) $(LAB) _build/notebooks

# As many at a time as there are cores; each takes half of what is left. JOBS=0 runs them one after the other, in this process.
JOBS ?= auto
PYTEST = $(PY) -m pytest --numprocesses=$(JOBS) --dist=worksteal
test: $(EXPERIMENTS)
	@$(PY) -m emergence.publish.browser --install >/dev/null
	@$(PYTEST) $(if $(T),$(T),-m "not full")

test-all: $(EXPERIMENTS)
	@$(PY) -m emergence.publish.browser --install >/dev/null
	@$(PYTEST) $(T)

CODE := src tests experiments tools bench
lint: $(READY)
	@$(PY) -m ruff check --quiet $(CODE)
	@$(PY) -m ruff format --check --quiet $(CODE) || { echo "The format of the files above differs: make format"; exit 1; }
	@$(PY) -m mypy --no-error-summary
	@if [ -d $(CLIENT)/node_modules ]; then npm --prefix $(CLIENT) run --silent lint; else echo "The client is not linted: make client installs its tools."; fi

# Node is needed only by who changes the client's modules; what is bundled of them stands in the repository.
CLIENT := tools/client
client:
	@npm --prefix $(CLIENT) ci --ignore-scripts --no-audit --no-fund --silent
	@npm --prefix $(CLIENT) run --silent build
	@npm --prefix $(CLIENT) run --silent lint
	@npm --prefix $(CLIENT) run --silent test

format: $(READY)
	@$(PY) -m ruff check --quiet --fix-only $(CODE)
	@$(PY) -m ruff format --quiet $(CODE)

house:
	@$(PYTHON) tools/house.py

# As requirements.txt, but the library's own dependencies in the lowest version it allows.
LOWEST := .venv-lowest
lowest: $(READY)
	@mkdir -p $(LOWEST)
	@$(PY) tools/lowest.py > $(LOWEST)/requirements.txt
	@$(MAKE) --no-print-directory test VENV=$(LOWEST) PINS=$(LOWEST)/requirements.txt

pictures: $(READY)
	@$(PY) tools/pictures.py

claims:
	@$(PYTHON) tools/claims.py

bench: $(READY)
	@$(PY) bench/bench.py

data: $(READY)
	@$(PY) -m frictionless validate data/datapackage.json

experiments: $(EXPERIMENTS)
	@for script in $(filter-out experiments/lab.py experiments/gpt.py,$(wildcard experiments/*.py)); do $(PY) $$script || exit 1; done

clean:
	@if [ -x $(PY) ]; then $(PY) -m emergence.publish clean; else rm -rf _build; fi

$(READY): $(PINS) pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON); install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is `$(PYTHON) --version 2>&1`, but the book needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Installing the pinned packages of $(PINS) into $(VENV); this takes a few minutes the first time."
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --disable-pip-version-check -r $(PINS)
	@$(PY) -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/ready-*
	@touch $(READY)

$(EXPERIMENTS): $(READY) requirements-experiments.txt
	@echo "Installing PyTorch (CPU) for the experiments."
	@$(PY) -m pip install --disable-pip-version-check --quiet -r requirements-experiments.txt
	@rm -f $(VENV)/experiments-*
	@touch $(EXPERIMENTS)
