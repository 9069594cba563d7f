#include "services/training/api.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "services/training/training_progress.h"

namespace winnow::training {
namespace {

using ::testing::ElementsAreArray;

// A message with a value in every field, however deep, so that a field which is not translated
// shows.
void FillEveryField(google::protobuf::Message& message, int depth = 0) {
  using google::protobuf::FieldDescriptor;
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    const int number = 10 * depth + field->number();
    const int copies = field->is_repeated() && !field->is_map() ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
#define WINNOW_FILL(type, value)                                        \
  field->is_repeated() ? reflection->Add##type(&message, field, value)  \
                       : reflection->Set##type(&message, field, value); \
  break
      switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING:
          WINNOW_FILL(String, absl::StrCat("s", number, copy));
        case FieldDescriptor::CPPTYPE_UINT32:
          WINNOW_FILL(UInt32, static_cast<uint32_t>(number + copy));
        case FieldDescriptor::CPPTYPE_UINT64:
          WINNOW_FILL(UInt64, static_cast<uint64_t>(number + copy));
        case FieldDescriptor::CPPTYPE_DOUBLE:
          WINNOW_FILL(Double, number + copy + 0.5);
        case FieldDescriptor::CPPTYPE_BOOL:
          WINNOW_FILL(Bool, true);
        case FieldDescriptor::CPPTYPE_ENUM:
          WINNOW_FILL(EnumValue, 1 + number % (field->enum_type()->value_count() - 1));
        case FieldDescriptor::CPPTYPE_MESSAGE:
          FillEveryField(field->is_repeated() ? *reflection->AddMessage(&message, field)
                                              : *reflection->MutableMessage(&message, field),
                         depth + 1);
          break;
        default:
          FAIL() << field->full_name() << " has a type that this test does not know";
      }
#undef WINNOW_FILL
    }
  }
}

std::string Json(const google::protobuf::Message& message) {
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &json).ok());
  return json;
}

TEST(TrainingApi, NothingOfASpecIsLost) {
  v1::TrainingSpec asked;
  FillEveryField(asked);
  const storage::v1::TrainingFiles files = FilesOf(asked);
  EXPECT_EQ(files.patterns(), asked.patterns());
  EXPECT_EQ(files.lexicon(), asked.lexicon());
  EXPECT_THAT(files.more_lexicons(), ElementsAreArray(asked.more_lexicons()));
  v1::TrainingSpec without_files = asked;
  without_files.clear_patterns();
  without_files.clear_lexicon();
  without_files.clear_more_lexicons();
  EXPECT_EQ(Json(SpecOf(asked)), Json(without_files));

  storage::v1::Job job;
  job.set_payload(SpecOf(asked).SerializeAsString());
  EXPECT_EQ(Json(ToApi(job).spec()), Json(without_files));
  EXPECT_FALSE(SpecOf({}).has_prior());
  EXPECT_FALSE(SpecOf({}).has_epochs());
  EXPECT_FALSE(SpecOf({}).has_entity_share());
  EXPECT_FALSE(SpecOf({}).has_bag());
  EXPECT_FALSE(SpecOf({}).has_self_training());
  EXPECT_FALSE(SpecOf({}).has_eval_split());
}

TEST(TrainingApi, NothingOfAReportIsLost) {
  storage::v1::TrainingReport report;
  FillEveryField(report);
  report.set_pool_seconds(1.5);
  report.set_train_seconds(70.25);
  v1::TrainingReport told = ToApi(report);
  EXPECT_EQ(Json(told.pool_duration()), "\"1.500s\"");
  EXPECT_EQ(Json(told.train_duration()), "\"70.250s\"");
  // The gate's figures are a message of their own.
  v1::GateMeasurement measured = told.gate().measurement();
  storage::v1::GateReport gate = report.gate();
  gate.clear_verdict();
  gate.clear_reason();
  gate.clear_promoted();
  gate.clear_compared_with();
  EXPECT_EQ(Json(measured), Json(gate));
  EXPECT_EQ(told.gate().reason(), report.gate().reason());
  EXPECT_EQ(v1::GateVerdict_Name(told.gate().verdict()),
            storage::v1::GateVerdict_Name(report.gate().verdict()));
  EXPECT_EQ(told.gate().promoted(), report.gate().promoted());
  EXPECT_EQ(told.gate().compared_with(), report.gate().compared_with());

  told.clear_pool_duration();
  told.clear_train_duration();
  told.clear_gate();
  report.clear_pool_seconds();
  report.clear_train_seconds();
  report.clear_gate();
  EXPECT_EQ(Json(told), Json(report));
  EXPECT_EQ(Json(ToApi(storage::v1::TrainingReport())), "{}");
}

TEST(TrainingApi, AJobIsTold) {
  storage::v1::Job record;
  record.set_id("job-1");
  record.set_request_id("r1");
  record.set_body_digest(std::string("\x01\xff", 2));
  record.set_state(storage::v1::JOB_STATE_RUNNING);
  record.set_create_unix_micros(1'700'000'000'000'000);
  storage::v1::JobProgress& progress = *record.mutable_progress();
  progress.set_phase(storage::v1::TRAINING_PHASE_TRAINING);
  progress.set_done(3);
  progress.set_total(8);
  storage::v1::JobFact& loss = *progress.add_facts();
  loss.set_name(std::string(kLossFact));
  loss.set_value(0.5);
  const v1::TrainingJob job = ToApi(record);
  EXPECT_EQ(job.id(), "job-1");
  EXPECT_EQ(job.request_id(), "r1");
  EXPECT_EQ(job.spec_digest(), "01ff");
  EXPECT_EQ(job.state(), v1::JOB_STATE_RUNNING);
  EXPECT_EQ(job.progress().phase(), v1::TRAINING_PHASE_TRAINING);
  EXPECT_EQ(job.progress().num_done(), 3u);
  EXPECT_EQ(job.progress().num_total(), 8u);
  EXPECT_EQ(job.progress().loss(), 0.5);
  EXPECT_EQ(job.create_time().seconds(), 1'700'000'000);
  EXPECT_FALSE(job.has_start_time());
  EXPECT_FALSE(job.has_end_time());
  EXPECT_FALSE(job.has_error());
  EXPECT_FALSE(job.has_report());
}

TEST(TrainingApi, AFailureIsToldWithItsReason) {
  storage::v1::Job record;
  record.set_state(storage::v1::JOB_STATE_FAILED);
  record.set_error_code(9);
  record.set_error_reason("NOTHING_TO_TRAIN_ON");
  record.set_error_message("nothing to train on");
  record.set_end_unix_micros(1'700'000'000'000'000);
  const v1::TrainingJob job = ToApi(record);
  EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(job.error().message(), "nothing to train on");
  EXPECT_EQ(job.error().code(), 9);
  EXPECT_EQ(job.error().reason(), winnow::common::v1::ERROR_REASON_NOTHING_TO_TRAIN_ON);
  EXPECT_EQ(job.end_time().seconds(), 1'700'000'000);
  record.set_error_reason("a reason of a later version");
  EXPECT_EQ(ToApi(record).error().reason(), winnow::common::v1::ERROR_REASON_UNSPECIFIED);
}

TEST(TrainingApi, AWaitingJobTellsForWhat) {
  storage::v1::Job record;
  record.set_state(storage::v1::JOB_STATE_WAITING);
  record.set_error_message("annotation is not up");
  EXPECT_EQ(ToApi(record).state(), v1::JOB_STATE_WAITING);
  EXPECT_EQ(ToApi(record).error().message(), "annotation is not up");
}

TEST(TrainingApi, ADamagedSpecOrReportIsTold) {
  storage::v1::Job record;
  record.set_id("job-1");
  record.set_state(storage::v1::JOB_STATE_SUCCEEDED);
  for (const bool is_spec : {true, false}) {
    storage::v1::Job damaged = record;
    (is_spec ? *damaged.mutable_payload() : *damaged.mutable_result()) = "\xff";
    const v1::TrainingJob job = ToApi(damaged);
    EXPECT_EQ(job.id(), "job-1");
    EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
    EXPECT_EQ(job.error().code(), static_cast<int>(absl::StatusCode::kDataLoss));
  }
}

TEST(TrainingApi, EveryPhaseIsTold) {
  storage::v1::Job record;
  for (int phase = 0; phase < storage::v1::TrainingPhase_ARRAYSIZE; ++phase) {
    record.mutable_progress()->set_phase(static_cast<uint32_t>(phase));
    EXPECT_EQ(v1::TrainingPhase_Name(ToApi(record).progress().phase()),
              storage::v1::TrainingPhase_Name(phase));
  }
  EXPECT_FALSE(ToApi(record).progress().has_num_total());
}

TEST(TrainingApi, AJobThatKillsItsProcessHasAReason) {
  storage::v1::Job record;
  record.set_state(storage::v1::JOB_STATE_FAILED);
  record.set_error_reason("JOB_KEEPS_CRASHING");
  EXPECT_EQ(ToApi(record).error().reason(), winnow::common::v1::ERROR_REASON_JOB_KEEPS_CRASHING);
}

TEST(TrainingApi, EveryPhaseHasAName) {
  const std::vector<std::string> names = TrainingPhaseNames();
  ASSERT_EQ(names.size(), static_cast<size_t>(storage::v1::TrainingPhase_ARRAYSIZE));
  EXPECT_EQ(names[storage::v1::TRAINING_PHASE_LEARNING_WORDS], "learning words");
  EXPECT_EQ(names[storage::v1::TRAINING_PHASE_PUBLISHING], "publishing");
}

}  // namespace
}  // namespace winnow::training
