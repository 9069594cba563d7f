// Prediction and gold figures through a running server.
#include "services/evaluation/evaluation_service.h"

#include <atomic>
#include <chrono>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/file.h"
#include "common/ner/tagger.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evaluation/evaluation_service_testing.h"
#include "services/evaluation/predict.h"

namespace winnow::evaluation {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Stub = v1::EvaluationService::Stub;

std::vector<std::string> Words(const std::string& text,
                               const v1::PredictResponse::Prediction& prediction) {
  std::vector<std::string> words;
  for (const auto& span : prediction.spans()) {
    words.push_back(text.substr(span.start(), span.end() - span.start()));
  }
  return words;
}

v1::PredictRequest RequestOf(const std::string& model, const std::vector<std::string>& texts) {
  v1::PredictRequest request;
  request.set_model(model);
  for (const std::string& text : texts) request.add_texts(text);
  return request;
}

using PredictTest = EvaluationTest;

TEST_F(PredictTest, BestLabellingNamesItsVersionAndScores) {
  Publish("jobs", GoodModel());
  const std::vector<std::string> texts = {"Nurse wanted in Rome", "", "We are a friendly team"};
  const auto response = Call(&Stub::Predict, RequestOf("jobs", texts));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->model_version(), "jobs@1");
  ASSERT_EQ(response->predictions_size(), 3);
  EXPECT_THAT(Words(texts[0], response->predictions(0)), ElementsAre("Nurse"));
  EXPECT_EQ(response->predictions(0).spans(0).label(), "job_title");
  EXPECT_GT(response->predictions(0).spans(0).score(), 0.5);
  EXPECT_THAT(response->predictions(1).spans(), IsEmpty());
  EXPECT_THAT(response->predictions(2).spans(), IsEmpty());
}

TEST_F(PredictTest, OffsetsAreCodePoints) {
  Publish("jobs", GoodModel());
  const auto response =
      Call(&Stub::Predict,
           RequestOf("jobs", {"Nurse wanted in Rome", "\xF0\x9F\x98\x80 Driver wanted"}));
  ASSERT_TRUE(response.ok()) << response.status();
  // It may find something in the emoji, too.
  const auto& spans = response->predictions(1).spans();
  ASSERT_FALSE(spans.empty());
  EXPECT_EQ(spans.rbegin()->start(), 2u);
  EXPECT_EQ(spans.rbegin()->end(), 8u);
}

TEST_F(PredictTest, MinProbabilityListsEveryCandidateAlsoOverlappingOnes) {
  Publish("jobs", GoodModel());
  v1::PredictRequest request = RequestOf("jobs", {"Night Cook wanted in Paris"});
  request.set_min_probability(kMinMinProbability);
  const auto response = Call(&Stub::Predict, request);
  ASSERT_TRUE(response.ok()) << response.status();

  ner::Tagger tagger;
  std::vector<ner::ScoredSpan> expected;
  tagger.FindCandidates(*GoodModel(), request.texts(0), kMinMinProbability, expected);
  const auto& spans = response->predictions(0).spans();
  ASSERT_EQ(spans.size(), static_cast<int>(expected.size()));
  bool overlap = false;
  for (int i = 0; i < spans.size(); ++i) {
    const ner::ScoredSpan& span = expected[static_cast<size_t>(i)];
    EXPECT_EQ(spans[i].start(), span.start);
    EXPECT_EQ(spans[i].end(), span.end);
    EXPECT_DOUBLE_EQ(spans[i].score(), span.probability);
    EXPECT_GE(spans[i].score(), kMinMinProbability);
    overlap = overlap || (i > 0 && spans[i].start() < spans[i - 1].end());
  }
  EXPECT_TRUE(overlap);
}

TEST_F(PredictTest, OnlyTheLabelsAskedFor) {
  const Annotated annotated = {"Nurse wanted in Paris",
                               {MakeSpan(0, 5, "job_title"), MakeSpan(16, 21, "city")}};
  Publish("jobs", measure::TrainOn({annotated, annotated}, {"job_title", "city"}));
  v1::PredictRequest request = RequestOf("jobs", {annotated.text});
  const auto all = Call(&Stub::Predict, request);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_THAT(Words(annotated.text, all->predictions(0)), ElementsAre("Nurse", "Paris"));
  request.add_labels("city");
  EXPECT_THAT(Words(annotated.text, Call(&Stub::Predict, request)->predictions(0)),
              ElementsAre("Paris"));
  request.set_min_probability(1e-3);
  const auto candidates = Call(&Stub::Predict, request);
  for (const auto& span : candidates->predictions(0).spans()) EXPECT_EQ(span.label(), "city");
}

TEST_F(PredictTest, EverythingWrongIsReportedAtOnce) {
  Publish("jobs", GoodModel());
  v1::PredictRequest request = RequestOf("jobs", {"fine", std::string(kMaxTextBytes + 1, 'x')});
  request.set_min_probability(1);
  request.add_labels("job_titel");
  const absl::Status status = Call(&Stub::Predict, request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "INVALID_INPUT");
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("texts[1]: has 1048577 bytes"), HasSubstr("min_probability: is 1"),
                    HasSubstr("labels[0]: \"job_titel\" is not a label of jobs@1"),
                    HasSubstr("Did you mean \"job_title\"")));

  request.set_model("nobody");
  const absl::Status unknown_too = Call(&Stub::Predict, request).status();
  EXPECT_EQ(unknown_too.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(unknown_too.message()),
              AllOf(HasSubstr("model: "), HasSubstr("texts[1]")));
}

TEST_F(PredictTest, LimitsOfARequest) {
  Publish("jobs", GoodModel());
  EXPECT_THAT(std::string(Call(&Stub::Predict, RequestOf("jobs", {})).status().message()),
              HasSubstr("texts: must be 1 to 1000, not 0"));
  EXPECT_EQ(Call(&Stub::Predict, RequestOf("jobs", std::vector<std::string>(1000, "x")))
                ->predictions_size(),
            1000);
  const absl::Status too_many =
      Call(&Stub::Predict, RequestOf("jobs", std::vector<std::string>(1001, "x"))).status();
  EXPECT_THAT(std::string(too_many.message()), HasSubstr("not 1001"));
  for (const double probability :
       {0.0, -0.5, 1e-7, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    v1::PredictRequest request = RequestOf("jobs", {"x"});
    request.set_min_probability(probability);
    EXPECT_EQ(Call(&Stub::Predict, request).status().code(), absl::StatusCode::kInvalidArgument)
        << probability;
  }
}

TEST_F(PredictTest, InvalidUtf8IsRefusedWithItsPlace) {
  Publish("jobs", GoodModel());
  TaggerPool taggers;
  PredictionRequest request;
  request.model = "jobs";
  request.texts = {"ok", "ab\xFF"};
  const auto never = [] { return false; };
  const absl::Status status = Predict(*models_, taggers, request, never).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("texts[1]: is not valid UTF-8 at byte 2"));
}

TEST_F(PredictTest, UnknownModelAndUnknownLabelHaveTheirReasons) {
  Publish("jobs", GoodModel());
  const absl::Status model = Call(&Stub::Predict, RequestOf("job", {"x"})).status();
  EXPECT_EQ(model.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(model), "UNKNOWN_MODEL");
  v1::PredictRequest request = RequestOf("jobs", {"x"});
  request.add_labels("city");
  const absl::Status label = Call(&Stub::Predict, request).status();
  EXPECT_EQ(label.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(label), "UNKNOWN_LABEL");
}

TEST_F(PredictTest, StopsBetweenTextsWhenNobodyWaits) {
  Publish("jobs", GoodModel());
  TaggerPool taggers;
  int asked = 0;
  PredictionRequest request;
  request.model = "jobs";
  request.texts.assign(10, "x");
  const auto predictions = Predict(*models_, taggers, request, [&] { return ++asked == 3; });
  EXPECT_EQ(predictions.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(asked, 3);
}

TEST_F(PredictTest, AReplyThatWouldBeTooLargeIsRefused) {
  Publish("jobs", GoodModel());
  std::string text;
  for (int i = 0; i < 4000; ++i) absl::StrAppend(&text, "Nurse Cook ");
  v1::PredictRequest request = RequestOf("jobs", std::vector<std::string>(200, text));
  request.set_min_probability(kMinMinProbability);
  EXPECT_EQ(Call(&Stub::Predict, request).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(PredictTest, AStreamAnswersInOrderAndEndsWithTheFirstError) {
  Publish("jobs", GoodModel());
  grpc::ClientContext context;
  auto stream = stub_->PredictStream(&context);
  // Beside the reading: inside the process neither side holds messages for the other.
  std::thread writer([&] {
    for (const size_t num_texts : {1, 2, 3}) {
      stream->Write(RequestOf("jobs", std::vector<std::string>(num_texts, "Nurse wanted")));
    }
    stream->Write(RequestOf("nobody", {"x"}));
    stream->WritesDone();
  });
  v1::PredictResponse response;
  for (const int num_texts : {1, 2, 3}) {
    EXPECT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.predictions_size(), num_texts);
    EXPECT_EQ(response.model_version(), "jobs@1");
  }
  writer.join();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(PredictTest, AHotSwapFailsNoRequestAndEveryReplyNamesItsVersion) {
  // Odd versions find the job, even ones do not.
  Publish("jobs", GoodModel());
  Publish("jobs", BlindModel());
  ASSERT_TRUE(publisher_->Promote({"jobs", 1}).ok());
  std::atomic<bool> stop = false;
  std::atomic<int> num_failed = 0;
  std::atomic<int> num_wrong = 0;
  std::atomic<uint64_t> last_seen = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (!stop) {
        const auto response = Call(&Stub::Predict, RequestOf("jobs", {"Nurse wanted in Paris"}));
        if (!response.ok()) {
          ++num_failed;
          continue;
        }
        const bool is_first = response->model_version() == "jobs@1";
        num_wrong += response->predictions(0).spans_size() != (is_first ? 1 : 0);
        last_seen = is_first ? 1 : 2;
      }
    });
  }
  int num_swaps = 0;
  for (; num_swaps < 10; ++num_swaps) {
    const uint64_t next = num_swaps % 2 == 0 ? 2 : 1;
    ASSERT_TRUE(publisher_->Promote({"jobs", next}).ok());
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (last_seen != next && absl::Now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (last_seen != next) break;
  }
  stop = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(num_swaps, 10) << "a promoted version never answered";
  EXPECT_EQ(num_failed, 0);
  EXPECT_EQ(num_wrong, 0);
}

class EvaluateTest : public EvaluationTest {
 protected:
  absl::StatusOr<winnow::common::v1::Figure> Evaluate(const std::string& model,
                                                      const std::string& dataset,
                                                      const std::vector<std::string>& labels = {}) {
    v1::EvaluateRequest request;
    request.set_model(model);
    request.set_dataset(dataset);
    for (const std::string& label : labels) request.add_labels(label);
    const auto response = Call(&Stub::Evaluate, request);
    if (!response.ok()) return response.status();
    return response->figure();
  }
};

TEST_F(EvaluateTest, FiguresOfCompleteTextsWithoutThoseTrainedOn) {
  Publish("jobs", GoodModel(), {"cook NEEDED in berlin"});
  annotation_.AddComplete("gold", Ad("Nurse", "wanted in Paris"));
  annotation_.AddComplete("gold", Ad("Driver", "wanted in London"));
  // Wrong on purpose: marked elsewhere than the model does.
  annotation_.AddComplete("gold", {"Baker wanted, part time", {MakeSpan(14, 18)}});
  // The same text as a trained one, spelled differently.
  annotation_.AddComplete("gold", Ad("Cook", "needed in Berlin"));
  annotation_.AddBinary("gold", "Teacher needed in Rome", MakeSpan(0, 7));
  const auto figure = Evaluate("jobs", "gold");
  ASSERT_TRUE(figure.ok()) << figure.status();
  EXPECT_EQ(figure->sample(), winnow::common::v1::SAMPLE_KIND_GOLD);
  EXPECT_THAT(figure->datasets(), ElementsAre("gold"));
  EXPECT_EQ(figure->model_version(), "jobs@1");
  EXPECT_EQ(figure->dataset_revision(), annotation_.corpus().revision());
  EXPECT_EQ(figure->num_items(), 3u);
  EXPECT_EQ(figure->num_spans(), 3u);
  EXPECT_EQ(figure->num_leaked(), 1u);
  EXPECT_NEAR(figure->precision().value(), 2.0 / 3, 1e-12);
  EXPECT_NEAR(figure->recall().value(), 2.0 / 3, 1e-12);
  EXPECT_NEAR(figure->f1().value(), 2.0 / 3, 1e-12);
  EXPECT_LT(figure->f1().low(), 2.0 / 3);
  EXPECT_GT(figure->f1().high(), 2.0 / 3);
  ASSERT_EQ(figure->labels_size(), 1);
  EXPECT_EQ(figure->labels(0).support(), 3u);
  EXPECT_FALSE(figure->biased());
  EXPECT_THAT(figure->caveats(), ElementsAre(HasSubstr("1 of 5 texts")));
}

TEST_F(EvaluateTest, SnapshotsAreReleased) {
  Publish("jobs", GoodModel());
  annotation_.AddComplete("gold", Ad("Nurse", "wanted in Paris"));
  ASSERT_TRUE(Evaluate("jobs", "gold").ok());
  EXPECT_EQ(Evaluate("jobs", "gone").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(annotation_.NumLiveSnapshots(), 0u);
  EXPECT_TRUE(std::filesystem::is_empty(root_ / "corpus" / "snapshots"));
}

TEST_F(EvaluateTest, UnknownLineageIsACaveat) {
  Publish("jobs", GoodModel(), nullptr);
  annotation_.AddComplete("gold", Ad("Nurse", "wanted in Paris"));
  const auto figure = Evaluate("jobs", "gold");
  ASSERT_TRUE(figure.ok()) << figure.status();
  EXPECT_THAT(figure->caveats(), ElementsAre(HasSubstr("a leak cannot be excluded")));
}

TEST_F(EvaluateTest, YesNoAnswersAreNoGold) {
  Publish("jobs", GoodModel());
  annotation_.AddBinary("asked", "Teacher needed in Rome", MakeSpan(0, 7));
  const absl::Status status = Evaluate("jobs", "asked").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(
      std::string(status.message()),
      AllOf(HasSubstr("\"asked\" has no complete annotations of job_title"), HasSubstr("yes/no")));
}

TEST_F(EvaluateTest, NothingLeftAfterLeaksIsAnError) {
  Publish("jobs", GoodModel(), {"Nurse wanted in Paris"});
  annotation_.AddComplete("gold", Ad("Nurse", "wanted in Paris"));
  const absl::Status status = Evaluate("jobs", "gold").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("jobs@1 or an ancestor was trained on all 1"));
}

TEST_F(EvaluateTest, BadRequests) {
  Publish("jobs", GoodModel());
  EXPECT_EQ(ReasonOf(Evaluate("jobs", "gone").status()), "UNKNOWN_DATASET");
  EXPECT_EQ(ReasonOf(Evaluate("jbs", "gold").status()), "UNKNOWN_MODEL");
  EXPECT_EQ(ReasonOf(Evaluate("jobs", "gold", {"city"}).status()), "UNKNOWN_LABEL");
  const absl::Status both = Evaluate("jobs", "", {"city"}).status();
  EXPECT_EQ(both.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(both.message()), AllOf(HasSubstr("dataset: "), HasSubstr("labels[0]: ")));
}

TEST_F(EvaluateTest, ARepeatedLabelCountsOnce) {
  Publish("jobs", GoodModel());
  annotation_.AddComplete("gold", Ad("Nurse", "wanted in Paris"));
  const auto figure = Evaluate("jobs", "gold", {"job_title", "job_title"});
  ASSERT_TRUE(figure.ok()) << figure.status();
  ASSERT_EQ(figure->labels_size(), 1);
  EXPECT_EQ(figure->labels(0).support(), 1u);
}

TEST_F(EvaluateTest, AWrongCorpusRootIsNamed) {
  Publish("jobs", GoodModel());
  annotation_.AddComplete("gold", Ad("Nurse", "wanted in Paris"));
  Restart(root_ / "elsewhere");
  const absl::Status status = Evaluate("jobs", "gold").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("corpus root"), HasSubstr("elsewhere")));
  EXPECT_EQ(annotation_.NumLiveSnapshots(), 0u);
}

TEST_F(EvaluateTest, WithoutAnnotationPredictionsStillWork) {
  Publish("jobs", GoodModel());
  snapshot_stub_ = annotation::v1::SnapshotService::NewStub(*rpc::Connect("127.0.0.1:1"));
  Restart(root_ / "corpus");
  EXPECT_EQ(Evaluate("jobs", "gold").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Call(&Stub::Predict, RequestOf("jobs", {"x"})).ok());
}

}  // namespace
}  // namespace winnow::evaluation
