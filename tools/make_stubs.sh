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
# assay._torch is there where torch is; without it the committed stub stays as it is.
has_torch=false
if "$python" -c 'from assay.models import _libtorch; _libtorch.load()' 2>/dev/null; then
  has_torch=true
  "$python" -c 'import sys, torch  # not _libtorch: its module is wrapped
from pybind11_stubgen import main; sys.argv[0] = "stubs"; main()' assay._torch --output-dir "$work" --exit-code \
    >"$work/log" 2>&1 || { cat "$work/log" >&2 && die "a signature of assay._torch names a type that is not bound before its use"; }
fi
# assay._dicom likewise, where DCMTK is.
has_dicom=false
if "$python" -c 'import assay._dicom' 2>/dev/null; then
  has_dicom=true
  "$python" -m pybind11_stubgen assay._dicom --output-dir "$work" --exit-code >"$work/log" 2>&1 || { cat "$work/log" >&2 && die "a signature of assay._dicom names a type that is not bound before its use"; }
fi
"$python" -m ruff format --quiet --line-length 110 "$work/assay" || die "ruff is missing in $python's environment"

if $check; then
  diff -ru "$committed" "$work/assay/_core" >"$work/difference" || {
    head -40 "$work/difference" >&2
    die "the committed stubs are not those of the module; run: make stubs"
  }
  if $has_torch && ! cmp -s "$committed/../_torch.pyi" "$work/assay/_torch.pyi"; then
    die "the committed stub of assay._torch is not that of the module; run: make stubs"
  fi
  if $has_dicom && ! cmp -s "$committed/../_dicom.pyi" "$work/assay/_dicom.pyi"; then
    die "the committed stub of assay._dicom is not that of the module; run: make stubs"
  fi
  say "stubs: as committed"
else
  rm -rf "$committed"
  cp -r "$work/assay/_core" "$committed"
  if $has_torch; then cp "$work/assay/_torch.pyi" "$committed/../_torch.pyi"; fi
  if $has_dicom; then cp "$work/assay/_dicom.pyi" "$committed/../_dicom.pyi"; fi
  say "stubs: $(find "$committed" -name '*.pyi' | wc -l) files in $committed"
fi
