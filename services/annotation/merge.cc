#include "services/annotation/merge.h"

#include <cstdint>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/corpus/standing.h"
#include "services/annotation/answer_store.h"

namespace winnow::annotation {
namespace {

absl::Status Check(const corpus::CorpusReader& reader, const std::vector<std::string>& datasets,
                   const std::string& output) {
  Violations violations;
  violations.AddUnlessOk("output", ValidateName("dataset", output));
  if (datasets.empty()) violations.Add("datasets", "must name at least one dataset");
  std::set<std::string> named;
  for (const std::string& dataset : datasets) {
    violations.AddUnlessOk("datasets", ValidateName("dataset", dataset));
    if (!named.insert(dataset).second)
      violations.Add("datasets", absl::StrCat("name '", dataset, "' twice"));
  }
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("cannot merge the datasets"));

  uint64_t num_answers = 0;
  for (const std::string& dataset : datasets) {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset record, reader.GetDataset(dataset));
    num_answers += record.num_answers();
  }
  if (num_answers == 0)
    return absl::FailedPreconditionError("the datasets have no answer that could be merged");
  const absl::Status existing = reader.GetDataset(output).status();
  if (absl::IsNotFound(existing)) return absl::OkStatus();
  WINNOW_RETURN_IF_ERROR(existing);
  return absl::FailedPreconditionError(
      absl::StrCat("dataset \"", output, "\" is there already; merge into a new one"));
}

absl::StatusOr<storage::v1::Dataset> ReplyOf(const std::string& reply) {
  storage::v1::Dataset dataset;
  if (!dataset.ParseFromString(reply)) return absl::DataLossError("a kept reply is damaged");
  return dataset;
}

}  // namespace

absl::StatusOr<storage::v1::Dataset> MergeDatasets(corpus::Corpus& corpus,
                                                   const std::vector<std::string>& datasets,
                                                   const std::string& output,
                                                   const corpus::RequestKey& key) {
  const absl::StatusOr<std::string> kept = corpus.FindReply(key);
  if (kept.ok()) return ReplyOf(*kept);
  if (!absl::IsNotFound(kept.status())) return kept.status();
  const corpus::CorpusReader& reader = corpus.reader();
  WINNOW_ASSIGN_OR_RETURN(const uint64_t revision, reader.GetRevision());
  WINNOW_RETURN_IF_ERROR(Check(reader, datasets, output));

  AnswerStore store(corpus, output, /*is_new=*/true);
  const auto copy = [&](const storage::v1::Answer& answer) -> absl::StatusOr<bool> {
    WINNOW_RETURN_IF_ERROR(store.Add(answer));
    return true;
  };
  for (const std::string& dataset : datasets)
    WINNOW_RETURN_IF_ERROR(corpus::ForEachStandingAnswer(reader, dataset, revision, copy));
  WINNOW_RETURN_IF_ERROR(store.Stage());
  WINNOW_ASSIGN_OR_RETURN(
      const std::string reply,
      store.Publish(key, [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
        WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset merged, transaction.GetDataset(output));
        return merged.SerializeAsString();
      }));
  return ReplyOf(reply);
}

}  // namespace winnow::annotation
