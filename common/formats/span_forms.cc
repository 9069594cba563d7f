#include "common/formats/span_forms.h"

#include <initializer_list>
#include <utility>

#include "common/formats/jsonl.h"

namespace winnow::formats {
namespace {

using nlohmann::json;
using Names = std::initializer_list<const char*>;

constexpr Names kStart = {"start", "start_offset", "startOffset", "start_char", "begin"};
constexpr Names kEnd = {"end", "end_offset", "endOffset", "end_char", "stop"};
constexpr Names kLabel = {"label",       "labels",       "type",  "tag",
                          "entity_type", "entity_group", "entity"};

const char* NameIn(const json& object, Names names) {
  for (const char* name : names) {
    if (FindMember(object, name) != nullptr) return name;
  }
  return nullptr;
}

// Label Studio keeps the span under `value`, DataTurks its places under `points`.
const json* Inner(const json& object, const char* key) {
  const json* inner = FindMember(object, key);
  return inner != nullptr && (inner->is_object() || inner->is_array()) ? inner : nullptr;
}

void Rename(json& object, Names names, const char* to) {
  const char* name = NameIn(object, names);
  if (name == nullptr || std::string(name) == to) return;
  json value = std::move(object[name]);
  object.erase(name);
  object[to] = std::move(value);
}

void AppendObject(json span, json& spans) {
  Rename(span, kStart, "start");
  Rename(span, kEnd, "end");
  Rename(span, kLabel, "label");
  const auto label = span.find("label");
  if (label == span.end() || !label->is_array()) return spans.push_back(std::move(span));
  const json labels = std::move(*label);
  span.erase("label");
  for (const json& each : labels) {
    json one = span;
    one["label"] = each;
    spans.push_back(std::move(one));
  }
  if (labels.empty()) spans.push_back(std::move(span));
}

}  // namespace

bool LooksLikeSpan(const json& value) {
  if (value.is_array()) {
    if (value.size() < 3) return false;
    return (value[0].is_number() && value[1].is_number() && value[2].is_string()) ||
           (value[0].is_string() && value[1].is_number() && value[2].is_number());
  }
  if (!value.is_object()) return false;
  if (const json* inner = Inner(value, "value")) return LooksLikeSpan(*inner);
  if (const json* points = Inner(value, "points")) return points->is_array();
  return NameIn(value, kStart) != nullptr && NameIn(value, kEnd) != nullptr;
}

void AppendSpans(json span, json& spans) {
  if (span.is_array()) {
    const bool label_first = span[0].is_string();
    json object = {{"start", span[label_first ? 1 : 0]},
                   {"end", span[label_first ? 2 : 1]},
                   {"label", span[label_first ? 0 : 2]}};
    return spans.push_back(std::move(object));
  }
  if (const json* inner = Inner(span, "value"); inner != nullptr && inner->is_object()) {
    json value = *inner;
    return AppendSpans(std::move(value), spans);
  }
  if (const json* points = Inner(span, "points"); points != nullptr && points->is_array()) {
    const json places = *points;
    span.erase("points");
    for (const json& place : places) {
      json one = span;
      if (place.is_object()) one.update(place);
      AppendObject(std::move(one), spans);
    }
    return;
  }
  AppendObject(std::move(span), spans);
}

}  // namespace winnow::formats
