// What is to be reviewed in a text: where several people answered the same.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/corpus/standing.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::teach {

// Everything that was said about one text, as reviews: first of its questions, one for each span
// that was judged (COVERAGE_BINARY), ascending; then of its complete annotations, one if there is
// any. Also what only one person said is among them. A pure function.
//
// * `answers`: those of one text that stand, in the order of their revisions. Only spans of
//   `labels` count.
// * Of a person the latest answer to the question counts, or the latest annotation of each label; a
//   text rejected as a bad one replaces the person's annotations. Ignored tasks say nothing. An
//   answer without the name of a person is one of somebody else.
// * A review of complete annotations is of those labels that everybody annotated who annotated any;
//   of all labels where everybody rejected the text. There is none where people annotated different
//   labels.
std::vector<storage::v1::Review> FindReviews(absl::Span<const corpus::DatasetAnswer> answers,
                                             const std::set<std::string>& labels);

// Who said something.
uint32_t NumPeople(const storage::v1::Review& review);

// Everybody said the same.
inline bool IsUnanimous(const storage::v1::Review& review) { return review.versions_size() == 1; }

// Identity of what is decided, whoever said what: "is this span right?", or "which are all the
// spans of these labels?".
std::string ReviewTaskIdOf(absl::string_view example_id, const storage::v1::Review& review);

}  // namespace winnow::teach
