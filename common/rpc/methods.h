// The methods of all services, one row each: what the handler wrapper (handlers.h) and the client
// (client.h) must know of a method. A test compares the table with proto/winnow.
#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/access/role.h"

namespace winnow::rpc {

using access::Role;

enum class Effect { kReads, kChanges };
// Whether sending the same request twice (with its request_id, where it has one) does no more than
// sending it once, so that a client may do so when it does not know whether the first one arrived.
enum class Repeat { kHarmless, kHarmful };
// Whether a call without a UUID as its `request_id` is refused.
enum class RequestId { kOptional, kRequired };

struct MethodRow {
  const char* service;  // "winnow.training.v1.TrainingService"
  const char* name;     // "PromoteModel"
  Effect effect;
  Repeat repeat;
  // Least role that may call it (access::Allows).
  Role role;
  RequestId request_id = RequestId::kOptional;
};

inline constexpr char kAccessService[] = "winnow.access.v1.AccessService";
inline constexpr char kAnnotationService[] = "winnow.annotation.v1.AnnotationService";
inline constexpr char kSnapshotService[] = "winnow.annotation.v1.SnapshotService";
inline constexpr char kTrainingService[] = "winnow.training.v1.TrainingService";
inline constexpr char kEvaluationService[] = "winnow.evaluation.v1.EvaluationService";

inline constexpr RequestId kUuid = RequestId::kRequired;

// clang-format off
inline constexpr MethodRow kMethods[] = {
    {kAccessService, "WhoAmI", Effect::kReads, Repeat::kHarmless, Role::kAnnotator},
    {kAccessService, "CreatePerson", Effect::kChanges, Repeat::kHarmful, Role::kAdmin},
    {kAccessService, "ListPeople", Effect::kReads, Repeat::kHarmless, Role::kAdmin},
    {kAccessService, "UpdatePerson", Effect::kChanges, Repeat::kHarmless, Role::kAdmin},
    {kAccessService, "RotateToken", Effect::kChanges, Repeat::kHarmful, Role::kAdmin},
    {kAccessService, "RemovePerson", Effect::kChanges, Repeat::kHarmless, Role::kAdmin},
    {kAccessService, "ListAuditEvents", Effect::kReads, Repeat::kHarmless, Role::kAdmin},

    {kAnnotationService, "ImportDataset", Effect::kChanges, Repeat::kHarmless, Role::kManager},
    {kAnnotationService, "ExportDataset", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kAnnotationService, "ListDatasets", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kAnnotationService, "GetDataset", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kAnnotationService, "DeleteDataset", Effect::kChanges, Repeat::kHarmless,
     Role::kManager, kUuid},
    {kAnnotationService, "MergeDatasets", Effect::kChanges, Repeat::kHarmless,
     Role::kManager, kUuid},
    {kAnnotationService, "ListAnswers", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kAnnotationService, "ImportSource", Effect::kChanges, Repeat::kHarmless, Role::kManager},
    {kAnnotationService, "ListSources", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kAnnotationService, "GetSource", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kAnnotationService, "DeleteSource", Effect::kChanges, Repeat::kHarmless,
     Role::kManager, kUuid},
    {kAnnotationService, "EraseTexts", Effect::kChanges, Repeat::kHarmless,
     Role::kAdmin, kUuid},
    {kAnnotationService, "CreateQueue", Effect::kChanges, Repeat::kHarmless,
     Role::kManager, kUuid},
    {kAnnotationService, "GetQueue", Effect::kReads, Repeat::kHarmless, Role::kAnnotator},
    {kAnnotationService, "WatchQueue", Effect::kReads, Repeat::kHarmless, Role::kAnnotator},
    {kAnnotationService, "ListQueues", Effect::kReads, Repeat::kHarmless, Role::kAnnotator},
    {kAnnotationService, "UpdateQueue", Effect::kChanges, Repeat::kHarmless,
     Role::kManager, kUuid},
    {kAnnotationService, "DeleteQueue", Effect::kChanges, Repeat::kHarmless,
     Role::kManager, kUuid},
    {kAnnotationService, "AddComparisons", Effect::kChanges, Repeat::kHarmless,
     Role::kManager, kUuid},
    // A lease whose reply is lost runs out by itself; each answer has an id of its own.
    {kAnnotationService, "LeaseTasks", Effect::kChanges, Repeat::kHarmless, Role::kAnnotator},
    {kAnnotationService, "SubmitAnswers", Effect::kChanges, Repeat::kHarmless, Role::kAnnotator},
    {kAnnotationService, "ReleaseTasks", Effect::kChanges, Repeat::kHarmless, Role::kAnnotator},
    {kAnnotationService, "UndoAnswer", Effect::kChanges, Repeat::kHarmless,
     Role::kAnnotator, kUuid},
    {kAnnotationService, "Annotate", Effect::kChanges, Repeat::kHarmful, Role::kAnnotator},

    {kSnapshotService, "CreateSnapshot", Effect::kChanges, Repeat::kHarmless,
     Role::kService, kUuid},
    {kSnapshotService, "RenewSnapshot", Effect::kChanges, Repeat::kHarmless, Role::kService},
    {kSnapshotService, "ReleaseSnapshot", Effect::kChanges, Repeat::kHarmless, Role::kService},

    {kTrainingService, "CreateTrainingJob", Effect::kChanges, Repeat::kHarmless,
     Role::kManager, kUuid},
    {kTrainingService, "GetTrainingJob", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kTrainingService, "WatchTrainingJob", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kTrainingService, "CancelTrainingJob", Effect::kChanges, Repeat::kHarmless, Role::kManager},
    {kTrainingService, "ListTrainingJobs", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kTrainingService, "MakeLexicon", Effect::kReads, Repeat::kHarmless, Role::kManager},
    {kTrainingService, "ListModels", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kTrainingService, "GetModel", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kTrainingService, "ListModelVersions", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kTrainingService, "GetModelVersion", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kTrainingService, "EraseTexts", Effect::kChanges, Repeat::kHarmless,
     Role::kAdmin, kUuid},
    {kTrainingService, "ImportModel", Effect::kChanges, Repeat::kHarmless, Role::kManager},
    {kTrainingService, "ExportModel", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kTrainingService, "PromoteModel", Effect::kChanges, Repeat::kHarmless,
     Role::kManager, kUuid},
    {kTrainingService, "RollbackModel", Effect::kChanges, Repeat::kHarmless,
     Role::kManager, kUuid},

    {kEvaluationService, "Predict", Effect::kReads, Repeat::kHarmless, Role::kAnnotator},
    {kEvaluationService, "PredictStream", Effect::kReads, Repeat::kHarmless, Role::kAnnotator},
    {kEvaluationService, "Evaluate", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kEvaluationService, "EstimateFromAudit", Effect::kReads, Repeat::kHarmless, Role::kAnnotator},
    {kEvaluationService, "MeasureAgreement", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kEvaluationService, "CreateComparison", Effect::kChanges, Repeat::kHarmless,
     Role::kManager, kUuid},
    {kEvaluationService, "GetComparison", Effect::kReads, Repeat::kHarmless, Role::kAnnotator},
    {kEvaluationService, "CancelComparison", Effect::kChanges, Repeat::kHarmless, Role::kManager},
    {kEvaluationService, "ListComparisons", Effect::kReads, Repeat::kHarmless, Role::kReviewer},
    {kEvaluationService, "DeleteComparison", Effect::kChanges, Repeat::kHarmless,
     Role::kManager, kUuid},
};
// clang-format on

// One row of the table, found when the program is compiled: a name that has no row does not
// compile. Copied freely.
class Method {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): "Training.PromoteModel" is of TrainingService.
  consteval Method(const char* name) : index_(Find(name)) {}

  const MethodRow& row() const { return kMethods[index_]; }
  // The place of the row in kMethods.
  size_t index() const { return index_; }

 private:
  static consteval size_t Find(std::string_view name) {
    for (size_t i = 0; i < std::size(kMethods); ++i) {
      std::string_view service = kMethods[i].service;
      service.remove_prefix(service.rfind('.') + 1);
      service.remove_suffix(std::string_view("Service").size());
      const size_t dot = name.find('.');
      if (name.substr(0, dot) == service && name.substr(dot + 1) == kMethods[i].name) return i;
    }
    throw "this method has no row in kMethods";
  }

  size_t index_;
};

// The row of the unary method that takes messages of this full name, or null: the request of method
// M is the message MRequest in the package of its service.
const MethodRow* FindMethodOfRequest(absl::string_view request_type);

// OK for a UUID: 32 hexadecimal digits, in one piece or as 8-4-4-4-12. InvalidArgument otherwise.
absl::Status CheckRequestId(absl::string_view request_id);

}  // namespace winnow::rpc
