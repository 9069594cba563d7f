// Shows what an encoder makes of texts, for comparison with other programs.
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/encoder/tokenizer_file.h"

namespace winnow::bench {
namespace {

constexpr char kUsage[] =
    "Usage: encoder_bench pieces TOKENIZER.json < TEXTS\n\n"
    "Of each line the pieces, as ID BEGIN END, in bytes.\n";

absl::Status PrintPieces(const std::string& path) {
  WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  WINNOW_ASSIGN_OR_RETURN(const auto tokenizer, encoder::ParseTokenizer(content, path));
  std::vector<encoder::Piece> pieces;
  for (std::string line; std::getline(std::cin, line);) {
    tokenizer->Tokenize(line, pieces);
    for (const encoder::Piece& piece : pieces)
      std::printf("%u %u %u ", piece.id, piece.begin_byte, piece.end_byte);
    std::printf("\n");
  }
  return absl::OkStatus();
}

absl::Status Run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 2 && arguments[0] == "pieces") return PrintPieces(arguments[1]);
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
