#include "common/corpus/lookup.h"

#include <memory>
#include <vector>

#include "common/base/names.h"
#include "common/corpus/keys.h"

namespace winnow::corpus {

const NamedKind kDatasetKind{keys::kDatasets, "dataset", "UNKNOWN_DATASET"};
const NamedKind kSourceKind{keys::kSources, "source", "UNKNOWN_SOURCE"};
const NamedKind kQueueKind{keys::kQueues, "queue", "UNKNOWN_QUEUE"};

absl::Status UnknownName(const kv::Store& store, const NamedKind& kind, absl::string_view name) {
  std::vector<std::string> names;
  const std::unique_ptr<kv::Iterator> records = store.Scan(kv::Range::Prefix(kind.prefix));
  for (; records->Valid(); records->Next())
    names.emplace_back(records->key().substr(kind.prefix.size()));
  WINNOW_RETURN_IF_ERROR(records->status());
  return WithReason(absl::NotFoundError(absl::StrCat("there is no ", kind.what, " \"",
                                                     absl::Utf8SafeCHexEscape(name), "\".",
                                                     DidYouMean(name, names))),
                    kind.unknown_reason);
}

absl::StatusOr<storage::v1::Answer> GetAnswerOf(const storage::v1::Dataset& dataset,
                                                uint64_t revision, GetFn get) {
  const std::string key = keys::Answer(dataset.id(), revision);
  const absl::StatusOr<std::string> bytes = get(key);
  if (absl::IsNotFound(bytes.status())) {
    return absl::NotFoundError(
        absl::StrCat("dataset \"", dataset.name(), "\" has no answer with revision ", revision));
  }
  if (!bytes.ok()) return bytes.status();
  WINNOW_ASSIGN_OR_RETURN(auto entry, ParseRecord<storage::v1::LogEntry>(key, *bytes));
  if (entry.has_answer()) return std::move(*entry.mutable_answer());
  return absl::FailedPreconditionError(absl::StrCat("revision ", revision, " of dataset \"",
                                                    dataset.name(), "\" is itself an undo"));
}

}  // namespace winnow::corpus
