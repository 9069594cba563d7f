// Tables and figures for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "winnow/common/v1/common.pb.h"
#include "winnow/evaluation/v1/evaluation.pb.h"
#include "winnow/training/v1/training.pb.h"

namespace winnow::cli {

// Columns two blanks apart. Not thread-safe.
class Table {
 public:
  explicit Table(std::vector<std::string> header);
  // REQUIRES: as many cells as the header has.
  void Add(std::vector<std::string> row);
  // Lines that end with '\n'. A column whose every cell begins with a digit (or is "-") is set
  // flush right.
  std::string ToString() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// What a sample is, in words: "audit (unbiased, of askable spans)".
std::string SampleName(common::v1::SampleKind kind);

// "83.1 [78.2, 87.5]" in percent; without the brackets where there is no interval; "-" where there
// is no value.
std::string Percent(const common::v1::Estimate& estimate);
// "83.1"
std::string Percent(double share);

// "3 texts", "1 text".
std::string Counted(uint64_t count, absl::string_view noun);

// A row of FigureTable: whose figure it is ("before"), and the figure.
struct NamedFigure {
  std::string name;
  common::v1::Figure figure;
};
// The figures in the order given, with what a reader must know about them underneath.
std::string FigureTable(const std::vector<NamedFigure>& figures);

std::string ReportText(const training::v1::TrainingReport& report);
std::string ComparisonText(const evaluation::v1::Comparison& comparison);

}  // namespace winnow::cli
