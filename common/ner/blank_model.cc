#include "common/ner/blank_model.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/types/span.h"
#include "common/base/status.h"
#include "common/ner/features.h"
#include "common/ner/tagger.h"
#include "common/ner/training.h"
#include "common/ner/widen.h"
#include "common/text/tokenizer.h"

namespace winnow::ner {
namespace {

// Far below what anybody asks about, so that a span is asked about only where something was learnt.
constexpr double kBlankProbability = 0.001;
constexpr int kBlankHashBits = 20;

// The hashed features that the first tokens of all texts have, ascending: what very different ones
// have in common.
std::vector<uint32_t> FeaturesOfFirstTokens(int hash_bits) {
  std::vector<uint32_t> common;
  bool is_first = true;
  FeatureExtractor extractor;
  TextFeatures features;
  for (const absl::string_view text :
       {"the red house was sold", "A2 , Zürich ( 99", "\" ÉTÉ - iPod ."}) {
    ExtractFeatures(text, text::Tokenize(text), /*knowledge=*/{}, extractor, features);
    std::vector<uint32_t> hashed;
    for (const uint32_t id : features.of(0)) hashed.push_back(id >> (32 - hash_bits));
    std::sort(hashed.begin(), hashed.end());
    hashed.erase(std::unique(hashed.begin(), hashed.end()), hashed.end());
    std::vector<uint32_t> both;
    std::set_intersection(common.begin(), common.end(), hashed.begin(), hashed.end(),
                          std::back_inserter(both));
    common = is_first ? hashed : both;
    is_first = false;
  }
  return common;
}

// No transition leads to the first token, so its features keep it out of the labels from `from` on.
void AddFirstTokens(absl::Span<const uint32_t> first, size_t from, size_t k, double temperature,
                    std::map<uint32_t, std::vector<float>>& rows) {
  const auto weight = static_cast<float>(temperature * std::log(kBlankProbability) /
                                         std::max<double>(1, first.size()));
  for (const uint32_t feature : first) {
    std::vector<float>& row = rows.try_emplace(feature, 4 * k).first->second;
    // Single and begin.
    for (size_t label = from; label < k; ++label) row[label] = row[k + label] = weight;
  }
}

// The transitions that enter a label from `from` on, or stay in it: as likely as a blank model has
// it beside going on outside of entities.
void SetBlankTransitions(size_t from, size_t k, double temperature, Transitions& transitions) {
  const size_t n = 2 * k + 1;
  const auto score = [&](double probability) {
    return static_cast<float>(temperature * std::log(probability));
  };
  for (size_t closed = 0; closed < n; ++closed) {
    float* successors = &transitions.outside[closed * n];
    for (size_t label = from; label < k; ++label) {
      successors[1 + label] = successors[1 + k + label] = successors[0] + score(kBlankProbability);
    }
  }
  // The longer, the less likely: half for each token inside.
  const float outside = transitions.outside[0];
  const float inside = outside + score(0.5);
  for (size_t label = from; label < k; ++label) {
    transitions.inside[label] = transitions.inside[2 * k + label] = inside;
    transitions.inside[k + label] = transitions.inside[3 * k + label] = outside;
  }
}

// After an entity of a label from `from` on comes what comes after no entity.
void CopyOutsideRow(size_t from, size_t k, Transitions& transitions) {
  const size_t n = 2 * k + 1;
  for (size_t label = from; label < k; ++label) {
    for (const size_t closed : {1 + label, 1 + k + label}) {
      std::copy_n(transitions.outside.begin(), n,
                  transitions.outside.begin() + static_cast<long>(closed * n));
    }
  }
}

absl::StatusOr<std::shared_ptr<const Model>> MakeOfRows(
    const std::vector<std::string>& labels, int hash_bits, const Transitions& transitions,
    const std::map<uint32_t, std::vector<float>>& rows, double temperature,
    const Knowledge& knowledge) {
  std::vector<uint32_t> features;
  std::vector<const float*> pointers;
  for (const auto& [feature, row] : rows) {
    features.push_back(feature);
    pointers.push_back(row.data());
  }
  return Model::Make(
      labels, hash_bits, features, transitions, [&](size_t i) { return pointers[i]; }, temperature,
      knowledge);
}

}  // namespace

bool IsBlankName(absl::string_view model) { return absl::StartsWith(model, "blank:"); }

absl::StatusOr<std::shared_ptr<const Model>> BlankModel(const std::vector<std::string>& labels) {
  const size_t k = labels.size();
  Transitions transitions(static_cast<int>(k));
  SetBlankTransitions(0, k, /*temperature=*/1, transitions);
  std::map<uint32_t, std::vector<float>> rows;
  AddFirstTokens(FeaturesOfFirstTokens(kBlankHashBits), 0, k, /*temperature=*/1, rows);
  return MakeOfRows(labels, kBlankHashBits, transitions, rows, /*temperature=*/1, {});
}

absl::StatusOr<std::shared_ptr<const Model>> WithBlankLabels(
    const Model& model, const std::vector<std::string>& labels) {
  const std::vector<std::string> all = UnitedLabels(&model, labels);
  const size_t from = model.labels().size(), k = all.size();
  Transitions transitions =
      WidenTransitions(model.transitions().outside, model.transitions().inside, from, k);
  CopyOutsideRow(from, k, transitions);
  SetBlankTransitions(from, k, model.temperature(), transitions);

  std::map<uint32_t, std::vector<float>> rows;
  const std::vector<uint32_t> features = model.Features();
  std::vector<float> narrow(4 * from);
  for (size_t i = 0; i < features.size(); ++i) {
    const int8_t* units = &model.rows()[i * narrow.size()];
    std::transform(units, units + narrow.size(), narrow.begin(),
                   [](int8_t unit) { return kWeightUnit * unit; });
    WidenRow(narrow.data(), from, rows.try_emplace(features[i], 4 * k).first->second.data(), k, 4);
  }
  AddFirstTokens(FeaturesOfFirstTokens(model.hash_bits()), from, k, model.temperature(), rows);
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const Model> wide,
                          MakeOfRows(all, model.hash_bits(), transitions, rows, model.temperature(),
                                     model.knowledge()));
  std::vector<double> thresholds = wide->thresholds();
  std::copy(model.thresholds().begin(), model.thresholds().end(), thresholds.begin());
  return wide->WithThresholds(std::move(thresholds));
}

}  // namespace winnow::ner
