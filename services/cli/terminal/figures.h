// Figures of models, with what a reader must know about them.
#pragma once

#include <string>
#include <vector>

#include "winnow/common/v1/common.pb.h"

namespace winnow::cli {

// The kind of a sample in words: "audit (unbiased, of askable spans)".
std::string SampleName(common::v1::SampleKind kind);

// The same of a figure, with the data sets of a hold-out: "hold-out of base".
std::string SampleName(const common::v1::Figure& figure);

// "83.1 [78.2, 87.5]" in percent; without the brackets where there is no interval.
std::string Percent(const common::v1::Estimate& estimate);

// A row of FigureTable: whose figure it is ("before"), and the figure.
struct NamedFigure {
  std::string name;
  common::v1::Figure figure;
};
// The figures in the order given, with what a reader must know about them underneath; "-" where a
// figure has no value.
std::string FigureTable(const std::vector<NamedFigure>& figures);

// The labels of one figure, one a line.
std::string LabelTable(const common::v1::Figure& figure);

// Sentences as a list, each once.
std::string NoteList(const std::vector<std::string>& notes);

}  // namespace winnow::cli
