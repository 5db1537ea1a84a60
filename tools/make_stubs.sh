#!/usr/bin/env bash
# make_stubs.sh [--check] [PYTHON]: the type stubs of assay._core, made from the module that PYTHON imports (by
# default the one of .venv-test, or an in-tree build). --check compares with the committed ones and changes nothing.
TASK=stubs
source "$(dirname "$0")/common.sh"
check=false
if [ "${1:-}" = --check ]; then check=true && shift; fi
python=${1:-$([ -x .venv-test/bin/python ] && echo .venv-test/bin/python || echo "$PYTHON")}
committed=bindings/python/assay/_core
if compgen -G 'bindings/python/assay/_core.*.so' >/dev/null && ! $check; then
  export PYTHONPATH="$ROOT/bindings/python"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m pybind11_stubgen assay._core --output-dir "$work" --exit-code >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  die "the module's signatures name a type that is not bound before its use (order in bindings/registry.inc), or pybind11-stubgen is missing"
}
"$python" -m ruff format --quiet --line-length 110 "$work/assay" || die "ruff is missing in $python's environment"

if $check; then
  diff -ru "$committed" "$work/assay/_core" >"$work/difference" || {
    head -40 "$work/difference" >&2
    die "the committed stubs are not those of the module; run: make stubs"
  }
  say "stubs: as committed"
else
  rm -rf "$committed"
  cp -r "$work/assay/_core" "$committed"
  say "stubs: $(find "$committed" -name '*.pyi' | wc -l) files in $committed"
fi
