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
                       -Wnon-virtual-dtor -Werror)
target_include_directories(pidigree_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(pidigree_options INTERFACE PIDIGREE_VERSION="${PROJECT_VERSION}")
if(PIDIGREE_SANITIZE)
  target_compile_options(pidigree_options INTERFACE -fsanitize=${PIDIGREE_SANITIZE}
                         -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(pidigree_options INTERFACE -fsanitize=${PIDIGREE_SANITIZE})
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

# pidigree_test(NAME [LINK LIBRARY...])
# One test program of every *_test.cc in the current folder; each test is one ctest entry.
function(pidigree_test name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gmock_main)
  target_compile_definitions(${name} PRIVATE PIDIGREE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60)
endfunction()
