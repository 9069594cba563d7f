// How far each person can be trusted, where some do not look (Hovy, Berg-Kirkpatrick, Vaswani and
// Hovy 2013, "Learning Whom to Trust with MACE"). A pure function, safe to call from any thread.
//
// Item i has a true category, all alike likely. Person j gives it with probability competence_j,
// and otherwise, without a look at the item, category a with probability guess_j[a]. Variational
// inference with Beta(1/2, 1/2) on the competence and Dirichlet(10, ...) on the guesses, as the
// authors' program has it:
//   E: q_it ~ prod_j (g_j[a_ij] + c_j [a_ij = t]);   each answer is knowledge with probability
//      sum_t q_it c_j [a = t] / (g_j[a] + c_j), and a guess otherwise
//   M: c_j = e(known_j + 1/2) / e(all_j + 1), the share of guesses s_j = e(guessed_j + 1/2) /
//      e(all_j + 1), g_j[a] = s_j e(guessed_ja + 10) / e(guessed_j + 10 K),   e(x) =
//      exp(digamma(x))
// It starts from c = s = 1/2 and guesses alike; the program starts at random around that, several
// times. What it finds is a local optimum. It has one number where Dawid and Skene have a matrix,
// and so suits people with few answers; it cannot tell who misses much from who marks too much.
// What is identified is as in dawid_skene.h.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "common/stats/judgements.h"

namespace winnow::stats {

struct MaceOptions {
  // It ends when no q changes by more.
  double tolerance = 1e-6;
  // At least 1.
  int max_iterations = 1000;
};

struct MaceFit {
  // By person: exp(E[log c_j]), as the authors' program tells it, which is a little below the mean.
  std::vector<double> competences;
  // guesses[person][category]: the same of what the person guesses; sums to a little less than 1.
  std::vector<std::vector<double>> guesses;
  // posteriors[item][category]: q.
  std::vector<std::vector<double>> posteriors;
  int iterations = 0;
  // False when max_iterations came first.
  bool converged = false;
};

// InvalidArgument with everything that is wrong, such as an item without a judgement.
absl::StatusOr<MaceFit> FitMace(const Judgements& judgements, const MaceOptions& options = {});

}  // namespace winnow::stats
