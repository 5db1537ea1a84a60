# assay::assay: all layers and the umbrella header assay/assay.hpp, for applications only. The header is written from
# what is there at configure time: it cannot go stale, and inside the library it does not exist.
set(lines "#pragma once\n\n// Every public header of Assay, for applications; include single headers to compile faster.\n")
get_property(layers GLOBAL PROPERTY ASSAY_LAYERS)
foreach(layer IN LISTS layers)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/include"
    "${PROJECT_SOURCE_DIR}/include/assay/${layer}/*.hpp")
  foreach(header IN LISTS headers)
    string(APPEND lines "#include \"${header}\"\n")
  endforeach()
endforeach()
set(ASSAY_UMBRELLA "${PROJECT_BINARY_DIR}/umbrella/assay/assay.hpp")
file(CONFIGURE OUTPUT "${ASSAY_UMBRELLA}" CONTENT "${lines}" @ONLY)

add_library(assay INTERFACE)
add_library(assay::assay ALIAS assay)
target_include_directories(assay INTERFACE $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/umbrella>)
list(TRANSFORM layers PREPEND assay:: OUTPUT_VARIABLE targets)
target_link_libraries(assay INTERFACE ${targets})
