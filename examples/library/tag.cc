// Learns from completely annotated texts, and tags the lines of standard input.
//   tag ROWS.jsonl MODEL.bin < texts.txt
#include <iostream>

#include "common/base/file.h"
#include "common/formats/dataset.h"
#include "common/ner/merge_answers.h"
#include "common/ner/tagger.h"
#include "common/text/spans.h"
#include "common/text/utf8.h"
#include "common/training/train_tagger.h"

int main(int, char** argv) {
  const auto rows = winnow::formats::ParseDataset(winnow::ReadFile(argv[1]).value());
  std::vector<winnow::storage::v1::LabelledText> texts;
  for (const auto& row : rows.value().rows)
    texts.push_back(winnow::ner::MergeAnswers(row.text, {&row.answer}).labelled);
  const std::vector<std::string> labels(rows->survey.labels.begin(), rows->survey.labels.end());
  const auto model = winnow::training::TrainTagger(texts, labels).value().model;
  if (!model->Save(argv[2]).ok()) return 1;
  winnow::ner::Tagger tagger;
  std::vector<winnow::ner::ScoredSpan> spans;
  for (std::string line; std::getline(std::cin, line);) {
    tagger.Tag(*model, line, spans);
    const winnow::text::OffsetMap offsets(line);
    for (const auto& span : spans)
      std::cout << winnow::text::SpanText(line, offsets, span.start, span.end) << "\t"
                << labels[span.label] << "\t" << span.probability << "\n";
  }
}
