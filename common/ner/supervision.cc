#include "common/ner/supervision.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/text/spans.h"
#include "common/text/utf8.h"

namespace winnow::ner {
namespace {

using storage::v1::Evidence;
using storage::v1::LabelledText;
using storage::v1::Span;

using SpanSet = std::set<Span, text::SpanLess>;

std::string Show(const Span& span) {
  return absl::StrCat("[", span.start(), ", ", span.end(), ") ", span.label());
}

// Everything that makes `labelled` unusable.
absl::Status Check(const LabelledText& labelled, uint32_t num_code_points) {
  Violations violations;
  const auto check_range = [&](absl::string_view where, const Span& span) {
    if (span.start() >= span.end() || span.end() > num_code_points) {
      violations.Add(
          absl::StrCat(where, " ", Show(span)),
          absl::StrCat("is empty or beyond the text's ", num_code_points, " code points"));
    }
  };
  SpanSet accepted, rejected;
  for (const Span& span : labelled.accepted()) {
    check_range("accepted", span);
    accepted.insert(span);
  }
  for (const Span& span : labelled.rejected()) {
    check_range("rejected", span);
    rejected.insert(span);
    if (accepted.contains(span)) violations.Add(Show(span), "is accepted and rejected");
  }
  for (const Evidence& evidence : labelled.evidence()) {
    const double log_odds = evidence.log_odds();
    const SpanSet& said = log_odds > 0 ? accepted : rejected;
    if (std::isfinite(log_odds) && log_odds != 0 && said.contains(evidence.span())) continue;
    violations.Add(absl::StrCat("evidence ", Show(evidence.span())),
                   absl::StrCat("is ", log_odds, ", but the span is ",
                                accepted.contains(evidence.span())   ? "accepted"
                                : rejected.contains(evidence.span()) ? "rejected"
                                                                     : "not judged"));
  }
  return violations.ToStatus("a labelled text contradicts itself");
}

constexpr double kCertain = std::numeric_limits<double>::infinity();

bool IsComplete(const LabelledText& labelled, const std::string& label) {
  const auto& complete = labelled.complete_labels();
  return std::find(complete.begin(), complete.end(), label) != complete.end();
}

// The likelihood of what was said of the span if it is right, over that if it is wrong.
double FactorOf(const LabelledText& labelled, const Span& span, bool accepted,
                const AnswerErrors& errors) {
  // A complete annotation was looked at as a whole, so what is known of single answers does not
  // hold for its spans.
  if (IsComplete(labelled, span.label())) return accepted ? kCertain : 0;
  if (const Evidence* evidence = FindEvidence(labelled, span))
    return std::exp(evidence->log_odds());
  if (!accepted) return errors.reject_right / (1 - errors.accept_wrong);
  return errors.accept_wrong == 0 ? kCertain : (1 - errors.reject_right) / errors.accept_wrong;
}

class Compiler {
 public:
  Compiler(absl::Span<const text::Token> tokens, absl::Span<const std::string> labels)
      : tokens_(tokens), labels_(labels), tags_(static_cast<int>(labels.size())) {}

  Supervision Run(const LabelledText& labelled, const SupervisionOptions& options) && {
    FillOutside(labelled);
    FixAccepted(labelled, options.errors);
    std::vector<WeightedSpan>& weighted = supervision_.constraint.weighted;
    for (const Span& span : labelled.rejected()) {
      if (const std::optional<TokenSpan> aligned = Align(span))
        weighted.push_back({*aligned, FactorOf(labelled, span, false, options.errors)});
    }
    std::sort(weighted.begin(), weighted.end(),
              [](const WeightedSpan& a, const WeightedSpan& b) { return a.span < b.span; });
    const auto same = [](const WeightedSpan& a, const WeightedSpan& b) { return a.span == b.span; };
    weighted.erase(std::unique(weighted.begin(), weighted.end(), same), weighted.end());
    Simplify();
    return std::move(supervision_);
  }

 private:
  int LabelIndex(absl::string_view label) const {
    const auto it = std::find(labels_.begin(), labels_.end(), label);
    return it == labels_.end() ? -1 : static_cast<int>(it - labels_.begin());
  }

  // The tokens of a span; reported and nothing if it has no label of the model or does not consist
  // of whole tokens.
  std::optional<TokenSpan> Align(const Span& span) {
    const int label = LabelIndex(span.label());
    if (label < 0) {
      supervision_.unknown_label.push_back(span);
      return std::nullopt;
    }
    const auto first = std::lower_bound(
        tokens_.begin(), tokens_.end(), span.start(),
        [](const text::Token& token, uint32_t start) { return token.start < start; });
    const auto last =
        std::lower_bound(tokens_.begin(), tokens_.end(), span.end(),
                         [](const text::Token& token, uint32_t end) { return token.end < end; });
    if (first == tokens_.end() || first->start != span.start() || last == tokens_.end() ||
        last->end != span.end()) {
      supervision_.misaligned.push_back(span);
      return std::nullopt;
    }
    return TokenSpan{static_cast<uint32_t>(first - tokens_.begin()),
                     static_cast<uint32_t>(last - tokens_.begin() + 1),
                     static_cast<uint32_t>(label)};
  }

  std::array<int, 4> TagsOf(int label) const {
    return {tags_.Single(label), tags_.Begin(label), tags_.Inside(label), tags_.End(label)};
  }

  uint8_t* Allowed(size_t token) {
    return &supervision_.constraint.allowed[token * tags_.num_tags()];
  }

  void FillOutside(const LabelledText& labelled) {
    std::vector<uint8_t> outside(static_cast<size_t>(tags_.num_tags()), 1);
    for (const std::string& name : labelled.complete_labels()) {
      const int label = LabelIndex(name);
      if (label < 0) continue;
      for (const int tag : TagsOf(label)) outside[tag] = 0;
    }
    std::vector<uint8_t>& allowed = supervision_.constraint.allowed;
    for (size_t t = 0; t < tokens_.size(); ++t)
      allowed.insert(allowed.end(), outside.begin(), outside.end());
    for (const Span& span : labelled.disputed()) {
      const int label = LabelIndex(span.label());
      if (label < 0) continue;
      const auto [begin, end] = Touched(span);
      for (uint32_t t = begin; t < end; ++t) {
        for (const int tag : TagsOf(label)) Allowed(t)[tag] = 1;
      }
    }
  }

  struct Accepted {
    TokenSpan span;
    const Span* original;
    double factor;
  };

  static void Mark(std::vector<bool>& tokens, uint32_t begin, uint32_t end) {
    std::fill(tokens.begin() + begin, tokens.begin() + end, true);
  }

  // The accepted spans as tokens, each once, certain ones first, longest first; of those that are
  // not whole tokens the tokens they touch are marked as unknown.
  std::vector<Accepted> AlignAccepted(const LabelledText& labelled, const AnswerErrors& errors,
                                      std::vector<bool>& unknown) {
    std::vector<Accepted> aligned;
    for (const Span& span : labelled.accepted()) {
      if (const std::optional<TokenSpan> tokens = Align(span)) {
        aligned.push_back({*tokens, &span, FactorOf(labelled, span, true, errors)});
      } else if (LabelIndex(span.label()) >= 0) {
        const auto [begin, end] = Touched(span);
        Mark(unknown, begin, end);
      }
    }
    std::sort(aligned.begin(), aligned.end(), [](const Accepted& a, const Accepted& b) {
      return std::tuple(a.factor < kCertain, b.span.end - b.span.begin, a.span) <
             std::tuple(b.factor < kCertain, a.span.end - a.span.begin, b.span);
    });
    const auto same = [](const Accepted& a, const Accepted& b) { return a.span == b.span; };
    aligned.erase(std::unique(aligned.begin(), aligned.end(), same), aligned.end());
    return aligned;
  }

  // Tokens about which nothing is known are freed before any is fixed, so that whatever is kept
  // stays fixed.
  void FixAccepted(const LabelledText& labelled, const AnswerErrors& errors) {
    std::vector<bool> unknown(tokens_.size()), taken(tokens_.size());
    std::vector<TokenSpan> certain;
    for (const auto& [span, original, factor] : AlignAccepted(labelled, errors, unknown)) {
      if (std::find(taken.begin() + span.begin, taken.begin() + span.end, true) !=
          taken.begin() + span.end) {
        supervision_.overlapping.push_back(*original);
        Mark(unknown, span.begin, span.end);
      } else if (factor < kCertain) {
        supervision_.constraint.weighted.push_back({span, factor});
      } else {
        Mark(taken, span.begin, span.end);
        certain.push_back(span);
      }
    }
    for (size_t t = 0; t < tokens_.size(); ++t) {
      if (unknown[t]) std::fill_n(Allowed(t), tags_.num_tags(), 1);
    }
    for (const TokenSpan& span : certain) Fix(span);
  }

  void Fix(const TokenSpan& span) {
    const std::vector<uint16_t> path = TagsOfSpans(
        {TokenSpan{0, span.end - span.begin, span.label}}, span.end - span.begin, tags_);
    for (uint32_t t = span.begin; t < span.end; ++t) {
      std::fill_n(Allowed(t), tags_.num_tags(), 0);
      Allowed(t)[path[t - span.begin]] = 1;
    }
  }

  // The tokens, first and behind the last, of which the span covers a part.
  std::pair<uint32_t, uint32_t> Touched(const Span& span) const {
    const auto first =
        std::partition_point(tokens_.begin(), tokens_.end(),
                             [&](const text::Token& token) { return token.end <= span.start(); });
    const auto last = std::partition_point(
        first, tokens_.end(), [&](const text::Token& token) { return token.start < span.end(); });
    return {static_cast<uint32_t>(first - tokens_.begin()),
            static_cast<uint32_t>(last - tokens_.begin())};
  }

  // Takes the shortest form: a path if there is only one, no mask if everything is allowed.
  void Simplify() {
    Constraint& constraint = supervision_.constraint;
    std::vector<uint8_t>& allowed = constraint.allowed;
    const size_t num_allowed = static_cast<size_t>(std::count(allowed.begin(), allowed.end(), 1));
    if (num_allowed == allowed.size()) allowed.clear();
    if (num_allowed != tokens_.size() || allowed.empty()) return;
    for (size_t t = 0; t < tokens_.size(); ++t) {
      const uint8_t* first = Allowed(t);
      const auto tag = std::find(first, first + tags_.num_tags(), 1) - first;
      constraint.path.push_back(static_cast<uint16_t>(tag));
    }
    allowed.clear();
    constraint.weighted.clear();
  }

  absl::Span<const text::Token> tokens_;
  absl::Span<const std::string> labels_;
  TagSet tags_;
  Supervision supervision_;
};

}  // namespace

const Evidence* FindEvidence(const LabelledText& labelled, const Span& span) {
  const auto& all = labelled.evidence();
  const auto it = std::find_if(all.begin(), all.end(), [&](const Evidence& evidence) {
    return text::SameSpan(evidence.span(), span);
  });
  return it == all.end() ? nullptr : &*it;
}

bool KnownByRejectsOnly(const LabelledText& labelled) {
  return labelled.accepted().empty() && labelled.complete_labels().empty();
}

absl::StatusOr<Supervision> Compile(const LabelledText& labelled,
                                    absl::Span<const text::Token> tokens,
                                    absl::Span<const std::string> labels,
                                    const SupervisionOptions& options) {
  WINNOW_RETURN_IF_ERROR(
      Check(labelled, static_cast<uint32_t>(text::NumCodePoints(labelled.text()))));
  return Compiler(tokens, labels).Run(labelled, options);
}

}  // namespace winnow::ner
