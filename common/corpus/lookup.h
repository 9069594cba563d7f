// Reading single records, for the reader and the transaction alike.
#pragma once

#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "common/kv/store.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::corpus {

// DataLoss when `bytes` is not a Record.
template <typename Record>
absl::StatusOr<Record> ParseRecord(absl::string_view key, absl::string_view bytes) {
  Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError(
        absl::StrCat("the record \"", absl::CHexEscape(key), "\" of the corpus is damaged"));
  }
  return record;
}

// A kind of record that people name.
struct NamedKind {
  absl::string_view prefix;
  // "dataset".
  absl::string_view what;
  // ErrorReason of an unknown name.
  absl::string_view unknown_reason;
};
extern const NamedKind kDatasetKind;
extern const NamedKind kSourceKind;
extern const NamedKind kQueueKind;

// NotFound with the nearest of the names in `store`.
absl::Status UnknownName(const kv::Store& store, const NamedKind& kind, absl::string_view name);

// Something that answers Get as a store does.
using GetFn = absl::FunctionRef<absl::StatusOr<std::string>(absl::string_view key)>;

// The record of that name, or UnknownName.
template <typename Record>
absl::StatusOr<Record> GetNamed(const kv::Store& store, GetFn get, const NamedKind& kind,
                                absl::string_view name) {
  const std::string key = absl::StrCat(kind.prefix, name);
  const absl::StatusOr<std::string> bytes = get(key);
  if (absl::IsNotFound(bytes.status())) return UnknownName(store, kind, name);
  if (!bytes.ok()) return bytes.status();
  return ParseRecord<Record>(key, *bytes);
}

// Ordinals given in the source so far; those of erased texts are not given again.
inline uint64_t NumPlaces(const storage::v1::Source& source) {
  return source.imports().empty() ? 0 : source.imports().rbegin()->num_examples();
}

// The answer of that revision; NotFound when the data set has none, FailedPrecondition when it is
// an undo.
absl::StatusOr<storage::v1::Answer> GetAnswerOf(const storage::v1::Dataset& dataset,
                                                uint64_t revision, GetFn get);

}  // namespace winnow::corpus
