# Two commands do everything: `make demo` and `make test`. Both install what they need.

SWIFT ?= swift
# The dependency rule of Docs/architecture.md is checked by the build.
BUILD = $(SWIFT) build --explicit-target-dependency-import-check error
# Line by line, so that the output of tests that hang says which began.
TEST = stdbuf -oL $(SWIFT) test --explicit-target-dependency-import-check error
# What runs under the thread sanitizer: the pure rooms and those with actors of their own.
SANITIZED = (Arguments|Vocabulary|Wire|Clinical|Scheduler|Signalling|CareLoop|EventLoop|Store|Gateway|Coordinator)Tests
# What has deadlines of its own and must not wait for the processor of others.
ALONE = IntegrationTests|HouseTests|WebServerTests
DEMO ?=
# Fuzzing: executions of each target, and libFuzzer's archive of the toolchain.
RUNS ?= 1000000
FUZZED = native senml-json senml-cbor fhir sniffed profile topic signal envelope calendar
FUZZER = $(firstword $(wildcard $(dir $(realpath $(shell command -v $(SWIFT)c || command -v $(SWIFT))))../lib/clang/*/lib/*/libclang_rt.fuzzer_no_main*$(shell uname -m).a))
FUZZ = .build-fuzz/release/telehealth-fuzz

.PHONY: all demo release test test-data lint format tsan soak fuzz fuzz-build fuzz-brief dependencies clean

all: dependencies
	$(BUILD)

# Broker, coordinator on SQLite and simulators, until Ctrl-C.
# Options go in DEMO, such as DEMO="--duration 60 --report report.json".
demo: release
	.build/release/telehealth demo $(DEMO)

release: dependencies
	$(BUILD) -c release --product telehealth
	$(BUILD) -c release --product telehealth-sim
	$(BUILD) -c release --product telehealth-bench

# Whole deployments run one after another, so that none waits for the processor of another.
# Format, build with warnings as errors, unit and integration tests, thread sanitizer.
# Reaches nothing outside the checkout.
test: dependencies lint
	$(BUILD) --build-tests
	$(TEST) --skip-build --skip 'DataTests|$(ALONE)'
	$(TEST) --skip-build --no-parallel --filter '$(ALONE)' --skip 'DataTests|SoakTests'
	$(MAKE) tsan
	$(MAKE) fuzz-brief

# Random bytes, grown from the seeds in Tests/Fuzz/corpus, for each decoder: make fuzz RUNS=10000000
# What crashes is left in .build-fuzz/findings and can be given to the fuzzer as a file.
fuzz: fuzz-build
	@for target in $(FUZZED); do \
	  mkdir -p .build-fuzz/corpus/$$target .build-fuzz/findings || exit 1; \
	  echo "fuzz $$target, $(RUNS) runs"; \
	  $(FUZZ) $$target -runs=$(RUNS) -max_len=4096 -timeout=10 -print_final_stats=1 -verbosity=0 \
	    -artifact_prefix=.build-fuzz/findings/$$target- \
	    .build-fuzz/corpus/$$target Tests/Fuzz/corpus/$$target || exit 1; \
	done

# The same for a few seconds, and always the same: libFuzzer's seed is fixed, and what depends on
# addresses, on the clock or on Swift's random hashing is off.
fuzz-brief: fuzz-build
	@for target in $(FUZZED); do \
	  rm -rf .build-fuzz/brief && mkdir -p .build-fuzz/brief .build-fuzz/findings || exit 1; \
	  echo "fuzz $$target, 20000 runs"; \
	  SWIFT_DETERMINISTIC_HASHING=1 \
	  $(FUZZ) $$target -runs=20000 -seed=1 -reload=0 -entropic=0 -use_cmp=0 -max_len=1024 \
	    -timeout=30 -verbosity=0 \
	    -artifact_prefix=.build-fuzz/findings/$$target- \
	    .build-fuzz/brief Tests/Fuzz/corpus/$$target || exit 1; \
	done

fuzz-build: dependencies
	@test -n "$(FUZZER)" || { echo "the Swift toolchain has no libFuzzer (libclang_rt.fuzzer_no_main)" >&2; exit 1; }
	TELEHEALTH_FUZZ="$(FUZZER)" $(BUILD) -c release --scratch-path .build-fuzz --product telehealth-fuzz

# A hundred random kills of coordinator and broker, and a forgetful broker in a loop: about five
# minutes; prints how many readings there were, and how many were lost or stored twice.
soak: dependencies
	$(BUILD) --build-tests
	$(TEST) --skip-build --no-parallel --filter SoakTests

tsan: dependencies
	TSAN_OPTIONS="suppressions=$(CURDIR)/Tools/tsan.supp" \
	$(TEST) --sanitize=thread --scratch-path .build-tsan --filter '$(SANITIZED)' --skip DataTests

# What needs recorded and reference data: make test-data DATA=../shared/data
test-data: dependencies
	@test -n "$(DATA)" || { echo "make test-data needs DATA=folder of the recorded data" >&2; exit 2; }
	@test -d "$(DATA)" || { echo "there is no folder $(DATA)" >&2; exit 2; }
	TELEHEALTH_DATA="$(abspath $(DATA))" $(TEST) --filter DataTests

lint:
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Simulators Tests

format:
	$(SWIFT) format format --in-place --parallel --recursive Package.swift Sources Simulators Tests

dependencies:
	@Tools/install-dependencies

clean:
	rm -rf .build .build-tsan .build-fuzz
