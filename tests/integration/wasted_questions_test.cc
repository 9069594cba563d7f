// How many questions are wasted on people: those without a letter, and those about a string that
// they have rejected before. Of the one public log of a real ner.teach session more than a quarter
// was; its texts are taught again, by somebody who says what was said there.
//   WINNOW_WASTE_SEEDS=5 integration_test --gtest_filter='*WastedQuestions*'
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/tasks/queue.h"
#include "common/tasks/testing.h"
#include "common/teach/testing.h"
#include "common/text/letters.h"
#include "common/text/spans.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/real_data.h"

namespace winnow::integration {
namespace {

using storage::v1::Verdict;

constexpr char kProduct[] = "PRODUCT";
// As many as there were.
constexpr size_t kQuestions = 1800;
// The strings accepted most often: patterns with which somebody would begin.
constexpr size_t kPatterns = 10;

// Questions that were asked in turn, and those wasted among them.
class Waste {
 public:
  void Add(const std::string& string, Verdict verdict) {
    const std::string key = text::Lower(string);
    ++num_asked_;
    if (!text::HasLetter(string)) {
      ++num_without_letters_;
    } else if (rejected_.contains(key)) {
      ++num_rejected_before_;
    }
    if (verdict == storage::v1::VERDICT_REJECT) rejected_.insert(key);
  }

  size_t num_asked() const { return num_asked_; }
  double Share() const {
    return static_cast<double>(num_without_letters_ + num_rejected_before_) /
           static_cast<double>(num_asked_);
  }
  friend std::ostream& operator<<(std::ostream& out, const Waste& waste) {
    return out << waste.num_asked_ << " questions, of which " << waste.num_without_letters_
               << " without a letter and " << waste.num_rejected_before_
               << " about a string rejected before: " << 100 * waste.Share() << " %";
  }

 private:
  size_t num_asked_ = 0;
  size_t num_without_letters_ = 0;
  size_t num_rejected_before_ = 0;
  std::set<std::string> rejected_;
};

Verdict VerdictOf(const std::string& answer) {
  if (answer == "accept") return storage::v1::VERDICT_ACCEPT;
  return answer == "reject" ? storage::v1::VERDICT_REJECT : storage::v1::VERDICT_IGNORE;
}

// What was asked and answered then.
class PublicSession {
 public:
  explicit PublicSession(const std::string& rows) {
    std::set<std::string> seen;
    for (const absl::string_view line : absl::StrSplit(rows, '\n', absl::SkipEmpty())) {
      const nlohmann::json row = nlohmann::json::parse(line.begin(), line.end());
      if (seen.insert(row["text"]).second) texts_.push_back(row["text"]);
      for (const nlohmann::json& span : row["spans"]) {
        const Verdict verdict = VerdictOf(span["answer"]);
        waste_.Add(span["text"], verdict);
        int& balance = balances_[text::Lower(span["text"].get<std::string>())];
        balance += verdict == storage::v1::VERDICT_ACCEPT;
        balance -= verdict == storage::v1::VERDICT_REJECT;
      }
    }
  }

  const std::vector<std::string>& texts() const { return texts_; }
  const Waste& waste() const { return waste_; }

  // What was accepted more often than rejected is a product, and nothing else is.
  Verdict Judge(const std::string& string) const {
    const auto found = balances_.find(text::Lower(string));
    return found != balances_.end() && found->second > 0 ? storage::v1::VERDICT_ACCEPT
                                                         : storage::v1::VERDICT_REJECT;
  }

  std::string Patterns() const {
    std::vector<std::pair<int, std::string>> strings;
    for (const auto& [string, balance] : balances_) strings.emplace_back(-balance, string);
    std::sort(strings.begin(), strings.end());
    std::string patterns;
    for (size_t i = 0; i < kPatterns; ++i) {
      const nlohmann::json pattern = {{"label", kProduct}, {"pattern", strings[i].second}};
      absl::StrAppend(&patterns, pattern.dump(), "\n");
    }
    return patterns;
  }

 private:
  std::vector<std::string> texts_;
  Waste waste_;
  // Accepts less rejects, by string in lower case.
  std::map<std::string, int> balances_;
};

// By seed.
class WastedQuestionsTest : public teach::TeachTest, public testing::WithParamInterface<uint64_t> {
 protected:
  // A queue that begins with patterns alone.
  std::unique_ptr<tasks::Queue> OpenQueue(const PublicSession& session) {
    corpus_.AddSource(queue_.source(), session.texts());
    queue_.set_seed(GetParam());
    queue_.set_model("blank:en");
    queue_.clear_labels();
    queue_.add_labels(kProduct);
    queue_.set_patterns(session.Patterns());
    corpus_.PutQueue(queue_);
    return *tasks::Queue::Open(queue_, corpus_.corpus(), corpus_.clock(), Open());
  }

  // Asks until there were as many questions as in the session, or none is left.
  Waste Teach(const PublicSession& session) {
    const std::unique_ptr<tasks::Queue> queue = OpenQueue(session);
    Waste waste;
    while (waste.num_asked() < kQuestions) {
      EXPECT_TRUE(teach::WaitUntilCurrent(queue->stream(), corpus_.corpus().revision()).ok());
      const auto reply = tasks::Lease(*queue, "ann");
      EXPECT_TRUE(reply.ok()) << reply.status();
      if (!reply.ok()) break;
      if (reply->tasks.empty() && reply->emptiness.reason == tasks::NoTask::kSearching) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      if (reply->tasks.empty()) break;
      const tasks::LeasedTask& task = reply->tasks[0];
      const std::string& text = task.example.text();
      const storage::v1::Span& span = task.lease.task().question().span();
      const std::string string(
          text::SpanText(text, text::OffsetMap(text), span.start(), span.end()));
      const Verdict verdict = session.Judge(string);
      waste.Add(string, verdict);
      EXPECT_TRUE(tasks::Submit(*queue, task.lease, verdict, absl::StrCat(waste.num_asked())).ok());
    }
    return waste;
  }
};

size_t NumSeeds() {
  const char* text = std::getenv("WINNOW_WASTE_SEEDS");
  size_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : 1;
}

TEST_P(WastedQuestionsTest, AreFewWhereTheyWereAQuarter) {
  const auto rows = ReadRealData("prodigy_examples/annotated_reddit-PRODUCT-ner.jsonl");
  if (!rows.ok()) GTEST_SKIP() << rows.status();
  const PublicSession session(*rows);
  const Waste waste = Teach(session);
  std::cout << "the session: " << session.waste() << "\nseed " << GetParam() << ": " << waste
            << std::endl;
  EXPECT_GT(session.waste().Share(), 0.25);
  EXPECT_GT(waste.num_asked(), 1000u);
  EXPECT_LT(waste.Share(), 0.05);
}

INSTANTIATE_TEST_SUITE_P(Seeds, WastedQuestionsTest,
                         testing::Range(uint64_t{1}, uint64_t{1} + NumSeeds()));

}  // namespace
}  // namespace winnow::integration
