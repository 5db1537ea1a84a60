# The parts of DCMTK that decode images, one target AssayDcmtk::dcmtk. DCMTK's own CMake package brings the paths of
# libraries that only its tools need, and asks for their -dev packages.
find_path(AssayDcmtk_INCLUDE_DIR dcmtk/dcmdata/dctk.h)
set(_assay_dcmtk_libraries)
foreach(_library IN ITEMS dcmjpls dcmjpeg dcmdata oflog ofstd)
  find_library(AssayDcmtk_${_library}_LIBRARY ${_library})
  mark_as_advanced(AssayDcmtk_${_library}_LIBRARY)
  list(APPEND _assay_dcmtk_libraries "${AssayDcmtk_${_library}_LIBRARY}")
endforeach()
mark_as_advanced(AssayDcmtk_INCLUDE_DIR)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(AssayDcmtk REQUIRED_VARS AssayDcmtk_dcmdata_LIBRARY AssayDcmtk_dcmjpeg_LIBRARY
  AssayDcmtk_dcmjpls_LIBRARY AssayDcmtk_oflog_LIBRARY AssayDcmtk_ofstd_LIBRARY AssayDcmtk_INCLUDE_DIR)
if(AssayDcmtk_FOUND AND NOT TARGET AssayDcmtk::dcmtk)
  add_library(AssayDcmtk::dcmtk INTERFACE IMPORTED)
  set_target_properties(AssayDcmtk::dcmtk PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${AssayDcmtk_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${_assay_dcmtk_libraries}")
endif()
