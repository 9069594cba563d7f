// Files into the corpus: parsed, checked and stored, all or nothing.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/hash.h"
#include "common/base/mutex.h"
#include "common/corpus/corpus.h"
#include "common/formats/dataset.h"
#include "common/formats/source.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::annotation {

// Appends the rows of a file of annotations to a data set: all of them, or none and every
// violation. `request_id` names the request; its repetition returns the first result. It takes a
// few times the memory of `content`, so one at a time. One import into a new data set at a time.
absl::StatusOr<storage::v1::DatasetImport> ImportDataset(corpus::Corpus& corpus,
                                                         const std::string& dataset,
                                                         const formats::ParseOptions& options,
                                                         absl::string_view request_id,
                                                         std::string content);

// Adds the texts of a file, which comes in pieces, to a source. It takes the memory of a piece,
// however large the file; nothing is visible before Finish has returned OK. Not thread-safe; at
// most one import of a source at a time.
class SourceImport {
 public:
  // InvalidArgument for a name that no source can have.
  static absl::StatusOr<SourceImport> Begin(corpus::Corpus& corpus, std::string source,
                                            formats::SourceFormat format, std::string request_id);

  // The error of the corpus, if it has one. What is wrong with the file is told by Finish.
  absl::Status Add(absl::string_view piece);
  // InvalidArgument with every violation. A repetition returns the first result.
  absl::StatusOr<storage::v1::SourceImport> Finish();

 private:
  SourceImport(corpus::Corpus& corpus, std::string source, formats::SourceFormat format,
               std::string request_id);
  absl::Status Stage(std::vector<formats::SourceText> texts);

  corpus::Corpus* corpus_;
  std::string source_;
  std::string request_id_;
  formats::SourceParser parser_;
  std::unique_ptr<Sha256Hasher> digest_;
  corpus::ImportCounts staged_;
};

// Lets one import of each source, and one of annotations, run at a time; the next one waits.
// Thread-safe.
class SourceImports {
 public:
  // Holds the turn of a source as long as it lives.
  class Turn {
   public:
    Turn(SourceImports& imports, std::string source)
        : imports_(imports), source_(std::move(source)) {}
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    SourceImports& imports_;
    const std::string source_;
  };

  // Waits until nobody else imports into the source.
  Turn Begin(const std::string& source);
  // The same for annotations: the memory of their files adds up.
  Turn BeginAnnotations() { return Begin("/annotations"); }

 private:
  Mutex mutex_;
  CondVar ended_;
  std::set<std::string> running_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::annotation
