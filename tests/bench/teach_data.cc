#include "tests/bench/teach_data.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/text/spans.h"
#include "common/text/split_key.h"
#include "common/text/utf8.h"
#include "tests/bench/conll.h"

namespace winnow::bench {
namespace {

storage::v1::LabelledText ToText(const ConllSentence& sentence,
                                 const std::vector<std::string>& labels) {
  storage::v1::LabelledText labelled;
  labelled.set_text(absl::StrJoin(sentence.tokens, " "));
  // In code points, by token; `ends` are one before the blank.
  std::vector<uint32_t> starts, ends;
  uint32_t position = 0;
  for (const std::string& token : sentence.tokens) {
    starts.push_back(position);
    position += static_cast<uint32_t>(text::NumCodePoints(token));
    ends.push_back(position++);
  }
  for (const ner::TokenSpan& span : sentence.spans) {
    *labelled.add_accepted() =
        text::MakeSpan(starts[span.begin], ends[span.end - 1], labels[span.label]);
  }
  return labelled;
}

std::vector<measure::GoldText> ToGold(const std::vector<ConllSentence>& sentences,
                                      const std::vector<std::string>& labels) {
  std::vector<std::string> sorted = labels;
  std::sort(sorted.begin(), sorted.end());
  std::vector<measure::GoldText> texts;
  for (const ConllSentence& sentence : sentences) {
    const storage::v1::LabelledText labelled = ToText(sentence, labels);
    texts.push_back({labelled.text(),
                     text::SplitKey(labelled.text()),
                     sorted,
                     {labelled.accepted().begin(), labelled.accepted().end()}});
  }
  return texts;
}

}  // namespace

absl::StatusOr<DataSet> ReadDataSet(const std::filesystem::path& directory) {
  DataSet set;
  set.name = directory.filename().string();
  WINNOW_ASSIGN_OR_RETURN(const std::vector<ConllSentence> train,
                          ReadConll(directory / "train.conll", set.labels));
  std::vector<std::string> all_labels = set.labels;
  std::vector<ConllSentence> dev;
  if (std::filesystem::exists(directory / "dev.conll")) {
    WINNOW_ASSIGN_OR_RETURN(dev, ReadConll(directory / "dev.conll", all_labels));
  }
  WINNOW_ASSIGN_OR_RETURN(std::vector<ConllSentence> test,
                          ReadConll(directory / "test.conll", all_labels));
  RemoveKnown(train, dev);
  RemoveKnown(train, test);
  set.dev = ToGold(dev, all_labels);
  set.test = ToGold(test, all_labels);
  for (const ConllSentence& sentence : train) {
    storage::v1::LabelledText& labelled = set.train.emplace_back(ToText(sentence, set.labels));
    *labelled.mutable_complete_labels() = {set.labels.begin(), set.labels.end()};
  }
  return set;
}

}  // namespace winnow::bench
