# The learner as a library: find_package(winnow), winnow::winnow_train and what it links, and
# winnow::winnow_formats. See examples/library.

set(library winnow_options winnow_records winnow_base winnow_text winnow_stats winnow_kv winnow_ner
  winnow_formats winnow_corpus winnow_models winnow_measure winnow_train)
install(TARGETS ${library} EXPORT winnow ARCHIVE DESTINATION lib)
install(EXPORT winnow NAMESPACE winnow:: FILE winnow-targets.cmake DESTINATION lib/cmake/winnow)
install(FILES cmake/winnow-config.cmake cmake/WinnowDependencies.cmake
  DESTINATION lib/cmake/winnow)
install(DIRECTORY common DESTINATION include/winnow
  FILES_MATCHING PATTERN "*.h" PATTERN testing.h EXCLUDE)
install(DIRECTORY ${CMAKE_BINARY_DIR}/proto/winnow/storage DESTINATION include/winnow/winnow
  FILES_MATCHING PATTERN "*.h")
