#include "services/cli/shell/options.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/text/utf8.h"
#include "services/cli/shell/label_list.h"

namespace winnow::cli {
namespace {

// The mistake in `value`, for people; empty if there is none.
std::string CheckValue(const OptionSpec& option, const std::string& value) {
  if (!option.choices.empty() &&
      std::find(option.choices.begin(), option.choices.end(), value) == option.choices.end()) {
    return absl::StrCat("is '", value, "', must be one of ", absl::StrJoin(option.choices, ", "));
  }
  uint64_t count = 0;
  double number = 0;
  switch (option.kind) {
    case ValueKind::kFlag:
    case ValueKind::kText:
      return "";
    case ValueKind::kLabels:
      return std::string(ReadLabels(value).status().message());
    case ValueKind::kList:
      return SplitList(value).empty() ? "is an empty list" : "";
    case ValueKind::kCount:
      return absl::SimpleAtoi(value, &count)
                 ? ""
                 : absl::StrCat("is '", value, "', must be a whole number from 0");
    case ValueKind::kShare:
      return absl::SimpleAtod(value, &number) && number >= 0 && number <= 1
                 ? ""
                 : absl::StrCat("is '", value, "', must be a number from 0 to 1");
    case ValueKind::kNumber:
      return absl::SimpleAtod(value, &number) && number >= 0 && std::isfinite(number)
                 ? ""
                 : absl::StrCat("is '", value, "', must be a number from 0");
  }
  return "";
}

}  // namespace

// Reads one command line; lives during Parse only.
class Parser {
 public:
  Parser(const CommandSpec& spec, const std::vector<std::string>& words)
      : spec_(spec), words_(words) {}

  absl::StatusOr<Invocation> Run() {
    bool options_ended = false;
    while (position_ < words_.size()) {
      const std::string& word = words_[position_++];
      if (text::FindInvalidUtf8(word) != absl::string_view::npos) {
        violations_.Add("command line", absl::StrCat("word ", position_, " is not valid UTF-8"));
      } else if (!options_ended && word == "--") {
        options_ended = true;
      } else if (!options_ended && word.size() > 1 && word[0] == '-') {
        ReadOption(word);
      } else {
        positional_.push_back(word);
      }
    }
    AssignArguments();
    for (const OptionSpec& option : spec_.options) {
      if (option.required && !invocation_.Has(option.key()))
        violations_.Add(option.Heading(), "is missing");
    }
    if (violations_.empty()) return std::move(invocation_);
    const absl::Status status = violations_.ToStatus(spec_.name);
    return WithReason(
        absl::InvalidArgumentError(absl::StrCat(status.message(), "\n", UsageOf(spec_),
                                                "   (winnow help ", spec_.name, ")")),
        ReasonOf(status));
  }

 private:
  const OptionSpec* Find(absl::string_view name) const {
    for (const OptionSpec& option : spec_.options) {
      if (std::find(option.names.begin(), option.names.end(), name) != option.names.end())
        return &option;
    }
    return nullptr;
  }

  void ReadOption(const std::string& word) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(word, absl::MaxSplits('=', 1));
    const bool has_value = word.find('=') != std::string::npos;
    const OptionSpec* option = Find(parts.first);
    if (option == nullptr) return RefuseOption(parts.first, has_value);
    if (option->kind == ValueKind::kFlag) {
      if (has_value) violations_.Add(parts.first, "takes no value");
      invocation_.options_[option->key()];
      return;
    }
    std::string value = parts.second;
    if (!has_value) {
      if (position_ >= words_.size() || Find(words_[position_]) != nullptr) {
        violations_.Add(parts.first,
                        absl::StrCat("needs a value: ", parts.first, " ", option->value_name));
        invocation_.options_[option->key()];
        return;
      }
      value = words_[position_++];
    }
    Store(*option, parts.first, value);
  }

  void RefuseOption(const std::string& name, bool has_value) {
    const std::string what = absl::StrCat("is not an option of ", spec_.name);
    const auto foreign = std::find_if(spec_.foreign_options.begin(), spec_.foreign_options.end(),
                                      [&](const ForeignOption& option) {
                                        return std::find(option.names.begin(), option.names.end(),
                                                         name) != option.names.end();
                                      });
    if (foreign == spec_.foreign_options.end())
      return violations_.Add(name, absl::StrCat(what, ".", Suggestion(name)));
    violations_.Add(name, absl::StrCat(what, ": ", foreign->instead));
    // Its value is no argument.
    const bool value_follows = foreign->takes_value && !has_value && position_ < words_.size() &&
                               Find(words_[position_]) == nullptr;
    if (value_follows) ++position_;
  }

  void Store(const OptionSpec& option, const std::string& name, const std::string& value) {
    std::vector<std::string>& values = invocation_.options_[option.key()];
    if (const std::string problem = CheckValue(option, value); !problem.empty()) {
      violations_.Add(name, problem);
    } else if (option.kind == ValueKind::kList || option.kind == ValueKind::kLabels) {
      for (std::string& item :
           option.kind == ValueKind::kList ? SplitList(value) : *ReadLabels(value)) {
        values.push_back(std::move(item));
      }
    } else if (!values.empty()) {
      violations_.Add(name, "is given twice");
    } else {
      values.push_back(value);
    }
  }

  void AssignArguments() {
    const size_t num_arguments = spec_.arguments.size();
    if (num_arguments > 0 && spec_.arguments.back().repeated &&
        positional_.size() > num_arguments) {
      const auto last = positional_.begin() + static_cast<std::ptrdiff_t>(num_arguments) - 1;
      *last = absl::StrJoin(last, positional_.end(), ",");
      positional_.resize(num_arguments);
    }
    for (size_t i = 0; i < spec_.arguments.size(); ++i) {
      if (i < positional_.size()) {
        invocation_.arguments_[spec_.arguments[i].name] = positional_[i];
        if (positional_[i].empty()) violations_.Add(spec_.arguments[i].name, "is empty");
      } else if (spec_.arguments[i].required) {
        violations_.Add(spec_.arguments[i].name, "is missing");
      }
    }
    for (size_t i = spec_.arguments.size(); i < positional_.size(); ++i) {
      violations_.Add(absl::StrCat("'", positional_[i], "'"), "is one argument too many");
    }
  }

  std::string Suggestion(const std::string& name) const {
    std::vector<std::string> names;
    for (const OptionSpec& option : spec_.options)
      names.insert(names.end(), option.names.begin(), option.names.end());
    return DidYouMean(name, names);
  }

  const CommandSpec& spec_;
  const std::vector<std::string>& words_;
  size_t position_ = 0;
  std::vector<std::string> positional_;
  Invocation invocation_;
  Violations violations_;
};

std::string OptionSpec::Heading() const {
  std::string heading = absl::StrJoin(names, ", ");
  if (kind != ValueKind::kFlag) absl::StrAppend(&heading, " ", value_name);
  return heading;
}

std::string OptionSpec::key() const {
  return std::string(absl::StripPrefix(absl::StripPrefix(names.back(), "-"), "-"));
}

OptionSpec FlagOption(std::vector<std::string> names, std::string help) {
  return {.names = std::move(names), .kind = ValueKind::kFlag, .help = std::move(help)};
}

OptionSpec ValueOption(std::vector<std::string> names, ValueKind kind, std::string value_name,
                       std::string help) {
  return {.names = std::move(names),
          .kind = kind,
          .value_name = std::move(value_name),
          .help = std::move(help)};
}

OptionSpec LabelsOption(absl::string_view help) {
  return ValueOption(
      {"-l", "--label"}, ValueKind::kLabels, "LABELS",
      absl::StrCat(help, "; separated by commas, a JSON list, or a file with one a line"));
}

OptionSpec Required(OptionSpec option) {
  option.required = true;
  return option;
}

bool Invocation::Has(absl::string_view key) const { return options_.find(key) != options_.end(); }

std::string Invocation::Text(absl::string_view key, absl::string_view otherwise) const {
  const auto found = options_.find(key);
  return found == options_.end() ? std::string(otherwise) : found->second.front();
}

std::vector<std::string> Invocation::List(absl::string_view key) const {
  const auto found = options_.find(key);
  return found == options_.end() ? std::vector<std::string>() : found->second;
}

uint64_t Invocation::Count(absl::string_view key, uint64_t otherwise) const {
  uint64_t value = otherwise;
  if (Has(key) && !absl::SimpleAtoi(Text(key), &value)) value = otherwise;
  return value;
}

double Invocation::Number(absl::string_view key, double otherwise) const {
  double value = otherwise;
  if (Has(key) && !absl::SimpleAtod(Text(key), &value)) value = otherwise;
  return value;
}

std::string Invocation::Argument(absl::string_view name) const {
  const auto found = arguments_.find(name);
  return found == arguments_.end() ? "" : found->second;
}

absl::StatusOr<Invocation> Parse(const CommandSpec& spec, const std::vector<std::string>& words) {
  return Parser(spec, words).Run();
}

std::vector<std::string> SplitList(absl::string_view value) {
  std::vector<std::string> items;
  for (absl::string_view item : absl::StrSplit(value, ',')) {
    item = absl::StripAsciiWhitespace(item);
    if (!item.empty()) items.emplace_back(item);
  }
  return items;
}

std::string UsageOf(const CommandSpec& spec) {
  std::string usage = absl::StrCat("usage: winnow ", spec.name);
  for (const ArgumentSpec& argument : spec.arguments) {
    absl::StrAppend(&usage,
                    argument.required ? absl::StrCat(" ", argument.name)
                                      : absl::StrCat(" [", argument.name, "]"),
                    argument.repeated ? "..." : "");
  }
  for (const OptionSpec& option : spec.options) {
    if (option.required) absl::StrAppend(&usage, " ", option.names.front(), " ", option.value_name);
  }
  return absl::StrCat(usage, " [options]");
}

}  // namespace winnow::cli
