// The answers that stand: of a data set, by the one fold of its log, which also tells the checks of
// people, or about one text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/corpus/reader.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::corpus {

// Calls `visit` for each answer up to a revision, in the order of revisions, with whether it was
// taken back up to then. Errors as CorpusReader::ForEachEntry, and those of `visit`.
absl::Status ForEachAnswer(const CorpusReader& reader, absl::string_view dataset,
                           uint64_t up_to_revision, Visit<storage::v1::Answer, bool> visit);

// Calls `visit` for each answer that stands at a revision, in the order of revisions. An answer
// stands when it was not taken back up to then. Surplus answers, which count for nothing but their
// author's history, are left out. Errors as ForEachAnswer.
absl::Status ForEachStandingAnswer(const CorpusReader& reader, absl::string_view dataset,
                                   uint64_t up_to_revision, Visit<storage::v1::Answer> visit);

// The same for answers to checks of the people who gave them: all are surplus.
absl::Status ForEachCheck(const CorpusReader& reader, absl::string_view dataset,
                          uint64_t up_to_revision, Visit<storage::v1::Answer> visit);

// What an answer says of one of its spans: decisions of old imports have no verdict of their own.
storage::v1::Verdict VerdictOf(const storage::v1::Decision& decision,
                               const storage::v1::Answer& answer);

struct DatasetAnswer {
  std::string dataset;
  storage::v1::Answer answer;
};

// The answers about one text (16 bytes) that stand in some data sets now, without surplus ones, in
// the order of revisions. NotFound (UNKNOWN_DATASET) for the first name that is no data set.
absl::StatusOr<std::vector<DatasetAnswer>> ReadStandingAnswers(
    const CorpusReader& reader, absl::Span<const std::string> datasets,
    absl::string_view example_id);

}  // namespace winnow::corpus
