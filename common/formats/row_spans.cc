#include "common/formats/row_spans.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/names.h"
#include "common/formats/jsonl.h"
#include "common/text/spans.h"
#include "common/text/utf8.h"

namespace winnow::formats {
namespace {

using nlohmann::json;
using storage::v1::Decision;
using storage::v1::Span;
using storage::v1::Verdict;

// White space at the ends of [start, end), in code points; the whole of it if there is nothing
// else.
OffsetPair Trimmed(absl::string_view text, const text::OffsetMap& map, OffsetPair place) {
  const absl::string_view cut = text::SpanText(text, map, place.first, place.second);
  std::optional<uint32_t> first;
  uint32_t position = place.first, last = place.first;
  for (size_t byte = 0; byte < cut.size(); ++position) {
    if (text::IsWhiteSpace(text::DecodeUtf8(cut, byte))) continue;
    if (!first.has_value()) first = position;
    last = position + 1;
  }
  return first.has_value() ? OffsetPair{*first, last} : place;
}

bool HasOuterBlanks(absl::string_view label) {
  size_t begin = 0;
  if (text::IsWhiteSpace(text::DecodeUtf8(label, begin))) return true;
  size_t end = label.size() - 1;
  while (end > 0 && (static_cast<uint8_t>(label[end]) & 0xC0) == 0x80) --end;
  return text::IsWhiteSpace(text::DecodeUtf8(label, end));
}

class SpanReader {
 public:
  SpanReader(FormatRow& row, absl::string_view text, Verdict verdict, const SpanOptions& options,
             LineViolations& violations)
      : row_(row),
        text_(text),
        map_(text),
        verdict_(verdict),
        offsets_(options.offsets),
        labels_(options.labels),
        violations_(violations) {}

  RowSpans Run() {
    const json* spans = FindMember(row_.row, "spans");
    if (spans == nullptr) return {};
    if (!spans->is_array()) {
      violations_.Add(row_.number, row_.spans_key, Describe(*spans) + ", not an array");
      return {};
    }
    size_t index = 0;
    for (json& span : row_.row["spans"]) {
      field_ = absl::StrCat(row_.spans_key, "[", index++, "]");
      if (std::optional<Decision> decision = Read(span)) Keep(*std::move(decision));
    }
    return std::move(result_);
  }

 private:
  void Wrong(absl::string_view key, absl::string_view what) {
    violations_.Add(row_.number, key.empty() ? field_ : absl::StrCat(field_, ".", key), what);
    refused_ = true;
  }

  std::optional<Decision> Read(json& span) {
    refused_ = false;
    if (!span.is_object()) {
      Wrong("", Describe(span) + ", not an object");
      return std::nullopt;
    }
    Decision decision;
    const Verdict own =
        ReadVerdict(row_.number, span, absl::StrCat(field_, ".answer"), violations_);
    decision.set_verdict(own == storage::v1::VERDICT_UNSPECIFIED ? verdict_ : own);
    const json* score = FindMember(span, "score");
    if (score != nullptr && !score->is_number()) {
      Wrong("score", Describe(*score) + ", not a number");
    } else if (IsProbability(score)) {
      decision.set_score(score->get<double>());
    }
    const std::string label = ReadLabel(span);
    const std::optional<OffsetPair> place = ReadPlace(span);
    if (refused_ || !place.has_value()) return std::nullopt;
    const OffsetPair trimmed = Trimmed(text_, map_, *place);
    result_.num_trimmed += trimmed != *place;
    *decision.mutable_span() = text::MakeSpan(trimmed.first, trimmed.second, label);
    return decision;
  }

  std::string ReadLabel(const json& span) {
    const std::string label =
        ReadString(row_.number, span, "label", absl::StrCat(field_, ".label"), violations_);
    if (label.empty()) {
      refused_ = true;
    } else if (label.size() > kMaxLabelBytes) {
      Wrong("label", absl::StrCat("has ", label.size(), " bytes, more than ", kMaxLabelBytes));
    } else if (HasOuterBlanks(label)) {
      Wrong("label", absl::StrCat("is \"", label, "\", with a blank at an end"));
    } else if (!labels_.empty() && !labels_.contains(label)) {
      Wrong("label", absl::StrCat("is \"", label, "\", not one of ", absl::StrJoin(labels_, ", ")));
    }
    return label;
  }

  std::optional<OffsetPair> ReadPlace(json& span) {
    const std::optional<uint64_t> start = ReadOffset(span, "start");
    const std::optional<uint64_t> end = ReadOffset(span, "end");
    // Of a text that was refused nothing can be said.
    if (!start.has_value() || !end.has_value() || text_.empty()) return std::nullopt;
    if (*start > *end || (*start == *end && offsets_ != Offsets::kInclusive)) {
      const absl::string_view what = *start == *end ? "the span is empty" : "the span is reversed";
      Wrong("", absl::StrCat(what, " (start ", *start, ", end ", *end, ")"));
      return std::nullopt;
    }
    const std::optional<OffsetPair> place = ToCodePoints(offsets_, *start, *end, map_);
    if (!place.has_value()) {
      Wrong("",
            absl::StrCat("[", *start, ", ", *end, ") ends beyond the text or inside a character"));
      return std::nullopt;
    }
    if (offsets_ != Offsets::kCodePoints) {
      span["start"] = place->first;
      span["end"] = place->second;
      row_.raw = "";
    }
    CompareOwnText(span, *place);
    return place;
  }

  std::optional<uint64_t> ReadOffset(const json& span, const char* key) {
    const json* value = FindMember(span, key);
    std::string what;
    if (value == nullptr) {
      what = "is missing";
    } else if (!value->is_number_integer()) {
      what = Describe(*value) + ", not an integer";
    } else if (!value->is_number_unsigned()) {
      what = Describe(*value) + ", negative";
    } else if (const uint64_t offset = value->get<uint64_t>(); offsets_ == Offsets::kCodePoints &&
                                                               !text_.empty() &&
                                                               offset > map_.num_code_points()) {
      what = absl::StrCat("is ", offset, ", beyond the text's ", map_.num_code_points(),
                          " characters");
    } else {
      return offset;
    }
    Wrong(key, what);
    return std::nullopt;
  }

  void CompareOwnText(const json& span, OffsetPair place) {
    const json* own = FindMember(span, "text");
    if (own == nullptr || !own->is_string() || *own == "") return;
    const absl::string_view cut = text::SpanText(text_, map_, place.first, place.second);
    if (SameWords(own->get_ref<const std::string&>(), cut)) return;
    Wrong("text", absl::StrCat(Describe(*own), ", but [", place.first, ", ", place.second,
                               ") of the text ", Describe(json(std::string(cut)))));
  }

  void Keep(Decision decision) {
    for (const Decision& other : result_.decisions) {
      if (text::SameSpan(other.span(), decision.span()) && other.verdict() == decision.verdict()) {
        ++result_.num_repeated;
        return;
      }
    }
    result_.decisions.push_back(std::move(decision));
    result_.fields.push_back(field_);
  }

  FormatRow& row_;
  const absl::string_view text_;
  const text::OffsetMap map_;
  const Verdict verdict_;
  const Offsets offsets_;
  const std::set<std::string>& labels_;
  LineViolations& violations_;
  std::string field_;
  bool refused_ = false;
  RowSpans result_;
};

}  // namespace

Verdict ReadVerdict(size_t number, const json& object, absl::string_view field,
                    LineViolations& violations) {
  const json* answer = FindMember(object, "answer");
  if (answer == nullptr) return storage::v1::VERDICT_UNSPECIFIED;
  if (*answer == "accept") return storage::v1::VERDICT_ACCEPT;
  if (*answer == "reject") return storage::v1::VERDICT_REJECT;
  if (*answer == "ignore") return storage::v1::VERDICT_IGNORE;
  violations.Add(number, field, Describe(*answer) + ", not accept, reject or ignore");
  return storage::v1::VERDICT_UNSPECIFIED;
}

std::vector<std::pair<size_t, size_t>> RowSpans::Overlaps() const {
  std::vector<size_t> order(decisions.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto span = [&](size_t i) -> const Span& { return decisions[i].span(); };
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::make_pair(span(a).start(), a) < std::make_pair(span(b).start(), b);
  });
  std::vector<std::pair<size_t, size_t>> overlaps;
  for (size_t i = 1, furthest = 0; i < order.size(); ++i) {
    if (span(order[i]).start() < span(order[furthest]).end())
      overlaps.push_back(std::minmax(order[furthest], order[i]));
    if (span(order[i]).end() > span(order[furthest]).end()) furthest = i;
  }
  return overlaps;
}

RowSpans ReadRowSpans(FormatRow& row, absl::string_view text, Verdict verdict,
                      const SpanOptions& options, LineViolations& violations) {
  return SpanReader(row, text, verdict, options, violations).Run();
}

}  // namespace winnow::formats
