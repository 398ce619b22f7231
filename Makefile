# The developer interface. Packages come from packaging/packages.txt, presets from CMakePresets.json.

PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60

packages = packaging/install-packages.sh
table = @tests/report/with_table.sh
phase = @tests/report/phase.sh
sources = $(shell git ls-files --cached --others --exclude-standard '*.cc' '*.h' '*.c')

.PHONY: help
help:
	@echo 'make build        the release binary: build/pidigree'
	@echo 'make run          as root watch a few processes, else translate a sample audit log; show their tree'
	@echo 'make test         all tests: release, dev (ASan and UBSan), TSan; or one of these: make test-dev'
	@echo 'make test-kernels the kernel tests in virtual machines, on several kernels'
	@echo 'make soak         the random tests ten times as long'
	@echo 'make bench        benchmarks, with the tools they are compared with'
	@echo 'make fuzz         each fuzz target for FUZZ_SECONDS=$(FUZZ_SECONDS) seconds'
	@echo 'make install      install to DESTDIR and PREFIX=$(PREFIX)'
	@echo 'make format       rewrite the sources with clang-format'
	@echo 'make tidy         clang-tidy over src/ and schema/; make tidy-change: what a change touches'
	@echo 'make clean        remove the build directories'

# CMake configures once, later its build files renew themselves.
folder = $(if $(filter release,$1),build,build-$1)
define build
	@test -f $(folder)/build.ninja || cmake --preset $1 >/dev/null
	@cmake --build --preset $1 --parallel $(JOBS) $(if $2,--target $2) -- --quiet
endef

.PHONY: build
build:
	@$(packages) build
	$(call build,release,pidigree)

.PHONY: run
run: build
	@packaging/show-live-tree.sh build/pidigree || { [ $$? = 3 ] && $(MAKE) --no-print-directory run-sample; }

.PHONY: run-sample
run-sample: build
	build/pidigree translate --node web1 --output build/sample.xml tests/data/audit/exact-enriched/audit.log.gz
	build/pidigree tree 21287 build/sample.xml
	build/pidigree tree 21326 build/sample.xml

# While one build is tested, which keeps little more than one processor busy, the next is compiled with
# what tests leave: an agent that gets no processor for a second does without hashes. Tests of two builds
# never run at once, since some watch the whole machine.
.PHONY: test
test:
	@$(packages) build test
	$(table) $(MAKE) --no-print-directory --jobs=2 --output-sync=target pipelined=yes test-release

.PHONY: test-release test-dev test-tsan
test-release test-dev test-tsan: test-%: compile-%
	$(phase) '$* tests' '$(call folder,$*)/test-results/*.report' ctest --preset $* --parallel $(JOBS)

.PHONY: compile-release compile-dev compile-tsan
compile-release compile-dev compile-tsan: compile-%:
	@$(packages) build test
	$(phase) '$* build' - $(if $(pipelined),nice -n 19) $(MAKE) --no-print-directory build-$*

.PHONY: build-release build-dev build-tsan
build-release build-dev build-tsan: build-%:
	$(call build,$*)

ifdef pipelined
test-release: test-dev
test-dev: test-tsan
compile-release: compile-dev
compile-dev: compile-tsan
endif

# Emulated: needs neither root nor virtualization. tests/kernels/fetch_kernel.sh says where kernels are kept.
.PHONY: test-kernels
test-kernels:
	@$(packages) build test kernels
	$(table) $(MAKE) --no-print-directory kernel-phases

.PHONY: kernel-phases compile-kernel-tests
kernel-phases:
	$(phase) 'guests build' - $(MAKE) --no-print-directory compile-kernel-tests
	$(phase) 'guests tests' 'build/guests/*/report' ctest --preset kernels --parallel $(JOBS)
	@cat build/guests/*/summary

compile-kernel-tests:
	$(call build,release,kernel_tests)

# The full numbers, of which `make test` runs a tenth.
.PHONY: soak
soak:
	@$(packages) build test
	$(call build,release)
	@PIDIGREE_PROPERTY_SCALE=1 ctest --preset release

.PHONY: bench
bench:
	@$(packages) build bench
	$(call build,release)
	@bench/run.sh build

.PHONY: fuzz
fuzz:
	@$(packages) build
	$(call build,fuzz)
	@fuzz/run.sh build-fuzz $(FUZZ_SECONDS)

.PHONY: install
install: build
	@DESTDIR='$(DESTDIR)' cmake --install build --prefix '$(PREFIX)' --strip

.PHONY: format
format:
	@$(packages) test
	@clang-format-14 -i $(sources)

.PHONY: check-format
check-format:
	@$(packages) test
	@clang-format-14 --dry-run -Werror $(sources)

# By clang's own command lines, which name generated and precompiled headers.
tidy_needs = pidigree_bpf_skeleton pidigree_base

.PHONY: tidy
tidy:
	@$(packages) build test
	$(call build,dev,$(tidy_needs))
	@run-clang-tidy-14 -quiet -j $(JOBS) -p build-dev '$(CURDIR)/(src|schema)/' 2>&1

.PHONY: tidy-change
tidy-change:
	@$(packages) build test
	$(call build,dev,$(tidy_needs))
	@.ci/tidy-change build-dev $(JOBS)

.PHONY: clean
clean:
	rm -rf build build-dev build-tsan build-fuzz
