#include "tests/bench/teach_data.h"

#include <utility>

#include "common/base/status.h"

namespace winnow::bench {
namespace {

std::vector<Text> WithFeatures(std::vector<ConllSentence> sentences) {
  std::vector<Text> texts;
  ner::FeatureExtractor extractor;
  for (ConllSentence& sentence : sentences) {
    Text& text = texts.emplace_back();
    text.sentence = std::move(sentence);
    extractor.Extract(text.sentence.views(), {}, text.features);
  }
  return texts;
}

}  // namespace

absl::StatusOr<DataSet> ReadDataSet(const std::filesystem::path& directory) {
  DataSet set;
  set.name = directory.filename().string();
  WINNOW_ASSIGN_OR_RETURN(std::vector<ConllSentence> train,
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
  set.dev = WithFeatures(std::move(dev));
  set.test = WithFeatures(std::move(test));
  set.train = WithFeatures(std::move(train));
  return set;
}

}  // namespace winnow::bench
