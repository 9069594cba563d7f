#include "services/cli/terminal/verdict.h"

#include "absl/strings/str_cat.h"

namespace winnow::cli {
namespace {

struct Look {
  const char* name;
  const char* colour;
  const char* inverse;
};

Look LookOf(common::v1::Verdict verdict) {
  switch (verdict) {
    case common::v1::VERDICT_ACCEPT:
      return {"accept", "\x1b[32m", "\x1b[7;32m"};
    case common::v1::VERDICT_REJECT:
      return {"reject", "\x1b[31m", "\x1b[7;31m"};
    default:
      return {"ignore", "\x1b[33m", "\x1b[7;33m"};
  }
}

}  // namespace

std::string VerdictName(common::v1::Verdict verdict) { return LookOf(verdict).name; }

std::string VerdictText(common::v1::Verdict verdict, bool colour) {
  const Look look = LookOf(verdict);
  return colour ? absl::StrCat(look.colour, look.name, "\x1b[0m") : look.name;
}

absl::string_view InverseOf(common::v1::Verdict verdict) { return LookOf(verdict).inverse; }

}  // namespace winnow::cli
