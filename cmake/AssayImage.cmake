# assay::image: PNG and JPEG, from src/data/image/*.cpp; assay::dicom: DICOM by DCMTK, from src/data/dicom/*.cpp.
# Optional both: without them everything else is built. DCMTK stands apart because what it brings (ICU behind libxml2)
# is larger than all the rest; see docs/adr/0010-images.md.
set(ASSAY_IMAGE AUTO CACHE STRING "Build assay::image (libpng, libjpeg-turbo): AUTO (where found), ON, OFF")
set(ASSAY_DICOM AUTO CACHE STRING "Build assay::dicom (DCMTK): AUTO (where found, and with assay::image), ON, OFF")
set_property(CACHE ASSAY_IMAGE ASSAY_DICOM PROPERTY STRINGS AUTO ON OFF)
set(ASSAY_HAVE_IMAGE FALSE)
set(ASSAY_HAVE_DICOM FALSE)

# assay_part(<name> <layer> LIBRARIES ...): a library of src/<layer>/<name>/*.cpp beside its layer.
function(assay_part name layer)
  cmake_parse_arguments(P "" "" "LINKS;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${layer}/${name}/*.cpp")
  add_library(assay_${name} STATIC ${sources})
  add_library(assay::${name} ALIAS assay_${name})
  set_target_properties(assay_${name} PROPERTIES EXPORT_NAME ${name} LINKER_LANGUAGE CXX)
  target_compile_features(assay_${name} PUBLIC cxx_std_20)
  target_include_directories(assay_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(assay_${name} PUBLIC assay::${layer} ${P_LINKS} PRIVATE ${P_LIBRARIES}
    $<BUILD_INTERFACE:assay_flags>)
endfunction()

if(ASSAY_IMAGE)
  find_package(PNG QUIET)
  find_package(JPEG QUIET)
  if(PNG_FOUND AND JPEG_FOUND)
    set(ASSAY_HAVE_IMAGE TRUE)
    assay_part(image data LIBRARIES PNG::PNG JPEG::JPEG)
  elseif(ASSAY_IMAGE STREQUAL "AUTO")
    message(STATUS "assay: without assay::image (libpng found: ${PNG_FOUND}, libjpeg found: ${JPEG_FOUND})")
  else()
    message(FATAL_ERROR "assay: ASSAY_IMAGE=ON needs libpng and libjpeg-turbo. Install them with one of:\n"
      "  apt install libpng-dev libjpeg62-turbo-dev\n  brew install libpng jpeg-turbo\n"
      "  vcpkg install libpng libjpeg-turbo\n  conda install -c conda-forge libpng libjpeg-turbo")
  endif()
endif()

if(ASSAY_DICOM)
  find_package(AssayDcmtk QUIET)
  if(AssayDcmtk_FOUND AND ASSAY_HAVE_IMAGE)
    set(ASSAY_HAVE_DICOM TRUE)
    assay_part(dicom data LINKS assay::image LIBRARIES AssayDcmtk::dcmtk)
  elseif(ASSAY_DICOM STREQUAL "AUTO")
    message(STATUS "assay: without assay::dicom (DCMTK found: ${AssayDcmtk_FOUND}, assay::image: ${ASSAY_HAVE_IMAGE})")
  else()
    message(FATAL_ERROR "assay: ASSAY_DICOM=ON needs DCMTK, libpng and libjpeg-turbo. Install DCMTK with one of:\n"
      "  apt install libdcmtk-dev\n  brew install dcmtk\n  vcpkg install dcmtk\n  conda install -c conda-forge dcmtk")
  endif()
endif()
