#include "common/encoder/tokenizer_file.h"

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/escaping.h"
#include "common/base/random.h"
#include "common/encoder/byte_pair.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::encoder {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Json = nlohmann::json;

Json Template(const std::string& begin, int begin_id, const std::string& end, int end_id) {
  return {
      {"type", "TemplateProcessing"},
      {"single",
       {{{"SpecialToken", {{"id", begin}, {"type_id", 0}}}},
        {{"Sequence", {{"id", "A"}, {"type_id", 0}}}},
        {{"SpecialToken", {{"id", end}, {"type_id", 0}}}}}},
      {"special_tokens",
       {{begin, {{"id", begin}, {"ids", {begin_id}}}}, {end, {{"id", end}, {"ids", {end_id}}}}}}};
}

Json WordPieceFile() {
  return {{"normalizer",
           {{"type", "BertNormalizer"},
            {"clean_text", true},
            {"handle_chinese_chars", true},
            {"strip_accents", nullptr},
            {"lowercase", true}}},
          {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
          {"post_processor", Template("[CLS]", 1, "[SEP]", 2)},
          {"model",
           {{"type", "WordPiece"},
            {"unk_token", "[UNK]"},
            {"continuing_subword_prefix", "##"},
            {"max_input_chars_per_word", 10},
            {"vocab",
             {{"[UNK]", 0},
              {"[CLS]", 1},
              {"[SEP]", 2},
              {"un", 3},
              {"##aff", 4},
              {"##able", 5},
              {"una", 6},
              {"\u4E2D", 7},
              {".", 8},
              {"i", 9},
              {"##i", 10}}}}}};
}

Json UnigramFile() {
  // The trie of "a" -> "b", as a double array: root, the unit of 'a' at 1 ^ 'a', its leaf at 0x61.
  std::string charsmap;
  const auto append = [&](uint32_t unit) { charsmap.append(reinterpret_cast<char*>(&unit), 4); };
  append(256 * 4);
  for (uint32_t i = 0; i < 256; ++i) {
    append(i == 0               ? 1 << 10
           : i == (1 ^ 'a')     ? (1 << 10 | 1 << 8 | 'a')
           : i == (1 ^ 'a' ^ 1) ? 0x80000000
                                : 0xFF);
  }
  charsmap += std::string("b\0", 2);
  return {{"normalizer",
           {{"type", "Sequence"},
            {"normalizers",
             {{{"type", "Precompiled"}, {"precompiled_charsmap", absl::Base64Escape(charsmap)}},
              {{"type", "Replace"}, {"pattern", {{"Regex", " {2,}"}}}, {"content", " "}}}}}},
          {"pre_tokenizer",
           {{"type", "Sequence"},
            {"pretokenizers",
             {{{"type", "WhitespaceSplit"}},
              {{"type", "Metaspace"}, {"replacement", "\u2581"}, {"add_prefix_space", true}}}}}},
          {"post_processor",
           {{"type", "RobertaProcessing"}, {"cls", {"<s>", 0}}, {"sep", {"</s>", 1}}}},
          {"model",
           {{"type", "Unigram"},
            {"unk_id", 2},
            {"vocab", Json::array({Json::array({"<s>", 0}), Json::array({"</s>", 0}),
                                   Json::array({"<unk>", 0}), Json::array({"\u2581", -3}),
                                   Json::array({"b", -4}), Json::array({"\u2581b", -5}),
                                   Json::array({"bb", -6.5}), Json::array({"c", -4})})}}}};
}

// 'h', 'e', 'he' and the blank before it; every byte.
Json BytePairFile() {
  Json vocabulary = {{"<s>", 0}, {"</s>", 1}, {"he", 2}, {"\u0120he", 3}};
  uint32_t id = 4;
  char32_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
    const char32_t c = printable ? static_cast<char32_t>(byte) : next++;
    std::string written;
    if (c < 0x80) {
      written = std::string(1, static_cast<char>(c));
    } else {
      written = {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
    }
    vocabulary[written] = id++;
  }
  return {{"normalizer", nullptr},
          {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
          {"post_processor",
           {{"type", "RobertaProcessing"}, {"cls", {"<s>", 0}}, {"sep", {"</s>", 1}}}},
          {"model",
           {{"type", "BPE"},
            {"dropout", nullptr},
            {"vocab", vocabulary},
            {"merges", {"h e", Json::array({"\u0120", "he"})}}}}};
}

std::vector<Piece> Pieces(const Json& file, const std::string& text) {
  const auto tokenizer = ParseTokenizer(file.dump(), "tokenizer.json");
  EXPECT_TRUE(tokenizer.ok()) << tokenizer.status();
  std::vector<Piece> pieces{{99, 99, 99}};
  if (tokenizer.ok()) (*tokenizer)->Tokenize(text, pieces);
  return pieces;
}

std::string Error(const Json& file) {
  const absl::Status status = ParseTokenizer(file.dump(), "tokenizer.json").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  return std::string(status.message());
}

TEST(WordPieceTest, TakesTheLongestPiecesWithTheirPlaces) {
  EXPECT_THAT(Pieces(WordPieceFile(), "  Unaffable."),
              ElementsAre(Piece{0, 2, 11}, Piece{8, 11, 12}));  // "una" leaves "ff", unknown.
  Json without = WordPieceFile();
  without["model"]["vocab"]["##ff"] = 6;
  without["model"]["vocab"].erase("una");
  EXPECT_THAT(Pieces(without, "unaffable"),
              ElementsAre(Piece{3, 0, 2}, Piece{4, 2, 5}, Piece{5, 5, 9}));
  EXPECT_THAT(Pieces(WordPieceFile(), ""), IsEmpty());
}

TEST(WordPieceTest, NormalisesAsBertDoes) {
  // An accent apart and in one, a control character within, an ideograph in a word.
  EXPECT_THAT(Pieces(WordPieceFile(), "\u00DCn u\u0308n"),
              ElementsAre(Piece{3, 0, 3}, Piece{3, 4, 8}));
  EXPECT_THAT(Pieces(WordPieceFile(), "u\u00ADn\u4E2Dun"),
              ElementsAre(Piece{3, 0, 4}, Piece{7, 4, 7}, Piece{3, 7, 9}));
  // The Turkish capital is an i and a dot above, which counts only if accents stay.
  EXPECT_THAT(Pieces(WordPieceFile(), "\u0130"), ElementsAre(Piece{9, 0, 2}));
  Json accents = WordPieceFile();
  accents["normalizer"]["strip_accents"] = false;
  EXPECT_THAT(Pieces(accents, "\u0130"), ElementsAre(Piece{0, 0, 2}));
}

TEST(WordPieceTest, LongWordsAreUnknown) {
  EXPECT_EQ(Pieces(WordPieceFile(), "iiiiiiiiii").size(), 10u);
  EXPECT_THAT(Pieces(WordPieceFile(), "iiiiiiiiiii"), ElementsAre(Piece{0, 0, 11}));
}

TEST(WordPieceTest, AVocabularyOfLinesIsTheSame) {
  const auto tokenizer = ParseVocabulary("[UNK]\n[CLS]\n[SEP]\nun\n##i\r\n", "", "vocab.txt");
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  std::vector<Piece> pieces;
  (*tokenizer)->Tokenize("UNi", pieces);
  EXPECT_THAT(pieces, ElementsAre(Piece{3, 0, 2}, Piece{4, 2, 3}));
  EXPECT_EQ((*tokenizer)->marks().end, 2u);

  const auto cased =
      ParseVocabulary("[UNK]\n[CLS]\n[SEP]\nun\n##i\n", "{\"do_lower_case\": false}", "vocab.txt");
  (*cased)->Tokenize("UNi", pieces);
  EXPECT_THAT(pieces, ElementsAre(Piece{0, 0, 3}));
  EXPECT_EQ(ParseVocabulary("a\nb\n", "", "vocab.txt").status().message(),
            "vocab.txt: the vocabulary has no piece \"[UNK]\"");
}

TEST(UnigramTest, TakesTheMostLikelyPath) {
  // "bb" alone costs 6.5, "b" twice 8, but "_b" and "b" together 9 and "_", "bb" 9.5.
  EXPECT_THAT(Pieces(UnigramFile(), "bb  b"),
              ElementsAre(Piece{5, 0, 1}, Piece{4, 1, 2}, Piece{5, 4, 5}));
  EXPECT_THAT(Pieces(UnigramFile(), "cbb"),
              ElementsAre(Piece{3, 0, 1}, Piece{7, 0, 1}, Piece{6, 1, 3}));
}

TEST(UnigramTest, NormalisesByTheTableAndJoinsUnknownCharacters) {
  EXPECT_THAT(Pieces(UnigramFile(), "a"), ElementsAre(Piece{5, 0, 1}));
  EXPECT_THAT(Pieces(UnigramFile(), "b\u4E2D\u4E2Db"),
              ElementsAre(Piece{5, 0, 1}, Piece{2, 1, 7}, Piece{4, 7, 8}));
  // The accent goes where the table replaces the letter under it.
  EXPECT_THAT(Pieces(UnigramFile(), "a\u0301"), ElementsAre(Piece{5, 0, 1}));
}

TEST(BytePairTest, MergesInOrder) {
  const auto pieces = Pieces(BytePairFile(), "he he  hhe");
  EXPECT_THAT(pieces, ElementsAre(Piece{2, 0, 2}, Piece{3, 3, 5}, Piece{4 + ' ', 6, 6},
                                  Piece{4 + ' ', 7, 7}, Piece{4 + 'h', 7, 8}, Piece{2, 8, 10}));
}

TEST(BytePairTest, PiecesWithinACharacterStandForAllOfIt) {
  EXPECT_THAT(Pieces(BytePairFile(), "\u00FC"),
              ElementsAre(Piece{4 + 0xC3, 0, 2}, Piece{4 + 0xBC, 0, 2}));
}

TEST(BytePairTest, APrefixSpaceIsNoPartOfTheText) {
  Json file = BytePairFile();
  file["pre_tokenizer"]["add_prefix_space"] = true;
  EXPECT_THAT(Pieces(file, "he"), ElementsAre(Piece{3, 0, 2}));
  EXPECT_THAT(Pieces(file, ""), IsEmpty());
}

TEST(BytePairTest, WordsAreThoseOfGpt2) {
  const auto words = [](absl::string_view text) {
    std::vector<std::string> words;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = BytePairWordEnd(text, begin);
      words.emplace_back(text.substr(begin, end - begin));
      begin = end;
    }
    return words;
  };
  EXPECT_THAT(words("I've  12 caf\u00E9s!? \n x \t"),
              ElementsAre("I", "'ve", " ", " 12", " caf\u00E9s", "!?", " \n", " x", " \t"));
  EXPECT_THAT(words("don'T 's"), ElementsAre("don", "'", "T", " '", "s"));
}

TEST(BytePairTest, LongWordsTakeNoQuadraticTime) {
  // 200,000 bytes take milliseconds; squared, they would take the minutes that fail the test.
  EXPECT_EQ(Pieces(BytePairFile(), std::string(200'000, 'h')).size(), 200'000u);
}

TEST(TokenizerFileTest, RefusesStepsThatItDoesNotTake) {
  const auto with = [](Json file, const std::string& pointer, const Json& value) {
    file[Json::json_pointer(pointer)] = value;
    return Error(file);
  };
  EXPECT_THAT(with(WordPieceFile(), "/normalizer/type", "NFKC"),
              HasSubstr("tokenizer.json: normalizer NFKC is none that can be read here"));
  EXPECT_THAT(with(WordPieceFile(), "/pre_tokenizer/type", "Digits"), HasSubstr("Digits"));
  EXPECT_THAT(with(WordPieceFile(), "/model/type", "WordLevel"), HasSubstr("WordLevel"));
  EXPECT_THAT(with(WordPieceFile(), "/model/vocab/un", -1), HasSubstr("\"un\""));
  EXPECT_THAT(with(WordPieceFile(), "/model/vocab/un", 4'000'000'000u), HasSubstr("\"un\""));
  EXPECT_THAT(with(WordPieceFile(), "/model/unk_token", "?"), HasSubstr("no piece \"?\""));
  EXPECT_THAT(with(WordPieceFile(), "/post_processor", nullptr), HasSubstr("post_processor"));
  EXPECT_THAT(with(WordPieceFile(), "/post_processor/special_tokens/[SEP]/ids", Json::array({77})),
              HasSubstr("not in the vocabulary"));
  EXPECT_THAT(with(WordPieceFile(), "/added_tokens", Json::array({{{"content", "xyz"}}})),
              HasSubstr("\"xyz\""));
  EXPECT_THAT(with(BytePairFile(), "/model/dropout", 0.1), HasSubstr("BPE"));
  EXPECT_THAT(with(BytePairFile(), "/model/merges/0", "h zz"), HasSubstr("no piece"));
  EXPECT_THAT(with(BytePairFile(), "/model/merges/0", 7), HasSubstr("no pair"));
  EXPECT_THAT(with(UnigramFile(), "/model/byte_fallback", true), HasSubstr("byte_fallback"));
  EXPECT_THAT(with(UnigramFile(), "/model/unk_id", 8), HasSubstr("unk_id"));
  EXPECT_THAT(with(UnigramFile(), "/model/vocab/3/1", "x"), HasSubstr("vocab entry 3"));
  EXPECT_THAT(with(UnigramFile(), "/normalizer/normalizers/0/precompiled_charsmap", "////"),
              HasSubstr("precompiled_charsmap"));
}

// Whatever is damaged, the answer is a refusal or pieces inside the text.
TEST(TokenizerFileTest, SurvivesFlippedAndMissingBytes) {
  Random random(11);
  const std::string text = "Unaffable \u4E2D he a\u0301b  b\u00FC.";
  int num_refused = 0, num_read = 0;
  for (const Json& file : {WordPieceFile(), UnigramFile(), BytePairFile()}) {
    const std::string whole = file.dump();
    for (int i = 0; i < 700; ++i) {
      std::string damaged = whole.substr(0, i % 8 == 0 ? random.Below(whole.size()) : whole.size());
      for (uint64_t flips = 1 + random.Below(3); flips > 0 && !damaged.empty(); --flips)
        damaged[random.Below(damaged.size())] ^= static_cast<char>(1 + random.Below(127));
      const auto tokenizer = ParseTokenizer(damaged, "t");
      ++(tokenizer.ok() ? num_read : num_refused);
      if (!tokenizer.ok()) continue;
      std::vector<Piece> pieces;
      (*tokenizer)->Tokenize(text, pieces);
      for (const Piece& piece : pieces) {
        EXPECT_LT(piece.id, (*tokenizer)->num_ids());
        EXPECT_LE(piece.begin_byte, piece.end_byte);
        EXPECT_LE(piece.end_byte, text.size());
      }
    }
  }
  EXPECT_GT(num_refused, 300);
  EXPECT_GT(num_read, 50);
}

}  // namespace
}  // namespace winnow::encoder
