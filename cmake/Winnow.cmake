# Compiler settings and the one way a folder declares its target.

add_library(winnow_options INTERFACE)
target_include_directories(winnow_options INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/proto>
  $<INSTALL_INTERFACE:include/winnow>)
target_compile_features(winnow_options INTERFACE cxx_std_20)
# Everywhere, since precompiled headers are of use only where -pthread is the same.
target_compile_options(winnow_options INTERFACE $<BUILD_INTERFACE:-pthread>)
# Whoever links the library needs its -march, too: Eigen aligns by it.
target_compile_options(winnow_options INTERFACE -march=${WINNOW_ARCH}
  $<BUILD_INTERFACE:-Wall> $<BUILD_INTERFACE:-Wextra> $<BUILD_INTERFACE:-Werror>
  $<BUILD_INTERFACE:-Wno-missing-field-initializers>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees overlapping copies in std::string where there are none (GCC bug 105651), when it
  # optimises.
  target_compile_options(winnow_options INTERFACE $<$<CONFIG:Release>:-Wno-restrict>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(winnow_options INTERFACE -Wthread-safety)
endif()
if(WINNOW_SANITIZE)
  target_compile_options(winnow_options INTERFACE -fsanitize=${WINNOW_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(winnow_options INTERFACE -fsanitize=${WINNOW_SANITIZE})
endif()

# winnow_library(name SOURCES a.cc... DEPS targets...): the one target of a folder.
function(winnow_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC winnow_options ${ARG_DEPS})
  winnow_precompile(${name})
endfunction()

# winnow_test(name SOURCES a_test.cc... DEPS targets... [OUTSIDE]): the unit tests of a folder, as
# one binary. Tests on real data read it where the environment variable WINNOW_DATA says, and skip
# themselves where it is not set. Tests run beside each other: none may hang on how long it takes.
# OUTSIDE: of code that calls gRPC or RocksDB, which are not instrumented, so that ThreadSanitizer
# would report noise.
function(winnow_test name)
  cmake_parse_arguments(ARG "OUTSIDE" "" "SOURCES;DEPS" ${ARGN})
  if(NOT BUILD_TESTING OR (ARG_OUTSIDE AND WINNOW_SANITIZE STREQUAL "thread"))
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE winnow_options ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE
    WINNOW_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    WINNOW_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  winnow_precompile(${name} _test)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 600)
endfunction()

# winnow_binary(name SOURCES main.cc DEPS targets...): an executable users start. It refuses a CPU
# that lacks the instructions it was compiled for before any other code of ours runs.
function(winnow_binary name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE winnow_options ${ARG_DEPS})
  winnow_precompile(${name})
  if(WINNOW_ARCH STREQUAL "x86-64-v3")
    target_link_libraries(${name} PRIVATE winnow_cpu_check)
  endif()
endfunction()

include(GoogleTest)
include(Precompile)
