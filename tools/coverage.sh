#!/usr/bin/env bash
# coverage.sh: line coverage of include/ and src/ by the C++ tests, of the Python package by its tests.
# Reports: coverage/cpp/index.html, coverage/python/index.html. Fails below 85 %.
TASK=coverage
source "$(dirname "$0")/common.sh"
tools/system.sh build test
choose_compiler
tools/environment.sh .venv-test test
bin="$ROOT/.venv-test/bin"
export PATH="$bin:$PATH"
least=${LEAST:-85}
mkdir -p coverage/cpp coverage/python "$LOGS"

build() { cmake --preset coverage && cmake --build --preset coverage -j "$JOBS"; }
step "build coverage" "the first error above is the one to mend" build
find build/coverage -name '*.gcda' -delete
ctest --preset coverage -j "$JOBS" >"$LOGS/coverage-ctest.log" 2>&1 || die "C++ tests failed; see ${LOGS#"$ROOT"/}/coverage-ctest.log"
cpp() {
  "$bin/gcovr" --root . --filter 'include/' --filter 'src/' --object-directory build/coverage -j "$JOBS" \
    --exclude-throw-branches --exclude-unreachable-branches --gcov-ignore-parse-errors=all \
    --html-nested coverage/cpp/index.html --json-summary coverage/cpp/summary.json --print-summary
}
step "C++ report" "gcov's version must be that of the compiler" cpp

# Python: the installed wheel, so that what is measured is what users get; make test builds it.
"$bin/python" -c 'import assay._core' 2>/dev/null || { tools/wheel.sh && "$bin/python" -m pip install -q --no-deps --force-reinstall dist/*.whl; }
export COVERAGE_FILE="$ROOT/build/.coverage"
python_tests() { "$bin/python" -P -m coverage run -m pytest -q --timeout 600; }
STEP_TAIL=40 step "Python tests" "make test shows them one by one" python_tests
"$bin/python" -m coverage html -q -d coverage/python
cpp_percent=$(grep -oE '^lines: [0-9.]+' "$LOGS/C++_report.log" | cut -d' ' -f2)
python_percent=$("$bin/python" -m coverage report --format=total --precision=1)
say "C++ lines:    $cpp_percent % (coverage/cpp/index.html)"
say "Python lines: $python_percent % (coverage/python/index.html)"
awk -v a="$cpp_percent" -v b="$python_percent" -v l="$least" 'BEGIN{exit !(a >= l && b >= l)}' || die "below $least %"
