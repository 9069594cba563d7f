# Precompiled headers: three quarters of the time of compiling a file of ours are headers of others.
# A target takes one of four sets, which are compiled once for all: what the domain folders include
# (records) or whoever sees gRPC (api), alone or with what tests include. A file includes what it
# uses all the same, as builds without this option see.
option(WINNOW_PRECOMPILE "Precompile the headers that many files include" OFF)

set(records_headers
  <algorithm> <array> <atomic> <cmath> <cstddef> <cstdint> <deque> <filesystem> <functional>
  <iterator> <limits> <map> <memory> <optional> <ostream> <set> <string> <thread> <utility> <vector>
  <absl/algorithm/container.h> <absl/functional/function_ref.h> <absl/status/statusor.h>
  <absl/strings/str_cat.h> <absl/strings/str_join.h> <absl/strings/str_split.h> <absl/time/time.h>
  <absl/types/span.h>
  <winnow/storage/v1/tasks.pb.h> <winnow/storage/v1/training_records.pb.h>)
set(api_headers
  ${records_headers} <grpcpp/grpcpp.h> <nlohmann/json.hpp>
  <winnow/access/v1/access.grpc.pb.h> <winnow/annotation/v1/annotation.grpc.pb.h>
  <winnow/evaluation/v1/evaluation.grpc.pb.h> <winnow/training/v1/training.grpc.pb.h>)

# Of no use but to be taken from.
function(winnow_header_set name libraries)
  file(WRITE ${CMAKE_BINARY_DIR}/precompile/${name}.cc "")
  add_library(winnow_precompile_${name} OBJECT ${CMAKE_BINARY_DIR}/precompile/${name}.cc)
  target_link_libraries(winnow_precompile_${name} PRIVATE winnow_options ${libraries}
    nlohmann_json::nlohmann_json)
  target_precompile_headers(winnow_precompile_${name} PRIVATE ${ARGN})
endfunction()

# After the targets that the sets are made of.
function(winnow_header_sets)
  if(NOT WINNOW_PRECOMPILE)
    return()
  endif()
  winnow_header_set(records winnow_records ${records_headers})
  winnow_header_set(records_test "winnow_records;GTest::gmock" ${records_headers}
    <gmock/gmock.h>)
  winnow_header_set(api winnow_api ${api_headers})
  winnow_header_set(api_test "winnow_api;GTest::gmock" ${api_headers} <gmock/gmock.h>)
endfunction()

# winnow_precompile(target [_test]): gives the target its set.
function(winnow_precompile target)
  if(NOT WINNOW_PRECOMPILE)
    return()
  endif()
  set(set api)
  if(CMAKE_CURRENT_SOURCE_DIR MATCHES "/common/" AND
      NOT CMAKE_CURRENT_SOURCE_DIR MATCHES "/rpc$")
    set(set records)
  endif()
  target_precompile_headers(${target} REUSE_FROM winnow_precompile_${set}${ARGN})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 sees copies beyond the ends of a std::string where there are none (bugs 105329 and
    # 105651), and forgets that precompiled headers are a system's. Other builds keep the warnings.
    target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-restrict
      -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
endfunction()
