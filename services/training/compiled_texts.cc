#include "services/training/compiled_texts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/ner/features.h"
#include "common/ner/tagger.h"
#include "common/text/tokenizer.h"
#include "common/text/utf8.h"

namespace winnow::training {
namespace {

using storage::v1::Span;

// Share of the tokens that go without what the lexicon knows of them.
constexpr double kLexiconDropout = 0.25;

// "Nurse" [5, 10) job in "Head Nurse wanted".
std::string Describe(const Span& span, absl::string_view text) {
  constexpr uint32_t kMaxShown = 60;
  const text::OffsetMap map(text);
  const auto part = [&](uint32_t start, uint32_t end) {
    const uint32_t begin = map.CodePointToByte(start).value_or(0);
    return text.substr(
        begin, map.CodePointToByte(std::min(end, map.num_code_points())).value_or(begin) - begin);
  };
  return absl::StrCat("\"", part(span.start(), span.end()), "\" [", span.start(), ", ", span.end(),
                      ") ", span.label(), " in \"", part(0, kMaxShown),
                      map.num_code_points() > kMaxShown ? "..." : "", "\"");
}

// Counts the spans that cannot be taught, and names the first ones.
void CountLeftOut(const ner::Supervision& supervision, absl::string_view text,
                  CompiledTexts& compiled) {
  compiled.num_off_token_spans += supervision.misaligned.size();
  compiled.num_overlapping_spans += supervision.overlapping.size();
  for (const Span& span : supervision.overlapping) {
    if (compiled.named_overlapping_spans.size() == CompiledTexts::kMaxNamed) break;
    compiled.named_overlapping_spans.push_back(Describe(span, text));
  }
}

}  // namespace

absl::StatusOr<CompiledTexts> CompileTexts(absl::Span<const TrainingText> texts,
                                           absl::Span<const std::string> labels,
                                           const ner::SupervisionOptions& options,
                                           const ner::Knowledge& knowledge, uint64_t seed) {
  CompiledTexts compiled;
  ner::FeatureExtractor extractor;
  for (size_t i = 0; i < texts.size(); ++i) {
    const TrainingText& text = texts[i];
    const std::vector<text::Token> tokens = text::Tokenize(text.labelled.text());
    WINNOW_ASSIGN_OR_RETURN(ner::Supervision supervision,
                            ner::Compile(text.labelled, tokens, labels, options));
    CountLeftOut(supervision, text.labelled.text(), compiled);
    if (supervision.constraint.empty()) continue;

    ner::Example& example = compiled.examples.emplace_back();
    ner::ExtractFeatures(text.labelled.text(), tokens, knowledge, extractor, example.features,
                         kLexiconDropout, MixHash(seed, text.split_key));
    example.constraint = std::move(supervision.constraint);
    if (!text.replayed && KnownByRejectsOnly(text.labelled)) example.weight = ner::kRejectWeight;
    compiled.text_of.push_back(i);
  }
  return compiled;
}

}  // namespace winnow::training
