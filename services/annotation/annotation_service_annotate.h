// AnnotationService.Annotate: translates between its messages and tasks::TasksAhead.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/stream.h"
#include "common/tasks/queue.h"
#include "common/tasks/tasks_ahead.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"

namespace winnow::annotation {

// A person at work. Requests are done one after the other, so that acknowledgements come in their
// order; the next one is read when what the last one brought was written. So what is not sent yet
// is at most the tasks ahead and one reply. Thread-safe; what is passed in must outlive it.
class AnnotateStream final : public rpc::TalkingStream<v1::AnnotateRequest, v1::AnnotateResponse> {
 public:
  AnnotateStream(rpc::StreamCall call, const tasks::Workplace& workplace)
      : TalkingStream(std::move(call)), workplace_(workplace) {}

 private:
  void Admitted() override { ReadOn(); }
  void Take(const v1::AnnotateRequest& request) override;
  void TakeEnd() override;
  void CleanUp(std::function<void()> done) override;

  absl::Status Start(const v1::AnnotateRequest::Start& start);
  // Who works on what.
  absl::StatusOr<tasks::AheadRequest> Check(const v1::AnnotateRequest::Start& start);
  void Hand(const absl::StatusOr<tasks::LeaseReply>& reply);
  void Answer(const v1::NewAnswer& answer);
  void Undo(const v1::AnnotateRequest::Undo& undo);
  absl::Status Release(const v1::ReleaseTasksRequest::LeasedTask& task);
  std::shared_ptr<AnnotateStream> Self() {
    return std::static_pointer_cast<AnnotateStream>(shared_from_this());
  }

  const tasks::Workplace workplace_;
  // The first message; set, with the next three, before any other is read.
  v1::AnnotateRequest::Start start_;
  access::Caller caller_;
  std::string annotator_;
  std::shared_ptr<tasks::TasksAhead> ahead_;
};

}  // namespace winnow::annotation
