#include "common/training/superseded.h"

#include <map>
#include <set>

#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/text/spans.h"

namespace winnow::training {
namespace {

using storage::v1::LabelledText;
using storage::v1::Span;

// What a text was ever answered to be.
struct Said {
  std::set<Span, text::SpanLess> spans;
  std::set<std::string> complete_labels;
};

const Span& SpanOf(const Span& span) { return span; }
const Span& SpanOf(const storage::v1::Evidence& evidence) { return evidence.span(); }

template <typename Items>
void Remove(const Said& said, Items& items) {
  Items left;
  for (const auto& item : items) {
    const Span& span = SpanOf(item);
    if (said.spans.count(span) == 0 && said.complete_labels.count(span.label()) == 0)
      *left.Add() = item;
  }
  items.Swap(&left);
}

LabelledText Without(const Said& said, LabelledText text) {
  Remove(said, *text.mutable_accepted());
  Remove(said, *text.mutable_rejected());
  Remove(said, *text.mutable_disputed());
  Remove(said, *text.mutable_evidence());
  LabelledText result = text;
  result.clear_complete_labels();
  for (const std::string& label : text.complete_labels()) {
    if (said.complete_labels.count(label) == 0) result.add_complete_labels(label);
  }
  return result;
}

}  // namespace

absl::StatusOr<std::vector<LabelledText>> WithoutSuperseded(std::vector<LabelledText> texts,
                                                            const corpus::CorpusReader& reader,
                                                            absl::Span<const std::string> datasets,
                                                            uint64_t up_to_revision) {
  // By the id of the text.
  std::map<std::string, Said> said;
  for (const LabelledText& text : texts) said[corpus::ExampleIdOf(text.text())];
  const auto listen = [&](const storage::v1::LogEntry& entry) -> absl::StatusOr<bool> {
    const auto found = said.find(entry.answer().example_id());
    if (found == said.end()) return true;
    for (const storage::v1::Decision& decision : entry.answer().decisions())
      found->second.spans.insert(decision.span());
    const auto& labels = entry.answer().complete_labels();
    found->second.complete_labels.insert(labels.begin(), labels.end());
    return true;
  };
  for (const std::string& dataset : datasets)
    WINNOW_RETURN_IF_ERROR(reader.ForEachEntry(dataset, 0, up_to_revision, listen));

  std::vector<LabelledText> left;
  for (LabelledText& text : texts) {
    const Said& here = said.at(corpus::ExampleIdOf(text.text()));
    LabelledText rest = Without(here, std::move(text));
    if (rest.accepted().empty() && rest.rejected().empty() && rest.complete_labels().empty())
      continue;
    left.push_back(std::move(rest));
  }
  return left;
}

}  // namespace winnow::training
