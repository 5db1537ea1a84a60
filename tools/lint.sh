#!/usr/bin/env bash
# lint.sh: ruff, clang-format, mypy --strict, the layer check and the stubs, in the test environment. Prints one line per check.
TASK=lint
source "$(dirname "$0")/common.sh"
bin=${BIN:-.venv-test/bin}
[ -x "$bin/ruff" ] || tools/environment.sh .venv-test test
passed=0 failed=0
check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    say "  $name: passed" && passed=$((passed + 1))
  else
    printf '%s\n' "$output" | tail -40
    say "  $name: FAILED" && failed=$((failed + 1))
  fi
}
check "ruff" "$bin/ruff" check .
cpp_format() {
  find include src bindings tests fuzz examples benchmarks -name '*.[ch]pp' -print0 | xargs -0 "$bin/clang-format" --dry-run -Werror
}
check "clang-format" cpp_format
check "mypy --strict" "$bin/mypy"
check "layers" "$bin/python" tools/check_layers.py
if "$bin/python" -c 'import assay._core' 2>/dev/null; then
  check "stubs" tools/make_stubs.sh --check "$bin/python"
else
  say "  stubs: skipped (assay is not installed in ${bin%/bin}; make test does it)"
fi
mkdir -p build && printf '%s %s\n' "$passed" "$failed" >build/lint.count
say "checks: $passed passed, $failed failed"
[ "$failed" = 0 ]
