#include "services/cli/terminal/highlight.h"

#include "gtest/gtest.h"

namespace winnow::cli {
namespace {

common::v1::Span MakeSpan(uint32_t start, uint32_t end, const std::string& label) {
  common::v1::Span span;
  span.set_start(start);
  span.set_end(end);
  span.set_label(label);
  return span;
}

TEST(Highlight, MarksCodePointsNotBytes) {
  EXPECT_EQ(Highlight("für Köche gesucht", {MakeSpan(4, 9, "job")}, false),
            "für [Köche|job] gesucht");
  // Wide characters, a combining accent, and a character outside the basic plane each count as they
  // are stored.
  EXPECT_EQ(Highlight("日本 技師", {MakeSpan(3, 5, "job")}, false), "日本 [技師|job]");
  EXPECT_EQ(Highlight("Cafe\u0301 chef", {MakeSpan(6, 10, "job")}, false), "Cafe\u0301 [chef|job]");
  EXPECT_EQ(Highlight("\U0001F469 nurse", {MakeSpan(2, 7, "job")}, false),
            "\U0001F469 [nurse|job]");
}

TEST(Highlight, InvertsInColour) {
  EXPECT_EQ(Highlight("a nurse", {MakeSpan(2, 7, "job")}, true),
            "a \x1b[7mnurse\x1b[0m\x1b[2m job\x1b[0m");
}

TEST(Highlight, TakesSeveralOverlappingAndImpossibleSpans) {
  EXPECT_EQ(Highlight("abc", {MakeSpan(0, 1, "X"), MakeSpan(1, 3, "Y")}, false), "[a|X][bc|Y]");
  EXPECT_EQ(Highlight("abc", {MakeSpan(0, 2, "X"), MakeSpan(1, 3, "Y")}, false), "[a[b|X]c|Y]");
  EXPECT_EQ(Highlight("abc", {MakeSpan(1, 99, "X"), MakeSpan(7, 9, "Y")}, false), "a[bc|X]");
  EXPECT_EQ(Highlight("", {MakeSpan(0, 1, "X")}, false), "");
}

TEST(Highlight, ShowsWhatIsSelected) {
  EXPECT_EQ(Highlight("a nurse", {MakeSpan(2, 7, "job")}, false, {2, 7}), "a [»nurse«|job]");
  EXPECT_EQ(Highlight("a nurse", {}, true, {0, 1}), "\x1b[4ma\x1b[24m nurse");
  // The label of a span that ends inside of it takes the underline off.
  EXPECT_EQ(Highlight("ab", {MakeSpan(0, 1, "X")}, true, {0, 2}),
            "\x1b[7m\x1b[4ma\x1b[0m\x1b[2m X\x1b[0m\x1b[4mb\x1b[24m");
}

}  // namespace
}  // namespace winnow::cli
