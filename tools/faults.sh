#!/usr/bin/env bash
# faults.sh: the journal and its delivery under faults, at full length; the figures of docs/reliability.md.
TASK=faults
source "$(dirname "$0")/common.sh"
tools/system.sh build test
TASK=test tools/environment.sh .venv-test test
bin="$ROOT/.venv-test/bin"
choose_compiler
build_tests() {
  cmake -S . -B build/test -G Ninja -DCMAKE_BUILD_TYPE=Release -DASSAY_BUILD_TESTS=ON -DASSAY_UNITY=ON
  ninja -C build/test -j "$JOBS" assay_tracking_tests
}
step "C++ tests of tracking" "the first error above is the one to mend" build_tests
if ! "$bin/python" -c 'import assay._core' 2>/dev/null; then
  TASK=faults tools/wheel.sh
  install_wheel() { "$bin/python" -m pip install --no-deps --force-reinstall dist/*.whl; }
  step "wheel into .venv-test" "the text above names the reason" install_wheel
fi
status=0
ASSAY_FAULTS_KILLS=${ASSAY_FAULTS_KILLS:-500} ASSAY_FAULTS_RESTARTS=${ASSAY_FAULTS_RESTARTS:-50} \
  build/test/tests/assay_tracking_tests -d yes 'faults:*,power:*,journal:*,retention:*,limit:*' || status=1
ASSAY_FAULTS=1 PYTHONDONTWRITEBYTECODE=1 "$bin/python" -P -m pytest -q -s -rA --timeout 900 \
  tests/python/tracking/test_faults.py tests/python/tracking/test_fork.py || status=1
exit "$status"
