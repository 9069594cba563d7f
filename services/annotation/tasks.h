// Translations between tasks and answers of the API and records.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/corpus/reader.h"
#include "winnow/annotation/v1/annotation.pb.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::annotation {

inline constexpr absl::string_view kAuditStrategy = "audit";
inline constexpr absl::string_view kPatternStrategy = "patterns";
inline constexpr absl::string_view kComparisonStrategy = "comparison";

// The answer to a task that was leased, without who and when. InvalidArgument when verdict or
// choice do not fit.
absl::StatusOr<storage::v1::Answer> AnswerOf(const v1::Task& task, const v1::NewAnswer& given);

// Un-blinds: puts the stored comparison of the answer's task and the preference behind the choice
// into `answer`.
absl::Status FillComparison(const corpus::CorpusReader& reader, absl::string_view queue,
                            const v1::NewAnswer& given, storage::v1::Answer& answer);

// The task that an answer answered, without a lease.
v1::Task TaskOf(const storage::v1::Answer& answer, const storage::v1::Example& example,
                bool unsegmented);

// The task of a stored comparison, without a lease.
v1::Task ComparisonTaskOf(const storage::v1::StoredTask& stored,
                          const storage::v1::Example& example);

// Shows the sentence around the span, or the whole text.
void SetView(bool unsegmented, v1::Task& task);

v1::QueueSpec SpecOf(const storage::v1::Queue& queue);
v1::Answer ToApi(const storage::v1::Answer& answer, absl::string_view text);
v1::Source ToApi(const storage::v1::Source& source);

}  // namespace winnow::annotation
