// AnnotationService.WatchQueue: how a queue stands, again and again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/corpus/corpus.h"
#include "common/rpc/stream.h"
#include "common/tasks/queues.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"

namespace winnow::annotation {

// How queues stand: found out once in a turn for all who watch the same one. Only for the thread of
// rpc::Streams. What is passed in must outlive it.
class QueueBoard {
 public:
  QueueBoard(const corpus::Corpus& corpus, tasks::Queues& queues)
      : corpus_(corpus), queues_(queues) {}

  // Without any effect: it opens no queue. NotFound (UNKNOWN_QUEUE).
  using Standing = absl::StatusOr<std::shared_ptr<const v1::Queue>>;
  Standing Read(const std::string& name, uint64_t turn);

 private:
  Standing Find(const std::string& name) const;

  const corpus::Corpus& corpus_;
  tasks::Queues& queues_;
  uint64_t turn_ = 0;
  std::map<std::string, Standing> read_;
};

// Sends how the queue stands when it is not what was sent last, and nothing before that was
// written. Thread-safe.
class WatchStream final
    : public rpc::SendingStream<grpc::ServerWriteReactor<v1::Queue>, v1::Queue> {
 public:
  WatchStream(rpc::StreamCall call, QueueBoard& board, std::string queue)
      : SendingStream(std::move(call)), board_(board), queue_(std::move(queue)) {}

 private:
  void TakeTurn(const rpc::StreamTurn& turn) override;

  QueueBoard& board_;
  const std::string queue_;
  // Of the thread of rpc::Streams.
  std::string sent_;
};

}  // namespace winnow::annotation
