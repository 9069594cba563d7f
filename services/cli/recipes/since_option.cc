#include "services/cli/recipes/since_option.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace winnow::cli {
namespace {

struct Unit {
  char letter;
  absl::Duration length;
};

// "7d", "1h30m": counts, each with its unit.
std::optional<absl::Duration> ReadDuration(absl::string_view text) {
  const Unit units[] = {{'w', absl::Hours(24 * 7)},
                        {'d', absl::Hours(24)},
                        {'h', absl::Hours(1)},
                        {'m', absl::Minutes(1)},
                        {'s', absl::Seconds(1)}};
  absl::Duration sum;
  while (!text.empty()) {
    const size_t num_digits = text.find_first_not_of("0123456789");
    uint32_t count = 0;
    if (num_digits == absl::string_view::npos ||
        !absl::SimpleAtoi(text.substr(0, num_digits), &count))
      return std::nullopt;
    const Unit* unit = std::find_if(std::begin(units), std::end(units),
                                    [&](const Unit& u) { return u.letter == text[num_digits]; });
    if (unit == std::end(units)) return std::nullopt;
    sum += count * unit->length;
    text.remove_prefix(num_digits + 1);
  }
  return sum;
}

}  // namespace

OptionSpec SinceOption(absl::string_view help) {
  return ValueOption(
      {"--since"}, ValueKind::kText, "TIME",
      absl::StrCat(help, "; a day or time (UTC, unless it has a zone), or how long ago: 7d, 12h"));
}

absl::StatusOr<absl::Time> ReadSince(absl::string_view text, absl::Time now) {
  absl::Time time;
  std::string error;
  for (const absl::string_view format :
       {absl::string_view("%Y-%m-%d"), absl::string_view("%Y-%m-%d%ET%H:%M"),
        absl::string_view("%Y-%m-%d%ET%H:%M:%E*S"), absl::string_view(absl::RFC3339_full)}) {
    if (absl::ParseTime(format, text, &time, &error)) return time;
  }
  const std::optional<absl::Duration> ago = ReadDuration(text);
  if (ago.has_value() && !text.empty()) return now - *ago;
  return absl::InvalidArgumentError(absl::StrCat(
      "--since: is '", text,
      "', must be like 2026-03-01, 2026-03-01T12:00:00Z or, for how long ago, 7d or 12h"));
}

}  // namespace winnow::cli
