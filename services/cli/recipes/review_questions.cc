#include "services/cli/recipes/review_questions.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/cli/recipes/span_questions.h"
#include "services/cli/recipes/verdict_keys.h"
#include "services/cli/terminal/card.h"
#include "services/cli/terminal/highlight.h"
#include "services/cli/terminal/keys.h"
#include "services/cli/terminal/span_editor.h"
#include "services/cli/terminal/table.h"
#include "services/cli/terminal/verdict.h"

namespace winnow::cli {
namespace {

using annotation::v1::Review;
using annotation::v1::Task;

constexpr char kQuestionKeys[] =
    "1 2 as these say   a accept   x reject   space ignore   u undo   q quit";
constexpr char kTextKeys[] =
    "1 2 ... choose   left right move   [ ] or shift extend   A B ... mark   d delete\n"
    "a accept   x reject (bad text)   space ignore   u undo   q quit";

// What a digit picks; null for every other key.
const Review::Version* VersionOf(const Review& review, int key) {
  const int number = key - '1';
  return number >= 0 && number < review.versions_size() && key <= '9' ? &review.versions(number)
                                                                      : nullptr;
}

Reply AskAboutSpan(Terminal& terminal, const Task& task, const std::string& progress) {
  terminal.Show(absl::StrCat(progress, QuestionReviewCard(task, terminal.colour()), "\n",
                             Dim(kQuestionKeys, terminal.colour()), "\n"));
  while (true) {
    const int key = terminal.ReadKey();
    if (const Review::Version* version = VersionOf(task.review(), key))
      return {.verdict = version->verdict()};
    if (const std::optional<Reply> reply = ReplyOfKey(key)) return *reply;
  }
}

// The version that was chosen, as it is being mended.
class Draft {
 public:
  explicit Draft(const Task& task) : task_(task) { Choose(0); }

  bool Press(int key) {
    if (VersionOf(task_.review(), key) != nullptr) {
      Choose(static_cast<size_t>(key - '1'));
      return true;
    }
    if (!editor_->Press(key)) return false;
    is_bad_ = false;
    return true;
  }
  Reply Accept() const {
    if (is_bad_) return {.verdict = common::v1::VERDICT_REJECT};
    return {.verdict = common::v1::VERDICT_ACCEPT, .spans = editor_->spans()};
  }
  std::string Card(bool colour) const {
    return TextReviewCard(task_, chosen_, is_bad_, *editor_, colour);
  }

 private:
  void Choose(size_t version) {
    const Review& review = task_.review();
    chosen_ = version;
    // Where everything was taken back since, there is none.
    const Review::Version said =
        review.versions().empty() ? Review::Version() : review.versions(static_cast<int>(version));
    is_bad_ = said.verdict() == common::v1::VERDICT_REJECT;
    editor_.emplace(
        task_.text(), std::vector<std::string>(review.labels().begin(), review.labels().end()),
        std::vector<common::v1::Span>(said.spans().begin(), said.spans().end()), kLetterKeys);
  }

  const Task& task_;
  size_t chosen_ = 0;
  // It says that the text is a bad one.
  bool is_bad_ = false;
  std::optional<SpanEditor> editor_;
};

Reply AskAboutText(Terminal& terminal, const Task& task, const std::string& progress) {
  Draft draft(task);
  while (true) {
    terminal.Show(absl::StrCat(progress, draft.Card(terminal.colour()), "\n",
                               Dim(kTextKeys, terminal.colour()), "\n"));
    const int key = terminal.ReadAnyKey();
    if (key == 'a' || key == kKeyEnter) return draft.Accept();
    if (const std::optional<Reply> reply = ReplyOfKey(key)) return *reply;
    draft.Press(key);
  }
}

bool IsOfText(const Task& task) {
  return task.review().coverage() == annotation::v1::COVERAGE_COMPLETE;
}

Reply AskPerson(Terminal& terminal, const Task& task, const std::string& progress) {
  return IsOfText(task) ? AskAboutText(terminal, task, progress)
                        : AskAboutSpan(terminal, task, progress);
}

Reply AskOracle(const Gold& gold, const Task& task) {
  const Review& review = task.review();
  if (!IsOfText(task)) return {.verdict = gold.Judge(task.text(), review.span())};
  std::optional<std::vector<common::v1::Span>> spans =
      gold.Mark(task.text(), {review.labels().begin(), review.labels().end()});
  if (!spans.has_value()) return {.verdict = common::v1::VERDICT_IGNORE};
  return {.verdict = common::v1::VERDICT_ACCEPT, .spans = *std::move(spans)};
}

template <typename Spans>
nlohmann::ordered_json SpansJson(const Task& task, const Spans& spans) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const common::v1::Span& span : spans) json.push_back(SpanJson(task.text(), span));
  return json;
}

nlohmann::ordered_json VersionJson(const Task& task, const Review::Version& version) {
  nlohmann::ordered_json said = nlohmann::ordered_json::array();
  for (const Review::Said& by : version.said()) {
    said.push_back(
        {{"annotator", by.annotator()}, {"dataset", by.dataset()}, {"revision", by.revision()}});
  }
  nlohmann::ordered_json json = {{"verdict", VerdictName(version.verdict())}};
  if (IsOfText(task)) json["spans"] = SpansJson(task, version.spans());
  json["people"] = version.num_people();
  json["said"] = std::move(said);
  return json;
}

nlohmann::ordered_json ToJson(const AnsweredTask& answer) {
  const Task& task = answer.task;
  nlohmann::ordered_json versions = nlohmann::ordered_json::array();
  for (const Review::Version& version : task.review().versions())
    versions.push_back(VersionJson(task, version));
  nlohmann::ordered_json json = {{"text", task.text()}, {"versions", std::move(versions)}};
  if (IsOfText(task)) {
    json["labels"] =
        std::vector<std::string>(task.review().labels().begin(), task.review().labels().end());
    json["spans"] = SpansJson(task, answer.spans);
  } else {
    json["span"] = SpanJson(task.text(), task.review().span());
  }
  json["strategy"] = task.strategy();
  json["verdict"] = VerdictName(answer.verdict);
  return json;
}

std::string Summary(const Answered& answered, const annotation::v1::Queue& queue) {
  const annotation::v1::QueueStatus& status = queue.status();
  uint64_t num_unanimous = 0;
  for (const annotation::v1::PersonProgress& person : status.people()) {
    if (queue.spec().auto_accept() && person.name() == "auto") num_unanimous = person.num_answers();
  }
  return absl::StrCat(CountsOf(answered), "\nqueue ", queue.spec().name(), ": ",
                      Counted(status.num_answers(), "decision"), " in all, ", num_unanimous,
                      " of them accepted without asking, since all agreed\n");
}

}  // namespace

const char kReviewHelp[] =
    "Keys where people marked whole texts: 1 to 9 choose what some said, the most frequent is "
    "chosen "
    "already; it is mended as in ner.manual, but that labels have the keys A to Z; a or Enter "
    "accepts "
    "what is shown, x says that the text is a bad one. Where they answered yes or no: 1 and 2 "
    "answer "
    "as these say, a accepts the span, x rejects it. Space ignores, u takes the last decision "
    "back, "
    "q quits. The same command goes on where it stopped.\n\n"
    "The oracle says what is annotated, and ignores texts that it does not know.";

Questions ReviewQuestions() {
  return {"review", AskPerson, AskOracle, ToJson, Summary, kLetterKeys.size()};
}

}  // namespace winnow::cli
