#include "common/teach/ordered_stream.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/ner/acquisition.h"
#include "common/tasks/queue.h"
#include "common/tasks/testing.h"
#include "common/teach/cold_start.h"
#include "common/teach/markup_finder.h"
#include "common/teach/match_finder.h"
#include "common/teach/testing.h"
#include "common/text/spans.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

using measure::Ads;
using measure::Annotated;
using measure::ShowAll;
using storage::v1::Task;
using tasks::NoTask;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

// Six texts, every third one held out.
class OrderedStreamTest : public TeachTest {
 protected:
  OrderedStreamTest() {
    const std::vector<Annotated> teaching = Ads(4, /*holdout=*/false);
    const std::vector<Annotated> holdout = Ads(2, /*holdout=*/true);
    ads_ = {teaching[0], teaching[1], holdout[0], teaching[2], teaching[3], holdout[1]};
    corpus_.AddSource("s", TextsOf(ads_));
  }

  void Mark(storage::v1::TaskKind kind, absl::string_view order) {
    queue_.set_kind(kind);
    queue_.set_strategy(std::string(order));
    if (kind == storage::v1::TASK_KIND_MANUAL) queue_.clear_model();
  }
  void Match(const std::string& patterns) {
    queue_.clear_model();
    queue_.set_strategy(std::string(kPatternStrategy));
    queue_.set_patterns(patterns);
  }
  absl::StatusOr<std::unique_ptr<OrderedStream>> TryOpen() {
    std::unique_ptr<TaskFinder> finder;
    if (queue_.kind() == storage::v1::TASK_KIND_TEACH) {
      WINNOW_ASSIGN_OR_RETURN(finder, MatchFinder::Make(corpus_.reader(), queue_));
    } else {
      WINNOW_ASSIGN_OR_RETURN(finder, MarkupFinder::Make(environment(), queue_));
    }
    return OrderedStream::Open(environment(), queue_, std::move(finder));
  }
  std::unique_ptr<OrderedStream> Open() { return *TryOpen(); }
  std::vector<std::string> TextsOfAll(tasks::Stream& stream) {
    std::vector<std::string> texts;
    for (const Task& task : TakeAll(stream)) texts.push_back(TextOf(task));
    return texts;
  }
  // As if nobody had had one.
  std::vector<std::string> TextsAnew(tasks::Stream& stream) {
    known_.clear();
    stream.Restart();
    return TextsOfAll(stream);
  }
  static Task Completed(const tasks::Stream& stream, Task task) {
    const absl::Status status = stream.Complete(task);
    EXPECT_TRUE(status.ok()) << status;
    return task;
  }
  void Serve(const std::shared_ptr<const ner::Model>& model) {
    const models::VersionName version = models_.Publish(model)->version;
    while ((*cache_.Get("jobs"))->version != version)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  std::vector<Annotated> ads_;
};

TEST_F(OrderedStreamTest, WithoutLabelsTextsAreAskedThatTheDataSetHasAnsweredOtherwise) {
  Mark(storage::v1::TASK_KIND_MANUAL, kSourceOrder);
  queue_.clear_labels();
  corpus_.Complete(queue_.dataset(), ads_[0], {"job"});
  const std::unique_ptr<OrderedStream> stream = Open();
  EXPECT_THAT(TextsOfAll(*stream), ElementsAreArray(TextsOf(ads_)));
}

TEST_F(OrderedStreamTest, ManualAsksEveryTextInTheOrderOfTheSource) {
  Mark(storage::v1::TASK_KIND_MANUAL, kSourceOrder);
  const std::unique_ptr<OrderedStream> stream = Open();
  EXPECT_EQ(stream->Facts().num_fresh_tasks, 6u);
  const std::vector<Task> tasks = TakeAll(*stream);
  ASSERT_THAT(tasks, SizeIs(6));
  for (size_t i = 0; i < tasks.size(); ++i) {
    EXPECT_EQ(TextOf(tasks[i]), ads_[i].text);
    const Task task = Completed(*stream, tasks[i]);
    EXPECT_EQ(task.kind(), storage::v1::TASK_KIND_MANUAL);
    EXPECT_EQ(task.id(), corpus::MarkupTaskIdOf(task.example_id(), {"place", "job"}));
    EXPECT_THAT(task.markup().labels(), ElementsAre("job", "place"));
    EXPECT_THAT(task.markup().spans(), IsEmpty());
    EXPECT_EQ(task.selection().strategy(), "source");
    EXPECT_EQ(task.selection().model_version(), "");
  }
  EXPECT_EQ(stream->WhyEmpty().reason, NoTask::kExhausted);
  EXPECT_EQ(stream->Facts().num_fresh_tasks, 0u);
}

TEST_F(OrderedStreamTest, ARandomOrderFollowsFromTheSeed) {
  Mark(storage::v1::TASK_KIND_MANUAL, kRandomOrder);
  const std::vector<std::string> order = TextsAnew(*Open());
  EXPECT_THAT(order, UnorderedElementsAreArray(TextsOf(ads_)));
  EXPECT_EQ(TextsAnew(*Open()), order);
  bool differs = false;
  for (uint64_t seed = 4; seed < 8; ++seed) {
    queue_.set_seed(seed);
    differs |= TextsAnew(*Open()) != order;
  }
  EXPECT_TRUE(differs);
}

TEST_F(OrderedStreamTest, PatternsMarkBeforehandWithoutOverlaps) {
  Mark(storage::v1::TASK_KIND_MANUAL, kSourceOrder);
  queue_.set_patterns(
      "{\"label\":\"job\",\"pattern\":\"Nurse\"}\n"
      "{\"label\":\"place\",\"pattern\":\"Nurse wanted\"}\n"
      "{\"label\":\"place\",\"pattern\":\"Paris\"}\n");
  corpus_.AddSource("t", {"Nurse wanted in Paris", "Nurse in Rome"});
  queue_.set_source("t");
  const std::unique_ptr<OrderedStream> stream = Open();
  const std::vector<Task> tasks = TakeAll(*stream);
  ASSERT_THAT(tasks, SizeIs(2));
  EXPECT_THAT(ShowAll(Completed(*stream, tasks[0]).markup().spans()),
              ElementsAre("0-12 place", "16-21 place"));
  EXPECT_THAT(ShowAll(Completed(*stream, tasks[1]).markup().spans()), ElementsAre("0-5 job"));
}

TEST_F(OrderedStreamTest, CorrectBeginsWithWhatTheServingVersionPredicts) {
  models_.Publish(measure::GoodModel());
  Mark(storage::v1::TASK_KIND_CORRECT, kSourceOrder);
  queue_.clear_labels();
  queue_.add_labels("job");
  const std::unique_ptr<OrderedStream> stream = Open();
  const std::vector<Task> tasks = Take(*stream, 2);
  ASSERT_THAT(tasks, SizeIs(2));
  const Task first = Completed(*stream, tasks[0]);
  ASSERT_THAT(first.markup().spans(), SizeIs(1)) << "the place is of another label";
  EXPECT_EQ(measure::Show(first.markup().spans(0)), measure::Show(ads_[0].spans[0]));
  EXPECT_EQ(first.selection().model_version(), "jobs@1");
  EXPECT_EQ(stream->Facts().model_version, "jobs@1");

  Serve(measure::BlindModel());
  const Task second = Completed(*stream, tasks[1]);
  EXPECT_THAT(second.markup().spans(), IsEmpty());
  EXPECT_EQ(second.selection().model_version(), "jobs@2");
}

// A model that has seen texts of two forms only is unsure of the others.
TEST_F(OrderedStreamTest, UncertaintyAsksWhatIsWorthMostFirst) {
  models_.Publish(measure::GoodModel());
  Mark(storage::v1::TASK_KIND_CORRECT, kUncertaintyOrder);
  const auto worth = [](const ner::Model& model, const std::string& text) {
    ner::Tagger tagger;
    std::vector<ner::ScoredSpan> spans;
    const double log_probability = tagger.TagAndJudge(model, text, {true, true}, spans);
    return ner::MarkupWorth(log_probability, static_cast<uint32_t>(tagger.tokens().size()));
  };
  const auto in_order = [&](const ner::Model& model) {
    std::vector<std::string> texts = TextsOf(ads_);
    std::stable_sort(texts.begin(), texts.end(), [&](const std::string& a, const std::string& b) {
      return worth(model, a) > worth(model, b);
    });
    return texts;
  };
  const std::unique_ptr<OrderedStream> stream = Open();
  EXPECT_THAT(TextsOfAll(*stream), ElementsAreArray(in_order(*measure::GoodModel())));
  EXPECT_THAT(TextsAnew(*Open()), ElementsAreArray(in_order(*measure::GoodModel())))
      << "the same after a restart";

  // Another version has another order.
  const auto other =
      measure::TrainOn({measure::Mark("[Cook] for <Berlin> and the coast")}, {"job", "place"});
  const uint64_t generation = stream->Generation();
  Serve(other);
  while (stream->Facts().model_version != "jobs@2") std::this_thread::yield();
  EXPECT_GT(stream->Generation(), generation);
  EXPECT_THAT(TextsAnew(*stream), ElementsAreArray(in_order(*other)));
}

TEST_F(OrderedStreamTest, AVersionWithoutALabelPausesItUntilOneServesThatHasIt) {
  models_.Publish(measure::TrainOn(Ads(20, false), {"job"}));
  Mark(storage::v1::TASK_KIND_CORRECT, kUncertaintyOrder);
  const std::unique_ptr<OrderedStream> stream = Open();
  EXPECT_THAT(Take(*stream, 1), IsEmpty());
  EXPECT_EQ(stream->WhyEmpty().reason, NoTask::kPaused);
  EXPECT_THAT(stream->WhyEmpty().message, HasSubstr("does not know the label 'place'"));
  EXPECT_FALSE(WaitUntilCurrent(*stream, corpus_.corpus().revision()).ok());
  Serve(measure::GoodModel());
  while (stream->WhyEmpty().reason == NoTask::kPaused) std::this_thread::yield();
  EXPECT_THAT(TextsOfAll(*stream), SizeIs(6));
}

TEST_F(OrderedStreamTest, TextsThatAreCompleteOrExcludedAreNotAsked) {
  Mark(storage::v1::TASK_KIND_MANUAL, kSourceOrder);
  queue_.add_exclude_datasets("gold");
  corpus_.Complete("d", ads_[1], {"job", "place"});
  corpus_.Accept("d", ads_[0].text, ads_[0].spans[0]);
  corpus_.Accept("gold", ads_[2].text, ads_[2].spans[0]);
  const std::unique_ptr<OrderedStream> stream = Open();
  EXPECT_THAT(TextsOfAll(*stream),
              ElementsAre(ads_[0].text, ads_[3].text, ads_[4].text, ads_[5].text));
  EXPECT_EQ(stream->Facts().num_excluded_texts, 2u);
}

TEST_F(OrderedStreamTest, WhereExcludedDataSetsHaveAllTextsItSaysSo) {
  Mark(storage::v1::TASK_KIND_MANUAL, kSourceOrder);
  for (const Annotated& ad : ads_) corpus_.Complete("d", ad, {"job", "place"});
  EXPECT_EQ(Open()->WhyEmpty().reason, NoTask::kAllExcluded);
}

TEST_F(OrderedStreamTest, TextsAddedLaterAreAsked) {
  Mark(storage::v1::TASK_KIND_MANUAL, kSourceOrder);
  const std::unique_ptr<OrderedStream> stream = Open();
  TakeAll(*stream);
  const uint64_t generation = stream->Generation();
  const std::vector<std::string> added = TextsOf(Ads(2, /*holdout=*/false, /*begin=*/10));
  corpus_.AddSource("s", added);
  EXPECT_THAT(TextsOfAll(*stream), ElementsAreArray(added));
  EXPECT_GT(stream->Generation(), generation);
}

TEST_F(OrderedStreamTest, ALargeSourceIsReadBlockByBlock) {
  corpus_.AddSource("large", PlainTexts(kBlockTexts + 100));
  queue_.set_source("large");
  Match(R"({"label":"job","pattern":"number 2057"})");
  const std::unique_ptr<OrderedStream> stream = Open();
  EXPECT_THAT(TextsOfAll(*stream), ElementsAre("nothing of note, number 2057"));
  EXPECT_EQ(stream->WhyEmpty().reason, NoTask::kExhausted);
}

TEST_F(OrderedStreamTest, MatchAsksWhatPatternsMatchInTheOrderOfTheSource) {
  Match(
      "{\"label\":\"job\",\"pattern\":[{\"IS_TITLE\":true},{\"LOWER\":\"wanted\"}]}\n"
      "{\"label\":\"other\",\"pattern\":\"wanted\"}\n"
      "{\"label\":\"place\",\"pattern\":[{\"LOWER\":{\"IN\":[\"paris\",\"london\",\"rome\"]}}]}\n");
  const std::unique_ptr<OrderedStream> stream = Open();
  const std::vector<Task> tasks = TakeAll(*stream);
  std::vector<std::string> asked, expected;
  for (const Task& task : tasks) {
    EXPECT_EQ(task.kind(), storage::v1::TASK_KIND_TEACH);
    EXPECT_EQ(task.id(),
              corpus::TaskIdOf(task.example_id(), task.kind(), {task.question().span()}));
    EXPECT_FALSE(task.question().has_score());
    EXPECT_EQ(task.selection().strategy(), "patterns");
    asked.push_back(TextOf(task) + measure::Show(task.question().span()));
  }
  for (const size_t i : {0, 1, 3, 4}) {
    const std::string& text = ads_[i].text;
    const auto add = [&](const std::string& string, const char* label) {
      const size_t at = text.find(string);
      if (at == std::string::npos) return;
      expected.push_back(
          text + measure::Show(measure::MakeSpan(
                     static_cast<uint32_t>(at), static_cast<uint32_t>(at + string.size()), label)));
    };
    for (const char* job : {"Nurse wanted", "Baker wanted"}) add(job, "job");
    for (const char* place : {"Paris", "London", "Rome"}) add(place, "place");
  }
  EXPECT_THAT(expected, Not(IsEmpty()));
  std::sort(expected.begin(), expected.end());
  std::vector<std::string> sorted = asked;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, expected) << "hold-out texts are not asked";
  std::vector<std::string> texts, in_order;
  for (const Task& task : tasks) texts.push_back(TextOf(task));
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  for (const Annotated& ad : ads_) {
    if (std::find(texts.begin(), texts.end(), ad.text) != texts.end()) in_order.push_back(ad.text);
  }
  EXPECT_EQ(texts, in_order);
}

TEST_F(OrderedStreamTest, ErrorsOfOpeningAreTold) {
  Mark(storage::v1::TASK_KIND_MANUAL, kSourceOrder);
  queue_.set_source("no such");
  EXPECT_EQ(ReasonOf(TryOpen().status()), "UNKNOWN_SOURCE");
  queue_.set_source("s");
  Mark(storage::v1::TASK_KIND_CORRECT, kSourceOrder);
  queue_.set_model("nosuch");
  EXPECT_EQ(ReasonOf(TryOpen().status()), "UNKNOWN_MODEL");
}

// With the queue over it.
class MarkupQueueTest : public OrderedStreamTest {
 protected:
  MarkupQueueTest() {
    Mark(storage::v1::TASK_KIND_MANUAL, kSourceOrder);
    corpus_.PutQueue(queue_);
  }
  std::unique_ptr<tasks::Queue> OpenQueue() {
    // Tokens are told apart by when they were given.
    corpus_.clock().Advance(absl::Seconds(1));
    return *tasks::Queue::Open(queue_, corpus_.corpus(), corpus_.clock(), Open());
  }
  static tasks::LeasedTask LeaseOne(tasks::Queue& queue, const std::string& person = "ann") {
    auto reply = tasks::Lease(queue, person);
    EXPECT_TRUE(reply.ok()) << reply.status();
    EXPECT_THAT(reply->tasks, SizeIs(1)) << reply->emptiness.message;
    return reply->tasks.at(0);
  }
  static absl::Status Answer(tasks::Queue& queue, const tasks::LeasedTask& task,
                             const std::vector<storage::v1::Span>& spans) {
    tasks::GivenAnswer given = tasks::AnswerTo(task.lease);
    given.judgement.spans = spans;
    return tasks::Submit(queue, "ann", {given})[0].status();
  }
};

TEST_F(MarkupQueueTest, NoTextIsAskedTwiceAfterARestartEither) {
  std::vector<std::string> texts;
  while (texts.size() < ads_.size()) {
    const std::unique_ptr<tasks::Queue> queue = OpenQueue();
    for (int i = 0; i < 2; ++i) {
      const tasks::LeasedTask task = LeaseOne(*queue);
      texts.push_back(task.example.text());
      EXPECT_TRUE(Answer(*queue, task, {}).ok());
    }
  }
  EXPECT_THAT(texts, ElementsAreArray(TextsOf(ads_)));
}

TEST_F(MarkupQueueTest, EverythingWrongWithTheSpansIsNamed) {
  const std::unique_ptr<tasks::Queue> queue = OpenQueue();
  const tasks::LeasedTask task = LeaseOne(*queue);
  const auto refused =
      Answer(*queue, task,
             {measure::MakeSpan(0, 5), measure::MakeSpan(3, 8, "place"), measure::MakeSpan(9, 9),
              measure::MakeSpan(10, 999), measure::MakeSpan(12, 13, "no such")});
  std::vector<std::string> wrong;
  for (const Violation& violation : Violations::Of(refused)) wrong.push_back(violation.where);
  EXPECT_THAT(wrong, ElementsAre("spans[1]", "spans[2]", "spans[3]", "spans[4]", "spans[4]"));
  EXPECT_TRUE(Answer(*queue, task, ads_[0].spans).ok());
}

TEST_F(MarkupQueueTest, AnUndoneTextIsAskedAgainAlsoAfterARestart) {
  std::unique_ptr<tasks::Queue> queue = OpenQueue();
  ASSERT_TRUE(Answer(*queue, LeaseOne(*queue), {}).ok());
  queue = OpenQueue();
  const auto undone = tasks::Undo(*queue, "ann");
  ASSERT_TRUE(undone.ok()) << undone.status();
  EXPECT_EQ(undone->task.example.text(), ads_[0].text);
  EXPECT_THAT(undone->task.lease.task().markup().labels(), ElementsAre("job", "place"));
  queue = OpenQueue();
  EXPECT_EQ(LeaseOne(*queue, "bob").example.text(), ads_[1].text) << "the first is still ann's";
  corpus_.clock().Advance(absl::Minutes(6));
  EXPECT_EQ(LeaseOne(*queue, "bob").example.text(), ads_[0].text);
}

}  // namespace
}  // namespace winnow::teach
