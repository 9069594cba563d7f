#include "services/training/pool.h"

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/ner/features.h"
#include "common/text/split_key.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::training {
namespace {

std::string KeyOf(const std::string& source) { return absl::StrCat("pool/", source); }

// Nothing where nothing is kept of the source.
absl::StatusOr<std::optional<storage::v1::Pool>> GetKept(const kv::Store& database,
                                                         const std::string& source) {
  const absl::StatusOr<std::string> value = database.Get(KeyOf(source));
  if (absl::IsNotFound(value.status())) return std::nullopt;
  WINNOW_RETURN_IF_ERROR(value.status());
  storage::v1::Pool pool;
  if (!pool.ParseFromString(*value)) return absl::DataLossError("a stored pool cannot be read");
  return pool;
}

absl::Status Keep(const std::string& source, uint64_t content, const ner::Lexicon& lexicon,
                  kv::Store& database) {
  storage::v1::Pool record;
  record.set_content(content);
  record.set_lexicon(lexicon.Serialize());
  kv::Batch batch;
  batch.Put(KeyOf(source), record.SerializeAsString());
  return database.Write(batch);
}

}  // namespace

absl::StatusOr<Pool> LearnPool(const corpus::CorpusReader& reader, const std::string& source,
                               uint64_t revision, const ner::LexiconOptions& options,
                               kv::Store& database, const ner::LexiconProgress& progress) {
  std::vector<std::string> texts;
  std::set<uint64_t> seen;
  uint64_t content = MixHash(ner::kFeatureVersion, options.seed);
  WINNOW_RETURN_IF_ERROR(
      reader.ForEachSourceExample(source, 0, revision, [&](const corpus::SourceExample& item) {
        const uint64_t key = text::SplitKey(item.example.text());
        if (!seen.insert(key).second) return true;
        content = MixHash(content, key);
        texts.push_back(item.example.text());
        return true;
      }));
  Pool pool;
  pool.num_texts = texts.size();
  WINNOW_ASSIGN_OR_RETURN(const std::optional<storage::v1::Pool> kept, GetKept(database, source));
  if (kept.has_value() && kept->content() == content) {
    WINNOW_ASSIGN_OR_RETURN(pool.lexicon, ner::Lexicon::Parse(kept->lexicon()));
    return pool;
  }
  const std::vector<absl::string_view> views(texts.begin(), texts.end());
  auto lexicon = ner::LearnLexicon(views, options, progress);
  if (!lexicon.ok()) {
    return absl::Status(lexicon.status().code(),
                        absl::StrCat("source ", source, ": ", lexicon.status().message()));
  }
  pool.lexicon = *std::move(lexicon);
  WINNOW_RETURN_IF_ERROR(Keep(source, content, *pool.lexicon, database));
  return pool;
}

}  // namespace winnow::training
