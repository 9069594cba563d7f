#include "services/gateway/web_files.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "services/gateway/http/gzip.h"

namespace winnow::gateway {
namespace {

namespace fs = std::filesystem;

constexpr char kIndex[] = "/index.html";
constexpr char kAssets[] = "/assets/";
// A browser that has it keeps it for as long as there is one at this address.
constexpr char kWorker[] = "/service_worker.js";
constexpr char kNoApplication[] =
    "This gateway was built without the web application (WINNOW_WEB). Calls of programs work.\n";
// The first that the client takes is sent.
constexpr const char* kCodings[] = {"br", "gzip", ""};
constexpr int kPackLevel = 9;
constexpr size_t kEtagBytes = 32;

constexpr std::pair<const char*, const char*> kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".txt", "text/plain; charset=utf-8"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
};

std::string TypeOf(absl::string_view path) {
  for (const auto& [ending, type] : kTypes) {
    if (absl::EndsWith(path, ending)) return type;
  }
  return "application/octet-stream";
}

bool IsPacked(absl::string_view type) {
  return absl::StartsWith(type, "image/png") || absl::StartsWith(type, "font/");
}

// The coding that the name of a form ends with, which is taken off; "" for a file itself.
std::string TakeCoding(std::string& path) {
  for (const auto& [ending, coding] : {std::pair(".br", "br"), std::pair(".gz", "gzip")}) {
    if (!absl::EndsWith(path, ending)) continue;
    path = std::string(absl::StripSuffix(path, ending));
    return coding;
  }
  return "";
}

bool Matches(absl::string_view if_none_match, absl::string_view etag) {
  for (absl::string_view item : absl::StrSplit(if_none_match, ',')) {
    item = absl::StripAsciiWhitespace(item);
    absl::ConsumePrefix(&item, "W/");
    if (item == etag || item == "*") return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<WebFiles> WebFiles::Load(const fs::path& directory) {
  WebFiles files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(directory, error), end; entry != end;
       entry.increment(error)) {
    if (error) break;
    if (!entry->is_regular_file()) continue;
    WINNOW_ASSIGN_OR_RETURN(std::string content, ReadFile(entry->path()));
    files.Add(absl::StrCat("/", entry->path().lexically_relative(directory).generic_string()),
              std::move(content));
  }
  files.has_application_ = files.files_.count(kIndex) != 0;
  if (!files.has_application_) {
    files.files_.clear();
    files.Add(kIndex, kNoApplication);
    files.files_[kIndex].type = TypeOf(".txt");
  }
  files.PackTheRest();
  return files;
}

void WebFiles::Add(const std::string& path, std::string content) {
  std::string name = path;
  const std::string coding = TakeCoding(name);
  File& file = files_[name];
  if (coding.empty()) {
    file.type = TypeOf(name);
    file.etag = absl::StrCat("\"", Sha256Hex(content).substr(0, kEtagBytes), "\"");
  }
  file.forms[coding] = std::move(content);
}

void WebFiles::PackTheRest() {
  for (auto& [name, file] : files_) {
    const auto plain = file.forms.find("");
    if (plain == file.forms.end() || IsPacked(file.type) || file.forms.count("gzip") != 0) continue;
    file.forms["gzip"] = http::Gzip(plain->second, kPackLevel);
  }
}

http::Response WebFiles::Get(const http::Request& request) const {
  auto found = files_.find(request.path);
  if (found == files_.end() &&
      (absl::StartsWith(request.path, kAssets) || request.path == kWorker)) {
    return {.status = 404,
            .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
            .body = "there is no such file\n"};
  }
  if (found == files_.end()) found = files_.find(kIndex);
  const File& file = found->second;
  const bool is_kept = absl::StartsWith(found->first, kAssets);
  http::Response response{
      .headers = {{"Content-Type", file.type},
                  {"ETag", file.etag},
                  {"Vary", "Accept-Encoding"},
                  {"Cache-Control", is_kept ? "public, max-age=31536000, immutable" : "no-cache"}}};
  if (Matches(request.Header("if-none-match"), file.etag)) {
    response.status = 304;
    return response;
  }
  for (const std::string coding : kCodings) {
    const auto form = file.forms.find(coding);
    if (form == file.forms.end()) continue;
    if (!coding.empty() && !http::AcceptsEncoding(request.Header("accept-encoding"), coding))
      continue;
    if (!coding.empty()) response.headers.emplace_back("Content-Encoding", coding);
    response.body = form->second;
    break;
  }
  return response;
}

}  // namespace winnow::gateway
