#include "common/teach/pool.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
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

absl::StatusOr<uint64_t> LastChange(const corpus::CorpusReader& reader,
                                    const storage::v1::Queue& queue) {
  if (queue.input_datasets().empty()) {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Source source, reader.GetSource(queue.source()));
    return source.revision();
  }
  uint64_t last = 0;
  for (const std::string& name : queue.input_datasets()) {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset dataset, reader.GetDataset(name));
    last = std::max(last, dataset.last_revision());
  }
  return last;
}

std::string OriginOf(const storage::v1::Queue& queue) {
  if (queue.input_datasets().empty()) return absl::StrCat("source '", queue.source(), "'");
  return absl::StrCat("datasets ", absl::StrJoin(queue.input_datasets(), ", "));
}

absl::Status Pool::Extend(const corpus::CorpusReader& reader, uint64_t up_to_revision) {
  Keys excluded;
  for (const std::string& dataset : queue_.exclude_datasets())
    WINNOW_RETURN_IF_ERROR(AddKeys(reader, dataset, excluded));
  if (!queue_.labels().empty()) WINNOW_RETURN_IF_ERROR(AddCompleteKeys(reader, queue_, excluded));
  return queue_.input_datasets().empty() ? ExtendBySource(reader, up_to_revision, excluded)
                                         : ExtendByDatasets(reader, excluded);
}

absl::Status Pool::ExtendBySource(const corpus::CorpusReader& reader, uint64_t up_to_revision,
                                  const Keys& excluded) {
  return reader.ForEachSourceMember(
      queue_.source(), num_read_, up_to_revision, [&](const corpus::SourceMember& member) {
        num_read_ = member.ordinal + 1;
        if (seen_.insert(member.split_key).second)
          Add({corpus::Id(member.example_id), member.split_key}, excluded);
        return true;
      });
}

absl::Status Pool::ExtendByDatasets(const corpus::CorpusReader& reader, const Keys& excluded) {
  const bool is_review = queue_.kind() == storage::v1::TASK_KIND_REVIEW;
  // By the revision of the first answer.
  std::map<uint64_t, PoolText> texts;
  const auto visit = [&](const std::string& example_id, const TextAnswers& answers) {
    for (const TextAnswers::Entry& entry : answers.entries()) {
      if (entry.surplus() || (entry.complete() && !is_review)) continue;
      texts.try_emplace(entry.revision(), PoolText{corpus::Id(example_id), answers.split_key()});
      break;
    }
    return true;
  };
  for (const std::string& dataset : queue_.input_datasets())
    WINNOW_RETURN_IF_ERROR(reader.ForEachText(dataset, visit));
  for (const auto& [revision, text] : texts) {
    if (seen_texts_.insert(text.example).second) Add(text, excluded);
  }
  return absl::OkStatus();
}

void Pool::Add(const PoolText& text, const Keys& excluded) {
  const bool holds_out = queue_.kind() == storage::v1::TASK_KIND_TEACH;
  if (excluded.contains(text.split_key)) {
    ++num_excluded_;
  } else if (holds_out && text::IsHoldout(text::Bucket(text.split_key))) {
    holdout_.push_back(text);
  } else {
    teaching_.push_back(text);
  }
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
