#include "common/encoder/tokenizer_file.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/encoder/byte_pair.h"
#include "common/encoder/json_file.h"
#include "common/encoder/unigram.h"
#include "common/encoder/word_piece.h"
#include "common/text/utf8.h"

namespace winnow::encoder {
namespace {

constexpr size_t kMaxFileBytes = size_t{64} << 20;
constexpr size_t kMaxIds = 1'000'000;
constexpr size_t kMaxPieceBytes = 1'024;

using Tokenizer = std::unique_ptr<PieceTokenizer>;

absl::Status Bad(absl::string_view what) { return absl::InvalidArgumentError(what); }

std::string TypeOf(const Json& step) { return ReadString(step, "type"); }

absl::Status CannotRead(absl::string_view what, const Json& step) {
  const std::string type = TypeOf(step);
  return Bad(absl::StrCat(what, " ", type.empty() ? "of no type" : type,
                          " is none that can be read here"));
}

// The steps of a part ("normalizer"), one behind the other, whether they are a Sequence or one.
std::vector<const Json*> StepsOf(const Json& part, const char* list) {
  std::vector<const Json*> steps;
  if (TypeOf(part) == "Sequence") {
    for (const Json& step : Member(part, list)) steps.push_back(&step);
  } else if (part.is_object()) {
    steps.push_back(&part);
  }
  return steps;
}

// A vocabulary whose ids are its values; the pieces by id, empty where there is none.
absl::StatusOr<std::vector<std::string>> ReadVocabulary(const Json& vocabulary) {
  if (!vocabulary.is_object() || vocabulary.empty()) return Bad("model has no vocab");
  std::vector<std::string> pieces;
  for (const auto& [piece, id] : vocabulary.items()) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() >= kMaxIds || piece.size() > kMaxPieceBytes)
      return Bad(absl::StrCat("vocab has the piece \"", piece.substr(0, 40), "\" with no fit id"));
    pieces.resize(std::max(pieces.size(), id.get<size_t>() + 1));
    pieces[id.get<size_t>()] = piece;
  }
  return pieces;
}

absl::StatusOr<uint32_t> IdOf(const std::vector<std::string>& pieces, absl::string_view piece) {
  const auto it = std::find(pieces.begin(), pieces.end(), piece);
  if (it == pieces.end() || piece.empty())
    return Bad(absl::StrCat("the vocabulary has no piece \"", piece, "\""));
  return static_cast<uint32_t>(it - pieces.begin());
}

absl::StatusOr<uint32_t> ReadId(const Json& id) {
  if (!id.is_number_unsigned() || id.get<uint64_t>() >= kMaxIds)
    return Bad("post_processor has a mark without an id");
  return id.get<uint32_t>();
}

absl::StatusOr<uint32_t> ReadMark(const Json& processor, const Json& element) {
  const std::string name = ReadString(Member(element, "SpecialToken"), "id");
  const Json& ids = Member(Member(Member(processor, "special_tokens"), name.c_str()), "ids");
  if (!ids.is_array() || ids.size() != 1) return Bad("post_processor has a mark without an id");
  return ReadId(ids[0]);
}

// BERT's and RoBERTa's have "cls" and "sep": [name, id]; templates say what stands where.
absl::StatusOr<MarkPieces> ReadMarks(const Json& processor) {
  const std::string type = TypeOf(processor);
  MarkPieces marks;
  if (type == "BertProcessing" || type == "RobertaProcessing") {
    const Json &begin = Member(processor, "cls"), &end = Member(processor, "sep");
    if (!begin.is_array() || begin.size() != 2 || !end.is_array() || end.size() != 2)
      return Bad("post_processor has no marks");
    WINNOW_ASSIGN_OR_RETURN(marks.begin, ReadId(begin[1]));
    WINNOW_ASSIGN_OR_RETURN(marks.end, ReadId(end[1]));
    return marks;
  }
  if (type != "TemplateProcessing") return CannotRead("post_processor", processor);
  const Json& single = Member(processor, "single");
  if (!single.is_array() || single.size() != 3 || Member(single[1], "Sequence").is_null())
    return Bad("post_processor does not put one mark before a text and one behind it");
  WINNOW_ASSIGN_OR_RETURN(marks.begin, ReadMark(processor, single[0]));
  WINNOW_ASSIGN_OR_RETURN(marks.end, ReadMark(processor, single[2]));
  return marks;
}

absl::StatusOr<Tokenizer> ReadWordPiece(const Json& root, const Json& model, MarkPieces marks) {
  const Json &normalizer = Member(root, "normalizer"), &splitter = Member(root, "pre_tokenizer");
  if (TypeOf(normalizer) != "BertNormalizer") return CannotRead("normalizer", normalizer);
  if (TypeOf(splitter) != "BertPreTokenizer") return CannotRead("pre_tokenizer", splitter);
  WINNOW_ASSIGN_OR_RETURN(const auto pieces, ReadVocabulary(Member(model, "vocab")));
  WordPieceOptions options{.marks = marks};
  options.clean = ReadBool(normalizer, "clean_text", true);
  options.space_chinese = ReadBool(normalizer, "handle_chinese_chars", true);
  options.lower = ReadBool(normalizer, "lowercase", true);
  options.strip_accents = ReadBool(normalizer, "strip_accents", options.lower);
  options.continuing_prefix = ReadString(model, "continuing_subword_prefix", "##");
  WINNOW_ASSIGN_OR_RETURN(options.max_word_characters,
                          ReadSize(model, "max_input_chars_per_word", 1, 10'000));
  WINNOW_ASSIGN_OR_RETURN(options.unknown, IdOf(pieces, ReadString(model, "unk_token", "[UNK]")));
  return std::make_unique<WordPieceTokenizer>(pieces, options);
}

// GPT-2 writes bytes as characters: the printable ones of Latin-1 as they are, the others as those
// from U+0100 on. The bytes of a piece that is written so; nothing for another.
std::optional<std::string> BytesOf(absl::string_view written) {
  static const auto& bytes = *[] {
    auto* table = new absl::flat_hash_map<char32_t, char>();
    char32_t next = 0x100;
    for (int byte = 0; byte < 256; ++byte) {
      const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
      (*table)[printable ? static_cast<char32_t>(byte) : next++] = static_cast<char>(byte);
    }
    return table;
  }();
  std::string result;
  for (size_t position = 0; position < written.size();) {
    const auto it = bytes.find(text::DecodeUtf8(written, position));
    if (it == bytes.end()) return std::nullopt;
    result.push_back(it->second);
  }
  return result;
}

// A merge is "LEFT RIGHT" or, in newer files, [LEFT, RIGHT].
absl::StatusOr<std::pair<std::string, std::string>> ReadMerge(const Json& merge) {
  std::pair<std::string, std::string> written;
  if (merge.is_string()) {
    written = absl::StrSplit(merge.get<std::string>(), absl::MaxSplits(' ', 1));
  } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() &&
             merge[1].is_string()) {
    written = {merge[0].get<std::string>(), merge[1].get<std::string>()};
  }
  auto left = BytesOf(written.first), right = BytesOf(written.second);
  if (!left.has_value() || !right.has_value() || left->empty() || right->empty())
    return Bad("merges has an entry that is no pair of pieces");
  return std::pair(*std::move(left), *std::move(right));
}

absl::StatusOr<Tokenizer> ReadBytePair(const Json& root, const Json& model, MarkPieces marks) {
  const Json &normalizer = Member(root, "normalizer"), &splitter = Member(root, "pre_tokenizer");
  if (!normalizer.is_null()) return CannotRead("normalizer", normalizer);
  if (TypeOf(splitter) != "ByteLevel" || !ReadBool(splitter, "use_regex", true))
    return CannotRead("pre_tokenizer", splitter);
  if (!ReadString(model, "continuing_subword_prefix").empty() ||
      !ReadString(model, "end_of_word_suffix").empty() || ReadBool(model, "ignore_merges", false) ||
      !Member(model, "dropout").is_null()) {
    return Bad("model is no BPE of the kind of GPT-2 and RoBERTa");
  }
  WINNOW_ASSIGN_OR_RETURN(const auto pieces, ReadVocabulary(Member(model, "vocab")));
  BytePairs pairs;
  for (uint32_t id = 0; id < pieces.size(); ++id) {
    auto bytes = BytesOf(pieces[id]);
    if (bytes.has_value() && !bytes->empty()) pairs.ids[*std::move(bytes)] = id;
  }
  const Json& merges = Member(model, "merges");
  if (!merges.is_array() || merges.size() > kMaxIds) return Bad("model has no merges");
  for (const Json& merge : merges) {
    WINNOW_ASSIGN_OR_RETURN(pairs.merges.emplace_back(), ReadMerge(merge));
  }
  WINNOW_ASSIGN_OR_RETURN(
      BytePairTokenizer tokenizer,
      BytePairTokenizer::Make(
          pairs, {.prefix_space = ReadBool(splitter, "add_prefix_space", true), .marks = marks}));
  return std::make_unique<BytePairTokenizer>(std::move(tokenizer));
}

absl::Status ReadUnigramNormalizer(const Json& step, UnigramOptions& options) {
  const std::string type = TypeOf(step);
  if (type == "Precompiled") {
    if (options.charsmap.has_value()) return Bad("normalizer has two Precompiled");
    std::string bytes;
    if (!absl::Base64Unescape(ReadString(step, "precompiled_charsmap"), &bytes))
      return Bad("precompiled_charsmap is no Base64");
    WINNOW_ASSIGN_OR_RETURN(options.charsmap, Charsmap::Parse(bytes));
    return absl::OkStatus();
  }
  if (type == "Strip") {
    options.strip_left |= ReadBool(step, "strip_left", false);
    options.strip_right |= ReadBool(step, "strip_right", false);
    return absl::OkStatus();
  }
  const std::string content = ReadString(step, "content");
  if (type == "Replace" && ReadString(Member(step, "pattern"), "Regex") == " {2,}" &&
      (content == " " || content == "\u2581")) {
    options.one_space = true;
    return absl::OkStatus();
  }
  return CannotRead("normalizer", step);
}

absl::Status ReadUnigramSplitter(const Json& step, UnigramOptions& options) {
  const std::string type = TypeOf(step);
  if (type == "WhitespaceSplit") {
    options.split_white_space = true;
    return absl::OkStatus();
  }
  const std::string scheme = ReadString(
      step, "prepend_scheme", ReadBool(step, "add_prefix_space", true) ? "always" : "never");
  if (type != "Metaspace" || ReadString(step, "replacement", "\u2581") != "\u2581" ||
      scheme == "first") {
    return CannotRead("pre_tokenizer", step);
  }
  options.prepend_mark = scheme == "always";
  options.split_marks = ReadBool(step, "split", true);
  return absl::OkStatus();
}

absl::StatusOr<Tokenizer> ReadUnigram(const Json& root, const Json& model, MarkPieces marks) {
  UnigramOptions options{.marks = marks};
  for (const Json* step : StepsOf(Member(root, "normalizer"), "normalizers"))
    WINNOW_RETURN_IF_ERROR(ReadUnigramNormalizer(*step, options));
  const auto splitters = StepsOf(Member(root, "pre_tokenizer"), "pretokenizers");
  if (splitters.empty() || TypeOf(*splitters.back()) != "Metaspace")
    return Bad("pre_tokenizer does not end with Metaspace");
  for (const Json* step : splitters) WINNOW_RETURN_IF_ERROR(ReadUnigramSplitter(*step, options));
  if (ReadBool(model, "byte_fallback", false)) return Bad("model has byte_fallback");

  const Json& vocabulary = Member(model, "vocab");
  if (!vocabulary.is_array() || vocabulary.empty() || vocabulary.size() > kMaxIds)
    return Bad("model has no vocab");
  std::vector<ScoredPiece> pieces;
  for (const Json& entry : vocabulary) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_number() ||
        !std::isfinite(entry[1].get<double>()) ||
        entry[0].get_ref<const std::string&>().size() > kMaxPieceBytes) {
      return Bad(absl::StrCat("vocab entry ", pieces.size(), " is no piece with a score"));
    }
    pieces.push_back({entry[0].get<std::string>(), entry[1].get<double>()});
  }
  WINNOW_ASSIGN_OR_RETURN(const size_t unknown, ReadSize(model, "unk_id", 0, pieces.size() - 1));
  options.unknown = static_cast<uint32_t>(unknown);
  return std::make_unique<UnigramTokenizer>(pieces, std::move(options));
}

// Words that are looked for in the text as they are would give other pieces; marks are only put
// around it.
absl::Status CheckAddedPieces(const Json& added) {
  for (const Json& piece : added) {
    if (!ReadBool(piece, "special", false)) {
      return Bad(absl::StrCat("added_tokens has \"", ReadString(piece, "content"),
                              "\", which is no mark"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Tokenizer> ReadTokenizer(const Json& root) {
  WINNOW_RETURN_IF_ERROR(CheckAddedPieces(Member(root, "added_tokens")));
  WINNOW_ASSIGN_OR_RETURN(const MarkPieces marks, ReadMarks(Member(root, "post_processor")));
  const Json& model = Member(root, "model");
  // Old files do not name the type.
  const std::string type = ReadString(model, "type",
                                      Member(model, "merges").is_array()  ? "BPE"
                                      : Member(model, "vocab").is_array() ? "Unigram"
                                                                          : "WordPiece");
  absl::StatusOr<Tokenizer> tokenizer = type == "WordPiece" ? ReadWordPiece(root, model, marks)
                                        : type == "BPE"     ? ReadBytePair(root, model, marks)
                                        : type == "Unigram"
                                            ? ReadUnigram(root, model, marks)
                                            : absl::StatusOr<Tokenizer>(CannotRead("model", model));
  WINNOW_RETURN_IF_ERROR(tokenizer.status());
  if (std::max(marks.begin, marks.end) >= (*tokenizer)->num_ids())
    return Bad("post_processor has a mark that is not in the vocabulary");
  return tokenizer;
}

absl::StatusOr<Tokenizer> ReadVocabularyLines(absl::string_view lines, const Json& config) {
  std::vector<std::string> pieces;
  for (absl::string_view line : absl::StrSplit(lines, '\n')) {
    absl::ConsumeSuffix(&line, "\r");
    if (line.size() > kMaxPieceBytes || pieces.size() > kMaxIds)
      return Bad("is no vocabulary of a piece a line");
    pieces.emplace_back(line);
  }
  if (pieces.back().empty()) pieces.pop_back();
  WordPieceOptions options;
  options.lower = ReadBool(config, "do_lower_case", true);
  options.strip_accents = ReadBool(config, "strip_accents", options.lower);
  options.space_chinese = ReadBool(config, "tokenize_chinese_chars", true);
  WINNOW_ASSIGN_OR_RETURN(options.unknown, IdOf(pieces, "[UNK]"));
  WINNOW_ASSIGN_OR_RETURN(options.marks.begin, IdOf(pieces, "[CLS]"));
  WINNOW_ASSIGN_OR_RETURN(options.marks.end, IdOf(pieces, "[SEP]"));
  return std::make_unique<WordPieceTokenizer>(pieces, options);
}

absl::StatusOr<Tokenizer> Named(absl::StatusOr<Tokenizer> tokenizer, absl::string_view name) {
  if (tokenizer.ok()) return tokenizer;
  return BadFile(name, tokenizer.status().message());
}

}  // namespace

absl::StatusOr<Tokenizer> ParseTokenizer(absl::string_view json, absl::string_view name) {
  WINNOW_ASSIGN_OR_RETURN(const Json root, ParseJson(name, json, kMaxFileBytes));
  return Named(ReadTokenizer(root), name);
}

absl::StatusOr<Tokenizer> ParseVocabulary(absl::string_view vocabulary, absl::string_view config,
                                          absl::string_view name) {
  if (vocabulary.size() > kMaxFileBytes) return BadFile(name, "is too large");
  Json json;
  if (!config.empty()) {
    WINNOW_ASSIGN_OR_RETURN(json, ParseJson("tokenizer_config.json", config, kMaxFileBytes));
  }
  return Named(ReadVocabularyLines(vocabulary, json), name);
}

}  // namespace winnow::encoder
