#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/formats/jsonl.h"
#include "common/formats/lines.h"
#include "common/formats/prodigy.h"
#include "common/text/utf8.h"

namespace winnow::formats {
namespace {

using nlohmann::json;
using storage::v1::Answer;
using storage::v1::Decision;
using storage::v1::Span;
using storage::v1::Verdict;

struct Evidence {
  Coverage coverage = Coverage::kInfer;
  std::string reason;
};

struct Row {
  // Decisions are those of `spans`, index by index. Until the coverage is known a decision has the
  // verdict that its span names, or none. A span that was refused is empty.
  ParsedRow parsed;
  Evidence evidence;
  // Pairs of spans that share a character; the second is the one further on in the row.
  std::vector<std::pair<int, int>> overlaps;
};

std::string SpanField(int index, absl::string_view key = "") {
  return absl::StrCat("spans[", index, "]", key.empty() ? "" : ".", key);
}

bool IsProbability(const json* value) {
  return value != nullptr && value->is_number() && value->get<double>() >= 0 &&
         value->get<double>() <= 1;
}

// Pairs of neighbours in text order that share a character.
std::vector<std::pair<int, int>> FindOverlaps(const Answer& answer) {
  std::vector<int> order;
  for (int i = 0; i < answer.decisions_size(); ++i) {
    if (answer.decisions(i).span().end() > 0) order.push_back(i);
  }
  const auto span = [&](int i) -> const Span& { return answer.decisions(i).span(); };
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    return std::make_pair(span(a).start(), a) < std::make_pair(span(b).start(), b);
  });
  std::vector<std::pair<int, int>> overlaps;
  for (size_t i = 1, furthest = 0; i < order.size(); ++i) {
    if (span(order[i]).start() < span(order[furthest]).end())
      overlaps.push_back(std::minmax(order[furthest], order[i]));
    if (span(order[i]).end() > span(order[furthest]).end()) furthest = i;
  }
  return overlaps;
}

class ProdigyParser {
 public:
  explicit ProdigyParser(const ParseOptions& options)
      : options_(options), labels_(options.labels.begin(), options.labels.end()) {}

  void ReadLine(size_t number, absl::string_view line) {
    if (absl::StripAsciiWhitespace(line).empty()) return;
    ++num_lines_;
    const std::optional<json> object = ParseJsonLine(number, line, violations_);
    if (!object.has_value()) return;
    // A comparison says nothing of spans; read as an annotation it would say "no entity".
    const json* view = FindMember(*object, "_view_id");
    if (view != nullptr && *view == "compare") {
      return violations_.Add(number, "_view_id",
                             "is \"compare\": a judgement of two models, which cannot be imported");
    }
    Row row;
    row.parsed.line = number;
    row.parsed.text = ReadString(number, *object, "text", "text", violations_);
    row.parsed.meta_json = ReadMeta(number, line, *object, violations_);
    Answer& answer = row.parsed.answer;
    answer.set_original_json(line.data(), line.size());
    answer.set_verdict(
        ReadVerdict(number, *object, "answer").value_or(storage::v1::VERDICT_ACCEPT));
    ReadProvenance(*object, answer);
    ReadSpans(*object, row);
    ReadWinnowLabels(number, *object);
    row.evidence = EvidenceOf(*object);
    row.overlaps = FindOverlaps(answer);
    rows_.push_back(std::move(row));
  }

  absl::StatusOr<ParsedDataset> Finish() && {
    if (num_lines_ == 0) violations_.Add(0, "", "holds no rows");
    ParsedDataset dataset;
    DecideCoverage(dataset);
    for (Row& row : rows_) {
      if (dataset.coverage == Coverage::kBinary) FinishBinary(row);
      if (dataset.coverage == Coverage::kComplete) FinishComplete(row);
      Count(row, dataset);
      dataset.rows.push_back(std::move(row.parsed));
    }
    if (dataset.coverage == Coverage::kComplete && labels_.empty() && violations_.empty()) {
      violations_.Add(
          0, "", "has no span with a label, so it does not say what the texts are complete for");
    }
    WINNOW_RETURN_IF_ERROR(violations_.ToStatus("not valid Prodigy JSONL"));
    return dataset;
  }

 private:
  // The `answer` of a row or span; nothing if it is missing or refused.
  std::optional<Verdict> ReadVerdict(size_t number, const json& object, absl::string_view field) {
    const auto it = object.find("answer");
    if (it == object.end()) return std::nullopt;
    if (*it == "accept") return storage::v1::VERDICT_ACCEPT;
    if (*it == "reject") return storage::v1::VERDICT_REJECT;
    if (*it == "ignore") return storage::v1::VERDICT_IGNORE;
    violations_.Add(number, field, Describe(*it) + ", not accept, reject or ignore");
    return std::nullopt;
  }

  // Reads who answered and when. Values of another kind than Prodigy's are left to original_json.
  static void ReadProvenance(const json& object, Answer& answer) {
    for (const char* key : {"_session_id", "_annotator_id"}) {
      const json* name = FindMember(object, key);
      if (name != nullptr && name->is_string()) answer.set_annotator(name->get<std::string>());
    }
    constexpr double kMaxUnixSeconds = 1e11;
    const json* timestamp = FindMember(object, "_timestamp");
    if (timestamp == nullptr || !timestamp->is_number()) return;
    const double seconds = timestamp->get<double>();
    if (seconds >= 0 && seconds < kMaxUnixSeconds)
      answer.set_answered_unix_micros(std::llround(seconds * 1e6));
  }

  void ReadSpans(const json& object, Row& row) {
    const json* spans = FindMember(object, "spans");
    if (spans == nullptr) return;
    if (!spans->is_array())
      return violations_.Add(row.parsed.line, "spans", Describe(*spans) + ", not an array");
    const uint64_t length = text::NumCodePoints(row.parsed.text);
    for (const json& span : *spans) {
      const int index = row.parsed.answer.decisions_size();
      ReadSpan(row.parsed.line, index, span, length, *row.parsed.answer.add_decisions());
    }
  }

  // `length`: of the text in code points; 0: unknown, as the text was refused.
  void ReadSpan(size_t number, int index, const json& span, uint64_t length, Decision& decision) {
    if (!span.is_object())
      return violations_.Add(number, SpanField(index), Describe(span) + ", not an object");
    if (const auto verdict = ReadVerdict(number, span, SpanField(index, "answer"))) {
      decision.set_verdict(*verdict);
    }
    const json* score = FindMember(span, "score");
    if (score != nullptr && !score->is_number()) {
      violations_.Add(number, SpanField(index, "score"), Describe(*score) + ", not a number");
    } else if (IsProbability(score)) {
      decision.set_score(score->get<double>());
    }
    const std::string label =
        ReadString(number, span, "label", SpanField(index, "label"), violations_);
    CheckLabel(number, index, label);
    const std::optional<uint64_t> start = ReadOffset(number, index, span, "start", length);
    const std::optional<uint64_t> end = ReadOffset(number, index, span, "end", length);
    if (!start.has_value() || !end.has_value()) return;
    if (*start >= *end) {
      const absl::string_view what = *start == *end ? "the span is empty" : "the span is reversed";
      return violations_.Add(number, SpanField(index),
                             absl::StrCat(what, " (start ", *start, ", end ", *end, ")"));
    }
    decision.mutable_span()->set_start(static_cast<uint32_t>(*start));
    decision.mutable_span()->set_end(static_cast<uint32_t>(*end));
    decision.mutable_span()->set_label(label);
  }

  std::optional<uint64_t> ReadOffset(size_t number, int index, const json& span,
                                     absl::string_view key, uint64_t length) {
    const json* value = FindMember(span, key);
    std::string what;
    if (value == nullptr) {
      what = "is missing";
    } else if (!value->is_number_integer()) {
      what = Describe(*value) + ", not an integer";
    } else if (!value->is_number_unsigned()) {
      what = Describe(*value) + ", negative";
    } else if (const uint64_t offset = value->get<uint64_t>(); length > 0 && offset > length) {
      what = absl::StrCat("is ", offset, ", beyond the text's ", length, " characters");
    } else {
      return offset;
    }
    violations_.Add(number, SpanField(index, key), what);
    return std::nullopt;
  }

  void CheckLabel(size_t number, int index, const std::string& label) {
    if (label.empty()) return;
    if (options_.labels.empty()) {
      labels_.insert(label);
    } else if (labels_.count(label) == 0) {
      violations_.Add(
          number, SpanField(index, "label"),
          absl::StrCat("is \"", label, "\", not one of ", absl::StrJoin(labels_, ", ")));
    }
  }

  void ReadWinnowLabels(size_t number, const json& object) {
    const json* winnow = FindMember(object, "winnow");
    const json* labels =
        winnow != nullptr && winnow->is_object() ? FindMember(*winnow, "labels") : nullptr;
    if (labels == nullptr || !options_.labels.empty()) return;
    if (!labels->is_array())
      return violations_.Add(number, "winnow.labels", Describe(*labels) + ", not an array");
    for (const json& label : *labels) {
      if (label.is_string() && label != "") {
        labels_.insert(label.get<std::string>());
      } else {
        violations_.Add(number, "winnow.labels", "holds something else than labels");
      }
    }
  }

  static Evidence EvidenceOf(const json& object) {
    if (const json* view = FindMember(object, "_view_id"); view != nullptr && view->is_string()) {
      const std::string& id = view->get_ref<const std::string&>();
      if (id == "ner" || id == "spans") return {Coverage::kBinary, "has _view_id " + id};
      if (id == "ner_manual" || id == "spans_manual")
        return {Coverage::kComplete, "has _view_id " + id};
    }
    // Scores and answers of spans come from a model that asked, so they mean binary.
    const json* spans = FindMember(object, "spans");
    if (spans != nullptr && spans->is_array() && !spans->empty()) {
      for (const json& span : *spans) {
        if (!span.is_object()) continue;
        if (FindMember(span, "score") != nullptr)
          return {Coverage::kBinary, "has a span with a score"};
        if (FindMember(span, "answer") != nullptr)
          return {Coverage::kBinary, "has a span with an answer"};
      }
      const json* meta = FindMember(object, "meta");
      if (meta != nullptr && meta->is_object() && IsProbability(FindMember(*meta, "score"))) {
        return {Coverage::kBinary, "has a score in meta"};
      }
    }
    if (FindMember(object, "tokens") != nullptr)
      return {Coverage::kComplete, "has tokens and no score"};
    return {};
  }

  // Sets coverage and coverage_reason; the coverage stays kInfer, with a violation, when the file
  // does not tell.
  void DecideCoverage(ParsedDataset& dataset) {
    dataset.coverage = options_.coverage;
    if (options_.coverage != Coverage::kInfer) {
      dataset.coverage_reason =
          options_.coverage == Coverage::kBinary ? "binary as stated" : "complete as stated";
      return;
    }
    // One row decides for all: a file is the export of one recipe.
    const Row* binary = FindEvidence(Coverage::kBinary);
    const Row* complete = FindEvidence(Coverage::kComplete);
    if (binary != nullptr && complete != nullptr) {
      violations_.Add(
          0, "coverage",
          absl::StrCat("is not given, and the rows speak for both: binary (line ",
                       binary->parsed.line, " ", binary->evidence.reason, ") and complete (line ",
                       complete->parsed.line, " ", complete->evidence.reason, ")"));
    } else if (binary != nullptr || complete != nullptr) {
      const Row& row = binary != nullptr ? *binary : *complete;
      dataset.coverage = row.evidence.coverage;
      dataset.coverage_reason = absl::StrCat("inferred ", binary != nullptr ? "binary" : "complete",
                                             ": line ", row.parsed.line, " ", row.evidence.reason);
    } else if (LooksComplete()) {
      dataset.coverage = Coverage::kComplete;
      dataset.coverage_reason =
          "inferred complete: no scores, rows with no span or several, and none with a span "
          "rejected";
    } else if (violations_.empty()) {  // A refused row may have been the evidence.
      violations_.Add(0, "coverage",
                      "is not given, and no row tells whether it is binary or complete");
    }
  }

  const Row* FindEvidence(Coverage coverage) const {
    const auto it = std::find_if(rows_.begin(), rows_.end(),
                                 [&](const Row& row) { return row.evidence.coverage == coverage; });
    return it == rows_.end() ? nullptr : &*it;
  }

  // Decides for a file without any evidence: see ParseProdigyJsonl.
  bool LooksComplete() const {
    bool has_span = false;
    bool has_other_number = false;
    for (const Row& row : rows_) {
      const int num_spans = row.parsed.answer.decisions_size();
      if (num_spans > 0 && row.parsed.answer.verdict() == storage::v1::VERDICT_REJECT) return false;
      has_span |= num_spans > 0;
      has_other_number |= num_spans != 1;
    }
    return has_span && has_other_number;
  }

  static void FinishBinary(Row& row) {
    Answer& answer = row.parsed.answer;
    answer.set_kind(storage::v1::TASK_KIND_TEACH);
    answer.set_coverage(storage::v1::COVERAGE_BINARY);
    for (Decision& decision : *answer.mutable_decisions()) {
      if (decision.verdict() == storage::v1::VERDICT_UNSPECIFIED)
        decision.set_verdict(answer.verdict());
    }
  }

  void FinishComplete(Row& row) {
    Answer& answer = row.parsed.answer;
    answer.set_kind(storage::v1::TASK_KIND_MANUAL);
    answer.set_coverage(storage::v1::COVERAGE_COMPLETE);
    // A row without a label is complete for it, too, if any row of the file has it.
    for (const std::string& label : labels_) answer.add_complete_labels(label);
    for (const auto& [first, second] : row.overlaps) {
      violations_.Add(row.parsed.line, SpanField(second),
                      absl::StrCat("overlaps ", SpanField(first)));
    }
    for (int i = 0; i < answer.decisions_size(); ++i) {
      Decision& decision = *answer.mutable_decisions(i);
      const bool contradicts = decision.verdict() == storage::v1::VERDICT_REJECT ||
                               decision.verdict() == storage::v1::VERDICT_IGNORE;
      if (contradicts && answer.verdict() == storage::v1::VERDICT_ACCEPT) {
        violations_.Add(row.parsed.line, SpanField(i, "answer"),
                        "is not accept, in an accepted complete annotation");
      }
      decision.set_verdict(storage::v1::VERDICT_ACCEPT);
    }
  }

  static void Count(const Row& row, ParsedDataset& dataset) {
    const Answer& answer = row.parsed.answer;
    if (!row.overlaps.empty()) ++dataset.num_rows_with_overlaps;
    for (const Decision& decision : answer.decisions()) {
      const bool complete = dataset.coverage == Coverage::kComplete;
      const Verdict verdict = complete ? answer.verdict() : decision.verdict();
      dataset.num_accepted += verdict == storage::v1::VERDICT_ACCEPT;
      dataset.num_rejected += verdict == storage::v1::VERDICT_REJECT;
      dataset.num_ignored += verdict == storage::v1::VERDICT_IGNORE;
    }
  }

  const ParseOptions& options_;
  // Labels that complete annotations are complete for.
  std::set<std::string> labels_;
  std::vector<Row> rows_;
  size_t num_lines_ = 0;
  LineViolations violations_;
};

}  // namespace

absl::StatusOr<ParsedDataset> ParseProdigyJsonl(absl::string_view content,
                                                const ParseOptions& options) {
  if (content.size() > std::numeric_limits<uint32_t>::max()) {
    return absl::InvalidArgumentError("the file is larger than 4 GiB; split it");
  }
  ProdigyParser parser(options);
  ForEachLine(content,
              [&](size_t number, absl::string_view line) { parser.ReadLine(number, line); });
  return std::move(parser).Finish();
}

}  // namespace winnow::formats
