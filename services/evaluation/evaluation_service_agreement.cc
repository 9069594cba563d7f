// EvaluationServiceImpl: agreement, and its messages.
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/rpc/convert.h"
#include "common/rpc/page.h"
#include "services/evaluation/agreement.h"
#include "services/evaluation/evaluation_service.h"

namespace winnow::evaluation {
namespace {

AgreementRequest FromApi(const v1::MeasureAgreementRequest& request) {
  AgreementRequest result;
  result.datasets.assign(request.datasets().begin(), request.datasets().end());
  result.labels.assign(request.labels().begin(), request.labels().end());
  if (request.has_confidence()) result.options.bootstrap.confidence = request.confidence();
  result.options.bootstrap.seed = request.seed();
  result.options.use_prior = !request.without_prior();
  return result;
}

v1::AgreementFigure ToApi(const stats::Coefficient& coefficient) {
  v1::AgreementFigure figure;
  figure.set_value(coefficient.value);
  if (coefficient.interval.has_value()) {
    figure.set_low(coefficient.interval->lower);
    figure.set_high(coefficient.interval->upper);
  }
  return figure;
}

v1::AgreementFigure ToApi(const stats::Estimate& estimate) {
  return ToApi(stats::Coefficient{estimate.value, estimate.interval});
}

v1::QuestionAgreement ToApi(const measure::QuestionAgreement& questions) {
  v1::QuestionAgreement message;
  message.set_num_questions(questions.num_questions);
  *message.mutable_observed() = ToApi(questions.observed);
  *message.mutable_alpha() = ToApi(questions.alpha);
  *message.mutable_fleiss_kappa() = ToApi(questions.fleiss_kappa);
  message.set_fleiss_answers(static_cast<uint32_t>(questions.fleiss_answers));
  message.set_fleiss_questions(questions.fleiss_questions);
  return message;
}

v1::SpanAgreement ToApi(const measure::SpanAgreement& spans) {
  v1::SpanAgreement message;
  message.set_num_texts(spans.num_texts);
  message.set_num_spans(spans.num_spans);
  if (spans.num_spans == 0) return message;
  *message.mutable_exact_f1() = ToApi(spans.exact_f1);
  *message.mutable_overlap_f1() = ToApi(spans.overlap_f1);
  return message;
}

v1::LabelAgreement ToApi(const measure::LabelAgreement& agreement) {
  v1::LabelAgreement message;
  message.set_label(agreement.label);
  if (agreement.questions.has_value()) *message.mutable_questions() = ToApi(*agreement.questions);
  if (agreement.spans.has_value()) *message.mutable_spans() = ToApi(*agreement.spans);
  return message;
}

v1::PairAgreement ToApi(const measure::PairOfPeople& pair, const std::vector<std::string>& people) {
  v1::PairAgreement message;
  message.set_first(people[pair.first]);
  message.set_second(people[pair.second]);
  if (pair.questions.has_value()) {
    message.set_num_questions(static_cast<uint64_t>(pair.questions->items));
    *message.mutable_observed() = ToApi(pair.questions->observed);
    *message.mutable_kappa() = ToApi(pair.questions->kappa);
  }
  if (pair.spans.has_value()) *message.mutable_spans() = ToApi(*pair.spans);
  return message;
}

v1::WeekAgreement ToApi(const measure::WeekOfAgreement& week) {
  v1::WeekAgreement message;
  *message.mutable_start_time() =
      rpc::ToTimestamp(absl::UnixEpoch() + absl::Hours(24) * week.first_day);
  message.set_num_answer_pairs(week.num_answer_pairs);
  if (week.num_answer_pairs > 0) *message.mutable_observed() = ToApi(week.observed);
  if (week.spans.has_value()) *message.mutable_spans() = ToApi(*week.spans);
  return message;
}

v1::PeopleRates ToApi(const measure::RatesOfPeople& rates, const std::vector<std::string>& people) {
  v1::PeopleRates message;
  message.set_num_questions(rates.num_questions);
  message.set_share_right(rates.share_right);
  for (const measure::PersonRates& person : rates.people) {
    v1::PersonRates& item = *message.add_people();
    item.set_person(people[person.person]);
    item.set_num_questions(person.num_questions);
    item.set_accepts_right(person.accepts_right);
    item.set_rejects_wrong(person.rejects_wrong);
    item.set_competence(person.competence);
    item.set_guesses_yes(person.guesses_yes);
  }
  return message;
}

void AddConfusions(const measure::AgreementReport& report, v1::MeasureAgreementResponse& response) {
  for (const measure::Confusions::Labels& labels : report.label_confusions) {
    v1::LabelConfusion& item = *response.add_label_confusions();
    item.set_first(labels.first);
    item.set_second(labels.second);
    item.set_count(labels.count);
  }
  for (const measure::Confusions::Boundaries& boundaries : report.boundary_confusions) {
    v1::BoundaryConfusion& item = *response.add_boundary_confusions();
    item.set_label(boundaries.label);
    item.set_longer(boundaries.longer);
    item.set_shorter(boundaries.shorter);
    item.set_count(boundaries.count);
  }
}

absl::StatusOr<v1::MeasureAgreementResponse> ToApi(const Agreement& agreement) {
  const measure::AgreementReport& report = agreement.report;
  v1::MeasureAgreementResponse response;
  response.set_dataset_revision(agreement.revision);
  response.set_num_people(agreement.people.size());
  *response.mutable_all() = ToApi(report.all);
  for (const measure::LabelAgreement& label : report.labels) *response.add_labels() = ToApi(label);
  for (const measure::PairOfPeople& pair : report.pairs)
    *response.add_pairs() = ToApi(pair, agreement.people);
  response.set_num_pairs(report.num_pairs);
  AddConfusions(report, response);
  for (const measure::WeekOfAgreement& week : report.weeks) *response.add_weeks() = ToApi(week);
  if (report.rates.has_value()) *response.mutable_rates() = ToApi(*report.rates, agreement.people);
  response.set_no_rates_reason(agreement.no_rates_reason);
  for (const std::string& caveat : agreement.caveats) response.add_caveats(caveat);
  if (response.ByteSizeLong() > rpc::kMaxPageBytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the reply would have more than ", rpc::kMaxPageBytes, " bytes; name fewer labels"));
  }
  return response;
}

}  // namespace

grpc::Status EvaluationServiceImpl::MeasureAgreement(grpc::ServerContext* context,
                                                     const v1::MeasureAgreementRequest* request,
                                                     v1::MeasureAgreementResponse* response) {
  return handlers_.Run("Evaluation.MeasureAgreement", context, request, response,
                       [&]() -> absl::StatusOr<v1::MeasureAgreementResponse> {
                         WINNOW_ASSIGN_OR_RETURN(
                             const Agreement agreement,
                             evaluation::MeasureAgreement(annotation_, FromApi(*request)));
                         return ToApi(agreement);
                       });
}

}  // namespace winnow::evaluation
