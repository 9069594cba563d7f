#include "common/models/manifest.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/models/bounded_json.h"
#include "common/ner/model_file.h"
#include "common/text/tokenizer.h"

namespace winnow::models {
namespace {

constexpr char kTagScheme[] = "BIOES";

absl::Status Corrupt(absl::string_view what) { return CorruptFile(kManifestFile, what); }

absl::StatusOr<Manifest::File> ReadListed(const std::string& name, const Json& file) {
  if (name.empty() || absl::StartsWith(name, ".") || absl::StrContains(name, "/"))
    return Corrupt(absl::StrCat("'", name, "' is not a file name"));
  Manifest::File listed;
  WINNOW_ASSIGN_OR_RETURN(listed.size_bytes, ReadInteger<uint64_t>(file, "size_bytes"));
  file.at("sha256").get_to(listed.sha256);
  return listed;
}

absl::StatusOr<Manifest> ReadManifest(const Json& root) {
  Manifest manifest;
  WINNOW_ASSIGN_OR_RETURN(manifest.format, ReadInteger<int>(root, "format"));
  if (manifest.format != kManifestFormat) {
    return Corrupt(absl::StrCat("format ", manifest.format, " is not format ", kManifestFormat,
                                " of this build"));
  }
  WINNOW_ASSIGN_OR_RETURN(manifest.feature_version, ReadInteger<int>(root, "feature_version"));
  WINNOW_ASSIGN_OR_RETURN(manifest.tokenizer_version, ReadInteger<int>(root, "tokenizer_version"));
  root.at("tag_scheme").get_to(manifest.tag_scheme);
  root.at("labels").get_to(manifest.labels);
  WINNOW_ASSIGN_OR_RETURN(manifest.created_unix_micros,
                          ReadInteger<int64_t>(root, "created_unix_micros"));
  for (const auto& [name, file] : root.at("files").items()) {
    WINNOW_ASSIGN_OR_RETURN(manifest.files[name], ReadListed(name, file));
  }
  return manifest;
}

}  // namespace

Manifest Manifest::Describe(const ner::Model& model, absl::Time created, const Files& files) {
  Manifest manifest;
  manifest.feature_version =
      static_cast<int>(ner::ReadHeader(files.at(std::string(kModelFile))).feature_version);
  manifest.tokenizer_version = text::kTokenizerVersion;
  manifest.tag_scheme = kTagScheme;
  manifest.labels = model.labels();
  manifest.created_unix_micros = absl::ToUnixMicros(created);
  for (const auto& [name, content] : files)
    manifest.files[name] = {content.size(), Sha256Hex(content)};
  return manifest;
}

absl::StatusOr<Manifest> Manifest::Parse(absl::string_view json) {
  WINNOW_ASSIGN_OR_RETURN(const Json root, ParseJson(kManifestFile, json));
  try {
    absl::StatusOr<Manifest> manifest = ReadManifest(root);
    if (manifest.ok() || !ReasonOf(manifest.status()).empty()) return manifest;
    return Corrupt(manifest.status().message());
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

void Manifest::CheckFiles(const Files& content, Violations& violations) const {
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
}

void Manifest::CheckModel(const ner::Model& model, Violations& violations) const {
  const auto check = [&](absl::string_view field, const auto& found, const auto& expected) {
    if (found == expected) return;
    violations.Add(kManifestFile,
                   absl::StrCat(field, " is ", found, ", that of model.bin is ", expected));
  };
  check("tag_scheme", absl::string_view(tag_scheme), absl::string_view(kTagScheme));
  if (labels != model.labels())
    violations.Add(kManifestFile, "labels are not those of model.bin, in their order");
}

}  // namespace winnow::models
