# libtorch as the pip package `torch` brings it: headers and shared libraries, one target AssayTorch::torch.
#
# PyTorch's own TorchConfig.cmake is left alone: of a CUDA build it stops where the CUDA toolkit is not installed, which
# nothing here needs, for no header of CUDA is included. Looked for, in this order: Torch_ROOT, CMAKE_PREFIX_PATH (what
# `torch.utils.cmake_prefix_path` prints), and the package of the Python that CMake was given or finds.
set(_assay_torch_hints ${Torch_ROOT} "${Torch_DIR}/../../..")
foreach(_prefix IN LISTS CMAKE_PREFIX_PATH)
  list(APPEND _assay_torch_hints "${_prefix}" "${_prefix}/../..")
endforeach()
set(_assay_torch_python "${Python_EXECUTABLE}")
if(NOT _assay_torch_python)
  find_program(ASSAY_TORCH_PYTHON NAMES python3 python)
  mark_as_advanced(ASSAY_TORCH_PYTHON)
  set(_assay_torch_python "${ASSAY_TORCH_PYTHON}")
endif()
if(_assay_torch_python AND NOT AssayTorch_INCLUDE_DIR)
  execute_process(  # importing torch would take two seconds
    COMMAND "${_assay_torch_python}" -c
      "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
    OUTPUT_VARIABLE _assay_torch_package OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(_assay_torch_package)
    list(APPEND _assay_torch_hints "${_assay_torch_package}")
  endif()
endif()

find_path(AssayTorch_INCLUDE_DIR ATen/core/Tensor.h HINTS ${_assay_torch_hints} PATH_SUFFIXES include)
foreach(_library IN ITEMS torch torch_cpu c10)
  find_library(AssayTorch_${_library}_LIBRARY ${_library} HINTS "${AssayTorch_INCLUDE_DIR}/../lib")
  mark_as_advanced(AssayTorch_${_library}_LIBRARY)
endforeach()
mark_as_advanced(AssayTorch_INCLUDE_DIR)

set(AssayTorch_VERSION "")
if(AssayTorch_INCLUDE_DIR AND EXISTS "${AssayTorch_INCLUDE_DIR}/torch/headeronly/version.h")
  file(READ "${AssayTorch_INCLUDE_DIR}/torch/headeronly/version.h" _assay_torch_version)
  foreach(_part IN ITEMS MAJOR MINOR PATCH)
    string(REGEX MATCH "TORCH_VERSION_${_part} ([0-9]+)" _match "${_assay_torch_version}")
    list(APPEND AssayTorch_VERSION "${CMAKE_MATCH_1}")
  endforeach()
  list(JOIN AssayTorch_VERSION "." AssayTorch_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(AssayTorch REQUIRED_VARS AssayTorch_torch_LIBRARY AssayTorch_torch_cpu_LIBRARY
  AssayTorch_c10_LIBRARY AssayTorch_INCLUDE_DIR VERSION_VAR AssayTorch_VERSION)
if(AssayTorch_FOUND AND NOT TARGET AssayTorch::torch)
  add_library(AssayTorch::torch INTERFACE IMPORTED)
  set_target_properties(AssayTorch::torch PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${AssayTorch_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES
      "${AssayTorch_torch_LIBRARY};${AssayTorch_torch_cpu_LIBRARY};${AssayTorch_c10_LIBRARY}")
endif()
