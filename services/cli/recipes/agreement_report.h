// Who agrees with whom, for people.
#pragma once

#include <string>

#include "winnow/evaluation/v1/evaluation.pb.h"

namespace winnow::cli {

std::string AgreementText(const evaluation::v1::MeasureAgreementResponse& agreement);

}  // namespace winnow::cli
