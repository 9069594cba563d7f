#include "services/cli/recipes/comparison_report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/cli/terminal/figures.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {

std::string ComparisonText(const evaluation::v1::Comparison& comparison) {
  const evaluation::v1::ComparisonResult& result = comparison.result();
  std::string verdict = "none yet";
  if (result.verdict() == evaluation::v1::COMPARISON_VERDICT_A) verdict = "A is better";
  if (result.verdict() == evaluation::v1::COMPARISON_VERDICT_B) verdict = "B is better";
  if (result.verdict() == evaluation::v1::COMPARISON_VERDICT_NO_DIFFERENCE)
    verdict = "no difference";
  if (result.verdict() == evaluation::v1::COMPARISON_VERDICT_UNDECIDED) verdict = "undecided";
  const uint64_t agreeing =
      comparison.num_texts() - std::min(comparison.num_differing(), comparison.num_texts());
  const double agreement =
      comparison.num_texts() == 0
          ? 0
          : static_cast<double>(agreeing) / static_cast<double>(comparison.num_texts());
  return absl::StrCat(
      "A: ", comparison.version_a(), "\nB: ", comparison.version_b(), "\nsame output on ", agreeing,
      " of ", Counted(comparison.num_texts(), "text"), " (", Percent(agreement),
      " %), different on ", comparison.num_differing(), "\nA preferred ", result.num_prefer_a(),
      ", B preferred ", result.num_prefer_b(), ", ties ", result.num_ties(), ", ignored ",
      result.num_ignored(), "\ne-value ", absl::StrFormat("%.3g", result.e_value()),
      absl::StrFormat(" (%g decides)", result.e_value_to_decide()),
      result.has_preference_b() ? absl::StrCat(", B preferred in ", Percent(result.preference_b()),
                                               " % of the judgements")
                                : "",
      "\nverdict: ", verdict, "\n",
      result.reason().empty() ? "" : absl::StrCat("  ", Printable(result.reason()), "\n"));
}

}  // namespace winnow::cli
