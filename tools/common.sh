# Shared by the scripts of this folder: `source "$(dirname "$0")/common.sh"`. Not run by itself.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ROOT=$PWD
LOGS="$ROOT/build/logs"
PYTHON=${PYTHON:-python3}
JOBS=${JOBS:-$(nproc 2>/dev/null || echo 2)}
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
# The same object file serves every checkout and the tree unpacked from the sdist.
export CCACHE_NOHASHDIR=1 CCACHE_BASEDIR="$ROOT"

say() { printf '%s\n' "$*"; }
die() {
  printf '%s: %s\n' "${TASK:-make}" "$*" >&2
  exit 1
}

# step NAME WHAT-TO-DO COMMAND...: runs quietly; a failure shows the end of its log and one line of advice.
step() {
  local name=$1 advice=$2 log start status
  shift 2
  mkdir -p "$LOGS"
  log="$LOGS/${name// /_}.log"
  start=$SECONDS
  set +e # not `if (...)`, which would switch errexit off inside
  (set -e && "$@") >"$log" 2>&1
  status=$?
  set -e
  if [ "$status" = 0 ]; then
    say "  $name ($((SECONDS - start)) s)"
  else
    tail -n "${STEP_TAIL:-25}" "$log" >&2
    die "$name failed; $advice (full text: ${log#"$ROOT"/})"
  fi
}

# Under sudo, what was made belongs to the caller and not to root, so that a later call without sudo works.
hand_back() {
  if [ "$(id -u)" = 0 ] && [ -n "${SUDO_UID:-}" ] && [ "$(stat -c %u "$ROOT")" = "$SUDO_UID" ]; then
    for made in build dist out .venv .venv-test; do
      [ ! -e "$ROOT/$made" ] || chown -R "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$ROOT/$made"
    done
  fi
}
trap hand_back EXIT

# One name for the compiler in every build: ccache keys objects by it, and Python's build tools would pick another.
choose_compiler() {
  local version
  version=$(g++ -dumpversion 2>/dev/null | cut -d. -f1) || true
  if [ -n "$version" ] && [ "$version" -lt 12 ] && command -v g++-12 >/dev/null; then
    export CXX=${CXX:-g++-12} CC=${CC:-gcc-12}
  elif [ -n "$version" ]; then
    export CXX=${CXX:-g++} CC=${CC:-gcc}
  fi
}

# digest PATH...: one hash over the contents of all files below.
digest() {
  find "$@" -type f ! -name '*.so' ! -name '*.pyc' -print0 2>/dev/null | LC_ALL=C sort -z | xargs -0 sha256sum |
    sha256sum | cut -d' ' -f1
}

# fresh STAMP KEY: true if STAMP was written with this KEY.
fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
