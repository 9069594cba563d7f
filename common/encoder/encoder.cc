#include "common/encoder/encoder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/encoder/json_file.h"
#include "common/encoder/tokenizer_file.h"

namespace winnow::encoder {
namespace {

namespace fs = std::filesystem;

absl::Status Corrupt(const absl::Status& status) { return WithReason(status, "CORRUPT_MODEL"); }

absl::StatusOr<std::unique_ptr<PieceTokenizer>> ReadTokenizer(const fs::path& directory,
                                                              const Manifest& manifest) {
  const auto read = [&](absl::string_view name) -> absl::StatusOr<std::string> {
    WINNOW_ASSIGN_OR_RETURN(std::string content, ReadFile(directory / std::string(name)));
    WINNOW_RETURN_IF_ERROR(manifest.CheckFile(name, content));
    return content;
  };
  if (manifest.files.count(std::string(kTokenizerFile)) > 0) {
    WINNOW_ASSIGN_OR_RETURN(const std::string json, read(kTokenizerFile));
    return ParseTokenizer(json, kTokenizerFile);
  }
  WINNOW_ASSIGN_OR_RETURN(const std::string vocabulary, read(kVocabularyFile));
  std::string config;
  if (manifest.files.count(std::string(kTokenizerConfigFile)) > 0) {
    WINNOW_ASSIGN_OR_RETURN(config, read(kTokenizerConfigFile));
  }
  return ParseVocabulary(vocabulary, config, kVocabularyFile);
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Encoder>> Encoder::Load(const fs::path& directory) {
  auto encoder = std::unique_ptr<Encoder>(new Encoder());
  WINNOW_ASSIGN_OR_RETURN(const std::string json, ReadFile(directory / std::string(kManifestFile)));
  WINNOW_ASSIGN_OR_RETURN(encoder->manifest_, Manifest::Parse(json));
  encoder->digest_ = Sha256Hex(json);
  WINNOW_ASSIGN_OR_RETURN(encoder->file_, MappedFile::Open(directory / std::string(kWeightsFile)));
  WINNOW_RETURN_IF_ERROR(encoder->manifest_.CheckFile(kWeightsFile, encoder->file_.bytes()));
  auto parsed = ParseEncoder(encoder->file_.bytes());
  if (!parsed.ok()) return Corrupt(BadFile(kWeightsFile, parsed.status().message()));
  encoder->encoder_ = *std::move(parsed);
  auto tokenizer = ReadTokenizer(directory, encoder->manifest_);
  if (!tokenizer.ok()) return Corrupt(tokenizer.status());
  encoder->tokenizer_ = *std::move(tokenizer);
  if (encoder->tokenizer_->num_ids() > encoder->encoder_.header.vocabulary)
    return Corrupt(BadFile(kWeightsFile, "has fewer words than the tokeniser"));
  return encoder;
}

std::vector<PackedVectors> Encoder::Encode(absl::Span<const TextTokens> texts, Bits bits) const {
  std::vector<PackedVectors> result;
  for (const TextTokens& text : texts) {
    result.push_back({dimension(), bits, {}});
    result.back().bytes.resize(text.tokens.size() * result.back().row_bytes());
  }
  std::vector<float> values(dimension());
  ComputeTokenVectors(
      encoder_, *tokenizer_, texts, BestInstructions(),
      [&](size_t text, size_t token, absl::Span<const float> vector) {
        std::fill(values.begin(), values.end(), 0.0f);
        for (size_t i = 0; i < vector.size(); ++i)
          values[i] = (vector[i] - encoder_.means[i]) * encoder_.inverse_deviations[i];
        const size_t row_bytes = result[text].row_bytes();
        PackRow(values, bits,
                absl::MakeSpan(result[text].bytes).subspan(token * row_bytes, row_bytes));
      });
  return result;
}

}  // namespace winnow::encoder
