#include "common/formats/json_values.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace winnow::formats {

void JsonValues::Add(absl::string_view piece) {
  for (const char c : piece) {
    if (broken_) return;
    AddChar(c);
  }
}

void JsonValues::AddChar(char c) {
  if (depth_ > 0 || in_string_) return AddInside(c);
  const bool parts = absl::ascii_isspace(static_cast<unsigned char>(c)) || c == ',';
  if (in_array_ && !parts && !array_begun_) {
    array_begun_ = true;  // It is '['.
    return;
  }
  if (array_ended_) {
    if (parts) return;
    broken_ = true;
    return violations_.Add(number_, "", "follows the end of the array");
  }
  if (parts || (in_array_ && c == ']')) {
    if (!value_.empty()) EndValue();
    array_ended_ = !parts;
    return;
  }
  if (c == '{' || c == '[') ++depth_;
  in_string_ = c == '"';
  value_.push_back(c);
}

void JsonValues::AddInside(char c) {
  value_.push_back(c);
  if (value_.size() > LineCutter::kMaxBytes) {
    broken_ = true;
    return violations_.Add(number_, "", LineCutter::kTooLong);
  }
  if (in_string_) {
    in_string_ = escaped_ || c != '"';
    escaped_ = !escaped_ && c == '\\';
  } else if (c == '"') {
    in_string_ = true;
  } else if (c == '{' || c == '[') {
    ++depth_;
  } else if (c == '}' || c == ']') {
    --depth_;
  }
  if (depth_ == 0 && !in_string_) EndValue();
}

void JsonValues::EndValue() {
  take_(number_++, value_);
  value_.clear();
}

void JsonValues::Finish() {
  if (broken_) return;
  if (depth_ > 0 || in_string_) {
    violations_.Add(number_, "", "the file ends inside it: a bracket or a quote is not closed");
  } else if (!value_.empty()) {
    EndValue();
  }
  if (in_array_ && !array_ended_ && value_.empty())
    violations_.Add(0, "", "ends before its array does");
}

}  // namespace winnow::formats
