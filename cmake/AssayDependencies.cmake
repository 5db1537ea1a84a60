# Every dependency by find_package; a missing one is named with the package that brings it.
function(assay_find name)
  cmake_parse_arguments(P "" "APT;BREW;VCPKG;CONDA" "ARGS" ${ARGN})
  find_package(${name} ${P_ARGS} QUIET)
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "assay: ${name} was not found. Install it with one of:\n"
      "  apt install ${P_APT}\n  brew install ${P_BREW}\n  vcpkg install ${P_VCPKG}\n  conda install -c conda-forge ${P_CONDA}")
  endif()
endfunction()

macro(assay_require name)
  assay_find(${name} ${ARGN})
  cmake_parse_arguments(P "" "APT;BREW;VCPKG;CONDA" "ARGS" ${ARGN})
  find_package(${name} ${P_ARGS} QUIET REQUIRED)
endmacro()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
assay_require(Eigen3 APT libeigen3-dev BREW eigen VCPKG eigen3 CONDA eigen ARGS 3.4 NO_MODULE)
assay_require(xtensor APT libxtensor-dev BREW xtensor VCPKG xtensor CONDA xtensor)
assay_require(nlohmann_json APT nlohmann-json3-dev BREW nlohmann-json VCPKG nlohmann-json CONDA nlohmann_json ARGS 3.10)
assay_require(CURL APT libcurl4-openssl-dev BREW curl VCPKG curl CONDA libcurl ARGS 7.68)
assay_require(OpenSSL APT libssl-dev BREW openssl@3 VCPKG openssl CONDA openssl ARGS 3.0)
assay_require(ZLIB APT zlib1g-dev BREW zlib VCPKG zlib CONDA zlib)

# zstd ships a CMake package only in recent releases; Debian 12 has the library and header alone.
find_path(ASSAY_ZSTD_INCLUDE_DIR zstd.h)
find_library(ASSAY_ZSTD_LIBRARY zstd)
if(NOT ASSAY_ZSTD_INCLUDE_DIR OR NOT ASSAY_ZSTD_LIBRARY)
  message(FATAL_ERROR "assay: zstd was not found. Install it with one of:\n"
    "  apt install libzstd-dev\n  brew install zstd\n  vcpkg install zstd\n  conda install -c conda-forge zstd")
endif()
