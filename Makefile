# Two commands do everything: `make demo` and `make test`. Both install what they need.

SWIFT ?= swift
# The dependency rule of Docs/architecture.md is checked by the build.
BUILD = $(SWIFT) build --explicit-target-dependency-import-check error
TEST = $(SWIFT) test --explicit-target-dependency-import-check error
# What runs under the thread sanitizer: the pure rooms and those with actors of their own.
SANITIZED = (Arguments|Vocabulary|Wire|Clinical|Scheduler|Signalling|CareLoop|EventLoop|Store|Gateway|Coordinator)Tests
# What has deadlines of its own and must not wait for the processor of others.
ALONE = IntegrationTests|HouseTests|WebServerTests
DEMO ?=

.PHONY: all demo release test test-data lint format tsan soak dependencies clean

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
	rm -rf .build .build-tsan
