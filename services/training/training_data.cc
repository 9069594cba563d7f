#include "services/training/training_data.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/ner/features.h"
#include "common/ner/tagger.h"
#include "common/text/split_key.h"
#include "common/text/tokenizer.h"
#include "common/text/utf8.h"

namespace winnow::training {
namespace {

using storage::v1::LabelledText;
using storage::v1::Span;

constexpr uint64_t kReplaySalt = 0x7265706c6179;

// Only what is said of `labels`.
LabelledText Restrict(const LabelledText& labelled, const v1::TrainingSpec& spec) {
  const auto wanted = [&](const std::string& label) {
    return std::find(spec.labels().begin(), spec.labels().end(), label) != spec.labels().end();
  };
  LabelledText result;
  result.set_text(labelled.text());
  for (const Span& span : labelled.accepted()) {
    if (wanted(span.label())) *result.add_accepted() = span;
  }
  for (const Span& span : labelled.rejected()) {
    if (wanted(span.label())) *result.add_rejected() = span;
  }
  for (const std::string& label : labelled.complete_labels()) {
    if (wanted(label)) result.add_complete_labels(label);
  }
  return result;
}

bool Overlap(const Span& a, const Span& b) { return a.start() < b.end() && b.start() < a.end(); }

// Every accept a reject and the other way round. Of rejected spans that overlap only the first can
// be accepted.
LabelledText Invert(const LabelledText& labelled) {
  LabelledText result;
  result.set_text(labelled.text());
  *result.mutable_rejected() = labelled.accepted();
  for (const Span& span : labelled.rejected()) {
    const bool free = std::none_of(result.accepted().begin(), result.accepted().end(),
                                   [&](const Span& other) { return Overlap(span, other); });
    if (free) *result.add_accepted() = span;
  }
  return result;
}

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

bool KnownByRejectsOnly(const LabelledText& labelled) {
  return labelled.accepted().empty() && labelled.complete_labels().empty();
}

bool SaysNothing(const LabelledText& labelled) {
  return KnownByRejectsOnly(labelled) && labelled.rejected().empty();
}

}  // namespace

double EvalShare(const v1::TrainingSpec& spec) {
  return spec.has_eval_split() ? spec.eval_split() : kHoldout;
}

double HoldoutShare(const v1::TrainingSpec& spec) { return std::max(kHoldout, EvalShare(spec)); }

bool InShare(uint64_t split_key, double share) {
  return text::Bucket(split_key) < share * text::kNumBuckets;
}

TrainingData SelectTrainingTexts(const v1::TrainingSpec& spec,
                                 const measure::LabelledTexts& answers,
                                 const std::vector<LabelledText>& replay,
                                 const models::TrainingKeys& eval_keys) {
  TrainingData data;
  const double holdout = HoldoutShare(spec);
  const auto is_eval = [&](uint64_t key) {
    return std::binary_search(eval_keys.begin(), eval_keys.end(), key);
  };
  for (const measure::LabelledExample& example : answers.texts) {
    if (is_eval(example.split_key)) {
      ++data.num_eval;
      continue;
    }
    if (InShare(example.split_key, holdout)) {
      ++data.num_holdout;
      continue;
    }
    LabelledText labelled = Restrict(example.labelled, spec);
    if (spec.invert_answers()) labelled = Invert(labelled);
    if (SaysNothing(labelled)) continue;
    data.texts.push_back({example.split_key, std::move(labelled), false});
  }
  for (const LabelledText& labelled : replay) {
    const uint64_t key = text::SplitKey(labelled.text());
    if (is_eval(key) || InShare(key, holdout)) continue;
    data.texts.push_back({key, labelled, true});
  }
  return data;
}

void AddLabels(const LabelledText& labelled, std::set<std::string>& labels) {
  for (const Span& span : labelled.accepted()) labels.insert(span.label());
  for (const Span& span : labelled.rejected()) labels.insert(span.label());
  labels.insert(labelled.complete_labels().begin(), labelled.complete_labels().end());
}

EntityTokens CountEntityTokens(absl::Span<const TrainingText> texts,
                               absl::Span<const std::string> labels) {
  EntityTokens counts;
  for (const TrainingText& text : texts) {
    std::vector<Span> spans;
    for (const Span& span : text.labelled.accepted()) {
      if (absl::c_linear_search(labels, span.label())) spans.push_back(span);
    }
    if (spans.empty()) continue;
    const std::vector<text::Token> tokens = text::Tokenize(text.labelled.text());
    counts.all += tokens.size();
    for (const text::Token& token : tokens) {
      counts.in_entities += absl::c_any_of(spans, [&](const Span& span) {
        return span.start() <= token.start && token.end <= span.end();
      });
    }
  }
  return counts;
}

absl::StatusOr<CompiledTexts> CompileTexts(absl::Span<const TrainingText> texts,
                                           absl::Span<const std::string> labels,
                                           const ner::SupervisionOptions& options,
                                           const ner::Knowledge& knowledge, uint64_t seed) {
  constexpr double kLexiconDropout = 0.25;
  CompiledTexts compiled;
  ner::FeatureExtractor extractor;
  for (size_t i = 0; i < texts.size(); ++i) {
    const TrainingText& text = texts[i];
    const std::vector<text::Token> tokens = text::Tokenize(text.labelled.text());
    ner::SupervisionOptions of_text = options;
    of_text.unasked_is_o = options.unasked_is_o && !text.replayed;
    WINNOW_ASSIGN_OR_RETURN(ner::Supervision supervision,
                            ner::Compile(text.labelled, tokens, labels, of_text));
    compiled.num_off_token_spans += supervision.misaligned.size();
    compiled.num_overlapping_spans += supervision.overlapping.size();
    for (const Span& span : supervision.overlapping) {
      if (compiled.named_overlapping_spans.size() == CompiledTexts::kMaxNamed) break;
      compiled.named_overlapping_spans.push_back(Describe(span, text.labelled.text()));
    }
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

std::vector<LabelledText> DrawReplay(const std::vector<TrainingText>& texts,
                                     const std::vector<LabelledText>& carried) {
  // Rank -> record; what is trained on now replaces what was known of the same text before.
  std::map<std::pair<uint64_t, uint64_t>, LabelledText> drawn;
  const auto add = [&](uint64_t key, const LabelledText& labelled) {
    drawn[{MixHash(key, kReplaySalt), key}] = labelled;
  };
  for (const LabelledText& labelled : carried) add(text::SplitKey(labelled.text()), labelled);
  for (const TrainingText& text : texts) {
    if (!text.replayed) add(text.split_key, text.labelled);
  }
  std::vector<LabelledText> records;
  for (auto& [rank, labelled] : drawn) {
    if (records.size() == kMaxReplay) break;
    records.push_back(std::move(labelled));
  }
  return records;
}

}  // namespace winnow::training
