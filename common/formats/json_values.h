// JSON values cut out of a file that comes in pieces.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "common/formats/lines.h"

namespace winnow::formats {

// Cuts at the brackets alone; whether a value is valid is for who parses it. Commas between values
// are skipped. Not thread-safe.
class JsonValues {
 public:
  // `number`: of the value, from 1.
  using Take = std::function<void(size_t number, absl::string_view raw)>;
  // `in_array`: the values are the elements of one array.
  JsonValues(bool in_array, Take take, LineViolations& violations)
      : in_array_(in_array), take_(std::move(take)), violations_(violations) {}

  void Add(absl::string_view piece);
  void Finish();

 private:
  void AddChar(char c);
  void AddInside(char c);
  void EndValue();

  const bool in_array_;
  const Take take_;
  LineViolations& violations_;
  std::string value_;
  size_t number_ = 1;
  // Of the value; 0: between values, or in one without brackets.
  size_t depth_ = 0;
  bool in_string_ = false, escaped_ = false;
  bool array_begun_ = false, array_ended_ = false, broken_ = false;
};

}  // namespace winnow::formats
