// erase: texts removed for good, wherever they stand.
#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/confirmation.h"
#include "services/cli/recipes/input_file.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

// Of one call.
constexpr size_t kTextsPerCall = 1000;
constexpr size_t kBytesPerCall = size_t{4} << 20;

struct Report {
  annotation::v1::EraseTextsResponse corpus;
  training::v1::EraseTextsResponse replays;
};

// The end of the texts that one call takes, from `begin` on: at least one.
size_t EndOfCall(const std::vector<formats::SourceText>& texts, size_t begin) {
  size_t end = begin, num_bytes = 0;
  while (end < texts.size() && end - begin < kTextsPerCall && num_bytes < kBytesPerCall)
    num_bytes += texts[end++].text.size();
  return end;
}

// Erases texts [begin, end), and adds to the report.
absl::Status Erase(const std::vector<formats::SourceText>& texts, size_t begin, size_t end,
                   Session& session, Report& report) {
  training::v1::EraseTextsRequest of_replays;
  annotation::v1::EraseTextsRequest of_corpus;
  of_replays.set_request_id(NewRequestId());
  of_corpus.set_request_id(NewRequestId());
  for (size_t i = begin; i < end; ++i) {
    of_replays.add_texts(texts[i].text);
    of_corpus.add_texts(texts[i].text);
  }
  WINNOW_ASSIGN_OR_RETURN(
      const annotation::v1::EraseTextsResponse erased,
      Call(session.annotation(), &annotation::v1::AnnotationService::Stub::EraseTexts, of_corpus,
           kLongCall));
  WINNOW_ASSIGN_OR_RETURN(const training::v1::EraseTextsResponse replays,
                          Call(session.training(), &training::v1::TrainingService::Stub::EraseTexts,
                               of_replays, kLongCall));
  annotation::v1::EraseTextsResponse& sum = report.corpus;
  sum.set_num_texts(sum.num_texts() + erased.num_texts());
  sum.set_num_answers(sum.num_answers() + erased.num_answers());
  sum.set_num_source_rows(sum.num_source_rows() + erased.num_source_rows());
  sum.set_num_tasks(sum.num_tasks() + erased.num_tasks());
  sum.set_num_snapshots(std::max(sum.num_snapshots(), erased.num_snapshots()));
  report.replays.MergeFrom(replays);
  return absl::OkStatus();
}

std::string ReportText(const Report& report) {
  const annotation::v1::EraseTextsResponse& corpus = report.corpus;
  std::string text = absl::StrCat(Counted(corpus.num_texts(), "text"), " erased, with ",
                                  Counted(corpus.num_answers(), "answer"), ", ",
                                  Counted(corpus.num_source_rows(), "row"), " of sources and ",
                                  Counted(corpus.num_tasks(), "task"), " of queues\n");
  for (const auto& version : report.replays.versions()) {
    absl::StrAppend(&text, "out of the replay of ", version.name(), ": ",
                    Counted(version.num_examples(), "text"), "\n");
  }
  if (corpus.num_snapshots() > 0) {
    absl::StrAppend(&text, Counted(corpus.num_snapshots(), "snapshot"),
                    " may hold them until what runs has ended; run this again then\n");
  }
  return absl::StrCat(text,
                      "not reached: files outside, such as exports, backups and model directories; "
                      "weights of models keep what they learnt\n");
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  const std::string path = invocation.Argument("FILE");
  WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadInput(path, environment));
  const absl::StatusOr<std::vector<formats::SourceText>> texts =
      formats::ParseSource(content, FormatOf(path));
  if (!texts.ok()) return InFile(path, texts.status());
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_RETURN_IF_ERROR(ConfirmRemoval(
      absl::StrCat(Counted(texts->size(), "text"), ", with everything said of them, for good"),
      invocation, environment));
  Report report;
  for (size_t begin = 0; begin < texts->size();) {
    const size_t end = EndOfCall(*texts, begin);
    WINNOW_RETURN_IF_ERROR(Erase(*texts, begin, end, *session, report));
    begin = end;
  }
  if (invocation.Flag("json")) {
    PrintJson({{"corpus", ToJson(report.corpus)}, {"replays", ToJson(report.replays)}},
              environment);
  } else {
    environment.out << ReportText(report);
  }
  return absl::OkStatus();
}

}  // namespace

Command EraseTexts() {
  return {ClientSpec({.name = "erase",
                      .summary = "Erase texts for good, wherever they stand",
                      .arguments = {{"FILE", "the texts: .jsonl or .txt, or - for standard input"}},
                      .options = {YesOption()},
                      .example = "erase forget.txt --yes",
                      .notes = "A text is erased in all its spellings (case and white space do not "
                               "count) from datasets, sources and queues, and from the replays of "
                               "models. The report tells how much there was, and what is out of "
                               "reach."}),
          Run};
}

}  // namespace winnow::cli
