// Queue: what a person answers.
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/tasks/queue.h"
#include "common/text/utf8.h"

namespace winnow::tasks {
namespace {

using corpus::Id;
using storage::v1::Answer;
using storage::v1::StoredAnswer;

// An answer that is being stored keeps its place for this long.
constexpr absl::Duration kStoring = absl::Minutes(1);

template <absl::Status (*kError)(absl::string_view), typename... Parts>
absl::Status Refused(absl::string_view reason, const Parts&... parts) {
  return WithReason(kError(absl::StrCat(parts...)), reason);
}

// A repetition finds no lease any more, but its reply; everything else gets the refusal.
corpus::Mutation Refuse(const corpus::RequestKey& key, absl::Status refusal) {
  return {key, [refusal = std::move(refusal)](corpus::Transaction&) -> absl::StatusOr<std::string> {
            return refusal;
          }};
}

absl::StatusOr<StoredAnswer> ParseStored(absl::StatusOr<std::string> reply) {
  if (!reply.ok()) return std::move(reply).status();
  StoredAnswer answer;
  if (!answer.ParseFromString(*reply)) return absl::DataLossError("a kept reply is damaged");
  return answer;
}

}  // namespace

absl::StatusOr<storage::v1::Lease> Queue::FindLease(const GivenAnswer& given,
                                                    absl::string_view annotator) {
  const std::string task = absl::StrCat("task ", corpus::IdToHex(given.task.bytes()));
  MutexLock lock(mutex_);
  const storage::v1::Lease* held = assignments_.Find(given.task, annotator);
  if (held != nullptr && held->token() == given.token) return *held;
  if (held != nullptr) {
    return Refused<absl::FailedPreconditionError>(
        "LEASE_LOST", task,
        " is not leased with this fencing token; answer it with the token it came with");
  }
  if (assignments_.HasAnswered(given.task, annotator)) {
    return Refused<absl::FailedPreconditionError>("ALREADY_ANSWERED", "'", annotator,
                                                  "' has answered ", task,
                                                  " already; undo that answer to change it");
  }
  return Refused<absl::NotFoundError>("UNKNOWN_TASK", "'", annotator, "' does not have ", task,
                                      " of queue '", record_.name(), "'; lease the next one");
}

absl::StatusOr<Answer> Queue::MakeAnswer(const GivenAnswer& given, absl::string_view annotator) {
  const absl::Time now = clock_.SteadyNow();
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Lease lease, FindLease(given, annotator));
  uint32_t num_code_points = 0;
  if (!given.judgement.spans.empty()) {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example,
                            corpus_.reader().GetExample(lease.task().example_id()));
    num_code_points = static_cast<uint32_t>(text::NumCodePoints(example.text()));
  }
  WINNOW_ASSIGN_OR_RETURN(Answer answer,
                          tasks::MakeAnswer(lease.task(), given.judgement, num_code_points));
  answer.set_annotator(std::string(annotator));
  answer.set_answered_unix_micros(absl::ToUnixMicros(clock_.Now()));
  answer.set_queue(record_.name());
  WINNOW_ASSIGN_OR_RETURN(*answer.mutable_fields_json(), FieldsOf(lease.task().example_id()));
  answer.set_late(absl::FromUnixMicros(lease.expires_unix_micros()) <= now);

  MutexLock lock(mutex_);
  assignments_.Expire(now);
  // Others may have all the places by now. The answer is kept even so.
  const bool has_place = assignments_.Revive(given.task, annotator, now + kStoring);
  answer.set_surplus(!has_place || answer.has_check());
  return answer;
}

corpus::Mutation Queue::StoreAnswer(const corpus::RequestKey& key, Answer answer) const {
  const auto append = [this, answer = std::move(answer)](
                          corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
    WINNOW_ASSIGN_OR_RETURN(const Answer stored,
                            transaction.AnswerTask(record_.dataset(), answer,
                                                   Overlap(record_).Of(Id(answer.task_id()))));
    transaction.DeleteLease(record_.name(), answer.task_id(), answer.annotator());
    StoredAnswer reply;
    reply.set_revision(stored.revision());
    reply.set_late(stored.late());
    // That it was a check is not told to the person.
    reply.set_surplus(stored.surplus() && !stored.has_check());
    return reply.SerializeAsString();
  };
  return {key, append};
}

void Queue::Submit(absl::string_view annotator, std::vector<GivenAnswer> answers, SubmitDone done) {
  // First, so that what is answered here does not come back.
  std::vector<corpus::Mutation> mutations;
  const auto renew = [this, renewed = Renew(annotator)](
                         corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
    WINNOW_RETURN_IF_ERROR(StoreRenewed(renewed, transaction));
    return "";
  };
  mutations.push_back({{}, renew});
  for (const GivenAnswer& given : answers) {
    absl::StatusOr<Answer> answer = MakeAnswer(given, annotator);
    mutations.push_back(answer.ok() ? StoreAnswer(given.key, *std::move(answer))
                                    : Refuse(given.key, answer.status()));
  }
  corpus_.MutateLater(std::move(mutations),
                      [this, done = std::move(done)](corpus::Replies replies) {
                        std::vector<absl::StatusOr<StoredAnswer>> results;
                        for (size_t i = 1; i < replies.size(); ++i)
                          results.push_back(ParseStored(std::move(replies[i])));
                        stream_->Wake();
                        done(std::move(results));
                      });
}

}  // namespace winnow::tasks
