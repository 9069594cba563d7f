// The words of a command line, read by a table: Prodigy's recipes take `-l`, `-es` and `--label`
// side by side, which no flag library does.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::cli {

enum class ValueKind {
  // No value.
  kFlag,
  kText,
  // Separated by commas, blanks around them dropped; may be given several times.
  kList,
  // As ReadLabels reads them; may be given several times.
  kLabels,
  // 0 to 2^64 - 1.
  kCount,
  // In [0, 1].
  kShare,
  // >= 0.
  kNumber,
};

struct OptionSpec {
  // All spellings: {"-es", "--eval-split"}. The last, without its dashes, is the key.
  std::vector<std::string> names;
  ValueKind kind = ValueKind::kFlag;
  // The help's word for the value: "LABELS".
  std::string value_name;
  std::string help;
  bool required = false;
  // If not empty: the only values allowed.
  std::vector<std::string> choices;

  std::string key() const;
  // "-l, --label LABELS"
  std::string Heading() const;
};

// An option of another tool that people type here out of habit.
struct ForeignOption {
  // All spellings.
  std::vector<std::string> names;
  bool takes_value = false;
  // What to do in its place, as an imperative: "give it as the second argument, MODEL".
  std::string instead;
};

OptionSpec FlagOption(std::vector<std::string> names, std::string help);
OptionSpec ValueOption(std::vector<std::string> names, ValueKind kind, std::string value_name,
                       std::string help);
// -l, --label. `help` says what for.
OptionSpec LabelsOption(absl::string_view help);
OptionSpec Required(OptionSpec option);

struct ArgumentSpec {
  std::string name;
  std::string help;
  bool required = true;
  // The last one may be: what is given for it is a list, whether in one word or in several.
  bool repeated = false;
};

struct CommandSpec {
  // One or two words: "ner.teach", "models list".
  std::string name;
  std::string summary;
  // Required ones first.
  std::vector<ArgumentSpec> arguments;
  std::vector<OptionSpec> options;
  // Refused with what to do instead.
  std::vector<ForeignOption> foreign_options;
  // One command line, after "winnow ".
  std::string example;
  // Paragraphs for the help, in lines of any length; may be empty.
  std::string notes;
};

// One command as typed, checked against its spec. Immutable, hence thread-safe. Keys and names must
// be in the spec.
class Invocation {
 public:
  bool Has(absl::string_view key) const;
  // Each of these returns the default where the option was not given.
  bool Flag(absl::string_view key) const { return Has(key); }
  std::string Text(absl::string_view key, absl::string_view otherwise = "") const;
  std::vector<std::string> List(absl::string_view key) const;
  uint64_t Count(absl::string_view key, uint64_t otherwise = 0) const;
  double Number(absl::string_view key, double otherwise = 0) const;

  // Empty when it was not given.
  std::string Argument(absl::string_view name) const;

 private:
  friend class Parser;
  std::map<std::string, std::vector<std::string>, std::less<>> options_;
  std::map<std::string, std::string, std::less<>> arguments_;
};

// `words` are what follows the command's name. `--option value`, `--option=value`; "--" ends the
// options; "-" is an argument. Error: InvalidArgument with everything that is wrong (see
// Violations), followed by the usage line.
absl::StatusOr<Invocation> Parse(const CommandSpec& spec, const std::vector<std::string>& words);

// "a, b" as {"a", "b"}.
std::vector<std::string> SplitList(absl::string_view value);

// One line: "usage: winnow ner.teach DATASET MODEL [SOURCE] -l LABELS [options]".
std::string UsageOf(const CommandSpec& spec);

}  // namespace winnow::cli
