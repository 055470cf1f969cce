# make demo    set up and run the main job on packaged real data
# make test    set up and run the tests
# make help    the other commands

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BUILD := build/cpp
TARGET := all
# What is compiled and installed; directories, too, because they change when a file goes.
SOURCES := pyproject.toml CMakeLists.txt \
  $(shell find cpp python \( -name tests -o -name reference -o -name __pycache__ -o -name '*.so' \) -prune -o -print)

.DEFAULT_GOAL := help
.NOTPARALLEL: # one pip at a time in one environment
.PHONY: demo test cpp-test asan tsan fuzz callgrind soak tidy lint format stubs bench latency roofline results replay prior drift claims peers help clean

demo: $(VENV)/.installed ## set up .venv, run the main job on packaged real data, write demo.html
	$(BIN)/pilotage demo

test: $(VENV)/.installed $(VENV)/.group-test ## set up .venv, run the Python tests
	$(BIN)/python -m pytest

help: ## this list
	@awk -F ':.* ## ' '/^[a-z-]+:.* ## / { printf "%-10s%s\n", $$1, $$2 }' Makefile

# Groups of requirements need pip >= 25.1.
$(VENV)/.created:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	touch $@

$(VENV)/.installed: $(SOURCES) | $(VENV)/.created
	$(BIN)/pip install --quiet ".[text,replay,train]"
	touch $@

$(VENV)/.group-%: pyproject.toml | $(VENV)/.created
	$(BIN)/pip install --quiet --group $*
	touch $@

# Eigen comes from the same package as in a pip build, so that nothing else must be installed.
CONFIGURE = $(BIN)/cmake -S . -G Ninja -DCMAKE_MAKE_PROGRAM=$(abspath $(BIN))/ninja -DEigen3_ROOT=$$( \
  $(BIN)/python -c "import importlib.metadata as m; print(m.distribution('cmeel-eigen').locate_file('cmeel.prefix'))")

cpp-test: $(VENV)/.group-cpp ## build and run the C++ tests (needs doctest: apt-get install doctest-dev)
	$(CONFIGURE) -B $(BUILD) -DPILOTAGE_BUILD_TESTS=ON -DPILOTAGE_WERROR=ON $(CMAKE_ARGS)
	$(BIN)/cmake --build $(BUILD) --target $(TARGET)
	$(BUILD)/cpp/tests/pilotage_tests

# GCC's warnings are for plain builds only: under sanitizers some are false.
SANITIZED := -DPILOTAGE_WERROR=OFF "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -g1
# AddressSanitizer finds bad pointers; looking twice makes a third of the build's time.
LOOKED_AT_ONCE := -fno-sanitize=null,alignment,object-size,vptr

asan: ## the C++ tests again, under AddressSanitizer and UndefinedBehaviorSanitizer
	UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 $(MAKE) cpp-test BUILD=build/asan TARGET=pilotage_tests \
	  CMAKE_ARGS='-DPILOTAGE_SANITIZE=address,undefined $(SANITIZED) $(LOOKED_AT_ONCE)"'

# GCC 12's cannot start where addresses are randomised over more than 28 bits.
tsan: ## the C++ tests of threads again, under ThreadSanitizer
	$$(setarch -R true && echo setarch -R) $(MAKE) cpp-test BUILD=build/tsan TARGET=pilotage_tests \
	  CMAKE_ARGS='-DPILOTAGE_SANITIZE=thread -DPILOTAGE_TEST_FILES=test_threads.cpp $(SANITIZED)"'

fuzz: $(VENV)/.installed $(VENV)/.group-test ## compare the text encoder with tokenizers, all of Unicode and a minute of noise
	$(BIN)/python -m tests.encode.fuzz

callgrind: $(VENV)/.group-cpp ## count the instructions of a call, against the baseline; WRITE=1 writes it anew (needs valgrind)
	$(CONFIGURE) -B $(BUILD) -DPILOTAGE_BUILD_TESTS=ON -DPILOTAGE_WERROR=ON $(CMAKE_ARGS)
	$(BIN)/cmake --build $(BUILD) --target pilotage_instructions
	$(BIN)/python -m benchmarks.instructions.count $(BUILD)/cpp/benchmarks/pilotage_instructions $(if $(WRITE),--write)

soak: $(VENV)/.group-cpp ## ten million updates with and without forgetting: the error of the kept inverse; minutes
	$(CONFIGURE) -B $(BUILD) -DPILOTAGE_BUILD_TESTS=ON -DPILOTAGE_WERROR=ON $(CMAKE_ARGS)
	$(BIN)/cmake --build $(BUILD) --target pilotage_soak
	$(BUILD)/cpp/benchmarks/pilotage_soak

tidy: $(VENV)/.group-cpp $(VENV)/.group-lint ## clang-tidy over the core
	$(CONFIGURE) -B build/tidy
	find cpp/src -name '*.cpp' | xargs -P $$(nproc) -n 1 $(BIN)/clang-tidy -p build/tidy --quiet

CPP_FILES = $$(find cpp -name '*.hpp' -o -name '*.cpp')
CMAKE_FILES = CMakeLists.txt $$(find cpp -name CMakeLists.txt -o -name '*.cmake')

lint: $(VENV)/.installed $(VENV)/.group-lint ## formatters, linters and type checks, changing nothing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/clang-format --dry-run --Werror $(CPP_FILES)
	$(BIN)/gersemi --check $(CMAKE_FILES)
	$(BIN)/mypy

format: $(VENV)/.group-lint ## let the formatters rewrite the sources
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/clang-format -i $(CPP_FILES)
	$(BIN)/gersemi --in-place $(CMAKE_FILES)

stubs: $(VENV)/.installed $(VENV)/.group-test ## write python/pilotage/_core.pyi anew
	$(BIN)/python -m tests.stubs > $(VENV)/_core.pyi
	mv $(VENV)/_core.pyi python/pilotage

bench: $(VENV)/.installed $(VENV)/.group-test $(VENV)/.group-bench-speed ## time decisions, feedback, texts and plans beside the peers
	$(BIN)/python -m pytest benchmarks --benchmark-only

latency: $(VENV)/.installed $(VENV)/.group-test $(VENV)/.group-cpp ## time the core from C++; compare a million choices
	$(CONFIGURE) -B $(BUILD) -DPILOTAGE_BUILD_TESTS=ON -DPILOTAGE_WERROR=ON $(CMAKE_ARGS)
	$(BIN)/cmake --build $(BUILD) --target pilotage_latency
	$(BIN)/python -m benchmarks.latency.run $(BUILD)/cpp/benchmarks/pilotage_latency

roofline: $(VENV)/.installed $(VENV)/.group-test $(VENV)/.group-cpp ## the machine's ceilings and our calls below them, write benchmarks/roofline/README.md anew
	$(CONFIGURE) -B $(BUILD) -DPILOTAGE_BUILD_TESTS=ON -DPILOTAGE_WERROR=ON $(CMAKE_ARGS)
	$(BIN)/cmake --build $(BUILD) --target pilotage_ceilings pilotage_latency
	$(BIN)/python -m benchmarks.roofline.run $(BUILD)/cpp/benchmarks

results: $(VENV)/.installed ## replay every policy on five pools, write benchmarks/RESULTS.md anew
	$(BIN)/python -m benchmarks.results.run

replay: $(VENV)/.installed ## time a large replay; fails above a minute
	$(BIN)/python -m benchmarks.replay.run

prior: $(VENV)/.installed ## fit right and wrong priors, deploy them, write benchmarks/prior/README.md anew
	$(BIN)/python -m benchmarks.prior.run

claims: $(VENV)/.installed ## play the paper's claims anew, write benchmarks/claims/README.md
	$(BIN)/python -m benchmarks.claims.run

peers: $(VENV)/.installed $(VENV)/.group-bench-peers ## play others' routers and bandits, write benchmarks/peers/README.md
	$(BIN)/python -m benchmarks.peers.run

drift: $(VENV)/.installed $(VENV)/.group-bench-drift ## prices, quality and pools that change, beside ParetoBandit, write benchmarks/drift/README.md anew
	$(BIN)/python -m benchmarks.drift.run

clean: ## remove .venv and build
	rm -rf $(VENV) build
