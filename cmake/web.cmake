# The pages, built by npm and vite and embedded as mai_web: made anew only when one of their own files changed.
file(GLOB_RECURSE web_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/* ${CMAKE_SOURCE_DIR}/web/public/* ${CMAKE_SOURCE_DIR}/dashboards/*.json)
list(FILTER web_files EXCLUDE REGEX "\\.test\\.tsx?$")
set(web_out ${CMAKE_BINARY_DIR}/web)
add_custom_command(
  OUTPUT ${web_out}/assets.cpp ${web_out}/assets.bin
  COMMAND python3 ${CMAKE_SOURCE_DIR}/tools/build_web.py --web ${CMAKE_SOURCE_DIR}/web --out ${web_out}
  DEPENDS ${web_files} ${CMAKE_SOURCE_DIR}/tools/build_web.py ${CMAKE_SOURCE_DIR}/web/package.json ${CMAKE_SOURCE_DIR}/web/package-lock.json
          ${CMAKE_SOURCE_DIR}/web/index.html ${CMAKE_SOURCE_DIR}/web/vite.config.ts ${CMAKE_SOURCE_DIR}/web/tsconfig.json
  COMMENT "Building the pages" VERBATIM)
add_library(mai_web STATIC ${web_out}/assets.cpp)
set_source_files_properties(${web_out}/assets.cpp PROPERTIES OBJECT_DEPENDS ${web_out}/assets.bin)
mai_compile(mai_web)
target_link_libraries(mai_app PUBLIC mai_web)
