#include "common/measure/question_agreement.h"

#include <map>

#include "common/base/status.h"
#include "common/stats/dawid_skene.h"
#include "common/stats/f1.h"
#include "common/stats/judgements.h"
#include "common/stats/mace.h"
#include "common/stats/many_judges.h"

namespace winnow::measure {
namespace {

// Rejected is category 0, accepted 1; people are numbered anew, by index.
struct NumberedJudgements {
  stats::Judgements judgements;
  // Numbers of people here, by their index.
  std::map<size_t, size_t> number_of;
};

NumberedJudgements ToJudgements(absl::Span<const SharedQuestion* const> questions) {
  NumberedJudgements result;
  for (const SharedQuestion* question : questions) {
    for (const PersonAnswer& answer : question->answers) result.number_of.emplace(answer.person, 0);
  }
  for (auto& [person, number] : result.number_of) number = result.judgements.num_people++;
  for (const SharedQuestion* question : questions) {
    const size_t item = result.judgements.item_texts.size();
    result.judgements.item_texts.push_back(question->text);
    for (const PersonAnswer& answer : question->answers) {
      result.judgements.all.push_back(
          {item, result.number_of.at(answer.person), answer.accepted ? size_t{1} : size_t{0}});
    }
  }
  return result;
}

// Pairs of answers that are alike, among all pairs, text by text.
std::vector<stats::SpanCounts> CountAlike(absl::Span<const SharedQuestion* const> questions) {
  std::map<size_t, stats::SpanCounts> by_text;
  for (const SharedQuestion* question : questions) {
    int answers = 0, accepted = 0;
    for (const PersonAnswer& answer : question->answers) {
      ++answers;
      accepted += answer.accepted;
    }
    const int rejected = answers - accepted;
    stats::SpanCounts& text = by_text[question->text];
    text.tp += (accepted * (accepted - 1) + rejected * (rejected - 1)) / 2;
    text.gold = text.predicted += answers * (answers - 1) / 2;
  }
  std::vector<stats::SpanCounts> counts;
  for (const auto& [text, count] : by_text) counts.push_back(count);
  return counts;
}

// The questions with the number of answers that most have.
std::vector<const SharedQuestion*> LargestGroup(absl::Span<const SharedQuestion* const> questions) {
  std::map<size_t, std::vector<const SharedQuestion*>> groups;
  for (const SharedQuestion* question : questions)
    groups[question->answers.size()].push_back(question);
  std::vector<const SharedQuestion*> largest;
  for (const auto& [answers, group] : groups) {
    if (group.size() >= largest.size()) largest = group;
  }
  return largest;
}

}  // namespace

absl::StatusOr<std::optional<QuestionAgreement>> MeasureQuestionAgreement(
    absl::Span<const SharedQuestion* const> questions, const stats::BootstrapOptions& options) {
  if (questions.empty()) return std::nullopt;
  QuestionAgreement agreement;
  agreement.num_questions = questions.size();
  // A share of pairs, a text at a time, is what a precision is.
  WINNOW_ASSIGN_OR_RETURN(const stats::F1Report alike,
                          stats::MeasureF1(CountAlike(questions), options.confidence));
  agreement.observed = alike.precision;
  WINNOW_ASSIGN_OR_RETURN(agreement.alpha, stats::MeasureKrippendorffAlpha(
                                               ToJudgements(questions).judgements, options));
  const std::vector<const SharedQuestion*> group = LargestGroup(questions);
  agreement.fleiss_answers = group[0]->answers.size();
  agreement.fleiss_questions = group.size();
  WINNOW_ASSIGN_OR_RETURN(agreement.fleiss_kappa,
                          stats::MeasureFleissKappa(ToJudgements(group).judgements, options));
  return agreement;
}

absl::StatusOr<std::optional<RatesOfPeople>> EstimateRates(
    absl::Span<const SharedQuestion* const> questions, bool use_prior) {
  std::vector<const SharedQuestion*> telling;
  for (const SharedQuestion* question : questions) {
    if (question->answers.size() >= 3) telling.push_back(question);
  }
  if (telling.empty()) return std::nullopt;
  const NumberedJudgements numbered = ToJudgements(telling);
  stats::DawidSkeneOptions options;
  if (!use_prior) options.prior_right = options.prior_wrong = 0;
  WINNOW_ASSIGN_OR_RETURN(const stats::DawidSkeneFit dawid_skene,
                          stats::FitDawidSkene(numbered.judgements, options));
  WINNOW_ASSIGN_OR_RETURN(const stats::MaceFit mace, stats::FitMace(numbered.judgements));

  RatesOfPeople rates;
  rates.num_questions = telling.size();
  rates.share_right = dawid_skene.prevalence[1];
  rates.converged = dawid_skene.converged && mace.converged;
  for (const auto& [person, number] : numbered.number_of) {
    rates.people.push_back({person, 0, dawid_skene.responses[number][1][1],
                            dawid_skene.responses[number][0][0], mace.competences[number],
                            mace.guesses[number][1]});
  }
  for (const stats::Judgement& judgement : numbered.judgements.all)
    ++rates.people[judgement.person].num_questions;
  return rates;
}

}  // namespace winnow::measure
