// The files of the web application.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/gateway/http/message.h"

namespace winnow::gateway {

// Held in memory, so that a request can name no other file. Immutable, thread-safe.
class WebFiles {
 public:
  // All files below `directory`; NAME.br and NAME.gz are other forms of NAME. Without a
  // directory, or an index.html in it, there is a page that says so.
  static absl::StatusOr<WebFiles> Load(const std::filesystem::path& directory);

  bool has_application() const { return has_application_; }
  // The reply to GET and HEAD of any path: the file; not found for other names below /assets/ and
  // for a service worker that there is not, whose browsers drop it then; for all else index.html,
  // where the application shows what the path names. What lies below /assets/ has the hash of its
  // content in its name, and may be kept for ever.
  http::Response Get(const http::Request& request) const;

 private:
  struct File {
    std::string type;
    // Of the content.
    std::string etag;
    // By coding of HTTP; "" is the file itself.
    std::map<std::string, std::string> forms;
  };

  void Add(const std::string& path, std::string content);
  // Makes the form "gzip" of what came without it.
  void PackTheRest();

  bool has_application_ = false;
  // By path: "/assets/index-4f2a.js".
  std::map<std::string, File, std::less<>> files_;
};

}  // namespace winnow::gateway
