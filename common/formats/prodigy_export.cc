#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/formats/jsonl.h"
#include "common/formats/prodigy.h"
#include "common/text/tokenizer.h"
#include "common/text/utf8.h"

namespace winnow::formats {
namespace {

using Json = nlohmann::ordered_json;
using storage::v1::Answer;
using storage::v1::Comparison;
using storage::v1::Decision;
using storage::v1::Span;
using text::Token;

const char* VerdictName(storage::v1::Verdict verdict) {
  switch (verdict) {
    case storage::v1::VERDICT_ACCEPT:
      return "accept";
    case storage::v1::VERDICT_REJECT:
      return "reject";
    default:
      return "ignore";
  }
}

const char* PreferenceName(storage::v1::Preference preference) {
  switch (preference) {
    case storage::v1::PREFERENCE_A:
      return "a";
    case storage::v1::PREFERENCE_B:
      return "b";
    case storage::v1::PREFERENCE_TIE:
      return "tie";
    default:
      return "";
  }
}

Json TokensJson(absl::string_view text, const std::vector<Token>& tokens) {
  Json list = Json::array();
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const absl::string_view form = text.substr(token.begin_byte, token.end_byte - token.begin_byte);
    const bool space_follows = i + 1 < tokens.size() && tokens[i + 1].start > token.end;
    list.push_back({{"text", std::string(form)},
                    {"start", token.start},
                    {"end", token.end},
                    {"id", i},
                    {"ws", space_follows}});
  }
  return list;
}

// token_start and token_end (inclusive) are left out where the span does not begin or end with a
// token.
Json SpanJson(const Span& span, const std::vector<Token>& tokens) {
  Json json = {{"start", span.start()}, {"end", span.end()}};
  const auto first =
      std::lower_bound(tokens.begin(), tokens.end(), span.start(),
                       [](const Token& token, uint32_t start) { return token.start < start; });
  const auto last =
      std::lower_bound(tokens.begin(), tokens.end(), span.end(),
                       [](const Token& token, uint32_t end) { return token.end < end; });
  if (first != tokens.end() && last != tokens.end() && first->start == span.start() &&
      last->end == span.end()) {
    json["token_start"] = first - tokens.begin();
    json["token_end"] = last - tokens.begin();
  }
  json["label"] = span.label();
  return json;
}

Json DecisionsJson(const Answer& answer, const std::vector<Token>& tokens) {
  Json list = Json::array();
  for (const Decision& decision : answer.decisions()) {
    Json span = SpanJson(decision.span(), tokens);
    if (decision.has_score()) span["score"] = decision.score();
    if (answer.coverage() == storage::v1::COVERAGE_BINARY)
      span["answer"] = VerdictName(decision.verdict());
    list.push_back(std::move(span));
  }
  return list;
}

Json OutputJson(absl::string_view text, const google::protobuf::RepeatedPtrField<Span>& spans,
                const std::vector<Token>& tokens) {
  Json list = Json::array();
  for (const Span& span : spans) list.push_back(SpanJson(span, tokens));
  return {{"text", std::string(text)}, {"spans", std::move(list)}};
}

// Adds what Prodigy's compare writes; returns its answer.
const char* AddComparison(const Comparison& comparison, absl::string_view text,
                          const std::vector<Token>& tokens, Json& row) {
  const Json a = OutputJson(text, comparison.spans_a(), tokens);
  const Json b = OutputJson(text, comparison.spans_b(), tokens);
  const bool a_first = !comparison.a_shown_second();
  row["input"] = {{"text", std::string(text)}};
  row["accept"] = a_first ? a : b;
  row["reject"] = a_first ? b : a;
  row["mapping"] = {{"A", a_first ? "accept" : "reject"}, {"B", a_first ? "reject" : "accept"}};
  if (comparison.preference() == storage::v1::PREFERENCE_A) return a_first ? "accept" : "reject";
  if (comparison.preference() == storage::v1::PREFERENCE_B) return a_first ? "reject" : "accept";
  return "ignore";
}

// Prodigy has no keys for these fields.
Json WinnowJson(const Answer& answer) {
  Json json = Json::object();
  if (!answer.selection().model_version().empty())
    json["model"] = answer.selection().model_version();
  if (!answer.selection().strategy().empty()) json["strategy"] = answer.selection().strategy();
  for (const std::string& label : answer.complete_labels()) json["labels"].push_back(label);
  if (answer.has_comparison()) {
    json["model_a"] = answer.comparison().model_a();
    json["model_b"] = answer.comparison().model_b();
    json["preference"] = PreferenceName(answer.comparison().preference());
  }
  return json;
}

const char* ViewId(const Answer& answer) {
  if (answer.has_comparison()) return "compare";
  if (answer.coverage() == storage::v1::COVERAGE_UNSPECIFIED) return "text";
  return answer.coverage() == storage::v1::COVERAGE_COMPLETE ? "ner_manual" : "ner";
}

std::vector<RawMember> RawMembersOrNone(absl::string_view object) {
  return object.empty() ? std::vector<RawMember>() : RawMembers(object);
}

}  // namespace

std::string MetaOf(absl::string_view fields_json) {
  std::string meta;
  for (const RawMember& member : RawMembersOrNone(fields_json)) {
    if (member.key == "meta" && member.value[0] == '{') meta = std::string(member.value);
  }
  return meta;
}

std::string SessionOf(const Answer& answer) {
  if (answer.original_json().empty()) {
    return answer.queue().empty() ? "" : absl::StrCat(answer.queue(), "-", answer.annotator());
  }
  std::string session;
  for (const RawMember& member : RawMembersOrNone(answer.original_json())) {
    if (member.key != "_session_id") continue;
    const Json value = Json::parse(member.value, nullptr, /*allow_exceptions=*/false);
    session = value.is_string() ? value.get<std::string>() : "";
  }
  return session;
}

void AddMark(absl::string_view key, std::string& row) {
  row.insert(row.rfind('}'), absl::StrCat(",\"", key, "\":true"));
}

std::string ToProdigyJson(const Answer& answer, absl::string_view text,
                          absl::string_view fields_json) {
  if (!answer.original_json().empty()) return answer.original_json();
  const std::vector<Token> tokens = text::Tokenize(text);
  Json row = Json::object();
  const char* verdict = VerdictName(answer.verdict());
  if (answer.has_comparison()) {
    verdict = AddComparison(answer.comparison(), text, tokens, row);
  } else {
    if (answer.coverage() == storage::v1::COVERAGE_COMPLETE)
      row["tokens"] = TokensJson(text, tokens);
    // A verdict on a text as a whole leaves the spans that its row has.
    if (answer.coverage() != storage::v1::COVERAGE_UNSPECIFIED)
      row["spans"] = DecisionsJson(answer, tokens);
  }
  row["answer"] = verdict;
  row["_view_id"] = ViewId(answer);
  if (!answer.annotator().empty()) row["_annotator_id"] = answer.annotator();
  if (const std::string session = SessionOf(answer); !session.empty()) row["_session_id"] = session;
  if (answer.answered_unix_micros() > 0)
    row["_timestamp"] = answer.answered_unix_micros() / 1'000'000;
  if (const Json winnow = WinnowJson(answer); !winnow.empty()) row["winnow"] = winnow;
  // By hand, as only so the other keys keep their bytes.
  const auto dump = [](const Json& json) {
    return json.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
  };
  std::string line = absl::StrCat("{\"text\":", dump(std::string(text)));
  for (const RawMember& field : RawMembersOrNone(fields_json)) {
    if (field.key != "text" && !row.contains(field.key)) absl::StrAppend(&line, ",", field.bytes);
  }
  absl::StrAppend(&line, ",", dump(row).substr(1));
  return line;
}

}  // namespace winnow::formats
