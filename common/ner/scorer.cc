#include "common/ner/scorer.h"

#include <algorithm>
#include <array>
#include <bit>

#include "common/base/hash.h"
#include "common/ner/row_sum.h"

namespace winnow::ner {
namespace {

constexpr int kReach = FeatureExtractor::kReach;
constexpr size_t kNumOffsets = 2 * kReach + 1;
constexpr size_t kMemoryBytes = size_t{8} << 20;
constexpr size_t kMinSlots = 64;
constexpr size_t kMaxSlots = size_t{1} << 15;

}  // namespace

void Scorer::Use(const Model& model) {
  // Slots point to entries of a lexicon, which lie elsewhere in another one of the same content.
  if (generation_ > 0 && digest_ == model.digest() &&
      knowledge_.lexicons == model.knowledge().lexicons)
    return;
  digest_ = model.digest();
  knowledge_ = model.knowledge();
  // The next generation empties all slots at once, without touching them.
  ++generation_;
  const size_t width = PaddedToSumLanes(4 * model.labels().size());
  if (width != width_) {
    width_ = width;
    num_slots_ = std::bit_floor(
        std::clamp(kMemoryBytes / (kNumOffsets * width * sizeof(int16_t)), kMinSlots, kMaxSlots));
    slots_.assign(num_slots_ + 2, Slot{});
    kept_ = std::make_unique_for_overwrite<int16_t[]>(slots_.size() * kNumOffsets * width);
  }
  // The places before and behind a text are words, too, and have the two slots at the end.
  Fill(model, FeatureExtractor::Before(), false, num_slots_);
  Fill(model, FeatureExtractor::Behind(), false, num_slots_ + 1);
}

void Scorer::Fill(const Model& model, const WordForms& forms, bool with_characters, size_t slot) {
  std::array<uint32_t, FeatureExtractor::kMaxFeatures> ids;
  std::array<const int8_t*, kNumOffsets * FeatureExtractor::kMaxFeatures> rows;
  std::array<const int8_t**, kNumOffsets + 1> ends;
  // All rows are looked for before the first is added, so that their memory is fetched meanwhile.
  ends[0] = rows.data();
  for (int offset = -kReach; offset <= kReach; ++offset) {
    uint32_t* end = FeatureExtractor::AddAlone(forms, offset, knowledge_.lexicons, ids.data());
    if (offset == 0 && with_characters) end = extractor_.AddCharacters(end);
    ends[offset + kReach + 1] =
        model.FindRows(absl::MakeConstSpan(ids.data(), end), ends[offset + kReach]);
  }
  int16_t* sums = &kept_[slot * kNumOffsets * width_];
  std::fill_n(sums, kNumOffsets * width_, int16_t{0});
  const int num_labels = static_cast<int>(model.labels().size());
  for (size_t i = 0; i < kNumOffsets; ++i, sums += width_) {
    AddWeights(ends[i], static_cast<size_t>(ends[i + 1] - ends[i]), num_labels, sums);
  }
  slots_[slot].forms = forms;
  slots_[slot].generation = generation_;
}

size_t Scorer::SlotOf(const Model& model, absl::string_view token) {
  const uint64_t hash = Hash64(token);
  const size_t slot = hash & (num_slots_ - 1);
  if (slots_[slot].generation != generation_ || slots_[slot].word_hash != hash) {
    Fill(model, extractor_.Analyse(token, knowledge_.lexicons), true, slot);
    slots_[slot].word_hash = hash;
  }
  return slot;
}

void Scorer::AddWord(size_t slot, std::ptrdiff_t position, size_t num_tokens) {
  const std::ptrdiff_t last = static_cast<std::ptrdiff_t>(num_tokens) - 1;
  const int16_t* kept = &kept_[slot * kNumOffsets * width_];
  for (std::ptrdiff_t t = std::max<std::ptrdiff_t>(0, position - kReach);
       t <= std::min(last, position + kReach); ++t) {
    const int16_t* row = kept + static_cast<size_t>(position - t + kReach) * width_;
    AddRows(&row, 1, width_, &sums_[static_cast<size_t>(t) * width_]);
  }
}

void Scorer::Score(const Model& model, absl::Span<const absl::string_view> tokens,
                   std::vector<float>& scores) {
  Use(model);
  const size_t n = tokens.size();
  sums_.assign(n * width_, 0);
  forms_.assign(kReach, FeatureExtractor::Before());
  AllCaps all_caps;
  for (size_t t = 0; t < n; ++t) {
    // Not kept for long: a later token of the text may take the slot.
    const size_t slot = SlotOf(model, tokens[t]);
    AddWord(slot, static_cast<std::ptrdiff_t>(t), n);
    forms_.push_back(slots_[slot].forms);
    all_caps.Add(forms_.back());
  }
  forms_.resize(n + 2 * kReach, FeatureExtractor::Behind());
  for (std::ptrdiff_t d = 1; d <= kReach; ++d) {
    AddWord(num_slots_, -d, n);
    AddWord(num_slots_ + 1, static_cast<std::ptrdiff_t>(n) - 1 + d, n);
  }

  FinishScores(model, tokens, static_cast<bool>(all_caps), scores);
}

// Features of several tokens together are of too many kinds to be remembered. The rows of all
// tokens are looked for before the first is added, as those of a word are.
void Scorer::FinishScores(const Model& model, absl::Span<const absl::string_view> tokens,
                          bool all_caps, std::vector<float>& scores) {
  const size_t n = tokens.size(), row_size = 4 * model.labels().size();
  scores.resize(n * row_size);
  std::array<uint32_t, FeatureExtractor::kMaxFeatures> ids;
  rows_.resize(n * (FeatureExtractor::kMaxTogether + FeatureExtractor::kMaxOfPatterns));
  extractor_.FindPatterns(knowledge_.patterns.get(), tokens);
  row_ends_.assign(1, rows_.data());
  for (size_t t = 0; t < n; ++t) {
    uint32_t* end = FeatureExtractor::AddTogether(&forms_[t + kReach], t == 0, t + 1 == n, all_caps,
                                                  knowledge_.lexicons, ids.data());
    end = extractor_.AddPatterns(t, end);
    row_ends_.push_back(model.FindRows(absl::MakeConstSpan(ids.data(), end), row_ends_.back()));
  }
  for (size_t t = 0; t < n; ++t) {
    int16_t* sum = &sums_[t * width_];
    AddWeights(row_ends_[t], static_cast<size_t>(row_ends_[t + 1] - row_ends_[t]),
               static_cast<int>(row_size / 4), sum);
    for (size_t y = 0; y < row_size; ++y) scores[t * row_size + y] = kWeightUnit * sum[y];
  }
}

}  // namespace winnow::ner
