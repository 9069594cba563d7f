#include "common/teach/pool.h"

#include <set>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/tasks/kinds.h"
#include "common/text/split_key.h"

namespace winnow::teach {
namespace {

using storage::v1::TextAnswers;
using Keys = absl::flat_hash_set<uint64_t>;

// Adds the split keys of the texts that a data set has.
absl::Status AddKeys(const corpus::CorpusReader& reader, const std::string& dataset, Keys& keys) {
  return reader.ForEachText(dataset, [&](const std::string&, const TextAnswers& answers) {
    keys.insert(answers.split_key());
    return true;
  });
}

// Adds those of the texts that the queue's data set has completely annotated with all its labels.
absl::Status AddCompleteKeys(const corpus::CorpusReader& reader, const storage::v1::Queue& queue,
                             Keys& keys) {
  const std::string& dataset = queue.dataset();
  const auto visit = [&](const std::string&, const TextAnswers& answers) -> absl::StatusOr<bool> {
    std::set<std::string> missing(queue.labels().begin(), queue.labels().end());
    for (const TextAnswers::Entry& entry : answers.entries()) {
      if (!entry.complete() || entry.surplus()) continue;
      WINNOW_ASSIGN_OR_RETURN(const storage::v1::Answer answer,
                              reader.GetAnswer(dataset, entry.revision()));
      for (const std::string& label : answer.complete_labels()) missing.erase(label);
    }
    if (missing.empty()) keys.insert(answers.split_key());
    return true;
  };
  const absl::Status read = reader.ForEachText(dataset, visit);
  // Before the first answer there is no data set.
  return absl::IsNotFound(read) ? absl::OkStatus() : read;
}

}  // namespace

absl::Status Pool::Extend(const corpus::CorpusReader& reader, uint64_t up_to_revision) {
  Keys excluded;
  for (const std::string& dataset : queue_.exclude_datasets())
    WINNOW_RETURN_IF_ERROR(AddKeys(reader, dataset, excluded));
  WINNOW_RETURN_IF_ERROR(AddCompleteKeys(reader, queue_, excluded));
  const bool holds_out = !tasks::IsMarkup(queue_.kind());

  return reader.ForEachSourceMember(
      queue_.source(), num_read_, up_to_revision, [&](const corpus::SourceMember& member) {
        num_read_ = member.ordinal + 1;
        if (!seen_.insert(member.split_key).second) return true;
        const PoolText text{corpus::Id(member.example_id), member.split_key};
        if (excluded.contains(member.split_key)) {
          ++num_excluded_;
        } else if (holds_out && text::IsHoldout(text::Bucket(member.split_key))) {
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
