// The server whose queues are measured: its process, its texts and its model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/random.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"

namespace winnow::bench {

inline constexpr char kModel[] = "bench";

// Keeps this thread, and the threads and processes that it starts later, on one core.
void PinTo(int core);

// Makes texts of job advertisements, out of phrases drawn from examples/. Not thread-safe.
class TextMaker {
 public:
  static absl::StatusOr<TextMaker> Make(uint64_t seed);

  // Phrases of about nine words, as many as fill `min_bytes`.
  std::string Next(size_t min_bytes);

 private:
  TextMaker(std::vector<std::string> phrases, uint64_t seed)
      : phrases_(std::move(phrases)), random_(seed) {}

  std::vector<std::string> phrases_;
  Random random_;
};

struct ServerSettings {
  // Callers are asked who they are: people are registered, and the load has the token of a service,
  // which acts for all of them.
  bool closed = false;
  bool tls = false;
};

// `winnow serve` on a directory of its own, with the model kModel of the label job_title. Not
// thread-safe.
class MeasuredServer {
 public:
  static absl::StatusOr<std::unique_ptr<MeasuredServer>> Start(const ServerSettings& settings = {});

  const std::string& address() const { return server_->address(); }
  // What it wants to see.
  const rpc::ConnectOptions& connect() const { return connect_; }
  cli::Session& session() { return server_->session(); }
  // Bytes of memory it has now, and had at most since ResetPeak.
  uint64_t ResidentBytes() const { return StatusBytes("VmRSS:"); }
  uint64_t PeakBytes() const { return StatusBytes("VmHWM:"); }
  void ResetPeak() const;
  // Seconds that cores have worked for it.
  double CpuSeconds() const;

  // Adds that many texts of at least that size to a source, as one import.
  absl::Status ImportTexts(const std::string& source, size_t num_texts, size_t min_bytes);
  // A queue over the source, of the defaults but for the overlap. Returns before it is open.
  absl::Status CreateQueue(const std::string& name, const std::string& source,
                           uint32_t overlap = 1);

 private:
  uint64_t StatusBytes(absl::string_view field) const;

  const integration::ScratchDirectory directory_;
  rpc::ConnectOptions connect_;
  std::unique_ptr<integration::WinnowServer> server_;
};

}  // namespace winnow::bench
