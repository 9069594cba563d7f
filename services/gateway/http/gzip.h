// The coding "gzip" of HTTP (RFC 1952).
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace winnow::http {

// `level` from 1, fast, to 9, small.
std::string Gzip(absl::string_view bytes, int level);

}  // namespace winnow::http
