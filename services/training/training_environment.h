// The places that a training reads from and writes to.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/corpus/reader.h"
#include "common/kv/store.h"
#include "common/models/model_store.h"

namespace winnow::training {

// The corpus as it was at a revision. The reader is thread-safe.
struct CorpusView {
  // Lives as long as `owner`.
  const corpus::CorpusReader* reader = nullptr;
  // Everything up to this revision is in it, and perhaps more: read up to it.
  uint64_t revision = 0;
  std::string database_id;
  // Holds the snapshot open.
  std::shared_ptr<const void> owner;
};

// All of it must outlive its use, and is thread-safe.
struct TrainingEnvironment {
  models::ModelPublisher* publisher = nullptr;
  // Takes a snapshot of the annotation service's corpus.
  std::function<absl::StatusOr<CorpusView>()> take_snapshot;
  // Keeps what pools taught, beside the jobs.
  kv::Store* database = nullptr;
  const Clock* clock = nullptr;
};

}  // namespace winnow::training
