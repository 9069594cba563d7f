// Shows what an encoder makes of texts, for comparison with other programs, and how fast.
#include <cstdio>
#include <ctime>
#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/types/span.h"
#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/encoder/build.h"
#include "common/encoder/encoder.h"
#include "common/encoder/forward_pass.h"
#include "common/encoder/safetensors.h"
#include "common/encoder/tokenizer_file.h"
#include "common/encoder/weights.h"

namespace winnow::bench {
namespace {

constexpr char kUsage[] =
    "Usage: encoder_bench pieces TOKENIZER.json < TEXTS\n"
    "       encoder_bench vectors SOURCE LAYER < TEXTS\n"
    "       encoder_bench build SOURCE LAYER ENCODER < TEXTS\n"
    "       encoder_bench speed ENCODER < TEXTS\n\n"
    "pieces: of each line the pieces, as ID BEGIN END, in bytes. vectors: of each line the ids of "
    "its\n"
    "pieces with the marks around them, then their vectors in single precision, then those of the\n"
    "rounded weights, a line each. build: makes the directory ENCODER, standardised on the lines.\n"
    "speed: words per second of CPU time, and a digest of what came out.\n";

std::vector<std::string> ReadLines() {
  std::vector<std::string> lines;
  for (std::string line; std::getline(std::cin, line);) lines.push_back(line);
  return lines;
}

absl::Status PrintPieces(const std::string& path) {
  WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  WINNOW_ASSIGN_OR_RETURN(const auto tokenizer, encoder::ParseTokenizer(content, path));
  std::vector<encoder::Piece> pieces;
  for (const std::string& line : ReadLines()) {
    tokenizer->Tokenize(line, pieces);
    for (const encoder::Piece& piece : pieces)
      std::printf("%u %u %u ", piece.id, piece.begin_byte, piece.end_byte);
    std::printf("\n");
  }
  return absl::OkStatus();
}

void PrintValues(const float* values, size_t size) {
  for (size_t i = 0; i < size; ++i) std::printf("%.7g ", static_cast<double>(values[i]));
  std::printf("\n");
}

absl::Status PrintVectors(const std::string& source, size_t layer) {
  WINNOW_ASSIGN_OR_RETURN(const std::string tokenizer_json, ReadFile(source + "/tokenizer.json"));
  WINNOW_ASSIGN_OR_RETURN(const auto tokenizer, encoder::ParseTokenizer(tokenizer_json, source));
  WINNOW_ASSIGN_OR_RETURN(const std::string config_json, ReadFile(source + "/config.json"));
  WINNOW_ASSIGN_OR_RETURN(const auto config, encoder::ReadConfig(config_json, source));
  WINNOW_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(source + "/model.safetensors"));
  WINNOW_ASSIGN_OR_RETURN(const auto tensors, encoder::SafeTensors::Parse(file.bytes(), source));
  WINNOW_ASSIGN_OR_RETURN(const auto weights, encoder::ReadWeights(tensors, config, layer));
  const std::string bytes = encoder::PackEncoder(weights);
  WINNOW_ASSIGN_OR_RETURN(const auto packed, encoder::ParseEncoder(bytes));
  encoder::ForwardPass pass(packed);
  std::vector<encoder::Piece> pieces;
  for (const std::string& line : ReadLines()) {
    tokenizer->Tokenize(line, pieces);
    std::vector<uint32_t> ids = {tokenizer->marks().begin};
    for (const encoder::Piece& piece : pieces) ids.push_back(piece.id);
    ids.push_back(tokenizer->marks().end);
    for (const uint32_t id : ids) std::printf("%u ", id);
    std::printf("\n");
    const encoder::Matrix reference = encoder::ReferenceForward(weights, ids);
    PrintValues(reference.data(), static_cast<size_t>(reference.size()));
    const absl::Span<const float> rounded = pass.Run(ids, {ids.size()});
    PrintValues(rounded.data(), rounded.size());
  }
  return absl::OkStatus();
}

absl::Status BuildEncoder(const std::string& source, size_t layer, const std::string& destination) {
  WINNOW_ASSIGN_OR_RETURN(const encoder::Manifest manifest,
                          encoder::Build(source, {.layer = layer}, ReadLines(), destination));
  std::printf("%s", manifest.ToJson().c_str());
  return absl::OkStatus();
}

// Of the CPU, so that what else runs beside does not count.
double Seconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

absl::Status MeasureSpeed(const std::string& directory) {
  const double before_load = Seconds();
  WINNOW_ASSIGN_OR_RETURN(const auto encoder, encoder::Encoder::Load(directory));
  std::printf("loaded in %.2f s\n", Seconds() - before_load);
  const std::vector<std::string> lines = ReadLines();
  std::vector<std::vector<text::Token>> tokens;
  std::vector<encoder::TextTokens> texts;
  size_t num_tokens = 0;
  for (const std::string& line : lines)
    num_tokens += tokens.emplace_back(text::Tokenize(line)).size();
  for (size_t i = 0; i < lines.size(); ++i) texts.push_back({lines[i], tokens[i]});
  const double begin = Seconds();
  const auto vectors = encoder->Encode(texts, encoder::Bits::k2);
  const double seconds = Seconds() - begin;
  Sha256Hasher hasher;
  for (const encoder::PackedVectors& text : vectors)
    hasher.Add({reinterpret_cast<const char*>(text.bytes.data()), text.bytes.size()});
  std::printf("%zu texts, %zu words in %.2f s: %.0f words/s; digest %s\n", lines.size(), num_tokens,
              seconds, static_cast<double>(num_tokens) / seconds, hasher.FinishHex().c_str());
  return absl::OkStatus();
}

absl::Status Run(const std::vector<std::string>& arguments) {
  const std::string mode = arguments.empty() ? "" : arguments[0];
  size_t layer = 0;
  if (arguments.size() > 2 && !absl::SimpleAtoi(arguments[2], &layer))
    return absl::InvalidArgumentError(kUsage);
  if (mode == "pieces" && arguments.size() == 2) return PrintPieces(arguments[1]);
  if (mode == "vectors" && arguments.size() == 3) return PrintVectors(arguments[1], layer);
  if (mode == "build" && arguments.size() == 4)
    return BuildEncoder(arguments[1], layer, arguments[3]);
  if (mode == "speed" && arguments.size() == 2) return MeasureSpeed(arguments[1]);
  return absl::InvalidArgumentError(kUsage);
}

}  // namespace
}  // namespace winnow::bench

int main(int argc, char** argv) {
  const absl::Status status = winnow::bench::Run({argv + 1, argv + argc});
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}
