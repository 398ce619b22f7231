# Build settings and the helpers every folder uses.

option(PIDIGREE_TESTS "Build the tests" ON)
option(PIDIGREE_BENCH "Build the benchmarks" OFF)
option(PIDIGREE_FUZZ "Build the fuzz targets with libFuzzer (clang only)" OFF)
set(PIDIGREE_SANITIZE "" CACHE STRING "Value of -fsanitize= for everything, e.g. address,undefined")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_package(Threads REQUIRED)
find_package(tl-expected REQUIRED)
find_package(PkgConfig REQUIRED)

add_library(pidigree_options INTERFACE)
target_compile_options(pidigree_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                       -Wnon-virtual-dtor)
# The sanitizer builds look for defects at run time; the other presets refuse warnings.
if(NOT PIDIGREE_SANITIZE)
  target_compile_options(pidigree_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 reports overlaps that cannot be in `"text" + std::string` (gcc.gnu.org/PR105651).
  target_compile_options(pidigree_options INTERFACE -Wno-restrict)
endif()
target_include_directories(pidigree_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(pidigree_options INTERFACE PIDIGREE_VERSION="${PROJECT_VERSION}")
if(PIDIGREE_SANITIZE)
  # Library assertions find what the sanitizers cannot see: an index within the capacity of a vector,
  # but beyond its size.
  target_compile_options(pidigree_options INTERFACE -fsanitize=${PIDIGREE_SANITIZE}
                         -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_definitions(pidigree_options INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(pidigree_options INTERFACE -fsanitize=${PIDIGREE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    target_compile_options(pidigree_options INTERFACE
                           -fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/sanitizer-ignore.txt)
  endif()
else()
  # What it reads comes from attackers: the hardening that distributions build their packages with.
  target_compile_options(pidigree_options INTERFACE -fPIE -fstack-protector-strong
                         $<$<CONFIG:Release>:-U_FORTIFY_SOURCE> $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
  target_link_options(pidigree_options INTERFACE -pie -Wl,-z,relro,-z,now)
endif()
if(PIDIGREE_FUZZ)
  target_compile_options(pidigree_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# pidigree_library(NAME [LINK LIBRARY...])
# The static library of the current folder: every .cc file in it.
function(pidigree_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC pidigree_options ${ARG_LINK})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE pidigree_options ${ARG_LINK})
  endif()
endfunction()

# pidigree_test(NAME [LINK LIBRARY...] [PROPERTIES PROPERTY VALUE...])
# One test program of every *_test.cc in the current folder; each test is one ctest entry with these
# properties.
function(pidigree_test name)
  cmake_parse_arguments(ARG "" "" "LINK;PROPERTIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} pidigree_options GTest::gmock_main)
  target_compile_definitions(${name} PRIVATE PIDIGREE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(PIDIGREE_SANITIZE)
    # One process for all: starting one costs more than most tests.
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES ${ARG_PROPERTIES} TIMEOUT 1500)
  elseif(ARG_PROPERTIES)
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES ${ARG_PROPERTIES})
  else()
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60)
  endif()
endfunction()

# pidigree_fuzz(NAME_fuzz [LINK LIBRARY...])
# The fuzz target NAME_fuzz.cc of the current folder. With PIDIGREE_FUZZ it is a libFuzzer program;
# otherwise a plain program and a test that runs every file of corpus/NAME_fuzz/ through the target.
function(pidigree_fuzz name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${name}.cc)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} pidigree_options)
  if(PIDIGREE_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/fuzz/replay.cc)
    # <fuzzer/FuzzedDataProvider.h> is plain C++, but lies among clang's own standard headers, which
    # other compilers must not see before theirs.
    find_path(PIDIGREE_FUZZER_HEADERS fuzzer/FuzzedDataProvider.h REQUIRED
              PATHS /usr/lib/llvm-14/lib/clang/14.0.6/include /usr/lib/clang/14/include)
    target_compile_options(${name} PRIVATE -idirafter ${PIDIGREE_FUZZER_HEADERS})
    add_test(NAME ${name} COMMAND ${name} ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
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
