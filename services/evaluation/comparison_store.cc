#include "services/evaluation/comparison_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/kv/record.h"

namespace winnow::evaluation {
namespace {

using storage::v1::ComparisonRun;

constexpr absl::string_view kComparisons = "comparison/";
constexpr absl::string_view kRemoved = "comparison-removed/";

std::string KeyOf(absl::string_view name) { return absl::StrCat(kComparisons, name); }

absl::StatusOr<ComparisonRun> Read(absl::string_view name, absl::string_view bytes) {
  ComparisonRun run;
  if (run.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && run.name() == name)
    return run;
  return absl::DataLossError(absl::StrCat("the stored record of comparison \"", name,
                                          "\" is damaged: delete it, and make it again"));
}

}  // namespace

absl::StatusOr<ComparisonRun> ComparisonStore::Get(absl::string_view name) const {
  const absl::StatusOr<std::string> value = database_.Get(KeyOf(name));
  if (absl::IsNotFound(value.status())) {
    return WithReason(absl::NotFoundError(
                          absl::StrCat("no comparison \"", name, "\".", DidYouMean(name, Names()))),
                      "UNKNOWN_COMPARISON");
  }
  WINNOW_RETURN_IF_ERROR(value.status());
  return Read(name, *value);
}

absl::StatusOr<bool> ComparisonStore::Create(const ComparisonRun& run) {
  kv::Batch batch;
  batch.RequireAbsent(KeyOf(run.name()));
  WINNOW_ASSIGN_OR_RETURN(std::string record, kv::SerializeRecord(run));
  batch.Put(KeyOf(run.name()), std::move(record));
  const absl::Status written = database_.Write(batch);
  if (absl::IsAborted(written)) return false;
  WINNOW_RETURN_IF_ERROR(written);
  return true;
}

absl::Status ComparisonStore::Put(const ComparisonRun& run) {
  kv::Batch batch;
  WINNOW_ASSIGN_OR_RETURN(std::string record, kv::SerializeRecord(run));
  batch.Put(KeyOf(run.name()), std::move(record));
  return database_.Write(batch);
}

absl::StatusOr<std::vector<StoredComparison>> ComparisonStore::List(absl::string_view after,
                                                                    size_t limit) const {
  std::vector<StoredComparison> comparisons;
  const auto it = database_.Scan(kv::Range::Prefix(kComparisons));
  for (; it->Valid() && comparisons.size() < limit; it->Next()) {
    const absl::string_view name = absl::StripPrefix(it->key(), kComparisons);
    if (name > after) comparisons.push_back({std::string(name), Read(name, it->value())});
  }
  WINNOW_RETURN_IF_ERROR(it->status());
  return comparisons;
}

void ComparisonStore::AddDelete(absl::string_view name, absl::string_view job_id,
                                kv::Batch& batch) {
  batch.Delete(KeyOf(name));
  batch.Put(absl::StrCat(kRemoved, name), std::string(job_id));
}

absl::StatusOr<std::string> ComparisonStore::DeletedUpTo(absl::string_view name) const {
  absl::StatusOr<std::string> job_id = database_.Get(absl::StrCat(kRemoved, name));
  if (absl::IsNotFound(job_id.status())) return std::string();
  return job_id;
}

std::vector<std::string> ComparisonStore::Names() const {
  std::vector<std::string> names;
  for (auto it = database_.Scan(kv::Range::Prefix(kComparisons)); it->Valid(); it->Next()) {
    names.emplace_back(absl::StripPrefix(it->key(), kComparisons));
  }
  return names;
}

}  // namespace winnow::evaluation
