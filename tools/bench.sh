#!/usr/bin/env bash
# bench.sh [ARGUMENTS]: Assay and its peers (pyarrow, DuckDB, polars, MLflow's client, PyTorch, faiss, Pillow) in the same run; JSON and a Markdown table under build/bench.
TASK=bench
source "$(dirname "$0")/common.sh"
tools/system.sh build bench
tools/environment.sh .venv-test test
tools/environment.sh .venv-test torch
tools/install.sh .venv-test
build_cpp() {
  cmake -S . -B build/bench-cpp -DCMAKE_BUILD_TYPE=Release -DASSAY_BUILD_TESTS=OFF -DASSAY_BUILD_BENCHMARKS=ON
  cmake --build build/bench-cpp --target assay_log_metric_bench --parallel "$JOBS"
}
step "C++ benchmark" "mend what the text names" build_cpp
export ASSAY_LOG_METRIC_BENCH=$PWD/build/bench-cpp/benchmarks/assay_log_metric_bench
mkdir -p build/bench
.venv-test/bin/python benchmarks/run.py --out build/bench "$@"
