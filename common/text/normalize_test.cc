#include "common/text/normalize.h"

#include <string>

#include "gtest/gtest.h"

namespace winnow::text {
namespace {

std::string Nfc(const std::string& text) {
  std::string buffer;
  return std::string(ToNfc(text, buffer));
}

TEST(ToNfc, ComposesWhatIsDecomposed) {
  EXPECT_EQ(Nfc("Zu\u0308rich"), "Z\u00FCrich");
  EXPECT_EQ(Nfc("\u1112\u1161\u11AB"), "\uD55C");
  EXPECT_EQ(Nfc("か\u3099"), "が");
  EXPECT_EQ(Nfc("\u212B"), "\u00C5") << "the unit is the letter";
  EXPECT_EQ(Nfc("\uF900"), "\u8C48") << "so are compatibility ideographs";
  EXPECT_EQ(Nfc("a\u0323\u0302"), Nfc("a\u0302\u0323")) << "marks have an order";
  EXPECT_EQ(Nfc("\u0915\u093C"), "\u0915\u093C") << "some are never composed";
  EXPECT_EQ(Nfc("\u0958"), "\u0915\u093C");
}

TEST(ToNfc, LeavesTheRestAndRefersToIt) {
  for (const std::string text :
       {"", "Zürich", "日本語 Привет 서울 น้ำ हिन्दी", "ﬁ²①Ａ", "a\xff\u0308"}) {
    std::string buffer;
    EXPECT_EQ(ToNfc(text, buffer).data(), text.data()) << text;
    EXPECT_EQ(ToNfc(text, buffer), text);
  }
}

TEST(ToNfc, ManyMarksTakeNoLongTime) {
  std::string text = "a";
  for (int i = 0; i < 200'000; ++i) text += i % 2 == 0 ? "\u0323" : "\u0302";
  EXPECT_EQ(Nfc(text).size(), text.size() - 2);
}

}  // namespace
}  // namespace winnow::text
