// Files into the corpus: parsed, checked and stored, all or nothing.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/mutex.h"
#include "common/corpus/corpus.h"
#include "common/formats/dataset.h"
#include "common/formats/source.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::annotation {

// A file: passes on its content, from the beginning and in pieces, until `take` fails. An import
// reads it several times.
using TakePiece = std::function<absl::Status(absl::string_view)>;
using ReadFile = std::function<absl::Status(const TakePiece& take)>;

// Appends the rows of a file of annotations to a data set: all of them, or none and every
// violation. `request_id` names the request; its repetition returns the first result. A file is
// checked as a whole before any of it is stored. It takes the memory of some rows, however large
// the file, but for rows that go into a data set that is there: these are stored in one step, and
// ResourceExhausted says when they are too many for it. One import into a data set at a time.
absl::StatusOr<storage::v1::DatasetImport> ImportDataset(corpus::Corpus& corpus,
                                                         const std::string& dataset,
                                                         const formats::ParseOptions& options,
                                                         absl::string_view request_id,
                                                         const ReadFile& read);

// The same for texts into a source, also into one that is there.
absl::StatusOr<storage::v1::SourceImport> ImportSource(corpus::Corpus& corpus,
                                                       const std::string& source,
                                                       formats::SourceFormat format,
                                                       absl::string_view request_id,
                                                       const ReadFile& read);

// Lets one import into each data set or source, and a few of all, run at a time: their memory adds
// up. The next one waits. Thread-safe.
class ImportTurns {
 public:
  // Holds the turn as long as it lives.
  class Turn {
   public:
    Turn(ImportTurns& turns, std::string target) : turns_(turns), target_(std::move(target)) {}
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    ImportTurns& turns_;
    const std::string target_;
  };

  Turn BeginDataset(const std::string& name) { return Begin("dataset/" + name); }
  Turn BeginSource(const std::string& name) { return Begin("source/" + name); }

 private:
  Turn Begin(const std::string& target);

  Mutex mutex_;
  CondVar ended_;
  std::set<std::string> running_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::annotation
