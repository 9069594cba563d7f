#include "common/base/log.h"

#include "common/base/testing.h"
#include "gtest/gtest.h"

namespace winnow {
namespace {

TEST(Log, AnEventIsOneLineOfFields) {
  const LogRecord record{LogLevel::kInfo,
                         absl::FromUnixMillis(1'700'000'000'123),
                         "queue_opened",
                         {{"queue", "titles"}, {"texts", 20'000}, {"share", 0.5}}};
  EXPECT_EQ(FormatLogText(record),
            "2023-11-14T22:13:20.123Z info queue_opened queue=titles texts=20000 share=0.5");
}

TEST(Log, ValuesCannotForgeFieldsOrLines) {
  const LogRecord record{
      LogLevel::kError,
      absl::FromUnixSeconds(0),
      "call_failed",
      {{"a", "x b=1"}, {"c", "two\nlines \"q\""}, {"empty", ""}, {"name", "Zoë"}}};
  EXPECT_EQ(FormatLogText(record),
            "1970-01-01T00:00:00.000Z error call_failed a=\"x b=1\" "
            "c=\"two\\nlines \\\"q\\\"\" empty=\"\" name=Zoë");
}

TEST(Log, ASentenceStaysOneLine) {
  EXPECT_EQ(FormatLogText({LogLevel::kWarning, absl::FromUnixSeconds(0), "cannot\ndelete x", {}}),
            "1970-01-01T00:00:00.000Z warning cannot\\ndelete x");
}

TEST(Log, ASinkGetsWhatIsNotBelowTheLevel) {
  CapturedLog log;
  SetLogLevel(LogLevel::kWarning);
  LogInfo("dropped");
  LogWarning("kept ", 1);
  LogEvent(LogLevel::kError, "call_failed", {{"ms", 3}});
  SetLogLevel(LogLevel::kInfo);
  ASSERT_EQ(log.records().size(), 2u);
  EXPECT_EQ(log.records()[0].event, "kept 1");
  EXPECT_EQ(FieldOf(log.records()[1], "ms"), "3");
}

}  // namespace
}  // namespace winnow
