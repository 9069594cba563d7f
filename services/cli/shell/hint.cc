#include "services/cli/shell/hint.h"

#include "common/base/status.h"

namespace winnow::cli {
namespace {

struct Hint {
  const char* reason;
  const char* text;
};

constexpr Hint kHints[] = {
    {"NO_TOKEN",
     "an admin gives you one (`winnow people add NAME --role ROLE`); put it into "
     "~/.config/winnow/token (chmod 600), $WINNOW_TOKEN or --token"},
    {"UNKNOWN_TOKEN", "an admin gives you another one (`winnow people rotate NAME`)"},
    {"DISABLED", "an admin lets you in again (`winnow people enable NAME`)"},
    {"WRONG_ROLE", "an admin gives you another role (`winnow people role NAME --role ROLE`)"},
    {"UNKNOWN_DATASET",
     "`winnow stats` lists the datasets; `winnow db-in DATASET FILE` makes one, and so do answers "
     "to `winnow ner.teach DATASET MODEL SOURCE -l LABELS`"},
    {"UNKNOWN_SOURCE",
     "`winnow stats` lists the sources; a .jsonl or .txt file in place of SOURCE makes one"},
    {"UNKNOWN_MODEL",
     "`winnow models list` lists the models; `winnow ner.batch-train DATASET blank:en -o MODEL -l "
     "LABELS` makes one, and `winnow models promote NAME@N` lets a version serve"},
    {"NOTHING_TO_TRAIN_ON",
     "`winnow stats DATASET` shows the labels that its answers are about; `winnow ner.teach` asks "
     "for more answers"},
};

}  // namespace

std::string HintOf(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  for (const Hint& hint : kHints) {
    if (reason == hint.reason) return hint.text;
  }
  return "";
}

}  // namespace winnow::cli
