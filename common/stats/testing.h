// For tests: simulated texts to audit.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/stats/audit.h"

namespace winnow::stats {

// A text with its candidates and the truth that a person would tell.
struct Text {
  AuditText items;
  std::vector<bool> right;
};

inline double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// Texts of 0 to 7 candidates, most of them improbable. Model A predicts what p puts above one half;
// B is often right where A is not. Miscalibrated: the truth has half the logit of p and a part
// common to the spans of a text.
inline Text DrawText(Random& random, bool calibrated) {
  Text text;
  const double common = calibrated ? 0 : 1.5 * (random.Uniform() + random.Uniform() - 1);
  for (uint64_t i = random.Below(8); i > 0; --i) {
    const double level = random.Uniform() < 0.15 ? 1.5 : -2.5;
    const double logit = std::max(-3.8, level + 3 * (random.Uniform() + random.Uniform() - 1));
    const bool right = random.Uniform() < Sigmoid(calibrated ? logit : 0.5 * logit + common);
    AuditItem item;
    item.p = Sigmoid(logit);
    item.predicted_a = logit > 0;
    item.predicted_b = random.Uniform() < 0.2 ? random.Uniform() < 0.5
                                              : (random.Uniform() < 0.6 ? right : logit > 0);
    text.items.push_back(item);
    text.right.push_back(right);
  }
  return text;
}

inline std::vector<Text> DrawPool(Random& random, bool calibrated, int texts) {
  std::vector<Text> pool;
  for (int t = 0; t < texts; ++t) pool.push_back(DrawText(random, calibrated));
  return pool;
}

struct Figures {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

inline Figures Truth(const std::vector<Text>& pool, AuditModel model) {
  double tp = 0, predicted = 0, gold = 0;
  for (const Text& text : pool) {
    for (size_t i = 0; i < text.items.size(); ++i) {
      const bool z =
          model == AuditModel::kA ? text.items[i].predicted_a : text.items[i].predicted_b;
      tp += z && text.right[i];
      predicted += z;
      gold += text.right[i];
    }
  }
  return {tp / predicted, tp / gold, 2 * tp / (predicted + gold)};
}

// The frame of model A over a pool; plans of texts without candidates are left out.
struct Frame {
  std::vector<AuditPlan> plans;
  // Text of each plan.
  std::vector<size_t> texts;
};

inline Frame MakeFrame(const std::vector<Text>& pool, uint64_t seed) {
  Frame frame;
  for (size_t t = 0; t < pool.size(); ++t) {
    std::vector<FrameCandidate> candidates;
    for (const AuditItem& item : pool[t].items) candidates.push_back({item.p, item.predicted_a});
    const std::optional<AuditPlan> plan = PlanAudit(candidates, absl::StrCat("text ", t), seed);
    if (!plan.has_value()) continue;
    frame.plans.push_back(*plan);
    frame.texts.push_back(t);
  }
  return frame;
}

// The pool's items with the first `asked` questions of the frame answered; every `ignore_every`-th
// is ignored.
inline std::vector<AuditText> Ask(const std::vector<Text>& pool, size_t asked, uint64_t seed,
                                  size_t ignore_every = 0) {
  const Frame frame = MakeFrame(pool, seed);
  const std::vector<size_t> order = AskingOrder(frame.plans);
  const double threshold = AuditThreshold(frame.plans, asked);
  std::vector<AuditText> texts;
  for (const Text& text : pool) texts.push_back(text.items);
  for (size_t k = 0; k < std::min(asked, order.size()); ++k) {
    const AuditPlan& plan = frame.plans[order[k]];
    const size_t t = frame.texts[order[k]];
    AuditItem& item = texts[t][plan.candidate];
    item.pi = InclusionProbability(threshold, plan.text_size, plan.span_size);
    item.answer = pool[t].right[plan.candidate] ? AuditAnswer::kYes : AuditAnswer::kNo;
    if (ignore_every > 0 && k % ignore_every == 0) item.answer = AuditAnswer::kIgnored;
  }
  return texts;
}

}  // namespace winnow::stats
