# Thin names for the scripts in tools/; each can be run by itself. PYTHON chooses the interpreter, JOBS the parallelism.
.DEFAULT_GOAL := help
export PYTHON JOBS
.PHONY: help demo clip test bench faults sanitize coverage wheel lint stubs clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: ## from a bare machine to the main job's results on the example patient
	@tools/demo.sh

clip: ## the same with torch: image matching on a small model of random weights
	@tools/clip.sh

test: ## from nothing: build everything, run every C++ and Python test and check
	@tools/test.sh

bench: ## speed against pyarrow, DuckDB and polars; ratios as a table
	@tools/bench.sh

faults: ## the journal under 500 kills, 50 restarts of a server, bad answers; figures as in docs/reliability.md
	@tools/faults.sh

sanitize: ## the C++ tests under AddressSanitizer, UBSan and ThreadSanitizer
	@tools/sanitize.sh

coverage: ## line coverage of C++ and Python
	@tools/coverage.sh

wheel: ## the wheel for distribution, repaired by auditwheel, in dist/
	@tools/wheel.sh

lint: ## ruff, mypy --strict, layers, stubs
	@tools/lint.sh

stubs: ## regenerate the type stubs of assay._core
	@tools/make_stubs.sh

clean: ## remove all that was built, the environments included
	@rm -rf build dist out coverage .venv .venv-test .mypy_cache .ruff_cache .pytest_cache .hypothesis
