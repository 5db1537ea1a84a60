#!/usr/bin/env bash
# stranger.sh BUILD COMPILER: consumes the installed package through find_package alone.
set -euo pipefail
build=$1 compiler=$2
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "install test: $*" >&2
  exit 1
}

cmake --install "$build" --prefix "$work/first" --component development >"$work/install.log"
mkdir "$work/elsewhere"
mv "$work/first" "$work/elsewhere/prefix"
prefix="$work/elsewhere/prefix"
if grep -rIlE "$source_dir|$build|$work/first" "$prefix" --include='*.cmake'; then
  fail "the files above hold a path of the building machine, so the package cannot be moved"
fi
if find "$prefix" -name '_core*' | grep -q .; then fail "the Python module is in the C++ package"; fi

# A project outside the tree, configured by CMAKE_PREFIX_PATH only.
configure() { cmake -S "$1" -B "$2" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_PREFIX_PATH="$prefix" "${@:3}"; }

for component in base data features models judge tracking; do
  mkdir -p "$work/$component"
  cat >"$work/$component/CMakeLists.txt" <<CMAKE
cmake_minimum_required(VERSION 3.20)
project(app LANGUAGES CXX)
find_package(assay 0.1 REQUIRED COMPONENTS $component)
add_executable(app main.cpp)
target_link_libraries(app PRIVATE assay::$component)
CMAKE
  cat >"$work/$component/main.cpp" <<'CPP'
#include <assay/base/error.hpp>
int main() {
    try {
        throw assay::ShapeError("expected 12 features, got 9");
    } catch (const assay::Error&) {
        return 0;
    }
}
CPP
  configure "$work/$component" "$work/$component/build" >"$work/log" 2>&1 || { cat "$work/log"; fail "component $component cannot be configured"; }
  cmake --build "$work/$component/build" >"$work/log" 2>&1 || { cat "$work/log"; fail "component $component cannot be linked"; }
  "$work/$component/build/app" || fail "component $component does not run"
done

# An unknown component and a version that is not there are refused in words.
sed 's/COMPONENTS base/COMPONENTS quantum/' "$work/base/CMakeLists.txt" >"$work/data/CMakeLists.txt"
if configure "$work/data" "$work/unknown" >"$work/log" 2>&1; then fail "an unknown component was accepted"; fi
tr -s ' \n' ' ' <"$work/log" | grep -q "assay has no component 'quantum'" || { cat "$work/log"; fail "no clear message for an unknown component"; }
sed 's/assay 0.1 /assay 9.0 /' "$work/base/CMakeLists.txt" >"$work/data/CMakeLists.txt"
if configure "$work/data" "$work/version" >"$work/log" 2>&1; then fail "version 9.0 was found"; fi

# README's two blocks as they stand, as README says to use them: main.cpp and CMakeLists.txt of one project.
block() { awk -v fence="^\`\`\`$1\$" '$0 ~ fence {show=1; next} /^```$/ {show=0} show' "$source_dir/README.md"; }
mkdir "$work/readme"
block cpp >"$work/readme/main.cpp"
block cmake >"$work/readme/CMakeLists.txt"
[ -s "$work/readme/main.cpp" ] && [ -s "$work/readme/CMakeLists.txt" ] || fail "README has no C++ or no CMake block"
configure "$work/readme" "$work/readme/build" >"$work/log" 2>&1 || { cat "$work/log"; fail "README's CMake block cannot be configured"; }
cmake --build "$work/readme/build" >"$work/log" 2>&1 || { tail -60 "$work/log"; fail "README's C++ and CMake blocks do not build together"; }
(cd "$source_dir" && "$work/readme/build/app") >"$work/log" 2>&1 || { tail -20 "$work/log"; fail "README's C++ example does not run"; }
grep -q '^judged [1-5]' "$work/log" || fail "README's C++ example prints no judgement"

# The examples, by the umbrella target.
cp -r "$source_dir/examples/cpp" "$work/examples"
torch_headers=$(sed -n 's/^AssayTorch_INCLUDE_DIR:PATH=//p' "$build/CMakeCache.txt")
configure "$work/examples" "$work/examples/build" ${torch_headers:+-DTorch_ROOT="$(dirname "$torch_headers")"} >"$work/log" 2>&1 || { cat "$work/log"; fail "the examples cannot be configured"; }
cmake --build "$work/examples/build" -j2 >"$work/log" 2>&1 || { tail -60 "$work/log"; fail "the examples do not build"; }
cd "$source_dir"
for example in clinical_summary; do
  (cd "$source_dir" && "$work/examples/build/$example" examples/data/patient_m00001 "$work/out_$example" \
    2026-01-06T08:00:00Z) >"$work/log" 2>&1 ||
    { tail -20 "$work/log"; fail "example $example does not run"; }
done
# The pipeline in Python is held against the same file (tests/python/pipelines/test_cpp_example.py).
cmp "$work/out_clinical_summary/gold.csv" tests/golden/m00001_gold.csv || fail "gold of the C++ example differs from the golden file"

# A model file of made-up rows, trained and saved by Python, predicts without it (held against the same numbers in
# tests/python/models/test_running_forests.py).
"$work/examples/build/predict_failure" tests/golden/forest_v1.assay-model <tests/golden/forest_v1_rows.csv >"$work/predicted" 2>"$work/log" ||
  { cat "$work/log"; fail "predict_failure does not run"; }
cmp "$work/predicted" tests/golden/forest_v1_predicted.txt || fail "predict_failure predicts other numbers than Python"
head -c 300 tests/golden/forest_v1.assay-model >"$work/cut"
if "$work/examples/build/predict_failure" "$work/cut" </dev/null 2>"$work/log"; then fail "predict_failure takes a model that was cut short"; fi

# Another minor version of libtorch would link and go wrong when it runs: refused by name.
if [ -n "$(find "$prefix" -name assay-torch-targets.cmake)" ]; then
  mkdir -p "$work/other/include/ATen/core" "$work/other/include/torch/headeronly" "$work/other/lib" "$work/torch"
  touch "$work/other/include/ATen/core/Tensor.h" "$work/other/lib/lib"{torch,torch_cpu,c10}.so
  printf '#define TORCH_VERSION_%s\n' 'MAJOR 2' 'MINOR 99' 'PATCH 0' >"$work/other/include/torch/headeronly/version.h"
  sed 's/COMPONENTS base/COMPONENTS torch/; s/assay::base/assay::torch/' "$work/base/CMakeLists.txt" >"$work/torch/CMakeLists.txt"
  if configure "$work/torch" "$work/torch/build" -DTorch_ROOT="$work/other" >"$work/log" 2>&1; then fail "libtorch 2.99 was accepted"; fi
  tr -s ' \n' ' ' <"$work/log" | grep -q "assay::torch was built with libtorch .*, found '2.99.0'" ||
    { cat "$work/log"; fail "no clear message for another minor version of libtorch"; }
fi

# Matching an image without Python, where the package has assay::torch and assay::image.
if [ -n "$(find "$prefix" -name assay-torch-targets.cmake)" ] && [ -n "$(find "$prefix" -name assay-image-targets.cmake)" ]; then
  mkdir "$work/small_clip"
  cp "$source_dir/tests/install/write_small_clip.cpp" "$work/small_clip/main.cpp"
  sed 's/COMPONENTS base/COMPONENTS models/; s/assay::base/assay::models/' "$work/base/CMakeLists.txt" >"$work/small_clip/CMakeLists.txt"
  configure "$work/small_clip" "$work/small_clip/build" >"$work/log" 2>&1 && cmake --build "$work/small_clip/build" >"$work/log" 2>&1 ||
    { tail -20 "$work/log"; fail "the small CLIP's writer does not build"; }
  "$work/small_clip/build/app" "$work/clip"
  for run in 1 2; do
    "$work/examples/build/match_image" "$work/clip" "$work/clip/image.png" "$work/clip/labels.txt" 3 >"$work/match_$run" 2>"$work/log" ||
      { cat "$work/log"; fail "match_image does not run"; }
  done
  cmp "$work/match_1" "$work/match_2" || fail "match_image gives two results"
  awk '/^0|^1/ {n++; sum += $1} END {exit !(n == 3 && sum > 0.999 && sum < 1.001)}' "$work/match_1" || { cat "$work/match_1"; fail "match_image prints no three probabilities"; }
  if "$work/examples/build/match_image" "$work/clip" "$work/clip/config.json" "$work/clip/labels.txt" 2>"$work/log"; then fail "match_image takes a text for an image"; fi
fi
echo "install test: $(find "$prefix" -name '*.hpp' | wc -l) headers, 6 components, $(find "$work/examples" -maxdepth 1 -name '*.cpp' | wc -l) examples"
