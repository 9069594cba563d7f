// The kinds of task: all that differs between them when a person has judged one.
//
// A new kind is a row of the table here, a stream (stream.h), and a card in each client.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "winnow/storage/v1/records.pb.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::tasks {

// Which of two outputs, in the order in which they were shown, is better.
enum class Choice : uint8_t { kNone, kFirst, kSecond, kTie };

// What a person says of a task.
struct Judgement {
  storage::v1::Verdict verdict = storage::v1::VERDICT_UNSPECIFIED;
  Choice choice = Choice::kNone;
  // manual, correct, review of complete annotations: all spans of the task's labels. teach: with a
  // reject, the right spans in place of the one shown, if the person gave them.
  std::vector<storage::v1::Span> spans;
  // From shown to answered, in [0, kMaxTook].
  absl::Duration took;
};
inline constexpr absl::Duration kMaxTook = absl::Hours(24);

// A row of the table.
struct Kind {
  storage::v1::TaskKind kind;
  // "teach", as people write it.
  absl::string_view name;
  // The working model of a queue may learn from such answers.
  bool teaches;
};

// NotFound for a number that is no kind.
absl::StatusOr<const Kind*> FindKind(storage::v1::TaskKind kind);

// Whether all spans of some labels are marked: manual and correct. A manual task without labels
// asks whether the text as a whole is right.
bool IsMarkup(storage::v1::TaskKind kind);

// The answer that the judgement of a task makes, without who, when and in which queue.
// `num_code_points` is the length of the task's text; it is read only where the judgement has
// spans. InvalidArgument with everything that does not fit: a verdict or choice that the kind does
// not have, spans that are empty, out of the text, of other labels than the task's, or overlapping.
absl::StatusOr<storage::v1::Answer> MakeAnswer(const storage::v1::Task& task,
                                               const Judgement& judgement,
                                               uint32_t num_code_points);

// The task that an answer answered, without its view. Of a text that was marked the marks that it
// began with are not known, nor of a review what others said: there are none.
storage::v1::Task TaskOf(const storage::v1::Answer& answer);

// Whether a working model may learn from the answer: its kind teaches, it speaks of spans, and it
// is no "ignore".
bool Teaches(const storage::v1::Answer& answer);

}  // namespace winnow::tasks
