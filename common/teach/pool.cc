#include "common/teach/pool.h"

#include <utility>

#include "common/base/status.h"
#include "common/text/split_key.h"

namespace winnow::teach {
namespace {

using storage::v1::TextAnswers;

// Adds the split keys of the texts that a data set has; with `complete_only` of those that are
// annotated completely.
absl::Status AddKeys(const corpus::CorpusReader& reader, const std::string& dataset,
                     bool complete_only, absl::flat_hash_set<uint64_t>& keys) {
  return reader.ForEachText(dataset, [&](const std::string&, const TextAnswers& answers) {
    bool counts = !complete_only;
    for (const TextAnswers::Entry& entry : answers.entries()) counts |= entry.complete();
    if (counts) keys.insert(answers.split_key());
    return true;
  });
}

}  // namespace

absl::Status Pool::Extend(const corpus::CorpusReader& reader, uint64_t up_to_revision) {
  absl::flat_hash_set<uint64_t> excluded;
  for (const std::string& dataset : queue_.exclude_datasets())
    WINNOW_RETURN_IF_ERROR(AddKeys(reader, dataset, /*complete_only=*/false, excluded));
  const absl::Status own = AddKeys(reader, queue_.dataset(), /*complete_only=*/true, excluded);
  // Before the first answer there is no data set.
  if (!own.ok() && !absl::IsNotFound(own)) return own;

  return reader.ForEachSourceMember(
      queue_.source(), num_read_, up_to_revision, [&](const corpus::SourceMember& member) {
        num_read_ = member.ordinal + 1;
        if (!seen_.insert(member.split_key).second) return true;
        const PoolText text{corpus::Id(member.example_id), member.split_key};
        if (excluded.contains(member.split_key)) {
          ++num_excluded_;
        } else if (text::IsHoldout(text::Bucket(member.split_key))) {
          holdout_.push_back(text);
        } else {
          teaching_.push_back(text);
        }
        return true;
      });
}

absl::StatusOr<absl::string_view> TextCache::Get(const corpus::Id& example) {
  const auto kept = texts_.find(example);
  if (kept != texts_.end()) return absl::string_view(kept->second);
  WINNOW_ASSIGN_OR_RETURN(storage::v1::Example record, reader_.GetExample(example.bytes()));
  if (num_bytes_ + record.text().size() > kBytes) {
    last_ = std::move(*record.mutable_text());
    return absl::string_view(last_);
  }
  num_bytes_ += record.text().size();
  std::string& text = texts_[example];
  text = std::move(*record.mutable_text());
  return absl::string_view(text);
}

}  // namespace winnow::teach
