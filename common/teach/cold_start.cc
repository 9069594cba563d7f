#include "common/teach/cold_start.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/formats/patterns.h"
#include "common/ner/blank_model.h"
#include "common/text/spans.h"
#include "common/text/tokenizer.h"
#include "common/text/utf8.h"

namespace winnow::teach {

using storage::v1::Queue;

absl::StatusOr<std::shared_ptr<const models::LoadedModel>> VersionOf(const Queue& queue,
                                                                     models::ModelCache& models) {
  if (!ner::IsBlankName(queue.model())) return models.Get(queue.model());
  auto version = std::make_shared<models::LoadedModel>();
  version->version = {queue.model(), 0};
  WINNOW_ASSIGN_OR_RETURN(version->model,
                          ner::BlankModel({queue.labels().begin(), queue.labels().end()}));
  return version;
}

absl::StatusOr<std::shared_ptr<const models::LoadedModel>> WithPatternLabels(
    std::shared_ptr<const models::LoadedModel> version, const Queue& queue,
    const ner::PatternSet* patterns) {
  std::vector<std::string> added;
  for (const std::string& label : queue.labels()) {
    const bool is_asked = patterns != nullptr && absl::c_linear_search(patterns->labels(), label);
    if (is_asked && version->model->LabelIndex(label) < 0) added.push_back(label);
  }
  if (added.empty()) return version;
  auto wider = std::make_shared<models::LoadedModel>(*version);
  WINNOW_ASSIGN_OR_RETURN(wider->model, ner::WithBlankLabels(*version->model, added));
  return wider;
}

bool KnowsAnyLabel(const ner::Model& model, const Queue& queue) {
  return absl::c_any_of(queue.labels(),
                        [&](const std::string& label) { return model.LabelIndex(label) >= 0; });
}

absl::Status CheckServes(const models::LoadedModel& version, const Queue& queue) {
  for (const std::string& label : queue.labels()) {
    if (version.model->LabelIndex(label) >= 0) continue;
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          "paused: ", version.version.ToString(), " does not know the label '",
                          label, "' of the queue; it goes on when a version serves that does")),
                      "UNKNOWN_LABEL");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const ner::PatternSet>> PatternsOf(const Queue& queue) {
  if (queue.patterns().empty()) return nullptr;
  WINNOW_ASSIGN_OR_RETURN(storage::v1::PatternSet parsed, formats::ParsePatterns(queue.patterns()));
  return ner::PatternSet::Make(std::move(parsed));
}

std::vector<Candidate> FindPatternCandidates(const ner::PatternSet& patterns,
                                             absl::string_view text, const Queue& queue) {
  thread_local ner::PatternMatcher matcher;
  const std::vector<text::Token> tokens = text::Tokenize(text);
  std::vector<ner::PatternMatch> matches;
  matcher.FindMatches(patterns, text::Forms(text, tokens), matches);
  ner::KeepLongest(matches);
  std::vector<Candidate> candidates;
  if (matches.empty()) return candidates;

  const text::OffsetMap offsets(text);
  for (const ner::PatternMatch& match : matches) {
    const std::string& name = patterns.labels()[match.span.label];
    const auto label = std::find(queue.labels().begin(), queue.labels().end(), name);
    if (label == queue.labels().end()) continue;
    Candidate& candidate = candidates.emplace_back();
    candidate.start = tokens[match.span.begin].start;
    candidate.end = tokens[match.span.end - 1].end;
    candidate.label = static_cast<uint32_t>(label - queue.labels().begin());
    candidate.string_key =
        StringKey(text::SpanText(text, offsets, candidate.start, candidate.end), name);
  }
  return candidates;
}

}  // namespace winnow::teach
