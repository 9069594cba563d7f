#include "common/training/compiled_texts.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/string_view.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/ner/features.h"
#include "common/ner/tagger.h"
#include "common/text/spans.h"
#include "common/text/split_key.h"
#include "common/text/tokenizer.h"

namespace winnow::training {
namespace {

using storage::v1::Span;

// Share of the tokens that go without what the lexicon knows of them.
constexpr double kLexiconDropout = 0.25;

// Counts the spans that cannot be taught, and names the first ones.
void CountLeftOut(const ner::Supervision& supervision, absl::string_view content,
                  CompiledTexts& compiled) {
  compiled.num_off_token_spans += supervision.misaligned.size();
  compiled.num_overlapping_spans += supervision.overlapping.size();
  for (const Span& span : supervision.overlapping) {
    if (compiled.named_overlapping_spans.size() == CompiledTexts::kMaxNamed) break;
    compiled.named_overlapping_spans.push_back(text::DescribeSpan(content, span));
  }
}

void CountUses(const storage::v1::LabelledText& labelled, const ner::Supervision& supervision,
               std::map<std::string, LabelUse>& uses) {
  for (const Span& span : labelled.accepted()) ++uses[span.label()].num_accepted;
  for (const Span& span : labelled.rejected()) ++uses[span.label()].num_rejected;
  for (const std::string& label : labelled.complete_labels()) ++uses[label].num_complete_texts;
  const auto lose = [&](const Span& span) {
    LabelUse& use = uses[span.label()];
    if (use.num_lost++ == 0) use.lost_example = text::DescribeSpan(labelled.text(), span);
  };
  for (const Span& span : supervision.overlapping) lose(span);
  for (const Span& span : supervision.misaligned) {
    const bool is_accepted = absl::c_any_of(
        labelled.accepted(), [&](const Span& other) { return text::SameSpan(span, other); });
    if (is_accepted) lose(span);
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
    if (!text.replayed) CountUses(text.labelled, supervision, compiled.uses);
    if (supervision.constraint.empty()) continue;

    ner::Example& example = compiled.examples.emplace_back();
    ner::ExtractFeatures(text.labelled.text(), tokens, knowledge, extractor, example.features,
                         kLexiconDropout, MixHash(seed, text.split_key));
    example.constraint = std::move(supervision.constraint);
    if (!text.replayed && ner::KnownByRejectsOnly(text.labelled))
      example.weight = ner::kRejectWeight;
    compiled.text_of.push_back(i);
  }
  return compiled;
}

std::vector<ner::Example> CompileRawTexts(absl::Span<const std::string> texts,
                                          const ner::Knowledge& knowledge, uint64_t seed) {
  std::vector<ner::Example> examples(texts.size());
  ner::FeatureExtractor extractor;
  for (size_t i = 0; i < texts.size(); ++i) {
    ner::ExtractFeatures(texts[i], text::Tokenize(texts[i]), knowledge, extractor,
                         examples[i].features, kLexiconDropout,
                         MixHash(seed, text::SplitKey(texts[i])));
  }
  return examples;
}

}  // namespace winnow::training
