#include "services/training/pool.h"

#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "common/text/split_key.h"

namespace winnow::training {

absl::StatusOr<Pool> LearnPool(const corpus::CorpusReader& reader, const std::string& source, uint64_t revision,
                               const ner::PoolOptions& options, const ner::PoolProgress& progress) {
  std::vector<std::string> texts;
  std::set<uint64_t> seen;
  WINNOW_RETURN_IF_ERROR(reader.ForEachSourceExample(source, 0, revision, [&](const corpus::SourceExample& item) {
    if (seen.insert(text::SplitKey(item.example.text())).second) texts.push_back(item.example.text());
    return true;
  }));
  const std::vector<absl::string_view> views(texts.begin(), texts.end());
  Pool pool;
  pool.num_texts = texts.size();
  auto lexicon = ner::LearnLexicon(views, options, progress);
  if (!lexicon.ok()) {
    return absl::Status(lexicon.status().code(), absl::StrCat("source ", source, ": ", lexicon.status().message()));
  }
  pool.lexicon = *std::move(lexicon);
  return pool;
}

}  // namespace winnow::training
