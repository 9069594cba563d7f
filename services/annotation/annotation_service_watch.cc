#include "services/annotation/annotation_service_watch.h"

#include <utility>

#include "common/base/status.h"
#include "services/annotation/api.h"
#include "services/annotation/queue_standing.h"

namespace winnow::annotation {

QueueBoard::Standing QueueBoard::Find(const std::string& name) const {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Queue record, corpus_.reader().GetQueue(name));
  WINNOW_ASSIGN_OR_RETURN(v1::Queue queue, StandingOf(record, queues_));
  return std::make_shared<const v1::Queue>(std::move(queue));
}

QueueBoard::Standing QueueBoard::Read(const std::string& name, uint64_t turn) {
  if (turn != turn_) read_.clear();
  turn_ = turn;
  const auto [found, is_new] = read_.try_emplace(name, nullptr);
  if (is_new) found->second = Find(name);
  return found->second;
}

void WatchStream::TakeTurn(const rpc::StreamTurn& turn) {
  access::Caller caller;
  {
    MutexLock lock(mutex_);
    if (!IsDrained()) return;
    caller = call().caller();
  }
  const QueueBoard::Standing queue = board_.Read(queue_, turn.number);
  if (!queue.ok()) return Close(queue.status());
  v1::Queue shown = **queue;
  HideOthers(caller, shown);
  std::string bytes = shown.SerializeAsString();
  if (bytes == sent_) return;
  sent_ = std::move(bytes);
  Send(std::move(shown));
}

}  // namespace winnow::annotation
