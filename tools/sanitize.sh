#!/usr/bin/env bash
# sanitize.sh [asan-ubsan] [tsan]: every C++ test under the sanitizers; both by default.
TASK=sanitize
source "$(dirname "$0")/common.sh"
tools/system.sh build sanitize
choose_compiler
[ $# -gt 0 ] || set -- asan-ubsan tsan
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
status=0
for preset in "$@"; do
  build() { cmake --preset "$preset" && cmake --build --preset "$preset" -j "$JOBS"; }
  step "build $preset" "the first error above is the one to mend" build
  without=()
  if [ "$preset" = tsan ]; then
    without=(-E '[fF]ork') # ThreadSanitizer knows no threads in a forked child; asan-ubsan runs these
    say "  tsan leaves out $(ctest --preset tsan -N -R '[fF]ork' | grep -oE 'Total Tests: [0-9]+' | grep -oE '[0-9]+') tests that fork"
  fi
  ctest --preset "$preset" -j "$JOBS" --timeout 1800 "${without[@]}" >"$LOGS/$preset.log" 2>&1 || status=1
  [ "$status" = 0 ] || grep -E 'ERROR: |WARNING: ThreadSanitizer|runtime error|SUMMARY|FAILED|\(Failed\)' "$LOGS/$preset.log" | head -40 || true
  say "$preset: $(grep -E 'tests passed' "$LOGS/$preset.log" || echo "did not finish, see ${LOGS#"$ROOT"/}/$preset.log")"
done
exit "$status"
