#!/usr/bin/env bash
# bench.sh [ARGUMENTS]: Assay, pyarrow, DuckDB and polars in the same run; JSON and a Markdown table under build/bench.
TASK=bench
source "$(dirname "$0")/common.sh"
tools/system.sh build bench
tools/environment.sh .venv-test test
tools/install.sh .venv-test
mkdir -p build/bench
.venv-test/bin/python benchmarks/run.py --out build/bench "$@"
