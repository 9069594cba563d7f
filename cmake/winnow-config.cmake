include("${CMAKE_CURRENT_LIST_DIR}/WinnowDependencies.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/winnow-targets.cmake")
