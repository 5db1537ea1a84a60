# assay_layer(<name> LINKS ... [PUBLIC_LINKS ...] [PRIVATE_LINKS ...])
# One static library per layer from src/<name>/**.cpp, exported as assay::<name>. Files are found by place:
# a source belongs to the layer in whose folder it stands.
# With ASSAY_UNITY eight neighbours are one translation unit, so that names in unnamed namespaces are a layer's own: two
# things of one layer do not share one.
function(assay_layer name)
  cmake_parse_arguments(L "" "" "LINKS;PUBLIC_LINKS;PRIVATE_LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${name}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "/src/(models/torch|data/image|data/dicom)/")  # see AssayTorch.cmake, AssayImage.cmake
  add_library(assay_${name} STATIC ${sources})
  add_library(assay::${name} ALIAS assay_${name})
  set_target_properties(assay_${name} PROPERTIES EXPORT_NAME ${name} LINKER_LANGUAGE CXX)
  set_target_properties(assay_${name} PROPERTIES UNITY_BUILD ${ASSAY_UNITY} UNITY_BUILD_BATCH_SIZE 8)
  target_compile_features(assay_${name} PUBLIC cxx_std_20)
  target_include_directories(assay_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(assay_${name} PUBLIC ${L_LINKS} ${L_PUBLIC_LINKS}
    PRIVATE ${L_PRIVATE_LINKS} $<BUILD_INTERFACE:assay_flags>)
  set_property(GLOBAL APPEND PROPERTY ASSAY_LAYERS ${name})
endfunction()
