// Tables of texts, spans or tokens under a line of names.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/formats/lines.h"
#include "common/formats/tags.h"

namespace winnow::formats {

// What parts the cells of a file with this first line (comma, semicolon, tab), if the line names a
// column of texts (text, sentence, content) or of tokens (word, token).
std::optional<char> TableDelimiter(absl::string_view first_line);

// Makes rows of the rows of a table, with the names of its first row as keys; the texts' is `text`.
// Empty cells are left out, cells that hold a JSON array or object are read as such. Of tables that
// name start, end and label besides the text, the rows of one text that follow each other become
// one with `spans`; of tables with a token and its tag a row, the rows of one sentence become one
// as of TaggedRow. Not thread-safe.
class Table {
 public:
  using Take = std::function<void(size_t line, nlohmann::json row)>;
  Table(Take take, LineViolations& violations) : take_(std::move(take)), violations_(violations) {}

  void AddRow(size_t line, std::vector<std::string> cells);
  void Finish() { Flush(); }

 private:
  void ReadNames(std::vector<std::string> cells);
  void AddSpan(size_t line, nlohmann::json row);
  void AddToken(size_t line, const std::vector<std::string>& cells);
  // Hands out what has been gathered.
  void Flush();

  const Take take_;
  LineViolations& violations_;
  std::vector<std::string> names_;
  // Columns by their purpose.
  std::optional<size_t> token_, tag_, sentence_;
  bool has_spans_ = false;
  // What several rows make together, and where it began.
  nlohmann::json gathered_;
  size_t gathered_line_ = 0;
  TaggedTokens tokens_;
  std::vector<size_t> token_lines_;
  std::string sentence_name_;
};

}  // namespace winnow::formats
