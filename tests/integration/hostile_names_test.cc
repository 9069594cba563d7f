// Names that can be none, in every field of every method of all services: refused where they enter,
// with the field named, and never used as a path or a key.
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "common/rpc/methods.h"
#include "common/rpc/request_names.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "services/standalone/standalone.h"
#include "tests/testing/scratch_directory.h"
#include "winnow/annotation/v1/annotation.pb.h"

namespace winnow::integration {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::DescriptorPool;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;

// Names that the services check, together with the rest of a request.
const std::set<std::string> kNamesInSpecs = {
    "PredictRequest.model",     "EvaluateRequest.model",      "EvaluateRequest.dataset",
    "QueueSpec.name",           "QueueSpec.source",           "QueueSpec.dataset",
    "QueueSpec.model",          "QueueSpec.exclude_datasets", "QueueSpec.gold_datasets",
    "QueueSpec.input_datasets", "TrainingSpec.datasets",      "TrainingSpec.parent",
    "TrainingSpec.output",      "TrainingSpec.eval_datasets", "TrainingSpec.pool",
    "ComparisonSpec.name",      "ComparisonSpec.model_a",     "ComparisonSpec.model_b",
    "ComparisonSpec.source",    "ComparisonSpec.dataset"};
// Of these, those that may be left out.
const std::set<std::string> kOptional = {
    "TrainingSpec.pool",
    // In the place of a source there may be data sets.
    "QueueSpec.source", "LeaseTasksRequest.annotator", "SubmitAnswersRequest.annotator",
    "ReleaseTasksRequest.annotator", "UndoAnswerRequest.annotator", "Start.annotator"};

std::string NameIn(const FieldDescriptor& field) {
  return absl::StrCat(field.containing_type()->name(), ".", field.name());
}

bool IsName(const FieldDescriptor& field) {
  return rpc::IsName(field) || kNamesInSpecs.contains(NameIn(field));
}

// Sets every string of `message`, and of the messages in it, to what `value` says for its field.
using ValueFn = std::function<std::string(const FieldDescriptor& field)>;
void Fill(Message& message, const ValueFn& value) {
  const Descriptor& type = *message.GetDescriptor();
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    // Of a stream the header, which comes first.
    if (field.real_containing_oneof() != nullptr && field.name() != "header") continue;
    if (field.type() == FieldDescriptor::TYPE_STRING && !field.is_repeated())
      reflection.SetString(&message, &field, value(field));
    if (field.type() == FieldDescriptor::TYPE_STRING && field.is_repeated())
      reflection.AddString(&message, &field, value(field));
    if (field.type() == FieldDescriptor::TYPE_MESSAGE && !field.is_map())
      Fill(field.is_repeated() ? *reflection.AddMessage(&message, &field)
                               : *reflection.MutableMessage(&message, &field),
           value);
    if (field.full_name() == "winnow.annotation.v1.QueueSpec.kind")
      reflection.SetEnumValue(&message, &field, annotation::v1::TASK_KIND_TEACH);
  }
}

// The fields that Fill sets.
std::set<const FieldDescriptor*> StringFields(const Descriptor& type) {
  std::set<const FieldDescriptor*> fields;
  const std::unique_ptr<Message> message(
      MessageFactory::generated_factory()->GetPrototype(&type)->New());
  Fill(*message, [&](const FieldDescriptor& field) {
    fields.insert(&field);
    return "";
  });
  return fields;
}

// Any method, with one request.
absl::Status Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                  const Message& request) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  grpc::CompletionQueue events;
  const auto ended = [&] {
    void* tag = nullptr;
    bool ok = false;
    return events.Next(&tag, &ok) && ok;
  };
  const auto call = stub.PrepareCall(&context, method, &events);
  call->StartCall(nullptr);
  ended();
  const std::string bytes = request.SerializeAsString();
  const grpc::Slice slice(bytes);
  call->WriteLast(grpc::ByteBuffer(&slice, 1), {}, nullptr);
  ended();
  grpc::ByteBuffer reply;
  do {
    call->Read(&reply, nullptr);
  } while (ended());
  grpc::Status status;
  call->Finish(&status, nullptr);
  ended();
  return rpc::FromGrpc(status);
}

bool NamesField(const absl::Status& status, const FieldDescriptor& field) {
  for (const Violation& violation : Violations::Of(status)) {
    if (absl::StrContains(violation.where, field.name())) return true;
  }
  return absl::StrContains(status.message(), " is no model name");
}

bool IsPerson(const FieldDescriptor& field) {
  return field.name() == "annotator" ||
         field.containing_type()->file()->package() == "winnow.access.v1";
}

class HostileNamesTest : public testing::Test {
 protected:
  // Calls the method with the value in one field, and right ones in the others.
  absl::Status CallWith(const google::protobuf::MethodDescriptor& method,
                        const FieldDescriptor& hostile, const std::string& value) {
    const std::unique_ptr<Message> request(
        MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
    Fill(*request, [&](const FieldDescriptor& field) -> std::string {
      if (&field == &hostile) return value;
      const bool is_id = absl::EndsWith(field.name(), "request_id");
      if (is_id) return absl::StrCat(absl::Hex(++num_calls_, absl::kZeroPad16), "0000000000000000");
      return IsName(field) ? "x" : "";
    });
    return Call(services_->channel(),
                absl::StrCat("/", method.service()->full_name(), "/", method.name()), *request);
  }

  ScratchDirectory scratch_;
  std::unique_ptr<standalone::Standalone> services_ =
      *standalone::Standalone::Start({.data_dir = scratch_ / "data"});
  uint64_t num_calls_ = 0;
};

TEST_F(HostileNamesTest, AreRefusedInEveryFieldOfEveryMethod) {
  const std::vector<std::string> values = {
      "..", "/proc", "../../etc/passwd", "", std::string(10'000, 'x'), std::string("a\0b", 3)};
  size_t num_refused = 0;
  for (const rpc::MethodRow& row : rpc::kMethods) {
    const auto* method = DescriptorPool::generated_pool()
                             ->FindServiceByName(row.service)
                             ->FindMethodByName(row.name);
    for (const FieldDescriptor* field : StringFields(*method->input_type())) {
      for (const std::string& value : values) {
        const absl::Status status = CallWith(*method, *field, value);
        SCOPED_TRACE(absl::StrCat(row.name, " ", field->full_name(), " \"", value.substr(0, 20),
                                  "\": ", status.ToString().substr(0, 300)));
        const absl::StatusCode code = status.code();
        EXPECT_TRUE(code != absl::StatusCode::kInternal && code != absl::StatusCode::kUnknown &&
                    code != absl::StatusCode::kDataLoss && code != absl::StatusCode::kUnavailable &&
                    code != absl::StatusCode::kDeadlineExceeded);
        if (!IsName(*field) || (value.empty() && kOptional.contains(NameIn(*field)))) continue;
        // People may be called nearly anything.
        if (IsPerson(*field) && (absl::StrContains(value, ".") || value == "/proc")) continue;
        EXPECT_EQ(code, absl::StatusCode::kInvalidArgument);
        EXPECT_TRUE(NamesField(status, *field));
        ++num_refused;
      }
    }
  }
  EXPECT_GT(num_refused, 250u);
}

}  // namespace
}  // namespace winnow::integration
