#include "common/formats/row_formats.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/formats/jsonl.h"
#include "common/formats/span_forms.h"
#include "common/formats/tags.h"

namespace winnow::formats {
namespace {

using nlohmann::json;
using Take = std::function<void(FormatRow)>;

struct Recipe {
  // Of `_view_id`, and a key that tells it where there is none; either may be empty.
  absl::string_view view;
  absl::string_view key;
  absl::string_view what;
};

// Prodigy's recipes whose answers say nothing of spans.
constexpr Recipe kOtherRecipes[] = {
    {"compare", "", "a judgement of two models"},
    {"classification", "cats", "a text classification"},
    {"choice", "options", "a choice among options"},
    {"review", "versions", "a review of several people's answers"},
    {"image", "image", "an annotation of an image"},
    {"image_manual", "", "an annotation of an image"},
    {"audio", "audio", "an annotation of a sound"},
    {"audio_manual", "", "an annotation of a sound"},
    {"video", "video", "an annotation of a video"},
    {"text_input", "", "a text that was typed in"},
    {"dep", "arcs", "an annotation of syntax"},
};

// Where other tools keep spans, and a tool that does.
struct SpansKey {
  const char* key;
  const char* format;
};

constexpr SpansKey kSpansKeys[] = {
    {"entities", "spaCy"}, {"ents", "spaCy"},        {"label", "doccano"},
    {"labels", "doccano"}, {"annotations", "spans"}, {"annotation", "DataTurks"},
    {"spans", "spans"},
};

const json* FindOf(const json& object, std::initializer_list<const char*> keys,
                   bool (json::*is)() const noexcept) {
  for (const char* key : keys) {
    const json* value = FindMember(object, key);
    if (value != nullptr && (value->*is)()) return value;
  }
  return nullptr;
}

bool IsListOf(const json* list, bool (*is)(const json&)) {
  return list != nullptr && list->is_array() && std::all_of(list->begin(), list->end(), is);
}

// ["text", {"entities": [...]}], or the spans in the place of the object.
bool IsTuple(const json& value) {
  return value.is_array() && value.size() == 2 && value[0].is_string() &&
         (value[1].is_object() || value[1].is_array());
}

class Converter {
 public:
  Converter(Container container, const Take& take, LineViolations& violations)
      : container_(container), take_(take), violations_(violations) {}

  void Read(Record record) {
    number_ = record.number;
    const bool is_object = record.value.is_object();
    if (!is_object && !IsTuple(record.value))
      return Wrong("", Describe(record.value) + ", not a JSON object");
    if (is_object && Refuse(record.value)) return;
    if (is_object && (HasProdigySpans(record.value) || !SaysMore(record.value)))
      return Give(std::move(record.value), "spans", record.raw);
    if (JsonDepth(record.raw) > kMaxJsonDepth)
      return Wrong("", absl::StrCat("is nested deeper than ", kMaxJsonDepth));
    if (is_object) return ReadObject(std::move(record.value));
    ReadTuple(std::move(record.value));
  }

 private:
  void Wrong(absl::string_view field, absl::string_view what) {
    violations_.Add(number_, field, what);
  }

  // As it came, or made of tokens or cells.
  void Give(json row, std::string spans_key, absl::string_view raw) {
    std::string format;
    if (FindMember(row, "spans") != nullptr) {
      format = container_ == Container::kTokens  ? "CoNLL"
               : container_ == Container::kTable ? "a table"
                                                 : kProdigy;
    }
    take_({number_, std::move(row), std::move(format), std::move(spans_key), raw});
  }

  void GiveAs(const char* format, json row, std::string spans_key) {
    take_({number_, std::move(row), format, std::move(spans_key), ""});
  }

  bool Refuse(const json& row) {
    const json* view = FindMember(row, "_view_id");
    const bool has_spans = FindMember(row, "spans") != nullptr;
    for (const Recipe& recipe : kOtherRecipes) {
      if (view != nullptr && *view == std::string(recipe.view)) {
        Wrong("_view_id", absl::StrCat("is \"", recipe.view, "\": ", recipe.what,
                                       ", which cannot be imported"));
        return true;
      }
      if (view == nullptr && !has_spans && !recipe.key.empty() &&
          FindMember(row, recipe.key) != nullptr) {
        Wrong(recipe.key, absl::StrCat("looks like ", recipe.what, ", which cannot be imported"));
        return true;
      }
    }
    return false;
  }

  // Prodigy's spans are objects.
  static bool HasProdigySpans(const json& row) {
    const json* spans = FindMember(row, "spans");
    return spans != nullptr && !(spans->is_array() && !spans->empty() && spans->front().is_array());
  }

  // Something besides a text and its meta.
  static bool SaysMore(const json& row) {
    for (const SpansKey& spans : kSpansKeys) {
      if (FindMember(row, spans.key) != nullptr) return true;
    }
    for (const char* key : {"paragraphs", "completions", "ner_tags"}) {
      if (FindMember(row, key) != nullptr) return true;
    }
    const json* data = FindMember(row, "data");
    return HasWords(row) || (data != nullptr && data->is_object());
  }

  // Tokens that are strings; spaCy's and Prodigy's are objects.
  static bool HasWords(const json& row) {
    const json* words = FindOf(row, {"tokens", "words"}, &json::is_array);
    if (words == nullptr) return false;
    return words->empty() ? FindMember(row, "ner_tags") != nullptr : words->front().is_string();
  }

  void ReadObject(json row) {
    const json* data = FindMember(row, "data");
    if (data != nullptr && data->is_object()) return ReadTask(std::move(row));
    if (FindOf(row, {"paragraphs"}, &json::is_array) != nullptr) return ReadParagraphs(row);
    const json* annotations = FindMember(row, "annotations");
    if (annotations != nullptr && !annotations->empty() && IsListOf(annotations, IsTuple))
      return ReadTuples(*annotations);
    if (HasWords(row)) return ReadTagged(std::move(row));
    ReadSpansUnderKey(std::move(row));
  }

  void ReadTuple(json tuple) {
    json row = tuple[1].is_object() ? tuple[1] : json{{"entities", tuple[1]}};
    row["text"] = tuple[0];
    if (!Refuse(row)) ReadSpansUnderKey(std::move(row));
  }

  void ReadTuples(const json& tuples) {
    violations_.set_unit("row");
    for (const json& tuple : tuples) {
      ReadTuple(tuple);
      ++number_;
    }
  }

  // The text under another name than `text`.
  static void NameText(json& row) {
    if (FindMember(row, "text") != nullptr) return;
    for (const char* key : {"data", "content", "sentence", "raw"}) {
      const auto it = row.find(key);
      if (it == row.end() || !it->is_string()) continue;
      json text = std::move(*it);
      row.erase(key);
      row["text"] = std::move(text);
      return;
    }
  }

  void ReadSpansUnderKey(json row) {
    const SpansKey* found = nullptr;
    const SpansKey* other = nullptr;
    for (const SpansKey& key : kSpansKeys) {
      const json* value = FindMember(row, key.key);
      if (value == nullptr) continue;
      if (!IsListOf(value, LooksLikeSpan)) {
        other = &key;
      } else if (found == nullptr || FindMember(row, found->key)->empty()) {
        found = &key;
      } else if (!value->empty()) {
        return Wrong(key.key, absl::StrCat("has spans, and so has ", found->key));
      }
    }
    if (found == nullptr) {
      if (other == nullptr) return Wrong("", "holds no spans in a form that is known");
      return Wrong(other->key, absl::StrCat(Describe(*FindMember(row, other->key)),
                                            ", not spans: looks like a text classification, or a "
                                            "format that is not known"));
    }
    NameText(row);
    json spans = json::array();
    for (json& span : row[found->key]) AppendSpans(std::move(span), spans);
    row.erase(found->key);
    row["spans"] = std::move(spans);
    GiveAs(found->format, std::move(row), found->key);
  }

  // The text of a task: whatever name it has, if it is the only string.
  static json TakeText(json& data) {
    std::vector<std::string> names;
    for (const auto& [name, value] : data.items()) {
      if (value.is_string()) names.push_back(name);
    }
    const std::string name = data.contains("text") || names.size() != 1 ? "text" : names[0];
    json text = data.contains(name) ? std::move(data[name]) : json();
    data.erase(name);
    return text;
  }

  // Label Studio. What nobody annotated, or somebody skipped, says nothing.
  void ReadTask(json task) {
    json row = std::move(task["data"]);
    NameText(row);
    const json text = TakeText(row);
    const auto give = [&](json spans, const char* answer, const json* annotator) {
      json one = {{"text", text}, {"spans", std::move(spans)}, {"answer", answer}};
      if (!row.empty()) one["meta"] = row;
      if (const json* id = FindMember(task, "id")) one["id"] = *id;
      if (annotator != nullptr)
        one["_annotator_id"] = annotator->is_string() ? *annotator : json(annotator->dump());
      GiveAs("Label Studio", std::move(one), "result");
    };
    const json* annotations = FindOf(task, {"annotations", "completions"}, &json::is_array);
    if (annotations == nullptr || annotations->empty())
      return give(json::array(), "ignore", nullptr);
    for (const json& annotation : *annotations) {
      if (!annotation.is_object()) return Wrong("annotations", "holds something else than objects");
      json spans = json::array();
      bool any_other = false;
      const json* results = FindOf(annotation, {"result"}, &json::is_array);
      for (const json& result : results == nullptr ? json::array() : *results) {
        if (LooksLikeSpan(result)) {
          AppendSpans(result, spans);
        } else {
          any_other |= !FindOf(result, {"type"}, &json::is_string) || result["type"] != "relation";
        }
      }
      if (spans.empty() && any_other)
        return Wrong("annotations", "look like choices or ratings, not spans of a text");
      const bool skipped = annotation.value("was_cancelled", json()) == true;
      give(std::move(spans), skipped ? "ignore" : "accept", FindMember(annotation, "completed_by"));
    }
  }

  // spaCy's training JSON of version 2.
  void ReadParagraphs(const json& document) {
    for (const json& paragraph : document["paragraphs"]) {
      if (!paragraph.is_object()) return Wrong("paragraphs", "holds something else than objects");
      if (FindOf(paragraph, {"entities"}, &json::is_array) != nullptr) {
        ReadSpansUnderKey(paragraph);
        continue;
      }
      TaggedTokens tokens;
      if (const json* raw = FindOf(paragraph, {"raw"}, &json::is_string)) tokens.text = *raw;
      const json* sentences = FindOf(paragraph, {"sentences"}, &json::is_array);
      for (const json& sentence : sentences == nullptr ? json::array() : *sentences) {
        const json* words = FindOf(sentence, {"tokens"}, &json::is_array);
        for (const json& word : words == nullptr ? json::array() : *words) {
          const json* orth = FindOf(word, {"orth"}, &json::is_string);
          const json* tag = FindOf(word, {"ner"}, &json::is_string);
          tokens.tokens.push_back(orth == nullptr ? "" : orth->get<std::string>());
          tokens.tags.push_back(tag == nullptr ? "" : tag->get<std::string>());
        }
      }
      GiveTagged("spaCy", json::object(), tokens, "paragraphs");
    }
  }

  void GiveTagged(const char* format, json row, const TaggedTokens& tokens, const char* field) {
    json tagged = TaggedRow(tokens, [&](size_t i, const std::string& what) {
      Wrong(absl::StrCat(field, "[", i, "]"), what);
    });
    row.update(tagged);
    GiveAs(format, std::move(row), field);
  }

  void ReadTagged(json row) {
    const char* const token_key =
        FindOf(row, {"tokens"}, &json::is_array) != nullptr ? "tokens" : "words";
    const char* tag_key = nullptr;
    for (const char* key : {"ner_tags", "tags", "labels", "label", "ner_labels", "ner"}) {
      const json* tags = FindMember(row, key);
      if (tag_key == nullptr && tags != nullptr && tags->is_array()) tag_key = key;
    }
    if (tag_key == nullptr) return Wrong(token_key, "have no tags beside them (ner_tags)");
    const json words = std::move(row[token_key]), tags = std::move(row[tag_key]);
    row.erase(token_key);
    row.erase(tag_key);
    TaggedTokens sentence;
    if (const json* text = FindOf(row, {"text"}, &json::is_string)) sentence.text = *text;
    if (words.size() != tags.size()) {
      return Wrong(tag_key,
                   absl::StrCat("are ", tags.size(), ", the ", token_key, " ", words.size()));
    }
    for (size_t i = 0; i < words.size(); ++i) {
      if (tags[i].is_number()) {
        return Wrong(tag_key,
                     "are numbers, and their names are not in the file; write the names in their "
                     "place (dataset.features[...].feature.int2str)");
      }
      sentence.tokens.push_back(words[i].is_string() ? words[i].get<std::string>() : "");
      sentence.tags.push_back(tags[i].is_string() ? tags[i].get<std::string>()
                              : tags[i].is_null() ? ""
                                                  : Describe(tags[i]));
    }
    // A row of no words is an empty line of somebody's file.
    if (!words.empty()) GiveTagged("tokens with tags", std::move(row), sentence, tag_key);
  }

  const Container container_;
  const Take& take_;
  LineViolations& violations_;
  size_t number_ = 0;
};

}  // namespace

void ReadFormatRow(Container container, Record record, const Take& take,
                   LineViolations& violations) {
  Converter(container, take, violations).Read(std::move(record));
}

}  // namespace winnow::formats
