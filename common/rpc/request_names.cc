#include "common/rpc/request_names.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "common/base/names.h"
#include "common/models/version_name.h"
#include "google/protobuf/descriptor.h"

namespace winnow::rpc {
namespace {

using ::google::protobuf::FieldDescriptor;

// What a field names; a kind that is no constant below is a name as in common/base/names.h.
constexpr absl::string_view kModelOrVersion = "model or version";
constexpr absl::string_view kPerson = "person";
// The person in whose name the call is; the caller's where it is empty.
constexpr absl::string_view kAnnotator = "annotator";

struct NameRow {
  // Without its package: messages of requests have different names in all packages.
  absl::string_view field;
  absl::string_view what;
};

constexpr NameRow kNames[] = {
    {"CreatePersonRequest.name", kPerson},
    {"UpdatePersonRequest.name", kPerson},
    {"RotateTokenRequest.name", kPerson},
    {"RemovePersonRequest.name", kPerson},
    {"ImportDatasetRequest.Header.dataset", "dataset"},
    {"ExportDatasetRequest.dataset", "dataset"},
    {"GetDatasetRequest.name", "dataset"},
    {"DeleteDatasetRequest.name", "dataset"},
    {"MergeDatasetsRequest.output", "dataset"},
    {"ListAnswersRequest.dataset", "dataset"},
    {"ImportSourceRequest.Header.source", "source"},
    {"GetSourceRequest.name", "source"},
    {"DeleteSourceRequest.name", "source"},
    {"GetQueueRequest.name", "queue"},
    {"WatchQueueRequest.name", "queue"},
    {"UpdateQueueRequest.name", "queue"},
    {"DeleteQueueRequest.name", "queue"},
    {"AddComparisonsRequest.queue", "queue"},
    {"LeaseTasksRequest.queue", "queue"},
    {"LeaseTasksRequest.annotator", kAnnotator},
    {"SubmitAnswersRequest.queue", "queue"},
    {"SubmitAnswersRequest.annotator", kAnnotator},
    {"ReleaseTasksRequest.queue", "queue"},
    {"ReleaseTasksRequest.annotator", kAnnotator},
    {"UndoAnswerRequest.queue", "queue"},
    {"UndoAnswerRequest.annotator", kAnnotator},
    {"AnnotateRequest.Start.queue", "queue"},
    {"AnnotateRequest.Start.annotator", kAnnotator},
    {"RenewSnapshotRequest.id", "snapshot"},
    {"ReleaseSnapshotRequest.id", "snapshot"},
    {"GetTrainingJobRequest.id", "job"},
    {"CancelTrainingJobRequest.id", "job"},
    {"GetModelRequest.name", "model"},
    {"ListModelVersionsRequest.model", "model"},
    {"GetModelVersionRequest.name", kModelOrVersion},
    {"ImportModelRequest.Header.model", "model"},
    {"ExportModelRequest.name", kModelOrVersion},
    {"PromoteModelRequest.version", kModelOrVersion},
    {"RollbackModelRequest.model", "model"},
    {"EstimateFromAuditRequest.queue", "queue"},
    {"GetComparisonRequest.name", "comparison"},
    {"CancelComparisonRequest.name", "comparison"},
    {"DeleteComparisonRequest.name", "comparison"},
};

// Null for a field that holds no name.
const NameRow* FindRow(const FieldDescriptor& field) {
  absl::string_view name = field.full_name();
  name.remove_prefix(field.file()->package().size() + 1);
  for (const NameRow& row : kNames) {
    if (row.field == name) return &row;
  }
  return nullptr;
}

// Calls `visit(field, row, name)` for each field of the request that is to hold a name.
template <typename Visit>
void ForEachName(const google::protobuf::Message& request, Visit visit) {
  const google::protobuf::Descriptor& type = *request.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const NameRow* row = FindRow(field);
    if (row != nullptr) visit(field, *row, request.GetReflection()->GetString(request, &field));
  }
}

absl::Status Validate(absl::string_view what, absl::string_view name) {
  if (what == kAnnotator && name.empty()) return absl::OkStatus();
  if (what == kPerson || what == kAnnotator) return ValidatePerson(name);
  if (what == kModelOrVersion) return models::Reference::Parse(name).status();
  return ValidateName(what, name);
}

}  // namespace

bool IsName(const FieldDescriptor& field) { return FindRow(field) != nullptr; }

void CheckNames(const google::protobuf::Message& request, absl::string_view prefix,
                Violations& violations) {
  ForEachName(
      request, [&](const FieldDescriptor& field, const NameRow& row, const std::string& name) {
        violations.AddUnlessOk(absl::StrCat(prefix, field.name()), Validate(row.what, name));
      });
}

std::string DescribeNames(const google::protobuf::Message& request) {
  std::vector<std::string> names;
  ForEachName(request, [&](const FieldDescriptor& field, const NameRow&, const std::string& name) {
    if (!name.empty()) names.push_back(absl::StrCat(field.name(), "=", name));
  });
  return absl::StrJoin(names, " ");
}

std::string AnnotatorIn(const google::protobuf::Message& request) {
  std::string annotator;
  ForEachName(request, [&](const FieldDescriptor&, const NameRow& row, const std::string& name) {
    if (row.what == kAnnotator) annotator = name;
  });
  return annotator;
}

}  // namespace winnow::rpc
