# This file is part of the swift-mixed-models project.
# SPDX-License-Identifier: Apache-2.0
#
#   make demo      installs what is needed, builds, and fits a first model
#   make test      installs what is needed, and runs the tests
#
# The other targets: setup build lint format docs bench check-bench install clean.

PREFIX ?= /usr/local
SWIFT ?= swift
# The Python that has the packages mixedlm and gpboost, to compare with in make bench.
PYTHON ?= python3
# Tells SwiftPM to use what it has already fetched, for instance: make test SWIFTFLAGS=--skip-update
SWIFTFLAGS ?=

# What the package needs beside Swift itself, by the names of Debian and Ubuntu: a C++ compiler's
# headers, and the libraries behind linear algebra, optimizers, distributions and compression.
DEBIAN_PACKAGES = g++ git pkg-config libboost-math-dev libnlopt-dev libopenblas-dev zlib1g-dev

SOURCES = Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources
LOG = .build/test.log

.DEFAULT_GOAL := build
.PHONY: demo test setup build lint format docs bench check-bench install clean

demo: build
	@echo
	@echo '$$ mixedmodels fit "reaction ~ 1 + days + (1 + days | subj)" sleepstudy'
	@echo
	@.build/release/mixedmodels fit "reaction ~ 1 + days + (1 + days | subj)" sleepstudy
	@echo
	@echo 'Your own data, a file with a header line and one row per observation:'
	@echo '  .build/release/mixedmodels fit "y ~ 1 + x + (1 | group)" your.csv'

# Swift Testing prints a line per case: all go to the log, failures and the closing lines are shown.
test: setup
	$(SWIFT) build --build-tests $(SWIFTFLAGS)
	@mkdir -p .build
	@status=0; $(SWIFT) test --skip-build $(SWIFTFLAGS) > $(LOG) 2>&1 || status=$$?; \
	if [ $$status -ne 0 ]; then grep -E '✘|error:|Fatal error|↳' $(LOG) | head -n 200; fi; \
	tail -n 4 $(LOG); \
	echo "All lines: $(LOG)"; \
	exit $$status

setup:
	@if ! command -v $(SWIFT) > /dev/null; then \
	  echo 'Swift was not found. Version 6.1 or later is needed: https://www.swift.org/install'; \
	  echo 'When "swift --version" works, run make again.'; \
	  exit 1; \
	fi
	@if [ "$$(uname -s)" = Darwin ]; then \
	  if ! pkg-config --exists nlopt 2> /dev/null; then \
	    echo 'NLopt, Boost and pkg-config are needed: brew install nlopt boost pkg-config'; exit 1; \
	  fi; \
	elif command -v dpkg-query > /dev/null && command -v apt-get > /dev/null; then \
	  missing=; \
	  for package in $(DEBIAN_PACKAGES); do \
	    dpkg-query -W -f='$${Status}' $$package 2> /dev/null | grep -q 'install ok installed' \
	      || missing="$$missing $$package"; \
	  done; \
	  if [ -n "$$missing" ]; then \
	    as_root=; [ "$$(id -u)" -eq 0 ] || as_root=sudo; \
	    echo "Installing$$missing"; \
	    $$as_root apt-get update -qq \
	      && $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	        --no-install-recommends $$missing \
	      || { echo "These packages could not be installed:$$missing"; exit 1; }; \
	  fi; \
	elif ! pkg-config --exists openblas nlopt zlib 2> /dev/null; then \
	  echo 'This system is not Debian or a relative of it. Please install, with headers:'; \
	  echo '  OpenBLAS, NLopt, Boost.Math, zlib, a C++ standard library and pkg-config'; \
	  echo 'Then run make again; it goes on when "pkg-config --exists openblas nlopt zlib" succeeds.'; \
	  exit 1; \
	fi

build: setup
	$(SWIFT) build -c release $(SWIFTFLAGS)

lint:
	$(SWIFT) format lint --strict -r $(SOURCES)

format:
	$(SWIFT) format -i -r $(SOURCES)

# A static site: serve the folder docs, or publish it under BASE. The symbols of the modules that
# MixedModels re-exports are extracted as its own, so that the site shows one library.
BASE ?= swift-mixed-models
REEXPORTED = DataTables,DenseMatrices,MixedModelErrors,MixedModelFitting,MixedModelInference
REEXPORTED := $(REEXPORTED),ModelFormulas,ModelOptimization,StatisticalFunctions
docs: setup
	$(SWIFT) build --target MixedModels $(SWIFTFLAGS)
	@set -e; \
	binaries=$$($(SWIFT) build --show-bin-path $(SWIFTFLAGS)); \
	maps=; \
	for map in Sources/*/module.modulemap "$$binaries"/*.build/module.modulemap \
	  .build/checkouts/swift-numerics/Sources/*/include/module.modulemap; do \
	  maps="$$maps -Xcc -fmodule-map-file=$$map"; \
	done; \
	rm -rf .build/symbols docs; \
	mkdir -p .build/symbols; \
	$(SWIFT) symbolgraph-extract -module-name MixedModels \
	  -target $$(basename $$(dirname "$$binaries")) -I "$$binaries/Modules" \
	  $$(pkg-config --cflags-only-I openblas) $$maps \
	  -experimental-allowed-reexported-modules=$(REEXPORTED) \
	  -minimum-access-level public -skip-synthesized-members -skip-inherited-docs \
	  -output-dir .build/symbols; \
	docc convert Sources/MixedModels/MixedModels.docc --warnings-as-errors \
	  --additional-symbol-graph-dir .build/symbols --output-path docs \
	  --fallback-display-name MixedModels --fallback-bundle-identifier MixedModels \
	  --transform-for-static-hosting --hosting-base-path $(BASE); \
	echo "Start page: docs/documentation/mixedmodels/index.html, served under /$(BASE)"

# Timings beside other software's, for Benchmarks/README.md. Takes several minutes.
bench: build
	Benchmarks/compare --python $(PYTHON)

# Evaluations and instruction counts against the committed thresholds; needs valgrind.
check-bench: setup
	Benchmarks/check

install: build
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 .build/release/mixedmodels $(DESTDIR)$(PREFIX)/bin/mixedmodels

clean:
	rm -rf .build docs Benchmarks/.build
