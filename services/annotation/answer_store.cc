#include "services/annotation/answer_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace winnow::annotation {
namespace {

// Answers staged in one mutation: the writer is busy with them for a few milliseconds.
constexpr size_t kStagedAnswers = 1'000;
constexpr size_t kStagedBytes = size_t{256} << 10;
// Of texts and answers that are stored in one step, which takes several times their memory.
constexpr size_t kMaxAppendedBytes = size_t{32} << 20;

}  // namespace

AnswerStore::AnswerStore(corpus::Corpus& corpus, std::string dataset, bool is_new)
    : corpus_(corpus), dataset_(std::move(dataset)), is_new_(is_new) {}

absl::Status AnswerStore::Add(storage::v1::Answer answer, std::optional<std::string> text) {
  num_bytes_ += answer.ByteSizeLong();
  answers_.push_back(std::move(answer));
  if (text.has_value()) {
    num_bytes_ += text->size();
    examples_.emplace_back().set_text(*std::move(text));
  }
  if (is_new_) {
    return answers_.size() == kStagedAnswers || num_bytes_ >= kStagedBytes ? Stage()
                                                                           : absl::OkStatus();
  }
  if (num_bytes_ <= kMaxAppendedBytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      "dataset \"", dataset_, "\" has answers already, and at most ", kMaxAppendedBytes >> 20,
      " MiB can be added to it at a time; import the file in parts, or into a new dataset"));
}

absl::Status AnswerStore::Stage() {
  WINNOW_RETURN_IF_ERROR(corpus_.Change([&](corpus::Transaction& transaction) {
    return transaction.StageAnswers(dataset_, std::move(answers_), examples_, staged_);
  }));
  answers_.clear();
  examples_.clear();
  num_bytes_ = 0;
  return absl::OkStatus();
}

absl::StatusOr<std::string> AnswerStore::Publish(
    const corpus::RequestKey& key,
    absl::FunctionRef<absl::StatusOr<std::string>(corpus::Transaction&)> make_reply) {
  const bool in_pieces = !staged_.name().empty();
  if (in_pieces && !answers_.empty()) WINNOW_RETURN_IF_ERROR(Stage());
  return corpus_.Mutate(key, [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
    if (in_pieces) {
      WINNOW_RETURN_IF_ERROR(transaction.PublishAnswers(staged_));
    } else {
      WINNOW_RETURN_IF_ERROR(
          transaction.AppendAnswers(dataset_, std::move(answers_), examples_).status());
    }
    return make_reply(transaction);
  });
}

}  // namespace winnow::annotation
