// Translations between the messages of winnow.annotation.v1 and records.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/access/people.h"
#include "common/base/status.h"
#include "common/corpus/erasure.h"
#include "common/rpc/convert.h"
#include "common/tasks/queue.h"
#include "common/tasks/queues.h"
#include "winnow/annotation/v1/annotation.pb.h"
#include "winnow/annotation/v1/snapshots.pb.h"
#include "winnow/storage/v1/records.pb.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::annotation {

// The numbers of the API's kinds are those of the records; those that do not exist become
// unspecified.
storage::v1::TaskKind ToRecord(v1::TaskKind kind);
v1::TaskKind ToApi(storage::v1::TaskKind kind);

// With the defaults filled in.
storage::v1::Queue ToRecord(const v1::QueueSpec& spec);
v1::QueueSpec ToApi(const storage::v1::Queue& queue);
// Without its status.
v1::Queue ToApiQueue(const storage::v1::Queue& queue);
// PermissionDenied (WRONG_ROLE) for annotators, who are not to see what others answered, which the
// tasks of a review show.
absl::Status CheckMaySee(const access::Caller& caller, storage::v1::TaskKind kind);
// Takes out of the status what annotators are not to know: how others fare.
void HideOthers(const access::Caller& caller, v1::Queue& queue);
// Sets what is present in the request.
void Update(const v1::UpdateQueueRequest& request, storage::v1::Queue& queue);
// How a queue stands; `facts` of an open one.
v1::QueueStatus ToApi(const tasks::SlotFacts& slot);
v1::QueueStatus ToApi(const tasks::QueueFacts& facts);

v1::Task ToApi(const tasks::LeasedTask& leased, absl::string_view queue);
v1::NoTask ToApi(const tasks::Emptiness& emptiness);
// `where` names the answer in violations. InvalidArgument when the task id is none.
absl::StatusOr<tasks::GivenAnswer> FromApi(const v1::NewAnswer& answer, absl::string_view queue,
                                           absl::string_view annotator, const std::string& where);
v1::SubmitAnswersResponse::Result ToApi(const absl::StatusOr<storage::v1::StoredAnswer>& answer);
v1::SubmitAnswersResponse::Error ToApiError(const absl::Status& status);
v1::UndoAnswerResponse ToApi(const tasks::Queue::Undone& undone, absl::string_view queue);
// Adds a violation, in `where`, when the task id is none.
tasks::HeldTask FromApi(const v1::ReleaseTasksRequest::LeasedTask& task, const std::string& where,
                        Violations& violations);

// How long a person has when the request does not say.
inline constexpr absl::Duration kDefaultLease = absl::Minutes(5);
// The `ttl` of a request that leases.
template <typename Request>
absl::Duration LeaseTimeOf(const Request& request) {
  return request.has_ttl() ? rpc::FromDuration(request.ttl()) : kDefaultLease;
}
// Each adds a violation of the field when its value is out of range.
void CheckLeaseTime(absl::string_view field, absl::Duration ttl, Violations& violations);
void CheckNumTasks(absl::string_view field, uint32_t num_tasks, Violations& violations);

// `text` is that of the answer's example.
v1::Answer ToApi(const storage::v1::Answer& answer, absl::string_view text);
v1::Undo ToApi(const storage::v1::Undo& undo);
// A comparison to be asked, with its ids. InvalidArgument for an empty text.
storage::v1::Task ToRecord(const v1::ComparisonTask& task);

v1::Dataset ToApi(const storage::v1::Dataset& dataset);
v1::Source ToApi(const storage::v1::Source& source);
v1::ImportDatasetResponse ToApi(const storage::v1::DatasetImport& import,
                                absl::string_view dataset);
v1::EraseTextsResponse ToApi(const corpus::ErasedTexts& erased, uint64_t num_snapshots);
v1::ImportSourceResponse ToApi(const storage::v1::SourceImport& import);
v1::Snapshot ToApi(const storage::v1::SnapshotLease& lease, absl::string_view database_id);

}  // namespace winnow::annotation
