// The report of a batch training for people.
#pragma once

#include <string>

#include "winnow/training/v1/training.pb.h"

namespace winnow::cli {

std::string ReportText(const training::v1::TrainingReport& report);
// Its end: the figures, what to know of them, and what the gate says.
std::string VerdictText(const training::v1::TrainingReport& report);

}  // namespace winnow::cli
