// Measures the memory that a server takes for uploads: the peak resident set of a `winnow serve`
// after each kind of upload, and of the `winnow` that sends a file.

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/rpc/server.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"

namespace winnow::bench {
namespace {

using integration::WinnowServer;

constexpr char kUsage[] =
    R"(Usage: upload_bench [--mib N] [--uploads N]

Starts `winnow serve` anew for each row, on a directory of its own, sends it what the row says, and
tells what became of it, how long it took, and the peak resident set of the server since it started.

  --mib N      size of an upload (default: 1024)
  --uploads N  uploads at a time in the last rows (default: 16), which share the size
  --rows TEXT  only rows whose name contains this
)";

struct Row {
  const char* name;
  bool is_dataset;
  // All in one line, rows of about 200 bytes, or lines that are all wrong.
  enum { kOneLine, kRows, kWrong } content;
};

// Peak resident set of a process in MiB.
double PeakMib(pid_t pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  std::string line;
  while (std::getline(status, line)) {
    uint64_t kib = 0;
    if (line.rfind("VmHWM:", 0) == 0 && absl::SimpleAtoi(line.substr(6, line.size() - 9), &kib))
      return static_cast<double>(kib) / 1024;
  }
  return 0;
}

// The next piece of an endless file; each row is another text.
class Content {
 public:
  Content(const Row& row, uint64_t seed) : row_(row), next_(seed << 32) {}

  std::string Piece(bool is_first) {
    std::string piece;
    if (row_.content == Row::kOneLine)
      return absl::StrCat(is_first ? "{\"text\": \"" : "", std::string(rpc::kChunkBytes, 'x'));
    while (piece.size() < rpc::kChunkBytes) {
      if (row_.content == Row::kWrong) {
        piece += "x\n";
        continue;
      }
      absl::StrAppend(&piece, "{\"text\": \"Nurse wanted for ward ", ++next_,
                      " of a hospital by the sea, with a driving licence, nights and weekends "
                      "included\", \"spans\": [{\"start\": 0, \"end\": 5, \"label\": "
                      "\"job_title\"}]}\n");
    }
    return piece;
  }

 private:
  const Row& row_;
  uint64_t next_;
};

template <typename Request, typename Stream>
void Send(const Row& row, uint64_t seed, size_t num_bytes, Request request, Stream& stream) {
  if (!stream.Write(request)) return;
  Content content(row, seed);
  for (size_t sent = 0; sent < num_bytes; sent += rpc::kChunkBytes) {
    request.set_chunk(content.Piece(sent == 0));
    if (!stream.Write(request)) break;
  }
  stream.WritesDone();
}

std::string Upload(const Row& row, uint64_t seed, size_t num_bytes, cli::Session& session) {
  grpc::ClientContext context;
  const std::string name = absl::StrCat("upload_", seed);
  grpc::Status status;
  if (row.is_dataset) {
    annotation::v1::ImportDatasetRequest request;
    annotation::v1::ImportDatasetResponse response;
    request.mutable_header()->set_request_id(cli::NewRequestId());
    request.mutable_header()->set_dataset(name);
    request.mutable_header()->set_coverage(annotation::v1::COVERAGE_COMPLETE);
    const auto writer = session.annotation().ImportDataset(&context, &response);
    Send(row, seed, num_bytes, request, *writer);
    status = writer->Finish();
  } else {
    annotation::v1::ImportSourceRequest request;
    annotation::v1::ImportSourceResponse response;
    request.mutable_header()->set_request_id(cli::NewRequestId());
    request.mutable_header()->set_source(name);
    request.mutable_header()->set_format(annotation::v1::SOURCE_FORMAT_JSONL);
    const auto writer = session.annotation().ImportSource(&context, &response);
    Send(row, seed, num_bytes, request, *writer);
    status = writer->Finish();
  }
  const std::string message = status.error_message();
  return status.ok() ? "stored" : message.substr(0, std::min<size_t>(message.find("\n  and"), 90));
}

absl::Status Measure(const Row& row, size_t num_uploads, size_t num_bytes) {
  const integration::ScratchDirectory scratch;
  WINNOW_ASSIGN_OR_RETURN(const auto server, WinnowServer::Start(scratch / "data"));
  const double before = PeakMib(server->process().pid());
  const absl::Time begin = absl::Now();
  std::vector<std::string> ended(num_uploads);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < num_uploads; ++i)
    threads.emplace_back(
        [&, i] { ended[i] = Upload(row, i, num_bytes / num_uploads, server->session()); });
  for (std::thread& thread : threads) thread.join();
  std::map<std::string, int> counts;
  for (const std::string& end : ended) ++counts[end];
  std::cout << absl::StreamFormat("%-34s %3d x %5d MiB  %7.1f s  peak %6.0f MiB (idle %3.0f)  %s\n",
                                  row.name, num_uploads, (num_bytes / num_uploads) >> 20,
                                  absl::ToDoubleSeconds(absl::Now() - begin),
                                  PeakMib(server->process().pid()), before,
                                  absl::StrJoin(counts, "; ", absl::PairFormatter(": ")))
            << std::flush;
  return absl::OkStatus();
}

// Peak of `winnow db-in` with a file.
absl::Status MeasureClient(const Row& row, size_t num_bytes) {
  const integration::ScratchDirectory scratch;
  const std::string path = scratch / "rows.jsonl";
  {
    std::ofstream file(path);
    Content content(row, 0);
    for (size_t sent = 0; sent < num_bytes; sent += rpc::kChunkBytes)
      file << content.Piece(sent == 0);
  }
  WINNOW_ASSIGN_OR_RETURN(const auto server, WinnowServer::Start(scratch / "data"));
  integration::ChildProcess client({integration::Program("winnow"), "db-in", "d", path,
                                    "--complete", "--server", server->address()});
  double peak = 0;
  while (!client.Wait(absl::Milliseconds(20)).ok()) peak = std::max(peak, PeakMib(client.pid()));
  std::cout << absl::StreamFormat("%-34s   1 x %5d MiB             peak %6.0f MiB\n",
                                  absl::StrCat("client: ", row.name), num_bytes >> 20, peak)
            << std::flush;
  return absl::OkStatus();
}

absl::Status Run(size_t num_bytes, size_t num_uploads, absl::string_view which) {
  const Row rows[] = {{"texts, in rows", false, Row::kRows},
                      {"texts, in one line", false, Row::kOneLine},
                      {"texts, all lines wrong", false, Row::kWrong},
                      {"annotations, in rows", true, Row::kRows},
                      {"annotations, in one line", true, Row::kOneLine},
                      {"annotations, all lines wrong", true, Row::kWrong}};
  const auto is_wanted = [&](const Row& row) { return absl::StrContains(row.name, which); };
  for (const Row& row : rows) {
    if (!is_wanted(row)) continue;
    const bool is_wrong = row.content == Row::kWrong;
    WINNOW_RETURN_IF_ERROR(Measure(row, 1, is_wrong ? num_bytes / 16 : num_bytes));
  }
  for (const Row& row : rows) {
    if (is_wanted(row) && row.content != Row::kWrong)
      WINNOW_RETURN_IF_ERROR(Measure(row, num_uploads, num_bytes));
  }
  for (const Row& row : rows) {
    if (is_wanted(row) && row.is_dataset && row.content != Row::kWrong)
      WINNOW_RETURN_IF_ERROR(MeasureClient(row, num_bytes));
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace winnow::bench

int main(int argc, char** argv) {
  size_t mib = 1024, num_uploads = 16;
  std::string rows;
  for (int i = 1; i < argc; i += 2) {
    const std::string option = argv[i], value = i + 1 < argc ? argv[i + 1] : "";
    size_t* number = option == "--mib" ? &mib : option == "--uploads" ? &num_uploads : nullptr;
    if (option == "--rows" && !value.empty()) {
      rows = value;
    } else if (number == nullptr || !absl::SimpleAtoi(value, number) || *number == 0) {
      std::cerr << winnow::bench::kUsage;
      return 2;
    }
  }
  const absl::Status status = winnow::bench::Run(mib << 20, num_uploads, rows);
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
