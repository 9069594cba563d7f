#include "common/text/scripts.h"

#include <algorithm>
#include <iterator>

namespace winnow::text {
namespace {

struct Range {
  char32_t first, last;
  UnspacedScript script;
};

// Ascending.
constexpr Range kRanges[] = {
    {0x0E01, 0x0E3A, UnspacedScript::kThai},       {0x0E40, 0x0E4E, UnspacedScript::kThai},
    {0x0E80, 0x0ECF, UnspacedScript::kLao},        {0x0EDC, 0x0EDF, UnspacedScript::kLao},
    {0x1000, 0x103F, UnspacedScript::kMyanmar},    {0x1050, 0x108F, UnspacedScript::kMyanmar},
    {0x109A, 0x109D, UnspacedScript::kMyanmar},    {0x1780, 0x17D3, UnspacedScript::kKhmer},
    {0x17D7, 0x17D7, UnspacedScript::kKhmer},      {0x17DC, 0x17DD, UnspacedScript::kKhmer},
    {0x1950, 0x197F, UnspacedScript::kTai},        {0x1980, 0x19CF, UnspacedScript::kTai},
    {0x1A20, 0x1A7F, UnspacedScript::kTai},        {0x1AA7, 0x1AA7, UnspacedScript::kTai},
    {0x3005, 0x3007, UnspacedScript::kHan},        {0x3021, 0x3029, UnspacedScript::kHan},
    {0x3031, 0x3035, UnspacedScript::kHiragana},   {0x3038, 0x303C, UnspacedScript::kHan},
    {0x3041, 0x309F, UnspacedScript::kHiragana},   {0x30A1, 0x30FA, UnspacedScript::kKatakana},
    {0x30FC, 0x30FF, UnspacedScript::kKatakana},   {0x3105, 0x312F, UnspacedScript::kBopomofo},
    {0x31A0, 0x31BF, UnspacedScript::kBopomofo},   {0x31F0, 0x31FF, UnspacedScript::kKatakana},
    {0x3400, 0x4DBF, UnspacedScript::kHan},        {0x4E00, 0x9FFF, UnspacedScript::kHan},
    {0xA9E0, 0xA9EF, UnspacedScript::kMyanmar},    {0xA9FA, 0xA9FE, UnspacedScript::kMyanmar},
    {0xAA60, 0xAA7F, UnspacedScript::kMyanmar},    {0xAA80, 0xAADD, UnspacedScript::kTai},
    {0xF900, 0xFAFF, UnspacedScript::kHan},        {0xFF66, 0xFF9F, UnspacedScript::kKatakana},
    {0x1AFF0, 0x1B000, UnspacedScript::kKatakana}, {0x1B001, 0x1B11F, UnspacedScript::kHiragana},
    {0x1B120, 0x1B122, UnspacedScript::kKatakana}, {0x1B132, 0x1B152, UnspacedScript::kHiragana},
    {0x1B155, 0x1B167, UnspacedScript::kKatakana}, {0x20000, 0x3FFFF, UnspacedScript::kHan},
};

}  // namespace

UnspacedScript UnspacedScriptOf(char32_t c) {
  if (c < kRanges[0].first) return UnspacedScript::kNone;
  const Range* range = std::lower_bound(
      std::begin(kRanges), std::end(kRanges), c,
      [](const Range& candidate, char32_t wanted) { return candidate.last < wanted; });
  return range != std::end(kRanges) && range->first <= c ? range->script : UnspacedScript::kNone;
}

}  // namespace winnow::text
