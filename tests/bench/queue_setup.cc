#include "tests/bench/queue_setup.h"

#include <sched.h>
#include <time.h>

#include <fstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/formats/source.h"
#include "common/rpc/errors.h"
#include "common/rpc/server.h"
#include "common/rpc/testing_certificates.h"
#include "nlohmann/json.hpp"
#include "tests/testing/steps.h"

namespace winnow::bench {
namespace {

using annotation::v1::AnnotationService;

constexpr size_t kNumPhrases = 1'500;
constexpr size_t kNumGold = 600;

absl::Status TrainModel(cli::Session& session) {
  WINNOW_ASSIGN_OR_RETURN(const std::string rows,
                          integration::ExampleLines("job_titles_gold.jsonl", kNumGold));
  WINNOW_RETURN_IF_ERROR(
      integration::ImportDataset(session, "gold", rows, annotation::v1::COVERAGE_COMPLETE)
          .status());
  return integration::Train(session, integration::TrainingSpecOf("gold", "blank:en", kModel))
      .status();
}

// The token of somebody new.
absl::StatusOr<std::string> AddPerson(const std::string& data, const std::string& name,
                                      const std::string& role) {
  const integration::Finished added =
      integration::RunToEnd("winnow", {"people", "add", name, "--role", role, "--data", data});
  if (added.exit_code != 0) return absl::InternalError(added.err);
  return added.out.substr(0, added.out.find('\n'));
}

}  // namespace

void PinTo(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<unsigned>(core), &cores);
  sched_setaffinity(0, sizeof cores, &cores);
}

absl::StatusOr<TextMaker> TextMaker::Make(uint64_t seed) {
  WINNOW_ASSIGN_OR_RETURN(const std::string rows,
                          integration::ExampleLines("job_titles_raw.jsonl", kNumPhrases));
  WINNOW_ASSIGN_OR_RETURN(const std::vector<formats::SourceText> texts,
                          formats::ParseSource(rows, formats::SourceFormat::kJsonl));
  std::vector<std::string> phrases;
  for (const formats::SourceText& text : texts) phrases.push_back(text.text);
  return TextMaker(std::move(phrases), seed);
}

std::string TextMaker::Next(size_t min_bytes) {
  std::string text;
  while (text.size() < min_bytes) {
    // A number makes each text another one.
    absl::StrAppend(&text, text.empty() ? "" : " ", phrases_[random_.Below(phrases_.size())],
                    ", vacancy ", random_.Below(1'000'000), ".");
  }
  return text;
}

absl::StatusOr<std::unique_ptr<MeasuredServer>> MeasuredServer::Start(
    const ServerSettings& settings) {
  auto measured = std::make_unique<MeasuredServer>();
  const std::string data = measured->directory_ / "data";
  if (settings.closed) {
    WINNOW_RETURN_IF_ERROR(AddPerson(data, "root", "admin").status());
    WINNOW_ASSIGN_OR_RETURN(measured->connect_.token, AddPerson(data, "load", "service"));
  }
  std::vector<std::string> words;
  if (settings.tls) {
    rpc::TestAuthority authority(measured->directory_ / "tls");
    const rpc::TlsFiles files = authority.Issue("server", "localhost");
    words = {"--tls-cert", files.certificate, "--tls-key", files.key};
    measured->connect_.tls.authority = files.authority;
  }
  WINNOW_ASSIGN_OR_RETURN(measured->server_,
                          integration::WinnowServer::Start(data, words, measured->connect_));
  WINNOW_RETURN_IF_ERROR(TrainModel(measured->session()));
  return measured;
}

uint64_t MeasuredServer::StatusBytes(absl::string_view field) const {
  std::ifstream status(absl::StrCat("/proc/", server_->process().pid(), "/status"));
  for (std::string line; std::getline(status, line);) {
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    uint64_t kib = 0;
    if (words.size() == 3 && words[0] == field && absl::SimpleAtoi(words[1], &kib))
      return kib << 10;
  }
  return 0;
}

void MeasuredServer::ResetPeak() const {
  // See proc(5).
  std::ofstream(absl::StrCat("/proc/", server_->process().pid(), "/clear_refs")) << "5";
}

double MeasuredServer::CpuSeconds() const {
  clockid_t clock;
  timespec time;
  if (clock_getcpuclockid(server_->process().pid(), &clock) != 0 ||
      clock_gettime(clock, &time) != 0)
    return 0;
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

absl::Status MeasuredServer::ImportTexts(const std::string& source, size_t num_texts,
                                         size_t min_bytes) {
  WINNOW_ASSIGN_OR_RETURN(TextMaker texts, TextMaker::Make(Hash64(source)));
  grpc::ClientContext context;
  annotation::v1::ImportSourceResponse response;
  const auto writer = session().annotation().ImportSource(&context, &response);
  annotation::v1::ImportSourceRequest request;
  request.mutable_header()->set_request_id(cli::NewRequestId());
  request.mutable_header()->set_source(source);
  request.mutable_header()->set_format(annotation::v1::SOURCE_FORMAT_JSONL);
  bool open = writer->Write(request);
  std::string piece;
  for (size_t i = 0; open && i < num_texts; ++i) {
    absl::StrAppend(&piece, nlohmann::json({{"text", texts.Next(min_bytes)}}).dump(), "\n");
    if (piece.size() < rpc::kChunkBytes && i + 1 < num_texts) continue;
    request.set_chunk(std::exchange(piece, ""));
    open = writer->Write(request);
  }
  writer->WritesDone();
  WINNOW_RETURN_IF_ERROR(rpc::FromGrpc(writer->Finish()));
  if (response.num_added() == num_texts) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(response.num_added(), " texts arrived"));
}

absl::Status MeasuredServer::CreateQueue(const std::string& name, const std::string& source,
                                         uint32_t overlap) {
  annotation::v1::CreateQueueRequest request;
  request.set_request_id(cli::NewRequestId());
  annotation::v1::QueueSpec& spec = *request.mutable_spec();
  spec.set_name(name);
  spec.set_kind(annotation::v1::TASK_KIND_TEACH);
  spec.set_source(source);
  spec.set_dataset(name);
  spec.add_labels(integration::kJobTitle);
  spec.set_model(kModel);
  spec.set_overlap(overlap);
  return cli::Call(session().annotation(), &AnnotationService::Stub::CreateQueue, request).status();
}

}  // namespace winnow::bench
