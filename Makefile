# make demo    set up and run the main job on packaged real data
# make test    set up and run the tests
# make help    the other commands

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BUILD := build/cpp
SOURCES := pyproject.toml CMakeLists.txt $(shell find cpp python -type f -not -name '*.pyc' -not -name '*.so')

.PHONY: demo test cpp-test lint format stubs bench help clean

demo: $(VENV)/.installed
	$(BIN)/pilotage demo

test: $(VENV)/.tested
	$(BIN)/python -m pytest

help:
	@echo "demo      set up .venv, run the main job on packaged real data, write demo.html"
	@echo "test      set up .venv, run the Python tests"
	@echo "cpp-test  build and run the C++ tests (needs doctest: apt-get install doctest-dev)"
	@echo "lint      formatters, linters and type checks, changing nothing"
	@echo "format    let the formatters rewrite the sources"
	@echo "stubs     write python/pilotage/_core.pyi anew"
	@echo "bench     time decide and feedback beside numpy and numba"
	@echo "clean     remove .venv and build"

$(VENV)/.created:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	touch $@

$(VENV)/.installed: $(VENV)/.created $(SOURCES)
	$(BIN)/pip install --quiet ".[text,replay]"
	touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/pip install --quiet --group test
	touch $@

$(VENV)/.linted: $(VENV)/.tested
	$(BIN)/pip install --quiet --group lint
	touch $@

# Eigen comes from the same package as in a pip build, so that nothing else must be installed.
cpp-test: $(VENV)/.created
	$(BIN)/pip install --quiet cmeel-eigen cmake ninja
	$(BIN)/cmake -S . -B $(BUILD) -G Ninja -DPILOTAGE_BUILD_TESTS=ON -DPILOTAGE_WERROR=ON \
	  -DCMAKE_MAKE_PROGRAM=$(abspath $(BIN))/ninja $(CMAKE_ARGS) \
	  -DEigen3_ROOT=$$($(BIN)/python -c "import importlib.metadata as m; print(m.distribution('cmeel-eigen').locate_file('cmeel.prefix'))")
	$(BIN)/cmake --build $(BUILD)
	$(BIN)/ctest --test-dir $(BUILD) --output-on-failure

lint: $(VENV)/.linted
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/clang-format --dry-run --Werror $$(git ls-files 'cpp/*.hpp' 'cpp/*.cpp')
	$(BIN)/gersemi --check $$(git ls-files '*CMakeLists.txt' '*.cmake')
	$(BIN)/mypy

format: $(VENV)/.linted
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/clang-format -i $$(git ls-files 'cpp/*.hpp' 'cpp/*.cpp')
	$(BIN)/gersemi --in-place $$(git ls-files '*CMakeLists.txt' '*.cmake')

tidy: $(VENV)/.linted cpp-test
	$(BIN)/clang-tidy -p $(BUILD) --quiet $$(git ls-files 'cpp/src/*.cpp')

stubs: $(VENV)/.tested
	$(BIN)/python -m tests.stubs > python/pilotage/_core.pyi

bench: $(VENV)/.tested
	$(BIN)/python -m pytest benchmarks --benchmark-only

clean:
	rm -rf $(VENV) build
