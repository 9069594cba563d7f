// A consistent view of the corpus for another process than its owner.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/corpus/reader.h"
#include "common/kv/rocks/rocks_store.h"
#include "common/rpc/client.h"
#include "winnow/annotation/v1/snapshots.grpc.pb.h"

namespace winnow::rpc {

// A snapshot, open. It is released as soon as it is open (an open one stays readable): whatever
// happens to this process leaves nothing behind, and nothing need be renewed, however long the
// reading takes. Movable; the reader is thread-safe and ends with the snapshot.
class CorpusSnapshot {
 public:
  // `corpus_root` is the directory that annotation calls so, on the file system that both share.
  // Errors of CreateSnapshot; FailedPrecondition, naming the directory, when it is not below
  // `corpus_root`. `options` are those of CreateSnapshot.
  static absl::StatusOr<CorpusSnapshot> Take(
      annotation::v1::SnapshotService::StubInterface& annotation,
      const std::filesystem::path& corpus_root, const CallOptions& options = {},
      const Client& client = Client());

  const corpus::CorpusReader& reader() const { return reader_; }
  // Everything up to this revision is in it, and perhaps more: read up to it.
  uint64_t revision() const { return revision_; }
  const std::string& database_id() const { return reader_.info().database_id(); }

 private:
  CorpusSnapshot(std::unique_ptr<kv::RocksStore> store, corpus::CorpusReader reader,
                 uint64_t revision)
      : store_(std::move(store)), reader_(std::move(reader)), revision_(revision) {}

  std::unique_ptr<kv::RocksStore> store_;
  corpus::CorpusReader reader_;
  uint64_t revision_;
};

}  // namespace winnow::rpc
