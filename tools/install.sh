#!/usr/bin/env bash
# install.sh FOLDER: builds the package from this tree and installs it into the environment FOLDER. The build folder
# is kept, so that only what changed is compiled; nothing changed is noticed by content and takes no time.
TASK=${TASK:-install}
source "$(dirname "$0")/common.sh"
folder=$1
export PATH="$ROOT/$folder/bin:$PATH"
tag=$("$folder/bin/python" -c 'import sys; print("cp%d%d" % sys.version_info[:2])')
stamp="$folder/.assay"
# What is there decides what is built.
optional=$("$folder/bin/python" -c 'from importlib.metadata import version; print(version("torch"))' 2>/dev/null) || optional=
key="$tag $optional $(digest CMakeLists.txt VERSION pyproject.toml README.md LICENSE NOTICE cmake include src bindings)"
fresh "$stamp" "$key" && "$folder/bin/python" -c 'import assay' 2>/dev/null && exit 0

choose_compiler
build() {
  "$folder/bin/python" -m pip uninstall -q -y assay-sdk # the package's name before docs/adr/0009
  CMAKE_BUILD_PARALLEL_LEVEL=$JOBS "$folder/bin/python" -m pip install --no-deps --no-build-isolation \
    --force-reinstall --config-settings=build-dir="build/wheel-$tag" .
}
step "build and install (the first time takes some minutes)" "the text above names the reason" build
printf '%s' "$key" >"$stamp"
