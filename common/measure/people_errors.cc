#include "common/measure/people_errors.h"

#include <cstddef>
#include <map>

#include "common/base/status.h"
#include "common/corpus/standing.h"
#include "common/measure/shared_answers.h"
#include "common/stats/dawid_skene.h"
#include "common/stats/judgements.h"

namespace winnow::measure {
namespace {

// Rejected is category 0, accepted 1.
constexpr size_t kRejected = 0, kAccepted = 1;

size_t CategoryOf(storage::v1::Verdict verdict) {
  return verdict == storage::v1::VERDICT_ACCEPT ? kAccepted : kRejected;
}

bool IsYesOrNo(storage::v1::Verdict verdict) {
  return verdict == storage::v1::VERDICT_ACCEPT || verdict == storage::v1::VERDICT_REJECT;
}

// counts[truth][answer].
using Counts = std::vector<std::vector<double>>;

// The gold checks of yes/no questions, by the person.
absl::StatusOr<std::map<std::string, Counts>> ReadGoldChecks(const corpus::CorpusReader& reader,
                                                             absl::Span<const std::string> datasets,
                                                             uint64_t up_to_revision) {
  std::map<std::string, Counts> checks;
  const auto count = [&](const storage::v1::Answer& answer) -> absl::StatusOr<bool> {
    const storage::v1::Check& check = answer.check();
    if (check.gold_dataset().empty() || answer.coverage() != storage::v1::COVERAGE_BINARY ||
        !IsYesOrNo(check.verdict()) || !IsYesOrNo(answer.verdict()))
      return true;
    Counts& counts =
        checks.try_emplace(answer.annotator(), 2, std::vector<double>(2)).first->second;
    ++counts[CategoryOf(check.verdict())][CategoryOf(answer.verdict())];
    return true;
  };
  for (const std::string& dataset : datasets)
    WINNOW_RETURN_IF_ERROR(corpus::ForEachCheck(reader, dataset, up_to_revision, count));
  return checks;
}

// The questions that three or more people answered.
stats::Judgements JudgementsOf(const SharedAnswers& shared) {
  stats::Judgements judgements;
  judgements.num_people = shared.people.size();
  for (const SharedQuestion& question : shared.questions) {
    if (question.answers.size() < 3) continue;
    for (const PersonAnswer& answer : question.answers) {
      judgements.all.push_back(
          {judgements.num_items(), answer.person, answer.accepted ? kAccepted : kRejected});
    }
    judgements.item_texts.push_back(question.text);
  }
  return judgements;
}

}  // namespace

absl::StatusOr<std::vector<PersonErrors>> EstimateErrors(const corpus::CorpusReader& reader,
                                                         absl::Span<const std::string> datasets,
                                                         uint64_t up_to_revision) {
  WINNOW_ASSIGN_OR_RETURN(const SharedAnswers shared,
                          ReadSharedAnswers(reader, datasets, /*labels=*/{}, up_to_revision));
  WINNOW_ASSIGN_OR_RETURN(auto checks, ReadGoldChecks(reader, datasets, up_to_revision));
  const stats::Judgements judgements = JudgementsOf(shared);
  stats::DawidSkeneOptions options;
  for (const std::string& person : shared.people) {
    options.known.push_back(checks.try_emplace(person, 2, std::vector<double>(2)).first->second);
  }
  WINNOW_ASSIGN_OR_RETURN(const stats::DawidSkeneFit fit,
                          stats::FitDawidSkene(judgements, options));

  std::vector<uint64_t> num_shared(shared.people.size());
  for (const stats::Judgement& judgement : judgements.all) ++num_shared[judgement.person];
  const auto sum = [](const std::vector<double>& row) {
    return static_cast<uint64_t>(row[kRejected] + row[kAccepted]);
  };
  std::vector<PersonErrors> people;
  for (size_t i = 0; i < shared.people.size(); ++i) {
    const Counts& known = options.known[i];
    const auto& responses = fit.responses[i];
    const PersonErrors person = {shared.people[i],
                                 {responses[kAccepted][kRejected], responses[kRejected][kAccepted]},
                                 sum(known[kAccepted]),
                                 sum(known[kRejected]),
                                 num_shared[i]};
    if (person.num_right_checks + person.num_wrong_checks + person.num_shared_questions > 0)
      people.push_back(person);
  }
  return people;
}

ner::ErrorsOfPeople ErrorsOf(absl::Span<const PersonErrors> people) {
  const stats::DawidSkeneOptions prior;
  const double rate = prior.prior_wrong / (prior.prior_right + prior.prior_wrong);
  ner::ErrorsOfPeople errors;
  errors.others = {rate, rate};
  for (const PersonErrors& person : people) errors.by_name[person.person] = person.errors;
  return errors;
}

}  // namespace winnow::measure
