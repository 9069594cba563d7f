// Answers questions from complete annotations instead of a person.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/text/spans.h"
#include "services/cli/shell/session.h"
#include "winnow/annotation/v1/annotation.pb.h"
#include "winnow/common/v1/common.pb.h"

namespace winnow::cli {

// The complete annotations of one data set. Immutable, hence thread-safe.
class Gold {
 public:
  // From the answers of a data set in the order of their revisions. Of each label of a text the
  // latest complete, accepted annotation counts; an undone one does not; a rejected complete row
  // ("bad row") says nothing.
  explicit Gold(const std::vector<annotation::v1::Answer>& answers);

  // FailedPrecondition when the data set has no complete annotation.
  static absl::StatusOr<Gold> Load(Session& session, const std::string& dataset);

  size_t num_texts() const { return texts_.size(); }

  // Accept if the span, with its label, is gold; ignore if the text is not annotated with that
  // label; else reject.
  common::v1::Verdict Judge(absl::string_view text, const common::v1::Span& span) const;

  // All spans of the labels, ascending; nothing when the text is not annotated with one of them, or
  // when such spans overlap, which no answer may have.
  std::optional<std::vector<common::v1::Span>> Mark(absl::string_view text,
                                                    const std::vector<std::string>& labels) const;

  // The output with fewer false positives plus false negatives, counting only `labels`; a tie where
  // they are equal. CHOICE_UNSPECIFIED (ignore) when the text is not annotated with one of the
  // labels.
  annotation::v1::Choice Compare(const annotation::v1::Task& task,
                                 const std::vector<std::string>& labels) const;

 private:
  using SpanSet = std::set<common::v1::Span, text::SpanLess>;
  struct Text {
    std::set<std::string> labels;
    SpanSet spans;
  };
  const Text* Find(absl::string_view text, absl::string_view label) const;
  std::optional<SpanSet> SpansOf(absl::string_view text,
                                 const std::vector<std::string>& labels) const;

  // By exact text.
  std::map<std::string, Text, std::less<>> texts_;
};

}  // namespace winnow::cli
