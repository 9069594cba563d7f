#include "services/annotation/annotation_parts.h"

#include <utility>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/kv/rocks/rocks_store.h"

namespace winnow::annotation {

absl::StatusOr<std::unique_ptr<AnnotationParts>> AnnotationParts::Open(
    const std::filesystem::path& corpus_root, const models::ModelStore& store) {
  std::unique_ptr<AnnotationParts> parts(new AnnotationParts());
  const Clock& clock = SystemClock::Get();
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<kv::RocksStore> database,
                          kv::RocksStore::Open(corpus_root / "db"));
  // The corpus owns the database as long as the parts live.
  const kv::RocksStore* rocks = database.get();
  WINNOW_ASSIGN_OR_RETURN(parts->corpus_, corpus::Corpus::Open(std::move(database), clock));
  WINNOW_ASSIGN_OR_RETURN(parts->snapshots_,
                          corpus::Snapshots::Open(*parts->corpus_, corpus_root, clock,
                                                  [rocks](const std::filesystem::path& directory) {
                                                    return rocks->Checkpoint(directory);
                                                  }));
  parts->models_ = std::make_unique<models::ModelCache>(&store);
  parts->queues_ = std::make_unique<QueueRegistry>(*parts->corpus_, *parts->models_, store, clock);
  parts->service_ = parts->MakeService();
  return parts;
}

std::unique_ptr<AnnotationServiceImpl> AnnotationParts::MakeService() {
  return std::make_unique<AnnotationServiceImpl>(*corpus_, *snapshots_, *queues_);
}

}  // namespace winnow::annotation
