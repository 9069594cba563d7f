#include "services/gateway/web_files.h"

#include "common/access/testing.h"
#include "common/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::gateway {
namespace {

using http::Request;
using http::Response;

class WebFilesTest : public access::AccessTest {
 protected:
  WebFilesTest() { std::filesystem::create_directories(directory() / "assets"); }

  void Write(const std::string& name, absl::string_view content) {
    ASSERT_TRUE(WriteFileDurably(directory() / name, content).ok());
  }
  Response Get(const std::string& path, http::Headers headers = {}) {
    auto files = WebFiles::Load(directory());
    EXPECT_TRUE(files.ok()) << files.status();
    return files->Get(Request{.method = "GET", .path = path, .headers = std::move(headers)});
  }
  static std::string Header(const Response& response, absl::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }
};

TEST_F(WebFilesTest, KeepsForEverWhatIsNamedByItsContent) {
  Write("index.html", "page");
  Write("assets/a-1.js", "code");
  const Response asset = Get("/assets/a-1.js");
  EXPECT_EQ(asset.body, "code");
  EXPECT_EQ(Header(asset, "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(Header(asset, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(Get("/assets/a-2.js").status, 404);
  const Response page = Get("/annotate/titles");
  EXPECT_EQ(page.body, "page");
  EXPECT_EQ(Header(page, "Cache-Control"), "no-cache");
}

TEST_F(WebFilesTest, TellsWhetherThereIsAWorker) {
  Write("index.html", "page");
  EXPECT_EQ(Get("/service_worker.js").status, 404);
  Write("service_worker.js", "code");
  const Response worker = Get("/service_worker.js");
  EXPECT_EQ(worker.body, "code");
  EXPECT_EQ(Header(worker, "Content-Type"), "text/javascript; charset=utf-8");
  // Browsers ask whether there is a newer one.
  EXPECT_EQ(Header(worker, "Cache-Control"), "no-cache");
}

TEST_F(WebFilesTest, SendsNothingThatIsThereAlready) {
  Write("index.html", "page");
  const std::string etag = Header(Get("/"), "ETag");
  for (const std::string& sent : {etag, "W/" + etag, "\"x\", " + etag, std::string("*")}) {
    const Response response = Get("/", {{"if-none-match", sent}});
    EXPECT_EQ(response.status, 304) << sent;
    EXPECT_EQ(response.body, "");
  }
  EXPECT_EQ(Get("/", {{"if-none-match", "\"x\""}}).status, 200);
  Write("index.html", "other page");
  EXPECT_NE(Header(Get("/"), "ETag"), etag);
}

TEST_F(WebFilesTest, SendsTheSmallestFormThatIsTaken) {
  Write("index.html", "page");
  Write("assets/a-1.js", "code");
  Write("assets/a-1.js.br", "brotli");
  Write("assets/a-1.js.gz", "gzip");
  const Response br = Get("/assets/a-1.js", {{"accept-encoding", "gzip, deflate, br"}});
  EXPECT_EQ(br.body, "brotli");
  EXPECT_EQ(Header(br, "Content-Encoding"), "br");
  EXPECT_EQ(Get("/assets/a-1.js", {{"accept-encoding", "gzip, br;q=0"}}).body, "gzip");
  EXPECT_EQ(Get("/assets/a-1.js").body, "code");
  // Made where the build has made none.
  const Response page = Get("/", {{"accept-encoding", "gzip"}});
  EXPECT_EQ(Header(page, "Content-Encoding"), "gzip");
  EXPECT_EQ(page.body.substr(0, 2), "\x1f\x8b");
}

}  // namespace
}  // namespace winnow::gateway
