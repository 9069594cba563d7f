#include "common/rpc/request_names.h"

#include <set>
#include <string>

#include "common/rpc/methods.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "winnow/annotation/v1/annotation.pb.h"
#include "winnow/annotation/v1/snapshots.pb.h"
#include "winnow/evaluation/v1/evaluation.pb.h"
#include "winnow/training/v1/training.pb.h"

namespace winnow::rpc {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::DescriptorPool;
using ::google::protobuf::FieldDescriptor;
using ::testing::ElementsAre;
using ::testing::Field;

// Fields that the services check themselves, or that may hold anything.
const std::set<std::string> kNoNames = {"request_id", "page_token", "labels", "texts"};
const std::set<std::string> kOfServices = {"winnow.annotation.v1.ExportDatasetRequest.annotator",
                                           "winnow.annotation.v1.ExportDatasetRequest.session",
                                           "winnow.annotation.v1.MergeDatasetsRequest.datasets",
                                           "winnow.access.v1.ListAuditEventsRequest.person",
                                           "winnow.access.v1.ListAuditEventsRequest.method",
                                           "winnow.evaluation.v1.PredictRequest.model",
                                           "winnow.evaluation.v1.EvaluateRequest.model",
                                           "winnow.evaluation.v1.EvaluateRequest.dataset",
                                           "winnow.evaluation.v1.MeasureAgreementRequest.datasets"};

// The string fields of a request, and of the first message of a stream, that are neither.
void FindUnchecked(const Descriptor& type, std::set<std::string>& unchecked) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.name() == "header" || field.name() == "start")
      FindUnchecked(*field.message_type(), unchecked);
    const bool is_string = field.type() == FieldDescriptor::TYPE_STRING;
    if (is_string && !IsName(field) && !kNoNames.contains(field.name()) &&
        !kOfServices.contains(field.full_name()))
      unchecked.insert(field.full_name());
  }
}

TEST(RequestNames, EveryStringOfARequestIsANameOrKnownToBeNone) {
  // Linked in by use.
  annotation::v1::Task::descriptor();
  annotation::v1::Snapshot::descriptor();
  evaluation::v1::Comparison::descriptor();
  training::v1::TrainingJob::descriptor();
  std::set<std::string> unchecked;
  for (const MethodRow& row : kMethods) {
    const auto* service = DescriptorPool::generated_pool()->FindServiceByName(row.service);
    ASSERT_NE(service, nullptr) << row.service;
    FindUnchecked(*service->FindMethodByName(row.name)->input_type(), unchecked);
  }
  EXPECT_EQ(unchecked, std::set<std::string>());
}

TEST(RequestNames, AModelMayBeAVersionAndAPersonAMailAddress) {
  training::v1::ExportModelRequest version;
  version.set_name("jobs@2");
  training::v1::GetModelRequest model;
  model.set_name("jobs@2");
  annotation::v1::UndoAnswerRequest undo;
  undo.set_queue("q");
  undo.set_annotator("ana@example.org");
  Violations violations;
  CheckNames(version, "", violations);
  CheckNames(model, "", violations);
  CheckNames(undo, "", violations);
  EXPECT_THAT(violations.items(), ElementsAre(Field(&Violation::where, "name")));
}

}  // namespace
}  // namespace winnow::rpc
