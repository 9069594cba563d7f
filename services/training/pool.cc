#include "services/training/pool.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/ner/features.h"
#include "common/text/split_key.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::training {
namespace {

constexpr size_t kMinRawTexts = 5'000;
constexpr size_t kMaxRawTexts = 20'000;
constexpr size_t kMaxRawBytes = size_t{2} << 20;

std::string KeyOf(const std::string& source) { return absl::StrCat("pool/", source); }

// The lexicon kept of these texts of the source; null where none is, or where it is damaged and
// must be learnt anew.
absl::StatusOr<std::shared_ptr<const ner::Lexicon>> GetKept(const kv::Store& database,
                                                            const std::string& source,
                                                            uint64_t content) {
  const absl::StatusOr<std::string> value = database.Get(KeyOf(source));
  if (absl::IsNotFound(value.status())) return nullptr;
  WINNOW_RETURN_IF_ERROR(value.status());
  storage::v1::Pool pool;
  const bool whole = pool.ParseFromString(*value);
  if (whole && pool.content() != content) return nullptr;
  auto lexicon = ner::Lexicon::Parse(pool.lexicon());
  if (lexicon.ok()) return lexicon;
  LogEvent(LogLevel::kError, "pool_damaged",
           {{"source", source}, {"error", lexicon.status().message()}});
  return nullptr;
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

// Calls `visit` for the texts that differ, in their order.
absl::Status ForEachText(const corpus::CorpusReader& reader, const std::string& source,
                         uint64_t revision,
                         absl::FunctionRef<void(uint64_t split_key, const std::string&)> visit) {
  std::set<uint64_t> seen;
  return reader.ForEachSourceExample(source, 0, revision, [&](const corpus::SourceExample& item) {
    const uint64_t key = text::SplitKey(item.example.text());
    if (seen.insert(key).second) visit(key, item.example.text());
    return true;
  });
}

}  // namespace

absl::StatusOr<Pool> LearnPool(const corpus::CorpusReader& reader, const std::string& source,
                               uint64_t revision, const ner::LexiconOptions& options,
                               kv::Store& database, const ner::LexiconProgress& progress) {
  std::vector<std::string> texts;
  uint64_t content = MixHash(ner::kFeatureVersion, options.seed);
  WINNOW_RETURN_IF_ERROR(
      ForEachText(reader, source, revision, [&](uint64_t key, const std::string& text) {
        content = MixHash(content, key);
        texts.push_back(text);
      }));
  Pool pool;
  pool.num_texts = texts.size();
  WINNOW_ASSIGN_OR_RETURN(pool.lexicon, GetKept(database, source, content));
  if (pool.lexicon != nullptr) return pool;
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

absl::StatusOr<std::vector<std::string>> DrawRawTexts(const corpus::CorpusReader& reader,
                                                      const std::string& source, uint64_t revision,
                                                      uint64_t seed,
                                                      absl::FunctionRef<bool(uint64_t)> may_learn) {
  std::vector<std::pair<uint64_t, std::string>> drawn;
  WINNOW_RETURN_IF_ERROR(
      ForEachText(reader, source, revision, [&](uint64_t key, const std::string& text) {
        if (may_learn(key)) drawn.emplace_back(MixHash(seed, key), text);
      }));
  std::vector<std::string> texts;
  if (drawn.size() < kMinRawTexts) return texts;
  std::sort(drawn.begin(), drawn.end());
  size_t num_bytes = 0;
  for (auto& [order, text] : drawn) {
    num_bytes += text.size();
    if (texts.size() == kMaxRawTexts || num_bytes > kMaxRawBytes) break;
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace winnow::training
