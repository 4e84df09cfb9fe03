# Language, warnings, sanitizers and the precompiled header: one place, used by every target through mai_compile().
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")

set(MAI_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")
option(MAI_STATIC "Link libraries statically where archives exist" OFF)

add_library(mai_options INTERFACE)
# What gcc 12 gets wrong about std::string and std::optional once it optimises is off there (GCC bugs 105562, 105651).
target_compile_options(mai_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wimplicit-fallthrough -Wno-missing-field-initializers
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=
  # clang warns of what libstdc++ 12 itself does in std::stable_sort.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>
  # Without times in it, the precompiled header is the same in every build folder, and ccache finds what was compiled with it.
  "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>"
  $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan -Wno-interference-size>
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-maybe-uninitialized -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-dangling-pointer>)
target_include_directories(mai_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(mai_options INTERFACE MAI_VERSION="${PROJECT_VERSION}")
target_link_options(mai_options INTERFACE -fuse-ld=lld)
if(MAI_SANITIZE)
  # gcc 12 warns falsely of what the sanitizers' instrumentation makes of sound code.
  target_compile_options(mai_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds -Wno-maybe-uninitialized -Wno-stringop-overread -Wno-stringop-overflow>)
  target_compile_options(mai_options INTERFACE -fsanitize=${MAI_SANITIZE} -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1)
  target_link_options(mai_options INTERFACE -fsanitize=${MAI_SANITIZE})
endif()

# The headers that nearly every file reads, compiled once for each build tree.
file(WRITE ${CMAKE_BINARY_DIR}/pch.cpp "")
add_library(mai_pch OBJECT ${CMAKE_BINARY_DIR}/pch.cpp)
target_link_libraries(mai_pch PRIVATE mai_options)
target_precompile_headers(mai_pch PRIVATE <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <filesystem>
  <functional> <map> <memory> <mutex> <optional> <span> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector> <fmt/format.h>)

function(mai_compile target)
  target_link_libraries(${target} PUBLIC mai_options)
  target_precompile_headers(${target} REUSE_FROM mai_pch)
endfunction()
