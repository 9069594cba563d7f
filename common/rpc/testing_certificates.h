// Certificates for tests: an authority, and those that it vouches for.
#pragma once

#include <filesystem>
#include <string>

#include "absl/strings/string_view.h"
#include "common/rpc/tls.h"

namespace winnow::rpc {

// An authority that lives as long as the test, with files in a directory. Not thread-safe.
class TestAuthority {
 public:
  explicit TestAuthority(const std::filesystem::path& directory);

  // Its own certificate.
  std::string file() const { return (directory_ / "authority.pem").string(); }
  // A certificate for `name` and 127.0.0.1, and its key, in files called after `file_name`; those
  // of an earlier call are replaced, each by a rename.
  TlsFiles Issue(const std::string& file_name, const std::string& name);

 private:
  void WritePem(const std::string& name, absl::string_view pem) const;

  const std::filesystem::path directory_;
  std::string key_pem_;
  std::string certificate_pem_;
  long serial_ = 1;
};

}  // namespace winnow::rpc
