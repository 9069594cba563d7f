#include "common/encoder/build.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/directory.h"
#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/encoder/config.h"
#include "common/encoder/forward_pass.h"
#include "common/encoder/packed_encoder.h"
#include "common/encoder/safetensors.h"
#include "common/encoder/token_vectors.h"
#include "common/encoder/tokenizer_file.h"
#include "common/encoder/weights.h"

namespace winnow::encoder {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxSampleTokens = 50'000;
constexpr size_t kMaxComparedTexts = 20;
constexpr size_t kMaxComparedPieces = 64;
constexpr double kLeastAgreement = 0.9;
constexpr char kConfigFile[] = "config.json";
constexpr char kSourceFile[] = "model.safetensors";

// File name -> content.
using Files = std::map<std::string, std::string>;

struct Source {
  EncoderWeights weights;
  std::unique_ptr<PieceTokenizer> tokenizer;
  Files tokenizer_files;
};

absl::StatusOr<EncoderWeights> ReadSourceWeights(const fs::path& source, size_t layer) {
  const fs::path config_path = source / kConfigFile, path = source / kSourceFile;
  WINNOW_ASSIGN_OR_RETURN(const std::string json, ReadFile(config_path));
  WINNOW_ASSIGN_OR_RETURN(const EncoderConfig config, ReadConfig(json, config_path.string()));
  if (layer > config.layers) {
    return absl::InvalidArgumentError(
        absl::StrCat(config_path.string(), ": there is no layer ", layer, " of ", config.layers));
  }
  if (layer == 0) layer = std::max<size_t>(1, config.layers * 2 / 3);
  WINNOW_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  WINNOW_ASSIGN_OR_RETURN(const SafeTensors tensors,
                          SafeTensors::Parse(file.bytes(), path.string()));
  return ReadWeights(tensors, config, layer);
}

absl::Status ReadSourceTokenizer(const fs::path& directory, Source& source) {
  const auto path = [&](absl::string_view name) { return directory / std::string(name); };
  const auto read = [&](absl::string_view name) -> absl::StatusOr<std::string> {
    WINNOW_ASSIGN_OR_RETURN(std::string content, ReadFile(path(name)));
    return source.tokenizer_files[std::string(name)] = std::move(content);
  };
  std::error_code error;
  if (fs::exists(path(kTokenizerFile), error) || !fs::exists(path(kVocabularyFile), error)) {
    WINNOW_ASSIGN_OR_RETURN(const std::string json, read(kTokenizerFile));
    WINNOW_ASSIGN_OR_RETURN(source.tokenizer, ParseTokenizer(json, path(kTokenizerFile).string()));
    return absl::OkStatus();
  }
  WINNOW_ASSIGN_OR_RETURN(const std::string vocabulary, read(kVocabularyFile));
  std::string config;
  if (fs::exists(path(kTokenizerConfigFile), error)) {
    WINNOW_ASSIGN_OR_RETURN(config, read(kTokenizerConfigFile));
  }
  WINNOW_ASSIGN_OR_RETURN(source.tokenizer,
                          ParseVocabulary(vocabulary, config, path(kVocabularyFile).string()));
  return absl::OkStatus();
}

absl::StatusOr<Source> ReadSource(const fs::path& directory, size_t layer) {
  Source source;
  WINNOW_RETURN_IF_ERROR(ReadSourceTokenizer(directory, source));
  WINNOW_ASSIGN_OR_RETURN(source.weights, ReadSourceWeights(directory, layer));
  if (source.tokenizer->num_ids() <= source.weights.config.vocabulary) return source;
  return absl::InvalidArgumentError(
      absl::StrCat(directory.string(), ": the tokeniser has ", source.tokenizer->num_ids(),
                   " pieces, the model only ", source.weights.config.vocabulary));
}

// The mean cosine of the vectors of pieces, 0 if one is not finite.
double MeasureAgreement(const Source& source, const PackedEncoder& encoder,
                        absl::Span<const TextTokens> sample) {
  ForwardPass pass(encoder);
  std::vector<Piece> pieces;
  double sum = 0;
  Eigen::Index count = 0;
  for (const TextTokens& text : sample.subspan(0, kMaxComparedTexts)) {
    source.tokenizer->Tokenize(text.text, pieces);
    const size_t most = std::min<size_t>(kMaxComparedPieces, encoder.header.max_pieces - 2);
    pieces.resize(std::min(pieces.size(), most));
    std::vector<uint32_t> ids = {source.tokenizer->marks().begin};
    for (const Piece& piece : pieces) ids.push_back(piece.id);
    ids.push_back(source.tokenizer->marks().end);
    const Matrix expected = ReferenceForward(source.weights, ids);
    const Eigen::Map<const Matrix> found(pass.Run(ids, {ids.size()}).data(), expected.rows(),
                                         expected.cols());
    for (Eigen::Index i = 0; i < expected.rows(); ++i)
      sum += expected.row(i).normalized().dot(found.row(i).normalized());
    count += expected.rows();
  }
  const double agreement = sum / static_cast<double>(count);
  return std::isfinite(agreement) ? agreement : 0;
}

void Standardise(const PackedEncoder& encoder, const PieceTokenizer& tokenizer,
                 absl::Span<const TextTokens> sample, std::string& bytes) {
  const size_t dimension = encoder.header.hidden;
  std::vector<double> sums(dimension), squares(dimension);
  size_t count = 0;
  ComputeTokenVectors(encoder, tokenizer, sample, BestInstructions(),
                      [&](size_t, size_t, absl::Span<const float> vector) {
                        count += vector.empty() ? 0 : 1;
                        for (size_t i = 0; i < vector.size(); ++i) {
                          sums[i] += vector[i];
                          squares[i] += double{vector[i]} * vector[i];
                        }
                      });
  std::vector<float> means(dimension), inverse_deviations(dimension);
  for (size_t i = 0; i < dimension && count > 0; ++i) {
    const double mean = sums[i] / static_cast<double>(count);
    const double variance = squares[i] / static_cast<double>(count) - mean * mean;
    means[i] = static_cast<float>(mean);
    inverse_deviations[i] = static_cast<float>(1 / std::sqrt(std::max(variance, 1e-8)));
  }
  SetStandardisation(means, inverse_deviations, bytes);
}

// Beside the directory that it becomes.
fs::path TemporaryOf(const fs::path& destination) {
  const fs::path parent = destination.has_parent_path() ? destination.parent_path() : ".";
  return parent / absl::StrCat(".", destination.filename().string(), ".tmp", getpid());
}

}  // namespace

absl::StatusOr<Manifest> Build(const fs::path& source_directory, const BuildOptions& options,
                               absl::Span<const std::string> sample, const fs::path& destination) {
  std::error_code error;
  if (fs::exists(destination, error))
    return absl::AlreadyExistsError(absl::StrCat(destination.string(), " exists already"));
  std::vector<std::vector<text::Token>> tokens;
  std::vector<TextTokens> texts;
  size_t num_tokens = 0;
  for (const std::string& text : sample) {
    if (num_tokens > kMaxSampleTokens) break;
    num_tokens += tokens.emplace_back(text::Tokenize(text)).size();
  }
  for (size_t i = 0; i < tokens.size(); ++i) texts.push_back({sample[i], tokens[i]});
  if (num_tokens < kMinSampleTokens) {
    return absl::InvalidArgumentError(absl::StrCat("the sample has ", num_tokens, " tokens; ",
                                                   kMinSampleTokens, " are needed at least"));
  }

  WINNOW_ASSIGN_OR_RETURN(Source source, ReadSource(source_directory, options.layer));
  std::string bytes = PackEncoder(source.weights);
  WINNOW_ASSIGN_OR_RETURN(const PackedEncoder encoder, ParseEncoder(bytes));
  Manifest manifest{.origin = options.origin,
                    .licence = options.licence,
                    .layer = encoder.header.layers,
                    .dimension = encoder.header.hidden,
                    .agreement = MeasureAgreement(source, encoder, texts)};
  if (manifest.agreement < kLeastAgreement) {
    return absl::InvalidArgumentError(absl::StrCat(
        source_directory.string(), ": rounded to integers the weights give other vectors (cosine ",
        manifest.agreement, "); another layer may do"));
  }
  Standardise(encoder, *source.tokenizer, texts, bytes);
  Files files = std::move(source.tokenizer_files);
  files[std::string(kWeightsFile)] = std::move(bytes);
  for (const auto& [name, content] : files)
    manifest.files[name] = {content.size(), Sha256Hex(content)};
  files[std::string(kManifestFile)] = manifest.ToJson();
  WINNOW_RETURN_IF_ERROR(WriteDirectory(TemporaryOf(destination), destination, files));
  return manifest;
}

}  // namespace winnow::encoder
