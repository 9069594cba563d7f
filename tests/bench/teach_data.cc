#include "tests/bench/teach_data.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/text/spans.h"
#include "common/text/split_key.h"
#include "common/text/utf8.h"
#include "tests/bench/sentences.h"

namespace winnow::bench {
namespace {

storage::v1::LabelledText ToText(const Sentence& sentence, const std::vector<std::string>& labels) {
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

std::vector<measure::GoldText> ToGold(const std::vector<Sentence>& sentences,
                                      const std::vector<std::string>& labels) {
  std::vector<std::string> sorted = labels;
  std::sort(sorted.begin(), sorted.end());
  std::vector<measure::GoldText> texts;
  for (const Sentence& sentence : sentences) {
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
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Sentence> train,
                          ReadAnnotated(FileOfSplit(directory, "train"), set.labels));
  std::vector<std::string> all_labels = set.labels;
  std::vector<Sentence> dev;
  if (std::filesystem::exists(FileOfSplit(directory, "dev"))) {
    WINNOW_ASSIGN_OR_RETURN(dev, ReadAnnotated(FileOfSplit(directory, "dev"), all_labels));
  }
  WINNOW_ASSIGN_OR_RETURN(std::vector<Sentence> test,
                          ReadAnnotated(FileOfSplit(directory, "test"), all_labels));
  RemoveKnown(train, dev);
  RemoveKnown(train, test);
  set.dev = ToGold(dev, all_labels);
  set.test = ToGold(test, all_labels);
  for (const Sentence& sentence : train) {
    storage::v1::LabelledText& labelled = set.train.emplace_back(ToText(sentence, set.labels));
    *labelled.mutable_complete_labels() = {set.labels.begin(), set.labels.end()};
  }
  return set;
}

}  // namespace winnow::bench
