// Files into the corpus: parsed, checked and stored in one step each.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/corpus/corpus.h"
#include "winnow/annotation/v1/annotation.pb.h"

namespace winnow::annotation {

// Appends the rows of a Prodigy JSONL file to a data set: all of them, or none and every violation.
absl::StatusOr<v1::ImportDatasetResponse> ImportDataset(
    corpus::Corpus& corpus, const v1::ImportDatasetRequest::Header& header,
    absl::string_view content);

// Adds the texts of a file to a source.
absl::StatusOr<v1::ImportSourceResponse> ImportSource(corpus::Corpus& corpus,
                                                      const v1::ImportSourceRequest::Header& header,
                                                      absl::string_view content);

}  // namespace winnow::annotation
