#include "services/annotation/api.h"

#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/measure/testing.h"
#include "common/rpc/convert.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::annotation {
namespace {

using measure::MakeSpan;
using measure::Show;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using winnow::common::v1::Verdict;

constexpr char kUuid[] = "0123456789abcdef0123456789abcdef";

tasks::LeasedTask LeasedQuestion() {
  tasks::LeasedTask leased;
  leased.example.set_text("Nurse in Paris");
  leased.fields_json = R"({"id": 7,"meta": {"n": 1.50}})";
  storage::v1::Task& task = *leased.lease.mutable_task();
  task.set_kind(storage::v1::TASK_KIND_TEACH);
  task.set_example_id(corpus::ExampleIdOf(leased.example.text()));
  *task.mutable_question()->mutable_span() = MakeSpan(0, 5);
  task.mutable_question()->set_score(0.5);
  task.set_id(corpus::TaskIdOf(task.example_id(), task.kind(), {MakeSpan(0, 5)}));
  task.mutable_selection()->set_strategy("audit");
  task.mutable_selection()->set_model_version("jobs@1");
  task.mutable_selection()->set_learner_step(2);
  task.mutable_view()->set_end(14);
  leased.lease.set_annotator("ann");
  leased.lease.set_token(7);
  leased.lease.set_expires_unix_micros(3'000'000);
  return leased;
}

// On "Nurse in Paris" A finds the job and B the place.
tasks::LeasedTask LeasedComparison(bool a_shown_second) {
  tasks::LeasedTask leased;
  leased.example.set_text("Nurse in Paris");
  v1::ComparisonTask given;
  given.set_text(leased.example.text());
  v1::Comparison& comparison = *given.mutable_comparison();
  comparison.set_model_a("secret-a@1");
  comparison.set_model_b("secret-b@2");
  *comparison.add_spans_a() = rpc::ToApi(MakeSpan(0, 5));
  *comparison.add_spans_b() = rpc::ToApi(MakeSpan(9, 14, "place"));
  comparison.set_b_shown_first(a_shown_second);
  *leased.lease.mutable_task() = ToRecord(given);
  return leased;
}

TEST(ToApi, ATaskTellsWhyItIsAskedAndUntilWhen) {
  const v1::Task task = ToApi(LeasedQuestion(), "q");
  EXPECT_EQ(task.kind(), v1::TASK_KIND_TEACH);
  EXPECT_EQ(task.task_id(), corpus::IdToHex(LeasedQuestion().lease.task().id()));
  EXPECT_EQ(task.queue(), "q");
  EXPECT_EQ(task.text(), "Nurse in Paris");
  EXPECT_EQ(task.question().span().end(), 5u);
  EXPECT_EQ(task.question().span().score(), 0.5);
  EXPECT_EQ(task.strategy(), "audit");
  EXPECT_EQ(task.model_version(), "jobs@1");
  EXPECT_EQ(task.learner_step(), 2u);
  EXPECT_EQ(task.fencing_token(), 7u);
  EXPECT_EQ(task.lease_expire_time().seconds(), 3);
  EXPECT_EQ(task.view_end(), 14u);
  EXPECT_EQ(task.fields_json(), R"({"id": 7,"meta": {"n": 1.50}})");
  EXPECT_EQ(task.meta_json(), R"({"n": 1.50})");
}

TEST(ToApi, AComparisonIsBlinded) {
  const v1::Task task = ToApi(LeasedComparison(false), "q");
  EXPECT_EQ(task.kind(), v1::TASK_KIND_COMPARE);
  EXPECT_THAT(task.DebugString(), Not(HasSubstr("secret")));
  EXPECT_EQ(Show(rpc::ToRecord(task.comparison().first(0))), "0-5 job");
  EXPECT_EQ(Show(rpc::ToRecord(task.comparison().second(0))), "9-14 place");
  const v1::Task swapped = ToApi(LeasedComparison(true), "q");
  EXPECT_EQ(Show(rpc::ToRecord(swapped.comparison().first(0))), "9-14 place");
  EXPECT_EQ(swapped.task_id(), task.task_id());
}

TEST(ToApi, AMarkupHasItsLabelsAndWhatIsMarkedAlready) {
  tasks::LeasedTask leased = LeasedQuestion();
  storage::v1::Task& stored = *leased.lease.mutable_task();
  stored.set_kind(storage::v1::TASK_KIND_CORRECT);
  for (const char* label : {"job", "place"}) stored.mutable_markup()->add_labels(label);
  *stored.mutable_markup()->add_spans() = MakeSpan(0, 5);
  *stored.mutable_markup()->add_spans() = MakeSpan(9, 14, "place");
  const v1::Task task = ToApi(leased, "q");
  EXPECT_EQ(task.kind(), v1::TASK_KIND_CORRECT);
  EXPECT_THAT(task.markup().labels(), ElementsAre("job", "place"));
  ASSERT_EQ(task.markup().spans_size(), 2);
  EXPECT_EQ(Show(rpc::ToRecord(task.markup().spans(0))), "0-5 job");
  EXPECT_EQ(Show(rpc::ToRecord(task.markup().spans(1))), "9-14 place");
}

TEST(ToApi, AReviewTellsWhoSaidWhatUnlessNamesAreHidden) {
  tasks::LeasedTask leased;
  storage::v1::Review& review = *leased.lease.mutable_task()->mutable_review();
  review.set_coverage(storage::v1::COVERAGE_COMPLETE);
  review.add_labels("job");
  storage::v1::Review::Version& version = *review.add_versions();
  version.set_verdict(storage::v1::VERDICT_ACCEPT);
  *version.add_spans() = MakeSpan(0, 5);
  version.set_num_people(1);
  version.add_said()->set_dataset("d");
  version.mutable_said(0)->set_revision(7);
  version.mutable_said(0)->set_annotator("ann");
  v1::Task task = ToApi(leased, "q");
  EXPECT_EQ(task.review().coverage(), v1::COVERAGE_COMPLETE);
  EXPECT_THAT(task.review().labels(), ElementsAre("job"));
  EXPECT_FALSE(task.review().has_span());
  ASSERT_EQ(task.review().versions_size(), 1);
  EXPECT_EQ(task.review().versions(0).verdict(), winnow::common::v1::VERDICT_ACCEPT);
  EXPECT_EQ(Show(rpc::ToRecord(task.review().versions(0).spans(0))), "0-5 job");
  EXPECT_EQ(task.review().versions(0).said(0).annotator(), "ann");
  EXPECT_EQ(task.review().versions(0).said(0).revision(), 7u);
  EXPECT_EQ(task.review().versions(0).said(0).dataset(), "d");
  review.set_hide_names(true);
  task = ToApi(leased, "q");
  EXPECT_EQ(task.review().versions(0).said_size(), 0);
  EXPECT_EQ(task.review().versions(0).num_people(), 1u);
}

TEST(ToApi, AStoredQueueHasEverythingThatWasAskedFor) {
  v1::QueueSpec spec;
  spec.set_name("q");
  spec.set_kind(v1::TASK_KIND_TEACH);
  spec.set_source("s");
  spec.set_dataset("d");
  for (const char* label : {"job", "place"}) spec.add_labels(label);
  spec.set_model("jobs");
  spec.add_exclude_datasets("gold");
  spec.set_overlap(1);
  spec.set_seed(3);
  spec.set_strategy("entropy");
  spec.set_audit_share(0.25);
  spec.set_ask_without_letters(true);
  spec.set_unsegmented(true);
  spec.set_patterns("{}");
  spec.set_check_share(0.1);
  spec.add_gold_datasets("gold");
  spec.set_min_agreement(0.8);
  spec.add_input_datasets("a");
  spec.set_auto_accept(true);
  spec.set_hide_names(true);
  EXPECT_EQ(ToApi(ToRecord(spec)).DebugString(), spec.DebugString());
}

TEST(ToRecord, FillsInTheDefaults) {
  v1::QueueSpec spec;
  spec.set_kind(v1::TASK_KIND_TEACH);
  const storage::v1::Queue queue = ToRecord(spec);
  EXPECT_EQ(queue.strategy(), "uncertainty");
  EXPECT_EQ(queue.audit_share(), 0.15);
  EXPECT_EQ(queue.check_share(), 0.04);
  spec.set_kind(v1::TASK_KIND_REVIEW);
  spec.set_min_agreement(0.5);
  EXPECT_EQ(ToRecord(spec).check_share(), 0);
  EXPECT_EQ(ToRecord(spec).min_agreement(), 0.5) << "to be refused, not forgotten";
  spec.set_kind(v1::TASK_KIND_TEACH);
  spec.clear_min_agreement();
  EXPECT_EQ(queue.overlap(), 1u);
  spec.set_strategy("patterns");
  EXPECT_EQ(ToRecord(spec).audit_share(), 0);
  spec.clear_strategy();
  spec.set_patterns("{}");
  spec.set_kind(v1::TASK_KIND_MANUAL);
  EXPECT_EQ(ToRecord(spec).strategy(), "source");
  EXPECT_EQ(ToRecord(spec).patterns(), "{}");
  EXPECT_EQ(ToRecord(spec).audit_share(), 0);
  spec.set_kind(v1::TASK_KIND_CORRECT);
  EXPECT_EQ(ToRecord(spec).strategy(), "uncertainty");
  spec.set_kind(static_cast<v1::TaskKind>(99));
  EXPECT_EQ(ToRecord(spec).kind(), storage::v1::TASK_KIND_UNSPECIFIED);
}

TEST(HideOthers, AnnotatorsSeeTheirOwnFiguresAndReviewersAll) {
  v1::Queue queue;
  for (const char* name : {"anna", "bert"}) queue.mutable_status()->add_people()->set_name(name);
  HideOthers({"rob", access::Role::kReviewer}, queue);
  EXPECT_EQ(queue.status().people_size(), 2);
  HideOthers({"bert", access::Role::kAnnotator}, queue);
  ASSERT_EQ(queue.status().people_size(), 1);
  EXPECT_EQ(queue.status().people(0).name(), "bert");
}

TEST(ToApi, TellsWhatAnAnswerCovers) {
  measure::TestCorpus corpus;
  corpus.Complete("d", measure::Mark("[Nurse] in <Paris>"), {"job", "place"});
  const uint64_t second = corpus.Reject("d", "Nurse in Paris", MakeSpan(0, 5));
  corpus.Undo("d", second);
  std::vector<v1::Answer> answers;
  std::vector<v1::Undo> undos;
  ASSERT_TRUE(corpus.reader()
                  .ForEachEntry("d", 0, corpus::kLatest,
                                [&](const storage::v1::LogEntry& entry) {
                                  if (entry.has_undo()) {
                                    undos.push_back(ToApi(entry.undo()));
                                  } else {
                                    answers.push_back(ToApi(entry.answer(), "Nurse in Paris"));
                                  }
                                  return true;
                                })
                  .ok());
  ASSERT_THAT(answers, SizeIs(2));
  EXPECT_EQ(answers[0].kind(), v1::TASK_KIND_MANUAL);
  EXPECT_EQ(answers[0].coverage(), v1::COVERAGE_COMPLETE);
  EXPECT_THAT(answers[0].complete_labels(), ElementsAre("job", "place"));
  EXPECT_THAT(answers[0].judgements(), SizeIs(2));
  EXPECT_EQ(answers[0].text(), "Nurse in Paris");
  EXPECT_FALSE(answers[0].has_took());
  EXPECT_EQ(answers[1].coverage(), v1::COVERAGE_BINARY);
  ASSERT_THAT(answers[1].judgements(), SizeIs(1));
  EXPECT_EQ(answers[1].judgements(0).verdict(), Verdict::VERDICT_REJECT);
  ASSERT_THAT(undos, SizeIs(1));
  EXPECT_EQ(undos[0].undone_revision(), second);
}

TEST(FromApi, AnAnswerNeedsAnIdOfItsOwnAndATask) {
  v1::NewAnswer answer;
  answer.set_answer_id("a1");
  answer.set_task_id("no task");
  const absl::Status status = FromApi(answer, "q", "ann", "answers[3]").status();
  std::vector<std::string> fields;
  for (const Violation& violation : Violations::Of(status)) fields.push_back(violation.where);
  EXPECT_THAT(fields, ElementsAre("answers[3].task_id", "answers[3].answer_id"));
}

TEST(FromApi, TheSpansOfAMarkedTextAreRead) {
  v1::NewAnswer answer;
  answer.set_answer_id(kUuid);
  answer.set_task_id(corpus::IdToHex(LeasedQuestion().lease.task().id()));
  answer.set_verdict(Verdict::VERDICT_ACCEPT);
  *answer.add_spans() = rpc::ToApi(MakeSpan(9, 14, "place"));
  const auto given = FromApi(answer, "q", "ann", "");
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_THAT(measure::ShowAll(given->judgement.spans), ElementsAre("9-14 place"));
}

// A client that measures the time again sends the same answer.
TEST(FromApi, TheTimeTakenIsNoPartOfWhatMakesARepetitionTheSame) {
  v1::NewAnswer answer;
  answer.set_answer_id(kUuid);
  answer.set_task_id(corpus::IdToHex(LeasedQuestion().lease.task().id()));
  answer.set_verdict(Verdict::VERDICT_ACCEPT);
  const auto first = FromApi(answer, "q", "ann", "");
  ASSERT_TRUE(first.ok()) << first.status();
  answer.mutable_took()->set_seconds(5);
  EXPECT_EQ(FromApi(answer, "q", "ann", "")->key.body_digest, first->key.body_digest);
  answer.set_verdict(Verdict::VERDICT_REJECT);
  EXPECT_NE(FromApi(answer, "q", "ann", "")->key.body_digest, first->key.body_digest);
}

TEST(ToApi, AnAnswerThatIsRefusedHasCodeAndReason) {
  const auto result = ToApi(absl::StatusOr<storage::v1::StoredAnswer>(
      WithReason(absl::NotFoundError("no such task"), "UNKNOWN_TASK")));
  EXPECT_EQ(result.error().code(), static_cast<int>(absl::StatusCode::kNotFound));
  EXPECT_EQ(result.error().reason(), winnow::common::v1::ERROR_REASON_UNKNOWN_TASK);
  EXPECT_EQ(result.error().message(), "no such task");
}

}  // namespace
}  // namespace winnow::annotation
