#include "common/encoder/manifest.h"

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/encoder/json_file.h"

namespace winnow::encoder {
namespace {

constexpr size_t kMaxManifestBytes = size_t{1} << 20;

absl::Status Corrupt(absl::string_view file, absl::string_view what) {
  return WithReason(BadFile(file, what), "CORRUPT_MODEL");
}

absl::StatusOr<Manifest> ReadManifest(const Json& root) {
  WINNOW_ASSIGN_OR_RETURN(const size_t format, ReadSize(root, "format", 0, UINT32_MAX));
  if (format != kManifestFormat) {
    return absl::InvalidArgumentError(
        absl::StrCat("format ", format, " is not format ", kManifestFormat, " of this build"));
  }
  Manifest manifest{.origin = ReadString(root, "origin"), .licence = ReadString(root, "licence")};
  WINNOW_ASSIGN_OR_RETURN(manifest.layer, ReadSize(root, "layer", 0, 48));
  WINNOW_ASSIGN_OR_RETURN(manifest.dimension, ReadSize(root, "dimension", 32, 2'048));
  const Json& agreement = Member(root, "agreement");
  manifest.agreement = agreement.is_number() ? agreement.get<double>() : 0;
  const Json& files = Member(root, "files");
  if (!files.is_object()) return absl::InvalidArgumentError("lists no files");
  for (const auto& [name, file] : files.items()) {
    Manifest::File& listed = manifest.files[name];
    WINNOW_ASSIGN_OR_RETURN(listed.size_bytes, ReadSize(file, "size_bytes", 0, SIZE_MAX));
    listed.sha256 = ReadString(file, "sha256");
  }
  return manifest;
}

}  // namespace

absl::StatusOr<Manifest> Manifest::Parse(absl::string_view json) {
  const auto root = ParseJson(kManifestFile, json, kMaxManifestBytes);
  if (!root.ok()) return WithReason(root.status(), "CORRUPT_MODEL");
  absl::StatusOr<Manifest> manifest = ReadManifest(*root);
  return manifest.ok() ? manifest : Corrupt(kManifestFile, manifest.status().message());
}

std::string Manifest::ToJson() const {
  nlohmann::ordered_json root = {{"format", kManifestFormat}, {"origin", origin},
                                 {"licence", licence},        {"layer", layer},
                                 {"dimension", dimension},    {"agreement", agreement}};
  for (const auto& [name, file] : files)
    root["files"][name] = {{"size_bytes", file.size_bytes}, {"sha256", file.sha256}};
  return root.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

absl::Status Manifest::CheckFile(absl::string_view name, absl::string_view content) const {
  const auto it = files.find(std::string(name));
  if (it == files.end()) return Corrupt(kManifestFile, absl::StrCat("does not list ", name));
  if (content.size() != it->second.size_bytes) {
    return Corrupt(name, absl::StrCat("has ", content.size(), " bytes, not ", it->second.size_bytes,
                                      "; install the encoder again"));
  }
  if (Sha256Hex(content) == it->second.sha256) return absl::OkStatus();
  return Corrupt(name, "does not have the digest of manifest.json; install the encoder again");
}

}  // namespace winnow::encoder
