# assay::torch: the encoders of the CLIP matcher on libtorch, from src/models/torch/*.cpp. Optional: without it everything
# else is built. The one minor version of libtorch stands in bindings/python/assay/models/_libtorch.py, which refuses
# every other when the extension module is loaded: libtorch keeps no binary interface across minors.
set(ASSAY_TORCH AUTO CACHE STRING "Build assay::torch: AUTO (where libtorch of the right minor version is found), ON, OFF")
set_property(CACHE ASSAY_TORCH PROPERTY STRINGS AUTO ON OFF)
set(ASSAY_HAVE_TORCH FALSE)
if(NOT ASSAY_TORCH)
  return()
endif()

file(STRINGS "${PROJECT_SOURCE_DIR}/bindings/python/assay/models/_libtorch.py" ASSAY_TORCH_MINOR REGEX "^MINOR = ")
string(REGEX REPLACE ".*\"([0-9.]+)\".*" "\\1" ASSAY_TORCH_MINOR "${ASSAY_TORCH_MINOR}")
if(ASSAY_BUILD_PYTHON)
  find_package(Python 3.10 REQUIRED COMPONENTS Interpreter Development.Module)
endif()
find_package(AssayTorch QUIET)
if(AssayTorch_FOUND AND AssayTorch_VERSION MATCHES "^([0-9]+\\.[0-9]+)\\." AND CMAKE_MATCH_1 STREQUAL ASSAY_TORCH_MINOR)
  set(ASSAY_HAVE_TORCH TRUE)
elseif(ASSAY_TORCH STREQUAL "AUTO")
  message(STATUS "assay: without assay::torch (libtorch ${ASSAY_TORCH_MINOR}: found '${AssayTorch_VERSION}')")
  return()
else()
  message(FATAL_ERROR "assay: ASSAY_TORCH=ON needs libtorch ${ASSAY_TORCH_MINOR}, found '${AssayTorch_VERSION}'. Install it:\n"
    "  pip install 'torch==${ASSAY_TORCH_MINOR}.*'\n"
    "and give CMake that Python (-DPython_EXECUTABLE=...) or -DTorch_ROOT=<folder of the package torch>")
endif()
message(STATUS "assay: assay::torch with libtorch ${AssayTorch_VERSION}")

file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/models/torch/*.cpp")
add_library(assay_torch STATIC ${sources})
add_library(assay::torch ALIAS assay_torch)
set_target_properties(assay_torch PROPERTIES EXPORT_NAME torch LINKER_LANGUAGE CXX)
target_compile_features(assay_torch PUBLIC cxx_std_20)
target_include_directories(assay_torch PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
  PRIVATE "${PROJECT_SOURCE_DIR}/src")
target_include_directories(assay_torch SYSTEM PRIVATE "${AssayTorch_INCLUDE_DIR}")
# at::parallel_for runs on OpenMP, and its loops are compiled here. The runtime itself is the one that libtorch brings:
# a module leaves its symbols to be found there, a program is linked with the compiler's.
# Clang's OpenMP needs another runtime than libtorch's, and both in one process fight for the processors.
target_compile_options(assay_torch PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fopenmp>)
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  message(WARNING "assay: ${CMAKE_CXX_COMPILER_ID} compiles assay::torch without OpenMP, so that its linear layers run on "
    "one thread; results are the same. For all threads build with GCC (-DCMAKE_CXX_COMPILER=g++)")
endif()
target_link_options(assay_torch INTERFACE
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>>:-fopenmp>)
target_link_libraries(assay_torch PUBLIC assay::models
  PRIVATE AssayTorch::torch $<BUILD_INTERFACE:assay_flags>)
