#include "common/measure/labelled_texts.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/corpus/standing.h"
#include "common/measure/decided_answers.h"
#include "common/ner/merge_answers.h"
#include "common/text/spans.h"
#include "common/text/split_key.h"
#include "common/text/utf8.h"

namespace winnow::measure {
namespace {

using storage::v1::Answer;

// Standing answers of all data sets about spans, ascending by revision.
absl::StatusOr<std::vector<Answer>> ReadStanding(const corpus::CorpusReader& reader,
                                                 absl::Span<const std::string> datasets,
                                                 uint64_t up_to_revision) {
  WINNOW_RETURN_IF_ERROR(CheckDatasets(reader, datasets));
  std::map<uint64_t, Answer> standing;
  for (const std::string& dataset : datasets) {
    WINNOW_RETURN_IF_ERROR(
        corpus::ForEachStandingAnswer(reader, dataset, up_to_revision, [&](const Answer& answer) {
          if (answer.coverage() != storage::v1::COVERAGE_UNSPECIFIED)
            standing[answer.revision()] = answer;
          return true;
        }));
  }
  ReplaceDecided(standing);
  std::vector<Answer> answers;
  for (auto& [revision, answer] : standing) answers.push_back(std::move(answer));
  return answers;
}

void CountDecisions(const Answer& answer, LabelledTexts& result) {
  if (answer.decisions().empty() && answer.verdict() == storage::v1::VERDICT_IGNORE)
    ++result.num_ignored;
  for (const storage::v1::Decision& decision : answer.decisions()) {
    const storage::v1::Verdict verdict = answer.coverage() == storage::v1::COVERAGE_BINARY
                                             ? corpus::VerdictOf(decision, answer)
                                             : answer.verdict();
    result.num_accepted += verdict == storage::v1::VERDICT_ACCEPT;
    result.num_rejected += verdict == storage::v1::VERDICT_REJECT;
    result.num_ignored += verdict == storage::v1::VERDICT_IGNORE;
  }
}

// The spans that people judged alike, sorted. An answer without a name is somebody else's each
// time.
std::vector<AskedQuestion> AskedOf(absl::Span<const Answer* const> answers) {
  std::map<storage::v1::Span, std::map<std::string, bool>, text::SpanLess> judged;
  for (const Answer* answer : answers) {
    if (answer->coverage() != storage::v1::COVERAGE_BINARY) continue;
    const std::string person = answer->annotator().empty() ? absl::StrCat("#", answer->revision())
                                                           : "@" + answer->annotator();
    for (const storage::v1::Decision& decision : answer->decisions()) {
      const storage::v1::Verdict verdict = corpus::VerdictOf(decision, *answer);
      if (verdict == storage::v1::VERDICT_IGNORE) continue;
      judged[decision.span()][person] = verdict == storage::v1::VERDICT_ACCEPT;
    }
  }
  std::vector<AskedQuestion> asked;
  for (const auto& [span, verdicts] : judged) {
    const bool accepted = verdicts.begin()->second;
    if (std::all_of(verdicts.begin(), verdicts.end(),
                    [&](const auto& verdict) { return verdict.second == accepted; })) {
      asked.push_back({span, accepted});
    }
  }
  return asked;
}

void CountDisagreements(absl::string_view text, const ner::MergedAnswers& merged,
                        LabelledTexts& result) {
  constexpr size_t kMaxNamed = 5;
  result.num_disagreements += merged.disagreements.size();
  const text::OffsetMap offsets(text);
  result.num_ties += static_cast<uint64_t>(
      std::count_if(merged.disagreements.begin(), merged.disagreements.end(),
                    [](const ner::Disagreement& disagreement) { return disagreement.is_tie; }));
  for (const ner::Disagreement& disagreement : merged.disagreements) {
    if (result.disagreements.size() == kMaxNamed) return;
    result.disagreements.push_back(
        absl::StrCat("'", text::SpanText(text, offsets, disagreement.span), "' ",
                     disagreement.span.label(), ": ", disagreement.what));
  }
}

}  // namespace

absl::Status CheckDatasets(const corpus::CorpusReader& reader,
                           absl::Span<const std::string> datasets) {
  std::vector<std::string> unknown;
  for (const std::string& dataset : datasets) {
    const absl::Status status = reader.GetDataset(dataset).status();
    if (!status.ok() && !absl::IsNotFound(status)) return status;
    if (!status.ok()) unknown.emplace_back(status.message());
  }
  if (unknown.empty()) return absl::OkStatus();
  return WithReason(absl::NotFoundError(absl::StrJoin(unknown, "; ")), "UNKNOWN_DATASET");
}

absl::StatusOr<LabelledTexts> ReadLabelledTexts(const corpus::CorpusReader& reader,
                                                absl::Span<const std::string> datasets,
                                                uint64_t up_to_revision,
                                                const ner::ErrorsOfPeople* errors) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Answer> answers,
                          ReadStanding(reader, datasets, up_to_revision));
  LabelledTexts result;
  result.weighed = errors != nullptr;
  std::map<std::string, size_t> index_of;
  std::vector<std::vector<const Answer*>> by_text;
  for (const Answer& answer : answers) {
    const auto [it, is_new] = index_of.try_emplace(answer.example_id(), by_text.size());
    if (is_new) {
      by_text.emplace_back();
      result.texts.emplace_back().example_id = answer.example_id();
    }
    by_text[it->second].push_back(&answer);
    CountDecisions(answer, result);
  }
  for (size_t i = 0; i < by_text.size(); ++i) {
    LabelledExample& text = result.texts[i];
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example, reader.GetExample(text.example_id));
    ner::MergedAnswers merged = ner::MergeAnswers(example.text(), by_text[i], errors);
    text.labelled = std::move(merged.labelled);
    text.split_key = text::SplitKey(example.text());
    text.asked = AskedOf(by_text[i]);
    result.num_contradictions += merged.contradictions.size();
    CountDisagreements(example.text(), merged, result);
  }
  return result;
}

std::string DisagreementCaveat(const LabelledTexts& texts) {
  if (texts.num_disagreements == 0) return "";
  return absl::StrCat("people disagree on ", texts.num_disagreements,
                      texts.num_disagreements == 1 ? " span" : " spans",
                      texts.weighed ? " (answers are weighed; " : " (the majority is followed; ",
                      "ties, which count as unknown: ", texts.num_ties,
                      "): ", absl::StrJoin(texts.disagreements, ", "),
                      texts.num_disagreements > texts.disagreements.size() ? ", ..." : "");
}

std::vector<std::string> CompleteLabels(const storage::v1::LabelledText& labelled,
                                        absl::Span<const std::string> wanted) {
  std::vector<std::string> labels;
  for (const std::string& label : wanted) {
    const auto& complete = labelled.complete_labels();
    const auto& disputed = labelled.disputed();
    if (std::find(complete.begin(), complete.end(), label) != complete.end() &&
        std::none_of(disputed.begin(), disputed.end(),
                     [&](const storage::v1::Span& span) { return span.label() == label; })) {
      labels.push_back(label);
    }
  }
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  return labels;
}

}  // namespace winnow::measure
