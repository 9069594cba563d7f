#include "common/measure/agreement.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/stats/f1.h"
#include "common/text/spans.h"

namespace winnow::measure {
namespace {

constexpr int64_t kMicrosPerDay = int64_t{24} * 3600 * 1'000'000;

// The Monday before, in days since 1970-01-01, which was a Thursday. REQUIRES: micros > 0.
int64_t WeekOf(int64_t micros) {
  const int64_t day = micros / kMicrosPerDay;
  return day - (day + 3) % 7;
}

// What two people have in common.
struct OfPair {
  std::vector<stats::JudgementPair> answers;
  std::vector<PairedCounts> texts;

  size_t size() const { return answers.size() + texts.size(); }
};

struct OfWeek {
  // Pairs of answers that are alike, of all of them, by text.
  std::map<size_t, stats::SpanCounts> answers;
  // Sums over the pairs of people of one text each.
  std::vector<PairedCounts> texts;
};

struct OfLabel {
  std::vector<const SharedQuestion*> questions;
  // As those of a week.
  std::vector<PairedCounts> texts;
};

// Shared answers by what they are measured by.
struct Materials {
  std::map<std::pair<size_t, size_t>, OfPair> pairs;
  std::map<int64_t, OfWeek> weeks;
  // "" is all labels.
  std::map<std::string, OfLabel> labels;
  Confusions confusions;
};

void Add(const stats::SpanCounts& counts, stats::SpanCounts& to) {
  to.tp += counts.tp;
  to.predicted += counts.predicted;
  to.gold += counts.gold;
}

void Add(const PairedCounts& counts, PairedCounts& to) {
  Add(counts.exact, to.exact);
  Add(counts.overlap, to.overlap);
}

// Calls `visit` for each two elements.
template <typename Element, typename Visit>
void ForEachPair(const std::vector<Element>& elements, Visit visit) {
  for (size_t i = 0; i < elements.size(); ++i) {
    for (size_t j = i + 1; j < elements.size(); ++j) visit(elements[i], elements[j]);
  }
}

void AddQuestion(const SharedQuestion& question, Materials& to) {
  to.labels[""].questions.push_back(&question);
  to.labels[question.span.label()].questions.push_back(&question);
  ForEachPair(question.answers, [&](const PersonAnswer& first, const PersonAnswer& second) {
    const bool alike = first.accepted == second.accepted;
    to.pairs[{first.person, second.person}].answers.push_back(
        {first.accepted, second.accepted, question.text});
    if (first.unix_micros <= 0 || second.unix_micros <= 0) return;
    const int64_t week = WeekOf(std::max(first.unix_micros, second.unix_micros));
    Add({alike, 1, 1}, to.weeks[week].answers[question.text]);
  });
}

// When the last of the labels was annotated; 0 if that of one is unknown.
int64_t TimeOf(const PersonAnnotation& first, const PersonAnnotation& second,
               const std::vector<std::string>& labels) {
  int64_t last = 0;
  for (const PersonAnnotation* annotation : {&first, &second}) {
    for (const std::string& label : labels) {
      const int64_t micros = annotation->labels.at(label).unix_micros;
      if (micros <= 0) return 0;
      last = std::max(last, micros);
    }
  }
  return last;
}

void AddText(const SharedText& text, Materials& to) {
  std::map<std::string, PairedCounts> labels;
  std::map<int64_t, PairedCounts> weeks;
  ForEachPair(text.annotations, [&](const PersonAnnotation& first, const PersonAnnotation& second) {
    const std::vector<std::string> common = CommonLabels(first, second);
    if (common.empty()) return;
    const SpanComparison comparison = CompareAnnotations(first, second);
    const PairedCounts all = CountPaired(comparison);
    Add(all, labels[""]);
    for (const std::string& label : common) Add(CountPaired(comparison, label), labels[label]);
    to.pairs[{first.person, second.person}].texts.push_back(all);
    if (const int64_t micros = TimeOf(first, second, common); micros > 0)
      Add(all, weeks[WeekOf(micros)]);
    to.confusions.Add(text.text, comparison);
  });
  for (const auto& [label, counts] : labels) to.labels[label].texts.push_back(counts);
  for (const auto& [week, counts] : weeks) to.weeks[week].texts.push_back(counts);
}

absl::StatusOr<LabelAgreement> MeasureLabel(const std::string& label, const OfLabel& material,
                                            const stats::BootstrapOptions& options) {
  LabelAgreement agreement;
  agreement.label = label;
  WINNOW_ASSIGN_OR_RETURN(agreement.questions,
                          MeasureQuestionAgreement(material.questions, options));
  WINNOW_ASSIGN_OR_RETURN(agreement.spans,
                          MeasureSpanAgreement(material.texts, options.confidence));
  return agreement;
}

absl::StatusOr<PairOfPeople> MeasurePair(std::pair<size_t, size_t> people, const OfPair& material,
                                         const stats::BootstrapOptions& options) {
  PairOfPeople pair;
  pair.first = people.first;
  pair.second = people.second;
  if (!material.answers.empty()) {
    WINNOW_ASSIGN_OR_RETURN(pair.questions, stats::MeasureAgreement(material.answers, options));
  }
  WINNOW_ASSIGN_OR_RETURN(pair.spans, MeasureSpanAgreement(material.texts, options.confidence));
  return pair;
}

absl::StatusOr<WeekOfAgreement> MeasureWeek(int64_t first_day, const OfWeek& material,
                                            double confidence) {
  WeekOfAgreement week;
  week.first_day = first_day;
  std::vector<stats::SpanCounts> answers;
  for (const auto& [text, counts] : material.answers) answers.push_back(counts);
  WINNOW_ASSIGN_OR_RETURN(const stats::F1Report alike, stats::MeasureF1(answers, confidence));
  week.num_answer_pairs = static_cast<uint64_t>(alike.predicted);
  week.observed = alike.precision;
  WINNOW_ASSIGN_OR_RETURN(week.spans, MeasureSpanAgreement(material.texts, confidence));
  return week;
}

// A span that anybody marked is a question to all who annotated the text for its label: those who
// marked the very same said yes.
void AddImpliedQuestions(const SharedText& text, std::vector<SharedQuestion>& to) {
  std::map<storage::v1::Span, std::set<size_t>, text::SpanLess> marked;
  for (const PersonAnnotation& annotation : text.annotations) {
    for (const auto& [label, of_label] : annotation.labels) {
      for (const storage::v1::Span& span : of_label.spans) marked[span].insert(annotation.person);
    }
  }
  for (const auto& [span, people] : marked) {
    SharedQuestion& question = to.emplace_back();
    question.span = span;
    for (const PersonAnnotation& annotation : text.annotations) {
      if (!annotation.labels.contains(span.label())) continue;
      question.answers.push_back({annotation.person, people.contains(annotation.person)});
    }
  }
}

absl::StatusOr<std::optional<RatesOfPeople>> EstimateAllRates(const SharedAnswers& shared,
                                                              bool use_prior) {
  std::vector<SharedQuestion> implied;
  for (const SharedText& text : shared.texts) AddImpliedQuestions(text, implied);
  std::vector<const SharedQuestion*> questions;
  for (const SharedQuestion& question : shared.questions) questions.push_back(&question);
  for (const SharedQuestion& question : implied) questions.push_back(&question);
  return EstimateRates(questions, use_prior);
}

// Those who share most, at most `limit`.
std::vector<std::pair<std::pair<size_t, size_t>, const OfPair*>> LargestPairs(
    const Materials& materials, size_t limit) {
  std::vector<std::pair<std::pair<size_t, size_t>, const OfPair*>> pairs;
  for (const auto& [people, material] : materials.pairs) pairs.emplace_back(people, &material);
  std::stable_sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) {
    return a.second->size() > b.second->size();
  });
  if (pairs.size() > limit) pairs.resize(limit);
  return pairs;
}

}  // namespace

absl::StatusOr<AgreementReport> MeasureAgreement(const SharedAnswers& shared,
                                                 const AgreementOptions& options) {
  Violations violations;
  stats::CheckOptions(options.bootstrap, violations);
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("agreement cannot be measured"));

  Materials materials;
  for (const SharedQuestion& question : shared.questions) AddQuestion(question, materials);
  for (const SharedText& text : shared.texts) AddText(text, materials);
  AgreementReport report;
  for (const auto& [label, material] : materials.labels) {
    LabelAgreement& agreement = label.empty() ? report.all : report.labels.emplace_back();
    WINNOW_ASSIGN_OR_RETURN(agreement, MeasureLabel(label, material, options.bootstrap));
  }
  for (const auto& [people, material] : LargestPairs(materials, options.max_pairs)) {
    WINNOW_ASSIGN_OR_RETURN(report.pairs.emplace_back(),
                            MeasurePair(people, *material, options.bootstrap));
  }
  report.num_pairs = materials.pairs.size();
  for (const auto& [first_day, material] : materials.weeks) {
    WINNOW_ASSIGN_OR_RETURN(report.weeks.emplace_back(),
                            MeasureWeek(first_day, material, options.bootstrap.confidence));
  }
  report.label_confusions = materials.confusions.MostFrequentLabels(options.max_confusions);
  report.boundary_confusions = materials.confusions.MostFrequentBoundaries(options.max_confusions);
  WINNOW_ASSIGN_OR_RETURN(report.rates, EstimateAllRates(shared, options.use_prior));
  return report;
}

}  // namespace winnow::measure
