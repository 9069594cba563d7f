// The ways in which tools write a span.
#pragma once

#include <nlohmann/json.hpp>

namespace winnow::formats {

// An array of two offsets and a label, or an object that names two offsets.
bool LooksLikeSpan(const nlohmann::json& value);

// Appends the span as {start, end, label} with whatever else it has: one for each of its labels,
// and for each of its places. Of what is missing or of a wrong type the reader of spans will say
// so. REQUIRES: LooksLikeSpan.
void AppendSpans(nlohmann::json span, nlohmann::json& spans);

}  // namespace winnow::formats
