# The relocatable CMake package: find_package(assay [COMPONENTS base data features models judge tracking]).
# One export set per layer, so that a component asks for its own dependencies only.
include(CMakePackageConfigHelpers)
set(destination "${CMAKE_INSTALL_LIBDIR}/cmake/assay")

get_property(layers GLOBAL PROPERTY ASSAY_LAYERS)
foreach(layer IN LISTS layers)
  install(TARGETS assay_${layer} EXPORT assay-${layer} COMPONENT development
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT assay-${layer} NAMESPACE assay:: FILE assay-${layer}-targets.cmake
    DESTINATION "${destination}" COMPONENT development)
endforeach()
foreach(part IN ITEMS image dicom)  # optional, like `torch`
  string(TOUPPER ${part} name)
  if(ASSAY_HAVE_${name})
    install(TARGETS assay_${part} EXPORT assay-${part} COMPONENT development
      ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    install(EXPORT assay-${part} NAMESPACE assay:: FILE assay-${part}-targets.cmake
      DESTINATION "${destination}" COMPONENT development)
  endif()
endforeach()
if(ASSAY_HAVE_TORCH)  # the optional component `torch`: asked for by name, never part of "all"
  install(TARGETS assay_torch EXPORT assay-torch COMPONENT development
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT assay-torch NAMESPACE assay:: FILE assay-torch-targets.cmake
    DESTINATION "${destination}" COMPONENT development)
endif()
install(TARGETS assay EXPORT assay-all COMPONENT development INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT assay-all NAMESPACE assay:: FILE assay-all-targets.cmake
  DESTINATION "${destination}" COMPONENT development)

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/assay" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  COMPONENT development FILES_MATCHING PATTERN "*.hpp" PATTERN "*.inc")
install(FILES "${ASSAY_UMBRELLA}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/assay" COMPONENT development)

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/assay-config.cmake.in"
  "${PROJECT_BINARY_DIR}/assay-config.cmake" INSTALL_DESTINATION "${destination}"
  NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0 a minor version may break: 0.1.x serves who asks for 0.1, not for 0.2.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/assay-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/assay-config.cmake" "${PROJECT_BINARY_DIR}/assay-config-version.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindAssayZstd.cmake" "${PROJECT_SOURCE_DIR}/cmake/FindAssayRe2.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindAssayTorch.cmake" "${PROJECT_SOURCE_DIR}/cmake/FindAssayDcmtk.cmake"
  DESTINATION "${destination}" COMPONENT development)
