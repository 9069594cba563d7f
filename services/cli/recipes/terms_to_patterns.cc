// terms.to-patterns: accepted terms as match patterns.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/formats/patterns.h"
#include "common/text/letters.h"
#include "common/text/spans.h"
#include "common/text/tokenizer.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/standing_answers.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

using annotation::v1::Answer;

// Whether the answer judged its text as a whole: of one that was annotated the text is no term.
bool IsOfATerm(const Answer& answer) {
  return answer.judgements().empty() && !answer.has_comparison() &&
         answer.coverage() != annotation::v1::COVERAGE_COMPLETE;
}

// The last answer to a term counts.
std::vector<std::string> AcceptedTerms(const std::vector<Answer>& answers) {
  std::map<std::string, bool> accepted;
  std::vector<std::string> texts;
  for (const Answer& answer : answers) {
    if (!IsOfATerm(answer)) continue;
    if (!accepted.contains(answer.text())) texts.push_back(answer.text());
    accepted[answer.text()] = answer.verdict() == common::v1::VERDICT_ACCEPT;
  }
  std::erase_if(texts, [&](const std::string& text) { return !accepted[text]; });
  return texts;
}

// What the accepted spans of a label mark.
std::vector<std::string> AcceptedSpans(const std::vector<Answer>& answers,
                                       const std::string& label) {
  std::vector<std::string> strings;
  for (const Answer& answer : answers) {
    const text::OffsetMap offsets(answer.text());
    for (const annotation::v1::SpanJudgement& judgement : answer.judgements()) {
      const common::v1::Span& span = judgement.span();
      if (judgement.verdict() == common::v1::VERDICT_ACCEPT && span.label() == label)
        strings.emplace_back(text::SpanText(answer.text(), offsets, span.start(), span.end()));
    }
  }
  return strings;
}

struct Patterns {
  // JSONL, each pattern once.
  std::string rows;
  size_t num_patterns = 0;
  // Terms with more tokens than a pattern may have.
  size_t num_too_long = 0;
};

Patterns PatternsOf(const std::vector<std::string>& terms, const std::string& label,
                    bool case_sensitive) {
  Patterns patterns;
  std::set<std::string> seen;
  for (const std::string& term : terms) {
    nlohmann::ordered_json tokens = nlohmann::ordered_json::array();
    for (const absl::string_view form : text::Forms(term, text::Tokenize(term))) {
      if (case_sensitive) {
        tokens.push_back({{"text", std::string(form)}});
      } else {
        tokens.push_back({{"lower", text::Lower(form)}});
      }
    }
    if (tokens.size() > formats::kMaxPatternTokens) ++patterns.num_too_long;
    if (tokens.empty() || tokens.size() > formats::kMaxPatternTokens) continue;
    const std::string row =
        nlohmann::ordered_json{{"label", label}, {"pattern", std::move(tokens)}}.dump();
    if (!seen.insert(row).second) continue;
    absl::StrAppend(&patterns.rows, row, "\n");
    ++patterns.num_patterns;
  }
  return patterns;
}

absl::StatusOr<Patterns> MakePatterns(const Invocation& invocation, Session& session) {
  const std::string dataset = invocation.Argument("DATASET");
  const std::string label = invocation.Text("label");
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Answer> answers, ListStandingAnswers(session, dataset));
  const bool of_spans = invocation.Flag("spans");
  Patterns patterns = PatternsOf(of_spans ? AcceptedSpans(answers, label) : AcceptedTerms(answers),
                                 label, invocation.Flag("case-sensitive"));
  if (patterns.num_patterns > 0) return patterns;
  return absl::FailedPreconditionError(absl::StrCat(
      "dataset ", dataset,
      of_spans ? absl::StrCat(" has no accepted span of the label '", label, "'")
               : " has no accepted terms: texts that were accepted as a whole, without spans; "
                 "--spans makes patterns of what is marked in texts"));
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  const std::string path = invocation.Argument("OUTPUT");
  if (invocation.Flag("json") && path.empty()) {
    return absl::InvalidArgumentError(
        "--json needs OUTPUT: without it the patterns go to standard output");
  }
  WINNOW_RETURN_IF_ERROR(ValidateLabel(invocation.Text("label")));
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(const Patterns patterns, MakePatterns(invocation, *session));
  if (patterns.num_too_long > 0) {
    environment.Note(absl::StrCat(Counted(patterns.num_too_long, "term"), " left out: more than ",
                                  formats::kMaxPatternTokens, " tokens"));
  }
  if (path.empty()) {
    environment.out << patterns.rows;
    return absl::OkStatus();
  }
  WINNOW_RETURN_IF_ERROR(WriteFileAtomically(path, patterns.rows));
  if (invocation.Flag("json")) {
    PrintJson(
        {{"file", path}, {"patterns", patterns.num_patterns}, {"left_out", patterns.num_too_long}},
        environment);
  } else {
    environment.out << Counted(patterns.num_patterns, "pattern") << " written to " << path << "\n";
  }
  return absl::OkStatus();
}

}  // namespace

Command TermsToPatterns() {
  return {
      ClientSpec(
          {.name = "terms.to-patterns",
           .summary = "Make match patterns of accepted terms",
           .arguments = {{"DATASET", "dataset with the terms"},
                         {"OUTPUT", "JSONL file to write (default: standard output)", false}},
           .options = {Required(ValueOption({"-l", "--label"}, ValueKind::kText, "LABEL",
                                            "label of the patterns")),
                       FlagOption({"--spans"},
                                  "patterns of the accepted spans of LABEL instead of whole texts"),
                       FlagOption({"-cs", "--case-sensitive"},
                                  "patterns that match the same case only")},
           .example = "terms.to-patterns titles titles.jsonl -l job_title",
           .notes = "A term is a row whose text was accepted as a whole, as `prodigy terms.teach` "
                    "writes them (`winnow db-in TERMS FILE --binary --yes` reads those), or "
                    "`winnow mark`. The "
                    "patterns are for -pt of `winnow ner.teach`, `ner.manual` "
                    "and `ner.match`, and for --patterns of `winnow ner.batch-train`."}),
      Run};
}

}  // namespace winnow::cli
