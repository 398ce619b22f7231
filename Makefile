# The developer interface. Packages come from packaging/packages.txt, presets from CMakePresets.json.

PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60

packages = packaging/install-packages.sh
sources = $(shell git ls-files --cached --others --exclude-standard '*.cc' '*.h' '*.c')

.PHONY: help
help:
	@echo 'make build        the release binary: build/pidigree'
	@echo 'make run          as root watch a few processes, else translate a sample audit log; show their tree'
	@echo 'make test         unit and end-to-end tests: release, ASan and UBSan, TSan'
	@echo 'make test-kernels the kernel tests in virtual machines, on several kernels'
	@echo 'make bench        benchmarks, with the tools they are compared with'
	@echo 'make fuzz         each fuzz target for FUZZ_SECONDS=$(FUZZ_SECONDS) seconds'
	@echo 'make install      install to DESTDIR and PREFIX=$(PREFIX)'
	@echo 'make format       rewrite the sources with clang-format'
	@echo 'make tidy         clang-tidy over src/ and schema/'
	@echo 'make clean        remove the build directories'

# $(call build,PRESET[,TARGET]): CMake configures once, later its build files renew themselves.
define build
	@test -f $(if $(filter release,$1),build,build-$1)/build.ninja || cmake --preset $1 >/dev/null
	@cmake --build --preset $1 --parallel $(JOBS) $(if $2,--target $2) -- --quiet
endef

.PHONY: build
build:
	@$(packages) build
	$(call build,release,pidigree)

# As root the agent watches some processes. Else, and where it cannot, a captured log is translated
# (tests/data/audit/README.md): its PID 21287 names several processes, one after the other; 21326 is
# deep in a tree of shells.
.PHONY: run
run: build
	@packaging/show-live-tree.sh build/pidigree || { [ $$? = 3 ] && $(MAKE) --no-print-directory run-sample; }

.PHONY: run-sample
run-sample: build
	build/pidigree translate --node web1 --output build/sample.xml tests/data/audit/exact-enriched/audit.log.gz
	build/pidigree tree 21287 build/sample.xml
	build/pidigree tree 21326 build/sample.xml

.PHONY: test
test:
	@$(packages) build test
	$(call build,release)
	@ctest --preset release --parallel $(JOBS)
	$(call build,asan)
	@ctest --preset asan --parallel $(JOBS)
	$(call build,tsan)
	@ctest --preset tsan --parallel $(JOBS)

# Emulated: needs neither root nor virtualization. Kernels are kept in build/kernels.
.PHONY: test-kernels
test-kernels:
	@$(packages) build test kernels
	$(call build,release,kernel_tests)
	@ctest --preset kernels --parallel $(JOBS)
	@cat build/kernels/*/summary

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

# The database of the clang build has no option that clang-tidy does not know.
.PHONY: tidy
tidy:
	@$(packages) build test
	@test -f build-clang/build.ninja || cmake --preset clang >/dev/null
	@run-clang-tidy-14 -quiet -j $(JOBS) -p build-clang '$(CURDIR)/(src|schema)/' 2>&1

.PHONY: clean
clean:
	rm -rf build build-asan build-tsan build-clang build-fuzz build-dev
