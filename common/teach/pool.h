// The texts that a queue may ask about, of a source or of data sets. Texts themselves stay in the
// corpus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "common/corpus/ids.h"
#include "common/corpus/reader.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::teach {

struct PoolText {
  corpus::Id example;
  // common/text/split_key.h.
  uint64_t split_key = 0;
};

// The revision of the last change of the source, or of the input data sets, that the queue asks
// about. NotFound (UNKNOWN_SOURCE, UNKNOWN_DATASET).
absl::StatusOr<uint64_t> LastChange(const corpus::CorpusReader& reader,
                                    const storage::v1::Queue& queue);

// "source 's'" or "datasets a, b", for people.
std::string OriginOf(const storage::v1::Queue& queue);

// Takes about 45 bytes for each text. Not thread-safe.
class Pool {
 public:
  explicit Pool(const storage::v1::Queue& queue) : queue_(queue) {}

  // Takes in the texts that the source got since the last call, up to a revision, without those
  // that the queue's excluded data sets have, and those that its own has completely annotated with
  // all labels of the queue. Of texts with the same split key the first counts. NotFound
  // (UNKNOWN_SOURCE, UNKNOWN_DATASET).
  //
  // Of input data sets all texts with standing answers count, in the order of these; where they are
  // to be marked (silver to gold), those with an answer that is no complete annotation.
  absl::Status Extend(const corpus::CorpusReader& reader, uint64_t up_to_revision);

  // Texts that questions are about, in the order of the source: those that answers are learnt from;
  // where texts are marked completely or reviewed, hold-out texts, too, which figures want.
  const std::vector<PoolText>& teaching() const { return teaching_; }
  // Hold-out texts, for the audit sample of TEACH.
  const std::vector<PoolText>& holdout() const { return holdout_; }
  uint64_t num_excluded() const { return num_excluded_; }

 private:
  using Keys = absl::flat_hash_set<uint64_t>;
  absl::Status ExtendBySource(const corpus::CorpusReader& reader, uint64_t up_to_revision,
                              const Keys& excluded);
  absl::Status ExtendByDatasets(const corpus::CorpusReader& reader, const Keys& excluded);
  void Add(const PoolText& text, const Keys& excluded);

  const storage::v1::Queue queue_;
  std::vector<PoolText> teaching_;
  std::vector<PoolText> holdout_;
  uint64_t num_excluded_ = 0;
  // Members of the source that were read.
  uint64_t num_read_ = 0;
  Keys seen_;
  // Texts of data sets that were read: of these every spelling counts.
  absl::flat_hash_set<corpus::Id> seen_texts_;
};

// Texts by id, read from the corpus. The first kBytes of them are kept. Not thread-safe.
class TextCache {
 public:
  static constexpr size_t kBytes = size_t{16} << 20;

  // `reader` must outlive it.
  explicit TextCache(const corpus::CorpusReader& reader) : reader_(reader) {}

  // NotFound when no text has the id. Valid until the next call.
  absl::StatusOr<absl::string_view> Get(const corpus::Id& example);

 private:
  const corpus::CorpusReader& reader_;
  absl::flat_hash_map<corpus::Id, std::string> texts_;
  size_t num_bytes_ = 0;
  // The last text that found no room.
  std::string last_;
};

}  // namespace winnow::teach
