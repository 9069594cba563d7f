#include "common/measure/shared_answers.h"

#include <set>
#include <utility>

#include "common/base/status.h"
#include "common/corpus/standing.h"
#include "common/measure/labelled_texts.h"
#include "common/stats/asking.h"
#include "common/text/spans.h"

namespace winnow::measure {
namespace {

using storage::v1::Answer;
using storage::v1::Span;

// The value with the highest revision.
template <typename Value>
struct Last {
  uint64_t revision = 0;
  Value value;

  void Set(uint64_t at, Value other) {
    if (at <= revision) return;
    revision = at;
    value = std::move(other);
  }
};

template <typename Value>
using ByPerson = std::map<std::string, Value>;

struct AnswersOfText {
  std::map<Span, ByPerson<Last<PersonAnswer>>, text::SpanLess> questions;
  ByPerson<std::map<std::string, Last<LabelAnnotation>>> annotations;
};

// Texts by id.
class AnswerTable {
 public:
  explicit AnswerTable(absl::Span<const std::string> labels)
      : labels_(labels.begin(), labels.end()) {}

  void Add(const Answer& answer) {
    if (answer.coverage() == storage::v1::COVERAGE_UNSPECIFIED ||
        answer.selection().strategy() == stats::kUnanimousStrategy) {
      return;
    }
    if (answer.annotator().empty()) {
      ++num_unnamed_;
      return;
    }
    people_.insert(answer.annotator());
    if (answer.coverage() == storage::v1::COVERAGE_BINARY) AddBinary(answer);
    if (answer.coverage() == storage::v1::COVERAGE_COMPLETE) AddComplete(answer);
  }

  absl::StatusOr<SharedAnswers> Share(const corpus::CorpusReader& reader) const {
    SharedAnswers shared;
    shared.people.assign(people_.begin(), people_.end());
    shared.num_unnamed = num_unnamed_;
    std::map<std::string, size_t> index;
    for (const std::string& person : shared.people) index.try_emplace(person, index.size());
    size_t number = 0;
    for (const auto& [id, text] : texts_) {
      ShareQuestions(number++, text, index, shared.questions);
      SharedText annotated{"", AnnotationsOf(text, index)};
      if (!IsShared(annotated)) continue;
      WINNOW_ASSIGN_OR_RETURN(storage::v1::Example example, reader.GetExample(id));
      annotated.text = std::move(*example.mutable_text());
      shared.texts.push_back(std::move(annotated));
    }
    return shared;
  }

 private:
  bool IsWanted(const std::string& label) const {
    return labels_.empty() || labels_.contains(label);
  }

  void AddBinary(const Answer& answer) {
    for (const storage::v1::Decision& decision : answer.decisions()) {
      const storage::v1::Verdict verdict = corpus::VerdictOf(decision, answer);
      if (!IsWanted(decision.span().label()) ||
          (verdict != storage::v1::VERDICT_ACCEPT && verdict != storage::v1::VERDICT_REJECT))
        continue;
      texts_[answer.example_id()].questions[decision.span()][answer.annotator()].Set(
          answer.revision(),
          {0, verdict == storage::v1::VERDICT_ACCEPT, answer.answered_unix_micros()});
    }
  }

  void AddComplete(const Answer& answer) {
    if (answer.verdict() != storage::v1::VERDICT_ACCEPT) return;
    std::map<std::string, std::set<Span, text::SpanLess>> marked;
    for (const storage::v1::Decision& decision : answer.decisions())
      marked[decision.span().label()].insert(decision.span());
    for (const std::string& label : answer.complete_labels()) {
      if (!IsWanted(label)) continue;
      const auto& spans = marked[label];
      texts_[answer.example_id()].annotations[answer.annotator()][label].Set(
          answer.revision(), {{spans.begin(), spans.end()}, answer.answered_unix_micros()});
    }
  }

  static void ShareQuestions(size_t number, const AnswersOfText& text,
                             const std::map<std::string, size_t>& index,
                             std::vector<SharedQuestion>& questions) {
    for (const auto& [span, answers] : text.questions) {
      if (answers.size() < 2) continue;
      SharedQuestion& question = questions.emplace_back(SharedQuestion{number, span, {}});
      for (const auto& [person, last] : answers) {
        question.answers.push_back(last.value);
        question.answers.back().person = index.at(person);
      }
    }
  }

  static std::vector<PersonAnnotation> AnnotationsOf(const AnswersOfText& text,
                                                     const std::map<std::string, size_t>& index) {
    std::vector<PersonAnnotation> annotations;
    for (const auto& [person, labels] : text.annotations) {
      PersonAnnotation& annotation = annotations.emplace_back();
      annotation.person = index.at(person);
      for (const auto& [label, last] : labels) annotation.labels[label] = last.value;
    }
    return annotations;
  }

  // Some label was annotated by two people.
  static bool IsShared(const SharedText& text) {
    std::set<std::string> seen;
    for (const PersonAnnotation& annotation : text.annotations) {
      for (const auto& [label, spans] : annotation.labels) {
        if (!seen.insert(label).second) return true;
      }
    }
    return false;
  }

  const std::set<std::string> labels_;
  std::set<std::string> people_;
  std::map<std::string, AnswersOfText> texts_;
  uint64_t num_unnamed_ = 0;
};

}  // namespace

absl::StatusOr<SharedAnswers> ReadSharedAnswers(const corpus::CorpusReader& reader,
                                                absl::Span<const std::string> datasets,
                                                absl::Span<const std::string> labels,
                                                uint64_t up_to_revision) {
  WINNOW_RETURN_IF_ERROR(CheckDatasets(reader, datasets));
  AnswerTable table(labels);
  for (const std::string& dataset : datasets) {
    WINNOW_RETURN_IF_ERROR(
        corpus::ForEachStandingAnswer(reader, dataset, up_to_revision, [&](const Answer& answer) {
          table.Add(answer);
          return true;
        }));
  }
  return table.Share(reader);
}

}  // namespace winnow::measure
