#!/usr/bin/env bash
# test.sh: from nothing to a verdict: builds everything, then ctest, the wheel from the sdist in an environment of its
# own, the checks, pytest against the installed wheel; safe to repeat. Extra arguments go to pytest.
# ASSAY_TEST_TORCH=0 leaves out assay::torch, and with it the download of torch.
TASK=test
source "$(dirname "$0")/common.sh"
start=$SECONDS

say "Preparing"
TASK=test tools/system.sh build test
TASK=test tools/environment.sh .venv-test test
export ASSAY_TEST_TORCH=${ASSAY_TEST_TORCH:-1}
torch=ON
if [ "$ASSAY_TEST_TORCH" = 1 ]; then
  TASK=test tools/environment.sh .venv-test torch
else
  torch=AUTO
  say "  torch is not installed for the tests: where it is not there, assay::torch is not built and its tests are skipped"
fi
bin="$ROOT/.venv-test/bin"
export PATH="$bin:$PATH"
choose_compiler
ccache --max-size "${CCACHE_MAXSIZE:-5G}" >/dev/null 2>&1 || true

say "Building"
build_cpp() {
  cmake -S . -B build/test -G Ninja -DCMAKE_BUILD_TYPE=Release -DASSAY_BUILD_TESTS=ON -DASSAY_UNITY=ON -DASSAY_TORCH=$torch
  ninja -C build/test -j "$JOBS" all assay_headers
}
step "C++ library, tests, headers one by one" "the first error above is the one to mend" build_cpp
TASK=test tools/wheel.sh
install_wheel() {
  "$bin/python" -m pip uninstall -q -y assay-sdk # the package's name before docs/adr/0009
  "$bin/python" -m pip install --no-deps --force-reinstall dist/*.whl
}
step "wheel into .venv-test" "the text above names the reason" install_wheel

# All three are run to the end: one failure must not hide the others.
mkdir -p "$LOGS"
status=0
say "C++ tests"
ctest --test-dir build/test -j "$JOBS" --output-on-failure --timeout 900 >"$LOGS/ctest.log" 2>&1 || status=1
ctest_line=$(grep -E 'tests passed' "$LOGS/ctest.log" | tail -1)
[ -n "$ctest_line" ] || { status=1 && ctest_line="did not finish: $(tail -1 "$LOGS/ctest.log")"; }
[ "$status" = 0 ] || grep -vE '^ *[0-9]+/[0-9]+ Test +#.*Passed|^ +Start +[0-9]+:' "$LOGS/ctest.log" | tail -60
say "Checks"
BIN=$bin tools/lint.sh || status=1
read -r checks_passed checks_failed <build/lint.count
say "Python tests (against the installed wheel)"
pytest_status=0
# A test whose server is missing fails; ASSAY_REQUIRE_SERVERS=0 lets it be skipped.
ASSAY_REQUIRE_SERVERS="${ASSAY_REQUIRE_SERVERS:-1}" PYTHONDONTWRITEBYTECODE=1 "$bin/python" -P -m pytest -q -n "$JOBS" --dist loadfile --timeout 600 "$@" 2>&1 |
  tee "$LOGS/pytest.log" | tail -60 || pytest_status=1
[ "$pytest_status" = 0 ] || status=1
pytest_line=$(grep -E '(passed|failed|error|no tests ran).* in [0-9.]+s' "$LOGS/pytest.log" | tail -1)

# number WORD TEXT: the count before WORD, 0 where there is none.
number() { grep -oE "[0-9]+ $1" <<<"$2" | head -1 | grep -oE '[0-9]+' || echo 0; }
cpp_failed=$(grep -oE '[0-9]+ tests? failed' <<<"$ctest_line" | grep -oE '[0-9]+' || echo 1)
cpp_total=$(grep -oE 'out of [0-9]+' <<<"$ctest_line" | grep -oE '[0-9]+' || echo 1)
py_failed=$(($(number failed "$pytest_line") + $(number errors? "$pytest_line")))
passed=$((cpp_total - cpp_failed + $(number passed "$pytest_line") + checks_passed))
failed=$((cpp_failed + py_failed + checks_failed))
say ""
say "ctest:  $ctest_line"
say "pytest: ${pytest_line:-did not finish}"
say "checks: $checks_passed passed, $checks_failed failed"
say "make test: $passed passed, $failed failed, $(number skipped "$pytest_line") skipped, in $((SECONDS - start)) s"
exit "$status"
