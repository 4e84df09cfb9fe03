# What an installation holds, and the two packages made of it: a .deb (program + system files; Debian's own shared libraries) and a
# tarball (program + the shared libraries it needs, found through $ORIGIN, so that it runs where it is unpacked).
include(GNUInstallDirs)

set(MAI_LIBRARY_FOLDER lib/monitorai)
set_target_properties(monitorai PROPERTIES INSTALL_RPATH "$ORIGIN/../${MAI_LIBRARY_FOLDER}")
target_link_options(monitorai PRIVATE -Wl,--disable-new-dtags)  # DT_RPATH also serves the libraries that our libraries need

install(TARGETS monitorai RUNTIME_DEPENDENCY_SET shared_libraries RUNTIME DESTINATION bin COMPONENT program)
install(FILES README.md LICENSE monitorai.example.yml DESTINATION share/doc/monitorai COMPONENT program)
install(DIRECTORY docs/ DESTINATION share/doc/monitorai/docs COMPONENT program FILES_MATCHING PATTERN "*.md" PATTERN "*.png" PATTERN "*.svg")
install(FILES deploy/prometheus/prometheus.yml DESTINATION share/doc/monitorai/examples COMPONENT program)
install(DIRECTORY deploy/grafana DESTINATION share/doc/monitorai/examples COMPONENT program)
install(DIRECTORY dashboards DESTINATION share/monitorai COMPONENT program)
install(DIRECTORY rules DESTINATION share/monitorai COMPONENT program FILES_MATCHING PATTERN "*.yml")
foreach(shell_and_file bash:bash-completion/completions/monitorai zsh:zsh/vendor-completions/_monitorai fish:fish/vendor_completions.d/monitorai.fish)
  string(REPLACE ":" ";" shell_and_file ${shell_and_file})
  list(GET shell_and_file 0 shell)
  list(GET shell_and_file 1 file)
  install(CODE "
    set(output \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/share/${file}\")
    get_filename_component(folder \${output} DIRECTORY)
    file(MAKE_DIRECTORY \${folder})
    execute_process(COMMAND $<TARGET_FILE:monitorai> completion ${shell} OUTPUT_FILE \${output} RESULT_VARIABLE failed ERROR_QUIET)
    if(failed)
      file(REMOVE \${output})
    endif()
  " COMPONENT program)
endforeach()

# curl is opened by name at the first request: the linker does not know that it is needed.
get_filename_component(MAI_CURL_FILE ${MAI_LIB_curl} REALPATH)
get_filename_component(MAI_CURL_NAME ${MAI_CURL_FILE} NAME)
add_library(mai_curl_shared SHARED IMPORTED)
set_target_properties(mai_curl_shared PROPERTIES IMPORTED_LOCATION ${MAI_CURL_FILE})
install(IMPORTED_RUNTIME_ARTIFACTS mai_curl_shared RUNTIME_DEPENDENCY_SET shared_libraries LIBRARY DESTINATION ${MAI_LIBRARY_FOLDER} COMPONENT libraries)
install(CODE "file(CREATE_LINK ${MAI_CURL_NAME} \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${MAI_LIBRARY_FOLDER}/libcurl.so.4\" SYMBOLIC)" COMPONENT libraries)

# The C library stays the machine's own: it has to fit its kernel and its name service.
install(RUNTIME_DEPENDENCY_SET shared_libraries COMPONENT libraries
  PRE_EXCLUDE_REGEXES "^(ld-linux.*|libc|libm|libdl|libpthread|librt|libresolv)\\.so"
  LIBRARY DESTINATION ${MAI_LIBRARY_FOLDER})

install(FILES deploy/systemd/monitorai.service DESTINATION /lib/systemd/system COMPONENT system)
install(FILES monitorai.example.yml DESTINATION /etc/monitorai RENAME monitorai.yml COMPONENT system)
install(FILES LICENSE DESTINATION /usr/share/doc/monitorai RENAME copyright COMPONENT system)

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_VENDOR "MonitorAI")
# Who builds the package answers for it: DEBFULLNAME and DEBEMAIL, as with Debian's own tools.
if(DEFINED ENV{DEBEMAIL})
  set(CPACK_PACKAGE_CONTACT "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
else()
  set(CPACK_PACKAGE_CONTACT "MonitorAI, built on this machine <root@localhost>")
endif()
set(CPACK_STRIP_FILES ON)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_SOURCE_DIR}/cmake/package_kinds.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libcurl4 (>= 7.85)")  # opened by name; SHLIBDEPS adds the others
set(CPACK_DEBIAN_PACKAGE_SUGGESTS prometheus)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/deploy/debian/conffiles ${CMAKE_SOURCE_DIR}/deploy/debian/postinst
  ${CMAKE_SOURCE_DIR}/deploy/debian/prerm ${CMAKE_SOURCE_DIR}/deploy/debian/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"MonitorAI finds the LLM processes of this machine (vLLM, llama.cpp,
Transformers, Ollama and others), measures what they cost in CPU, memory
and GPU, follows their logs, keeps 200 hours of both, answers PromQL and
LogQL, evaluates rules, and shows it all in a browser.")
include(CPack)
