#include "common/kv/store.h"

namespace winnow::kv {

Range Range::Prefix(absl::string_view prefix) {
  Range range{std::string(prefix), std::string(prefix), true};
  // The first key after all that start with `prefix`: its last byte below 0xff, plus one.
  while (!range.end.empty() && static_cast<unsigned char>(range.end.back()) == 0xff)
    range.end.pop_back();
  if (range.end.empty()) {
    range.has_end = false;
  } else {
    range.end.back() = static_cast<char>(static_cast<unsigned char>(range.end.back()) + 1);
  }
  return range;
}

void Batch::Put(std::string key, std::string value) {
  changes_.push_back({Kind::kPut, std::move(key), std::move(value)});
}

void Batch::Delete(std::string key) { changes_.push_back({Kind::kDelete, std::move(key), {}}); }

void Batch::DeleteRange(std::string begin, std::string end) {
  changes_.push_back({Kind::kDeleteRange, std::move(begin), std::move(end)});
}

void Batch::RequireAbsent(std::string key) { conditions_.push_back({std::move(key), false, {}}); }

void Batch::RequireEqual(std::string key, std::string value) {
  conditions_.push_back({std::move(key), true, std::move(value)});
}

absl::Status Batch::CheckConditions(
    absl::FunctionRef<absl::StatusOr<std::string>(absl::string_view key)> get) const {
  for (const Condition& condition : conditions_) {
    const absl::StatusOr<std::string> value = get(condition.key);
    if (!value.ok() && value.status().code() != absl::StatusCode::kNotFound) return value.status();
    const bool holds = condition.must_exist ? value.ok() && *value == condition.value : !value.ok();
    if (!holds) return absl::AbortedError("a condition of the write does not hold");
  }
  return absl::OkStatus();
}

}  // namespace winnow::kv
