#include "services/annotation/export.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/corpus/standing.h"
#include "common/formats/prodigy.h"

namespace winnow::annotation {
namespace {

// The one name that rows are wanted of, if any, and the names that they have.
class WantedName {
 public:
  // "person"
  WantedName(absl::string_view what, absl::string_view name) : what_(what), name_(name) {}

  // Of a row with these names, of which some may be empty. REQUIRES: a name is wanted.
  bool Takes(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (!name.empty()) seen_.insert(name);
    }
    return std::find(names.begin(), names.end(), name_) != names.end();
  }

  // A sentence about a name that no row has; empty if there is nothing to say.
  std::string Complaint() const {
    if (name_.empty() || seen_.contains(name_)) return "";
    return absl::StrCat(" no row is of the ", what_, " \"", name_, "\".",
                        DidYouMean(name_, {seen_.begin(), seen_.end()}));
  }

 private:
  const absl::string_view what_;
  const std::string name_;
  std::set<std::string> seen_;
};

std::string RowOf(const storage::v1::Answer& answer, bool undone, const std::string& text) {
  std::string row = formats::ToProdigyJson(answer, text, answer.fields_json());
  if (undone) formats::AddMark(formats::kUndoneMark, row);
  if (answer.surplus()) formats::AddMark(formats::kSurplusMark, row);
  return absl::StrCat(row, "\n");
}

}  // namespace

absl::Status ExportDataset(const corpus::CorpusReader& corpus, absl::string_view dataset,
                           const ExportOptions& options,
                           absl::FunctionRef<absl::Status(absl::string_view row)> take) {
  WINNOW_ASSIGN_OR_RETURN(const uint64_t revision, corpus.GetRevision());
  WantedName person("person", options.annotator);
  WantedName session("session", options.session);
  const auto export_answer = [&](const storage::v1::Answer& answer,
                                 bool undone) -> absl::StatusOr<bool> {
    // Both are asked, as both learn which names there are.
    const bool of_person = options.annotator.empty() || person.Takes({answer.annotator()});
    const bool of_session =
        options.session.empty() || session.Takes({answer.queue(), formats::SessionOf(answer)});
    const bool counts = !undone && !answer.surplus();
    if (!of_person || !of_session || (!counts && !options.all) ||
        absl::FromUnixMicros(answer.answered_unix_micros()) < options.since) {
      return true;
    }
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example,
                            corpus.GetExample(answer.example_id()));
    WINNOW_RETURN_IF_ERROR(take(RowOf(answer, undone, example.text())));
    return true;
  };
  WINNOW_RETURN_IF_ERROR(corpus::ForEachAnswer(corpus, dataset, revision, export_answer));
  const std::string complaints = absl::StrCat(person.Complaint(), session.Complaint());
  if (complaints.empty()) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("dataset \"", dataset, "\":", complaints));
}

}  // namespace winnow::annotation
