// What the tests of answers about one text share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "winnow/storage/v1/records.pb.h"

namespace winnow::ner {

inline constexpr char kText[] = "Senior Sales Manager in Leeds";

inline storage::v1::Span MakeSpan(uint32_t start, uint32_t end, const std::string& label) {
  storage::v1::Span span;
  span.set_start(start);
  span.set_end(end);
  span.set_label(label);
  return span;
}

inline std::string Show(const storage::v1::Span& span) {
  return std::to_string(span.start()) + "-" + std::to_string(span.end()) + " " + span.label();
}

template <typename Spans>
std::vector<std::string> ShowAll(const Spans& spans) {
  std::vector<std::string> shown;
  for (const storage::v1::Span& span : spans) shown.push_back(Show(span));
  return shown;
}

}  // namespace winnow::ner
