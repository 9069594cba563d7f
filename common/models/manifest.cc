#include "common/models/manifest.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"

namespace winnow::models {
namespace {

using Json = nlohmann::ordered_json;

absl::Status Corrupt(absl::string_view what) {
  return WithReason(absl::InvalidArgumentError(absl::StrCat("manifest.json: ", what)),
                    "CORRUPT_MODEL");
}

}  // namespace

Manifest Manifest::Describe(Manifest header, const Files& files) {
  header.files.clear();
  for (const auto& [name, content] : files)
    header.files[name] = {content.size(), Sha256Hex(content)};
  return header;
}

absl::StatusOr<Manifest> Manifest::Parse(absl::string_view json) {
  try {
    const Json root = Json::parse(json.begin(), json.end());
    Manifest manifest;
    root.at("format").get_to(manifest.format);
    if (manifest.format != kManifestFormat) {
      return Corrupt(absl::StrCat("format ", manifest.format, " is not format ", kManifestFormat,
                                  " of this build"));
    }
    root.at("feature_version").get_to(manifest.feature_version);
    root.at("tokenizer_version").get_to(manifest.tokenizer_version);
    root.at("tag_scheme").get_to(manifest.tag_scheme);
    root.at("labels").get_to(manifest.labels);
    root.at("created_unix_micros").get_to(manifest.created_unix_micros);
    for (const auto& [name, file] : root.at("files").items()) {
      if (name.empty() || absl::StartsWith(name, ".") || absl::StrContains(name, "/")) {
        return Corrupt(absl::StrCat("'", name, "' is not a file name"));
      }
      manifest.files[name] = {file.at("size_bytes").get<uint64_t>(),
                              file.at("sha256").get<std::string>()};
    }
    return manifest;
  } catch (const nlohmann::json::exception& error) {
    return Corrupt(error.what());
  }
}

std::string Manifest::ToJson() const {
  Json root = {{"format", format},
               {"feature_version", feature_version},
               {"tokenizer_version", tokenizer_version},
               {"tag_scheme", tag_scheme},
               {"labels", labels},
               {"created_unix_micros", created_unix_micros}};
  for (const auto& [name, file] : files) {
    root["files"][name] = {{"size_bytes", file.size_bytes}, {"sha256", file.sha256}};
  }
  return root.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::Status Manifest::Verify(const Files& content) const {
  Violations violations;
  if (files.find(std::string(kModelFile)) == files.end())
    violations.Add(kModelFile, "is not in manifest.json");
  for (const auto& [name, file] : files) {
    const auto it = content.find(name);
    if (it == content.end()) {
      violations.Add(name, "is missing");
    } else if (it->second.size() != file.size_bytes) {
      violations.Add(name,
                     absl::StrCat("has ", it->second.size(), " bytes, not ", file.size_bytes));
    } else if (Sha256Hex(it->second) != file.sha256) {
      violations.Add(name, "does not have the digest of manifest.json");
    }
  }
  for (const auto& [name, unused] : content) {
    if (files.find(name) == files.end()) violations.Add(name, "is not listed in manifest.json");
  }
  if (violations.empty()) return absl::OkStatus();
  return WithReason(violations.ToStatus("the model's files are damaged"), "CORRUPT_MODEL");
}

}  // namespace winnow::models
