#include "services/gateway/sign_outs.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"

namespace winnow::gateway {

absl::StatusOr<std::unique_ptr<SignOuts>> SignOuts::Open(std::filesystem::path file,
                                                         absl::Duration keep) {
  Times times;
  std::error_code error;
  if (std::filesystem::exists(file, error)) {
    WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadFile(file));
    const absl::Status damaged =
        absl::DataLossError(absl::StrCat(file.string(), " is no list of sign-outs"));
    const nlohmann::json json = nlohmann::json::parse(content, nullptr, false);
    if (!json.is_object()) return damaged;
    for (const auto& [name, micros] : json.items()) {
      if (!micros.is_number_integer()) return damaged;
      times[name] = absl::FromUnixMicros(micros.get<int64_t>());
    }
  }
  return std::unique_ptr<SignOuts>(new SignOuts(std::move(file), keep, std::move(times)));
}

absl::Status SignOuts::Add(absl::string_view name, absl::Time now) {
  MutexLock lock(mutex_);
  absl::Time& last = times_.try_emplace(std::string(name), now).first->second;
  last = std::max(last, now);
  nlohmann::json json = nlohmann::json::object();
  for (auto entry = times_.begin(); entry != times_.end();) {
    if (entry->second + keep_ < now) {
      entry = times_.erase(entry);
    } else {
      json[entry->first] = absl::ToUnixMicros(entry->second);
      ++entry;
    }
  }
  return WriteFileAtomically(file_, json.dump(), 0600);
}

bool SignOuts::Includes(absl::string_view name, absl::Time issued) const {
  MutexLock lock(mutex_);
  const auto found = times_.find(name);
  return found != times_.end() && issued <= found->second;
}

}  // namespace winnow::gateway
