#include "services/annotation/cold_start.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "common/base/status.h"
#include "common/ner/blank_model.h"
#include "common/text/tokenizer.h"

namespace winnow::annotation {

using storage::v1::Queue;
using storage::v1::Span;

bool IsBlank(absl::string_view model) { return absl::StartsWith(model, "blank:"); }

absl::StatusOr<std::shared_ptr<const models::LoadedModel>> VersionOf(const Queue& queue,
                                                                     models::ModelCache& models) {
  if (!IsBlank(queue.model())) return models.Get(queue.model());
  auto version = std::make_shared<models::LoadedModel>();
  version->version = {queue.model(), 0};
  WINNOW_ASSIGN_OR_RETURN(version->model,
                          ner::BlankModel({queue.labels().begin(), queue.labels().end()}));
  return version;
}

std::vector<Span> FindPatternSpans(const ner::PatternSet& patterns, absl::string_view text,
                                   const Queue& queue) {
  thread_local ner::PatternMatcher matcher;
  const std::vector<text::Token> tokens = text::Tokenize(text);
  std::vector<ner::PatternMatch> matches;
  matcher.FindMatches(patterns, text::Forms(text, tokens), matches);
  ner::KeepLongest(matches);
  std::vector<Span> spans;
  for (const ner::PatternMatch& match : matches) {
    const std::string& label = patterns.labels()[match.span.label];
    if (std::find(queue.labels().begin(), queue.labels().end(), label) == queue.labels().end())
      continue;
    Span& span = spans.emplace_back();
    span.set_start(tokens[match.span.begin].start);
    span.set_end(tokens[match.span.end - 1].end);
    span.set_label(label);
  }
  return spans;
}

}  // namespace winnow::annotation
