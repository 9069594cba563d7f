#include "common/corpus/lookup.h"

#include <memory>
#include <vector>

#include "absl/strings/str_replace.h"
#include "common/base/names.h"
#include "common/corpus/keys.h"

namespace winnow::corpus {

const NamedKind kDatasetKind{keys::kDatasets, "dataset", "UNKNOWN_DATASET",
                             " Make one: winnow db-in $0 FILE, or answer questions: winnow "
                             "ner.teach $0 MODEL SOURCE -l LABELS"};
const NamedKind kSourceKind{keys::kSources, "source", "UNKNOWN_SOURCE",
                            " Make one: give `winnow ner.teach` a .jsonl or .txt file as SOURCE"};
const NamedKind kQueueKind{keys::kQueues, "queue", "UNKNOWN_QUEUE",
                           " `winnow ner.teach` and `winnow ner.eval-ab` make queues"};

absl::Status UnknownName(const kv::Store& store, const NamedKind& kind, absl::string_view name) {
  std::vector<std::string> names;
  const std::unique_ptr<kv::Iterator> records = store.Scan(kv::Range::Prefix(kind.prefix));
  for (; records->Valid(); records->Next())
    names.emplace_back(records->key().substr(kind.prefix.size()));
  WINNOW_RETURN_IF_ERROR(records->status());
  const std::string shown = absl::Utf8SafeCHexEscape(name);
  return WithReason(absl::NotFoundError(absl::StrCat(
                        "there is no ", kind.what, " \"", shown, "\".", DidYouMean(name, names),
                        absl::StrReplaceAll(kind.how_to_make, {{"$0", shown}}))),
                    kind.unknown_reason);
}

absl::Status UnknownAnswer(absl::string_view dataset, uint64_t revision) {
  return absl::NotFoundError(
      absl::StrCat("dataset \"", dataset, "\" has no answer with revision ", revision));
}

}  // namespace winnow::corpus
