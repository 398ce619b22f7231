# Build settings and the helpers every folder uses.

option(PIDIGREE_TESTS "Build the tests" ON)
option(PIDIGREE_BENCH "Build the benchmarks" OFF)
set(PIDIGREE_FUZZ "" CACHE STRING "Fuzz targets (clang only): libfuzzer, or replay: tests of their corpora")
option(PIDIGREE_PRECOMPILE "Precompile the standard headers that most sources of the program include" OFF)
set(PIDIGREE_SANITIZE "" CACHE STRING "Value of -fsanitize= for everything, e.g. address,undefined")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# ccache takes precompiled headers if it is told that nobody changes what time macros say in them.
find_program(PIDIGREE_CCACHE ccache)
if(PIDIGREE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros ${PIDIGREE_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(PIDIGREE_PRECOMPILED_OPTIONS -fpch-preprocess)
  else()
    set(PIDIGREE_PRECOMPILED_OPTIONS -Xclang -fno-pch-timestamp)
  endif()
endif()

# GNU ld takes seconds for a program with the debug information of a sanitizer's build.
include(CheckLinkerFlag)
check_linker_flag(CXX -fuse-ld=lld PIDIGREE_HAS_LLD)
if(PIDIGREE_HAS_LLD)
  set(PIDIGREE_FAST_LINKER -fuse-ld=lld)
endif()

find_package(Threads REQUIRED)
find_package(tl-expected REQUIRED)
find_package(PkgConfig REQUIRED)

add_library(pidigree_options INTERFACE)
target_compile_options(pidigree_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                       -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 reports overlaps that cannot be in `"text" + std::string` (gcc.gnu.org/PR105651).
  target_compile_options(pidigree_options INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  target_compile_options(pidigree_options INTERFACE -Wthread-safety)  # of what src/base/mutex.h annotates
endif()
target_include_directories(pidigree_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(pidigree_options INTERFACE PIDIGREE_VERSION="${PROJECT_VERSION}")
if(PIDIGREE_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC says of each atomic fence that ThreadSanitizer does not know what it orders. Ours is one with the
  # kernel, which ThreadSanitizer does not watch.
  target_compile_options(pidigree_options INTERFACE -Wno-tsan)
endif()
if(PIDIGREE_SANITIZE)
  # Library assertions find what the sanitizers cannot see: an index within the capacity of a vector,
  # but beyond its size.
  target_compile_options(pidigree_options INTERFACE -fsanitize=${PIDIGREE_SANITIZE}
                         -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_definitions(pidigree_options INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(pidigree_options INTERFACE -fsanitize=${PIDIGREE_SANITIZE} ${PIDIGREE_FAST_LINKER})
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    target_compile_options(pidigree_options INTERFACE
                           -fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/sanitizer-ignore.txt)
  endif()
else()
  # What it reads comes from attackers: the hardening that distributions build their packages with.
  # Fortifying needs optimization, which tests go without.
  set(fortified $<AND:$<CONFIG:Release>,$<NOT:$<BOOL:$<TARGET_PROPERTY:PIDIGREE_TEST>>>>)
  target_compile_options(pidigree_options INTERFACE -fPIE -fstack-protector-strong
                         $<${fortified}:-U_FORTIFY_SOURCE> $<${fortified}:-D_FORTIFY_SOURCE=2>)
  target_link_options(pidigree_options INTERFACE -pie -Wl,-z,relro,-z,now)
endif()
if(PIDIGREE_FUZZ STREQUAL "libfuzzer")
  target_compile_options(pidigree_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# pidigree_library(NAME [LINK LIBRARY...] [ALONE SOURCE...])
# The static library of the current folder: every .cc file in it. Those that stand ALONE are not compiled
# with others where a preset asks for that: they have names for themselves which others have, too.
function(pidigree_library name)
  cmake_parse_arguments(ARG "" "" "LINK;ALONE" ${ARGN})
  set_source_files_properties(${ARG_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC pidigree_options ${ARG_LINK})
    if(PIDIGREE_PRECOMPILE)  # each source still includes what it uses, as other builds find
      target_compile_options(${name} PRIVATE ${PIDIGREE_PRECOMPILED_OPTIONS})
      if(name STREQUAL pidigree_base)
        target_precompile_headers(${name} PRIVATE <algorithm> <array> <charconv> <chrono> <cstring>
                                  <functional> <memory> <optional> <span> <string> <string_view>
                                  <utility> <vector>)
      else()
        target_precompile_headers(${name} REUSE_FROM pidigree_base)
      endif()
    endif()
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE pidigree_options ${ARG_LINK})
  endif()
endfunction()

# pidigree_test_program(NAME [LIBRARY] SOURCE... [LINK LIBRARY...] [ALONE SOURCE...])
# A program or, with LIBRARY, a static library for tests: compiled quickly, several sources at once but for
# those that stand ALONE, as above, with the headers that most of them include precompiled once. What
# should be fast nevertheless is a pidigree_library().
function(pidigree_test_program name)
  cmake_parse_arguments(ARG "LIBRARY" "" "LINK;ALONE" ${ARGN})
  if(ARG_LIBRARY)
    add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  else()
    add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
    target_link_options(${name} PRIVATE ${PIDIGREE_FAST_LINKER})
  endif()
  target_link_libraries(${name} PUBLIC ${ARG_LINK} pidigree_options GTest::gmock)
  target_compile_definitions(${name} PRIVATE PIDIGREE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_compile_options(${name} PRIVATE -O0 $<$<CONFIG:Debug>:-g1> ${PIDIGREE_PRECOMPILED_OPTIONS})
  set_target_properties(${name} PROPERTIES PIDIGREE_TEST ON UNITY_BUILD ON)
  set_source_files_properties(${ARG_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  if(name STREQUAL pidigree_test_main)
    target_precompile_headers(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/precompiled.h)
  else()
    target_precompile_headers(${name} REUSE_FROM pidigree_test_main)
  endif()
endfunction()

# pidigree_add_test(NAME COMMAND [--gtest] PROGRAM... [PROPERTIES PROPERTY VALUE...])
# A ctest entry that runs PROGRAM and judges what was skipped, by tests/report/run_test.sh.
function(pidigree_add_test name)
  cmake_parse_arguments(ARG "" "" "COMMAND;PROPERTIES" ${ARGN})
  set(build plain)
  if(PIDIGREE_SANITIZE)
    set(build sanitized)
  endif()
  add_test(NAME ${name} COMMAND ${PROJECT_SOURCE_DIR}/tests/report/run_test.sh
           ${build} ${PROJECT_BINARY_DIR}/test-results ${name} ${ARG_COMMAND})
  set_tests_properties(${name} PROPERTIES TIMEOUT 1500 ${ARG_PROPERTIES})
endfunction()

# pidigree_test(NAME [THREADS] [LINK LIBRARY...] [ALONE SOURCE...] [ARGUMENTS ARGUMENT...]
#               [PROPERTIES PROPERTY VALUE...])
# One test program of every *_test.cc in the current folder. It is one ctest entry with these
# properties: to start a program for each test costs more than most of them, and what the tests of a
# suite share (an agent) is started once. ThreadSanitizer runs those with THREADS alone.
function(pidigree_test name)
  cmake_parse_arguments(ARG "THREADS" "" "LINK;ALONE;ARGUMENTS;PROPERTIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  pidigree_test_program(${name} ${sources} LINK pidigree_test_main ${ARG_LINK} ALONE ${ARG_ALONE})
  if(PIDIGREE_SANITIZE STREQUAL "thread" AND NOT ARG_THREADS)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  else()
    pidigree_add_test(${name} COMMAND --gtest $<TARGET_FILE:${name}> ${ARG_ARGUMENTS}
                      PROPERTIES ${ARG_PROPERTIES})
  endif()
endfunction()

# pidigree_fuzz(NAME_fuzz [LINK LIBRARY...])
# The fuzz target NAME_fuzz.cc of the current folder: a libFuzzer program, or a plain program and a
# test that runs every file of corpus/NAME_fuzz/ through the target, as PIDIGREE_FUZZ says.
function(pidigree_fuzz name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${name}.cc)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} pidigree_options)
  if(PIDIGREE_FUZZ STREQUAL "libfuzzer")
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_link_libraries(${name} PRIVATE fuzz_replay)
    pidigree_add_test(${name} COMMAND $<TARGET_FILE:${name}> ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  endif()
endfunction()

# pidigree_bench(NAME_bench [LINK LIBRARY...])
# The google-benchmark program NAME_bench.cc of the current folder.
function(pidigree_bench name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${name}.cc)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} pidigree_options benchmark::benchmark_main)
  target_compile_definitions(${name} PRIVATE PIDIGREE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endfunction()
