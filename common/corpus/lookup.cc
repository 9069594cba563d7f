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
  for (; records->Valid(); records->Next()) names.emplace_back(records->key().substr(kind.prefix.size()));
  WINNOW_RETURN_IF_ERROR(records->status());
  return WithReason(absl::NotFoundError(absl::StrCat("there is no ", kind.what, " \"", absl::Utf8SafeCHexEscape(name),
                                                     "\".", DidYouMean(name, names))),
                    kind.unknown_reason);
}

absl::Status UnknownAnswer(absl::string_view dataset, uint64_t revision) {
  return absl::NotFoundError(absl::StrCat("dataset \"", dataset, "\" has no answer with revision ", revision));
}

}  // namespace winnow::corpus
