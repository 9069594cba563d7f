// Whether a file's rows judge single spans or whole texts, where nobody says.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "common/formats/dataset.h"
#include "common/formats/row_formats.h"

namespace winnow::formats {

// Gathers what the rows of one file tell (see ParseDataset). Not thread-safe.
class CoverageEvidence {
 public:
  void Add(const FormatRow& row, bool rejected);

  // Sets coverage and coverage_reason of `survey`, or adds a problem. `unit`: what rows are
  // numbered by.
  void Decide(const std::string& unit, DatasetSurvey& survey) const;

 private:
  struct Evidence {
    size_t number = 0;
    std::string reason;
  };
  // The first row that speaks for each.
  std::optional<Evidence> binary_, complete_;
  bool has_span_ = false, has_other_number_ = false, has_rejected_span_ = false;
};

}  // namespace winnow::formats
