# zstd ships a CMake package only in recent releases; Debian 12 has the library and header alone. This module serves
# both the build and the installed package, so that no path of the building machine is exported.
find_path(AssayZstd_INCLUDE_DIR zstd.h)
find_library(AssayZstd_LIBRARY NAMES zstd libzstd)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(AssayZstd REQUIRED_VARS AssayZstd_LIBRARY AssayZstd_INCLUDE_DIR)
mark_as_advanced(AssayZstd_INCLUDE_DIR AssayZstd_LIBRARY)
if(AssayZstd_FOUND AND NOT TARGET AssayZstd::zstd)
  add_library(AssayZstd::zstd UNKNOWN IMPORTED)
  set_target_properties(AssayZstd::zstd PROPERTIES
    IMPORTED_LOCATION "${AssayZstd_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${AssayZstd_INCLUDE_DIR}")
endif()
